/* SPDX-License-Identifier: MIT */
/*
 * Barriers between CPU and devices (haul/barrier.h).
 *
 * Of write-back memory, loads are not reordered with loads, nor stores with stores,
 * nor loads with later stores; a load may pass an older store to another place
 * (Intel SDM volume 3, "Memory Ordering in P6 and More Recent Processor Families";
 * AMD APM volume 2, 7.2).  Devices see stores in that order too.  So publish and
 * consume order nothing that the call itself, which a compiler moves no access
 * across, has not ordered.
 *
 * full is a locked instruction: it waits for the store buffer as MFENCE does,
 * and takes half of the time.
 *
 * doorbell is SFENCE, as in Linux's wmb().  For a register in uncached memory none
 * were needed.  But a register may be in write-combining memory, whose stores are
 * weakly ordered, and so may the descriptors be, or they were written by
 * non-temporal stores (SDM volume 3, "Write Combining Memory Location Caching";
 * 12.10.6, "Cacheability Hint Instructions", in volume 1).  Beside a store to a
 * device the fence costs nothing that counts.
 *
 * complete: a load of uncached memory is not speculative, and later loads do not
 * pass it.
 */
#include "asm.h"

PUBLIC_FUNC haul_barrier_publish
	ret
END_FUNC haul_barrier_publish

PUBLIC_FUNC haul_barrier_consume
	ret
END_FUNC haul_barrier_consume

PUBLIC_FUNC haul_barrier_full
	lock orl $0, (%rsp)
	ret
END_FUNC haul_barrier_full

PUBLIC_FUNC haul_barrier_doorbell
	sfence
	ret
END_FUNC haul_barrier_doorbell

PUBLIC_FUNC haul_barrier_complete
	ret
END_FUNC haul_barrier_complete
