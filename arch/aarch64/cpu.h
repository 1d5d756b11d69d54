/* SPDX-License-Identifier: MIT */
/* aarch64: what the CPU has that may be used now.  cpu-linux.c asks the kernel,
 * cpu-bare.c the CPU. */
#ifndef HAUL_ARCH_CPU_H
#define HAUL_ARCH_CPU_H

#include <haul/cache.h>
#include <stdbool.h>

struct haul_arch_cpu {
	bool lse, sve, mops, mte, bti;
	bool cvac_errs;                 /* DC CVAC is not to be used (cache.S) */
	enum haul_cache_why invalidate; /* of DC IVAC */
};

struct haul_arch_cpu haul_arch_cpu_find(void);

#endif
