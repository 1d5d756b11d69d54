/* SPDX-License-Identifier: MIT */
/*
 * Devices: what they can do, and what has happened.
 *
 * The counters are shared by threads.  None orders anything, so all are relaxed, and a
 * reader may see one of two that change together.  (The public header is C++'s too,
 * which has no _Atomic of C's.)
 */
#include "stream.h"

static bool is_power_or_zero(uint64_t value)
{
	return !(value & (value - 1));
}

/* Where a segment is cut, the next one is aligned too. */
static int check(const struct haul_dma_limits *limits)
{
	if (!limits->reach || !is_power_or_zero(limits->boundary) ||
	    !is_power_or_zero(limits->align))
		return -HAUL_EINVAL;
	if (limits->boundary && limits->boundary < limits->align)
		return -HAUL_EINVAL;
	if (limits->segment_max && limits->segment_max < limits->align)
		return -HAUL_EINVAL;
	return 0;
}

int haul_dma_device_init(struct haul_dma_device *device, const struct haul_hal *hal,
			 const struct haul_dma_limits *limits)
{
	struct haul_dma_device made = {.hal = hal, .limits = *limits};
	int err = check(limits);

	if (!err)
		err = haul_hal_check(hal);
	if (!err)
		err = haul_hal_describe_cache(hal, &made.cache);
	/* what is allocated must not share a block with anything */
	if (!err && !limits->coherent && made.cache.block > hal->page)
		err = -HAUL_EINVAL;
	if (!err)
		*device = made;
	return err;
}

static uint64_t get(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static uint64_t add(uint64_t *counter, uint64_t count)
{
	return __atomic_add_fetch(counter, count, __ATOMIC_RELAXED);
}

int haul_dma_device_end(struct haul_dma_device *device)
{
	const int err = get(&device->stats.maps_live) ? -HAUL_EBUSY : 0;

	if (device->checker) {
		const struct haul_dma_event event = {
			.call = HAUL_DMA_CALL_END,
			.err = err,
			.site = __builtin_return_address(0),
		};

		haul_dma_checker_event(device, NULL, &event);
	}
	return err;
}

void haul_dma_stats_get(const struct haul_dma_device *device, struct haul_dma_stats *stats)
{
	const struct haul_dma_stats *const from = &device->stats;

	*stats = (struct haul_dma_stats){
		.maps = get(&from->maps),
		.maps_live = get(&from->maps_live),
		.maps_peak = get(&from->maps_peak),
		.maps_failed = get(&from->maps_failed),
		.bytes_live = get(&from->bytes_live),
		.bytes_bounced = get(&from->bytes_bounced),
		.syncs = get(&from->syncs),
		.syncs_skipped = get(&from->syncs_skipped),
		.bytes_synced = get(&from->bytes_synced),
	};
}

static uint64_t power_from(uint64_t value)
{
	uint64_t power = 1;

	while (power < value)
		power <<= 1;
	return power;
}

/* What is aligned to its size, rounded up to a power of two, lies across no multiple of
 * a larger one. */
int haul_dma_align(const struct haul_dma_limits *limits, size_t size, size_t *align)
{
	*align = limits->align;
	if (limits->segment_max && size > limits->segment_max)
		return -HAUL_ENOSPC;
	if (!limits->boundary)
		return 0;
	if (size > limits->boundary)
		return -HAUL_ENOSPC;
	if (*align < power_from(size))
		*align = power_from(size);
	return 0;
}

void haul_dma_count_map(struct haul_dma_device *device, size_t size)
{
	struct haul_dma_stats *const stats = &device->stats;
	const uint64_t live = add(&stats->maps_live, 1);
	uint64_t peak = get(&stats->maps_peak);

	while (peak < live && !__atomic_compare_exchange_n(&stats->maps_peak, &peak, live, true,
							   __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	add(&stats->maps, 1);
	add(&stats->bytes_live, size);
}

void haul_dma_count_failure(struct haul_dma_device *device)
{
	add(&device->stats.maps_failed, 1);
}

void haul_dma_count_end(struct haul_dma_device *device, size_t size,
			const struct haul_dma_stats *counts)
{
	struct haul_dma_stats *const stats = &device->stats;

	if (counts) {
		add(&stats->bytes_bounced, counts->bytes_bounced);
		add(&stats->syncs, counts->syncs);
		add(&stats->syncs_skipped, counts->syncs_skipped);
		add(&stats->bytes_synced, counts->bytes_synced);
	}
	add(&stats->bytes_live, (uint64_t)0 - size);
	add(&stats->maps_live, (uint64_t)0 - 1);
}
