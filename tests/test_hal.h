/* SPDX-License-Identifier: MIT */
/*
 * A Hal for tests of what is built on Hals.  It has a pool of small pages, which the
 * CPU sees twice; shares one buffer of the test's; counts every call; keeps
 * account of what it has given, and fails the test when something comes back that it has not
 * given; notes what is done to caches; and fails, or lies, when told to.
 */
#ifndef TEST_HAL_H
#define TEST_HAL_H

#include "arena.h"
#include <haul/hal.h>

enum test_hal_call {
	TEST_HAL_ALLOC,
	TEST_HAL_FREE,
	TEST_HAL_SHARE,
	TEST_HAL_UNSHARE,
	TEST_HAL_MAP_MMIO,
	TEST_HAL_UNMAP_MMIO,
	TEST_HAL_DESCRIBE_CACHE,
	TEST_HAL_CACHE,
	TEST_HAL_MAKE_ALIAS,
	TEST_HAL_DROP_ALIAS,
	TEST_HAL_CALLS
};

enum {
	TEST_HAL_PAGE = 256, /* bytes */
	TEST_HAL_PAGES = 64,
	TEST_HAL_BLOCK = 64, /* of the cache */
	TEST_HAL_BUFFER = 8192,
	TEST_HAL_OPS = 256,
};

#define TEST_HAL_POOL_IOVA UINT64_C(0x10000)   /* of the pool's first byte */
#define TEST_HAL_BUFFER_IOVA UINT64_C(0x80000) /* of the buffer's */
#define TEST_HAL_PHYS_PLUS UINT64_C(0x7000000) /* a physical address less the device's */

/* A byte that the Hal writes into what it gives uninitialized. */
#define TEST_HAL_JUNK 0xa5

struct test_hal_op {
	enum haul_cache_op op;
	void *virt;
	struct haul_phys phys;
	size_t size;
};

struct test_hal {
	struct haul_hal hal;
	struct arena arena;                    /* the pool: the alias is its image */
	bool used[TEST_HAL_PAGES];             /* by a page of the pool */
	bool aliased[TEST_HAL_PAGES];          /* the same */
	unsigned char shared[TEST_HAL_BUFFER]; /* by a byte of the buffer: how often */
	unsigned regions;                      /* mapped */
	struct haul_cache_report report;
	unsigned calls[TEST_HAL_CALLS], total;
	unsigned fail;             /* that call fails, the first is 1; 0: none does */
	bool failing;              /* so do all after it, with -HAUL_EAGAIN */
	int err;                   /* what it returns: -HAUL_EIO at first */
	enum test_hal_call failed; /* what it was */
	bool refuses;              /* to share: -HAUL_ERANGE */
	bool nowhere;              /* physical addresses are not known */
	void (*lie)(struct haul_hal_memory *memory); /* about what alloc and share give */
	bool no_alias;                               /* make_alias gives NULL */
	struct test_hal_op ops[TEST_HAL_OPS];
	unsigned nops;
};

/* What tests share: on blocks, in pages of its own. */
extern unsigned char test_hal_buffer[TEST_HAL_BUFFER];

/*
 * A Hal that can do everything, and has given nothing.  Its arena is that of the process's first
 * test, and the only one: on boards another one would take its place.  The last two pages are for
 * tests to break and to mend.
 */
struct test_hal *test_hal_begin(void);

/* Caches of which these can be done, by bits 1 << enum haul_cache_op. */
void test_hal_cache(struct test_hal *hal, unsigned ops);

void test_hal_no_alias(struct test_hal *hal); /* no make_alias and drop_alias */

/* All that it gave has come back. */
bool test_hal_idle(const struct test_hal *hal);

#endif
