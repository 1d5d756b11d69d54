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
 * Method.  Ranges that do not overlap are haul_memcpy's.  The others move away
 * from the overlap, and it is known after every store how far; what is not yet
 * moved still has its source intact.  That holds for a store that faults only
 * if it wrote nothing, so every store is aligned to its width: it lies in one
 * page.
 */
#include "asm.h"

#define dst $a0
#define src $a1
#define size $a2

PUBLIC_FUNC haul_memmove, 5
	sub.d	$t0, dst, src
	bltu	$t0, size, L(overlap)
	sub.d	$t0, src, dst
	bltu	$t0, size, L(overlap)
	DISPATCH haul_arch_memcpy_slot
L(overlap):
	JUMP	haul_arch_memmove_slot
END_FUNC haul_memmove

/*
 * Goes on after a fault of a backward move.  In: dst, src, what to return in
 * size, bytes that are left in a3, and facts; in t2 the variant's code that
 * moves what lies before cursor and from, and spares the facts.  The rest of
 * haul_memmove's contract.
 *
 * The first byte that fails is looked for from the front, one byte a page on
 * either side, without changing any.  All before it is then moved.  A fault
 * of that move (the memory changed meanwhile) starts over with less left.
 * If no page fails any more, the whole rest is moved.
 */
FUNC haul_arch_memmove_resume_backward
#define left $a3
#define again $t2
#define cursor $t4
#define from $t5
#define bound $a4		/* everything before it may be readable */
#define probe $a5
#define PAGE_MASK 0xfff
	move	bound, left
	bstrpick.d $t0, fact_what, FACT_ADDR_VALID_BIT, FACT_ADDR_VALID_BIT
	beqz	$t0, L(read_probe)
	sub.d	probe, fact_addr, src
	andi	$t0, fact_what, FACT_OPERAND_SRC
	bnez	$t0, L(offset)
	sub.d	probe, fact_addr, dst
L(offset):
	bgeu	probe, left, L(read_probe)
	move	bound, probe

L(read_probe):
	move	probe, $zero
L(read_next):
	bgeu	probe, bound, L(write_probe)
	LOAD	L(unreadable), ldx.b $t0, src, probe
	add.d	probe, probe, src
	ori	probe, probe, PAGE_MASK
	addi.d	probe, probe, 1
	sub.d	probe, probe, src
	b	L(read_next)

	/* There is no write that changes nothing but for whole words. */
L(write_probe):
	move	probe, $zero
L(write_next):
	bgeu	probe, bound, L(move)
	add.d	$t0, probe, dst
	move	$t1, $t0
	bstrins.d $t1, $zero, 1, 0
	STORE	L(unwritable), amor.w $t3, $zero, $t1
	ori	probe, $t0, PAGE_MASK
	addi.d	probe, probe, 1
	sub.d	probe, probe, dst
	b	L(write_next)

L(unwritable):
	add.d	fact_addr, dst, probe	/* that of the byte */
L(unreadable):
	move	bound, probe
	b	L(write_probe)

L(move):
	bgeu	bound, left, L(bounded)
	move	size, bound
L(bounded):
	add.d	cursor, dst, bound
	add.d	from, src, bound
	jr	again
END_FUNC haul_arch_memmove_resume_backward

FUNC haul_arch_memmove_resolver
	RESOLVE
	JUMP	haul_arch_memmove_slot
END_FUNC haul_arch_memmove_resolver

FACTS haul_arch_memmove_facts, haul_memmove
