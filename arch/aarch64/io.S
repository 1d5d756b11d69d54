/* SPDX-License-Identifier: MIT */
/*
 * Device access, word by word (arch.h):
 *
 * size_t haul_arch_io_copy_u<width>(dst, src, count, facts);
 *
 * The address is in a base register alone: of an access without write-back, of
 * one general register, the syndrome tells a hypervisor all that it needs (Arm
 * ARM, ISS encoding for a Data Abort: ISV).
 *
 * The count goes up after each store: at a fault it is the words copied.
 */
#include "asm.h"

.macro IO_COPY type, bytes, load, store, reg
FUNC haul_arch_io_copy_\type
	mov	x4, 0
.Lnext_\type:
	cmp	x4, x2
	BRANCH_LOAD .Lfailed, b.hs .Lall_\type
	LOAD	.Lfailed, \load \reg\()5, [x1]
	STORE	.Lfailed, \store \reg\()5, [x0]
	add	x1, x1, \bytes
	add	x0, x0, \bytes
	add	x4, x4, 1
	b	.Lnext_\type
.Lall_\type:
	mov	x0, x4
	ret
END_FUNC haul_arch_io_copy_\type
.endm

	IO_COPY u8, 1, ldrb, strb, w
	IO_COPY u16, 2, ldrh, strh, w
	IO_COPY u32, 4, ldr, str, w
	IO_COPY u64, 8, ldr, str, x

FUNC haul_arch_io_facts
.Lfailed:
	stp	fact_addr, fact_cause, [x3]
	str	fact_what, [x3, 16]
	mov	x0, x4
	ret
END_FUNC haul_arch_io_facts
