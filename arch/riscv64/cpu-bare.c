/* SPDX-License-Identifier: MIT */
/*
 * riscv64 without a system: what supervisor mode (and machine mode, of a CPU that
 * has the other too) sees of the CPU by itself, which is V, and what the kernel
 * knows (haul/platform.h).
 */
#include "cpu.h"
#include <haul/platform.h>

/* sstatus.VS, which is 0 (Off) also where there is no V (privileged
 * specification, "Extension Context Status in mstatus Register"). */
static bool vector_is_on(void)
{
	uint64_t sstatus;

	__asm__ volatile("csrr %0, sstatus" : "=r"(sstatus));
	return sstatus >> 9 & 3;
}

/* What follows `name` at the start of the list's item; NULL if it is another. */
static const char *after(const char *name, const char *item)
{
	while (*name && *item == *name)
		item++, name++;
	return *name ? NULL : item;
}

/* What follows `name` in the list, up to the comma or the end; NULL if it is not there. */
static const char *find(const char *name, const char *list)
{
	for (const char *item = list; *item; item++) {
		const char *rest = item == list || item[-1] == ',' ? after(name, item) : NULL;

		if (rest)
			return rest;
	}
	return NULL;
}

static bool has(const char *name, const char *list)
{
	const char *rest = find(name, list);

	return rest && (*rest == '\0' || *rest == ',');
}

static uint64_t number_of(const char *name, const char *list)
{
	const char *digit = find(name, list);
	uint64_t number = 0;

	for (; digit && *digit >= '0' && *digit <= '9'; digit++)
		number = number * 10 + (uint64_t)(*digit - '0');
	return number;
}

struct haul_arch_cpu haul_arch_cpu_find(void)
{
	const char *features = haul_platform_features();
	const bool misaligned = !has("no_misaligned", features);
	const uint64_t cache_block = number_of("zicbom=", features);
	const enum haul_cache_why why = cache_block ? HAUL_CACHE_USABLE : HAUL_CACHE_NO_INSTRUCTION;

	return (struct haul_arch_cpu){
		.vector = vector_is_on(),
		.misaligned = misaligned,
		.misaligned_fast = misaligned && has("fast_misaligned", features),
		.zero_block = number_of("zicboz=", features),
		.cache_block = cache_block,
		.clean = why,
		.invalidate = why,
	};
}
