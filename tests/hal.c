/* SPDX-License-Identifier: MIT */
/* Calls of a Hal: what must not be asked for, what must not be answered. */
#include "test.h"
#include "test_hal.h"
#include <string.h>

#define OK(call) cr_assert((call) == 0)
#define FAILS(call, error) cr_assert((call) == -(error))

static struct test_hal *hal;
static struct haul_hal_memory memory;

static int alloc(size_t size, size_t align, uint64_t reach)
{
	const struct haul_hal_request request = {
		.size = size, .align = align, .reach = reach, .direction = HAUL_DMA_BOTH};

	return haul_hal_alloc(&hal->hal, &request, &memory);
}

static int share(void *p, size_t size, uint64_t reach)
{
	return haul_hal_share(&hal->hal, p, size, HAUL_DMA_BOTH, reach, &memory);
}

Test(hal, what_must_be_there_is)
{
	struct haul_hal good;

	hal = test_hal_begin();
	good = hal->hal;
	OK(haul_hal_check(&good));
#define LACKS(change, error) \
	do { \
		struct haul_hal bad = good; \
\
		change; \
		FAILS(haul_hal_check(&bad), error); \
	} while (0)
	LACKS(bad.size--, HAUL_EINVAL);
	LACKS(bad.version = 0, HAUL_ENOTSUP);
	LACKS(bad.version = 2, HAUL_ENOTSUP);
	LACKS(bad.flags |= 2, HAUL_ENOTSUP);
	LACKS(bad.page = 0, HAUL_EINVAL);
	LACKS(bad.page = 4095, HAUL_EINVAL);
	LACKS(bad.alloc = NULL, HAUL_EINVAL);
	LACKS(bad.free = NULL, HAUL_EINVAL);
	LACKS(bad.share = NULL, HAUL_EINVAL);
	LACKS(bad.unshare = NULL, HAUL_EINVAL);
	LACKS(bad.map_mmio = NULL, HAUL_EINVAL);
	LACKS(bad.unmap_mmio = NULL, HAUL_EINVAL);
	LACKS(bad.describe_cache = NULL, HAUL_EINVAL);
	LACKS(bad.cache = NULL, HAUL_EINVAL);
	LACKS(bad.make_alias = NULL, HAUL_EINVAL);
	LACKS(bad.drop_alias = NULL, HAUL_EINVAL);
#undef LACKS
	good.size++; /* of a later author */
	good.flags = 0;
	good.map_mmio = NULL;
	good.unmap_mmio = NULL;
	good.describe_cache = NULL;
	good.cache = NULL;
	good.make_alias = NULL;
	good.drop_alias = NULL;
	OK(haul_hal_check(&good));
}

Test(hal, what_is_optional_is_said_not_to_be_there)
{
	struct haul_cache_report report;
	struct haul_region region;
	void *alias;

	hal = test_hal_begin();
	test_hal_no_alias(hal);
	hal->hal.map_mmio = NULL;
	hal->hal.unmap_mmio = NULL;
	hal->hal.describe_cache = NULL;
	hal->hal.cache = NULL;
	OK(alloc(1, 0, UINT64_MAX));
	FAILS(haul_hal_map_mmio(&hal->hal, memory.phys, 1, HAUL_CACHE_UNCACHED, &region),
	      HAUL_ENOTSUP);
	FAILS(haul_hal_unmap_mmio(&hal->hal, &region), HAUL_ENOTSUP);
	FAILS(haul_hal_cache(&hal->hal, HAUL_CACHE_CLEAN, memory.virt, memory.phys, 1),
	      HAUL_ENOTSUP);
	FAILS(haul_hal_make_alias(&hal->hal, &memory, &alias), HAUL_ENOTSUP);
	FAILS(haul_hal_drop_alias(&hal->hal, &memory, memory.virt), HAUL_ENOTSUP);
	memset(&report, 0x77, sizeof report);
	OK(haul_hal_describe_cache(&hal->hal, &report));
	cr_assert(report.block == 0 && !report.coherent);
	for (unsigned op = 0; op < HAUL_CACHE_OPS; op++)
		cr_assert(report.ops[op].why == HAUL_CACHE_NO_HAL && !*report.ops[op].instruction);
	OK(haul_hal_free(&hal->hal, &memory));
}

Test(hal, bad_requests_do_not_reach_it)
{
	const struct haul_phys high = {UINT64_MAX};
	struct haul_hal_request request = {.size = 1, .reach = UINT64_MAX};
	struct haul_hal_memory nothing = {0};
	struct haul_region region = {0};
	void *alias;

	hal = test_hal_begin();
	FAILS(alloc(0, 0, UINT64_MAX), HAUL_EINVAL);
	FAILS(alloc(1, 3, UINT64_MAX), HAUL_EINVAL);
	FAILS(alloc(SIZE_MAX, 0, UINT64_MAX), HAUL_EOVERFLOW);
	FAILS(alloc(SIZE_MAX - TEST_HAL_PAGE + 2, 0, UINT64_MAX), HAUL_EOVERFLOW);
	FAILS(alloc(2, 0, 0), HAUL_ERANGE);
	FAILS(haul_hal_alloc(&hal->hal, &request, &memory), HAUL_EINVAL);
	request.direction = (enum haul_dma_direction)4;
	FAILS(haul_hal_alloc(&hal->hal, &request, &memory), HAUL_EINVAL);
	FAILS(share(test_hal_buffer, 0, UINT64_MAX), HAUL_EINVAL);
	FAILS(share(test_hal_buffer, SIZE_MAX, UINT64_MAX), HAUL_EOVERFLOW);
	FAILS(share(test_hal_buffer, 101, 99), HAUL_ERANGE);
	FAILS(haul_hal_share(&hal->hal, test_hal_buffer, 1, request.direction, 1, &memory),
	      HAUL_EINVAL);
	FAILS(haul_hal_free(&hal->hal, &nothing), HAUL_EINVAL);
	FAILS(haul_hal_unshare(&hal->hal, &nothing, HAUL_DMA_BOTH), HAUL_EINVAL);
	FAILS(haul_hal_make_alias(&hal->hal, &nothing, &alias), HAUL_EINVAL);
	FAILS(haul_hal_drop_alias(&hal->hal, &nothing, test_hal_buffer), HAUL_EINVAL);
	FAILS(haul_hal_map_mmio(&hal->hal, high, 0, HAUL_CACHE_UNCACHED, &region), HAUL_EINVAL);
	FAILS(haul_hal_map_mmio(&hal->hal, high, 2, HAUL_CACHE_UNCACHED, &region), HAUL_EOVERFLOW);
	FAILS(haul_hal_map_mmio(&hal->hal, high, 1, (enum haul_cache_policy)3, &region),
	      HAUL_EINVAL);
	FAILS(haul_hal_unmap_mmio(&hal->hal, &region), HAUL_EINVAL);
	FAILS(haul_hal_cache(&hal->hal, (enum haul_cache_op)HAUL_CACHE_OPS, test_hal_buffer, high,
			     1),
	      HAUL_EINVAL);
	FAILS(haul_hal_cache(&hal->hal, HAUL_CACHE_CLEAN, test_hal_buffer, high, SIZE_MAX),
	      HAUL_EOVERFLOW);
	OK(haul_hal_cache(&hal->hal, HAUL_CACHE_CLEAN, test_hal_buffer, high, 0));
	cr_assert(hal->total == 0);
}

Test(hal, good_requests_reach_it_as_they_are)
{
	struct haul_phys phys = {0x1000};
	struct haul_region region;
	void *alias;

	hal = test_hal_begin();
	OK(alloc(1, 0, TEST_HAL_POOL_IOVA));
	cr_assert(memory.size == TEST_HAL_PAGE && memory.virt == hal->arena.view);
	OK(haul_hal_make_alias(&hal->hal, &memory, &alias));
	cr_assert(alias == hal->arena.image);
	OK(haul_hal_drop_alias(&hal->hal, &memory, alias));
	OK(haul_hal_free(&hal->hal, &memory));
	OK(alloc(TEST_HAL_PAGE + 1, TEST_HAL_PAGE, UINT64_MAX));
	cr_assert(memory.size == (size_t)2 * TEST_HAL_PAGE);
	OK(haul_hal_free(&hal->hal, &memory));
	FAILS(alloc(2, 0, TEST_HAL_POOL_IOVA), HAUL_ERANGE);
	FAILS(alloc((size_t)TEST_HAL_PAGES * TEST_HAL_PAGE + 1, 0, UINT64_MAX), HAUL_ENOMEM);
	OK(share(test_hal_buffer + 3, 5, UINT64_MAX));
	cr_assert(memory.virt == test_hal_buffer + 3 && memory.size == 5);
	cr_assert(memory.iova.value == TEST_HAL_BUFFER_IOVA + 3);
	OK(haul_hal_cache(&hal->hal, HAUL_CACHE_FLUSH, memory.virt, memory.phys, 5));
	cr_assert(hal->nops == 1 && hal->ops[0].op == HAUL_CACHE_FLUSH && hal->ops[0].size == 5);
	cr_assert(hal->ops[0].virt == memory.virt && hal->ops[0].phys.value == memory.phys.value);
	OK(haul_hal_unshare(&hal->hal, &memory, HAUL_DMA_BOTH));
	OK(haul_hal_map_mmio(&hal->hal, phys, 8, HAUL_CACHE_UNCACHED, &region));
	cr_assert(region.physical == 0x1000 && region.size == 8);
	OK(haul_hal_unmap_mmio(&hal->hal, &region));
	cr_assert(test_hal_idle(hal));
}

static void lie_nothing(struct haul_hal_memory *about)
{
	memset(about, 0, sizeof *about);
}

static void lie_no_virt(struct haul_hal_memory *about)
{
	about->virt = NULL;
}

static void lie_misaligned_virt(struct haul_hal_memory *about)
{
	about->virt = (unsigned char *)about->virt + 1;
}

static void lie_small(struct haul_hal_memory *about)
{
	about->size -= TEST_HAL_PAGE;
}

static void lie_odd(struct haul_hal_memory *about)
{
	about->size++;
}

static void lie_misaligned(struct haul_hal_memory *about)
{
	about->iova.value += TEST_HAL_PAGE / 2;
}

static void lie_beyond_reach(struct haul_hal_memory *about)
{
	about->iova.value += UINT64_C(1) << 40;
}

static void lie_iova_wraps(struct haul_hal_memory *about)
{
	about->iova.value = UINT64_MAX - TEST_HAL_PAGE + 1;
}

static void lie_phys_wraps(struct haul_hal_memory *about)
{
	about->phys.value = UINT64_MAX - 1;
}

static void lie_virt_wraps(struct haul_hal_memory *about)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
	about->virt = (void *)(UINTPTR_MAX - TEST_HAL_PAGE + 1);
}

static void lie_elsewhere(struct haul_hal_memory *about)
{
	about->virt = (unsigned char *)about->virt + TEST_HAL_BUFFER;
}

static void lie_before(struct haul_hal_memory *about)
{
	about->virt = (unsigned char *)about->virt - about->size - 1;
}

Test(hal, nonsense_is_given_back)
{
	static void (*const of_alloc[])(struct haul_hal_memory *) = {
		lie_nothing,    lie_no_virt,    lie_misaligned_virt, lie_small,
		lie_odd,        lie_misaligned, lie_beyond_reach,    lie_iova_wraps,
		lie_phys_wraps, lie_virt_wraps};
	static void (*const of_share[])(struct haul_hal_memory *) = {
		lie_nothing, lie_no_virt,      lie_misaligned_virt, lie_small,      lie_elsewhere,
		lie_before,  lie_beyond_reach, lie_iova_wraps,      lie_phys_wraps, lie_virt_wraps,
	};

	hal = test_hal_begin();
	memset(&memory, 0x77, sizeof memory);
	for (unsigned i = 0; i < sizeof of_alloc / sizeof *of_alloc; i++) {
		hal->lie = of_alloc[i];
		cr_assert(alloc(2 * TEST_HAL_PAGE, 0, UINT32_MAX) == -HAUL_EPROTO, "%u", i);
		cr_assert(hal->calls[TEST_HAL_FREE] == i + 1 && test_hal_idle(hal));
	}
	for (unsigned i = 0; i < sizeof of_share / sizeof *of_share; i++) {
		hal->lie = of_share[i];
		cr_assert(share(test_hal_buffer + 512, 2 * TEST_HAL_PAGE, UINT32_MAX) ==
				  -HAUL_EPROTO,
			  "%u", i);
		cr_assert(hal->calls[TEST_HAL_UNSHARE] == i + 1 && test_hal_idle(hal));
	}
	cr_assert(memory.size == (size_t)UINT64_C(0x7777777777777777)); /* untouched */
}

static void say_more(struct haul_hal_memory *about)
{
	about->virt = (unsigned char *)about->virt - 8;
	about->iova.value -= 8;
	about->phys.value -= 8;
	about->size += 64;
}

static void say_unknown(struct haul_hal_memory *about)
{
	about->phys.value = HAUL_PHYS_UNKNOWN;
}

Test(hal, what_is_no_nonsense_is_taken)
{
	hal = test_hal_begin();
	hal->lie = say_more;
	OK(share(test_hal_buffer + 8, 100, TEST_HAL_BUFFER_IOVA + 107));
	cr_assert(memory.virt == test_hal_buffer && memory.size == 164);
	OK(haul_hal_unshare(&hal->hal, &memory, HAUL_DMA_BOTH));
	hal->lie = say_unknown;
	OK(alloc(1, 0, UINT64_MAX));
	OK(haul_hal_free(&hal->hal, &memory));
	cr_assert(test_hal_idle(hal));
}

Test(hal, an_alias_is_somewhere)
{
	void *alias = &memory;

	hal = test_hal_begin();
	hal->no_alias = true;
	OK(alloc(1, 0, UINT64_MAX));
	FAILS(haul_hal_make_alias(&hal->hal, &memory, &alias), HAUL_EPROTO);
	cr_assert(alias == &memory && hal->calls[TEST_HAL_DROP_ALIAS] == 1);
	FAILS(haul_hal_drop_alias(&hal->hal, &memory, NULL), HAUL_EINVAL);
	OK(haul_hal_free(&hal->hal, &memory));
	cr_assert(test_hal_idle(hal));
}

Test(hal, a_region_is_what_was_asked_for)
{
	const struct haul_phys phys = {0x1000};
	struct haul_region region = {0};

	hal = test_hal_begin();
	hal->lie = say_unknown; /* a byte less */
	FAILS(haul_hal_map_mmio(&hal->hal, phys, 8, HAUL_CACHE_UNCACHED, &region), HAUL_EPROTO);
	cr_assert(region.size == 0 && test_hal_idle(hal));
}

Test(hal, a_report_of_caches_makes_sense)
{
	struct haul_cache_report report = {.block = 7};

	hal = test_hal_begin();
	hal->report.block = 48;
	FAILS(haul_hal_describe_cache(&hal->hal, &report), HAUL_EPROTO);
	hal->report.block = 0; /* but there are operations */
	FAILS(haul_hal_describe_cache(&hal->hal, &report), HAUL_EPROTO);
	hal->report.block = 64;
	hal->report.ops[1].why = (enum haul_cache_why)(HAUL_CACHE_NO_HAL + 1);
	FAILS(haul_hal_describe_cache(&hal->hal, &report), HAUL_EPROTO);
	test_hal_cache(hal, 7);
	hal->report.ops[2].instruction = NULL;
	FAILS(haul_hal_describe_cache(&hal->hal, &report), HAUL_EPROTO);
	cr_assert(report.block == 7);
	test_hal_cache(hal, 0);
	hal->report.block = 0;
	OK(haul_hal_describe_cache(&hal->hal, &report));
	cr_assert(report.block == 0 && report.ops[0].why == HAUL_CACHE_PRIVILEGED);
}

/* A status above 0 is no error that anybody could understand. */
Test(hal, statuses_are_errors_or_nothing)
{
	struct haul_cache_report report;
	struct haul_phys phys = {0x1000};
	struct haul_region region;
	void *alias;

	hal = test_hal_begin();
	OK(alloc(1, 0, UINT64_MAX));
	OK(haul_hal_map_mmio(&hal->hal, phys, 8, HAUL_CACHE_UNCACHED, &region));
	hal->err = 1;
#define ODD(call) \
	do { \
		hal->fail = hal->total + 1; \
		FAILS(call, HAUL_EPROTO); \
	} while (0)
	ODD(alloc(1, 0, UINT64_MAX));
	ODD(share(test_hal_buffer, 1, UINT64_MAX));
	ODD(haul_hal_free(&hal->hal, &memory));
	ODD(haul_hal_unshare(&hal->hal, &memory, HAUL_DMA_BOTH));
	ODD(haul_hal_unmap_mmio(&hal->hal, &region));
	ODD(haul_hal_map_mmio(&hal->hal, phys, 8, HAUL_CACHE_UNCACHED, &region));
	ODD(haul_hal_describe_cache(&hal->hal, &report));
	ODD(haul_hal_cache(&hal->hal, HAUL_CACHE_CLEAN, memory.virt, memory.phys, 1));
	ODD(haul_hal_make_alias(&hal->hal, &memory, &alias));
	ODD(haul_hal_drop_alias(&hal->hal, &memory, memory.virt));
#undef ODD
	cr_assert(hal->calls[TEST_HAL_FREE] == 1 && hal->calls[TEST_HAL_UNSHARE] == 1);
}
