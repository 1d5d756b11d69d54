/* SPDX-License-Identifier: MIT */
/*
 * loongarch64: how a routine's code is entered, the fault's facts in registers,
 * and the two frames that are not leaf code.
 *
 * The architecture has no landing pads and no property to declare.
 */
#ifndef HAUL_ASM_CPU_H
#define HAUL_ASM_CPU_H

/* A fixup finds struct haul_arch_facts here, eight bytes each.  The three are
 * dead at every LOAD and STORE. */
#define fact_addr $t6  /* address of the fault, 0 if unknown */
#define fact_cause $t7 /* signo, code */
#define fact_what $t8  /* kind, operand, addr_valid, addr_lsb */
#define FACT_OPERAND_SRC 0x100
#define FACT_ADDR_VALID_BIT 16

#define LANDING_PAD

.macro PROPERTY_NOTE
.endm

/*
 * Enters what a slot holds at the head for a2's class of size: the number of
 * its leading zeros, 0 for the largest sizes and 64 for size 0.  A head is 16
 * bytes of code.  Which accesses a CPU can make is known only behind the slot,
 * so no size can be served before it; but then the one jump chooses both, and a
 * tree of branches on the size, which are hard to predict, is saved.
 */
#define HEAD_BYTES 16
#define HEADS 65
#define DISPATCH_BYTES 20
.macro DISPATCH slot:req
	clz.d	$t1, $a2
	pcalau12i $t0, %pc_hi20(\slot)
	ld.d	$t0, $t0, %pc_lo12(\slot)
	alsl.d	$t0, $t1, $t0, 4
	jirl	$t3, $t0, 0		/* t3 tells the resolver who came */
.endm

/* What follows is the head for that many zeros.  If those before it are not four
 * instructions each, the assembler or tests/lint_extable.sh says so.  (.p2align
 * does not help: assemblers that leave alignment to the linker put it at its
 * largest.) */
.macro HEAD heads:req, zeros:req
	.org	\heads + HEAD_BYTES * (\zeros)
.endm

/* haul_arch_<routine>_facts: calls the routine and stores its fact registers
 * where the fourth argument points. */
.macro FACTS name:req, routine:req
FUNC \name
	addi.d	$sp, $sp, -16
	.cfi_adjust_cfa_offset 16
	st.d	$ra, $sp, 8
	.cfi_rel_offset 1, 8
	st.d	$a3, $sp, 0
	bl	\routine
	ld.d	$a3, $sp, 0
	ld.d	$ra, $sp, 8
	.cfi_restore 1
	addi.d	$sp, $sp, 16
	.cfi_adjust_cfa_offset -16
	st.d	fact_addr, $a3, 0
	st.d	fact_cause, $a3, 8
	st.d	fact_what, $a3, 16
	jr	$ra
END_FUNC \name
.endm

#endif
