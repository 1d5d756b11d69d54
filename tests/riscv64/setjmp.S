/* SPDX-License-Identifier: MIT */
/* int setjmp(jmp_buf env); void longjmp(jmp_buf env, int value): value is not 0. */
	.text
	.globl	setjmp
	.type	setjmp, %function
setjmp:
	sd	ra, (a0)
	sd	sp, 8(a0)
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	sd	s\i, 16 + 8 * \i(a0)
	.endr
	li	a0, 0
	ret
	.size	setjmp, . - setjmp

	.globl	longjmp
	.type	longjmp, %function
longjmp:
	ld	ra, (a0)
	ld	sp, 8(a0)
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	ld	s\i, 16 + 8 * \i(a0)
	.endr
	mv	a0, a1
	ret
	.size	longjmp, . - longjmp

	.section .note.GNU-stack, "", %progbits
