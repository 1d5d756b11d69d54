/* SPDX-License-Identifier: MIT */
/*
 * x86_64: what the CPU has, which variant suits it, and the thresholds.
 *
 * Everything comes from CPUID and XGETBV, so it works before main and under
 * seccomp.  Intel: SDM volume 2, CPUID.  AMD: APM volume 3, appendix E.
 */
#include "arch.h"
#include "detect.h"
#include <cpuid.h>
#include <stdatomic.h>

enum { XCR0_AVX = 0x6, XCR0_AVX512 = 0xe6 };
enum { VENDOR_OTHER, VENDOR_INTEL, VENDOR_AMD };

static struct {
	bool avx2, avx512, avx_vnni, erms, fsrm;
	bool clflush, clflushopt, clwb;
	size_t line; /* bytes that CLFLUSH and its kin work on */
	unsigned vendor;
	struct {
		size_t size; /* bytes, 0 if there is none or it is unknown */
		bool inclusive;
	} cache[5]; /* data caches by level, 1 to 4 */
} cpu;

#if !__STDC_HOSTED__
__attribute__((visibility("hidden"))) bool haul_arch_smap; /* what user.S asks */
#endif

static uint64_t enabled_states(void)
{
	uint32_t low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (uint64_t)high << 32 | low;
}

static unsigned detect_vendor(void)
{
	unsigned max, b, c, d;

	__cpuid(0, max, b, c, d);
	if (b == signature_INTEL_ebx && c == signature_INTEL_ecx && d == signature_INTEL_edx)
		return VENDOR_INTEL;
	if (b == signature_AMD_ebx && c == signature_AMD_ecx && d == signature_AMD_edx)
		return VENDOR_AMD;
	return VENDOR_OTHER;
}

/* Leaf 4 (Intel) or 0x8000001d (AMD): one subleaf a cache, same layout. */
static void detect_caches(unsigned leaf)
{
	enum { END = 0, INSTRUCTIONS = 2 };

	for (unsigned index = 0; index < 16; index++) {
		unsigned a, b, c, d, type, level;

		if (!__get_cpuid_count(leaf, index, &a, &b, &c, &d))
			break;
		type = a & 0x1f;
		level = (a >> 5) & 7;
		if (type == END)
			break;
		if (type == INSTRUCTIONS || level >= COUNT(cpu.cache))
			continue;
		cpu.cache[level].inclusive = bit(d, 1);
		cpu.cache[level].size = ((size_t)(b >> 22) + 1) * (((b >> 12) & 0x3ff) + 1) *
					((b & 0xfff) + 1) * ((size_t)c + 1);
	}
}

static void detect(void)
{
	unsigned a, b, c, d, b7 = 0, d7 = 0, a7_1 = 0;
	uint64_t states = 0;

	__cpuid(1, a, b, c, d);
	if (bit(c, 27)) /* OSXSAVE */
		states = enabled_states();
	cpu.clflush = bit(d, 19);
	cpu.line = (b >> 8 & 0xff) * 8;
	if (__get_cpuid_count(7, 0, &a, &b7, &c, &d7) && a >= 1)
		__get_cpuid_count(7, 1, &a7_1, &b, &c, &d);
	cpu.avx2 = bit(b7, 5) && (states & XCR0_AVX) == XCR0_AVX;
	cpu.avx512 = bit(b7, 16) && bit(b7, 30) && bit(b7, 31) && /* F, BW, VL */
		     (states & XCR0_AVX512) == XCR0_AVX512;
	cpu.avx_vnni = bit(a7_1, 4) && cpu.avx2;
#if !__STDC_HOSTED__
	haul_arch_smap = bit(b7, 20);
#endif
	cpu.erms = bit(b7, 9);
	cpu.clflushopt = cpu.clflush && bit(b7, 23);
	cpu.clwb = cpu.clflush && bit(b7, 24);
	cpu.fsrm = bit(d7, 4);
	cpu.vendor = detect_vendor();
	detect_caches(cpu.vendor == VENDOR_AMD ? 0x8000001d : 4);
}

void haul_arch_detect(void)
{
	detect_once(detect);
}

static bool has_avx2(void)
{
	return cpu.avx2;
}

static bool has_avx512(void)
{
	return cpu.avx512;
}

static bool has_avx_vnni(void)
{
	return cpu.avx_vnni;
}

static bool has_erms(void)
{
	return cpu.erms;
}

static bool has_fsrm(void)
{
	return cpu.fsrm;
}

static bool has_clflushopt(void)
{
	return cpu.clflushopt;
}

static bool has_clwb(void)
{
	return cpu.clwb;
}

haul_arch_code haul_arch_memcpy_sse2, haul_arch_memcpy_avx2, haul_arch_memcpy_evex,
	haul_arch_memcpy_avx512, haul_arch_memcpy_erms, haul_arch_memcpy_resolver;
haul_arch_code haul_arch_memmove_sse2, haul_arch_memmove_avx2, haul_arch_memmove_evex,
	haul_arch_memmove_avx512, haul_arch_memmove_resolver;
haul_arch_code haul_arch_memset_sse2, haul_arch_memset_avx2, haul_arch_memset_evex,
	haul_arch_memset_avx512, haul_arch_memset_erms, haul_arch_memset_resolver;
haul_arch_code haul_arch_cache_clwb, haul_arch_cache_clflushopt, haul_arch_cache_clflush,
	haul_arch_cache_clean_resolver, haul_arch_cache_flush_resolver;

/* The slots and thresholds that the assembly reads. */
__attribute__((visibility("hidden"))) haul_arch_code *_Atomic haul_arch_memcpy_slot =
	haul_arch_memcpy_resolver;
__attribute__((visibility("hidden"))) haul_arch_code *_Atomic haul_arch_memmove_slot =
	haul_arch_memmove_resolver;
__attribute__((visibility("hidden"))) haul_arch_code *_Atomic haul_arch_memset_slot =
	haul_arch_memset_resolver;
__attribute__((visibility("hidden"))) haul_arch_code *_Atomic haul_arch_cache_clean_slot =
	haul_arch_cache_clean_resolver;
__attribute__((visibility("hidden"))) haul_arch_code *_Atomic haul_arch_cache_flush_slot =
	haul_arch_cache_flush_resolver;
__attribute__((visibility("hidden"))) _Atomic size_t haul_arch_nt_threshold;
__attribute__((visibility("hidden"))) _Atomic size_t haul_arch_memset_nt_threshold;
__attribute__((visibility("hidden"))) _Atomic size_t haul_arch_far_threshold;
__attribute__((visibility("hidden"))) _Atomic size_t haul_arch_rep_movsb_threshold;
__attribute__((visibility("hidden"))) _Atomic size_t haul_arch_rep_stosb_threshold;

enum { SSE2, AVX2, EVEX, AVX512 }; /* the same order in every table */

static const struct haul_arch_variant memcpy_variants[] = {
	[SSE2] = {"sse2", haul_arch_memcpy_sse2, always},
	[AVX2] = {"avx2", haul_arch_memcpy_avx2, has_avx2},
	[EVEX] = {"evex", haul_arch_memcpy_evex, has_avx512},
	[AVX512] = {"avx512", haul_arch_memcpy_avx512, has_avx512},
	{"erms", haul_arch_memcpy_erms, has_erms},
};

static const struct haul_arch_variant memmove_variants[] = {
	[SSE2] = {"sse2", haul_arch_memmove_sse2, always},
	[AVX2] = {"avx2", haul_arch_memmove_avx2, has_avx2},
	[EVEX] = {"evex", haul_arch_memmove_evex, has_avx512},
	[AVX512] = {"avx512", haul_arch_memmove_avx512, has_avx512},
};

static const struct haul_arch_variant memset_variants[] = {
	[SSE2] = {"sse2", haul_arch_memset_sse2, always},
	[AVX2] = {"avx2", haul_arch_memset_avx2, has_avx2},
	[EVEX] = {"evex", haul_arch_memset_evex, has_avx512},
	[AVX512] = {"avx512", haul_arch_memset_avx512, has_avx512},
	{"erms", haul_arch_memset_erms, has_erms},
};

enum { CLFLUSH, CLFLUSHOPT, CLWB }; /* the same order in both tables */

static const struct haul_arch_variant clean_variants[] = {
	[CLFLUSH] = {"clflush", haul_arch_cache_clflush, always},
	[CLFLUSHOPT] = {"clflushopt", haul_arch_cache_clflushopt, has_clflushopt},
	[CLWB] = {"clwb", haul_arch_cache_clwb, has_clwb},
};

static const struct haul_arch_variant flush_variants[] = {
	[CLFLUSH] = {"clflush", haul_arch_cache_clflush, always},
	[CLFLUSHOPT] = {"clflushopt", haul_arch_cache_clflushopt, has_clflushopt},
};

static unsigned choose_flush(void)
{
	return cpu.clflushopt ? CLFLUSHOPT : CLFLUSH;
}

static unsigned choose_clean(void)
{
	return cpu.clwb ? CLWB : choose_flush();
}

/* 64-byte vectors only where they cost no clock frequency: AMD's, and Intel's
 * since AVX-VNNI. */
static unsigned choose_vector(void)
{
	if (cpu.avx512)
		return cpu.vendor == VENDOR_AMD || cpu.avx_vnni ? AVX512 : EVEX;
	return cpu.avx2 ? AVX2 : SSE2;
}

const struct haul_arch_routine haul_arch_routines[] = {
	{"memcpy", &haul_arch_memcpy_slot, haul_arch_memcpy_resolver, memcpy_variants,
	 COUNT(memcpy_variants), choose_vector},
	{"memmove", &haul_arch_memmove_slot, haul_arch_memmove_resolver, memmove_variants,
	 COUNT(memmove_variants), choose_vector},
	{"memset", &haul_arch_memset_slot, haul_arch_memset_resolver, memset_variants,
	 COUNT(memset_variants), choose_vector},
	{"cache_clean", &haul_arch_cache_clean_slot, haul_arch_cache_clean_resolver, clean_variants,
	 COUNT(clean_variants), choose_clean},
	{"cache_flush", &haul_arch_cache_flush_slot, haul_arch_cache_flush_resolver, flush_variants,
	 COUNT(flush_variants), choose_flush},
};
const unsigned haul_arch_routine_count = COUNT(haul_arch_routines);

static size_t first_cache(void)
{
	return cpu.cache[1].size ? cpu.cache[1].size : (size_t)32 << 10;
}

/* Prefetches win once source and destination together leave the first cache. */
static size_t far_initial(void)
{
	return first_cache() / 16 * 9;
}

/*
 * Never by itself.  Intel's string copy wins just before far_threshold, but if
 * the source vanishes while it runs, up to 63 bytes beyond the count may have
 * been written; AMD's loses at every size.
 */
static size_t movsb_initial(void)
{
	return SIZE_MAX / 2;
}

/*
 * Non-temporal stores win once the data does not fit a last-level cache beside
 * what others keep there.  An Intel mesh (last level not inclusive) is so slow
 * and so widely shared that four times the core's own cache is the mark.
 */
static size_t nt_initial(void)
{
	size_t last = cpu.cache[3].size / 4 * 3, own = cpu.cache[2].size * 4;

	if (last && own && own < last && cpu.vendor == VENDOR_INTEL && !cpu.cache[3].inclusive)
		return own;
	return last ? last : (size_t)64 << 20;
}

/* Intel's string fill ties with aligned vectors and wins where lines would be
 * split. */
static size_t stosb_initial(void)
{
	return cpu.vendor == VENDOR_INTEL && cpu.erms ? 3584 : SIZE_MAX / 2;
}

const struct haul_arch_threshold haul_arch_thresholds[] = {
	{"nt_threshold", &haul_arch_nt_threshold, 1, SIZE_MAX / 2, nt_initial},
	{"memset_nt_threshold", &haul_arch_memset_nt_threshold, 1, SIZE_MAX / 2, nt_initial},
	{"far_threshold", &haul_arch_far_threshold, 1, SIZE_MAX / 2, far_initial},
	{"rep_movsb_threshold", &haul_arch_rep_movsb_threshold, 1, SIZE_MAX / 2, movsb_initial},
	{"rep_stosb_threshold", &haul_arch_rep_stosb_threshold, 1, SIZE_MAX / 2, stosb_initial},
};
const unsigned haul_arch_threshold_count = COUNT(haul_arch_thresholds);

const struct haul_arch_feature haul_arch_features[] = {
	{"sse2", always},
	{"avx2", has_avx2},
	{"avx512", has_avx512},
	{"avx_vnni", has_avx_vnni},
	{"erms", has_erms},
	{"fsrm", has_fsrm},
	{"clflushopt", has_clflushopt},
	{"clwb", has_clwb},
};
const unsigned haul_arch_feature_count = COUNT(haul_arch_features);

haul_arch_cache_walk haul_arch_cache_clean, haul_arch_cache_flush;

haul_arch_cache_walk *const haul_arch_cache[HAUL_CACHE_OPS] = {
	[HAUL_CACHE_CLEAN] = haul_arch_cache_clean,
	[HAUL_CACHE_FLUSH] = haul_arch_cache_flush,
};

/* What the slot holds, as the manual writes it. */
static const char *instruction_in(haul_arch_code *_Atomic *slot)
{
	haul_arch_code *code = atomic_load_explicit(slot, memory_order_relaxed);

	if (code == haul_arch_cache_clwb)
		return "CLWB";
	return code == haul_arch_cache_clflushopt ? "CLFLUSHOPT" : "CLFLUSH";
}

/* Devices snoop (SDM volume 3, "Cache Control Protocol").  No instruction drops a
 * line by address without writing it. */
void haul_arch_cache_describe(struct haul_cache_report *report)
{
	const enum haul_cache_why why = cpu.clflush ? HAUL_CACHE_USABLE : HAUL_CACHE_NO_INSTRUCTION;

	*report = (struct haul_cache_report){
		.block = cpu.line,
		.coherent = true,
		.ops = {{why, instruction_in(&haul_arch_cache_clean_slot)},
			{why, instruction_in(&haul_arch_cache_flush_slot)},
			{HAUL_CACHE_NO_INSTRUCTION, ""}},
	};
}
