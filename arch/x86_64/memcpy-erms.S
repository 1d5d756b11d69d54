/* SPDX-License-Identifier: MIT */
/*
 * haul_memcpy by rep movsb, for sizes of 64 and more.  At a fault rdi and rsi
 * stand at the first byte not copied.  (So does rcx, but not under Valgrind.)
 * One instruction reads and writes, so the address has to tell which side
 * failed; if it is neither's next byte it is not trusted, and the resumed copy
 * finds out.
 *
 * Weaker than the other variants in one case: if another thread takes the
 * source's pages away meanwhile, the CPU may have written up to 63 bytes beyond
 * those that its registers count.  So nothing chooses it by itself.
 */
#include "asm.h"

FUNC haul_arch_memcpy_erms, 6
	movq	%rdi, %r11
	movq	%rdx, %rcx
	jmp	haul_arch_memcpy_string
END_FUNC haul_arch_memcpy_erms

/* In: rdi, rsi and rcx as rep movsb wants them, the copy's dst in r11 and its
 * n in rax; bytes before rdi are copied. */
FUNC haul_arch_memcpy_string
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
	movq	%rdi, %rcx
	subq	%r11, %rcx
	subq	%rcx, %rsi
	movq	%r11, %rdi
	jmp	haul_arch_memcpy_resume
END_FUNC haul_arch_memcpy_string
