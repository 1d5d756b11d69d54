/* SPDX-License-Identifier: MIT */
/* Atomics against each other and against C11's, from four threads. */
#include "test.h"
#include <haul/atomic.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { THREADS = 4 };

static unsigned turns(void)
{
	return test_under_qemu() ? 30000 : 300000;
}

/* One word for each width, neighbours in one cache line, so that a too wide
 * or torn write of one shows in another. */
static struct {
	_Alignas(64) uint64_t u64;
	uint32_t u32;
	uint16_t u16;
	uint8_t u8;
	uint8_t exchanged;
	union {
		_Atomic uint64_t c11;
		uint64_t plain;
	} mixed;
} shared;

static pthread_barrier_t start;

static void run(void *(*body)(void *))
{
	pthread_t threads[THREADS];

	memset(&shared, 0, sizeof shared);
	cr_assert(pthread_barrier_init(&start, NULL, THREADS) == 0);
	for (size_t i = 0; i < THREADS; i++)
		cr_assert(pthread_create(&threads[i], NULL, body, (void *)i) == 0);
	for (size_t i = 0; i < THREADS; i++)
		cr_assert(pthread_join(threads[i], NULL) == 0);
	pthread_barrier_destroy(&start);
}

static void *add(void *unused)
{
	(void)unused;
	pthread_barrier_wait(&start);
	for (unsigned i = turns(); i > 0; i--) {
		uint64_t old64;
		uint32_t old32;
		uint16_t old16;
		uint8_t old8;

		haul_fetch_add_u64(&shared.u64, 0x100000001, &old64);
		haul_fetch_add_u32(&shared.u32, 3, &old32);
		haul_fetch_add_u16(&shared.u16, 5, &old16);
		haul_fetch_add_u8(&shared.u8, 7, &old8);
	}
	return NULL;
}

static void fetch_add_loses_nothing(void)
{
	const uint64_t all = THREADS * (uint64_t)turns();

	run(add);
	cr_assert(shared.u64 == all * 0x100000001);
	cr_assert(shared.u32 == (uint32_t)(all * 3));
	cr_assert(shared.u16 == (uint16_t)(all * 5));
	cr_assert(shared.u8 == (uint8_t)(all * 7));
}

Test(atomic, fetch_add_loses_nothing)
{
	test_each_variant("atomic", fetch_add_loses_nothing);
}

#define COUNT_BY_CMPXCHG(W) \
	do { \
		uint##W##_t seen = 0; \
\
		while (haul_cmpxchg_u##W(&shared.u##W, &seen, (uint##W##_t)(seen + 1)) != 1) \
			; \
	} while (0)

static void *count(void *unused)
{
	(void)unused;
	pthread_barrier_wait(&start);
	for (unsigned i = turns(); i > 0; i--) {
		COUNT_BY_CMPXCHG(64);
		COUNT_BY_CMPXCHG(32);
		COUNT_BY_CMPXCHG(16);
		COUNT_BY_CMPXCHG(8);
	}
	return NULL;
}

static void cmpxchg_counts_exactly(void)
{
	const uint64_t all = THREADS * (uint64_t)turns();

	run(count);
	cr_assert(shared.u64 == all);
	cr_assert(shared.u32 == (uint32_t)all);
	cr_assert(shared.u16 == (uint16_t)all);
	cr_assert(shared.u8 == (uint8_t)all);
}

Test(atomic, cmpxchg_counts_exactly)
{
	test_each_variant("atomic", cmpxchg_counts_exactly);
}

/* Every second thread uses the compiler's atomics on the same word. */
static void *mix(void *index)
{
	bool c11 = (size_t)index & 1;

	pthread_barrier_wait(&start);
	for (unsigned i = turns(); i > 0; i--) {
		uint64_t old = 0;

		if (c11)
			atomic_fetch_add(&shared.mixed.c11, 1);
		else
			haul_fetch_add_u64(&shared.mixed.plain, 1, &old);
		/* flipped twice by each thread: nothing remains */
		haul_fetch_xor_u32(&shared.u32, 0x80000001, &(uint32_t){0});
		haul_fetch_xor_u32(&shared.u32, 0x80000001, &(uint32_t){0});
	}
	return NULL;
}

static void mixes_with_c11(void)
{
	run(mix);
	cr_assert(atomic_load(&shared.mixed.c11) == THREADS * (uint64_t)turns());
	cr_assert(shared.u32 == 0);
}

Test(atomic, mixes_with_c11)
{
	test_each_variant("atomic", mixes_with_c11);
}

/* A lock by haul_swap around plain counters. */
static uint64_t guarded[2];

static void *lock(void *unused)
{
	(void)unused;
	pthread_barrier_wait(&start);
	for (unsigned i = turns() / 100; i > 0; i--) {
		uint32_t held = 1;

		while (haul_swap_u32(&shared.u32, 1, &held) == 0 && held)
			sched_yield();
		guarded[0]++;
		guarded[1] += 2;
		/* the store is relaxed; a swap releases */
		haul_swap_u32(&shared.u32, 0, &held);
	}
	return NULL;
}

static void swap_makes_a_lock(void)
{
	guarded[0] = guarded[1] = 0;
	run(lock);
	cr_assert(guarded[0] == THREADS * (uint64_t)(turns() / 100));
	cr_assert(guarded[1] == 2 * guarded[0]);
}

Test(atomic, swap_makes_a_lock)
{
	test_each_variant("atomic", swap_makes_a_lock);
}

/* A writer alternates between two values; a reader must see one or the other. */
static const uint64_t halves[2] = {0, UINT64_MAX};
static atomic_bool torn;

static void *alternate(void *index)
{
	pthread_barrier_wait(&start);
	for (unsigned i = turns(); i > 0; i--) {
		uint64_t seen = 0;

		if ((size_t)index & 1)
			haul_store_u64(&shared.u64, halves[i & 1]);
		else if (haul_load_u64(&shared.u64, &seen) == 0 && seen != halves[0] &&
			 seen != halves[1])
			torn = true;
	}
	return NULL;
}

static void loads_and_stores_do_not_tear(void)
{
	run(alternate);
	cr_assert(!torn);
}

Test(atomic, loads_and_stores_do_not_tear)
{
	test_each_variant("atomic", loads_and_stores_do_not_tear);
}
