/* SPDX-License-Identifier: MIT */
/* haul_memset by rep stosb, for sizes of 64 and more.  rcx is exact at a fault: n -
 * rcx bytes are set. */
#include "asm.h"

FUNC haul_arch_memset_erms, 6
	movq	%rdi, %r11
	movq	%rdx, %rcx
	movq	%rax, %rdx
	movl	%esi, %eax
	STORE	L(resume), rep stosb
	movq	%rdx, %rax
	ret

L(resume):
	movq	%r11, %rdi
	movq	%rdx, %rax
	negq	%rcx
	addq	%rax, %rcx
	jmp	haul_arch_memset_resume
END_FUNC haul_arch_memset_erms
