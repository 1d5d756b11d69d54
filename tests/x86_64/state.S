/* SPDX-License-Identifier: MIT */
/*
 * uint64_t state_call(function, first, second, third, uint64_t *state)
 *
 * Calls function(first, second, third) with *state set in EFLAGS besides what is
 * set already; *state is then EFLAGS as it returned with them.  The caller gets
 * AC and DF back clear.
 */
	.text
	.p2align 4
	.globl	state_call
	.type	state_call, @function
state_call:
	.cfi_startproc
	endbr64
	push	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbx, 0
	mov	%r8, %rbx
	mov	%rdi, %rax
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rcx, %rdx
	mov	(%rbx), %rcx
	pushfq
	.cfi_adjust_cfa_offset 8
	or	%rcx, (%rsp)
	popfq
	.cfi_adjust_cfa_offset -8
	call	*%rax
	pushfq
	.cfi_adjust_cfa_offset 8
	mov	(%rsp), %rcx
	mov	%rcx, (%rbx)
	andq	$~0x40400, (%rsp)
	popfq
	.cfi_adjust_cfa_offset -8
	pop	%rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore %rbx
	ret
	.cfi_endproc
	.size	state_call, . - state_call

	.section .note.GNU-stack, "", %progbits
