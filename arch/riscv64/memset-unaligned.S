/* SPDX-License-Identifier: MIT */
/*
 * haul_memset in words, for cores with fast misaligned accesses.
 *
 * In: dst, byte, size >= 1, byte 0 set.  Up to 64 bytes are words that overlap.
 * Beyond that the first word is set, the destination is aligned, eight words an
 * iteration ascend, and the last eight end at the end.
 */
#include "asm.h"
#include "memset-vec.h"

#define dst a0
#define byte a1
#define size a2
#define word a3
#define end a4
#define cursor a5

FUNC haul_arch_memset_unaligned
	li	t0, 8
	bltu	size, t0, L(under_8)
	BROADCAST word
	li	t0, 16
	add	end, dst, size
	BRANCH_STORE L(restart), bgtu size, t0, L(over_16)
	STORE	L(restart), sd word, (dst)
	STORE	L(restart), sd word, -8(end)
	mv	a0, size
	ret

L(under_8):
	SET_UNDER_8

L(over_16):
	li	t0, 32
	BRANCH_STORE L(restart), bgtu size, t0, L(over_32)
	STORE	L(restart), sd word, (dst)
	STORE	L(restart), sd word, 8(dst)
	STORE	L(restart), sd word, -16(end)
	STORE	L(restart), sd word, -8(end)
	mv	a0, size
	ret

L(over_32):
	li	t0, 64
	bgtu	size, t0, L(bulk)
	STORE	L(restart), sd word, (dst)
	STORE	L(restart), sd word, 8(dst)
	STORE	L(restart), sd word, 16(dst)
	STORE	L(restart), sd word, 24(dst)
	STORE	L(restart), sd word, -32(end)
	STORE	L(restart), sd word, -24(end)
	STORE	L(restart), sd word, -16(end)
	STORE	L(restart), sd word, -8(end)
	mv	a0, size
	ret

L(bulk):
	ZERO_BY_BLOCKS L(words)
L(words):
	bltu	end, dst, L(wraps)
	andi	cursor, dst, -8
	addi	cursor, cursor, 8
	STORE	L(restart), sd word, (dst)
	addi	end, end, -64
	BRANCH_STORE L(resume), bgeu cursor, end, L(last)
L(loop):
	STORE	L(resume), sd word, (cursor)
	STORE	L(resume), sd word, 8(cursor)
	STORE	L(resume), sd word, 16(cursor)
	STORE	L(resume), sd word, 24(cursor)
	STORE	L(resume), sd word, 32(cursor)
	STORE	L(resume), sd word, 40(cursor)
	STORE	L(resume), sd word, 48(cursor)
	STORE	L(resume), sd word, 56(cursor)
	addi	cursor, cursor, 64
	BRANCH_STORE L(resume), bltu cursor, end, L(loop)
L(last):
	STORE	L(resume), sd word, (end)
	STORE	L(resume), sd word, 8(end)
	STORE	L(resume), sd word, 16(end)
	STORE	L(resume), sd word, 24(end)
	STORE	L(resume), sd word, 32(end)
	STORE	L(resume), sd word, 40(end)
	STORE	L(resume), sd word, 48(end)
	STORE	L(resume), sd word, 56(end)
	mv	a0, size
	ret

	/* The end lies beyond the address space, so it cannot be aimed at. */
L(wraps):
	li	fact_what, 0
L(restart):
	li	t0, 1
	CONTINUE_AT	haul_arch_memset_resume
L(resume):
	sub	t0, cursor, dst
	CONTINUE_AT	haul_arch_memset_resume
END_FUNC haul_arch_memset_unaligned
