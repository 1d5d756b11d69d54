/* SPDX-License-Identifier: MIT */
/* riscv64: what the CPU has that may be used now.  cpu-linux.c asks the kernel,
 * cpu-bare.c the CPU and who knows more of it. */
#ifndef HAUL_ARCH_CPU_H
#define HAUL_ARCH_CPU_H

#include <haul/cache.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct haul_arch_cpu {
	bool vector;                           /* V 1.0 */
	bool misaligned;                       /* scalar accesses work, */
	bool misaligned_fast;                  /* and as fast as others do */
	uint64_t zero_block;                   /* bytes that cbo.zero sets, 0: it is not there */
	uint64_t cache_block;                  /* bytes that Zicbom works on, 0: unknown */
	enum haul_cache_why clean, invalidate; /* of cbo.clean and cbo.flush; of cbo.inval */
};

struct haul_arch_cpu haul_arch_cpu_find(void);

#endif
