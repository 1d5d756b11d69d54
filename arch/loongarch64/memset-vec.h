/* SPDX-License-Identifier: MIT */
/*
 * The body of the variants of haul_memset for CPUs with unaligned access.  A
 * variant defines
 *   NAME       its function
 *   VEC        bytes per vector: 8, 16 or 32
 *   FILL       the vector register
 *   BROADCAST  puts the byte in a1 into every byte of FILL, and a1's low byte
 *              stays; at most three instructions
 *   ST STX     store a vector, base and displacement or base and index
 *
 * In: dst, byte, size.  Code begins with the heads of DISPATCH.  Beyond eight
 * vectors the destination is aligned; bytes set are cursor - dst, at least the
 * head.
 */

#define dst $a0
#define byte $a1
#define size $a2
#define done $a3
#define end $a3
#define cursor $t4
#define stop $t6
#define at $t4			/* in the size classes: offset of the last piece, */
#define dst_end $t4		/* or where dst ends */

#if VEC == 32
#define BULK_BITS 8
#elif VEC == 16
#define BULK_BITS 7
#else
#define BULK_BITS 6
#endif

FUNC NAME, 6
L(heads):
	.rept	64 - BULK_BITS		/* zeros: eight vectors and more */
	add.d	end, dst, size
	ori	cursor, dst, VEC - 1
	addi.d	cursor, cursor, 1
	b	L(bulk)
	.endr

	HEAD	L(heads), 64 - BULK_BITS
	BROADCAST
#if VEC > 8
	add.d	dst_end, dst, size
	STORE	L(restart), ST FILL, dst, 0
#endif
	b	L(upto_8)

	HEAD	L(heads), 65 - BULK_BITS
	BROADCAST
#if VEC > 8
	add.d	dst_end, dst, size
	STORE	L(restart), ST FILL, dst, 0
#endif
	b	L(upto_4)

#if VEC > 8
	HEAD	L(heads), 66 - BULK_BITS
	BROADCAST
	addi.d	at, size, -VEC
	STORE	L(restart), ST FILL, dst, 0
	b	L(upto_2)
#endif
#if VEC > 16
	HEAD	L(heads), 59
	vreplgr2vr.b $vr0, byte
	addi.d	at, size, -16
	STORE	L(restart), vst $vr0, dst, 0
	b	L(upto_32)
#endif

	HEAD	L(heads), 60
#if VEC > 8
	vreplgr2vr.b $vr0, byte
	add.d	dst_end, dst, size
	STORE	L(restart), vstelm.d $vr0, dst, 0, 0
#else
	BROADCAST
#endif
	b	L(upto_16)

	HEAD	L(heads), 61
#if VEC > 8
	vreplgr2vr.b $vr0, byte
	add.d	dst_end, dst, size
	STORE	L(restart), vstelm.w $vr0, dst, 0, 0
#else
	BROADCAST
#endif
	b	L(upto_8_bytes)

	HEAD	L(heads), 62
	bstrins.d byte, byte, 15, 8
	addi.d	at, size, -2
	STORE	L(restart), st.h byte, dst, 0
	b	L(upto_4_bytes)

	HEAD	L(heads), 63
	STORE	L(restart), st.b byte, dst, 0
	move	$a0, size
	jr	$ra
	nop

	HEAD	L(heads), 64
	move	$a0, $zero
	jr	$ra

	.p2align 4
L(upto_4_bytes):
	STORE	L(restart), stx.h byte, dst, at
	move	$a0, size
	jr	$ra

	.p2align 4
L(upto_8_bytes):
#if VEC > 8
	STORE	L(restart), vstelm.w $vr0, dst_end, -4, 0
#else
	add.d	dst_end, dst, size
	STORE	L(restart), st.w FILL, dst, 0
	STORE	L(restart), st.w FILL, dst_end, -4
#endif
	move	$a0, size
	jr	$ra

	.p2align 4
L(upto_16):
#if VEC > 8
	STORE	L(restart), vstelm.d $vr0, dst_end, -8, 0
#else
	add.d	dst_end, dst, size
	STORE	L(restart), st.d FILL, dst, 0
	STORE	L(restart), st.d FILL, dst_end, -8
#endif
	move	$a0, size
	jr	$ra

#if VEC > 16
	.p2align 4
L(upto_32):
	STORE	L(restart), vstx $vr0, dst, at
	move	$a0, size
	jr	$ra
#endif

#if VEC > 8
	.p2align 4
L(upto_2):
	STORE	L(restart), STX FILL, dst, at
	move	$a0, size
	jr	$ra
#endif

	.p2align 4
L(upto_4):
#if VEC == 8
	add.d	dst_end, dst, size
	STORE	L(restart), ST FILL, dst, 0
#endif
	STORE	L(restart), ST FILL, dst, VEC
	STORE	L(restart), ST FILL, dst_end, -2 * VEC
	STORE	L(restart), ST FILL, dst_end, -VEC
	move	$a0, size
	jr	$ra

	.p2align 4
L(upto_8):
#if VEC == 8
	add.d	dst_end, dst, size
	STORE	L(restart), ST FILL, dst, 0
#endif
	STORE	L(restart), ST FILL, dst, VEC
	STORE	L(restart), ST FILL, dst, 2 * VEC
	STORE	L(restart), ST FILL, dst, 3 * VEC
	STORE	L(restart), ST FILL, dst_end, -4 * VEC
	STORE	L(restart), ST FILL, dst_end, -3 * VEC
	STORE	L(restart), ST FILL, dst_end, -2 * VEC
	STORE	L(restart), ST FILL, dst_end, -VEC
	move	$a0, size
	jr	$ra

	.p2align 5
	nop				/* aligns the loop, and is not in its way */
#if VEC > 8
	nop
	nop
#endif
L(bulk):
	bltu	end, dst, L(wraps)
	BROADCAST
	addi.d	stop, end, -8 * VEC
	STORE	L(restart), ST FILL, dst, 0
	bltu	stop, cursor, L(last)

L(loop):
	STORE	L(resume), ST FILL, cursor, 0
	STORE	L(resume), ST FILL, cursor, VEC
	STORE	L(resume), ST FILL, cursor, 2 * VEC
	STORE	L(resume), ST FILL, cursor, 3 * VEC
	STORE	L(resume), ST FILL, cursor, 4 * VEC
	STORE	L(resume), ST FILL, cursor, 5 * VEC
	STORE	L(resume), ST FILL, cursor, 6 * VEC
	STORE	L(resume), ST FILL, cursor, 7 * VEC
	addi.d	cursor, cursor, 8 * VEC
	bgeu	stop, cursor, L(loop)

	/* Less than eight vectors are left. */
L(last):
	addi.d	stop, stop, 4 * VEC
	bgeu	cursor, stop, L(last_4)
	STORE	L(resume), ST FILL, cursor, 0
	STORE	L(resume), ST FILL, cursor, VEC
	STORE	L(resume), ST FILL, cursor, 2 * VEC
	STORE	L(resume), ST FILL, cursor, 3 * VEC
L(last_4):
	STORE	L(resume), ST FILL, end, -4 * VEC
	STORE	L(resume), ST FILL, end, -3 * VEC
	STORE	L(resume), ST FILL, end, -2 * VEC
	STORE	L(resume), ST FILL, end, -VEC
	move	$a0, size
	jr	$ra

	/* The end lies beyond the address space, so it cannot be aimed at. */
L(wraps):
	move	fact_what, $zero
L(restart):
	move	done, $zero
	b	haul_arch_memset_resume

L(resume):
	sub.d	done, cursor, dst
	sltui	$t0, done, VEC		/* the head may reach beyond the first cursor */
	beqz	$t0, L(head_counted)
	ori	done, $zero, VEC
L(head_counted):
	b	haul_arch_memset_resume
END_FUNC NAME
