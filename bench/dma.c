/* SPDX-License-Identifier: MIT */
/*
 * DMA: what hand-overs take where there is nothing to be done, what bounced ones take beside
 * haul_memcpy of the same bytes between the same places, and what mapping takes.
 * CPU time of the thread; all that is in a row is measured in turn.
 */
#include "bench.h"

#include <haul/arena.h>
#include <haul/dma.h>
#include <stdlib.h>
#include <time.h>

enum { PAGE = 4096, LARGEST = 16 << 20, POOL = 2 * LARGEST, REPETITIONS = 21 };

static struct haul_arena arena;
static struct haul_dma_device device;
static struct haul_dma_stream stream;
static unsigned char *buffer, *pool;
static uint64_t words[HAUL_ARENA_WORDS(POOL / PAGE)];

static void must(int err)
{
	if (err != 0) {
		fprintf(stderr, "haul-bench: dma: %s\n", haul_strerror(err));
		exit(1);
	}
}

/* Devices reach the pool, and the buffer if they reach far. */
static void begin(uint64_t reach)
{
	static struct haul_arena_part parts[2];
	const struct haul_arena_config config = {
		.parts = parts,
		.nparts = 2,
		.page = PAGE,
		.words = words,
		.nwords = sizeof(words) / sizeof(words[0]),
	};
	const struct haul_dma_limits limits = {.reach = reach, .coherent = true};
	const struct haul_phys low = {POOL}, high = {UINT64_C(1) << 40};

	parts[0] = haul_arena_identity(buffer, high, LARGEST, HAUL_ARENA_SHARE);
	parts[1] = haul_arena_identity(pool, low, POOL, HAUL_ARENA_ALLOC);
	must(haul_arena_init(&arena, &config));
	must(haul_dma_device_init(&device, &arena.hal, &limits));
}

static void map(size_t size)
{
	must(haul_dma_map(&stream, &device, buffer, size, HAUL_DMA_BOTH, 0));
}

/* What is measured, so many times over. */
typedef void repeat_fn(size_t size, uint64_t times);

static void hand_over(size_t size, uint64_t times)
{
	for (; times != 0; times--) {
		haul_dma_for_device(&stream, 0, size);
		haul_dma_for_cpu(&stream, 0, size);
	}
}

/* What calling the library takes by itself. */
static void call(size_t size, uint64_t times)
{
	(void)size;
	for (; times != 0; times--) {
		haul_version();
		haul_version();
	}
}

static void hand_over_half(size_t size, uint64_t times)
{
	for (; times != 0; times--) {
		haul_dma_for_device(&stream, size / 2, size / 2);
		haul_dma_for_cpu(&stream, size / 2, size / 2);
	}
}

static void copy(size_t size, uint64_t times)
{
	for (; times != 0; times--) {
		haul_memcpy(stream.memory.virt, buffer, size);
		haul_memcpy(buffer, stream.memory.virt, size);
	}
}

static void map_and_unmap(size_t size, uint64_t times)
{
	for (; times != 0; times--) {
		map(size);
		haul_dma_unmap(&stream, 0);
	}
}

static void alloc_and_unmap(size_t size, uint64_t times)
{
	for (; times != 0; times--) {
		must(haul_dma_alloc(&stream, &device, size, HAUL_DMA_BOTH, 0));
		haul_dma_unmap(&stream, 0);
	}
}

static void zero(size_t size, uint64_t times)
{
	for (; times != 0; times--)
		haul_memset(pool, 0, size);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double time_of(repeat_fn *repeat, size_t size, uint64_t times)
{
	const double start = now();

	repeat(size, times);
	return (now() - start) / (double)times;
}

/* As often as takes a millisecond. */
static uint64_t times_of(repeat_fn *repeat, size_t size)
{
	uint64_t times = 1;

	while (time_of(repeat, size, times) * (double)times < 1e6)
		times *= 2;
	return times;
}

static int order(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *times)
{
	qsort(times, REPETITIONS, sizeof(times[0]), order);
	return times[REPETITIONS / 2];
}

/* `each` calls in one turn; base: what they are made of, or NULL. */
static void print_row(const char *name, size_t size, repeat_fn *repeat, repeat_fn *base,
		      double each)
{
	double times[REPETITIONS], bases[REPETITIONS] = {0};
	const uint64_t turns = times_of(repeat, size);

	for (int i = 0; i < REPETITIONS; i++) {
		times[i] = time_of(repeat, size, turns) / each;
		if (base != NULL)
			bases[i] = time_of(base, size, turns) / each;
	}
	printf("%-31s %9zu %12.2f", name, size, median(times));
	if (base != NULL)
		printf(" %12.2f %7.3f", median(bases), median(times) / median(bases));
	printf("\n");
	fflush(stdout);
}

static void print_bounced(void)
{
	static const size_t sizes[] = {64,       256,      1 << 10, 4 << 10,
				       16 << 10, 64 << 10, 1 << 20, 16 << 20};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		map(sizes[i]);
		print_row("bounce: hand-over / memcpy", sizes[i], hand_over, copy, 2);
		must(haul_dma_unmap(&stream, 0));
	}
}

int bench_dma(void)
{
	buffer = bench_map(LARGEST);
	pool = bench_map(POOL);
	printf("%-31s %9s %12s %12s %7s\n", "", "bytes", "ns", "of which", "ratio");
	begin(UINT64_MAX);
	map(PAGE);
	print_row("coherent: whole / a call", PAGE, hand_over, call, 2);
	print_row("coherent: a half / a call", PAGE, hand_over_half, call, 2);
	must(haul_dma_unmap(&stream, 0));
	print_row("direct: map and unmap", PAGE, map_and_unmap, NULL, 1);
	print_row("alloc and unmap / memset", PAGE, alloc_and_unmap, zero, 1);
	begin(UINT32_MAX);
	print_row("bounce: map and unmap / memset", PAGE, map_and_unmap, zero, 1);
	print_bounced();
	bench_unmap(pool, POOL);
	bench_unmap(buffer, LARGEST);
	return 0;
}
