/* SPDX-License-Identifier: MIT */
/* int setjmp(jmp_buf env); void longjmp(jmp_buf env, int value): value is not 0. */
	.text
	.globl	setjmp
	.type	setjmp, %function
setjmp:
	endbr64
	popq	%rsi			/* where the call returns */
	movq	%rbx, (%rdi)
	movq	%rbp, 8(%rdi)
	movq	%r12, 16(%rdi)
	movq	%r13, 24(%rdi)
	movq	%r14, 32(%rdi)
	movq	%r15, 40(%rdi)
	movq	%rsp, 48(%rdi)
	movq	%rsi, 56(%rdi)
	xorl	%eax, %eax
	jmp	*%rsi
	.size	setjmp, . - setjmp

	.globl	longjmp
	.type	longjmp, %function
longjmp:
	endbr64
	movl	%esi, %eax
	movq	(%rdi), %rbx
	movq	8(%rdi), %rbp
	movq	16(%rdi), %r12
	movq	24(%rdi), %r13
	movq	32(%rdi), %r14
	movq	40(%rdi), %r15
	movq	48(%rdi), %rsp
	jmp	*56(%rdi)
	.size	longjmp, . - longjmp

	.section .note.GNU-stack, "", %progbits
