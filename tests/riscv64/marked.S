/* SPDX-License-Identifier: MIT */
/*
 * int marked_registers(const uint64_t before[28], uint64_t after[28])
 *
 * The order of registers is ra, a0 to a7, t0 to t6, s0 to s11.  A fault in the
 * one marked load resumes at its fixup, which must find all of them as the load
 * did.
 *
 * Stack: 0 what the fixup found, 224 ra, s0 to s11, 328 after.
 */
#define FRAME 336
#define SAVED 224
#define AFTER 328

/* Does insn with every register of the array but t6, at its place from base. */
.macro EACH insn:req, base:req
	.set	place, 0
	.irp	reg, ra, a0, a1, a2, a3, a4, a5, a6, a7, t0, t1, t2, t3, t4, t5, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
	.ifc	\reg, s0
	.set	place, place + 8	/* t6 */
	.endif
	\insn	\reg, place(\base)
	.set	place, place + 8
	.endr
.endm
#define T6_PLACE 120

.macro SAVE_EACH
	.set	place, SAVED
	.irp	reg, ra, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
	sd	\reg, place(sp)
	.cfi_rel_offset \reg, place
	.set	place, place + 8
	.endr
.endm
.macro RESTORE_EACH
	.set	place, SAVED
	.irp	reg, ra, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
	ld	\reg, place(sp)
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
	addi	sp, sp, -FRAME
	.cfi_adjust_cfa_offset FRAME
	SAVE_EACH
	sd	a1, AFTER(sp)
	mv	t6, a0
	EACH	ld, t6
	ld	t6, T6_PLACE(t6)
.Lload:
	lb	a0, (a0)
.Lload_end:
	li	a0, 0
	j	.Lout

.Lfixup:
	EACH	sd, sp
	sd	t6, T6_PLACE(sp)
	ld	a1, AFTER(sp)
	mv	a0, sp
	li	a2, 28
.Lcopy:
	ld	a3, (a0)
	sd	a3, (a1)
	addi	a0, a0, 8
	addi	a1, a1, 8
	addi	a2, a2, -1
	bnez	a2, .Lcopy
	li	a0, 1
.Lout:
	RESTORE_EACH
	addi	sp, sp, FRAME
	.cfi_adjust_cfa_offset -FRAME
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
