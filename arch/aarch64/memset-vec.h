/* SPDX-License-Identifier: MIT */
/*
 * The body of haul_memset by pairs of 16-byte vectors, for sizes over 256, and
 * its fixups.
 *
 * The head is set, the destination is aligned, and eight vectors an iteration
 * ascend; the last eight end at the end.  The cursor runs 32 bytes behind, so
 * that the write-back of the last pair can move it.  Bytes are counted down,
 * because for an absurd size the end would lie beyond the address space.
 */

#define dst x0
#define byte w1
#define size x2
#define cursor x3	/* all up to 32 bytes behind it is set */
#define count x4	/* from there to the last 128 bytes */
#define end x5

.macro SET_BY_VECTORS
	STORE	L(restart), stp q0, q0, [dst]
	and	x5, dst, 15
	bic	cursor, dst, 15
	sub	count, size, 160
	add	count, count, x5

	.p2align 4
L(loop):
	STORE	L(resume), stp q0, q0, [cursor, 32]
	STORE	L(resume), stp q0, q0, [cursor, 64]
	STORE	L(resume), stp q0, q0, [cursor, 96]
	STORE	L(resume), stp q0, q0, [cursor, 128]!
	subs	count, count, 128
	BRANCH_STORE L(resume), b.hi L(loop)

	add	end, dst, size
	STORE	L(resume), stp q0, q0, [end, -128]
	STORE	L(resume), stp q0, q0, [end, -96]
	STORE	L(resume), stp q0, q0, [end, -64]
	STORE	L(resume), stp q0, q0, [end, -32]
	mov	x0, size
	ret

L(restart):
	mov	x3, 0
	b	haul_arch_memset_resume

	/* The head reaches beyond where the cursor starts. */
L(resume):
	subs	x3, cursor, dst
	csel	x3, xzr, x3, lo
	add	x3, x3, 32
	b	haul_arch_memset_resume
.endm
