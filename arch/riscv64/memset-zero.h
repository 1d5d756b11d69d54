/* SPDX-License-Identifier: MIT */
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
	CONTINUE_AT	haul_arch_memset_zero
.endm
