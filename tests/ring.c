/* SPDX-License-Identifier: MIT */
#include "ring.h"
#include <string.h>

enum { LARGEST = HAUL_VIRTQUEUE_SIZE_MAX };

/* What the ring needs at its largest, legacy. */
static _Alignas(4096) unsigned char memory[16 * LARGEST + 2 * LARGEST + 4096 + 8 * LARGEST + 4096];
static struct haul_virtqueue_slot slots[LARGEST];
static bool device_has[LARGEST];
static struct ring_descriptor tables[RING_TABLES_MAX][RING_TABLE];

void ring_begin(struct ring *ring, unsigned size, unsigned flags, enum haul_virtio_policy policy)
{
	struct haul_virtqueue_layout layout;

	haul_virtqueue_layout(size, flags & HAUL_VIRTQUEUE_LEGACY, &layout);
	cr_assert(layout.size <= sizeof memory);
	cr_assert(!(flags & HAUL_VIRTQUEUE_INDIRECT) || size <= RING_TABLES_MAX);
	memset(memory, 0xa5, layout.size);
	memset(tables, 0xa5, sizeof tables);
	memset(slots, 0, sizeof slots);
	*ring = (struct ring){
		.config = {.size = size,
			   .flags = flags,
			   .policy = policy,
			   .descriptors = memory + layout.descriptors,
			   .driver = memory + layout.driver,
			   .device = memory + layout.device,
			   .slots = slots,
			   .tables = tables,
			   .tables_iova = {RING_IOVA + (uintptr_t)tables},
			   .table_size = RING_TABLE},
		.descriptors = (void *)(memory + layout.descriptors),
		.driver = (void *)(memory + layout.driver),
		.device = (void *)(memory + layout.device),
		.has = device_has,
	};
	ring_again(ring);
}

void ring_again(struct ring *ring)
{
	memset(ring->has, 0, ring->config.size);
	ring->taken = ring->used = 0;
	cr_assert(haul_virtqueue_init(&ring->queue, &ring->config) == 0);
}

uint16_t *ring_used_event(struct ring *ring)
{
	return &ring->driver->ring[ring->config.size];
}

uint16_t *ring_avail_event(struct ring *ring)
{
	return (uint16_t *)&ring->device->ring[ring->config.size];
}

static void check_driver_flags(const struct ring *ring)
{
	const uint16_t flags = __atomic_load_n(&ring->driver->flags, __ATOMIC_RELAXED);

	cr_assert(flags <= (ring->config.flags & HAUL_VIRTQUEUE_EVENT_IDX ? 0 : 1),
		  "SPLIT-12: flags of the driver's area are %u", flags);
}

static void note_segment(struct ring_request *request, const struct ring_descriptor *descriptor)
{
	const size_t n = request->nout + request->nin;

	cr_assert(descriptor->len > 0, "SPLIT-3: an empty segment");
	cr_assert(descriptor->addr <= UINT64_MAX - (descriptor->len - 1));
	cr_assert(descriptor->flags & RING_WRITE || !request->nin,
		  "SPLIT-3: one to be read behind one to be written");
	if (n < RING_SEGMENTS)
		request->segments[n] =
			(struct haul_dma_segment){{descriptor->addr}, descriptor->len};
	request->bytes += descriptor->len;
	if (descriptor->flags & RING_WRITE) {
		request->nin++;
		request->room += descriptor->len;
	} else {
		request->nout++;
	}
	cr_assert(request->bytes <= (uint64_t)1 << 32, "SPLIT-3: more than 4 GiB");
}

/* Along a table of n descriptors from `at` on, each copied before it is looked at.  The index
 * of one that refers to a table, or n. */
static uint16_t walk(struct ring *ring, const struct ring_descriptor *table, uint32_t n,
		     uint16_t at, struct ring_request *request)
{
	for (;;) {
		struct ring_descriptor descriptor;

		cr_assert(at < n, "SPLIT-4: descriptor %u of %u", at, (unsigned)n);
		memcpy(&descriptor, &table[at], sizeof descriptor);
		cr_assert((descriptor.flags & ~(RING_NEXT | RING_WRITE | RING_INDIRECT)) == 0,
			  "unknown flags %#x", descriptor.flags);
		if (descriptor.flags & RING_INDIRECT) {
			cr_assert(!(descriptor.flags & RING_NEXT), "SPLIT-4: INDIRECT and NEXT");
			return at;
		}
		note_segment(request, &descriptor);
		cr_assert(request->nout + request->nin <= ring->config.size,
			  "SPLIT-3: a chain longer than the queue, or a loop");
		if (!(descriptor.flags & RING_NEXT))
			return (uint16_t)n;
		at = descriptor.next;
	}
}

static void walk_table(struct ring *ring, const struct ring_descriptor *referring,
		       struct ring_request *request)
{
	const uint32_t n = referring->len / 16;
	const struct ring_descriptor *table =
		(const void *)(uintptr_t)(referring->addr - RING_IOVA);

	cr_assert(ring->config.flags & HAUL_VIRTQUEUE_INDIRECT, "FEAT-13: INDIRECT");
	cr_assert(referring->addr % 16 == 0 && referring->len % 16 == 0 && n > 0,
		  "SPLIT-4: a table of %u bytes", (unsigned)referring->len);
	cr_assert((uintptr_t)table >= (uintptr_t)tables &&
		  (uintptr_t)(table + n) <= (uintptr_t)tables + sizeof tables);
	request->indirect = true;
	cr_assert(walk(ring, table, n, 0, request) == n, "SPLIT-4: a table in a table");
}

bool ring_take(struct ring *ring, struct ring_request *request)
{
	const uint16_t idx = __atomic_load_n(&ring->driver->idx, __ATOMIC_ACQUIRE);
	const unsigned size = ring->config.size;
	uint16_t at;

	check_driver_flags(ring);
	cr_assert((uint16_t)(idx - ring->taken) <= size, "SPLIT-9: the index goes from %u to %u",
		  ring->taken, idx);
	if (idx == ring->taken)
		return false;
	*request = (struct ring_request){.head = ring->driver->ring[ring->taken % size]};
	cr_assert(request->head < size);
	cr_assert(!ring->has[request->head], "%u is added twice", request->head);
	ring->has[request->head] = true;
	ring->taken++;
	at = walk(ring, ring->descriptors, size, request->head, request);
	if (at < size)
		walk_table(ring, &ring->descriptors[at], request);
	return true;
}

void ring_put(struct ring *ring, uint32_t id, uint32_t len)
{
	ring->device->ring[ring->used % ring->config.size] = (struct ring_element){id, len};
	ring->used++;
	if (id < ring->config.size)
		ring->has[id] = false;
}

void ring_show(struct ring *ring)
{
	__atomic_store_n(&ring->device->idx, ring->used, __ATOMIC_RELEASE);
	haul_arch_fence();
}

void ring_use(struct ring *ring, uint32_t id, uint32_t len)
{
	ring_put(ring, id, len);
	ring_show(ring);
}

bool ring_interrupts(struct ring *ring, uint16_t before)
{
	check_driver_flags(ring);
	if (ring->config.flags & HAUL_VIRTQUEUE_EVENT_IDX) {
		const uint16_t event = __atomic_load_n(ring_used_event(ring), __ATOMIC_RELAXED);

		for (; before != ring->used; before++) /* 2.7.7.2, word for word */
			if (before == event)
				return true;
		return false;
	}
	return before != ring->used && !__atomic_load_n(&ring->driver->flags, __ATOMIC_RELAXED);
}

static const struct haul_dma_segment segment = {{RING_IOVA}, 100};

int ring_add(struct ring *ring, void *cookie)
{
	return haul_virtqueue_add(&ring->queue, NULL, 0, &segment, 1, cookie, NULL);
}

int ring_add_out(struct ring *ring, void *cookie)
{
	return haul_virtqueue_add(&ring->queue, &segment, 1, NULL, 0, cookie, NULL);
}

uint16_t ring_request(struct ring *ring, void *cookie)
{
	struct ring_request request;

	cr_assert(ring_add(ring, cookie) == 0);
	haul_virtqueue_publish(&ring->queue);
	cr_assert(ring_take(ring, &request));
	return request.head;
}

int ring_pop(struct ring *ring)
{
	struct haul_virtqueue_used used;

	return haul_virtqueue_pop(&ring->queue, &used);
}

void ring_turn(struct ring *ring, unsigned n)
{
	for (; n; n--) {
		ring_use(ring, ring_request(ring, NULL), 0);
		cr_assert(ring_pop(ring) == 1);
	}
}
