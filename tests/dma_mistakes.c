/* SPDX-License-Identifier: MIT */
/*
 * What drivers have done wrong, each time beside what is right: the model must show the one and
 * pass the other.  Without haul's streams: here the driver does it all by itself.
 *
 *   1. memory that a device writes is not cleaned before: dirty lines go over what it wrote
 *   2. it is not invalidated afterwards: lines read meanwhile hide what it wrote
 *   3. memory that a device reads is not cleaned before
 *   4. memory of both directions is handed over, and not taken back
 *   5. a part of a line is invalidated: a neighbour's store is lost
 *   6. clean in place of invalidate
 *   7. flush in place of invalidate, after a store while the device had the memory
 *   8. loops over blocks that miss the last one, in three forms
 *   9. an uncached alias of memory that is in the cache
 *  10. a device that is taken for coherent
 *  11. a bounce copy in the wrong direction, or none at first
 *  12. the other half of a buffer that was split is taken back
 *  13. a device address used after the end of the mapping, against its direction, beyond its end
 *  14. what came before a transfer that did not take place is invalidated
 */
#include "dma_machine.h"
#include "test.h"
#include <string.h>

enum { BUFFER = 4 * LINE, LEN = 3 * LINE }; /* where it is, unless a driver says otherwise */

/* A driver's work, with the mistake or without; is the data right in the end? */
typedef bool driver(bool mistaken);

static void check_mode(driver *drive, enum haul_model_mode mode, uint64_t seeds)
{
	const uint64_t first = test_seed();
	uint64_t caught = 0;

	for (uint64_t seed = first; seed < first + seeds; seed++) {
		begin_shared(config_of(mode, seed));
		cr_assert(drive(false), "mode %d, seed %llu", (int)mode, (unsigned long long)seed);
		begin_shared(config_of(mode, seed));
		caught += !drive(true);
	}
	cr_assert(caught > 0, "mode %d", (int)mode);
}

/* At once in the worst case, and by chance with one of a few seeds. */
static void check_caught(driver *drive)
{
	check_mode(drive, HAUL_MODEL_WORST, 1);
	check_mode(drive, HAUL_MODEL_RANDOM, 64);
}

static void sync_done(enum haul_cache_op op, size_t off, size_t n)
{
	cr_assert(sync_range(op, off, n) == 0);
}

static bool without_clean_before_from(bool mistaken)
{
	cpu_store(BUFFER, letters('c'), LEN);
	if (!mistaken)
		sync_done(HAUL_CACHE_CLEAN, BUFFER, LEN);
	device_write(BUFFER, letters('d'), LEN);
	haul_model_step(&model);
	sync_done(HAUL_CACHE_INVALIDATE, BUFFER, LEN);
	return cpu_sees(BUFFER, letters('d'), LEN);
}

Test(dma_mistakes, device_writes_memory_that_was_not_cleaned)
{
	check_caught(without_clean_before_from);
}

static bool without_invalidate_after_from(bool mistaken)
{
	sync_done(HAUL_CACHE_CLEAN, BUFFER, LEN);
	haul_model_step(&model);
	device_write(BUFFER, letters('d'), LEN);
	if (!mistaken)
		sync_done(HAUL_CACHE_INVALIDATE, BUFFER, LEN);
	return cpu_sees(BUFFER, letters('d'), LEN);
}

Test(dma_mistakes, memory_is_not_taken_back)
{
	check_caught(without_invalidate_after_from);
}

static bool without_clean_before_to(bool mistaken)
{
	cpu_store(BUFFER, letters('c'), LEN);
	if (!mistaken)
		sync_done(HAUL_CACHE_CLEAN, BUFFER, LEN);
	return device_sees(BUFFER, letters('c'), LEN);
}

Test(dma_mistakes, device_reads_memory_that_was_not_cleaned)
{
	check_caught(without_clean_before_to);
}

static bool first_half_of_both(bool mistaken)
{
	cpu_store(BUFFER, letters('c'), LEN);
	sync_done(HAUL_CACHE_CLEAN, BUFFER, LEN);
	cr_assert(device_sees(BUFFER, letters('c'), LEN));
	device_write(BUFFER, letters('d'), LEN);
	if (!mistaken)
		sync_done(HAUL_CACHE_INVALIDATE, BUFFER, LEN);
	return cpu_sees(BUFFER, letters('d'), LEN);
}

Test(dma_mistakes, memory_of_both_directions_is_not_taken_back)
{
	check_caught(first_half_of_both);
}

/* The buffer ends in the middle of a line, whose other half is another's; the right way
 * is to copy. */
static bool part_of_a_line(bool mistaken)
{
	const size_t len = LINE + LINE / 2, off = mistaken ? BUFFER : 2 * BUFFER;

	sync_done(HAUL_CACHE_CLEAN, off, len);
	cpu_store(BUFFER + len, letters('n'), LINE / 2);
	device_write(off, letters('d'), len);
	sync_done(HAUL_CACHE_INVALIDATE, off, len);
	if (!mistaken)
		cpu_store(BUFFER, model.cpu + off, len);
	haul_model_step(&model);
	return cpu_sees(BUFFER, letters('d'), len) &&
	       cpu_sees(BUFFER + len, letters('n'), LINE / 2);
}

Test(dma_mistakes, part_of_a_line_is_invalidated)
{
	check_caught(part_of_a_line);
}

static bool clean_for_invalidate(bool mistaken)
{
	sync_done(HAUL_CACHE_CLEAN, BUFFER, LEN);
	device_write(BUFFER, letters('d'), LEN);
	sync_done(mistaken ? HAUL_CACHE_CLEAN : HAUL_CACHE_INVALIDATE, BUFFER, LEN);
	return cpu_sees(BUFFER, letters('d'), LEN);
}

Test(dma_mistakes, clean_in_place_of_invalidate)
{
	check_caught(clean_for_invalidate);
}

static bool flush_after_store(bool mistaken)
{
	sync_done(HAUL_CACHE_CLEAN, BUFFER, LEN);
	device_write(BUFFER, letters('d'), LEN);
	if (mistaken)
		cpu_store(BUFFER, letters('c'), 1);
	sync_done(HAUL_CACHE_FLUSH, BUFFER, LEN);
	return cpu_sees(BUFFER, letters('d'), LEN);
}

Test(dma_mistakes, flush_after_a_store_meanwhile)
{
	check_caught(flush_after_store);
}

/*
 * Loops over blocks.  (They are told of one by one.)
 */
static void clean_blocks(size_t from, size_t end)
{
	for (size_t at = from; at < end; at += LINE)
		sync_done(HAUL_CACHE_CLEAN, at & ~(size_t)(LINE - 1), LINE);
}

static size_t block_of(size_t off)
{
	return off & ~(size_t)(LINE - 1);
}

static void store_to_clean(size_t off, size_t len)
{
	cpu_store(off, letters('c'), len);
}

static bool seen_when_cleaned(size_t off, size_t len, size_t from, size_t end)
{
	store_to_clean(off, len);
	clean_blocks(from, end);
	return device_sees(off, letters('c'), len);
}

/* The first step is from where the range begins, in the middle of a block. */
static bool loop_from_the_middle(bool mistaken)
{
	const size_t off = BUFFER + 4, len = LINE, end = off + len;

	return seen_when_cleaned(off, len, mistaken ? off : block_of(off), end);
}

/* The beginning goes down to the block's, and the length stays. */
static bool loop_with_the_length_kept(bool mistaken)
{
	const size_t off = BUFFER + 4, len = LINE, end = off + len;

	return seen_when_cleaned(off, len, block_of(off), mistaken ? block_of(off) + len : end);
}

/* The last byte is taken for the end. */
static bool loop_to_the_last_byte(bool mistaken)
{
	const size_t off = BUFFER, len = LINE + 1, end = off + len;

	return seen_when_cleaned(off, len, off, mistaken ? end - 1 : end);
}

Test(dma_mistakes, blocks_from_the_middle_of_one)
{
	check_caught(loop_from_the_middle);
}

Test(dma_mistakes, blocks_with_the_length_kept)
{
	check_caught(loop_with_the_length_kept);
}

Test(dma_mistakes, blocks_to_the_last_byte)
{
	check_caught(loop_to_the_last_byte);
}

/* The memory is zeroed, as all that is allocated, then used through the alias only. */
static bool alias_of_cached_memory(bool mistaken)
{
	const struct haul_hal_memory memory = {
		.virt = model.cpu + BUFFER,
		.phys = {phys + BUFFER},
		.iova = {iova + BUFFER},
		.size = LEN,
	};
	void *alias = model.ram + BUFFER;

	cpu_store(BUFFER, letters('z'), LEN);
	if (!mistaken)
		cr_assert(model.hal.make_alias(&model, &memory, &alias) == 0);
	memcpy(alias, letters('c'), LEN);
	haul_model_step(&model);
	return device_sees(BUFFER, letters('c'), LEN);
}

Test(dma_mistakes, alias_of_memory_that_is_in_the_cache)
{
	check_caught(alias_of_cached_memory);
}

static bool not_coherent(bool mistaken)
{
	model.config.coherent = !mistaken;
	cpu_store(BUFFER, letters('c'), LEN);
	if (!device_sees(BUFFER, letters('c'), LEN))
		return false;
	device_write(BUFFER, letters('d'), LEN);
	haul_model_step(&model);
	return cpu_sees(BUFFER, letters('d'), LEN);
}

Test(dma_mistakes, device_is_taken_for_coherent)
{
	check_caught(not_coherent);
}

/* The device writes the first line of three; the others must be as they were. */
static bool bounce(bool in, bool out)
{
	const size_t copy = 2 * BUFFER;

	cpu_store(BUFFER, letters('c'), LEN);
	if (in)
		cpu_store(copy, model.cpu + BUFFER, LEN);
	sync_done(HAUL_CACHE_CLEAN, copy, LEN);
	device_write(copy, letters('d'), LINE);
	sync_done(HAUL_CACHE_INVALIDATE, copy, LEN);
	if (out)
		cpu_store(BUFFER, model.cpu + copy, LEN);
	else
		cpu_store(copy, model.cpu + BUFFER, LEN);
	return cpu_sees(BUFFER, letters('d'), LINE) &&
	       cpu_sees(BUFFER + LINE, letters('c'), LEN - LINE);
}

static bool bounce_the_wrong_way(bool mistaken)
{
	return bounce(true, !mistaken);
}

static bool bounce_without_first_copy(bool mistaken)
{
	return bounce(!mistaken, true);
}

Test(dma_mistakes, bounce_copies_the_wrong_way)
{
	check_caught(bounce_the_wrong_way);
}

Test(dma_mistakes, bounce_does_not_copy_at_first)
{
	check_caught(bounce_without_first_copy);
}

/* The device has the first half, the CPU has filled the second. */
static bool other_half(bool mistaken)
{
	const size_t half = LEN, first = BUFFER, second = BUFFER + half;

	sync_done(HAUL_CACHE_CLEAN, first, half);
	device_write(first, letters('d'), half);
	cpu_store(second, letters('c'), half);
	sync_done(HAUL_CACHE_INVALIDATE, mistaken ? second : first, half);
	return cpu_sees(first, letters('d'), half) && cpu_sees(second, letters('c'), half);
}

Test(dma_mistakes, other_half_is_taken_back)
{
	check_caught(other_half);
}

/* The packet turned out to have gone another way. */
static bool invalidate_without_transfer(bool mistaken)
{
	cpu_store(BUFFER, letters('c'), LEN);
	if (mistaken)
		sync_done(HAUL_CACHE_INVALIDATE, BUFFER, LEN);
	return cpu_sees(BUFFER, letters('c'), LEN);
}

Test(dma_mistakes, transfer_that_did_not_take_place_is_taken_back)
{
	check_caught(invalidate_without_transfer);
}

static int access_device(size_t off, size_t n, bool write)
{
	const struct haul_iova at = {iova + off};
	unsigned char data[LEN + 1] = {0};

	return write ? haul_model_device_write(&model, at, data, n)
		     : haul_model_device_read(&model, at, data, n);
}

static void share(enum haul_dma_direction direction, struct haul_hal_memory *memory)
{
	begin(config_of(HAUL_MODEL_RANDOM, test_seed()));
	cr_assert(model.hal.share(&model, model.cpu + BUFFER, LEN, direction, UINT64_MAX, memory) ==
		  0);
}

Test(dma_mistakes, address_is_used_wrongly)
{
	struct haul_hal_memory memory;

	for (int write = 0; write < 2; write++) {
		share(write ? HAUL_DMA_FROM_DEVICE : HAUL_DMA_TO_DEVICE, &memory);
		cr_assert(access_device(BUFFER, LEN, write) == 0);
		cr_assert(access_device(BUFFER, LEN, !write) == -HAUL_EACCES);
		cr_assert(access_device(BUFFER, LEN + 1, write) == -HAUL_EACCES);
		cr_assert(model.hal.unshare(&model, &memory,
					    write ? HAUL_DMA_FROM_DEVICE : HAUL_DMA_TO_DEVICE) ==
			  0);
		cr_assert(access_device(BUFFER, LEN, write) == -HAUL_EACCES);
	}
}
