/* SPDX-License-Identifier: MIT */
/*
 * Random programs over lists, as those over streams (dma_program.h): pieces of memory of all kinds
 * at once, which the device knows by their segments only.
 */
#include "dma_machine.h"
#include "test.h"
#include <haul/dma.h>
#include <string.h>

enum {
	STEPS = 40,
	PIECES = 4,
	PIECE = 4 * LINE, /* bytes of the largest */
	SEGMENTS = 64,
	BLOCK = 2 * PAGE, /* of the memory within reach, and of that beyond it */
	TOTAL = PIECES * PIECE
};

struct byte {
	unsigned char value;
	bool devices, written; /* by the device, since it has it */
};

static struct {
	uint64_t random;
	const char *wrong;
	enum haul_dma_direction direction;
	struct haul_dma_device device;
	unsigned char *blocks[3]; /* near, far, and what the Hal does not know */
	unsigned char others[3][BLOCK];
	struct haul_iovec pieces[PIECES];
	size_t count;
	struct haul_dma_list list;
	struct haul_dma_stream streams[PIECES];
	struct haul_dma_segment segments[SEGMENTS];
	struct byte bytes[TOTAL];
} run;

static unsigned char outside[BLOCK];

static bool expect(bool condition, const char *what)
{
	if (!condition && !run.wrong)
		run.wrong = what;
	return condition;
}

static size_t below(size_t bound)
{
	return test_random_below(&run.random, bound);
}

static bool device_reads(void)
{
	return run.direction & HAUL_DMA_TO_DEVICE;
}

static bool device_writes(void)
{
	return run.direction & HAUL_DMA_FROM_DEVICE;
}

/* The piece with that byte of the list, and which byte of it that is. */
static size_t piece_of(size_t *off)
{
	size_t i = 0;

	while (*off >= run.pieces[i].len)
		*off -= run.pieces[i++].len;
	return i;
}

static unsigned char *cpu_byte(size_t off)
{
	const size_t i = piece_of(&off);

	return (unsigned char *)run.pieces[i].base + off;
}

static struct haul_iova device_byte(size_t off)
{
	size_t i = 0;

	while (off >= run.segments[i].len)
		off -= run.segments[i++].len;
	return (struct haul_iova){run.segments[i].iova.value + off};
}

/* Down to where a hand-over may begin or end. */
static size_t granule_down(size_t off)
{
	size_t rest = off, piece;

	if (off == run.list.size)
		return off;
	piece = piece_of(&rest);
	return off - rest % run.streams[piece].granule;
}

static bool all_are(size_t off, size_t len, bool devices)
{
	for (size_t i = off; i < off + len; i++)
		if (run.bytes[i].devices != devices)
			return false;
	return true;
}

static void cpu_accesses(void)
{
	const size_t off = below(run.list.size), len = 1 + below(run.list.size - off);

	for (size_t i = off; i < off + len; i++) {
		struct byte *const byte = &run.bytes[i];

		if (byte->devices)
			continue;
		expect(*cpu_byte(i) == byte->value, "what the CPU reads");
		if (below(2))
			*cpu_byte(i) = byte->value = (unsigned char)below(256);
	}
}

static void device_accesses(void)
{
	const size_t off = below(run.list.size), len = 1 + below(run.list.size - off);

	for (size_t i = off; i < off + len; i++) {
		struct byte *const byte = &run.bytes[i];
		unsigned char value = 0;

		if (!byte->devices || below(4))
			continue;
		if (device_reads()) {
			expect(haul_model_device_read(&model, device_byte(i), &value, 1) == 0,
			       "result of the device's read");
			expect(value == byte->value, "what the device reads");
		}
		value = (unsigned char)below(256);
		if (device_writes()) {
			expect(haul_model_device_write(&model, device_byte(i), &value, 1) == 0,
			       "result of the device's write");
			byte->value = value;
			byte->written = true;
		}
	}
}

static void set_owner(size_t off, size_t len, bool devices)
{
	for (size_t i = off; i < off + len; i++) {
		run.bytes[i].devices = devices;
		run.bytes[i].written = false;
	}
}

/* All or nothing.  (-HAUL_ENOSPC, for too many pieces, is the streams' to be tested for.) */
static void hand_over(void)
{
	const size_t one = below(run.list.size + 1), other = below(run.list.size + 1);
	const size_t off = granule_down(one < other ? one : other);
	const size_t len = granule_down(one < other ? other : one) - off;
	const bool give = below(2);
	const int err = give ? haul_dma_list_for_device(&run.list, off, len)
			     : haul_dma_list_for_cpu(&run.list, off, len);

	if (err == -HAUL_ENOSPC)
		return;
	if (!expect(err == (all_are(off, len, !give) ? 0 : -HAUL_EBUSY), "result of a hand-over"))
		return;
	if (!err)
		set_owner(off, len, give);
}

/* What the device has written may be lost or not: the CPU writes it anew. */
static void cancel(void)
{
	expect(haul_dma_list_cancel(&run.list) == 0, "result of haul_dma_list_cancel");
	for (size_t i = 0; i < run.list.size; i++)
		if (run.bytes[i].written)
			*cpu_byte(i) = run.bytes[i].value;
	set_owner(0, run.list.size, false);
}

static void step(void)
{
	switch (below(8)) {
	case 0:
	case 1:
		cpu_accesses();
		break;
	case 2:
	case 3:
		device_accesses();
		break;
	case 4:
		if (!below(4))
			cancel();
		break;
	default:
		hand_over();
	}
}

/* Set-up. */

/* A piece after what others have in the block: whole lines, or anything. */
static void choose_piece(size_t used[3])
{
	const size_t block = below(3), line = model.config.line;
	struct haul_iovec *const piece = &run.pieces[run.count];
	size_t off = used[block] + 1 + below(LINE), len = 1 + below(PIECE);

	if (below(2)) {
		off += -off % line;
		len += -len % line;
	}
	if (off + len >= BLOCK)
		return;
	*piece = (struct haul_iovec){run.blocks[block] + off, len};
	used[block] = off + len;
	run.count++;
}

static void choose_pieces(void)
{
	size_t used[3] = {0, 0, 0};

	while (!run.count || (run.count < PIECES && below(4)))
		choose_piece(used);
}

static void fill_blocks(void)
{
	size_t off = 0;

	for (size_t i = 0; i < 3; i++)
		for (size_t j = 0; j < BLOCK; j++)
			run.blocks[i][j] = run.others[i][j] = (unsigned char)below(256);
	for (size_t i = 0; i < run.count; off += run.pieces[i++].len)
		for (size_t j = 0; j < run.pieces[i].len; j++)
			run.bytes[off + j].value = ((unsigned char *)run.pieces[i].base)[j];
}

/* Neither side has touched what is between the pieces. */
static void check_others(void)
{
	for (size_t i = 0; i < run.count; i++)
		for (size_t block = 0; block < 3; block++) {
			const size_t off =
				(uintptr_t)run.pieces[i].base - (uintptr_t)run.blocks[block];

			if (off < BLOCK)
				memcpy(run.others[block] + off, run.pieces[i].base,
				       run.pieces[i].len);
		}
	for (size_t block = 0; block < 3; block++)
		expect(memcmp(run.others[block], run.blocks[block], BLOCK) == 0,
		       "what is between the pieces");
}

static void begin_machine(uint64_t number)
{
	static const size_t line_sizes[] = {16, 32, 64};
	struct haul_model_config config =
		config_of(number % 2 ? HAUL_MODEL_WORST : HAUL_MODEL_RANDOM, number);
	struct haul_dma_limits limits = {.reach = iova + SIZE - BLOCK - 1};
	void *low, *high, *rest;

	config.line = line_sizes[number / 2 % 3];
	config.missing = number / 18 % 3 ? 0 : 1 << HAUL_CACHE_INVALIDATE;
	config.coherent = limits.coherent = number / 54 % 4 == 0;
	config.paged = number / 216 % 2;
	config.reach = limits.reach;
	limits.segment_max = below(2) ? 0 : 40 + below(100);
	limits.boundary = below(2) ? 0 : 2 * LINE;
	begin(config);
	cr_assert(haul_model_alloc(&model, BLOCK, &low) == 0);
	cr_assert(haul_model_alloc(&model, SIZE - 2 * BLOCK, &rest) == 0);
	cr_assert(haul_model_alloc(&model, BLOCK, &high) == 0);
	cr_assert(haul_model_free(&model, rest, SIZE - 2 * BLOCK) == 0);
	run.blocks[0] = low;
	run.blocks[1] = high;
	run.blocks[2] = outside;
	cr_assert(haul_dma_device_init(&run.device, &model.hal, &limits) == 0);
}

static void end(void)
{
	const size_t size = run.list.size, used = below(2) ? size : below(size + 1);

	if (!expect(haul_dma_list_unmap(&run.list, used) == 0, "result of haul_dma_list_unmap"))
		return;
	for (size_t i = 0; i < size; i++)
		if (i < used || !run.bytes[i].written)
			expect(*cpu_byte(i) == run.bytes[i].value, "what is there when unmapped");
	check_others();
	expect(haul_dma_device_end(&run.device) == 0, "result of haul_dma_device_end");
	expect(haul_arena_used(&model.arena) == 2 * BLOCK, "memory that is not given back");
}

static void check_segments(void)
{
	const struct haul_dma_limits *const limits = &run.device.limits;
	size_t size = 0;

	for (size_t i = 0; i < run.list.nsegments; i++) {
		const struct haul_dma_segment *const segment = &run.segments[i];
		const uint64_t first = segment->iova.value, last = first + segment->len - 1;

		expect(segment->len > 0, "an empty segment");
		expect(!limits->segment_max || segment->len <= limits->segment_max,
		       "the length of a segment");
		expect(!limits->boundary || first / limits->boundary == last / limits->boundary,
		       "a segment over a boundary");
		size += segment->len;
	}
	expect(size == run.list.size, "the length of all segments");
}

static const char *run_program(uint64_t number)
{
	memset(&run, 0, sizeof run);
	run.random = number + (test_seed() << 32);
	run.direction = (enum haul_dma_direction)(1 + number / 6 % 3);
	begin_machine(number);
	choose_pieces();
	fill_blocks();
	if (!expect(haul_dma_list_map(&run.list, &run.device, run.pieces, run.count, run.direction,
				      0, run.streams, run.segments, SEGMENTS) == 0,
		    "result of haul_dma_list_map"))
		return run.wrong;
	check_segments();
	for (int i = 0; i < STEPS && !run.wrong; i++)
		step();
	if (!run.wrong)
		end();
	return run.wrong;
}

Test(dma_programs, lists)
{
	const uint64_t programs = test_long() ? 200000 : 2000;
	uint64_t thin = test_seed();

	for (uint64_t number = 0; number < programs; number++) {
		const char *const wrong = test_takes_case(&thin) ? run_program(number) : NULL;

		cr_assert(!wrong, "HAUL_TEST_SEED=%llu, program %llu: %s",
			  (unsigned long long)test_seed(), (unsigned long long)number, wrong);
	}
}
