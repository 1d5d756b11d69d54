/* SPDX-License-Identifier: MIT */
/* Four threads with streams of their own, for one device: what it counts adds up. */
#include "test.h"
#include <haul/arena.h>
#include <haul/dma.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { THREADS = 4, PAGE = 4096, SIZE = 1000 };

static _Alignas(PAGE) unsigned char high[THREADS * PAGE], low[2 * THREADS * PAGE];
static uint64_t words[1];
static struct haul_arena arena;
static struct haul_dma_device device;
static pthread_barrier_t start;
static atomic_uint wrong;

static unsigned turns(void)
{
	return test_under_qemu() ? 5000 : 50000;
}

/* A stream that is bounced and one that is allocated. */
static void turn(unsigned char *own, unsigned char value)
{
	struct haul_dma_stream bounced, allocated;

	memset(own, value, SIZE);
	wrong += haul_dma_map(&bounced, &device, own, SIZE, HAUL_DMA_BOTH, 0) != 0;
	wrong += haul_dma_alloc(&allocated, &device, SIZE, HAUL_DMA_TO_DEVICE, 0) != 0;
	wrong += haul_dma_for_device(&bounced, 0, SIZE) != 0;
	wrong += haul_dma_for_device(&allocated, 0, SIZE) != 0;
	wrong += memcmp(bounced.memory.virt, own, SIZE) != 0;
	memset(bounced.memory.virt, value + 1, SIZE);
	wrong += haul_dma_unmap(&bounced, SIZE) != 0;
	wrong += own[0] != (unsigned char)(value + 1) || own[SIZE - 1] != own[0];
	wrong += haul_dma_unmap(&allocated, 0) != 0;
}

static void *work(void *own)
{
	pthread_barrier_wait(&start);
	for (unsigned i = 0; i < turns(); i++)
		turn(own, (unsigned char)i);
	return NULL;
}

static void open_device(void)
{
	static struct haul_arena_part parts[2];
	const struct haul_arena_config config = {
		.parts = parts, .nparts = 2, .page = PAGE, .words = words, .nwords = 1};
	const struct haul_dma_limits limits = {.reach = UINT32_MAX, .coherent = true};
	const struct haul_phys far = {UINT64_C(1) << 40}, near = {PAGE};

	parts[0] = haul_arena_identity(high, far, sizeof high, HAUL_ARENA_SHARE);
	parts[1] = haul_arena_identity(low, near, sizeof low, HAUL_ARENA_ALLOC);
	cr_assert(haul_arena_init(&arena, &config) == 0);
	cr_assert(haul_dma_device_init(&device, &arena.hal, &limits) == 0);
}

static void check_stats(void)
{
	const uint64_t each = (uint64_t)THREADS * turns();
	struct haul_dma_stats stats;

	haul_dma_stats_get(&device, &stats);
	cr_assert(stats.maps == 2 * each && stats.maps_failed == 0);
	cr_assert(stats.maps_live == 0 && stats.bytes_live == 0);
	cr_assert(stats.maps_peak >= 2 && stats.maps_peak <= 2 * THREADS);
	cr_assert(stats.bytes_bounced == 2 * SIZE * each);
	cr_assert(stats.syncs == 2 * each && stats.syncs_skipped == each);
	test_note("at most %u streams at a time", (unsigned)stats.maps_peak);
}

Test(dma_contention, what_threads_do_adds_up)
{
	pthread_t threads[THREADS];

	open_device();
	cr_assert(pthread_barrier_init(&start, NULL, THREADS) == 0);
	for (size_t i = 0; i < THREADS; i++)
		cr_assert(pthread_create(&threads[i], NULL, work, high + i * PAGE) == 0);
	for (size_t i = 0; i < THREADS; i++)
		cr_assert(pthread_join(threads[i], NULL) == 0);
	cr_assert(wrong == 0);
	check_stats();
	cr_assert(haul_arena_used(&arena) == 0 && haul_dma_device_end(&device) == 0);
	pthread_barrier_destroy(&start);
}
