/* SPDX-License-Identifier: MIT */
/*
 * Cache maintenance by address (arch.h).
 *
 * size_t haul_arch_cache_clean(p, n, block, facts), and haul_arch_cache_flush
 *
 * CLWB may keep the line, CLFLUSHOPT and CLFLUSH drop it; all three write what
 * is dirty in any cache of the coherence domain, run at every privilege, and
 * fault as the load of a byte does (Intel SDM volume 2, each one's page).  None
 * drops a dirty line without writing it.
 *
 * CLWB and CLFLUSHOPT are ordered with older writes to the same line, with
 * fences and locked instructions, and with nothing else: not with each other, and
 * not with a later load of the line (ibid.).  Loads wait for MFENCE alone, so that
 * is what ends each walk; SFENCE would do for devices only.  AMD's CLFLUSH may
 * even overtake stores to its own line that are still in the store buffer (APM
 * volume 3, CLFLUSH), so there an MFENCE comes first as well.
 */
#include "asm.h"
#include "cache-walk.h"

.macro DO_CLWB address:req
	LOAD	.Lfailed, clwb (\address)
.endm

.macro DO_CLFLUSHOPT address:req
	LOAD	.Lfailed, clflushopt (\address)
.endm

.macro DO_CLFLUSH address:req
	LOAD	.Lfailed, clflush (\address)
.endm

/* The function, which goes through its slot, and what the slot holds at first. */
.macro ENTRY op:req
FUNC haul_arch_cache_\op
	jmp	*haul_arch_cache_\op\()_slot(%rip)
END_FUNC haul_arch_cache_\op

FUNC haul_arch_cache_\op\()_resolver
	subq	$16, %rsp		/* and the stack stays aligned */
	.cfi_adjust_cfa_offset 16
	movq	facts, (%rsp)
	RESOLVE
	movq	(%rsp), facts
	addq	$16, %rsp
	.cfi_adjust_cfa_offset -16
	jmp	*haul_arch_cache_\op\()_slot(%rip)
END_FUNC haul_arch_cache_\op\()_resolver
.endm

ENTRY clean
ENTRY flush

.macro VARIANT name:req, op:req, before
FUNC haul_arch_cache_\name
	\before
	WALK	\op
	mfence
	movq	n, %rax
	ret
END_FUNC haul_arch_cache_\name
.endm

VARIANT clwb, DO_CLWB
VARIANT clflushopt, DO_CLFLUSHOPT
VARIANT clflush, DO_CLFLUSH, mfence

/* The bytes before the block that failed; none if it has the first one. */
FUNC haul_arch_cache_facts
.Lfailed:
	mfence
	movq	fact_addr, (facts)
	movq	fact_cause, 8(facts)
	movq	fact_what, 16(facts)
	xorl	%edx, %edx
	subq	p, cursor
	cmovb	%rdx, %rax
	ret
END_FUNC haul_arch_cache_facts
