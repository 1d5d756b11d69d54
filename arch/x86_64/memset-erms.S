/* SPDX-License-Identifier: MIT */
/* haul_memset by rep stosb, for sizes of 64 and more.  At a fault rdi stands at
 * the first byte not set.  (So does rcx, but not under Valgrind.) */
#include "asm.h"

FUNC haul_arch_memset_erms, 6
	movq	%rdi, %r11
	movq	%rdx, %rcx
	jmp	haul_arch_memset_string
END_FUNC haul_arch_memset_erms

/* In: rdi and rcx as rep stosb wants them, c in esi, the fill's dst in r11 and
 * its n in rax; bytes before rdi are set. */
FUNC haul_arch_memset_string
	movq	%rax, %rdx
	movl	%esi, %eax
	STORE	L(resume), rep stosb
	movq	%rdx, %rax
	ret

L(resume):
	movq	%rdi, %rcx
	subq	%r11, %rcx
	movq	%r11, %rdi
	movq	%rdx, %rax
	jmp	haul_arch_memset_resume
END_FUNC haul_arch_memset_string
