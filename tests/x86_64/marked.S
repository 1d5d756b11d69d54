/* SPDX-License-Identifier: MIT */
/*
 * int marked_registers(const uint64_t before[15], uint64_t after[15])
 *
 * rdi before, rsi after.  The order of registers is rax rbx rcx rdx rsi rdi
 * rbp r8 ... r15.  A fault in the one marked load resumes at its fixup, which
 * must find all of them, and the status flags, as the load did.
 */
	.text
	.p2align 4
	.globl	marked_registers
	.type	marked_registers, @function
marked_registers:
	.cfi_startproc
	endbr64
	push	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbx, 0
	push	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbp, 0
	push	%r12
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r12, 0
	push	%r13
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r13, 0
	push	%r14
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r14, 0
	push	%r15
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r15, 0
	push	%rsi			/* after */
	.cfi_adjust_cfa_offset 8

	mov	0(%rdi), %rax
	mov	8(%rdi), %rbx
	mov	16(%rdi), %rcx
	mov	24(%rdi), %rdx
	mov	32(%rdi), %rsi
	mov	48(%rdi), %rbp
	mov	56(%rdi), %r8
	mov	64(%rdi), %r9
	mov	72(%rdi), %r10
	mov	80(%rdi), %r11
	mov	88(%rdi), %r12
	mov	96(%rdi), %r13
	mov	104(%rdi), %r14
	mov	112(%rdi), %r15
	mov	40(%rdi), %rdi
	stc
.Lload:
	cmpb	$0, (%rax)		/* would clear the carry */
.Lload_end:
	pop	%rsi
	.cfi_adjust_cfa_offset -8
	xor	%eax, %eax
	jmp	.Lout

	.cfi_adjust_cfa_offset 8
.Lfixup:
	push	%r15
	push	%r14
	push	%r13
	push	%r12
	push	%r11
	push	%r10
	push	%r9
	push	%r8
	push	%rbp
	push	%rdi
	push	%rsi
	push	%rdx
	push	%rcx
	push	%rbx
	push	%rax
	.cfi_adjust_cfa_offset 120
	setc	%al			/* 1: the flags are as they were */
	movzbl	%al, %eax
	mov	120(%rsp), %rdi
	mov	%rsp, %rsi
	mov	$15, %ecx
	rep movsq
	add	$128, %rsp
	.cfi_adjust_cfa_offset -128
.Lout:
	pop	%r15
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r15
	pop	%r14
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r14
	pop	%r13
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r13
	pop	%r12
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r12
	pop	%rbp
	.cfi_adjust_cfa_offset -8
	.cfi_restore %rbp
	pop	%rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore %rbx
	ret
	.cfi_endproc
	.size	marked_registers, . - marked_registers

	.pushsection test_marks, "aR", %progbits
	.balign	4
	.long	.Lload - .
	.long	.Lfixup - .
	.short	.Lload_end - .Lload
	.byte	0, 0
	.popsection

	.section .note.GNU-stack, "", %progbits
