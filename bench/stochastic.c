/* SPDX-License-Identifier: MIT */
/*
 * Calls as a fleet makes them: sizes and alignments drawn from its
 * distributions, places at random in a window that fits L1, L2, L3 or none.
 * One pass makes thousands of calls, so that branches are not foretold.
 */
#include "fleet.h"

#include <stdlib.h>
#include <string.h>

enum { CALLS = 16384, LARGEST = 1 << 19 };

static uint32_t total(const uint32_t *weights, size_t count, size_t step)
{
	uint32_t sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += weights[i * step];
	return sum;
}

/* Sizes at evenly spaced quantiles, then shuffled: the mean of every draw is
 * the distribution's own, however rare its large calls are. */
static void draw_sizes(const struct bench_fleet *fleet, struct bench_op ops[CALLS],
		       uint64_t *random)
{
	uint32_t sum = total(&fleet->sizes[0].weight, fleet->count, 2);
	uint64_t below = 0;
	size_t at = 0;

	for (size_t i = 0; i < CALLS; i++) {
		uint64_t quantile = (2 * i + 1) * (uint64_t)sum / (2 * CALLS);
		while (below + fleet->sizes[at].weight <= quantile)
			below += fleet->sizes[at++].weight;
		size_t j = bench_random(random) % (i + 1);
		ops[i].n = ops[j].n;
		ops[j].n = fleet->sizes[at].size;
	}
}

/* An offset of n bytes in a window, aligned as the fleet aligns; calls larger
 * than the window begin near its start. */
static size_t draw_offset(const struct bench_fleet *fleet, size_t n, size_t window,
			  uint64_t *random)
{
	uint32_t pick = (uint32_t)(bench_random(random) % total(fleet->align, 7, 1));
	unsigned power = 0;

	while (pick >= fleet->align[power])
		pick -= fleet->align[power++];
	size_t step = (size_t)1 << power, room = n + 128 < window ? window - n : 128;
	size_t offset = bench_random(random) % room / step * step;
	/* exactly this power of two, and not a larger one */
	if (power < 6 && (offset & step) == 0)
		offset += step;
	return offset;
}

static double draw(const struct bench_fleet *fleet, struct bench_op ops[CALLS], unsigned char *dst,
		   const unsigned char *src, size_t window, uint64_t seed)
{
	uint64_t random = seed;
	double bytes = 0;

	draw_sizes(fleet, ops, &random);
	for (size_t i = 0; i < CALLS; i++) {
		ops[i].dst = dst + draw_offset(fleet, ops[i].n, window, &random);
		ops[i].src = src + draw_offset(fleet, ops[i].n, window, &random);
		bytes += (double)ops[i].n;
	}
	return bytes / CALLS;
}

static void measure(struct bench_list *list, const struct bench_plan *plan,
		    const struct bench_fleet *fleet, const char *heat, size_t window,
		    bench_seen *seen)
{
	if (window == 0) {
		fprintf(stderr, "haul-bench: no %s %s: hwloc does not know its size\n", heat,
			fleet->name);
		return;
	}
	size_t size = window + LARGEST;
	unsigned char *dst = bench_map(size), *src = bench_map(size);
	struct bench_op *ops = calloc(CALLS, sizeof(*ops));
	if (ops == NULL)
		abort();
	struct bench_work work = {
		.ops = ops, .count = CALLS, .walk = true, .once = strcmp(heat, "cold") == 0};
	struct bench_point p = {
		.part = BENCH_FLEET, .routine = fleet->routine, .what = fleet->name, .heat = heat};

	p.size = draw(fleet, ops, dst, src, window, plan->seed);
	seen(bench_measure(list, plan, p, &work));
	free(ops);
	bench_unmap(dst, size);
	bench_unmap(src, size);
}

void bench_stochastic(struct bench_list *list, const struct bench_plan *plan, bench_seen *seen)
{
	const size_t *cache = bench_machine.cache;

	for (size_t i = 0; i < bench_fleet_count; i++) {
		const struct bench_fleet *fleet = &bench_fleets[i];
		if (!plan->routines[fleet->routine])
			continue;
		/* Both sides and the list of calls share the cache. */
		measure(list, plan, fleet, "L1", cache[1] / 4, seen);
		measure(list, plan, fleet, "L2", cache[2] / 4, seen);
		measure(list, plan, fleet, "L3", cache[2] * 2, seen);
		measure(list, plan, fleet, "cold", (size_t)64 << 20, seen);
	}
}
