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
 * s if s lies inside the word.  A byte of (word - 01...01) & ~word has its
 * highest bit set if that byte is 0 and no lower one is, which suffices to find
 * the first.
 */
#include "asm.h"

#define s $a0
#define max $a1
#define word $a2
#define block $a3
#define len $a4
#define ones $t0
#define highs $t1
#define zeros $t2

FUNC haul_arch_strnlen, 5
	move	len, $zero
	beqz	max, L(return)
	move	block, s
	bstrins.d block, $zero, 2, 0
	LOAD	L(unreadable_first), ld.d word, block, 0
	ori	ones, $zero, 0x101
	bstrins.d ones, ones, 31, 16
	bstrins.d ones, ones, 63, 32
	slli.d	highs, ones, 7
	slli.d	$t3, s, 3		/* the bytes before s count as not 0 */
	addi.d	$t4, $zero, -1
	sll.d	$t4, $t4, $t3
	orn	word, word, $t4
L(look):
	sub.d	zeros, word, ones
	andn	zeros, zeros, word
	and	zeros, zeros, highs
	bnez	zeros, L(found)
	addi.d	block, block, 8
	sub.d	len, block, s
	bgeu	len, max, L(whole)
	LOAD	L(unreadable), ld.d word, block, 0
	b	L(look)

L(found):
	ctz.d	zeros, zeros
	srli.d	zeros, zeros, 3
	add.d	len, block, zeros
	sub.d	len, len, s
	bltu	len, max, L(return)
L(whole):
	move	len, max
L(return):
	move	$a0, len
	move	$a1, $zero
	jr	$ra

L(unreadable_first):
	move	len, $zero
L(unreadable):
	move	$a0, len
	ori	$a1, $zero, 1
	jr	$ra
END_FUNC haul_arch_strnlen
