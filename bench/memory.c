/* SPDX-License-Identifier: MIT */
/* Buffers, cold caches and random numbers. */
#include "bench.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

unsigned char *bench_map(size_t size)
{
	unsigned char *p =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) {
		fprintf(stderr, "haul-bench: %zu bytes of memory: %s\n", size, strerror(errno));
		exit(2);
	}
	/* Written, not only read: the kernel maps one shared page of zeros for reads. */
	memset(p, 'h', size);
	return p;
}

void bench_unmap(unsigned char *p, size_t size)
{
	munmap(p, size);
}

void bench_evict(void)
{
	static unsigned char *filler;
	size_t size = 2 * (bench_machine.cache[3] != 0 ? bench_machine.cache[3] : (size_t)64 << 20);
	if (filler == NULL)
		filler = bench_map(size);
	for (size_t i = 0; i < size; i += 64)
		filler[i]++;
}

/* xorshift64*, Vigna, "An experimental exploration of Marsaglia's xorshift
 * generators, scrambled". */
uint64_t bench_random(uint64_t *state)
{
	uint64_t x = *state;
	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * UINT64_C(0x2545f4914f6cdd1d);
}
