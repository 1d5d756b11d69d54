/* SPDX-License-Identifier: MIT */
/*
 * Device access, word by word (arch.h):
 *
 * size_t haul_arch_io_copy_u<width>(dst, src, count, facts);
 *
 * The count goes up after each store: at a fault it is the words copied.
 */
#include "asm.h"

.macro IO_COPY name:req, bytes:req, load:req, store:req
FUNC \name
	xorl	%eax, %eax
.Lnext_\bytes:
	cmpq	%rdx, %rax
	BRANCH_LOAD .Lfailed, jae .Lall_\bytes
	LOAD	.Lfailed, \load
	STORE	.Lfailed, \store
	addq	$\bytes, %rsi
	addq	$\bytes, %rdi
	incq	%rax
	jmp	.Lnext_\bytes
.Lall_\bytes:
	ret
END_FUNC \name
.endm

IO_COPY haul_arch_io_copy_u8, 1, "movzbl (%rsi), %r11d", "movb %r11b, (%rdi)"
IO_COPY haul_arch_io_copy_u16, 2, "movzwl (%rsi), %r11d", "movw %r11w, (%rdi)"
IO_COPY haul_arch_io_copy_u32, 4, "movl (%rsi), %r11d", "movl %r11d, (%rdi)"
IO_COPY haul_arch_io_copy_u64, 8, "movq (%rsi), %r11", "movq %r11, (%rdi)"

FUNC haul_arch_io_facts
.Lfailed:
	movq	fact_addr, (%rcx)
	movq	fact_cause, 8(%rcx)
	movq	fact_what, 16(%rcx)
	ret
END_FUNC haul_arch_io_facts
