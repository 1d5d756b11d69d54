/* SPDX-License-Identifier: MIT */
/*
 * aarch64: what the CPU has, which variant suits it, and the thresholds.
 */
#include "cpu.h"
#include "arch.h"
#include "detect.h"
#include <stdatomic.h>

static struct haul_arch_cpu cpu;
static bool zva;    /* DC ZVA is of use */
static size_t line; /* bytes of the smallest line of a data cache */

/* The bytes that DC ZVA zeroes, for the assembly; of use from 64 on. */
__attribute__((visibility("hidden"))) uint64_t haul_arch_zva_size;

/* DCZID_EL0 is readable anywhere. */
static void detect_zva(void)
{
	enum { DZP = 1 << 4, WORDS = 0xf };
	uint64_t dczid;

	__asm__("mrs %0, dczid_el0" : "=r"(dczid));
	haul_arch_zva_size = (uint64_t)4 << (dczid & WORDS);
	zva = !(dczid & DZP) && haul_arch_zva_size >= 64;
}

/* CTR_EL0.DminLine, in words of four bytes.  A system may trap it at EL0, to give
 * what all of its cores have. */
static void detect_line(void)
{
	uint64_t ctr;

	__asm__("mrs %0, ctr_el0" : "=r"(ctr));
	line = (size_t)4 << (ctr >> 16 & 0xf);
}

static void detect(void)
{
	cpu = haul_arch_cpu_find();
	detect_line();
	detect_zva();
}

void haul_arch_detect(void)
{
	detect_once(detect);
}

static bool has_lse(void)
{
	return cpu.lse;
}

static bool has_sve(void)
{
	return cpu.sve;
}

static bool has_mops(void)
{
	return cpu.mops;
}

static bool has_mte(void)
{
	return cpu.mte;
}

static bool has_bti(void)
{
	return cpu.bti;
}

static bool has_zva(void)
{
	return zva;
}

haul_arch_code haul_arch_memcpy_neon, haul_arch_memcpy_sve, haul_arch_memcpy_mops,
	haul_arch_memcpy_resolver;
haul_arch_code haul_arch_memmove_neon, haul_arch_memmove_mops, haul_arch_memmove_resolver;
haul_arch_code haul_arch_memset_neon, haul_arch_memset_zva, haul_arch_memset_mops,
	haul_arch_memset_resolver;
haul_arch_code haul_arch_cache_cvac, haul_arch_cache_civac, haul_arch_cache_clean_resolver;
haul_arch_code haul_arch_atomic_llsc, haul_arch_atomic_lse, haul_arch_atomic_resolver;

/* The slots and thresholds that the assembly reads. */
__attribute__((visibility("hidden"))) haul_arch_code *_Atomic haul_arch_memcpy_slot =
	haul_arch_memcpy_resolver;
__attribute__((visibility("hidden"))) haul_arch_code *_Atomic haul_arch_memmove_slot =
	haul_arch_memmove_resolver;
__attribute__((visibility("hidden"))) haul_arch_code *_Atomic haul_arch_memset_slot =
	haul_arch_memset_resolver;
__attribute__((visibility("hidden"))) haul_arch_code *_Atomic haul_arch_atomic_slot =
	haul_arch_atomic_resolver;
__attribute__((visibility("hidden"))) haul_arch_code *_Atomic haul_arch_cache_clean_slot =
	haul_arch_cache_clean_resolver;
__attribute__((visibility("hidden"))) _Atomic size_t haul_arch_zva_threshold;

enum { COPY_NEON, COPY_SVE, COPY_MOPS };
enum { MOVE_NEON, MOVE_MOPS };
enum { SET_NEON, SET_ZVA, SET_MOPS };
enum { LLSC, LSE };
enum { CIVAC, CVAC };

static const struct haul_arch_variant memcpy_variants[] = {
	[COPY_NEON] = {"neon", haul_arch_memcpy_neon, always},
	[COPY_SVE] = {"sve", haul_arch_memcpy_sve, has_sve},
	[COPY_MOPS] = {"mops", haul_arch_memcpy_mops, has_mops},
};

static const struct haul_arch_variant memmove_variants[] = {
	[MOVE_NEON] = {"neon", haul_arch_memmove_neon, always},
	[MOVE_MOPS] = {"mops", haul_arch_memmove_mops, has_mops},
};

static const struct haul_arch_variant memset_variants[] = {
	[SET_NEON] = {"neon", haul_arch_memset_neon, always},
	[SET_ZVA] = {"zva", haul_arch_memset_zva, has_zva},
	[SET_MOPS] = {"mops", haul_arch_memset_mops, has_mops},
};

static const struct haul_arch_variant atomic_variants[] = {
	[LLSC] = {"llsc", haul_arch_atomic_llsc, always},
	[LSE] = {"lse", haul_arch_atomic_lse, has_lse},
};

static bool has_cvac(void)
{
	return !cpu.cvac_errs;
}

/* The baseline is what every core can do. */
static const struct haul_arch_variant clean_variants[] = {
	[CIVAC] = {"civac", haul_arch_cache_civac, always},
	[CVAC] = {"cvac", haul_arch_cache_cvac, has_cvac},
};

/* Bytes in an SVE vector, by rdvl, which not every assembler is let to know;
 * volatile, because it must not be run early on a CPU without SVE. */
static unsigned vector_length(void)
{
	register uint64_t length __asm__("x0");

	__asm__ volatile(".inst 0x04bf5020" : "=r"(length)); /* rdvl x0, #1 */
	return (unsigned)length;
}

/*
 * SVE wins where a vector is a whole line; with less, pairs of 16 bytes move as
 * much per cycle.  (Kernels 4.15 to 6.1 take SVE away at each system call, and
 * the next use traps: short vectors would not be worth that either.)
 *
 * MOPS never copies by itself: if the source vanishes while it runs, the CPU may
 * have written bytes beyond those that its registers count.
 */
static unsigned choose_copy(void)
{
	return cpu.sve && vector_length() >= 64 ? COPY_SVE : COPY_NEON;
}

static unsigned choose_move(void)
{
	return MOVE_NEON;
}

/* A fill has no source, and a core with MOPS knows best what suits it. */
static unsigned choose_set(void)
{
	if (cpu.mops)
		return SET_MOPS;
	return zva ? SET_ZVA : SET_NEON;
}

static unsigned choose_atomic(void)
{
	return cpu.lse ? LSE : LLSC;
}

static unsigned choose_clean(void)
{
	return has_cvac() ? CVAC : CIVAC;
}

const struct haul_arch_routine haul_arch_routines[] = {
	{"memcpy", &haul_arch_memcpy_slot, haul_arch_memcpy_resolver, memcpy_variants,
	 COUNT(memcpy_variants), choose_copy},
	{"memmove", &haul_arch_memmove_slot, haul_arch_memmove_resolver, memmove_variants,
	 COUNT(memmove_variants), choose_move},
	{"memset", &haul_arch_memset_slot, haul_arch_memset_resolver, memset_variants,
	 COUNT(memset_variants), choose_set},
	{"atomic", &haul_arch_atomic_slot, haul_arch_atomic_resolver, atomic_variants,
	 COUNT(atomic_variants), choose_atomic},
	{"cache_clean", &haul_arch_cache_clean_slot, haul_arch_cache_clean_resolver, clean_variants,
	 COUNT(clean_variants), choose_clean},
};
const unsigned haul_arch_routine_count = COUNT(haul_arch_routines);

/* Below it, pairs of vectors take fewer instructions and stay in the first
 * cache anyway; blocks pay once several of them fit. */
static size_t zva_initial(void)
{
	const size_t several = (size_t)haul_arch_zva_size * 4;

	return several < 1024 ? 1024 : several;
}

const struct haul_arch_threshold haul_arch_thresholds[] = {
	{"zva_threshold", &haul_arch_zva_threshold, 1, SIZE_MAX / 2, zva_initial},
};
const unsigned haul_arch_threshold_count = COUNT(haul_arch_thresholds);

const struct haul_arch_feature haul_arch_features[] = {
	{"lse", has_lse}, {"sve", has_sve}, {"mops", has_mops},
	{"zva", has_zva}, {"bti", has_bti}, {"mte", has_mte},
};
const unsigned haul_arch_feature_count = COUNT(haul_arch_features);

haul_arch_cache_walk haul_arch_cache_clean, haul_arch_cache_ivac;

haul_arch_cache_walk *const haul_arch_cache[HAUL_CACHE_OPS] = {
	[HAUL_CACHE_CLEAN] = haul_arch_cache_clean,
	[HAUL_CACHE_FLUSH] = (haul_arch_cache_walk *)haul_arch_cache_civac,
	[HAUL_CACHE_INVALIDATE] = haul_arch_cache_ivac,
};

/* Of devices the CPU says nothing. */
void haul_arch_cache_describe(struct haul_cache_report *report)
{
	haul_arch_code *clean =
		atomic_load_explicit(&haul_arch_cache_clean_slot, memory_order_relaxed);

	*report = (struct haul_cache_report){
		.block = line,
		.ops = {{HAUL_CACHE_USABLE,
			 clean == haul_arch_cache_civac ? "DC CIVAC" : "DC CVAC"},
			{HAUL_CACHE_USABLE, "DC CIVAC"},
			{cpu.invalidate, "DC IVAC"}},
	};
}
