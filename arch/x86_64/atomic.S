/* SPDX-License-Identifier: MIT */
/*
 * Atomic operations on memory that may fault.
 *
 * struct haul_arch_word haul_arch_<op>_u<width>(p, ...): what was there before
 * in rax, zero-extended, and the fault flag in edx.  One instruction; for and,
 * or and xor, of which x86 has no fetching form, a cmpxchg loop.  A fault
 * leaves memory unchanged.
 *
 * The lock prefix, implied by xchg, makes them sequentially consistent (Intel SDM
 * volume 3, 9.2.3.9).
 */
#include "asm.h"

/* `before` puts an operand into rax zero-extended; narrow results replace its low
 * part only, so what comes out is zero-extended too. */
.macro ATOMIC name:req, insn:req, before:req
FUNC \name
	\before
	PROBE	.Lfaulted, \insn
	xorl	%edx, %edx
	ret
END_FUNC \name
.endm

/* value = *p; do next = value op operand; while (!cmpxchg(p, value, next)) */
.macro ATOMIC_LOOP name:req, load:req, op:req, operand:req, next:req, cmpxchg:req
FUNC \name
	PROBE	.Lfaulted, \load
.Lagain\@:
	movq	%rax, %rcx
	\op	\operand, \next
	PROBE	.Lfaulted, \cmpxchg
	jne	.Lagain\@
	xorl	%edx, %edx
	ret
END_FUNC \name
.endm

ATOMIC haul_arch_swap_u8, "xchgb %al, (%rdi)", "movzbl %sil, %eax"
ATOMIC haul_arch_swap_u16, "xchgw %ax, (%rdi)", "movzwl %si, %eax"
ATOMIC haul_arch_swap_u32, "xchgl %eax, (%rdi)", "movl %esi, %eax"
ATOMIC haul_arch_swap_u64, "xchgq %rax, (%rdi)", "movq %rsi, %rax"

ATOMIC haul_arch_cmpxchg_u8, "lock cmpxchgb %dl, (%rdi)", "movzbl %sil, %eax"
ATOMIC haul_arch_cmpxchg_u16, "lock cmpxchgw %dx, (%rdi)", "movzwl %si, %eax"
ATOMIC haul_arch_cmpxchg_u32, "lock cmpxchgl %edx, (%rdi)", "movl %esi, %eax"
ATOMIC haul_arch_cmpxchg_u64, "lock cmpxchgq %rdx, (%rdi)", "movq %rsi, %rax"

ATOMIC haul_arch_fetch_add_u8, "lock xaddb %al, (%rdi)", "movzbl %sil, %eax"
ATOMIC haul_arch_fetch_add_u16, "lock xaddw %ax, (%rdi)", "movzwl %si, %eax"
ATOMIC haul_arch_fetch_add_u32, "lock xaddl %eax, (%rdi)", "movl %esi, %eax"
ATOMIC haul_arch_fetch_add_u64, "lock xaddq %rax, (%rdi)", "movq %rsi, %rax"

ATOMIC_LOOP haul_arch_fetch_and_u8, "movzbl (%rdi), %eax", andb, %sil, %cl, "lock cmpxchgb %cl, (%rdi)"
ATOMIC_LOOP haul_arch_fetch_and_u16, "movzwl (%rdi), %eax", andw, %si, %cx, "lock cmpxchgw %cx, (%rdi)"
ATOMIC_LOOP haul_arch_fetch_and_u32, "movl (%rdi), %eax", andl, %esi, %ecx, "lock cmpxchgl %ecx, (%rdi)"
ATOMIC_LOOP haul_arch_fetch_and_u64, "movq (%rdi), %rax", andq, %rsi, %rcx, "lock cmpxchgq %rcx, (%rdi)"

ATOMIC_LOOP haul_arch_fetch_or_u8, "movzbl (%rdi), %eax", orb, %sil, %cl, "lock cmpxchgb %cl, (%rdi)"
ATOMIC_LOOP haul_arch_fetch_or_u16, "movzwl (%rdi), %eax", orw, %si, %cx, "lock cmpxchgw %cx, (%rdi)"
ATOMIC_LOOP haul_arch_fetch_or_u32, "movl (%rdi), %eax", orl, %esi, %ecx, "lock cmpxchgl %ecx, (%rdi)"
ATOMIC_LOOP haul_arch_fetch_or_u64, "movq (%rdi), %rax", orq, %rsi, %rcx, "lock cmpxchgq %rcx, (%rdi)"

ATOMIC_LOOP haul_arch_fetch_xor_u8, "movzbl (%rdi), %eax", xorb, %sil, %cl, "lock cmpxchgb %cl, (%rdi)"
ATOMIC_LOOP haul_arch_fetch_xor_u16, "movzwl (%rdi), %eax", xorw, %si, %cx, "lock cmpxchgw %cx, (%rdi)"
ATOMIC_LOOP haul_arch_fetch_xor_u32, "movl (%rdi), %eax", xorl, %esi, %ecx, "lock cmpxchgl %ecx, (%rdi)"
ATOMIC_LOOP haul_arch_fetch_xor_u64, "movq (%rdi), %rax", xorq, %rsi, %rcx, "lock cmpxchgq %rcx, (%rdi)"

FUNC haul_arch_atomic_faulted
.Lfaulted:
	movl	$1, %edx
	ret
END_FUNC haul_arch_atomic_faulted
