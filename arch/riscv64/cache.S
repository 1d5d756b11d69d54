/* SPDX-License-Identifier: MIT */
/*
 * Cache maintenance by address (arch.h): Zicbom ("Cache-block Management
 * Instructions" in the unprivileged specification, whose sections are named
 * here).
 *
 * size_t haul_arch_cache_clean(p, n, block, facts), _flush, _invalidate
 *
 * The size of a block is the same for all harts, and no instruction tells it ("Cache
 * Blocks"); it is not that of Zicboz's.  Whether a privilege may use the
 * instructions is the next one's to say, in its xenvcfg: CBCFE for cbo.clean and
 * cbo.flush, CBIE for cbo.inval, which with CBIE 01 writes what is dirty as
 * cbo.flush does.  What may not be used is an illegal instruction; a fault
 * like any other here.
 *
 * A page that may be read or written will do, else a store page fault tells the
 * address in rs1 ("Page-Fault, Guest-Page-Fault, and Access-Fault Exceptions").  Some
 * cores want pages that may be written (CVA6 does).
 *
 * An operation is ordered as a store is, after older accesses to the block and
 * before younger ones, loads too; for FENCE it is a store to memory, or to a
 * device if the block is one's ("Memory Ordering").  So the fence afterwards is that of
 * stores of both kinds before everything.
 *
 * Vendors' instructions (th.dcache.*) and cache controllers are a Hal's affair
 * (haul/hal.h).
 */
#include "asm.h"
#include "cache-walk.h"

	.option	arch, +zicbom

.macro CLEAN address:req
	LOAD	.Lfailed, cbo.clean 0(\address)
.endm

.macro FLUSH address:req
	LOAD	.Lfailed, cbo.flush 0(\address)
.endm

.macro INVAL address:req
	LOAD	.Lfailed, cbo.inval 0(\address)
.endm

.macro WALK_ALL name:req, op:req
FUNC haul_arch_cache_\name
	WALK	\op
	fence	ow, iorw
	mv	a0, n
	ret
END_FUNC haul_arch_cache_\name
.endm

WALK_ALL clean, CLEAN
WALK_ALL flush, FLUSH
WALK_ALL invalidate, INVAL

/* The bytes before the block that failed; none if it has the first one. */
FUNC haul_arch_cache_facts
.Lfailed:
	fence	ow, iorw
	sd	fact_addr, (facts)
	sd	fact_cause, 8(facts)
	sd	fact_what, 16(facts)
	sltu	t0, cursor, p
	addi	t0, t0, -1		/* all ones if cursor >= p, else 0 */
	sub	a0, cursor, p
	and	a0, a0, t0
	ret
END_FUNC haul_arch_cache_facts
