/* SPDX-License-Identifier: MIT */
/* A driver's side for tests of virtio devices, on the model behind MMIO registers. */
#ifndef MMIO_DEVICE_H
#define MMIO_DEVICE_H

#include "mmio_model.h"
#include "test.h"
#include "test_hal.h"
#include <haul/virtio_mmio.h>

#define OK(call) cr_assert((call) == 0)
#define FAILS(call, error) cr_assert((call) == -(error))

enum { LEGACY = 1, MODERN = 2, SLOTS = 64 };

extern struct mmio_model model;
extern struct test_hal *hal;
extern struct haul_dma_device dma;
extern struct haul_virtio device;
extern struct haul_virtio_mmio mmio;
extern struct haul_virtio_transport transport;
extern struct haul_virtio_queue queue; /* number 0 */
extern struct haul_virtqueue_slot slots[SLOTS];

/* Can do bits 0 to 3; 1 needs 0, and 2 needs 1.  A test may change it. */
extern struct haul_virtio_driver driver;

/* A model, and a device that nothing was done with. */
void mmio_begin(uint32_t version);
void mmio_open(uint32_t version, enum haul_virtio_policy policy);

/* The same, brought that far. */
void mmio_negotiated(uint32_t version);
void mmio_running(uint32_t version); /* with queue 0 of 16 */

/* From here on it is given 2 ms, not 30 s, for what never comes. */
void mmio_hurry(void);

/* Opens queue 0 with 16 descriptors. */
int mmio_queue(void);

/* Adds a request to queue 0 and kicks. */
void mmio_request(void);

/* The device, if it is there still, can be closed; everything came back; no access was wrong. */
void mmio_end(void);

/* No access was wrong so far. */
void mmio_check(void);

/* What was accessed since then was this, by registers of 32 bits. */
struct mmio_step {
	bool writes;
	size_t off;
	uint64_t value;
};
void mmio_expect(size_t since, const struct mmio_step *steps, size_t count);

#endif
