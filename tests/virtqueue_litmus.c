/* SPDX-License-Identifier: MIT */
/*
 * split_5, split_13: a driver and its device on two CPUs, each of which writes its word and then
 * looks at the other's.  One at least must see what the other wrote, else both sleep for ever: the
 * store-buffering pattern, twice in a ring.  It is run many times.
 *
 * With HAUL_BROKEN_FENCE the ring in this program has no barrier there (Makefile: its source is
 * part of the program), and the test is that this is found: that the pattern can be seen
 * here at all.
 */
#include "ring.h"
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#ifdef HAUL_BROKEN_FENCE
enum { SECONDS = 60 };
#else
enum { ROUNDS = 30000, SECONDS = 10 };
#endif

static struct ring ring;

/* A store that misses every cache, and for so long holds up those behind it in the CPU's store
 * buffer: what is asked about is whether loads wait for them. */
enum { COLD = 32 << 20 };
static unsigned char cold[COLD];

static void store_slowly(uint64_t *random)
{
	for (unsigned i = 0; i < 4; i++)
		*(volatile unsigned char *)&cold[test_random_below(random, COLD)] = 1;
}

/* What both do at once in a round: did they miss each other? */
struct pattern {
	bool (*driver)(void); /* knows that the device is awake, or wakes it */
	bool (*device)(void);
	void (*before)(void), (*after)(void); /* the driver's thread alone */
};

static const struct pattern *pattern;
static bool device_knows;
static struct {
	_Alignas(256) unsigned value;
} turn[2];

static void pause_for(unsigned n)
{
	for (; n; n--)
		__asm__ volatile("" ::: "memory");
}

/* Both come here before either goes on, as nearly at once as can be. */
static void meet(unsigned self, unsigned round)
{
	unsigned spins = 0;

	__atomic_store_n(&turn[self].value, round, __ATOMIC_SEQ_CST);
	while ((int)(__atomic_load_n(&turn[!self].value, __ATOMIC_SEQ_CST) - round) < 0)
		if (++spins % 1024 == 0)
			sched_yield();
}

static unsigned last_round; /* 0: not known yet */

static void *run_device(void *unused)
{
	uint64_t random = 2;

	for (unsigned round = 1;; round += 2) {
		meet(1, round);
		if (round == __atomic_load_n(&last_round, __ATOMIC_ACQUIRE))
			return unused;
		pause_for((unsigned)test_random_below(&random, 512));
		device_knows = pattern->device();
		meet(1, round + 1);
	}
}

static bool is_time_over(time_t begin)
{
	return time(NULL) - begin > SECONDS;
}

/* With a broken ring until it is found. */
static bool goes_on(unsigned rounds, unsigned missed)
{
#ifdef HAUL_BROKEN_FENCE
	(void)rounds;
	return !missed;
#else
	(void)missed;
	return rounds < ROUNDS;
#endif
}

/* Rounds in which neither knew of the other. */
static unsigned count_missed(void)
{
	const time_t begin = time(NULL);
	uint64_t random = 1;
	unsigned round = 1, missed = 0;

	for (unsigned i = 0; goes_on(i, missed) && !is_time_over(begin); i++, round += 2) {
		bool driver_knows;

		pattern->before();
		meet(0, round);
		pause_for((unsigned)test_random_below(&random, 512));
		store_slowly(&random);
		driver_knows = pattern->driver();
		meet(0, round + 1);
		missed += !driver_knows && !device_knows;
		pattern->after();
	}
	__atomic_store_n(&last_round, round, __ATOMIC_RELEASE);
	meet(0, round);
	return missed;
}

static void run(const struct pattern *which, unsigned flags)
{
	pthread_t thread;
	unsigned missed;

	pattern = which;
	last_round = turn[0].value = turn[1].value = 0;
	ring_begin(&ring, 16, flags, HAUL_VIRTIO_CHECKED);
	cr_assert(pthread_create(&thread, NULL, run_device, NULL) == 0);
	missed = count_missed();
	cr_assert(pthread_join(thread, NULL) == 0);
#ifdef HAUL_BROKEN_FENCE
	cr_assert(missed, "nothing was missed, without a barrier");
#else
	cr_assert(!missed, "%u times driver and device missed each other", missed);
#endif
}

/* The driver publishes; the device goes to sleep. */
static bool publish(void)
{
	cr_assert(ring_add(&ring, NULL) == 0);
	return haul_virtqueue_publish(&ring.queue);
}

static bool go_to_sleep(void)
{
	if (ring.config.flags & HAUL_VIRTQUEUE_EVENT_IDX)
		__atomic_store_n(ring_avail_event(&ring), ring.taken, __ATOMIC_RELAXED);
	else
		__atomic_store_n(&ring.device->flags, 0, __ATOMIC_RELAXED);
	haul_arch_fence();
	return __atomic_load_n(&ring.driver->idx, __ATOMIC_RELAXED) != ring.taken;
}

static void be_awake(void)
{
	__atomic_store_n(ring_avail_event(&ring), (uint16_t)(ring.taken - 1000), __ATOMIC_RELAXED);
	__atomic_store_n(&ring.device->flags, !(ring.config.flags & HAUL_VIRTQUEUE_EVENT_IDX),
			 __ATOMIC_RELAXED);
}

static void use_it(void)
{
	struct ring_request request;

	cr_assert(ring_take(&ring, &request));
	ring_use(&ring, request.head, 0);
	cr_assert(ring_pop(&ring) == 1);
}

static const struct pattern kicks = {publish, go_to_sleep, be_awake, use_it};

/* The device uses a request; the driver goes to sleep. */
static uint16_t head;
static bool came; /* the driver has popped it */

static void request_one(void)
{
	head = ring_request(&ring, NULL);
	haul_virtqueue_disable(&ring.queue);
}

static bool use(void)
{
	const uint16_t before = ring.used;

	ring_use(&ring, head, 0);
	return ring_interrupts(&ring, before);
}

static bool enable(void)
{
	return haul_virtqueue_enable(&ring.queue);
}

static void take_it(void)
{
	cr_assert(ring_pop(&ring) == (came ? 0 : 1));
	came = false;
}

static const struct pattern interrupts = {enable, use, request_one, take_it};

#ifndef HAUL_BROKEN_FENCE
/* The same, where pop asks for the next interrupt. */
static void request_another(void)
{
	ring_turn(&ring, 1);
	head = ring_request(&ring, NULL);
}

static bool pop(void)
{
	came = ring_pop(&ring) == 1;
	return came;
}

static const struct pattern rearmed = {pop, use, request_another, take_it};
#endif

static bool has_two_cpus(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 1;
}

#ifdef HAUL_BROKEN_FENCE
Test(virtqueue_litmus, split_5_split_13_missed_without_a_barrier)
{
	if (test_under_qemu())
		cr_skip_test("an emulator may order more than the CPU");
	if (!has_two_cpus())
		cr_skip_test("one CPU alone sees its own stores in order");
	run(&kicks, HAUL_VIRTQUEUE_EVENT_IDX);
	run(&interrupts, HAUL_VIRTQUEUE_EVENT_IDX);
}
#else
static void run_all(const struct pattern *which)
{
	if (!has_two_cpus())
		cr_skip_test("one CPU alone sees its own stores in order");
	for (unsigned order = 0; order < 2; order++) {
		const unsigned platform = order ? HAUL_VIRTQUEUE_ORDER_PLATFORM : 0;

		run(which, platform | HAUL_VIRTQUEUE_EVENT_IDX);
		if (which != &rearmed)
			run(which, platform);
	}
}

Test(virtqueue_litmus, split_5_deviation_3_publish_or_device_sees_the_other)
{
	run_all(&kicks);
}

Test(virtqueue_litmus, split_13_enable_or_device_sees_the_other)
{
	run_all(&interrupts);
}

Test(virtqueue_litmus, split_13_pop_or_device_sees_the_other)
{
	run_all(&rearmed);
}

/*
 * A device of its own thread that sleeps until it is told, and a driver that does: whoever is not
 * told sleeps until the test's time is over.
 */
enum { REQUESTS = 20000, BELL_SECONDS = 20 };
static unsigned kicked, interrupted, over;

static void ring_bell(unsigned *bell)
{
	__atomic_store_n(bell, 1, __ATOMIC_SEQ_CST);
}

static bool wait_for_bell(unsigned *bell)
{
	const time_t begin = time(NULL);

	while (!__atomic_exchange_n(bell, 0, __ATOMIC_SEQ_CST)) {
		if (__atomic_load_n(&over, __ATOMIC_SEQ_CST) || time(NULL) - begin > BELL_SECONDS)
			return false;
		sched_yield();
	}
	return true;
}

/* What there is, up to eight of them the other way round. */
static bool serve(void)
{
	struct ring_request requests[8];
	const uint16_t before = ring.used;
	size_t n = 0;

	while (n < 8 && ring_take(&ring, &requests[n]))
		n++;
	for (size_t i = n; i; i--)
		ring_put(&ring, requests[i - 1].head, (uint32_t)requests[i - 1].room);
	if (n) {
		ring_show(&ring);
		if (ring_interrupts(&ring, before))
			ring_bell(&interrupted);
	}
	return n;
}

static void *device_until_over(void *unused)
{
	do {
		be_awake();
		while (serve())
			;
	} while (go_to_sleep() || wait_for_bell(&kicked));
	return unused;
}

static unsigned add_some(unsigned left, uint64_t *random)
{
	const struct haul_dma_segment segments[3] = {
		{{RING_IOVA}, 1}, {{RING_IOVA}, 2}, {{RING_IOVA}, 3}};
	unsigned n = (unsigned)test_random_below(random, 12), added = 0;

	for (; added < n && added < left; added++) {
		const size_t nin = 1 + test_random_below(random, 3);

		if (haul_virtqueue_add(&ring.queue, NULL, 0, segments, nin, (void *)nin, NULL) != 0)
			break;
	}
	if (haul_virtqueue_publish(&ring.queue))
		ring_bell(&kicked);
	return added;
}

static unsigned take_all(void)
{
	struct haul_virtqueue_used used;
	unsigned popped = 0;
	int got;

	for (; (got = haul_virtqueue_pop(&ring.queue, &used)) == 1; popped++) {
		const uintptr_t nin = (uintptr_t)used.cookie;

		cr_assert(used.len == nin * (nin + 1) / 2);
	}
	cr_assert(got == 0, "%s", haul_virtio_reason_text(ring.queue.broken));
	return popped;
}

static void run_threads(unsigned flags)
{
	unsigned added = 0, popped = 0;
	uint64_t random = test_seed();
	pthread_t thread;

	over = kicked = interrupted = 0;
	ring_begin(&ring, 32, flags, HAUL_VIRTIO_CONFIDENTIAL);
	cr_assert(pthread_create(&thread, NULL, device_until_over, NULL) == 0);
	while (popped < REQUESTS) {
		haul_virtqueue_disable(&ring.queue);
		added += add_some(REQUESTS - added, &random);
		popped += take_all();
		if (popped == added || haul_virtqueue_enable(&ring.queue))
			continue;
		cr_assert(wait_for_bell(&interrupted), "asleep for ever, %u of %u in flight",
			  added - popped, added);
	}
	__atomic_store_n(&over, 1, __ATOMIC_SEQ_CST);
	cr_assert(pthread_join(thread, NULL) == 0);
}

Test(virtqueue_litmus, split_13_two_threads_never_sleep_for_ever)
{
	for (unsigned flags = 0; flags < 8; flags++)
		run_threads(flags);
}
#endif
