/* SPDX-License-Identifier: MIT */
/*
 * haul_memset by the CPU's own fill (FEAT_MOPS), for sizes over 256.  After a
 * fault its registers tell what is set, as memcpy-mops.S says of the copy.
 */
#include "asm.h"

	.arch	armv8.2-a
	.arch_extension mops

#define dst x0
#define size x2
#define to x4
#define left x6

FUNC haul_arch_memset_mops, 6
	tbnz	size, 63, L(absurd)
	mov	to, dst
	mov	left, size
	STORE	L(resume), setp [to]!, left!, x1
	STORE	L(resume_option), setm [to]!, left!, x1
	STORE	L(resume_option), sete [to]!, left!, x1
	mov	x0, size
	ret

L(resume_option):
	b.cs	L(resume)
	add	to, to, left
L(resume):
	sub	x3, to, dst
	b	haul_arch_memset_resume

	/* The CPU would cut the size off. */
L(absurd):
	mov	x3, 0
	mov	fact_what, 0
	b	haul_arch_memset_resume
END_FUNC haul_arch_memset_mops
