/* SPDX-License-Identifier: MIT */
/*
 * Loads and stores, before and after (unprivileged specification, "Memory Ordering
 * Instructions").
 */
#ifndef HAUL_ARCH_FENCE_CPU_H
#define HAUL_ARCH_FENCE_CPU_H

#define HAUL_ARCH_FENCE "fence rw, rw"

#endif
