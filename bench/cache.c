/* SPDX-License-Identifier: MIT */
/*
 * Cache maintenance: nanoseconds a line, by instruction, size of the range and what the caches
 * hold of it, beside a plain loop of the same instruction with the same fence.
 */
#include "bench.h"

#include <haul/cache.h>
#include <haul/tune.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const size_t sizes[] = {64, 256, 1 << 10, 4 << 10, 64 << 10, 1 << 20, 16 << 20};
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]), LARGEST = 16 << 20, BATCH = 128 << 10 };

static unsigned char *memory;
static struct haul_cache_report report;

static void sync_all(enum haul_cache_op op, size_t n)
{
	size_t done;

	if (haul_cache_sync(op, memory, n, &done, NULL) != 0)
		abort();
}

static void make_dirty(size_t n)
{
	static unsigned char value;

	memset(memory, ++value, n);
}

static void make_absent(size_t n)
{
	make_dirty(n);
	sync_all(HAUL_CACHE_FLUSH, n);
}

static void make_clean(size_t n)
{
	make_absent(n);
	for (size_t i = 0; i < n; i += report.block)
		(void)*(volatile unsigned char *)&memory[i];
}

static const struct {
	const char *name;
	void (*make)(size_t n);
} states[] = {
	{"dirty", make_dirty},
	{"clean", make_clean},
	{"absent", make_absent},
};
enum { STATES = sizeof(states) / sizeof(states[0]) };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* What is measured: haul's operation, or the plain loop. */
struct runner {
	enum haul_cache_op op;
	bench_cache_fn *plain; /* NULL: haul's */
};

/* Ranges of that size until there are BATCH bytes of them, each once; ns a line. */
static double time_lines(const struct runner *runner, size_t size, void (*make)(size_t n))
{
	const size_t all = size > BATCH ? size : BATCH;
	double start;
	size_t done;

	make(all);
	start = now();
	for (size_t at = 0; at < all; at += size) {
		if (runner->plain)
			runner->plain(memory + at, size, report.block);
		else
			haul_cache_sync(runner->op, memory + at, size, &done, NULL);
	}
	return (now() - start) / ((double)all / (double)report.block);
}

static int order(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *times, int count)
{
	qsort(times, (size_t)count, sizeof(times[0]), order);
	return times[count / 2];
}

enum { REPETITIONS = 21 };

static void print_size(const struct runner *haul, const struct runner *plain, size_t size,
		       void (*make)(size_t n))
{
	double with[REPETITIONS], without[REPETITIONS];

	for (int i = 0; i < REPETITIONS; i++) {
		with[i] = time_lines(haul, size, make);
		if (plain->plain)
			without[i] = time_lines(plain, size, make);
	}
	printf(" %6.1f", median(with, REPETITIONS));
	if (plain->plain)
		printf(" (%4.2f)", median(with, REPETITIONS) / median(without, REPETITIONS));
}

static void print_rows(enum haul_cache_op op)
{
	static const char *const names[] = {"clean", "flush", "invalidate"};
	const struct runner haul = {op, NULL};
	struct runner plain = {op, NULL};

	haul_cache_describe(&report);
	plain.plain = bench_cpu_cache(report.ops[op].instruction);
	for (int s = 0; s < STATES; s++) {
		printf("%-5s by %-10s %-6s", names[op], report.ops[op].instruction, states[s].name);
		for (int i = 0; i < SIZES; i++)
			print_size(&haul, &plain, sizes[i], states[s].make);
		printf("\n");
		fflush(stdout);
	}
}

/* Each usable variant of the operation's routine; or the only one. */
static void print_operation(enum haul_cache_op op, const char *routine)
{
	struct haul_tune_variant variant;
	char setting[64];
	bool any = false;

	for (size_t i = 0; haul_tune_variant_get(i, &variant) == 0; i++) {
		if (strcmp(variant.routine, routine) != 0 || !variant.usable)
			continue;
		snprintf(setting, sizeof(setting), "%s=%s", routine, variant.name);
		if (haul_tune(setting, NULL) == 0)
			print_rows(op);
		any = true;
	}
	if (!any)
		print_rows(op);
	snprintf(setting, sizeof(setting), "%s=auto", routine);
	haul_tune(setting, NULL);
}

int bench_caches(void)
{
	haul_cache_describe(&report);
	if (report.ops[HAUL_CACHE_FLUSH].why != HAUL_CACHE_USABLE) {
		fprintf(stderr, "haul-bench: caches: %s\n",
			haul_cache_why_text(report.ops[HAUL_CACHE_FLUSH].why));
		return 1;
	}
	memory = bench_map(LARGEST);
	printf("ns a line of %zu bytes (haul / plain loop), by bytes of the range\n%-28s",
	       report.block, "");
	for (int i = 0; i < SIZES; i++)
		printf(" %13zu", sizes[i]);
	printf("\n");
	print_operation(HAUL_CACHE_CLEAN, "cache_clean");
	print_operation(HAUL_CACHE_FLUSH, "cache_flush");
	bench_unmap(memory, LARGEST);
	return 0;
}
