/* SPDX-License-Identifier: MIT */
/* What every port's cpu.c needs. */
#ifndef HAUL_DETECT_H
#define HAUL_DETECT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static inline bool bit(uint64_t word, unsigned index)
{
	return (word >> index) & 1;
}

/* For a variant that is usable everywhere. */
static inline bool always(void)
{
	return true;
}

/* Looking can cost microseconds (CPUID under a hypervisor, a system call), so
 * once is enough.  Threads that come here at the same time find the same. */
static inline void detect_once(void (*look)(void))
{
	static atomic_bool detected;

	if (atomic_load_explicit(&detected, memory_order_acquire))
		return;
	look();
	atomic_store_explicit(&detected, true, memory_order_release);
}

#endif
