/* SPDX-License-Identifier: MIT */
/*
 * Copy memory that may fault: the entry, and what all variants share.
 *
 * size_t haul_memcpy(void *dst, const void *src, size_t n);
 * Returns the bytes copied, k.  After a fault dst[0, k) = src[0, k), byte k is
 * the first that failed, dst[k, n) is unchanged, and the fault's facts are in
 * the fact registers.
 *
 * Method.  A size class loads all its bytes before it stores any, and stores in
 * ascending order.  A faulting load leaves the class undone.  A store that
 * crosses into a page it may not write can leave its first bytes written, and a
 * pair of registers either half (Arm ARM, B2.2); those lie before the byte that
 * fails, and since the source is untouched the copy may simply be done again.
 * Fixups know from registers what is committed and hand over to
 * haul_arch_memcpy_resume, which finds the exact byte.  One case is left to the
 * CPU: a piece that begins in a page that cannot be written and ends in one that
 * can.  Cores translate both before they write either.
 *
 * Sizes up to 256 are served here: most calls are that small, every core copies
 * them best by pairs of vectors, and a dispatch would cost four instructions.
 * Two pieces that overlap make each class; sizes under 32 are told apart by
 * single bits, which costs one instruction a decision.
 */
#include "asm.h"

#define dst x0
#define src x1
#define size x2
#define off x3
#define src_end x3
#define dst_end x4

PUBLIC_FUNC haul_memcpy, 6
	cmp	size, 32
	b.hs	L(over_31)
	tbz	size, 4, L(under_16)
	sub	off, size, 16
	LOAD	L(restart), ldr q0, [src]
	LOAD	L(restart), ldr q1, [src, off]
	STORE	L(restart), str q0, [dst]
	STORE	L(restart), str q1, [dst, off]
	mov	x0, size
	ret

L(under_16):
	tbz	size, 3, L(under_8)
	sub	off, size, 8
	LOAD	L(restart), ldr x4, [src]
	LOAD	L(restart), ldr x5, [src, off]
	STORE	L(restart), str x4, [dst]
	STORE	L(restart), str x5, [dst, off]
	mov	x0, size
	ret

L(under_8):
	tbz	size, 2, L(under_4)
	sub	off, size, 4
	LOAD	L(restart), ldr w4, [src]
	LOAD	L(restart), ldr w5, [src, off]
	STORE	L(restart), str w4, [dst]
	STORE	L(restart), str w5, [dst, off]
	mov	x0, size
	ret

L(under_4):
	tbz	size, 1, L(under_2)
	sub	off, size, 2
	LOAD	L(restart), ldrh w4, [src]
	LOAD	L(restart), ldrh w5, [src, off]
	STORE	L(restart), strh w4, [dst]
	STORE	L(restart), strh w5, [dst, off]
	mov	x0, size
	ret

L(under_2):
	BRANCH_LOAD L(restart), cbz size, L(nothing)
	LOAD	L(restart), ldrb w4, [src]
	STORE	L(restart), strb w4, [dst]
L(nothing):
	mov	x0, size
	ret

	.p2align 4
L(over_31):
	cmp	size, 64
	b.hi	L(over_64)
	add	src_end, src, size
	add	dst_end, dst, size
	LOAD	L(restart), ldp q0, q1, [src]
	LOAD	L(restart), ldp q2, q3, [src_end, -32]
	STORE	L(restart), stp q0, q1, [dst]
	STORE	L(restart), stp q2, q3, [dst_end, -32]
	mov	x0, size
	ret

	.p2align 4
L(over_64):
	cmp	size, 128
	b.hi	L(over_128)
	add	src_end, src, size
	add	dst_end, dst, size
	LOAD	L(restart), ldp q0, q1, [src]
	LOAD	L(restart), ldp q2, q3, [src, 32]
	LOAD	L(restart), ldp q4, q5, [src_end, -64]
	LOAD	L(restart), ldp q6, q7, [src_end, -32]
	STORE	L(restart), stp q0, q1, [dst]
	STORE	L(restart), stp q2, q3, [dst, 32]
	STORE	L(restart), stp q4, q5, [dst_end, -64]
	STORE	L(restart), stp q6, q7, [dst_end, -32]
	mov	x0, size
	ret

	/* haul_memmove jumps here with ranges that do not overlap. */
	.p2align 4
	.globl	haul_arch_memcpy_over_128
	.hidden	haul_arch_memcpy_over_128
haul_arch_memcpy_over_128:
L(over_128):
	cmp	size, 256
	b.hi	L(dispatch)
	add	src_end, src, size
	add	dst_end, dst, size
	LOAD	L(restart), ldp q0, q1, [src]
	LOAD	L(restart), ldp q2, q3, [src, 32]
	LOAD	L(restart), ldp q4, q5, [src, 64]
	cmp	size, 192
	BRANCH_LOAD L(restart), b.hi L(over_192)
	LOAD	L(restart), ldp q18, q19, [src_end, -96]
	LOAD	L(restart), ldp q20, q21, [src_end, -64]
	LOAD	L(restart), ldp q22, q23, [src_end, -32]
	STORE	L(restart), stp q0, q1, [dst]
	STORE	L(restart), stp q2, q3, [dst, 32]
	STORE	L(restart), stp q4, q5, [dst, 64]
	STORE	L(restart), stp q18, q19, [dst_end, -96]
	STORE	L(restart), stp q20, q21, [dst_end, -64]
	STORE	L(restart), stp q22, q23, [dst_end, -32]
	mov	x0, size
	ret

	.p2align 4
L(over_192):
	LOAD	L(restart), ldp q6, q7, [src, 96]
	LOAD	L(restart), ldp q16, q17, [src_end, -128]
	LOAD	L(restart), ldp q18, q19, [src_end, -96]
	LOAD	L(restart), ldp q20, q21, [src_end, -64]
	LOAD	L(restart), ldp q22, q23, [src_end, -32]
	STORE	L(restart), stp q0, q1, [dst]
	STORE	L(restart), stp q2, q3, [dst, 32]
	STORE	L(restart), stp q4, q5, [dst, 64]
	STORE	L(restart), stp q6, q7, [dst, 96]
	STORE	L(restart), stp q16, q17, [dst_end, -128]
	STORE	L(restart), stp q18, q19, [dst_end, -96]
	STORE	L(restart), stp q20, q21, [dst_end, -64]
	STORE	L(restart), stp q22, q23, [dst_end, -32]
	mov	x0, size
	ret

L(dispatch):
	JUMP_SLOT haul_arch_memcpy_slot

L(restart):
	mov	x3, 0
	b	haul_arch_memcpy_resume
END_FUNC haul_memcpy

/*
 * Goes on after a fault.  In: dst, src, n, x3 bytes that are committed, and
 * facts.  The rest of haul_memcpy's contract; also for overlapping ranges with
 * dst before src, because stores are aligned, so that one which fails has
 * written nothing.
 *
 * If the address lies ahead in the operand that failed, everything before it is
 * tried (it may fail on the other side) and the address is the end: a second
 * fault is not needed to find it.  An address in the page that fails is never
 * before the first byte that fails, be it rounded (SVE, MOPS) or not.  That is not
 * certain of a tag's granule, and wrong where only alignment is lacking (Device
 * memory): those addresses are no end.  If there is none, the copy just goes on,
 * and its next fault is found by bytes.
 */
FUNC haul_arch_memcpy_resume
#define done x3
#define limit x4
#define next x5
	mov	limit, size
	tbz	fact_what, FACT_ADDR_VALID_BIT, L(to_alignment)
	and	w6, fact_kind_8, 0xff
	cmp	w6, FACT_KIND_NO_END
	b.hs	L(to_alignment)
	tst	fact_what, FACT_OPERAND_SRC
	csel	x6, src, dst, ne
	sub	x6, fact_addr, x6
	ubfx	x6, x6, 0, ADDRESS_BITS		/* offset of the address in the operand */
	cmp	x6, done
	b.lo	L(to_alignment)
	cmp	x6, size
	csel	limit, x6, size, lo

L(to_alignment):
	add	next, dst, done
	tst	next, 15
	b.eq	L(vectors)
	cmp	done, limit
	BRANCH_LOAD L(stop), b.hs L(stop)
	LOAD	L(stop), ldrb w6, [src, done]
	STORE	L(stop), strb w6, [dst, done]
	add	done, done, 1
	b	L(to_alignment)

L(vectors):
	subs	next, limit, done
	b.lo	L(stop)
	cmp	next, 16
	BRANCH_LOAD L(distrust), b.lo L(bytes)
	LOAD	L(distrust), ldr q0, [src, done]
	STORE	L(distrust), str q0, [dst, done]
	add	done, done, 16
	b	L(vectors)

L(distrust):
	mov	limit, size
L(bytes):
	cmp	done, limit
	BRANCH_LOAD L(stop), b.hs L(stop)
	LOAD	L(stop), ldrb w6, [src, done]
	STORE	L(stop), strb w6, [dst, done]
	add	done, done, 1
	b	L(bytes)

L(stop):
	mov	x0, done
	ret
#undef done
#undef limit
#undef next
END_FUNC haul_arch_memcpy_resume

/* The slot starts at its resolver: choose, then go on through the slot. */
FUNC haul_arch_memcpy_resolver
	RESOLVE
	JUMP_SLOT haul_arch_memcpy_slot
END_FUNC haul_arch_memcpy_resolver

FACTS haul_arch_memcpy_facts, haul_memcpy
