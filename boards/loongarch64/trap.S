/* SPDX-License-Identifier: MIT */
/*
 * Exceptions, all of which come from the kernel's own code here: saved on its
 * stack, handed to board_trap, and what that leaves in the frame is restored.
 *
 * Vector registers stay as they are: nothing behind board_trap uses them.
 *
 * The frame: general registers 0 to 31 (of which 0 is nothing), ERA, PRMD,
 * ESTAT, BADV; eight bytes each.  struct frame in board.c.
 */
#include "csr.h"

#define FRAME_ERA 256
#define FRAME_PRMD 264
#define FRAME_ESTAT 272
#define FRAME_BADV 280
#define FRAME_SIZE 288

/* All but r0 and r3, sp. */
.macro EACH insn:req
	.irp	i, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\insn	$r\i, $sp, 8 * \i
	.endr
.endm

.macro SAVE_CSR csr:req, offset:req
	csrrd	$t0, \csr
	st.d	$t0, $sp, \offset
.endm

.macro RESTORE_CSR csr:req, offset:req
	ld.d	$t0, $sp, \offset
	csrwr	$t0, \csr
.endm

	.text
	.balign	4096		/* EENTRY has no lower bits */
	.globl	board_trap_entry
	.type	board_trap_entry, %function
board_trap_entry:
	addi.d	$sp, $sp, -FRAME_SIZE
	EACH	st.d
	addi.d	$t0, $sp, FRAME_SIZE
	st.d	$t0, $sp, 8 * 3
	SAVE_CSR CSR_ERA, FRAME_ERA
	SAVE_CSR CSR_PRMD, FRAME_PRMD
	SAVE_CSR CSR_ESTAT, FRAME_ESTAT
	SAVE_CSR CSR_BADV, FRAME_BADV
	csrwr	$zero, CSR_BADV		/* not all exceptions of QEMU 10 set it */
	move	$a0, $sp
	bl	board_trap
	RESTORE_CSR CSR_ERA, FRAME_ERA
	RESTORE_CSR CSR_PRMD, FRAME_PRMD
	EACH	ld.d
	addi.d	$sp, $sp, FRAME_SIZE
	ertn
	.size	board_trap_entry, . - board_trap_entry

	/*
	 * The TLB has no entry for an address: walks the tables, and puts the last
	 * level's pair of entries in, valid or not.  If the one that is wanted is
	 * not, the access then faults, by the entry above.
	 *
	 * For the last level there is an instruction too, LDPTE.  QEMU's (10 and 11)
	 * loses an entry's highest bits, which say who may not access the page.
	 */
	.balign	4096		/* nor has TLBRENTRY */
	.globl	board_refill_entry
	.type	board_refill_entry, %function
board_refill_entry:
	csrwr	$t0, CSR_TLBRSAVE
	csrwr	$t1, CSR_SAVE0
	csrrd	$t0, CSR_PGD
	lddir	$t0, $t0, 3
	lddir	$t0, $t0, 2
	lddir	$t0, $t0, 1
	csrrd	$t1, CSR_TLBRBADV
	bstrpick.d $t1, $t1, 20, 13	/* pairs of pages: of 9 bits all but the lowest */
	alsl.d	$t0, $t1, $t0, 4
	ld.d	$t1, $t0, 0
	csrwr	$t1, CSR_TLBRELO0
	ld.d	$t1, $t0, 8
	csrwr	$t1, CSR_TLBRELO1
	tlbfill
	csrrd	$t1, CSR_SAVE0
	csrrd	$t0, CSR_TLBRSAVE
	ertn
	.size	board_refill_entry, . - board_refill_entry

	.section .note.GNU-stack, "", %progbits
