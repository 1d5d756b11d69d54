/* SPDX-License-Identifier: MIT */
/*
 * int marked_registers(const uint64_t before[28], uint64_t after[28])
 *
 * The order of registers is ra, a0 to a7, t0 to t8, fp, s0 to s8.  A fault in the
 * one marked load resumes at its fixup, which must find all of them as the load
 * did.
 *
 * Stack: 0 what the fixup found, 224 ra, fp, s0 to s8, 312 after.
 */
#define FRAME 320
#define SAVED 224
#define AFTER 312

/* Does insn with every register of the array, at its place beyond base. */
.macro EACH insn:req, base:req
	.set	place, 0
	.irp	reg, ra, a0, a1, a2, a3, a5, a6, a7, t0, t1, t2, t3, t4, t5, t6, t7, t8, fp, s0, s1, s2, s3, s4, s5, s6, s7, s8
	.ifc	\reg, a5
	.set	place, place + 8	/* a4 is left out here */
	.endif
	\insn	$\reg, \base, place
	.set	place, place + 8
	.endr
.endm
#define A4_PLACE 40

.macro SAVE_EACH
	.set	place, SAVED
	.irp	reg, 1, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	st.d	$r\reg, $sp, place
	.cfi_rel_offset \reg, place
	.set	place, place + 8
	.endr
.endm
.macro RESTORE_EACH
	.set	place, SAVED
	.irp	reg, 1, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	ld.d	$r\reg, $sp, place
	.cfi_restore \reg
	.set	place, place + 8
	.endr
.endm

	.text
	.p2align 4
	.globl	marked_registers
	.type	marked_registers, @function
marked_registers:
	.cfi_startproc
	addi.d	$sp, $sp, -FRAME
	.cfi_adjust_cfa_offset FRAME
	SAVE_EACH
	st.d	$a1, $sp, AFTER
	move	$a4, $a0
	EACH	ld.d, $a4
	ld.d	$a4, $a4, A4_PLACE
.Lload:
	ld.b	$a0, $a0, 0
.Lload_end:
	move	$a0, $zero
	b	.Lout

.Lfixup:
	EACH	st.d, $sp
	st.d	$a4, $sp, A4_PLACE
	ld.d	$a1, $sp, AFTER
	move	$a0, $sp
	ori	$a2, $zero, 28
.Lcopy:
	ld.d	$a3, $a0, 0
	st.d	$a3, $a1, 0
	addi.d	$a0, $a0, 8
	addi.d	$a1, $a1, 8
	addi.d	$a2, $a2, -1
	bnez	$a2, .Lcopy
	ori	$a0, $zero, 1
.Lout:
	RESTORE_EACH
	addi.d	$sp, $sp, FRAME
	.cfi_adjust_cfa_offset -FRAME
	jr	$ra
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
