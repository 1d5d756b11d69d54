/* SPDX-License-Identifier: MIT */
/* Who may have which region of I/O memory. */
#include "test.h"
#include <haul/registry.h>
#include <string.h>

/* A mapper that keeps an account; nothing touches what it maps. */
static struct {
	int maps, unmaps;
	int fail; /* what the next call of map returns */
	volatile void *base;
	uint64_t physical;
	size_t size;
	enum haul_cache_policy policy;
	struct haul_registry *busy; /* if not NULL, map and unmap look into it */
} mapped;

/* While it is being mapped or unmapped it is nobody else's. */
static void check_changing(volatile void *base, uint64_t physical, size_t size)
{
	struct haul_region region = {.base = base, .physical = physical, .size = size};
	struct haul_registry_item item;
	bool seen = false;

	for (size_t i = 0; haul_registry_get(mapped.busy, i, &item) == 0; i++)
		seen |= item.changing && item.kind == HAUL_REGISTRY_ACQUIRED &&
			item.physical == physical && item.base == base;
	cr_assert(seen);
	cr_assert(haul_registry_release(mapped.busy, &region) == -HAUL_ENOENT);
	cr_assert(haul_registry_reserve(mapped.busy, physical, size, "own") == -HAUL_EBUSY);
	cr_assert(haul_registry_acquire(mapped.busy, physical, size, HAUL_CACHE_UNCACHED, "other",
					&region) == -HAUL_EBUSY);
}

static int map(void *context, uint64_t physical, size_t size, enum haul_cache_policy policy,
	       volatile void **base)
{
	cr_assert(context == &mapped);
	mapped.physical = physical;
	mapped.size = size;
	mapped.policy = policy;
	if (mapped.busy)
		check_changing(NULL, physical, size);
	if (mapped.fail)
		return mapped.fail;
	mapped.maps++;
	*base = mapped.base;
	if (!mapped.base) /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
		*base = (void *)(uintptr_t)(0x10000000 + (physical & 0xffffff));
	return 0;
}

static void unmap(void *context, volatile void *base, size_t size)
{
	cr_assert(context == &mapped);
	if (mapped.busy)
		check_changing(base, mapped.physical, size);
	mapped.unmaps++;
	mapped.base = base;
	mapped.size = size;
}

static const struct haul_registry_mapper mapper = {map, unmap, &mapped};

enum { CAPACITY = 8 };

static struct haul_registry_item items[CAPACITY];
static struct haul_registry registry;

/* Two ranges that touch, a reserved part in the first:
 * [0x10000, 0x20000), less [0x12000, 0x13000), and [0x20000, 0x30000) */
static void begin(void)
{
	memset(&mapped, 0, sizeof mapped);
	cr_assert(haul_registry_init(&registry, items, CAPACITY, &mapper) == 0);
	cr_assert(haul_registry_add(&registry, 0x20000, 0x10000, "high") == 0);
	cr_assert(haul_registry_add(&registry, 0x10000, 0x10000, "low") == 0);
	cr_assert(haul_registry_reserve(&registry, 0x12000, 0x1000, "own") == 0);
}

static struct haul_region acquire(uint64_t physical, size_t size)
{
	struct haul_region region;

	cr_assert(haul_registry_acquire(&registry, physical, size, HAUL_CACHE_UNCACHED, "device",
					&region) == 0);
	return region;
}

/* A call that must fail, and change nothing. */
#define FAILS(call, error) \
	do { \
		const struct haul_registry before = registry; \
		struct haul_registry_item kept[CAPACITY]; \
\
		memcpy(kept, items, sizeof kept); \
		cr_assert((call) == -(error), #call); \
		cr_assert(registry.count == before.count && registry.lock == 0); \
		cr_assert(memcmp(kept, items, before.count * sizeof *kept) == 0); \
	} while (0)

Test(registry, init_wants_storage_and_a_mapper)
{
	const struct haul_registry_mapper no_map = {NULL, unmap, NULL},
					  no_unmap = {map, NULL, NULL};
	struct haul_registry_item item;

	memset(&registry, 0xa5, sizeof registry);
	cr_assert(haul_registry_init(&registry, NULL, 1, &mapper) == -HAUL_EINVAL);
	cr_assert(haul_registry_init(&registry, items, 1, NULL) == -HAUL_EINVAL);
	cr_assert(haul_registry_init(&registry, items, 1, &no_map) == -HAUL_EINVAL);
	cr_assert(haul_registry_init(&registry, items, 1, &no_unmap) == -HAUL_EINVAL);
	cr_assert(registry.lock == 0xa5a5a5a5);
	cr_assert(haul_registry_init(&registry, NULL, 0, &mapper) == 0);
	cr_assert(haul_registry_get(&registry, 0, &item) == -HAUL_ERANGE);
	cr_assert(haul_registry_add(&registry, 0, 1, "none") == -HAUL_ENOSPC);
}

Test(registry, ranges_do_not_overlap)
{
	begin();
	FAILS(haul_registry_add(&registry, 0x10000, 0x10000, "same"), HAUL_EEXIST);
	FAILS(haul_registry_add(&registry, 0x12000, 0x1000, "part"), HAUL_EEXIST);
	FAILS(haul_registry_add(&registry, 0xffff, 2, "start"), HAUL_EEXIST);
	FAILS(haul_registry_add(&registry, 0x2ffff, 2, "end"), HAUL_EEXIST);
	FAILS(haul_registry_add(&registry, 0, UINT64_MAX, "around"), HAUL_EEXIST);
	FAILS(haul_registry_add(&registry, 0x1ffff, 2, "both"), HAUL_EEXIST);
	cr_assert(haul_registry_add(&registry, 0xffff, 1, "before") == 0);
	cr_assert(haul_registry_add(&registry, 0x30000, 1, "behind") == 0);
	cr_assert(haul_registry_add(&registry, UINT64_MAX, 1, "last") == 0);
	FAILS(haul_registry_add(&registry, UINT64_MAX - 9, 10, "last"), HAUL_EEXIST);
}

Test(registry, empty_and_inverted_ranges_are_refused)
{
	struct haul_region region;

	begin();
	FAILS(haul_registry_add(&registry, 0x40000, 0, "empty"), HAUL_EINVAL);
	FAILS(haul_registry_add(&registry, 0x40000, 1, NULL), HAUL_EINVAL);
	FAILS(haul_registry_add(&registry, 0x40000, UINT64_MAX, "wraps"), HAUL_EOVERFLOW);
	FAILS(haul_registry_add(&registry, UINT64_MAX, 2, "wraps"), HAUL_EOVERFLOW);
	FAILS(haul_registry_reserve(&registry, 0x10000, 0, "empty"), HAUL_EINVAL);
	FAILS(haul_registry_reserve(&registry, 0x10000, 1, NULL), HAUL_EINVAL);
	/* from 0x11000 down to 0x10000 */
	FAILS(haul_registry_reserve(&registry, 0x11000, (uint64_t)0 - 0x1000, "inverted"),
	      HAUL_EOVERFLOW);
	FAILS(haul_registry_acquire(&registry, 0x10000, 0, HAUL_CACHE_UNCACHED, "empty", &region),
	      HAUL_EINVAL);
	FAILS(haul_registry_acquire(&registry, 0x10000, 1, HAUL_CACHE_UNCACHED, NULL, &region),
	      HAUL_EINVAL);
	FAILS(haul_registry_acquire(&registry, 0x10000, 1,
				    (enum haul_cache_policy)(HAUL_CACHE_WRITE_BACK + 1), "policy",
				    &region),
	      HAUL_EINVAL);
	FAILS(haul_registry_acquire(&registry, 0x10000, 1, (enum haul_cache_policy) - 1, "policy",
				    &region),
	      HAUL_EINVAL);
	FAILS(haul_registry_acquire(&registry, 0x11000, SIZE_MAX - 0xfff, HAUL_CACHE_UNCACHED,
				    "inverted", &region),
	      HAUL_EOVERFLOW);
	cr_assert(mapped.maps == 0);
}

static int try_acquire(uint64_t physical, size_t size)
{
	struct haul_region region, before;
	int err;

	memset(&region, 0xa5, sizeof region);
	before = region;
	err = haul_registry_acquire(&registry, physical, size, HAUL_CACHE_UNCACHED, "device",
				    &region);
	cr_assert(!err || memcmp(&region, &before, sizeof region) == 0);
	return err;
}

Test(registry, what_is_outside_reserved_or_acquired_is_refused)
{
	begin();
	acquire(0x14000, 0x1000);
	FAILS(try_acquire(0, 1), HAUL_ENOENT);
	FAILS(try_acquire(0xffff, 2), HAUL_ENOENT);
	FAILS(try_acquire(0x2ffff, 2), HAUL_ENOENT);
	FAILS(try_acquire(0x30000, 1), HAUL_ENOENT);
	FAILS(try_acquire(0x1ffff, 2), HAUL_ENOENT); /* two ranges */
	FAILS(try_acquire(0x10000, 0x20000), HAUL_ENOENT);
	FAILS(try_acquire(0x12000, 0x1000), HAUL_EACCES);
	FAILS(try_acquire(0x12800, 1), HAUL_EACCES);
	FAILS(try_acquire(0x11fff, 2), HAUL_EACCES);
	FAILS(try_acquire(0x12fff, 2), HAUL_EACCES);
	FAILS(try_acquire(0x10000, 0x10000), HAUL_EACCES);
	FAILS(try_acquire(0x14000, 0x1000), HAUL_EBUSY);
	FAILS(try_acquire(0x13fff, 2), HAUL_EBUSY);
	FAILS(try_acquire(0x14fff, 2), HAUL_EBUSY);
	FAILS(try_acquire(0x13000, 0x3000), HAUL_EBUSY);
	FAILS(haul_registry_reserve(&registry, 0xffff, 2, "own"), HAUL_ENOENT);
	FAILS(haul_registry_reserve(&registry, 0x12fff, 2, "own"), HAUL_EACCES);
	FAILS(haul_registry_reserve(&registry, 0x14fff, 2, "own"), HAUL_EBUSY);
	acquire(0x13000, 0x1000);
	acquire(0x15000, 0xb000);
	acquire(0x20000, 0x10000);
	cr_assert(mapped.maps == 4 && mapped.unmaps == 0);
}

Test(registry, regions_are_what_was_asked_for)
{
	struct haul_region region;
	struct haul_registry_item item;

	begin();
	mapped.busy = &registry;
	cr_assert(haul_registry_acquire(&registry, 0x21234, 0x56, HAUL_CACHE_WRITE_COMBINING, "odd",
					&region) == 0);
	cr_assert(mapped.physical == 0x21234 && mapped.size == 0x56);
	cr_assert(mapped.policy == HAUL_CACHE_WRITE_COMBINING);
	cr_assert((uintptr_t)region.base == 0x10021234 && region.physical == 0x21234);
	cr_assert(region.size == 0x56 && region.policy == HAUL_CACHE_WRITE_COMBINING);
	cr_assert(region.io.width == 0 && region.io.flags == 0);
	/* behind both ranges and the reserved part */
	cr_assert(haul_registry_get(&registry, 3, &item) == 0);
	cr_assert(item.kind == HAUL_REGISTRY_ACQUIRED && item.base == region.base);
	cr_assert(item.physical == 0x21234 && item.size == 0x56 && !item.changing);
	cr_assert(item.policy == HAUL_CACHE_WRITE_COMBINING && strcmp(item.name, "odd") == 0);
	cr_assert(haul_registry_release(&registry, &region) == 0);
	cr_assert(mapped.unmaps == 1);
}

Test(registry, what_is_released_can_be_acquired_again)
{
	begin();
	for (size_t i = 0; i < 100; i++) {
		struct haul_region first = acquire(0x10000, 0x1000), second = acquire(0x11000, 8);

		FAILS(try_acquire(0x10000, 8), HAUL_EBUSY);
		cr_assert(haul_registry_release(&registry, &first) == 0);
		cr_assert(mapped.base == first.base && mapped.size == 0x1000);
		FAILS(try_acquire(0x11000, 8), HAUL_EBUSY);
		first = acquire(0x10000, 0x1000);
		cr_assert(haul_registry_release(&registry, &second) == 0);
		cr_assert(haul_registry_release(&registry, &first) == 0);
	}
	cr_assert(registry.count == 3 && mapped.maps == 300 && mapped.unmaps == 300);
}

Test(registry, only_what_is_acquired_can_be_released)
{
	struct haul_region region, other;

	begin();
	region = acquire(0x10000, 0x1000);
	cr_assert(haul_region_slice(&region, 0, 0x800, &other) == 0);
	FAILS(haul_registry_release(&registry, &other), HAUL_ENOENT);
	cr_assert(haul_region_slice(&region, 0x800, 0x800, &other) == 0);
	FAILS(haul_registry_release(&registry, &other), HAUL_ENOENT);
	other = region;
	other.size++;
	FAILS(haul_registry_release(&registry, &other), HAUL_ENOENT);
	other = region;
	other.base++;
	FAILS(haul_registry_release(&registry, &other), HAUL_ENOENT);
	other = region;
	other.physical = 0x20000; /* a range's */
	FAILS(haul_registry_release(&registry, &other), HAUL_ENOENT);
	other.physical = 0x12000; /* a reserved part's */
	FAILS(haul_registry_release(&registry, &other), HAUL_ENOENT);
	cr_assert(mapped.unmaps == 0);
	region.io.width = 4; /* its owner's business */
	cr_assert(haul_registry_release(&registry, &region) == 0);
	FAILS(haul_registry_release(&registry, &region), HAUL_ENOENT);
	cr_assert(mapped.unmaps == 1);
}

Test(registry, storage_runs_out)
{
	struct haul_region regions[CAPACITY];

	begin();
	for (size_t i = 3; i < CAPACITY; i++)
		regions[i] = acquire(0x20000 + i, 1);
	FAILS(try_acquire(0x2fff0, 1), HAUL_ENOSPC);
	FAILS(try_acquire(0x20003, 1), HAUL_EBUSY);
	FAILS(haul_registry_add(&registry, 0x30000, 1, "more"), HAUL_ENOSPC);
	FAILS(haul_registry_reserve(&registry, 0x2fff0, 1, "more"), HAUL_ENOSPC);
	cr_assert(mapped.maps == CAPACITY - 3);
	cr_assert(haul_registry_release(&registry, &regions[5]) == 0);
	acquire(0x2fff0, 1);
	FAILS(try_acquire(0x20005, 1), HAUL_ENOSPC);
}

Test(registry, a_map_that_fails_changes_nothing)
{
	begin();
	mapped.busy = &registry;
	mapped.fail = -HAUL_ENOMEM;
	FAILS(try_acquire(0x10000, 0x1000), HAUL_ENOMEM);
	mapped.fail = 0;
	mapped.busy = NULL;
	cr_assert(mapped.maps == 0 && mapped.unmaps == 0);
	/* a place that cannot be: it is unmapped again */
	mapped.base = (volatile void *)UINTPTR_MAX; /* NOLINT(performance-no-int-to-ptr) */
	FAILS(try_acquire(0x10000, 0x1000), HAUL_EOVERFLOW);
	cr_assert(mapped.maps == 1 && mapped.unmaps == 1);
	cr_assert((uintptr_t)mapped.base == UINTPTR_MAX && mapped.size == 0x1000);
	mapped.base = NULL;
	acquire(0x10000, 0x1000);
}

Test(registry, texts_are_lines_for_people)
{
	static const char *const lines[] = {
		"00010000-0001ffff : low",
		"  00010000-00010fff : device (uncached)",
		"  00012000-00012fff : own (reserved)",
		"00020000-0002ffff : high",
		"  00020000-00020000 : one (write-combining)",
		"  00021000-00022fff : memory (write-back)",
		"fffffffffffff000-ffffffffffffffff : top",
	};
	struct haul_registry_item item;
	struct haul_region region;
	size_t index = 0;

	begin();
	acquire(0x10000, 0x1000);
	cr_assert(haul_registry_acquire(&registry, 0x21000, 0x2000, HAUL_CACHE_WRITE_BACK, "memory",
					&region) == 0);
	cr_assert(haul_registry_acquire(&registry, 0x20000, 1, HAUL_CACHE_WRITE_COMBINING, "one",
					&region) == 0);
	cr_assert(haul_registry_add(&registry, (uint64_t)0 - 0x1000, 0x1000, "top") == 0);
	for (; haul_registry_get(&registry, index, &item) == 0; index++) {
		const size_t length = strlen(lines[index]);

		for (size_t size = 0; size <= length + 2; size++) {
			char text[80];

			memset(text, '#', sizeof text);
			cr_assert(haul_registry_text(&item, text, size) == length, "%zu", index);
			if (size) {
				const size_t shown = size > length ? length : size - 1;

				cr_assert(memcmp(text, lines[index], shown) == 0, "%s", text);
				cr_assert(text[shown] == '\0');
			}
			cr_assert(text[size] == '#');
		}
	}
	cr_assert(index == sizeof lines / sizeof *lines);
	cr_assert(haul_registry_text(&item, NULL, 0) == strlen(lines[index - 1]));
	item.kind = HAUL_REGISTRY_ACQUIRED;
	item.policy = (enum haul_cache_policy)77;
	cr_assert(haul_registry_text(&item, NULL, 0) == strlen(lines[index - 1]) + 12);
}

/*
 * Random sequences against a model: a machine of some pages, and for each page
 * the numbers of the range, the reserved part and the region that it is in.
 */
enum { MODEL_PAGES = 24, MODEL_CAPACITY = 12, PAGE_SIZE = 0x1000 };

static struct {
	unsigned range, reserved, acquired;
} pages[MODEL_PAGES];
static uint64_t model_base; /* physical address of the first page */
static size_t model_count;
static struct haul_region owned[MODEL_CAPACITY + 1]; /* by number; size 0: not */

static int predict(enum haul_registry_kind kind, size_t first, size_t count)
{
	bool added = false, one_range = true, reserved = false, acquired = false;

	for (size_t p = first; p < first + count; p++) {
		added |= pages[p].range != 0;
		one_range &= pages[p].range && pages[p].range == pages[first].range;
		reserved |= pages[p].reserved != 0;
		acquired |= pages[p].acquired != 0;
	}
	if (kind == HAUL_REGISTRY_RANGE && added)
		return -HAUL_EEXIST;
	if (kind != HAUL_REGISTRY_RANGE && !one_range)
		return -HAUL_ENOENT;
	if (kind != HAUL_REGISTRY_RANGE && (reserved || acquired))
		return reserved ? -HAUL_EACCES : -HAUL_EBUSY;
	return model_count == MODEL_CAPACITY ? -HAUL_ENOSPC : 0;
}

static void model_set(enum haul_registry_kind kind, size_t first, size_t count, unsigned number)
{
	for (size_t p = first; p < first + count; p++) {
		if (kind == HAUL_REGISTRY_RANGE)
			pages[p].range = number;
		else if (kind == HAUL_REGISTRY_RESERVED)
			pages[p].reserved = number;
		else
			pages[p].acquired = number;
	}
}

static void check_item(size_t *index, enum haul_registry_kind kind, size_t page, unsigned number)
{
	struct haul_registry_item item;

	cr_assert(haul_registry_get(&registry, *index, &item) == 0);
	++*index;
	cr_assert(item.kind == kind && item.physical == model_base + page * PAGE_SIZE);
	for (size_t p = page; p < MODEL_PAGES; p++) {
		const unsigned here = kind == HAUL_REGISTRY_RANGE      ? pages[p].range
				      : kind == HAUL_REGISTRY_RESERVED ? pages[p].reserved
								       : pages[p].acquired;

		cr_assert((here == number) == (p < page + item.size / PAGE_SIZE));
	}
}

static void check_listing(void)
{
	struct haul_registry_item item;
	size_t index = 0;

	for (size_t p = 0; p < MODEL_PAGES; p++) {
		if (pages[p].range && (!p || pages[p].range != pages[p - 1].range))
			check_item(&index, HAUL_REGISTRY_RANGE, p, pages[p].range);
		if (pages[p].reserved && (!p || pages[p].reserved != pages[p - 1].reserved))
			check_item(&index, HAUL_REGISTRY_RESERVED, p, pages[p].reserved);
		if (pages[p].acquired && (!p || pages[p].acquired != pages[p - 1].acquired))
			check_item(&index, HAUL_REGISTRY_ACQUIRED, p, pages[p].acquired);
	}
	cr_assert(index == model_count);
	cr_assert(haul_registry_get(&registry, index, &item) == -HAUL_ERANGE);
}

static void random_release(uint64_t *random)
{
	const unsigned number = (unsigned)test_random_below(random, MODEL_CAPACITY) + 1;
	struct haul_region *region = &owned[number];

	if (!region->size) {
		cr_assert(haul_registry_release(&registry, region) == -HAUL_ENOENT);
		return;
	}
	cr_assert(haul_registry_release(&registry, region) == 0);
	model_set(HAUL_REGISTRY_ACQUIRED, (size_t)(region->physical - model_base) / PAGE_SIZE,
		  region->size / PAGE_SIZE, 0);
	region->size = 0;
	model_count--;
}

static unsigned free_number(void)
{
	unsigned number = 1;

	while (number < MODEL_CAPACITY && owned[number].size)
		number++;
	return number;
}

static void random_step(uint64_t *random, unsigned step)
{
	const enum haul_registry_kind kind = test_random_below(random, 8) ? HAUL_REGISTRY_ACQUIRED
					     : test_random_below(random, 2)
						     ? HAUL_REGISTRY_RANGE
						     : HAUL_REGISTRY_RESERVED;
	const size_t first = test_random_below(random, MODEL_PAGES);
	const size_t room = MODEL_PAGES - first < 6 ? MODEL_PAGES - first : 6;
	const size_t count = 1 + test_random_below(random, room);
	const uint64_t physical = model_base + first * PAGE_SIZE;
	const unsigned number = kind == HAUL_REGISTRY_ACQUIRED ? free_number() : step + 1;
	int want = predict(kind, first, count), err;

	mapped.fail = test_random_below(random, 16) ? 0 : -HAUL_EIO;
	if (kind == HAUL_REGISTRY_RANGE)
		err = haul_registry_add(&registry, physical, count * PAGE_SIZE, "range");
	else if (kind == HAUL_REGISTRY_RESERVED)
		err = haul_registry_reserve(&registry, physical, count * PAGE_SIZE, "reserved");
	else
		err = haul_registry_acquire(&registry, physical, count * PAGE_SIZE,
					    HAUL_CACHE_UNCACHED, "device", &owned[number]);
	if (!want && kind == HAUL_REGISTRY_ACQUIRED)
		want = mapped.fail;
	cr_assert(err == want, "seed %llu, step %u: %d, %d is right",
		  (unsigned long long)test_seed(), step, err, want);
	if (!err) {
		model_set(kind, first, count, number);
		model_count++;
	}
}

static void random_sequence(uint64_t *random, uint64_t base)
{
	static struct haul_registry_item storage[MODEL_CAPACITY];

	memset(&mapped, 0, sizeof mapped);
	memset(pages, 0, sizeof pages);
	memset(owned, 0, sizeof owned);
	model_base = base;
	model_count = 0;
	cr_assert(haul_registry_init(&registry, storage, MODEL_CAPACITY, &mapper) == 0);
	for (unsigned step = 0; step < 120; step++) {
		if (test_random_below(random, 3))
			random_step(random, step);
		else
			random_release(random);
		check_listing();
	}
}

Test(registry, random_sequences_match_a_model)
{
	uint64_t random = test_seed();

	for (unsigned i = 0; i < 200; i++) {
		random_sequence(&random, 0);
		random_sequence(&random, 0x7ffffff8000);
		random_sequence(&random, (uint64_t)0 - MODEL_PAGES * PAGE_SIZE);
	}
}
