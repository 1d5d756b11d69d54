/* SPDX-License-Identifier: MIT */
/*
 * riscv64: what Linux says of the CPU.
 *
 * It tells by riscv_hwprobe (Documentation/arch/riscv/hwprobe.rst) what all
 * of its CPUs have in common.  Where that call is missing or forbidden, what is
 * left is the auxiliary vector's word on V and the slow sure way for the rest.
 * It tells of Zicbom where programs may use cbo.clean and cbo.flush; cbo.inval they
 * never may (tools/testing/selftests/riscv/hwprobe/cbo.c).
 */
#include "cpu.h"
#include "detect.h"
#include <sys/auxv.h>

enum { SYS_PRCTL = 167, SYS_RISCV_HWPROBE = 258 };
enum { RISCV_V_GET_CONTROL = 70, V_CONTROL_MASK = 3, V_OFF = 1 };
enum {
	KEY_EXTENSIONS = 4,
	KEY_PERFORMANCE = 5,
	KEY_ZERO_BLOCK = 6,
	KEY_MISALIGNED_SCALAR = 9,
	KEY_CACHE_BLOCK = 12
};
enum { EXTENSION_V = 2, EXTENSION_ZICBOZ = 6, EXTENSION_ZICBOM = 55 }; /* bits of KEY_EXTENSIONS */
enum { MISALIGNED_FAST = 3, MISALIGNED_UNSUPPORTED = 4, MISALIGNED_MASK = 7 };

/* struct riscv_hwprobe; the kernel makes a key that it does not know -1. */
struct probe {
	int64_t key;
	uint64_t value;
};

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

struct haul_arch_cpu haul_arch_cpu_find(void)
{
	enum { EXTENSIONS, PERFORMANCE, ZERO_BLOCK, MISALIGNED, CACHE_BLOCK, PROBES };
	struct probe probes[PROBES] = {
		[EXTENSIONS] = {.key = KEY_EXTENSIONS},
		[PERFORMANCE] = {.key = KEY_PERFORMANCE},
		[ZERO_BLOCK] = {.key = KEY_ZERO_BLOCK},
		[MISALIGNED] = {.key = KEY_MISALIGNED_SCALAR},
		[CACHE_BLOCK] = {.key = KEY_CACHE_BLOCK},
	};
	bool probed = system_call(SYS_RISCV_HWPROBE, (long)probes, PROBES, 0, 0, 0) == 0;
	uint64_t extensions = probed ? probes[EXTENSIONS].value : 0;
	const bool zicbom = bit(extensions, EXTENSION_ZICBOM);
	uint64_t misaligned = 0;

	if (probed) {
		bool newer = probes[MISALIGNED].key == KEY_MISALIGNED_SCALAR;

		misaligned = probes[newer ? MISALIGNED : PERFORMANCE].value & MISALIGNED_MASK;
	}
	return (struct haul_arch_cpu){
		.vector = (probed ? bit(extensions, EXTENSION_V) : hwcap_has_v()) &&
			  v_enabled(probed),
		.misaligned = misaligned != MISALIGNED_UNSUPPORTED,
		.misaligned_fast = misaligned == MISALIGNED_FAST,
		.zero_block = bit(extensions, EXTENSION_ZICBOZ) ? probes[ZERO_BLOCK].value : 0,
		.cache_block = zicbom && probes[CACHE_BLOCK].key == KEY_CACHE_BLOCK
				       ? probes[CACHE_BLOCK].value
				       : 0,
		.clean = zicbom ? HAUL_CACHE_USABLE : HAUL_CACHE_NOT_ENABLED,
		.invalidate = HAUL_CACHE_PRIVILEGED,
	};
}
