/* SPDX-License-Identifier: MIT */
/*
 * haul_memcpy for CPUs without unaligned access: every CPU.
 *
 * Every access is of a width that divides its address.  Where src and dst are
 * aligned alike this is the overlapping move's forward half, all of whose
 * stores, and then its loads too, are such.  Else words of dst are put together
 * from aligned words of src, of which each has bytes that are wanted.
 *
 * Committed is done by the byte, else cursor - dst; of the four words of an
 * iteration each store's fixup counts those before it, so that the forward half
 * of haul_memmove can come here as well.
 */
#include "asm.h"

#define dst $a0
#define src $a1
#define size $a2
#define done $a3
#define end $a3
#define cursor $t4
#define from $t5
#define stop $t6
#define low $a4			/* the word of src at hand; w0 to w3 follow it */
#define w0 $a5
#define w1 $a6
#define w2 $a7
#define w3 $t0
#define shift_low $t1
#define shift_high $t2
#define out $t3

/* A word that starts in one word of src and ends in the next. */
.macro MERGE first:req, second:req
	srl.d	\first, \first, shift_low
	sll.d	out, \second, shift_high
	or	\first, \first, out
.endm

FUNC haul_arch_memcpy_aligned, 6
L(heads):
	.rept	60			/* 16 and more */
	xor	$t0, dst, src
	andi	$t0, $t0, 7
	move	done, $zero
	b	L(words)
	.endr

	HEAD	L(heads), 60		/* 8 to 15 */
	or	$t0, dst, src
	andi	$t0, $t0, 7
	move	done, $zero
	b	L(word)

	HEAD	L(heads), 61		/* 4 to 7 */
	or	$t0, dst, src
	andi	$t0, $t0, 3
	move	done, $zero
	b	L(half_word)

	HEAD	L(heads), 62		/* 2 and 3 */
	move	done, $zero
	b	L(bytes)

	HEAD	L(heads), 63
	LOAD	L(restart), ld.bu $t0, src, 0
	STORE	L(restart), st.b $t0, dst, 0
	move	$a0, size
	jr	$ra

	HEAD	L(heads), 64
	move	$a0, $zero
	jr	$ra

L(word):
	bnez	$t0, L(bytes)
	LOAD	L(resume_done), ld.d $t0, src, 0
	STORE	L(resume_done), st.d $t0, dst, 0
	ori	done, $zero, 8
	andi	$t0, size, 4
	beqz	$t0, L(bytes_if_any)
	b	L(four)
L(half_word):
	bnez	$t0, L(bytes)
L(four):
	LOAD	L(resume_done), ldx.wu $t0, src, done
	STORE	L(resume_done), stx.w $t0, dst, done
	addi.d	done, done, 4

L(bytes_if_any):
	beq	done, size, L(copied)
	.p2align 4
L(bytes):
	LOAD	L(resume_done), ldx.bu $t0, src, done
	STORE	L(resume_done), stx.b $t0, dst, done
	addi.d	done, done, 1
	bltu	done, size, L(bytes)
L(copied):
	move	$a0, size
	jr	$ra

L(words):
	bnez	$t0, haul_arch_memcpy_merge
	b	haul_arch_memmove_unaligned_forward

L(restart):
	move	done, $zero
L(resume_done):
	b	haul_arch_memcpy_resume
END_FUNC haul_arch_memcpy_aligned

/* In: dst, src, size, misaligned to one another, done 0. */
FUNC haul_arch_memcpy_merge
	pcalau12i $t0, %pc_hi20(haul_arch_merge_threshold)
	ld.d	$t0, $t0, %pc_lo12(haul_arch_merge_threshold)
	bltu	size, $t0, L(merge_bytes)
L(merge_align):
	add.d	cursor, dst, done
	andi	$t0, cursor, 7
	beqz	$t0, L(merge)
	LOAD	L(merge_resume_done), ldx.bu $t0, src, done
	STORE	L(merge_resume_done), stx.b $t0, dst, done
	addi.d	done, done, 1
	b	L(merge_align)

L(merge):
	add.d	from, src, done
	add.d	$t0, dst, size
	bltu	$t0, dst, L(merge_bytes)	/* the end cannot be aimed at */
	move	end, $t0
	slli.d	shift_low, from, 3		/* shifts look at six bits */
	sub.d	shift_high, $zero, shift_low
	bstrins.d from, $zero, 2, 0
	LOAD	L(merge_resume), ld.d low, from, 0
	addi.d	stop, end, -32
	addi.d	$t0, cursor, 32
	bltu	end, $t0, L(merge_next)
	.p2align 4
L(merge_four):
	LOAD	L(merge_resume), ld.d w0, from, 8
	LOAD	L(merge_resume), ld.d w1, from, 16
	LOAD	L(merge_resume), ld.d w2, from, 24
	LOAD	L(merge_resume), ld.d w3, from, 32
	addi.d	from, from, 32
	MERGE	low, w0
	MERGE	w0, w1
	MERGE	w1, w2
	MERGE	w2, w3
	STORE	L(merge_resume), st.d low, cursor, 0
	STORE	L(merge_resume_1), st.d w0, cursor, 8
	STORE	L(merge_resume_2), st.d w1, cursor, 16
	STORE	L(merge_resume_3), st.d w2, cursor, 24
	addi.d	cursor, cursor, 32
	move	low, w3
	bgeu	stop, cursor, L(merge_four)

L(merge_next):
	addi.d	$t0, cursor, 8
	bltu	end, $t0, L(merge_rest)
	LOAD	L(merge_resume), ld.d w0, from, 8
	MERGE	low, w0
	STORE	L(merge_resume), st.d low, cursor, 0
	addi.d	from, from, 8
	addi.d	cursor, cursor, 8
	move	low, w0
	b	L(merge_next)
L(merge_rest):
	sub.d	done, cursor, dst
L(merge_bytes):
	beq	done, size, L(merged)
	LOAD	L(merge_resume_done), ldx.bu $t0, src, done
	STORE	L(merge_resume_done), stx.b $t0, dst, done
	addi.d	done, done, 1
	b	L(merge_bytes)
L(merged):
	move	$a0, size
	jr	$ra

L(merge_resume_3):
	addi.d	cursor, cursor, 8
L(merge_resume_2):
	addi.d	cursor, cursor, 8
L(merge_resume_1):
	addi.d	cursor, cursor, 8
L(merge_resume):
	sub.d	done, cursor, dst
L(merge_resume_done):
	b	haul_arch_memcpy_resume
END_FUNC haul_arch_memcpy_merge
