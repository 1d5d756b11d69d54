/* SPDX-License-Identifier: MIT */
/*
 * const char *test_call_cpu(test_code *fn, const uint64_t args[6],
 *                           uint64_t *result);
 *
 * Calls fn with the six arguments, every other general register full of junk,
 * and stores its a0.  Returns NULL, or the name of what the LoongArch ABI says
 * a call preserves and this one did not.
 *
 * Stack during the call: 0 fcsr0, 8 tp, 16 result, 24 sp, 32 r21, ra, fp, s0 to
 * s8, 128 fs0 to fs7.
 */
#define JUNK_FP 0x1b1b1b1bb1b1b1b1
#define JUNK(i) 0x2c2c2c2cc2c2c200 + i
#define FRAME 192
#define GENERAL 32
#define FLOATING 128

.macro SAVE_EACH
	.set	place, GENERAL
	.irp	reg, 21, 1, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	st.d	$r\reg, $sp, place
	.cfi_rel_offset \reg, place
	.set	place, place + 8
	.endr
	.set	place, FLOATING
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7
	fst.d	$fs\i, $sp, place
	.set	place, place + 8
	.endr
.endm

.macro RESTORE_EACH
	.set	place, GENERAL
	.irp	reg, 21, 1, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	ld.d	$r\reg, $sp, place
	.cfi_restore \reg
	.set	place, place + 8
	.endr
	.set	place, FLOATING
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7
	fld.d	$fs\i, $sp, place
	.set	place, place + 8
	.endr
.endm

/* a0 = name if the register does not hold what t0 does */
.macro EXPECT reg:req, name:req
	beq	\reg, $t0, .Lkept\@
	la.local $a0, \name
.Lkept\@:
.endm

	.text
	.globl	test_call_cpu
	.type	test_call_cpu, %function
test_call_cpu:
	.cfi_startproc
	addi.d	$sp, $sp, -FRAME
	.cfi_adjust_cfa_offset FRAME
	SAVE_EACH
	movfcsr2gr $t0, $fcsr0
	st.d	$t0, $sp, 0
	st.d	$tp, $sp, 8
	st.d	$a2, $sp, 16

	move	$t8, $a0
	move	$t7, $a1
	ld.d	$a0, $t7, 0
	ld.d	$a1, $t7, 8
	ld.d	$a2, $t7, 16
	ld.d	$a3, $t7, 24
	ld.d	$a4, $t7, 32
	ld.d	$a5, $t7, 40
	li.d	$fp, JUNK_FP
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7, 8
	li.d	$s\i, JUNK(\i)
	.endr
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7
	movgr2fr.d $fs\i, $s\i
	.endr
	move	$a6, $s0
	move	$a7, $s1
	.irp	reg, t0, t1, t2, t3, t4, t5, t6, t7
	move	$\reg, $s2
	.endr
	move	$s8, $sp		/* finds the frame again whatever sp is */
	jirl	$ra, $t8, 0

	move	$t0, $s8
	move	$t1, $sp
	move	$sp, $s8
	ld.d	$t2, $sp, 16
	st.d	$a0, $t2, 0
	move	$a0, $zero
	EXPECT	$t1, name_sp
	ld.d	$t0, $sp, 8
	EXPECT	$tp, name_tp
	ld.d	$t0, $sp, GENERAL
	EXPECT	$r21, name_r21
	li.d	$t0, JUNK_FP
	EXPECT	$fp, name_fp
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7
	li.d	$t0, JUNK(\i)
	EXPECT	$s\i, name_s\i
	movfr2gr.d $t1, $fs\i
	EXPECT	$t1, name_fs\i
	.endr
	movfcsr2gr $t1, $fcsr0
	ld.d	$t0, $sp, 0
	EXPECT	$t1, name_fcsr

	RESTORE_EACH
	addi.d	$sp, $sp, FRAME
	.cfi_adjust_cfa_offset -FRAME
	jr	$ra
	.cfi_endproc
	.size	test_call_cpu, . - test_call_cpu

	.section .rodata.str1.1, "aMS", %progbits, 1
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7
name_s\i:	.string	"s\i"
name_fs\i:	.string	"fs\i"
	.endr
name_sp:	.string	"sp"
name_tp:	.string	"tp"
name_r21:	.string	"r21"
name_fp:	.string	"fp"
name_fcsr:	.string	"fcsr0"

	.section .note.GNU-stack, "", %progbits
