/* SPDX-License-Identifier: MIT */
/*
 * Random programs (dma_program.h) over every backing of streams: all must go well, with a Hal
 * that fails now and then too.
 */
#include "dma_program.h"
#include "test.h"
#include <string.h>

enum { CLEAN = 1 << HAUL_CACHE_CLEAN, FLUSH = 1 << HAUL_CACHE_FLUSH };
enum { INVALIDATE = 1 << HAUL_CACHE_INVALIDATE };

static const struct program_setup direct[] = {
	{"allocated", ALLOCATED, 0, 0, HAUL_DMA_DIRECT, HAUL_DMA_DIRECT},
	{"mapped", NEAR, 0, 0, HAUL_DMA_DIRECT, HAUL_DMA_DIRECT},
};

static const struct program_setup flushed[] = {
	{"flush in place of invalidate, allocated", ALLOCATED, INVALIDATE, 0, HAUL_DMA_DIRECT,
	 HAUL_DMA_DIRECT},
	{"flush in place of invalidate, mapped", NEAR, INVALIDATE, 0, HAUL_DMA_DIRECT,
	 HAUL_DMA_DIRECT},
	{"flush in place of clean", NEAR, CLEAN, 0, HAUL_DMA_DIRECT, HAUL_DMA_DIRECT},
	{"flush in place of both", NEAR, CLEAN | INVALIDATE, 0, HAUL_DMA_DIRECT, HAUL_DMA_DIRECT},
	{"without flush", NEAR, FLUSH, 0, HAUL_DMA_DIRECT, HAUL_DMA_DIRECT},
};

static const struct program_setup uncached[] = {
	{"without maintenance", ALLOCATED, ALL_OPS, 0, HAUL_DMA_UNCACHED, HAUL_DMA_UNCACHED},
	{"with clean only", ALLOCATED, FLUSH | INVALIDATE, 0, HAUL_DMA_DIRECT, HAUL_DMA_UNCACHED},
	{"with invalidate only", ALLOCATED, CLEAN | FLUSH, 0, HAUL_DMA_UNCACHED, HAUL_DMA_UNCACHED},
};

static const struct program_setup bounced[] = {
	{"beyond reach", FAR, 0, 0, HAUL_DMA_BOUNCE, HAUL_DMA_BOUNCE},
	{"beyond reach, flush", FAR, INVALIDATE, RAGGED, HAUL_DMA_BOUNCE, HAUL_DMA_BOUNCE},
	{"not the Hal's", OUTSIDE, 0, RAGGED, HAUL_DMA_BOUNCE, HAUL_DMA_BOUNCE},
	{"not aligned", NEAR, 0, CHOOSY, HAUL_DMA_BOUNCE, HAUL_DMA_BOUNCE},
	{"parts of lines", NEAR, 0, RAGGED, HAUL_DMA_DIRECT, HAUL_DMA_BOUNCE},
	{"parts of lines, flush", NEAR, INVALIDATE, RAGGED, HAUL_DMA_DIRECT, HAUL_DMA_BOUNCE},
	{"without maintenance", NEAR, ALL_OPS, RAGGED, HAUL_DMA_BOUNCE, HAUL_DMA_BOUNCE},
	{"with clean only", NEAR, FLUSH | INVALIDATE, RAGGED, HAUL_DMA_DIRECT, HAUL_DMA_BOUNCE},
	{"without maintenance, not the Hal's", OUTSIDE, ALL_OPS, RAGGED, HAUL_DMA_BOUNCE,
	 HAUL_DMA_BOUNCE},
};

static const struct program_setup coherent[] = {
	{"allocated", ALLOCATED, 0, COHERENT, HAUL_DMA_DIRECT, HAUL_DMA_DIRECT},
	{"mapped", NEAR, ALL_OPS, COHERENT | RAGGED, HAUL_DMA_DIRECT, HAUL_DMA_DIRECT},
	{"beyond reach", FAR, ALL_OPS, COHERENT | RAGGED, HAUL_DMA_BOUNCE, HAUL_DMA_BOUNCE},
	{"not the Hal's", OUTSIDE, 0, COHERENT | RAGGED, HAUL_DMA_BOUNCE, HAUL_DMA_BOUNCE},
};

static void check_program(const struct program *program)
{
	unsigned step;
	const char *const wrong = program_run(program, &step);

	cr_assert(!wrong,
		  "%s%s, direction %d, flags %u, mode %d, lines of %zu, seed 0x%llx: wrong in "
		  "step %u: %s",
		  program->setup->name, program->fails ? ", with failures" : "",
		  (int)program->direction, program->flags, (int)program->mode, program->line,
		  (unsigned long long)program->seed, step, wrong);
}

enum { PROGRAMS = 24 * 24 }; /* of each set-up */

static void check_setups(const struct program_setup *setups, size_t count, bool fails)
{
	const uint64_t programs = test_long() ? 100 * PROGRAMS : PROGRAMS;
	uint64_t thin = test_seed();

	for (size_t i = 0; i < count; i++)
		for (uint64_t number = 0; number < programs; number++) {
			struct program program = program_of(&setups[i], number);

			program.fails = fails;
			if (test_takes_case(&thin))
				check_program(&program);
		}
}

Test(dma_programs, direct)
{
	check_setups(direct, sizeof direct / sizeof *direct, false);
	check_setups(direct, sizeof direct / sizeof *direct, true);
}

Test(dma_programs, flushed)
{
	check_setups(flushed, sizeof flushed / sizeof *flushed, false);
	check_setups(flushed, sizeof flushed / sizeof *flushed, true);
}

Test(dma_programs, uncached)
{
	check_setups(uncached, sizeof uncached / sizeof *uncached, false);
	check_setups(uncached, sizeof uncached / sizeof *uncached, true);
}

Test(dma_programs, bounced)
{
	check_setups(bounced, sizeof bounced / sizeof *bounced, false);
	check_setups(bounced, sizeof bounced / sizeof *bounced, true);
}

Test(dma_programs, coherent)
{
	check_setups(coherent, sizeof coherent / sizeof *coherent, false);
	check_setups(coherent, sizeof coherent / sizeof *coherent, true);
}

/* Neither hands anything over, and each sees at once what the other has written. */
static void check_buffer(const struct haul_dma_coherent *buffer, uint64_t *random)
{
	unsigned char *const bytes = buffer->virt;

	for (int i = 0; i < 200; i++) {
		const size_t off = test_random_below(random, buffer->size);
		const struct haul_iova at = {buffer->iova.value + off};
		unsigned char value = (unsigned char)test_random(random), seen;

		if (i & 1)
			bytes[off] = value;
		else
			cr_assert(haul_model_device_write(&model, at, &value, 1) == 0);
		cr_assert(haul_model_device_read(&model, at, &seen, 1) == 0);
		cr_assert(seen == value && bytes[off] == value);
	}
}

static void check_coherent_buffer(enum haul_model_mode mode, bool is_coherent)
{
	struct haul_model_config config = config_of(mode, test_seed());
	const struct haul_dma_limits limits = {.reach = UINT64_MAX, .coherent = is_coherent};
	struct haul_dma_coherent buffer;
	struct haul_dma_device device;
	unsigned char first[100];
	uint64_t random = test_seed();

	config.coherent = is_coherent;
	begin(config);
	memset(model.ram, 'r', SIZE);
	cr_assert(haul_dma_device_init(&device, &model.hal, &limits) == 0);
	cr_assert(haul_dma_coherent_alloc(&buffer, &device, sizeof first, 0) == 0);
	cr_assert(buffer.uncached == !is_coherent);
	cr_assert(haul_model_device_read(&model, buffer.iova, first, sizeof first) == 0);
	for (size_t i = 0; i < sizeof first; i++)
		cr_assert(first[i] == 0);
	check_buffer(&buffer, &random);
	cr_assert(haul_dma_coherent_free(&buffer) == 0);
	cr_assert(haul_dma_device_end(&device) == 0 && haul_arena_used(&model.arena) == 0);
}

Test(dma_programs, coherent_buffers)
{
	for (int mode = HAUL_MODEL_RANDOM; mode <= HAUL_MODEL_QUIET; mode++) {
		check_coherent_buffer((enum haul_model_mode)mode, false);
		check_coherent_buffer((enum haul_model_mode)mode, true);
	}
}
