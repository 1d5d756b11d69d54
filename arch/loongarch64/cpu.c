/* SPDX-License-Identifier: MIT */
/* loongarch64: which variant suits the CPU, and the thresholds. */
#include "cpu.h"
#include "arch.h"
#include "detect.h"

static struct haul_arch_cpu cpu;

static void detect(void)
{
	cpu = haul_arch_cpu_find();
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
