/* SPDX-License-Identifier: MIT */
/*
 * haul_memcpy by SVE, for sizes over 256, where vectors have 64 bytes or more;
 * with shorter ones it is the neon variant, which does as well by pairs.
 *
 * Up to four vectors: predicates cut the size out of them, without a branch.
 * Beyond that the head is stored, the destination is aligned to a line, and
 * four vectors an iteration ascend; the last four end at the end.  A vector's
 * length is asked for at every call: a thread may have changed its own.
 *
 * A store that faults may have written any of its bytes before the page's
 * border, all of them before the byte that fails.
 */
#include "asm.h"

	.arch	armv8.2-a+sve

#define dst x0
#define src x1
#define size x2
#define src_cursor x3
#define dst_cursor x4
#define count x6	/* from the cursor to the last four vectors */
#define step x7		/* four vectors */
#define src_end x3
#define dst_end x8
#define vec x9
#define LINE 64

FUNC haul_arch_memcpy_sve, 6
	cntb	vec
	cmp	vec, LINE
	b.hs	L(long)
	b	haul_arch_memcpy_neon
L(long):
	lsl	step, vec, 2
	cmp	size, step
	b.hi	L(bulk)
	add	x10, vec, vec
	add	x11, x10, vec
	whilelo	p0.b, xzr, size
	whilelo	p1.b, vec, size
	whilelo	p2.b, x10, size
	whilelo	p3.b, x11, size
	LOAD	L(restart), ld1b z0.b, p0/z, [src]
	LOAD	L(restart), ld1b z1.b, p1/z, [src, 1, mul vl]
	LOAD	L(restart), ld1b z2.b, p2/z, [src, 2, mul vl]
	LOAD	L(restart), ld1b z3.b, p3/z, [src, 3, mul vl]
	STORE	L(restart), st1b z0.b, p0, [dst]
	STORE	L(restart), st1b z1.b, p1, [dst, 1, mul vl]
	STORE	L(restart), st1b z2.b, p2, [dst, 2, mul vl]
	STORE	L(restart), st1b z3.b, p3, [dst, 3, mul vl]
	mov	x0, size
	ret

	.p2align 4
L(bulk):
	ptrue	p0.b
	LOAD	L(restart), ld1b z0.b, p0/z, [src]
	and	x5, dst, LINE - 1
	sub	x5, x5, LINE
	sub	src_cursor, src, x5
	sub	dst_cursor, dst, x5
	sub	count, size, step
	STORE	L(restart), st1b z0.b, p0, [dst]
	adds	count, count, x5
	b.ls	L(last)			/* borrowed, or nothing left */

	.p2align 4
L(loop):
	LOAD	L(resume), ld1b z0.b, p0/z, [src_cursor]
	LOAD	L(resume), ld1b z1.b, p0/z, [src_cursor, 1, mul vl]
	LOAD	L(resume), ld1b z2.b, p0/z, [src_cursor, 2, mul vl]
	LOAD	L(resume), ld1b z3.b, p0/z, [src_cursor, 3, mul vl]
	add	src_cursor, src_cursor, step
	STORE	L(resume), st1b z0.b, p0, [dst_cursor]
	STORE	L(resume), st1b z1.b, p0, [dst_cursor, 1, mul vl]
	STORE	L(resume), st1b z2.b, p0, [dst_cursor, 2, mul vl]
	STORE	L(resume), st1b z3.b, p0, [dst_cursor, 3, mul vl]
	add	dst_cursor, dst_cursor, step
	subs	count, count, step
	BRANCH_LOAD L(resume), b.hi L(loop)

L(last):
	add	src_end, src, size
	add	dst_end, dst, size
	LOAD	L(resume), ld1b z0.b, p0/z, [src_end, -4, mul vl]
	LOAD	L(resume), ld1b z1.b, p0/z, [src_end, -3, mul vl]
	LOAD	L(resume), ld1b z2.b, p0/z, [src_end, -2, mul vl]
	LOAD	L(resume), ld1b z3.b, p0/z, [src_end, -1, mul vl]
	STORE	L(resume), st1b z0.b, p0, [dst_end, -4, mul vl]
	STORE	L(resume), st1b z1.b, p0, [dst_end, -3, mul vl]
	STORE	L(resume), st1b z2.b, p0, [dst_end, -2, mul vl]
	STORE	L(resume), st1b z3.b, p0, [dst_end, -1, mul vl]
	mov	x0, size
	ret

L(restart):
	mov	x3, 0
	b	haul_arch_memcpy_resume

	/* The head reaches beyond where the cursor starts. */
L(resume):
	sub	x3, dst_cursor, dst
	cmp	x3, vec
	csel	x3, vec, x3, lo
	b	haul_arch_memcpy_resume
END_FUNC haul_arch_memcpy_sve
