/* SPDX-License-Identifier: MIT */
/*
 * aarch64 without a system: the CPU's ID registers tell what it has (Arm ARM,
 * D19.2), its control registers what the kernel has switched on.
 *
 * At EL2 and EL3 names that end in _EL1 mean that level's own registers only if
 * a kernel runs at EL2 as at EL1 (HCR_EL2.E2H); what they say is not looked at
 * otherwise.
 */
#include "cpu.h"
#include "detect.h"

/* Of FEAT_PAN, for user.S. */
bool haul_arch_pan;

/* volatile, because what this level does not have must not be read early. */
#define READ(reg) \
	({ \
		uint64_t value; \
		__asm__ volatile("mrs %0, " #reg : "=r"(value)); \
		value; \
	})

/* Not every assembler knows this one. */
#define ID_AA64ISAR2_EL1 s3_0_c0_c6_2

/* A field of an ID register: 4 bits, where more is newer. */
static unsigned field(uint64_t reg, unsigned lowest_bit)
{
	return (unsigned)(reg >> lowest_bit) & 0xf;
}

enum { EL1 = 1, EL2 = 2 };

static bool is_kernel_level(void)
{
	enum { E2H = 34 };
	const unsigned level = (unsigned)READ(currentel) >> 2;

	return level == EL1 || (level == EL2 && bit(READ(hcr_el2), E2H));
}

/* CPACR_EL1: bit 0 of FPEN and of ZEN says that this level is let use it. */
static bool sve_is_on(void)
{
	enum { ZEN = 16, FPEN = 20 };
	const uint64_t cpacr = READ(cpacr_el1);

	return bit(cpacr, FPEN) && bit(cpacr, ZEN);
}

/* SCTLR_EL1.  A kernel that locks user pages away wants them locked in its trap
 * handler too: then SPAN is clear.  One that does not must not find them locked
 * after haul.  ATA lets this level access tags. */
enum { SPAN = 23, ATA = 43 };

/* MIDR_EL1: Arm's Cortex-A53, revisions r0p0 to r0p2. */
static bool cvac_errs(void)
{
	enum { CORTEX_A53 = 0x410fd030, REVISION = 0xf };
	const uint64_t midr = READ(midr_el1);

	return (midr & ~(uint64_t)REVISION) == CORTEX_A53 && (midr & REVISION) <= 2;
}

struct haul_arch_cpu haul_arch_cpu_find(void)
{
	const uint64_t pfr0 = READ(id_aa64pfr0_el1), pfr1 = READ(id_aa64pfr1_el1);
	const uint64_t sctlr = READ(sctlr_el1);
	const bool kernel = is_kernel_level();

	haul_arch_pan = field(READ(id_aa64mmfr1_el1), 20) >= 1 && kernel && !bit(sctlr, SPAN);
	return (struct haul_arch_cpu){
		.lse = field(READ(id_aa64isar0_el1), 20) >= 2,
		.sve = field(pfr0, 32) >= 1 && kernel && sve_is_on(),
		.mops = field(READ(ID_AA64ISAR2_EL1), 16) >= 1,
		.mte = field(pfr1, 8) >= 2 && kernel && bit(sctlr, ATA),
		.bti = field(pfr1, 0) >= 1,
		.cvac_errs = cvac_errs(),
		.invalidate = HAUL_CACHE_USABLE,
	};
}
