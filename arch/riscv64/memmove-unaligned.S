/* SPDX-License-Identifier: MIT */
/*
 * haul_memmove in words, for cores with fast misaligned accesses and for ranges
 * of the same alignment.  In: as memmove.S says.
 *
 * Only loads may be misaligned.  Bytes up to an aligned word of the destination,
 * then words up to a multiple of eight, groups of eight words, words, bytes.
 * Groups are loaded whole before they are stored.  The source's start and the
 * size are found again from the cursors.
 */
#include "asm.h"

#define dst a0
#define src a1
#define size a2
#define cursor a3	/* through dst, */
#define from a4		/* and through src */
#define end a5		/* forward: dst + size */
#define whole a5	/* backward: size, which gives its register up */

.macro LOAD_GROUP fixup:req, at:req
	LOAD	\fixup, ld a1, \at(from)
	LOAD	\fixup, ld a2, \at+8(from)
	LOAD	\fixup, ld a6, \at+16(from)
	LOAD	\fixup, ld a7, \at+24(from)
	LOAD	\fixup, ld t0, \at+32(from)
	LOAD	\fixup, ld t1, \at+40(from)
	LOAD	\fixup, ld t2, \at+48(from)
	LOAD	\fixup, ld t3, \at+56(from)
.endm
.macro STORE_GROUP fixup:req, at:req
	STORE	\fixup, sd a1, \at(cursor)
	STORE	\fixup, sd a2, \at+8(cursor)
	STORE	\fixup, sd a6, \at+16(cursor)
	STORE	\fixup, sd a7, \at+24(cursor)
	STORE	\fixup, sd t0, \at+32(cursor)
	STORE	\fixup, sd t1, \at+40(cursor)
	STORE	\fixup, sd t2, \at+48(cursor)
	STORE	\fixup, sd t3, \at+56(cursor)
.endm

/* Pieces up, or down, until the cursor meets limit; at least one. */
.macro ASCEND bytes:req, load:req, store:req, limit:req, fixup=L(resume)
.Lascend\@:
	LOAD	\fixup, \load t0, (from)
	STORE	\fixup, \store t0, (cursor)
	addi	from, from, \bytes
	addi	cursor, cursor, \bytes
	BRANCH_LOAD \fixup, bltu cursor, \limit, .Lascend\@
.endm
.macro DESCEND bytes:req, load:req, store:req, limit:req
.Ldescend\@:
	LOAD	L(resume_backward), \load t0, -\bytes(from)
	STORE	L(resume_backward), \store t0, -\bytes(cursor)
	addi	from, from, -\bytes
	addi	cursor, cursor, -\bytes
	BRANCH_LOAD L(resume_backward), bltu \limit, cursor, .Ldescend\@
.endm

FUNC haul_arch_memmove_unaligned
	sub	t0, dst, src
	bgeu	t0, size, haul_arch_memmove_forward
	add	cursor, dst, size
	bltu	cursor, dst, L(wraps)
	add	from, src, size
	mv	whole, size
	andi	t1, cursor, -8
	bgeu	t1, dst, L(backward_head)
	mv	t1, dst
L(backward_head):
	BRANCH_LOAD L(resume_backward), bgeu t1, cursor, L(backward_words)
	DESCEND	1, lbu, sb, t1
	beq	cursor, dst, L(backward_moved)

L(backward_words):
	sub	t0, cursor, dst
	li	t1, 128
	bltu	t0, t1, L(backward_last_words)
	andi	t1, cursor, -64
	BRANCH_LOAD L(resume_backward), bgeu t1, cursor, L(backward_group)
	DESCEND	8, ld, sd, t1
L(backward_group):
	LOAD_GROUP L(resume_backward), -64
	STORE_GROUP L(resume_backward), -64
	addi	from, from, -64
	addi	cursor, cursor, -64
	sub	t0, cursor, dst
	li	t1, 64
	BRANCH_LOAD L(resume_backward), bgeu t0, t1, L(backward_group)

L(backward_last_words):
	addi	t1, dst, 7
	andi	t1, t1, -8
	BRANCH_LOAD L(resume_backward), bgeu t1, cursor, L(backward_bytes)
	DESCEND	8, ld, sd, t1
L(backward_bytes):
	BRANCH_LOAD L(resume_backward), bgeu dst, cursor, L(backward_moved)
	DESCEND	1, lbu, sb, dst
L(backward_moved):
	mv	a0, whole
	ret

L(resume_backward):
	sub	t0, cursor, dst
	sub	src, from, t0
	mv	size, whole
	CONTINUE_AT	haul_arch_memmove_resume_backward

	/* The range goes beyond the address space, so its end is not there to
	 * start from: find the first byte that fails from the front. */
L(wraps):
	li	fact_what, 0
	neg	size, dst
	mv	t0, size
	CONTINUE_AT	haul_arch_memmove_resume_backward
END_FUNC haul_arch_memmove_unaligned

FUNC haul_arch_memmove_forward
	mv	cursor, dst
	mv	from, src
	add	end, dst, size
	bltu	end, dst, L(wraps_forward)
	andi	t0, dst, 7
	beqz	t0, L(words)
	addi	cursor, dst, 1		/* byte 0 is moved */
	addi	from, src, 1
	ori	t1, dst, 7
	addi	t1, t1, 1
	bleu	t1, end, L(head)
	mv	t1, end
L(head):
	BRANCH_LOAD L(resume), bgeu cursor, t1, L(words)
	ASCEND	1, lbu, sb, t1

L(words):
	sub	t0, end, cursor
	li	t1, 128
	bltu	t0, t1, L(last_words)
	addi	t1, cursor, 63
	andi	t1, t1, -64
	addi	end, end, -64
	BRANCH_LOAD L(resume_64), bgeu cursor, t1, L(group)
	ASCEND	8, ld, sd, t1, L(resume_64)
L(group):
	LOAD_GROUP L(resume_64), 0
	STORE_GROUP L(resume_64), 0
	addi	from, from, 64
	addi	cursor, cursor, 64
	BRANCH_LOAD L(resume_64), bgeu end, cursor, L(group)
	addi	end, end, 64

L(last_words):
	andi	t1, end, -8
	BRANCH_LOAD L(resume), bgeu cursor, t1, L(bytes)
	ASCEND	8, ld, sd, t1
L(bytes):
	BRANCH_LOAD L(resume), bgeu cursor, end, L(moved)
	ASCEND	1, lbu, sb, end
L(moved):
	sub	a0, end, dst
	ret

L(wraps_forward):
	li	fact_what, 0
	li	t0, 1
	CONTINUE_AT	haul_arch_memcpy_resume
L(resume_64):
	addi	end, end, 64
L(resume):
	sub	t0, cursor, dst
	sub	src, from, t0
	sub	size, end, dst
	seqz	t1, t0
	add	t0, t0, t1		/* byte 0 is */
	CONTINUE_AT	haul_arch_memcpy_resume
END_FUNC haul_arch_memmove_forward
