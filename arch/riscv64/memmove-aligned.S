/* SPDX-License-Identifier: MIT */
/*
 * haul_memmove without misaligned accesses.  In: as memmove.S says.
 *
 * Ranges of the same alignment need none in any variant, and forward haul_memcpy's
 * is right for ranges that overlap too.  That leaves going backward: bytes up
 * to an aligned word of the destination, words merged from two aligned ones,
 * the lower of which is carried to the next, and bytes.
 */
#include "asm.h"

#define dst a0
#define src a1
#define size a2
#define cursor a3	/* down through dst, */
#define from a4		/* and through src; while merging, its aligned word */
#define limit a5
#define low a6		/* bits of a source word before the byte for the cursor */
#define high a7		/* 64 - low; shifts see six bits only */
#define carry t1

/* Bytes down until the cursor meets limit; at least one. */
.macro DESCEND limit:req
.Ldescend\@:
	LOAD	L(resume), lbu t0, -1(from)
	STORE	L(resume), sb t0, -1(cursor)
	addi	from, from, -1
	addi	cursor, cursor, -1
	BRANCH_LOAD L(resume), bltu \limit, cursor, .Ldescend\@
.endm

FUNC haul_arch_memmove_aligned
	xor	t0, dst, src
	andi	t0, t0, 7
	beqz	t0, L(same_alignment)
	sub	t0, dst, src
	bgeu	t0, size, L(forward)
	add	cursor, dst, size
	bltu	cursor, dst, L(wraps)
	add	from, src, size
	li	t0, 16
	bltu	size, t0, L(bytes)
	andi	limit, cursor, -8
	BRANCH_LOAD L(resume), beq cursor, limit, L(merge)
	DESCEND	limit

L(merge):
	addi	limit, dst, 8
	slli	low, from, 3
	andi	low, low, 63
	neg	high, low
	andi	from, from, -8
	LOAD	L(resume), ld carry, (from)
L(merge_word):
	LOAD	L(resume), ld t0, -8(from)
	sll	t2, carry, high
	srl	t3, t0, low
	or	t2, t2, t3
	STORE	L(resume), sd t2, -8(cursor)
	mv	carry, t0
	addi	from, from, -8
	addi	cursor, cursor, -8
	BRANCH_LOAD L(resume), bgeu cursor, limit, L(merge_word)
	srli	low, low, 3
	add	from, from, low

L(bytes):
	BRANCH_LOAD L(resume), beq cursor, dst, L(moved)
	DESCEND	dst
L(moved):
	mv	a0, size
	ret

L(same_alignment):
	CONTINUE_AT	haul_arch_memmove_unaligned
L(forward):
	CONTINUE_AT	haul_arch_memcpy_aligned

L(wraps):
	li	fact_what, 0
	neg	size, dst
	add	cursor, dst, size
L(resume):
	sub	t0, cursor, dst
	CONTINUE_AT	haul_arch_memmove_resume_backward
END_FUNC haul_arch_memmove_aligned
