/* SPDX-License-Identifier: MIT */
/* Windows of device memory, which here is an arena's. */
#include "arena.h"
#include "test.h"
#include <haul/region.h>
#include <string.h>

enum { PAGES = 3, PHYSICAL = 0x40000000 };

static struct arena arena;
static struct haul_region whole; /* all of it */

static void begin(void)
{
	test_faults_begin();
	arena_open(&arena, PAGES);
	for (size_t i = 0; i < PAGES * arena.page; i++)
		arena.image[i] = (unsigned char)(i * 7 + i / 251);
	cr_assert(haul_region_make(&whole, arena.view, PHYSICAL, PAGES * arena.page,
				   HAUL_CACHE_UNCACHED) == 0);
}

static void end(void)
{
	arena_close(&arena);
	test_faults_end();
}

/* What the image was before. */
static unsigned char *snapshot(void)
{
	static unsigned char copy[PAGES << 16];

	cr_assert(PAGES * arena.page <= sizeof copy);
	return memcpy(copy, arena.image, PAGES * arena.page);
}

static bool is_unchanged(const unsigned char *before)
{
	return memcmp(before, arena.image, PAGES * arena.page) == 0;
}

Test(region, make_takes_what_does_not_wrap)
{
	static const struct {
		uintptr_t base;
		uint64_t physical;
		size_t size;
		int policy, err;
	} cases[] = {
		{0x1000, 0, 1, HAUL_CACHE_UNCACHED, 0},
		{0, 0, SIZE_MAX, HAUL_CACHE_WRITE_BACK, 0},
		{UINTPTR_MAX, UINT64_MAX, 1, HAUL_CACHE_WRITE_COMBINING, 0},
		{1, 1, SIZE_MAX, HAUL_CACHE_UNCACHED, 0},
		{0x1000, 0x1000, 0, HAUL_CACHE_UNCACHED, -HAUL_EINVAL},
		{0x1000, 0x1000, 1, HAUL_CACHE_WRITE_BACK + 1, -HAUL_EINVAL},
		{0x1000, 0x1000, 1, -1, -HAUL_EINVAL},
		{UINTPTR_MAX, 0, 2, HAUL_CACHE_UNCACHED, -HAUL_EOVERFLOW},
		{0, UINT64_MAX, 2, HAUL_CACHE_UNCACHED, -HAUL_EOVERFLOW},
		{2, 0, SIZE_MAX, HAUL_CACHE_UNCACHED, -HAUL_EOVERFLOW},
		{0, 2, SIZE_MAX, HAUL_CACHE_UNCACHED, -HAUL_EOVERFLOW},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct haul_region region, before;
		volatile void *base = (void *)cases[i].base; /* NOLINT(performance-no-int-to-ptr) */
		int err;

		memset(&region, 0xa5, sizeof region);
		before = region;
		err = haul_region_make(&region, base, cases[i].physical, cases[i].size,
				       (enum haul_cache_policy)cases[i].policy);
		cr_assert(err == cases[i].err, "case %zu: %d", i, err);
		if (err)
			cr_assert(memcmp(&region, &before, sizeof region) == 0);
		else
			cr_assert(region.base == base && region.physical == cases[i].physical &&
				  region.size == cases[i].size &&
				  region.policy == (enum haul_cache_policy)cases[i].policy &&
				  region.io.width == 0 && region.io.flags == 0);
	}
}

/* Around both ends of a region of 100 bytes, and of all addresses. */
static const size_t edges[] = {0,
			       1,
			       2,
			       3,
			       7,
			       8,
			       50,
			       92,
			       93,
			       98,
			       99,
			       100,
			       101,
			       102,
			       108,
			       SIZE_MAX / 2,
			       SIZE_MAX - 100,
			       SIZE_MAX - 99,
			       SIZE_MAX - 8,
			       SIZE_MAX - 1,
			       SIZE_MAX};

enum { EDGES = sizeof edges / sizeof *edges, SIZE = 100 };

static bool lies_in(size_t off, size_t len, size_t size)
{
	size_t last;

	return !__builtin_add_overflow(off, len, &last) && last <= size;
}

Test(region, contains_what_lies_in_it)
{
	struct haul_region region = {.size = SIZE}, all = {.size = SIZE_MAX};

	for (size_t i = 0; i < EDGES; i++)
		for (size_t j = 0; j < EDGES; j++) {
			cr_assert(haul_region_contains(&region, edges[i], edges[j]) ==
				  lies_in(edges[i], edges[j], SIZE));
			cr_assert(haul_region_contains(&all, edges[i], edges[j]) ==
				  lies_in(edges[i], edges[j], SIZE_MAX));
		}
}

/* Whether there is such a slice. */
static bool check_slice(const struct haul_region *region, size_t off, size_t len,
			struct haul_region *slice)
{
	struct haul_region before;
	int err;

	memset(slice, 0xa5, sizeof *slice);
	before = *slice;
	err = haul_region_slice(region, off, len, slice);
	if (!lies_in(off, len, region->size) || !len) {
		cr_assert(err == (lies_in(off, len, region->size) ? -HAUL_EINVAL : -HAUL_ERANGE));
		cr_assert(memcmp(slice, &before, sizeof before) == 0);
		return false;
	}
	cr_assert(err == 0);
	cr_assert(slice->base == region->base + off && slice->physical == region->physical + off);
	cr_assert(slice->size == len && slice->policy == region->policy);
	cr_assert(slice->io.width == region->io.width && slice->io.flags == region->io.flags);
	return true;
}

/* And slices of slices. */
static void check_slices(const struct haul_region *region, int depth)
{
	struct haul_region slice;

	for (size_t i = 0; i < EDGES; i++)
		for (size_t j = 0; j < EDGES; j++)
			if (check_slice(region, edges[i], edges[j], &slice) && depth)
				check_slices(&slice, depth - 1);
}

Test(region, slices_are_parts_that_are_not_empty)
{
	static unsigned char device[SIZE];
	struct haul_region region;

	cr_assert(haul_region_make(&region, device, PHYSICAL, SIZE, HAUL_CACHE_WRITE_COMBINING) ==
		  0);
	region.io = (struct haul_io){4, HAUL_IO_ONES};
	check_slices(&region, 1);
	cr_assert(haul_region_slice(&region, 10, 20, &region) == 0);
	cr_assert(region.base == device + 10 && region.size == 20);
}

/* Words by their width; values travel as 64 bits. */
static int read_word(const struct haul_region *region, size_t off, size_t width, uint64_t *value)
{
	uint8_t u8 = (uint8_t)*value;
	uint16_t u16 = (uint16_t)*value;
	uint32_t u32 = (uint32_t)*value;
	int err;

	switch (width) {
	case 1:
		err = haul_region_read_u8(region, off, &u8);
		*value = u8;
		return err;
	case 2:
		err = haul_region_read_u16(region, off, &u16);
		*value = u16;
		return err;
	case 4:
		err = haul_region_read_u32(region, off, &u32);
		*value = u32;
		return err;
	default:
		return haul_region_read_u64(region, off, value);
	}
}

static int write_word(const struct haul_region *region, size_t off, size_t width, uint64_t value)
{
	switch (width) {
	case 1:
		return haul_region_write_u8(region, off, (uint8_t)value);
	case 2:
		return haul_region_write_u16(region, off, (uint16_t)value);
	case 4:
		return haul_region_write_u32(region, off, (uint32_t)value);
	default:
		return haul_region_write_u64(region, off, value);
	}
}

static uint64_t low_bytes(uint64_t value, size_t width)
{
	return value & (UINT64_MAX >> (64 - 8 * width));
}

static int word_error(const struct haul_region *region, size_t off, size_t width)
{
	if (!lies_in(off, width, region->size))
		return -HAUL_ERANGE;
	return ((uintptr_t)region->base + off) % width ? -HAUL_EINVAL : 0;
}

static void check_word(const struct haul_region *region, size_t off, size_t width)
{
	const uint64_t junk = low_bytes(0x5555555555555555, width);
	const uint64_t written = low_bytes(0x8877665544332211, width);
	const size_t place = (size_t)(region->base - arena.view) + off;
	const int want = word_error(region, off, width);
	unsigned char *before = snapshot();
	uint64_t value = junk, held = 0;

	cr_assert(read_word(region, off, width, &value) == want, "offset %zu, width %zu", off,
		  width);
	if (!want)
		memcpy(&held, before + place, width);
	cr_assert(value == (want ? junk : held));
	cr_assert(is_unchanged(before));
	cr_assert(write_word(region, off, width, written) == want);
	if (!want)
		memcpy(before + place, &written, width);
	cr_assert(is_unchanged(before), "offset %zu, width %zu", off, width);
}

Test(region, words_are_in_range_and_aligned)
{
	begin();
	for (size_t shift = 0; shift < 8; shift++) {
		struct haul_region region;

		cr_assert(haul_region_slice(&whole, 64 + shift, SIZE, &region) == 0);
		region.io.width = 2; /* of blocks */
		for (size_t width = 1; width <= 8; width *= 2) {
			for (size_t off = 0; off <= 16; off++) {
				check_word(&region, off, width);
				check_word(&region, SIZE - off, width);
				check_word(&region, SIZE + off, width);
			}
			for (size_t i = 0; i < EDGES; i++)
				check_word(&region, edges[i], width);
		}
	}
	end();
}

static void check_word_fault(size_t off, size_t width)
{
	const uint64_t junk = low_bytes(0x5555555555555555, width);
	const unsigned char *before = snapshot();
	struct haul_region ones = whole;
	uint64_t value = junk;

	ones.io.flags = HAUL_IO_ONES;
	cr_assert(read_word(&whole, off, width, &value) == -HAUL_EFAULT);
	cr_assert(value == junk);
	cr_assert(write_word(&whole, off, width, 1) == -HAUL_EFAULT);
	cr_assert(read_word(&ones, off, width, &value) == 0);
	cr_assert(value == low_bytes(UINT64_MAX, width));
	cr_assert(write_word(&ones, off, width, 1) == 0);
	cr_assert(is_unchanged(before));
}

Test(region, words_of_a_device_that_is_gone)
{
	begin();
	for (enum arena_right right = ARENA_NO_ACCESS; right < ARENA_RIGHTS; right++) {
		arena_protect(&arena, 1, 1, right);
		for (size_t width = 1; width <= 8; width *= 2) {
			check_word_fault(arena.page, width);
			check_word_fault(2 * arena.page - width, width);
		}
	}
	arena_protect(&arena, 1, 1, ARENA_READ_ONLY);
	for (size_t width = 1; width <= 8; width *= 2) {
		uint64_t value = 0;

		cr_assert(read_word(&whole, arena.page, width, &value) == 0);
		cr_assert(write_word(&whole, arena.page, width, 1) == -HAUL_EFAULT);
	}
	end();
}

/* Every size around words, from and to every alignment, by every width. */
static const size_t sizes[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 19, 24, 32, 33, 64};

enum { SIZES = sizeof sizes / sizeof *sizes };

static bool legal(const struct haul_region *region, size_t off, size_t n)
{
	const unsigned width = region->io.width;

	return !width || (((uintptr_t)region->base + off) % width == 0 && n % width == 0);
}

static void check_read(const struct haul_region *region, size_t off, size_t shift, size_t n)
{
	unsigned char memory[96], want[96];
	struct haul_writer writer = haul_writer_make(memory + shift, n, HAUL_MEMORY_PLAIN);
	const bool fits = legal(region, off, n);
	const unsigned char *before = snapshot();

	memset(memory, 0xc3, sizeof memory);
	memcpy(want, memory, sizeof want);
	if (fits)
		memcpy(want + shift, before + (region->base - arena.view) + off, n);
	cr_assert(haul_region_read(region, off, &writer) == (fits ? 0 : -HAUL_EINVAL));
	cr_assert(memcmp(memory, want, sizeof memory) == 0);
	cr_assert(writer.at == memory + shift + (fits ? n : 0) && writer.avail == (fits ? 0 : n));
	cr_assert(is_unchanged(before));
}

static void check_write(const struct haul_region *region, size_t off, size_t shift, size_t n)
{
	unsigned char memory[96];
	struct haul_reader reader = haul_reader_make(memory + shift, n, HAUL_MEMORY_FALLIBLE);
	const bool fits = legal(region, off, n);
	unsigned char *before = snapshot();

	for (size_t i = 0; i < sizeof memory; i++)
		memory[i] = (unsigned char)(0xff - i);
	if (fits)
		memcpy(before + (region->base - arena.view) + off, memory + shift, n);
	cr_assert(haul_region_write(region, off, &reader) == (fits ? 0 : -HAUL_EINVAL));
	cr_assert(is_unchanged(before));
	cr_assert(reader.at == memory + shift + (fits ? n : 0) && reader.remain == (fits ? 0 : n));
}

Test(region, blocks_come_and_go_whole)
{
	static const unsigned widths[] = {0, 1, 2, 4, 8};

	begin();
	for (size_t w = 0; w < 5; w++) {
		struct haul_region region;

		cr_assert(haul_region_slice(&whole, 128, SIZE, &region) == 0);
		region.io.width = widths[w];
		for (size_t off = 0; off < 9; off++)
			for (size_t shift = 0; shift < 9; shift += 1 + w)
				for (size_t s = 0; s < SIZES; s++) {
					check_read(&region, off, shift, sizes[s]);
					check_write(&region, off, shift, sizes[s]);
				}
	}
	end();
}

/* Nothing handles faults here: an access would kill. */
static void check_block_refused(const struct haul_region *region, size_t off, size_t n, int err,
				enum haul_memory_kind kind)
{
	struct haul_writer writer =
		haul_writer_make((void *)64, n, kind); /* NOLINT(performance-no-int-to-ptr) */
	struct haul_reader reader =
		haul_reader_make((void *)64, n, kind); /* NOLINT(performance-no-int-to-ptr) */
	const struct haul_writer writer_before = writer;
	const struct haul_reader reader_before = reader;
	struct haul_fault fault;
	size_t done = 1;

	cr_assert(haul_region_read(region, off, &writer) == err, "offset %zu, %zu bytes", off, n);
	cr_assert(haul_region_write(region, off, &reader) == err);
	memset(&fault, 0xa5, sizeof fault);
	cr_assert(haul_region_read_part(region, off, &writer, &done, &fault) == err);
	cr_assert(done == 0 && fault.kind == HAUL_FAULT_NONE);
	memset(&fault, 0xa5, sizeof fault);
	done = 1;
	cr_assert(haul_region_write_part(region, off, &reader, &done, &fault) == err);
	cr_assert(done == 0 && fault.kind == HAUL_FAULT_NONE);
	cr_assert(writer.at == writer_before.at && writer.avail == n);
	cr_assert(reader.at == reader_before.at && reader.remain == n);
}

Test(region, blocks_that_are_wrong_are_refused)
{
	struct haul_region region = {.base = (void *)4096,
				     .size = SIZE}; /* NOLINT(performance-no-int-to-ptr) */
	static const unsigned widths[] = {3, 5, 16, 0xffffffff};

	for (size_t i = 0; i < EDGES; i++)
		for (size_t j = 0; j < EDGES; j++)
			if (!lies_in(edges[i], edges[j], SIZE))
				check_block_refused(&region, edges[i], edges[j], -HAUL_ERANGE,
						    HAUL_MEMORY_PLAIN);
	for (size_t i = 0; i < 4; i++) {
		region.io.width = widths[i];
		check_block_refused(&region, 0, 48, -HAUL_EINVAL, HAUL_MEMORY_PLAIN);
		check_block_refused(&region, 0, 48, -HAUL_EINVAL, HAUL_MEMORY_IO);
	}
	region.io = (struct haul_io){0, HAUL_IO_ONES << 1};
	check_block_refused(&region, 0, 48, -HAUL_EINVAL, HAUL_MEMORY_FALLIBLE);
	region.io.flags = 0;
	check_block_refused(&region, 0, 48, -HAUL_EINVAL, (enum haul_memory_kind)3);
}

/* The fault that the device at its second page must be told with. */
static bool tells(const struct haul_fault *fault, enum arena_right right, enum haul_operand operand,
		  const void *addr)
{
	const struct haul_fault want = arena_fault(right, operand, addr);

	return fault->kind == want.kind && fault->operand == want.operand &&
	       fault->signo == want.signo && fault->addr_valid == want.addr_valid &&
	       (!want.addr_valid || fault->addr == want.addr);
}

static void check_gone_read(enum arena_right right, size_t before_it, size_t n)
{
	const size_t off = arena.page - before_it;
	unsigned char memory[96], want[96];
	struct haul_writer writer = haul_writer_make(memory, n, HAUL_MEMORY_PLAIN);
	struct haul_region ones = whole;
	struct haul_fault fault;
	size_t done;

	memset(memory, 0xc3, sizeof memory);
	memset(want, 0xc3, sizeof want);
	memcpy(want, arena.image + off, before_it);
	cr_assert(haul_region_read(&whole, off, &writer) == -HAUL_EFAULT);
	cr_assert(writer.at == memory && writer.avail == n);
	memset(memory, 0xc3, sizeof memory);
	cr_assert(haul_region_read_part(&whole, off, &writer, &done, &fault) == -HAUL_EFAULT);
	cr_assert(done == before_it && writer.at == memory + done && writer.avail == n - done);
	cr_assert(memcmp(memory, want, sizeof memory) == 0);
	cr_assert(tells(&fault, right, HAUL_OPERAND_SRC, arena.view + arena.page));

	ones.io.flags = HAUL_IO_ONES;
	writer = haul_writer_make(memory, n, HAUL_MEMORY_PLAIN);
	memset(want + before_it, 0xff, n - before_it);
	cr_assert(haul_region_read_part(&ones, off, &writer, &done, &fault) == 0);
	cr_assert(done == n && writer.avail == 0 && fault.kind == HAUL_FAULT_NONE);
	cr_assert(memcmp(memory, want, sizeof memory) == 0);
}

static void check_gone_write(enum arena_right right, size_t before_it, size_t n)
{
	const size_t off = arena.page - before_it;
	unsigned char memory[96], *before = snapshot();
	struct haul_reader reader = haul_reader_make(memory, n, HAUL_MEMORY_PLAIN);
	struct haul_region ones = whole;
	struct haul_fault fault;
	size_t done;

	memset(memory, 0x3c, sizeof memory);
	cr_assert(haul_region_write(&whole, off, &reader) == -HAUL_EFAULT);
	cr_assert(reader.at == memory && reader.remain == n);
	memset(memory, 0x4d, sizeof memory);
	cr_assert(haul_region_write_part(&whole, off, &reader, &done, &fault) == -HAUL_EFAULT);
	cr_assert(done == before_it && reader.at == memory + done && reader.remain == n - done);
	cr_assert(tells(&fault, right, HAUL_OPERAND_DST, arena.view + arena.page));
	memcpy(before + off, memory, before_it);
	cr_assert(is_unchanged(before));

	ones.io.flags = HAUL_IO_ONES;
	memset(memory, 0x5e, sizeof memory);
	reader = haul_reader_make(memory, n, HAUL_MEMORY_PLAIN);
	cr_assert(haul_region_write_part(&ones, off, &reader, &done, &fault) == 0);
	cr_assert(done == n && reader.remain == 0 && fault.kind == HAUL_FAULT_NONE);
	memcpy(before + off, memory, before_it);
	cr_assert(is_unchanged(before));
}

static void check_gone_fill(enum arena_right right, size_t before_it, size_t n)
{
	const size_t off = arena.page - before_it;
	unsigned char *before = snapshot();
	struct haul_region ones = whole;
	struct haul_fault fault;
	size_t done;

	cr_assert(haul_region_fill_zeros(&whole, off, n, &done, &fault) == -HAUL_EFAULT);
	cr_assert(done == before_it);
	cr_assert(tells(&fault, right, HAUL_OPERAND_DST, arena.view + arena.page));
	memset(before + off, 0, before_it);
	cr_assert(is_unchanged(before));
	ones.io.flags = HAUL_IO_ONES;
	cr_assert(haul_region_fill_zeros(&ones, off, n, &done, &fault) == 0);
	cr_assert(done == n && fault.kind == HAUL_FAULT_NONE);
	cr_assert(is_unchanged(before));
}

Test(region, blocks_stop_where_the_device_is_gone)
{
	begin();
	for (enum arena_right right = ARENA_NO_ACCESS; right < ARENA_RIGHTS; right++) {
		arena_protect(&arena, 1, 1, right);
		for (size_t before_it = 0; before_it <= 40; before_it++)
			for (size_t n = before_it + 1; n <= 64; n += 7) {
				check_gone_read(arena.rights[1], before_it, n);
				check_gone_write(arena.rights[1], before_it, n);
				check_gone_fill(arena.rights[1], before_it, n);
			}
	}
	end();
}

/* Memory that ends within the transfer: what the device did is exactly that. */
Test(region, blocks_stop_where_memory_ends)
{
	begin();
	arena_protect(&arena, 1, 1, ARENA_UNMAPPED);
	for (size_t there = 0; there <= 40; there++) {
		unsigned char *memory = arena.view + arena.page - there, *before;
		const size_t off = 2 * arena.page + 3;
		struct haul_writer writer = haul_writer_make(memory, 64, HAUL_MEMORY_FALLIBLE);
		struct haul_reader reader = haul_reader_make(memory, 64, HAUL_MEMORY_FALLIBLE);
		size_t done;

		before = snapshot();
		memcpy(before + arena.page - there, before + off, there);
		cr_assert(haul_region_read_part(&whole, off, &writer, &done, NULL) == -HAUL_EFAULT);
		cr_assert(done == there && writer.at == memory + there);
		cr_assert(writer.avail == 64 - there && is_unchanged(before));
		cr_assert(haul_region_write_part(&whole, off + 64, &reader, &done, NULL) ==
			  -HAUL_EFAULT);
		cr_assert(done == there && reader.at == memory + there);
		memcpy(before + off + 64, before + arena.page - there, there);
		cr_assert(reader.remain == 64 - there && is_unchanged(before));
	}
	end();
}

static void check_fifo(size_t off, unsigned width)
{
	unsigned char memory[32], *before = snapshot();
	struct haul_writer writer = haul_writer_make(memory, 32, HAUL_MEMORY_PLAIN);
	struct haul_reader reader = haul_reader_make(memory, 32, HAUL_MEMORY_FALLIBLE);
	struct haul_fault fault;
	size_t done;

	cr_assert(haul_region_read_fifo(&whole, off, width, &writer, &done, &fault) == 0);
	cr_assert(done == 32 && writer.at == memory + 32 && writer.avail == 0);
	cr_assert(is_unchanged(before) && fault.kind == HAUL_FAULT_NONE);
	for (size_t i = 0; i < 32; i++) {
		cr_assert(memory[i] == before[off + i % width]);
		memory[i] = (unsigned char)(200 + i);
	}
	cr_assert(haul_region_write_fifo(&whole, off, width, &reader, &done, &fault) == 0);
	cr_assert(done == 32 && reader.at == memory + 32 && reader.remain == 0);
	memcpy(before + off, memory + 32 - width, width);
	cr_assert(is_unchanged(before) && fault.kind == HAUL_FAULT_NONE);
}

static void check_fifo_refused(size_t off, unsigned width, size_t n, enum haul_memory_kind kind,
			       int err)
{
	struct haul_writer writer =
		haul_writer_make((void *)64, n, kind); /* NOLINT(performance-no-int-to-ptr) */
	struct haul_reader reader =
		haul_reader_make((void *)64, n, kind); /* NOLINT(performance-no-int-to-ptr) */
	unsigned char *before = snapshot();
	struct haul_fault fault;
	size_t done = 1;

	memset(&fault, 0xa5, sizeof fault);
	cr_assert(haul_region_read_fifo(&whole, off, width, &writer, &done, &fault) == err);
	cr_assert(done == 0 && fault.kind == HAUL_FAULT_NONE);
	done = 1;
	memset(&fault, 0xa5, sizeof fault);
	cr_assert(haul_region_write_fifo(&whole, off, width, &reader, &done, &fault) == err);
	cr_assert(done == 0 && fault.kind == HAUL_FAULT_NONE);
	cr_assert((uintptr_t)writer.at == 64 && writer.avail == n);
	cr_assert((uintptr_t)reader.at == 64 && reader.remain == n);
	cr_assert(is_unchanged(before));
}

Test(region, fifos_are_one_register)
{
	begin();
	for (unsigned width = 1; width <= 8; width *= 2) {
		check_fifo(0, width);
		check_fifo(40, width);
		check_fifo(whole.size - width, width);
		check_fifo_refused(whole.size - width + 1, width, 32, HAUL_MEMORY_PLAIN,
				   -HAUL_ERANGE);
		check_fifo_refused(SIZE_MAX, width, 32, HAUL_MEMORY_PLAIN, -HAUL_ERANGE);
		check_fifo_refused(0, width, 32, HAUL_MEMORY_IO, -HAUL_EINVAL);
		check_fifo_refused(0, width, 32, (enum haul_memory_kind)3, -HAUL_EINVAL);
		if (width == 1)
			continue;
		check_fifo_refused(width / 2, width, 32, HAUL_MEMORY_PLAIN, -HAUL_EINVAL);
		check_fifo_refused(0, width, 32 + width / 2, HAUL_MEMORY_PLAIN, -HAUL_EINVAL);
	}
	check_fifo_refused(0, 0, 32, HAUL_MEMORY_PLAIN, -HAUL_EINVAL);
	check_fifo_refused(0, 3, 33, HAUL_MEMORY_PLAIN, -HAUL_EINVAL);
	check_fifo_refused(0, 16, 32, HAUL_MEMORY_PLAIN, -HAUL_EINVAL);
	end();
}

Test(region, fifos_stop_where_the_device_is_gone)
{
	unsigned char memory[8];
	struct haul_writer writer = haul_writer_make(memory, 8, HAUL_MEMORY_PLAIN);
	struct haul_reader reader = haul_reader_make(memory, 8, HAUL_MEMORY_PLAIN);
	struct haul_region ones;
	struct haul_fault fault;
	size_t done;

	begin();
	ones = whole;
	ones.io.flags = HAUL_IO_ONES;
	arena_protect(&arena, 1, 1, ARENA_UNMAPPED);
	cr_assert(haul_region_read_fifo(&whole, arena.page, 4, &writer, &done, &fault) ==
		  -HAUL_EFAULT);
	cr_assert(done == 0 && writer.at == memory && writer.avail == 8);
	cr_assert(tells(&fault, ARENA_UNMAPPED, HAUL_OPERAND_SRC, arena.view + arena.page));
	cr_assert(haul_region_write_fifo(&whole, arena.page, 4, &reader, &done, &fault) ==
		  -HAUL_EFAULT);
	cr_assert(done == 0 && reader.at == memory && reader.remain == 8);
	cr_assert(tells(&fault, ARENA_UNMAPPED, HAUL_OPERAND_DST, arena.view + arena.page));
	cr_assert(haul_region_read_fifo(&ones, arena.page, 4, &writer, &done, &fault) == 0);
	cr_assert(done == 8 && writer.avail == 0);
	for (size_t i = 0; i < 8; i++)
		cr_assert(memory[i] == 0xff);
	cr_assert(haul_region_write_fifo(&ones, arena.page, 4, &reader, &done, &fault) == 0);
	cr_assert(done == 8 && reader.remain == 0);
	end();
}

static void check_fill(const struct haul_region *region, size_t off, size_t len)
{
	const size_t room = off < region->size ? region->size - off : 0;
	const size_t want = len < room ? len : room;
	unsigned char *before = snapshot();
	struct haul_fault fault;
	size_t done = 1;

	memset(&fault, 0xa5, sizeof fault);
	memset(before + (region->base - arena.view) + (want ? off : 0), 0, want);
	cr_assert(haul_region_fill_zeros(region, off, len, &done, &fault) ==
			  (want == len ? 0 : -HAUL_ERANGE),
		  "offset %zu, %zu bytes", off, len);
	cr_assert(done == want && fault.kind == HAUL_FAULT_NONE);
	cr_assert(is_unchanged(before));
}

Test(region, fill_zeros_does_what_there_is)
{
	begin();
	for (size_t i = 0; i < EDGES; i++)
		for (size_t j = 0; j < EDGES; j++) {
			struct haul_region region;

			cr_assert(haul_region_slice(&whole, 200 + i % 8, SIZE, &region) == 0);
			memset(arena.image, 0x77, PAGES * arena.page);
			check_fill(&region, edges[i], edges[j]);
		}
	end();
}

Test(region, fill_zeros_keeps_to_the_width)
{
	struct haul_region region;
	unsigned char *before;
	size_t done = 1;

	begin();
	before = snapshot();
	cr_assert(haul_region_slice(&whole, 0, SIZE, &region) == 0);
	region.io.width = 8;
	cr_assert(haul_region_fill_zeros(&region, 4, 8, &done, NULL) == -HAUL_EINVAL && !done);
	cr_assert(haul_region_fill_zeros(&region, 8, 4, &done, NULL) == -HAUL_EINVAL && !done);
	/* what there is is four bytes */
	cr_assert(haul_region_fill_zeros(&region, 96, 8, &done, NULL) == -HAUL_EINVAL && !done);
	region.io.width = 6;
	cr_assert(haul_region_fill_zeros(&region, 0, 6, &done, NULL) == -HAUL_EINVAL && !done);
	cr_assert(is_unchanged(before));
	end();
}

Test(region, cursors_lie_in_it)
{
	static unsigned char device[SIZE];
	struct haul_region region;

	cr_assert(haul_region_make(&region, device, PHYSICAL, SIZE, HAUL_CACHE_UNCACHED) == 0);
	region.io = (struct haul_io){2, HAUL_IO_ONES};
	for (size_t i = 0; i < EDGES; i++)
		for (size_t j = 0; j < EDGES; j++) {
			const size_t off = edges[i], len = edges[j];
			const int want = lies_in(off, len, SIZE) ? 0 : -HAUL_ERANGE;
			struct haul_reader reader = {0};
			struct haul_writer writer = {0};

			cr_assert(haul_region_reader(&region, off, len, &reader) == want);
			cr_assert(haul_region_writer(&region, off, len, &writer) == want);
			cr_assert(reader.at == (want ? NULL : device + off));
			cr_assert(writer.at == (want ? NULL : device + off));
			cr_assert(reader.remain == (want ? 0 : len));
			cr_assert(writer.avail == (want ? 0 : len));
			if (!want) {
				cr_assert(reader.kind == HAUL_MEMORY_IO && reader.io.width == 2);
				cr_assert(reader.io.flags == HAUL_IO_ONES);
				cr_assert(writer.kind == HAUL_MEMORY_IO && writer.io.width == 2);
				cr_assert(writer.io.flags == HAUL_IO_ONES);
			}
		}
}
