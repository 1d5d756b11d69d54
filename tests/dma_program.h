/* SPDX-License-Identifier: MIT */
/*
 * Random programs of CPU and device over streams, on a machine with a cache that works against
 * them (haul/model.h), beside a reference that has a byte for each byte and knows nothing of
 * caches and copies.
 *
 * A program maps or allocates memory; then both sides write and read what they have, hand it
 * over and back, split and cancel; in the end all is unmapped.  Every result and every
 * byte that is read must be the reference's.  Memory around the caller's, in the same lines, is
 * written at any time.
 */
#ifndef DMA_PROGRAM_H
#define DMA_PROGRAM_H

#include "dma_machine.h"
#include <haul/dma.h>

enum program_memory {
	ALLOCATED,
	NEAR,   /* the caller's, within reach */
	FAR,    /* beyond it */
	OUTSIDE /* not the machine's, as far as its Hal knows */
};

/* What else there is to a set-up. */
enum {
	COHERENT = 1 << 0, /* the device sees the caches */
	RAGGED = 1 << 1,   /* the caller's memory is not whole lines */
	CHOOSY = 1 << 2    /* the device wants pages */
};

/* How streams come to be backed. */
struct program_setup {
	const char *name;
	enum program_memory memory;
	unsigned missing;             /* cache operations, as bits */
	unsigned traits;              /* COHERENT, RAGGED, CHOOSY */
	enum haul_dma_backing reads;  /* what comes of it if the device only reads it */
	enum haul_dma_backing writes; /* and if it writes it */
};

struct program {
	const struct program_setup *setup;
	enum haul_dma_direction direction;
	unsigned flags; /* haul_dma_map's */
	enum haul_model_mode mode;
	size_t line;
	uint64_t seed;
	bool fails; /* some of the calls on the Hal */
	/* What is to be broken before the device is set up, or NULL. */
	void (*break_it)(struct haul_hal *hal, struct haul_dma_limits *limits);
};

/* One of a kind, by its number: all directions, modes, flags and sizes of lines come. */
struct program program_of(const struct program_setup *setup, uint64_t number);

/* NULL, or what went wrong first, and in which step. */
const char *program_run(const struct program *program, unsigned *step);

#endif
