/* SPDX-License-Identifier: MIT */
/*
 * What only loongarch64 has: plain loops of words and of its vectors, and a load
 * whose fault a handler can step over.  It has no instruction that copies.
 *
 * The loops are what a careful programmer writes in ten lines: four unaligned
 * words or vectors a turn, and bytes.  They are assembly, because not every
 * compiler can be told of LASX for one function.
 */
#include "bench.h"

#include <asm/hwcap.h>
#include <sys/auxv.h>
#include <ucontext.h>

const char *const bench_cpu_copy_name = "words", *const bench_cpu_set_name = "words";

/* Keeps compilers from finding a memcpy or memset in the loop. */
#define OPAQUE() __asm__ volatile("" : : : "memory")

static uintptr_t copy_bytes(unsigned char *d, const unsigned char *s, size_t i, size_t n)
{
	for (; i < n; i++) {
		d[i] = s[i];
		OPAQUE();
	}
	return (uintptr_t)d;
}

static uintptr_t set_bytes(unsigned char *d, int c, size_t i, size_t n)
{
	for (; i < n; i++) {
		d[i] = (unsigned char)c;
		OPAQUE();
	}
	return (uintptr_t)d;
}

uintptr_t bench_cpu_copy(void *dst, const void *src, size_t n)
{
	unsigned char *d = dst;
	const unsigned char *s = src;
	size_t i = 0;

	for (; n - i >= 32; i += 32) {
		uint64_t a, b, c, e;

		__asm__ volatile("ld.d %0, %4, 0\n\tld.d %1, %4, 8\n\t"
				 "ld.d %2, %4, 16\n\tld.d %3, %4, 24\n\t"
				 "st.d %0, %5, 0\n\tst.d %1, %5, 8\n\t"
				 "st.d %2, %5, 16\n\tst.d %3, %5, 24"
				 : "=&r"(a), "=&r"(b), "=&r"(c), "=&r"(e)
				 : "r"(s + i), "r"(d + i)
				 : "memory");
	}
	return copy_bytes(d, s, i, n);
}

uintptr_t bench_cpu_set(void *dst, int c, size_t n)
{
	const uint64_t word = (unsigned char)c * 0x0101010101010101u;
	unsigned char *d = dst;
	size_t i = 0;

	for (; n - i >= 32; i += 32)
		__asm__ volatile("st.d %0, %1, 0\n\tst.d %0, %1, 8\n\t"
				 "st.d %0, %1, 16\n\tst.d %0, %1, 24"
				 :
				 : "r"(word), "r"(d + i)
				 : "memory");
	return set_bytes(d, c, i, n);
}

#define VECTOR_COPY(name, size, r, ld, st) \
	static uintptr_t name(void *dst, const void *src, size_t n) \
	{ \
		unsigned char *d = dst; \
		const unsigned char *s = src; \
		size_t i = 0; \
		for (; n - i >= 4 * size; i += 4 * size) \
			__asm__ volatile(ld " $" r "0, %0, 0\n\t" ld " $" r "1, %0, %2\n\t" ld \
					    " $" r "2, %0, 2 * %2\n\t" ld " $" r \
					    "3, %0, 3 * %2\n\t" st " $" r "0, %1, 0\n\t" st " $" r \
					    "1, %1, %2\n\t" st " $" r "2, %1, 2 * %2\n\t" st \
					    " $" r "3, %1, 3 * %2" \
					 : \
					 : "r"(s + i), "r"(d + i), "i"(size) \
					 : "memory", "$f0", "$f1", "$f2", "$f3"); \
		return copy_bytes(d, s, i, n); \
	}

#define VECTOR_SET(name, size, r, fill, st) \
	static uintptr_t name(void *dst, int c, size_t n) \
	{ \
		unsigned char *d = dst; \
		size_t i = 0; \
		for (; n - i >= 4 * size; i += 4 * size) \
			__asm__ volatile(fill " $" r "0, %0\n\t" st " $" r "0, %1, 0\n\t" st \
					      " $" r "0, %1, %2\n\t" st " $" r \
					      "0, %1, 2 * %2\n\t" st " $" r "0, %1, 3 * %2" \
					 : \
					 : "r"(c), "r"(d + i), "i"(size) \
					 : "memory", "$f0"); \
		return set_bytes(d, c, i, n); \
	}

VECTOR_COPY(copy_lsx, 16, "vr", "vld", "vst")
VECTOR_COPY(copy_lasx, 32, "xr", "xvld", "xvst")
VECTOR_SET(set_lsx, 16, "vr", "vreplgr2vr.b", "vst")
VECTOR_SET(set_lasx, 32, "xr", "xvreplgr2vr.b", "xvst")

bench_copy_fn *bench_vector_copy(void)
{
	const unsigned long capabilities = getauxval(AT_HWCAP);

	if (capabilities & HWCAP_LOONGARCH_LASX)
		return copy_lasx;
	return capabilities & HWCAP_LOONGARCH_LSX ? copy_lsx : bench_cpu_copy;
}

bench_set_fn *bench_vector_set(void)
{
	const unsigned long capabilities = getauxval(AT_HWCAP);

	if (capabilities & HWCAP_LOONGARCH_LASX)
		return set_lasx;
	return capabilities & HWCAP_LOONGARCH_LSX ? set_lsx : bench_cpu_set;
}

void bench_cpu_fault(const void *p)
{
	uint64_t byte;

	__asm__ volatile("ld.bu %0, %1, 0" : "=r"(byte) : "r"(p) : "memory");
}

void bench_cpu_skip(int signo, siginfo_t *info, void *context)
{
	ucontext_t *frame = context;
	(void)signo;
	(void)info;
	frame->uc_mcontext.__pc += 4;
}

/* No program may. */
bench_cache_fn *bench_cpu_cache(const char *instruction)
{
	(void)instruction;
	return NULL;
}
