/* SPDX-License-Identifier: MIT */
/*
 * aarch64: landing pads, the property note, the fault's facts in registers, and
 * the two frames that are not leaf code.
 */
#ifndef HAUL_ASM_CPU_H
#define HAUL_ASM_CPU_H

/* A fixup finds struct haul_arch_facts here, eight bytes each.  The three are
 * dead at every LOAD and STORE. */
#define fact_addr x13	/* address of the fault, 0 if unknown */
#define fact_cause x14	/* signo, code */
#define fact_what x15	/* kind, operand, addr_valid, addr_lsb */
#define fact_kind_8 w15
#define FACT_OPERAND_SRC 0x100
#define FACT_OPERAND_DST 0x200
#define FACT_ADDR_VALID_BIT 16
/* HAUL_FAULT_TAG; from it on the byte at the fault's address may be accessible:
 * of a tag's granule, of an access that only was not aligned. */
#define FACT_KIND_NO_END 7

/* Bits of an address below the tag: the offset of one address from another is
 * taken in these only, because a fault's address comes without its tag. */
#define ADDRESS_BITS 56

/* The hint forms of what BTI and PAC want are no-operations elsewhere. */
#define LANDING_PAD hint 34	/* bti c */

/* BTI and PAC: landing pads everywhere, return addresses signed where they
 * reach memory. */
.macro PROPERTY_NOTE
	.pushsection .note.gnu.property, "a", %note
	.p2align 3
	.long	4, 16, 5	/* name size, description size, NT_GNU_PROPERTY_TYPE_0 */
	.asciz	"GNU"
	.long	0xc0000000, 4	/* GNU_PROPERTY_AARCH64_FEATURE_1_AND, data size */
	.long	3, 0		/* BTI | PAC, padding */
	.popsection
.endm

/* Goes on at the code in a slot.  A jump by x16 may land on bti c. */
.macro JUMP_SLOT slot:req
	adrp	x16, \slot
	ldr	x16, [x16, :lo12:\slot]
	br	x16
.endm

/* A frame of `size` bytes with the signed return address in it. */
.macro ENTER_FRAME size:req
	hint	25		/* paciasp */
	.cfi_negate_ra_state
	stp	x29, x30, [sp, -\size]!
	.cfi_adjust_cfa_offset \size
	.cfi_rel_offset x29, 0
	.cfi_rel_offset x30, 8
	mov	x29, sp
.endm

.macro LEAVE_FRAME size:req
	ldp	x29, x30, [sp], \size
	.cfi_adjust_cfa_offset -\size
	.cfi_restore x29
	.cfi_restore x30
	hint	29		/* autiasp */
	.cfi_negate_ra_state
.endm

/* Calls haul_tune_resolve with the routine's arguments kept, and x17. */
.macro RESOLVE
	ENTER_FRAME 48
	stp	x0, x1, [sp, 16]
	stp	x2, x17, [sp, 32]
	bl	haul_tune_resolve
	ldp	x0, x1, [sp, 16]
	ldp	x2, x17, [sp, 32]
	LEAVE_FRAME 48
.endm

/* haul_arch_<routine>_facts: calls the routine and stores its fact registers
 * where the fourth argument points. */
.macro FACTS name:req, routine:req
FUNC \name
	ENTER_FRAME 32
	str	x3, [sp, 16]
	bl	\routine
	ldr	x3, [sp, 16]
	stp	fact_addr, fact_cause, [x3]
	str	fact_what, [x3, 16]
	LEAVE_FRAME 32
	ret
END_FUNC \name
.endm

#endif
