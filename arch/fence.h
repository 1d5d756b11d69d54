/* SPDX-License-Identifier: MIT */
/*
 * The full fence between CPUs, inline: the contract is in arch.h, the instruction in the
 * port's fence_cpu.h.
 */
#ifndef HAUL_ARCH_FENCE_H
#define HAUL_ARCH_FENCE_H

#include "fence_cpu.h"

__attribute__((always_inline)) static inline void haul_arch_fence(void)
{
	__asm__ volatile(HAUL_ARCH_FENCE ::: "memory", "cc");
}

#endif
