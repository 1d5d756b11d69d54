/* SPDX-License-Identifier: MIT */
/* A board's RAM as an identity Hal with a bounce pool; in it some memory for a test. */
#ifndef BARE_IDENTITY_H
#define BARE_IDENTITY_H

#include <haul/arena.h>

/* Of each: the pool, behind it the test's memory, and behind that memory to be allocated
 * rather than the pool's where devices reach it. */
enum { IDENTITY_PAGES = 16 };

struct identity {
	struct haul_arena arena;
	struct haul_arena_part parts[3];
	uint64_t words[HAUL_ARENA_WORDS(2 * IDENTITY_PAGES)];
	uint64_t pool, pool_last; /* its addresses */
	unsigned char *memory;    /* the same in all tests */
};

/* Caches, and a second mapping without, if not as haul and the board have them. */
void identity_begin(struct identity *identity, const struct haul_arena_cache *cache,
		    const struct haul_arena_alias *alias);

/* The address of RAM for devices. */
uint64_t identity_address(const void *p);

#endif
