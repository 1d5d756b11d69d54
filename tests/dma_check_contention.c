/* SPDX-License-Identifier: MIT */
/* Four threads with streams of their own, for one device with a checker. */
#include "test.h"
#include <haul/arena.h>
#include <haul/check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { THREADS = 4, PAGE = 4096, CAPACITY = 2 * THREADS };

static _Alignas(PAGE) unsigned char memory[THREADS * PAGE];
static uint64_t words[1];
static struct haul_dma_entry entries[CAPACITY];
static struct haul_dma_checker checker;
static struct haul_dma_device device;
static pthread_barrier_t start;
static atomic_uint reports, wrong;

static unsigned turns(void)
{
	return test_under_qemu() ? 5000 : 50000;
}

/* Asks the checker: it must not hold its lock. */
static void report(void *context, const struct haul_dma_report *said)
{
	struct haul_dma_report first;

	(void)context;
	reports++;
	wrong += said->mistake != HAUL_DMA_MISTAKE_OUTSIDE;
	wrong += haul_dma_checker_first(&checker, &first) != 0;
}

/* One mistake in each turn. */
static void *work(void *own)
{
	struct haul_dma_stream stream;

	pthread_barrier_wait(&start);
	for (unsigned i = 0; i < turns(); i++) {
		wrong += haul_dma_map(&stream, &device, own, PAGE, HAUL_DMA_TO_DEVICE, 0) != 0;
		wrong += haul_dma_for_device(&stream, 0, 64) != 0;
		wrong += haul_dma_for_device(&stream, 64, PAGE) != -HAUL_ERANGE;
		wrong += haul_dma_for_cpu(&stream, 0, 64) != 0;
		wrong += haul_dma_unmap(&stream, 0) != 0;
	}
	return NULL;
}

Test(dma_check_contention, each_mistake_is_counted_once)
{
	struct haul_arena_part part =
		haul_arena_identity(memory, (struct haul_phys){PAGE}, sizeof memory,
				    HAUL_ARENA_SHARE | HAUL_ARENA_ALLOC);
	const struct haul_arena_config config = {
		.parts = &part, .nparts = 1, .page = PAGE, .words = words, .nwords = 1};
	const struct haul_dma_limits limits = {.reach = UINT64_MAX, .coherent = true};
	struct haul_arena arena;
	pthread_t threads[THREADS];
	uint64_t counts[HAUL_DMA_MISTAKES], sum = 0;
	struct haul_dma_stats stats;

	cr_assert(haul_arena_init(&arena, &config) == 0);
	cr_assert(haul_dma_device_init(&device, &arena.hal, &limits) == 0);
	cr_assert(haul_dma_checker_init(&checker, entries, CAPACITY, report, NULL) == 0);
	cr_assert(haul_dma_checker_attach(&checker, &device) == 0);
	cr_assert(pthread_barrier_init(&start, NULL, THREADS) == 0);
	for (size_t i = 0; i < THREADS; i++)
		cr_assert(pthread_create(&threads[i], NULL, work, memory + i * PAGE) == 0);
	for (size_t i = 0; i < THREADS; i++)
		cr_assert(pthread_join(threads[i], NULL) == 0);
	cr_assert(haul_dma_device_end(&device) == 0);
	haul_dma_checker_counts(&checker, counts);
	for (size_t i = 0; i < HAUL_DMA_MISTAKES; i++)
		sum += counts[i];
	cr_assert(wrong == 0 && sum == (uint64_t)THREADS * turns() && reports == sum);
	haul_dma_stats_get(&device, &stats);
	cr_assert(stats.maps == sum && stats.maps_live == 0 && stats.bytes_live == 0);
	cr_assert(stats.maps_peak >= 1 && stats.maps_peak <= THREADS);
}
