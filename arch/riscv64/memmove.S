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
 * Method.  Ranges that do not overlap are haul_memcpy's.  The others are moved
 * away from the overlap in pieces whose stores lie in one page each, so that a
 * piece is stored whole or not at all, and a register says after every piece
 * how far: what is not yet moved still has its source.
 *
 * The variants get dst, src and n >= 1.  Where dst lies before src byte 0 has
 * been moved, as haul_memcpy's variants expect; it lies before the source.
 */
#include "asm.h"

#define dst a0
#define src a1
#define size a2

PUBLIC_FUNC haul_memmove
	sub	t0, dst, src
	bltu	t0, size, L(backward)
	sub	t0, src, dst
	bgeu	t0, size, L(apart)
	LOAD	L(restart), lbu t0, (src)
	ld	t2, haul_arch_memmove_slot
	STORE	L(restart), sb t0, (dst)
	jr	t2
L(backward):
	JUMP_SLOT haul_arch_memmove_slot

L(apart):
	CONTINUE_AT	haul_memcpy

L(restart):
	li	t0, 0
	CONTINUE_AT	haul_arch_memcpy_resume
END_FUNC haul_memmove

/*
 * Goes on after a fault of a backward move.  In: dst, src, n, t0 bytes that are
 * left, and facts.  The rest of haul_memmove's contract.
 *
 * The first byte that fails is looked for from the front, one byte a page on
 * either side, without changing any.  All before it is then moved.  A fault
 * of that move (the memory changed meanwhile) starts over with less left.
 * If no page fails any more, the whole rest is moved.
 */
FUNC haul_arch_memmove_resume_backward
#define left t0
#define bound t1		/* everything before it may be accessible */
#define probe t2
#define at t3
#define to_next_page a3		/* mask of what lies above a page's offset */
L(again):
	mv	bound, left
	lui	to_next_page, 0xfffff	/* -4096 */
	slli	at, fact_what, FACT_ADDR_VALID_SHIFT
	bgez	at, L(read_probe)
	slli	at, fact_what, FACT_OPERAND_SRC_SHIFT
	mv	probe, src
	bltz	at, L(offset)
	mv	probe, dst
L(offset):
	sub	probe, fact_addr, probe
	bgeu	probe, left, L(read_probe)
	mv	bound, probe

L(read_probe):
	li	probe, 0
L(read_next):
	bgeu	probe, bound, L(write_probe)
	add	at, src, probe
	LOAD	L(unreadable), lbu a4, (at)
	sub	at, at, to_next_page
	and	at, at, to_next_page
	sub	probe, at, src
	j	L(read_next)

L(unreadable):
	mv	bound, probe
L(write_probe):
	li	probe, 0
L(write_next):
	bgeu	probe, bound, L(move)
	add	at, dst, probe
	andi	a4, at, -4
	STORE	L(unwritable), amoor.w zero, zero, (a4)
	sub	at, at, to_next_page
	and	at, at, to_next_page
	sub	probe, at, dst
	j	L(write_next)

L(unwritable):
	mv	bound, probe
	add	fact_addr, dst, probe	/* the word may begin before it */
L(move):
	bgeu	bound, left, L(whole)
	mv	size, bound
L(whole):
	mv	left, bound
	add	a4, src, bound
	add	a5, dst, bound
L(move_next):
	BRANCH_LOAD L(again), beqz left, L(moved)
	LOAD	L(again), lbu at, -1(a4)
	STORE	L(again), sb at, -1(a5)
	addi	a4, a4, -1
	addi	a5, a5, -1
	addi	left, left, -1
	j	L(move_next)
L(moved):
	mv	a0, size
	ret
END_FUNC haul_arch_memmove_resume_backward

FUNC haul_arch_memmove_resolver
	RESOLVE
	JUMP_SLOT haul_arch_memmove_slot
END_FUNC haul_arch_memmove_resolver

FACTS haul_arch_memmove_facts, haul_memmove
