/* SPDX-License-Identifier: MIT */
/*
 * haul_memcpy by rep movsb, for sizes of 64 and more.  rsi, rdi and rcx are exact at
 * a fault: n - rcx bytes are committed.  One instruction reads and writes, so
 * the address has to tell which side failed; if it is neither's next byte it
 * is not trusted, and the resumed copy finds out.
 */
#include "asm.h"

FUNC haul_arch_memcpy_erms, 6
	movq	%rdx, %rcx
L(marked):
	rep movsb
L(marked_end):
	EXTABLE	L(marked), L(marked_end), L(resume), OPERAND_NONE, 1
	ret

L(resume):
	cmpq	%rsi, fact_addr
	je	L(src_failed)
	cmpq	%rdi, fact_addr
	je	L(dst_failed)
	andl	$~FACT_ADDR_VALID, fact_what_32
L(src_failed):
	orl	$FACT_OPERAND_SRC, fact_what_32
	jmp	L(rewind)
L(dst_failed):
	orl	$FACT_OPERAND_DST, fact_what_32
L(rewind):
	subq	%rax, %rcx
	addq	%rcx, %rsi
	addq	%rcx, %rdi
	negq	%rcx
	jmp	haul_arch_memcpy_resume
END_FUNC haul_arch_memcpy_erms
