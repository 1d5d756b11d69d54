/* SPDX-License-Identifier: MIT */
/*
 * Fill memory that may fault: the entry, and what all variants share.
 *
 * size_t haul_memset(void *dst, int c, size_t n);
 * Returns the bytes set, k.  After a fault dst[0, k) is set, byte k is the
 * first that failed, dst[k, n) is unchanged, and the fault's facts are in the
 * fact registers.
 *
 * Method.  Stores of a size class overlap freely but ascend, so a fault leaves
 * a prefix set; setting it again does no harm.  Sizes up to 256 are served here,
 * by two pieces that overlap or by pairs of vectors.  Variants find the byte in
 * every byte of q0.
 */
#include "asm.h"

#define dst x0
#define byte w1
#define size x2
#define off x3
#define end x3

PUBLIC_FUNC haul_memset, 6
	cmp	size, 32
	b.hs	L(over_31)
	tbz	size, 4, L(under_16)
	dup	v0.16b, byte
	sub	off, size, 16
	STORE	L(restart), str q0, [dst]
	STORE	L(restart), str q0, [dst, off]
	mov	x0, size
	ret

L(under_16):
	tbz	size, 3, L(under_8)
	dup	v0.8b, byte
	sub	off, size, 8
	STORE	L(restart), str d0, [dst]
	STORE	L(restart), str d0, [dst, off]
	mov	x0, size
	ret

L(under_8):
	tbz	size, 2, L(under_4)
	dup	v0.8b, byte
	sub	off, size, 4
	STORE	L(restart), str s0, [dst]
	STORE	L(restart), str s0, [dst, off]
	mov	x0, size
	ret

L(under_4):
	cbz	size, L(nothing)
	BRANCH_STORE L(restart), tbz size, 1, L(one)
	dup	v0.8b, byte
	sub	off, size, 2
	STORE	L(restart), str h0, [dst]
	STORE	L(restart), str h0, [dst, off]
	mov	x0, size
	ret

L(one):
	STORE	L(restart), strb byte, [dst]
L(nothing):
	mov	x0, size
	ret

	/* 32 to 96: a bit tells which, because 96 is less than 128. */
	.p2align 4
L(over_31):
	dup	v0.16b, byte
	cmp	size, 96
	b.hi	L(over_96)
	add	end, dst, size
	STORE	L(restart), stp q0, q0, [dst]
	BRANCH_STORE L(restart), tbz size, 6, L(under_64)
	STORE	L(restart), stp q0, q0, [dst, 32]
L(under_64):
	STORE	L(restart), stp q0, q0, [end, -32]
	mov	x0, size
	ret

	.p2align 4
L(over_96):
	cmp	size, 128
	b.hi	L(over_128)
	add	end, dst, size
	STORE	L(restart), stp q0, q0, [dst]
	STORE	L(restart), stp q0, q0, [dst, 32]
	STORE	L(restart), stp q0, q0, [end, -64]
	STORE	L(restart), stp q0, q0, [end, -32]
	mov	x0, size
	ret

	.p2align 4
L(over_128):
	cmp	size, 256
	b.hi	L(dispatch)
	add	end, dst, size
	STORE	L(restart), stp q0, q0, [dst]
	STORE	L(restart), stp q0, q0, [dst, 32]
	STORE	L(restart), stp q0, q0, [dst, 64]
	STORE	L(restart), stp q0, q0, [dst, 96]
	STORE	L(restart), stp q0, q0, [end, -128]
	STORE	L(restart), stp q0, q0, [end, -96]
	STORE	L(restart), stp q0, q0, [end, -64]
	STORE	L(restart), stp q0, q0, [end, -32]
	mov	x0, size
	ret

L(dispatch):
	JUMP_SLOT haul_arch_memset_slot

L(restart):
	mov	x3, 0
	b	haul_arch_memset_resume
END_FUNC haul_memset

/*
 * Goes on after a fault.  In: dst, byte, n, x3 bytes that are set, and facts.
 * The rest of haul_memset's contract.  An address ahead in dst is the end, but
 * for some kinds (memcpy.S); without one the fill goes on, and its next fault is
 * found by bytes.
 */
FUNC haul_arch_memset_resume
#define done x3
#define limit x4
#define next x5
	dup	v0.16b, byte
	mov	limit, size
	tbz	fact_what, FACT_ADDR_VALID_BIT, L(vectors)
	and	w6, fact_kind_8, 0xff
	cmp	w6, FACT_KIND_NO_END
	b.hs	L(vectors)
	sub	x6, fact_addr, dst
	ubfx	x6, x6, 0, ADDRESS_BITS		/* offset of the address */
	cmp	x6, done
	b.lo	L(vectors)
	cmp	x6, size
	csel	limit, x6, size, lo

L(vectors):
	subs	next, limit, done
	b.lo	L(stop)
	cmp	next, 16
	BRANCH_STORE L(distrust), b.lo L(bytes)
	STORE	L(distrust), str q0, [dst, done]
	add	done, done, 16
	b	L(vectors)

L(distrust):
	mov	limit, size
L(bytes):
	cmp	done, limit
	BRANCH_STORE L(stop), b.hs L(stop)
	STORE	L(stop), strb byte, [dst, done]
	add	done, done, 1
	b	L(bytes)

L(stop):
	mov	x0, done
	ret
#undef done
#undef limit
#undef next
END_FUNC haul_arch_memset_resume

FUNC haul_arch_memset_resolver
	RESOLVE
	dup	v0.16b, byte
	JUMP_SLOT haul_arch_memset_slot
END_FUNC haul_arch_memset_resolver

FACTS haul_arch_memset_facts, haul_memset
