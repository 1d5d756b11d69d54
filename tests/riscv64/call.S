/* SPDX-License-Identifier: MIT */
/*
 * const char *test_call_cpu(test_code *fn, const uint64_t args[6],
 *                           uint64_t *result);
 *
 * Calls fn with the six arguments, every other general register full of junk,
 * and stores its a0.  Returns NULL, or the name of what the RISC-V ABI says a
 * call preserves and this one did not.
 *
 * Stack during the call: 0 result, 8 gp, 16 tp, 24 sp, 32 fcsr, 40 ra, 48 s0 to
 * s11, 144 fs0 to fs11.
 */
#define JUNK(i) 0x2c2c2c2cc2c2c200 + i
#define FRAME 240
#define GENERAL 48
#define FLOATING 144

.macro SAVE_EACH
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	sd	s\i, GENERAL + 8 * \i(sp)
	.cfi_rel_offset s\i, GENERAL + 8 * \i
	fsd	fs\i, FLOATING + 8 * \i(sp)
	.endr
.endm

.macro RESTORE_EACH
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	ld	s\i, GENERAL + 8 * \i(sp)
	.cfi_restore s\i
	fld	fs\i, FLOATING + 8 * \i(sp)
	.endr
.endm

/* t2 = name if the register does not hold what t0 does */
.macro EXPECT reg:req, name:req
	beq	\reg, t0, .Lkept\@
	lla	t2, \name
.Lkept\@:
.endm

	.option	push
	.option	arch, +d
	.text
	.globl	test_call_cpu
	.type	test_call_cpu, %function
test_call_cpu:
	.cfi_startproc
	addi	sp, sp, -FRAME
	.cfi_adjust_cfa_offset FRAME
	sd	ra, 40(sp)
	.cfi_rel_offset ra, 40
	SAVE_EACH
	sd	a2, (sp)
	sd	gp, 8(sp)
	sd	tp, 16(sp)
	frcsr	t0
	sd	t0, 32(sp)

	mv	t5, a0
	mv	t6, a1
	ld	a0, (t6)
	ld	a1, 8(t6)
	ld	a2, 16(t6)
	ld	a3, 24(t6)
	ld	a4, 32(t6)
	ld	a5, 40(t6)
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
	li	s\i, JUNK(\i)
	.endr
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
	fmv.d.x	fs\i, s\i
	.endr
	.irp	reg, a6, a7, t0, t1, t2, t3, t4, t6
	mv	\reg, s2
	.endr
	mv	s11, sp			/* finds the frame again whatever sp is */
	jalr	t5

	mv	t1, sp
	mv	t0, s11
	mv	sp, s11
	ld	t3, (sp)
	sd	a0, (t3)
	li	t2, 0
	EXPECT	t1, name_sp
	ld	t0, 8(sp)
	EXPECT	gp, name_gp
	ld	t0, 16(sp)
	EXPECT	tp, name_tp
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
	li	t0, JUNK(\i)
	EXPECT	s\i, name_s\i
	fmv.x.d	t1, fs\i
	EXPECT	t1, name_fs\i
	.endr
	ld	t0, 32(sp)
	frcsr	t1
	EXPECT	t1, name_fcsr
	mv	s0, t2
	call	test_vstart
	mv	t2, s0
	li	t0, 0
	EXPECT	a0, name_vstart
	mv	a0, t2

	RESTORE_EACH
	ld	ra, 40(sp)
	.cfi_restore ra
	addi	sp, sp, FRAME
	.cfi_adjust_cfa_offset -FRAME
	ret
	.cfi_endproc
	.size	test_call_cpu, . - test_call_cpu

	.option	pop

/*
 * uint64_t test_vstart(void);
 * vstart, which the ABI wants 0 at every call and return; 0 without V.
 */
	.globl	test_vstart
	.type	test_vstart, %function
test_vstart:
	.cfi_startproc
#if __STDC_HOSTED__
	/* Only the auxiliary vector can say whether there is V, and it is asked once. */
	lbu	t0, has_v
	bnez	t0, .Lasked
	addi	sp, sp, -16
	.cfi_adjust_cfa_offset 16
	sd	ra, 8(sp)
	.cfi_rel_offset ra, 8
	li	a0, 16			/* AT_HWCAP */
	call	getauxval
	ld	ra, 8(sp)
	.cfi_restore ra
	addi	sp, sp, 16
	.cfi_adjust_cfa_offset -16
	srli	t0, a0, 'V' - 'A'
	andi	t0, t0, 1
	addi	t0, t0, 1
	sb	t0, has_v, t1
.Lasked:
	addi	t0, t0, -1
#else
	csrr	t0, sstatus
	srli	t0, t0, 9
	andi	t0, t0, 3		/* VS: 0 is off */
#endif
	li	a0, 0
	beqz	t0, .Lno_v
	csrr	a0, 8			/* vstart, whose name is V's */
.Lno_v:
	ret
	.cfi_endproc
	.size	test_vstart, . - test_vstart

#if __STDC_HOSTED__
	.bss
has_v:	.zero	1			/* 0 not asked, 1 no, 2 yes */
#endif

	.section .rodata.str1.1, "aMS", %progbits, 1
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
name_s\i:	.string	"s\i"
name_fs\i:	.string	"fs\i"
	.endr
name_sp:	.string	"sp"
name_gp:	.string	"gp"
name_tp:	.string	"tp"
name_fcsr:	.string	"fcsr"
name_vstart:	.string	"vstart"

	.section .note.GNU-stack, "", %progbits
