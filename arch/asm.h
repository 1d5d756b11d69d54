/* SPDX-License-Identifier: MIT */
/*
 * Assembly shared by all ports: functions, the exception table, notes.  The
 * only place that names a section.  asm_cpu.h is the port's own part:
 * LANDING_PAD and the property note.
 */
#ifndef HAUL_ASM_H
#define HAUL_ASM_H

#include "asm_cpu.h"

#define L(label) .L##label

/* enum haul_operand, for the table. */
#define OPERAND_NONE 0
#define OPERAND_SRC 1
#define OPERAND_DST 2

/* A function hidden in the library: landing pad, symbol type and CFI. */
.macro FUNC name:req, align=4
	.text
	.p2align \align
	.globl	\name
	.hidden	\name
	.type	\name, %function
\name:
	.cfi_startproc
	LANDING_PAD
.endm

/* A function of the public interface. */
.macro PUBLIC_FUNC name:req, align=4
	.text
	.p2align \align
	.globl	\name
	.type	\name, %function
\name:
	.cfi_startproc
	LANDING_PAD
.endm

.macro END_FUNC name:req
	.cfi_endproc
	.size	\name, . - \name
.endm

/*
 * An exception-table entry for the code in [begin, end): a fault there resumes
 * at fixup.  Layout: struct haul_extable_entry.  "aR": kept by --gc-sections
 * although only __start_/__stop_ refer to it.
 */
.macro EXTABLE begin:req, end:req, fixup:req, operand:req, facts:req
	.pushsection haul_extable, "aR", %progbits
	.balign	4
	.long	\begin - .
	.long	\fixup - .
	.short	\end - \begin
	.byte	\operand, \facts
	.popsection
.endm

/*
 * One instruction that may fault, and where to go on.  LOAD reads the source,
 * STORE writes the destination; the fixup finds the fault's facts in the
 * port's fact registers (asm_cpu.h).  PROBE's fixup wants none and all other
 * registers as they were.
 */
.macro LOAD fixup:req, insn:vararg
.Lmarked\@:
	\insn
.Lmarked_end\@:
	EXTABLE	.Lmarked\@, .Lmarked_end\@, \fixup, OPERAND_SRC, 1
.endm

.macro STORE fixup:req, insn:vararg
.Lmarked\@:
	\insn
.Lmarked_end\@:
	EXTABLE	.Lmarked\@, .Lmarked_end\@, \fixup, OPERAND_DST, 1
.endm

/*
 * A conditional branch right before a marked access, for that access's fixup.
 * When the access faults in a loop, Valgrind may report the branch.
 */
.macro BRANCH_LOAD fixup:req, insn:vararg
	LOAD	\fixup, \insn
.endm

.macro BRANCH_STORE fixup:req, insn:vararg
	STORE	\fixup, \insn
.endm

.macro PROBE fixup:req, insn:vararg
.Lmarked\@:
	\insn
.Lmarked_end\@:
	EXTABLE	.Lmarked\@, .Lmarked_end\@, \fixup, OPERAND_NONE, 0
.endm

	.section .note.GNU-stack, "", %progbits
	PROPERTY_NOTE
	.text

#endif
