/* SPDX-License-Identifier: MIT */
/*
 * haul_memcpy without misaligned accesses, which many cores trap on and leave to
 * firmware, at hundreds of times the cost.
 *
 * In: dst, src, size >= 1, byte 0 copied.  Under 16 bytes are copied by bytes,
 * unless both sides are aligned.  From there on the destination is aligned; if
 * the source then is too, words are moved, and else each is merged from two
 * aligned ones, the second of which is carried to the next.  A word loaded
 * holds a byte of [src, src + size), so it lies in that byte's page.
 *
 * Serves haul_memmove too where it goes forward: no byte is read again that
 * lies before the cursor, and the stores of a group of words lie in one page.
 */
#include "asm.h"

#define dst a0
#define src a1
#define size a2
#define cursor a3	/* through dst, */
#define from a4		/* and through src; while merging, its aligned word */
#define end a5
#define low a6		/* bits of a source word before the byte for the cursor */
#define high a7		/* 64 - low; shifts see six bits only */
#define carry t0
#define merged a2

/* merged = the destination's word from word, which it destroys, and the next */
.macro MERGE word:req, next:req
	srl	\word, \word, low
	sll	merged, \next, high
	or	merged, merged, \word
.endm

FUNC haul_arch_memcpy_aligned
	add	end, dst, size
	bltu	end, dst, L(wraps)
	or	t0, dst, src
	li	t1, 16
	andi	t0, t0, 7
	bgeu	size, t1, L(over_16)
	bnez	t0, L(small_bytes)

	addi	t0, size, -8
	bltz	t0, L(under_8)
	LOAD	L(restart), ld t1, (src)
	STORE	L(restart), sd t1, (dst)
	addi	cursor, dst, 8
	addi	from, src, 8
	BRANCH_LOAD L(resume), bnez t0, L(next_byte)
	mv	a0, size
	ret
L(under_8):
	addi	t0, size, -4
	BRANCH_LOAD L(restart), bltz t0, L(small_bytes)
	LOAD	L(restart), lw t1, (src)
	STORE	L(restart), sw t1, (dst)
	addi	cursor, dst, 4
	addi	from, src, 4
	BRANCH_LOAD L(resume), bnez t0, L(next_byte)
	mv	a0, size
	ret

L(same_alignment):
	CONTINUE_AT	haul_arch_memmove_forward

L(small_bytes):
	addi	cursor, dst, 1
	addi	from, src, 1
L(bytes):
	BRANCH_LOAD L(resume), bgeu cursor, end, L(copied)
L(next_byte):
	LOAD	L(resume), lbu t0, (from)
	STORE	L(resume), sb t0, (cursor)
	addi	from, from, 1
	addi	cursor, cursor, 1
	BRANCH_LOAD L(resume), bltu cursor, end, L(next_byte)
L(copied):
	sub	a0, end, dst
	ret

L(over_16):
	xor	t1, dst, src
	andi	t1, t1, 7
	beqz	t1, L(same_alignment)
	mv	cursor, dst
	mv	from, src
	andi	t0, dst, 7
	beqz	t0, L(aligned)
	ori	t1, dst, 7		/* of the word's last byte */
	addi	cursor, dst, 1
	addi	from, src, 1
	BRANCH_LOAD L(resume), bltu t1, cursor, L(aligned)
L(align):
	LOAD	L(resume), lbu t0, (from)
	STORE	L(resume), sb t0, (cursor)
	addi	from, from, 1
	addi	cursor, cursor, 1
	BRANCH_LOAD L(resume), bgeu t1, cursor, L(align)

L(aligned):
	slli	low, from, 3
	andi	low, low, 63
	neg	high, low
	andi	from, from, -8
	LOAD	L(resume_merge), ld carry, (from)
	sub	t1, end, cursor
	li	t2, 64
	bltu	t1, t2, L(merge_words)

	/* Groups of four words with a destination that is a multiple of that. */
L(merge_align):
	andi	t1, cursor, 31
	BRANCH_LOAD L(resume_merge), beqz t1, L(merge_groups)
	LOAD	L(resume_merge), ld t1, 8(from)
	MERGE	carry, t1
	STORE	L(resume_merge), sd merged, (cursor)
	mv	carry, t1
	addi	from, from, 8
	addi	cursor, cursor, 8
	j	L(merge_align)
L(merge_groups):
	addi	end, end, -32
L(merge_group):
	LOAD	L(resume_group), ld t1, 8(from)
	LOAD	L(resume_group), ld t2, 16(from)
	LOAD	L(resume_group), ld t3, 24(from)
	MERGE	carry, t1
	LOAD	L(resume_group), ld carry, 32(from)
	STORE	L(resume_group), sd merged, (cursor)
	MERGE	t1, t2
	STORE	L(resume_group), sd merged, 8(cursor)
	MERGE	t2, t3
	STORE	L(resume_group), sd merged, 16(cursor)
	MERGE	t3, carry
	STORE	L(resume_group), sd merged, 24(cursor)
	addi	from, from, 32
	addi	cursor, cursor, 32
	BRANCH_LOAD L(resume_group), bgeu end, cursor, L(merge_group)
	addi	end, end, 32

L(merge_words):
	addi	t2, end, -8
	BRANCH_LOAD L(resume_merge), bltu t2, cursor, L(merge_rest)
L(merge_word):
	LOAD	L(resume_merge), ld t1, 8(from)
	MERGE	carry, t1
	STORE	L(resume_merge), sd merged, (cursor)
	mv	carry, t1
	addi	from, from, 8
	addi	cursor, cursor, 8
	BRANCH_LOAD L(resume_merge), bgeu t2, cursor, L(merge_word)
L(merge_rest):
	srli	low, low, 3
	add	from, from, low
	j	L(bytes)

	/* The end lies beyond the address space, so it cannot be compared with. */
L(wraps):
	li	fact_what, 0
L(restart):
	li	t0, 1
	CONTINUE_AT	haul_arch_memcpy_resume
L(resume_group):
	addi	end, end, 32
L(resume_merge):
	sub	size, end, dst
L(resume):
	sub	t0, cursor, dst
	seqz	t1, t0
	add	t0, t0, t1		/* byte 0 is */
	CONTINUE_AT	haul_arch_memcpy_resume
END_FUNC haul_arch_memcpy_aligned
