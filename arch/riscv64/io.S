/* SPDX-License-Identifier: MIT */
/*
 * Device access: one plain load or store each (arch.h).
 *
 * The loads of fewer than eight bytes are those that fill up with zeros.
 */
#include "asm.h"

#define p a0

/* uint64_t haul_arch_io_load_u<width>(p, facts) */
.macro IO_LOAD name:req, insn:req
FUNC \name
	LOAD	.Lload_failed, \insn a0, (p)
	ret
END_FUNC \name
.endm

/* void haul_arch_io_store_u<width>(p, v, facts) */
.macro IO_STORE name:req, insn:req
FUNC \name
	STORE	.Lstore_failed, \insn a1, (p)
	ret
END_FUNC \name
.endm

IO_LOAD haul_arch_io_load_u8, lbu
IO_LOAD haul_arch_io_load_u16, lhu
IO_LOAD haul_arch_io_load_u32, lwu
IO_LOAD haul_arch_io_load_u64, ld

IO_STORE haul_arch_io_store_u8, sb
IO_STORE haul_arch_io_store_u16, sh
IO_STORE haul_arch_io_store_u32, sw
IO_STORE haul_arch_io_store_u64, sd

FUNC haul_arch_io_facts
.Lload_failed:
	mv	a2, a1
	li	a0, -1
.Lstore_failed:
	sd	fact_addr, (a2)
	sd	fact_cause, 8(a2)
	sd	fact_what, 16(a2)
	ret
END_FUNC haul_arch_io_facts
