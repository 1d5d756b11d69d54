/* SPDX-License-Identifier: MIT */
/*
 * The body of the vector variants of haul_memmove for ranges that overlap.  A
 * variant defines NAME, VEC, MOVU, MOVA, VEC_DONE and the vector registers
 * EDGE, FIRST, SECOND, NEXT.
 *
 * In: dst, src, size >= 2 * VEC in rdx and rax.  FIRST is the vector that the
 * move starts with, SECOND the one that follows with its destination aligned,
 * EDGE the last one; the three overlap, so all are loaded before any is
 * stored.  Between them the move goes vector by vector.
 */

#define dst %rdi
#define src %rsi
#define size %rdx
#define done %rcx		/* forward: [0, done) is moved */
#define left %rcx		/* backward: [left, n) is moved */
#define last %r11

FUNC NAME, 6
	cmpq	src, dst
	jae	L(backward)

	movl	%edi, %ecx
	andl	$(VEC - 1), %ecx
	negq	%rcx
	addq	$VEC, %rcx
	LOAD	L(forward_0), MOVU (src), FIRST
	LOAD	L(forward_0), MOVU (src, %rcx), SECOND
	LOAD	L(forward_0), MOVU -VEC(src, size), EDGE
	STORE	L(forward_0), MOVU FIRST, (dst)
	STORE	L(forward_1), MOVA SECOND, (dst, %rcx)
	addq	$VEC, done
	leaq	-VEC(size), last
	cmpq	last, done
	BRANCH_LOAD L(forward_resume), jae L(forward_last)
	.p2align 5
L(forward_next):
	LOAD	L(forward_resume), MOVU (src, done), NEXT
	STORE	L(forward_resume), MOVA NEXT, (dst, done)
	addq	$VEC, done
	cmpq	last, done
	BRANCH_LOAD L(forward_resume), jb L(forward_next)
L(forward_last):
	STORE	L(forward_resume), MOVU EDGE, -VEC(dst, size)
	VEC_DONE
	ret

	.p2align 4
L(backward):
	leal	(%rdi, size), %ecx
	andl	$(VEC - 1), %ecx
	negq	%rcx
	addq	size, %rcx
	LOAD	L(backward_0), MOVU -VEC(src, size), FIRST
	LOAD	L(backward_0), MOVU -VEC(src, %rcx), SECOND
	LOAD	L(backward_0), MOVU (src), EDGE
	STORE	L(backward_0), MOVU FIRST, -VEC(dst, size)
	STORE	L(backward_1), MOVA SECOND, -VEC(dst, %rcx)
	subq	$VEC, left
	cmpq	$VEC, left
	BRANCH_LOAD L(backward_resume), jbe L(backward_last)
	.p2align 5
L(backward_next):
	LOAD	L(backward_resume), MOVU -VEC(src, left), NEXT
	STORE	L(backward_resume), MOVA NEXT, -VEC(dst, left)
	subq	$VEC, left
	cmpq	$VEC, left
	BRANCH_LOAD L(backward_resume), ja L(backward_next)
L(backward_last):
	STORE	L(backward_resume), MOVU EDGE, (dst)
	VEC_DONE
	ret

L(forward_0):
	xorl	%ecx, %ecx
	jmp	L(forward_resume)
L(forward_1):
	movl	$VEC, %ecx
L(forward_resume):
	VEC_DONE
	jmp	haul_arch_memcpy_resume

L(backward_0):
	movq	size, left
	jmp	L(backward_resume)
L(backward_1):
	leaq	-VEC(size), left
L(backward_resume):
	VEC_DONE
	jmp	haul_arch_memmove_resume_backward
END_FUNC NAME
