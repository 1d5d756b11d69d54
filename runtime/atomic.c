/* SPDX-License-Identifier: MIT */
/*
 * Atomics on memory that may fault: alignment is checked here, once for all
 * ports, because a CPU may not check it (x86) or may trap slowly.
 */
#include "word.h"
#include <haul/atomic.h>

static int misaligned(const volatile void *p, size_t width)
{
	return ((uintptr_t)p & (width - 1)) != 0;
}

#define LOAD(name, type, arch) \
	int name(const type *p, type *value) \
	{ \
		if (misaligned(p, sizeof *p)) \
			return -HAUL_EINVAL; \
		return arch(p, value) ? 0 : -HAUL_EFAULT; \
	}

#define STORE(name, type, arch) \
	int name(type *p, type value) \
	{ \
		if (misaligned(p, sizeof *p)) \
			return -HAUL_EINVAL; \
		return arch(p, value) ? 0 : -HAUL_EFAULT; \
	}

/* swap and the fetch-ops: one operand in, what was there before out. */
#define FETCH(name, type, arch) \
	int name(type *p, type operand, type *old) \
	{ \
		struct haul_arch_word word; \
\
		if (misaligned(p, sizeof *p)) \
			return -HAUL_EINVAL; \
		word = arch(p, operand); \
		if (word.fault) \
			return -HAUL_EFAULT; \
		*old = (type)word.value; \
		return 0; \
	}

#define CMPXCHG(name, type, arch) \
	int name(type *p, type *expected, type desired) \
	{ \
		struct haul_arch_word word; \
		type want = *expected; \
\
		if (misaligned(p, sizeof *p)) \
			return -HAUL_EINVAL; \
		word = arch(p, want, desired); \
		if (word.fault) \
			return -HAUL_EFAULT; \
		if ((type)word.value == want) \
			return 1; \
		*expected = (type)word.value; \
		return 0; \
	}

LOAD(haul_load_u8, uint8_t, haul_arch_word_load_u8)
LOAD(haul_load_u16, uint16_t, haul_arch_word_load_u16)
LOAD(haul_load_u32, uint32_t, haul_arch_word_load_u32)
LOAD(haul_load_u64, uint64_t, haul_arch_word_load_u64)

STORE(haul_store_u8, uint8_t, haul_arch_word_store_u8)
STORE(haul_store_u16, uint16_t, haul_arch_word_store_u16)
STORE(haul_store_u32, uint32_t, haul_arch_word_store_u32)
STORE(haul_store_u64, uint64_t, haul_arch_word_store_u64)

FETCH(haul_swap_u8, uint8_t, haul_arch_swap_u8)
FETCH(haul_swap_u16, uint16_t, haul_arch_swap_u16)
FETCH(haul_swap_u32, uint32_t, haul_arch_swap_u32)
FETCH(haul_swap_u64, uint64_t, haul_arch_swap_u64)

CMPXCHG(haul_cmpxchg_u8, uint8_t, haul_arch_cmpxchg_u8)
CMPXCHG(haul_cmpxchg_u16, uint16_t, haul_arch_cmpxchg_u16)
CMPXCHG(haul_cmpxchg_u32, uint32_t, haul_arch_cmpxchg_u32)
CMPXCHG(haul_cmpxchg_u64, uint64_t, haul_arch_cmpxchg_u64)

FETCH(haul_fetch_add_u8, uint8_t, haul_arch_fetch_add_u8)
FETCH(haul_fetch_add_u16, uint16_t, haul_arch_fetch_add_u16)
FETCH(haul_fetch_add_u32, uint32_t, haul_arch_fetch_add_u32)
FETCH(haul_fetch_add_u64, uint64_t, haul_arch_fetch_add_u64)

FETCH(haul_fetch_and_u8, uint8_t, haul_arch_fetch_and_u8)
FETCH(haul_fetch_and_u16, uint16_t, haul_arch_fetch_and_u16)
FETCH(haul_fetch_and_u32, uint32_t, haul_arch_fetch_and_u32)
FETCH(haul_fetch_and_u64, uint64_t, haul_arch_fetch_and_u64)

FETCH(haul_fetch_or_u8, uint8_t, haul_arch_fetch_or_u8)
FETCH(haul_fetch_or_u16, uint16_t, haul_arch_fetch_or_u16)
FETCH(haul_fetch_or_u32, uint32_t, haul_arch_fetch_or_u32)
FETCH(haul_fetch_or_u64, uint64_t, haul_arch_fetch_or_u64)

FETCH(haul_fetch_xor_u8, uint8_t, haul_arch_fetch_xor_u8)
FETCH(haul_fetch_xor_u16, uint16_t, haul_arch_fetch_xor_u16)
FETCH(haul_fetch_xor_u32, uint32_t, haul_arch_fetch_xor_u32)
FETCH(haul_fetch_xor_u64, uint64_t, haul_arch_fetch_xor_u64)
