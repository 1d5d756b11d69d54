/* SPDX-License-Identifier: MIT */
/*
 * Compare memory that may fault.
 *
 * struct haul_arch_prefix haul_arch_memcmp(const void *one,
 *                                          const void *other, size_t n);
 * x0: bytes readable on both sides and equal, k.  x1: if k < n the difference
 * of the bytes at k, or 0 if one of them could not be read.
 *
 * Method.  64 bytes at a time, then 16, then the last 16, which overlap what is
 * known to be equal; fewer than 16 by two words that overlap.  A difference
 * among those, and a fault, go on by bytes from the start of their block.
 */
#include "asm.h"

#define one x0
#define other x1
#define size x2
#define same x3
#define last x4	/* where the last block starts */

FUNC haul_arch_memcmp, 6
	mov	same, 0
	cmp	size, 16
	b.lo	L(under_16)
	subs	last, size, 64
	b.lo	L(sixteens)
L(next_64):
	add	x5, one, same
	add	x6, other, same
	LOAD	L(bytes), ldp q0, q1, [x5]
	LOAD	L(bytes), ldp q4, q5, [x6]
	LOAD	L(bytes), ldp q2, q3, [x5, 32]
	LOAD	L(bytes), ldp q6, q7, [x6, 32]
	eor	v0.16b, v0.16b, v4.16b
	eor	v1.16b, v1.16b, v5.16b
	eor	v2.16b, v2.16b, v6.16b
	eor	v3.16b, v3.16b, v7.16b
	orr	v0.16b, v0.16b, v1.16b
	orr	v2.16b, v2.16b, v3.16b
	orr	v0.16b, v0.16b, v2.16b
	umaxp	v0.16b, v0.16b, v0.16b
	fmov	x5, d0
	cbnz	x5, L(sixteens)
	add	same, same, 64
	cmp	same, last
	b.ls	L(next_64)

L(sixteens):
	sub	last, size, 16
L(next_16):
	cmp	same, last
	BRANCH_LOAD L(bytes), b.hi L(last_16)
	LOAD	L(bytes), ldr q0, [one, same]
	LOAD	L(bytes), ldr q1, [other, same]
	cmeq	v0.16b, v0.16b, v1.16b
	shrn	v0.8b, v0.8h, 4
	fmov	x5, d0
	mvn	x5, x5
	cbnz	x5, L(differ)
	add	same, same, 16
	b	L(next_16)
L(last_16):
	cmp	same, size
	BRANCH_LOAD L(bytes), b.eq L(equal)
	LOAD	L(bytes), ldr q0, [one, last]
	LOAD	L(bytes), ldr q1, [other, last]
	cmeq	v0.16b, v0.16b, v1.16b
	shrn	v0.8b, v0.8h, 4
	fmov	x5, d0
	mvn	x5, x5
	cbz	x5, L(equal)
	mov	same, last

	/* Four bits for each byte, set if it differs. */
L(differ):
	rbit	x5, x5
	clz	x5, x5
	add	same, same, x5, lsr 2
	b	L(bytes)

L(under_16):
	tbz	size, 3, L(under_8)
	sub	last, size, 8
	LOAD	L(bytes), ldr x5, [one]
	LOAD	L(bytes), ldr x6, [other]
	LOAD	L(bytes), ldr x7, [one, last]
	LOAD	L(bytes), ldr x8, [other, last]
	cmp	x5, x6
	ccmp	x7, x8, 0, eq
	b.eq	L(equal)
	b	L(bytes)
L(under_8):
	BRANCH_LOAD L(bytes), tbz size, 2, L(bytes)
	sub	last, size, 4
	LOAD	L(bytes), ldr w5, [one]
	LOAD	L(bytes), ldr w6, [other]
	LOAD	L(bytes), ldr w7, [one, last]
	LOAD	L(bytes), ldr w8, [other, last]
	cmp	w5, w6
	ccmp	w7, w8, 0, eq
	b.eq	L(equal)

L(bytes):
	cmp	same, size
	BRANCH_LOAD L(unreadable), b.hs L(equal)
	LOAD	L(unreadable), ldrb w5, [one, same]
	LOAD	L(unreadable), ldrb w6, [other, same]
	subs	x5, x5, x6
	b.ne	L(order)
	add	same, same, 1
	b	L(bytes)

L(order):
	mov	x0, same
	mov	x1, x5
	ret

L(equal):
	mov	same, size
L(unreadable):
	mov	x0, same
	mov	x1, 0
	ret
END_FUNC haul_arch_memcmp
