/* SPDX-License-Identifier: MIT */
/* One screen: haul_memcpy against memcpy and today's ways to survive faults. */
#include "bench.h"

#include <math.h>
#include <unistd.h>

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

static void print_time(double ns)
{
	const char *unit = ns < 1000 ? "ns" : ns < 1e6 ? "us" : "ms";
	double t = ns < 1000 ? ns : ns < 1e6 ? ns / 1e3 : ns / 1e6;
	printf(" %*.*f %s", WIDTH - 3, t < 10 ? 2 : t < 100 ? 1 : 0, t, unit);
}

/* A row: the means over the distances and alignments of a size. */
static void print_times(const struct bench_cell *cells, size_t count)
{
	for (int i = 0; i < COLUMNS; i++) {
		double ns = bench_mean(cells, count, columns[i].name);
		if (!isnan(ns))
			print_time(ns);
		else
			printf(" %*s", WIDTH, "dies");
	}
}

static void print_copy(const struct bench_cell *cells, size_t count)
{
	double ns = bench_mean(cells, count, "haul");
	size_t n = (size_t)cells->point.size;
	const char *unit = n >= 1 << 20 ? "MiB" : n >= 1 << 10 ? "KiB" : "B  ";
	size_t scaled = n >= 1 << 20 ? n >> 20 : n >= 1 << 10 ? n >> 10 : n;

	printf("%12zu %s", scaled, unit);
	print_times(cells, count);
	printf(" %*.1f %5.2f\n", WIDTH, bench_gbps((double)n, ns),
	       ns / bench_mean(cells, count, "libc"));
}

static void print_fault(const struct bench_cell *cell)
{
	printf("%16s", cell->point.what);
	print_times(cell, 1);
	print_time(cell->best->stats.median);
	printf(" %5.2f\n", cell->ratio);
}

static void print_heads(const char *first, const char *last)
{
	printf("\n%-16s", first);
	for (int i = 0; i < COLUMNS; i++)
		printf(" %*s", WIDTH, columns[i].head);
	printf(" %*s ratio\n", WIDTH, last);
}

static struct bench_list copies, faults;

static void progress(const struct bench_cell *cell)
{
	(void)cell;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[Kmeasuring: point %zu", copies.count + faults.count);
}

int bench_demo(const struct bench_plan *plan)
{
	bench_sweep(&copies, plan, progress);
	bench_faults(&faults, plan, progress);
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");

	print_heads("copy of", "GB/s");
	for (size_t i = 0, end; i < copies.count; i = end) {
		for (end = i + 1; end < copies.count &&
				  copies.cells[end].point.size == copies.cells[i].point.size;)
			end++;
		print_copy(&copies.cells[i], end - i);
	}
	print_heads("fault at", "signal");
	for (size_t i = 0; i < faults.count; i++)
		print_fault(&faults.cells[i]);
	printf("\nTime per call: medians of %d interleaved repetitions, means over distances and "
	       "alignments.\nratio: haul / memcpy; haul / signal, the kernel's own round trip.  "
	       "GB/s: haul's.\nvm_readv is process_vm_readv.\n",
	       plan->repetitions);
	return 0;
}
