/* SPDX-License-Identifier: MIT */
/*
 * What the variants of haul_memset share: the choice of cbo.zero, and those in
 * words also small sizes and the byte in every byte of a word.
 */

/* Under 8 bytes, by bytes; t0 counts what is left.  Returns. */
.macro SET_UNDER_8
	addi	t0, a2, -1
	BRANCH_STORE L(restart), beqz t0, L(set_under_8)
	STORE	L(restart), sb a1, 1(a0)
	addi	t0, t0, -1
	BRANCH_STORE L(restart), beqz t0, L(set_under_8)
	STORE	L(restart), sb a1, 2(a0)
	addi	t0, t0, -1
	BRANCH_STORE L(restart), beqz t0, L(set_under_8)
	add	t1, a0, a2
	STORE	L(restart), sb a1, -4(t1)
	STORE	L(restart), sb a1, -3(t1)
	STORE	L(restart), sb a1, -2(t1)
	STORE	L(restart), sb a1, -1(t1)
L(set_under_8):
	mv	a0, a2
	ret
.endm

/* word = the byte, eight times */
.macro BROADCAST word:req
	li	t1, 0x01010101
	slli	t2, t1, 32
	andi	\word, a1, 255
	add	t1, t1, t2
	mul	\word, \word, t1
.endm

/*
 * Whether a fill goes by cbo.zero: with zeros, from a threshold on, and of two
 * blocks and more, so that one is whole.  haul_arch_zero_block is 0 where the
 * CPU has none.  Uses t0, which then is the block's size, and t1.
 */
.macro ZERO_BY_BLOCKS otherwise:req
	andi	t0, a1, 255
	bnez	t0, \otherwise
	ld	t1, haul_arch_zero_threshold
	bltu	a2, t1, \otherwise
	ld	t0, haul_arch_zero_block
	beqz	t0, \otherwise
	slli	t1, t0, 1
	bltu	a2, t1, \otherwise
	CONTINUE_AT haul_arch_memset_zero
.endm
