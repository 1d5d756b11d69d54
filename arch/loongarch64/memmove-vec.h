/* SPDX-License-Identifier: MIT */
/*
 * The body of the variants of haul_memmove for ranges that overlap.  A variant
 * defines
 *   NAME     its function;  FORWARD  its forward half, for any ranges
 *   VEC      bytes per vector: 8, 16 or 32
 *   V(i)     vector register i, 0 to 3; not a0 to a3, t0, t2 to t5
 *   LD ST    move a vector
 *
 * In: dst, src, size.  Pieces that grow with dst's alignment, then four vectors
 * an iteration, loaded before they are stored; what is left goes by vectors, by
 * words, by pieces that shrink.  So every store is aligned to its width, and if
 * src and dst are aligned alike, so is every load.
 *
 * Moved is what lies between dst, or going backward its end, and cursor; from
 * is there in src.  Of the four vectors each store's fixup counts those before
 * it.  The backward half does not touch the fact registers, because it is also
 * how haul_arch_memmove_resume_backward goes on.
 */

#define dst $a0
#define src $a1
#define size $a2
#define done $a3		/* for a fixup: [0, done) is moved */
#define left $a3
#define again $t2
#define stop $t3
#define cursor $t4
#define from $t5
#define end $t1

/* A piece, if that bit is set in test. */
.macro PIECE_UP test:req, bytes:req, ld:req, st:req, reg:req
	andi	$t0, \test, \bytes
	beqz	$t0, .Lno_piece\@
	LOAD	L(forward_resume), \ld \reg, from, 0
	STORE	L(forward_resume), \st \reg, cursor, 0
	addi.d	from, from, \bytes
	addi.d	cursor, cursor, \bytes
.Lno_piece\@:
.endm
.macro PIECE_DOWN test:req, bytes:req, ld:req, st:req, reg:req
	andi	$t0, \test, \bytes
	beqz	$t0, .Lno_piece\@
	LOAD	L(backward_resume), \ld \reg, from, -\bytes
	STORE	L(backward_resume), \st \reg, cursor, -\bytes
	addi.d	from, from, -\bytes
	addi.d	cursor, cursor, -\bytes
.Lno_piece\@:
.endm

/* Pieces of one width as long as there are that many bytes. */
.macro PIECES_UP bytes:req, ld:req, st:req, reg:req
	sub.d	left, end, cursor
	sltui	$t0, left, \bytes
	bnez	$t0, .Lno_pieces\@
	addi.d	stop, end, -\bytes
.Lnext_piece\@:
	LOAD	L(forward_resume), \ld \reg, from, 0
	STORE	L(forward_resume), \st \reg, cursor, 0
	addi.d	from, from, \bytes
	addi.d	cursor, cursor, \bytes
	bgeu	stop, cursor, .Lnext_piece\@
.Lno_pieces\@:
.endm
.macro PIECES_DOWN bytes:req, ld:req, st:req, reg:req
	addi.d	stop, dst, \bytes
	bltu	cursor, stop, .Lno_pieces\@
.Lnext_piece\@:
	LOAD	L(backward_resume), \ld \reg, from, -\bytes
	STORE	L(backward_resume), \st \reg, cursor, -\bytes
	addi.d	from, from, -\bytes
	addi.d	cursor, cursor, -\bytes
	bgeu	cursor, stop, .Lnext_piece\@
.Lno_pieces\@:
.endm

FUNC FORWARD, 5
	move	cursor, dst
	move	from, src
	add.d	end, dst, size
	bltu	end, dst, L(forward_wraps)
	sltui	$t0, size, 8
	bnez	$t0, L(forward_bytes)
	PIECE_UP cursor, 1, ld.bu, st.b, $t0
	PIECE_UP cursor, 2, ld.hu, st.h, $t0
	PIECE_UP cursor, 4, ld.wu, st.w, $t0
#if VEC > 8
	sub.d	left, end, cursor
	sltui	$t0, left, 2 * VEC
	bnez	$t0, L(forward_words)
	PIECE_UP cursor, 8, ld.d, st.d, $t0
#endif
#if VEC > 16
	PIECE_UP cursor, 16, vld, vst, $vr0
#endif
	sub.d	left, end, cursor
	sltui	$t0, left, 4 * VEC
	bnez	$t0, L(forward_vectors)
	addi.d	stop, end, -4 * VEC
	.p2align 5
L(forward_loop):
	LOAD	L(forward_resume), LD V(0), from, 0
	LOAD	L(forward_resume), LD V(1), from, VEC
	LOAD	L(forward_resume), LD V(2), from, 2 * VEC
	LOAD	L(forward_resume), LD V(3), from, 3 * VEC
	addi.d	from, from, 4 * VEC
	STORE	L(forward_resume), ST V(0), cursor, 0
	STORE	L(forward_resume_1), ST V(1), cursor, VEC
	STORE	L(forward_resume_2), ST V(2), cursor, 2 * VEC
	STORE	L(forward_resume_3), ST V(3), cursor, 3 * VEC
	addi.d	cursor, cursor, 4 * VEC
	bgeu	stop, cursor, L(forward_loop)
L(forward_vectors):
	PIECES_UP VEC, LD, ST, V(0)
#if VEC > 8
L(forward_words):
	PIECES_UP 8, ld.d, st.d, $t0
#endif
	sub.d	left, end, cursor
	PIECE_UP left, 4, ld.wu, st.w, $t0
	PIECE_UP left, 2, ld.hu, st.h, $t0
	PIECE_UP left, 1, ld.bu, st.b, $t0
	move	$a0, size
	jr	$ra

L(forward_bytes):
	PIECES_UP 1, ld.bu, st.b, $t0
	move	$a0, size
	jr	$ra

	/* The end lies beyond the address space, so it cannot be aimed at. */
L(forward_wraps):
	move	fact_what, $zero
	b	L(forward_resume)
L(forward_resume_3):
	addi.d	cursor, cursor, VEC
L(forward_resume_2):
	addi.d	cursor, cursor, VEC
L(forward_resume_1):
	addi.d	cursor, cursor, VEC
L(forward_resume):
	sub.d	done, cursor, dst
	b	haul_arch_memcpy_resume
END_FUNC FORWARD

FUNC NAME, 5
	bltu	dst, src, FORWARD
	add.d	cursor, dst, size
	add.d	from, src, size
	bltu	cursor, dst, L(backward_wraps)
L(backward):
	sub.d	left, cursor, dst
	sltui	$t0, left, 8
	bnez	$t0, L(backward_bytes)
	PIECE_DOWN cursor, 1, ld.bu, st.b, $t0
	PIECE_DOWN cursor, 2, ld.hu, st.h, $t0
	PIECE_DOWN cursor, 4, ld.wu, st.w, $t0
#if VEC > 8
	sub.d	left, cursor, dst
	sltui	$t0, left, 2 * VEC
	bnez	$t0, L(backward_words)
	PIECE_DOWN cursor, 8, ld.d, st.d, $t0
#endif
#if VEC > 16
	PIECE_DOWN cursor, 16, vld, vst, $vr0
#endif
	addi.d	stop, dst, 4 * VEC
	bltu	cursor, stop, L(backward_vectors)
	.p2align 5
L(backward_loop):
	LOAD	L(backward_resume), LD V(0), from, -VEC
	LOAD	L(backward_resume), LD V(1), from, -2 * VEC
	LOAD	L(backward_resume), LD V(2), from, -3 * VEC
	LOAD	L(backward_resume), LD V(3), from, -4 * VEC
	addi.d	from, from, -4 * VEC
	STORE	L(backward_resume), ST V(0), cursor, -VEC
	STORE	L(backward_resume_1), ST V(1), cursor, -2 * VEC
	STORE	L(backward_resume_2), ST V(2), cursor, -3 * VEC
	STORE	L(backward_resume_3), ST V(3), cursor, -4 * VEC
	addi.d	cursor, cursor, -4 * VEC
	bgeu	cursor, stop, L(backward_loop)
L(backward_vectors):
	PIECES_DOWN VEC, LD, ST, V(0)
#if VEC > 8
L(backward_words):
	PIECES_DOWN 8, ld.d, st.d, $t0
#endif
	sub.d	left, cursor, dst
	PIECE_DOWN left, 4, ld.wu, st.w, $t0
	PIECE_DOWN left, 2, ld.hu, st.h, $t0
	PIECE_DOWN left, 1, ld.bu, st.b, $t0
	move	$a0, size
	jr	$ra

L(backward_bytes):
	PIECES_DOWN 1, ld.bu, st.b, $t0
	move	$a0, size
	jr	$ra

	/* As above: find the first byte that fails from the front. */
L(backward_wraps):
	move	fact_what, $zero
	move	cursor, $zero
	sub.d	size, $zero, dst
	b	L(backward_resume)
L(backward_resume_3):
	addi.d	cursor, cursor, -VEC
L(backward_resume_2):
	addi.d	cursor, cursor, -VEC
L(backward_resume_1):
	addi.d	cursor, cursor, -VEC
L(backward_resume):
	sub.d	left, cursor, dst
	la.local again, L(backward)
	b	haul_arch_memmove_resume_backward
END_FUNC NAME
