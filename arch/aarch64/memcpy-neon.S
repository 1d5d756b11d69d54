/* SPDX-License-Identifier: MIT */
/*
 * haul_memcpy by pairs of 16-byte vectors, for sizes over 256: every aarch64.
 *
 * The head is stored, the destination is aligned, and eight vectors an
 * iteration ascend; the last eight end at the end.  The cursors run 32 bytes
 * behind, so that the write-back of the last pair can move them, and
 * dst_cursor tells what is committed.  Bytes are counted down, because for an
 * absurd size the end would lie beyond the address space.
 */
#include "asm.h"

#define dst x0
#define src x1
#define size x2
#define src_cursor x3
#define dst_cursor x4
#define count x6	/* from the cursor to the last 128 bytes */
#define src_end x3
#define dst_end x7

FUNC haul_arch_memcpy_neon, 6
	LOAD	L(restart), ldp q0, q1, [src]
	and	x5, dst, 15
	bic	dst_cursor, dst, 15
	sub	src_cursor, src, x5
	sub	count, size, 160
	add	count, count, x5
	STORE	L(restart), stp q0, q1, [dst]

	.p2align 4
L(loop):
	LOAD	L(resume), ldp q0, q1, [src_cursor, 32]
	LOAD	L(resume), ldp q2, q3, [src_cursor, 64]
	LOAD	L(resume), ldp q4, q5, [src_cursor, 96]
	LOAD	L(resume), ldp q6, q7, [src_cursor, 128]!
	STORE	L(resume), stp q0, q1, [dst_cursor, 32]
	STORE	L(resume), stp q2, q3, [dst_cursor, 64]
	STORE	L(resume), stp q4, q5, [dst_cursor, 96]
	STORE	L(resume), stp q6, q7, [dst_cursor, 128]!
	subs	count, count, 128
	BRANCH_LOAD L(resume), b.hi L(loop)

	add	src_end, src, size
	add	dst_end, dst, size
	LOAD	L(resume), ldp q0, q1, [src_end, -128]
	LOAD	L(resume), ldp q2, q3, [src_end, -96]
	LOAD	L(resume), ldp q4, q5, [src_end, -64]
	LOAD	L(resume), ldp q6, q7, [src_end, -32]
	STORE	L(resume), stp q0, q1, [dst_end, -128]
	STORE	L(resume), stp q2, q3, [dst_end, -96]
	STORE	L(resume), stp q4, q5, [dst_end, -64]
	STORE	L(resume), stp q6, q7, [dst_end, -32]
	mov	x0, size
	ret

L(restart):
	mov	x3, 0
	b	haul_arch_memcpy_resume

	/* The head reaches beyond where the cursor starts. */
L(resume):
	subs	x3, dst_cursor, dst
	csel	x3, xzr, x3, lo
	add	x3, x3, 32
	b	haul_arch_memcpy_resume
END_FUNC haul_arch_memcpy_neon
