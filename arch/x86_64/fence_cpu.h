/* SPDX-License-Identifier: MIT */
/*
 * A locked instruction is a full barrier (Intel SDM volume 3, "Locked Instructions and Memory
 * Ordering"; AMD APM volume 2, 7.2), and takes half of the time of an MFENCE.
 */
#ifndef HAUL_ARCH_FENCE_CPU_H
#define HAUL_ARCH_FENCE_CPU_H

#define HAUL_ARCH_FENCE "lock orl $0, (%%rsp)"

#endif
