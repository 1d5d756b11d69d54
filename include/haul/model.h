/* SPDX-License-Identifier: MIT */
/*
 * A model of a machine whose devices do not see the CPU's caches, as a Hal: for
 * tests of code that does DMA.  On such a machine a missing or wrong hand-over
 * may go well for years; here it becomes a test that fails, on any CPU, and
 * fails again with the same seed.
 *
 * The memory is there twice: once as the CPU sees it, ordinary memory that the code
 * under test reads and writes as any other, and once as the device does (RAM).
 * A line in the cache hides what the device has written, and what the CPU has
 * stored in it is hidden from the device until it is written back.  A line
 * that is not in the cache shows RAM.  Lines come and go by themselves, as
 * the mode says, whenever a function of the model is called: written back
 * over what is in RAM, or read ahead of any need.
 *
 *     haul_model_init(&model, &config, storage, sizeof storage);
 *     haul_dma_device_init(&device, &model.hal, &limits);
 *     haul_dma_alloc(&stream, &device, 512, HAUL_DMA_FROM_DEVICE, 0);
 *     haul_dma_for_device(&stream, 0, 512);
 *     haul_model_device_write(&model, stream.iova, packet, 512);
 *     haul_dma_for_cpu(&stream, 0, 512);
 *     assert(memcmp(stream.virt, packet, 512) == 0);
 *
 * Run each test in HAUL_MODEL_RANDOM with many seeds, and in HAUL_MODEL_WORST; with lines of
 * several sizes, and with maintenance missing.
 *
 * Plain stores are found by comparison, so a store of the value that is there does
 * not make a line dirty.  Plain loads are not seen, and bring no line into the
 * cache.  haul_model_cpu_read and haul_model_cpu_write do both.  What is stored through an
 * alias is RAM's at once; lines that are not in the cache show it at the next call.
 *
 * The model's Hal refuses what a careless one would not notice, also: free of what is aliased
 * or shared is -HAUL_EBUSY, unshare of what is not shared that often -HAUL_EINVAL, maintenance of
 * what is not at that physical address -HAUL_EINVAL.
 *
 * One thread at a time; not from signal handlers.
 */
#ifndef HAUL_MODEL_H
#define HAUL_MODEL_H

#include <haul/arena.h>

#ifdef __cplusplus
extern "C" {
#endif

enum haul_model_mode {
	HAUL_MODEL_RANDOM, /* some lines, by chance, mostly near what is accessed */
	HAUL_MODEL_WORST,  /* all lines are in the cache when a device writes, and all dirty
			      ones are written back over it just afterwards */
	HAUL_MODEL_QUIET   /* no line comes but for a store, and none goes but when told */
};

struct haul_model_config {
	size_t size;      /* bytes of memory: whole pages */
	size_t page;      /* a power of two, 8 at least: what alloc gives is whole pages */
	size_t line;      /* bytes of a cache line, a power of two, at most a page */
	uint64_t phys;    /* where the memory begins, for the CPU's bus: whole pages */
	uint64_t iova;    /* the same for the device; let it be another number */
	uint64_t reach;   /* the highest address that the device can put on its bus; 0: any */
	unsigned missing; /* bits 1 << enum haul_cache_op: what the CPU has no instruction for */
	bool coherent;    /* the device does see the CPU's caches */
	bool no_alias;    /* memory cannot be mapped uncached */
	bool paged;       /* what is shared is whole pages, as through an IOMMU */
	enum haul_model_mode mode;
	uint64_t seed; /* of HAUL_MODEL_RANDOM */
};

/* What has happened to lines. */
struct haul_model_counts {
	uint64_t filled;  /* brought into the cache */
	uint64_t evicted; /* gone from it by themselves */
	uint64_t written; /* to RAM */
	uint64_t lost;    /* dropped while dirty */
};

struct haul_model {
	struct haul_hal hal; /* to be given to haul_dma_device_init */
	struct haul_model_config config;
	unsigned char *cpu; /* config.size bytes as the CPU sees them */
	unsigned char *ram; /* as they are in RAM */
	struct haul_model_counts counts;
	uint64_t trace; /* a hash of all that has happened: the same on every CPU */

	/* internal */
	struct haul_arena_part part;
	struct haul_arena arena;
	unsigned char *seen;     /* cpu, when it was last looked at */
	uint8_t *reads, *writes; /* of each byte: mappings that let a device do that */
	uint8_t *lines;          /* states */
	uint64_t *words;         /* the arena's */
	uint64_t random;
};

/* Bytes of storage, at any address, that haul_model_init wants; 0 if the configuration is
 * wrong, or they are too many. */
HAUL_API size_t haul_model_storage(const struct haul_model_config *config);

/* All memory is zero, and nothing is in the cache.  The storage is the model's from now on, and
 * nothing else: there is no end function.  -HAUL_EINVAL: the configuration is wrong;
 * -HAUL_ENOSPC: size is less than haul_model_storage says. */
HAUL_API int haul_model_init(struct haul_model *model, const struct haul_model_config *config,
			     void *storage, size_t size);

/* Memory that no device may access until it is shared, as a program has it from malloc: whole
 * pages, zeroed.  As alloc and free of the Hal; free refuses (-HAUL_EBUSY) what is shared. */
HAUL_API int haul_model_alloc(struct haul_model *model, size_t size, void **p);
HAUL_API int haul_model_free(struct haul_model *model, void *p, size_t size);

/*
 * What a device does.  All or nothing: -HAUL_ERANGE: not memory, or not within reach;
 * -HAUL_EACCES: some of it is neither allocated nor shared in that direction, which an
 * IOMMU would refuse and a machine without one would not.
 */
HAUL_API int haul_model_device_read(struct haul_model *model, struct haul_iova iova, void *data,
				    size_t n);
HAUL_API int haul_model_device_write(struct haul_model *model, struct haul_iova iova,
				     const void *data, size_t n);

/* What the CPU does at p, in model->cpu or an alias, where the cache is to see it exactly.
 * -HAUL_ERANGE: no memory of the model. */
HAUL_API int haul_model_cpu_read(struct haul_model *model, const void *p, void *data, size_t n);
HAUL_API int haul_model_cpu_write(struct haul_model *model, void *p, const void *data, size_t n);

/* Time passes: what happens to lines by itself happens now.  In HAUL_MODEL_WORST all lines are
 * read into the cache, then dirty ones are evicted. */
HAUL_API void haul_model_step(struct haul_model *model);

/* The lines with a byte of [p, p + n) in model->cpu are evicted, or read into the cache.
 * -HAUL_ERANGE. */
HAUL_API int haul_model_evict(struct haul_model *model, const void *p, size_t n);
HAUL_API int haul_model_fill(struct haul_model *model, const void *p, size_t n);

#ifdef __cplusplus
}
#endif

#endif
