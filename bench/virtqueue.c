/* SPDX-License-Identifier: MIT */
/*
 * Virtqueues: what a request costs, from haul_virtqueue_add to haul_virtqueue_pop, with a device
 * in this program that does as little as one can: it follows the chain, adds up its
 * bytes and says that it wrote them.  It runs between publish and pop (virtqueue), or
 * on another core all the time (virtqueue_far).
 *
 * A point's size is the number of segments: the first is read by the device, the others
 * written; a single one is written.  EVENT_IDX is on, interrupts are not asked for, and the
 * device asks for a kick at the next request, as one does that goes to sleep.
 */
#include "bench.h"
#include "ring.h"

#include <haul.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

enum { SIZE = BENCH_RING_SIZE, TABLE = BENCH_RING_TABLE, BATCH_MAX = 64, SEGMENTS_MAX = 4 };

static struct {
	struct haul_virtqueue queue;
	struct haul_virtqueue_slot slots[SIZE];
	struct bench_ring plain;
	_Alignas(16) struct bench_descriptor tables[SIZE][TABLE];
	_Alignas(4096) unsigned char areas[16384];
	const struct bench_descriptor *descriptors;
	struct bench_driver_area *driver;
	struct bench_device_area *device;
	struct haul_dma_segment segments[SEGMENTS_MAX];
} here;

/* The device's own. */
static struct {
	_Alignas(128) uint16_t taken;
	bool stop;
	pthread_t thread;
} there;

static bool indirect; /* of the point that is measured */

static uint32_t room_of(const struct bench_descriptor *at)
{
	return at->flags & BENCH_RING_WRITE ? at->len : 0;
}

static uint32_t walk_chain(uint16_t head)
{
	const struct bench_descriptor *table = here.descriptors, *at = &table[head];
	uint32_t room = 0;

	if (at->flags & BENCH_RING_INDIRECT)
		table = at = (const struct bench_descriptor *)(uintptr_t)at->addr;
	for (; at->flags & BENCH_RING_NEXT; at = &table[at->next])
		room += room_of(at);
	return room + room_of(at);
}

/* Takes and uses what there is; false: nothing. */
static bool serve(void)
{
	const uint16_t idx = __atomic_load_n(&here.driver->idx, __ATOMIC_ACQUIRE);

	if (idx == there.taken)
		return false;
	for (uint16_t taken = there.taken; taken != idx; taken++) {
		struct bench_element *element = &here.device->ring[taken % SIZE];
		const uint16_t head = here.driver->ring[taken % SIZE];

		__atomic_store_n(&element->len, walk_chain(head), __ATOMIC_RELAXED);
		__atomic_store_n(&element->id, head, __ATOMIC_RELAXED);
	}
	there.taken = idx;
	__atomic_store_n(&here.device->idx, idx, __ATOMIC_RELEASE);
	__atomic_store_n(&here.device->avail_event, idx, __ATOMIC_RELAXED);
	return true;
}

static void add_batch(size_t n, size_t batch)
{
	const size_t nout = n > 1;

	for (size_t i = 0; i < batch; i++)
		haul_virtqueue_add(&here.queue, here.segments, nout, here.segments + nout, n - nout,
				   &here, NULL);
	haul_virtqueue_publish(&here.queue);
}

static void pop_batch(size_t batch)
{
	struct haul_virtqueue_used used;

	while (batch)
		batch -= haul_virtqueue_pop(&here.queue, &used) == 1;
}

static void near_walk(union bench_code code, const struct bench_op *ops, size_t count,
		      uint64_t iterations)
{
	(void)code;
	for (; iterations != 0; iterations--) {
		add_batch(ops[0].n, count);
		serve();
		pop_batch(count);
	}
}

static void plain_walk(union bench_code code, const struct bench_op *ops, size_t count,
		       uint64_t iterations)
{
	const size_t n = ops[0].n, nout = n > 1;
	struct haul_virtqueue_used used;

	(void)code;
	for (; iterations != 0; iterations--) {
		for (size_t i = 0; i < count; i++)
			bench_ring_add(&here.plain, here.segments, nout, here.segments + nout,
				       n - nout, &here);
		bench_ring_publish(&here.plain);
		serve();
		for (size_t left = count; left;)
			left -= bench_ring_pop(&here.plain, &used);
	}
}

static void far_walk(union bench_code code, const struct bench_op *ops, size_t count,
		     uint64_t iterations)
{
	(void)code;
	for (; iterations != 0; iterations--) {
		add_batch(ops[0].n, count);
		pop_batch(count);
	}
}

static const struct bench_loops near_loops = {NULL, near_walk}, far_loops = {NULL, far_walk},
				plain_loops = {NULL, plain_walk};

static void begin(enum haul_virtio_policy policy)
{
	struct haul_virtqueue_layout layout;
	struct haul_virtqueue_config config = {
		.size = SIZE,
		.flags = HAUL_VIRTQUEUE_EVENT_IDX | (indirect ? HAUL_VIRTQUEUE_INDIRECT : 0),
		.policy = policy,
		.slots = here.slots,
		.tables = here.tables,
		.tables_iova = {(uintptr_t)here.tables},
		.table_size = TABLE,
	};

	haul_virtqueue_layout(SIZE, false, &layout);
	here.descriptors = config.descriptors = here.areas + layout.descriptors;
	here.driver = config.driver = here.areas + layout.driver;
	here.device = config.device = here.areas + layout.device;
	for (size_t i = 0; i < SEGMENTS_MAX; i++)
		here.segments[i] = (struct haul_dma_segment){{4096 * i}, 512};
	there.taken = 0;
	haul_virtqueue_init(&here.queue, &config);
	haul_virtqueue_disable(&here.queue);
	bench_ring_init(&here.plain, &config);
}

static void begin_checked(void)
{
	begin(HAUL_VIRTIO_CHECKED);
}

static void begin_trusted(void)
{
	begin(HAUL_VIRTIO_TRUSTED);
}

static void begin_confidential(void)
{
	begin(HAUL_VIRTIO_CONFIDENTIAL);
}

static void *run_far(void *unused)
{
	while (!__atomic_load_n(&there.stop, __ATOMIC_RELAXED))
		serve();
	return unused;
}

/* Not where the driver is bound to. */
static void start_far(void)
{
	cpu_set_t cores;

	CPU_ZERO(&cores);
	for (unsigned i = 0; i < CPU_SETSIZE; i++)
		if (i != bench_machine.core)
			CPU_SET(i, &cores);
	there.stop = false;
	if (pthread_create(&there.thread, NULL, run_far, NULL) != 0 ||
	    pthread_setaffinity_np(there.thread, sizeof cores, &cores) != 0) {
		fprintf(stderr, "haul-bench: no second core for the device\n");
		exit(2);
	}
}

static void end_far(void)
{
	__atomic_store_n(&there.stop, true, __ATOMIC_RELAXED);
	pthread_join(there.thread, NULL);
}

static void begin_far_checked(void)
{
	begin(HAUL_VIRTIO_CHECKED);
	start_far();
}

static void begin_far_trusted(void)
{
	begin(HAUL_VIRTIO_TRUSTED);
	start_far();
}

static void enter(enum bench_routine routine, enum bench_kind kind, const char *name,
		  const struct bench_loops *loops, void (*begins)(void), void (*ends)(void))
{
	const union bench_code none = {NULL};
	struct bench_contestant *contestant = bench_enter(routine, kind, name, none, loops);

	contestant->enter = begins;
	contestant->leave = ends;
}

void bench_enter_virtqueues(void)
{
	enter(BENCH_VIRTQUEUE, BENCH_HAUL, "haul", &near_loops, begin_checked, NULL);
	enter(BENCH_VIRTQUEUE, BENCH_BASE, "trusted", &near_loops, begin_trusted, NULL);
	enter(BENCH_VIRTQUEUE, BENCH_VARIANT, "confidential", &near_loops, begin_confidential,
	      NULL);
	enter(BENCH_VIRTQUEUE, BENCH_PLAIN, "plain", &plain_loops, begin_checked, NULL);
	enter(BENCH_VIRTQUEUE_FAR, BENCH_HAUL, "haul", &far_loops, begin_far_checked, end_far);
	enter(BENCH_VIRTQUEUE_FAR, BENCH_BASE, "trusted", &far_loops, begin_far_trusted, end_far);
}

static bool has_second_core(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN) > 1;
}

static void measure(struct bench_list *list, const struct bench_plan *plan,
		    enum bench_routine routine, bench_seen *seen)
{
	static const struct {
		const char *what;
		size_t batch;
		bool indirect;
	} ways[] = {
		{"direct, 1", 1, false},    {"direct, 4", 4, false},    {"direct, 16", 16, false},
		{"direct, 64", 64, false},  {"indirect, 1", 1, true},   {"indirect, 4", 4, true},
		{"indirect, 16", 16, true}, {"indirect, 64", 64, true},
	};
	struct bench_op ops[BATCH_MAX];
	struct bench_work work = {.ops = ops, .walk = true};
	struct bench_point p = {.part = BENCH_VIRTQUEUES, .routine = routine, .heat = "hot"};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		for (size_t n = 1 + ways[i].indirect; n <= SEGMENTS_MAX; n++) {
			indirect = ways[i].indirect;
			work.count = ways[i].batch;
			for (size_t k = 0; k < work.count; k++)
				ops[k] = (struct bench_op){.n = n};
			p.what = ways[i].what;
			p.size = (double)n;
			seen(bench_measure(list, plan, p, &work));
		}
}

void bench_virtqueues(struct bench_list *list, const struct bench_plan *plan, bench_seen *seen)
{
	if (plan->routines[BENCH_VIRTQUEUE])
		measure(list, plan, BENCH_VIRTQUEUE, seen);
	if (plan->routines[BENCH_VIRTQUEUE_FAR] && has_second_core())
		measure(list, plan, BENCH_VIRTQUEUE_FAR, seen);
}
