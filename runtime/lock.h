/* SPDX-License-Identifier: MIT */
/*
 * Locks that are held for a look at a table: who waits lets others go on.  0: free.
 * (They are in public structures, and so of a type that C++ has too.)
 */
#ifndef HAUL_RUNTIME_LOCK_H
#define HAUL_RUNTIME_LOCK_H

#include "platform.h"

static inline void haul_lock(uint32_t *lock)
{
	while (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE))
		haul_platform_yield();
}

static inline void haul_unlock(uint32_t *lock)
{
	__atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

#endif
