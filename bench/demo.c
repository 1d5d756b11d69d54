/* SPDX-License-Identifier: MIT */
/* One screen: haul_memcpy against memcpy and today's ways to survive faults. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *head;
} columns[] = {
	{"haul", "haul"},
	{"libc", "memcpy"},
	{"sigsetjmp", "sigsetjmp"},
	{"sigsetjmp_mask", "+ its mask"},
	{"process_vm_readv", "vm_readv"},
	{"pipe", "pipe"},
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]), WIDTH = 10 };

static void no_row(const struct bench_cell *cell)
{
	(void)cell;
}

static void print_time(double ns)
{
	const char *unit = ns < 1000 ? "ns" : ns < 1e6 ? "us" : "ms";
	double t = ns < 1000 ? ns : ns < 1e6 ? ns / 1e3 : ns / 1e6;
	printf(" %*.*f %s", WIDTH - 3, t < 10 ? 2 : t < 100 ? 1 : 0, t, unit);
}

static void print_times(const struct bench_cell *cell)
{
	for (int i = 0; i < COLUMNS; i++) {
		const struct bench_result *r = bench_result_find(cell, columns[i].name);
		if (r != NULL)
			print_time(r->stats.median);
		else
			printf(" %*s", WIDTH, "dies");
	}
}

static void print_copy(const struct bench_cell *cell)
{
	double ns = cell->haul->stats.median;
	size_t n = (size_t)cell->point.size;
	const char *unit = n >= 1 << 20 ? "MiB" : n >= 1 << 10 ? "KiB" : "B  ";
	size_t scaled = n >= 1 << 20 ? n >> 20 : n >= 1 << 10 ? n >> 10 : n;

	printf("%12zu %s", scaled, unit);
	print_times(cell);
	printf(" %*.1f %5.2f\n", WIDTH, bench_gbps((double)n, ns),
	       ns / bench_result_find(cell, "libc")->stats.median);
}

static void print_fault(const struct bench_cell *cell)
{
	printf("%16s", cell->point.what);
	print_times(cell);
	print_time(cell->best->stats.median);
	printf(" %5.2f\n", cell->ratio);
}

static void print_heads(const char *first)
{
	printf("\n%-16s", first);
	for (int i = 0; i < COLUMNS; i++)
		printf(" %*s", WIDTH, columns[i].head);
}

int bench_demo(struct bench_plan *plan)
{
	static size_t sizes[] = {8, 64, 1 << 10, 16 << 10, 1 << 20, 64 << 20};
	static long d = 100;
	static unsigned align = 0;
	struct bench_list copies = {0}, faults = {0};

	plan->sizes = sizes;
	plan->size_count = sizeof(sizes) / sizeof(sizes[0]);
	plan->ds = &d;
	plan->aligns = &align;
	plan->d_count = plan->align_count = 1;
	memset(plan->routines, 0, sizeof(plan->routines));
	plan->routines[BENCH_MEMCPY] = true;
	bench_sweep(&copies, plan, no_row);
	bench_faults(&faults, plan, no_row);

	print_heads("copy of");
	printf(" %*s %5s\n", WIDTH, "GB/s", "ratio");
	for (size_t i = 0; i < copies.count; i++)
		print_copy(&copies.cells[i]);
	print_heads("fault at");
	printf(" %*s %5s\n", WIDTH, "signal", "ratio");
	for (size_t i = 0; i < faults.count; i++)
		print_fault(&faults.cells[i]);
	printf("\nTime per call, medians of %d interleaved repetitions.  ratio: haul / memcpy; "
	       "haul / signal,\nthe kernel's own round trip.  GB/s: haul's.  vm_readv is "
	       "process_vm_readv.\n",
	       plan->repetitions);
	return 0;
}
