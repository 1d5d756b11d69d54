/* SPDX-License-Identifier: MIT */
/*
 * The registry: an array sorted by address, searched from its start.  A machine
 * has some tens of devices, and they are acquired once.
 */
#include "lock.h"
#include "probe.h"
#include "text.h"
#include <haul/registry.h>

/* Of ranges that do not wrap: does one of them start in the other? */
static bool overlap(const struct haul_registry_item *a, const struct haul_registry_item *b)
{
	return a->physical - b->physical < b->size || b->physical - a->physical < a->size;
}

static bool within(const struct haul_registry_item *part, const struct haul_registry_item *whole)
{
	const uint64_t off = part->physical - whole->physical;

	return off <= whole->size && part->size <= whole->size - off;
}

static bool overlaps_kind(const struct haul_registry *registry,
			  const struct haul_registry_item *item, enum haul_registry_kind kind)
{
	for (size_t i = 0; i < registry->count; i++)
		if (registry->items[i].kind == kind && overlap(&registry->items[i], item))
			return true;
	return false;
}

static bool within_range(const struct haul_registry *registry,
			 const struct haul_registry_item *item)
{
	for (size_t i = 0; i < registry->count; i++)
		if (registry->items[i].kind == HAUL_REGISTRY_RANGE &&
		    within(item, &registry->items[i]))
			return true;
	return false;
}

/* What is wrong with the item in itself. */
static int check(const struct haul_registry_item *item)
{
	if (!item->size || !item->name || (unsigned)item->policy > HAUL_CACHE_WRITE_BACK)
		return -HAUL_EINVAL;
	return item->size - 1 > UINT64_MAX - item->physical ? -HAUL_EOVERFLOW : 0;
}

/* What is wrong with it beside those that are there. */
static int check_place(const struct haul_registry *registry, const struct haul_registry_item *item)
{
	if (item->kind == HAUL_REGISTRY_RANGE)
		return overlaps_kind(registry, item, HAUL_REGISTRY_RANGE) ? -HAUL_EEXIST : 0;
	if (!within_range(registry, item))
		return -HAUL_ENOENT;
	if (overlaps_kind(registry, item, HAUL_REGISTRY_RESERVED))
		return -HAUL_EACCES;
	return overlaps_kind(registry, item, HAUL_REGISTRY_ACQUIRED) ? -HAUL_EBUSY : 0;
}

/* Behind what starts at the same address: that is the range around it. */
static void insert(struct haul_registry *registry, const struct haul_registry_item *item)
{
	size_t i = registry->count++;

	for (; i && registry->items[i - 1].physical > item->physical; i--)
		registry->items[i] = registry->items[i - 1];
	registry->items[i] = *item;
}

static int put_in(struct haul_registry *registry, const struct haul_registry_item *item)
{
	int err = check(item);

	if (err)
		return err;
	haul_lock(&registry->lock);
	err = check_place(registry, item);
	if (!err && registry->count == registry->capacity)
		err = -HAUL_ENOSPC;
	if (!err)
		insert(registry, item);
	haul_unlock(&registry->lock);
	return err;
}

static struct haul_registry_item *find_acquired(const struct haul_registry *registry,
						uint64_t physical)
{
	for (size_t i = 0; i < registry->count; i++)
		if (registry->items[i].kind == HAUL_REGISTRY_ACQUIRED &&
		    registry->items[i].physical == physical)
			return &registry->items[i];
	return NULL;
}

static void take_out_acquired(struct haul_registry *registry, uint64_t physical)
{
	struct haul_registry_item *item;

	haul_lock(&registry->lock);
	item = find_acquired(registry, physical);
	registry->count--;
	for (; item < registry->items + registry->count; item++)
		item[0] = item[1];
	haul_unlock(&registry->lock);
}

int haul_registry_init(struct haul_registry *registry, struct haul_registry_item *items,
		       size_t capacity, const struct haul_registry_mapper *mapper)
{
	if ((!items && capacity) || !mapper || !mapper->map || !mapper->unmap)
		return -HAUL_EINVAL;
	*registry = (struct haul_registry){
		.items = items,
		.capacity = capacity,
		.mapper = *mapper,
	};
	return 0;
}

int haul_registry_add(struct haul_registry *registry, uint64_t physical, uint64_t size,
		      const char *name)
{
	const struct haul_registry_item item = {
		.physical = physical,
		.size = size,
		.name = name,
		.kind = HAUL_REGISTRY_RANGE,
	};

	return put_in(registry, &item);
}

int haul_registry_reserve(struct haul_registry *registry, uint64_t physical, uint64_t size,
			  const char *name)
{
	const struct haul_registry_item item = {
		.physical = physical,
		.size = size,
		.name = name,
		.kind = HAUL_REGISTRY_RESERVED,
	};

	return put_in(registry, &item);
}

static int map(const struct haul_registry_mapper *mapper, const struct haul_registry_item *item,
	       struct haul_region *region)
{
	const size_t size = (size_t)item->size;
	volatile void *base;
	int err = mapper->map(mapper->context, item->physical, size, item->policy, &base);

	if (err)
		return err;
	err = haul_region_make(region, base, item->physical, size, item->policy);
	if (err)
		mapper->unmap(mapper->context, base, size);
	return err;
}

static void set_mapped(struct haul_registry *registry, const struct haul_region *region)
{
	struct haul_registry_item *item;

	haul_lock(&registry->lock);
	item = find_acquired(registry, region->physical);
	item->base = region->base;
	item->changing = false;
	haul_unlock(&registry->lock);
}

int haul_registry_acquire(struct haul_registry *registry, uint64_t physical, size_t size,
			  enum haul_cache_policy policy, const char *name,
			  struct haul_region *region)
{
	const struct haul_registry_item item = {
		.physical = physical,
		.size = size,
		.name = name,
		.kind = HAUL_REGISTRY_ACQUIRED,
		.policy = policy,
		.changing = true,
	};
	int err = put_in(registry, &item);

	if (!err) {
		err = map(&registry->mapper, &item, region);
		if (err)
			take_out_acquired(registry, physical);
		else
			set_mapped(registry, region);
	}
	HAUL_PROBE4(region_acquire, physical, size, policy, err);
	return err;
}

/* From now on it is nobody's but the caller's.  False if it is not acquired. */
static bool begin_release(struct haul_registry *registry, const struct haul_region *region)
{
	struct haul_registry_item *item;
	bool found;

	haul_lock(&registry->lock);
	item = find_acquired(registry, region->physical);
	found = item && !item->changing && item->size == region->size && item->base == region->base;
	if (found)
		item->changing = true;
	haul_unlock(&registry->lock);
	return found;
}

int haul_registry_release(struct haul_registry *registry, const struct haul_region *region)
{
	const struct haul_registry_mapper *mapper = &registry->mapper;
	const int err = begin_release(registry, region) ? 0 : -HAUL_ENOENT;

	if (!err) {
		mapper->unmap(mapper->context, region->base, region->size);
		take_out_acquired(registry, region->physical);
	}
	HAUL_PROBE3(region_release, region->physical, region->size, err);
	return err;
}

int haul_registry_get(struct haul_registry *registry, size_t index, struct haul_registry_item *item)
{
	int err = -HAUL_ERANGE;

	haul_lock(&registry->lock);
	if (index < registry->count) {
		*item = registry->items[index];
		err = 0;
	}
	haul_unlock(&registry->lock);
	return err;
}

static const char *policy_name(enum haul_cache_policy policy)
{
	switch (policy) {
	case HAUL_CACHE_UNCACHED:
		return "uncached";
	case HAUL_CACHE_WRITE_COMBINING:
		return "write-combining";
	case HAUL_CACHE_WRITE_BACK:
		return "write-back";
	}
	return "unknown";
}

size_t haul_registry_text(const struct haul_registry_item *item, char *text, size_t size)
{
	struct text line = {text, size, 0};

	if (item->kind != HAUL_REGISTRY_RANGE)
		put_string(&line, "  ");
	put_address(&line, item->physical);
	put_char(&line, '-');
	put_address(&line, item->physical + item->size - 1);
	put_string(&line, " : ");
	put_string(&line, item->name);
	if (item->kind != HAUL_REGISTRY_RANGE) {
		put_string(&line, " (");
		put_string(&line, item->kind == HAUL_REGISTRY_RESERVED ? "reserved"
								       : policy_name(item->policy));
		put_char(&line, ')');
	}
	return text_end(&line);
}
