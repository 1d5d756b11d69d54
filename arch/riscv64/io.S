/* SPDX-License-Identifier: MIT */
/*
 * Device access, word by word (arch.h):
 *
 * size_t haul_arch_io_copy_u<width>(dst, src, count, facts);
 *
 * The count goes up after each store: at a fault it is the words copied.
 */
#include "asm.h"

.macro IO_COPY type, bytes, load, store
FUNC haul_arch_io_copy_\type
	li	t1, 0
.Lnext_\type:
	BRANCH_LOAD .Lfailed, bgeu t1, a2, .Lall_\type
	LOAD	.Lfailed, \load t0, (a1)
	STORE	.Lfailed, \store t0, (a0)
	addi	a1, a1, \bytes
	addi	a0, a0, \bytes
	addi	t1, t1, 1
	j	.Lnext_\type
.Lall_\type:
	mv	a0, t1
	ret
END_FUNC haul_arch_io_copy_\type
.endm

IO_COPY u8, 1, lbu, sb
IO_COPY u16, 2, lhu, sh
IO_COPY u32, 4, lwu, sw
IO_COPY u64, 8, ld, sd

FUNC haul_arch_io_facts
.Lfailed:
	sd	fact_addr, (a3)
	sd	fact_cause, 8(a3)
	sd	fact_what, 16(a3)
	mv	a0, t1
	ret
END_FUNC haul_arch_io_facts
