/* SPDX-License-Identifier: MIT */
/*
 * Virtio entropy devices (virtio specification 1.4, section 5.4): random bytes.
 *
 * haul_virtio_rng_read waits.  Without waiting, requests are submitted and polled for:
 *
 *     haul_virtio_rng_submit(&rng, &request);
 *     haul_virtio_rng_kick(&rng);
 *     ... an interrupt: haul_virtio_interrupt(rng.device, &causes); or none ...
 *     while (haul_virtio_rng_poll(&rng, &done) == 1)
 *             use(done->p, done->len);
 *
 * Structures are the caller's; nothing is allocated but by the Hal.  One thread at a time
 * for each device, an interrupt's handler included.
 */
#ifndef HAUL_VIRTIO_RNG_H
#define HAUL_VIRTIO_RNG_H

#include <haul/virtio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	HAUL_VIRTIO_RNG_TYPE = 4,
	HAUL_VIRTIO_RNG_QUEUE = 16,  /* descriptors */
	HAUL_VIRTIO_RNG_SEGMENTS = 4 /* that a request's memory may come to */
};

struct haul_virtio_rng_request {
	void *p; /* where to; it may be fallible */
	size_t size;
	void *cookie; /* the caller's */

	bool busy; /* it is the driver's; false before the first time */

	/* When it has been handed back: */
	int result; /* 0, or an error: haul_virtio_rng_poll */
	size_t len; /* bytes at p that are random; those behind are unspecified */

	/* internal */
	struct haul_virtio_rng_request *next;
	struct haul_dma_list list;
	struct haul_dma_stream stream;
	struct haul_dma_segment segments[HAUL_VIRTIO_RNG_SEGMENTS];
};

struct haul_virtio_rng_config {
	uint16_t vector; /* PCI: of its interrupts; HAUL_VIRTIO_NO_VECTOR */
	bool polled;     /* no interrupts are asked for */
};

struct haul_virtio_rng {
	struct haul_virtio *device; /* NULL: closed */
	struct haul_virtio_rng_config config;

	/* internal */
	struct haul_virtio_queue queue;
	struct haul_virtqueue_slot slots[HAUL_VIRTIO_RNG_QUEUE];
	struct haul_virtio_rng_request *first, *last; /* done */
	struct haul_virtio_rng_request own;           /* haul_virtio_rng_read's */
};

/* Brings the device (haul_virtio_open) up.  Errors: those of haul_virtio_begin; or else, as
 * haul_virtio_queue_open and haul_virtio_start: then the device has been reset, and nothing is
 * kept, but where that was not confirmed (device->state HAUL_VIRTIO_UNKNOWN) rng stays in use, to
 * be closed. */
HAUL_API int haul_virtio_rng_open(struct haul_virtio_rng *rng, struct haul_virtio *device,
				  const struct haul_virtio_rng_config *config);

/*
 * Submits a request: it and its memory are the driver's until it is handed back.  The device sees
 * it after haul_virtio_rng_kick.  -HAUL_ENOSPC: not now, or its memory comes to more segments
 * than there may be; -HAUL_EBUSY: it is the driver's; -HAUL_EINVAL: size 0, or 4 GiB and more; else
 * as haul_dma_list_map, and as calls on a device that does not run.
 */
HAUL_API int haul_virtio_rng_submit(struct haul_virtio_rng *rng,
				    struct haul_virtio_rng_request *request);
HAUL_API int haul_virtio_rng_kick(struct haul_virtio_rng *rng);

/*
 * Hands a request back that is done: 1.  0: none is.  Else the device is broken: -HAUL_EPROTO
 * (device->reason says why; PROTOCOL: it gave not one byte), and from then on -HAUL_EIO, or
 * -HAUL_ENODEV; call haul_virtio_rng_recover.
 * request->result: 0; -HAUL_EPROTO; -HAUL_ETIMEDOUT: it was in flight at a reset; else what the
 * Hal says, and the memory is mapped still (haul_dma_list_unmap of request->list).
 */
HAUL_API int haul_virtio_rng_poll(struct haul_virtio_rng *rng,
				  struct haul_virtio_rng_request **request);

/*
 * Fills [p, p + size) and waits for it; *done bytes are random.  A device that is not done at
 * the deadline (haul_platform_clock) is recovered, as is a broken one: then requests of others
 * end too.  When this returns the memory is the caller's; unless the device is
 * HAUL_VIRTIO_UNKNOWN, which may write it for ever.  -HAUL_ETIMEDOUT; else as submit and poll;
 * -HAUL_EBUSY: the device still has an earlier one's memory.
 */
HAUL_API int haul_virtio_rng_read(struct haul_virtio_rng *rng, void *p, size_t size,
				  uint64_t deadline, size_t *done);

/* Resets the queue, or the device where that cannot be or is not done; ends what was in flight
 * (-HAUL_ETIMEDOUT), which is still to be polled for; and starts anew.  Errors: of a reset that is
 * not confirmed, and then nothing has ended; as haul_virtio_rng_open, and it may be tried again. */
HAUL_API int haul_virtio_rng_recover(struct haul_virtio_rng *rng);

/* Resets the device and ends what was in flight, which is still to be polled for.  The device stays
 * open (haul_virtio_close).  Errors as haul_virtio_reset, and what the Hal says: it may be tried
 * again. */
HAUL_API int haul_virtio_rng_close(struct haul_virtio_rng *rng);

#ifdef __cplusplus
}
#endif

#endif
