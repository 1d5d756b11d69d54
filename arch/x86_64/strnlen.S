/* SPDX-License-Identifier: MIT */
/*
 * The length of a string that may fault.
 *
 * struct haul_arch_length haul_arch_strnlen(const char *s, size_t max);
 * rax: bytes before the NUL or max, whichever comes first, and rdx 0; or bytes
 * before the first that could not be read, and rdx 1.
 *
 * Method.  Aligned blocks of 16 bytes, then of 64, which lie inside one page:
 * a block is readable as a whole or not at all, so a fault at a block is a
 * fault at its first byte, or at s if s lies inside the block.
 */
#include "asm.h"

#define s %rdi
#define max %rsi
#define block %rcx

FUNC haul_arch_strnlen, 6
	xorl	%edx, %edx
	movq	max, %rax
	testq	max, max
	jz	L(return)
	movq	s, block
	andq	$-16, block
	pxor	%xmm0, %xmm0
	movdqa	%xmm0, %xmm1
	LOAD	L(unreadable_first), pcmpeqb (block), %xmm1
	pmovmskb %xmm1, %eax
	movl	%edi, %ecx
	andl	$15, %ecx
	shrl	%cl, %eax
	testl	%eax, %eax
	jnz	L(found_first)
	leaq	16(s), block
	andq	$-16, block

	/* Up to a block of 64, then those, then what is left. */
L(next_16):
	movq	block, %rax
	subq	s, %rax
	cmpq	max, %rax
	jae	L(whole)
	testl	$63, %ecx
	jz	L(next_64)
L(one_16):
	movdqa	%xmm0, %xmm1
	LOAD	L(unreadable), pcmpeqb (block), %xmm1
	pmovmskb %xmm1, %r11d
	testl	%r11d, %r11d
	jnz	L(found)
	addq	$16, block
	jmp	L(next_16)

L(next_64):
	movq	block, %rax
	subq	s, %rax
	cmpq	max, %rax
	BRANCH_LOAD L(unreadable), jae L(whole)
	LOAD	L(unreadable), movdqa (block), %xmm1
	LOAD	L(unreadable), movdqa 16(block), %xmm2
	LOAD	L(unreadable), movdqa 32(block), %xmm3
	LOAD	L(unreadable), movdqa 48(block), %xmm4
	pminub	%xmm1, %xmm2
	pminub	%xmm3, %xmm4
	pminub	%xmm2, %xmm4
	pcmpeqb	%xmm0, %xmm4
	pmovmskb %xmm4, %r11d
	testl	%r11d, %r11d
	jnz	L(one_16)
	addq	$64, block
	jmp	L(next_64)

L(found_first):
	bsfl	%eax, %eax
	jmp	L(clamp)
L(found):
	bsfl	%r11d, %r11d
	leaq	(block, %r11), %rax
	subq	s, %rax
L(clamp):
	cmpq	max, %rax
	jb	L(return)
L(whole):
	movq	max, %rax
L(return):
	ret

L(unreadable_first):
	xorl	%eax, %eax
	movl	$1, %edx
	ret
L(unreadable):
	movq	block, %rax
	subq	s, %rax
	movl	$1, %edx
	ret
END_FUNC haul_arch_strnlen
