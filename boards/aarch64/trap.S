/* SPDX-License-Identifier: MIT */
/*
 * Exceptions.  Only one of the sixteen vectors is of use here: the synchronous
 * one of EL1 on its own stack.  Interrupts are masked, and nothing runs at EL0.
 *
 * The CPU has masked interrupts, and closed access to user pages (SCTLR_EL1.SPAN
 * is 0); the return brings PSTATE back as SPSR_EL1 has it.  Vector registers stay
 * as they are: nothing behind board_trap uses them.
 *
 * The frame is board.c's struct frame: x0 to x30, ELR, SPSR, ESR, FAR.
 */
#define ELR 248		/* and SPSR */
#define ESR 264		/* and FAR */
#define FRAME 288

/* Does insn, a load or a store of pairs, with x2 to x29. */
.macro EACH insn:req
	\insn	x2, x3, [sp, 16]
	\insn	x4, x5, [sp, 32]
	\insn	x6, x7, [sp, 48]
	\insn	x8, x9, [sp, 64]
	\insn	x10, x11, [sp, 80]
	\insn	x12, x13, [sp, 96]
	\insn	x14, x15, [sp, 112]
	\insn	x16, x17, [sp, 128]
	\insn	x18, x19, [sp, 144]
	\insn	x20, x21, [sp, 160]
	\insn	x22, x23, [sp, 176]
	\insn	x24, x25, [sp, 192]
	\insn	x26, x27, [sp, 208]
	\insn	x28, x29, [sp, 224]
.endm

.macro UNEXPECTED count:req
	.rept	\count
	.balign	128
	mov	x0, vector
	b	board_unexpected
	.set	vector, vector + 1
	.endr
.endm

	.text
	.balign	2048		/* VBAR_EL1 */
	.globl	board_vectors
	.type	board_vectors, %function
board_vectors:
	.set	vector, 0
	UNEXPECTED 4		/* on SP_EL0 */
	.balign	128
	sub	sp, sp, FRAME
	stp	x0, x1, [sp]
	EACH	stp
	str	x30, [sp, 240]
	mrs	x0, elr_el1
	mrs	x1, spsr_el1
	stp	x0, x1, [sp, ELR]
	mrs	x0, esr_el1
	mrs	x1, far_el1
	stp	x0, x1, [sp, ESR]
	mov	x0, sp
	bl	board_trap
	b	return
	.set	vector, vector + 1
	UNEXPECTED 3		/* interrupts, fast ones, SError */
	UNEXPECTED 8		/* from EL0: AArch64, AArch32 */

return:
	ldp	x0, x1, [sp, ELR]
	msr	elr_el1, x0
	msr	spsr_el1, x1
	EACH	ldp
	ldr	x30, [sp, 240]
	ldp	x0, x1, [sp]
	add	sp, sp, FRAME
	eret
	.size	board_vectors, . - board_vectors

	.section .note.GNU-stack, "", %progbits
