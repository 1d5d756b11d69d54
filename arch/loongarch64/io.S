/* SPDX-License-Identifier: MIT */
/*
 * Device access: one plain load or store each (arch.h).
 *
 * Pages of a device are strongly-ordered uncached (SUC) ones; there the CPU makes
 * the accesses as the program has them (manual volume 1, on memory access types).
 */
#include "asm.h"

/* uint64_t haul_arch_io_load_u<width>(p, facts) */
.macro IO_LOAD name:req, load:req
FUNC \name
	LOAD	.Lload_failed, \load $a0, $a0, 0
	jr	$ra
END_FUNC \name
.endm

/* void haul_arch_io_store_u<width>(p, v, facts) */
.macro IO_STORE name:req, store:req
FUNC \name
	STORE	.Lstore_failed, \store $a1, $a0, 0
	jr	$ra
END_FUNC \name
.endm

IO_LOAD haul_arch_io_load_u8, ld.bu
IO_LOAD haul_arch_io_load_u16, ld.hu
IO_LOAD haul_arch_io_load_u32, ld.wu
IO_LOAD haul_arch_io_load_u64, ld.d

IO_STORE haul_arch_io_store_u8, st.b
IO_STORE haul_arch_io_store_u16, st.h
IO_STORE haul_arch_io_store_u32, st.w
IO_STORE haul_arch_io_store_u64, st.d

FUNC haul_arch_io_facts
.Lload_failed:
	move	$a2, $a1
	addi.d	$a0, $zero, -1
.Lstore_failed:
	st.d	fact_addr, $a2, 0
	st.d	fact_cause, $a2, 8
	st.d	fact_what, $a2, 16
	jr	$ra
END_FUNC haul_arch_io_facts
