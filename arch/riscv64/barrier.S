/* SPDX-License-Identifier: MIT */
/*
 * Barriers between CPU and devices (haul/barrier.h).
 *
 * FENCE names the accesses before and after that it orders, for all harts and
 * devices: loads and stores of memory (r, w), of devices (i, o) (unprivileged
 * specification, "Memory Ordering Instructions").  Memory that a page's Svpbmt makes
 * I/O counts as both (privileged specification, "Svpbmt").  Operations on cache
 * blocks count as w or o (cache.S), so what comes after a load orders stores as well
 * as loads: no invalidation is done before what says that it is time.
 */
#include "asm.h"

PUBLIC_FUNC haul_barrier_publish
	fence	w, w
	ret
END_FUNC haul_barrier_publish

PUBLIC_FUNC haul_barrier_consume
	fence	r, rw
	ret
END_FUNC haul_barrier_consume

PUBLIC_FUNC haul_barrier_full
	fence	rw, rw
	ret
END_FUNC haul_barrier_full

PUBLIC_FUNC haul_barrier_doorbell
	fence	w, o
	ret
END_FUNC haul_barrier_doorbell

PUBLIC_FUNC haul_barrier_complete
	fence	i, rw
	ret
END_FUNC haul_barrier_complete
