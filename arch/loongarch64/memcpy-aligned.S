/* SPDX-License-Identifier: MIT */
/*
 * haul_memcpy for CPUs without unaligned access: every CPU.
 *
 * Every access is of a width that divides its address.  Under 16 bytes, a word
 * and pieces that shrink if dst and src are aligned to it, else bytes, in a row
 * of loads and stores that is entered where as many are left.  Beyond, if dst
 * and src are aligned alike, pieces that grow with the alignment, words, pieces;
 * else words of dst are put together from aligned words of src, of which each
 * has bytes that are wanted.
 *
 * The copy ascends, and its fixups are exact to the store: committed is done, or
 * cursor - dst and what each store's fixup adds, or in a row of bytes row_dst -
 * dst less the bytes that were left.  So haul_memmove's forward copies come here
 * as well.
 */
#include "asm.h"

#define dst $a0
#define src $a1
#define size $a2
#define done $a3
#define end $a3
#define left $a3
#define cursor $t4
#define from $t5
#define stop $t6
#define row_src $t2		/* where a row of bytes ends */
#define row_dst $t3
#define at $t4
#define shift_low $t1
#define shift_high $t2
#define merged $t3
#define low $a4			/* the word of src at hand; w1 to w4 follow it */
#define w1 $a5
#define w2 $a6
#define w3 $a7
#define w4 $t0

/* A head that haul_memmove uses too. */
.macro SHARED_HEAD zeros:req, name:req
	HEAD	L(heads), \zeros
	.globl	\name
	.hidden	\name
\name:
.endm

/* A piece, if that bit is set in test. */
.macro PIECE test:req, bytes:req, ld:req, st:req
	andi	$t0, \test, \bytes
	beqz	$t0, .Lno_piece\@
	LOAD	L(resume), \ld $t0, from, 0
	STORE	L(resume), \st $t0, cursor, 0
	addi.d	from, from, \bytes
	addi.d	cursor, cursor, \bytes
.Lno_piece\@:
.endm

/*
 * Bytes before row_dst and row_src, at most as many as are listed; eight times
 * their number in t0, since each is eight bytes of code.  pcaddi points to the
 * end.
 */
.macro ROW first:req, before:vararg
	pcaddi	$t1, 3 + 2 * \first
	sub.d	$t1, $t1, $t0
	jr	$t1
	.irp	i, \first, \before
	LOAD	.Lresume_row\i, ld.bu $t0, row_src, -\i
	STORE	.Lresume_row\i, st.b $t0, row_dst, -\i
	.endr
.endm

/* A word that starts in one word of src and ends in the next. */
.macro MERGE first:req, second:req
	srl.d	\first, \first, shift_low
	sll.d	merged, \second, shift_high
	or	\first, \first, merged
.endm

FUNC haul_arch_memcpy_aligned, 6
L(heads):
	.rept	58			/* 64 and more */
	or	$t2, dst, src
	andi	$t2, $t2, 7
	beqz	$t2, L(bulk)
	b	L(odd)
	.endr
	SHARED_HEAD 58, haul_arch_memcpy_aligned_upto_63
	.rept	2			/* 16 to 63 */
	or	$t2, dst, src
	andi	$t2, $t2, 7
	beqz	$t2, L(upto_63)
	b	L(odd)
	.endr
	SHARED_HEAD 60, haul_arch_memcpy_aligned_upto_15	/* from 8 */
	or	$t2, dst, src
	andi	$t2, $t2, 7
	beqz	$t2, L(upto_15)
	b	L(bytes)
	SHARED_HEAD 61, haul_arch_memcpy_aligned_upto_7
	or	$t2, dst, src
	andi	$t2, $t2, 3
	beqz	$t2, L(upto_7)
	b	L(bytes)
	SHARED_HEAD 62, haul_arch_memcpy_aligned_upto_3	/* the first two and the last */
	LOAD	L(resume_0), ld.bu $t0, src, 0
	LOAD	L(resume_0), ld.bu $t1, src, 1
	addi.d	at, size, -1
	b	L(upto_3)
	HEAD	L(heads), 63
	LOAD	L(resume_0), ld.bu $t0, src, 0
	STORE	L(resume_0), st.b $t0, dst, 0
	move	$a0, size
	jr	$ra
	HEAD	L(heads), 64
	move	$a0, $zero
	jr	$ra

L(upto_3):
	LOAD	L(resume_0), ldx.bu $t2, src, at
	STORE	L(resume_0), st.b $t0, dst, 0
	STORE	L(resume_byte_1), st.b $t1, dst, 1
	STORE	L(resume_byte_2), stx.b $t2, dst, at
	move	$a0, size
	jr	$ra

L(upto_7):
	LOAD	L(resume_0), ld.wu $t0, src, 0
	STORE	L(resume_0), st.w $t0, dst, 0
	andi	$t1, size, 3
	beqz	$t1, L(copied)
	addi.d	cursor, dst, 4
	addi.d	from, src, 4
	b	L(two)
L(upto_15):
	LOAD	L(resume_0), ld.d $t0, src, 0
	STORE	L(resume_0), st.d $t0, dst, 0
	andi	$t1, size, 7
	beqz	$t1, L(copied)
	addi.d	cursor, dst, 8
	addi.d	from, src, 8
	b	L(four)

L(bytes):
	add.d	row_dst, dst, size
	add.d	row_src, src, size
	slli.d	$t0, size, 3
L(bytes_left):
	ROW	15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1
	move	$a0, size
	jr	$ra

	/* Not both aligned: alike, or not even that. */
L(odd):
	xor	$t2, dst, src
	andi	$t2, $t2, 7
	bnez	$t2, L(merge)
	add.d	end, dst, size
	bltu	end, dst, L(wraps)
	move	cursor, dst
	move	from, src
	PIECE	cursor, 1, ld.bu, st.b
	PIECE	cursor, 2, ld.hu, st.h
	PIECE	cursor, 4, ld.wu, st.w
	addi.d	stop, end, -64
	sub.d	left, end, cursor
	sltui	$t0, left, 64
	bnez	$t0, L(words)
	b	L(loop)

L(bulk):
	add.d	end, dst, size
	bltu	end, dst, L(wraps)
	move	cursor, dst
	move	from, src
	addi.d	stop, end, -64
L(loop):
	LOAD	L(resume), ld.d $a4, from, 0
	LOAD	L(resume), ld.d $a5, from, 8
	LOAD	L(resume), ld.d $a6, from, 16
	LOAD	L(resume), ld.d $a7, from, 24
	LOAD	L(resume), ld.d $t0, from, 32
	LOAD	L(resume), ld.d $t1, from, 40
	LOAD	L(resume), ld.d $t2, from, 48
	LOAD	L(resume), ld.d $t3, from, 56
	addi.d	from, from, 64
	STORE	L(resume), st.d $a4, cursor, 0
	STORE	L(resume_1), st.d $a5, cursor, 8
	STORE	L(resume_2), st.d $a6, cursor, 16
	STORE	L(resume_3), st.d $a7, cursor, 24
	STORE	L(resume_4), st.d $t0, cursor, 32
	STORE	L(resume_5), st.d $t1, cursor, 40
	STORE	L(resume_6), st.d $t2, cursor, 48
	STORE	L(resume_7), st.d $t3, cursor, 56
	addi.d	cursor, cursor, 64
	bgeu	stop, cursor, L(loop)
	addi.d	left, stop, 64
	sub.d	left, left, cursor
	b	L(words)

L(upto_63):
	move	cursor, dst
	move	from, src
	move	left, size
L(words):
	andi	$t0, left, 32
	beqz	$t0, L(no_32)
	LOAD	L(resume), ld.d $a4, from, 0
	LOAD	L(resume), ld.d $a5, from, 8
	LOAD	L(resume), ld.d $a6, from, 16
	LOAD	L(resume), ld.d $a7, from, 24
	addi.d	from, from, 32
	STORE	L(resume), st.d $a4, cursor, 0
	STORE	L(resume_1), st.d $a5, cursor, 8
	STORE	L(resume_2), st.d $a6, cursor, 16
	STORE	L(resume_3), st.d $a7, cursor, 24
	addi.d	cursor, cursor, 32
L(no_32):
	andi	$t0, left, 16
	beqz	$t0, L(no_16)
	LOAD	L(resume), ld.d $a4, from, 0
	LOAD	L(resume), ld.d $a5, from, 8
	addi.d	from, from, 16
	STORE	L(resume), st.d $a4, cursor, 0
	STORE	L(resume_1), st.d $a5, cursor, 8
	addi.d	cursor, cursor, 16
L(no_16):
	PIECE	left, 8, ld.d, st.d
	andi	$t1, left, 7
	beqz	$t1, L(copied)
L(four):
	PIECE	$t1, 4, ld.wu, st.w
L(two):
	PIECE	$t1, 2, ld.hu, st.h
	andi	$t1, $t1, 1
	beqz	$t1, L(copied)
	LOAD	L(resume), ld.bu $t0, from, 0
	STORE	L(resume), st.b $t0, cursor, 0
L(copied):
	move	$a0, size
	jr	$ra

	/* Bytes until dst is aligned, then words whose start is in low and whose end
	 * in the next word of src. */
L(merge):
	pcalau12i $t0, %pc_hi20(haul_arch_merge_threshold)
	ld.d	$t0, $t0, %pc_lo12(haul_arch_merge_threshold)
	bltu	size, $t0, L(next_byte_from_0)
	add.d	end, dst, size
	bltu	end, dst, L(wraps)
	sub.d	$a4, $zero, dst
	andi	$a4, $a4, 7
	add.d	row_dst, dst, $a4
	add.d	row_src, src, $a4
	slli.d	$t0, $a4, 3
	ROW	7, 6, 5, 4, 3, 2, 1
	move	cursor, row_dst
	move	from, row_src
	slli.d	shift_low, from, 3		/* shifts look at six bits */
	sub.d	shift_high, $zero, shift_low
	bstrins.d from, $zero, 2, 0
	LOAD	L(resume), ld.d low, from, 0
	sub.d	$t0, end, cursor
	sltui	$t0, $t0, 64
	addi.d	stop, end, -64
	bnez	$t0, L(merge_32)
L(merge_loop):
	LOAD	L(resume), ld.d w1, from, 8
	LOAD	L(resume), ld.d w2, from, 16
	LOAD	L(resume), ld.d w3, from, 24
	LOAD	L(resume), ld.d w4, from, 32
	MERGE	low, w1
	MERGE	w1, w2
	MERGE	w2, w3
	MERGE	w3, w4
	STORE	L(resume), st.d low, cursor, 0
	STORE	L(resume_1), st.d w1, cursor, 8
	STORE	L(resume_2), st.d w2, cursor, 16
	STORE	L(resume_3), st.d w3, cursor, 24
	LOAD	L(resume_4), ld.d w1, from, 40
	LOAD	L(resume_4), ld.d w2, from, 48
	LOAD	L(resume_4), ld.d w3, from, 56
	LOAD	L(resume_4), ld.d low, from, 64
	MERGE	w4, w1
	MERGE	w1, w2
	MERGE	w2, w3
	MERGE	w3, low
	STORE	L(resume_4), st.d w4, cursor, 32
	STORE	L(resume_5), st.d w1, cursor, 40
	STORE	L(resume_6), st.d w2, cursor, 48
	STORE	L(resume_7), st.d w3, cursor, 56
	addi.d	from, from, 64
	addi.d	cursor, cursor, 64
	bgeu	stop, cursor, L(merge_loop)
L(merge_32):
	addi.d	$t0, cursor, 32
	bltu	end, $t0, L(merge_words)
	LOAD	L(resume), ld.d w1, from, 8
	LOAD	L(resume), ld.d w2, from, 16
	LOAD	L(resume), ld.d w3, from, 24
	LOAD	L(resume), ld.d w4, from, 32
	MERGE	low, w1
	MERGE	w1, w2
	MERGE	w2, w3
	MERGE	w3, w4
	STORE	L(resume), st.d low, cursor, 0
	STORE	L(resume_1), st.d w1, cursor, 8
	STORE	L(resume_2), st.d w2, cursor, 16
	STORE	L(resume_3), st.d w3, cursor, 24
	addi.d	from, from, 32
	addi.d	cursor, cursor, 32
	move	low, w4
L(merge_words):
	addi.d	stop, end, -8
	bltu	stop, cursor, L(merge_rest)
L(merge_word):
	LOAD	L(resume), ld.d w1, from, 8
	MERGE	low, w1
	STORE	L(resume), st.d low, cursor, 0
	addi.d	from, from, 8
	addi.d	cursor, cursor, 8
	move	low, w1
	bgeu	stop, cursor, L(merge_word)
L(merge_rest):
	move	row_dst, end
	add.d	row_src, src, size
	sub.d	$t0, end, cursor
	slli.d	$t0, $t0, 3
	b	L(bytes_left)

L(next_byte_from_0):
	move	done, $zero
L(next_byte):
	LOAD	L(resume_done), ldx.bu $t0, src, done
	STORE	L(resume_done), stx.b $t0, dst, done
	addi.d	done, done, 1
	bltu	done, size, L(next_byte)
	move	$a0, size
	jr	$ra

	/* The end lies beyond the address space, so it cannot be aimed at. */
L(wraps):
	move	fact_what, $zero
L(resume_0):
	move	done, $zero
	b	haul_arch_memcpy_resume
L(resume_byte_1):
	ori	done, $zero, 1
	b	haul_arch_memcpy_resume
L(resume_byte_2):
	ori	done, $zero, 2
	b	haul_arch_memcpy_resume

	.irp	stored, 7, 6, 5, 4, 3, 2, 1
.Lresume_\stored:
	addi.d	cursor, cursor, 8
	.endr
L(resume):
	sub.d	done, cursor, dst
L(resume_done):
	b	haul_arch_memcpy_resume

	.irp	before, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1
.Lresume_row\before:
	ori	$t0, $zero, \before
	b	L(resume_row)
	.endr
L(resume_row):
	sub.d	done, row_dst, dst
	sub.d	done, done, $t0
	b	haul_arch_memcpy_resume
END_FUNC haul_arch_memcpy_aligned
