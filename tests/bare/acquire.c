/* SPDX-License-Identifier: MIT */
#include "bare/acquire.h"
#include "device.h"
#include "test.h"
#include <haul/registry.h>

/* The board has mapped its devices when main starts (boards/board.h). */
static int map(void *context, uint64_t physical, size_t size, enum haul_cache_policy policy,
	       volatile void **base)
{
	(void)context, (void)size, (void)policy;
	*base = (volatile void *)(DEVICE_WINDOW + physical); /* NOLINT(performance-no-int-to-ptr) */
	return 0;
}

static void unmap(void *context, volatile void *base, size_t size)
{
	(void)context, (void)base, (void)size;
}

struct haul_region device_acquire(uint64_t physical, size_t size)
{
	const struct haul_registry_mapper mapper = {map, unmap, NULL};
	struct haul_registry_item items[2];
	struct haul_registry registry;
	struct haul_region region;

	cr_assert(haul_registry_init(&registry, items, 2, &mapper) == 0);
	cr_assert(haul_registry_add(&registry, physical, size, "board") == 0);
	cr_assert(haul_registry_acquire(&registry, physical, size, HAUL_CACHE_UNCACHED, "device",
					&region) == 0);
	return region;
}
