/* SPDX-License-Identifier: MIT */
/*
 * A Hal out of memory that is there: a table of the parts of memory that devices can
 * reach, and a bit for each page of it that is taken.
 *
 * On a machine without an IOMMU a device's addresses are physical ones, and two
 * parts are an identity Hal with a bounce pool: all of RAM, which may be shared
 * where it is, and low memory to copy through for devices that do not reach further:
 *
 *	parts[0] = haul_arena_identity(ram, ram_phys, ram_size, HAUL_ARENA_SHARE);
 *	parts[1] = haul_arena_identity(pool, pool_phys, pool_size, HAUL_ARENA_ALLOC);
 *
 * haul/memfd.h and haul/hugetlb.h make arenas of what Linux gives.
 *
 * Any thread; not from signal handlers or interrupts, since threads wait for each other,
 * through haul_platform_yield (haul/platform.h).  An arena is not copied or moved: its
 * Hal points to it.
 */
#ifndef HAUL_ARENA_H
#define HAUL_ARENA_H

#include <haul/hal.h>
#include <haul/registry.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	HAUL_ARENA_ALLOC = 1 << 0, /* alloc gives pages of it */
	HAUL_ARENA_SHARE = 1 << 1  /* share lets devices reach it where it is */
};

struct haul_arena_part {
	struct haul_hal_memory memory; /* with HAUL_ARENA_ALLOC whole pages, on all sides */
	unsigned flags;                /* HAUL_ARENA_*, at least one */
};

/* A part that devices reach by its physical address. */
static inline struct haul_arena_part haul_arena_identity(void *virt, struct haul_phys phys,
							 size_t size, unsigned flags)
{
	const struct haul_iova iova = {phys.value};
	const struct haul_arena_part part = {{virt, phys, iova, size}, flags};

	return part;
}

/* How the caches of this memory are maintained, if not by the CPU's instructions: as the
 * two functions of struct haul_hal. */
struct haul_arena_cache {
	int (*describe)(void *context, struct haul_cache_report *report);
	int (*sync)(void *context, enum haul_cache_op op, void *virt, struct haul_phys phys,
		    size_t size);
	void *context;
};

/* How it is mapped a second time, uncached: as the two functions of struct haul_hal. */
struct haul_arena_alias {
	int (*make)(void *context, const struct haul_hal_memory *memory, void **alias);
	int (*drop)(void *context, const struct haul_hal_memory *memory, void *alias);
	void *context;
};

struct haul_arena_config {
	const struct haul_arena_part *parts; /* stays the caller's, and as it is */
	size_t nparts;
	size_t page;     /* bytes, a power of two: the granule of alloc */
	uint64_t *words; /* stays the caller's; of HAUL_ARENA_WORDS(the pages of alloc's parts) */
	size_t nwords;
	struct haul_registry *registry; /* for map_mmio; NULL: there is none */
	const char *owner;              /* as whom it acquires */
	struct haul_arena_cache cache;  /* {NULL}: haul_cache_sync */
	struct haul_arena_alias alias;  /* {NULL}: there are no aliases */
};

#define HAUL_ARENA_WORDS(pages) (((pages) + 63) / 64)

struct haul_arena {
	struct haul_hal hal; /* for devices */
	struct haul_arena_config config;
	uint32_t lock;
};

/*
 * With nothing allocated.  -HAUL_EINVAL: no part, a page that is no power of two, a part that
 * is empty, has unknown flags or none, or (HAUL_ARENA_ALLOC) is at NULL or not of whole pages;
 * a registry without an owner; one function of a pair without the other.
 * -HAUL_EOVERFLOW: a part's end is beyond that of an address space.  -HAUL_EEXIST: parts overlap,
 * for the CPU or for devices, and have a flag in common or differ in where they have
 * the memory.  -HAUL_ENOSPC: too few words.
 *
 * The Hal's functions, beyond what haul/hal.h says:
 *   alloc takes the lowest fit of the first part of the table that has one.  -HAUL_ERANGE: no part
 *   would have one if it were empty; -HAUL_EFAULT: the memory is gone (it is zeroed by
 *   haul_memset), and nothing is allocated.
 *   free: -HAUL_EINVAL unless it is pages of one part, each of them allocated, at their
 *   addresses.  Pages, not allocations, are kept account of: HAUL_HAL_PARTS.
 *   share: what lies in several parts has to be in one piece on the device's side; if it is
 *   not on the bus, its physical address is HAUL_PHYS_UNKNOWN.  Nothing is kept account of.
 *   unshare: -HAUL_EINVAL unless share would say the same.
 */
HAUL_API int haul_arena_init(struct haul_arena *arena, const struct haul_arena_config *config);

/* Bytes that are allocated. */
HAUL_API size_t haul_arena_used(struct haul_arena *arena);

#ifdef __cplusplus
}
#endif

#endif
