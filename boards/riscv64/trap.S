/* SPDX-License-Identifier: MIT */
/*
 * Traps, all of which come from supervisor mode: nothing runs in user mode
 * here, so the stack pointer can be trusted and sscratch is not needed.
 *
 * The frame, struct frame of board.c: x1 to x31 at eight times their number,
 * sepc, sstatus, scause, stval; then what only this file looks at: vstart, vl,
 * vtype, and below the frame the vector registers.
 */
#define SEPC 256
#define SSTATUS 264
#define SCAUSE 272
#define STVAL 280
#define VSTART 288
#define VL 296
#define VTYPE 304
#define FRAME 320

#define SSTATUS_VS (3 << 9)
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
	csrrc	s1, sstatus, t0
	sd	s1, SSTATUS(sp)
	csrr	t0, sepc
	sd	t0, SEPC(sp)
	csrr	t0, scause
	sd	t0, SCAUSE(sp)
	csrr	t0, stval
	sd	t0, STVAL(sp)

	mv	s0, sp			/* the frame */
	li	t0, SSTATUS_VS
	and	s1, s1, t0		/* not 0: the vector unit is on */
	beqz	s1, 1f
	call	save_vectors
1:	mv	a0, s0
	call	board_trap
	beqz	s1, 2f
	call	restore_vectors
2:	mv	sp, s0

	/* Gives up what an LR of the interrupted code or the handler has reserved,
	 * so that no SC goes with the other one's LR. */
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

/*
 * The vector registers and the state that goes with them, because the handler may copy
 * with them (board_page_in).  vstart first: an access that faulted leaves it at
 * its element, and the stores here would start there.
 */
	.option	push
	.option	arch, +v
	.type	save_vectors, %function
save_vectors:
	csrr	t0, vstart
	sd	t0, VSTART(s0)
	csrw	vstart, zero
	csrr	t0, vl
	sd	t0, VL(s0)
	csrr	t0, vtype
	sd	t0, VTYPE(s0)
	csrr	t0, vlenb
	slli	t0, t0, 3		/* bytes in eight registers */
	.irp	i, 0, 8, 16, 24
	sub	sp, sp, t0
	vs8r.v	v\i, (sp)
	.endr
	ret
	.size	save_vectors, . - save_vectors

	.type	restore_vectors, %function
restore_vectors:
	csrr	t0, vlenb
	slli	t0, t0, 3
	.irp	i, 24, 16, 8, 0
	vl8re8.v v\i, (sp)
	add	sp, sp, t0
	.endr
	ld	t0, VL(s0)
	ld	t1, VTYPE(s0)
	vsetvl	zero, t0, t1
	ld	t0, VSTART(s0)
	csrw	vstart, t0
	ret
	.size	restore_vectors, . - restore_vectors
	.option	pop

	.section .note.GNU-stack, "", %progbits
