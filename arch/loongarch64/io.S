/* SPDX-License-Identifier: MIT */
/*
 * Device access, word by word (arch.h):
 *
 * size_t haul_arch_io_copy_u<width>(dst, src, count, facts);
 *
 * Pages of a device are strongly-ordered uncached (SUC) ones; there the CPU makes
 * the accesses as the program has them (manual volume 1, on memory access types).
 *
 * The count goes up after each store: at a fault it is the words copied.
 */
#include "asm.h"

.macro IO_COPY type, bytes, load, store
FUNC haul_arch_io_copy_\type
	move	$t1, $zero
.Lnext_\type:
	BRANCH_LOAD .Lfailed, bgeu $t1, $a2, .Lall_\type
	LOAD	.Lfailed, \load $t0, $a1, 0
	STORE	.Lfailed, \store $t0, $a0, 0
	addi.d	$a1, $a1, \bytes
	addi.d	$a0, $a0, \bytes
	addi.d	$t1, $t1, 1
	b	.Lnext_\type
.Lall_\type:
	move	$a0, $t1
	jr	$ra
END_FUNC haul_arch_io_copy_\type
.endm

IO_COPY u8, 1, ld.bu, st.b
IO_COPY u16, 2, ld.hu, st.h
IO_COPY u32, 4, ld.wu, st.w
IO_COPY u64, 8, ld.d, st.d

FUNC haul_arch_io_facts
.Lfailed:
	st.d	fact_addr, $a3, 0
	st.d	fact_cause, $a3, 8
	st.d	fact_what, $a3, 16
	move	$a0, $t1
	jr	$ra
END_FUNC haul_arch_io_facts
