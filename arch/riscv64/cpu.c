/* SPDX-License-Identifier: MIT */
/* riscv64: which variant suits the CPU, and the thresholds. */
#include "cpu.h"
#include "arch.h"
#include "detect.h"

/* A vector of more bytes would let one store span two page borders. */
enum { VLENB_MAX = 1024 };

static struct haul_arch_cpu cpu;

/* Read by the assembly: the bytes that cbo.zero sets, 0 where there is none. */
__attribute__((visibility("hidden"))) _Atomic size_t haul_arch_zero_block;

static size_t vector_bytes(void)
{
	size_t vlenb;

	__asm__ volatile("csrr %0, 0xc22" : "=r"(vlenb)); /* vlenb, whose name is V's */
	return vlenb;
}

static bool is_zero_block(uint64_t size)
{
	return size >= sizeof(uint64_t) && size <= 4096 && (size & (size - 1)) == 0;
}

static void detect(void)
{
	struct haul_arch_cpu found = haul_arch_cpu_find();

	found.vector = found.vector && vector_bytes() <= VLENB_MAX;
	if (!is_zero_block(found.zero_block))
		found.zero_block = 0;
	cpu = found;
	atomic_store_explicit(&haul_arch_zero_block, found.zero_block, memory_order_relaxed);
}

void haul_arch_detect(void)
{
	detect_once(detect);
}

static bool has_misaligned(void)
{
	return cpu.misaligned;
}

static bool has_fast_misaligned(void)
{
	return cpu.misaligned_fast;
}

static bool has_rvv(void)
{
	return cpu.vector;
}

static bool has_zicbom(void)
{
	return cpu.clean == HAUL_CACHE_USABLE;
}

static bool has_zicboz(void)
{
	return cpu.zero_block != 0;
}

haul_arch_code haul_arch_memcpy_aligned, haul_arch_memcpy_unaligned, haul_arch_memcpy_rvv,
	haul_arch_memcpy_resolver;
haul_arch_code haul_arch_memmove_aligned, haul_arch_memmove_unaligned, haul_arch_memmove_rvv,
	haul_arch_memmove_resolver;
haul_arch_code haul_arch_memset_aligned, haul_arch_memset_unaligned, haul_arch_memset_rvv,
	haul_arch_memset_resolver;

/* The slots and thresholds that the assembly reads. */
__attribute__((visibility("hidden"))) haul_arch_code *_Atomic haul_arch_memcpy_slot =
	haul_arch_memcpy_resolver;
__attribute__((visibility("hidden"))) haul_arch_code *_Atomic haul_arch_memmove_slot =
	haul_arch_memmove_resolver;
__attribute__((visibility("hidden"))) haul_arch_code *_Atomic haul_arch_memset_slot =
	haul_arch_memset_resolver;
__attribute__((visibility("hidden"))) _Atomic size_t haul_arch_zero_threshold;

enum { ALIGNED, UNALIGNED, RVV }; /* the same order in every table */

static const struct haul_arch_variant memcpy_variants[] = {
	[ALIGNED] = {"aligned", haul_arch_memcpy_aligned, always},
	[UNALIGNED] = {"unaligned", haul_arch_memcpy_unaligned, has_misaligned},
	[RVV] = {"rvv", haul_arch_memcpy_rvv, has_rvv},
};

static const struct haul_arch_variant memmove_variants[] = {
	[ALIGNED] = {"aligned", haul_arch_memmove_aligned, always},
	[UNALIGNED] = {"unaligned", haul_arch_memmove_unaligned, has_misaligned},
	[RVV] = {"rvv", haul_arch_memmove_rvv, has_rvv},
};

static const struct haul_arch_variant memset_variants[] = {
	[ALIGNED] = {"aligned", haul_arch_memset_aligned, always},
	[UNALIGNED] = {"unaligned", haul_arch_memset_unaligned, has_misaligned},
	[RVV] = {"rvv", haul_arch_memset_rvv, has_rvv},
};

static unsigned choose(void)
{
	if (cpu.vector)
		return RVV;
	return cpu.misaligned_fast ? UNALIGNED : ALIGNED;
}

const struct haul_arch_routine haul_arch_routines[] = {
	{"memcpy", &haul_arch_memcpy_slot, haul_arch_memcpy_resolver, memcpy_variants,
	 COUNT(memcpy_variants), choose},
	{"memmove", &haul_arch_memmove_slot, haul_arch_memmove_resolver, memmove_variants,
	 COUNT(memmove_variants), choose},
	{"memset", &haul_arch_memset_slot, haul_arch_memset_resolver, memset_variants,
	 COUNT(memset_variants), choose},
};
const unsigned haul_arch_routine_count = COUNT(haul_arch_routines);

/* Zero by the block once most of the fill is whole blocks. */
static size_t zero_initial(void)
{
	return cpu.zero_block ? 4 * cpu.zero_block : SIZE_MAX / 2;
}

const struct haul_arch_threshold haul_arch_thresholds[] = {
	{"zero_threshold", &haul_arch_zero_threshold, 1, SIZE_MAX / 2, zero_initial},
};
const unsigned haul_arch_threshold_count = COUNT(haul_arch_thresholds);

const struct haul_arch_feature haul_arch_features[] = {
	{"fast_misaligned", has_fast_misaligned},
	{"rvv", has_rvv},
	{"zicbom", has_zicbom},
	{"zicboz", has_zicboz},
};
const unsigned haul_arch_feature_count = COUNT(haul_arch_features);

haul_arch_cache_walk haul_arch_cache_clean, haul_arch_cache_flush, haul_arch_cache_invalidate;

haul_arch_cache_walk *const haul_arch_cache[HAUL_CACHE_OPS] = {
	[HAUL_CACHE_CLEAN] = haul_arch_cache_clean,
	[HAUL_CACHE_FLUSH] = haul_arch_cache_flush,
	[HAUL_CACHE_INVALIDATE] = haul_arch_cache_invalidate,
};

/* Of devices the CPU says nothing. */
void haul_arch_cache_describe(struct haul_cache_report *report)
{
	*report = (struct haul_cache_report){
		.block = cpu.cache_block,
		.ops = {{cpu.clean, "cbo.clean"},
			{cpu.clean, "cbo.flush"},
			{cpu.invalidate, "cbo.inval"}},
	};
}
