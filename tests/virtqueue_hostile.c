/* SPDX-License-Identifier: MIT */
/*
 * The split ring against a device that does what it must not.  aN are the attacks AN of the
 * conformance table, each under every policy: a defined error and reason or none, no
 * access elsewhere (sanitizers see that), no endless work, and recovery.
 */
#include "ring.h"
#include <string.h>

enum { SIZE = 16 };

static struct ring ring;
static struct haul_virtqueue *const queue = &ring.queue;
static enum haul_virtio_policy policy;

static bool is_trusted(void)
{
	return policy == HAUL_VIRTIO_TRUSTED;
}

static void begin(unsigned flags)
{
	ring_begin(&ring, SIZE, flags, policy);
}

static void each_policy(void (*body)(void))
{
	static const enum haul_virtio_policy policies[] = {HAUL_VIRTIO_CHECKED, HAUL_VIRTIO_TRUSTED,
							   HAUL_VIRTIO_CONFIDENTIAL};

	for (size_t i = 0; i < 3; i++) {
		policy = policies[i];
		body();
	}
}

/* It works: as many requests as there is room for, twice. */
static void check_works(void)
{
	for (unsigned i = 0; i < 2; i++) {
		uint16_t heads[SIZE];

		for (unsigned k = 0; k < SIZE; k++)
			heads[k] = ring_request(&ring, NULL);
		for (unsigned k = 0; k < SIZE; k++) {
			ring_use(&ring, heads[k], 0);
			cr_assert(ring_pop(&ring) == 1);
		}
	}
}

/* A broken queue touches nothing of the ring, and gives back what it has. */
static void check_broken(enum haul_virtio_reason reason)
{
	static unsigned char before[sizeof(struct ring_descriptor) * SIZE];
	const size_t bytes = sizeof before;
	size_t n = haul_virtqueue_in_flight(queue);
	struct haul_virtqueue_used used;

	cr_assert(queue->broken == reason, "it says: %s", haul_virtio_reason_text(queue->broken));
	memset(ring.descriptors, 0x5a, bytes);
	memset(before, 0x5a, bytes);
	memset(ring.driver, 0x5a, 6 + 2 * SIZE);
	cr_assert(ring_add(&ring, NULL) == -HAUL_EIO);
	cr_assert(!haul_virtqueue_publish(queue));
	cr_assert(ring_pop(&ring) == -HAUL_EIO);
	haul_virtqueue_disable(queue);
	cr_assert(!haul_virtqueue_enable(queue) && !haul_virtqueue_enable_delayed(queue));
	cr_assert(haul_virtqueue_room(queue, 1) == 0);
	cr_assert(queue->broken == reason, "the first reason stays");
	cr_assert(memcmp(ring.descriptors, before, bytes) == 0);
	cr_assert(memcmp(ring.driver, before, 6 + 2 * SIZE) == 0);
	for (; n; n--)
		cr_assert(haul_virtqueue_detach(queue, &used) == 0);
	cr_assert(haul_virtqueue_detach(queue, &used) == -HAUL_ENOENT);
	ring_again(&ring);
	check_works();
}

static void expect(enum haul_virtio_reason reason)
{
	cr_assert(ring_pop(&ring) == -HAUL_EPROTO);
	check_broken(reason);
}

static void set_index(unsigned idx)
{
	__atomic_store_n(&ring.device->idx, (uint16_t)idx, __ATOMIC_RELEASE);
}

/* An index that cannot be: if it is believed, what stands in the ring is not. */
static void expect_index(unsigned right)
{
	while (is_trusted() && right--)
		cr_assert(ring_pop(&ring) == 1);
	expect(is_trusted() ? HAUL_VIRTIO_USED_TWICE : HAUL_VIRTIO_USED_INDEX);
}

static void jump(unsigned in_flight, unsigned used, unsigned by)
{
	uint16_t heads[SIZE];

	begin(0);
	for (unsigned i = 0; i < in_flight; i++)
		heads[i] = ring_request(&ring, NULL);
	for (unsigned i = 0; i < used; i++)
		ring_put(&ring, heads[i], 0);
	set_index(by);
	expect_index(used);
}

static void a1(void)
{
	static const unsigned jumps[] = {SIZE + 1, 0x7fff, 0x8000, 0x8001, 60000, 65535};

	for (unsigned in_flight = 0; in_flight <= SIZE; in_flight++) {
		jump(in_flight, in_flight, in_flight + 1);
		for (size_t i = 0; i < sizeof jumps / sizeof jumps[0]; i++)
			jump(in_flight, in_flight, jumps[i]);
	}
}

/* Deviation 5, with a2, a4, a5, a7 and a9. */
Test(virtqueue_hostile, a1_index_beyond_what_is_in_flight)
{
	each_policy(a1);
}

static void a2(void)
{
	for (unsigned back = 1; back <= SIZE; back++) {
		begin(0);
		ring_turn(&ring, 2 * SIZE);
		ring_request(&ring, NULL);
		set_index(ring.used - back);
		/* Believed, it is a jump of nearly 65536, over what was used before. */
		cr_assert(haul_virtqueue_enable(queue));
		while (is_trusted() && ring_pop(&ring) == 1)
			;
		if (is_trusted())
			check_broken(HAUL_VIRTIO_USED_TWICE);
		else
			expect(HAUL_VIRTIO_USED_INDEX);
	}
}

Test(virtqueue_hostile, a2_index_goes_back)
{
	each_policy(a2);
}

static void a3(void)
{
	uint16_t heads[4];

	begin(0);
	for (unsigned i = 0; i < 4; i++)
		heads[i] = ring_request(&ring, NULL);
	for (unsigned i = 0; i < 3; i++)
		ring_put(&ring, heads[i], 0);
	set_index(3);
	cr_assert(ring_pop(&ring) == 1);
	set_index(0);
	cr_assert(ring_pop(&ring) == 1 && ring_pop(&ring) == 1, "what was checked is used");
	set_index(3);
	cr_assert(ring_pop(&ring) == 0);
	set_index(60000);
	cr_assert(haul_virtqueue_enable(queue));
	expect_index(0);
}

Test(virtqueue_hostile, a3_index_changes_between_two_looks)
{
	each_policy(a3);
}

static void a4(void)
{
	static const uint32_t ids[] = {SIZE,    SIZE + 1,   0x7fff,     0x8000,     0xffff,
				       0x10000, 0x7fffffff, 0x80000000, 0xffff0000, UINT32_MAX};

	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
		for (unsigned high = 0; high < 2; high++) {
			begin(0);
			/* Cut to 16 bits, 0x10000 + head would be right. */
			ring_use(&ring,
				 high ? 0x10000U + ring_request(&ring, NULL)
				      : (ring_request(&ring, NULL), ids[i]),
				 0);
			expect(HAUL_VIRTIO_USED_RANGE);
		}
}

Test(virtqueue_hostile, a4_id_beyond_the_ring)
{
	each_policy(a4);
}

static void a5(void)
{
	for (unsigned id = 0; id < SIZE; id++) {
		uint16_t head;

		begin(0);
		head = ring_request(&ring, NULL);
		if (id == head)
			continue;
		ring_use(&ring, id, 0);
		expect(HAUL_VIRTIO_USED_TWICE);
	}
}

Test(virtqueue_hostile, a5_id_that_is_free)
{
	each_policy(a5);
}

static void a6(void)
{
	const struct haul_dma_segment segments[4] = {
		{{RING_IOVA}, 1}, {{RING_IOVA}, 1}, {{RING_IOVA}, 1}, {{RING_IOVA}, 1}};

	for (unsigned id = 1; id < 4; id++) {
		begin(0);
		cr_assert(haul_virtqueue_add(queue, segments, 2, segments, 2, NULL, NULL) == 0);
		haul_virtqueue_publish(queue);
		cr_assert(ring.driver->ring[0] == 0);
		ring_use(&ring, ring.descriptors[id - 1].next, 0);
		expect(HAUL_VIRTIO_USED_TWICE);
	}
}

Test(virtqueue_hostile, a6_id_in_the_middle_of_a_chain)
{
	each_policy(a6);
}

static void a7(void)
{
	uint16_t head;

	for (unsigned batches = 1; batches <= 2; batches++) {
		begin(0);
		head = ring_request(&ring, NULL);
		ring_request(&ring, NULL);
		ring_put(&ring, head, 0);
		if (batches == 2) {
			ring_show(&ring);
			cr_assert(ring_pop(&ring) == 1 && ring_pop(&ring) == 0);
		}
		ring_use(&ring, head, 0);
		cr_assert(batches == 2 || ring_pop(&ring) == 1);
		expect(HAUL_VIRTIO_USED_TWICE);
	}
}

Test(virtqueue_hostile, a7_id_used_twice)
{
	each_policy(a7);
}

/* The head is known, since it is free, before the request is published. */
static void a7_unpublished(void)
{
	struct haul_virtqueue_used used;
	uint32_t token;
	int mine;

	begin(0);
	ring_request(&ring, NULL);
	cr_assert(ring_add(&ring, NULL) == 0);
	cr_assert(haul_virtqueue_add(queue, NULL, 0, &(struct haul_dma_segment){{0}, 1}, 1, &mine,
				     &token) == 0);
	ring_use(&ring, token & 0xffff, 0);
	if (is_trusted())
		cr_assert(haul_virtqueue_pop(queue, &used) == 1 && used.cookie == &mine);
	else
		expect(HAUL_VIRTIO_USED_TWICE);
}

Test(virtqueue_hostile, a7_id_used_before_it_is_published)
{
	each_policy(a7_unpublished);
}

static void a8(void)
{
	for (unsigned others = 0; others < 2; others++) {
		uint16_t stale;

		begin(0);
		ring_request(&ring, NULL);
		stale = ring_request(&ring, NULL);
		ring_again(&ring);
		if (others)
			ring_request(&ring, NULL);
		ring_use(&ring, stale, 0);
		expect(others || is_trusted() ? HAUL_VIRTIO_USED_TWICE : HAUL_VIRTIO_USED_INDEX);
	}
}

Test(virtqueue_hostile, a8_id_of_before_a_reset)
{
	each_policy(a8);
}

static void overstate(unsigned flags, bool readable, uint32_t len)
{
	struct haul_virtqueue_used used;
	const uint32_t room = readable ? 0 : 100;
	struct ring_request request;

	begin(flags);
	cr_assert((readable ? ring_add_out(&ring, NULL) : ring_add(&ring, NULL)) == 0);
	haul_virtqueue_publish(queue);
	cr_assert(ring_take(&ring, &request));
	ring_use(&ring, request.head, len);
	if (len > room && policy == HAUL_VIRTIO_CONFIDENTIAL && !(flags & HAUL_VIRTQUEUE_LEGACY)) {
		expect(HAUL_VIRTIO_USED_LENGTH);
		return;
	}
	cr_assert(haul_virtqueue_pop(queue, &used) == 1);
	cr_assert(used.len == (len > room ? room : len) && used.overstated == (len > room));
	check_works();
}

static void a9(void)
{
	static const uint32_t lens[] = {0, 1, 99, 100, 101, 0x10000, 0x80000000, UINT32_MAX};

	for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++)
		for (unsigned readable = 0; readable < 2; readable++) {
			overstate(0, readable, lens[i]);
			overstate(HAUL_VIRTQUEUE_LEGACY, readable, lens[i]);
		}
}

Test(virtqueue_hostile, a9_lengths_beyond_what_could_be_written)
{
	each_policy(a9);
}

static void a10(void)
{
	struct haul_virtqueue_used used;
	const struct haul_virtqueue_used *const seen = &used;

	begin(0);
	ring_use(&ring, ring_request(&ring, &used), 50);
	cr_assert(haul_virtqueue_pop(queue, &used) == 1);
	ring.device->ring[0] = (struct ring_element){UINT32_MAX, UINT32_MAX};
	cr_assert(seen->cookie == &used && seen->len == 50 && !seen->overstated);
	check_works();
}

Test(virtqueue_hostile, a10_element_changes_after_it_was_read)
{
	each_policy(a10);
}

static void fill(void *area, size_t size, uint64_t *random)
{
	for (size_t i = 0; i < size; i++)
		((unsigned char *)area)[i] = (unsigned char)test_random(random);
}

/* What the driver writes, the device does too, as soon as it has taken it. */
static void overwrite(unsigned flags)
{
	const struct haul_dma_segment segments[3] = {
		{{RING_IOVA}, 1}, {{RING_IOVA}, 2}, {{RING_IOVA}, 3}};
	uint64_t random = test_seed();
	struct haul_virtqueue_used used;
	uint16_t heads[4], idx = 0;

	begin(flags);
	for (unsigned i = 0; i < 2000; i++) {
		for (uintptr_t k = 0; k < 4; k++) {
			struct ring_request request;

			cr_assert(haul_virtqueue_add(queue, segments, 1, segments + 1, 2, (void *)k,
						     NULL) == 0);
			haul_virtqueue_publish(queue);
			idx++;
			cr_assert(ring.driver->idx == idx, "the driver counts by itself");
			cr_assert(ring_take(&ring, &request));
			cr_assert(request.nout == 1 && request.nin == 2 && request.room == 5);
			heads[k] = request.head;
		}
		fill(ring.descriptors, SIZE * sizeof *ring.descriptors, &random);
		fill(ring.config.tables, sizeof(struct ring_descriptor) * RING_TABLE * SIZE,
		     &random);
		fill(&ring.driver->idx, 2 + 2 * SIZE, &random);
		for (uintptr_t k = 0; k < 4; k++) {
			ring_use(&ring, heads[3 - k], 5);
			cr_assert(haul_virtqueue_pop(queue, &used) == 1);
			cr_assert(used.cookie == (void *)(3 - k) && used.len == 5);
		}
	}
}

static void a11(void)
{
	overwrite(0);
}

Test(virtqueue_hostile, a11_a12_descriptors_and_driver_area_overwritten)
{
	each_policy(a11);
}

static void a15(void)
{
	overwrite(HAUL_VIRTQUEUE_INDIRECT);
}

Test(virtqueue_hostile, a15_tables_overwritten)
{
	each_policy(a15);
}

static void a13(void)
{
	uint64_t random = test_seed();
	unsigned kicks = 0;

	begin(HAUL_VIRTQUEUE_EVENT_IDX);
	for (unsigned i = 0; i < 70000; i++) {
		struct ring_request request;

		*ring_avail_event(&ring) = (uint16_t)test_random(&random);
		cr_assert(ring_add(&ring, NULL) == 0);
		kicks += haul_virtqueue_publish(queue);
		cr_assert(!haul_virtqueue_publish(queue), "a second kick for nothing");
		cr_assert(ring_take(&ring, &request));
		ring_use(&ring, request.head, 0);
		cr_assert(ring_pop(&ring) == 1);
	}
	cr_assert(kicks < 100, "%u kicks", kicks); /* one of 65536 is the right event */
}

Test(virtqueue_hostile, a13_events_at_random)
{
	each_policy(a13);
}

static void a14(void)
{
	uint64_t random = test_seed();

	begin(HAUL_VIRTQUEUE_EVENT_IDX);
	for (unsigned i = 0; i < 1000; i++) {
		const bool wanted = test_random_below(&random, 2);

		ring.device->flags = (uint16_t)test_random(&random);
		*ring_avail_event(&ring) = (uint16_t)(ring.taken + (wanted ? 0 : 7));
		cr_assert(ring_add(&ring, NULL) == 0);
		cr_assert(haul_virtqueue_publish(queue) == wanted);
		ring_use(&ring, ring.driver->ring[ring.taken++ % SIZE], 0);
		cr_assert(ring_pop(&ring) == 1);
	}
}

Test(virtqueue_hostile, a14_flags_at_random_with_event_index)
{
	each_policy(a14);
}

static void a44(void)
{
	struct haul_virtqueue_used used;
	struct ring_request request;

	begin(0);
	cr_assert(ring_add(&ring, &request) == 0);
	haul_virtqueue_publish(queue);
	cr_assert(ring_take(&ring, &request));
	ring_use(&ring, request.head, 0);
	cr_assert(haul_virtqueue_pop(queue, &used) == 1 && used.cookie == &request);
}

Test(virtqueue_hostile, a44_used_before_a_kick)
{
	each_policy(a44);
}

static void a45(void)
{
	begin(HAUL_VIRTQUEUE_EVENT_IDX);
	ring_request(&ring, NULL);
	for (unsigned i = 0; i < 1000000; i++)
		cr_assert(ring_pop(&ring) == 0);
}

Test(virtqueue_hostile, a45_interrupts_without_work)
{
	each_policy(a45);
}

/*
 * Anything at all, at any time: what is handed out was in flight, once; nothing else is
 * promised.
 */
static bool live[256];

static void add_something(uint64_t *random)
{
	const struct haul_dma_segment segments[4] = {
		{{RING_IOVA}, 1}, {{RING_IOVA}, 2}, {{RING_IOVA}, 3}, {{RING_IOVA}, 4}};
	const size_t n = 1 + test_random_below(random, 4);
	const size_t nout = test_random_below(random, n + 1);
	uintptr_t cookie = 0;

	while (live[cookie])
		cookie++;
	if (haul_virtqueue_add(queue, segments, nout, segments + nout, n - nout, (void *)cookie,
			       NULL) == 0)
		live[cookie] = true;
}

static void take_back(const struct haul_virtqueue_used *used)
{
	const uintptr_t cookie = (uintptr_t)used->cookie;

	cr_assert(cookie < 256 && live[cookie] && used->len <= 10);
	live[cookie] = false;
}

static void device_does_something(uint64_t *random)
{
	const uint16_t small = (uint16_t)test_random_below(random, SIZE);
	struct ring_element *element = &ring.device->ring[test_random_below(random, SIZE)];

	switch (test_random_below(random, 6)) {
	case 0:
		set_index((unsigned)test_random(random));
		break;
	case 1:
	case 2: /* plausible: what was published is used */
		element = &ring.device->ring[ring.device->idx % SIZE];
		*element = (struct ring_element){ring.driver->ring[ring.device->idx % SIZE],
						 (uint32_t)test_random_below(random, 12)};
		set_index(ring.device->idx + 1U);
		break;
	case 3:
		*element = (struct ring_element){small, (uint32_t)test_random(random)};
		break;
	case 4:
		fill(ring.descriptors, SIZE * sizeof *ring.descriptors, random);
		fill(ring.device, 6 + 8 * SIZE, random);
		break;
	default:
		fill(ring.driver, 6 + 2 * SIZE, random);
	}
}

static void driver_does_something(uint64_t *random)
{
	struct haul_virtqueue_used used;

	switch (test_random_below(random, 6)) {
	case 0:
	case 1:
		add_something(random);
		break;
	case 2:
		haul_virtqueue_publish(queue);
		break;
	case 3:
		haul_virtqueue_enable_delayed(queue);
		break;
	case 4:
		haul_virtqueue_disable(queue);
		break;
	default:
		if (haul_virtqueue_pop(queue, &used) == 1)
			take_back(&used);
	}
	cr_assert(haul_virtqueue_in_flight(queue) <= SIZE);
	cr_assert(haul_virtqueue_room(queue, 1) <= SIZE);
}

static void recover(void)
{
	struct haul_virtqueue_used used;
	size_t n = haul_virtqueue_in_flight(queue);

	for (; n; n--) {
		cr_assert(haul_virtqueue_detach(queue, &used) == 0);
		take_back(&used);
	}
	for (size_t i = 0; i < 256; i++)
		cr_assert(!live[i]);
	ring_again(&ring);
	check_works();
}

static void anything(void)
{
	uint64_t random = test_seed();
	unsigned violations = 0;

	for (unsigned flags = 0; flags < 16; flags++) {
		begin(flags);
		for (unsigned i = 0; i < 20000; i++) {
			driver_does_something(&random);
			if (test_random_below(&random, 3) == 0)
				device_does_something(&random);
			if (!queue->broken)
				continue;
			violations++;
			recover();
		}
		recover();
	}
	cr_assert(violations > 100);
}

Test(virtqueue_hostile, anything_at_any_time)
{
	each_policy(anything);
}
