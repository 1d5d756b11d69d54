/* SPDX-License-Identifier: MIT */
/* Scatter-gather lists: segments, limits, hand-overs of all or nothing. */
#include "test.h"
#include "test_hal.h"
#include <haul/dma.h>
#include <string.h>

#define OK(call) cr_assert((call) == 0)
#define FAILS(call, error) cr_assert((call) == -(error))

enum { PAGE = TEST_HAL_PAGE, MOST = 32 };

static struct test_hal *hal;
static struct haul_dma_device device;
static struct haul_dma_list list;
static struct haul_dma_stream streams[MOST];
static struct haul_dma_segment segments[TEST_HAL_BUFFER];
static unsigned char *const buffer = test_hal_buffer;

static void begin(struct haul_dma_limits limits)
{
	hal = test_hal_begin();
	if (!limits.reach)
		limits.reach = UINT64_MAX;
	memset(streams, 0, sizeof streams);
	memset(segments, 0x77, sizeof segments);
	OK(haul_dma_device_init(&device, &hal->hal, &limits));
}

static void end(void)
{
	cr_assert(test_hal_idle(hal));
	OK(haul_dma_device_end(&device));
}

static int map(const struct haul_iovec *pieces, size_t npieces, size_t max)
{
	return haul_dma_list_map(&list, &device, pieces, npieces, HAUL_DMA_BOTH, 0, streams,
				 segments, max);
}

static bool is_segment(size_t i, size_t off, size_t len)
{
	return segments[i].iova.value == TEST_HAL_BUFFER_IOVA + off && segments[i].len == len;
}

/* The device has all of [off, end) of the list, and nothing else. */
static bool device_has(size_t off, size_t end)
{
	size_t at = 0;

	for (size_t i = 0; i < list.nstreams; i++)
		for (size_t b = 0; b < streams[i].size; b++, at++)
			if (haul_dma_is_cpus(&streams[i], b, 1) == (at >= off && at < end))
				return false;
	return at == list.size;
}

Test(dma_list, what_lies_together_is_one_segment)
{
	const struct haul_iovec pieces[] = {
		{buffer + 100, 28}, {buffer + 128, 72}, {buffer + 300, 100},
		{buffer + 400, 1},  {buffer + 99, 1},   {buffer + 100, 1},
	};

	begin((struct haul_dma_limits){.coherent = true});
	OK(map(pieces, 6, 3));
	cr_assert(list.nsegments == 3 && list.size == 203 && list.nstreams == 6);
	cr_assert(is_segment(0, 100, 100) && is_segment(1, 300, 101) && is_segment(2, 99, 2));
	cr_assert(segments[3].len == (size_t)UINT64_C(0x7777777777777777));
	cr_assert(device.stats.maps_live == 6 && device.stats.bytes_live == 203);
	OK(haul_dma_list_unmap(&list, 0));
	FAILS(haul_dma_list_unmap(&list, 0), HAUL_EINVAL);
	FAILS(haul_dma_list_for_device(&list, 0, 0), HAUL_EINVAL);
	FAILS(haul_dma_list_for_cpu(&list, 0, 0), HAUL_EINVAL);
	FAILS(haul_dma_list_cancel(&list), HAUL_EINVAL);
	end();
}

/* A piece at the very end of the device's addresses, and one at their beginning. */
static void around_the_end(struct haul_hal_memory *memory)
{
	memory->iova.value = memory->virt == buffer ? UINT64_MAX - 99 : 0;
}

Test(dma_list, no_segment_wraps)
{
	const struct haul_iovec pieces[] = {{buffer, 100}, {buffer + 200, 100}};

	begin((struct haul_dma_limits){.coherent = true});
	hal->lie = around_the_end;
	OK(map(pieces, 2, MOST));
	cr_assert(list.nsegments == 2 && segments[0].len == 100 && segments[1].len == 100);
	cr_assert(segments[0].iova.value == UINT64_MAX - 99 && segments[1].iova.value == 0);
	OK(haul_dma_list_unmap(&list, 0));
	end();
}

Test(dma_list, what_limits_forbid_is_cut)
{
	const struct haul_iovec pieces[] = {
		{buffer + 16, 100}, {buffer + 116, 300}, {buffer + 1024, 64}};

	begin((struct haul_dma_limits){.segment_max = 150, .coherent = true});
	OK(map(pieces, 3, MOST));
	cr_assert(list.nsegments == 4);
	cr_assert(is_segment(0, 16, 150) && is_segment(1, 166, 150));
	cr_assert(is_segment(2, 316, 100) && is_segment(3, 1024, 64));
	OK(haul_dma_list_unmap(&list, 0));
	end();
	/* where it is cut, it is aligned */
	begin((struct haul_dma_limits){.segment_max = 150, .align = 4, .coherent = true});
	OK(map(pieces, 3, MOST));
	cr_assert(list.nsegments == 4);
	cr_assert(is_segment(0, 16, 148) && is_segment(1, 164, 148) && is_segment(2, 312, 104));
	OK(haul_dma_list_unmap(&list, 0));
	end();
	begin((struct haul_dma_limits){.boundary = 128, .segment_max = 100, .coherent = true});
	OK(map(pieces, 3, MOST));
	cr_assert(list.nsegments == 8);
	cr_assert(is_segment(0, 16, 100) && is_segment(1, 116, 12) && is_segment(2, 128, 100));
	cr_assert(is_segment(3, 228, 28) && is_segment(4, 256, 100) && is_segment(5, 356, 28));
	cr_assert(is_segment(6, 384, 32) && is_segment(7, 1024, 64));
	OK(haul_dma_list_unmap(&list, 0));
	end();
}

/* A piece that the device cannot use is bounced by itself. */
Test(dma_list, pieces_are_bounced_where_they_must)
{
	const struct haul_iovec pieces[] = {
		{buffer + 16, 32}, {buffer + 50, 100}, {buffer + 64, 16}};

	begin((struct haul_dma_limits){.align = 16, .coherent = true});
	OK(map(pieces, 3, MOST));
	cr_assert(list.nsegments == 3 && is_segment(0, 16, 32) && is_segment(2, 64, 16));
	cr_assert(segments[1].iova.value == TEST_HAL_POOL_IOVA && segments[1].len == 100);
	cr_assert(streams[0].backing == HAUL_DMA_DIRECT);
	cr_assert(streams[1].backing == HAUL_DMA_BOUNCE);
	cr_assert(streams[1].why == HAUL_DMA_WHY_ALIGN);
	OK(haul_dma_list_unmap(&list, 0));
	FAILS(haul_dma_list_map(&list, &device, pieces, 3, HAUL_DMA_TO_DEVICE, HAUL_DMA_NO_BOUNCE,
				streams, segments, MOST),
	      HAUL_ENOTSUP);
	end();
	/* whole pages of a pool lie together */
	begin((struct haul_dma_limits){.coherent = true});
	hal->refuses = true;
	{
		const struct haul_iovec whole[] = {
			{buffer, PAGE}, {buffer + 1000, PAGE}, {buffer + 3000, 10}};

		OK(map(whole, 3, MOST));
		cr_assert(list.nsegments == 1);
		cr_assert(segments[0].iova.value == TEST_HAL_POOL_IOVA);
		cr_assert(segments[0].len == (size_t)2 * PAGE + 10);
	}
	OK(haul_dma_list_unmap(&list, 0));
	end();
}

Test(dma_list, segments_are_counted_when_there_are_too_many)
{
	const struct haul_iovec pieces[] = {
		{buffer, 100}, {buffer + 200, 100}, {buffer + 400, 100}, {buffer + 500, 100}};

	begin((struct haul_dma_limits){.segment_max = 50, .segments_max = 7, .coherent = true});
	FAILS(map(pieces, 4, MOST), HAUL_ENOSPC);
	cr_assert(list.nsegments == 8 && device.stats.maps_live == 0);
	FAILS(haul_dma_list_for_device(&list, 0, 1), HAUL_EINVAL);
	cr_assert(test_hal_idle(hal));
	OK(map(pieces, 3, MOST));
	cr_assert(list.nsegments == 6);
	OK(haul_dma_list_unmap(&list, 0));
	memset(segments, 0x77, sizeof segments);
	for (size_t max = 0; max < 6; max++) {
		FAILS(map(pieces, 3, max), HAUL_ENOSPC);
		cr_assert(list.nsegments == 6 && test_hal_idle(hal));
		cr_assert(segments[max].len == (size_t)UINT64_C(0x7777777777777777));
	}
	FAILS(haul_dma_list_map(&list, &device, pieces, 3, HAUL_DMA_BOTH, 0, streams, NULL, 0),
	      HAUL_ENOSPC);
	cr_assert(list.nsegments == 6);
	end();
}

Test(dma_list, bad_requests_map_nothing)
{
	const struct haul_iovec empty[] = {{buffer, 1}, {buffer, 0}};
	const struct haul_iovec large[] = {{buffer, SIZE_MAX}, {buffer, 1}};
	const struct haul_iovec some[] = {{buffer, 100}, {buffer + 100, 100}};

	begin((struct haul_dma_limits){.coherent = true});
	FAILS(map(some, 0, MOST), HAUL_EINVAL);
	FAILS(map(empty, 2, MOST), HAUL_EINVAL);
	FAILS(map(large, 2, MOST), HAUL_EOVERFLOW);
	FAILS(map(large, 1, MOST), HAUL_EOVERFLOW);
	FAILS(haul_dma_list_map(&list, &device, some, 2, (enum haul_dma_direction)0, 0, streams,
				segments, MOST),
	      HAUL_EINVAL);
	cr_assert(hal->total == 1);
	OK(map(some, 2, MOST));
	FAILS(haul_dma_list_for_device(&list, 0, 201), HAUL_ERANGE);
	FAILS(haul_dma_list_for_device(&list, 201, 0), HAUL_ERANGE);
	FAILS(haul_dma_list_for_cpu(&list, 1, SIZE_MAX), HAUL_ERANGE);
	FAILS(haul_dma_list_unmap(&list, 201), HAUL_ERANGE);
	OK(haul_dma_list_for_device(&list, 200, 0));
	OK(haul_dma_list_unmap(&list, 200));
	end();
}

Test(dma_list, hand_overs_go_across_pieces)
{
	const struct haul_iovec pieces[] = {{buffer, 10}, {buffer + 100, 20}, {buffer + 200, 5}};

	begin((struct haul_dma_limits){.coherent = true});
	OK(map(pieces, 3, MOST));
	for (size_t off = 0; off <= 35; off++) {
		for (size_t stop = off; stop <= 35; stop++) {
			const size_t len = stop - off;

			OK(haul_dma_list_for_device(&list, off, len));
			cr_assert(device_has(off, stop), "%zu, %zu", off, len);
			if (len)
				FAILS(haul_dma_list_for_device(&list, 0, 35), HAUL_EBUSY);
			if (len < 35)
				FAILS(haul_dma_list_for_cpu(&list, 0, 35), HAUL_EBUSY);
			cr_assert(device_has(off, stop));
			OK(haul_dma_list_for_cpu(&list, off, len));
			cr_assert(device_has(0, 0));
		}
	}
	OK(haul_dma_list_for_device(&list, 5, 20));
	OK(haul_dma_list_cancel(&list));
	cr_assert(device_has(0, 0));
	OK(haul_dma_list_unmap(&list, 35));
	end();
}

/* The stream in the middle refuses: nothing is done at all. */
Test(dma_list, what_is_refused_is_refused_before_anything_is_done)
{
	const struct haul_iovec pieces[] = {{buffer, 64}, {buffer + 128, 64}, {buffer + 256, 64}};

	begin((struct haul_dma_limits){0});
	OK(map(pieces, 3, MOST));
	OK(haul_dma_for_device(&streams[1], 0, 64));
	hal->nops = 0;
	FAILS(haul_dma_list_for_device(&list, 0, 192), HAUL_EBUSY);
	FAILS(haul_dma_list_for_device(&list, 0, 63), HAUL_EINVAL);
	cr_assert(hal->nops == 0 && device_has(64, 128));
	OK(haul_dma_list_unmap(&list, 192));
	end();
}

/* The last one fails while it is done: those before it are whose they were, and what
 * they hold can be handed over again. */
Test(dma_list, what_fails_in_the_middle_is_undone)
{
	const struct haul_iovec pieces[] = {{buffer, 64}, {buffer + 1024, 64}, {buffer + 2048, 64}};

	for (unsigned bounced = 0; bounced < 2; bounced++) {
		begin((struct haul_dma_limits){0});
		hal->refuses = bounced;
		memset(buffer, 0x11, TEST_HAL_BUFFER);
		OK(map(pieces, 3, MOST));
		for (unsigned fails = 1; fails <= 3; fails++) {
			hal->fail = hal->total + fails;
			FAILS(haul_dma_list_for_device(&list, 0, 192), HAUL_EIO);
			cr_assert(device_has(0, 0));
		}
		OK(haul_dma_list_for_device(&list, 0, 192));
		for (unsigned fails = 1; fails <= 3; fails++) {
			hal->fail = hal->total + fails;
			FAILS(haul_dma_list_for_cpu(&list, 0, 192), HAUL_EIO);
			cr_assert(device_has(0, 192));
			hal->fail = hal->total + fails;
			FAILS(haul_dma_list_unmap(&list, 192), HAUL_EIO);
			cr_assert(device_has(0, 192));
		}
		if (bounced) /* the device writes on */
			memset(hal->arena.image, 0x22, (size_t)TEST_HAL_PAGES * PAGE);
		OK(haul_dma_list_for_cpu(&list, 0, 192));
		for (unsigned i = 0; i < 3; i++)
			cr_assert(buffer[i * 1024 + 63] == (bounced ? 0x22 : 0x11));
		OK(haul_dma_list_unmap(&list, 0));
		end();
	}
}

Test(dma_list, unmap_takes_back_what_was_used)
{
	const struct haul_iovec pieces[] = {{buffer, 10}, {buffer + 100, 20}, {buffer + 200, 5}};

	for (size_t used = 0; used <= 35; used++) {
		size_t at = 0;

		begin((struct haul_dma_limits){.coherent = true});
		hal->refuses = true;
		memset(buffer, 0x11, 1024);
		OK(map(pieces, 3, MOST));
		OK(haul_dma_list_for_device(&list, 0, 35));
		memset(hal->arena.image, 0x22, (size_t)TEST_HAL_PAGES * PAGE);
		OK(haul_dma_list_unmap(&list, used));
		for (unsigned i = 0; i < 3; i++)
			for (size_t b = 0; b < pieces[i].len; b++, at++)
				cr_assert(((unsigned char *)pieces[i].base)[b] ==
					  (at < used ? 0x22 : 0x11));
		end();
	}
}

/*
 * Random pieces and limits, against a byte for each: the device gets every byte once, in
 * order, in segments that keep every limit, and no two of which could have been one.
 */
static size_t random_pieces(uint64_t *random, struct haul_iovec *pieces)
{
	const size_t count = 1 + test_random_below(random, 8);
	size_t at = test_random_below(random, 64) * 16;

	for (size_t i = 0; i < count; i++) {
		const bool together = test_random_below(random, 2);
		size_t len = 1 + test_random_below(random, 300);

		if (test_random_below(random, 2))
			len = (len + 15) & ~(size_t)15;
		if (!together)
			at = test_random_below(random, TEST_HAL_BUFFER - 400);
		if (at > TEST_HAL_BUFFER - 400)
			at = 0;
		pieces[i] = (struct haul_iovec){buffer + at, len};
		at += len;
	}
	return count;
}

static size_t room_at(const struct haul_dma_limits *limits, uint64_t iova)
{
	size_t room = limits->segment_max ? limits->segment_max : SIZE_MAX;

	if (limits->segment_max && limits->align)
		room -= room % limits->align;
	if (limits->boundary && room > limits->boundary - iova % limits->boundary)
		room = (size_t)(limits->boundary - iova % limits->boundary);
	return room;
}

static void check_segments(const struct haul_dma_limits *limits)
{
	size_t i = 0, used = 0;

	for (size_t s = 0; s < list.nstreams; s++) {
		for (size_t b = 0; b < streams[s].size; b++) {
			if (used == segments[i].len) {
				i++;
				used = 0;
			}
			cr_assert(i < list.nsegments);
			cr_assert(segments[i].iova.value + used == streams[s].iova.value + b);
			used++;
		}
	}
	cr_assert(i + 1 == list.nsegments && used == segments[i].len);
	for (i = 0; i < list.nsegments; i++) {
		const uint64_t iova = segments[i].iova.value;
		const size_t room = room_at(limits, iova);

		cr_assert(segments[i].len && segments[i].len <= room);
		cr_assert(!limits->align || iova % limits->align == 0);
		if (i + 1 < list.nsegments && segments[i].len < room)
			cr_assert(iova + segments[i].len != segments[i + 1].iova.value);
	}
}

Test(dma_list, segments_are_all_bytes_in_order_within_limits)
{
	uint64_t random = test_seed();

	for (unsigned round = 0; round < 2000; round++) {
		struct haul_dma_limits limits = {.reach = UINT64_MAX, .coherent = true};
		struct haul_iovec pieces[8];
		size_t count;

		if (test_random_below(&random, 2))
			limits.align = (size_t)1 << test_random_below(&random, 7);
		if (test_random_below(&random, 2))
			limits.boundary = (uint64_t)64 << test_random_below(&random, 6);
		if (test_random_below(&random, 2))
			limits.segment_max = 64 + test_random_below(&random, 200);
		begin(limits);
		count = random_pieces(&random, pieces);
		if (!test_random_below(&random, 4))
			hal->refuses = true;
		OK(map(pieces, count, TEST_HAL_BUFFER));
		check_segments(&limits);
		OK(haul_dma_list_unmap(&list, 0));
		end();
	}
}
