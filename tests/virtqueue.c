/* SPDX-License-Identifier: MIT */
/*
 * The split ring against a strict device (ring.h).  split_N are the statements SPLIT-N of
 * the conformance table; split_5 is virtqueue_litmus.c's and split_6 the transports'.
 */
#include "ring.h"
#include <stdlib.h>
#include <string.h>

static struct ring ring;
static struct haul_virtqueue *const queue = &ring.queue;
static const enum haul_virtio_policy policies[] = {HAUL_VIRTIO_CHECKED, HAUL_VIRTIO_TRUSTED,
						   HAUL_VIRTIO_CONFIDENTIAL};

static void begin(unsigned size, unsigned flags)
{
	ring_begin(&ring, size, flags, HAUL_VIRTIO_CHECKED);
}

static int init_error(struct haul_virtqueue_config config)
{
	struct haul_virtqueue other;
	const int err = haul_virtqueue_init(&other, &config);

	cr_assert(err == 0 || err == -HAUL_EINVAL);
	return err;
}

/* A config with one thing different. */
#define WITH(field, value) \
	({ \
		struct haul_virtqueue_config config_ = ring.config; \
		config_.field = (value); \
		config_; \
	})

Test(virtqueue, split_1_sizes)
{
	begin(8, 0);
	for (unsigned size = 0; size <= 8; size++)
		cr_assert(!init_error(WITH(size, size)) ==
			  (size == 1 || size == 2 || size == 4 || size == 8));
	cr_assert(init_error(WITH(size, 0x8001)) == -HAUL_EINVAL);
	cr_assert(init_error(WITH(size, 0x10000)) == -HAUL_EINVAL);
	cr_assert(init_error(WITH(size, 1U << 31)) == -HAUL_EINVAL);
}

/* Whatever lies over a part of another is refused, and not what lies behind its end. */
Test(virtqueue, split_1_areas_do_not_overlap)
{
	enum { SIZE = 8, DRIVER = 6 + 2 * SIZE, DEVICE = 6 + 8 * SIZE };
	unsigned char *descriptors, *slots, *tables;

	begin(SIZE, HAUL_VIRTQUEUE_INDIRECT);
	descriptors = ring.config.descriptors;
	slots = (unsigned char *)ring.config.slots;
	tables = ring.config.tables;
	cr_assert(init_error(WITH(driver, descriptors)) == -HAUL_EINVAL);
	cr_assert(init_error(WITH(driver, descriptors + 16 * SIZE - 2)) == -HAUL_EINVAL);
	cr_assert(init_error(WITH(driver, descriptors + 16 * SIZE)) == 0);
	cr_assert(init_error(WITH(device, descriptors + 16 * SIZE - 4)) == -HAUL_EINVAL);
	cr_assert(init_error(WITH(device, (char *)ring.config.driver + DRIVER - 2)) ==
		  -HAUL_EINVAL);
	cr_assert(init_error(WITH(driver, (char *)ring.config.device + DEVICE - 2)) ==
		  -HAUL_EINVAL);
	cr_assert(init_error(WITH(driver, (char *)ring.config.device - 2)) == -HAUL_EINVAL);
	cr_assert(init_error(WITH(driver, (char *)ring.config.device + DEVICE)) == 0);
	cr_assert(init_error(WITH(device, slots)) == -HAUL_EINVAL);
	cr_assert(init_error(WITH(device, slots + SIZE * sizeof(*ring.config.slots) - 4)) ==
		  -HAUL_EINVAL);
	cr_assert(init_error(WITH(driver, tables + 16 * SIZE * RING_TABLE - 2)) == -HAUL_EINVAL);
	cr_assert(init_error(WITH(tables, descriptors)) == -HAUL_EINVAL);
	cr_assert(init_error(WITH(tables, slots)) == -HAUL_EINVAL);
}

/* Where there are no tables, tables is not looked at. */
Test(virtqueue, split_1_areas_without_tables)
{
	begin(8, 0);
	cr_assert(init_error(WITH(tables, ring.config.descriptors)) == 0);
}

Test(virtqueue, split_1_areas_are_aligned_and_there)
{
	begin(8, 0);
	cr_assert(init_error(WITH(descriptors, NULL)) == -HAUL_EINVAL);
	cr_assert(init_error(WITH(driver, NULL)) == -HAUL_EINVAL);
	cr_assert(init_error(WITH(device, NULL)) == -HAUL_EINVAL);
	cr_assert(init_error(WITH(slots, NULL)) == -HAUL_EINVAL);
	for (size_t off = 1; off < 16; off++)
		cr_assert(init_error(WITH(descriptors, (char *)ring.config.descriptors + off)) ==
			  -HAUL_EINVAL);
	cr_assert(init_error(WITH(driver, (char *)ring.config.driver + 1)) == -HAUL_EINVAL);
	for (size_t off = 1; off < 4; off++)
		cr_assert(init_error(WITH(device, (char *)ring.config.device + off)) ==
			  -HAUL_EINVAL);
}

/* Deviation 14: an end that is aligned already gets no page more. */
Test(virtqueue, split_1_layout_holds_all_of_every_size)
{
	for (unsigned size = 1; size <= HAUL_VIRTQUEUE_SIZE_MAX; size *= 2)
		for (int legacy = 0; legacy < 2; legacy++) {
			struct haul_virtqueue_layout layout;

			haul_virtqueue_layout(size, legacy, &layout);
			cr_assert(layout.descriptors == 0 && layout.driver == 16 * (size_t)size);
			cr_assert(layout.device >= layout.driver + 6 + 2 * (size_t)size);
			cr_assert(layout.device % (legacy ? 4096 : 4) == 0);
			cr_assert(layout.size >= layout.device + 6 + 8 * (size_t)size);
			cr_assert(layout.size < layout.device + 6 + 8 * (size_t)size + 4096);
			cr_assert(layout.device < layout.driver + 6 + 2 * (size_t)size + 4096);
		}
}

Test(virtqueue, split_1_unknown_flags_and_policies)
{
	begin(8, 0);
	cr_assert(init_error(WITH(flags, 1U << 4)) == -HAUL_EINVAL);
	cr_assert(init_error(WITH(flags, 1U << 31)) == -HAUL_EINVAL);
	cr_assert(init_error(WITH(policy, (enum haul_virtio_policy)3)) == -HAUL_EINVAL);
}

Test(virtqueue, split_2_areas_are_zeroed)
{
	begin(8, 0);
	memset(ring.device, 0xff, 6 + 8 * 8);
	memset(ring.driver, 0xff, 6 + 2 * 8);
	memset(ring.descriptors, 0xff, 16 * 8);
	ring_again(&ring);
	for (size_t i = 0; i < 6 + 8 * 8; i++)
		cr_assert(((unsigned char *)ring.device)[i] == 0);
	for (size_t i = 0; i < 6 + 2 * 8; i++)
		cr_assert(((unsigned char *)ring.driver)[i] == 0);
	for (size_t i = 0; i < 16 * 8; i++)
		cr_assert(((unsigned char *)ring.descriptors)[i] == 0);
}

/* nout segments and nin, each of its own length. */
static int add(size_t nout, size_t nin, void *cookie, uint32_t *token)
{
	static struct haul_dma_segment segments[HAUL_VIRTQUEUE_SIZE_MAX + 1];

	for (size_t i = 0; i < nout + nin; i++)
		segments[i] = (struct haul_dma_segment){{RING_IOVA + 4096 * i}, 1 + i};
	return haul_virtqueue_add(queue, segments, nout, segments + nout, nin, cookie, token);
}

static void check_request(const struct ring_request *request, size_t nout, size_t nin)
{
	uint64_t room = 0;

	cr_assert(request->nout == nout && request->nin == nin);
	for (size_t i = 0; i < nout + nin && i < RING_SEGMENTS; i++) {
		cr_assert(request->segments[i].iova.value == RING_IOVA + 4096 * i);
		cr_assert(request->segments[i].len == 1 + i);
	}
	for (size_t i = nout; i < nout + nin; i++)
		room += 1 + i;
	cr_assert(request->room == room);
}

/* One of them there and back. */
static void exchange(size_t nout, size_t nin)
{
	struct ring_request request;
	struct haul_virtqueue_used used;
	uint32_t token, len;
	int cookie;

	cr_assert(add(nout, nin, &cookie, &token) == 0);
	cr_assert(!ring_take(&ring, &request), "it is seen before it is published");
	haul_virtqueue_publish(queue);
	cr_assert(ring_take(&ring, &request));
	check_request(&request, nout, nin);
	cr_assert(!ring_take(&ring, &request));
	cr_assert(haul_virtqueue_pop(queue, &used) == 0);
	len = (uint32_t)request.room / 2;
	ring_use(&ring, request.head, len);
	cr_assert(haul_virtqueue_pop(queue, &used) == 1);
	cr_assert(used.cookie == &cookie && used.token == token && used.len == len);
	cr_assert(!used.overstated);
	cr_assert(haul_virtqueue_pop(queue, &used) == 0);
	cr_assert(haul_virtqueue_in_flight(queue) == 0);
}

static void exchange_chains(unsigned size, unsigned flags)
{
	begin(size, flags);
	for (size_t n = 1; n <= size && n <= 2 * RING_TABLE; n++)
		for (size_t nout = 0; nout <= n; nout++)
			exchange(nout, n - nout);
	exchange(size, 0);
	exchange(0, size);
}

Test(virtqueue, split_3_chains_of_every_size)
{
	for (unsigned size = 1; size <= HAUL_VIRTQUEUE_SIZE_MAX; size *= 2) {
		exchange_chains(size, 0);
		exchange_chains(size, HAUL_VIRTQUEUE_LEGACY | HAUL_VIRTQUEUE_EVENT_IDX);
		exchange_chains(size, HAUL_VIRTQUEUE_ORDER_PLATFORM);
	}
}

Test(virtqueue, split_4_chains_in_tables_of_every_size)
{
	for (unsigned size = 1; size <= RING_TABLES_MAX; size *= 2)
		exchange_chains(size, HAUL_VIRTQUEUE_INDIRECT);
}

/* What is never right changes nothing. */
static void refused(const struct haul_dma_segment *segments, size_t nout, size_t nin)
{
	const struct haul_virtqueue before = *queue;
	struct ring_request request;
	uint32_t token = 12345;

	/* (There are no more than three to be looked at.) */
	cr_assert(haul_virtqueue_add(queue, segments, nout, segments + (nout > 3 ? 0 : nout), nin,
				     NULL, &token) == -HAUL_EINVAL);
	cr_assert(token == 12345);
	cr_assert(memcmp(queue, &before, sizeof before) == 0);
	cr_assert(!haul_virtqueue_publish(queue));
	cr_assert(!ring_take(&ring, &request));
}

static void refuse_segments(unsigned flags)
{
	const uint64_t top = UINT64_MAX;
	const size_t half = (size_t)1 << 31;
	struct haul_dma_segment empty[] = {{{RING_IOVA}, 1}, {{RING_IOVA}, 0}, {{RING_IOVA}, 1}};
	struct haul_dma_segment beyond[] = {{{RING_IOVA}, 1}, {{top}, 1}, {{top - 8}, 10}};
	struct haul_dma_segment large[] = {{{RING_IOVA}, half}, {{0}, half}, {{7}, 1}};
	struct haul_dma_segment huge[] = {{{RING_IOVA}, half * 2}};
	struct haul_dma_segment most[] = {{{0}, SIZE_MAX}};
	struct haul_dma_segment nothing[] = {{{0}, 0}};

	begin(4, flags);
	refused(empty, 0, 0);
	refused(empty, 3, 0);
	refused(empty, 0, 3);
	refused(empty, 0, 2);
	refused(beyond, 1, 2);
	refused(beyond, 3, 0);
	refused(large, 3, 0);
	refused(large, 1, 2);
	refused(huge, 1, 0);
	refused(huge, 0, 1);
	refused(most, 0, 1);
	refused(nothing, 1, 0);
	/* What just goes. */
	cr_assert(haul_virtqueue_add(queue, beyond, 2, NULL, 0, NULL, NULL) == 0);
	cr_assert(haul_virtqueue_add(queue, NULL, 0, large, 2, NULL, NULL) == 0);
}

Test(virtqueue, split_3_segments_that_cannot_be)
{
	refuse_segments(0);
	refuse_segments(HAUL_VIRTQUEUE_INDIRECT);
}

static void refuse_numbers(unsigned flags)
{
	static struct haul_dma_segment segments[9];

	/* (Were they written, the driver's index would not be 0.) */
	for (size_t i = 0; i < 9; i++)
		segments[i] = (struct haul_dma_segment){{RING_IOVA + 0x10001}, 1};
	begin(4, flags);
	refused(segments, 5, 0);
	refused(segments, 0, 5);
	refused(segments, 2, 3);
	refused(segments, SIZE_MAX, 1);
	refused(segments, 1, SIZE_MAX);
	refused(segments, SIZE_MAX, SIZE_MAX);
	refused(segments, SIZE_MAX / 2 + 1, SIZE_MAX / 2 + 2);
	refused(segments, (size_t)1 << 32, 1);
	refused(segments, (size_t)1 << 16, 1);
}

Test(virtqueue, split_3_more_segments_than_the_queue_has)
{
	refuse_numbers(0);
	refuse_numbers(HAUL_VIRTQUEUE_INDIRECT);
}

Test(virtqueue, split_4_tables_are_used_for_what_fits)
{
	struct ring_request request;

	begin(32, HAUL_VIRTQUEUE_INDIRECT);
	for (size_t n = 1; n <= 32; n++) {
		const size_t before = haul_virtqueue_room(queue, 1);
		const bool fits = n > 1 && n <= RING_TABLE;

		cr_assert(haul_virtqueue_room(queue, n) == (fits ? before : before / n));
		cr_assert(add(n, 0, NULL, NULL) == 0);
		cr_assert(haul_virtqueue_room(queue, 1) == before - (fits ? 1 : n));
		haul_virtqueue_publish(queue);
		cr_assert(ring_take(&ring, &request) && request.indirect == fits);
		ring_use(&ring, request.head, 0);
		cr_assert(ring_pop(&ring) == 1);
	}
	cr_assert(haul_virtqueue_room(queue, 33) == 0 && haul_virtqueue_room(queue, 0) == 0);
}

Test(virtqueue, split_4_tables_that_cannot_be)
{
	begin(8, HAUL_VIRTQUEUE_INDIRECT);
	cr_assert(init_error(WITH(table_size, 0)) == -HAUL_EINVAL);
	cr_assert(init_error(WITH(table_size, 1)) == -HAUL_EINVAL);
	cr_assert(init_error(WITH(tables, NULL)) == -HAUL_EINVAL);
	cr_assert(init_error(WITH(tables, (char *)ring.config.tables + 8)) == -HAUL_EINVAL);
	cr_assert(init_error(WITH(tables_iova, (struct haul_iova){RING_IOVA + 8})) == -HAUL_EINVAL);
	cr_assert(init_error(WITH(tables_iova, (struct haul_iova){-16ULL * 8 * RING_TABLE + 16})) ==
		  -HAUL_EINVAL);
	cr_assert(init_error(WITH(tables_iova, (struct haul_iova){-16ULL * 8 * RING_TABLE})) == 0);
}

Test(virtqueue, split_5_nothing_is_shown_before_it_is_published)
{
	struct ring_request request;

	begin(8, 0);
	for (unsigned i = 0; i < 8; i++) {
		cr_assert(ring_add(&ring, NULL) == 0);
		cr_assert(ring.driver->idx == 0 && !ring_take(&ring, &request));
	}
	cr_assert(haul_virtqueue_publish(queue));
	for (unsigned i = 0; i < 8; i++)
		cr_assert(ring_take(&ring, &request));
	cr_assert(!haul_virtqueue_publish(queue), "nothing was added since");
}

Test(virtqueue, split_7_without_event_index_flags_decide)
{
	begin(8, 0);
	*ring_avail_event(&ring) = 0x8000;
	for (unsigned flags = 0; flags < 4; flags++) {
		ring.device->flags = (uint16_t)flags;
		cr_assert(ring_add(&ring, NULL) == 0);
		cr_assert(haul_virtqueue_publish(queue) == !(flags & 1));
	}
}

/* By the words of 2.7.10.1: does the index pass over the event? */
static bool passes(uint16_t before, unsigned batch, uint16_t event)
{
	for (; batch; batch--)
		if (before++ == event)
			return true;
	return false;
}

/* Deviation 2: with batches of 2 and more at the wrap too. */
Test(virtqueue, split_7_event_index_across_wrap)
{
	enum { SIZE = 16 };

	begin(SIZE, HAUL_VIRTQUEUE_EVENT_IDX);
	ring.device->flags = 1; /* to be ignored */
	ring_turn(&ring, 65536 - 100);
	for (unsigned turn = 0; turn < 60; turn++)
		for (unsigned batch = 1; batch <= SIZE; batch++) {
			const uint16_t before = ring.taken;
			const uint16_t event = (uint16_t)(before - SIZE + (turn * 7) % (3 * SIZE));
			struct ring_request request;
			bool kick;

			*ring_avail_event(&ring) = event;
			for (unsigned i = 0; i < batch; i++)
				cr_assert(ring_add(&ring, NULL) == 0);
			kick = haul_virtqueue_publish(queue);
			cr_assert(kick == passes(before, batch, event),
				  "index %u, batch of %u, event %u: %d", before, batch, event,
				  kick);
			while (ring_take(&ring, &request))
				ring_use(&ring, request.head, 0);
			while (ring_pop(&ring) == 1)
				;
		}
}

Test(virtqueue, split_7_event_index_of_every_value)
{
	begin(4, HAUL_VIRTQUEUE_EVENT_IDX);
	ring_turn(&ring, 65534);
	for (unsigned event = 0; event < 65536; event++) {
		const uint16_t before = ring.taken;
		struct ring_request request;

		*ring_avail_event(&ring) = (uint16_t)event;
		for (unsigned i = 0; i < 4; i++)
			cr_assert(ring_add(&ring, NULL) == 0);
		cr_assert(haul_virtqueue_publish(queue) == passes(before, 4, (uint16_t)event));
		while (ring_take(&ring, &request))
			ring_use(&ring, request.head, 0);
		while (ring_pop(&ring) == 1)
			;
	}
}

/* Batches of any number up to the whole ring, indices around more than once. */
static void batches(unsigned size, unsigned flags)
{
	uint64_t random = test_seed() + size;
	unsigned long left = 3 * 65536;
	struct ring_request request;

	begin(size, flags);
	while (left) {
		unsigned batch = 1 + (unsigned)test_random_below(&random, size);

		if (test_random_below(&random, 4) == 0)
			batch = size;
		for (unsigned i = 0; i < batch; i++)
			cr_assert(ring_add(&ring, (void *)(uintptr_t)i) == 0);
		cr_assert(batch < size || ring_add(&ring, NULL) == -HAUL_ENOSPC);
		*ring_avail_event(&ring) = ring.taken;
		cr_assert(haul_virtqueue_publish(queue));
		for (unsigned i = 0; i < batch; i++) {
			cr_assert(ring_take(&ring, &request));
			ring_put(&ring, request.head, 0);
		}
		cr_assert(!ring_take(&ring, &request));
		ring_show(&ring);
		for (unsigned i = 0; i < batch; i++) {
			struct haul_virtqueue_used used;

			cr_assert(haul_virtqueue_pop(queue, &used) == 1);
			cr_assert(used.cookie == (void *)(uintptr_t)i);
		}
		cr_assert(ring_pop(&ring) == 0);
		left -= left < batch ? left : batch;
	}
}

Test(virtqueue, split_8_batches_across_wraps_of_every_size)
{
	uint64_t random = test_seed();

	for (unsigned size = 1; size <= HAUL_VIRTQUEUE_SIZE_MAX; size *= 2) {
		if (size != 16 && !test_takes_case(&random))
			continue;
		batches(size, 0);
		batches(size, HAUL_VIRTQUEUE_EVENT_IDX);
	}
}

/* A device that goes to sleep whenever it has taken one is told once, of one that stays awake
 * nothing. */
Test(virtqueue, split_7_one_kick_at_most_for_each_burst)
{
	enum { SIZE = 16, BURSTS = 10000 };
	unsigned kicks = 0, asked = 0;
	struct ring_request request;

	begin(SIZE, HAUL_VIRTQUEUE_EVENT_IDX);
	for (unsigned burst = 0; burst < BURSTS; burst++) {
		const bool sleeps = burst % 3 != 0;

		*ring_avail_event(&ring) = (uint16_t)(sleeps ? ring.taken : ring.taken - 1);
		asked += sleeps;
		for (unsigned i = 0; i <= burst % SIZE; i++)
			cr_assert(ring_add(&ring, NULL) == 0);
		for (unsigned i = 0; i < 3; i++)
			kicks += haul_virtqueue_publish(queue);
		while (ring_take(&ring, &request))
			ring_use(&ring, request.head, 0);
		while (ring_pop(&ring) == 1)
			;
	}
	cr_assert(kicks == asked, "%u kicks for %u", kicks, asked);
}

/* Of all that the driver has written, nothing matters to it any more. */
Test(virtqueue, split_10_what_was_written_is_not_read_back)
{
	struct haul_virtqueue_used used;
	uint16_t heads[8];

	begin(32, 0);
	for (uintptr_t round = 0; round < 100; round++) {
		for (uintptr_t i = 0; i < 8; i++) {
			struct ring_request request;

			cr_assert(add(1, 2, (void *)i, NULL) == 0);
			haul_virtqueue_publish(queue);
			cr_assert(ring_take(&ring, &request));
			check_request(&request, 1, 2);
			heads[i] = request.head;
		}
		memset(ring.descriptors, 0xff, 16 * 32);
		for (uintptr_t i = 0; i < 8; i++) {
			ring_use(&ring, heads[(i * 5) % 8], 0);
			cr_assert(haul_virtqueue_pop(queue, &used) == 1);
			cr_assert(used.cookie == (void *)((i * 5) % 8));
		}
	}
}

Test(virtqueue, split_10_one_look_for_a_batch)
{
	begin(8, 0);
	for (unsigned i = 0; i < 4; i++)
		ring_use(&ring, ring_request(&ring, NULL), 0);
	cr_assert(ring_pop(&ring) == 1);
	ring.device->idx = 0x7777; /* nobody looks */
	for (unsigned i = 1; i < 4; i++)
		cr_assert(ring_pop(&ring) == 1);
	ring.device->idx = 4;
	cr_assert(ring_pop(&ring) == 0);
}

Test(virtqueue, split_11_lengths_are_of_what_could_be_written)
{
	static const struct {
		uint32_t says, is;
		bool overstated;
	} cases[] = {{0, 0, false},
		     {99, 99, false},
		     {100, 100, false},
		     {101, 100, true},
		     {UINT32_MAX, 100, true}};

	begin(8, 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct haul_virtqueue_used used;

		ring_use(&ring, ring_request(&ring, NULL), cases[i].says);
		cr_assert(haul_virtqueue_pop(queue, &used) == 1);
		cr_assert(used.len == cases[i].is && used.overstated == cases[i].overstated);
	}
}

/* A device can write 4 GiB, but say that of one byte less. */
Test(virtqueue, split_11_room_for_four_gibibytes)
{
	const size_t half = (size_t)1 << 31;
	const struct haul_dma_segment segments[] = {{{0}, half}, {{half}, half}};
	struct haul_virtqueue_used used;

	begin(8, 0);
	cr_assert(haul_virtqueue_add(queue, NULL, 0, segments, 2, NULL, NULL) == 0);
	haul_virtqueue_publish(queue);
	ring_use(&ring, 0, UINT32_MAX);
	cr_assert(haul_virtqueue_pop(queue, &used) == 1);
	cr_assert(used.len == UINT32_MAX && !used.overstated);
}

Test(virtqueue, split_12_flags_without_event_index)
{
	begin(8, 0);
	cr_assert(ring.driver->flags == 0);
	haul_virtqueue_disable(queue);
	cr_assert(ring.driver->flags == 1 && *ring_used_event(&ring) == 0);
	cr_assert(!haul_virtqueue_enable(queue));
	cr_assert(ring.driver->flags == 0);
	haul_virtqueue_disable(queue);
	cr_assert(!haul_virtqueue_enable_delayed(queue));
	cr_assert(ring.driver->flags == 0 && *ring_used_event(&ring) == 0);
}

/* Deviation 4: with EVENT_IDX too. */
Test(virtqueue, split_12_disabled_with_event_index)
{
	for (unsigned size = 1; size <= 1024; size *= 2) {
		begin(size, HAUL_VIRTQUEUE_EVENT_IDX);
		ring_turn(&ring, 70000 % (3 * size));
		haul_virtqueue_disable(queue);
		for (unsigned i = 0; i < 20000; i++) {
			/* The device may be a whole ring behind the driver when it decides. */
			const uint16_t before = (uint16_t)(ring.used - size);

			ring_turn(&ring, 1);
			cr_assert(!ring_interrupts(&ring, before), "size %u, after %u", size, i);
			cr_assert(ring.driver->flags == 0);
		}
	}
}

static void recheck(unsigned flags)
{
	uint16_t before, head;

	begin(8, flags);
	ring_turn(&ring, 5);
	haul_virtqueue_disable(queue);
	head = ring_request(&ring, NULL);
	cr_assert(!haul_virtqueue_enable(queue));
	before = ring.used;
	ring_use(&ring, head, 0);
	cr_assert(ring_interrupts(&ring, before));
	cr_assert(ring_pop(&ring) == 1 && ring_pop(&ring) == 0);
	/* It comes while interrupts are not asked for. */
	haul_virtqueue_disable(queue);
	head = ring_request(&ring, NULL);
	before = ring.used;
	ring_use(&ring, head, 0);
	cr_assert(!ring_interrupts(&ring, before));
	cr_assert(haul_virtqueue_enable(queue), "what has come is not said");
	cr_assert(ring_pop(&ring) == 1 && ring_pop(&ring) == 0);
	cr_assert(!haul_virtqueue_enable(queue));
}

Test(virtqueue, split_13_enable_says_what_has_come)
{
	recheck(0);
	recheck(HAUL_VIRTQUEUE_EVENT_IDX);
	recheck(HAUL_VIRTQUEUE_ORDER_PLATFORM);
	recheck(HAUL_VIRTQUEUE_ORDER_PLATFORM | HAUL_VIRTQUEUE_EVENT_IDX);
}

/* n in flight: an interrupt after `after`, no sooner. */
static void delayed(unsigned n, unsigned after)
{
	uint16_t heads[64];

	for (unsigned i = 0; i < n; i++)
		heads[i] = ring_request(&ring, NULL);
	haul_virtqueue_disable(queue);
	cr_assert(!haul_virtqueue_enable_delayed(queue));
	for (unsigned i = 0; i < n; i++) {
		const uint16_t before = ring.used;

		ring_use(&ring, heads[i], 0);
		cr_assert(ring_interrupts(&ring, before) == (i + 1 == after),
			  "%u in flight, %u used", n, i + 1);
	}
	cr_assert(haul_virtqueue_enable_delayed(queue) == (n > 0));
	while (ring_pop(&ring) == 1)
		;
}

Test(virtqueue, split_13_delayed_by_three_quarters)
{
	begin(64, HAUL_VIRTQUEUE_EVENT_IDX);
	ring_turn(&ring, 65500);
	delayed(1, 1);
	delayed(2, 2);
	delayed(4, 4);
	delayed(8, 7);
	delayed(64, 49);
}

/* A request comes before, one after the delayed interrupt was asked for. */
Test(virtqueue, split_13_delayed_only_says_what_no_interrupt_comes_for)
{
	uint16_t heads[8];

	begin(8, HAUL_VIRTQUEUE_EVENT_IDX);
	for (unsigned i = 0; i < 8; i++)
		heads[i] = ring_request(&ring, NULL);
	for (unsigned i = 0; i < 6; i++)
		ring_use(&ring, heads[i], 0);
	cr_assert(!haul_virtqueue_enable_delayed(queue));
	ring_use(&ring, heads[6], 0);
	cr_assert(ring_interrupts(&ring, 6));
	cr_assert(haul_virtqueue_enable_delayed(queue));
}

/* Interrupts that are asked for once come as long as all is popped, at any index. */
static void stay_asked_for(unsigned flags)
{
	uint64_t random = test_seed();
	uint16_t heads[8];

	begin(8, flags);
	for (unsigned i = 0; i < 30000; i++) {
		const unsigned n = 1 + (unsigned)test_random_below(&random, 8);
		const uint16_t before = ring.used;

		for (unsigned k = 0; k < n; k++)
			heads[k] = ring_request(&ring, NULL);
		for (unsigned k = 0; k < n; k++)
			ring_use(&ring, heads[k], 0);
		cr_assert(ring_interrupts(&ring, before), "at %u", before);
		for (unsigned k = 0; k < n; k++)
			cr_assert(ring_pop(&ring) == 1);
		cr_assert(ring_pop(&ring) == 0);
	}
}

Test(virtqueue, split_13_interrupts_stay_asked_for)
{
	stay_asked_for(0);
	stay_asked_for(HAUL_VIRTQUEUE_EVENT_IDX);
}

/* Never empty for longer than indices are: the next interrupt is not lost. */
Test(virtqueue, split_13_interrupts_after_long_work)
{
	static const unsigned numbers[] = {8, 32767, 32768, 32769, 40000, 65535, 65536, 65537};

	for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++) {
		uint16_t head, next;

		begin(8, HAUL_VIRTQUEUE_EVENT_IDX);
		head = ring_request(&ring, NULL);
		for (unsigned i = 0; i < numbers[k]; i++) {
			next = ring_request(&ring, NULL);
			ring_use(&ring, head, 0);
			cr_assert(ring_pop(&ring) == 1);
			head = next;
		}
		cr_assert(ring_pop(&ring) == 0);
		ring_use(&ring, head, 0);
		cr_assert(ring_interrupts(&ring, (uint16_t)(ring.used - 1)), "after %u",
			  numbers[k]);
	}
}

Test(virtqueue, split_14_no_work_is_no_error)
{
	for (size_t i = 0; i < 3; i++) {
		ring_begin(&ring, 8, HAUL_VIRTQUEUE_EVENT_IDX, policies[i]);
		ring_request(&ring, NULL);
		for (unsigned k = 0; k < 1000; k++)
			cr_assert(ring_pop(&ring) == 0);
		cr_assert(!haul_virtqueue_enable(queue) && !queue->broken);
	}
}

Test(virtqueue, split_15_legacy_is_one_block)
{
	struct haul_virtqueue_layout layout;

	haul_virtqueue_layout(256, true, &layout);
	cr_assert(layout.driver == 4096 && layout.device == 8192 && layout.size == 12288);
	begin(256, HAUL_VIRTQUEUE_LEGACY);
	cr_assert((uintptr_t)ring.device % 4096 == 0);
	exchange(3, 4);
}

/* All or nothing. */
Test(virtqueue, add_takes_what_there_is_or_nothing)
{
	uint32_t token = 12345;

	begin(8, 0);
	cr_assert(add(3, 2, NULL, NULL) == 0);
	cr_assert(haul_virtqueue_room(queue, 3) == 1 && haul_virtqueue_room(queue, 4) == 0);
	cr_assert(add(2, 2, NULL, &token) == -HAUL_ENOSPC && token == 12345);
	cr_assert(haul_virtqueue_in_flight(queue) == 1);
	cr_assert(add(1, 2, NULL, NULL) == 0);
	cr_assert(haul_virtqueue_room(queue, 1) == 0);
	cr_assert(add(1, 0, NULL, NULL) == -HAUL_ENOSPC);
	cr_assert(haul_virtqueue_in_flight(queue) == 2);
}

Test(virtqueue, tokens_are_of_one_request)
{
	struct haul_virtqueue_used used;
	uint32_t first, second;

	begin(1, 0);
	cr_assert(add(1, 0, NULL, &first) == 0);
	haul_virtqueue_publish(queue);
	ring_use(&ring, 0, 0);
	cr_assert(haul_virtqueue_pop(queue, &used) == 1 && used.token == first);
	cr_assert(add(1, 0, NULL, &second) == 0 && second != first);
	ring_again(&ring);
	cr_assert(add(1, 0, NULL, &first) == 0 && second != first);
}

Test(virtqueue, detach_hands_out_what_was_in_flight)
{
	struct haul_virtqueue_used used;
	struct ring_request request;
	unsigned seen = 0;

	begin(16, HAUL_VIRTQUEUE_INDIRECT);
	for (uintptr_t i = 0; i < 5; i++)
		cr_assert(add(i + 1, i % 2, (void *)(i + 1), NULL) == 0);
	haul_virtqueue_publish(queue);
	cr_assert(ring_take(&ring, &request));
	ring_use(&ring, request.head, 0);
	cr_assert(ring_pop(&ring) == 1);
	for (unsigned i = 4; i; i--) {
		cr_assert(haul_virtqueue_in_flight(queue) == i);
		used = (struct haul_virtqueue_used){.len = 7, .overstated = true};
		cr_assert(haul_virtqueue_detach(queue, &used) == 0);
		cr_assert(used.len == 0 && !used.overstated);
		seen |= 1U << (uintptr_t)used.cookie;
	}
	cr_assert(haul_virtqueue_detach(queue, &used) == -HAUL_ENOENT);
	cr_assert(seen == 0x3c && haul_virtqueue_in_flight(queue) == 0);
	ring_again(&ring);
	cr_assert(haul_virtqueue_detach(queue, &used) == -HAUL_ENOENT);
	exchange(1, 1);
}

Test(virtqueue, reasons_have_words)
{
	for (int i = HAUL_VIRTIO_FINE; i <= HAUL_VIRTIO_GONE + 1; i++)
		for (int k = HAUL_VIRTIO_FINE; k < i; k++)
			cr_assert(strcmp(haul_virtio_reason_text((enum haul_virtio_reason)i),
					 haul_virtio_reason_text((enum haul_virtio_reason)k)) != 0);
}

/*
 * Random programs beside a model: what was added and not used is a set; the device uses any of
 * it, in batches, in any order.
 */
enum { MODEL = 64 };
struct model_request {
	uint32_t token, len;
	size_t nout, nin;
	uint16_t head;
	bool live;
};
static struct model {
	struct model_request requests[MODEL], *order[MODEL]; /* as they were used */
	unsigned live, descriptors, taken[MODEL], ntaken, used, popped;
	unsigned unpublished, waiting[MODEL], nwaiting;
} model;

static unsigned free_request(void)
{
	for (unsigned i = 0;; i++)
		if (!model.requests[i].live)
			return i;
}

static unsigned cost(size_t n)
{
	return ring.config.flags & HAUL_VIRTQUEUE_INDIRECT && n > 1 && n <= RING_TABLE
		       ? 1
		       : (unsigned)n;
}

static void model_add(uint64_t *random)
{
	const unsigned size = ring.config.size;
	const size_t n = 1 + test_random_below(random, size < 12 ? size : 12);
	const size_t nout = test_random_below(random, n + 1);
	const unsigned i = model.live < MODEL ? free_request() : 0;
	struct model_request *request = &model.requests[i];
	uint32_t token;
	int err;

	if (model.live == MODEL)
		return;
	cr_assert(haul_virtqueue_room(queue, n) == (size - model.descriptors) / cost(n));
	err = add(nout, n - nout, request, &token);
	cr_assert(err == (cost(n) > size - model.descriptors ? -HAUL_ENOSPC : 0));
	if (err)
		return;
	*request =
		(struct model_request){.token = token, .nout = nout, .nin = n - nout, .live = true};
	model.live++;
	model.descriptors += cost(n);
	model.waiting[model.nwaiting++] = i;
}

static void model_publish(void)
{
	struct ring_request request;

	haul_virtqueue_publish(queue);
	for (unsigned i = 0; i < model.nwaiting; i++) {
		struct model_request *mine = &model.requests[model.waiting[i]];

		cr_assert(ring_take(&ring, &request));
		check_request(&request, mine->nout, mine->nin);
		mine->head = request.head;
		model.taken[model.ntaken++] = model.waiting[i];
	}
	model.nwaiting = 0;
	cr_assert(!ring_take(&ring, &request));
}

static void model_use(uint64_t *random)
{
	unsigned n = (unsigned)test_random_below(random, 5);

	for (; n && model.ntaken; n--) {
		const size_t at = test_random_below(random, model.ntaken);
		struct model_request *request = &model.requests[model.taken[at]];

		model.taken[at] = model.taken[--model.ntaken];
		request->len = (uint32_t)test_random_below(random, request->nin + 1);
		ring_put(&ring, request->head, request->len);
		model.order[model.used++ % MODEL] = request;
	}
	ring_show(&ring);
}

static void model_pop(uint64_t *random)
{
	unsigned n = (unsigned)test_random_below(random, 6);

	for (; n; n--) {
		struct haul_virtqueue_used used;
		struct model_request *request = model.order[model.popped % MODEL];
		const int got = haul_virtqueue_pop(queue, &used);

		cr_assert(got == (model.popped != model.used));
		if (!got)
			return;
		cr_assert(used.cookie == request && used.token == request->token);
		cr_assert(used.len == request->len && !used.overstated);
		request->live = false;
		model.live--;
		model.descriptors -= cost(request->nout + request->nin);
		model.popped++;
	}
}

static void model_reset(void)
{
	struct haul_virtqueue_used used;

	while (haul_virtqueue_detach(queue, &used) == 0) {
		struct model_request *request = used.cookie;

		cr_assert(request->live && request->token == used.token);
		request->live = false;
		model.live--;
	}
	cr_assert(model.live == 0);
	memset(&model, 0, sizeof model);
	ring_again(&ring);
}

static void model_step(uint64_t *random)
{
	switch (test_random_below(random, 9)) {
	case 0:
	case 1:
	case 2:
		model_add(random);
		break;
	case 3:
	case 4:
		model_publish();
		break;
	case 5:
	case 6:
		model_use(random);
		break;
	case 7:
		model_pop(random);
		break;
	default:
		if (test_random_below(random, 500) == 0)
			model_reset();
	}
	cr_assert(haul_virtqueue_in_flight(queue) == model.live);
}

static void run_model(unsigned size, unsigned flags, enum haul_virtio_policy policy,
		      uint64_t *random)
{
	memset(&model, 0, sizeof model);
	ring_begin(&ring, size, flags, policy);
	for (unsigned i = 0; i < 5000; i++)
		model_step(random);
}

Test(virtqueue, random_programs_as_the_model_has_them)
{
	uint64_t random = test_seed();

	for (unsigned size = 1; size <= 256; size *= 2)
		for (unsigned flags = 0; flags < 16; flags++)
			for (size_t i = 0; i < 3; i++)
				if (test_takes_case(&random))
					run_model(size, flags, policies[i], &random);
}
