/* SPDX-License-Identifier: MIT */
/*
 * x86_64: from an exception to board_trap and back (Intel SDM volume 3, 6.14).
 *
 * The CPU has aligned the stack to 16 bytes and pushed SS, RSP, RFLAGS, CS, RIP
 * and, for some vectors, an error code.  Stubs of 16 bytes each push 0 where it
 * did not, and the vector; the rest is common.  board.c's struct frame is what
 * then lies on the stack.
 *
 * Vector registers are not saved: the handler is compiled without them.
 */

/* The vectors with an error code: SDM volume 3, table 6-1; AMD APM volume 2,
 * table 8-1, for 29 and 30. */
#define ERROR_CODES \
	(1 << 8 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 13 | 1 << 14 | 1 << 17 | 1 << 21 | \
	 1 << 29 | 1 << 30)

.macro SAVE reg:req
	pushq	%\reg
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset \reg, 0
.endm

.macro RESTORE reg:req
	popq	%\reg
	.cfi_adjust_cfa_offset -8
	.cfi_restore \reg
.endm

	.text
	.balign	16
	.globl	board_vectors
	.type	board_vectors, %function
board_vectors:
	.set	vector, 0
	.rept	32 + 1			/* exceptions, and an interrupt's (interrupt.h) */
	.balign	16
	.if	!(ERROR_CODES >> vector & 1)
	pushq	$0
	.endif
	pushq	$vector
	jmp	trapped
	.set	vector, vector + 1
	.endr
	.size	board_vectors, . - board_vectors

	.type	trapped, %function
trapped:
	.cfi_startproc
	.cfi_signal_frame
	.cfi_def_cfa rsp, 56		/* beyond SS */
	.cfi_offset rsp, -16
	.cfi_offset rip, -40
	SAVE	rax
	SAVE	rbx
	SAVE	rcx
	SAVE	rdx
	SAVE	rsi
	SAVE	rdi
	SAVE	rbp
	SAVE	r8
	SAVE	r9
	SAVE	r10
	SAVE	r11
	SAVE	r12
	SAVE	r13
	SAVE	r14
	SAVE	r15
	cld				/* as compiled code expects */
	/* The CPU leaves AC alone: what was open to user pages is not to be so for
	 * the handler.  IRETQ brings it back. */
	cmpb	$0, board_smap(%rip)
	je	1f
	clac
1:	movq	%rsp, %rdi
	call	board_trap
	RESTORE	r15
	RESTORE	r14
	RESTORE	r13
	RESTORE	r12
	RESTORE	r11
	RESTORE	r10
	RESTORE	r9
	RESTORE	r8
	RESTORE	rbp
	RESTORE	rdi
	RESTORE	rsi
	RESTORE	rdx
	RESTORE	rcx
	RESTORE	rbx
	RESTORE	rax
	addq	$16, %rsp		/* vector, error code */
	.cfi_adjust_cfa_offset -16
	iretq
	.cfi_endproc
	.size	trapped, . - trapped

	.section .note.GNU-stack, "", %progbits
