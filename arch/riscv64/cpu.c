/* SPDX-License-Identifier: MIT */
/*
 * riscv64: what the CPU has, which variant suits it, and the thresholds.
 *
 * Linux tells by riscv_hwprobe (Documentation/arch/riscv/hwprobe.rst) what all
 * of its CPUs have in common.  Where that call is missing or forbidden, what is
 * left is the auxiliary vector's word on V and the slow sure way for the rest.
 */
#include "arch.h"
#include "detect.h"
#include <stdatomic.h>
#include <sys/auxv.h>

enum { SYS_PRCTL = 167, SYS_RISCV_HWPROBE = 258 };
enum { RISCV_V_GET_CONTROL = 70, V_CONTROL_MASK = 3, V_OFF = 1 };
enum { KEY_EXTENSIONS = 4, KEY_PERFORMANCE = 5, KEY_ZERO_BLOCK = 6, KEY_MISALIGNED_SCALAR = 9 };
enum { EXTENSION_V = 2, EXTENSION_ZICBOZ = 6 }; /* bits of KEY_EXTENSIONS */
enum { MISALIGNED_FAST = 3, MISALIGNED_UNSUPPORTED = 4, MISALIGNED_MASK = 7 };

/* A vector of more bytes would let one store span two page borders. */
enum { VLENB_MAX = 1024 };

/* struct riscv_hwprobe; the kernel makes a key that it does not know -1. */
struct probe {
	int64_t key;
	uint64_t value;
};

static struct {
	bool rvv, zicboz;
	unsigned misaligned; /* scalar accesses: unknown, emulated, slow, fast, unsupported */
} cpu;

/* Read by the assembly: the bytes that cbo.zero sets, 0 where there is none. */
__attribute__((visibility("hidden"))) _Atomic size_t haul_arch_zero_block;

/* Without a libc's wrapper, which would set errno. */
static long system_call(long number, long a, long b, long c, long d, long e)
{
	register long a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d, a4 __asm__("a4") = e;
	register long a7 __asm__("a7") = number;

	__asm__ volatile("ecall"
			 : "+r"(a0)
			 : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a7)
			 : "memory");
	return a0;
}

/* HWCAP has a bit a letter. */
static bool hwcap_has_v(void)
{
	return bit(getauxval(AT_HWCAP), 'V' - 'A');
}

/*
 * V can be switched off for a process.  Systems that know RVV 1.0 know this
 * call too; kernels from before it set V in HWCAP for its incompatible draft, so
 * without riscv_hwprobe's word it must succeed.  Emulators may lack it.
 */
static bool v_enabled(bool probed)
{
	long control = system_call(SYS_PRCTL, RISCV_V_GET_CONTROL, 0, 0, 0, 0);

	return control < 0 ? probed : (control & V_CONTROL_MASK) != V_OFF;
}

static size_t vector_bytes(void)
{
	size_t vlenb;

	__asm__("csrr %0, 0xc22" : "=r"(vlenb)); /* vlenb, whose name is V's */
	return vlenb;
}

static bool is_zero_block(uint64_t size)
{
	return size >= sizeof(uint64_t) && size <= 4096 && (size & (size - 1)) == 0;
}

static void detect(void)
{
	enum { EXTENSIONS, PERFORMANCE, ZERO_BLOCK, MISALIGNED, PROBES };
	struct probe probes[PROBES] = {
		[EXTENSIONS] = {.key = KEY_EXTENSIONS},
		[PERFORMANCE] = {.key = KEY_PERFORMANCE},
		[ZERO_BLOCK] = {.key = KEY_ZERO_BLOCK},
		[MISALIGNED] = {.key = KEY_MISALIGNED_SCALAR},
	};
	bool probed = system_call(SYS_RISCV_HWPROBE, (long)probes, PROBES, 0, 0, 0) == 0;
	uint64_t extensions = probed ? probes[EXTENSIONS].value : 0;

	if (probed) {
		bool newer = probes[MISALIGNED].key == KEY_MISALIGNED_SCALAR;

		cpu.misaligned = probes[newer ? MISALIGNED : PERFORMANCE].value & MISALIGNED_MASK;
		cpu.zicboz = bit(extensions, EXTENSION_ZICBOZ) &&
			     is_zero_block(probes[ZERO_BLOCK].value);
	}
	cpu.rvv = (probed ? bit(extensions, EXTENSION_V) : hwcap_has_v()) && v_enabled(probed) &&
		  vector_bytes() <= VLENB_MAX;
	atomic_store_explicit(&haul_arch_zero_block, cpu.zicboz ? probes[ZERO_BLOCK].value : 0,
			      memory_order_relaxed);
}

void haul_arch_detect(void)
{
	detect_once(detect);
}

static bool has_misaligned(void)
{
	return cpu.misaligned != MISALIGNED_UNSUPPORTED;
}

static bool has_fast_misaligned(void)
{
	return cpu.misaligned == MISALIGNED_FAST;
}

static bool has_rvv(void)
{
	return cpu.rvv;
}

static bool has_zicboz(void)
{
	return cpu.zicboz;
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
	if (cpu.rvv)
		return RVV;
	return has_fast_misaligned() ? UNALIGNED : ALIGNED;
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
	return cpu.zicboz ? 4 * haul_arch_zero_block : SIZE_MAX / 2;
}

const struct haul_arch_threshold haul_arch_thresholds[] = {
	{"zero_threshold", &haul_arch_zero_threshold, 1, SIZE_MAX / 2, zero_initial},
};
const unsigned haul_arch_threshold_count = COUNT(haul_arch_thresholds);

const struct haul_arch_feature haul_arch_features[] = {
	{"fast_misaligned", has_fast_misaligned},
	{"rvv", has_rvv},
	{"zicboz", has_zicboz},
};
const unsigned haul_arch_feature_count = COUNT(haul_arch_features);
