/* SPDX-License-Identifier: MIT */
/*
 * The body of the vector variants of haul_memset.  A variant defines
 *   NAME       its function
 *   VEC        bytes per vector
 *   FILL       the vector register
 *   BROADCAST  puts the byte in esi into every byte of FILL
 *   MOVU MOVA  stores, unaligned and aligned;  MOVNT  non-temporal
 *   VEC_DONE   what has to be done before returning (vzeroupper or nothing)
 *
 * In: dst, c in esi, size >= 64 in rdx and rax.  Beyond eight vectors the
 * destination is aligned; bytes set are cursor - dst.
 */

#define dst %rdi
#define size %rdx
#define end %rdx
#define cursor %rcx

FUNC NAME, 6
	BROADCAST
#if VEC > 32
	cmpq	$(2 * VEC), size
	BRANCH_STORE L(restart), ja L(over_2)
	STORE	L(restart), MOVU FILL, (dst)
	STORE	L(restart), MOVU FILL, -VEC(dst, size)
	VEC_DONE
	ret
	.p2align 4
L(over_2):
#endif
	cmpq	$(8 * VEC), size
	ja	L(bulk)
#if VEC > 16
	cmpq	$(4 * VEC), size
	BRANCH_STORE L(restart), ja L(over_4)
	STORE	L(restart), MOVU FILL, (dst)
	STORE	L(restart), MOVU FILL, VEC(dst)
	STORE	L(restart), MOVU FILL, -2 * VEC(dst, size)
	STORE	L(restart), MOVU FILL, -VEC(dst, size)
	VEC_DONE
	ret

	.p2align 4
L(over_4):
#endif
	cmpq	$(6 * VEC), size
	BRANCH_STORE L(restart), jbe L(upto_6)
	STORE	L(restart), MOVU FILL, (dst)
	STORE	L(restart), MOVU FILL, VEC(dst)
	STORE	L(restart), MOVU FILL, 2 * VEC(dst)
	STORE	L(restart), MOVU FILL, 3 * VEC(dst)
	STORE	L(restart), MOVU FILL, -4 * VEC(dst, size)
	STORE	L(restart), MOVU FILL, -3 * VEC(dst, size)
	STORE	L(restart), MOVU FILL, -2 * VEC(dst, size)
	STORE	L(restart), MOVU FILL, -VEC(dst, size)
	VEC_DONE
	ret

	.p2align 4
L(upto_6):
	STORE	L(restart), MOVU FILL, (dst)
	STORE	L(restart), MOVU FILL, VEC(dst)
	STORE	L(restart), MOVU FILL, 2 * VEC(dst)
	STORE	L(restart), MOVU FILL, 3 * VEC(dst)
	STORE	L(restart), MOVU FILL, -2 * VEC(dst, size)
	STORE	L(restart), MOVU FILL, -VEC(dst, size)
	VEC_DONE
	ret

	.p2align 4
L(bulk):
	STORE	L(restart), MOVU FILL, (dst)
	leaq	VEC(dst), cursor
	andq	$-VEC, cursor
	addq	dst, end
	jc	L(wraps)
	subq	$(4 * VEC), end
	cmpq	haul_arch_memset_nt_threshold(%rip), %rax
	jae	L(stream)
	cmpq	haul_arch_rep_stosb_threshold(%rip), %rax
	BRANCH_STORE L(resume), jae L(string)

	.p2align 5
L(loop):
	STORE	L(resume), MOVA FILL, (cursor)
	STORE	L(resume), MOVA FILL, VEC(cursor)
	STORE	L(resume), MOVA FILL, 2 * VEC(cursor)
	STORE	L(resume), MOVA FILL, 3 * VEC(cursor)
	addq	$(4 * VEC), cursor
	cmpq	end, cursor
	BRANCH_STORE L(resume), jb L(loop)
L(last):
	addq	$(2 * VEC), end
	cmpq	end, cursor
	BRANCH_STORE L(resume), jae L(last_2)
	STORE	L(resume), MOVU FILL, -2 * VEC(end)
	STORE	L(resume), MOVU FILL, -VEC(end)
L(last_2):
	STORE	L(resume), MOVU FILL, (end)
	STORE	L(resume), MOVU FILL, VEC(end)
	VEC_DONE
	ret

L(string):
	STORE	L(resume), MOVA FILL, (cursor)
	addq	$VEC, cursor
	VEC_DONE
	movq	dst, %r11
	movq	cursor, dst
	leaq	(%r11, %rax), %rcx
	subq	dst, %rcx
	jmp	haul_arch_memset_string

	/* Beyond the caches: stores that do not read the line first. */
	.p2align 5
L(stream):
	STORE	L(resume_stream), MOVNT FILL, (cursor)
	STORE	L(resume_stream), MOVNT FILL, VEC(cursor)
	STORE	L(resume_stream), MOVNT FILL, 2 * VEC(cursor)
	STORE	L(resume_stream), MOVNT FILL, 3 * VEC(cursor)
	addq	$(4 * VEC), cursor
	cmpq	end, cursor
	BRANCH_STORE L(resume_stream), jb L(stream)
	sfence
	jmp	L(last)

	/* The end lies beyond the address space, so it cannot be aimed at. */
L(wraps):
	xorl	fact_what_32, fact_what_32
L(restart):
	VEC_DONE
	xorl	%ecx, %ecx
	jmp	haul_arch_memset_resume
L(resume_stream):
	sfence
L(resume):
	VEC_DONE
	subq	dst, cursor
	movl	$VEC, %r11d		/* the head may reach beyond the first cursor */
	cmpq	%r11, cursor
	cmovbq	%r11, cursor
	jmp	haul_arch_memset_resume
END_FUNC NAME
