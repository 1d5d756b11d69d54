/* SPDX-License-Identifier: MIT */
/*
 * The body of the variants of haul_memcpy for CPUs with unaligned access.  A
 * variant defines
 *   NAME    its function
 *   VEC     bytes per vector: 8, 16 or 32
 *   V(i)    vector register i, 0 to 7; not a0 to a3, t4 to t6
 *   LD ST   move a vector
 *
 * In: dst, src, size.  Code begins with the heads of DISPATCH.  Up to eight
 * vectors everything is loaded first, in pieces that overlap.  Beyond that the
 * head is stored, the destination is aligned, so that no bulk store splits a
 * line or a page, and eight vectors an iteration ascend; the last four vectors
 * end at the end.
 *
 * Registers of the bulk: cursor moves through dst, from with it through src;
 * dst and src stay.  Committed is cursor - dst, at least the head, and cursor
 * moves after an iteration's stores.
 */

#define dst $a0
#define src $a1
#define size $a2
#define done $a3
#define end $a3
#define cursor $t4
#define from $t5
#define stop $t6
#define at $t4			/* in the size classes: offset of the last piece, */
#define src_end $t4		/* or where both sides end */
#define dst_end $t5

#if VEC == 32
#define BULK_BITS 8
#elif VEC == 16
#define BULK_BITS 7
#else
#define BULK_BITS 6
#endif

/* A class of two pieces of that many bytes, which may overlap. */
.macro TWO_PIECES zeros:req, bytes:req, ld:req, ldx:req, first:req, second:req
	HEAD	L(heads), \zeros
	LOAD	L(restart), \ld \first, src, 0
	addi.d	at, size, -\bytes
	LOAD	L(restart), \ldx \second, src, at
	b	.Lstore\zeros
.endm
.macro STORE_TWO zeros:req, st:req, stx:req, first:req, second:req
	.p2align 4
.Lstore\zeros:
	STORE	L(restart), \st \first, dst, 0
	STORE	L(restart), \stx \second, dst, at
	move	$a0, size
	jr	$ra
.endm

FUNC NAME, 6
L(heads):
	.rept	64 - BULK_BITS		/* zeros: eight vectors and more */
	add.d	end, dst, size
	ori	cursor, dst, VEC - 1
	addi.d	cursor, cursor, 1
	b	L(bulk)
	.endr

	HEAD	L(heads), 64 - BULK_BITS
	LOAD	L(restart), LD V(0), src, 0
	LOAD	L(restart), LD V(1), src, VEC
	add.d	src_end, src, size
	b	L(upto_8)

	HEAD	L(heads), 65 - BULK_BITS
	LOAD	L(restart), LD V(0), src, 0
	LOAD	L(restart), LD V(1), src, VEC
	add.d	src_end, src, size
	b	L(upto_4)

#if VEC == 32
	TWO_PIECES 58, 32, xvld, xvldx, $xr0, $xr1
#endif
#if VEC >= 16
	TWO_PIECES 59, 16, vld, vldx, $vr0, $vr1
#endif
	TWO_PIECES 60, 8, ld.d, ldx.d, $t0, $t1
	TWO_PIECES 61, 4, ld.wu, ldx.wu, $t0, $t1
	TWO_PIECES 62, 2, ld.hu, ldx.hu, $t0, $t1

	HEAD	L(heads), 63
	LOAD	L(restart), ld.bu $t0, src, 0
	STORE	L(restart), st.b $t0, dst, 0
	move	$a0, size
	jr	$ra

	HEAD	L(heads), 64
	move	$a0, $zero
	jr	$ra

#if VEC == 32
	STORE_TWO 58, xvst, xvstx, $xr0, $xr1
#endif
#if VEC >= 16
	STORE_TWO 59, vst, vstx, $vr0, $vr1
#endif
	STORE_TWO 60, st.d, stx.d, $t0, $t1
	STORE_TWO 61, st.w, stx.w, $t0, $t1
	STORE_TWO 62, st.h, stx.h, $t0, $t1

	.p2align 4
L(upto_4):
	LOAD	L(restart), LD V(2), src_end, -2 * VEC
	LOAD	L(restart), LD V(3), src_end, -VEC
	add.d	dst_end, dst, size
	STORE	L(restart), ST V(0), dst, 0
	STORE	L(restart), ST V(1), dst, VEC
	STORE	L(restart), ST V(2), dst_end, -2 * VEC
	STORE	L(restart), ST V(3), dst_end, -VEC
	move	$a0, size
	jr	$ra

	.p2align 4
L(upto_8):
	LOAD	L(restart), LD V(2), src, 2 * VEC
	LOAD	L(restart), LD V(3), src, 3 * VEC
	LOAD	L(restart), LD V(4), src_end, -4 * VEC
	LOAD	L(restart), LD V(5), src_end, -3 * VEC
	LOAD	L(restart), LD V(6), src_end, -2 * VEC
	LOAD	L(restart), LD V(7), src_end, -VEC
	add.d	dst_end, dst, size
	STORE	L(restart), ST V(0), dst, 0
	STORE	L(restart), ST V(1), dst, VEC
	STORE	L(restart), ST V(2), dst, 2 * VEC
	STORE	L(restart), ST V(3), dst, 3 * VEC
	STORE	L(restart), ST V(4), dst_end, -4 * VEC
	STORE	L(restart), ST V(5), dst_end, -3 * VEC
	STORE	L(restart), ST V(6), dst_end, -2 * VEC
	STORE	L(restart), ST V(7), dst_end, -VEC
	move	$a0, size
	jr	$ra

	.p2align 5
	nop				/* aligns the loop, and is not in its way */
L(bulk):
	bltu	end, dst, L(wraps)
	LOAD	L(restart), LD V(0), src, 0
	sub.d	from, cursor, dst
	add.d	from, from, src
	addi.d	stop, end, -8 * VEC
	STORE	L(restart), ST V(0), dst, 0
	bltu	stop, cursor, L(last)

L(loop):
	LOAD	L(resume), LD V(0), from, 0
	LOAD	L(resume), LD V(1), from, VEC
	LOAD	L(resume), LD V(2), from, 2 * VEC
	LOAD	L(resume), LD V(3), from, 3 * VEC
	LOAD	L(resume), LD V(4), from, 4 * VEC
	LOAD	L(resume), LD V(5), from, 5 * VEC
	LOAD	L(resume), LD V(6), from, 6 * VEC
	LOAD	L(resume), LD V(7), from, 7 * VEC
	addi.d	from, from, 8 * VEC
	STORE	L(resume), ST V(0), cursor, 0
	STORE	L(resume), ST V(1), cursor, VEC
	STORE	L(resume), ST V(2), cursor, 2 * VEC
	STORE	L(resume), ST V(3), cursor, 3 * VEC
	STORE	L(resume), ST V(4), cursor, 4 * VEC
	STORE	L(resume), ST V(5), cursor, 5 * VEC
	STORE	L(resume), ST V(6), cursor, 6 * VEC
	STORE	L(resume), ST V(7), cursor, 7 * VEC
	addi.d	cursor, cursor, 8 * VEC
	bgeu	stop, cursor, L(loop)

	/* Less than eight vectors are left. */
L(last):
	addi.d	stop, stop, 4 * VEC
	bgeu	cursor, stop, L(last_4)
	LOAD	L(resume), LD V(0), from, 0
	LOAD	L(resume), LD V(1), from, VEC
	LOAD	L(resume), LD V(2), from, 2 * VEC
	LOAD	L(resume), LD V(3), from, 3 * VEC
	STORE	L(resume), ST V(0), cursor, 0
	STORE	L(resume), ST V(1), cursor, VEC
	STORE	L(resume), ST V(2), cursor, 2 * VEC
	STORE	L(resume), ST V(3), cursor, 3 * VEC
	addi.d	cursor, cursor, 4 * VEC
L(last_4):
	add.d	from, src, size
	LOAD	L(resume), LD V(0), from, -4 * VEC
	LOAD	L(resume), LD V(1), from, -3 * VEC
	LOAD	L(resume), LD V(2), from, -2 * VEC
	LOAD	L(resume), LD V(3), from, -VEC
	STORE	L(resume), ST V(0), end, -4 * VEC
	STORE	L(resume), ST V(1), end, -3 * VEC
	STORE	L(resume), ST V(2), end, -2 * VEC
	STORE	L(resume), ST V(3), end, -VEC
	move	$a0, size
	jr	$ra

	/* The end lies beyond the address space, so it cannot be aimed at. */
L(wraps):
	move	fact_what, $zero
L(restart):
	move	done, $zero
	b	haul_arch_memcpy_resume

L(resume):
	sub.d	done, cursor, dst
	sltui	$t0, done, VEC		/* the head may reach beyond the first cursor */
	beqz	$t0, L(head_counted)
	ori	done, $zero, VEC
L(head_counted):
	b	haul_arch_memcpy_resume
END_FUNC NAME
