/* SPDX-License-Identifier: MIT */
/*
 * The body of the variants of haul_memmove for CPUs with unaligned access.  A
 * variant defines
 *   NAME     its function;  MEMCPY  the same variant of haul_memcpy
 *   BACKWARD  moves backward with aligned stores, if dst and src are aligned
 *            alike with aligned loads too
 *   VEC      bytes per vector: 8, 16 or 32
 *   V(i)     vector register i, 0 to 3; not a0 to a3, t0 to t5
 *   LD ST    move a vector
 *
 * In: dst, src, size.  Code begins with the heads of DISPATCH.  Up to 63 bytes
 * are two pieces that may overlap, a piece up to 32 bytes, in the registers that
 * haul_arch_memmove_finish takes or can be given.
 *
 * Beyond, for ranges that overlap, dst is aligned and four vectors an iteration
 * are loaded before they are stored.  If the ranges are a vector or more apart,
 * what a store that spans two pages could have written has its source outside of
 * what is not moved yet; so the first and the last vector need no alignment.  If
 * they are closer, the head goes by pieces that grow with the alignment, the end
 * by words and pieces that shrink.
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
#define width $a3
#define again $t2
#define wide $t2			/* the ranges are a vector or more apart */
#define stop $t3
#define cursor $t4
#define from $t5
#define end $t1
#define at $t4			/* in the size classes: offset of the last piece, */
#define src_end $t4		/* or where both sides end */
#define dst_end $t5

#if VEC == 32
#define BULK_BITS 8
#define VEC_BITS 5
#elif VEC == 16
#define BULK_BITS 7
#define VEC_BITS 4
#else
#define BULK_BITS 6
#define VEC_BITS 3
#endif

/* Sizes that haul_memcpy serves unless the ranges overlap. */
.macro LARGE label:req
	sub.d	$t0, dst, src
	bltu	$t0, size, L(backward_wide)
	sub.d	$t0, src, dst
	b	\label
.endm

/* A class of two pieces in one register each. */
.macro TWO_PIECES zeros:req, bytes:req, ld:req, ldx:req, first:req, second:req
	HEAD	L(heads), \zeros
	LOAD	L(unmoved), \ld \first, src, 0
	addi.d	at, size, -\bytes
	LOAD	L(unmoved), \ldx \second, src, at
	b	.Lstore\zeros
.endm
.macro STORE_TWO zeros:req, bytes:req, st:req, stx:req, first:req, second:req
	.p2align 4
.Lstore\zeros:
	STORE	L(finish_\bytes), \st \first, dst, 0
	STORE	L(finish_\bytes), \stx \second, dst, at
	move	$a0, size
	jr	$ra
.endm

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

FUNC BACKWARD, 5
	add.d	cursor, dst, size
	add.d	from, src, size
	bltu	cursor, dst, L(backward_wraps)
L(backward):
	move	wide, $zero
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
L(backward_ready):
	addi.d	stop, dst, 4 * VEC
	bltu	cursor, stop, L(backward_vectors)
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
	bnez	wide, L(backward_last)
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

L(backward_last):
	beq	cursor, dst, L(backward_moved)
	LOAD	L(backward_resume), LD V(0), src, 0
	STORE	L(backward_resume), ST V(0), dst, 0
L(backward_moved):
	move	$a0, size
	jr	$ra

L(backward_bytes):
	PIECES_DOWN 1, ld.bu, st.b, $t0
	move	$a0, size
	jr	$ra

	/* The end lies beyond the address space, so it cannot be aimed at: find the
	 * first byte that fails from the front. */
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
L(resume_backward):
	la.local again, L(backward)
	b	haul_arch_memmove_resume_backward
END_FUNC BACKWARD

FUNC NAME, 6
L(heads):
	.rept	64 - BULK_BITS
	LARGE	L(bulk)
	.endr
	.rept	BULK_BITS - 6
	LARGE	L(class)
	.endr

#if VEC == 32
	TWO_PIECES 58, 32, xvld, xvldx, $xr0, $xr1
#elif VEC == 16
	HEAD	L(heads), 58
	LOAD	L(unmoved), vld $vr0, src, 0
	LOAD	L(unmoved), vld $vr1, src, 16
	add.d	src_end, src, size
	b	L(upto_63)
#endif
#if VEC >= 16
	TWO_PIECES 59, 16, vld, vldx, $vr0, $vr1
#else
	HEAD	L(heads), 58
	LOAD	L(unmoved), ld.d $t0, src, 0
	LOAD	L(unmoved), ld.d $t1, src, 8
	add.d	src_end, src, size
	b	L(upto_63)

	HEAD	L(heads), 59
	LOAD	L(unmoved), ld.d $t0, src, 0
	LOAD	L(unmoved), ld.d $t1, src, 8
	add.d	src_end, src, size
	b	L(upto_31)
#endif
	TWO_PIECES 60, 8, ld.d, ldx.d, $t0, $a4
	TWO_PIECES 61, 4, ld.wu, ldx.wu, $t0, $a4
	TWO_PIECES 62, 2, ld.hu, ldx.hu, $t0, $a4

	HEAD	L(heads), 63
	LOAD	L(unmoved), ld.bu $t0, src, 0
	STORE	L(unmoved), st.b $t0, dst, 0
	move	$a0, size
	jr	$ra

	HEAD	L(heads), 64
	move	$a0, $zero
	jr	$ra

	/* All of haul_memcpy's heads for bulk are alike; for its other classes, the
	 * size's leading zeros are still in t1. */
L(bulk):
	bltu	$t0, size, L(forward)
	b	MEMCPY
#if VEC > 8
L(class):
	bltu	$t0, size, L(forward)
	la.local $t0, MEMCPY
	alsl.d	$t0, $t1, $t0, 4
	jr	$t0
#endif

#if VEC == 32
	STORE_TWO 58, 32, xvst, xvstx, $xr0, $xr1
#endif
#if VEC >= 16
	STORE_TWO 59, 16, vst, vstx, $vr0, $vr1
#endif
	STORE_TWO 60, 8, st.d, stx.d, $t0, $a4
	STORE_TWO 61, 4, st.w, stx.w, $t0, $a4
	STORE_TWO 62, 2, st.h, stx.h, $t0, $a4

#if VEC == 16
	.p2align 4
L(upto_63):
	LOAD	L(unmoved), vld $vr2, src_end, -32
	LOAD	L(unmoved), vld $vr3, src_end, -16
	add.d	dst_end, dst, size
	STORE	L(finish_32), vst $vr0, dst, 0
	STORE	L(finish_32), vst $vr1, dst, 16
	STORE	L(finish_32), vst $vr2, dst_end, -32
	STORE	L(finish_32), vst $vr3, dst_end, -16
	move	$a0, size
	jr	$ra
#elif VEC == 8
	.p2align 4
L(upto_31):
	LOAD	L(unmoved), ld.d $a4, src_end, -16
	LOAD	L(unmoved), ld.d $a5, src_end, -8
	add.d	dst_end, dst, size
	STORE	L(finish_16), st.d $t0, dst, 0
	STORE	L(finish_16), st.d $t1, dst, 8
	STORE	L(finish_16), st.d $a4, dst_end, -16
	STORE	L(finish_16), st.d $a5, dst_end, -8
	move	$a0, size
	jr	$ra

	.p2align 4
L(upto_63):
	LOAD	L(unmoved), ld.d $t2, src, 16
	LOAD	L(unmoved), ld.d $t3, src, 24
	LOAD	L(unmoved), ld.d $a4, src_end, -32
	LOAD	L(unmoved), ld.d $a5, src_end, -24
	LOAD	L(unmoved), ld.d $a6, src_end, -16
	LOAD	L(unmoved), ld.d $a7, src_end, -8
	add.d	dst_end, dst, size
	STORE	L(finish_32), st.d $t0, dst, 0
	STORE	L(finish_32), st.d $t1, dst, 8
	STORE	L(finish_32), st.d $t2, dst, 16
	STORE	L(finish_32), st.d $t3, dst, 24
	STORE	L(finish_32), st.d $a4, dst_end, -32
	STORE	L(finish_32), st.d $a5, dst_end, -24
	STORE	L(finish_32), st.d $a6, dst_end, -16
	STORE	L(finish_32), st.d $a7, dst_end, -8
	move	$a0, size
	jr	$ra
#endif

L(finish_32):
#if VEC == 32
	xvpickve2gr.d $t0, $xr0, 0
	xvpickve2gr.d $t1, $xr0, 1
	xvpickve2gr.d $t2, $xr0, 2
	xvpickve2gr.d $t3, $xr0, 3
	xvpickve2gr.d $a4, $xr1, 0
	xvpickve2gr.d $a5, $xr1, 1
	xvpickve2gr.d $a6, $xr1, 2
	xvpickve2gr.d $a7, $xr1, 3
#elif VEC == 16
	vpickve2gr.d $t0, $vr0, 0
	vpickve2gr.d $t1, $vr0, 1
	vpickve2gr.d $t2, $vr1, 0
	vpickve2gr.d $t3, $vr1, 1
	vpickve2gr.d $a4, $vr2, 0
	vpickve2gr.d $a5, $vr2, 1
	vpickve2gr.d $a6, $vr3, 0
	vpickve2gr.d $a7, $vr3, 1
#endif
	ori	width, $zero, 32
	b	haul_arch_memmove_finish
L(finish_16):
#if VEC >= 16
	vpickve2gr.d $t0, $vr0, 0
	vpickve2gr.d $t1, $vr0, 1
	vpickve2gr.d $a4, $vr1, 0
	vpickve2gr.d $a5, $vr1, 1
#endif
	ori	width, $zero, 16
	b	haul_arch_memmove_finish
L(finish_8):
	ori	width, $zero, 8
	b	haul_arch_memmove_finish
L(finish_4):
	ori	width, $zero, 4
	b	haul_arch_memmove_finish
L(finish_2):
	ori	width, $zero, 2
	b	haul_arch_memmove_finish

	/* A load of a size class faulted: nothing is stored. */
L(unmoved):
	sub.d	$t0, dst, src
	move	left, size
	bltu	$t0, size, L(resume_backward)
	move	done, $zero
	b	haul_arch_memcpy_resume
	/* Overlaps of 64 bytes and more; how far apart in t0. */
L(forward):
	sltui	$t0, $t0, VEC
	add.d	end, dst, size
	bltu	end, dst, L(forward_wraps)
	bnez	$t0, L(forward_close)
	LOAD	L(unmoved), LD V(0), src, 0
	ori	cursor, dst, VEC - 1
	addi.d	cursor, cursor, 1
	sub.d	from, cursor, dst
	add.d	from, from, src
	STORE	L(unmoved), ST V(0), dst, 0
	ori	wide, $zero, 1
L(forward_ready):
	sub.d	left, end, cursor
	sltui	$t0, left, 4 * VEC
	bnez	$t0, L(forward_vectors)
	addi.d	stop, end, -4 * VEC
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
	beqz	wide, L(forward_words)
	beq	cursor, end, L(forward_moved)
	add.d	from, src, size
	LOAD	L(forward_resume), LD V(0), from, -VEC
	STORE	L(forward_resume), ST V(0), end, -VEC
L(forward_moved):
	move	$a0, size
	jr	$ra

L(forward_close):
	move	cursor, dst
	move	from, src
	move	wide, $zero
	PIECE_UP cursor, 1, ld.bu, st.b, $t0
	PIECE_UP cursor, 2, ld.hu, st.h, $t0
	PIECE_UP cursor, 4, ld.wu, st.w, $t0
#if VEC > 8
	PIECE_UP cursor, 8, ld.d, st.d, $t0
#endif
#if VEC > 16
	PIECE_UP cursor, 16, vld, vst, $vr0
#endif
	b	L(forward_ready)
L(forward_words):
#if VEC > 8
	PIECES_UP 8, ld.d, st.d, $t0
#endif
	sub.d	left, end, cursor
	PIECE_UP left, 4, ld.wu, st.w, $t0
	PIECE_UP left, 2, ld.hu, st.h, $t0
	PIECE_UP left, 1, ld.bu, st.b, $t0
	move	$a0, size
	jr	$ra

L(forward_wraps):
	move	fact_what, $zero
	b	L(unmoved)
L(forward_resume_3):
	addi.d	cursor, cursor, VEC
L(forward_resume_2):
	addi.d	cursor, cursor, VEC
L(forward_resume_1):
	addi.d	cursor, cursor, VEC
L(forward_resume):
	sub.d	done, cursor, dst
	beqz	wide, L(forward_counted)
	sltui	$t0, done, VEC		/* the head may reach beyond the first cursor */
	beqz	$t0, L(forward_counted)
	ori	done, $zero, VEC
L(forward_counted):
	b	haul_arch_memcpy_resume

L(backward_wide):
	sltui	$t0, $t0, VEC
	bnez	$t0, BACKWARD
	add.d	end, dst, size
	bltu	end, dst, BACKWARD
	add.d	from, src, size
	LOAD	L(unmoved), LD V(0), from, -VEC
	addi.d	cursor, end, -1
	bstrins.d cursor, $zero, VEC_BITS - 1, 0
	STORE	L(unmoved), ST V(0), end, -VEC
	sub.d	$t0, end, cursor
	sub.d	from, from, $t0
	ori	wide, $zero, 1
	b	L(backward_ready)
END_FUNC NAME
