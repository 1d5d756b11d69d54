/* SPDX-License-Identifier: MIT */
/*
 * Cache maintenance by address (arch.h): CACOP, for the highest privilege level
 * alone (manual volume 1, 4.2.2.1; 4.1).
 *
 * size_t haul_arch_cache_flush(p, n, block, facts)
 *
 * Operation 2 looks the address up as a load would and, where a cache has the line,
 * writes it back if dirty and drops it.  It works on one cache, by its place
 * among those that CPUCFG 0x10 lists; haul_arch_cache_leaves (cpu.c) has a
 * bit for each that holds data.  So a block is dropped from one after the other, from the
 * CPU outward, for what one writes back the next may get.  No operation cleans and
 * keeps, none drops what is dirty.
 *
 * The lookup may need the TLB, hence a fault like a load's.
 *
 * DBAR 0, the one hint with which nothing later begins before all that was before is
 * done (2.2.8.1).
 */
#include "asm.h"
#include "cache-walk.h"

#define leaves $a6
#define has $a7

.macro HIT_LEAF leaf:req, address:req
	andi	has, leaves, 1 << \leaf
	beqz	has, .Lskip\@
	LOAD	.Lfailed, cacop 0x10 | \leaf, \address, 0
.Lskip\@:
.endm

.macro HIT_ALL_LEAVES address:req
	HIT_LEAF 0, \address
	HIT_LEAF 1, \address
	HIT_LEAF 2, \address
	HIT_LEAF 3, \address
	HIT_LEAF 4, \address
	HIT_LEAF 5, \address
.endm

FUNC haul_arch_cache_flush
	la.pcrel leaves, haul_arch_cache_leaves
	ld.wu	leaves, leaves, 0
	WALK	HIT_ALL_LEAVES
	dbar	0
	move	$a0, n
	jr	$ra
END_FUNC haul_arch_cache_flush

/* The bytes before the block that failed; none if it has the first one. */
FUNC haul_arch_cache_facts
.Lfailed:
	dbar	0
	st.d	fact_addr, facts, 0
	st.d	fact_cause, facts, 8
	st.d	fact_what, facts, 16
	sltu	$t0, cursor, p
	sub.d	$a0, cursor, p
	masknez	$a0, $a0, $t0
	jr	$ra
END_FUNC haul_arch_cache_facts
