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
 * a prefix set; setting it again does no harm.  What a store that spans two
 * pages may have written when it faults: see memcpy.S.
 */
#include "asm.h"

#define dst $a0
#define byte $a1
#define size $a2
#define done $a3

PUBLIC_FUNC haul_memset, 5
	DISPATCH haul_arch_memset_slot
END_FUNC haul_memset

/*
 * Goes on after a fault.  In: dst, byte, size, bytes that are set in done, and
 * facts.  The rest of haul_memset's contract.  By bytes: to the address, if
 * that lies ahead in dst, and it is the end; else to the next fault.
 */
FUNC haul_arch_memset_resume
#define limit $t0
	move	limit, size
	bstrpick.d $t1, fact_what, FACT_ADDR_VALID_BIT, FACT_ADDR_VALID_BIT
	beqz	$t1, L(bytes)
	sub.d	$t1, fact_addr, dst
	bltu	$t1, done, L(bytes)
	bgeu	$t1, size, L(bytes)
	move	limit, $t1

L(bytes):
	bgeu	done, limit, L(stop)
	STORE	L(stop), stx.b byte, dst, done
	addi.d	done, done, 1
	b	L(bytes)

L(stop):
	move	$a0, done
	jr	$ra
#undef limit
END_FUNC haul_arch_memset_resume

FACTS haul_arch_memset_facts, haul_memset
