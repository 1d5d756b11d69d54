/* SPDX-License-Identifier: MIT */
/* Calls of a Hal: what is asked of it and what it answers is checked here, once. */
#include <haul/hal.h>

/* Fits [first, first + size) below the end of an address space? */
static bool fits(uint64_t first, size_t size, uint64_t last)
{
	return first <= last && size - 1 <= last - first;
}

static bool is_power(uint64_t value)
{
	return value && !(value & (value - 1));
}

static bool is_direction(enum haul_dma_direction direction)
{
	return direction == HAUL_DMA_TO_DEVICE || direction == HAUL_DMA_FROM_DEVICE ||
	       direction == HAUL_DMA_BOTH;
}

static bool both_or_neither(bool one, bool other)
{
	return one == other;
}

/* A status is 0 or negative. */
static int status(int err)
{
	return err > 0 ? -HAUL_EPROTO : err;
}

int haul_hal_check(const struct haul_hal *hal)
{
	if (hal->version != HAUL_HAL_VERSION || hal->flags & ~(unsigned)HAUL_HAL_PARTS)
		return -HAUL_ENOTSUP;
	if (hal->size < sizeof *hal || !is_power(hal->page))
		return -HAUL_EINVAL;
	if (!hal->alloc || !hal->free || !hal->share || !hal->unshare)
		return -HAUL_EINVAL;
	if (!both_or_neither(hal->map_mmio, hal->unmap_mmio) ||
	    !both_or_neither(hal->describe_cache, hal->cache) ||
	    !both_or_neither(hal->make_alias, hal->drop_alias))
		return -HAUL_EINVAL;
	return 0;
}

/* One range on all three sides, which none of them ends in the middle of? */
static bool is_memory(const struct haul_hal_memory *memory)
{
	return memory->virt && memory->size &&
	       fits((uintptr_t)memory->virt, memory->size, UINTPTR_MAX) &&
	       fits(memory->iova.value, memory->size, UINT64_MAX) &&
	       (memory->phys.value == HAUL_PHYS_UNKNOWN ||
		fits(memory->phys.value, memory->size, UINT64_MAX));
}

static bool is_allocated(const struct haul_hal *hal, const struct haul_hal_request *request,
			 const struct haul_hal_memory *memory)
{
	return is_memory(memory) && memory->size >= request->size &&
	       memory->size % hal->page == 0 && (uintptr_t)memory->virt % hal->page == 0 &&
	       memory->iova.value % request->align == 0 &&
	       fits(memory->iova.value, request->size, request->reach);
}

int haul_hal_alloc(const struct haul_hal *hal, const struct haul_hal_request *request,
		   struct haul_hal_memory *memory)
{
	struct haul_hal_request asked = *request;
	struct haul_hal_memory given = {0};
	int err;

	if (!asked.size || (asked.align && !is_power(asked.align)) ||
	    !is_direction(asked.direction))
		return -HAUL_EINVAL;
	if (asked.size > SIZE_MAX - (hal->page - 1))
		return -HAUL_EOVERFLOW;
	if (!fits(0, asked.size, asked.reach))
		return -HAUL_ERANGE;
	if (asked.align < hal->page)
		asked.align = hal->page;
	err = status(hal->alloc(hal->ctx, &asked, &given));
	if (err)
		return err;
	if (!is_allocated(hal, &asked, &given)) {
		hal->free(hal->ctx, &given);
		return -HAUL_EPROTO;
	}
	*memory = given;
	return 0;
}

int haul_hal_free(const struct haul_hal *hal, const struct haul_hal_memory *memory)
{
	return is_memory(memory) ? status(hal->free(hal->ctx, memory)) : -HAUL_EINVAL;
}

/* The Hal may share more than was asked for, as whole pages. */
static bool is_shared(const struct haul_hal_memory *memory, const void *p, size_t size,
		      uint64_t reach)
{
	const uintptr_t head = (uintptr_t)p - (uintptr_t)memory->virt;

	return is_memory(memory) && (uintptr_t)memory->virt <= (uintptr_t)p &&
	       head < memory->size && size <= memory->size - head &&
	       fits(memory->iova.value + head, size, reach);
}

int haul_hal_share(const struct haul_hal *hal, void *p, size_t size,
		   enum haul_dma_direction direction, uint64_t reach,
		   struct haul_hal_memory *memory)
{
	struct haul_hal_memory given = {0};
	int err;

	if (!size || !is_direction(direction))
		return -HAUL_EINVAL;
	if (!fits((uintptr_t)p, size, UINTPTR_MAX))
		return -HAUL_EOVERFLOW;
	if (!fits(0, size, reach))
		return -HAUL_ERANGE;
	err = status(hal->share(hal->ctx, p, size, direction, reach, &given));
	if (err)
		return err;
	if (!is_shared(&given, p, size, reach)) {
		hal->unshare(hal->ctx, &given, direction);
		return -HAUL_EPROTO;
	}
	*memory = given;
	return 0;
}

int haul_hal_unshare(const struct haul_hal *hal, const struct haul_hal_memory *memory,
		     enum haul_dma_direction direction)
{
	if (!is_memory(memory) || !is_direction(direction))
		return -HAUL_EINVAL;
	return status(hal->unshare(hal->ctx, memory, direction));
}

static bool is_mapped(const struct haul_region *region, struct haul_phys phys, size_t size)
{
	return region->physical == phys.value && region->size == size &&
	       fits((uintptr_t)region->base, size, UINTPTR_MAX);
}

int haul_hal_map_mmio(const struct haul_hal *hal, struct haul_phys phys, size_t size,
		      enum haul_cache_policy policy, struct haul_region *region)
{
	struct haul_region given = {0};
	int err;

	if (!hal->map_mmio)
		return -HAUL_ENOTSUP;
	if (!size || (unsigned)policy > HAUL_CACHE_WRITE_BACK)
		return -HAUL_EINVAL;
	if (!fits(phys.value, size, UINT64_MAX))
		return -HAUL_EOVERFLOW;
	err = status(hal->map_mmio(hal->ctx, phys, size, policy, &given));
	if (err)
		return err;
	if (!is_mapped(&given, phys, size)) {
		hal->unmap_mmio(hal->ctx, &given);
		return -HAUL_EPROTO;
	}
	*region = given;
	return 0;
}

int haul_hal_unmap_mmio(const struct haul_hal *hal, const struct haul_region *region)
{
	if (!hal->unmap_mmio)
		return -HAUL_ENOTSUP;
	return region->size ? status(hal->unmap_mmio(hal->ctx, region)) : -HAUL_EINVAL;
}

static struct haul_cache_report report_of_nothing(void)
{
	struct haul_cache_report report = {0};

	for (unsigned op = 0; op < HAUL_CACHE_OPS; op++) {
		report.ops[op].why = HAUL_CACHE_NO_HAL;
		report.ops[op].instruction = "";
	}
	return report;
}

static bool is_report(const struct haul_cache_report *report)
{
	if (report->block && !is_power(report->block))
		return false;
	for (unsigned op = 0; op < HAUL_CACHE_OPS; op++) {
		if ((unsigned)report->ops[op].why > HAUL_CACHE_NO_HAL)
			return false;
		if (!report->ops[op].instruction)
			return false;
		if (report->ops[op].why == HAUL_CACHE_USABLE && !report->block)
			return false;
	}
	return true;
}

int haul_hal_describe_cache(const struct haul_hal *hal, struct haul_cache_report *report)
{
	struct haul_cache_report given = report_of_nothing();
	int err;

	if (hal->describe_cache) {
		err = status(hal->describe_cache(hal->ctx, &given));
		if (err)
			return err;
		if (!is_report(&given))
			return -HAUL_EPROTO;
	}
	*report = given;
	return 0;
}

int haul_hal_cache(const struct haul_hal *hal, enum haul_cache_op op, void *virt,
		   struct haul_phys phys, size_t size)
{
	if (!hal->cache)
		return -HAUL_ENOTSUP;
	if ((unsigned)op >= HAUL_CACHE_OPS)
		return -HAUL_EINVAL;
	if (!size)
		return 0;
	if (!fits((uintptr_t)virt, size, UINTPTR_MAX))
		return -HAUL_EOVERFLOW;
	return status(hal->cache(hal->ctx, op, virt, phys, size));
}

int haul_hal_make_alias(const struct haul_hal *hal, const struct haul_hal_memory *memory,
			void **alias)
{
	void *given = NULL;
	int err;

	if (!hal->make_alias)
		return -HAUL_ENOTSUP;
	if (!is_memory(memory))
		return -HAUL_EINVAL;
	err = status(hal->make_alias(hal->ctx, memory, &given));
	if (err)
		return err;
	if (!given || !fits((uintptr_t)given, memory->size, UINTPTR_MAX)) {
		hal->drop_alias(hal->ctx, memory, given);
		return -HAUL_EPROTO;
	}
	*alias = given;
	return 0;
}

int haul_hal_drop_alias(const struct haul_hal *hal, const struct haul_hal_memory *memory,
			void *alias)
{
	if (!hal->drop_alias)
		return -HAUL_ENOTSUP;
	if (!is_memory(memory) || !alias)
		return -HAUL_EINVAL;
	return status(hal->drop_alias(hal->ctx, memory, alias));
}
