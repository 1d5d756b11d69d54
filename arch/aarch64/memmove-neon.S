/* SPDX-License-Identifier: MIT */
/*
 * haul_memmove by pairs of 16-byte vectors, for sizes over 128 and ranges that
 * overlap: every aarch64.
 *
 * The head, 32 bytes where the move starts, is stored as it comes; then blocks
 * of 64 follow whose destination is aligned to 32, so that a pair lies in one
 * page.  The edge, the last 64 bytes of the move, reaches back over moved ones,
 * whose source is not there any more, so it is loaded first of all.  A block is
 * loaded after the one before it has been stored, except for the first.
 */
#include "asm.h"

#define dst x0
#define src x1
#define size x2
#define src_cursor x3
#define dst_cursor x4
#define count x6	/* bytes that lie between the block and the edge */
#define src_end x3
#define dst_end x7

.macro TAKE_EDGE
	mov	v0.16b, v20.16b
	mov	v1.16b, v21.16b
	mov	v2.16b, v22.16b
	mov	v3.16b, v23.16b
.endm

.macro TAKE_HEAD
	mov	v0.16b, v16.16b
	mov	v1.16b, v17.16b
.endm

FUNC haul_arch_memmove_neon, 6
	sub	x5, dst, src
	ubfx	x5, x5, 0, ADDRESS_BITS
	cmp	x5, size
	b.lo	L(backward)

	add	src_end, src, size
	LOAD	L(forward_0), ldp q20, q21, [src_end, -64]
	LOAD	L(forward_0), ldp q22, q23, [src_end, -32]
	LOAD	L(forward_0), ldp q16, q17, [src]
	and	x5, dst, 31
	sub	x5, x5, 32			/* minus what precedes the first block */
	sub	src_cursor, src, x5
	add	dst_cursor, x5, 32
	sub	dst_cursor, dst, dst_cursor
	LOAD	L(forward_0), ldp q0, q1, [src_cursor]
	LOAD	L(forward_0), ldp q2, q3, [src_cursor, 32]!
	add	dst_end, dst, size
	STORE	L(forward_head), stp q16, q17, [dst]
	sub	count, size, 128
	adds	count, count, x5
	BRANCH_STORE L(forward_block), b.ls L(forward_last)	/* borrowed, or nothing left */

	/* dst_cursor runs 32 bytes behind the block in the registers. */
	.p2align 4
L(forward_next):
	STORE	L(forward_block), stp q0, q1, [dst_cursor, 32]
	STORE	L(forward_block), stp q2, q3, [dst_cursor, 64]!
	LOAD	L(forward_resume), ldp q0, q1, [src_cursor, 32]
	LOAD	L(forward_resume), ldp q2, q3, [src_cursor, 64]!
	subs	count, count, 64
	BRANCH_STORE L(forward_block), b.hi L(forward_next)
L(forward_last):
	STORE	L(forward_block), stp q0, q1, [dst_cursor, 32]
	STORE	L(forward_block), stp q2, q3, [dst_cursor, 64]
	STORE	L(forward_edge), stp q20, q21, [dst_end, -64]
	STORE	L(forward_edge), stp q22, q23, [dst_end, -32]
	mov	x0, size
	ret

	.p2align 4
L(backward):
	add	dst_end, dst, size
	add	src_end, src, size
	LOAD	L(backward_0), ldp q20, q21, [src]
	LOAD	L(backward_0), ldp q22, q23, [src, 32]
	LOAD	L(backward_0), ldp q16, q17, [src_end, -32]
	and	x5, dst_end, 31			/* what follows the first block */
	sub	src_cursor, src_end, x5
	sub	dst_cursor, dst_end, x5
	LOAD	L(backward_0), ldp q2, q3, [src_cursor, -32]
	LOAD	L(backward_0), ldp q0, q1, [src_cursor, -64]!
	STORE	L(backward_head), stp q16, q17, [dst_end, -32]
	sub	count, size, 128
	subs	count, count, x5
	BRANCH_STORE L(backward_block), b.ls L(backward_last)

	/* dst_cursor stands behind the block in the registers. */
	.p2align 4
L(backward_next):
	STORE	L(backward_block), stp q2, q3, [dst_cursor, -32]
	STORE	L(backward_block), stp q0, q1, [dst_cursor, -64]!
	LOAD	L(backward_resume), ldp q2, q3, [src_cursor, -32]
	LOAD	L(backward_resume), ldp q0, q1, [src_cursor, -64]!
	subs	count, count, 64
	BRANCH_STORE L(backward_block), b.hi L(backward_next)
L(backward_last):
	STORE	L(backward_block), stp q2, q3, [dst_cursor, -32]
	STORE	L(backward_block), stp q0, q1, [dst_cursor, -64]
	STORE	L(backward_edge), stp q22, q23, [dst, 32]
	STORE	L(backward_edge), stp q20, q21, [dst]
	mov	x0, size
	ret

L(forward_0):
	mov	x3, 0
	b	haul_arch_memcpy_resume
L(forward_resume):
	sub	x3, dst_cursor, dst
	add	x3, x3, 32
	b	haul_arch_memcpy_resume
L(forward_edge):
	TAKE_EDGE
	sub	x3, size, 64
	b	L(forward_store)
L(forward_head):
	TAKE_HEAD
	mov	x3, 0
	mov	x4, 32
	mov	x5, 0
	b	haul_arch_memmove_resume_store
L(forward_block):
	sub	x3, dst_cursor, dst
	add	x3, x3, 32
L(forward_store):
	mov	x4, 64
	mov	x5, 0
	b	haul_arch_memmove_resume_store

L(backward_0):
	mov	x3, size
	b	haul_arch_memmove_resume_backward
L(backward_resume):
	sub	x3, dst_cursor, dst
	b	haul_arch_memmove_resume_backward
L(backward_edge):
	TAKE_EDGE
	mov	x3, 0
	b	L(backward_store)
L(backward_head):
	TAKE_HEAD
	sub	x3, size, 32
	mov	x4, 32
	b	haul_arch_memmove_resume_store_backward
L(backward_block):
	sub	x3, dst_cursor, dst
	sub	x3, x3, 64
L(backward_store):
	mov	x4, 64
	b	haul_arch_memmove_resume_store_backward
END_FUNC haul_arch_memmove_neon
