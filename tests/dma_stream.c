/* SPDX-License-Identifier: MIT */
/* Streams and coherent buffers: how they are backed, what hand-overs take, who has what. */
#include "test.h"
#include "test_hal.h"
#include <haul/dma.h>
#include <string.h>

#define OK(call) cr_assert((call) == 0)
#define FAILS(call, error) cr_assert((call) == -(error))

enum {
	TO = HAUL_DMA_TO_DEVICE,
	FROM = HAUL_DMA_FROM_DEVICE,
	BOTH = HAUL_DMA_BOTH,
	BLOCK = TEST_HAL_BLOCK,
	PAGE = TEST_HAL_PAGE,
	CLEAN = 1 << HAUL_CACHE_CLEAN,
	FLUSH = 1 << HAUL_CACHE_FLUSH,
	INVALIDATE = 1 << HAUL_CACHE_INVALIDATE,
	ALL = CLEAN | FLUSH | INVALIDATE
};

static struct test_hal *hal;
static struct haul_dma_device device;
static struct haul_dma_stream stream;
static unsigned char *const buffer = test_hal_buffer;

static void init(struct haul_dma_limits limits)
{
	memset(&stream, 0, sizeof stream);
	OK(haul_dma_device_init(&device, &hal->hal, &limits));
}

/* A device that is coherent, or caches that can do these. */
static void begin(bool coherent, unsigned ops)
{
	hal = test_hal_begin();
	test_hal_cache(hal, ops);
	init((struct haul_dma_limits){.reach = UINT64_MAX, .coherent = coherent});
}

static void end(void)
{
	cr_assert(test_hal_idle(hal));
	OK(haul_dma_device_end(&device));
}

static enum haul_dma_direction direction_of(unsigned bits)
{
	return (enum haul_dma_direction)bits;
}

static int map(size_t off, size_t size, unsigned direction, unsigned flags)
{
	return haul_dma_map(&stream, &device, buffer + off, size, direction_of(direction), flags);
}

static int alloc(size_t size, unsigned direction, unsigned flags)
{
	return haul_dma_alloc(&stream, &device, size, direction_of(direction), flags);
}

/* What the device reaches, as it sees it. */
static unsigned char *device_sees(const struct haul_dma_stream *of)
{
	const uint64_t iova = of->iova.value;

	if (iova >= TEST_HAL_BUFFER_IOVA)
		return buffer + (iova - TEST_HAL_BUFFER_IOVA);
	return hal->arena.image + (iova - TEST_HAL_POOL_IOVA);
}

static void fill(unsigned char *p, size_t size, unsigned salt)
{
	for (size_t i = 0; i < size; i++)
		p[i] = (unsigned char)(i * 7 + salt);
}

static bool all(const unsigned char *p, size_t size, unsigned char value)
{
	for (size_t i = 0; i < size; i++)
		if (p[i] != value)
			return false;
	return true;
}

/* The last cache operation, and no more since there were `before`. */
static void check_op(unsigned before, enum haul_cache_op op, size_t off, size_t len)
{
	const struct test_hal_op *const last = &hal->ops[before];

	cr_assert(hal->nops == before + 1, "%u operations", hal->nops - before);
	cr_assert(last->op == op, "operation %d", (int)last->op);
	cr_assert(last->size == len);
	cr_assert(last->phys.value == stream.phys.value + off);
	if (stream.backing == HAUL_DMA_DIRECT)
		cr_assert(last->virt == (unsigned char *)stream.virt + off);
	else
		cr_assert(last->virt == (unsigned char *)stream.memory.virt + off);
}

/* The reason why caches cannot be maintained for that direction, from the manuals' table:
 * lines are cleaned before, and for what a device writes dropped after. */
static bool can_maintain(unsigned ops, unsigned direction)
{
	const bool before = ops & (CLEAN | FLUSH), after = ops & (INVALIDATE | FLUSH);

	return direction == TO ? before : before && after;
}

Test(dma_stream, mapped_memory_is_backed_as_the_table_says)
{
	for (unsigned i = 0; i < 2 * 8 * 2 * 2 * 2 * 3; i++) {
		const bool coherent = i & 1, alias = i & 2, refuses = i & 4, blocks = i & 8;
		const unsigned ops = i >> 4 & 7, direction = 1 + (i >> 7) % 3;
		const bool maintains = can_maintain(ops, direction);
		unsigned why = 0;
		int err;

		hal = test_hal_begin();
		test_hal_cache(hal, ops);
		if (!alias)
			test_hal_no_alias(hal);
		hal->refuses = refuses;
		init((struct haul_dma_limits){.reach = UINT64_MAX, .coherent = coherent});
		err = map(blocks ? 4 * BLOCK : 4 * BLOCK + 1, 5 * BLOCK, direction, 0);
		if (!coherent && !maintains)
			why = HAUL_DMA_WHY_CACHE;
		else if (!coherent && !blocks && direction != TO)
			why = HAUL_DMA_WHY_BLOCK;
		else if (refuses)
			why = HAUL_DMA_WHY_REACH;
		cr_assert(stream.why == why, "case %u: %u", i, stream.why);
		if (why == HAUL_DMA_WHY_CACHE && !alias) {
			cr_assert(err == -HAUL_ENOTSUP, "case %u: %d", i, err);
			cr_assert(hal->total == 1); /* described */
			end();
			continue;
		}
		cr_assert(err == 0, "case %u: %d", i, err);
		cr_assert(stream.backing == (why ? HAUL_DMA_BOUNCE : HAUL_DMA_DIRECT));
		cr_assert(!stream.alias == (why != HAUL_DMA_WHY_CACHE));
		cr_assert(stream.granule ==
			  (coherent || direction == TO || stream.alias ? 1 : BLOCK));
		cr_assert(stream.virt == buffer + (blocks ? 4 * BLOCK : 4 * BLOCK + 1));
		cr_assert(stream.size == 5 * BLOCK && stream.direction == direction_of(direction));
		cr_assert(stream.phys.value == stream.iova.value + TEST_HAL_PHYS_PLUS);
		OK(haul_dma_for_device(&stream, 0, 5 * BLOCK));
		OK(haul_dma_unmap(&stream, 5 * BLOCK));
		end();
	}
}

Test(dma_stream, allocated_memory_is_backed_as_the_table_says)
{
	for (unsigned i = 0; i < 2 * 2 * 8 * 3; i++) {
		const bool coherent = i & 1, alias = i & 2;
		const unsigned ops = i >> 2 & 7, direction = 1 + (i >> 5) % 3;
		const bool why = !coherent && !can_maintain(ops, direction);
		int err;

		hal = test_hal_begin();
		test_hal_cache(hal, ops);
		if (!alias)
			test_hal_no_alias(hal);
		init((struct haul_dma_limits){.reach = UINT64_MAX, .coherent = coherent});
		err = alloc(1000, direction, 0);
		cr_assert(stream.why == (why ? HAUL_DMA_WHY_CACHE : 0u));
		if (why && !alias) {
			cr_assert(err == -HAUL_ENOTSUP && hal->total == 1);
			end();
			continue;
		}
		cr_assert(err == 0, "case %u: %d", i, err);
		cr_assert(stream.backing == (why ? HAUL_DMA_UNCACHED : HAUL_DMA_DIRECT));
		cr_assert(stream.virt == (why ? hal->arena.image : hal->arena.view));
		cr_assert(stream.granule == (coherent || direction == TO || why ? 1 : BLOCK));
		cr_assert(stream.size == 1000 && stream.memory.size == 1024);
		cr_assert(all(stream.virt, 1024, 0));
		cr_assert(stream.iova.value == TEST_HAL_POOL_IOVA);
		OK(haul_dma_for_device(&stream, 0, 1000));
		cr_assert(hal->nops == (coherent || why ? 0 : 2)); /* the zeros, then this */
		OK(haul_dma_unmap(&stream, 0));
		end();
	}
}

Test(dma_stream, what_hand_overs_do_to_caches)
{
	for (unsigned i = 0; i < 8 * 3 * 2; i++) {
		const unsigned ops = i & 7, direction = 1 + (i >> 3) % 3;
		const bool bounced = i >> 3 >= 3;
		const unsigned zeros = bounced; /* an operation for those of bounce memory */
		const enum haul_cache_op hand_op =
			ops & CLEAN ? HAUL_CACHE_CLEAN : HAUL_CACHE_FLUSH;

		if (!can_maintain(ops, direction))
			continue;
		begin(false, ops);
		hal->refuses = bounced;
		OK(map(0, 16 * BLOCK, direction, 0));
		cr_assert(hal->nops == zeros);
		if (zeros)
			check_op(0, hand_op, 0, stream.memory.size);
		/* a dirty line is written before, whatever the direction (zephyr#42206) */
		OK(haul_dma_for_device(&stream, 2 * BLOCK, 9 * BLOCK));
		check_op(zeros, hand_op, 2 * BLOCK, 9 * BLOCK);
		/* a stale one is dropped after; one that may be dirty is not written over what
		 * the device has written, if that can be helped */
		OK(haul_dma_for_cpu(&stream, 3 * BLOCK, 2 * BLOCK));
		if (direction == TO)
			cr_assert(hal->nops == zeros + 1);
		else
			check_op(zeros + 1,
				 ops & INVALIDATE ? HAUL_CACHE_INVALIDATE : HAUL_CACHE_FLUSH,
				 3 * BLOCK, 2 * BLOCK);
		OK(haul_dma_unmap(&stream, 0));
		cr_assert(hal->nops == zeros + (direction == TO ? 1 : 2));
		end();
	}
}

Test(dma_stream, what_may_be_dirty_is_never_flushed_over_the_device_data)
{
	begin(false, ALL);
	OK(alloc(PAGE, BOTH, 0));
	OK(haul_dma_for_device(&stream, 0, PAGE));
	OK(haul_dma_for_cpu(&stream, 0, PAGE));
	check_op(2, HAUL_CACHE_INVALIDATE, 0, PAGE); /* after the zeros, and the hand-over */
	OK(haul_dma_unmap(&stream, 0));
	end();
}

Test(dma_stream, coherent_streams_take_nothing)
{
	for (unsigned direction = TO; direction <= BOTH; direction++) {
		struct haul_dma_stats stats;

		begin(true, 0);
		OK(map(1, 1000, direction, HAUL_DMA_NO_SYNC | HAUL_DMA_NO_BOUNCE));
		for (unsigned i = 0; i < 5; i++) {
			OK(haul_dma_for_device(&stream, 0, 1000));
			FAILS(haul_dma_for_device(&stream, 0, 1000), HAUL_EBUSY);
			OK(haul_dma_for_cpu(&stream, 0, 1000));
			FAILS(haul_dma_for_cpu(&stream, 0, 1000), HAUL_EBUSY);
		}
		OK(haul_dma_unmap(&stream, 1000));
		cr_assert(hal->calls[TEST_HAL_CACHE] == 0 && hal->calls[TEST_HAL_ALLOC] == 0);
		haul_dma_stats_get(&device, &stats);
		cr_assert(stats.syncs == 0 && stats.syncs_skipped == 10);
		end();
	}
}

/* Coherence says nothing of copies: a coherent device has its bounce memory filled too. */
Test(dma_stream, bounce_memory_holds_what_is_handed_over)
{
	for (unsigned i = 0; i < 3 * 3; i++) {
		const unsigned direction = 1 + i % 3, mode = i / 3;
		unsigned char *seen;

		begin(mode == 0, mode == 1 ? ALL : 0);
		hal->refuses = true;
		fill(buffer, 1024, 1);
		OK(map(0, 1000, direction, 0));
		cr_assert(stream.backing == HAUL_DMA_BOUNCE);
		seen = device_sees(&stream);
		cr_assert(all(seen, 1024, 0));
		OK(haul_dma_for_device(&stream, 128, 256));
		cr_assert(all(seen, 128, 0) && all(seen + 384, 1024 - 384, 0));
		cr_assert(memcmp(seen + 128, buffer + 128, 256) == 0);
		memset(seen, 0xee, 1000);
		OK(haul_dma_for_cpu(&stream, 192, 128));
		if (direction == TO)
			cr_assert(buffer[192] == (unsigned char)(192 * 7 + 1));
		else
			cr_assert(all(buffer + 192, 128, 0xee));
		cr_assert(buffer[191] == (unsigned char)(191 * 7 + 1));
		cr_assert(buffer[320] == (unsigned char)(320 * 7 + 1));
		OK(haul_dma_unmap(&stream, 0));
		cr_assert(buffer[191] == (unsigned char)(191 * 7 + 1));
		end();
	}
}

/* What the device does not write is what was there before. */
Test(dma_stream, a_short_transfer_leaves_the_rest)
{
	begin(true, 0);
	hal->refuses = true;
	fill(buffer, 1000, 3);
	OK(map(0, 1000, FROM, 0));
	OK(haul_dma_for_device(&stream, 0, 1000));
	memset(device_sees(&stream), 0x11, 100);
	OK(haul_dma_for_cpu(&stream, 0, 1000));
	cr_assert(all(buffer, 100, 0x11));
	for (size_t i = 100; i < 1000; i++)
		cr_assert(buffer[i] == (unsigned char)(i * 7 + 3));
	OK(haul_dma_unmap(&stream, 0));
	end();
}

Test(dma_stream, what_need_not_reach_the_device_is_not_copied)
{
	for (unsigned direction = TO; direction <= BOTH; direction++) {
		begin(true, 0);
		hal->refuses = true;
		fill(buffer, 1000, 3);
		OK(map(0, 1000, direction, HAUL_DMA_UNINIT));
		OK(haul_dma_for_device(&stream, 0, 1000));
		if (direction == FROM)
			cr_assert(all(device_sees(&stream), 1024, 0));
		else
			cr_assert(memcmp(device_sees(&stream), buffer, 1000) == 0);
		OK(haul_dma_unmap(&stream, 0));
		OK(alloc(1000, direction, HAUL_DMA_UNINIT));
		cr_assert(all(stream.virt, 1000, TEST_HAL_JUNK));
		OK(haul_dma_unmap(&stream, 0));
		end();
	}
}

Test(dma_stream, unmap_takes_back_what_was_used)
{
	for (size_t used = 0; used <= 1000; used += 50) {
		begin(false, ALL);
		hal->refuses = true;
		fill(buffer, 1000, 3);
		OK(map(0, 1000, FROM, HAUL_DMA_UNINIT));
		OK(haul_dma_for_device(&stream, 0, 512));
		OK(haul_dma_for_device(&stream, 640, 360));
		memset(device_sees(&stream), 0x11, 1000);
		FAILS(haul_dma_unmap(&stream, 1001), HAUL_ERANGE);
		OK(haul_dma_unmap(&stream, used));
		for (size_t i = 0; i < 1000; i++) {
			const bool back = i < used && (i < 512 || i >= 640);

			cr_assert(buffer[i] == (back ? 0x11 : (unsigned char)(i * 7 + 3)), "%zu",
				  i);
		}
		end();
	}
}

/* A driver that moved the bytes by hand after all: what it has read must not be dropped
 * (mcuxsdk-core#25). */
Test(dma_stream, cancel_neither_copies_nor_drops)
{
	for (unsigned bounced = 0; bounced < 2; bounced++) {
		begin(false, ALL);
		hal->refuses = bounced;
		fill(buffer, 1024, 3);
		OK(map(0, 1024, FROM, 0));
		OK(haul_dma_for_device(&stream, 0, 256));
		OK(haul_dma_for_device(&stream, 512, 256));
		if (bounced)
			memset(device_sees(&stream), 0x11, 1024);
		OK(haul_dma_cancel(&stream));
		cr_assert(hal->nops == bounced + 2);
		cr_assert(haul_dma_is_cpus(&stream, 0, 1024));
		FAILS(haul_dma_for_cpu(&stream, 0, 256), HAUL_EBUSY);
		OK(haul_dma_unmap(&stream, 1024));
		for (size_t i = 0; i < 1024; i++)
			cr_assert(buffer[i] == (unsigned char)(i * 7 + 3));
		cr_assert(hal->nops == bounced + 2);
		end();
	}
}

Test(dma_stream, bad_requests_are_refused)
{
	begin(true, ALL);
	FAILS(map(0, 0, BOTH, 0), HAUL_EINVAL);
	FAILS(alloc(0, BOTH, 0), HAUL_EINVAL);
	FAILS(map(0, 1, 0, 0), HAUL_EINVAL);
	FAILS(map(0, 1, 4, 0), HAUL_EINVAL);
	FAILS(alloc(1, 7, 0), HAUL_EINVAL);
	FAILS(map(0, 1, BOTH, 8), HAUL_EINVAL);
	FAILS(alloc(1, BOTH, 1u << 31), HAUL_EINVAL);
	FAILS(map(0, SIZE_MAX, BOTH, 0), HAUL_EOVERFLOW);
	FAILS(alloc(SIZE_MAX, BOTH, 0), HAUL_EOVERFLOW);
	FAILS(alloc(TEST_HAL_PAGES * PAGE + 1, BOTH, 0), HAUL_ENOMEM);
	cr_assert(hal->total == 2); /* described; and asked for more than there is */
	/* one that could not be is none */
	FAILS(haul_dma_for_device(&stream, 0, 1), HAUL_EINVAL);
	FAILS(haul_dma_unmap(&stream, 0), HAUL_EINVAL);
	cr_assert(device.stats.maps_failed == 10 && device.stats.maps == 0);
	end();
}

Test(dma_stream, a_pool_that_is_used_up_says_so)
{
	struct haul_dma_stream most;

	begin(true, 0);
	hal->refuses = true;
	OK(haul_dma_alloc(&most, &device, (TEST_HAL_PAGES - 1) * PAGE, HAUL_DMA_BOTH, 0));
	FAILS(map(0, PAGE + 1, TO, 0), HAUL_ENOMEM);
	cr_assert(stream.why == HAUL_DMA_WHY_REACH && device.stats.maps_failed == 1);
	OK(map(0, PAGE, TO, 0));
	FAILS(haul_dma_unmap(&most, most.size + 1), HAUL_ERANGE);
	OK(haul_dma_unmap(&most, 0));
	OK(haul_dma_unmap(&stream, PAGE));
	end();
}

Test(dma_stream, ranges_are_checked)
{
	const size_t size = 1000;
	struct haul_reader reader;
	struct haul_writer writer;

	begin(true, 0);
	OK(alloc(size, BOTH, 0));
	for (unsigned i = 0; i < 2; i++) {
		OK(haul_dma_for_device(&stream, 0, 0));
		OK(haul_dma_for_device(&stream, size, 0));
		OK(haul_dma_for_cpu(&stream, size, 0));
		FAILS(haul_dma_for_device(&stream, size, 1), HAUL_ERANGE);
		FAILS(haul_dma_for_device(&stream, size + 1, 0), HAUL_ERANGE);
		FAILS(haul_dma_for_device(&stream, 1, size), HAUL_ERANGE);
		FAILS(haul_dma_for_device(&stream, 1, SIZE_MAX), HAUL_ERANGE);
		FAILS(haul_dma_for_cpu(&stream, SIZE_MAX, 2), HAUL_ERANGE);
		FAILS(haul_dma_for_cpu(&stream, 0, size + 1), HAUL_ERANGE);
		FAILS(haul_dma_reader(&stream, 1, size, &reader), HAUL_ERANGE);
		FAILS(haul_dma_writer(&stream, SIZE_MAX, SIZE_MAX, &writer), HAUL_ERANGE);
		cr_assert(!haul_dma_is_cpus(&stream, 1, size));
		cr_assert(haul_dma_is_cpus(&stream, size, 0));
		if (!i)
			OK(haul_dma_for_device(&stream, 100, 100));
	}
	OK(haul_dma_unmap(&stream, 0));
	FAILS(haul_dma_unmap(&stream, 0), HAUL_EINVAL);
	FAILS(haul_dma_for_device(&stream, 0, 0), HAUL_EINVAL);
	FAILS(haul_dma_for_cpu(&stream, 0, 1), HAUL_EINVAL);
	FAILS(haul_dma_cancel(&stream), HAUL_EINVAL);
	FAILS(haul_dma_reader(&stream, 0, 1, &reader), HAUL_EINVAL);
	FAILS(haul_dma_writer(&stream, 0, 1, &writer), HAUL_EINVAL);
	FAILS(haul_dma_split(&stream, PAGE, &stream, &stream), HAUL_EINVAL);
	cr_assert(!haul_dma_is_cpus(&stream, 0, 0));
	end();
}

Test(dma_stream, nothing_is_done_to_one_that_never_was)
{
	struct haul_dma_stream none = {0}, other;
	struct haul_reader reader;

	FAILS(haul_dma_for_device(&none, 0, 0), HAUL_EINVAL);
	FAILS(haul_dma_for_cpu(&none, 0, 0), HAUL_EINVAL);
	FAILS(haul_dma_cancel(&none), HAUL_EINVAL);
	FAILS(haul_dma_reader(&none, 0, 0, &reader), HAUL_EINVAL);
	FAILS(haul_dma_split(&none, 1, &none, &other), HAUL_EINVAL);
	FAILS(haul_dma_unmap(&none, 0), HAUL_EINVAL);
}

Test(dma_stream, parts_of_blocks_are_refused)
{
	begin(false, ALL);
	for (unsigned bounced = 0; bounced < 2; bounced++) {
		hal->refuses = bounced;
		OK(map(0, bounced ? 1000 : 1024, FROM, 0));
		cr_assert(stream.granule == BLOCK);
		FAILS(haul_dma_for_device(&stream, 0, 63), HAUL_EINVAL);
		FAILS(haul_dma_for_device(&stream, 0, 65), HAUL_EINVAL);
		FAILS(haul_dma_for_device(&stream, 1, 63), HAUL_EINVAL);
		FAILS(haul_dma_for_device(&stream, 960, stream.size - 961), HAUL_EINVAL);
		OK(haul_dma_for_device(&stream, 960, stream.size - 960));
		OK(haul_dma_for_device(&stream, 63, 0));
		FAILS(haul_dma_for_cpu(&stream, 992, stream.size - 992), HAUL_EINVAL);
		OK(haul_dma_for_cpu(&stream, 960, stream.size - 960));
		OK(haul_dma_unmap(&stream, 0));
	}
	/* the device only reads: a whole block is cleaned, no more than that */
	hal->refuses = false;
	OK(map(3, 1000, TO, 0));
	cr_assert(stream.backing == HAUL_DMA_DIRECT && stream.granule == 1);
	hal->nops = 0;
	OK(haul_dma_for_device(&stream, 1, 64));
	check_op(0, HAUL_CACHE_CLEAN, 1, 64);
	OK(haul_dma_unmap(&stream, 0));
	end();
}

Test(dma_stream, limits_are_kept)
{
	begin(true, 0);
	/* reach: the buffer is beyond it, the pool is not */
	init((struct haul_dma_limits){.reach = TEST_HAL_BUFFER_IOVA + 999, .coherent = true});
	OK(map(0, 1000, TO, 0));
	cr_assert(stream.backing == HAUL_DMA_DIRECT && stream.why == 0);
	OK(haul_dma_unmap(&stream, 0));
	OK(map(0, 1001, TO, 0));
	cr_assert(stream.backing == HAUL_DMA_BOUNCE && stream.why == HAUL_DMA_WHY_REACH);
	OK(haul_dma_unmap(&stream, 0));
	FAILS(map(0, 1001, TO, HAUL_DMA_NO_BOUNCE), HAUL_ENOTSUP);
	cr_assert(stream.why == HAUL_DMA_WHY_REACH);
	end();
	init((struct haul_dma_limits){.reach = TEST_HAL_POOL_IOVA - 1, .coherent = true});
	FAILS(map(0, 100, TO, 0), HAUL_ERANGE);
	FAILS(alloc(100, TO, 0), HAUL_ERANGE);
	end();
	/* align */
	init((struct haul_dma_limits){.reach = UINT64_MAX, .align = 16, .coherent = true});
	OK(map(16, 5, TO, 0));
	cr_assert(stream.backing == HAUL_DMA_DIRECT);
	OK(haul_dma_unmap(&stream, 0));
	OK(map(17, 5, TO, 0));
	cr_assert(stream.backing == HAUL_DMA_BOUNCE && stream.why == HAUL_DMA_WHY_ALIGN);
	OK(haul_dma_unmap(&stream, 0));
	FAILS(map(17, 5, TO, HAUL_DMA_NO_SYNC), HAUL_ENOTSUP);
	end();
	init((struct haul_dma_limits){.reach = UINT64_MAX, .align = 4 * PAGE, .coherent = true});
	OK(alloc(1, TO, 0));
	{
		struct haul_dma_stream second;

		OK(haul_dma_alloc(&second, &device, 1, HAUL_DMA_TO_DEVICE, 0));
		cr_assert(second.iova.value == stream.iova.value + (uint64_t)4 * PAGE);
		OK(haul_dma_unmap(&second, 0));
	}
	OK(haul_dma_unmap(&stream, 0));
	end();
	/* boundary */
	init((struct haul_dma_limits){.reach = UINT64_MAX, .boundary = 1024, .coherent = true});
	OK(map(24, 1000, TO, 0));
	cr_assert(stream.backing == HAUL_DMA_DIRECT);
	OK(haul_dma_unmap(&stream, 0));
	OK(map(25, 1000, TO, 0));
	cr_assert(stream.backing == HAUL_DMA_BOUNCE && stream.why == HAUL_DMA_WHY_ALIGN);
	cr_assert(stream.iova.value % 1024 == 0);
	OK(haul_dma_unmap(&stream, 0));
	OK(alloc(PAGE, TO, 0));
	{
		struct haul_dma_stream second;

		OK(haul_dma_alloc(&second, &device, 4 * PAGE, HAUL_DMA_TO_DEVICE, 0));
		cr_assert(second.iova.value == TEST_HAL_POOL_IOVA + (uint64_t)4 * PAGE);
		OK(haul_dma_unmap(&second, 0));
	}
	OK(haul_dma_unmap(&stream, 0));
	FAILS(map(0, 1025, TO, 0), HAUL_ENOSPC);
	FAILS(alloc(1025, TO, 0), HAUL_ENOSPC);
	end();
	init((struct haul_dma_limits){.reach = UINT64_MAX, .segment_max = 100, .coherent = true});
	OK(map(0, 100, TO, 0));
	OK(haul_dma_unmap(&stream, 0));
	FAILS(map(0, 101, TO, 0), HAUL_ENOSPC);
	FAILS(alloc(101, TO, 0), HAUL_ENOSPC);
	end();
}

Test(dma_stream, what_is_not_wanted_is_refused)
{
	begin(false, ALL);
	FAILS(map(0, 1024, TO, HAUL_DMA_NO_SYNC), HAUL_ENOTSUP);
	cr_assert(stream.why == HAUL_DMA_WHY_CACHE);
	OK(map(0, 1024, FROM, HAUL_DMA_NO_BOUNCE));
	OK(haul_dma_unmap(&stream, 0));
	FAILS(map(1, 1024, FROM, HAUL_DMA_NO_BOUNCE), HAUL_ENOTSUP);
	cr_assert(stream.why == HAUL_DMA_WHY_BLOCK);
	FAILS(map(0, 1023, FROM, HAUL_DMA_NO_BOUNCE), HAUL_ENOTSUP);
	cr_assert(stream.why == HAUL_DMA_WHY_BLOCK);
	/* memory of its own can be had without either */
	OK(alloc(1024, BOTH, HAUL_DMA_NO_SYNC | HAUL_DMA_NO_BOUNCE));
	cr_assert(stream.backing == HAUL_DMA_UNCACHED);
	OK(haul_dma_for_device(&stream, 0, 1024));
	OK(haul_dma_unmap(&stream, 1024));
	cr_assert(hal->nops == 0);
	end();
	hal = test_hal_begin();
	test_hal_no_alias(hal);
	init((struct haul_dma_limits){.reach = UINT64_MAX});
	FAILS(alloc(1024, BOTH, HAUL_DMA_NO_SYNC), HAUL_ENOTSUP);
	cr_assert(stream.why == HAUL_DMA_WHY_CACHE);
	end();
}

Test(dma_stream, cursors_obey_direction_and_owner)
{
	for (unsigned i = 0; i < 2 * 2 * 3; i++) {
		const bool allocated = i & 1, bounced = i & 2;
		const unsigned direction = 1 + i / 4;
		struct haul_reader reader = {0};
		struct haul_writer writer = {0};

		begin(true, 0);
		hal->refuses = bounced;
		OK(allocated ? alloc(1000, direction, 0) : map(8, 1000, direction, 0));
		OK(haul_dma_for_device(&stream, 100, 100));
		if (direction == TO) {
			FAILS(haul_dma_reader(&stream, 0, 1, &reader), HAUL_EACCES);
		} else {
			FAILS(haul_dma_reader(&stream, 0, 101, &reader), HAUL_EBUSY);
			FAILS(haul_dma_reader(&stream, 199, 1, &reader), HAUL_EBUSY);
			cr_assert(!reader.at);
			OK(haul_dma_reader(&stream, 200, 800, &reader));
			cr_assert(reader.at == (unsigned char *)stream.virt + 200);
			cr_assert(reader.remain == 800);
			cr_assert(reader.kind ==
				  (allocated ? HAUL_MEMORY_PLAIN : HAUL_MEMORY_FALLIBLE));
		}
		if (direction == FROM) {
			FAILS(haul_dma_writer(&stream, 0, 1, &writer), HAUL_EACCES);
		} else {
			FAILS(haul_dma_writer(&stream, 150, 1, &writer), HAUL_EBUSY);
			cr_assert(!writer.at);
			OK(haul_dma_writer(&stream, 0, 100, &writer));
			cr_assert(writer.at == stream.virt && writer.avail == 100);
			cr_assert(writer.kind ==
				  (allocated ? HAUL_MEMORY_PLAIN : HAUL_MEMORY_FALLIBLE));
		}
		OK(haul_dma_unmap(&stream, 0));
		end();
	}
}

static void check_halves(const struct haul_dma_stream *first, const struct haul_dma_stream *second,
			 size_t off)
{
	cr_assert(first->size == off && second->size == 1000 - off);
	cr_assert((unsigned char *)second->virt == (unsigned char *)first->virt + off);
	cr_assert(second->iova.value == first->iova.value + off);
	cr_assert(second->phys.value == first->phys.value + off);
	cr_assert(first->memory.size == off);
	cr_assert((unsigned char *)second->memory.virt ==
		  (unsigned char *)first->memory.virt + off);
}

/* In every backing; the one may be unmapped without the other, in either order. */
Test(dma_stream, halves_are_streams_of_their_own)
{
	for (unsigned i = 0; i < 5 * 2 * 2; i++) {
		const unsigned mode = i % 5;
		const bool place = i / 5 % 2, order = i / 10;
		struct haul_dma_stream other, another, *first = place ? &stream : &other;
		struct haul_dma_stream *const second = &another;

		begin(mode == 0 || mode == 1, mode == 3 || mode == 4 ? 0 : ALL);
		hal->refuses = mode == 1 || mode == 3;
		fill(buffer, 1024, 1);
		OK(mode == 2 || mode == 4 ? alloc(1000, BOTH, 0) : map(0, 1000, BOTH, 0));
		OK(haul_dma_for_device(&stream, 64, 576));
		FAILS(haul_dma_split(&stream, 0, first, second), HAUL_EINVAL);
		FAILS(haul_dma_split(&stream, 1, first, second), HAUL_EINVAL);
		FAILS(haul_dma_split(&stream, 1000, first, second), HAUL_EINVAL);
		FAILS(haul_dma_split(&stream, 1024, first, second), HAUL_EINVAL);
		OK(haul_dma_split(&stream, 512, first, second));
		cr_assert(device.stats.maps_live == 2);
		check_halves(first, second, 512);
		if (!place)
			FAILS(haul_dma_unmap(&stream, 0), HAUL_EINVAL);
		cr_assert(haul_dma_is_cpus(first, 0, 64) && !haul_dma_is_cpus(first, 511, 1));
		cr_assert(!haul_dma_is_cpus(second, 0, 1) && haul_dma_is_cpus(second, 128, 360));
		/* neither reaches into the other (asterinas#3920) */
		FAILS(haul_dma_for_cpu(first, 448, 128), HAUL_ERANGE);
		FAILS(haul_dma_for_cpu(first, 512, 64), HAUL_ERANGE);
		FAILS(haul_dma_for_device(second, 448, 64), HAUL_ERANGE);
		memset(device_sees(first), 0x22, 512);
		memset(device_sees(second), 0x33, 488);
		OK(haul_dma_for_cpu(second, 0, 128));
		cr_assert(all(second->virt, 128, 0x33));
		OK(haul_dma_unmap(order ? first : second, order ? first->size : second->size));
		cr_assert(!test_hal_idle(hal));
		OK(haul_dma_for_device(order ? second : first, 0, 64));
		OK(haul_dma_unmap(order ? second : first, 0));
		end();
	}
}

Test(dma_stream, halves_can_be_halved)
{
	struct haul_dma_stream parts[4];

	begin(true, 0);
	OK(alloc(4 * PAGE, TO, 0));
	OK(haul_dma_for_device(&stream, 0, PAGE));
	OK(haul_dma_for_device(&stream, 3 * PAGE, PAGE));
	OK(haul_dma_split(&stream, 2 * PAGE, &parts[0], &parts[2]));
	OK(haul_dma_split(&parts[0], PAGE, &parts[0], &parts[1]));
	OK(haul_dma_split(&parts[2], PAGE, &parts[2], &parts[3]));
	for (unsigned i = 0; i < 4; i++)
		cr_assert(parts[i].iova.value == TEST_HAL_POOL_IOVA + (uint64_t)i * PAGE &&
			  parts[i].size == PAGE);
	FAILS(haul_dma_split(&parts[0], PAGE / 2, &parts[0], &stream), HAUL_EINVAL);
	cr_assert(parts[0].pieces == 1 && parts[1].pieces == 0);
	cr_assert(parts[2].pieces == 0 && parts[3].pieces == 1);
	OK(haul_dma_unmap(&parts[2], 0));
	OK(haul_dma_unmap(&parts[0], 0));
	OK(haul_dma_unmap(&parts[3], 0));
	OK(haul_dma_unmap(&parts[1], 0));
	end();
	hal->hal.flags = 0;
	OK(alloc(4 * PAGE, TO, 0));
	FAILS(haul_dma_split(&stream, PAGE, &parts[0], &parts[1]), HAUL_ENOTSUP);
	OK(haul_dma_unmap(&stream, 0));
	end();
}

/* A Hal that shares whole pages: the stream is somewhere in them. */
static void whole_pages(struct haul_hal_memory *memory)
{
	memory->virt = (unsigned char *)memory->virt - 8;
	memory->iova.value -= 8;
	memory->phys.value -= 8;
	memory->size = (memory->size + 8 + PAGE - 1) / PAGE * PAGE;
}

Test(dma_stream, pages_are_those_of_the_memory)
{
	struct haul_dma_stream second;

	begin(true, 0);
	hal->lie = whole_pages;
	OK(map(8, 1000, TO, 0));
	cr_assert(stream.virt == buffer + 8 && stream.memory.virt == buffer);
	cr_assert(stream.iova.value == TEST_HAL_BUFFER_IOVA + 8);
	cr_assert(stream.phys.value == TEST_HAL_BUFFER_IOVA + TEST_HAL_PHYS_PLUS + 8);
	FAILS(haul_dma_split(&stream, PAGE, &stream, &second), HAUL_EINVAL);
	OK(haul_dma_split(&stream, PAGE - 8, &stream, &second));
	cr_assert(stream.size == PAGE - 8 && stream.memory.size == PAGE);
	cr_assert(second.size == 1000 - (PAGE - 8) && second.virt == buffer + PAGE);
	cr_assert(second.iova.value == TEST_HAL_BUFFER_IOVA + PAGE);
	cr_assert(second.memory.virt == buffer + PAGE && second.memory.size == 1024 - PAGE);
	OK(haul_dma_unmap(&stream, 0));
	OK(haul_dma_unmap(&second, 0));
	end();
}

Test(dma_stream, what_is_counted)
{
	struct haul_dma_stream second, third;
	struct haul_dma_stats stats;

	begin(false, ALL);
	OK(map(0, 1024, FROM, 0));
	hal->refuses = true;
	OK(haul_dma_map(&second, &device, buffer + 2048, 512, HAUL_DMA_BOTH, 0));
	FAILS(haul_dma_alloc(&third, &device, 0, HAUL_DMA_BOTH, 0), HAUL_EINVAL);
	FAILS(haul_dma_device_end(&device), HAUL_EBUSY);
	OK(haul_dma_for_device(&stream, 0, 512));
	OK(haul_dma_for_cpu(&stream, 0, 256));
	OK(haul_dma_for_device(&second, 0, 512));
	OK(haul_dma_for_cpu(&second, 0, 128));
	haul_dma_stats_get(&device, &stats);
	cr_assert(stats.maps == 2 && stats.maps_live == 2 && stats.maps_peak == 2);
	cr_assert(stats.maps_failed == 1 && stats.bytes_live == 1536);
	cr_assert(stats.syncs == 0); /* a stream's are added when it ends */
	OK(haul_dma_unmap(&stream, 0));
	OK(haul_dma_split(&second, 256, &second, &third));
	haul_dma_stats_get(&device, &stats);
	cr_assert(stats.maps_live == 2 && stats.bytes_live == 512);
	OK(haul_dma_unmap(&second, 256));
	OK(haul_dma_unmap(&third, 64));
	haul_dma_stats_get(&device, &stats);
	cr_assert(stats.maps == 3 && stats.maps_live == 0 && stats.maps_peak == 2);
	cr_assert(stats.bytes_live == 0);
	cr_assert(stats.syncs == 6, "%u", (unsigned)stats.syncs);
	cr_assert(stats.syncs_skipped == 0);
	cr_assert(stats.bytes_bounced == 512 + 128 + 128 + 64);
	/* the zeros of bounce memory among them */
	cr_assert(stats.bytes_synced == 512 + 512 + 256 + 512 + 128 + 128 + 64);
	end();
}

/* Memory that goes away under a copy: it says so, and nobody's turn has come. */
Test(dma_stream, memory_that_is_gone_is_an_error)
{
	test_faults_begin();
	for (unsigned i = 0; i < 2; i++) {
		struct haul_dma_range range;
		struct arena *arena;
		unsigned char *end_of_page;
		size_t last;

		begin(!i, ALL);
		arena = &hal->arena;
		last = arena->pages - 1;
		end_of_page = arena->view + last * arena->page;
		OK(haul_dma_map(&stream, &device, end_of_page - 512, 1024, HAUL_DMA_BOTH, 0));
		cr_assert(stream.backing == HAUL_DMA_BOUNCE);
		OK(haul_dma_for_device(&stream, 448, 128));
		range = stream.device_has[0];
		arena_protect(arena, last, 1, ARENA_NO_ACCESS);
		FAILS(haul_dma_for_device(&stream, 576, 64), HAUL_EFAULT);
		FAILS(haul_dma_for_cpu(&stream, 448, 128), HAUL_EFAULT);
		FAILS(haul_dma_unmap(&stream, 576), HAUL_EFAULT);
		cr_assert(stream.pieces == 1 && stream.device_has[0].off == range.off &&
			  stream.device_has[0].end == range.end);
		arena_protect(arena, last, 1, ARENA_READ_ONLY);
		OK(haul_dma_for_device(&stream, 576, 64));
		FAILS(haul_dma_for_cpu(&stream, 448, 128), HAUL_EFAULT);
		OK(haul_dma_unmap(&stream, 512)); /* none of that page */
		arena_protect(arena, last, 1, ARENA_READ_WRITE);
		end();
	}
	test_faults_end();
}

/*
 * Random hand-overs of parts against a byte for each: who has it.
 */
enum { BYTES = 24 };

static unsigned pieces_of(const bool *device_has, size_t size)
{
	unsigned pieces = 0;

	for (size_t i = 0; i < size; i++)
		pieces += device_has[i] && (!i || !device_has[i - 1]);
	return pieces;
}

static int predict(const bool *device_has, bool give, size_t off, size_t len)
{
	bool after[BYTES];

	if (off > BYTES || len > BYTES - off)
		return -HAUL_ERANGE;
	memcpy(after, device_has, sizeof after);
	for (size_t i = off; i < off + len; i++) {
		if (device_has[i] == give)
			return -HAUL_EBUSY;
		after[i] = give;
	}
	return pieces_of(after, BYTES) > HAUL_DMA_PIECES ? -HAUL_ENOSPC : 0;
}

static void check_owner(const bool *device_has, uint64_t *random)
{
	const size_t off = test_random_below(random, BYTES + 1);
	const size_t len = test_random_below(random, BYTES + 1 - off);
	bool cpus = true;

	for (size_t i = off; i < off + len; i++)
		cpus &= !device_has[i];
	cr_assert(haul_dma_is_cpus(&stream, off, len) == cpus);
	for (size_t i = 0; i < BYTES; i++)
		cr_assert(haul_dma_is_cpus(&stream, i, 1) == !device_has[i]);
	cr_assert(stream.pieces == pieces_of(device_has, BYTES));
	for (unsigned i = 1; i < stream.pieces; i++)
		cr_assert(stream.device_has[i - 1].end < stream.device_has[i].off);
}

Test(dma_stream, who_has_what_matches_a_table_of_bytes)
{
	uint64_t random = test_seed();

	for (unsigned round = 0; round < 300; round++) {
		bool device_has[BYTES] = {false};

		begin(true, 0);
		OK(map(0, BYTES, BOTH, 0));
		for (unsigned step = 0; step < 60; step++) {
			const bool give = test_random_below(&random, 2);
			const bool whole = !test_random_below(&random, 8);
			const size_t off = whole ? 0 : test_random_below(&random, BYTES + 2);
			const size_t len = whole ? BYTES : test_random_below(&random, 10);
			const int want = predict(device_has, give, off, len);
			const int err = give ? haul_dma_for_device(&stream, off, len)
					     : haul_dma_for_cpu(&stream, off, len);

			cr_assert(err == want, "seed %llu: %d, %d is right",
				  (unsigned long long)test_seed(), err, want);
			for (size_t i = off; !err && i < off + len; i++)
				device_has[i] = give;
			if (!test_random_below(&random, 40)) {
				OK(haul_dma_cancel(&stream));
				memset(device_has, 0, sizeof device_has);
			}
			check_owner(device_has, &random);
		}
		OK(haul_dma_unmap(&stream, 0));
		end();
	}
}

/* The same of a stream that is split at random while the device has parts of it. */
Test(dma_stream, halves_have_what_the_whole_had)
{
	uint64_t random = test_seed();

	for (unsigned round = 0; round < 500; round++) {
		const size_t pages = 2 + test_random_below(&random, 6), size = pages * PAGE - 100;
		const size_t off = PAGE * (1 + test_random_below(&random, pages - 1));
		bool device_has[8 * PAGE] = {false};
		struct haul_dma_stream second;

		begin(true, 0);
		OK(alloc(size, BOTH, 0));
		for (unsigned i = 0; i < 6; i++) {
			const size_t at = test_random_below(&random, size);
			const size_t len = test_random_below(&random, size - at);

			if (haul_dma_for_device(&stream, at, len) == 0)
				memset(device_has + at, true, len);
		}
		OK(haul_dma_split(&stream, off, &stream, &second));
		for (size_t i = 0; i < size; i++)
			cr_assert(haul_dma_is_cpus(i < off ? &stream : &second,
						   i < off ? i : i - off, 1) == !device_has[i]);
		OK(haul_dma_unmap(&second, second.size));
		OK(haul_dma_unmap(&stream, off));
		end();
	}
}

Test(dma_stream, backings_have_names)
{
	cr_assert(strcmp(haul_dma_backing_text(HAUL_DMA_DIRECT), "direct") == 0);
	cr_assert(strcmp(haul_dma_backing_text(HAUL_DMA_UNCACHED), "uncached") == 0);
	cr_assert(strcmp(haul_dma_backing_text(HAUL_DMA_BOUNCE), "bounce") == 0);
	cr_assert(haul_dma_backing_text((enum haul_dma_backing)77));
}

Test(dma_coherent, buffers_are_both_sides_at_once)
{
	for (unsigned coherent = 0; coherent < 2; coherent++) {
		struct haul_dma_coherent ring;
		struct haul_reader reader;
		struct haul_writer writer;

		begin(coherent, 0);
		OK(haul_dma_coherent_alloc(&ring, &device, 1000, 0));
		cr_assert(ring.size == 1000 && ring.uncached == !coherent);
		cr_assert(ring.virt == (coherent ? hal->arena.view : hal->arena.image));
		cr_assert(ring.iova.value == TEST_HAL_POOL_IOVA);
		cr_assert(ring.phys.value == TEST_HAL_POOL_IOVA + TEST_HAL_PHYS_PLUS);
		cr_assert(all(ring.virt, 1000, 0));
		OK(haul_dma_coherent_writer(&ring, 10, 990, &writer));
		OK(haul_writer_value(&writer, "ring", 4));
		cr_assert(memcmp(hal->arena.image + 10, "ring", 4) == 0);
		memcpy(hal->arena.image + 20, "back", 4);
		OK(haul_dma_coherent_reader(&ring, 20, 4, &reader));
		cr_assert(memcmp(reader.at, "back", 4) == 0 && reader.remain == 4);
		OK(haul_dma_coherent_reader(&ring, 1000, 0, &reader));
		FAILS(haul_dma_coherent_reader(&ring, 1000, 1, &reader), HAUL_ERANGE);
		FAILS(haul_dma_coherent_writer(&ring, 1, SIZE_MAX, &writer), HAUL_ERANGE);
		FAILS(haul_dma_device_end(&device), HAUL_EBUSY);
		cr_assert(device.stats.bytes_live == 1000);
		OK(haul_dma_coherent_free(&ring));
		FAILS(haul_dma_coherent_free(&ring), HAUL_EINVAL);
		FAILS(haul_dma_coherent_reader(&ring, 0, 1, &reader), HAUL_ERANGE);
		cr_assert(hal->nops == 0);
		end();
	}
}

Test(dma_coherent, limits_are_kept)
{
	struct haul_dma_coherent first, second;

	begin(true, 0);
	FAILS(haul_dma_coherent_alloc(&first, &device, 0, 0), HAUL_EINVAL);
	FAILS(haul_dma_coherent_alloc(&first, &device, 1, 3), HAUL_EINVAL);
	FAILS(haul_dma_coherent_free(&first), HAUL_EINVAL);
	init((struct haul_dma_limits){
		.reach = UINT64_MAX, .boundary = 1024, .segment_max = 1, .coherent = true});
	OK(haul_dma_coherent_alloc(&first, &device, 1, 0));
	OK(haul_dma_coherent_alloc(&second, &device, 1000, 0));
	cr_assert(second.iova.value % 1024 == 0);
	OK(haul_dma_coherent_free(&second));
	OK(haul_dma_coherent_alloc(&second, &device, 1000, 4096));
	cr_assert(second.iova.value % 4096 == 0);
	OK(haul_dma_coherent_free(&second));
	OK(haul_dma_coherent_free(&first));
	FAILS(haul_dma_coherent_alloc(&first, &device, 1025, 0), HAUL_ENOSPC);
	end();
	hal = test_hal_begin();
	test_hal_no_alias(hal);
	init((struct haul_dma_limits){.reach = UINT64_MAX});
	FAILS(haul_dma_coherent_alloc(&first, &device, 1, 0), HAUL_ENOTSUP);
	cr_assert(hal->total == 1 && device.stats.maps_failed == 1);
	end();
}

Test(dma_device, limits_make_sense)
{
	static const struct haul_dma_limits bad[] = {
		{.reach = 0},
		{.reach = 1, .boundary = 3},
		{.reach = 1, .align = 12},
		{.reach = 1, .boundary = 8, .align = 16},
		{.reach = 1, .segment_max = 15, .align = 16},
	};
	const struct haul_dma_limits good = {
		.reach = 1, .boundary = 16, .segment_max = 17, .align = 16, .segments_max = 1};

	hal = test_hal_begin();
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_assert(haul_dma_device_init(&device, &hal->hal, &bad[i]) == -HAUL_EINVAL, "%u",
			  i);
	OK(haul_dma_device_init(&device, &hal->hal, &good));
	hal->report.block = 2 * PAGE;
	FAILS(haul_dma_device_init(&device, &hal->hal, &good), HAUL_EINVAL);
	hal->report.block = PAGE;
	OK(haul_dma_device_init(&device, &hal->hal, &good));
	cr_assert(device.cache.block == PAGE && device.hal == &hal->hal);
	hal->hal.version++;
	FAILS(haul_dma_device_init(&device, &hal->hal, &good), HAUL_ENOTSUP);
}
