/* SPDX-License-Identifier: MIT */
/*
 * loongarch64 without a system: CPUCFG tells what the CPU has (manual volume 1,
 * 2.2.10.5), the control registers what the kernel lets it do.
 */
#include "cpu.h"
#include "detect.h"

/* 7.4.3: the units that are switched on. */
static uint32_t read_euen(void)
{
	uint64_t euen;

	__asm__ volatile("csrrd %0, 0x2" : "=r"(euen));
	return (uint32_t)euen;
}

/* 7.4.4: among others, the levels at which unaligned access faults. */
static uint32_t read_misc(void)
{
	uint64_t misc;

	__asm__ volatile("csrrd %0, 0x3" : "=r"(misc));
	return (uint32_t)misc;
}

struct haul_arch_cpu haul_arch_cpu_find(void)
{
	enum { WORD1_UAL = 20, WORD2_LSX = 6, WORD2_LASX = 7, WORD2_LAM = 22 };
	enum { EUEN_SXE = 1, EUEN_ASXE = 2, MISC_ALCL0 = 12 };
	const uint32_t word1 = haul_arch_cpucfg(1), word2 = haul_arch_cpucfg(2);
	const uint32_t euen = read_euen();

	return (struct haul_arch_cpu){
		.lam = bit(word2, WORD2_LAM),
		.ual = bit(word1, WORD1_UAL) && !bit(read_misc(), MISC_ALCL0),
		.lsx = bit(word2, WORD2_LSX) && bit(euen, EUEN_SXE),
		.lasx = bit(word2, WORD2_LASX) && bit(euen, EUEN_ASXE),
		.flush = HAUL_CACHE_USABLE,
	};
}
