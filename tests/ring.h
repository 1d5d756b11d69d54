/* SPDX-License-Identifier: MIT */
/*
 * A virtqueue and the device at its other end, which is strict: it walks the ring as the
 * specification has it (virtio 1.4, 2.7) and fails the test wherever the driver's side
 * does not follow a rule.  It knows no more than a device would: what stands in the areas.
 *
 * The walker of the mock (haul/virtio_mock.h) does the same for drivers, through functions of the
 * test's memory.  This one stands apart: threads share its words, it has rings of every size,
 * and what checks the library's ring has no code in common with the library.
 *
 * What the driver calls addresses is shifted by RING_IOVA, so that neither side takes one for
 * a pointer.
 */
#ifndef RING_H
#define RING_H

#include "fence.h"
#include "test.h"
#include <haul/virtqueue.h>

/* As 2.7.5, 2.7.6 and 2.7.8 have them. */
enum { RING_NEXT = 1, RING_WRITE = 2, RING_INDIRECT = 4 };
struct ring_descriptor {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};
struct ring_driver {
	uint16_t flags, idx, ring[];
};
struct ring_element {
	uint32_t id, len;
};
struct ring_device {
	uint16_t flags, idx;
	struct ring_element ring[];
};

#define RING_IOVA UINT64_C(0x1000000000)

/* Of rings with tables; what has none may have any size. */
enum { RING_TABLES_MAX = 1024, RING_TABLE = 8 };

struct ring {
	struct haul_virtqueue queue;
	struct haul_virtqueue_config config;
	struct ring_descriptor *descriptors;
	struct ring_driver *driver;
	struct ring_device *device;
	uint16_t taken; /* the device's: requests that it has taken */
	uint16_t used;  /* and used */
	bool *has;      /* it has taken the head and not used it */
};

/* A request as the device has found it. */
enum { RING_SEGMENTS = 64 };
struct ring_request {
	uint16_t head;
	bool indirect;
	size_t nout, nin;
	struct haul_dma_segment segments[RING_SEGMENTS]; /* the first so many */
	uint64_t bytes, room;
};

/* There is one at a time; its memory was full of rubbish. */
void ring_begin(struct ring *ring, unsigned size, unsigned flags, enum haul_virtio_policy policy);
/* The same ring, after a reset. */
void ring_again(struct ring *ring);

uint16_t *ring_used_event(struct ring *ring);
uint16_t *ring_avail_event(struct ring *ring);

/* The device's steps, which may be another thread's.  take: false: nothing. */
bool ring_take(struct ring *ring, struct ring_request *request);
void ring_put(struct ring *ring, uint32_t id, uint32_t len); /* in the ring, not shown yet */
void ring_show(struct ring *ring);
void ring_use(struct ring *ring, uint32_t id, uint32_t len); /* both */
/* Would it interrupt, having shown what it has used since `before`? */
bool ring_interrupts(struct ring *ring, uint16_t before);

/* The driver's: one segment, written by the device or read. */
int ring_add(struct ring *ring, void *cookie);
int ring_add_out(struct ring *ring, void *cookie);
/* It publishes n requests, one by one, each used and popped: indices are n ahead. */
void ring_turn(struct ring *ring, unsigned n);
/* Published, taken by the device; its head. */
uint16_t ring_request(struct ring *ring, void *cookie);
/* Nothing used that is not popped: 0. */
int ring_pop(struct ring *ring);

#endif
