/* SPDX-License-Identifier: MIT */
/*
 * Copy memory that may fault: the entry, and what all variants share.
 *
 * size_t haul_memcpy(void *dst, const void *src, size_t n);
 * Returns the bytes copied, k.  After a fault dst[0, k) = src[0, k), byte k is
 * the first that failed, dst[k, n) is unchanged, and the fault's facts are in
 * the fact registers.
 *
 * Method.  A size class loads all its bytes before it stores any, and stores
 * in ascending order, so that a faulting load leaves the class undone and a
 * faulting store leaves a prefix done.  Fixups therefore know from registers
 * what is committed and hand over to haul_arch_memcpy_resume, which finds the
 * exact byte.
 *
 * What a store that faults may have written: the architecture's exceptions are
 * precise, but its manual does not say it of stores that span two pages.  So
 * bulk stores are aligned.  The others span pages; if the upper page fails,
 * whatever the lower one may have got is right and counted.  Only if a copy
 * starts less than a vector before the end of a page that fails, and the next
 * one does not fail, "unchanged" rests on the CPU checking both before it
 * writes either.
 */
#include "asm.h"

#define dst $a0
#define src $a1
#define size $a2
#define done $a3

PUBLIC_FUNC haul_memcpy, 5
	DISPATCH haul_arch_memcpy_slot
END_FUNC haul_memcpy

/*
 * Goes on after a fault.  In: dst, src, size, bytes that are committed in done,
 * and facts.  The rest of haul_memcpy's contract.
 *
 * By bytes, since that works on every CPU and little is left to try: if the
 * address lies ahead in the operand that failed, everything before it (it may
 * fail on the other side), and the address is the end, for which no second
 * fault is needed; else what precedes the next fault.
 */
FUNC haul_arch_memcpy_resume
#define limit $t0
	move	limit, size
	bstrpick.d $t1, fact_what, FACT_ADDR_VALID_BIT, FACT_ADDR_VALID_BIT
	beqz	$t1, L(bytes)
	sub.d	$t1, fact_addr, src
	andi	$t2, fact_what, FACT_OPERAND_SRC
	bnez	$t2, L(offset)
	sub.d	$t1, fact_addr, dst
L(offset):
	bltu	$t1, done, L(bytes)
	bgeu	$t1, size, L(bytes)
	move	limit, $t1

L(bytes):
	bgeu	done, limit, L(stop)
	LOAD	L(stop), ldx.bu $t1, src, done
	STORE	L(stop), stx.b $t1, dst, done
	addi.d	done, done, 1
	b	L(bytes)

L(stop):
	move	$a0, done
	jr	$ra
#undef limit
END_FUNC haul_arch_memcpy_resume

/*
 * What the slots of all routines hold at first: has them filled and goes back to
 * the entry that came here, with its three arguments, to dispatch again.  A row
 * of heads, all alike, because it is entered as any variant is.
 */
FUNC haul_arch_resolver
	.rept	HEADS
	b	L(resolve)
	nop
	nop
	nop
	.endr
L(resolve):
	addi.d	$sp, $sp, -48
	.cfi_adjust_cfa_offset 48
	st.d	$ra, $sp, 40
	.cfi_rel_offset 1, 40
	st.d	$t3, $sp, 24
	st.d	$a0, $sp, 0
	st.d	$a1, $sp, 8
	st.d	$a2, $sp, 16
	bl	haul_tune_resolve
	ld.d	$a0, $sp, 0
	ld.d	$a1, $sp, 8
	ld.d	$a2, $sp, 16
	ld.d	$t3, $sp, 24
	ld.d	$ra, $sp, 40
	.cfi_restore 1
	addi.d	$sp, $sp, 48
	.cfi_adjust_cfa_offset -48
	jirl	$zero, $t3, -DISPATCH_BYTES
END_FUNC haul_arch_resolver

FACTS haul_arch_memcpy_facts, haul_memcpy
