/* SPDX-License-Identifier: MIT */
/* Four threads that want the same few regions. */
#include "test.h"
#include <haul/registry.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

/* The items behind those of the machine, which move with every change of it, make
 * changes take long enough to meet. */
enum { THREADS = 4, PAGES = 6, PAGE_SIZE = 0x1000, BEHIND = 200 };
enum { CAPACITY = 1 + THREADS + BEHIND };

static struct haul_registry_item items[CAPACITY];
static struct haul_registry registry;
static pthread_barrier_t start;
static atomic_int mappings[PAGES], owners[PAGES];
static atomic_uint acquired, wrong;

static unsigned turns(void)
{
	return test_under_qemu() ? 5000 : 50000;
}

/* Every seventh time in vain. */
static int map(void *context, uint64_t physical, size_t size, enum haul_cache_policy policy,
	       volatile void **base)
{
	static atomic_uint calls;

	(void)context, (void)policy;
	if (atomic_fetch_add(&calls, 1) % 7 == 6)
		return -HAUL_ENOMEM;
	for (size_t p = 0; p < size / PAGE_SIZE; p++)
		wrong += mappings[physical / PAGE_SIZE + p]++ != 0;
	*base = (void *)(uintptr_t)(physical + PAGE_SIZE); /* NOLINT(performance-no-int-to-ptr) */
	return 0;
}

static void unmap(void *context, volatile void *base, size_t size)
{
	const size_t first = (uintptr_t)base / PAGE_SIZE - 1;

	(void)context;
	for (size_t p = 0; p < size / PAGE_SIZE; p++)
		wrong += --mappings[first + p] != 0;
}

static void own(const struct haul_region *region)
{
	const size_t first = region->physical / PAGE_SIZE, count = region->size / PAGE_SIZE;

	for (size_t p = first; p < first + count; p++)
		wrong += owners[p]++ != 0 || mappings[p] != 1;
	for (size_t p = first; p < first + count; p++)
		owners[p]--;
}

static void *compete(void *seed)
{
	uint64_t random = *(const uint64_t *)seed;

	pthread_barrier_wait(&start);
	for (unsigned i = turns(); i > 0; i--) {
		const size_t first = test_random_below(&random, PAGES);
		const size_t count = 1 + test_random_below(&random, PAGES - first);
		struct haul_registry_item item;
		struct haul_region region;
		const int err =
			haul_registry_acquire(&registry, first * PAGE_SIZE, count * PAGE_SIZE,
					      HAUL_CACHE_UNCACHED, "device", &region);

		if (!err) {
			acquired++;
			own(&region);
			wrong += haul_registry_release(&registry, &region) != 0;
		} else {
			wrong += err != -HAUL_EBUSY && err != -HAUL_ENOMEM;
		}
		wrong += haul_registry_get(&registry, 0, &item) != 0 ||
			 item.kind != HAUL_REGISTRY_RANGE;
	}
	return NULL;
}

Test(registry, regions_have_one_owner_at_a_time)
{
	const struct haul_registry_mapper mapper = {map, unmap, NULL};
	pthread_t threads[THREADS];
	uint64_t seeds[THREADS];

	cr_assert(haul_registry_init(&registry, items, CAPACITY, &mapper) == 0);
	cr_assert(haul_registry_add(&registry, 0, PAGES * PAGE_SIZE, "machine") == 0);
	for (size_t i = 0; i < BEHIND; i++)
		cr_assert(haul_registry_add(&registry, (PAGES + i) * PAGE_SIZE, 1, "other") == 0);
	cr_assert(pthread_barrier_init(&start, NULL, THREADS) == 0);
	for (size_t i = 0; i < THREADS; i++) {
		seeds[i] = test_seed() + i;
		cr_assert(pthread_create(&threads[i], NULL, compete, &seeds[i]) == 0);
	}
	for (size_t i = 0; i < THREADS; i++)
		cr_assert(pthread_join(threads[i], NULL) == 0);
	pthread_barrier_destroy(&start);
	cr_assert(wrong == 0, "%u times", wrong);
	cr_assert(acquired > 0 && registry.count == 1 + BEHIND && registry.lock == 0);
}
