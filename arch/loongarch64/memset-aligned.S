/* SPDX-License-Identifier: MIT */
/*
 * haul_memset for CPUs without unaligned access: every CPU.
 *
 * Under 16 bytes go by bytes, in a row of stores that end at the end and is
 * entered where as many are left.  Beyond, pieces that grow with dst's
 * alignment, eight words an iteration, a row of words, pieces that shrink:
 * every store is of a width that divides its address.  Bytes set are
 * cursor - dst, and perhaps more, which is no harm.
 */
#include "asm.h"

#define dst $a0
#define byte $a1		/* later in every byte of the register */
#define size $a2
#define done $a3
#define end $a3
#define left $a4
#define cursor $t4
#define row_end $t5
#define stop $t6

/* A piece, if that bit is set in test. */
.macro PIECE fixup:req, test:req, bytes:req, st:req, at:req
	andi	$t0, \test, \bytes
	beqz	$t0, .Lno_piece\@
	STORE	\fixup, \st byte, \at, 0
	addi.d	\at, \at, \bytes
.Lno_piece\@:
.endm

/* The head for that many zeros, of 2 to 15 bytes; it lies that many heads
 * before the row, and DISPATCH leaves its address in t0. */
.macro BYTES zeros:req
	HEAD	L(heads), \zeros
	add.d	end, dst, size
	slli.d	$t1, size, 2
	sub.d	$t0, $t0, $t1
	jirl	$zero, $t0, (HEADS - \zeros) * HEAD_BYTES + 15 * 4
.endm

/*
 * The last of them, under 64 bytes from an aligned address on: a row of words,
 * entered as many of its stores before its end, to which pcaddi points; then
 * pieces.
 */
.macro ROW fixup:req, start:req, left:req
	andi	$t0, \left, 0x38
	add.d	row_end, \start, $t0
	srli.d	$t0, $t0, 1
	pcaddi	$t1, 10
	sub.d	$t1, $t1, $t0
	jr	$t1
	.irp	before, 56, 48, 40, 32, 24, 16, 8
	STORE	\fixup, st.d byte, row_end, -\before
	.endr
	andi	$t0, \left, 7
	beqz	$t0, .Lset\@
	PIECE	\fixup, \left, 4, st.w, row_end
	PIECE	\fixup, \left, 2, st.h, row_end
	andi	$t0, \left, 1
	beqz	$t0, .Lset\@
	STORE	\fixup, st.b byte, row_end, 0
.Lset\@:
	move	$a0, size
	jr	$ra
.endm

FUNC haul_arch_memset_aligned, 6
L(heads):
	.rept	58			/* 64 and more */
	bstrins.d byte, byte, 15, 8
	bstrins.d byte, byte, 31, 16
	bstrins.d byte, byte, 63, 32
	b	L(bulk)
	.endr
	.rept	2			/* 16 to 63 */
	bstrins.d byte, byte, 15, 8
	bstrins.d byte, byte, 31, 16
	bstrins.d byte, byte, 63, 32
	b	L(words)
	.endr
	BYTES	60
	BYTES	61
	BYTES	62

	HEAD	L(heads), 63
	STORE	L(restart), st.b byte, dst, 0
	move	$a0, size
	jr	$ra
	nop

	HEAD	L(heads), 64
	move	$a0, $zero
	jr	$ra
	nop
	nop

	HEAD	L(heads), HEADS
	.irp	before, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1
	STORE	L(restart), st.b byte, end, -\before
	.endr
	move	$a0, size
	jr	$ra

L(bulk):
	add.d	end, dst, size
	bltu	end, dst, L(wraps)
	move	cursor, dst
	andi	$t0, dst, 7
	addi.d	stop, end, -64
	beqz	$t0, L(eight)
	PIECE	L(resume), cursor, 1, st.b, cursor
	PIECE	L(resume), cursor, 2, st.h, cursor
	PIECE	L(resume), cursor, 4, st.w, cursor
	sub.d	left, end, cursor
	bltu	stop, cursor, L(row)
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
	sub.d	left, end, cursor
	b	L(row)

L(words_aligned):
	ROW	L(restart), dst, size
L(words):
	andi	$t0, dst, 7
	beqz	$t0, L(words_aligned)
	move	cursor, dst
	PIECE	L(resume), cursor, 1, st.b, cursor
	PIECE	L(resume), cursor, 2, st.h, cursor
	PIECE	L(resume), cursor, 4, st.w, cursor
	add.d	left, dst, size
	sub.d	left, left, cursor
L(row):
	ROW	L(resume), cursor, left

	/* The end lies beyond the address space, so it cannot be aimed at. */
L(wraps):
	move	fact_what, $zero
L(restart):
	move	cursor, dst
L(resume):
	sub.d	done, cursor, dst
	b	haul_arch_memset_resume
END_FUNC haul_arch_memset_aligned
