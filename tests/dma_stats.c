/* SPDX-License-Identifier: MIT */
/* Every counter of a device, against one that is kept beside it. */
#include "test.h"
#include <haul/arena.h>
#include <haul/dma.h>
#include <string.h>

/* The program's memory is beyond the reach of a device that bounces. */
enum { PAGE = 4096, PAGES = 16, SIZE = PAGES * PAGE, BLOCK = 64 };
#define HIGH 0x100000000

static _Alignas(PAGE) unsigned char ours[SIZE], hals[SIZE];
static uint64_t words[HAUL_ARENA_WORDS(PAGES)];
static struct haul_arena_part parts[2];
static struct haul_arena arena;
static struct haul_dma_device device;

/* What the device's counters must be, less what live streams have not added yet. */
static struct haul_dma_stats expected;
static uint64_t maintained; /* bytes, as the Hal has heard */
static int cache_fails;

static int describe_cache(void *context, struct haul_cache_report *report)
{
	(void)context;
	*report = (struct haul_cache_report){.block = BLOCK};
	for (unsigned i = 0; i < HAUL_CACHE_OPS; i++)
		report->ops[i].instruction = "test";
	return 0;
}

static int sync_cache(void *context, enum haul_cache_op op, void *virt, struct haul_phys phys,
		      size_t size)
{
	(void)context, (void)op, (void)virt, (void)phys;
	maintained += cache_fails ? 0 : size;
	return cache_fails ? -HAUL_EIO : 0;
}

static void begin(bool bounces, bool coherent)
{
	const struct haul_dma_limits limits = {.reach = bounces ? HIGH - 1 : UINT64_MAX,
					       .coherent = coherent};
	const struct haul_arena_config config = {.parts = parts,
						 .nparts = 2,
						 .page = PAGE,
						 .words = words,
						 .nwords = 1,
						 .cache = {describe_cache, sync_cache, NULL}};

	parts[0] = haul_arena_identity(ours, (struct haul_phys){HIGH}, SIZE, HAUL_ARENA_SHARE);
	parts[1] = haul_arena_identity(hals, (struct haul_phys){PAGE}, SIZE, HAUL_ARENA_ALLOC);
	cr_assert(haul_arena_init(&arena, &config) == 0);
	cr_assert(haul_dma_device_init(&device, &arena.hal, &limits) == 0);
	memset(&expected, 0, sizeof expected);
	maintained = 0;
}

static bool as_expected(void)
{
	struct haul_dma_stats stats;

	haul_dma_stats_get(&device, &stats);
	return stats.maps == expected.maps && stats.maps_live == expected.maps_live &&
	       stats.maps_peak == expected.maps_peak && stats.maps_failed == expected.maps_failed &&
	       stats.bytes_live == expected.bytes_live &&
	       stats.bytes_bounced == expected.bytes_bounced && stats.syncs == expected.syncs &&
	       stats.syncs_skipped == expected.syncs_skipped &&
	       stats.bytes_synced == expected.bytes_synced;
}

static void expect_map(size_t size)
{
	expected.maps++;
	expected.maps_live++;
	if (expected.maps_peak < expected.maps_live)
		expected.maps_peak = expected.maps_live;
	expected.bytes_live += size;
}

static void expect_end(size_t size, const struct haul_dma_stats *counts)
{
	expected.maps_live--;
	expected.bytes_live -= size;
	expected.bytes_bounced += counts->bytes_bounced;
	expected.syncs += counts->syncs;
	expected.syncs_skipped += counts->syncs_skipped;
	expected.bytes_synced += counts->bytes_synced;
}

/* ----- programs by chance ----- */

/* A stream, what the device has of it, a bit for each part, and its own counters. */
enum { STREAMS = 4, PARTS = 16, PART = 3 * BLOCK, WHOLE = PARTS * PART };

struct turn {
	struct haul_dma_stream stream;
	bool mapped;
	unsigned given;
	struct haul_dma_stats counts;
};

static struct turn turns[STREAMS];

static unsigned pieces_of(unsigned bits)
{
	unsigned pieces = 0;

	for (unsigned starts = bits & ~(bits << 1); starts; starts &= starts - 1)
		pieces++;
	return pieces;
}

static void expect_sync(struct turn *turn, bool copies, bool maintains, size_t len)
{
	turn->counts.syncs += copies || maintains;
	turn->counts.syncs_skipped += !copies && !maintains;
	turn->counts.bytes_bounced += copies ? len : 0;
	turn->counts.bytes_synced += maintains ? len : 0;
}

static void expect_given(struct turn *turn, size_t len)
{
	const struct haul_dma_stream *const stream = &turn->stream;
	const bool kept =
		stream->direction == HAUL_DMA_FROM_DEVICE && stream->flags & HAUL_DMA_UNINIT;

	expect_sync(turn, stream->backing == HAUL_DMA_BOUNCE && !kept, !device.limits.coherent,
		    len);
}

static void expect_taken(struct turn *turn, size_t len)
{
	const bool writes = turn->stream.direction != HAUL_DMA_TO_DEVICE;

	expect_sync(turn, writes && turn->stream.backing == HAUL_DMA_BOUNCE,
		    writes && !device.limits.coherent, len);
}

/* Those of memory that was allocated, for the stream or to bounce. */
static void expect_zeros(struct turn *turn)
{
	const struct haul_dma_stream *const stream = &turn->stream;
	const bool uninit = stream->backing != HAUL_DMA_BOUNCE && stream->flags & HAUL_DMA_UNINIT;

	if (stream->allocated && !uninit && !device.limits.coherent)
		turn->counts.bytes_synced += stream->memory.size;
}

static void begin_stream(size_t i, uint64_t *random)
{
	const enum haul_dma_direction direction =
		(enum haul_dma_direction)(1 + test_random_below(random, 3));
	const unsigned flags = test_random_below(random, 2) ? HAUL_DMA_UNINIT : 0;
	struct turn *const turn = &turns[i];

	*turn = (struct turn){.mapped = true};
	if (test_random_below(random, 3))
		cr_assert(haul_dma_map(&turn->stream, &device, ours + i * PAGE, WHOLE, direction,
				       flags) == 0);
	else
		cr_assert(haul_dma_alloc(&turn->stream, &device, WHOLE, direction, flags) == 0);
	expect_map(WHOLE);
	expect_zeros(turn);
}

/* Of the device's pieces below `used` bytes, each is one more hand-over. */
static void end_stream(struct turn *turn, size_t used)
{
	for (size_t part = 0; part < PARTS && part * PART < used;) {
		const size_t off = part * PART;

		while (part < PARTS && turn->given & 1u << part)
			part++;
		if (part * PART > off)
			expect_taken(turn, (part * PART < used ? part * PART : used) - off);
		else
			part++;
	}
	cr_assert(haul_dma_unmap(&turn->stream, used) == 0);
	turn->mapped = false;
	expect_end(WHOLE, &turn->counts);
}

static void give(struct turn *turn, size_t first, size_t stop)
{
	const unsigned bits = (1u << stop) - (1u << first);
	const size_t len = (stop - first) * PART;
	const int err = haul_dma_for_device(&turn->stream, first * PART, len);

	if (turn->given & bits) {
		cr_assert(err == -HAUL_EBUSY);
	} else if (pieces_of(turn->given | bits) > HAUL_DMA_PIECES) {
		cr_assert(err == -HAUL_ENOSPC);
	} else {
		cr_assert(err == 0);
		turn->given |= bits;
		expect_given(turn, len);
	}
}

static void take(struct turn *turn, size_t first, size_t stop)
{
	const unsigned bits = (1u << stop) - (1u << first);
	const size_t len = (stop - first) * PART;
	const int err = haul_dma_for_cpu(&turn->stream, first * PART, len);

	if ((turn->given & bits) != bits) {
		cr_assert(err == -HAUL_EBUSY);
	} else if (pieces_of(turn->given & ~bits) > HAUL_DMA_PIECES) {
		cr_assert(err == -HAUL_ENOSPC);
	} else {
		cr_assert(err == 0);
		turn->given &= ~bits;
		expect_taken(turn, len);
	}
}

static void step(uint64_t *random)
{
	const size_t i = test_random_below(random, STREAMS);
	const size_t first = test_random_below(random, PARTS);
	const size_t stop = first + 1 + test_random_below(random, PARTS - first);
	struct turn *const turn = &turns[i];

	if (!turn->mapped) {
		begin_stream(i, random);
		return;
	}
	switch (test_random_below(random, 12)) {
	case 0:
		end_stream(turn, test_random_below(random, PARTS + 1) * PART);
		break;
	case 1:
		cr_assert(haul_dma_cancel(&turn->stream) == 0);
		turn->given = 0;
		break;
	case 2:
		cr_assert(haul_dma_for_device(&turn->stream, first * PART, 0) == 0);
		cr_assert(haul_dma_for_cpu(&turn->stream, 0, WHOLE + 1) == -HAUL_ERANGE);
		break;
	case 3:
		cr_assert(haul_dma_alloc(&(struct haul_dma_stream){0}, &device, 0, HAUL_DMA_BOTH,
					 0) == -HAUL_EINVAL);
		expected.maps_failed++;
		break;
	case 4:
	case 5:
	case 6:
		give(turn, first, stop);
		break;
	default:
		take(turn, first, stop);
		break;
	}
}

static void run(bool bounces, bool coherent)
{
	const unsigned steps = test_under_qemu() ? 10000 : 50000;
	uint64_t random = test_seed();

	begin(bounces, coherent);
	memset(turns, 0, sizeof turns);
	for (unsigned i = 0; i < steps; i++) {
		step(&random);
		cr_assert(as_expected());
	}
	for (size_t i = 0; i < STREAMS; i++)
		if (turns[i].mapped)
			end_stream(&turns[i], WHOLE);
	cr_assert(as_expected());
	cr_assert(expected.maps_live == 0 && expected.bytes_live == 0);
	cr_assert(expected.maps_peak == STREAMS && expected.maps_failed > 0);
	cr_assert(expected.bytes_synced == maintained);
	cr_assert((expected.bytes_bounced > 0) == bounces && (maintained > 0) == !coherent);
	cr_assert(expected.syncs_skipped > 0);
	cr_assert(haul_dma_device_end(&device) == 0);
}

Test(dma_stats, of_a_coherent_device)
{
	run(false, true);
}

Test(dma_stats, of_a_coherent_device_that_does_not_reach)
{
	run(true, true);
}

Test(dma_stats, of_a_device_behind_the_caches)
{
	run(false, false);
}

Test(dma_stats, of_a_device_behind_the_caches_that_does_not_reach)
{
	run(true, false);
}

/* ----- what is not a stream's alone ----- */

Test(dma_stats, halves_are_maps_of_their_own)
{
	struct haul_dma_stream stream, half;

	begin(false, false);
	cr_assert(haul_dma_alloc(&stream, &device, 3 * PAGE, HAUL_DMA_BOTH, 0) == 0);
	expect_map(3 * PAGE);
	cr_assert(haul_dma_for_device(&stream, 0, 3 * PAGE) == 0);
	cr_assert(haul_dma_split(&stream, PAGE, &stream, &half) == 0);
	expect_map(0);
	cr_assert(as_expected());
	cr_assert(haul_dma_unmap(&half, PAGE) == 0);
	cr_assert(haul_dma_unmap(&stream, PAGE) == 0);
	expected.maps_live = expected.bytes_live = 0;
	expected.syncs = 3;               /* one before, and one for each */
	expected.bytes_synced = 8 * PAGE; /* with those of the zeros */
	cr_assert(as_expected() && maintained == expected.bytes_synced);
}

Test(dma_stats, a_list_is_a_map_for_each_piece)
{
	const struct haul_iovec pieces[] = {{ours, 100}, {ours + PAGE, 200}, {ours + 200, 300}};
	struct haul_dma_segment segments[3];
	struct haul_dma_stream streams[3];
	struct haul_dma_list list;

	begin(true, true);
	cr_assert(haul_dma_list_map(&list, &device, pieces, 3, HAUL_DMA_TO_DEVICE, 0, streams,
				    segments, 3) == 0);
	expect_map(100);
	expect_map(200);
	expect_map(300);
	cr_assert(as_expected());
	cr_assert(haul_dma_list_for_device(&list, 50, 200) == 0);
	cr_assert(haul_dma_list_unmap(&list, 600) == 0);
	expected.maps_live = expected.bytes_live = 0;
	expected.syncs = 2;
	expected.syncs_skipped = 2; /* taken back */
	expected.bytes_bounced = 200;
	cr_assert(as_expected());
}

Test(dma_stats, coherent_buffers_are_maps)
{
	struct haul_dma_coherent buffer;

	begin(false, true);
	cr_assert(haul_dma_coherent_alloc(&buffer, &device, 100, 0) == 0);
	expect_map(100);
	cr_assert(as_expected());
	cr_assert(haul_dma_device_end(&device) == -HAUL_EBUSY);
	cr_assert(haul_dma_coherent_free(&buffer) == 0);
	expected.maps_live = expected.bytes_live = 0;
	cr_assert(haul_dma_coherent_alloc(&buffer, &device, SIZE + 1, 0) < 0);
	expected.maps_failed++;
	cr_assert(as_expected());
	cr_assert(haul_dma_device_end(&device) == 0);
}

Test(dma_stats, a_stream_that_cannot_end_is_live)
{
	struct haul_dma_stream stream;

	begin(false, false);
	cr_assert(haul_dma_map(&stream, &device, ours, PAGE, HAUL_DMA_BOTH, 0) == 0);
	expect_map(PAGE);
	cr_assert(haul_dma_for_device(&stream, 0, PAGE) == 0);
	cache_fails = 1;
	cr_assert(haul_dma_unmap(&stream, PAGE) == -HAUL_EIO);
	cr_assert(as_expected());
	cache_fails = 0;
	cr_assert(haul_dma_cancel(&stream) == 0);
	cr_assert(haul_dma_unmap(&stream, PAGE) == 0);
	expected.maps_live = expected.bytes_live = 0;
	cr_assert(expected.maps_failed == 0 && maintained == PAGE);
}
