/* SPDX-License-Identifier: MIT */
/*
 * What only riscv64 has: the loop of the V specification's own memcpy, which
 * takes as many bytes a turn as eight registers hold, and a load whose fault a
 * handler can step over.
 *
 * The plain loops are what a careful programmer writes in ten lines: four
 * aligned words a turn if both sides allow it, and bytes.
 */
#include "bench.h"

#include <string.h>
#include <sys/auxv.h>
#include <ucontext.h>

const char *const bench_cpu_copy_name = "rvv_m8", *const bench_cpu_set_name = "rvv_m8";

/* Keeps compilers from finding a memcpy or memset in the loop. */
#define OPAQUE() __asm__ volatile("" : : : "memory")

static size_t copy_words(unsigned char *dst, const unsigned char *src, size_t n)
{
	uint64_t *d = (void *)dst;
	const uint64_t *s = (const void *)src;
	size_t i = 0;

	if (((uintptr_t)dst | (uintptr_t)src) % sizeof *d)
		return 0;
	for (; n - 8 * i >= 32; i += 4) {
		uint64_t a = s[i], b = s[i + 1], c = s[i + 2], e = s[i + 3];

		d[i] = a;
		d[i + 1] = b;
		d[i + 2] = c;
		d[i + 3] = e;
		OPAQUE();
	}
	return 8 * i;
}

static uintptr_t copy_plain(void *dst, const void *src, size_t n)
{
	unsigned char *d = dst;
	const unsigned char *s = src;

	for (size_t i = copy_words(d, s, n); i < n; i++) {
		d[i] = s[i];
		OPAQUE();
	}
	return (uintptr_t)dst;
}

static uintptr_t set_plain(void *dst, int c, size_t n)
{
	unsigned char *d = dst;
	uint64_t word = (unsigned char)c * 0x0101010101010101u;
	size_t i = 0;

	if ((uintptr_t)dst % sizeof word == 0)
		for (uint64_t *w = dst; n - i >= 32; i += 32, w += 4) {
			w[0] = w[1] = w[2] = w[3] = word;
			OPAQUE();
		}
	for (; i < n; i++) {
		d[i] = (unsigned char)c;
		OPAQUE();
	}
	return (uintptr_t)dst;
}

static bool has_v(void)
{
	return (getauxval(AT_HWCAP) >> ('V' - 'A')) & 1;
}

uintptr_t bench_cpu_copy(void *dst, const void *src, size_t n)
{
	void *to = dst;
	size_t some;

	if (!has_v())
		return copy_plain(dst, src, n);
	__asm__ volatile(".option push\n\t"
			 ".option arch, +v\n"
			 "1:\n\t"
			 "vsetvli %[some], %[n], e8, m8, ta, ma\n\t"
			 "vle8.v v0, (%[from])\n\t"
			 "add %[from], %[from], %[some]\n\t"
			 "sub %[n], %[n], %[some]\n\t"
			 "vse8.v v0, (%[to])\n\t"
			 "add %[to], %[to], %[some]\n\t"
			 "bnez %[n], 1b\n\t"
			 ".option pop"
			 : [to] "+r"(to), [from] "+r"(src), [n] "+r"(n), [some] "=&r"(some)
			 :
			 : "memory");
	return (uintptr_t)dst;
}

uintptr_t bench_cpu_set(void *dst, int c, size_t n)
{
	void *to = dst;
	size_t some;

	if (!has_v())
		return set_plain(dst, c, n);
	__asm__ volatile(".option push\n\t"
			 ".option arch, +v\n\t"
			 "vsetvli %[some], zero, e8, m8, ta, ma\n\t"
			 "vmv.v.x v0, %[c]\n"
			 "1:\n\t"
			 "vsetvli %[some], %[n], e8, m8, ta, ma\n\t"
			 "vse8.v v0, (%[to])\n\t"
			 "sub %[n], %[n], %[some]\n\t"
			 "add %[to], %[to], %[some]\n\t"
			 "bnez %[n], 1b\n\t"
			 ".option pop"
			 : [to] "+r"(to), [n] "+r"(n), [some] "=&r"(some)
			 : [c] "r"(c)
			 : "memory");
	return (uintptr_t)dst;
}

bench_copy_fn *bench_vector_copy(void)
{
	return copy_plain;
}

bench_set_fn *bench_vector_set(void)
{
	return set_plain;
}

/* lbu zero, (p): four bytes. */
void bench_cpu_fault(const void *p)
{
	__asm__ volatile("lbu zero, (%0)" : : "r"(p) : "memory");
}

void bench_cpu_skip(int signo, siginfo_t *info, void *context)
{
	ucontext_t *frame = context;
	(void)signo;
	(void)info;
	frame->uc_mcontext.__gregs[REG_PC] += 4;
}

#define CACHE_LOOP(name, insn) \
	static void name(const void *p, size_t n, size_t block) \
	{ \
		const char *at = p, *end = at + n; \
		for (; at < end; at += block) \
			__asm__ volatile(".option push\n.option arch, +zicbom\n" insn \
					 " 0(%0)\n.option pop" \
					 : \
					 : "r"(at) \
					 : "memory"); \
		__asm__ volatile("fence ow, iorw" : : : "memory"); \
	}

CACHE_LOOP(clean_loop, "cbo.clean")
CACHE_LOOP(flush_loop, "cbo.flush")

bench_cache_fn *bench_cpu_cache(const char *instruction)
{
	return strcmp(instruction, "cbo.clean") == 0 ? clean_loop : flush_loop;
}
