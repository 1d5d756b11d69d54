/* SPDX-License-Identifier: MIT */
/*
 * uint64_t state_call(function, first, second, third, uint64_t *state)
 *
 * Calls function(first, second, third) with *state in FCSR0; *state is then
 * FCSR0 as it returned with it.  The caller gets back what it had.
 */
	.text
	.p2align 4
	.globl	state_call
	.type	state_call, @function
state_call:
	.cfi_startproc
	addi.d	$sp, $sp, -32
	.cfi_adjust_cfa_offset 32
	st.d	$ra, $sp, 24
	.cfi_rel_offset 1, 24
	st.d	$a4, $sp, 16
	movfcsr2gr $t0, $fcsr0
	st.d	$t0, $sp, 8
	ld.d	$t0, $a4, 0
	movgr2fcsr $fcsr0, $t0
	move	$t0, $a0
	move	$a0, $a1
	move	$a1, $a2
	move	$a2, $a3
	jirl	$ra, $t0, 0
	movfcsr2gr $t0, $fcsr0
	ld.d	$t1, $sp, 16
	st.d	$t0, $t1, 0
	ld.d	$t0, $sp, 8
	movgr2fcsr $fcsr0, $t0
	ld.d	$ra, $sp, 24
	.cfi_restore 1
	addi.d	$sp, $sp, 32
	.cfi_adjust_cfa_offset -32
	jr	$ra
	.cfi_endproc
	.size	state_call, . - state_call

	.section .note.GNU-stack, "", %progbits
