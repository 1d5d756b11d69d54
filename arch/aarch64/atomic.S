/* SPDX-License-Identifier: MIT */
/*
 * Atomic operations on memory that may fault.
 *
 * struct haul_arch_word haul_arch_<op>_u<width>(p, ...): what was there before
 * in x0, zero-extended, and the fault flag in x1.  A fault leaves memory
 * unchanged.  Sequentially consistent by acquire and release (Arm ARM, B2.3).
 *
 * There are two variants: lse, one instruction each, and llsc, a loop that every
 * aarch64 has and whose halves may both fault.  A variant is a block of code
 * with an operation every STRIDE bytes; the slot holds its start, and each
 * function adds its place.
 */
#include "asm.h"

	.arch	armv8-a+lse

#define STRIDE 64

/* Suffix of the instruction, and the letter of the register. */
.macro FOR_WIDTHS macro:req, args:vararg
	\macro	u8, b, w, \args
	\macro	u16, h, w, \args
	\macro	u32, , w, \args
	\macro	u64, , x, \args
.endm

.macro RETURN
	mov	x1, 0
	ret
.endm

/* The functions, whose order is that of the variants' places.  The first place
 * is the variant's own landing pad. */
	.set	place, STRIDE
.macro ENTRY type, suffix, reg, op
FUNC haul_arch_\op\()_\type
	adrp	x16, haul_arch_atomic_slot
	ldr	x16, [x16, :lo12:haul_arch_atomic_slot]
	add	x16, x16, place
	br	x16
END_FUNC haul_arch_\op\()_\type
	.set	place, place + STRIDE
.endm

FOR_WIDTHS ENTRY, swap
FOR_WIDTHS ENTRY, cmpxchg
FOR_WIDTHS ENTRY, fetch_add
FOR_WIDTHS ENTRY, fetch_and
FOR_WIDTHS ENTRY, fetch_or
FOR_WIDTHS ENTRY, fetch_xor

/* The start of an operation in a variant. */
.macro PLACE
	.balign	STRIDE
	LANDING_PAD
.endm

.macro LSE type, suffix, reg, insn
	PLACE
	PROBE	.Lfaulted, \insn\suffix \reg\()1, \reg\()0, [x0]
	RETURN
.endm

.macro LSE_AND type, suffix, reg, none
	PLACE
	mvn	\reg\()1, \reg\()1
	PROBE	.Lfaulted, ldclral\suffix \reg\()1, \reg\()0, [x0]
	RETURN
.endm

.macro LSE_CMPXCHG type, suffix, reg, none
	PLACE
	PROBE	.Lfaulted, casal\suffix \reg\()1, \reg\()2, [x0]
	mov	x0, x1
	RETURN
.endm

FUNC haul_arch_atomic_lse, 6
	FOR_WIDTHS LSE, swpal
	FOR_WIDTHS LSE_CMPXCHG
	FOR_WIDTHS LSE, ldaddal
	FOR_WIDTHS LSE_AND
	FOR_WIDTHS LSE, ldsetal
	FOR_WIDTHS LSE, ldeoral
END_FUNC haul_arch_atomic_lse

.macro LLSC type, suffix, reg, op
	PLACE
	mov	x3, x0
.Lagain\@:
	PROBE	.Lfaulted, ldaxr\suffix \reg\()0, [x3]
	\op	\reg\()4, \reg\()0, \reg\()1
	PROBE	.Lfaulted, stlxr\suffix w5, \reg\()4, [x3]
	cbnz	w5, .Lagain\@
	RETURN
.endm

.macro LLSC_SWAP type, suffix, reg, none
	PLACE
	mov	x3, x0
.Lagain\@:
	PROBE	.Lfaulted, ldaxr\suffix \reg\()0, [x3]
	PROBE	.Lfaulted, stlxr\suffix w5, \reg\()1, [x3]
	cbnz	w5, .Lagain\@
	RETURN
.endm

/* Narrow values are compared zero-extended.  What differs is stored back, so that
 * memory that cannot be written is a fault here as with lse. */
.macro LLSC_CMPXCHG type, suffix, reg, none
	PLACE
	mov	x3, x0
	.ifc	\suffix, b
	uxtb	w1, w1
	.endif
	.ifc	\suffix, h
	uxth	w1, w1
	.endif
.Lagain\@:
	PROBE	.Lfaulted, ldaxr\suffix \reg\()0, [x3]
	cmp	\reg\()0, \reg\()1
	csel	\reg\()4, \reg\()2, \reg\()0, eq
	PROBE	.Lfaulted, stlxr\suffix w5, \reg\()4, [x3]
	cbnz	w5, .Lagain\@
	RETURN
.endm

FUNC haul_arch_atomic_llsc, 6
	FOR_WIDTHS LLSC_SWAP
	FOR_WIDTHS LLSC_CMPXCHG
	FOR_WIDTHS LLSC, add
	FOR_WIDTHS LLSC, and
	FOR_WIDTHS LLSC, orr
	FOR_WIDTHS LLSC, eor
END_FUNC haul_arch_atomic_llsc

/* The slot starts here: choose, then go on at the same place of the choice. */
	.set	place, STRIDE
.macro RESOLVE_PLACE
	PLACE
	mov	x17, place
	b	.Lresolve
	.set	place, place + STRIDE
.endm

FUNC haul_arch_atomic_resolver, 6
	.rept	24
	RESOLVE_PLACE
	.endr
.Lresolve:
	RESOLVE
	adrp	x16, haul_arch_atomic_slot
	ldr	x16, [x16, :lo12:haul_arch_atomic_slot]
	add	x16, x16, x17
	br	x16
END_FUNC haul_arch_atomic_resolver

FUNC haul_arch_atomic_faulted
.Lfaulted:
	mov	x1, 1
	ret
END_FUNC haul_arch_atomic_faulted
