/* SPDX-License-Identifier: MIT */
/*
 * Copy memory that may fault and may overlap: the entry, and what all variants
 * share.
 *
 * size_t haul_memmove(void *dst, const void *src, size_t n);
 * Returns the bytes moved, k, as haul_memcpy does.  Where dst lies inside the
 * source the copy runs backward, and after a fault bytes beyond k may hold
 * their moved values already.
 *
 * Method.  Ranges that do not overlap are haul_memcpy's.  The others move one
 * vector at a time, away from the overlap, and a register says after every
 * vector how far; what is not yet moved still has its source intact.  The last
 * vector reaches back over moved bytes, whose source is not, so it is loaded
 * first.  A store that spans two pages and fails may have changed the lower one
 * (memcpy.S), and there the source: such vectors are finished from the register.
 */
#include "asm.h"

#define dst %rdi
#define src %rsi
#define size %rdx
#define done %rcx		/* forward: [0, done) is moved */
#define left %rcx		/* backward: [left, n) is moved */
#define SMALL 128		/* up to here without dispatch; two of any vector */

PUBLIC_FUNC haul_memmove, 6
	movq	dst, %rcx
	subq	src, %rcx
	cmpq	size, %rcx
	jb	L(backward)
	negq	%rcx
	cmpq	size, %rcx
	jae	haul_memcpy
	movq	size, %rax
	cmpq	$SMALL, size
	ja	L(dispatch)

	xorl	%ecx, %ecx
	cmpq	$16, size
	BRANCH_LOAD L(forward_resume), jb L(forward_under_16)
	LOAD	L(forward_resume), movups -16(src, size), %xmm1
	leaq	-16(size), %r11
	testq	%r11, %r11
	BRANCH_LOAD L(forward_resume), jz L(forward_last)
L(forward_next):
	LOAD	L(forward_resume), movups (src, done), %xmm0
	STORE	L(forward_piece), movups %xmm0, (dst, done)
	addq	$16, done
	cmpq	%r11, done
	BRANCH_LOAD L(forward_resume), jb L(forward_next)
L(forward_last):
	STORE	L(forward_edge), movups %xmm1, -16(dst, size)
	ret
L(forward_under_16):
	cmpl	$8, %edx
	BRANCH_LOAD L(forward_resume), jb L(forward_under_8)
	LOAD	L(forward_resume), movq (src), %r8
	LOAD	L(forward_resume), movq -8(src, size), %r9
	STORE	L(forward_resume), movq %r8, (dst)
	STORE	L(forward_8), movq %r9, -8(dst, size)
	ret
L(forward_under_8):
	cmpl	$4, %edx
	BRANCH_LOAD L(forward_resume), jb L(forward_under_4)
	LOAD	L(forward_resume), movl (src), %r8d
	LOAD	L(forward_resume), movl -4(src, size), %r9d
	STORE	L(forward_resume), movl %r8d, (dst)
	STORE	L(forward_4), movl %r9d, -4(dst, size)
	ret
L(forward_under_4):			/* at least 2, or nothing would overlap */
	LOAD	L(forward_resume), movzbl (src), %r8d
	LOAD	L(forward_resume), movzwl -2(src, size), %r9d
	STORE	L(forward_resume), movb %r8b, (dst)
	STORE	L(forward_1), movw %r9w, -2(dst, size)
	ret
L(forward_8):
	addl	$4, %ecx
L(forward_4):
	addl	$3, %ecx
L(forward_1):
	addl	$1, %ecx
L(forward_resume):
	jmp	haul_arch_memcpy_resume
L(dispatch):
	jmp	*haul_arch_memmove_slot(%rip)

	.p2align 4
L(backward):
	movq	size, %rax
	movq	dst, %r11
	addq	size, %r11
	jc	L(wraps)
	cmpq	$SMALL, size
	ja	L(dispatch)
	movq	size, left
	cmpq	$16, size
	BRANCH_LOAD L(backward_resume), jb L(backward_under_16)
	LOAD	L(backward_resume), movups (src), %xmm1
L(backward_next):
	cmpq	$16, left
	BRANCH_LOAD L(backward_resume), jbe L(backward_last)
	LOAD	L(backward_resume), movups -16(src, left), %xmm0
	STORE	L(backward_piece), movups %xmm0, -16(dst, left)
	subq	$16, left
	jmp	L(backward_next)
L(backward_last):
	STORE	L(backward_edge), movups %xmm1, (dst)
	ret
L(backward_under_16):
	cmpl	$8, %edx
	BRANCH_LOAD L(backward_resume), jb L(backward_under_8)
	LOAD	L(backward_resume), movq (src), %r8
	LOAD	L(backward_resume), movq -8(src, size), %r9
	STORE	L(backward_resume), movq %r9, -8(dst, size)
	STORE	L(backward_8), movq %r8, (dst)
	ret
L(backward_under_8):
	cmpl	$4, %edx
	BRANCH_LOAD L(backward_resume), jb L(backward_under_4)
	LOAD	L(backward_resume), movl (src), %r8d
	LOAD	L(backward_resume), movl -4(src, size), %r9d
	STORE	L(backward_resume), movl %r9d, -4(dst, size)
	STORE	L(backward_4), movl %r8d, (dst)
	ret
L(backward_under_4):
	cmpl	$2, %edx
	BRANCH_LOAD L(backward_resume), jb L(backward_one)
	LOAD	L(backward_resume), movzwl (src), %r8d
	LOAD	L(backward_resume), movzbl -1(src, size), %r9d
	STORE	L(backward_resume), movb %r9b, -1(dst, size)
	STORE	L(backward_1), movw %r8w, (dst)
	ret
L(backward_one):				/* and then dst is src */
	LOAD	L(backward_resume), movzbl (src), %r8d
	STORE	L(backward_resume), movb %r8b, (dst)
	ret

	/* As haul_arch_memcpy_piece; what cannot be stored is beyond the new end. */
L(backward_edge):
	movaps	%xmm1, %xmm0
	movl	$16, %ecx
L(backward_piece):
	subq	$16, left
	movl	$16, %edx
L(backward_byte):
	movd	%xmm0, %r11d
	psrldq	$1, %xmm0
	STORE	L(backward_end), movb %r11b, (dst, left)
	incq	left
	decl	%edx
	BRANCH_STORE L(backward_end), jnz L(backward_byte)
	subq	$16, left
	jmp	L(backward_resume)
L(backward_end):
	movq	left, %rax
	leaq	-16(left, %rdx), left
	jmp	L(backward_resume)
L(backward_8):
	subl	$4, %ecx
L(backward_4):
	subl	$3, %ecx
L(backward_1):
	subl	$1, %ecx
L(backward_resume):
	jmp	haul_arch_memmove_resume_backward

L(forward_edge):
	movaps	%xmm1, %xmm0
	leaq	-16(%rax), done
L(forward_piece):
	jmp	haul_arch_memcpy_piece

	/* The range goes beyond the address space, so its end is not there to
	 * start from: find the first byte that fails from the front. */
L(wraps):
	movq	dst, left
	negq	left
	movq	left, %rax
	xorl	fact_what_32, fact_what_32
	jmp	haul_arch_memmove_resume_backward
END_FUNC haul_memmove

/*
 * Goes on after a fault of a backward move.  In: dst, src, n in rax, rcx bytes
 * that are left, and facts.  The rest of haul_memmove's contract.
 *
 * The first byte that fails is looked for from the front, one byte a page on
 * either side, without changing any.  All before it is then moved.  A fault
 * of that move (the memory changed meanwhile) starts over with less left.
 * If no page fails any more, the whole rest is moved.
 */
FUNC haul_arch_memmove_resume_backward
#define bound %rdx		/* everything before it may be readable */
#define probe %r11
#define PAGE 4096
	movq	left, bound
	testl	$FACT_ADDR_VALID, fact_what_32
	jz	L(read_probe)
	movq	src, probe
	testl	$FACT_OPERAND_SRC, fact_what_32
	cmovzq	dst, probe
	negq	probe
	addq	fact_addr, probe
	cmpq	left, probe
	cmovbq	probe, bound

L(read_probe):
	xorl	%r11d, %r11d
L(read_next):
	cmpq	bound, probe
	BRANCH_LOAD L(bounded), jae L(write_probe)
	LOAD	L(bounded), testb $0, (src, probe)
	addq	src, probe
	orq	$(PAGE - 1), probe
	incq	probe
	subq	src, probe
	jmp	L(read_next)
L(write_probe):
	xorl	%r11d, %r11d
L(write_next):
	cmpq	bound, probe
	BRANCH_STORE L(bounded), jae L(move)
	STORE	L(bounded), lock orb $0, (dst, probe)
	addq	dst, probe
	orq	$(PAGE - 1), probe
	incq	probe
	subq	dst, probe
	jmp	L(write_next)

L(bounded):
	movq	probe, bound
	jmp	L(write_probe)

L(move):
	cmpq	left, bound
	cmovbq	bound, %rax
	movq	bound, probe
L(move_vectors):
	cmpq	$16, probe
	BRANCH_LOAD L(again), jb L(move_bytes)
	LOAD	L(again), movups -16(src, probe), %xmm0
	STORE	L(again), movups %xmm0, -16(dst, probe)
	subq	$16, probe
	jmp	L(move_vectors)
L(move_bytes):
	testq	probe, probe
	BRANCH_LOAD L(again), jz L(moved)
	LOAD	L(again), movzbl -1(src, probe), %ecx
	STORE	L(again), movb %cl, -1(dst, probe)
	decq	probe
	jmp	L(move_bytes)
L(again):
	movq	probe, left
	jmp	haul_arch_memmove_resume_backward
L(moved):
	ret
END_FUNC haul_arch_memmove_resume_backward

FUNC haul_arch_memmove_resolver
	RESOLVE
	jmp	*haul_arch_memmove_slot(%rip)
END_FUNC haul_arch_memmove_resolver

FACTS haul_arch_memmove_facts, haul_memmove
