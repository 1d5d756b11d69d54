/* SPDX-License-Identifier: MIT */
/*
 * The body of the vector variants of haul_memcpy.  A variant defines
 *   NAME      its function
 *   VEC       bytes per vector
 *   V(i)      vector register i, 0 to 7
 *   MOVU MOVA moves, unaligned and aligned;  MOVNT  non-temporal store
 *   VEC_DONE  what has to be done before returning (vzeroupper or nothing)
 *
 * In: dst, src, size >= 64 in rdx and rax.  Classes up to eight vectors load
 * everything first.  Beyond that the head is stored, the destination is
 * aligned, so that no bulk store splits a line or a page, and four vectors an
 * iteration ascend; the last four vectors, or two if they suffice, end at the
 * end.
 *
 * Registers of the bulk: cursor moves through dst, delta leads from it to src,
 * dst stays.  Committed is cursor - dst, at least the head, and cursor moves
 * once an iteration, after its stores.
 */

#define dst %rdi
#define src %rsi
#define delta %rsi
#define size %rdx
#define end %rdx
#define cursor %rcx

#define AHEAD 4096		/* bytes that prefetches run ahead, */
#define STREAM_AHEAD 8192	/* and where the memory is farthest */

/* The lines of one iteration, some bytes ahead. */
.macro PREFETCH_SRC ahead:req
	.set	line, 0
	.rept	4 * VEC / 64
	prefetcht0 \ahead + line(cursor, delta)
	.set	line, line + 64
	.endr
.endm
.macro PREFETCH_DST ahead:req
	.set	line, 0
	.rept	4 * VEC / 64
	prefetchw \ahead + line(cursor)
	.set	line, line + 64
	.endr
.endm

FUNC NAME, 6
#if VEC > 32
	cmpq	$(2 * VEC), size
	BRANCH_LOAD L(restart), ja L(over_2)
	LOAD	L(restart), MOVU (src), V(0)
	LOAD	L(restart), MOVU -VEC(src, size), V(1)
	STORE	L(restart), MOVU V(0), (dst)
	STORE	L(restart), MOVU V(1), -VEC(dst, size)
	VEC_DONE
	ret
	.p2align 4
L(over_2):
#endif
	cmpq	$(8 * VEC), size
	ja	L(bulk)
#if VEC > 16
	cmpq	$(4 * VEC), size
	BRANCH_LOAD L(restart), ja L(over_4)
	LOAD	L(restart), MOVU (src), V(0)
	LOAD	L(restart), MOVU VEC(src), V(1)
	LOAD	L(restart), MOVU -2 * VEC(src, size), V(2)
	LOAD	L(restart), MOVU -VEC(src, size), V(3)
	STORE	L(restart), MOVU V(0), (dst)
	STORE	L(restart), MOVU V(1), VEC(dst)
	STORE	L(restart), MOVU V(2), -2 * VEC(dst, size)
	STORE	L(restart), MOVU V(3), -VEC(dst, size)
	VEC_DONE
	ret

	.p2align 4
L(over_4):
#endif
	cmpq	$(6 * VEC), size
	BRANCH_LOAD L(restart), jbe L(upto_6)
	LOAD	L(restart), MOVU (src), V(0)
	LOAD	L(restart), MOVU VEC(src), V(1)
	LOAD	L(restart), MOVU 2 * VEC(src), V(2)
	LOAD	L(restart), MOVU 3 * VEC(src), V(3)
	LOAD	L(restart), MOVU -4 * VEC(src, size), V(4)
	LOAD	L(restart), MOVU -3 * VEC(src, size), V(5)
	LOAD	L(restart), MOVU -2 * VEC(src, size), V(6)
	LOAD	L(restart), MOVU -VEC(src, size), V(7)
	STORE	L(restart), MOVU V(0), (dst)
	STORE	L(restart), MOVU V(1), VEC(dst)
	STORE	L(restart), MOVU V(2), 2 * VEC(dst)
	STORE	L(restart), MOVU V(3), 3 * VEC(dst)
	STORE	L(restart), MOVU V(4), -4 * VEC(dst, size)
	STORE	L(restart), MOVU V(5), -3 * VEC(dst, size)
	STORE	L(restart), MOVU V(6), -2 * VEC(dst, size)
	STORE	L(restart), MOVU V(7), -VEC(dst, size)
	VEC_DONE
	ret

	.p2align 4
L(upto_6):
	LOAD	L(restart), MOVU (src), V(0)
	LOAD	L(restart), MOVU VEC(src), V(1)
	LOAD	L(restart), MOVU 2 * VEC(src), V(2)
	LOAD	L(restart), MOVU 3 * VEC(src), V(3)
	LOAD	L(restart), MOVU -2 * VEC(src, size), V(4)
	LOAD	L(restart), MOVU -VEC(src, size), V(5)
	STORE	L(restart), MOVU V(0), (dst)
	STORE	L(restart), MOVU V(1), VEC(dst)
	STORE	L(restart), MOVU V(2), 2 * VEC(dst)
	STORE	L(restart), MOVU V(3), 3 * VEC(dst)
	STORE	L(restart), MOVU V(4), -2 * VEC(dst, size)
	STORE	L(restart), MOVU V(5), -VEC(dst, size)
	VEC_DONE
	ret

	.p2align 4
L(bulk):
	LOAD	L(restart), MOVU (src), V(0)
	leaq	VEC(dst), cursor
	andq	$-VEC, cursor
	addq	dst, end
	jc	L(wraps)
	subq	$(4 * VEC), end
	subq	dst, delta
	STORE	L(restart_delta), MOVU V(0), (dst)
	cmpq	haul_arch_nt_threshold(%rip), %rax
	jae	L(stream)
	cmpq	haul_arch_far_threshold(%rip), %rax
	jae	L(far)
	cmpq	haul_arch_rep_movsb_threshold(%rip), %rax
	BRANCH_LOAD L(resume), jae L(string)

	.p2align 5
L(loop):
	LOAD	L(resume), MOVU (cursor, delta), V(0)
	LOAD	L(resume), MOVU VEC(cursor, delta), V(1)
	LOAD	L(resume), MOVU 2 * VEC(cursor, delta), V(2)
	LOAD	L(resume), MOVU 3 * VEC(cursor, delta), V(3)
	STORE	L(resume), MOVA V(0), (cursor)
	STORE	L(resume), MOVA V(1), VEC(cursor)
	STORE	L(resume), MOVA V(2), 2 * VEC(cursor)
	STORE	L(resume), MOVA V(3), 3 * VEC(cursor)
	addq	$(4 * VEC), cursor
	cmpq	end, cursor
	BRANCH_LOAD L(resume), jb L(loop)

L(last):
	addq	$(2 * VEC), end
	cmpq	end, cursor
	BRANCH_LOAD L(resume), jae L(last_2)
	LOAD	L(resume), MOVU -2 * VEC(end, delta), V(0)
	LOAD	L(resume), MOVU -VEC(end, delta), V(1)
	LOAD	L(resume), MOVU (end, delta), V(2)
	LOAD	L(resume), MOVU VEC(end, delta), V(3)
	STORE	L(resume), MOVU V(0), -2 * VEC(end)
	STORE	L(resume), MOVU V(1), -VEC(end)
	STORE	L(resume), MOVU V(2), (end)
	STORE	L(resume), MOVU V(3), VEC(end)
	VEC_DONE
	ret
L(last_2):
	LOAD	L(resume), MOVU (end, delta), V(0)
	LOAD	L(resume), MOVU VEC(end, delta), V(1)
	STORE	L(resume), MOVU V(0), (end)
	STORE	L(resume), MOVU V(1), VEC(end)
	VEC_DONE
	ret

	/* Where both sides just about fill the first cache, rep movsb keeps more of
	 * them there than a loop does.  It collapses when dst is up to 255 bytes
	 * above src in their megabytes: in huge pages the CPU then takes loads for
	 * dependent on the stores before them. */
L(string):
	movl	%esi, %r11d
	notl	%r11d			/* low half of dst - src - 1 */
	andl	$0xfffff, %r11d
	cmpl	$255, %r11d
	BRANCH_LOAD L(resume), jb L(loop)
	LOAD	L(resume), MOVU (cursor, delta), V(0)
	STORE	L(resume), MOVA V(0), (cursor)
	addq	$VEC, cursor
	VEC_DONE
	movq	dst, %r11
	leaq	(cursor, delta), src
	movq	cursor, dst
	leaq	4 * VEC(end), %rcx
	subq	dst, %rcx
	jmp	haul_arch_memcpy_string

	/* Beyond the first cache: ask for lines ahead, those to write as owner. */
	.p2align 5
L(far):
	PREFETCH_SRC AHEAD
	PREFETCH_DST AHEAD
	LOAD	L(resume), MOVU (cursor, delta), V(0)
	LOAD	L(resume), MOVU VEC(cursor, delta), V(1)
	LOAD	L(resume), MOVU 2 * VEC(cursor, delta), V(2)
	LOAD	L(resume), MOVU 3 * VEC(cursor, delta), V(3)
	STORE	L(resume), MOVA V(0), (cursor)
	STORE	L(resume), MOVA V(1), VEC(cursor)
	STORE	L(resume), MOVA V(2), 2 * VEC(cursor)
	STORE	L(resume), MOVA V(3), 3 * VEC(cursor)
	addq	$(4 * VEC), cursor
	cmpq	end, cursor
	jb	L(far)
	jmp	L(last)

	/* Beyond the caches: stores that do not read the line first. */
	.p2align 5
L(stream):
	PREFETCH_SRC STREAM_AHEAD
	LOAD	L(resume_stream), MOVU (cursor, delta), V(0)
	LOAD	L(resume_stream), MOVU VEC(cursor, delta), V(1)
	LOAD	L(resume_stream), MOVU 2 * VEC(cursor, delta), V(2)
	LOAD	L(resume_stream), MOVU 3 * VEC(cursor, delta), V(3)
	STORE	L(resume_stream), MOVNT V(0), (cursor)
	STORE	L(resume_stream), MOVNT V(1), VEC(cursor)
	STORE	L(resume_stream), MOVNT V(2), 2 * VEC(cursor)
	STORE	L(resume_stream), MOVNT V(3), 3 * VEC(cursor)
	addq	$(4 * VEC), cursor
	cmpq	end, cursor
	jb	L(stream)
	sfence
	jmp	L(last)

	/* The end lies beyond the address space, so it cannot be aimed at. */
L(wraps):
	xorl	fact_what_32, fact_what_32
	jmp	L(restart)

L(restart_delta):
	addq	dst, delta
L(restart):
	VEC_DONE
	xorl	%ecx, %ecx
	jmp	haul_arch_memcpy_resume

L(resume_stream):
	sfence
L(resume):
	VEC_DONE
	addq	dst, delta
	subq	dst, cursor
	movl	$VEC, %r11d		/* the head may reach beyond the first cursor */
	cmpq	%r11, cursor
	cmovbq	%r11, cursor
	jmp	haul_arch_memcpy_resume
END_FUNC NAME
