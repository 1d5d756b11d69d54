/* SPDX-License-Identifier: MIT */
/*
 * Hint 0x10: order of all accesses, whose completion is not waited for; a CPU that does not know
 * it does as for hint 0, which is all of it (manual volume 1, 2.2.8.1).
 */
#ifndef HAUL_ARCH_FENCE_CPU_H
#define HAUL_ARCH_FENCE_CPU_H

#define HAUL_ARCH_FENCE "dbar 0x10"

#endif
