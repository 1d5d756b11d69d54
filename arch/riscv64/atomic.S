/* SPDX-License-Identifier: MIT */
/*
 * Atomic operations on memory that may fault.
 *
 * struct haul_arch_word haul_arch_<op>_u<width>(p, ...): what was there before
 * in a0, zero-extended, and the fault flag in a1.  A fault leaves memory
 * unchanged.
 *
 * Words and double words by one AMO; bytes and half-words in the aligned word
 * that holds them, and'ed, or'ed and xor'ed by an AMO whose operand leaves the
 * other bytes alone, all else by LR/SC.  The loops are of the form that is
 * guaranteed to get through (unprivileged ISA, eventual success of SC).
 *
 * .aqrl makes them sequentially consistent, for pairs as LR.aqrl and SC.rl.  A
 * cmpxchg that does not exchange writes back what it read: it asks for writable
 * memory in any case.
 */
#include "asm.h"

#define p a0
#define operand a1
#define desired a2
#define word a3		/* address of the aligned word */
#define shift a4	/* of p's bits in it */
#define mask a5		/* of p's bits in it */
#define before a6
#define next a7

.macro RETURN
	li	a1, 0
	ret
.endm

/* What AMO.W and LR.W leave in a register is sign-extended. */
.macro ZERO_EXTEND width:req
	.if \width < 64
	slli	a0, a0, 64 - \width
	srli	a0, a0, 64 - \width
	.endif
.endm

.macro ATOMIC_WORD name:req, width:req, insn:req
FUNC \name
	PROBE	.Lfaulted, \insn a0, operand, (p)
	ZERO_EXTEND \width
	RETURN
END_FUNC \name
.endm

.macro CMPXCHG_WORD name:req, width:req, lr:req, sc:req
FUNC \name
	.if \width == 32
	sext.w	operand, operand
	.endif
.Lagain\@:
	PROBE	.Lfaulted, \lr before, (p)
	mv	next, before
	bne	before, operand, .Lother\@
	mv	next, desired
.Lother\@:
	PROBE	.Lfaulted, \sc t0, next, (p)
	bnez	t0, .Lagain\@
	mv	a0, before
	ZERO_EXTEND \width
	RETURN
END_FUNC \name
.endm

/* word, shift, and the operand where p's bits are */
.macro PLACE width:req
	andi	word, p, -4
	slli	shift, p, 3		/* shifts of words see five bits only */
	slli	operand, operand, 64 - \width
	srli	operand, operand, 64 - \width
	sllw	operand, operand, shift
.endm
.macro PLACE_MASK width:req
	li	mask, -1
	srli	mask, mask, 64 - \width
	sllw	mask, mask, shift
.endm

/* p's bits of before */
.macro RETURN_PART width:req
	srlw	a0, before, shift
	ZERO_EXTEND \width
	RETURN
.endm

/* The other bytes get `fill`: ones for and, zeros for or and xor. */
.macro ATOMIC_PART name:req, width:req, insn:req, fill_ones=0
FUNC \name
	PLACE	\width
	.if \fill_ones
	PLACE_MASK \width
	not	mask, mask
	or	operand, operand, mask
	.endif
	PROBE	.Lfaulted, \insn before, operand, (word)
	RETURN_PART \width
END_FUNC \name
.endm

/* next = before with p's bits of `op`'s result, which may spill over */
.macro ATOMIC_PART_LOOP name:req, width:req, op:vararg
FUNC \name
	PLACE	\width
	PLACE_MASK \width
.Lagain\@:
	PROBE	.Lfaulted, lr.w.aqrl before, (word)
	\op
	xor	next, next, before
	and	next, next, mask
	xor	next, next, before
	PROBE	.Lfaulted, sc.w.rl t0, next, (word)
	bnez	t0, .Lagain\@
	RETURN_PART \width
END_FUNC \name
.endm

.macro CMPXCHG_PART name:req, width:req
FUNC \name
	PLACE	\width
	PLACE_MASK \width
	sllw	desired, desired, shift
.Lagain\@:
	PROBE	.Lfaulted, lr.w.aqrl before, (word)
	xor	t0, before, operand
	and	t0, t0, mask
	mv	next, before
	bnez	t0, .Lother\@
	xor	next, before, desired
	and	next, next, mask
	xor	next, next, before
.Lother\@:
	PROBE	.Lfaulted, sc.w.rl t0, next, (word)
	bnez	t0, .Lagain\@
	RETURN_PART \width
END_FUNC \name
.endm

ATOMIC_PART_LOOP haul_arch_swap_u8, 8, mv next, operand
ATOMIC_PART_LOOP haul_arch_swap_u16, 16, mv next, operand
ATOMIC_WORD haul_arch_swap_u32, 32, amoswap.w.aqrl
ATOMIC_WORD haul_arch_swap_u64, 64, amoswap.d.aqrl

CMPXCHG_PART haul_arch_cmpxchg_u8, 8
CMPXCHG_PART haul_arch_cmpxchg_u16, 16
CMPXCHG_WORD haul_arch_cmpxchg_u32, 32, lr.w.aqrl, sc.w.rl
CMPXCHG_WORD haul_arch_cmpxchg_u64, 64, lr.d.aqrl, sc.d.rl

ATOMIC_PART_LOOP haul_arch_fetch_add_u8, 8, add next, before, operand
ATOMIC_PART_LOOP haul_arch_fetch_add_u16, 16, add next, before, operand
ATOMIC_WORD haul_arch_fetch_add_u32, 32, amoadd.w.aqrl
ATOMIC_WORD haul_arch_fetch_add_u64, 64, amoadd.d.aqrl

ATOMIC_PART haul_arch_fetch_and_u8, 8, amoand.w.aqrl, 1
ATOMIC_PART haul_arch_fetch_and_u16, 16, amoand.w.aqrl, 1
ATOMIC_WORD haul_arch_fetch_and_u32, 32, amoand.w.aqrl
ATOMIC_WORD haul_arch_fetch_and_u64, 64, amoand.d.aqrl

ATOMIC_PART haul_arch_fetch_or_u8, 8, amoor.w.aqrl
ATOMIC_PART haul_arch_fetch_or_u16, 16, amoor.w.aqrl
ATOMIC_WORD haul_arch_fetch_or_u32, 32, amoor.w.aqrl
ATOMIC_WORD haul_arch_fetch_or_u64, 64, amoor.d.aqrl

ATOMIC_PART haul_arch_fetch_xor_u8, 8, amoxor.w.aqrl
ATOMIC_PART haul_arch_fetch_xor_u16, 16, amoxor.w.aqrl
ATOMIC_WORD haul_arch_fetch_xor_u32, 32, amoxor.w.aqrl
ATOMIC_WORD haul_arch_fetch_xor_u64, 64, amoxor.d.aqrl

FUNC haul_arch_atomic_faulted
.Lfaulted:
	li	a1, 1
	ret
END_FUNC haul_arch_atomic_faulted
