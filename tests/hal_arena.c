/* SPDX-License-Identifier: MIT */
/* Arenas: the Hal out of a table of memory. */
#include "arena.h"
#include "test.h"
#include <haul/arena.h>
#include <string.h>

/* Pages are small, so that there are many. */
enum { PAGE = 64, PAGES = 512, WORDS = HAUL_ARENA_WORDS(PAGES) };

static _Alignas(4096) unsigned char memory[PAGES * PAGE];
static uint64_t words[WORDS];
static struct haul_arena arena;

static struct haul_arena_part part(size_t page, size_t pages, uint64_t phys, uint64_t iova,
				   unsigned flags)
{
	const struct haul_arena_part part = {{memory + page * PAGE, {phys}, {iova}, pages * PAGE},
					     flags};

	return part;
}

static struct haul_arena_config config_of(const struct haul_arena_part *parts, size_t nparts)
{
	return (struct haul_arena_config){
		.parts = parts, .nparts = nparts, .page = PAGE, .words = words, .nwords = WORDS};
}

static void begin(const struct haul_arena_part *parts, size_t nparts)
{
	const struct haul_arena_config config = config_of(parts, nparts);

	memset(words, 0xa5, sizeof words);
	memset(memory, 0xa5, sizeof memory);
	cr_assert(haul_arena_init(&arena, &config) == 0);
	cr_assert(haul_hal_check(&arena.hal) == 0);
	cr_assert(haul_arena_used(&arena) == 0);
}

static struct haul_hal_request request_of(size_t size, size_t align, uint64_t reach)
{
	return (struct haul_hal_request){
		.size = size, .align = align, .reach = reach, .direction = HAUL_DMA_BOTH};
}

static int alloc(size_t size, size_t align, uint64_t reach, struct haul_hal_memory *given)
{
	const struct haul_hal_request request = request_of(size, align, reach);

	return haul_hal_alloc(&arena.hal, &request, given);
}

static int free_memory(struct haul_hal_memory given)
{
	return haul_hal_free(&arena.hal, &given);
}

static int share(size_t off, size_t size, uint64_t reach, struct haul_hal_memory *given)
{
	return haul_hal_share(&arena.hal, memory + off, size, HAUL_DMA_BOTH, reach, given);
}

static int unshare(struct haul_hal_memory given)
{
	return haul_hal_unshare(&arena.hal, &given, HAUL_DMA_BOTH);
}

static struct haul_hal_memory must_alloc(size_t pages)
{
	struct haul_hal_memory given;

	cr_assert(alloc(pages * PAGE, 0, UINT64_MAX, &given) == 0);
	return given;
}

/* The memory is that part of memory, by its offset there. */
static bool is_at(const struct haul_hal_memory *given, size_t off, uint64_t phys, uint64_t iova,
		  size_t size)
{
	return given->virt == memory + off && given->phys.value == phys &&
	       given->iova.value == iova && given->size == size;
}

static bool all(const unsigned char *bytes, size_t size, unsigned char value)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

/* A call that must fail, and change nothing. */
#define FAILS(call, error) \
	do { \
		uint64_t kept[WORDS]; \
		int err; \
\
		memcpy(kept, words, sizeof kept); \
		err = (call); \
		cr_assert(err == -(error), "%s: %s", #call, haul_strerror(err)); \
		cr_assert(memcmp(kept, words, sizeof kept) == 0 && arena.lock == 0, #call); \
	} while (0)

/* Functions of others: what they are called with, and what they answer. */
static struct {
	int calls, answer;
	enum haul_cache_op op;
	void *virt;
	uint64_t phys;
	size_t size;
	struct haul_hal_memory memory;
} hooked;

static int hook_describe(void *context, struct haul_cache_report *report)
{
	cr_assert(context == &hooked);
	report->block = 8192;
	return hooked.answer;
}

static int hook_sync(void *context, enum haul_cache_op op, void *virt, struct haul_phys phys,
		     size_t size)
{
	cr_assert(context == &hooked);
	hooked.op = op;
	hooked.virt = virt;
	hooked.phys = phys.value;
	hooked.size = size;
	hooked.calls++;
	return hooked.answer;
}

static int hook_make(void *context, const struct haul_hal_memory *given, void **alias)
{
	cr_assert(context == &hooked);
	hooked.memory = *given;
	hooked.calls++;
	*alias = &hooked;
	return hooked.answer;
}

static int hook_drop(void *context, const struct haul_hal_memory *given, void *alias)
{
	cr_assert(context == &hooked && alias == &hooked);
	hooked.memory = *given;
	hooked.calls++;
	return hooked.answer;
}

/* A call of haul_arena_init that must fail, and change nothing. */
static int init(const struct haul_arena_config *config)
{
	struct haul_arena before;
	int err;

	memset(&arena, 0, sizeof arena);
	memset(&arena.config, 0xa5, sizeof arena.config);
	before = arena;
	err = haul_arena_init(&arena, config);
	cr_assert(!err || memcmp(&arena, &before, sizeof arena) == 0);
	return err;
}

Test(hal_arena, init_refuses_what_makes_no_sense)
{
	const struct haul_arena_part one = part(0, 65, 0, 0, HAUL_ARENA_ALLOC);
	const struct haul_arena_part shares = part(0, 1, 0, 0, HAUL_ARENA_SHARE);
	struct haul_registry registry;
	struct haul_arena_config config;

#define WITH(change, error) \
	do { \
		config = config_of(&one, 1); \
		change; \
		FAILS(init(&config), error); \
	} while (0)
	WITH(config.parts = NULL, HAUL_EINVAL);
	WITH(config.nparts = 0, HAUL_EINVAL);
	WITH(config.page = 0, HAUL_EINVAL);
	WITH(config.page = 48, HAUL_EINVAL);
	WITH(config.words = NULL, HAUL_EINVAL);
	WITH(config.nwords = 1, HAUL_ENOSPC);
	WITH(config.nwords = 0, HAUL_ENOSPC);
	WITH(config.registry = &registry, HAUL_EINVAL);
	WITH(config.cache.describe = hook_describe, HAUL_EINVAL);
	WITH(config.cache.sync = hook_sync, HAUL_EINVAL);
	WITH(config.alias.make = hook_make, HAUL_EINVAL);
	WITH(config.alias.drop = hook_drop, HAUL_EINVAL);
#undef WITH
	config = config_of(&shares, 1);
	config.page = 0;
	FAILS(init(&config), HAUL_EINVAL);
	config = config_of(&one, 1);
	config.nwords = 2;
	cr_assert(init(&config) == 0);
}

static int init_part(struct haul_arena_part one)
{
	const struct haul_arena_config config = config_of(&one, 1);

	return init(&config);
}

Test(hal_arena, parts_are_whole_pages_below_the_end)
{
	const unsigned both = HAUL_ARENA_ALLOC | HAUL_ARENA_SHARE;
	const uint64_t last = (uint64_t)0 - PAGE, unknown = HAUL_PHYS_UNKNOWN;
	struct haul_arena_part bad = part(0, 4, 0, 0, both);

	FAILS(init_part(part(0, 0, 0, 0, both)), HAUL_EINVAL);
	FAILS(init_part(part(0, 4, 0, 0, 0)), HAUL_EINVAL);
	FAILS(init_part(part(0, 4, 0, 0, 4)), HAUL_EINVAL);
	FAILS(init_part(part(0, 4, PAGE / 2, 0, both)), HAUL_EINVAL);
	FAILS(init_part(part(0, 4, 0, PAGE / 2, both)), HAUL_EINVAL);
	bad.memory.size = PAGE + 1;
	FAILS(init_part(bad), HAUL_EINVAL);
	bad = part(0, 4, 0, 0, both);
	bad.memory.virt = memory + 1;
	FAILS(init_part(bad), HAUL_EINVAL);
	bad.memory.virt = NULL;
	FAILS(init_part(bad), HAUL_EINVAL);
	FAILS(init_part(part(0, 2, last, 0, both)), HAUL_EOVERFLOW);
	FAILS(init_part(part(0, 2, 0, last, both)), HAUL_EOVERFLOW);
	bad = part(0, 2, 0, 0, both);
	bad.memory.virt = (void *)(uintptr_t)last; /* NOLINT(performance-no-int-to-ptr) */
	FAILS(init_part(bad), HAUL_EOVERFLOW);
	cr_assert(init_part(part(0, 1, last, last, both)) == 0);
	cr_assert(init_part(part(0, 4, unknown, 0, both)) == 0);
	/* shared where it is: any bytes, and those at 0 too */
	bad = part(0, 1, 3, 5, HAUL_ARENA_SHARE);
	bad.memory.virt = NULL;
	bad.memory.size = 7;
	cr_assert(init_part(bad) == 0);
}

static int init_two(struct haul_arena_part one, struct haul_arena_part other)
{
	const struct haul_arena_part parts[] = {one, other}, swapped[] = {other, one};
	const struct haul_arena_config config = config_of(parts, 2), back = config_of(swapped, 2);
	const int err = init(&config);

	cr_assert(init(&back) == err);
	return err;
}

Test(hal_arena, a_page_is_in_one_part)
{
	const unsigned gives = HAUL_ARENA_ALLOC, shares = HAUL_ARENA_SHARE;
	const struct haul_arena_part one = part(4, 4, 0x9000, 0x1000, gives);

	/* CPU's side, device's side, both */
	FAILS(init_two(one, part(7, 1, 0, 0x8000, gives)), HAUL_EEXIST);
	FAILS(init_two(one, part(0, 5, 0, 0x8000, gives)), HAUL_EEXIST);
	FAILS(init_two(one, part(4, 4, 0, 0x8000, shares)), HAUL_EEXIST);
	FAILS(init_two(one, part(9, 1, 0, 0x10c0, gives)), HAUL_EEXIST);
	FAILS(init_two(one, part(9, 2, 0, 0xfc0, shares)), HAUL_EEXIST);
	FAILS(init_two(one, part(5, 1, 0x9040, 0x1040, gives)), HAUL_EEXIST);
	FAILS(init_two(one, part(5, 1, 0x9040, 0x1040, gives | shares)), HAUL_EEXIST);
	/* to share from and to allocate from, adjacent */
	cr_assert(init_two(one, part(5, 1, 0x9040, 0x1040, shares)) == 0);
	cr_assert(init_two(one, part(0, 100, 0x8f00, 0xf00, shares)) == 0);
	cr_assert(init_two(one, part(8, 1, 0, 0x1100, gives)) == 0);
	cr_assert(init_two(one, part(3, 1, 0, 0xfc0, gives)) == 0);
}

Test(hal_arena, alloc_gives_whole_zeroed_pages)
{
	const struct haul_arena_part one = part(2, 100, 0x40000000, 0x1000, HAUL_ARENA_ALLOC);
	struct haul_hal_memory given;

	begin(&one, 1);
	cr_assert(alloc(1, 0, UINT64_MAX, &given) == 0);
	cr_assert(is_at(&given, 2 * PAGE, 0x40000000, 0x1000, PAGE));
	cr_assert(alloc(PAGE + 1, 1, UINT64_MAX, &given) == 0);
	cr_assert(is_at(&given, 3 * PAGE, 0x40000040, 0x1040, 2 * PAGE));
	cr_assert(alloc(PAGE, 8, UINT64_MAX, &given) == 0);
	cr_assert(is_at(&given, 5 * PAGE, 0x400000c0, 0x10c0, PAGE));
	cr_assert(all(memory + 2 * PAGE, 4 * PAGE, 0));
	cr_assert(all(memory, 2 * PAGE, 0xa5) && all(memory + 6 * PAGE, PAGE, 0xa5));
	cr_assert(haul_arena_used(&arena) == 4 * PAGE);
}

Test(hal_arena, what_was_freed_does_not_leak)
{
	const struct haul_arena_part one = part(0, 3, 0, 0, HAUL_ARENA_ALLOC);
	struct haul_hal_request request = request_of(PAGE, 0, UINT64_MAX);
	struct haul_hal_memory given;

	begin(&one, 1);
	for (unsigned turn = 0; turn < 3; turn++) {
		given = must_alloc(3);
		cr_assert(all(given.virt, given.size, 0));
		memset(given.virt, 0x77, given.size);
		cr_assert(free_memory(given) == 0);
	}
	/* but to whom does not mind */
	request.uninit = true;
	cr_assert(haul_hal_alloc(&arena.hal, &request, &given) == 0);
	cr_assert(all(given.virt, given.size, 0x77));
}

Test(hal_arena, alignment_is_of_the_devices_address)
{
	/* on the CPU's side as unaligned as a page may be */
	const struct haul_arena_part one =
		part(1, 100, HAUL_PHYS_UNKNOWN, 0x10040, HAUL_ARENA_ALLOC);
	struct haul_hal_memory given;

	begin(&one, 1);
	cr_assert(alloc(1, 0x400, UINT64_MAX, &given) == 0);
	cr_assert(is_at(&given, 16 * PAGE, HAUL_PHYS_UNKNOWN, 0x10400, PAGE));
	cr_assert(alloc(1, 0x400, UINT64_MAX, &given) == 0 && given.iova.value == 0x10800);
	cr_assert(alloc(PAGE * 15, 0, UINT64_MAX, &given) == 0 && given.iova.value == 0x10040);
	cr_assert(alloc(PAGE * 16, 0, UINT64_MAX, &given) == 0 && given.iova.value == 0x10840);
	cr_assert(alloc(1, 0x1000, UINT64_MAX, &given) == 0 && given.iova.value == 0x11000);
	FAILS(alloc(1, 0x1000, UINT64_MAX, &given), HAUL_ENOMEM);
	FAILS(alloc(1, 0x20000, UINT64_MAX, &given), HAUL_ERANGE);
	FAILS(alloc(1, (size_t)1 << 63, UINT64_MAX, &given), HAUL_ERANGE);
}

Test(hal_arena, reach_is_honoured_or_refused)
{
	/* the far part comes first: the near one is kept for whom it is needed by */
	const struct haul_arena_part parts[] = {
		part(0, 4, 0, 0x100000000, HAUL_ARENA_ALLOC),
		part(8, 4, 0, 0x1000, HAUL_ARENA_ALLOC),
	};
	struct haul_hal_memory given;

	begin(parts, 2);
	FAILS(alloc(1, 0, 0xfff, &given), HAUL_ERANGE);
	FAILS(alloc(1, 0, 0x103e, &given), HAUL_ERANGE);
	FAILS(alloc(PAGE + 1, 0, 0x107e, &given), HAUL_ERANGE);
	cr_assert(alloc(1, 0, UINT64_MAX, &given) == 0 && given.iova.value == 0x100000000);
	cr_assert(alloc(1, 0, 0x10000007f, &given) == 0 && given.iova.value == 0x100000040);
	cr_assert(alloc(1, 0, 0x10000007f, &given) == 0 && given.iova.value == 0x1000);
	cr_assert(alloc(PAGE, 0, 0x107f, &given) == 0 && given.iova.value == 0x1040);
	FAILS(alloc(1, 0, 0x107f, &given), HAUL_ENOMEM);
	cr_assert(alloc(2 * PAGE, 0, UINT32_MAX, &given) == 0 && given.iova.value == 0x1080);
	FAILS(alloc(1, 0, UINT32_MAX, &given), HAUL_ENOMEM);
	cr_assert(alloc(1, 0, UINT64_MAX, &given) == 0 && given.iova.value == 0x100000080);
}

Test(hal_arena, bad_requests_are_refused)
{
	const struct haul_arena_part parts[] = {
		part(0, 4, 0, 0x1000, HAUL_ARENA_ALLOC),
		part(4, 4, 0, 0x1100, HAUL_ARENA_ALLOC), /* adjacent, but another part */
		part(8, 100, 0, 0x9000, HAUL_ARENA_SHARE),
	};
	struct haul_hal_request request = request_of(1, 0, UINT64_MAX);
	struct haul_hal_memory given;

	begin(parts, 3);
	FAILS(alloc(0, 0, UINT64_MAX, &given), HAUL_EINVAL);
	FAILS(alloc(1, 48, UINT64_MAX, &given), HAUL_EINVAL);
	FAILS(alloc(SIZE_MAX, 0, UINT64_MAX, &given), HAUL_EOVERFLOW);
	FAILS(alloc(SIZE_MAX - PAGE + 1, 0, UINT64_MAX, &given), HAUL_ERANGE);
	FAILS(alloc(5 * PAGE, 0, UINT64_MAX, &given), HAUL_ERANGE);
	request.direction = (enum haul_dma_direction)0;
	FAILS(haul_hal_alloc(&arena.hal, &request, &given), HAUL_EINVAL);
	cr_assert(haul_arena_used(&arena) == 0);
	/* another Hal may stand on this one, without haul_hal_alloc between them */
	request = request_of(SIZE_MAX, 0, UINT64_MAX);
	FAILS(arena.hal.alloc(&arena, &request, &given), HAUL_ERANGE);
	given = parts[0].memory;
	given.size = 0;
	FAILS(arena.hal.free(&arena, &given), HAUL_EINVAL);
	given = parts[2].memory;
	given.size = 0;
	FAILS(arena.hal.unshare(&arena, &given, HAUL_DMA_BOTH), HAUL_EINVAL);
	begin(parts + 2, 1); /* nothing to allocate from */
	FAILS(alloc(1, 0, UINT64_MAX, &given), HAUL_ERANGE);
}

Test(hal_arena, only_what_is_allocated_can_be_freed)
{
	const struct haul_arena_part parts[] = {
		part(0, 4, 0x8000, 0x1000, HAUL_ARENA_ALLOC),
		part(4, 4, 0x8100, 0x1100, HAUL_ARENA_ALLOC),
		part(8, 4, 0x8200, 0x1200, HAUL_ARENA_SHARE),
	};
	struct haul_hal_memory given, bad, second;

	begin(parts, 3);
	given = must_alloc(3);
	second = must_alloc(4);
#define WITH(change) \
	do { \
		bad = given; \
		change; \
		FAILS(free_memory(bad), HAUL_EINVAL); \
	} while (0)
	WITH(bad.size = 0);
	WITH(bad.size -= 1);
	WITH(bad.size += PAGE); /* the next page is free */
	WITH(bad.size += 3 * PAGE);
	WITH(bad.size = SIZE_MAX);
	WITH(bad.virt = memory + 1);
	WITH((bad.virt = memory + 1, bad.iova.value++, bad.phys.value++, bad.size--));
	WITH((bad.virt = memory + 1, bad.iova.value++, bad.phys.value++, bad.size = PAGE));
	WITH(bad.virt = NULL);
	WITH(bad.virt = memory + sizeof memory);
	WITH(bad.virt = memory + PAGE);
	WITH(bad.iova.value += PAGE);
	WITH(bad.phys.value += PAGE);
	WITH(bad.phys.value = HAUL_PHYS_UNKNOWN);
	/* never allocated; of two parts; of none to allocate from */
	WITH(bad = part(3, 1, 0x80c0, 0x10c0, 0).memory);
	WITH(bad = part(0, 8, 0x8000, 0x1000, 0).memory);
	WITH(bad = part(8, 1, 0x8200, 0x1200, 0).memory);
#undef WITH
	cr_assert(free_memory(given) == 0);
	FAILS(free_memory(given), HAUL_EINVAL);
	cr_assert(free_memory(second) == 0);
	FAILS(free_memory(second), HAUL_EINVAL);
	cr_assert(haul_arena_used(&arena) == 0);
}

Test(hal_arena, pages_go_back_by_themselves)
{
	const struct haul_arena_part one = part(0, 6, 0x8000, 0x1000, HAUL_ARENA_ALLOC);
	struct haul_hal_memory given;

	begin(&one, 1);
	cr_assert(arena.hal.flags & HAUL_HAL_PARTS);
	given = must_alloc(6);
	cr_assert(free_memory(part(2, 2, 0x8080, 0x1080, 0).memory) == 0);
	cr_assert(haul_arena_used(&arena) == 4 * PAGE);
	FAILS(free_memory(given), HAUL_EINVAL);
	FAILS(free_memory(part(1, 2, 0x8040, 0x1040, 0).memory), HAUL_EINVAL);
	given = must_alloc(2);
	cr_assert(is_at(&given, 2 * PAGE, 0x8080, 0x1080, 2 * PAGE));
	/* the rest together with it, as one */
	cr_assert(free_memory(part(0, 6, 0x8000, 0x1000, 0).memory) == 0);
	cr_assert(haul_arena_used(&arena) == 0);
}

Test(hal_arena, a_full_and_a_fragmented_arena)
{
	enum { COUNT = 200 };
	const struct haul_arena_part one = part(0, COUNT, 0, 0x1000, HAUL_ARENA_ALLOC);
	struct haul_hal_memory given[COUNT], more;

	begin(&one, 1);
	for (size_t i = 0; i < COUNT; i++)
		given[i] = must_alloc(1);
	FAILS(alloc(1, 0, UINT64_MAX, &more), HAUL_ENOMEM);
	cr_assert(haul_arena_used(&arena) == COUNT * PAGE);
	for (size_t i = 0; i < COUNT; i += 2)
		cr_assert(free_memory(given[i]) == 0);
	FAILS(alloc(PAGE + 1, 0, UINT64_MAX, &more), HAUL_ENOMEM);
	FAILS(alloc(COUNT * PAGE, 0, UINT64_MAX, &more), HAUL_ENOMEM);
	FAILS(alloc(COUNT * PAGE + 1, 0, UINT64_MAX, &more), HAUL_ERANGE);
	/* around the 131st page, across a word of the bits */
	cr_assert(free_memory(given[127]) == 0);
	more = must_alloc(3);
	cr_assert(more.virt == given[126].virt);
	for (size_t i = 0; i < COUNT; i += 2)
		if (i != 126 && i != 128)
			cr_assert(must_alloc(1).virt == given[i].virt);
	FAILS(alloc(1, 0, UINT64_MAX, &more), HAUL_ENOMEM);
	cr_assert(free_memory(part(0, COUNT, 0, 0x1000, 0).memory) == 0);
	cr_assert(must_alloc(COUNT).virt == memory);
}

Test(hal_arena, share_translates_where_memory_is)
{
	const struct haul_arena_part parts[] = {
		part(16, 8, 0x8000, 0x1000, HAUL_ARENA_SHARE | HAUL_ARENA_ALLOC),
		part(0, 8, 0x4000, 0x2000, HAUL_ARENA_ALLOC),
	};
	struct haul_hal_memory given;

	begin(parts, 2);
	cr_assert(share(16 * PAGE, 8 * PAGE, UINT64_MAX, &given) == 0);
	cr_assert(is_at(&given, 16 * PAGE, 0x8000, 0x1000, 8 * PAGE));
	cr_assert(unshare(given) == 0);
	cr_assert(share(16 * PAGE + 3, 1, 0x1003, &given) == 0);
	cr_assert(is_at(&given, 16 * PAGE + 3, 0x8003, 0x1003, 1));
	FAILS(share(16 * PAGE + 3, 1, 0x1002, &given), HAUL_ERANGE);
	FAILS(share(16 * PAGE + 3, 2, 0x1003, &given), HAUL_ERANGE);
	FAILS(share(16 * PAGE - 1, 1, UINT64_MAX, &given), HAUL_ERANGE);
	FAILS(share(16 * PAGE - 1, 2, UINT64_MAX, &given), HAUL_ERANGE);
	FAILS(share(24 * PAGE - 1, 2, UINT64_MAX, &given), HAUL_ERANGE);
	FAILS(share(24 * PAGE, 1, UINT64_MAX, &given), HAUL_ERANGE);
	FAILS(share(0, PAGE, UINT64_MAX, &given), HAUL_ERANGE);
	FAILS(share(16 * PAGE, 0, UINT64_MAX, &given), HAUL_EINVAL);
	FAILS(share(16 * PAGE, SIZE_MAX, UINT64_MAX, &given), HAUL_EOVERFLOW);
	FAILS(haul_hal_share(&arena.hal, memory + 16 * PAGE, 1, (enum haul_dma_direction)4,
			     UINT64_MAX, &given),
	      HAUL_EINVAL);
	/* shared twice is fine, and takes nothing */
	cr_assert(share(16 * PAGE + 3, 1, UINT64_MAX, &given) == 0);
	cr_assert(unshare(given) == 0 && unshare(given) == 0);
	cr_assert(haul_arena_used(&arena) == 0);
}

Test(hal_arena, share_joins_parts_that_devices_see_together)
{
	const struct haul_arena_part parts[] = {
		part(2, 2, 0x8080, 0x1080, HAUL_ARENA_SHARE),
		part(0, 2, 0x8000, 0x1000, HAUL_ARENA_SHARE),
		part(4, 2, 0x7000, 0x1100, HAUL_ARENA_SHARE), /* elsewhere on the bus */
		part(6, 2, 0x7080, 0x1180, HAUL_ARENA_SHARE),
		part(8, 2, 0x7100, 0x3000, HAUL_ARENA_SHARE), /* for devices elsewhere */
		part(10, 2, HAUL_PHYS_UNKNOWN, 0x3080, HAUL_ARENA_SHARE),
	};
	struct haul_hal_memory given;

	begin(parts, sizeof parts / sizeof *parts);
	cr_assert(share(1, 4 * PAGE - 2, UINT64_MAX, &given) == 0);
	cr_assert(is_at(&given, 1, 0x8001, 0x1001, 4 * PAGE - 2));
	cr_assert(unshare(given) == 0);
	cr_assert(share(0, 8 * PAGE, 0x11ff, &given) == 0);
	cr_assert(is_at(&given, 0, HAUL_PHYS_UNKNOWN, 0x1000, 8 * PAGE));
	cr_assert(unshare(given) == 0);
	FAILS(share(0, 8 * PAGE, 0x11fe, &given), HAUL_ERANGE);
	cr_assert(share(4 * PAGE, 4 * PAGE, UINT64_MAX, &given) == 0);
	cr_assert(is_at(&given, 4 * PAGE, 0x7000, 0x1100, 4 * PAGE));
	FAILS(share(8 * PAGE - 1, 2, UINT64_MAX, &given), HAUL_ERANGE);
	cr_assert(share(10 * PAGE - 1, 2, UINT64_MAX, &given) == 0);
	cr_assert(is_at(&given, 10 * PAGE - 1, HAUL_PHYS_UNKNOWN, 0x307f, 2));
}

Test(hal_arena, only_what_is_shared_so_can_be_unshared)
{
	const struct haul_arena_part parts[] = {
		part(0, 8, 0x8000, 0x1000, HAUL_ARENA_SHARE),
		part(16, 8, 0x9000, 0x2000, HAUL_ARENA_ALLOC),
	};
	struct haul_hal_memory given, bad;

	begin(parts, 2);
	cr_assert(share(PAGE, PAGE, UINT64_MAX, &given) == 0);
#define WITH(change) \
	do { \
		bad = given; \
		change; \
		FAILS(unshare(bad), HAUL_EINVAL); \
	} while (0)
	WITH(bad.size = 0);
	WITH(bad.size = 8 * PAGE);
	WITH(bad.virt = memory + 8 * PAGE);
	WITH(bad.virt = NULL);
	WITH(bad.iova.value++);
	WITH(bad.phys.value++);
	WITH(bad.phys.value = HAUL_PHYS_UNKNOWN);
	WITH(bad = part(16, 1, 0x9000, 0x2000, 0).memory);
#undef WITH
	FAILS(haul_hal_unshare(&arena.hal, &given, (enum haul_dma_direction)0), HAUL_EINVAL);
	given.size = 1; /* a part */
	cr_assert(unshare(given) == 0);
}

Test(hal_arena, identity_with_a_bounce_pool)
{
	const struct haul_phys ram = {0x80000000}, low = {0x80000400};
	const struct haul_arena_part parts[] = {
		haul_arena_identity(memory, ram, sizeof memory, HAUL_ARENA_SHARE),
		haul_arena_identity(memory + 0x400, low, 0x400, HAUL_ARENA_ALLOC),
	};
	const uint64_t reach = 0x80000fff;
	struct haul_hal_memory given;

	begin(parts, 2);
	cr_assert(share(0x1000, 0x100, UINT64_MAX, &given) == 0);
	cr_assert(is_at(&given, 0x1000, 0x80001000, 0x80001000, 0x100));
	FAILS(share(0x1000, 0x100, reach, &given), HAUL_ERANGE);
	cr_assert(alloc(0x400, 0, reach, &given) == 0);
	cr_assert(is_at(&given, 0x400, 0x80000400, 0x80000400, 0x400));
	FAILS(alloc(1, 0, reach, &given), HAUL_ENOMEM);
	cr_assert(free_memory(given) == 0);
	/* the pool is RAM as well */
	cr_assert(share(0x3ff, 0x402, reach, &given) == 0);
}

static int map(void *context, uint64_t physical, size_t size, enum haul_cache_policy policy,
	       volatile void **base)
{
	(void)context, (void)physical, (void)size, (void)policy;
	*base = memory;
	return 0;
}

static void unmap(void *context, volatile void *base, size_t size)
{
	(void)context, (void)base, (void)size;
}

Test(hal_arena, registers_come_from_the_registry)
{
	const struct haul_registry_mapper mapper = {map, unmap, NULL};
	const struct haul_arena_part one = part(0, 1, 0, 0, HAUL_ARENA_ALLOC);
	const struct haul_phys phys = {0x10000}, outside = {0x20000};
	struct haul_arena_config config = config_of(&one, 1);
	struct haul_registry_item items[2];
	struct haul_registry registry;
	struct haul_region region, other;

	begin(&one, 1);
	cr_assert(haul_hal_map_mmio(&arena.hal, phys, 8, HAUL_CACHE_UNCACHED, &region) ==
		  -HAUL_ENOTSUP);
	cr_assert(haul_registry_init(&registry, items, 2, &mapper) == 0);
	cr_assert(haul_registry_add(&registry, 0x10000, 0x1000, "devices") == 0);
	config.registry = &registry;
	config.owner = "driver";
	cr_assert(haul_arena_init(&arena, &config) == 0);
	cr_assert(haul_hal_map_mmio(&arena.hal, phys, 8, HAUL_CACHE_WRITE_COMBINING, &region) == 0);
	cr_assert(region.base == memory && region.physical == 0x10000 && region.size == 8);
	cr_assert(strcmp(items[1].name, "driver") == 0);
	cr_assert(items[1].policy == HAUL_CACHE_WRITE_COMBINING);
	cr_assert(haul_hal_map_mmio(&arena.hal, phys, 4, HAUL_CACHE_UNCACHED, &other) ==
		  -HAUL_EBUSY);
	cr_assert(haul_hal_map_mmio(&arena.hal, outside, 4, HAUL_CACHE_UNCACHED, &other) ==
		  -HAUL_ENOENT);
	cr_assert(haul_hal_unmap_mmio(&arena.hal, &region) == 0);
	cr_assert(haul_hal_unmap_mmio(&arena.hal, &region) == -HAUL_ENOENT);
	cr_assert(registry.count == 1);
}

Test(hal_arena, caches_are_the_cpus_by_default)
{
	const struct haul_arena_part one = part(0, 1, 0, 0, HAUL_ARENA_ALLOC);
	struct haul_cache_report report, cpu;
	const struct haul_phys phys = {0};

	begin(&one, 1);
	memset(&report, 0, sizeof report);
	cr_assert(haul_hal_describe_cache(&arena.hal, &report) == 0);
	haul_cache_describe(&cpu);
	cr_assert(report.block == cpu.block && report.coherent == cpu.coherent);
	for (unsigned i = 0; i < HAUL_CACHE_OPS; i++) {
		const enum haul_cache_op op = (enum haul_cache_op)i;
		const bool usable = cpu.ops[op].why == HAUL_CACHE_USABLE;

		cr_assert(report.ops[op].why == cpu.ops[op].why);
		cr_assert(strcmp(report.ops[op].instruction, cpu.ops[op].instruction) == 0);
		cr_assert(haul_hal_cache(&arena.hal, op, memory, phys, PAGE) ==
			  (usable ? 0 : -HAUL_ENOTSUP));
	}
}

Test(hal_arena, caches_and_aliases_may_be_others)
{
	const struct haul_arena_part one = part(1, 4, 0x8000, 0x1000, HAUL_ARENA_ALLOC);
	struct haul_arena_config config = config_of(&one, 1);
	const struct haul_phys phys = {0x8040};
	struct haul_hal_memory given;
	struct haul_cache_report report;
	void *alias;

	begin(&one, 1);
	given = must_alloc(1);
	cr_assert(haul_hal_make_alias(&arena.hal, &given, &alias) == -HAUL_ENOTSUP);
	cr_assert(haul_hal_drop_alias(&arena.hal, &given, alias = memory) == -HAUL_ENOTSUP);
	memset(&hooked, 0, sizeof hooked);
	config.cache = (struct haul_arena_cache){hook_describe, hook_sync, &hooked};
	config.alias = (struct haul_arena_alias){hook_make, hook_drop, &hooked};
	cr_assert(haul_arena_init(&arena, &config) == 0);
	given = must_alloc(1);
	cr_assert(haul_hal_describe_cache(&arena.hal, &report) == 0 && report.block == 8192);
	cr_assert(haul_hal_cache(&arena.hal, HAUL_CACHE_FLUSH, memory + 2, phys, 3) == 0);
	cr_assert(hooked.op == HAUL_CACHE_FLUSH && hooked.virt == memory + 2);
	cr_assert(hooked.phys == 0x8040 && hooked.size == 3);
	cr_assert(haul_hal_make_alias(&arena.hal, &given, &alias) == 0 && alias == &hooked);
	cr_assert(is_at(&hooked.memory, PAGE, 0x8000, 0x1000, PAGE));
	memset(&hooked.memory, 0, sizeof hooked.memory);
	cr_assert(haul_hal_drop_alias(&arena.hal, &given, alias) == 0);
	cr_assert(is_at(&hooked.memory, PAGE, 0x8000, 0x1000, PAGE) && hooked.calls == 3);
	hooked.answer = -HAUL_EIO;
	cr_assert(haul_hal_describe_cache(&arena.hal, &report) == -HAUL_EIO);
	cr_assert(haul_hal_cache(&arena.hal, HAUL_CACHE_CLEAN, memory, phys, 1) == -HAUL_EIO);
	cr_assert(haul_hal_make_alias(&arena.hal, &given, &alias) == -HAUL_EIO);
	cr_assert(haul_hal_drop_alias(&arena.hal, &given, alias) == -HAUL_EIO);
}

Test(hal_arena, memory_that_is_gone_is_not_given)
{
	struct haul_hal_memory given;
	struct haul_arena_part one;
	struct arena pages;

	test_faults_begin();
	arena_open(&pages, 3);
	one = (struct haul_arena_part){{pages.view, {0}, {0}, 3 * pages.page}, HAUL_ARENA_ALLOC};
	begin(&one, 1);
	arena_protect(&pages, 1, 1, ARENA_NO_ACCESS);
	cr_assert(alloc(2 * pages.page, 0, UINT64_MAX, &given) == -HAUL_EFAULT);
	cr_assert(haul_arena_used(&arena) == 0 && arena.lock == 0);
	cr_assert(alloc(pages.page, 0, UINT64_MAX, &given) == 0);
	cr_assert(given.virt == pages.view && all(given.virt, pages.page, 0));
	arena_close(&pages);
	test_faults_end();
}

/*
 * Random sequences against a model: which page of which part is taken, and by which
 * allocation.
 */
enum { OWNERS = 40, STEPS = 400 };

static const struct haul_arena_part machine[] = {
	{{memory + 11 * PAGE, {0x20000}, {0x7c0}, 130 * PAGE}, HAUL_ARENA_ALLOC},
	{{memory, {0x10000}, {0xfffffffffffffe40}, 7 * PAGE}, HAUL_ARENA_ALLOC},
	{{memory + 400 * PAGE, {0x50000}, {0x50000}, 100 * PAGE}, HAUL_ARENA_SHARE},
	{{memory + 200 * PAGE, {0x30000}, {0x10000}, 64 * PAGE}, HAUL_ARENA_ALLOC},
};

static unsigned char owner_of[PAGES]; /* 0: free */
static struct haul_hal_memory owned[OWNERS + 1];

static size_t page_of(const struct haul_hal_memory *given)
{
	return (size_t)((unsigned char *)given->virt - memory) / PAGE;
}

static bool model_fits(const struct haul_arena_part *from, size_t at,
		       const struct haul_hal_request *request, bool empty)
{
	const uint64_t iova = from->memory.iova.value + at * PAGE;
	const size_t count = (request->size + PAGE - 1) / PAGE, first = page_of(&from->memory) + at;

	if (at + count > from->memory.size / PAGE || (request->align && iova % request->align) ||
	    iova > request->reach || request->reach - iova < count * PAGE - 1)
		return false;
	for (size_t i = first; i < first + count && !empty; i++)
		if (owner_of[i])
			return false;
	return true;
}

/* What alloc must answer, and where the memory must be. */
static int model_alloc(const struct haul_hal_request *request, struct haul_hal_memory *want)
{
	int err = -HAUL_ERANGE;

	for (size_t p = 0; p < sizeof machine / sizeof *machine; p++) {
		const struct haul_hal_memory *const of = &machine[p].memory;

		for (size_t at = 0; machine[p].flags & HAUL_ARENA_ALLOC && at < of->size / PAGE;
		     at++) {
			const size_t off = at * PAGE;

			if (model_fits(&machine[p], at, request, false)) {
				*want = (struct haul_hal_memory){(unsigned char *)of->virt + off,
								 {of->phys.value + off},
								 {of->iova.value + off},
								 (request->size + PAGE - 1) / PAGE *
									 PAGE};
				return 0;
			}
			if (model_fits(&machine[p], at, request, true))
				err = -HAUL_ENOMEM;
		}
	}
	return err;
}

static bool equal(const struct haul_hal_memory *a, const struct haul_hal_memory *b)
{
	return a->virt == b->virt && a->phys.value == b->phys.value &&
	       a->iova.value == b->iova.value && a->size == b->size;
}

static void random_alloc(uint64_t *random, unsigned owner)
{
	static const uint64_t reaches[] = {UINT64_MAX, 0x10fff, 0x107e, 0x7ff, 0xfffffffffffffedf};
	const size_t max = test_random_below(random, 4) ? 6 * PAGE : 140 * PAGE;
	struct haul_hal_request request =
		request_of(1 + test_random_below(random, max),
			   (size_t)1 << test_random_below(random, 13), reaches[0]);
	struct haul_hal_memory given, want = {0};
	int err;

	if (test_random_below(random, 3) == 0)
		request.reach = reaches[test_random_below(random, 5)];
	err = model_alloc(&request, &want);
	cr_assert(haul_hal_alloc(&arena.hal, &request, &given) == err, "seed %llu: %d",
		  (unsigned long long)test_seed(), err);
	if (err)
		return;
	cr_assert(equal(&given, &want) && all(given.virt, given.size, 0));
	memset(given.virt, (int)owner, given.size);
	memset(owner_of + page_of(&given), (int)owner, given.size / PAGE);
	owned[owner] = given;
}

/* All of it, or its first pages. */
static void random_free(uint64_t *random, unsigned owner)
{
	struct haul_hal_memory *const mine = &owned[owner];
	struct haul_hal_memory head = *mine;

	head.size = PAGE * (1 + test_random_below(random, mine->size / PAGE));
	cr_assert(all(mine->virt, mine->size, (unsigned char)owner));
	cr_assert(free_memory(head) == 0);
	FAILS(free_memory(head), HAUL_EINVAL);
	memset(owner_of + page_of(&head), 0, head.size / PAGE);
	mine->virt = (unsigned char *)mine->virt + head.size;
	mine->phys.value += head.size;
	mine->iova.value += head.size;
	mine->size -= head.size;
}

static size_t model_used(void)
{
	size_t used = 0;

	for (size_t i = 0; i < PAGES; i++)
		used += owner_of[i] ? PAGE : 0;
	return used;
}

Test(hal_arena, random_sequences_match_a_model)
{
	uint64_t random = test_seed();

	for (unsigned turn = 0; turn < 20; turn++) {
		memset(owner_of, 0, sizeof owner_of);
		memset(owned, 0, sizeof owned);
		begin(machine, sizeof machine / sizeof *machine);
		for (unsigned step = 0; step < STEPS; step++) {
			const unsigned owner = 1 + (unsigned)test_random_below(&random, OWNERS);

			if (owned[owner].size)
				random_free(&random, owner);
			else
				random_alloc(&random, owner);
			cr_assert(haul_arena_used(&arena) == model_used());
		}
	}
}
