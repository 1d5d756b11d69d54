/* SPDX-License-Identifier: MIT */
/*
 * int marked_registers(const uint64_t before[30], uint64_t after[30])
 *
 * The order of registers is x0 to x17, x19 to x30.  A fault in the one marked
 * load resumes at its fixup, which must find all of them, and the status flags,
 * as the load did.
 *
 * Stack: 0 what the fixup found, 240 after, 248 x30, 256 x29, x19 to x28.
 */
#define FRAME 352
#define AFTER 240
#define RETURN 248
#define SAVED 256

/* Does insn, a load or a store of pairs, with all registers but x0, x1. */
.macro EACH insn:req, base:req
	\insn	x2, x3, [\base, 16]
	\insn	x4, x5, [\base, 32]
	\insn	x6, x7, [\base, 48]
	\insn	x8, x9, [\base, 64]
	\insn	x10, x11, [\base, 80]
	\insn	x12, x13, [\base, 96]
	\insn	x14, x15, [\base, 112]
	\insn	x16, x17, [\base, 128]
	\insn	x19, x20, [\base, 144]
	\insn	x21, x22, [\base, 160]
	\insn	x23, x24, [\base, 176]
	\insn	x25, x26, [\base, 192]
	\insn	x27, x28, [\base, 208]
	\insn	x29, x30, [\base, 224]
.endm

.macro EACH_SAVED insn:req
	\insn	x29, x19, [sp, SAVED]
	\insn	x20, x21, [sp, SAVED + 16]
	\insn	x22, x23, [sp, SAVED + 32]
	\insn	x24, x25, [sp, SAVED + 48]
	\insn	x26, x27, [sp, SAVED + 64]
	\insn	x28, xzr, [sp, SAVED + 80]
.endm

	.text
	.p2align 4
	.globl	marked_registers
	.type	marked_registers, %function
marked_registers:
	.cfi_startproc
	hint	25			/* paciasp */
	.cfi_negate_ra_state
	sub	sp, sp, FRAME
	.cfi_adjust_cfa_offset FRAME
	stp	x1, x30, [sp, AFTER]
	.cfi_rel_offset x30, RETURN
	EACH_SAVED stp
	.cfi_rel_offset x29, SAVED
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
	.cfi_rel_offset 19 + \i, SAVED + 8 + 8 * \i
	.endr
	cmp	xzr, xzr		/* Z and C */
	mov	x1, x0
	EACH	ldp, x1
	ldp	x0, x1, [x1]
.Lload:
	ldrb	w0, [x0]
.Lload_end:
	mov	w0, 0
	b	.Lout

.Lfixup:
	stp	x0, x1, [sp]
	EACH	stp, sp
	cset	w0, eq			/* 1: the flags are as they were */
	csel	w0, w0, wzr, cs
	ldr	x1, [sp, AFTER]
	mov	x2, 0
.Lcopy:
	ldr	x3, [sp, x2]
	str	x3, [x1, x2]
	add	x2, x2, 8
	cmp	x2, 240
	b.ne	.Lcopy
.Lout:
	EACH_SAVED ldp
	.cfi_restore x29
	.irp	i, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28
	.cfi_restore \i
	.endr
	ldr	x30, [sp, RETURN]
	.cfi_restore x30
	add	sp, sp, FRAME
	.cfi_adjust_cfa_offset -FRAME
	hint	29			/* autiasp */
	.cfi_negate_ra_state
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
/* BTI and PAC, or the linker would call the program unfit for them */
	.section .note.gnu.property, "a", %note
	.p2align 3
	.long	4, 16, 5
	.asciz	"GNU"
	.long	0xc0000000, 4, 3, 0
