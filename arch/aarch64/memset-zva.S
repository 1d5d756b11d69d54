/* SPDX-License-Identifier: MIT */
/*
 * haul_memset for sizes over 256, which zeroes by blocks: DC ZVA sets one
 * without reading it first.  Other bytes, sizes under zva_threshold and ranges
 * without a whole block are the neon variant's.
 *
 * The block has 64 to 2048 bytes (cpu.c).  Up to the first block, and after the
 * last, 64 bytes at a time; the steps up to it may reach into it.
 *
 * DC ZVA can fault where stores do not (Device memory), and the address of its
 * fault is the block's: it is not trusted, and the fill goes on by stores.
 */
#include "asm.h"

#define dst x0
#define byte w1
#define size x2
#define cursor x3	/* all before it is set */
#define end x4
#define block x5
#define blocks x6	/* the first */
#define blocks_end x7	/* behind the last */

FUNC haul_arch_memset_zva, 6
	tst	byte, 0xff
	b.ne	L(plain)
	adrp	x8, haul_arch_zva_threshold
	ldr	x8, [x8, :lo12:haul_arch_zva_threshold]
	cmp	size, x8
	b.lo	L(plain)
	adrp	x8, haul_arch_zva_size
	ldr	block, [x8, :lo12:haul_arch_zva_size]
	adds	end, dst, size
	b.cs	L(plain)			/* beyond the address space */
	sub	x8, block, 1
	add	blocks, dst, x8
	bic	blocks, blocks, x8
	bic	blocks_end, end, x8
	cmp	blocks, blocks_end
	b.hs	L(plain)

	STORE	L(restart), str q0, [dst]
	bic	cursor, dst, 15
	add	cursor, cursor, 16
	cmp	cursor, blocks
	b.hs	L(blocks)
L(align):
	STORE	L(resume), stp q0, q0, [cursor]
	STORE	L(resume), stp q0, q0, [cursor, 32]
	add	cursor, cursor, 64
	cmp	cursor, blocks
	BRANCH_STORE L(resume), b.lo L(align)
L(blocks):
	mov	cursor, blocks

	.p2align 4
L(next_block):
	STORE	L(resume_block), dc zva, cursor
	add	cursor, cursor, block
	cmp	cursor, blocks_end
	BRANCH_STORE L(resume_block), b.lo L(next_block)

	sub	x8, end, 64
	cmp	cursor, x8
	BRANCH_STORE L(resume), b.hs L(last)
L(rest):
	STORE	L(resume), stp q0, q0, [cursor]
	STORE	L(resume), stp q0, q0, [cursor, 32]
	add	cursor, cursor, 64
	cmp	cursor, x8
	BRANCH_STORE L(resume), b.lo L(rest)
L(last):
	STORE	L(resume), stp q0, q0, [end, -64]
	STORE	L(resume), stp q0, q0, [end, -32]
	mov	x0, size
	ret

L(plain):
	b	haul_arch_memset_neon

L(restart):
	mov	x3, 0
	b	haul_arch_memset_resume
L(resume_block):
	mov	fact_what, 0
L(resume):
	sub	x3, cursor, dst
	mov	x4, 16			/* the head */
	cmp	x3, x4
	csel	x3, x4, x3, lo
	b	haul_arch_memset_resume
END_FUNC haul_arch_memset_zva
