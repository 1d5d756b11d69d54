/* SPDX-License-Identifier: MIT */
/*
 * Barriers between CPU and devices (haul/barrier.h).
 *
 * DMB orders memory accesses of the kinds that it names, as all observers of a
 * shareability domain see them (Arm ARM, B2.3, "Data Memory Barrier").  Devices that
 * see the caches are in the outer shareable one; memory that is not cached is in it
 * always, and so is device memory.  LD is loads before with all that come
 * after, ST stores with stores.
 *
 * publish and consume are what Linux has as dma_wmb and dma_rmb, doorbell what it has
 * in writel: the store to a register is an access like others, and who sees it
 * sees what a DMB has put before it (Linux, commit 22ec71615d82, "arm64: io: Relax
 * implicit barriers in default I/O accessors").  No access has to be complete for
 * that, so no DSB; cache maintenance has one of its own (cache.S).  A DMB orders the
 * operations on cache lines after it too: none is dropped before it is time (D7.5,
 * "Ordering and completion of data and instruction cache instructions").
 *
 * complete: DMB LD, as Linux has after the load in readl.
 */
#include "asm.h"

PUBLIC_FUNC haul_barrier_publish
	dmb	oshst
	ret
END_FUNC haul_barrier_publish

PUBLIC_FUNC haul_barrier_consume
	dmb	oshld
	ret
END_FUNC haul_barrier_consume

PUBLIC_FUNC haul_barrier_full
	dmb	osh
	ret
END_FUNC haul_barrier_full

PUBLIC_FUNC haul_barrier_doorbell
	dmb	oshst
	ret
END_FUNC haul_barrier_doorbell

PUBLIC_FUNC haul_barrier_complete
	dmb	oshld
	ret
END_FUNC haul_barrier_complete
