/* SPDX-License-Identifier: MIT */
/*
 * The random programs (dma_program.h) over machines, Hals and settings that are broken: they
 * must notice.  What they do not notice they do not test.
 */
#include "dma_program.h"
#include "test.h"
#include <string.h>

static struct haul_hal whole; /* what it was */

typedef void breaker(struct haul_hal *hal, struct haul_dma_limits *limits);

/* In that set-up one of the programs, at most so many. */
static void check_noticed(struct program_setup setup, breaker *break_it)
{
	enum { MANY = 2000 };

	for (uint64_t number = 0; number < MANY; number++) {
		struct program program = program_of(&setup, number);
		unsigned step;

		program.break_it = NULL;
		cr_assert(!program_run(&program, &step));
		program.break_it = break_it;
		if (program_run(&program, &step))
			return;
	}
	cr_assert(false, "%s", setup.name);
}

static const struct program_setup mapped = {"mapped", NEAR, 0, 0, HAUL_DMA_DIRECT, HAUL_DMA_DIRECT};
static const struct program_setup far = {"far", FAR, 0, RAGGED, HAUL_DMA_BOUNCE, HAUL_DMA_BOUNCE};
static const struct program_setup uncached = {"uncached", ALLOCATED,         ALL_OPS,
					      0,          HAUL_DMA_UNCACHED, HAUL_DMA_UNCACHED};
static const struct program_setup allocated = {"allocated", ALLOCATED,       0,
					       0,           HAUL_DMA_DIRECT, HAUL_DMA_DIRECT};

/* Cache maintenance. */

/* What is asked for, and what is done instead: a range that is changed, or nothing (size 0). */
struct request {
	enum haul_cache_op op;
	size_t off, size;
};

static void (*change)(struct request *request);

static int changed_cache(void *ctx, enum haul_cache_op op, void *virt, struct haul_phys at,
			 size_t size)
{
	struct request request = {op, (size_t)(at.value - phys), size};
	struct haul_phys changed;

	(void)virt;
	change(&request);
	changed.value = phys + request.off;
	if (!request.size)
		return 0;
	return whole.cache(ctx, request.op, model.cpu + request.off, changed, request.size);
}

static void break_cache(struct haul_hal *hal, struct haul_dma_limits *limits)
{
	(void)limits;
	whole = *hal;
	hal->cache = changed_cache;
}

static void check_change(struct program_setup setup, void (*how)(struct request *request))
{
	change = how;
	check_noticed(setup, break_cache);
}

static void skip_clean(struct request *request)
{
	if (request->op == HAUL_CACHE_CLEAN)
		request->size = 0;
}

static void skip_invalidate(struct request *request)
{
	if (request->op == HAUL_CACHE_INVALIDATE)
		request->size = 0;
}

static void clean_always(struct request *request)
{
	request->op = HAUL_CACHE_CLEAN;
}

static void invalidate_always(struct request *request)
{
	request->op = HAUL_CACHE_INVALIDATE;
}

static void miss_the_last_line(struct request *request)
{
	const size_t last = (request->off + request->size - 1) & ~(model.config.line - 1);

	request->size = last > request->off ? last - request->off : 0;
}

static void miss_the_first_line(struct request *request)
{
	const size_t end = request->off + request->size;
	const size_t second = (request->off & ~(model.config.line - 1)) + model.config.line;

	request->off = second < end ? second : end;
	request->size = end - request->off;
}

/* From where the memory begins: the page, here. */
static void forget_the_offset(struct request *request)
{
	request->off &= ~(size_t)(PAGE - 1);
}

static void take_the_pages(struct request *request)
{
	const size_t end = (request->off + request->size + PAGE - 1) & ~(size_t)(PAGE - 1);

	request->off &= ~(size_t)(PAGE - 1);
	request->size = end - request->off;
}

Test(dma_broken, clean_does_nothing)
{
	check_change(mapped, skip_clean);
	check_change(allocated, skip_clean);
	check_change(far, skip_clean);
}

Test(dma_broken, invalidate_does_nothing)
{
	check_change(mapped, skip_invalidate);
	check_change(allocated, skip_invalidate);
	check_change(far, skip_invalidate);
}

Test(dma_broken, invalidate_is_clean)
{
	check_change(mapped, clean_always);
	check_change(far, clean_always);
}

Test(dma_broken, clean_is_invalidate)
{
	check_change(mapped, invalidate_always);
	check_change(far, invalidate_always);
}

Test(dma_broken, last_line_is_missed)
{
	check_change(mapped, miss_the_last_line);
	check_change(far, miss_the_last_line);
}

Test(dma_broken, first_line_is_missed)
{
	check_change(mapped, miss_the_first_line);
	check_change(far, miss_the_first_line);
}

Test(dma_broken, range_is_another)
{
	check_change(mapped, forget_the_offset);
	check_change(allocated, forget_the_offset);
	check_change(far, forget_the_offset);
}

/* That of others goes with it. */
Test(dma_broken, range_is_too_large)
{
	check_change(mapped, take_the_pages);
}

/* Only flush is there, and does not drop. */
Test(dma_broken, flush_is_clean)
{
	struct program_setup flushed = mapped;

	flushed.missing = 1 << HAUL_CACHE_INVALIDATE;
	check_change(flushed, clean_always);
}

static int describe_half(void *ctx, struct haul_cache_report *report)
{
	const int err = whole.describe_cache(ctx, report);

	report->block /= 2;
	return err;
}

static void halve_block(struct haul_hal *hal, struct haul_dma_limits *limits)
{
	(void)limits;
	whole = *hal;
	hal->describe_cache = describe_half;
}

Test(dma_broken, block_is_larger_than_it_says)
{
	check_noticed(mapped, halve_block);
}

static void say_coherent(struct haul_hal *hal, struct haul_dma_limits *limits)
{
	(void)hal;
	limits->coherent = true;
}

Test(dma_broken, device_is_taken_for_coherent)
{
	check_noticed(mapped, say_coherent);
	check_noticed(far, say_coherent);
}

/* Memory. */

static int alias_without_flush(void *ctx, const struct haul_hal_memory *memory, void **alias)
{
	(void)ctx;
	*alias = model.ram + (memory->iova.value - iova);
	return 0;
}

static int alias_that_is_cached(void *ctx, const struct haul_hal_memory *memory, void **alias)
{
	(void)ctx;
	*alias = memory->virt;
	return 0;
}

static int drop_nothing(void *ctx, const struct haul_hal_memory *memory, void *alias)
{
	(void)ctx, (void)memory, (void)alias;
	return 0;
}

static void leave_dirty(struct haul_hal *hal, struct haul_dma_limits *limits)
{
	(void)limits;
	hal->make_alias = alias_without_flush;
	hal->drop_alias = drop_nothing;
}

static void alias_cached(struct haul_hal *hal, struct haul_dma_limits *limits)
{
	(void)limits;
	hal->make_alias = alias_that_is_cached;
	hal->drop_alias = drop_nothing;
}

Test(dma_broken, alias_of_memory_that_is_in_the_cache)
{
	check_noticed(uncached, leave_dirty);
}

Test(dma_broken, alias_is_cached)
{
	check_noticed(uncached, alias_cached);
}

static int share_otherwise(void *ctx, void *p, size_t size, enum haul_dma_direction direction,
			   uint64_t reach, struct haul_hal_memory *memory)
{
	return whole.share(ctx, p, size,
			   direction == HAUL_DMA_BOTH ? HAUL_DMA_TO_DEVICE
						      : (enum haul_dma_direction)(3 - direction),
			   reach, memory);
}

static int unshare_nothing(void *ctx, const struct haul_hal_memory *memory,
			   enum haul_dma_direction direction)
{
	(void)ctx, (void)memory, (void)direction;
	return 0;
}

static int free_nothing(void *ctx, const struct haul_hal_memory *memory)
{
	(void)ctx, (void)memory;
	return 0;
}

static void share_wrongly(struct haul_hal *hal, struct haul_dma_limits *limits)
{
	(void)limits;
	whole = *hal;
	hal->share = share_otherwise;
	hal->unshare = unshare_nothing;
}

static void never_unshare(struct haul_hal *hal, struct haul_dma_limits *limits)
{
	(void)limits;
	hal->unshare = unshare_nothing;
}

static void never_free(struct haul_hal *hal, struct haul_dma_limits *limits)
{
	(void)limits;
	hal->free = free_nothing;
}

Test(dma_broken, memory_is_shared_in_another_direction)
{
	check_noticed(mapped, share_wrongly);
}

Test(dma_broken, memory_stays_shared)
{
	check_noticed(mapped, never_unshare);
}

Test(dma_broken, memory_is_not_given_back)
{
	check_noticed(far, never_free);
	check_noticed(uncached, never_free);
}

/* The device reaches less than is said. */
static void reach_too_far(struct haul_hal *hal, struct haul_dma_limits *limits)
{
	(void)hal;
	limits->reach = UINT64_MAX;
}

Test(dma_broken, device_reaches_less_than_it_says)
{
	check_noticed(far, reach_too_far);
}
