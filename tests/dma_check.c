/* SPDX-License-Identifier: MIT */
/* The checker of DMA: every mistake is found and said once, and nothing else. */
#include "arena.h"
#include "test.h"
#include <haul/arena.h>
#include <haul/check.h>
#include <string.h>

/* The program's memory is beyond the reach of a device that bounces. */
enum { PAGE = 4096, PAGES = 16, SIZE = PAGES * PAGE, CAPACITY = 8 };
#define HIGH 0x100000000

static _Alignas(PAGE) unsigned char ours[SIZE], hals[SIZE];
static uint64_t words[HAUL_ARENA_WORDS(PAGES)];
static struct haul_arena_part parts[2];
static struct haul_arena pool;
static struct haul_dma_device device;

static struct haul_dma_entry entries[CAPACITY];
static struct haul_dma_checker checker;
static struct haul_dma_report last;
static unsigned reports;

static void report(void *context, const struct haul_dma_report *said)
{
	cr_assert(context == &reports);
	last = *said;
	reports++;
}

static void begin(bool bounces)
{
	const struct haul_dma_limits limits = {.reach = bounces ? HIGH - 1 : UINT64_MAX,
					       .coherent = true};
	const struct haul_arena_config config = {
		.parts = parts, .nparts = 2, .page = PAGE, .words = words, .nwords = 1};

	parts[0] = haul_arena_identity(ours, (struct haul_phys){HIGH}, SIZE, HAUL_ARENA_SHARE);
	parts[1] = haul_arena_identity(hals, (struct haul_phys){PAGE}, SIZE, HAUL_ARENA_ALLOC);
	memset(ours, 0, sizeof ours);
	cr_assert(haul_arena_init(&pool, &config) == 0);
	cr_assert(haul_dma_device_init(&device, &pool.hal, &limits) == 0);
	cr_assert(haul_dma_checker_init(&checker, entries, CAPACITY, report, &reports) == 0);
	cr_assert(haul_dma_checker_attach(&checker, &device) == 0);
	reports = 0;
}

/* The call's place is in these functions: the empty statement keeps it from being their
 * last jump. */
#define HERE(call) \
	do { \
		const int err = (call); \
\
		__asm__ volatile(""); \
		return err; \
	} while (0)

__attribute__((noinline)) static int map_here(struct haul_dma_stream *stream, size_t off,
					      size_t size, enum haul_dma_direction direction)
{
	HERE(haul_dma_map(stream, &device, ours + off, size, direction, 0));
}

__attribute__((noinline)) static int unmap_here(struct haul_dma_stream *stream, size_t used)
{
	HERE(haul_dma_unmap(stream, used));
}

__attribute__((noinline)) static int end_here(void)
{
	HERE(haul_dma_device_end(&device));
}

static bool is_in(const void *site, uintptr_t function)
{
	return (uintptr_t)site - function < 256;
}

static struct haul_dma_stream map(size_t off, size_t size, enum haul_dma_direction direction)
{
	struct haul_dma_stream stream;

	cr_assert(map_here(&stream, off, size, direction) == 0);
	return stream;
}

static bool counted(enum haul_dma_mistake mistake, uint64_t count)
{
	uint64_t counts[HAUL_DMA_MISTAKES];

	haul_dma_checker_counts(&checker, counts);
	return counts[mistake] == count;
}

/* The call before it was a mistake, that one, and the first one since the last question. */
static bool said(enum haul_dma_mistake mistake, int err)
{
	const bool once = reports == 1 && last.mistake == mistake && last.err == err &&
			  counted(mistake, last.count);

	reports = 0;
	return once;
}

/* Nothing was wrong, and all is over. */
static void end(void)
{
	cr_assert(reports == 0);
	cr_assert(haul_dma_device_end(&device) == 0);
	cr_assert(reports == 0);
	cr_assert(haul_dma_checker_detach(&checker, &device) == 0);
}

/* ----- those that are refused ----- */

Test(dma_check, a_leak_is_said_with_where_it_was_mapped)
{
	struct haul_dma_stream a, b;
	struct haul_dma_entry entry;

	begin(false);
	a = map(0, 100, HAUL_DMA_TO_DEVICE);
	b = map(PAGE, 200, HAUL_DMA_FROM_DEVICE);
	cr_assert(haul_dma_checker_get(&checker, 0, &entry) == 0);
	cr_assert(haul_dma_checker_get(&checker, 1, &entry) == 0);
	cr_assert(haul_dma_checker_get(&checker, 2, &entry) == -HAUL_ERANGE);
	cr_assert(haul_dma_unmap(&a, 0) == 0);
	cr_assert(haul_dma_checker_get(&checker, 1, &entry) == -HAUL_ERANGE);
	cr_assert(haul_dma_checker_get(&checker, 0, &entry) == 0);
	cr_assert(entry.virt == ours + PAGE && entry.size == 200);
	cr_assert(is_in(entry.mapped_at, (uintptr_t)map_here));

	cr_assert(end_here() == -HAUL_EBUSY);
	cr_assert(said(HAUL_DMA_MISTAKE_LEAK, -HAUL_EBUSY));
	cr_assert(is_in(last.site, (uintptr_t)end_here));
	cr_assert(last.mapped_at == entry.mapped_at && last.virt == ours + PAGE);
	cr_assert(end_here() == -HAUL_EBUSY && reports == 0);
	cr_assert(haul_dma_unmap(&b, 0) == 0);
	end();
}

Test(dma_check, a_coherent_buffer_that_leaks_is_said)
{
	struct haul_dma_coherent buffer;

	begin(false);
	cr_assert(haul_dma_coherent_alloc(&buffer, &device, 100, 0) == 0);
	cr_assert(end_here() == -HAUL_EBUSY);
	cr_assert(said(HAUL_DMA_MISTAKE_LEAK, -HAUL_EBUSY));
	cr_assert(last.size == 0 && is_in(last.site, (uintptr_t)end_here));
	cr_assert(haul_dma_coherent_free(&buffer) == 0);
	end();
}

Test(dma_check, unmapped_twice_and_used_afterwards)
{
	struct haul_dma_stream stream;
	struct haul_reader reader;

	begin(true);
	stream = map(64, 100, HAUL_DMA_BOTH);
	cr_assert(unmap_here(&stream, 0) == 0);
	cr_assert(unmap_here(&stream, 0) == -HAUL_EINVAL);
	cr_assert(said(HAUL_DMA_MISTAKE_UNMAPPED, -HAUL_EINVAL));
	cr_assert(is_in(last.site, (uintptr_t)unmap_here));
	cr_assert(is_in(last.ended_at, (uintptr_t)unmap_here));
	cr_assert(is_in(last.mapped_at, (uintptr_t)map_here));
	cr_assert(last.virt == ours + 64 && last.size == 100 && last.backing == HAUL_DMA_BOUNCE);
	cr_assert(haul_dma_for_device(&stream, 0, 100) == -HAUL_EINVAL);
	cr_assert(said(HAUL_DMA_MISTAKE_AFTER, -HAUL_EINVAL));
	cr_assert(haul_dma_for_cpu(&stream, 0, 100) == -HAUL_EINVAL);
	cr_assert(said(HAUL_DMA_MISTAKE_AFTER, -HAUL_EINVAL));
	cr_assert(haul_dma_cancel(&stream) == -HAUL_EINVAL);
	cr_assert(said(HAUL_DMA_MISTAKE_AFTER, -HAUL_EINVAL));
	cr_assert(haul_dma_reader(&stream, 0, 1, &reader) == -HAUL_EINVAL);
	cr_assert(said(HAUL_DMA_MISTAKE_AFTER, -HAUL_EINVAL));
	cr_assert(counted(HAUL_DMA_MISTAKE_AFTER, 4));
	/* where it was mapped last */
	cr_assert(haul_dma_map(&stream, &device, ours, 32, HAUL_DMA_BOTH, 0) == 0);
	cr_assert(unmap_here(&stream, 0) == 0);
	cr_assert(unmap_here(&stream, 0) == -HAUL_EINVAL);
	cr_assert(said(HAUL_DMA_MISTAKE_UNMAPPED, -HAUL_EINVAL));
	cr_assert(!is_in(last.mapped_at, (uintptr_t)map_here) && last.size == 32);
	end();
}

Test(dma_check, an_error_that_nobody_looked_at)
{
	struct haul_dma_stream stream;

	begin(false);
	cr_assert(map_here(&stream, 0, 0, HAUL_DMA_TO_DEVICE) == -HAUL_EINVAL);
	cr_assert(reports == 0); /* it may be looked at yet */
	cr_assert(haul_dma_for_device(&stream, 0, 0) == -HAUL_EINVAL);
	cr_assert(said(HAUL_DMA_MISTAKE_UNCHECKED, -HAUL_EINVAL));
	cr_assert(is_in(last.mapped_at, (uintptr_t)map_here));
	cr_assert(haul_dma_unmap(&stream, 0) == -HAUL_EINVAL);
	cr_assert(said(HAUL_DMA_MISTAKE_UNCHECKED, -HAUL_EINVAL));
	cr_assert(map_here(&stream, 0, 8, HAUL_DMA_TO_DEVICE) == 0);
	cr_assert(haul_dma_unmap(&stream, 0) == 0);
	end();
}

Test(dma_check, hand_overs_out_of_order)
{
	struct haul_dma_stream stream;

	begin(false);
	stream = map(0, 100, HAUL_DMA_TO_DEVICE);
	cr_assert(haul_dma_for_cpu(&stream, 0, 100) == -HAUL_EBUSY);
	cr_assert(said(HAUL_DMA_MISTAKE_TAKEN, -HAUL_EBUSY));
	cr_assert(haul_dma_for_device(&stream, 10, 20) == 0);
	cr_assert(haul_dma_for_device(&stream, 29, 1) == -HAUL_EBUSY);
	cr_assert(said(HAUL_DMA_MISTAKE_GIVEN, -HAUL_EBUSY));
	cr_assert(haul_dma_for_device(&stream, 0, 100) == -HAUL_EBUSY);
	cr_assert(said(HAUL_DMA_MISTAKE_GIVEN, -HAUL_EBUSY));
	cr_assert(haul_dma_for_cpu(&stream, 10, 21) == -HAUL_EBUSY);
	cr_assert(said(HAUL_DMA_MISTAKE_TAKEN, -HAUL_EBUSY));
	cr_assert(haul_dma_for_cpu(&stream, 30, 1) == -HAUL_EBUSY);
	cr_assert(said(HAUL_DMA_MISTAKE_TAKEN, -HAUL_EBUSY));
	cr_assert(haul_dma_for_device(&stream, 30, 0) == 0);
	cr_assert(haul_dma_for_cpu(&stream, 90, 0) == 0);
	cr_assert(haul_dma_unmap(&stream, 0) == 0);
	end();
}

Test(dma_check, beyond_the_end)
{
	struct haul_dma_stream stream, second;
	struct haul_writer writer;

	begin(false);
	stream = map(0, PAGE, HAUL_DMA_TO_DEVICE);
	cr_assert(haul_dma_for_device(&stream, 0, PAGE + 1) == -HAUL_ERANGE);
	cr_assert(said(HAUL_DMA_MISTAKE_OUTSIDE, -HAUL_ERANGE));
	cr_assert(last.off == 0 && last.len == PAGE + 1);
	cr_assert(haul_dma_for_cpu(&stream, PAGE + 1, 0) == -HAUL_ERANGE);
	cr_assert(said(HAUL_DMA_MISTAKE_OUTSIDE, -HAUL_ERANGE));
	cr_assert(haul_dma_for_device(&stream, SIZE_MAX, 2) == -HAUL_ERANGE);
	cr_assert(said(HAUL_DMA_MISTAKE_OUTSIDE, -HAUL_ERANGE));
	cr_assert(haul_dma_writer(&stream, 1, PAGE, &writer) == -HAUL_ERANGE);
	cr_assert(said(HAUL_DMA_MISTAKE_OUTSIDE, -HAUL_ERANGE));
	cr_assert(haul_dma_split(&stream, PAGE, &stream, &second) == -HAUL_EINVAL);
	cr_assert(said(HAUL_DMA_MISTAKE_OUTSIDE, -HAUL_EINVAL));
	cr_assert(haul_dma_unmap(&stream, PAGE + 1) == -HAUL_ERANGE);
	cr_assert(said(HAUL_DMA_MISTAKE_SIZE, -HAUL_ERANGE));
	cr_assert(last.len == PAGE + 1 && last.size == PAGE);
	cr_assert(haul_dma_unmap(&stream, PAGE) == 0);
	end();
}

Test(dma_check, cursors_against_direction_and_owner)
{
	struct haul_dma_stream to, from;
	struct haul_reader reader;
	struct haul_writer writer;

	begin(false);
	to = map(0, 100, HAUL_DMA_TO_DEVICE);
	from = map(100, 100, HAUL_DMA_FROM_DEVICE);
	cr_assert(haul_dma_reader(&to, 0, 1, &reader) == -HAUL_EACCES);
	cr_assert(said(HAUL_DMA_MISTAKE_DIRECTION, -HAUL_EACCES));
	cr_assert(haul_dma_writer(&from, 0, 1, &writer) == -HAUL_EACCES);
	cr_assert(said(HAUL_DMA_MISTAKE_DIRECTION, -HAUL_EACCES));
	cr_assert(haul_dma_for_device(&to, 50, 10) == 0);
	cr_assert(haul_dma_writer(&to, 0, 51, &writer) == -HAUL_EBUSY);
	cr_assert(said(HAUL_DMA_MISTAKE_ACCESS, -HAUL_EBUSY));
	cr_assert(haul_dma_writer(&to, 0, 50, &writer) == 0);
	cr_assert(haul_dma_writer(&to, 60, 40, &writer) == 0);
	cr_assert(haul_dma_unmap(&to, 0) == 0);
	cr_assert(haul_dma_unmap(&from, 0) == 0);
	end();
}

static int describe_cache(void *context, struct haul_cache_report *told)
{
	(void)context;
	*told = (struct haul_cache_report){.block = 64};
	for (unsigned i = 0; i < HAUL_CACHE_OPS; i++)
		told->ops[i].instruction = "test";
	return 0;
}

static int sync_cache(void *context, enum haul_cache_op op, void *virt, struct haul_phys phys,
		      size_t size)
{
	(void)context, (void)op, (void)virt, (void)phys, (void)size;
	return 0;
}

Test(dma_check, parts_of_blocks_and_of_pages)
{
	const struct haul_dma_limits limits = {.reach = UINT64_MAX};
	struct haul_dma_stream stream, half;
	struct haul_hal hal;

	begin(false);
	end();
	hal = pool.hal;
	hal.describe_cache = describe_cache;
	hal.cache = sync_cache;
	cr_assert(haul_dma_device_init(&device, &hal, &limits) == 0);
	cr_assert(haul_dma_checker_attach(&checker, &device) == 0);
	stream = map(0, 2 * PAGE, HAUL_DMA_FROM_DEVICE);
	cr_assert(stream.granule == 64);
	cr_assert(haul_dma_for_device(&stream, 1, 63) == -HAUL_EINVAL);
	cr_assert(said(HAUL_DMA_MISTAKE_PARTIAL, -HAUL_EINVAL));
	cr_assert(haul_dma_for_cpu(&stream, 0, 65) == -HAUL_EINVAL);
	cr_assert(said(HAUL_DMA_MISTAKE_PARTIAL, -HAUL_EINVAL));
	cr_assert(haul_dma_split(&stream, 64, &stream, &half) == -HAUL_EINVAL);
	cr_assert(said(HAUL_DMA_MISTAKE_PARTIAL, -HAUL_EINVAL));
	cr_assert(haul_dma_unmap(&stream, 0) == 0);
	end();
}

/* ----- those that no call refuses ----- */

/* Maps both; is the second one said to overlap? */
static bool overlaps(size_t off_a, size_t size_a, enum haul_dma_direction direction_a, size_t off_b,
		     size_t size_b, enum haul_dma_direction direction_b)
{
	struct haul_dma_stream a = map(off_a, size_a, direction_a), b;
	bool overlaps;

	cr_assert(reports == 0);
	b = map(off_b, size_b, direction_b);
	overlaps = reports;
	if (overlaps) {
		cr_assert(said(HAUL_DMA_MISTAKE_OVERLAP, 0));
		cr_assert(last.virt == ours + off_b && last.other_at == last.mapped_at);
	}
	cr_assert(haul_dma_unmap(&a, 0) == 0);
	cr_assert(haul_dma_unmap(&b, 0) == 0);
	return overlaps;
}

Test(dma_check, overlaps_wherever_they_are)
{
	const enum haul_dma_direction to = HAUL_DMA_TO_DEVICE, from = HAUL_DMA_FROM_DEVICE;

	for (unsigned bounces = 0; bounces < 2; bounces++) {
		begin(bounces);
		cr_assert(!overlaps(1000, 1000, from, 0, 1000, from));
		cr_assert(!overlaps(1000, 1000, from, 2000, 1, from));
		cr_assert(overlaps(1000, 1000, from, 0, 1001, from));
		cr_assert(overlaps(1000, 1000, from, 1999, 1, from));
		cr_assert(overlaps(1000, 1000, to, 1500, 1, from));
		cr_assert(overlaps(1000, 1000, from, 0, 4000, to));
		cr_assert(overlaps(1000, 1000, to, 1000, 1000, HAUL_DMA_BOTH));
		cr_assert(!overlaps(1000, 1000, to, 1000, 1000, to)); /* both only read */
		end();
	}
}

/* A stream of `size` bytes of which the device has [from, to). */
static struct haul_dma_stream given(size_t size, size_t from, size_t to,
				    enum haul_dma_direction direction)
{
	struct haul_dma_stream stream = map(0, size, direction);

	cr_assert(haul_dma_for_device(&stream, from, to - from) == 0);
	return stream;
}

/* Where nobody else writes: what the device reads, and what is copied. */
static const struct {
	bool bounces;
	enum haul_dma_direction direction;
} still[] = {{false, HAUL_DMA_TO_DEVICE},
	     {true, HAUL_DMA_TO_DEVICE},
	     {true, HAUL_DMA_FROM_DEVICE},
	     {true, HAUL_DMA_BOTH}};

enum { STILL = sizeof still / sizeof *still };

Test(dma_check, a_store_to_what_the_device_has)
{
	enum { LEN = 700, FROM = 3, TO = 650 };

	for (unsigned i = 0; i < STILL; i++) {
		begin(still[i].bounces);
		for (size_t at = 0; at < LEN; at++) {
			struct haul_dma_stream stream = given(LEN, FROM, TO, still[i].direction);

			ours[at] ^= (unsigned char)(1 << at % 8);
			cr_assert(haul_dma_for_cpu(&stream, FROM, TO - FROM) == 0);
			cr_assert(at < FROM || at >= TO ? reports == 0
							: said(HAUL_DMA_MISTAKE_STORE, 0));
			ours[at]++;
			cr_assert(haul_dma_unmap(&stream, LEN) == 0);
			cr_assert(reports == 0);
		}
		end();
	}
}

Test(dma_check, a_store_is_said_once)
{
	struct haul_dma_stream stream;

	begin(false);
	stream = given(4000, 0, 4000, HAUL_DMA_TO_DEVICE);
	ours[2000] = 1;
	cr_assert(haul_dma_for_cpu(&stream, 0, 1000) == 0);
	cr_assert(said(HAUL_DMA_MISTAKE_STORE, 0)); /* whichever part is taken back */
	cr_assert(haul_dma_for_cpu(&stream, 1500, 1000) == 0);
	cr_assert(haul_dma_for_device(&stream, 0, 500) == 0);
	cr_assert(reports == 0);
	ours[100] = 1;
	cr_assert(haul_dma_cancel(&stream) == 0);
	cr_assert(said(HAUL_DMA_MISTAKE_STORE, 0));
	cr_assert(haul_dma_for_device(&stream, 0, 4000) == 0);
	ours[3999] = 1;
	cr_assert(haul_dma_unmap(&stream, 0) == 0);
	cr_assert(said(HAUL_DMA_MISTAKE_STORE, 0));
	end();
}

Test(dma_check, what_the_device_writes_is_no_store)
{
	struct haul_dma_stream stream;

	begin(false);
	stream = given(4000, 0, 4000, HAUL_DMA_FROM_DEVICE);
	memset(ours, 0x55, 4000);
	cr_assert(haul_dma_for_cpu(&stream, 0, 4000) == 0);
	cr_assert(haul_dma_unmap(&stream, 0) == 0);
	end();
	begin(true);
	stream = given(4000, 0, 4000, HAUL_DMA_FROM_DEVICE);
	memset(stream.memory.virt, 0x55, 4000);
	cr_assert(haul_dma_for_cpu(&stream, 0, 100) == 0);
	cr_assert(ours[99] == 0x55 && ours[100] == 0);
	cr_assert(haul_dma_unmap(&stream, 4000) == 0);
	cr_assert(ours[3999] == 0x55);
	end();
}

/* A hand-over that is checked and fails in the middle, at a Hal's error. */
static int cache_fails;

static int fail_cache(void *context, enum haul_cache_op op, void *virt, struct haul_phys phys,
		      size_t size)
{
	(void)context, (void)op, (void)virt, (void)phys, (void)size;
	return cache_fails ? -HAUL_EIO : 0;
}

Test(dma_check, a_call_that_fails_by_the_hal_is_no_store)
{
	const struct haul_dma_limits limits = {.reach = HIGH - 1};
	struct haul_dma_stream stream;
	struct haul_hal hal;

	begin(false);
	end();
	hal = pool.hal;
	hal.describe_cache = describe_cache;
	hal.cache = fail_cache;
	cr_assert(haul_dma_device_init(&device, &hal, &limits) == 0);
	cr_assert(haul_dma_checker_attach(&checker, &device) == 0);
	stream = given(4000, 0, 3200, HAUL_DMA_BOTH);
	cr_assert(stream.backing == HAUL_DMA_BOUNCE);
	cache_fails = 1;
	cr_assert(haul_dma_for_cpu(&stream, 0, 1600) == -HAUL_EIO);
	cr_assert(haul_dma_for_cpu(&stream, 64, 128) == -HAUL_EIO);
	cr_assert(haul_dma_for_device(&stream, 3200, 800) == -HAUL_EIO);
	cr_assert(haul_dma_unmap(&stream, 4000) == -HAUL_EIO);
	cache_fails = 0;
	cr_assert(haul_dma_for_cpu(&stream, 0, 64) == 0);
	cr_assert(reports == 0);
	ours[64] = 1;
	cr_assert(haul_dma_for_cpu(&stream, 640, 64) == 0);
	cr_assert(said(HAUL_DMA_MISTAKE_STORE, 0)); /* there is an account again */
	cr_assert(haul_dma_unmap(&stream, 4000) == 0);
	end();
}

Test(dma_check, a_copy_that_stops_is_no_store)
{
	struct haul_dma_stream stream;
	struct arena pages;
	size_t size;

	begin(true);
	arena_open(&pages, 2);
	size = 2 * pages.page;
	test_faults_begin();
	cr_assert(haul_dma_map(&stream, &device, pages.view, size, HAUL_DMA_FROM_DEVICE, 0) == 0);
	cr_assert(haul_dma_for_device(&stream, 0, size) == 0);
	memset(stream.memory.virt, 0x77, size);
	arena_protect(&pages, 1, 1, ARENA_READ_ONLY);
	cr_assert(haul_dma_for_cpu(&stream, 0, size) == -HAUL_EFAULT);
	cr_assert(pages.image[0] == 0x77 && pages.image[size - 1] == 0);
	cr_assert(haul_dma_for_cpu(&stream, 1, size - 1) == -HAUL_EFAULT);
	cr_assert(haul_dma_unmap(&stream, size) == -HAUL_EFAULT);
	arena_protect(&pages, 1, 1, ARENA_READ_WRITE);
	cr_assert(haul_dma_unmap(&stream, size) == 0);
	cr_assert(pages.image[size - 1] == 0x77);
	test_faults_end();
	arena_close(&pages);
	end();
}

/* ----- legal programs ----- */

/* What the device has of stream i, a bit for each of its parts. */
enum { STREAMS = 4, PARTS = 16, PART = 191 };

struct legal {
	struct haul_dma_stream streams[STREAMS];
	bool mapped[STREAMS];
	unsigned given[STREAMS];
};

static unsigned pieces_of(unsigned bits)
{
	unsigned pieces = 0;

	for (unsigned starts = bits & ~(bits << 1); starts; starts &= starts - 1)
		pieces++;
	return pieces;
}

static void legal_map(struct legal *legal, size_t i, uint64_t *random)
{
	const enum haul_dma_direction direction =
		(enum haul_dma_direction)(1 + test_random_below(random, 3));

	if (test_random_below(random, 3))
		legal->streams[i] = map(i * PAGE, (size_t)PARTS * PART, direction);
	else
		cr_assert(haul_dma_alloc(&legal->streams[i], &device, (size_t)PARTS * PART,
					 direction, 0) == 0);
	legal->mapped[i] = true;
	legal->given[i] = 0;
}

/* The CPU writes what is its own. */
static void legal_write(struct legal *legal, size_t i, size_t part, uint64_t *random)
{
	unsigned char *const bytes = legal->streams[i].virt;

	if (!(legal->given[i] & 1u << part))
		bytes[part * PART + test_random_below(random, PART)] ^= 0x81;
}

static void legal_give(struct legal *legal, size_t i, size_t first, size_t stop)
{
	const unsigned bits = (1u << stop) - (1u << first);

	if (legal->given[i] & bits || pieces_of(legal->given[i] | bits) > HAUL_DMA_PIECES)
		return;
	cr_assert(haul_dma_for_device(&legal->streams[i], first * PART, (stop - first) * PART) ==
		  0);
	legal->given[i] |= bits;
}

static void legal_take(struct legal *legal, size_t i, size_t first, size_t stop)
{
	const unsigned bits = (1u << stop) - (1u << first);

	if ((legal->given[i] & bits) != bits ||
	    pieces_of(legal->given[i] & ~bits) > HAUL_DMA_PIECES)
		return;
	cr_assert(haul_dma_for_cpu(&legal->streams[i], first * PART, (stop - first) * PART) == 0);
	legal->given[i] &= ~bits;
}

static void legal_step(struct legal *legal, uint64_t *random)
{
	const size_t i = test_random_below(random, STREAMS);
	const size_t first = test_random_below(random, PARTS);
	const size_t stop = first + 1 + test_random_below(random, PARTS - first);

	if (!legal->mapped[i]) {
		legal_map(legal, i, random);
		return;
	}
	switch (test_random_below(random, 10)) {
	case 0:
		cr_assert(haul_dma_unmap(&legal->streams[i], first * PART) == 0);
		legal->mapped[i] = false;
		break;
	case 1:
		cr_assert(haul_dma_cancel(&legal->streams[i]) == 0);
		legal->given[i] = 0;
		break;
	case 2:
	case 3:
	case 4:
		legal_write(legal, i, first, random);
		break;
	case 5:
	case 6:
		legal_give(legal, i, first, stop);
		break;
	default:
		legal_take(legal, i, first, stop);
		break;
	}
}

Test(dma_check, legal_programs_are_not_reported)
{
	const unsigned steps = test_under_qemu() ? 20000 : 100000;
	uint64_t random = test_seed();

	for (unsigned bounces = 0; bounces < 2; bounces++) {
		struct legal legal = {.mapped = {false}};

		begin(bounces);
		for (unsigned i = 0; i < steps && !reports; i++)
			legal_step(&legal, &random);
		for (size_t i = 0; i < STREAMS; i++)
			cr_assert(!legal.mapped[i] || haul_dma_unmap(&legal.streams[i], 0) == 0);
		end();
	}
}

Test(dma_check, halves_and_moved_streams_are_known)
{
	struct haul_dma_stream stream, first, second, moved;

	begin(true);
	cr_assert(haul_dma_alloc(&stream, &device, 3 * PAGE, HAUL_DMA_TO_DEVICE, 0) == 0);
	cr_assert(haul_dma_for_device(&stream, PAGE - 4, 8) == 0);
	cr_assert(haul_dma_split(&stream, PAGE, &first, &second) == 0);
	cr_assert(haul_dma_for_cpu(&first, PAGE - 4, 4) == 0);
	cr_assert(haul_dma_split(&second, PAGE, &second, &stream) == 0);
	cr_assert(reports == 0);
	cr_assert(haul_dma_for_device(&second, 0, 4) == -HAUL_EBUSY);
	cr_assert(said(HAUL_DMA_MISTAKE_GIVEN, -HAUL_EBUSY));
	cr_assert(last.mapped_at && last.size == PAGE);
	moved = first;
	memset(&first, 0, sizeof first);
	cr_assert(haul_dma_unmap(&moved, 0) == 0);
	cr_assert(haul_dma_unmap(&moved, 0) == -HAUL_EINVAL);
	cr_assert(said(HAUL_DMA_MISTAKE_UNMAPPED, -HAUL_EINVAL));
	cr_assert(last.mapped_at && last.size == PAGE);
	cr_assert(haul_dma_unmap(&second, 0) == 0);
	cr_assert(end_here() == -HAUL_EBUSY);
	cr_assert(said(HAUL_DMA_MISTAKE_LEAK, -HAUL_EBUSY));
	cr_assert(last.size == PAGE && last.virt == stream.virt);
	cr_assert(haul_dma_unmap(&stream, 0) == 0);
	end();
}

Test(dma_check, mappings_of_the_same_memory_are_told_apart)
{
	struct haul_dma_stream a, b;

	begin(false);
	cr_assert(map_here(&a, 0, 8, HAUL_DMA_TO_DEVICE) == 0);
	cr_assert(haul_dma_map(&b, &device, ours, 8, HAUL_DMA_TO_DEVICE, 0) == 0);
	cr_assert(haul_dma_for_cpu(&b, 0, 8) == -HAUL_EBUSY);
	cr_assert(said(HAUL_DMA_MISTAKE_TAKEN, -HAUL_EBUSY));
	cr_assert(!is_in(last.mapped_at, (uintptr_t)map_here));
	cr_assert(haul_dma_for_cpu(&a, 0, 8) == -HAUL_EBUSY);
	cr_assert(said(HAUL_DMA_MISTAKE_TAKEN, -HAUL_EBUSY));
	cr_assert(is_in(last.mapped_at, (uintptr_t)map_here));
	cr_assert(haul_dma_unmap(&a, 0) == 0);
	cr_assert(haul_dma_unmap(&b, 0) == 0);
	end();
}

/* ----- the rest ----- */

static bool is_poison(const void *p, size_t n)
{
	const unsigned char *const bytes = p;

	for (size_t i = 0; i < n; i++)
		if (bytes[i] != HAUL_DMA_POISON)
			return false;
	return true;
}

Test(dma_check, what_goes_back_is_poisoned)
{
	struct haul_dma_stream stream;
	struct haul_hal_memory memory;

	begin(true);
	cr_assert(haul_dma_alloc(&stream, &device, PAGE + 1, HAUL_DMA_BOTH, 0) == 0);
	memory = stream.memory;
	cr_assert(!is_poison(memory.virt, 1));
	cr_assert(haul_dma_unmap(&stream, 0) == 0);
	cr_assert(memory.size == 2 * PAGE && is_poison(memory.virt, memory.size));
	/* bounce memory: after all has been taken from it */
	memset(ours, 0x11, PAGE);
	stream = given(100, 0, 100, HAUL_DMA_BOTH);
	memory = stream.memory;
	memset(memory.virt, 0x22, 100);
	cr_assert(haul_dma_unmap(&stream, 100) == 0);
	cr_assert(ours[0] == 0x22 && ours[99] == 0x22 && ours[100] == 0x11);
	cr_assert(memory.size == PAGE && is_poison(memory.virt, memory.size));
	end();
	/* the program's own memory is not */
	begin(false);
	memset(ours, 0x11, PAGE);
	stream = given(PAGE, 0, PAGE, HAUL_DMA_BOTH);
	cr_assert(haul_dma_unmap(&stream, PAGE) == 0);
	cr_assert(ours[0] == 0x11 && ours[PAGE - 1] == 0x11);
	end();
}

Test(dma_check, it_goes_on_without_storage)
{
	struct haul_dma_stream streams[CAPACITY + 2];

	begin(false);
	/* what has ended gives its entry away */
	for (size_t i = 0; i < (size_t)3 * CAPACITY; i++) {
		streams[0] = map(0, 8, HAUL_DMA_FROM_DEVICE);
		cr_assert(haul_dma_unmap(&streams[0], 0) == 0);
	}
	for (size_t i = 0; i < CAPACITY; i++)
		streams[i] = map(i * 8, 8, HAUL_DMA_TO_DEVICE);
	cr_assert(reports == 0);
	streams[CAPACITY] = map(1000, 8, HAUL_DMA_TO_DEVICE);
	cr_assert(said(HAUL_DMA_MISTAKE_STORAGE, 0));
	streams[CAPACITY + 1] = map(1000, 8, HAUL_DMA_TO_DEVICE);
	cr_assert(said(HAUL_DMA_MISTAKE_STORAGE, 0) && last.count == 2);
	/* of that one it knows what the stream says */
	cr_assert(haul_dma_for_device(&streams[CAPACITY], 0, 9) == -HAUL_ERANGE);
	cr_assert(said(HAUL_DMA_MISTAKE_OUTSIDE, -HAUL_ERANGE));
	cr_assert(last.virt == ours + 1000 && last.mapped_at == NULL);
	cr_assert(haul_dma_for_device(&streams[CAPACITY], 0, 8) == 0);
	cr_assert(haul_dma_for_cpu(&streams[CAPACITY], 0, 8) == 0);
	for (size_t i = 0; i < CAPACITY + 2; i++)
		cr_assert(haul_dma_unmap(&streams[i], 8) == 0);
	end();
}

Test(dma_check, what_ended_last_is_remembered)
{
	struct haul_dma_stream streams[CAPACITY + 1];

	begin(false);
	for (size_t i = 0; i <= CAPACITY; i++) {
		streams[i] = map(i * 8, 8, HAUL_DMA_TO_DEVICE);
		cr_assert(haul_dma_unmap(&streams[i], 0) == 0);
	}
	cr_assert(haul_dma_unmap(&streams[1], 0) == -HAUL_EINVAL);
	cr_assert(said(HAUL_DMA_MISTAKE_UNMAPPED, -HAUL_EINVAL));
	cr_assert(last.virt == ours + 8 && is_in(last.mapped_at, (uintptr_t)map_here));
	cr_assert(haul_dma_unmap(&streams[0], 0) == -HAUL_EINVAL);
	cr_assert(said(HAUL_DMA_MISTAKE_UNMAPPED, -HAUL_EINVAL));
	cr_assert(last.mapped_at == NULL && last.size == 0);
	end();
}

Test(dma_check, attached_to_one_device_at_a_time)
{
	struct haul_dma_checker other;
	struct haul_dma_stream before, stream;
	struct haul_dma_entry entry;

	memset(&other, 0, sizeof other);
	begin(false);
	cr_assert(haul_dma_checker_init(&other, entries, 0, NULL, NULL) == -HAUL_EINVAL);
	cr_assert(haul_dma_checker_init(&other, NULL, 8, NULL, NULL) == -HAUL_EINVAL);
	cr_assert(haul_dma_checker_attach(&checker, &device) == -HAUL_EBUSY);
	cr_assert(haul_dma_checker_detach(&other, &device) == -HAUL_EINVAL);
	stream = map(0, 8, HAUL_DMA_TO_DEVICE);
	cr_assert(haul_dma_checker_detach(&checker, &device) == 0);
	cr_assert(haul_dma_checker_detach(&checker, &device) == -HAUL_EINVAL);
	cr_assert(haul_dma_for_device(&stream, 0, 9) == -HAUL_ERANGE && reports == 0);
	before = map(8, 8, HAUL_DMA_TO_DEVICE);
	cr_assert(haul_dma_checker_attach(&checker, &device) == 0);
	/* it knows nothing of what was there */
	cr_assert(haul_dma_checker_get(&checker, 0, &entry) == -HAUL_ERANGE);
	cr_assert(haul_dma_for_device(&before, 0, 8) == 0);
	cr_assert(haul_dma_for_cpu(&before, 0, 8) == 0);
	cr_assert(haul_dma_unmap(&stream, 0) == 0);
	cr_assert(end_here() == -HAUL_EBUSY);
	cr_assert(said(HAUL_DMA_MISTAKE_LEAK, -HAUL_EBUSY) && last.size == 0);
	cr_assert(haul_dma_unmap(&before, 0) == 0);
	end();
}

Test(dma_check, the_first_is_kept_and_the_rest_counted)
{
	struct haul_dma_report first;
	struct haul_dma_stream stream;
	uint64_t counts[HAUL_DMA_MISTAKES], sum = 0;

	begin(false);
	cr_assert(haul_dma_checker_detach(&checker, &device) == 0);
	cr_assert(haul_dma_checker_init(&checker, entries, CAPACITY, NULL, NULL) == 0);
	cr_assert(haul_dma_checker_attach(&checker, &device) == 0);
	cr_assert(haul_dma_checker_first(&checker, &first) == -HAUL_ENOENT);
	stream = map(0, 8, HAUL_DMA_TO_DEVICE);
	for (size_t i = 1; i < 6; i++)
		cr_assert(haul_dma_unmap(&stream, 8 + i) == -HAUL_ERANGE);
	cr_assert(haul_dma_for_cpu(&stream, 0, 8) == -HAUL_EBUSY);
	cr_assert(haul_dma_checker_first(&checker, &first) == 0);
	cr_assert(first.mistake == HAUL_DMA_MISTAKE_SIZE && first.len == 9 && first.count == 1);
	haul_dma_checker_counts(&checker, counts);
	for (size_t i = 0; i < HAUL_DMA_MISTAKES; i++)
		sum += counts[i];
	cr_assert(counts[HAUL_DMA_MISTAKE_SIZE] == 5 && counts[HAUL_DMA_MISTAKE_TAKEN] == 1);
	cr_assert(sum == 6 && reports == 0);
	cr_assert(haul_dma_unmap(&stream, 8) == 0);
	end();
}

/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
#define AT(address) ((const void *)(uintptr_t)(address))

Test(dma_check, a_report_as_text)
{
	struct haul_dma_report shown = {
		.mistake = HAUL_DMA_MISTAKE_UNMAPPED,
		.call = "haul_dma_unmap",
		.len = 64,
		.err = -HAUL_EINVAL,
		.site = AT(0x55d0c0de1234),
		.virt = AT(0x7f0012340000),
		.size = 0x1000,
		.direction = HAUL_DMA_FROM_DEVICE,
		.backing = HAUL_DMA_BOUNCE,
		.mapped_at = AT(0x55d0c0de1200),
		.ended_at = AT(0x55d0c0de1220),
	};
	static const char whole[] =
		"haul_dma_unmap(0, 64) at 55d0c0de1234: unmapped twice (invalid argument): "
		"7f0012340000+00001000 from the device, bounce, mapped at 55d0c0de1200, "
		"unmapped at 55d0c0de1220";
	char text[256];

	for (size_t size = 0; size < sizeof whole + 2; size++) {
		memset(text, '#', sizeof text);
		cr_assert(haul_dma_report_text(&shown, text, size) == sizeof whole - 1);
		if (size) {
			const size_t length = size < sizeof whole ? size - 1 : sizeof whole - 1;

			cr_assert(!memcmp(text, whole, length) && text[length] == '\0');
		}
		cr_assert(text[size] == '#');
	}
	shown = (struct haul_dma_report){.mistake = HAUL_DMA_MISTAKE_OVERLAP,
					 .call = "haul_dma_map",
					 .len = 1234567,
					 .size = 16,
					 .direction = HAUL_DMA_BOTH,
					 .other_at = AT(0x1000)};
	cr_assert(haul_dma_report_text(&shown, text, sizeof text) < sizeof text);
	cr_assert(!strcmp(text,
			  "haul_dma_map(0, 1234567): overlaps another mapping: "
			  "00000000+00000010 both ways, direct, the other mapped at 00001000"));
	for (unsigned i = 0; i < HAUL_DMA_MISTAKES; i++)
		cr_assert(*haul_dma_mistake_text((enum haul_dma_mistake)i));
	cr_assert(!strcmp(haul_dma_mistake_text((enum haul_dma_mistake)HAUL_DMA_MISTAKES),
			  "unknown mistake"));
}
