/* SPDX-License-Identifier: MIT */
/*
 * const char *test_call_cpu(test_code *fn, const uint64_t args[6],
 *                           uint64_t *result);
 *
 * Calls fn with the six arguments, every other general register but the
 * platform's x18 full of junk, and stores its x0.  Returns NULL, or the name of
 * what the procedure call standard says a call preserves and this one did not.
 *
 * Stack: 0 x29, 8 x30, 16 x19 to x28, 96 d8 to d15, 160 result, 168 FPCR.  x29,
 * which a call preserves too, finds it again.
 */
#define FRAME 176

/* Different in every register. */
.macro JUNK reg:req, i:req
	mov	\reg, 0x2c00 + \i
	movk	\reg, 0xb1b1, lsl 16
	movk	\reg, 0x5a00 + \i, lsl 48
.endm

/* x9 = name if reg does not hold what x10 does */
.macro EXPECT reg:req, name:req
	adrp	x11, \name
	add	x11, x11, :lo12:\name
	cmp	\reg, x10
	csel	x9, x9, x11, eq
.endm

	.text
	.globl	test_call_cpu
	.type	test_call_cpu, %function
test_call_cpu:
	.cfi_startproc
	hint	25			/* paciasp */
	.cfi_negate_ra_state
	stp	x29, x30, [sp, -FRAME]!
	.cfi_adjust_cfa_offset FRAME
	.cfi_rel_offset x29, 0
	.cfi_rel_offset x30, 8
	mov	x29, sp
	.cfi_def_cfa_register x29
	stp	x19, x20, [sp, 16]
	stp	x21, x22, [sp, 32]
	stp	x23, x24, [sp, 48]
	stp	x25, x26, [sp, 64]
	stp	x27, x28, [sp, 80]
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
	.cfi_rel_offset 19 + \i, 16 + 8 * \i
	.endr
	stp	d8, d9, [sp, 96]
	stp	d10, d11, [sp, 112]
	stp	d12, d13, [sp, 128]
	stp	d14, d15, [sp, 144]
	str	x2, [sp, 160]
	mrs	x9, fpcr
	str	x9, [sp, 168]

	mov	x16, x0
	mov	x17, x1
	ldp	x0, x1, [x17]
	ldp	x2, x3, [x17, 16]
	ldp	x4, x5, [x17, 32]
	.irp	i, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28
	JUNK	x\i, \i
	.endr
	.irp	i, 8, 9, 10, 11, 12, 13, 14, 15
	fmov	d\i, x\i
	.endr
	blr	x16

	mov	x12, sp
	mov	sp, x29
	ldr	x10, [x29, 160]
	str	x0, [x10]
	mov	x9, 0
	mov	x10, x29
	EXPECT	x12, name_sp
	.irp	i, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28
	JUNK	x10, \i
	EXPECT	x\i, name_x\i
	.endr
	.irp	i, 8, 9, 10, 11, 12, 13, 14, 15
	JUNK	x10, \i
	fmov	x12, d\i
	EXPECT	x12, name_d\i
	.endr
	ldr	x10, [sp, 168]
	mrs	x12, fpcr
	EXPECT	x12, name_fpcr
	mov	x0, x9

	ldp	x19, x20, [sp, 16]
	ldp	x21, x22, [sp, 32]
	ldp	x23, x24, [sp, 48]
	ldp	x25, x26, [sp, 64]
	ldp	x27, x28, [sp, 80]
	.irp	i, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28
	.cfi_restore \i
	.endr
	ldp	d8, d9, [sp, 96]
	ldp	d10, d11, [sp, 112]
	ldp	d12, d13, [sp, 128]
	ldp	d14, d15, [sp, 144]
	ldp	x29, x30, [sp], FRAME
	.cfi_def_cfa sp, 0
	.cfi_restore x29
	.cfi_restore x30
	hint	29			/* autiasp */
	.cfi_negate_ra_state
	ret
	.cfi_endproc
	.size	test_call_cpu, . - test_call_cpu

	.section .rodata.str1.1, "aMS", %progbits, 1
	.irp	i, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28
name_x\i:	.string	"x\i"
	.endr
	.irp	i, 8, 9, 10, 11, 12, 13, 14, 15
name_d\i:	.string	"d\i"
	.endr
name_sp:	.string	"sp"
name_fpcr:	.string	"fpcr"

	.section .note.GNU-stack, "", %progbits
/* BTI and PAC, or the linker would call the program unfit for them */
	.section .note.gnu.property, "a", %note
	.p2align 3
	.long	4, 16, 5
	.asciz	"GNU"
	.long	0xc0000000, 4, 3, 0
