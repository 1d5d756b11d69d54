/* SPDX-License-Identifier: MIT */
/*
 * Fill memory that may fault: the entry, and what all variants share.
 *
 * size_t haul_memset(void *dst, int c, size_t n);
 * Returns the bytes set, k.  After a fault dst[0, k) is set, byte k is the
 * first that failed, dst[k, n) is unchanged, and the fault's facts are in the
 * fact registers.
 *
 * Method.  Stores of a size class overlap freely but ascend, so a fault leaves
 * a prefix set; setting it again does no harm.  Sizes under 64 are served here
 * in baseline code, with few branches, because sizes are hard to predict.
 */
#include "asm.h"

#define dst %rdi
#define byte %esi
#define size %rdx

/* The byte in every byte of xmm0. */
.macro BROADCAST
	movd	byte, %xmm0
	punpcklbw %xmm0, %xmm0
	pshuflw	$0, %xmm0, %xmm0
	punpcklqdq %xmm0, %xmm0
.endm

PUBLIC_FUNC haul_memset, 6
	movq	size, %rax
	cmpq	$16, size
	jb	L(under_16)
	cmpq	$64, size
	jb	L(under_64)
	jmp	*haul_arch_memset_slot(%rip)

	/* 16 to 63: at 0, x, n - 16 - x and n - 16, with x 16 from 32 on. */
	.p2align 4
L(under_64):
	movl	%edx, %ecx
	andl	$32, %ecx
	shrl	$1, %ecx
	BROADCAST
	subq	%rcx, %rdx
	STORE	L(restart), movups %xmm0, (dst)
	STORE	L(restart), movups %xmm0, (dst, %rcx)
	STORE	L(restart), movups %xmm0, -16(dst, %rdx)
	STORE	L(restart), movups %xmm0, -16(dst, %rax)
	ret

	/* 4 to 15: at 0, x, n - 4 - x and n - 4, with x 4 from 8 on. */
	.p2align 4
L(under_16):
	cmpl	$4, %edx
	jb	L(under_4)
	movzbl	%sil, %r8d
	movl	%edx, %ecx
	imull	$0x01010101, %r8d, %r8d
	andl	$8, %ecx
	shrl	$1, %ecx
	subl	%ecx, %edx
	STORE	L(restart), movl %r8d, (dst)
	STORE	L(restart), movl %r8d, (dst, %rcx)
	STORE	L(restart), movl %r8d, -4(dst, %rdx)
	STORE	L(restart), movl %r8d, -4(dst, %rax)
	ret

	/* 1 to 3: the first, the middle and the last byte. */
L(under_4):
	shrl	$1, %edx
	testl	%eax, %eax
	BRANCH_STORE L(restart), jz L(nothing)
	STORE	L(restart), movb %sil, (dst)
	STORE	L(restart), movb %sil, (dst, %rdx)
	STORE	L(restart), movb %sil, -1(dst, %rax)
L(nothing):
	ret

L(restart):
	xorl	%ecx, %ecx
	jmp	haul_arch_memset_resume
END_FUNC haul_memset

/*
 * Goes on after a fault.  In: dst, byte, n in rax, rcx bytes that are set, and
 * facts.  The rest of haul_memset's contract.  An address ahead in dst is the
 * end; without one the fill goes on, and its next fault is found by bytes.
 */
FUNC haul_arch_memset_resume
#define done %rcx
#define limit %rdx
	movq	%rax, limit
	testl	$FACT_ADDR_VALID, fact_what_32
	jz	L(vectors)
	movq	fact_addr, %r11
	subq	dst, %r11
	cmpq	done, %r11
	jb	L(vectors)
	cmpq	%rax, %r11
	cmovbq	%r11, limit

L(vectors):
	BROADCAST
L(next_vector):
	leaq	16(done), %r11
	cmpq	limit, %r11
	BRANCH_STORE L(distrust), ja L(bytes)
	STORE	L(distrust), movups %xmm0, (dst, done)
	movq	%r11, done
	jmp	L(next_vector)

L(distrust):
	movq	%rax, limit
L(bytes):
	cmpq	limit, done
	BRANCH_STORE L(stop), jae L(stop)
	STORE	L(stop), movb %sil, (dst, done)
	incq	done
	jmp	L(bytes)

L(stop):
	movq	done, %rax
	ret
#undef done
#undef limit
END_FUNC haul_arch_memset_resume

FUNC haul_arch_memset_resolver
	RESOLVE
	jmp	*haul_arch_memset_slot(%rip)
END_FUNC haul_arch_memset_resolver

FACTS haul_arch_memset_facts, haul_memset
