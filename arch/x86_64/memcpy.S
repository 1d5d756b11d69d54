/* SPDX-License-Identifier: MIT */
/*
 * Copy memory that may fault: the entry, and what all variants share.
 *
 * size_t haul_memcpy(void *dst, const void *src, size_t n);
 * Returns the bytes copied, k.  After a fault dst[0, k) = src[0, k), byte k is
 * the first that failed, dst[k, n) is unchanged, and the fault's facts are in
 * the fact registers.
 *
 * Method.  A size class loads all its bytes before it stores any, and stores
 * in ascending order, so that a faulting load leaves the class undone and a
 * faulting store leaves a prefix done.  Fixups therefore know from registers
 * what is committed and hand over to haul_arch_memcpy_resume, which finds the
 * exact byte.  (A store of more than 8 bytes that spans two pages and fails may
 * have changed one of them, SDM volume 3, 9.1.1.  CPUs do not, QEMU before 8 does.)
 *
 * Sizes under 64 are served here, in baseline code: most calls are that small,
 * and for them a dispatch would cost as much as the copy.  Few branches tell
 * their classes apart, because sizes are hard to predict; pieces that overlap
 * cost less than a branch taken wrongly.
 */
#include "asm.h"

#define dst %rdi
#define src %rsi
#define size %rdx

PUBLIC_FUNC haul_memcpy, 6
	movq	size, %rax
	cmpq	$16, size
	jb	L(under_16)
	cmpq	$64, size
	jb	L(under_64)
	jmp	*haul_arch_memcpy_slot(%rip)

	/* 16 to 63: at 0, x, n - 16 - x and n - 16, with x 16 from 32 on. */
	.p2align 5
L(under_64):
	movl	%edx, %ecx
	andl	$32, %ecx
	shrl	$1, %ecx
	subq	%rcx, %rdx
	LOAD	L(restart), movups (src), %xmm0
	LOAD	L(restart), movups (src, %rcx), %xmm1
	LOAD	L(restart), movups -16(src, %rdx), %xmm2
	LOAD	L(restart), movups -16(src, %rax), %xmm3
	STORE	L(restart), movups %xmm0, (dst)
	STORE	L(restart), movups %xmm1, (dst, %rcx)
	STORE	L(restart), movups %xmm2, -16(dst, %rdx)
	STORE	L(restart), movups %xmm3, -16(dst, %rax)
	ret

	/* 4 to 15: at 0, x, n - 4 - x and n - 4, with x 4 from 8 on. */
	.p2align 4
L(under_16):
	cmpl	$4, %edx
	jb	L(under_4)
	movl	%edx, %ecx
	andl	$8, %ecx
	shrl	$1, %ecx
	subl	%ecx, %edx
	LOAD	L(restart), movl (src), %r8d
	LOAD	L(restart), movl (src, %rcx), %r9d
	LOAD	L(restart), movl -4(src, %rdx), %r10d
	LOAD	L(restart), movl -4(src, %rax), %r11d
	STORE	L(restart), movl %r8d, (dst)
	STORE	L(restart), movl %r9d, (dst, %rcx)
	STORE	L(restart), movl %r10d, -4(dst, %rdx)
	STORE	L(restart), movl %r11d, -4(dst, %rax)
	ret

	/* 1 to 3: the first, the middle and the last byte. */
L(under_4):
	shrl	$1, %edx
	testl	%eax, %eax
	BRANCH_LOAD L(restart), jz L(nothing)
	LOAD	L(restart), movzbl (src), %r8d
	LOAD	L(restart), movzbl (src, %rdx), %r9d
	LOAD	L(restart), movzbl -1(src, %rax), %r10d
	STORE	L(restart), movb %r8b, (dst)
	STORE	L(restart), movb %r9b, (dst, %rdx)
	STORE	L(restart), movb %r10b, -1(dst, %rax)
L(nothing):
	ret

L(restart):
	xorl	%ecx, %ecx
	jmp	haul_arch_memcpy_resume
END_FUNC haul_memcpy

/*
 * Goes on after a fault.  In: dst, src, n in rax, rcx bytes that are committed
 * and facts.  The rest of haul_memcpy's contract.
 *
 * If the address lies ahead in the operand that failed, everything before it
 * is tried (it may fail on the other side) and the address is the end: a
 * second fault is not needed to find it.  If there is no such address, the
 * copy just goes on, and its next fault is found by bytes.
 */
FUNC haul_arch_memcpy_resume
#define done %rcx
#define limit %rdx
	movq	%rax, limit
	testl	$FACT_ADDR_VALID, fact_what_32
	jz	L(vectors)
	movq	src, %r11
	testl	$FACT_OPERAND_SRC, fact_what_32
	cmovzq	dst, %r11
	negq	%r11
	addq	fact_addr, %r11		/* offset of the address in the operand */
	cmpq	done, %r11
	jb	L(vectors)
	cmpq	%rax, %r11
	cmovbq	%r11, limit

L(vectors):
	leaq	16(done), %r11
	cmpq	limit, %r11
	BRANCH_LOAD L(distrust), ja L(bytes)
	LOAD	L(distrust), movups (src, done), %xmm0
	STORE	L(piece), movups %xmm0, (dst, done)
	movq	%r11, done
	jmp	L(vectors)

L(distrust):
	movq	%rax, limit
L(bytes):
	cmpq	limit, done
	BRANCH_LOAD L(stop), jae L(stop)
	LOAD	L(stop), movzbl (src, done), %r11d
	STORE	L(stop), movb %r11b, (dst, done)
	incq	done
	jmp	L(bytes)

L(stop):
	movq	done, %rax
	ret
L(piece):
	jmp	haul_arch_memcpy_piece
END_FUNC haul_arch_memcpy_resume

/*
 * Goes on after a store of xmm0 at dst + rcx that failed, but may have changed
 * the lower of two pages, and there the source, if that overlaps: stores xmm0 by
 * bytes.  In and out as haul_arch_memcpy_resume.
 */
FUNC haul_arch_memcpy_piece
	movl	$16, %edx
L(piece_byte):
	movd	%xmm0, %r11d
	psrldq	$1, %xmm0
	STORE	L(piece_stop), movb %r11b, (dst, done)
	incq	done
	decl	%edx
	BRANCH_STORE L(piece_stop), jnz L(piece_byte)
	jmp	haul_arch_memcpy_resume
L(piece_stop):
	movq	done, %rax
	ret
#undef done
#undef limit
END_FUNC haul_arch_memcpy_piece

/* The slot starts at its resolver: choose, then go on through the slot. */
FUNC haul_arch_memcpy_resolver
	RESOLVE
	jmp	*haul_arch_memcpy_slot(%rip)
END_FUNC haul_arch_memcpy_resolver

FACTS haul_arch_memcpy_facts, haul_memcpy
