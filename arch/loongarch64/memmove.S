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
 * Method.  A size class loads all its bytes before it stores any; so it does
 * not care how the ranges overlap, and after a fault what is missing is still
 * in registers.  Larger ranges that do not overlap are haul_memcpy's.  The others
 * move away from the overlap, and it is known after every store how far; what
 * is not yet moved still has its source intact.  That holds for a store that
 * faults only if it wrote nothing, so those stores are aligned to their width:
 * each lies in one page.
 */
#include "asm.h"

#define dst $a0
#define src $a1
#define size $a2

PUBLIC_FUNC haul_memmove, 5
	DISPATCH haul_arch_memmove_slot
END_FUNC haul_memmove

/*
 * Goes on after a store of a size class faulted.  In: dst, size, facts, and the
 * class's two pieces: their bytes each in a3, the first in t0 to t3, the second,
 * which ends at the end, in a4 to a7.  The rest of haul_memmove's contract.
 *
 * By bytes, from the registers, to the address, if that lies in dst, and it is
 * the end; else to the next fault.
 */
FUNC haul_arch_memmove_finish
#define width $a3
#define limit $a1
#define offset $t4
#define piece_end $t5
	move	offset, $zero
	move	piece_end, width
	bstrpick.d limit, fact_what, FACT_ADDR_VALID_BIT, FACT_ADDR_VALID_BIT
	beqz	limit, L(finish_all)
	sub.d	limit, fact_addr, dst
	bltu	limit, size, L(finish_next)
L(finish_all):
	move	limit, size
L(finish_next):
	bgeu	offset, limit, L(finish_stop)
	STORE	L(finish_stop), stx.b $t0, dst, offset
	srli.d	$t0, $t0, 8		/* the piece's next byte */
	bstrins.d $t0, $t1, 63, 56
	srli.d	$t1, $t1, 8
	bstrins.d $t1, $t2, 63, 56
	srli.d	$t2, $t2, 8
	bstrins.d $t2, $t3, 63, 56
	srli.d	$t3, $t3, 8
	addi.d	offset, offset, 1
	bne	offset, piece_end, L(finish_next)
	beq	offset, size, L(finish_stop)
	move	$t0, $a4
	move	$t1, $a5
	move	$t2, $a6
	move	$t3, $a7
	sub.d	offset, size, width
	move	piece_end, size
	b	L(finish_next)

L(finish_stop):
	move	$a0, offset
	jr	$ra
#undef width
#undef limit
#undef offset
#undef piece_end
END_FUNC haul_arch_memmove_finish

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
	add.d	fact_addr, dst, probe	/* that of the byte, if any was told */
	bstrpick.d $t0, fact_what, FACT_ADDR_VALID_BIT, FACT_ADDR_VALID_BIT
	maskeqz	fact_addr, fact_addr, $t0
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

FACTS haul_arch_memmove_facts, haul_memmove
