/* SPDX-License-Identifier: MIT */
/*
 * loongarch64 under Linux: CPUCFG tells what the CPU could do, AT_HWCAP what the
 * system lets it (vector units are switched on by it).
 */
#include "cpu.h"
#include <asm/hwcap.h>
#include <sys/auxv.h>

struct haul_arch_cpu haul_arch_cpu_find(void)
{
	const unsigned long hwcap = getauxval(AT_HWCAP);

	return (struct haul_arch_cpu){
		.lam = hwcap & HWCAP_LOONGARCH_LAM,
		.ual = hwcap & HWCAP_LOONGARCH_UAL,
		.lsx = hwcap & HWCAP_LOONGARCH_LSX,
		.lasx = hwcap & HWCAP_LOONGARCH_LASX,
		.flush = HAUL_CACHE_PRIVILEGED,
	};
}
