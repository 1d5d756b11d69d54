/* SPDX-License-Identifier: MIT */
/*
 * All accesses, all CPUs: the inner shareable domain (Arm ARM, B2.3, "Data Memory Barrier").  A
 * store-release before a load-acquire is in order too, but emulators do not all know that.
 */
#ifndef HAUL_ARCH_FENCE_CPU_H
#define HAUL_ARCH_FENCE_CPU_H

#define HAUL_ARCH_FENCE "dmb ish"

#endif
