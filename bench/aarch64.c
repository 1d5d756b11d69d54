/* SPDX-License-Identifier: MIT */
/*
 * What only aarch64 has: the copy and fill instructions of FEAT_MOPS, plain
 * loops of its vectors, which also stand in for those where a CPU lacks them,
 * and a load whose fault a handler can step over.
 *
 * The vector loops are what a careful programmer writes in ten lines: four
 * unaligned vectors a turn, single ones, and a last one that overlaps.
 */
#include "bench.h"

#include <arm_neon.h>
#include <string.h>
#include <sys/auxv.h>
#include <ucontext.h>

const char *const bench_cpu_copy_name = "mops_or_neon", *const bench_cpu_set_name = "mops_or_neon";

/* Keeps compilers from finding a memcpy or memset in the loop. */
#define OPAQUE() __asm__ volatile("" : : : "memory")

enum { VECTOR = 16 };

/* n < VECTOR: a word at each end, or bytes. */
static void copy_few(unsigned char *d, const unsigned char *s, size_t n)
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

static uintptr_t vector_copy(void *dst, const void *src, size_t n)
{
	unsigned char *d = dst;
	const unsigned char *s = src;
	size_t i = 0;

	if (n < VECTOR) {
		copy_few(d, s, n);
		return (uintptr_t)dst;
	}
	for (; n - i >= 4 * VECTOR; i += 4 * VECTOR) {
		const uint8x16_t a = vld1q_u8(s + i), b = vld1q_u8(s + i + VECTOR);
		const uint8x16_t c = vld1q_u8(s + i + 2 * VECTOR);
		const uint8x16_t e = vld1q_u8(s + i + 3 * VECTOR);

		vst1q_u8(d + i, a);
		vst1q_u8(d + i + VECTOR, b);
		vst1q_u8(d + i + 2 * VECTOR, c);
		vst1q_u8(d + i + 3 * VECTOR, e);
		OPAQUE();
	}
	for (; n - i >= VECTOR; i += VECTOR) {
		vst1q_u8(d + i, vld1q_u8(s + i));
		OPAQUE();
	}
	if (i < n)
		vst1q_u8(d + n - VECTOR, vld1q_u8(s + n - VECTOR));
	return (uintptr_t)dst;
}

static uintptr_t vector_set(void *dst, int c, size_t n)
{
	const uint8x16_t fill = vdupq_n_u8((unsigned char)c);
	unsigned char *d = dst;
	size_t i = 0;

	for (; n - i >= 4 * VECTOR; i += 4 * VECTOR) {
		for (size_t k = 0; k < 4; k++)
			vst1q_u8(d + i + k * VECTOR, fill);
		OPAQUE();
	}
	for (; n - i >= VECTOR; i += VECTOR) {
		vst1q_u8(d + i, fill);
		OPAQUE();
	}
	if (i < n && n >= VECTOR)
		vst1q_u8(d + n - VECTOR, fill);
	for (; i < n && n < VECTOR; i++) {
		d[i] = (unsigned char)c;
		OPAQUE();
	}
	return (uintptr_t)dst;
}

static bool has_mops(void)
{
	return (getauxval(AT_HWCAP2) >> 43) & 1;
}

/* By number, because not every assembler is let to know the instructions. */
static uintptr_t mops_copy(void *dst, const void *src, size_t n)
{
	register void *to __asm__("x3") = dst;
	register const void *from __asm__("x4") = src;
	register size_t left __asm__("x5") = n;

	__asm__ volatile(".inst 0x190404a3\n\t" /* cpyfp [x3]!, [x4]!, x5! */
			 ".inst 0x194404a3\n\t" /* cpyfm */
			 ".inst 0x198404a3"     /* cpyfe */
			 : "+r"(to), "+r"(from), "+r"(left)
			 :
			 : "cc", "memory");
	return (uintptr_t)dst;
}

static uintptr_t mops_set(void *dst, int c, size_t n)
{
	register void *to __asm__("x3") = dst;
	register size_t left __asm__("x4") = n;
	register int byte __asm__("w5") = c;

	__asm__ volatile(".inst 0x19c50483\n\t" /* setp [x3]!, x4!, x5 */
			 ".inst 0x19c54483\n\t" /* setm */
			 ".inst 0x19c58483"     /* sete */
			 : "+r"(to), "+r"(left)
			 : "r"(byte)
			 : "cc", "memory");
	return (uintptr_t)dst;
}

uintptr_t bench_cpu_copy(void *dst, const void *src, size_t n)
{
	return has_mops() ? mops_copy(dst, src, n) : vector_copy(dst, src, n);
}

uintptr_t bench_cpu_set(void *dst, int c, size_t n)
{
	return has_mops() ? mops_set(dst, c, n) : vector_set(dst, c, n);
}

bench_copy_fn *bench_vector_copy(void)
{
	return vector_copy;
}

bench_set_fn *bench_vector_set(void)
{
	return vector_set;
}

void bench_cpu_fault(const void *p)
{
	__asm__ volatile("ldrb wzr, [%0]" : : "r"(p) : "memory");
}

void bench_cpu_skip(int signo, siginfo_t *info, void *context)
{
	ucontext_t *frame = context;

	(void)signo;
	(void)info;
	frame->uc_mcontext.pc += 4;
}

#define CACHE_LOOP(name, insn) \
	static void name(const void *p, size_t n, size_t block) \
	{ \
		const char *at = p, *end = at + n; \
		for (; at < end; at += block) \
			__asm__ volatile(insn ", %0" : : "r"(at) : "memory"); \
		__asm__ volatile("dsb sy" : : : "memory"); \
	}

CACHE_LOOP(cvac_loop, "dc cvac")
CACHE_LOOP(civac_loop, "dc civac")

bench_cache_fn *bench_cpu_cache(const char *instruction)
{
	return strcmp(instruction, "DC CVAC") == 0 ? cvac_loop : civac_loop;
}
