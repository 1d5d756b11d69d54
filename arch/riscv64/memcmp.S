/* SPDX-License-Identifier: MIT */
/*
 * Compare memory that may fault.
 *
 * struct haul_arch_prefix haul_arch_memcmp(const void *a, const void *b,
 *                                          size_t n);
 * a0: bytes readable on both sides and equal, k.  a1: if k < n the difference
 * of the bytes at k, or 0 if one of them could not be read.
 *
 * Method.  Bytes until a is aligned, then words; of b each is merged from two
 * aligned ones unless b is aligned too.  A word that differs or cannot be read
 * is gone through by bytes, and so is the rest.
 */
#include "asm.h"

#define a a0
#define b a1
#define size a2
#define same a3
#define at_a a4
#define at_b a5		/* while merging, its aligned word */
#define stop a6		/* where the words of a end */
#define low a7		/* bits of a word of b before the byte that at_a asks for */
#define high t0		/* 64 - low; shifts see six bits only */
#define carry t1

FUNC haul_arch_memcmp
	li	same, 0
	li	t0, 16
	bltu	size, t0, L(bytes)
	mv	at_a, a
	mv	at_b, b
L(align):
	andi	t0, at_a, 7
	BRANCH_LOAD L(from_here), beqz t0, L(words)
	LOAD	L(from_here), lbu t1, (at_a)
	LOAD	L(from_here), lbu t2, (at_b)
	bne	t1, t2, L(from_here)
	addi	at_a, at_a, 1
	addi	at_b, at_b, 1
	j	L(align)

L(words):
	add	stop, a, size
	addi	stop, stop, -7		/* a word that starts before is whole */
	andi	t0, at_b, 7
	bnez	t0, L(merge)
L(next_word):
	LOAD	L(from_here), ld t1, (at_a)
	LOAD	L(from_here), ld t2, (at_b)
	bne	t1, t2, L(from_here)
	addi	at_a, at_a, 8
	addi	at_b, at_b, 8
	BRANCH_LOAD L(from_here), bltu at_a, stop, L(next_word)
L(from_here):
	sub	same, at_a, a
	j	L(bytes)

L(merge):
	sub	at_b, at_b, t0
	slli	low, t0, 3
	neg	high, low
	LOAD	L(from_here), ld carry, (at_b)
L(merge_word):
	LOAD	L(from_here), ld t2, 8(at_b)
	LOAD	L(from_here), ld t3, (at_a)
	srl	t4, carry, low
	sll	t5, t2, high
	or	t4, t4, t5
	bne	t3, t4, L(from_here)
	mv	carry, t2
	addi	at_a, at_a, 8
	addi	at_b, at_b, 8
	BRANCH_LOAD L(from_here), bltu at_a, stop, L(merge_word)
	j	L(from_here)

L(bytes):
	BRANCH_LOAD L(unreadable), bgeu same, size, L(equal)
	add	t0, a, same
	LOAD	L(unreadable), lbu t1, (t0)
	add	t0, b, same
	LOAD	L(unreadable), lbu t2, (t0)
	bne	t1, t2, L(differ)
	addi	same, same, 1
	j	L(bytes)

L(differ):
	mv	a0, same
	sub	a1, t1, t2
	ret
L(equal):
L(unreadable):
	mv	a0, same
	li	a1, 0
	ret
END_FUNC haul_arch_memcmp
