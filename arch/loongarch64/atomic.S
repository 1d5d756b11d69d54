/* SPDX-License-Identifier: MIT */
/*
 * Atomic operations on memory that may fault.
 *
 * struct haul_arch_word haul_arch_<op>_u<width>(p, ...): what was there before
 * in a0, zero-extended, and the fault flag in a1.  A fault leaves memory
 * unchanged.
 *
 * They are sequentially consistent: AM*_DB orders like a full barrier on either
 * side, and what is made of LL and SC has one (dbar 0) there.  8 and 16 bits are
 * part of an aligned word, which lies in the same page.  LoongArch 1.1 has
 * AM*.B, AM*.H and AMCAS; no emulator runs them yet, so they are not used.
 *
 * An exchange that does not happen writes back what it found: so it needs
 * write access whatever it finds, and SC says that this was there.
 */
#include "asm.h"

/* What was there, in a2, becomes the result. */
.macro RETURN_OLD width:req
	bstrpick.d $a0, $a2, \width - 1, 0
	move	$a1, $zero
	jr	$ra
.endm

/* One instruction, for 32 and 64 bits. */
.macro FETCH name:req, insn:req, width:req
FUNC \name
	PROBE	.Lfaulted, \insn $a2, $a1, $a0
	RETURN_OLD \width
END_FUNC \name
.endm

.macro CMPXCHG name:req, ll:req, sc:req, width:req
FUNC \name
	.if	\width == 32
	slli.w	$a1, $a1, 0		/* as LL extends what it loads */
	.endif
	move	$t0, $a2
	dbar	0
.Lagain\@:
	PROBE	.Lfaulted, \ll $a2, $a0, 0
	xor	$t1, $a2, $a1
	maskeqz	$t2, $a2, $t1
	masknez	$t1, $t0, $t1
	or	$t1, $t1, $t2
	PROBE	.Lfaulted, \sc $t1, $a0, 0
	beqz	$t1, .Lagain\@
	dbar	0
	RETURN_OLD \width
END_FUNC \name
.endm

/*
 * Parts of a word.  Its address in t0, the part's place in t1 (SLL.W and SRL.W
 * look at five bits of it), and its mask, sign-extended as LL's word is, in t2.
 */
.macro LOCATE width:req
	slli.d	$t1, $a0, 3
	move	$t0, $a0
	bstrins.d $t0, $zero, 1, 0
	addi.w	$t2, $zero, -1
	bstrpick.d $t2, $t2, \width - 1, 0
	sll.w	$t2, $t2, $t1
.endm

.macro RETURN_OLD_PART width:req
	srl.w	$a2, $a2, $t1
	RETURN_OLD \width
.endm

/* and, or, xor: one instruction on the word, its other bits left alone.
 * `operand` makes a3 of the part's operand in a3. */
.macro FETCH_PART name:req, insn:req, width:req, operand:vararg
FUNC \name
	LOCATE	\width
	sll.w	$a3, $a1, $t1
	\operand
	PROBE	.Lfaulted, \insn $a2, $a3, $t0
	RETURN_OLD_PART \width
END_FUNC \name
.endm

/* swap, add: `outcome` makes t3, of which the mask takes the part, of the word
 * in a2 and the operand, in place, in a3. */
.macro FETCH_PART_LOOP name:req, width:req, outcome:vararg
FUNC \name
	LOCATE	\width
	sll.w	$a3, $a1, $t1
	dbar	0
.Lagain\@:
	PROBE	.Lfaulted, ll.w $a2, $t0, 0
	\outcome
	xor	$t3, $t3, $a2
	and	$t3, $t3, $t2
	xor	$t3, $t3, $a2
	PROBE	.Lfaulted, sc.w $t3, $t0, 0
	beqz	$t3, .Lagain\@
	dbar	0
	RETURN_OLD_PART \width
END_FUNC \name
.endm

.macro CMPXCHG_PART name:req, width:req
FUNC \name
	LOCATE	\width
	sll.w	$a1, $a1, $t1
	sll.w	$a3, $a2, $t1
	and	$a3, $a3, $t2
	dbar	0
.Lagain\@:
	PROBE	.Lfaulted, ll.w $a2, $t0, 0
	xor	$t3, $a2, $a1
	and	$t3, $t3, $t2		/* 0: as expected */
	andn	$t4, $a2, $t2
	or	$t4, $t4, $a3
	masknez	$t4, $t4, $t3
	maskeqz	$t3, $a2, $t3
	or	$t4, $t4, $t3
	PROBE	.Lfaulted, sc.w $t4, $t0, 0
	beqz	$t4, .Lagain\@
	dbar	0
	RETURN_OLD_PART \width
END_FUNC \name
.endm

FETCH_PART_LOOP haul_arch_swap_u8, 8, move $t3, $a3
FETCH_PART_LOOP haul_arch_swap_u16, 16, move $t3, $a3
FETCH haul_arch_swap_u32, amswap_db.w, 32
FETCH haul_arch_swap_u64, amswap_db.d, 64

CMPXCHG_PART haul_arch_cmpxchg_u8, 8
CMPXCHG_PART haul_arch_cmpxchg_u16, 16
CMPXCHG haul_arch_cmpxchg_u32, ll.w, sc.w, 32
CMPXCHG haul_arch_cmpxchg_u64, ll.d, sc.d, 64

FETCH_PART_LOOP haul_arch_fetch_add_u8, 8, add.w $t3, $a2, $a3
FETCH_PART_LOOP haul_arch_fetch_add_u16, 16, add.w $t3, $a2, $a3
FETCH haul_arch_fetch_add_u32, amadd_db.w, 32
FETCH haul_arch_fetch_add_u64, amadd_db.d, 64

FETCH_PART haul_arch_fetch_and_u8, amand_db.w, 8, orn $a3, $a3, $t2
FETCH_PART haul_arch_fetch_and_u16, amand_db.w, 16, orn $a3, $a3, $t2
FETCH haul_arch_fetch_and_u32, amand_db.w, 32
FETCH haul_arch_fetch_and_u64, amand_db.d, 64

FETCH_PART haul_arch_fetch_or_u8, amor_db.w, 8, and $a3, $a3, $t2
FETCH_PART haul_arch_fetch_or_u16, amor_db.w, 16, and $a3, $a3, $t2
FETCH haul_arch_fetch_or_u32, amor_db.w, 32
FETCH haul_arch_fetch_or_u64, amor_db.d, 64

FETCH_PART haul_arch_fetch_xor_u8, amxor_db.w, 8, and $a3, $a3, $t2
FETCH_PART haul_arch_fetch_xor_u16, amxor_db.w, 16, and $a3, $a3, $t2
FETCH haul_arch_fetch_xor_u32, amxor_db.w, 32
FETCH haul_arch_fetch_xor_u64, amxor_db.d, 64

FUNC haul_arch_atomic_faulted
.Lfaulted:
	ori	$a1, $zero, 1
	jr	$ra
END_FUNC haul_arch_atomic_faulted
