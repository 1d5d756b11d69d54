/* SPDX-License-Identifier: MIT */
/* loongarch64: what the CPU has that may be used now.  cpu-linux.c asks the
 * kernel, cpu-bare.c the CPU. */
#ifndef HAUL_ARCH_CPU_H
#define HAUL_ARCH_CPU_H

#include <haul/cache.h>
#include <stdbool.h>
#include <stdint.h>

struct haul_arch_cpu {
	bool lam; /* AM* atomics */
	bool ual; /* unaligned access */
	bool lsx, lasx;
	enum haul_cache_why flush; /* of CACOP */
};

struct haul_arch_cpu haul_arch_cpu_find(void);

static inline uint32_t haul_arch_cpucfg(uint32_t word)
{
	uint32_t value;

	__asm__("cpucfg %0, %1" : "=r"(value) : "r"(word));
	return value;
}

#endif
