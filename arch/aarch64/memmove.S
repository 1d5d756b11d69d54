/* SPDX-License-Identifier: MIT */
/*
 * Copy memory that may fault and may overlap: the entry, and what all variants
 * share.
 *
 * size_t haul_memmove(void *dst, const void *src, size_t n);
 * Returns the bytes moved, k, as haul_memcpy does.  Where dst lies inside the
 * source the copy runs backward, and after a fault bytes beyond k may hold
 * their moved values already.
 *
 * Method.  Up to 128 bytes everything is loaded before anything is stored, so
 * the direction does not matter.  Larger ranges that do not overlap are
 * haul_memcpy's, the others the slot's.
 *
 * A store that fails may have written some of its bytes (memcpy.S), and here
 * these can be bytes of the source.  So what the registers hold is never read
 * again: the fixup stores them byte by byte, and so finds the exact byte.
 * Everything that goes on from memory moves by aligned vectors, or by bytes.
 */
#include "asm.h"

#define dst x0
#define src x1
#define size x2
#define off x3
#define src_end x3
#define dst_end x4

PUBLIC_FUNC haul_memmove, 6
	cmp	size, 32
	b.hs	L(over_31)
	tbz	size, 4, L(under_16)
	sub	off, size, 16
	LOAD	L(restart), ldr q0, [src]
	LOAD	L(restart), ldr q1, [src, off]
	STORE	L(store_16), str q0, [dst]
	STORE	L(store_16), str q1, [dst, off]
	mov	x0, size
	ret

L(under_16):
	tbz	size, 3, L(under_8)
	sub	off, size, 8
	LOAD	L(restart), ldr x4, [src]
	LOAD	L(restart), ldr x5, [src, off]
	STORE	L(store_8), str x4, [dst]
	STORE	L(store_8), str x5, [dst, off]
	mov	x0, size
	ret

L(under_8):
	tbz	size, 2, L(under_4)
	sub	off, size, 4
	LOAD	L(restart), ldr w4, [src]
	LOAD	L(restart), ldr w5, [src, off]
	STORE	L(store_4), str w4, [dst]
	STORE	L(store_4), str w5, [dst, off]
	mov	x0, size
	ret

L(under_4):
	tbz	size, 1, L(under_2)
	sub	off, size, 2
	LOAD	L(restart), ldrh w4, [src]
	LOAD	L(restart), ldrh w5, [src, off]
	STORE	L(store_2), strh w4, [dst]
	STORE	L(store_2), strh w5, [dst, off]
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
	STORE	L(store_32), stp q0, q1, [dst]
	STORE	L(store_32), stp q2, q3, [dst_end, -32]
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
	STORE	L(store_64), stp q0, q1, [dst]
	STORE	L(store_64), stp q2, q3, [dst, 32]
	STORE	L(store_64), stp q4, q5, [dst_end, -64]
	STORE	L(store_64), stp q6, q7, [dst_end, -32]
	mov	x0, size
	ret

	/* Both differences without tags: two pointers to the same bytes may have
	 * different ones. */
L(over_128):
	sub	x3, dst, src
	ubfx	x3, x3, 0, ADDRESS_BITS
	cmp	x3, size
	b.lo	L(backward)
	sub	x3, src, dst
	ubfx	x3, x3, 0, ADDRESS_BITS
	cmp	x3, size
	b.lo	L(dispatch)
	b	haul_arch_memcpy_over_128
L(dispatch):
	JUMP_SLOT haul_arch_memmove_slot
L(backward):
	lsr	x3, size, ADDRESS_BITS - 1
	cbz	x3, L(dispatch)
	/* No such range is accessible as a whole: its first byte that fails is
	 * looked for from the front. */
	mov	fact_what, 0
	b	L(restart_backward)

	/* A load has failed, so nothing is moved yet. */
L(restart):
	sub	x3, dst, src
	ubfx	x3, x3, 0, ADDRESS_BITS
	cmp	x3, size
	b.lo	L(restart_backward)
	mov	x3, 0
	b	haul_arch_memcpy_resume
L(restart_backward):
	mov	x3, size
	b	haul_arch_memmove_resume_backward

	/* A store has failed: the bytes of both pieces, and the length of one. */
L(store_2):
	fmov	s0, w4
	ins	v0.h[1], w5
	mov	x4, 2
	b	L(store_pieces)
L(store_4):
	fmov	s0, w4
	ins	v0.s[1], w5
	mov	x4, 4
	b	L(store_pieces)
L(store_8):
	fmov	d0, x4
	ins	v0.d[1], x5
	mov	x4, 8
	b	L(store_pieces)
L(store_16):
	mov	x4, 16
	b	L(store_pieces)
L(store_32):
	mov	x4, 32
	b	L(store_pieces)
L(store_64):
	mov	x4, 64
L(store_pieces):
	mov	x3, 0
	mov	x5, x4
	b	haul_arch_memmove_resume_store
END_FUNC haul_memmove

/* One byte of q0 to q7, which then all move down. */
.macro STORE_BYTE fixup:req, pos:req
	STORE	\fixup, str b0, [dst, \pos]
	add	\pos, \pos, 1
	ext	v0.16b, v0.16b, v1.16b, 1
	ext	v1.16b, v1.16b, v2.16b, 1
	ext	v2.16b, v2.16b, v3.16b, 1
	ext	v3.16b, v3.16b, v4.16b, 1
	ext	v4.16b, v4.16b, v5.16b, 1
	ext	v5.16b, v5.16b, v6.16b, 1
	ext	v6.16b, v6.16b, v7.16b, 1
	ext	v7.16b, v7.16b, v7.16b, 1
.endm

/*
 * Goes on after a fault of a store, whose bytes come from q0 to q7: x4 of them
 * at offset x3, and then x5, if any, at the end.  Before offset x3 all is moved.
 * Source bytes after these are as they were.
 */
FUNC haul_arch_memmove_resume_store
#define pos x3
#define run x4
#define last_run x5
L(store_byte):
	STORE_BYTE L(stop), pos
	subs	run, run, 1
	BRANCH_STORE L(stop), b.ne L(store_byte)
	cbz	last_run, L(stored)
	sub	pos, size, last_run
	mov	run, last_run
	mov	last_run, 0
	b	L(store_byte)

	/* It could be done after all. */
L(stored):
	mov	fact_what, 0
	b	haul_arch_memcpy_resume
L(stop):
	mov	x0, pos
	ret
#undef pos
#undef run
#undef last_run
END_FUNC haul_arch_memmove_resume_store

/*
 * Goes on after a fault of a store of a backward move, whose bytes come from q0
 * to q7: x4 of them at offset x3.  Source bytes before x3 are as they were.  The
 * first of the bytes that fails is the new end.
 */
FUNC haul_arch_memmove_resume_store_backward
#define left x3
#define run x4
#define pos x5
	mov	pos, left
L(store_byte_backward):
	STORE_BYTE L(new_end), pos
	subs	run, run, 1
	BRANCH_STORE L(new_end), b.ne L(store_byte_backward)
	mov	fact_what, 0
	b	haul_arch_memmove_resume_backward
L(new_end):
	mov	size, pos
	b	haul_arch_memmove_resume_backward
#undef left
#undef run
#undef pos
END_FUNC haul_arch_memmove_resume_store_backward

/*
 * Goes on after a fault of a backward move.  In: dst, src, n, x3 bytes that are
 * left, and facts.  The rest of haul_memmove's contract.
 *
 * The first byte that fails is looked for from the front, one byte a page on
 * either side (a granule, after a fault that may be of less than a page), without
 * changing any.  All before it is then moved.  If a byte of that move fails (the
 * memory changed meanwhile, or fails by less than a page) it is the new end, and
 * the search starts over.
 * If none fails any more, the whole rest is moved.
 */
FUNC haul_arch_memmove_resume_backward
#define left x3
#define bound x4	/* everything before it may be accessible */
#define probe x5
#define mask x6
#define next x7
#define PAGE 4096
#define GRANULE 16
	mov	bound, left
	mov	mask, GRANULE - 1
	and	w7, fact_kind_8, 0xff
	cmp	w7, FACT_KIND_NO_END
	b.hs	L(read_probe)
	mov	mask, PAGE - 1
	tbz	fact_what, FACT_ADDR_VALID_BIT, L(read_probe)
	tst	fact_what, FACT_OPERAND_SRC
	csel	x7, src, dst, ne
	sub	x7, fact_addr, x7
	ubfx	x7, x7, 0, ADDRESS_BITS
	cmp	x7, left
	csel	bound, x7, bound, lo

L(read_probe):
	mov	probe, 0
L(read_next):
	cmp	probe, bound
	BRANCH_LOAD L(bounded), b.hs L(write_probe)
	LOAD	L(bounded), ldrb w8, [src, probe]
	add	next, src, probe
	orr	next, next, mask
	sub	next, next, src
	add	probe, next, 1
	b	L(read_next)

	/* Exclusive accesses, lest another thread's byte be overwritten. */
L(write_probe):
	mov	probe, 0
L(write_next):
	cmp	probe, bound
	b.hs	L(move)
	add	next, dst, probe
L(write_again):
	STORE	L(bounded), ldxrb w8, [next]
	STORE	L(bounded), stxrb w9, w8, [next]
	BRANCH_STORE L(bounded), cbnz w9, L(write_again)
	orr	next, next, mask
	sub	next, next, dst
	add	probe, next, 1
	b	L(write_next)

L(bounded):
	mov	bound, probe
	b	L(write_probe)

L(move):
	cmp	bound, left
	csel	size, bound, size, lo
	mov	left, bound
L(move_byte):
	cbz	left, L(moved)
	sub	next, left, 1
	LOAD	L(again), ldrb w8, [src, next]
	STORE	L(again), strb w8, [dst, next]
	mov	left, next
	add	next, dst, left
	tst	next, 15
	b.ne	L(move_byte)
L(move_vector):
	subs	next, left, 16
	BRANCH_LOAD L(move_byte), b.lo L(move_byte)
	LOAD	L(move_byte), ldr q0, [src, next]
	STORE	L(move_byte), str q0, [dst, next]
	mov	left, next
	b	L(move_vector)
L(again):
	mov	left, next
	mov	size, next
	b	haul_arch_memmove_resume_backward
L(moved):
	mov	x0, size
	ret
#undef left
#undef bound
#undef probe
#undef mask
#undef next
END_FUNC haul_arch_memmove_resume_backward

FUNC haul_arch_memmove_resolver
	RESOLVE
	JUMP_SLOT haul_arch_memmove_slot
END_FUNC haul_arch_memmove_resolver

FACTS haul_arch_memmove_facts, haul_memmove
