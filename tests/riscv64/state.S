/* SPDX-License-Identifier: MIT */
/*
 * uint64_t state_call(function, first, second, third, uint64_t *state)
 *
 * Calls function(first, second, third); *state is then vstart as it returned
 * with it, 0 where there is none.  What *state was does not matter.
 */
	.text
	.p2align 4
	.globl	state_call
	.type	state_call, @function
state_call:
	.cfi_startproc
	addi	sp, sp, -32
	.cfi_adjust_cfa_offset 32
	sd	ra, 24(sp)
	.cfi_rel_offset ra, 24
	sd	a4, 16(sp)
	mv	t0, a0
	mv	a0, a1
	mv	a1, a2
	mv	a2, a3
	jalr	t0
	sd	a0, 8(sp)
	call	test_vstart
	ld	t0, 16(sp)
	sd	a0, (t0)
	ld	a0, 8(sp)
	ld	ra, 24(sp)
	.cfi_restore ra
	addi	sp, sp, 32
	.cfi_adjust_cfa_offset -32
	ret
	.cfi_endproc
	.size	state_call, . - state_call

	.section .note.GNU-stack, "", %progbits
