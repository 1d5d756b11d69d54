/* SPDX-License-Identifier: MIT */
/*
 * The arena: a bit for each page of the parts with HAUL_ARENA_ALLOC, part after part, set
 * while the page is taken.  The lock is over the bits; all else is constant.
 */
#include "../lock.h"
#include <haul/arena.h>
#include <haul/mem.h>

enum { WORD_BITS = 64, FLAGS = HAUL_ARENA_ALLOC | HAUL_ARENA_SHARE };

static uint64_t virt_of(const struct haul_hal_memory *memory)
{
	return (uintptr_t)memory->virt;
}

/* The part of memory from off on. */
static struct haul_hal_memory slice(const struct haul_hal_memory *memory, size_t off, size_t size)
{
	struct haul_hal_memory part = *memory;

	part.virt = (unsigned char *)memory->virt + off;
	if (part.phys.value != HAUL_PHYS_UNKNOWN)
		part.phys.value += off;
	part.iova.value += off;
	part.size = size;
	return part;
}

static bool same_addresses(const struct haul_hal_memory *a, const struct haul_hal_memory *b)
{
	return a->virt == b->virt && a->phys.value == b->phys.value &&
	       a->iova.value == b->iova.value;
}

static bool contains(const struct haul_hal_memory *memory, const void *p, size_t size)
{
	const uint64_t off = (uintptr_t)p - virt_of(memory);

	return off <= memory->size && size <= memory->size - off;
}

/* Bits. */

static bool get(const uint64_t *words, size_t bit)
{
	return words[bit / WORD_BITS] >> bit % WORD_BITS & 1;
}

static void set(uint64_t *words, size_t bit, size_t count, bool value)
{
	for (const size_t end = bit + count; bit < end; bit++) {
		const uint64_t mask = (uint64_t)1 << bit % WORD_BITS;

		if (value)
			words[bit / WORD_BITS] |= mask;
		else
			words[bit / WORD_BITS] &= ~mask;
	}
}

/* The first bit of that value in [bit, end), or end. */
static size_t find(const uint64_t *words, size_t bit, size_t end, bool value)
{
	const uint64_t none = value ? 0 : UINT64_MAX; /* a word without such a bit */

	while (bit < end && get(words, bit) != value)
		bit += bit % WORD_BITS == 0 && words[bit / WORD_BITS] == none ? WORD_BITS : 1;
	return bit < end ? bit : end;
}

/* Parts, as config has them. */

static size_t pages_of(const struct haul_arena_config *config, const struct haul_arena_part *part)
{
	return part->flags & HAUL_ARENA_ALLOC ? part->memory.size / config->page : 0;
}

static size_t pages_before(const struct haul_arena_config *config,
			   const struct haul_arena_part *part)
{
	size_t pages = 0;

	for (const struct haul_arena_part *p = config->parts; p < part; p++)
		pages += pages_of(config, p);
	return pages;
}

/* The part with that flag which has [p, p + size), or NULL. */
static const struct haul_arena_part *find_part(const struct haul_arena_config *config,
					       unsigned flag, const void *p, size_t size)
{
	for (size_t i = 0; i < config->nparts; i++)
		if (config->parts[i].flags & flag && contains(&config->parts[i].memory, p, size))
			return &config->parts[i];
	return NULL;
}

/* alloc */

/* What is looked for in one part: all in bytes from its beginning. */
struct search {
	size_t first, last; /* where it may begin */
	size_t step;        /* from one such place to the next */
	size_t size;
};

/* False: it would not fit if the part were empty. */
static bool begin_search(struct search *search, const struct haul_arena_config *config,
			 const struct haul_arena_part *part, const struct haul_hal_request *request)
{
	const struct haul_hal_memory *memory = &part->memory;
	const uint64_t start = memory->iova.value;
	size_t room = memory->size; /* within reach */

	if (!pages_of(config, part) || request->size > room || request->reach < start)
		return false;
	if (request->reach - start < room)
		room = (size_t)(request->reach - start) + 1;
	search->step = request->align > config->page ? request->align : config->page;
	search->first = (size_t)(-start & (search->step - 1));
	search->size = (request->size + config->page - 1) & ~(config->page - 1);
	if (search->first > room || search->size > room - search->first)
		return false;
	search->last = room - search->size;
	return true;
}

/* The bits of the part begin at base.  True with *off, where it fits. */
static bool search_part(const struct haul_arena_config *config, const struct search *search,
			size_t base, size_t *off)
{
	const uint64_t *const words = config->words;
	const size_t count = search->size / config->page;

	for (size_t at = search->first; at <= search->last;) {
		const size_t bit = base + at / config->page;
		const size_t taken = find(words, bit, bit + count, true);
		size_t past;

		if (taken == bit + count) {
			*off = at;
			return true;
		}
		past = find(words, taken, base + search->last / config->page + 1, false) - base;
		past *= config->page;
		at = ((past - search->first + search->step - 1) & ~(search->step - 1)) +
		     search->first;
	}
	return false;
}

/* With the lock. */
static int take(const struct haul_arena_config *config, const struct haul_hal_request *request,
		struct haul_hal_memory *memory)
{
	const struct haul_arena_part *const end = config->parts + config->nparts;
	int err = -HAUL_ERANGE;
	size_t base = 0;

	for (const struct haul_arena_part *part = config->parts; part < end;
	     base += pages_of(config, part++)) {
		struct search search;
		size_t off;

		if (!begin_search(&search, config, part, request))
			continue;
		if (search_part(config, &search, base, &off)) {
			set(config->words, base + off / config->page, search.size / config->page,
			    true);
			*memory = slice(&part->memory, off, search.size);
			return 0;
		}
		err = -HAUL_ENOMEM;
	}
	return err;
}

/* With the lock.  -HAUL_EINVAL, unless it is allocated. */
static int give_back(const struct haul_arena_config *config, const struct haul_hal_memory *memory)
{
	const struct haul_arena_part *const part =
		find_part(config, HAUL_ARENA_ALLOC, memory->virt, memory->size);
	struct haul_hal_memory is;
	size_t off, bit, end;

	if (!part || !memory->size)
		return -HAUL_EINVAL;
	off = (uintptr_t)memory->virt - (uintptr_t)part->memory.virt;
	is = slice(&part->memory, off, memory->size);
	if (!same_addresses(&is, memory) || (off | memory->size) & (config->page - 1))
		return -HAUL_EINVAL;
	bit = pages_before(config, part) + off / config->page;
	end = bit + memory->size / config->page;
	if (find(config->words, bit, end, false) != end)
		return -HAUL_EINVAL;
	set(config->words, bit, end - bit, false);
	return 0;
}

static int arena_free(void *ctx, const struct haul_hal_memory *memory)
{
	struct haul_arena *const arena = ctx;
	int err;

	haul_lock(&arena->lock);
	err = give_back(&arena->config, memory);
	haul_unlock(&arena->lock);
	return err;
}

static int arena_alloc(void *ctx, const struct haul_hal_request *request,
		       struct haul_hal_memory *memory)
{
	struct haul_arena *const arena = ctx;
	struct haul_hal_memory taken;
	int err;

	haul_lock(&arena->lock);
	err = take(&arena->config, request, &taken);
	haul_unlock(&arena->lock);
	if (err)
		return err;
	if (!request->uninit && haul_memset(taken.virt, 0, taken.size) != taken.size) {
		arena_free(arena, &taken);
		return -HAUL_EFAULT;
	}
	*memory = taken;
	return 0;
}

/* share */

/* What memory has lies right before what next has, for the device; then both in one. */
static bool append(struct haul_hal_memory *memory, const struct haul_hal_memory *next)
{
	if (next->iova.value - memory->iova.value != memory->size)
		return false;
	if (next->phys.value == HAUL_PHYS_UNKNOWN ||
	    next->phys.value - memory->phys.value != memory->size)
		memory->phys.value = HAUL_PHYS_UNKNOWN;
	memory->size += next->size;
	return true;
}

static int translate(const struct haul_arena_config *config, void *p, size_t size,
		     struct haul_hal_memory *memory)
{
	struct haul_hal_memory next;

	for (size_t done = 0; done < size; done += next.size) {
		unsigned char *const at = (unsigned char *)p + done;
		const struct haul_arena_part *const part =
			find_part(config, HAUL_ARENA_SHARE, at, 1);
		size_t off, room;

		if (!part)
			return -HAUL_ERANGE;
		off = (uintptr_t)at - (uintptr_t)part->memory.virt;
		room = part->memory.size - off;
		next = slice(&part->memory, off, room < size - done ? room : size - done);
		if (!done)
			*memory = next;
		else if (!append(memory, &next))
			return -HAUL_ERANGE;
	}
	return 0;
}

static int arena_share(void *ctx, void *p, size_t size, enum haul_dma_direction direction,
		       uint64_t reach, struct haul_hal_memory *memory)
{
	const struct haul_arena *const arena = ctx;
	struct haul_hal_memory shared;
	const int err = translate(&arena->config, p, size, &shared);

	(void)direction;
	if (err)
		return err;
	if (reach < shared.iova.value || reach - shared.iova.value < size - 1)
		return -HAUL_ERANGE;
	*memory = shared;
	return 0;
}

static int arena_unshare(void *ctx, const struct haul_hal_memory *memory,
			 enum haul_dma_direction direction)
{
	const struct haul_arena *const arena = ctx;
	struct haul_hal_memory shared;

	(void)direction;
	if (!memory->size || translate(&arena->config, memory->virt, memory->size, &shared) ||
	    !same_addresses(&shared, memory))
		return -HAUL_EINVAL;
	return 0;
}

/* What others do. */

static int arena_map_mmio(void *ctx, struct haul_phys phys, size_t size,
			  enum haul_cache_policy policy, struct haul_region *region)
{
	const struct haul_arena_config *const config = &((struct haul_arena *)ctx)->config;

	return haul_registry_acquire(config->registry, phys.value, size, policy, config->owner,
				     region);
}

static int arena_unmap_mmio(void *ctx, const struct haul_region *region)
{
	return haul_registry_release(((struct haul_arena *)ctx)->config.registry, region);
}

static int arena_describe_cache(void *ctx, struct haul_cache_report *report)
{
	const struct haul_arena_cache *const cache = &((struct haul_arena *)ctx)->config.cache;

	return cache->describe(cache->context, report);
}

static int arena_cache(void *ctx, enum haul_cache_op op, void *virt, struct haul_phys phys,
		       size_t size)
{
	const struct haul_arena_cache *const cache = &((struct haul_arena *)ctx)->config.cache;

	return cache->sync(cache->context, op, virt, phys, size);
}

static int arena_make_alias(void *ctx, const struct haul_hal_memory *memory, void **alias)
{
	const struct haul_arena_alias *const aliases = &((struct haul_arena *)ctx)->config.alias;

	return aliases->make(aliases->context, memory, alias);
}

static int arena_drop_alias(void *ctx, const struct haul_hal_memory *memory, void *alias)
{
	const struct haul_arena_alias *const aliases = &((struct haul_arena *)ctx)->config.alias;

	return aliases->drop(aliases->context, memory, alias);
}

static int describe_cpu_cache(void *context, struct haul_cache_report *report)
{
	(void)context;
	haul_cache_describe(report);
	return 0;
}

static int sync_cpu_cache(void *context, enum haul_cache_op op, void *virt, struct haul_phys phys,
			  size_t size)
{
	struct haul_fault fault;
	size_t done;

	(void)context, (void)phys;
	return haul_cache_sync(op, virt, size, &done, &fault);
}

/* init */

static int check_part(const struct haul_arena_config *config, const struct haul_arena_part *part)
{
	const struct haul_hal_memory *const memory = &part->memory;
	const bool known = memory->phys.value != HAUL_PHYS_UNKNOWN;
	const uint64_t phys = known ? memory->phys.value : 0;
	const size_t last = memory->size - 1;

	if (!memory->size || !part->flags || part->flags & ~(unsigned)FLAGS)
		return -HAUL_EINVAL;
	if (part->flags & HAUL_ARENA_ALLOC &&
	    (!memory->virt ||
	     (virt_of(memory) | phys | memory->iova.value | memory->size) & (config->page - 1)))
		return -HAUL_EINVAL;
	if (last > UINTPTR_MAX - (uintptr_t)memory->virt || last > UINT64_MAX - phys ||
	    last > UINT64_MAX - memory->iova.value)
		return -HAUL_EOVERFLOW;
	return 0;
}

static bool overlap(uint64_t a, size_t a_size, uint64_t b, size_t b_size)
{
	return a - b < b_size || b - a < a_size;
}

/* Two parts may be the same memory, one to share, one to allocate from. */
static bool conflict(const struct haul_arena_part *one, const struct haul_arena_part *other)
{
	const struct haul_hal_memory *const a = &one->memory, *const b = &other->memory;

	if (!overlap(virt_of(a), a->size, virt_of(b), b->size) &&
	    !overlap(a->iova.value, a->size, b->iova.value, b->size))
		return false;
	return one->flags & other->flags ||
	       virt_of(a) - a->iova.value != virt_of(b) - b->iova.value;
}

static int check_parts(const struct haul_arena_config *config)
{
	for (size_t i = 0; i < config->nparts; i++) {
		const int err = check_part(config, &config->parts[i]);

		if (err)
			return err;
	}
	for (size_t i = 1; i < config->nparts; i++)
		for (size_t j = 0; j < i; j++)
			if (conflict(&config->parts[i], &config->parts[j]))
				return -HAUL_EEXIST;
	return 0;
}

static int check(const struct haul_arena_config *config)
{
	size_t pages;
	int err;

	if (!config->parts || !config->nparts || !config->page ||
	    config->page & (config->page - 1) || (!config->words && config->nwords) ||
	    (config->registry && !config->owner) ||
	    !config->cache.describe != !config->cache.sync ||
	    !config->alias.make != !config->alias.drop)
		return -HAUL_EINVAL;
	err = check_parts(config);
	if (err)
		return err;
	pages = pages_before(config, config->parts + config->nparts);
	return HAUL_ARENA_WORDS(pages) > config->nwords ? -HAUL_ENOSPC : 0;
}

int haul_arena_init(struct haul_arena *arena, const struct haul_arena_config *config)
{
	static const struct haul_arena_cache cpu_cache = {describe_cpu_cache, sync_cpu_cache, NULL};
	const int err = check(config);

	if (err)
		return err;
	*arena = (struct haul_arena){
		.hal =
			{
				.size = sizeof(struct haul_hal),
				.version = HAUL_HAL_VERSION,
				.flags = HAUL_HAL_PARTS,
				.page = config->page,
				.ctx = arena,
				.alloc = arena_alloc,
				.free = arena_free,
				.share = arena_share,
				.unshare = arena_unshare,
				.map_mmio = config->registry ? arena_map_mmio : NULL,
				.unmap_mmio = config->registry ? arena_unmap_mmio : NULL,
				.describe_cache = arena_describe_cache,
				.cache = arena_cache,
				.make_alias = config->alias.make ? arena_make_alias : NULL,
				.drop_alias = config->alias.make ? arena_drop_alias : NULL,
			},
		.config = *config,
	};
	if (!config->cache.sync)
		arena->config.cache = cpu_cache;
	for (size_t i = 0; i < config->nwords; i++)
		config->words[i] = 0;
	return 0;
}

size_t haul_arena_used(struct haul_arena *arena)
{
	const struct haul_arena_config *const config = &arena->config;
	const size_t pages = pages_before(config, config->parts + config->nparts);
	size_t used = 0;

	haul_lock(&arena->lock);
	for (size_t i = 0; i < pages; i++)
		used += get(config->words, i);
	haul_unlock(&arena->lock);
	return used * config->page;
}
