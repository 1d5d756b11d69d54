/* SPDX-License-Identifier: MIT */
/* int setjmp(jmp_buf env); void longjmp(jmp_buf env, int value): value is not 0. */
	.text
	.globl	setjmp
	.type	setjmp, %function
setjmp:
	st.d	$ra, $a0, 0
	st.d	$sp, $a0, 8
	st.d	$fp, $a0, 16
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7, 8
	st.d	$s\i, $a0, 24 + 8 * \i
	.endr
	move	$a0, $zero
	jr	$ra
	.size	setjmp, . - setjmp

	.globl	longjmp
	.type	longjmp, %function
longjmp:
	ld.d	$ra, $a0, 0
	ld.d	$sp, $a0, 8
	ld.d	$fp, $a0, 16
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7, 8
	ld.d	$s\i, $a0, 24 + 8 * \i
	.endr
	move	$a0, $a1
	jr	$ra
	.size	longjmp, . - longjmp

	.section .note.GNU-stack, "", %progbits
