/* SPDX-License-Identifier: MIT */
/*
 * haul_memmove for CPUs without unaligned access: every CPU.
 *
 * Forward is as haul_memcpy does it, whether the ranges overlap or not.
 * Backward, if src and dst are aligned alike, is as for CPUs with unaligned
 * access, all of whose accesses are aligned then; else it goes by bytes.
 */
#include "asm.h"

#define dst $a0
#define src $a1
#define size $a2
#define left $a3
#define again $t2
#define cursor $t4
#define from $t5

/* A head: forward goes on there. */
.macro OR_BACKWARD forward:req
	sub.d	$t2, dst, src
	bltu	$t2, size, L(backward)
	b	\forward
	nop
.endm

FUNC haul_arch_memmove_aligned, 6
	.rept	58
	OR_BACKWARD haul_arch_memcpy_aligned
	.endr
	.rept	2
	OR_BACKWARD haul_arch_memcpy_aligned_upto_63
	.endr
	OR_BACKWARD haul_arch_memcpy_aligned_upto_15
	OR_BACKWARD haul_arch_memcpy_aligned_upto_7
	OR_BACKWARD haul_arch_memcpy_aligned_upto_3

	/* 1 and 0 bytes do not overlap. */
	LOAD	L(unmoved), ld.bu $t0, src, 0
	STORE	L(unmoved), st.b $t0, dst, 0
	move	$a0, size
	jr	$ra
	move	$a0, $zero
	jr	$ra

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

L(unmoved):
	move	$a3, $zero
	b	haul_arch_memcpy_resume

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
