/* SPDX-License-Identifier: MIT */
/*
 * What only x86_64 has: the string instructions, plain loops of its vectors,
 * and a load whose fault a handler can step over.
 *
 * The vector loops are what a careful programmer writes in ten lines: four
 * unaligned vectors a turn, single ones, and a last one that overlaps.
 */
#include "bench.h"

#include <immintrin.h>
#include <string.h>
#include <ucontext.h>

const char *const bench_cpu_copy_name = "rep_movsb", *const bench_cpu_set_name = "rep_stosb";

uintptr_t bench_cpu_copy(void *dst, const void *src, size_t n)
{
	void *to = dst;
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(src), "+c"(n) : : "memory");
	return (uintptr_t)dst;
}

uintptr_t bench_cpu_set(void *dst, int c, size_t n)
{
	void *to = dst;
	__asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(c) : "memory");
	return (uintptr_t)dst;
}

/* Keeps compilers from finding a memcpy or memset in the loop. */
#define OPAQUE() __asm__ volatile("" : : : "memory")

/* n < 16: a word at each end, or bytes. */
static inline void copy_few(unsigned char *d, const unsigned char *s, size_t n)
{
	if (n >= 8) {
		uint64_t first, last;
		__builtin_memcpy(&first, s, 8);
		__builtin_memcpy(&last, s + n - 8, 8);
		__builtin_memcpy(d, &first, 8);
		__builtin_memcpy(d + n - 8, &last, 8);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		d[i] = s[i];
		OPAQUE();
	}
}

static inline void set_few(unsigned char *d, unsigned char c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		d[i] = c;
		OPAQUE();
	}
}

#define VECTOR_COPY(name, isa, type, load, store, less) \
	__attribute__((target(isa))) static uintptr_t name(void *dst, const void *src, size_t n) \
	{ \
		unsigned char *d = dst; \
		const unsigned char *s = src; \
		size_t i = 0; \
		if (n < sizeof(type)) \
			return less; \
		for (; n - i >= 4 * sizeof(type); i += 4 * sizeof(type)) { \
			type a = load((const void *)(s + i)); \
			type b = load((const void *)(s + i + sizeof(type))); \
			type c = load((const void *)(s + i + 2 * sizeof(type))); \
			type e = load((const void *)(s + i + 3 * sizeof(type))); \
			store((void *)(d + i), a); \
			store((void *)(d + i + sizeof(type)), b); \
			store((void *)(d + i + 2 * sizeof(type)), c); \
			store((void *)(d + i + 3 * sizeof(type)), e); \
			OPAQUE(); \
		} \
		for (; n - i >= sizeof(type); i += sizeof(type)) { \
			store((void *)(d + i), load((const void *)(s + i))); \
			OPAQUE(); \
		} \
		if (i < n) \
			store((void *)(d + n - sizeof(type)), \
			      load((const void *)(s + n - sizeof(type)))); \
		return (uintptr_t)dst; \
	}

#define VECTOR_SET(name, isa, type, fill, store, less) \
	__attribute__((target(isa))) static uintptr_t name(void *dst, int c, size_t n) \
	{ \
		unsigned char *d = dst; \
		size_t i = 0; \
		if (n < sizeof(type)) \
			return less; \
		type v = fill((char)c); \
		for (; n - i >= 4 * sizeof(type); i += 4 * sizeof(type)) { \
			store((void *)(d + i), v); \
			store((void *)(d + i + sizeof(type)), v); \
			store((void *)(d + i + 2 * sizeof(type)), v); \
			store((void *)(d + i + 3 * sizeof(type)), v); \
			OPAQUE(); \
		} \
		for (; n - i >= sizeof(type); i += sizeof(type)) { \
			store((void *)(d + i), v); \
			OPAQUE(); \
		} \
		if (i < n) \
			store((void *)(d + n - sizeof(type)), v); \
		return (uintptr_t)dst; \
	}

VECTOR_COPY(copy_16, "sse2", __m128i, _mm_loadu_si128, _mm_storeu_si128,
	    (copy_few(d, s, n), (uintptr_t)dst))
VECTOR_COPY(copy_32, "avx2", __m256i, _mm256_loadu_si256, _mm256_storeu_si256, copy_16(dst, src, n))
VECTOR_COPY(copy_64, "avx512f", __m512i, _mm512_loadu_si512, _mm512_storeu_si512,
	    copy_32(dst, src, n))
VECTOR_SET(set_16, "sse2", __m128i, _mm_set1_epi8, _mm_storeu_si128,
	   (set_few(d, (unsigned char)c, n), (uintptr_t)dst))
VECTOR_SET(set_32, "avx2", __m256i, _mm256_set1_epi8, _mm256_storeu_si256, set_16(dst, c, n))
VECTOR_SET(set_64, "avx512f", __m512i, _mm512_set1_epi8, _mm512_storeu_si512, set_32(dst, c, n))

bench_copy_fn *bench_vector_copy(void)
{
	if (__builtin_cpu_supports("avx512f"))
		return copy_64;
	return __builtin_cpu_supports("avx2") ? copy_32 : copy_16;
}

bench_set_fn *bench_vector_set(void)
{
	if (__builtin_cpu_supports("avx512f"))
		return set_64;
	return __builtin_cpu_supports("avx2") ? set_32 : set_16;
}

/* movb (%rsi), %al: two bytes. */
void bench_cpu_fault(const void *p)
{
	__asm__ volatile(".byte 0x8a, 0x06" : : "S"(p) : "rax", "memory");
}

void bench_cpu_skip(int signo, siginfo_t *info, void *context)
{
	ucontext_t *frame = context;
	(void)signo;
	(void)info;
	frame->uc_mcontext.gregs[REG_RIP] += 2;
}

#define CACHE_LOOP(name, before, insn) \
	static void name(const void *p, size_t n, size_t block) \
	{ \
		const char *at = p, *end = at + n; \
		__asm__ volatile(before : : : "memory"); \
		for (; at < end; at += block) \
			__asm__ volatile(insn " (%0)" : : "r"(at) : "memory"); \
		__asm__ volatile("mfence" : : : "memory"); \
	}

CACHE_LOOP(clwb_loop, "", "clwb")
CACHE_LOOP(clflushopt_loop, "", "clflushopt")
CACHE_LOOP(clflush_loop, "mfence", "clflush")

bench_cache_fn *bench_cpu_cache(const char *instruction)
{
	if (strcmp(instruction, "CLWB") == 0)
		return clwb_loop;
	return strcmp(instruction, "CLFLUSHOPT") == 0 ? clflushopt_loop : clflush_loop;
}
