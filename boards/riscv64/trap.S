/* SPDX-License-Identifier: MIT */
/*
 * Traps, all of which come from supervisor mode: nothing runs in user mode
 * here, so the stack pointer can be trusted and sscratch is not needed.
 *
 * The frame is struct frame of board.c: x1 to x31 at eight times their number,
 * sepc, sstatus, scause, stval.  Float and vector registers, and vstart, stay as
 * they are: nothing behind board_trap uses them.
 */
#define SEPC 256
#define SSTATUS 264
#define SCAUSE 272
#define STVAL 280
#define FRAME 288

#define SSTATUS_SUM (1 << 18)

/* Does insn with every register but x0 and sp, at its place in the frame. */
.macro EACH insn:req
	.irp	i, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\insn	x\i, 8 * \i(sp)
	.endr
.endm

	.text
	.balign	4		/* stvec's low two bits are its mode: 0, direct */
	.globl	board_trap_entry
	.type	board_trap_entry, %function
board_trap_entry:
	addi	sp, sp, -FRAME
	EACH	sd
	addi	t0, sp, FRAME
	sd	t0, 8 * 2(sp)

	/* The CPU leaves access to user pages as it was.  The handler has none. */
	li	t0, SSTATUS_SUM
	csrrc	t0, sstatus, t0
	sd	t0, SSTATUS(sp)
	csrr	t0, sepc
	sd	t0, SEPC(sp)
	csrr	t0, scause
	sd	t0, SCAUSE(sp)
	csrr	t0, stval
	sd	t0, STVAL(sp)

	mv	a0, sp
	call	board_trap

	/* Gives up what an LR of the handler has reserved, or the interrupted code's
	 * SC might go with that.  It stores what is there. */
	ld	t0, SEPC(sp)
	addi	t1, sp, SEPC
	sc.d	zero, t0, (t1)
	csrw	sepc, t0
	ld	t0, SSTATUS(sp)
	csrw	sstatus, t0
	EACH	ld
	ld	sp, 8 * 2(sp)
	sret
	.size	board_trap_entry, . - board_trap_entry

	.section .note.GNU-stack, "", %progbits
