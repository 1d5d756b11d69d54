/* SPDX-License-Identifier: MIT */
/*
 * Compare memory that may fault.
 *
 * struct haul_arch_prefix haul_arch_memcmp(const void *a, const void *b,
 *                                          size_t n);
 * rax: bytes readable on both sides and equal, k.  rdx: if k < n the
 * difference of the bytes at k, or 0 if one of them could not be read.
 *
 * Method.  64 bytes at a time, then 16, then the last 16, which overlap what
 * is known to be equal.  A fault goes on by bytes from the start of its block.
 */
#include "asm.h"

#define a %rdi
#define b %rsi
#define size %rdx
#define same %rax

FUNC haul_arch_memcmp, 6
	xorl	%eax, %eax
	cmpq	$16, size
	jb	L(under_16)
	leaq	-64(size), %r11
	cmpq	$64, size
	BRANCH_LOAD L(bytes), jb L(sixteens)
L(next_64):
	LOAD	L(bytes), movups (a, same), %xmm0
	LOAD	L(bytes), movups (b, same), %xmm4
	LOAD	L(bytes), movups 16(a, same), %xmm1
	LOAD	L(bytes), movups 16(b, same), %xmm5
	LOAD	L(bytes), movups 32(a, same), %xmm2
	LOAD	L(bytes), movups 32(b, same), %xmm6
	LOAD	L(bytes), movups 48(a, same), %xmm3
	LOAD	L(bytes), movups 48(b, same), %xmm7
	pcmpeqb	%xmm4, %xmm0
	pcmpeqb	%xmm5, %xmm1
	pcmpeqb	%xmm6, %xmm2
	pcmpeqb	%xmm7, %xmm3
	pand	%xmm1, %xmm0
	pand	%xmm3, %xmm2
	pand	%xmm2, %xmm0
	pmovmskb %xmm0, %ecx
	cmpl	$0xffff, %ecx
	jne	L(sixteens)
	addq	$64, same
	cmpq	%r11, same
	BRANCH_LOAD L(bytes), jbe L(next_64)

L(sixteens):
	leaq	-16(size), %r11
L(next_16):
	cmpq	%r11, same
	BRANCH_LOAD L(bytes), ja L(last_16)
	LOAD	L(bytes), movups (a, same), %xmm0
	LOAD	L(bytes), movups (b, same), %xmm1
	pcmpeqb	%xmm1, %xmm0
	pmovmskb %xmm0, %ecx
	xorl	$0xffff, %ecx
	jnz	L(differ)
	addq	$16, same
	jmp	L(next_16)
L(last_16):
	cmpq	size, same
	BRANCH_LOAD L(bytes), je L(equal)
	LOAD	L(bytes), movups (a, %r11), %xmm0
	LOAD	L(bytes), movups (b, %r11), %xmm1
	pcmpeqb	%xmm1, %xmm0
	pmovmskb %xmm0, %ecx
	xorl	$0xffff, %ecx
	movq	size, same
	jz	L(equal)
	movq	%r11, same
L(differ):
	bsfl	%ecx, %ecx
	addq	%rcx, same
	LOAD	L(unreadable), movzbl (a, same), %edx
	LOAD	L(unreadable), movzbl (b, same), %ecx
	subq	%rcx, %rdx
	ret
L(equal):
	xorl	%edx, %edx
	ret

L(under_16):
	cmpl	$8, %edx
	BRANCH_LOAD L(bytes), jb L(under_8)
	LOAD	L(bytes), movq (a), %xmm0
	LOAD	L(bytes), movq (b), %xmm1
	LOAD	L(bytes), movhps -8(a, size), %xmm0
	LOAD	L(bytes), movhps -8(b, size), %xmm1
	jmp	L(pieces)
L(under_8):
	cmpl	$4, %edx
	BRANCH_LOAD L(bytes), jb L(bytes)
	LOAD	L(bytes), movd (a), %xmm0
	LOAD	L(bytes), movd (b), %xmm1
	LOAD	L(bytes), movd -4(a, size), %xmm2
	LOAD	L(bytes), movd -4(b, size), %xmm3
	punpckldq %xmm2, %xmm0
	punpckldq %xmm3, %xmm1
L(pieces):
	pcmpeqb	%xmm1, %xmm0
	pmovmskb %xmm0, %ecx
	cmpl	$0xffff, %ecx		/* what no piece fills is zero on both sides */
	movq	size, same
	je	L(equal)
	xorl	%eax, %eax

	/* Under 4 bytes, and whatever did not go well above. */
L(bytes):
	cmpq	size, same
	BRANCH_LOAD L(unreadable), jae L(equal)
	LOAD	L(unreadable), movzbl (a, same), %ecx
	LOAD	L(unreadable), movzbl (b, same), %r11d
	subq	%r11, %rcx
	jnz	L(bytes_differ)
	incq	same
	jmp	L(bytes)
L(bytes_differ):
	movq	%rcx, %rdx
	ret
L(unreadable):
	xorl	%edx, %edx
	ret
END_FUNC haul_arch_memcmp
