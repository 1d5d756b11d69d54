/* SPDX-License-Identifier: MIT */
/*
 * haul_memmove without misaligned accesses.  In: as memmove.S says.
 *
 * Ranges of the same alignment need none in any variant, and forward haul_memcpy's
 * is right for ranges that overlap too.  That leaves going backward: bytes down
 * to an aligned word of the destination, words merged from two aligned ones,
 * the lower of which is carried to the next, and bytes.  The stores of a group
 * of words lie in one page.
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
#define merged a1	/* the fixups find src again from the cursors */

/* Bytes down until the cursor meets limit; at least one. */
.macro DESCEND limit:req
.Ldescend\@:
	LOAD	L(resume), lbu t0, -1(from)
	STORE	L(resume), sb t0, -1(cursor)
	addi	from, from, -1
	addi	cursor, cursor, -1
	BRANCH_LOAD L(resume), bltu \limit, cursor, .Ldescend\@
.endm

/* merged = the destination's word from word, which it destroys, and the one
 * before it */
.macro MERGE word:req, before:req
	sll	\word, \word, high
	srl	merged, \before, low
	or	merged, merged, \word
.endm

.macro MERGE_WORD
	LOAD	L(resume_merge), ld t0, -8(from)
	MERGE	carry, t0
	STORE	L(resume_merge), sd merged, -8(cursor)
	mv	carry, t0
	addi	from, from, -8
	addi	cursor, cursor, -8
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
	BRANCH_LOAD L(resume), beq cursor, limit, L(aligned)
	DESCEND	limit

L(aligned):
	slli	low, from, 3
	andi	low, low, 63
	neg	high, low
	andi	from, from, -8
	LOAD	L(resume_merge), ld carry, (from)
	sub	t0, cursor, dst
	li	t2, 64
	bltu	t0, t2, L(merge_words)

	/* Groups of four words with a destination that is a multiple of that. */
L(merge_align):
	andi	t0, cursor, 31
	BRANCH_LOAD L(resume_merge), beqz t0, L(merge_groups)
	MERGE_WORD
	j	L(merge_align)
L(merge_groups):
	addi	limit, dst, 32
L(merge_group):
	LOAD	L(resume_merge), ld t0, -8(from)
	LOAD	L(resume_merge), ld t2, -16(from)
	LOAD	L(resume_merge), ld t3, -24(from)
	MERGE	carry, t0
	LOAD	L(resume_merge), ld carry, -32(from)
	STORE	L(resume_merge), sd merged, -8(cursor)
	MERGE	t0, t2
	STORE	L(resume_merge), sd merged, -16(cursor)
	MERGE	t2, t3
	STORE	L(resume_merge), sd merged, -24(cursor)
	MERGE	t3, carry
	STORE	L(resume_merge), sd merged, -32(cursor)
	addi	from, from, -32
	addi	cursor, cursor, -32
	BRANCH_LOAD L(resume_merge), bgeu cursor, limit, L(merge_group)

L(merge_words):
	addi	limit, dst, 8
	BRANCH_LOAD L(resume_merge), bltu cursor, limit, L(merge_rest)
L(merge_word):
	MERGE_WORD
	BRANCH_LOAD L(resume_merge), bgeu cursor, limit, L(merge_word)
L(merge_rest):
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
	mv	t0, size
	CONTINUE_AT	haul_arch_memmove_resume_backward
L(resume_merge):
	srli	low, low, 3
	add	from, from, low
L(resume):
	sub	t0, cursor, dst
	sub	src, from, t0
	CONTINUE_AT	haul_arch_memmove_resume_backward
END_FUNC haul_arch_memmove_aligned
