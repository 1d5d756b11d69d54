/* SPDX-License-Identifier: MIT */
/*
 * riscv64: the fault's facts in registers, and the two frames that are not
 * leaf code.  Everything assembles for rv64imac_zicsr, as kernels are compiled;
 * what needs more says so with .option arch.
 *
 * No landing pads and no property note: lpad would be one more instruction in
 * every call, and no system turns Zicfilp on for programs yet.  Jumps from one
 * routine to another go through t2, which Zicfilp exempts, so that only the
 * public functions will ever want a pad.
 */
#ifndef HAUL_ASM_CPU_H
#define HAUL_ASM_CPU_H

/* A fixup finds struct haul_arch_facts here, eight bytes each.  The three are
 * dead at every LOAD and STORE. */
#define fact_addr t4	/* address of the fault, 0 if unknown */
#define fact_cause t5	/* signo, code */
#define fact_what t6	/* kind, operand, addr_valid, addr_lsb */

/* Shifts that bring a bit of fact_what to the sign. */
#define FACT_OPERAND_SRC_SHIFT 55	/* bit 8 */
#define FACT_ADDR_VALID_SHIFT 47	/* bit 16 */

#define LANDING_PAD

.macro PROPERTY_NOTE
.endm

/* Goes on at code in another object, however far; a linker makes it one
 * instruction if it can. */
.macro CONTINUE_AT symbol:req
	jump	\symbol, t2
.endm

/* Goes on at the code in a slot. */
.macro JUMP_SLOT slot:req
	ld	t2, \slot
	jr	t2
.endm

/* Calls haul_tune_resolve with the three arguments of the routine kept. */
.macro RESOLVE
	addi	sp, sp, -32
	.cfi_adjust_cfa_offset 32
	sd	ra, 24(sp)
	.cfi_rel_offset ra, 24
	sd	a0, 16(sp)
	sd	a1, 8(sp)
	sd	a2, (sp)
	call	haul_tune_resolve
	ld	a2, (sp)
	ld	a1, 8(sp)
	ld	a0, 16(sp)
	ld	ra, 24(sp)
	.cfi_restore ra
	addi	sp, sp, 32
	.cfi_adjust_cfa_offset -32
.endm

/* haul_arch_<routine>_facts: calls the routine and stores its fact registers
 * where the fourth argument points. */
.macro FACTS name:req, routine:req
FUNC \name
	addi	sp, sp, -16
	.cfi_adjust_cfa_offset 16
	sd	ra, 8(sp)
	.cfi_rel_offset ra, 8
	sd	a3, (sp)
	call	\routine
	ld	a3, (sp)
	ld	ra, 8(sp)
	.cfi_restore ra
	addi	sp, sp, 16
	.cfi_adjust_cfa_offset -16
	sd	fact_addr, (a3)
	sd	fact_cause, 8(a3)
	sd	fact_what, 16(a3)
	ret
END_FUNC \name
.endm

#endif
