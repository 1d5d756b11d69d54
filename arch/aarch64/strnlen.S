/* SPDX-License-Identifier: MIT */
/*
 * The length of a string that may fault.
 *
 * struct haul_arch_length haul_arch_strnlen(const char *s, size_t max);
 * x0: bytes before the NUL or max, whichever comes first, and x1 0; or bytes
 * before the first that could not be read, and x1 1.
 *
 * Method.  Aligned blocks of 16 bytes lie inside one page and one tag's granule:
 * each is readable as a whole or not at all, so a fault at a block is a fault at
 * its first byte, or at s if s lies inside the block.  Blocks of 64 lie inside
 * one page only; one that faults is gone through by 16.
 */
#include "asm.h"

#define s x0
#define max x1
#define block x2
#define len x3
#define zeros x4	/* four bits for each byte, set if it is NUL */

.macro FIND_ZEROS vector:req
	cmeq	\vector\().16b, \vector\().16b, 0
	shrn	\vector\().8b, \vector\().8h, 4
.endm

FUNC haul_arch_strnlen, 6
	mov	len, 0
	cbz	max, L(return)
	bic	block, s, 15
	LOAD	L(unreadable_first), ldr q0, [block]
	FIND_ZEROS v0
	fmov	zeros, d0
	lsl	x5, s, 2			/* shifts count modulo 64 */
	lsr	zeros, zeros, x5
	cbnz	zeros, L(clamp)
	add	block, block, 16

	/* Up to a block of 64, then those, then what is left. */
L(next_16):
	sub	len, block, s
	cmp	len, max
	b.hs	L(whole)
	tst	block, 63
	BRANCH_LOAD L(unreadable), b.eq L(next_64)
L(one_16):
	LOAD	L(unreadable), ldr q0, [block]
	FIND_ZEROS v0
	fmov	zeros, d0
	cbnz	zeros, L(clamp)
	add	block, block, 16
	b	L(next_16)

L(next_64):
	sub	len, block, s
	cmp	len, max
	BRANCH_LOAD L(one_16), b.hs L(whole)
	LOAD	L(one_16), ldp q0, q1, [block]
	LOAD	L(one_16), ldp q2, q3, [block, 32]
	umin	v0.16b, v0.16b, v1.16b
	umin	v2.16b, v2.16b, v3.16b
	umin	v0.16b, v0.16b, v2.16b
	FIND_ZEROS v0
	fmov	zeros, d0
	cbnz	zeros, L(one_16)
	add	block, block, 64
	b	L(next_64)

L(clamp):
	rbit	zeros, zeros
	clz	zeros, zeros
	add	len, len, zeros, lsr 2
	cmp	len, max
	b.lo	L(return)
L(whole):
	mov	len, max
L(return):
	mov	x0, len
	mov	x1, 0
	ret

L(unreadable_first):
	mov	len, 0
L(unreadable):
	mov	x0, len
	mov	x1, 1
	ret
END_FUNC haul_arch_strnlen
