/* SPDX-License-Identifier: MIT */
/*
 * The registry of a machine's I/O memory: who may have which region of it.
 *
 * The system adds the ranges in which devices are, and reserves the parts that it
 * keeps to itself (interrupt controllers, an IOMMU: what a driver could take the
 * machine over with).  Of the rest drivers acquire regions, each by one owner at a
 * time, and release them.
 *
 * Ranges are in bytes, by physical address and size.  Names are kept as pointers,
 * and so are the items, in storage that the caller gives.
 *
 * Errors, with nothing changed: -HAUL_EINVAL: size 0, an unknown policy, or NULL
 * where something must be; -HAUL_EOVERFLOW: the end is beyond that of the address
 * space; -HAUL_ENOENT: not within one range that was added; -HAUL_EACCES: some of
 * it is reserved; -HAUL_EBUSY: some of it is acquired; -HAUL_ENOSPC: the storage
 * is full.  Where several are true the first of them in this order is returned.
 *
 * Any thread; not from signal handlers or interrupts, since threads wait for each
 * other, through haul_platform_yield (haul/platform.h).
 */
#ifndef HAUL_REGISTRY_H
#define HAUL_REGISTRY_H

#include <haul/region.h>

#ifdef __cplusplus
extern "C" {
#endif

enum haul_registry_kind {
	HAUL_REGISTRY_RANGE,    /* added */
	HAUL_REGISTRY_RESERVED, /* a part of a range */
	HAUL_REGISTRY_ACQUIRED  /* a part of a range */
};

struct haul_registry_item {
	uint64_t physical;
	uint64_t size;
	const char *name;
	enum haul_registry_kind kind;
	enum haul_cache_policy policy; /* of HAUL_REGISTRY_ACQUIRED, as is what follows */
	volatile void *base;           /* where it is mapped */
	bool changing;                 /* it is being mapped or unmapped */
};

/*
 * How what is acquired is mapped: with 0 and *base, or with -HAUL_E*, which then
 * is what haul_registry_acquire returns.  Both are called without the registry's
 * lock, by many threads at a time.
 */
struct haul_registry_mapper {
	int (*map)(void *context, uint64_t physical, size_t size, enum haul_cache_policy policy,
		   volatile void **base);
	void (*unmap)(void *context, volatile void *base, size_t size);
	void *context;
};

struct haul_registry {
	struct haul_registry_item *items; /* by address, a range before its parts */
	size_t count, capacity;
	struct haul_registry_mapper mapper;
	uint32_t lock;
};

/* With nothing in it.  One item is used for each range, reserved part and region;
 * the mapper is copied. */
HAUL_API int haul_registry_init(struct haul_registry *registry, struct haul_registry_item *items,
				size_t capacity, const struct haul_registry_mapper *mapper);

/* -HAUL_EEXIST: some of it was added before. */
HAUL_API int haul_registry_add(struct haul_registry *registry, uint64_t physical, uint64_t size,
			       const char *name);

/* Never to be acquired. */
HAUL_API int haul_registry_reserve(struct haul_registry *registry, uint64_t physical, uint64_t size,
				   const char *name);

/* Maps it, and makes the region.  While it is being mapped, others find it acquired. */
HAUL_API int haul_registry_acquire(struct haul_registry *registry, uint64_t physical, size_t size,
				   enum haul_cache_policy policy, const char *name,
				   struct haul_region *region);

/* Unmaps it.  -HAUL_ENOENT unless that very region, not a slice of it, is acquired. */
HAUL_API int haul_registry_release(struct haul_registry *registry,
				   const struct haul_region *region);

/* The index-th item, in the order of addresses; -HAUL_ERANGE beyond the last. */
HAUL_API int haul_registry_get(struct haul_registry *registry, size_t index,
			       struct haul_registry_item *item);

/*
 * A line for people, without its end:
 * c0000000-dfffffff : pci
 *   c0010000-c0010fff : iommu (reserved)
 *   c0020000-c0023fff : nvme (write-combining)
 * As snprintf: at most size bytes with the NUL are written, and the length of the
 * whole line is returned.
 */
HAUL_API size_t haul_registry_text(const struct haul_registry_item *item, char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
