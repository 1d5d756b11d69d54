/* SPDX-License-Identifier: MIT */
/* loongarch64: which variant suits the CPU, and the thresholds. */
#include "cpu.h"
#include "arch.h"
#include "detect.h"

static struct haul_arch_cpu cpu;
static bool coherent; /* CPUCFG word 3, CCDMA */
static size_t line;   /* bytes of the smallest line of a cache that holds data */

/* Read by the assembly: which caches hold data, by their places among all. */
__attribute__((visibility("hidden"))) uint32_t haul_arch_cache_leaves;

/*
 * The caches that there may be, in the order that CPUCFG word 0x10 and CACOP have
 * (manual volume 1, 2.2.10.5; 4.2.2.1): two for each level, of which the first
 * is of instructions, or of data too if its second bit is set.
 */
static void detect_caches(void)
{
	enum { DATA = 32, NO_WORD = 0 };
	static const struct {
		uint8_t present, unified; /* bits of word 0x10 */
		uint8_t word;             /* that has the size of its lines */
	} caches[] = {
		{0, 1, 0x11},       {2, DATA, 0x12}, {3, 4, 0x13},
		{7, DATA, NO_WORD}, {10, 11, 0x14},  {14, DATA, NO_WORD},
	};
	const uint64_t there = haul_arch_cpucfg(0x10) | (uint64_t)1 << DATA;
	unsigned leaf = 0;

	for (unsigned i = 0; i < COUNT(caches); i++) {
		size_t size = 0;

		if (!bit(there, caches[i].present))
			continue;
		if (bit(there, caches[i].unified)) {
			haul_arch_cache_leaves |= 1u << leaf;
			if (caches[i].word)
				size = (size_t)1 << (haul_arch_cpucfg(caches[i].word) >> 24 & 0x3f);
			if (size && (!line || size < line))
				line = size;
		}
		leaf++;
	}
}

static void detect(void)
{
	cpu = haul_arch_cpu_find();
	coherent = bit(haul_arch_cpucfg(3), 0);
	detect_caches();
}

void haul_arch_detect(void)
{
	detect_once(detect);
}

static bool has_lam(void)
{
	return cpu.lam;
}

static bool has_ual(void)
{
	return cpu.ual;
}

/* The vector variants take unaligned access for granted too. */
static bool has_lsx(void)
{
	return cpu.ual && cpu.lsx;
}

static bool has_lasx(void)
{
	return has_lsx() && cpu.lasx;
}

haul_arch_code haul_arch_resolver; /* of all routines */
haul_arch_code haul_arch_memcpy_aligned, haul_arch_memcpy_unaligned, haul_arch_memcpy_lsx,
	haul_arch_memcpy_lasx;
haul_arch_code haul_arch_memmove_aligned, haul_arch_memmove_unaligned, haul_arch_memmove_lsx,
	haul_arch_memmove_lasx;
haul_arch_code haul_arch_memset_aligned, haul_arch_memset_unaligned, haul_arch_memset_lsx,
	haul_arch_memset_lasx;

/* The slots and thresholds that the assembly reads. */
__attribute__((visibility("hidden"))) haul_arch_code *_Atomic haul_arch_memcpy_slot =
	haul_arch_resolver;
__attribute__((visibility("hidden"))) haul_arch_code *_Atomic haul_arch_memmove_slot =
	haul_arch_resolver;
__attribute__((visibility("hidden"))) haul_arch_code *_Atomic haul_arch_memset_slot =
	haul_arch_resolver;
__attribute__((visibility("hidden"))) _Atomic size_t haul_arch_merge_threshold;

enum { ALIGNED, UNALIGNED, LSX, LASX, VARIANTS }; /* the same in every table */

static const struct haul_arch_variant memcpy_variants[VARIANTS] = {
	[ALIGNED] = {"aligned", haul_arch_memcpy_aligned, always},
	[UNALIGNED] = {"unaligned", haul_arch_memcpy_unaligned, has_ual},
	[LSX] = {"lsx", haul_arch_memcpy_lsx, has_lsx},
	[LASX] = {"lasx", haul_arch_memcpy_lasx, has_lasx},
};

static const struct haul_arch_variant memmove_variants[VARIANTS] = {
	[ALIGNED] = {"aligned", haul_arch_memmove_aligned, always},
	[UNALIGNED] = {"unaligned", haul_arch_memmove_unaligned, has_ual},
	[LSX] = {"lsx", haul_arch_memmove_lsx, has_lsx},
	[LASX] = {"lasx", haul_arch_memmove_lasx, has_lasx},
};

static const struct haul_arch_variant memset_variants[VARIANTS] = {
	[ALIGNED] = {"aligned", haul_arch_memset_aligned, always},
	[UNALIGNED] = {"unaligned", haul_arch_memset_unaligned, has_ual},
	[LSX] = {"lsx", haul_arch_memset_lsx, has_lsx},
	[LASX] = {"lasx", haul_arch_memset_lasx, has_lasx},
};

static unsigned choose_widest(void)
{
	if (has_lasx())
		return LASX;
	if (has_lsx())
		return LSX;
	return has_ual() ? UNALIGNED : ALIGNED;
}

const struct haul_arch_routine haul_arch_routines[] = {
	{"memcpy", &haul_arch_memcpy_slot, haul_arch_resolver, memcpy_variants, VARIANTS,
	 choose_widest},
	{"memmove", &haul_arch_memmove_slot, haul_arch_resolver, memmove_variants, VARIANTS,
	 choose_widest},
	{"memset", &haul_arch_memset_slot, haul_arch_resolver, memset_variants, VARIANTS,
	 choose_widest},
};
const unsigned haul_arch_routine_count = COUNT(haul_arch_routines);

/* From where on words are put together: at once, since that takes fewer
 * instructions than bytes do. */
static size_t merge_initial(void)
{
	return 16;
}

const struct haul_arch_threshold haul_arch_thresholds[] = {
	{"merge_threshold", &haul_arch_merge_threshold, 16, SIZE_MAX / 2, merge_initial},
};
const unsigned haul_arch_threshold_count = COUNT(haul_arch_thresholds);

const struct haul_arch_feature haul_arch_features[] = {
	{"lam", has_lam},
	{"ual", has_ual},
	{"lsx", has_lsx},
	{"lasx", has_lasx},
};
const unsigned haul_arch_feature_count = COUNT(haul_arch_features);

haul_arch_cache_walk haul_arch_cache_flush;

haul_arch_cache_walk *const haul_arch_cache[HAUL_CACHE_OPS] = {
	[HAUL_CACHE_CLEAN] = haul_arch_cache_flush,
	[HAUL_CACHE_FLUSH] = haul_arch_cache_flush,
};

void haul_arch_cache_describe(struct haul_cache_report *report)
{
	*report = (struct haul_cache_report){
		.block = line,
		.coherent = coherent,
		.ops = {{cpu.flush, "CACOP"},
			{cpu.flush, "CACOP"},
			{HAUL_CACHE_NO_INSTRUCTION, ""}},
	};
}
