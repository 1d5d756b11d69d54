/* SPDX-License-Identifier: MIT */
/*
 * haul_memset for CPUs without unaligned access: every CPU.
 *
 * Pieces that grow with dst's alignment, eight words an iteration, words,
 * pieces that shrink: every store is of a width that divides its address.
 * Bytes set are cursor - dst.
 */
#include "asm.h"

#define dst $a0
#define byte $a1		/* later in every byte of the register */
#define size $a2
#define done $a3
#define end $a3
#define cursor $t4
#define stop $t6

/* A piece, if that bit is set in test. */
.macro PIECE test:req, bytes:req, st:req
	andi	$t0, \test, \bytes
	beqz	$t0, .Lno_piece\@
	STORE	L(resume), \st byte, cursor, 0
	addi.d	cursor, cursor, \bytes
.Lno_piece\@:
.endm

FUNC haul_arch_memset_aligned, 6
L(heads):
	.rept	61			/* 8 and more */
	bstrins.d byte, byte, 15, 8
	bstrins.d byte, byte, 31, 16
	bstrins.d byte, byte, 63, 32
	b	L(words)
	.endr

	HEAD	L(heads), 61		/* 4 to 7 */
	move	cursor, dst
	add.d	end, dst, size
	b	L(bytes)

	HEAD	L(heads), 62		/* 2 and 3 */
	STORE	L(restart), st.b byte, dst, 0
	STORE	L(restart), st.b byte, dst, 1
	addi.d	cursor, dst, 2
	b	L(odd)

	HEAD	L(heads), 63
	STORE	L(restart), st.b byte, dst, 0
	move	$a0, size
	jr	$ra

	HEAD	L(heads), 64
	move	$a0, $zero
	jr	$ra

L(odd):
	PIECE	size, 1, st.b
	move	$a0, size
	jr	$ra

	.p2align 4
L(bytes):
	STORE	L(resume), st.b byte, cursor, 0
	addi.d	cursor, cursor, 1
	bne	cursor, end, L(bytes)
	move	$a0, size
	jr	$ra

	.p2align 4
L(words):
	add.d	end, dst, size
	move	cursor, dst
	bltu	end, dst, L(wraps)
	PIECE	cursor, 1, st.b
	PIECE	cursor, 2, st.h
	PIECE	cursor, 4, st.w
	sub.d	$t0, end, cursor
	sltui	$t0, $t0, 64
	addi.d	stop, end, -64
	bnez	$t0, L(next_word)
	.p2align 4
L(eight):
	STORE	L(resume), st.d byte, cursor, 0
	STORE	L(resume), st.d byte, cursor, 8
	STORE	L(resume), st.d byte, cursor, 16
	STORE	L(resume), st.d byte, cursor, 24
	STORE	L(resume), st.d byte, cursor, 32
	STORE	L(resume), st.d byte, cursor, 40
	STORE	L(resume), st.d byte, cursor, 48
	STORE	L(resume), st.d byte, cursor, 56
	addi.d	cursor, cursor, 64
	bgeu	stop, cursor, L(eight)
L(next_word):
	sub.d	$t1, end, cursor
	sltui	$t0, $t1, 8
	bnez	$t0, L(rest)
	STORE	L(resume), st.d byte, cursor, 0
	addi.d	cursor, cursor, 8
	b	L(next_word)
L(rest):
	PIECE	$t1, 4, st.w
	PIECE	$t1, 2, st.h
	PIECE	$t1, 1, st.b
	move	$a0, size
	jr	$ra

	/* The end lies beyond the address space, so it cannot be aimed at. */
L(wraps):
	move	fact_what, $zero
L(restart):
	move	cursor, dst
L(resume):
	sub.d	done, cursor, dst
	b	haul_arch_memset_resume
END_FUNC haul_arch_memset_aligned
