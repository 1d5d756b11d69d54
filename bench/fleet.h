/* SPDX-License-Identifier: MIT */
/*
 * How a large fleet calls the memory functions.
 *
 * Source of the figures: google/fleetbench (Apache-2.0), files
 * fleetbench/libc/distributions/{Memcpy,Memmove,Memset,Memcmp}_Fleet.csv,
 * tabulated by fleet-tabulate.py: sizes up to 64 and frequent ones stand by
 * themselves, the others are gathered into quarters of an octave and stand at
 * their mean, which keeps both the number of calls and that of bytes.
 */
#ifndef BENCH_FLEET_H
#define BENCH_FLEET_H

#include "bench.h"

struct bench_fleet_size {
	uint32_t size;   /* bytes */
	uint32_t weight; /* parts of 10 million */
};

struct bench_fleet {
	const char *name;
	enum bench_routine routine;
	const struct bench_fleet_size *sizes;
	size_t count;
	uint32_t align[7]; /* weights of 1, 2, 4, ... 64: the largest power of two,
			      up to 64, that divides the destination's address */
};

extern const struct bench_fleet bench_fleets[];
extern const size_t bench_fleet_count;

#endif
