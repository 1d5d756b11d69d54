/* SPDX-License-Identifier: MIT */
/*
 * Streams, lists and coherent buffers under real DMA, as QEMU has it on the boards: a
 * network card reads one piece of memory and writes another.  QEMU has no caches that
 * the card would not see; what is seen here of their maintenance is that its
 * instructions run, on the memory they should, and lose nothing.
 */
#include "bare/e1000e.h"
#include "bare/identity.h"
#include "board.h"
#include "device.h"
#include "test.h"
#include <haul/check.h>
#include <haul/mem.h>
#include <string.h>

enum { SIZE = E1000E_MOST, PART = SIZE / 4, PAGE = BOARD_PAGE };

static struct identity identity;
static struct haul_dma_device device; /* the card, as it is said to be */
static struct e1000e card;
static unsigned char *source, *target;

/* Values of bytes, by their place. */
static unsigned char value_at(unsigned seed, size_t i)
{
	return (unsigned char)(seed + i * 7 + i / 251);
}

static void fill(unsigned char *p, size_t size, unsigned seed)
{
	for (size_t i = 0; i < size; i++)
		p[i] = value_at(seed, i);
}

/* [from, end) of what was filled at p. */
static bool is_filled(const unsigned char *p, size_t from, size_t end, unsigned seed)
{
	for (size_t i = from; i < end; i++)
		if (p[i] != value_at(seed, i))
			return false;
	return true;
}

/* SIZE bytes of either, between bytes that stay as they are. */
enum { SENT = 1, BEFORE = 101 };

static void fill_both(void)
{
	source = identity.memory + PAGE;
	target = identity.memory + 5 * PAGE;
	fill(source, SIZE, SENT);
	fill(target - PAGE, 3 * PAGE, BEFORE);
}

static bool is_filled_before(const unsigned char *from, const unsigned char *end)
{
	const unsigned char *start = target - PAGE;

	return is_filled(start, (size_t)(from - start), (size_t)(end - start), BEFORE);
}

static bool is_copied(size_t from, size_t end)
{
	return is_filled(source, 0, SIZE, SENT) && is_filled_before(target - PAGE, target + from) &&
	       memcmp(target + from, source + from, end - from) == 0 &&
	       is_filled_before(target + end, target + 2 * PAGE);
}

static void begin(bool coherent, bool bounced)
{
	struct haul_dma_limits limits = {.reach = UINT64_MAX, .coherent = coherent};

	if (bounced)
		limits.reach = identity.pool_last;
	cr_assert(haul_dma_device_init(&device, &identity.arena.hal, &limits) == 0);
	fill_both();
}

static void end(void)
{
	cr_assert(device.stats.maps_live == 0);
	cr_assert(haul_dma_device_end(&device) == 0);
	cr_assert(haul_arena_used(&identity.arena) == 0);
}

static struct haul_dma_checker checker;

static void begin_checking(void)
{
	static struct haul_dma_entry entries[8];

	cr_assert(haul_dma_checker_init(&checker, entries, 8, NULL, NULL) == 0);
	cr_assert(haul_dma_checker_attach(&checker, &device) == 0);
}

/* Drivers that are right are not reported. */
static void end_checking(void)
{
	struct haul_dma_report report;
	char text[256] = "";

	if (haul_dma_checker_first(&checker, &report) == 0)
		haul_dma_report_text(&report, text, sizeof text);
	cr_assert(!*text, "%s", text);
}

/* Does the CPU do what not coherent devices want? */
static bool caches_are_maintained(void)
{
	const bool flush = device.cache.ops[HAUL_CACHE_FLUSH].why == HAUL_CACHE_USABLE;

	return flush || (device.cache.ops[HAUL_CACHE_CLEAN].why == HAUL_CACHE_USABLE &&
			 device.cache.ops[HAUL_CACHE_INVALIDATE].why == HAUL_CACHE_USABLE);
}

static void check_refusal(void)
{
	static bool noted;
	struct haul_dma_stream stream;

	if (!noted)
		test_note("not coherent: %s",
			  haul_cache_why_text(device.cache.ops[HAUL_CACHE_FLUSH].why));
	noted = true;
	cr_assert(haul_dma_alloc(&stream, &device, SIZE, HAUL_DMA_TO_DEVICE, 0) == -HAUL_ENOTSUP);
	cr_assert(stream.why == HAUL_DMA_WHY_CACHE);
	cr_assert(haul_dma_map(&stream, &device, source, SIZE, HAUL_DMA_TO_DEVICE, 0) ==
		  -HAUL_ENOTSUP);
	cr_assert(stream.why & HAUL_DMA_WHY_CACHE);
}

static void in_one_way(void (*body)(void), bool checked)
{
	if (checked)
		begin_checking();
	if (device.limits.coherent || caches_are_maintained())
		body();
	else
		check_refusal();
	if (checked)
		end_checking();
}

/* Coherent and not, within reach and not, with the checker and without. */
static void in_each_way(void (*body)(void))
{
	struct haul_dma_device rings;
	const struct haul_dma_limits all = {.reach = UINT64_MAX, .coherent = true};

	for (unsigned way = 0; way < 8; way++) {
		identity_begin(&identity, NULL, NULL);
		cr_assert(haul_dma_device_init(&rings, &identity.arena.hal, &all) == 0);
		e1000e_open(&card, &rings);
		begin(way & 1, way & 2);
		in_one_way(body, way & 4);
		e1000e_close(&card);
		end();
	}
}

/* Is the device's reach the pool's end? */
static bool is_bounced(void)
{
	return device.limits.reach != UINT64_MAX;
}

static bool is_in_pool(const struct haul_dma_stream *stream)
{
	return stream->iova.value >= identity.pool &&
	       stream->iova.value + stream->size - 1 <= identity.pool_last;
}

static void map(struct haul_dma_stream *stream, void *p, size_t size,
		enum haul_dma_direction direction)
{
	cr_assert(haul_dma_map(stream, &device, p, size, direction, 0) == 0);
	cr_assert(stream->backing == (is_bounced() ? HAUL_DMA_BOUNCE : HAUL_DMA_DIRECT));
	cr_assert(stream->why == (is_bounced() ? HAUL_DMA_WHY_REACH : 0));
	if (is_bounced())
		cr_assert(is_in_pool(stream));
	else
		cr_assert(stream->iova.value == identity_address(p));
	cr_assert(stream->phys.value == stream->iova.value);
}

static void map_both(struct haul_dma_stream *from, struct haul_dma_stream *to)
{
	map(from, source, SIZE, HAUL_DMA_TO_DEVICE);
	map(to, target, SIZE, HAUL_DMA_FROM_DEVICE);
}

static void unmap_both(struct haul_dma_stream *from, struct haul_dma_stream *to, size_t used)
{
	cr_assert(haul_dma_unmap(from, from->size) == 0);
	cr_assert(haul_dma_unmap(to, used) == 0);
}

/* The card copies a part of one stream to another, which the CPU has before and after. */
static void hand_over_and_copy(struct haul_dma_stream *from, size_t from_off,
			       struct haul_dma_stream *to, size_t to_off, size_t size)
{
	cr_assert(haul_dma_for_device(from, from_off, size) == 0);
	cr_assert(haul_dma_for_device(to, to_off, size) == 0);
	e1000e_copy(&card, (struct haul_iova){to->iova.value + to_off},
		    (struct haul_iova){from->iova.value + from_off}, size);
	cr_assert(haul_dma_for_cpu(from, from_off, size) == 0);
	cr_assert(haul_dma_for_cpu(to, to_off, size) == 0);
}

static void copy_whole(void)
{
	struct haul_dma_stream from, to;

	map_both(&from, &to);
	hand_over_and_copy(&from, 0, &to, 0, SIZE);
	cr_assert(is_copied(0, SIZE));
	unmap_both(&from, &to, SIZE);
	cr_assert(is_copied(0, SIZE));
}

Test(dma_device, streams_are_read_and_written)
{
	in_each_way(copy_whole);
}

/* What is handed over takes one maintenance, or copy, for each side, and a second one
 * for what the card writes. */
static void copy_counted(void)
{
	const size_t pages = (SIZE + PAGE - 1) / PAGE * PAGE;
	const size_t zeros = is_bounced() ? 2 * pages : 0; /* of bounce memory, before */
	struct haul_dma_stats stats;

	copy_whole();
	haul_dma_stats_get(&device, &stats);
	cr_assert(stats.maps == 2 && stats.maps_live == 0 && stats.maps_peak == 2);
	cr_assert(stats.bytes_bounced == (is_bounced() ? 3 * SIZE : 0));
	cr_assert(stats.bytes_synced == (device.limits.coherent ? 0 : zeros + 3 * SIZE));
	cr_assert(stats.syncs + stats.syncs_skipped == 4);
	cr_assert(stats.syncs == (is_bounced() || !device.limits.coherent ? 3 : 0));
}

Test(dma_device, statistics_say_what_it_took)
{
	in_each_way(copy_counted);
}

/* What the CPU has it may write meanwhile. */
static void copy_parts(void)
{
	struct haul_dma_stream from, to;

	map_both(&from, &to);
	cr_assert(haul_dma_for_device(&from, PART, 2 * PART) == 0);
	for (size_t off = PART; off <= 2 * PART; off += PART) {
		cr_assert(haul_dma_for_device(&to, off, PART) == 0);
		e1000e_copy(&card, (struct haul_iova){to.iova.value + off},
			    (struct haul_iova){from.iova.value + off}, PART);
	}
	cr_assert(haul_dma_is_cpus(&to, 0, PART) && !haul_dma_is_cpus(&to, PART, 1));
	fill(target - PAGE, PAGE + PART, BEFORE + 1);
	for (size_t off = PART; off <= 2 * PART; off += PART)
		cr_assert(haul_dma_for_cpu(&to, off, PART) == 0);
	unmap_both(&from, &to, SIZE);
	cr_assert(is_filled(target - PAGE, 0, PAGE + PART, BEFORE + 1));
	cr_assert(memcmp(target + PART, source + PART, 2 * PART) == 0);
	cr_assert(is_filled_before(target + 3 * PART, target + 2 * PAGE));
}

Test(dma_device, parts_are_handed_over_by_themselves)
{
	in_each_way(copy_parts);
}

/* The card has written less than it might have. */
static void copy_less(void)
{
	struct haul_dma_stream from, to;

	map_both(&from, &to);
	cr_assert(haul_dma_for_device(&from, 0, SIZE) == 0);
	cr_assert(haul_dma_for_device(&to, 0, SIZE) == 0);
	e1000e_copy(&card, to.iova, from.iova, PART);
	unmap_both(&from, &to, PART);
	cr_assert(is_copied(0, PART));
}

Test(dma_device, unmap_takes_back_what_was_used)
{
	in_each_way(copy_less);
}

static void copy_within(void)
{
	struct haul_dma_stream both;

	map(&both, target, SIZE, HAUL_DMA_BOTH);
	fill(target, PART, SENT);
	cr_assert(haul_dma_for_device(&both, 0, SIZE) == 0);
	e1000e_copy(&card, (struct haul_iova){both.iova.value + PART}, both.iova, PART);
	cr_assert(haul_dma_for_cpu(&both, 0, SIZE) == 0);
	cr_assert(is_filled(target, 0, PART, SENT) && memcmp(target, target + PART, PART) == 0);
	cr_assert(is_filled_before(target + 2 * PART, target + 2 * PAGE));
	cr_assert(haul_dma_unmap(&both, SIZE) == 0);
}

Test(dma_device, a_stream_goes_both_ways)
{
	in_each_way(copy_within);
}

static void alloc(struct haul_dma_stream *stream, size_t size, enum haul_dma_direction direction)
{
	cr_assert(haul_dma_alloc(stream, &device, size, direction, 0) == 0);
	cr_assert(stream->backing == HAUL_DMA_DIRECT && stream->why == 0);
	cr_assert(is_in_pool(stream) == is_bounced());
}

static void write_stream(const struct haul_dma_stream *stream, size_t off)
{
	struct haul_writer writer;

	cr_assert(haul_dma_writer(stream, off, SIZE, &writer) == 0);
	cr_assert(haul_writer_value(&writer, source, SIZE) == 0);
}

/* Whether SIZE bytes of it are what p has. */
static bool stream_is(const struct haul_dma_stream *stream, size_t off, const void *p)
{
	static unsigned char copy[SIZE];
	struct haul_reader reader;

	cr_assert(haul_dma_reader(stream, off, SIZE, &reader) == 0);
	cr_assert(haul_reader_value(&reader, copy, SIZE) == 0);
	return memcmp(copy, p, SIZE) == 0;
}

static void copy_allocated(void)
{
	static const unsigned char zeros[SIZE];
	struct haul_dma_stream from, to;

	alloc(&from, PAGE, HAUL_DMA_TO_DEVICE);
	alloc(&to, PAGE, HAUL_DMA_FROM_DEVICE);
	cr_assert(stream_is(&to, 0, zeros) && stream_is(&to, SIZE, zeros));
	write_stream(&from, 0);
	hand_over_and_copy(&from, 0, &to, SIZE, SIZE);
	cr_assert(stream_is(&to, 0, zeros) && stream_is(&to, SIZE, source) &&
		  stream_is(&to, 2 * SIZE, zeros));
	unmap_both(&from, &to, PAGE);
}

Test(dma_device, allocated_streams_are_read_and_written)
{
	in_each_way(copy_allocated);
}

/* The first half is gone when the card writes the second. */
static void copy_to_halves(void)
{
	struct haul_dma_stream from, to, first, second;

	map(&from, source, SIZE, HAUL_DMA_TO_DEVICE);
	alloc(&to, 2 * PAGE, HAUL_DMA_FROM_DEVICE);
	cr_assert(haul_dma_split(&to, PAGE, &first, &second) == 0);
	cr_assert(second.iova.value == first.iova.value + PAGE);
	hand_over_and_copy(&from, 0, &first, 0, SIZE);
	cr_assert(stream_is(&first, 0, source));
	cr_assert(haul_dma_unmap(&first, PAGE) == 0);
	hand_over_and_copy(&from, 0, &second, SIZE, SIZE);
	cr_assert(stream_is(&second, SIZE, source));
	unmap_both(&from, &second, PAGE);
}

Test(dma_device, halves_of_a_stream_stand_alone)
{
	in_each_way(copy_to_halves);
}

/* Pieces of which the second and the third lie together, where they are not copied. */
static void gather(void)
{
	unsigned char *p = identity.memory + 8 * PAGE;
	const struct haul_iovec pieces[] = {
		{source, PART},
		{p, PART},
		{p + PART, PART},
		{source + 3 * PART, PART},
	};
	struct haul_dma_stream streams[4], to;
	struct haul_dma_segment segments[4];
	struct haul_dma_list list;

	memcpy(p, source + PART, 2 * PART);
	cr_assert(haul_dma_list_map(&list, &device, pieces, 4, HAUL_DMA_TO_DEVICE, 0, streams,
				    segments, 4) == 0);
	cr_assert(list.size == SIZE);
	if (!is_bounced())
		cr_assert(list.nsegments == 3 && segments[1].len == 2 * PART);
	map(&to, target, SIZE, HAUL_DMA_FROM_DEVICE);
	cr_assert(haul_dma_list_for_device(&list, 0, SIZE) == 0);
	cr_assert(haul_dma_for_device(&to, 0, SIZE) == 0);
	e1000e_gather(&card, to.iova, segments, list.nsegments);
	cr_assert(haul_dma_unmap(&to, SIZE) == 0);
	cr_assert(haul_dma_list_unmap(&list, SIZE) == 0);
	cr_assert(is_copied(0, SIZE));
}

Test(dma_device, lists_are_gathered)
{
	in_each_way(gather);
}

/* In pieces that end where the device wants them to. */
static void gather_cut(void)
{
	enum { BOUNDARY = 512, LONGEST = 200, MOST = 8 };
	unsigned char *p = identity.memory + 8 * PAGE + 300;
	const struct haul_iovec piece = {p, SIZE};
	struct haul_dma_limits limits = device.limits;
	struct haul_dma_device limited;
	struct haul_dma_stream stream, to;
	struct haul_dma_segment segments[MOST];
	struct haul_dma_list list;

	memcpy(p, source, SIZE);
	map(&to, target, SIZE, HAUL_DMA_FROM_DEVICE);
	limits.boundary = BOUNDARY;
	limits.segment_max = LONGEST;
	cr_assert(haul_dma_device_init(&limited, device.hal, &limits) == 0);
	cr_assert(haul_dma_list_map(&list, &limited, &piece, 1, HAUL_DMA_TO_DEVICE, 0, &stream,
				    segments, MOST) == 0);
	for (size_t i = 0; i < list.nsegments; i++) {
		const uint64_t first = segments[i].iova.value, last = first + segments[i].len - 1;

		cr_assert(segments[i].len <= LONGEST && first / BOUNDARY == last / BOUNDARY);
	}
	cr_assert(haul_dma_list_for_device(&list, 0, SIZE) == 0);
	cr_assert(haul_dma_for_device(&to, 0, SIZE) == 0);
	e1000e_gather(&card, to.iova, segments, list.nsegments);
	cr_assert(haul_dma_list_unmap(&list, SIZE) == 0);
	cr_assert(haul_dma_device_end(&limited) == 0);
	cr_assert(haul_dma_unmap(&to, SIZE) == 0);
	cr_assert(is_copied(0, SIZE));
}

Test(dma_device, lists_are_cut_to_limits)
{
	in_each_way(gather_cut);
}

/* Where caches cannot be maintained and RAM is mapped a second time. */

static int describe_nothing(void *context, struct haul_cache_report *report)
{
	(void)context;
	*report = (struct haul_cache_report){0};
	for (unsigned op = 0; op < HAUL_CACHE_OPS; op++) {
		report->ops[op].why = HAUL_CACHE_NO_INSTRUCTION;
		report->ops[op].instruction = "";
	}
	return 0;
}

static int maintain_nothing(void *context, enum haul_cache_op op, void *virt, struct haul_phys phys,
			    size_t size)
{
	(void)context, (void)op, (void)virt, (void)phys, (void)size;
	return -HAUL_ENOTSUP;
}

static void *alias_of(struct haul_phys phys)
{
	return (void *)(DEVICE_WINDOW + phys.value); /* NOLINT(performance-no-int-to-ptr) */
}

static int make_alias(void *context, const struct haul_hal_memory *memory, void **alias)
{
	size_t done;

	(void)context;
	*alias = alias_of(memory->phys);
	return haul_cache_sync(HAUL_CACHE_FLUSH, memory->virt, memory->size, &done, NULL);
}

static int drop_alias(void *context, const struct haul_hal_memory *memory, void *alias)
{
	(void)context, (void)memory, (void)alias;
	return 0;
}

Test(dma_device, aliases_are_read_and_written)
{
	const struct haul_arena_cache cache = {describe_nothing, maintain_nothing, NULL};
	const struct haul_arena_alias alias = {make_alias, drop_alias, NULL};
	struct haul_dma_stream from, to;

	if (DEVICE_WINDOW == RAM_WINDOW)
		cr_skip_test("the board maps RAM once");
	identity_begin(&identity, &cache, &alias);
	begin(false, false);
	e1000e_open(&card, &device);
	cr_assert(card.rings.uncached && card.rings.virt == alias_of(card.rings.phys));
	cr_assert(haul_dma_map(&from, &device, source, SIZE, HAUL_DMA_TO_DEVICE, 0) == 0);
	cr_assert(from.backing == HAUL_DMA_BOUNCE && from.why == HAUL_DMA_WHY_CACHE);
	cr_assert(haul_dma_alloc(&to, &device, PAGE, HAUL_DMA_FROM_DEVICE, 0) == 0);
	cr_assert(to.backing == HAUL_DMA_UNCACHED && to.virt == alias_of(to.phys));
	hand_over_and_copy(&from, 0, &to, SIZE, SIZE);
	cr_assert(stream_is(&to, SIZE, source));
	unmap_both(&from, &to, PAGE);
	e1000e_close(&card);
	end();
}
