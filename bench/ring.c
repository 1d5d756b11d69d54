/* SPDX-License-Identifier: MIT */
#include "ring.h"

#include <string.h>

void bench_ring_init(struct bench_ring *ring, const struct haul_virtqueue_config *config)
{
	*ring = (struct bench_ring){
		.descriptors = config->descriptors,
		.driver = config->driver,
		.device = config->device,
		.tables = config->flags & HAUL_VIRTQUEUE_INDIRECT ? config->tables : NULL,
		.nfree = BENCH_RING_SIZE,
	};
	for (unsigned i = 0; i < BENCH_RING_SIZE; i++)
		ring->next[i] = (uint16_t)(i + 1);
	memset(ring->driver, 0, sizeof *ring->driver);
	memset(ring->device, 0, sizeof *ring->device);
}

static struct bench_descriptor describe(const struct haul_dma_segment *segment, uint16_t flags,
					uint16_t next)
{
	return (struct bench_descriptor){segment->iova.value, (uint32_t)segment->len, flags, next};
}

/* What can be written. */
static uint32_t write_table(struct bench_descriptor *table, const struct haul_dma_segment *out,
			    size_t nout, const struct haul_dma_segment *in, size_t nin)
{
	uint16_t at = 0;
	size_t room = 0;

	for (size_t i = 0; i < nout; i++, at++)
		table[at] = describe(&out[i], BENCH_RING_NEXT, (uint16_t)(at + 1));
	for (size_t i = 0; i < nin; i++, at++) {
		table[at] =
			describe(&in[i], BENCH_RING_NEXT | BENCH_RING_WRITE, (uint16_t)(at + 1));
		room += in[i].len;
	}
	table[at - 1].flags &= BENCH_RING_WRITE;
	return (uint32_t)room;
}

/* The same along the list of free ones; its last one. */
static uint16_t write_chain(struct bench_ring *ring, const struct haul_dma_segment *out,
			    size_t nout, const struct haul_dma_segment *in, size_t nin,
			    uint32_t *room)
{
	uint16_t at = ring->free, last = at;
	size_t bytes = 0;

	for (size_t i = 0; i < nout; i++, last = at, at = ring->next[at])
		ring->descriptors[at] = describe(&out[i], BENCH_RING_NEXT, ring->next[at]);
	for (size_t i = 0; i < nin; i++, last = at, at = ring->next[at]) {
		ring->descriptors[at] =
			describe(&in[i], BENCH_RING_NEXT | BENCH_RING_WRITE, ring->next[at]);
		bytes += in[i].len;
	}
	ring->descriptors[last].flags &= BENCH_RING_WRITE;
	*room = (uint32_t)bytes;
	return last;
}

bool bench_ring_add(struct bench_ring *ring, const struct haul_dma_segment *out, size_t nout,
		    const struct haul_dma_segment *in, size_t nin, void *cookie)
{
	const uint16_t head = ring->free;
	size_t n = nout + nin;

	if (!n || n > ring->nfree)
		return false;
	ring->slots[head].cookie = cookie;
	if (ring->tables && n > 1) {
		struct bench_descriptor *table = ring->tables[head];

		if (n > BENCH_RING_TABLE)
			return false;
		ring->slots[head].room = write_table(table, out, nout, in, nin);
		ring->descriptors[head] = (struct bench_descriptor){
			(uintptr_t)table, (uint32_t)(n * sizeof *table), BENCH_RING_INDIRECT, 0};
		ring->slots[head].last = head;
		n = 1;
	} else {
		ring->slots[head].last =
			write_chain(ring, out, nout, in, nin, &ring->slots[head].room);
	}
	ring->slots[head].count = (uint16_t)n;
	ring->free = ring->next[ring->slots[head].last];
	ring->nfree = (uint16_t)(ring->nfree - n);
	ring->driver->ring[ring->available++ % BENCH_RING_SIZE] = head;
	return true;
}

bool bench_ring_publish(struct bench_ring *ring)
{
	const uint16_t before = ring->published;
	uint16_t event;

	__atomic_store_n(&ring->driver->idx, ring->available, __ATOMIC_SEQ_CST);
	ring->published = ring->available;
	event = __atomic_load_n(&ring->device->avail_event, __ATOMIC_SEQ_CST);
	return (uint16_t)(ring->available - event - 1) < (uint16_t)(ring->available - before);
}

bool bench_ring_pop(struct bench_ring *ring, struct haul_virtqueue_used *used)
{
	struct bench_element element;

	if (ring->used == ring->seen) {
		ring->seen = __atomic_load_n(&ring->device->idx, __ATOMIC_ACQUIRE);
		if (ring->used == ring->seen)
			return false;
	}
	element = ring->device->ring[ring->used % BENCH_RING_SIZE];
	if (element.id >= BENCH_RING_SIZE || !ring->slots[element.id].count)
		return false;
	used->cookie = ring->slots[element.id].cookie;
	used->token = element.id;
	used->len = element.len < ring->slots[element.id].room ? element.len
							       : ring->slots[element.id].room;
	ring->next[ring->slots[element.id].last] = ring->free;
	ring->free = (uint16_t)element.id;
	ring->nfree = (uint16_t)(ring->nfree + ring->slots[element.id].count);
	ring->slots[element.id].count = 0;
	ring->used++;
	return true;
}
