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
 *
 * Of the stores that may span two pages (memmove.S) FIRST's is finished from the
 * register; EDGE's changes nothing in the lower page, which has been moved.
 */

#define dst %rdi
#define src %rsi
#define size %rdx
#define done %rcx		/* forward: [0, done) is moved */
#define left %rcx		/* backward: [left, n) is moved */
#define last %r11

.macro SPILL_FIRST
	subq	$VEC, %rsp
	.cfi_adjust_cfa_offset VEC
	MOVU	FIRST, (%rsp)
	VEC_DONE
.endm
.macro DROP_FIRST
	addq	$VEC, %rsp
	.cfi_adjust_cfa_offset -VEC
.endm

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
	STORE	L(forward_first), MOVU FIRST, (dst)
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
	STORE	L(backward_first), MOVU FIRST, -VEC(dst, size)
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

L(forward_first):
	SPILL_FIRST
	xorl	%ecx, %ecx
L(forward_byte):
	movzbl	(%rsp, done), %r11d
	STORE	L(forward_bytes), movb %r11b, (dst, done)
	incq	done
	cmpq	$VEC, done
	BRANCH_STORE L(forward_bytes), jb L(forward_byte)
L(forward_bytes):
	DROP_FIRST
	jmp	haul_arch_memcpy_resume
L(forward_0):
	xorl	%ecx, %ecx
	jmp	L(forward_resume)
L(forward_1):
	movl	$VEC, %ecx
L(forward_resume):
	VEC_DONE
	jmp	haul_arch_memcpy_resume

	/* What of it cannot be stored is beyond the move's new end. */
L(backward_first):
	SPILL_FIRST
	leaq	-VEC(size), left
	movq	left, %rax
	xorl	%edx, %edx
L(backward_byte):
	movzbl	(%rsp, %rdx), %r11d
	STORE	L(backward_bytes), movb %r11b, (dst, %rax)
	incq	%rax
	incl	%edx
	cmpl	$VEC, %edx
	BRANCH_STORE L(backward_bytes), jb L(backward_byte)
L(backward_bytes):
	DROP_FIRST
	jmp	haul_arch_memmove_resume_backward
L(backward_0):
	movq	size, left
	jmp	L(backward_resume)
L(backward_1):
	leaq	-VEC(size), left
L(backward_resume):
	VEC_DONE
	jmp	haul_arch_memmove_resume_backward
END_FUNC NAME
