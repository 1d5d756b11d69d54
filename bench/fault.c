/* SPDX-License-Identifier: MIT */
/*
 * The cost of a fault: copies whose source ends before they do.  The measure
 * is the kernel's own round trip: libc's memcpy of the good bytes, then a load
 * that faults, whose handler steps over it and returns.
 */
#include "bench.h"

#include <stdlib.h>
#include <sys/mman.h>

static const struct {
	const char *what;
	size_t good, n;
} faults[] = {
	{"byte 0 of 64", 0, 64},
	{"byte 40 of 64", 40, 64},
	{"byte 4095 of 8K", 4095, 8192},
	{"byte 1M of 1M+64", 1 << 20, (1 << 20) + 64},
};

const unsigned char *bench_fault_page;

void bench_faults(struct bench_list *list, const struct bench_plan *plan, bench_seen *seen)
{
	size_t page = 1 << 16, size = (1 << 20) + 2 * page;
	unsigned char *dst = bench_map(size), *src = bench_map(size);
	unsigned char *bad = src + size - page;

	if (mprotect(bad, page, PROT_NONE) != 0)
		abort();
	bench_fault_page = bad;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct bench_op op = {dst, bad - faults[i].good, faults[i].n};
		struct bench_work work = {.ops = &op, .count = 1};
		struct bench_point p = {.part = BENCH_FAULTS,
					.routine = BENCH_FAULT,
					.size = (double)faults[i].n,
					.what = faults[i].what,
					.heat = "hot"};
		seen(bench_measure(list, plan, p, &work));
	}
	bench_unmap(dst, size);
	bench_unmap(src, size);
}
