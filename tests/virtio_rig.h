/* SPDX-License-Identifier: MIT */
/*
 * What tests of the drivers of consoles and networks run on: a Hal of each kind that can be made
 * to fail, a device of the test's own (haul/virtio_mock.h), and an account of what was
 * not given back.
 */
#ifndef VIRTIO_RIG_H
#define VIRTIO_RIG_H

#include "test.h"
#include <haul/virtio_mock.h>

enum rig_kind {
	RIG_IDENTITY, /* the device reaches all memory where it is */
	RIG_BOUNCE,   /* it reaches none but what the Hal gives */
	RIG_CACHES,   /* and it does not see the CPU's caches: a model */
	RIG_KINDS
};

enum { RIG_QUEUES = 2, RIG_CONFIG = 64 };

struct rig {
	/* The test's, before rig_begin. */
	enum rig_kind kind;
	enum haul_virtio_policy policy;
	uint32_t type;
	bool legacy;
	uint64_t features;  /* beside VERSION_1 and ACCESS_PLATFORM */
	unsigned max;       /* of queues; 0: 256 */
	size_t config_size; /* 0: RIG_CONFIG */
	uint64_t timeout;   /* ns; 0: ten milliseconds */
	void (*wait)(void *context, uint64_t deadline);

	/* Any time. */
	unsigned fail;  /* that call of the Hal fails, the first is 1; 0: none does */
	unsigned calls; /* of the Hal that can fail */
	struct haul_dma_device dma;
	struct haul_virtio_mock mock;
	struct haul_virtio_mock_queue queues[RIG_QUEUES];
	unsigned char config[RIG_CONFIG];
	struct haul_virtio device;
};

extern struct rig rig;

/* Runs the body on each kind of Hal with each policy, as rig is otherwise, with rig.device open.
 * After it that is closed, everything has to have been given back, and no rule broken. */
void rig_each(void (*body)(void));

/* Memory of the caller's, on whole blocks; until it is freed, all of it, or the body ends. */
void *rig_memory(size_t size);
void rig_memory_free(void);

/* What the device does: the next request of a queue, which has to be there. */
struct haul_virtio_mock_request rig_take(unsigned queue);
void rig_write(const struct haul_virtio_mock_request *request, uint64_t off, const void *data,
	       size_t n);
void rig_read(const struct haul_virtio_mock_request *request, uint64_t off, void *data, size_t n);
void rig_use(const struct haul_virtio_mock_request *request, uint32_t len);

/* A moment that comes soon, for what does not come before; and one for what does. */
uint64_t rig_soon(void);
uint64_t rig_late(void);

#endif
