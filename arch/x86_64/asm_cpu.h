/* SPDX-License-Identifier: MIT */
/*
 * x86_64: landing pads, the property note, the fault's facts in registers, and
 * the two frames that are not leaf code.
 */
#ifndef HAUL_ASM_CPU_H
#define HAUL_ASM_CPU_H

/* A fixup finds struct haul_arch_facts here, eight bytes each.  The three are
 * dead at every LOAD and STORE. */
#define fact_addr %r8     /* address of the fault, 0 if unknown */
#define fact_cause %r9    /* signo, code */
#define fact_what %r10    /* kind, operand, addr_valid, addr_lsb */
#define fact_what_32 %r10d
#define FACT_OPERAND_SRC 0x100
#define FACT_OPERAND_DST 0x200
#define FACT_ADDR_VALID 0x10000

#define LANDING_PAD endbr64

/* IBT and shadow stack: landing pads everywhere, calls and returns paired. */
.macro PROPERTY_NOTE
	.pushsection .note.gnu.property, "a", %note
	.p2align 3
	.long	4, 16, 5	/* name size, description size, NT_GNU_PROPERTY_TYPE_0 */
	.asciz	"GNU"
	.long	0xc0000002, 4	/* GNU_PROPERTY_X86_FEATURE_1_AND, data size */
	.long	3, 0		/* IBT | SHSTK, padding */
	.popsection
.endm

/* Calls haul_tune_resolve with the three arguments of the routine kept. */
.macro RESOLVE
	pushq	%rdi
	.cfi_adjust_cfa_offset 8
	pushq	%rsi
	.cfi_adjust_cfa_offset 8
	pushq	%rdx
	.cfi_adjust_cfa_offset 8
	call	haul_tune_resolve
	popq	%rdx
	.cfi_adjust_cfa_offset -8
	popq	%rsi
	.cfi_adjust_cfa_offset -8
	popq	%rdi
	.cfi_adjust_cfa_offset -8
	movq	%rdx, %rax
.endm

/* haul_arch_<routine>_facts: calls the routine and stores its fact registers
 * where the fourth argument points. */
.macro FACTS name:req, routine:req
FUNC \name
	pushq	%rcx
	.cfi_adjust_cfa_offset 8
	call	\routine
	popq	%rcx
	.cfi_adjust_cfa_offset -8
	movq	fact_addr, (%rcx)
	movq	fact_cause, 8(%rcx)
	movq	fact_what, 16(%rcx)
	ret
END_FUNC \name
.endm

#endif
