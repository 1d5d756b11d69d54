/* SPDX-License-Identifier: MIT */
#include "test_hal.h"
#include "test.h"
#include <string.h>

unsigned char test_hal_buffer[TEST_HAL_BUFFER] __attribute__((aligned(4096)));

static struct test_hal the_hal;

/* Counts the call; 0, or what it fails with. */
static int fails(struct test_hal *hal, enum test_hal_call call)
{
	hal->calls[call]++;
	hal->total++;
	if (!hal->fail || hal->total < hal->fail)
		return 0;
	if (hal->total > hal->fail)
		return hal->failing ? -HAUL_EAGAIN : 0;
	hal->failed = call;
	return hal->err;
}

static size_t pages_of(size_t size)
{
	return (size + TEST_HAL_PAGE - 1) / TEST_HAL_PAGE;
}

static bool all_are(const bool *pages, size_t first, size_t count, bool value)
{
	for (size_t i = first; i < first + count; i++)
		if (i >= TEST_HAL_PAGES || pages[i] != value)
			return false;
	return true;
}

static void set_all(bool *pages, size_t first, size_t count, bool value)
{
	for (size_t i = first; i < first + count; i++)
		pages[i] = value;
}

static struct haul_hal_memory memory_at(const struct test_hal *hal, void *virt, uint64_t iova,
					size_t size)
{
	const uint64_t phys = hal->nowhere ? HAUL_PHYS_UNKNOWN : iova + TEST_HAL_PHYS_PLUS;
	struct haul_hal_memory memory = {virt, {phys}, {iova}, size};

	if (hal->lie)
		hal->lie(&memory);
	return memory;
}

static int alloc(void *ctx, const struct haul_hal_request *request, struct haul_hal_memory *memory)
{
	struct test_hal *const hal = ctx;
	const int err = fails(hal, TEST_HAL_ALLOC);
	const size_t count = pages_of(request->size);

	if (err)
		return err;
	for (size_t i = 0; i + count <= TEST_HAL_PAGES; i++) {
		const uint64_t iova = TEST_HAL_POOL_IOVA + i * TEST_HAL_PAGE;
		unsigned char *const virt = hal->arena.view + i * TEST_HAL_PAGE;

		if (iova % request->align || !all_are(hal->used, i, count, false))
			continue;
		if (iova + request->size - 1 > request->reach)
			return -HAUL_ERANGE;
		set_all(hal->used, i, count, true);
		memset(virt, request->uninit ? TEST_HAL_JUNK : 0, count * TEST_HAL_PAGE);
		*memory = memory_at(hal, virt, iova, count * TEST_HAL_PAGE);
		return 0;
	}
	return -HAUL_ENOMEM;
}

/* The page of the pool that memory begins with.  What a lie was told about comes back
 * as the lie. */
static size_t first_page(const struct test_hal *hal, const struct haul_hal_memory *memory)
{
	const size_t off = (size_t)((unsigned char *)memory->virt - hal->arena.view);

	cr_assert(hal->lie || (off % TEST_HAL_PAGE == 0 && memory->size % TEST_HAL_PAGE == 0 &&
			       memory->iova.value == TEST_HAL_POOL_IOVA + off));
	return off / TEST_HAL_PAGE;
}

static int free_(void *ctx, const struct haul_hal_memory *memory)
{
	struct test_hal *const hal = ctx;
	const int err = fails(hal, TEST_HAL_FREE);
	const size_t first = hal->lie ? 0 : first_page(hal, memory);
	const size_t count = hal->lie ? TEST_HAL_PAGES : pages_of(memory->size);

	if (err)
		return err;
	cr_assert(hal->lie || all_are(hal->used, first, count, true), "freed, but not allocated");
	cr_assert(all_are(hal->aliased, first, count, false), "freed with its alias");
	set_all(hal->used, first, count, false);
	return 0;
}

static int share(void *ctx, void *p, size_t size, enum haul_dma_direction direction, uint64_t reach,
		 struct haul_hal_memory *memory)
{
	struct test_hal *const hal = ctx;
	const int err = fails(hal, TEST_HAL_SHARE);
	const size_t off = (size_t)((unsigned char *)p - test_hal_buffer);
	const uint64_t iova = TEST_HAL_BUFFER_IOVA + off;

	(void)direction;
	if (err)
		return err;
	if (hal->refuses || off >= TEST_HAL_BUFFER || size > TEST_HAL_BUFFER - off ||
	    iova + size - 1 > reach)
		return -HAUL_ERANGE;
	for (size_t i = off; i < off + size; i++)
		hal->shared[i]++;
	*memory = memory_at(hal, p, iova, size);
	return 0;
}

static int unshare(void *ctx, const struct haul_hal_memory *memory,
		   enum haul_dma_direction direction)
{
	struct test_hal *const hal = ctx;
	const int err = fails(hal, TEST_HAL_UNSHARE);
	const size_t off = (size_t)((unsigned char *)memory->virt - test_hal_buffer);

	(void)direction;
	if (err)
		return err;
	if (hal->lie) {
		memset(hal->shared, 0, sizeof hal->shared);
		return 0;
	}
	cr_assert(memory->iova.value == TEST_HAL_BUFFER_IOVA + off);
	for (size_t i = off; i < off + memory->size; i++)
		cr_assert(i < TEST_HAL_BUFFER && hal->shared[i]--, "unshared, but not shared");
	return 0;
}

static int map_mmio(void *ctx, struct haul_phys phys, size_t size, enum haul_cache_policy policy,
		    struct haul_region *region)
{
	struct test_hal *const hal = ctx;
	const int err = fails(hal, TEST_HAL_MAP_MMIO);

	if (err)
		return err;
	hal->regions++;
	return haul_region_make(region, test_hal_buffer, phys.value, hal->lie ? size - 1 : size,
				policy);
}

static int unmap_mmio(void *ctx, const struct haul_region *region)
{
	struct test_hal *const hal = ctx;
	const int err = fails(hal, TEST_HAL_UNMAP_MMIO);

	if (err)
		return err;
	cr_assert(region->base == test_hal_buffer && hal->regions--);
	return 0;
}

static int describe_cache(void *ctx, struct haul_cache_report *report)
{
	struct test_hal *const hal = ctx;
	const int err = fails(hal, TEST_HAL_DESCRIBE_CACHE);

	if (err)
		return err;
	*report = hal->report;
	return 0;
}

static int cache(void *ctx, enum haul_cache_op op, void *virt, struct haul_phys phys, size_t size)
{
	struct test_hal *const hal = ctx;
	const int err = fails(hal, TEST_HAL_CACHE);

	if (err)
		return err;
	if (hal->report.ops[op].why != HAUL_CACHE_USABLE)
		return -HAUL_ENOTSUP;
	cr_assert(hal->nops < TEST_HAL_OPS);
	hal->ops[hal->nops++] = (struct test_hal_op){op, virt, phys, size};
	return 0;
}

static int make_alias(void *ctx, const struct haul_hal_memory *memory, void **alias)
{
	struct test_hal *const hal = ctx;
	const int err = fails(hal, TEST_HAL_MAKE_ALIAS);
	const size_t first = first_page(hal, memory), count = pages_of(memory->size);

	if (err)
		return err;
	cr_assert(all_are(hal->used, first, count, true) &&
		  all_are(hal->aliased, first, count, false));
	set_all(hal->aliased, first, count, true);
	*alias = hal->no_alias ? NULL : hal->arena.image + first * TEST_HAL_PAGE;
	return 0;
}

static int drop_alias(void *ctx, const struct haul_hal_memory *memory, void *alias)
{
	struct test_hal *const hal = ctx;
	const int err = fails(hal, TEST_HAL_DROP_ALIAS);
	const size_t first = first_page(hal, memory), count = pages_of(memory->size);

	if (err)
		return err;
	cr_assert(all_are(hal->aliased, first, count, true), "dropped, but not there");
	cr_assert(hal->no_alias || alias == hal->arena.image + first * TEST_HAL_PAGE);
	set_all(hal->aliased, first, count, false);
	return 0;
}

void test_hal_cache(struct test_hal *hal, unsigned ops)
{
	for (unsigned op = 0; op < HAUL_CACHE_OPS; op++) {
		const bool can = ops & 1u << op;

		hal->report.ops[op].why = can ? HAUL_CACHE_USABLE : HAUL_CACHE_PRIVILEGED;
		hal->report.ops[op].instruction = can ? "test" : "";
	}
}

void test_hal_no_alias(struct test_hal *hal)
{
	hal->hal.make_alias = NULL;
	hal->hal.drop_alias = NULL;
}

/* The pool's pages are those of the first test in this process. */
static struct arena *pool(void)
{
	static struct arena arena;

	if (!arena.pages) {
		const size_t bytes = (size_t)TEST_HAL_PAGES * TEST_HAL_PAGE;

		arena_open(&arena, (bytes + arena_page_size() - 1) / arena_page_size() + 2);
	}
	return &arena;
}

struct test_hal *test_hal_begin(void)
{
	struct test_hal *const hal = &the_hal;

	*hal = (struct test_hal){
		.arena = *pool(),
		.err = -HAUL_EIO,
		.report = {.block = TEST_HAL_BLOCK},
		.hal =
			{
				.size = sizeof hal->hal,
				.version = HAUL_HAL_VERSION,
				.flags = HAUL_HAL_PARTS,
				.page = TEST_HAL_PAGE,
				.ctx = hal,
				.alloc = alloc,
				.free = free_,
				.share = share,
				.unshare = unshare,
				.map_mmio = map_mmio,
				.unmap_mmio = unmap_mmio,
				.describe_cache = describe_cache,
				.cache = cache,
				.make_alias = make_alias,
				.drop_alias = drop_alias,
			},
	};
	test_hal_cache(hal, 7);
	return hal;
}

bool test_hal_idle(const struct test_hal *hal)
{
	for (size_t i = 0; i < TEST_HAL_BUFFER; i++)
		if (hal->shared[i])
			return false;
	return all_are(hal->used, 0, TEST_HAL_PAGES, false) &&
	       all_are(hal->aliased, 0, TEST_HAL_PAGES, false) && !hal->regions;
}
