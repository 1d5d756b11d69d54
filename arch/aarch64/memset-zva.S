/* SPDX-License-Identifier: MIT */
/*
 * haul_memset for sizes over 256, which zeroes by blocks: DC ZVA sets one
 * without reading it first.  Other bytes, sizes under zva_threshold and ranges
 * without a whole block are set by vectors.
 *
 * The block has 64 to 2048 bytes (cpu.c).  Up to the first block, and after the
 * last, 64 bytes at a time; the steps up to it may reach into it.
 *
 * DC ZVA can fault where stores do not (Device memory), and the address of its
 * fault is the block's: it is not trusted, and the fill goes on by stores.
 */
#include "asm.h"
#include "memset-vec.h"

#define zeroed x3	/* all before it is set */
#define zero_end x4
#define block x5
#define blocks x6	/* the first */
#define blocks_end x7	/* behind the last */

FUNC haul_arch_memset_zva, 6
	tst	byte, 0xff
	b.ne	L(by_vectors)
	adrp	x8, haul_arch_zva_threshold
	ldr	x8, [x8, :lo12:haul_arch_zva_threshold]
	cmp	size, x8
	b.lo	L(by_vectors)
	adrp	x8, haul_arch_zva_size
	ldr	block, [x8, :lo12:haul_arch_zva_size]
	adds	zero_end, dst, size
	b.cs	L(by_vectors)			/* beyond the address space */
	sub	x8, block, 1
	add	blocks, dst, x8
	bic	blocks, blocks, x8
	bic	blocks_end, zero_end, x8
	cmp	blocks, blocks_end
	b.hs	L(by_vectors)

	mov	zeroed, dst
L(to_block):
	STORE	L(resume_zero), stp q0, q0, [zeroed]
	STORE	L(resume_zero), stp q0, q0, [zeroed, 32]
	add	zeroed, zeroed, 64
	cmp	zeroed, blocks
	BRANCH_STORE L(resume_zero), b.lo L(to_block)

	/* One block if their number is odd, then two at a time. */
	mov	zeroed, blocks
	sub	x8, blocks_end, blocks
	tst	x8, block
	BRANCH_STORE L(resume_block), b.eq L(next_blocks)
	STORE	L(resume_block), dc zva, zeroed
	add	zeroed, zeroed, block
	cmp	zeroed, blocks_end
	BRANCH_STORE L(resume_block), b.hs L(zero_rest)
	.p2align 4
L(next_blocks):
	STORE	L(resume_block), dc zva, zeroed
	add	zeroed, zeroed, block
	STORE	L(resume_block), dc zva, zeroed
	add	zeroed, zeroed, block
	cmp	zeroed, blocks_end
	BRANCH_STORE L(resume_block), b.lo L(next_blocks)

L(zero_rest):
	sub	x8, zero_end, 64
	cmp	zeroed, x8
	BRANCH_STORE L(resume_zero), b.hs L(zero_last)
L(from_block):
	STORE	L(resume_zero), stp q0, q0, [zeroed]
	STORE	L(resume_zero), stp q0, q0, [zeroed, 32]
	add	zeroed, zeroed, 64
	cmp	zeroed, x8
	BRANCH_STORE L(resume_zero), b.lo L(from_block)
L(zero_last):
	STORE	L(resume_zero), stp q0, q0, [zero_end, -64]
	STORE	L(resume_zero), stp q0, q0, [zero_end, -32]
	mov	x0, size
	ret

	.p2align 4
L(by_vectors):
	SET_BY_VECTORS

L(resume_block):
	mov	fact_what, 0
L(resume_zero):
	sub	x3, zeroed, dst
	b	haul_arch_memset_resume
END_FUNC haul_arch_memset_zva
