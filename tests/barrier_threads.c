/* SPDX-License-Identifier: MIT */
/*
 * Barriers between two threads, one of which plays the device: what each forbids, looked for
 * many times.  That nothing is found proves little; that something is disproves
 * all.
 */
#include "test.h"
#include <haul/barrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { ROUNDS = 20000 };

/* Each on a line of its own. */
static struct {
	_Alignas(256) atomic_uint value;
} data, flag, seen[2], turn[2];

static void put(atomic_uint *place, unsigned value)
{
	atomic_store_explicit(place, value, memory_order_relaxed);
}

static unsigned get(atomic_uint *place)
{
	return atomic_load_explicit(place, memory_order_relaxed);
}

/* Both threads come here with the same number before either goes on. */
static void meet(unsigned self, unsigned round)
{
	atomic_store(&turn[self].value, round);
	while (atomic_load(&turn[!self].value) < round)
		sched_yield();
}

static void run(void *(*one)(void *), void *(*other)(void *))
{
	pthread_t thread;

	put(&data.value, 0);
	put(&flag.value, 0);
	put(&turn[0].value, 0);
	put(&turn[1].value, 0);
	cr_assert(pthread_create(&thread, NULL, other, NULL) == 0);
	one(NULL);
	cr_assert(pthread_join(thread, NULL) == 0);
}

/* First the data, then the flag that says so. */
static void *producer(void *unused)
{
	for (unsigned i = 1; i <= ROUNDS; i++) {
		put(&data.value, i);
		haul_barrier_publish();
		put(&flag.value, i);
	}
	return unused;
}

static unsigned stale;

static void *consumer(void *unused)
{
	unsigned ready;

	stale = 0;
	do {
		ready = get(&flag.value);
		haul_barrier_consume();
		stale += get(&data.value) < ready;
		sched_yield();
	} while (ready < ROUNDS);
	return unused;
}

Test(barrier, publish_and_consume_keep_data_before_flag)
{
	run(consumer, producer);
	cr_assert(stale == 0, "%u times the data was older than the flag", stale);
}

/* Each stores, then looks whether the other has: one at least must see it. */
static unsigned missed;

static void *left(void *unused)
{
	missed = 0;
	for (unsigned i = 1; i <= ROUNDS; i++) {
		meet(0, 3 * i);
		put(&data.value, i);
		haul_barrier_full();
		put(&seen[0].value, get(&flag.value));
		meet(0, 3 * i + 1);
		missed += get(&seen[0].value) != i && get(&seen[1].value) != i;
		meet(0, 3 * i + 2);
	}
	return unused;
}

static void *right(void *unused)
{
	for (unsigned i = 1; i <= ROUNDS; i++) {
		meet(1, 3 * i);
		put(&flag.value, i);
		haul_barrier_full();
		put(&seen[1].value, get(&data.value));
		meet(1, 3 * i + 1);
		meet(1, 3 * i + 2);
	}
	return unused;
}

Test(barrier, full_lets_one_side_see_the_other)
{
	run(left, right);
	cr_assert(missed == 0, "%u times neither saw the other", missed);
}
