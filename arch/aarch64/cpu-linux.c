/* SPDX-License-Identifier: MIT */
/*
 * aarch64 under Linux: the kernel tells what it lets programs use
 * (Documentation/arch/arm64/elf_hwcaps.rst).
 */
#include "cpu.h"
#include "detect.h"
#include <sys/auxv.h>

/* HWCAP and HWCAP2 bits; older headers lack some. */
enum { HWCAP_BIT_ATOMICS = 8, HWCAP_BIT_SVE = 22 };
enum { HWCAP2_BIT_BTI = 17, HWCAP2_BIT_MTE = 18, HWCAP2_BIT_MOPS = 43 };

struct haul_arch_cpu haul_arch_cpu_find(void)
{
	const uint64_t hwcap = getauxval(AT_HWCAP), hwcap2 = getauxval(AT_HWCAP2);

	return (struct haul_arch_cpu){
		.lse = bit(hwcap, HWCAP_BIT_ATOMICS),
		.sve = bit(hwcap, HWCAP_BIT_SVE),
		.mops = bit(hwcap2, HWCAP2_BIT_MOPS),
		.mte = bit(hwcap2, HWCAP2_BIT_MTE),
		.bti = bit(hwcap2, HWCAP2_BIT_BTI),
		.invalidate = HAUL_CACHE_PRIVILEGED,
	};
}
