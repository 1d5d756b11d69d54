/* SPDX-License-Identifier: MIT */
/*
 * Barriers between CPU and devices (haul/barrier.h).
 *
 * A hint of DBAR says in its bits what need not be waited for: 4 that order
 * suffices, not completion; 3 and 2 loads and stores before; 1 and 0 loads and
 * stores after (Linux, arch/loongarch/include/asm/barrier.h).  A CPU that does not know
 * a hint does as for hint 0, which is all of it (manual volume 1, 2.2.8.1).
 *
 * Order is kept among cached accesses only.  Registers are uncached, and so is the
 * memory of a device that does not see the caches.  So completion is waited for, as
 * in Linux's wmb, rmb and mb, whatever the memory is.
 */
#include "asm.h"

#define NO_LOADS_BEFORE 8
#define NO_STORES_BEFORE 4
#define NO_LOADS_AFTER 2

PUBLIC_FUNC haul_barrier_publish
	dbar	NO_LOADS_BEFORE | NO_LOADS_AFTER
	jr	$ra
END_FUNC haul_barrier_publish

PUBLIC_FUNC haul_barrier_consume
	dbar	NO_STORES_BEFORE
	jr	$ra
END_FUNC haul_barrier_consume

PUBLIC_FUNC haul_barrier_full
	dbar	0
	jr	$ra
END_FUNC haul_barrier_full

PUBLIC_FUNC haul_barrier_doorbell
	dbar	NO_LOADS_BEFORE | NO_LOADS_AFTER
	jr	$ra
END_FUNC haul_barrier_doorbell

PUBLIC_FUNC haul_barrier_complete
	dbar	NO_STORES_BEFORE
	jr	$ra
END_FUNC haul_barrier_complete
