/* SPDX-License-Identifier: MIT */
/*
 * The least that a split ring can be, to measure haul's by: it knows direct chains, tables, and
 * EVENT_IDX, and checks id, what is in flight, and lengths.  No policies, generations, errors by
 * name or segments that are refused, no barriers for devices, no interrupts.
 */
#ifndef BENCH_RING_H
#define BENCH_RING_H

#include <haul/virtqueue.h>

enum { BENCH_RING_SIZE = 256, BENCH_RING_TABLE = 4 };
enum { BENCH_RING_NEXT = 1, BENCH_RING_WRITE = 2, BENCH_RING_INDIRECT = 4 };

/* Virtio 1.4, 2.7.5, 2.7.6 and 2.7.8. */
struct bench_descriptor {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};
struct bench_driver_area {
	uint16_t flags, idx, ring[BENCH_RING_SIZE], used_event;
};
struct bench_element {
	uint32_t id, len;
};
struct bench_device_area {
	uint16_t flags, idx;
	struct bench_element ring[BENCH_RING_SIZE];
	uint16_t avail_event;
};

struct bench_ring {
	struct bench_descriptor *descriptors;
	struct bench_driver_area *driver;
	struct bench_device_area *device;
	struct bench_descriptor (*tables)[BENCH_RING_TABLE]; /* NULL: direct */
	uint16_t free, nfree, available, published, used, seen;
	struct {
		void *cookie;
		uint32_t room;
		uint16_t count, last;
	} slots[BENCH_RING_SIZE];
	uint16_t next[BENCH_RING_SIZE];
};

/* As those of haul_virtqueue_*; false: no. */
void bench_ring_init(struct bench_ring *ring, const struct haul_virtqueue_config *config);
bool bench_ring_add(struct bench_ring *ring, const struct haul_dma_segment *out, size_t nout,
		    const struct haul_dma_segment *in, size_t nin, void *cookie);
bool bench_ring_publish(struct bench_ring *ring);
bool bench_ring_pop(struct bench_ring *ring, struct haul_virtqueue_used *used);

#endif
