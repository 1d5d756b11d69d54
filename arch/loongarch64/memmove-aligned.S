/* SPDX-License-Identifier: MIT */
/*
 * haul_memmove for CPUs without unaligned access: every CPU.
 *
 * All heads are alike.  Forward is as haul_memcpy does it, whether the ranges
 * overlap or not.  Backward, if src and dst are aligned alike, all accesses of
 * the variant for CPUs with unaligned access are aligned; else it goes by bytes.
 */
#include "asm.h"

#define dst $a0
#define src $a1
#define size $a2
#define left $a3
#define again $t2
#define cursor $t4
#define from $t5

FUNC haul_arch_memmove_aligned, 6
	.rept	HEADS
	sub.d	$t2, dst, src
	bltu	$t2, size, L(backward)
	b	L(forward)
	nop
	.endr

	/* The size's leading zeros are still in t1. */
L(forward):
	la.local $t0, haul_arch_memcpy_aligned
	alsl.d	$t0, $t1, $t0, 4
	jr	$t0

L(backward):
	andi	$t2, $t2, 7
	beqz	$t2, haul_arch_memmove_unaligned_backward
	add.d	cursor, dst, size
	add.d	from, src, size
	bltu	cursor, dst, L(wraps)
L(next):
	beq	cursor, dst, L(moved)
	LOAD	L(resume), ld.bu $t0, from, -1
	STORE	L(resume), st.b $t0, cursor, -1
	addi.d	from, from, -1
	addi.d	cursor, cursor, -1
	b	L(next)
L(moved):
	move	$a0, size
	jr	$ra

	/* The end lies beyond the address space, so it cannot be aimed at. */
L(wraps):
	move	fact_what, $zero
	move	cursor, $zero
	sub.d	size, $zero, dst
L(resume):
	sub.d	left, cursor, dst
	la.local again, L(next)
	b	haul_arch_memmove_resume_backward
END_FUNC haul_arch_memmove_aligned
