/* SPDX-License-Identifier: MIT */
/*
 * Compare memory that may fault.
 *
 * struct haul_arch_prefix haul_arch_memcmp(const void *left, const void *right,
 *                                          size_t n);
 * a0: bytes readable on both sides and equal, k.  a1: if k < n the difference
 * of the bytes at k, or 0 if one of them could not be read.
 *
 * Method.  Bytes until left is aligned, then its words, each with an aligned
 * word of right or with one put together from two that share its bytes, so that this
 * serves every CPU.  Whatever word differs or faults is gone through by bytes.
 */
#include "asm.h"

#define left $a0
#define right $a1
#define size $a2
#define same $a3
#define last $a4		/* where the last word can start */
#define low $a5			/* the word of right at hand, */
#define high $a6		/* the next one, */
#define from $a7		/* and where that is */
#define shift_low $t2
#define shift_high $t3

FUNC haul_arch_memcmp, 5
	move	same, $zero
	sltui	$t0, size, 16
	bnez	$t0, L(bytes)
L(align):
	add.d	$t0, left, same
	andi	$t0, $t0, 7
	beqz	$t0, L(aligned)
	LOAD	L(unreadable), ldx.bu $t0, left, same
	LOAD	L(unreadable), ldx.bu $t1, right, same
	bne	$t0, $t1, L(differ)
	addi.d	same, same, 1
	b	L(align)

L(aligned):
	addi.d	last, size, -8
	add.d	from, right, same
	slli.d	shift_low, from, 3
	andi	shift_low, shift_low, 63
	bnez	shift_low, L(merge)
	.p2align 4
L(words):
	LOAD	L(bytes), ldx.d $t0, left, same
	LOAD	L(bytes), ldx.d $t1, right, same
	bne	$t0, $t1, L(bytes)
	addi.d	same, same, 8
	bgeu	last, same, L(words)
	b	L(bytes)

L(merge):
	sub.d	shift_high, $zero, shift_low	/* shifts look at six bits */
	bstrins.d from, $zero, 2, 0
	LOAD	L(bytes), ld.d low, from, 0
	.p2align 4
L(merge_words):
	LOAD	L(bytes), ldx.d $t0, left, same
	LOAD	L(bytes), ld.d high, from, 8
	srl.d	low, low, shift_low
	sll.d	$t1, high, shift_high
	or	$t1, $t1, low
	bne	$t0, $t1, L(bytes)
	move	low, high
	addi.d	from, from, 8
	addi.d	same, same, 8
	bgeu	last, same, L(merge_words)

L(bytes):
	bgeu	same, size, L(equal)
	LOAD	L(unreadable), ldx.bu $t0, left, same
	LOAD	L(unreadable), ldx.bu $t1, right, same
	bne	$t0, $t1, L(differ)
	addi.d	same, same, 1
	b	L(bytes)

L(differ):
	move	$a0, same
	sub.d	$a1, $t0, $t1
	jr	$ra
L(equal):
L(unreadable):
	move	$a0, same
	move	$a1, $zero
	jr	$ra
END_FUNC haul_arch_memcmp
