/* SPDX-License-Identifier: MIT */
/*
 * The Hal: what DMA needs of the system around it, as a table of functions.
 *
 * A Hal gives memory that devices can reach, lets them reach memory that is there
 * already, maps their registers, and maintains caches.  haul ships some
 * (haul/arena.h, haul/memfd.h, haul/hugetlb.h, haul/model.h); a kernel or a VMM
 * brings its own.
 *
 * Drivers call the functions at the end of this header, which check what the
 * caller asks for before the Hal sees it, and what the Hal answers before
 * the caller does: a Hal that answers nonsense is -HAUL_EPROTO, and what it had
 * given is given back.
 *
 * Addresses come in two kinds that do not mix: physical ones, as the CPU's bus
 * has them, and I/O virtual ones, as a device puts them on its bus.
 *
 * Any thread, if the Hal says so; not from signal handlers.
 */
#ifndef HAUL_HAL_H
#define HAUL_HAL_H

#include <haul/cache.h>
#include <haul/region.h>

#ifdef __cplusplus
extern "C" {
#endif

struct haul_phys {
	uint64_t value;
};

struct haul_iova {
	uint64_t value;
};

/* The physical address of memory of which nobody knows it, as in a program. */
#define HAUL_PHYS_UNKNOWN UINT64_MAX

/* Who writes the memory: bits. */
enum haul_dma_direction {
	HAUL_DMA_TO_DEVICE = 1,   /* the CPU writes, the device reads */
	HAUL_DMA_FROM_DEVICE = 2, /* the device writes, the CPU reads */
	HAUL_DMA_BOTH = 3
};

/* Memory that a device can reach: one range on all three sides. */
struct haul_hal_memory {
	void *virt; /* where the CPU has it */
	struct haul_phys phys;
	struct haul_iova iova;
	size_t size; /* bytes */
};

struct haul_hal_request {
	size_t size;    /* bytes; what is given is that, rounded up to haul_hal.page */
	size_t align;   /* of the device's address: a power of two; less than a page: a page */
	uint64_t reach; /* the last byte's device address is at most this */
	enum haul_dma_direction direction;
	bool uninit; /* else zeroed */
};

enum {
	HAUL_HAL_VERSION = 1,
	/* haul_hal.flags: whole pages of an allocation, or of what is shared, can be
	 * given back by themselves. */
	HAUL_HAL_PARTS = 1 << 0
};

/*
 * Each function gets ctx first, returns 0 or -HAUL_E*, and on failure has changed
 * nothing.  Those marked optional may be NULL.
 */
struct haul_hal {
	size_t size;      /* sizeof(struct haul_hal), as its author compiled it */
	unsigned version; /* HAUL_HAL_VERSION */
	unsigned flags;   /* HAUL_HAL_* */
	size_t page;      /* bytes, a power of two: what alloc gives is of whole pages, for
			     the CPU and for the device */
	void *ctx;

	/* Contiguous memory for the device, nobody else's until it is freed.
	 * -HAUL_ENOMEM: there is no more; -HAUL_ERANGE: never within that reach. */
	int (*alloc)(void *ctx, const struct haul_hal_request *request,
		     struct haul_hal_memory *memory);

	/* Takes it back: all of it, or, with HAUL_HAL_PARTS, some of its pages. */
	int (*free)(void *ctx, const struct haul_hal_memory *memory);

	/* Lets the device reach [p, p + size) where it is; memory is that, or whole pages
	 * that it lies in.  -HAUL_ERANGE: it cannot, or not in one piece, or not within
	 * reach: the caller may copy instead. */
	int (*share)(void *ctx, void *p, size_t size, enum haul_dma_direction direction,
		     uint64_t reach, struct haul_hal_memory *memory);

	/* Ends that: of all of it, or, with HAUL_HAL_PARTS, of a part. */
	int (*unshare)(void *ctx, const struct haul_hal_memory *memory,
		       enum haul_dma_direction direction);

	/* Optional, both or neither.  A device's registers, as haul_registry_acquire and
	 * _release do. */
	int (*map_mmio)(void *ctx, struct haul_phys phys, size_t size,
			enum haul_cache_policy policy, struct haul_region *region);
	int (*unmap_mmio)(void *ctx, const struct haul_region *region);

	/* Optional, both or neither: caches cannot be maintained.  What cache can do, and
	 * why not the rest (haul_cache_describe's shape); and a range of memory, which
	 * alloc or share gave, as haul_cache_sync does. */
	int (*describe_cache)(void *ctx, struct haul_cache_report *report);
	int (*cache)(void *ctx, enum haul_cache_op op, void *virt, struct haul_phys phys,
		     size_t size);

	/* Optional, both or neither.  Maps what alloc gave a second time, uncached, with
	 * no line of it left in a cache; every CPU access is allowed there.  drop_alias
	 * comes before free, of the same pages. */
	int (*make_alias)(void *ctx, const struct haul_hal_memory *memory, void **alias);
	int (*drop_alias)(void *ctx, const struct haul_hal_memory *memory, void *alias);
};

/* Is this a Hal that this haul can use?  -HAUL_EINVAL: something that must be there
 * is not; -HAUL_ENOTSUP: another version, or an unknown flag.  The functions below expect that it
 * is. */
HAUL_API int haul_hal_check(const struct haul_hal *hal);

/* -HAUL_EINVAL: size 0, an alignment that is no power of two, no direction;
 * -HAUL_EOVERFLOW: the size cannot be rounded up; -HAUL_ERANGE: it is more than reach.
 * Else what the Hal says. */
HAUL_API int haul_hal_alloc(const struct haul_hal *hal, const struct haul_hal_request *request,
			    struct haul_hal_memory *memory);
HAUL_API int haul_hal_free(const struct haul_hal *hal, const struct haul_hal_memory *memory);

/* -HAUL_EINVAL: size 0, or no direction; -HAUL_EOVERFLOW: beyond the end of the
 * address space; -HAUL_ERANGE: size is more than reach.  Else what the Hal says. */
HAUL_API int haul_hal_share(const struct haul_hal *hal, void *p, size_t size,
			    enum haul_dma_direction direction, uint64_t reach,
			    struct haul_hal_memory *memory);
HAUL_API int haul_hal_unshare(const struct haul_hal *hal, const struct haul_hal_memory *memory,
			      enum haul_dma_direction direction);

/* -HAUL_ENOTSUP: the Hal has none of it; -HAUL_EINVAL: size 0, or an unknown policy;
 * -HAUL_EOVERFLOW: beyond the end of the bus's addresses. */
HAUL_API int haul_hal_map_mmio(const struct haul_hal *hal, struct haul_phys phys, size_t size,
			       enum haul_cache_policy policy, struct haul_region *region);
HAUL_API int haul_hal_unmap_mmio(const struct haul_hal *hal, const struct haul_region *region);

/* What the Hal says; a report of nothing (HAUL_CACHE_NO_HAL) if it says nothing. */
HAUL_API int haul_hal_describe_cache(const struct haul_hal *hal, struct haul_cache_report *report);
HAUL_API int haul_hal_cache(const struct haul_hal *hal, enum haul_cache_op op, void *virt,
			    struct haul_phys phys, size_t size);

/* -HAUL_ENOTSUP: the Hal has none of it. */
HAUL_API int haul_hal_make_alias(const struct haul_hal *hal, const struct haul_hal_memory *memory,
				 void **alias);
HAUL_API int haul_hal_drop_alias(const struct haul_hal *hal, const struct haul_hal_memory *memory,
				 void *alias);

#ifdef __cplusplus
}
#endif

#endif
