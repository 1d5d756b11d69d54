/* SPDX-License-Identifier: MIT */
/*
 * haul_memmove by the CPU's own copy (FEAT_MOPS), for sizes over 128 and ranges
 * that overlap.  It chooses its direction itself, which is the one that has to
 * be; a range that moves onto itself, which an emulator may skip, is the neon
 * variant's.  After a fault it could go on from its registers, so what is not moved
 * still has its source.
 *
 * What is moved is in the registers, forward as memcpy-mops.S says.  Backward,
 * left counts the bytes before the last one not moved, under either option.
 * Weaker in the case that memcpy-mops.S tells of, so nothing chooses it.
 */
#include "asm.h"

	.arch	armv8.2-a
	.arch_extension mops

#define dst x0
#define src x1
#define size x2
#define to x4
#define from x5
#define left x6

FUNC haul_arch_memmove_mops, 6
	sub	x7, dst, src
	lsl	x7, x7, 64 - ADDRESS_BITS
	cbz	x7, L(in_place)
	mov	to, dst
	mov	from, src
	mov	left, size
L(prologue):
	cpyp	[to]!, [from]!, left!
L(main):
	cpym	[to]!, [from]!, left!
	cpye	[to]!, [from]!, left!
L(moved):
	EXTABLE	L(prologue), L(main), L(resume), OPERAND_NONE, 1
	EXTABLE	L(main), L(moved), L(resume_option), OPERAND_NONE, 1
	mov	x0, size
	ret

	/* Both sides overlap, so the address does not tell which failed: it is not
	 * trusted, and the resumed move finds out. */
L(resume_option):
	b.cs	L(resume)
	cmp	left, 0
	csel	x7, left, xzr, lt
	add	to, to, x7
L(resume):
	mov	fact_what, 0
	sub	x7, dst, src
	ubfx	x7, x7, 0, ADDRESS_BITS
	cmp	x7, size
	b.lo	L(resume_backward)
	sub	x3, to, dst
	b	haul_arch_memcpy_resume
L(resume_backward):
	mov	x3, left
	b	haul_arch_memmove_resume_backward

L(in_place):
	b	haul_arch_memmove_neon
END_FUNC haul_arch_memmove_mops
