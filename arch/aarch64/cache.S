/* SPDX-License-Identifier: MIT */
/*
 * Cache maintenance by address (arch.h), to the point of coherency.
 *
 * size_t haul_arch_cache_clean(p, n, block, facts), _flush, _invalidate
 *
 * DC CVAC cleans, DC CIVAC cleans and drops, DC IVAC drops (Arm ARM, C5.3 and
 * "Data cache maintenance instructions" in D7.5).  block is the smallest line of all
 * data caches, CTR_EL0.DminLine, so that no line is left out; where lines are
 * longer, an instruction or two do what is done already.
 *
 * At EL0, SCTLR_EL1.UCI lets programs use the first two; without it they trap, which
 * Linux answers by doing them (arch/arm64/kernel/traps.c,
 * user_cache_maint_handler), another system perhaps by SIGILL, a fault like any
 * other here.  DC IVAC is undefined at EL0 always, and wants permission to write; the
 * others want to read (with FEAT_CMOW, and if it is asked for, CIVAC wants to
 * write too).  In a virtual machine DC IVAC may clean as well.
 *
 * DC CVAC of early Cortex-A53 can lose data (Arm errata 819472, 824069, 826319,
 * 827319); cpu.c chooses DC CIVAC there, as Linux does for itself and, by the
 * trap, for programs.
 *
 * Accesses to the same line come before and after in program order if its memory
 * is write-back; with other lines, and for a device, nothing is ordered and nothing
 * known to be done until a DSB (Arm ARM, D7.5, "Ordering and completion of data and
 * instruction cache instructions").  A DMB would order the operations only with
 * what this CPU does to memory, not with what tells the device.  The domain is the
 * full system, because a device that does not see the caches need not be in one
 * that is shared: DSB SY, as Linux has it (arch/arm64/mm/cache.S).
 */
#include "asm.h"
#include "cache-walk.h"

.macro CVAC address:req
	LOAD	.Lfailed, dc cvac, \address
.endm

.macro CIVAC address:req
	LOAD	.Lfailed, dc civac, \address
.endm

.macro IVAC address:req
	LOAD	.Lfailed, dc ivac, \address
.endm

.macro WALK_ALL name:req, op:req
FUNC haul_arch_cache_\name
	WALK	\op
	dsb	sy
	mov	x0, n
	ret
END_FUNC haul_arch_cache_\name
.endm

WALK_ALL cvac, CVAC
WALK_ALL civac, CIVAC
WALK_ALL ivac, IVAC

FUNC haul_arch_cache_clean
	JUMP_SLOT haul_arch_cache_clean_slot
END_FUNC haul_arch_cache_clean

FUNC haul_arch_cache_clean_resolver
	mov	x17, facts
	RESOLVE
	mov	facts, x17
	JUMP_SLOT haul_arch_cache_clean_slot
END_FUNC haul_arch_cache_clean_resolver

/* The bytes before the block that failed; none if it has the first one. */
FUNC haul_arch_cache_facts
.Lfailed:
	dsb	sy
	stp	fact_addr, fact_cause, [facts]
	str	fact_what, [facts, 16]
	subs	x0, cursor, p
	csel	x0, x0, xzr, hs
	ret
END_FUNC haul_arch_cache_facts
