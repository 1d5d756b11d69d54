/* SPDX-License-Identifier: MIT */
/*
 * haul_memcpy in words, for cores with fast misaligned accesses.
 *
 * In: dst, src, size >= 1, byte 0 copied.  Up to 64 bytes are words or smaller
 * pieces that overlap, everything loaded before anything is stored.  Beyond
 * that the first word is copied, the destination is aligned, 128 bytes an
 * iteration ascend, and the last 64 bytes end at the end.
 *
 * Registers of the bulk: src and cursor move together, so src's start, and
 * size, which gave its register up, are found again from dst.
 */
#include "asm.h"

#define dst a0
#define src a1
#define size a2
#define cursor a3
#define src_end a3
#define dst_end a4
#define last a2		/* bulk: dst + size - 128 */

/* Eight words through the registers that are free in the bulk. */
.macro LOAD_64 fixup:req, at:req, base:req
	LOAD	\fixup, ld a5, \at(\base)
	LOAD	\fixup, ld a6, \at+8(\base)
	LOAD	\fixup, ld a7, \at+16(\base)
	LOAD	\fixup, ld t0, \at+24(\base)
	LOAD	\fixup, ld t1, \at+32(\base)
	LOAD	\fixup, ld t2, \at+40(\base)
	LOAD	\fixup, ld t3, \at+48(\base)
	LOAD	\fixup, ld a4, \at+56(\base)
.endm
.macro STORE_64 fixup:req, at:req, base:req
	STORE	\fixup, sd a5, \at(\base)
	STORE	\fixup, sd a6, \at+8(\base)
	STORE	\fixup, sd a7, \at+16(\base)
	STORE	\fixup, sd t0, \at+24(\base)
	STORE	\fixup, sd t1, \at+32(\base)
	STORE	\fixup, sd t2, \at+40(\base)
	STORE	\fixup, sd t3, \at+48(\base)
	STORE	\fixup, sd a4, \at+56(\base)
.endm

FUNC haul_arch_memcpy_unaligned
	li	t0, 8
	bltu	size, t0, L(under_8)
	li	t0, 16
	bgtu	size, t0, L(over_16)
	add	src_end, src, size
	add	dst_end, dst, size
	LOAD	L(restart), ld t0, (src)
	LOAD	L(restart), ld t1, -8(src_end)
	STORE	L(restart), sd t0, (dst)
	STORE	L(restart), sd t1, -8(dst_end)
	mv	a0, size
	ret

L(under_8):
	li	t0, 4
	BRANCH_LOAD L(restart), bltu size, t0, L(under_4)
	add	src_end, src, size
	add	dst_end, dst, size
	LOAD	L(restart), lw t0, (src)
	LOAD	L(restart), lw t1, -4(src_end)
	STORE	L(restart), sw t0, (dst)
	STORE	L(restart), sw t1, -4(dst_end)
	mv	a0, size
	ret
L(under_4):
	addi	t0, size, -1
	BRANCH_LOAD L(restart), beqz t0, L(return)
	LOAD	L(restart), lbu t1, 1(src)
	STORE	L(restart), sb t1, 1(dst)
	andi	t0, size, 1
	BRANCH_LOAD L(restart_2), beqz t0, L(return)
	LOAD	L(restart_2), lbu t1, 2(src)
	STORE	L(restart_2), sb t1, 2(dst)
L(return):
	mv	a0, size
	ret

L(over_16):
	li	t0, 32
	bgtu	size, t0, L(over_32)
	add	src_end, src, size
	LOAD	L(restart), ld a5, (src)
	LOAD	L(restart), ld a6, 8(src)
	LOAD	L(restart), ld a7, -16(src_end)
	LOAD	L(restart), ld t0, -8(src_end)
	add	dst_end, dst, size
	STORE	L(restart), sd a5, (dst)
	STORE	L(restart), sd a6, 8(dst)
	STORE	L(restart), sd a7, -16(dst_end)
	STORE	L(restart), sd t0, -8(dst_end)
	mv	a0, size
	ret

L(over_32):
	li	t0, 64
	bgtu	size, t0, L(bulk)
	add	src_end, src, size
	LOAD	L(restart), ld a5, (src)
	LOAD	L(restart), ld a6, 8(src)
	LOAD	L(restart), ld a7, 16(src)
	LOAD	L(restart), ld t0, 24(src)
	LOAD	L(restart), ld t1, -32(src_end)
	LOAD	L(restart), ld t2, -24(src_end)
	LOAD	L(restart), ld t3, -16(src_end)
	LOAD	L(restart), ld src_end, -8(src_end)
	add	dst_end, dst, size
	STORE	L(restart), sd a5, (dst)
	STORE	L(restart), sd a6, 8(dst)
	STORE	L(restart), sd a7, 16(dst)
	STORE	L(restart), sd t0, 24(dst)
	STORE	L(restart), sd t1, -32(dst_end)
	STORE	L(restart), sd t2, -24(dst_end)
	STORE	L(restart), sd t3, -16(dst_end)
	STORE	L(restart), sd src_end, -8(dst_end)
	mv	a0, size
	ret

L(bulk):
	add	t1, dst, size
	bltu	t1, dst, L(wraps)
	LOAD	L(restart), ld t0, (src)
	andi	cursor, dst, -8
	addi	cursor, cursor, 8
	STORE	L(restart), sd t0, (dst)
	sub	src, src, dst
	add	src, src, cursor
	addi	last, t1, -128
	sub	t1, t1, cursor
	li	t0, 128
	BRANCH_LOAD L(resume), bltu t1, t0, L(under_128)
L(loop):
	LOAD_64	L(resume), 0, src
	STORE_64 L(resume), 0, cursor
	LOAD_64	L(resume_64), 64, src
	STORE_64 L(resume_64), 64, cursor
	addi	src, src, 128
	addi	cursor, cursor, 128
	BRANCH_LOAD L(resume), bgeu last, cursor, L(loop)
	addi	t0, last, 128
	beq	cursor, t0, L(copied)

L(under_128):
	addi	t0, last, 64
	BRANCH_LOAD L(resume), bgeu cursor, t0, L(last_64)
	LOAD_64	L(resume), 0, src
	STORE_64 L(resume), 0, cursor
	addi	src, src, 64
	addi	cursor, cursor, 64
L(last_64):
	sub	src, src, cursor
	add	src, src, last
	LOAD_64	L(resume_last), 64, src
	STORE_64 L(resume_last), 64, last
L(copied):
	addi	last, last, 128
	sub	a0, last, dst
	ret

	/* The end lies beyond the address space, so it cannot be aimed at. */
L(wraps):
	li	fact_what, 0
L(restart):
	li	t0, 1
	CONTINUE_AT	haul_arch_memcpy_resume
L(restart_2):
	li	t0, 2
	CONTINUE_AT	haul_arch_memcpy_resume
L(resume_last):
	sub	src, src, last
	add	src, src, cursor
	j	L(resume)
L(resume_64):
	addi	src, src, 64
	addi	cursor, cursor, 64
L(resume):
	sub	t0, cursor, dst
	sub	src, src, t0
	addi	last, last, 128
	sub	size, last, dst
	li	t1, 8			/* the head may reach beyond the first cursor */
	bgeu	t0, t1, L(committed)
	mv	t0, t1
L(committed):
	CONTINUE_AT	haul_arch_memcpy_resume
END_FUNC haul_arch_memcpy_unaligned
