/* SPDX-License-Identifier: MIT */
/*
 * haul_memset without misaligned accesses.
 *
 * In: dst, byte, size >= 1, byte 0 set.  From 8 bytes on seven more by bytes if
 * the destination is not aligned, then eight words an iteration, words, and
 * seven bytes that end at the end if that is not aligned.
 */
#include "asm.h"
#include "memset-vec.h"

#define dst a0
#define byte a1
#define size a2
#define word a3
#define end a4
#define cursor a5
#define stop a6		/* end of the words */

FUNC haul_arch_memset_aligned
	li	t0, 8
	bltu	size, t0, L(under_8)
	BROADCAST word
	add	end, dst, size
	andi	t0, dst, 7
	addi	cursor, dst, 8
	BRANCH_STORE L(restart), bnez t0, L(align)
	STORE	L(restart), sd word, (dst)
L(aligned):
	andi	stop, end, -8
	sub	t0, stop, cursor
	li	t1, 64
	bgeu	t0, t1, L(bulk)
L(last_words):
	BRANCH_STORE L(resume), beq cursor, stop, L(last_bytes)
L(next_word):
	STORE	L(resume), sd word, (cursor)
	addi	cursor, cursor, 8
	BRANCH_STORE L(resume), bne cursor, stop, L(next_word)
L(last_bytes):
	BRANCH_STORE L(resume), beq end, stop, L(set)
	STORE	L(resume), sb byte, -7(end)
	STORE	L(resume), sb byte, -6(end)
	STORE	L(resume), sb byte, -5(end)
	STORE	L(resume), sb byte, -4(end)
	STORE	L(resume), sb byte, -3(end)
	STORE	L(resume), sb byte, -2(end)
	STORE	L(resume), sb byte, -1(end)
L(set):
	mv	a0, size
	ret

L(align):
	andi	cursor, cursor, -8
	STORE	L(restart), sb byte, 1(dst)
	STORE	L(restart), sb byte, 2(dst)
	STORE	L(restart), sb byte, 3(dst)
	STORE	L(restart), sb byte, 4(dst)
	STORE	L(restart), sb byte, 5(dst)
	STORE	L(restart), sb byte, 6(dst)
	STORE	L(restart), sb byte, 7(dst)
	j	L(aligned)

L(bulk):
	bltu	end, dst, L(wraps)
	ZERO_BY_BLOCKS L(groups)
L(groups):
	addi	t0, stop, -64
L(group):
	STORE	L(resume), sd word, (cursor)
	STORE	L(resume), sd word, 8(cursor)
	STORE	L(resume), sd word, 16(cursor)
	STORE	L(resume), sd word, 24(cursor)
	STORE	L(resume), sd word, 32(cursor)
	STORE	L(resume), sd word, 40(cursor)
	STORE	L(resume), sd word, 48(cursor)
	STORE	L(resume), sd word, 56(cursor)
	addi	cursor, cursor, 64
	BRANCH_STORE L(resume), bgeu t0, cursor, L(group)
	j	L(last_words)

L(under_8):
	SET_UNDER_8

	/* The end lies beyond the address space, so it cannot be aimed at. */
L(wraps):
	li	fact_what, 0
L(restart):
	li	t0, 1
	CONTINUE_AT	haul_arch_memset_resume
L(resume):
	sub	t0, cursor, dst
	CONTINUE_AT	haul_arch_memset_resume
END_FUNC haul_arch_memset_aligned
