/* SPDX-License-Identifier: MIT */
/*
 * The length of a string that may fault.
 *
 * struct haul_arch_length haul_arch_strnlen(const char *s, size_t max);
 * a0: bytes before the NUL or max, whichever comes first, and a1 0; or bytes
 * before the first that could not be read, and a1 1.
 *
 * Method.  Aligned words, which lie inside one page: a word is readable as a
 * whole or not at all, so a fault at a word is a fault at its first byte, or at
 * s if s lies inside the word.  Bytes before s count as not zero.  A word w has
 * a zero byte if (w - 0x01...) & ~w & 0x80... is not zero, and the lowest bit
 * of that is of the first one: borrows only go up.
 */
#include "asm.h"

#define s a0
#define max a1
#define word a2
#define at a3		/* of the word */
#define ones a4
#define tops a5
#define zeros a6

.macro FIND_ZEROS
	sub	zeros, word, ones
	not	t0, word
	and	zeros, zeros, t0
	and	zeros, zeros, tops
.endm

FUNC haul_arch_strnlen
	BRANCH_LOAD L(unreadable_first), beqz max, L(whole)
	andi	at, s, -8
	LOAD	L(unreadable_first), ld word, (at)
	li	ones, 0x01010101
	slli	t0, ones, 32
	add	ones, ones, t0
	slli	tops, ones, 7
	andi	t1, s, 7
	slli	t1, t1, 3
	li	t2, -1
	sll	t2, t2, t1
	not	t2, t2
	or	word, word, t2
	FIND_ZEROS
	bnez	zeros, L(found)

L(next):
	addi	at, at, 8
	sub	t1, at, s
	BRANCH_LOAD L(unreadable), bgeu t1, max, L(whole)
	LOAD	L(unreadable), ld word, (at)
	FIND_ZEROS
	beqz	zeros, L(next)

L(found):
	sub	t1, at, s
	li	t2, 128
L(count):
	and	t0, zeros, t2
	bnez	t0, L(clamp)
	addi	t1, t1, 1
	slli	t2, t2, 8
	j	L(count)
L(clamp):
	bgeu	t1, max, L(whole)
	mv	a0, t1
	li	a1, 0
	ret
L(whole):
	mv	a0, max
	li	a1, 0
	ret

L(unreadable_first):
	mv	at, s
L(unreadable):
	sub	a0, at, s
	li	a1, 1
	ret
END_FUNC haul_arch_strnlen
