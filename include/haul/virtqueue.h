/* SPDX-License-Identifier: MIT */
/*
 * Virtqueues, the driver's side: the split ring of the virtio specification (1.4,
 * section 2.7).
 *
 * This is the ring alone.  It knows no registers (haul/virtio.h) and maps no memory: what
 * is added are addresses that the device can reach already (haul/dma.h).  All of what it
 * believes stands in private memory; the ring itself is written, and of what the device
 * writes each word is read once, checked, and then used.  The first thing that a device
 * gets wrong breaks the queue: from then on every call is -HAUL_EIO, nothing of the ring
 * is read any more, and only haul_virtqueue_init, after a reset, mends it.
 *
 * Structures and arrays are the caller's; nothing is allocated.  One thread at a time for
 * each queue, an interrupt's handler included; nothing waits.
 */
#ifndef HAUL_VIRTQUEUE_H
#define HAUL_VIRTQUEUE_H

#include <haul/dma.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	HAUL_VIRTQUEUE_SIZE_MAX = 32768,
	HAUL_VIRTQUEUE_ALIGN = 4096 /* of the legacy ring's device part, and of its start */
};

/* How far a device is believed. */
enum haul_virtio_policy {
	HAUL_VIRTIO_CHECKED,     /* nothing that it writes is used unchecked; lengths are
				    clamped */
	HAUL_VIRTIO_TRUSTED,     /* what it completes is taken as it is; memory stays safe,
				    lengths are clamped */
	HAUL_VIRTIO_CONFIDENTIAL /* checked; a length that cannot be is a violation; see
				    haul/virtio.h for the rest */
};

/* What a device did wrong; first come first kept. */
enum haul_virtio_reason {
	HAUL_VIRTIO_FINE,
	/* of a queue */
	HAUL_VIRTIO_USED_INDEX,  /* it says that it used more than there was in flight */
	HAUL_VIRTIO_USED_RANGE,  /* it used an id beyond the ring */
	HAUL_VIRTIO_USED_TWICE,  /* it used what was not in flight, not published yet, or no head */
	HAUL_VIRTIO_USED_LENGTH, /* it says that it wrote more than it could
				    (HAUL_VIRTIO_CONFIDENTIAL) */
	/* of a device: haul/virtio.h */
	HAUL_VIRTIO_STATUS,      /* it does not follow the steps of its initialisation */
	HAUL_VIRTIO_FEATURES,    /* it refuses what it offered, or offers what cannot be */
	HAUL_VIRTIO_QUEUE,       /* a queue's size or state that cannot be */
	HAUL_VIRTIO_CONFIG,      /* its configuration never stands still, or makes no sense */
	HAUL_VIRTIO_CAPABILITY,  /* PCI: its capabilities make no sense */
	HAUL_VIRTIO_VECTOR,      /* PCI: it does not take an interrupt's vector */
	HAUL_VIRTIO_PROTOCOL,    /* what it wrote into a buffer makes no sense */
	HAUL_VIRTIO_TIMEOUT,     /* it did not do in time what it has to */
	HAUL_VIRTIO_NEEDS_RESET, /* it says so */
	HAUL_VIRTIO_GONE,        /* it is not there any more */
	HAUL_VIRTIO_WAS_RESET    /* nothing wrong: a queue after the driver has reset it */
};

/* Words for it; never NULL. */
HAUL_API const char *haul_virtio_reason_text(enum haul_virtio_reason reason);

/* Bytes of the ring's three areas and where they are in one block of memory that is aligned to
 * HAUL_VIRTQUEUE_ALIGN; the legacy layout has its device area at such a boundary, and
 * ends at one.  Of every size there is; each area has room for its event word. */
struct haul_virtqueue_layout {
	size_t descriptors, driver, device; /* offsets */
	size_t size;
};
HAUL_API void haul_virtqueue_layout(unsigned size, bool legacy,
				    struct haul_virtqueue_layout *layout);

/* What is known of a request; private to the queue, and not to be in memory that the device
 * reaches. */
struct haul_virtqueue_slot {
	void *cookie;
	uint64_t room;  /* bytes that the device may write */
	uint32_t token; /* its index, and above 16 bits its generation */
	uint32_t next;  /* descriptor of the chain, or free one, by its offset in the table */
	uint32_t last;  /* of the chain, likewise */
	uint16_t count; /* descriptors, of a head in flight; else 0 */
	uint16_t added; /* the driver's index when it was */
};

/* Bits of haul_virtqueue_config.flags: what was negotiated. */
enum {
	HAUL_VIRTQUEUE_INDIRECT = 1 << 0,  /* INDIRECT_DESC */
	HAUL_VIRTQUEUE_EVENT_IDX = 1 << 1, /* EVENT_IDX */
	HAUL_VIRTQUEUE_ORDER_PLATFORM =
		1 << 2,                /* ORDER_PLATFORM: barriers for devices, not for CPUs */
	HAUL_VIRTQUEUE_LEGACY = 1 << 3 /* no VERSION_1: a device may report lengths of what
					  it read, so they are clamped whatever the policy */
};

struct haul_virtqueue_config {
	unsigned size; /* a power of two, 1 to HAUL_VIRTQUEUE_SIZE_MAX */
	unsigned flags;
	enum haul_virtio_policy policy;
	void *descriptors, *driver, *device; /* the areas: aligned to 16, 2 and 4 */
	struct haul_virtqueue_slot *slots;   /* one for each descriptor */
	/* with HAUL_VIRTQUEUE_INDIRECT: a table for each descriptor, aligned to 16 */
	void *tables;
	struct haul_iova tables_iova;
	unsigned table_size; /* descriptors of each */
};

struct haul_virtqueue {
	struct haul_virtqueue_config config;
	uint32_t free, nfree; /* list of free descriptors */
	/* Indices count on; the ring has their lower 16 bits. */
	uint32_t available; /* the driver's, as it will be published */
	uint32_t published; /* as it was published, and a kick decided on */
	uint32_t used;      /* what has been popped */
	uint32_t seen;      /* the device's, as far as it has been read */
	uint32_t event;     /* that the device is asked to interrupt at */
	uint32_t detached;  /* slots that haul_virtqueue_detach has been through */
	bool armed;         /* with EVENT_IDX: event is not among what has been seen */
	bool interrupts;    /* are asked for */
	enum haul_virtio_reason broken;
};

/*
 * A queue with nothing in it; also after a reset, of the same queue: then tokens of before are
 * stale.  slots must be zeroed before they are used the first time.  Areas are zeroed.  Interrupts
 * are asked for.  -HAUL_EINVAL: a size that is no power of two or too large, an area that is
 * not aligned or missing, or that overlaps another, slots and tables included, an unknown flag
 * or policy, or tables of fewer than 2 descriptors or beyond the end of the address space;
 * -HAUL_EFAULT: an area cannot be written.
 */
HAUL_API int haul_virtqueue_init(struct haul_virtqueue *queue,
				 const struct haul_virtqueue_config *config);

/*
 * Adds a request: nout segments that the device reads, then nin that it writes.  All or
 * nothing.  The device does not see it before haul_virtqueue_publish.
 * *token, unless token is NULL, names it until it is popped: its head, and above 16 bits
 * the generation of that.
 * -HAUL_ENOSPC: not now, there are not so many descriptors free; -HAUL_EINVAL: never: no
 * segment, more of them than the queue's size, an empty one, one beyond the end of the
 * address space, one of 4 GiB, or more than 4 GiB together; -HAUL_EIO: broken.
 * With HAUL_VIRTQUEUE_INDIRECT, two segments and more that a table has room for take one
 * descriptor.
 */
HAUL_API int haul_virtqueue_add(struct haul_virtqueue *queue, const struct haul_dma_segment *out,
				size_t nout, const struct haul_dma_segment *in, size_t nin,
				void *cookie, uint32_t *token);

/* Requests of n segments that can be added now; of a broken queue 0. */
HAUL_API size_t haul_virtqueue_room(const struct haul_virtqueue *queue, size_t n);

/*
 * Shows the device all that was added, and decides whether it wants to be told: true: kick it.
 * Between both there is a full barrier: without it both sides could miss each other.
 * Kick after haul_barrier_doorbell.  false also if nothing was added since, or the queue is
 * broken.
 */
HAUL_API bool haul_virtqueue_publish(struct haul_virtqueue *queue);

struct haul_virtqueue_used {
	void *cookie;
	uint32_t token;
	uint32_t len;    /* bytes that the device wrote, at most what it could */
	bool overstated; /* it said more */
};

/* Takes what the device is done with, in its order: 1, and *used; 0: nothing;
 * -HAUL_EPROTO: it got something wrong, queue->broken says what; -HAUL_EIO: it had before. */
HAUL_API int haul_virtqueue_pop(struct haul_virtqueue *queue, struct haul_virtqueue_used *used);

/* Would haul_virtqueue_pop return anything but 0? */
HAUL_API bool haul_virtqueue_pending(const struct haul_virtqueue *queue);

/*
 * Interrupts.  disable asks for none, which a device may not hear of in time.  enable
 * asks for one when it has used the next request; delayed, with EVENT_IDX, when it has used
 * three quarters of what is in flight.  true: what that asks for has come already, pop it
 * first: no interrupt need come for it.  Interrupts stay asked for: once
 * haul_virtqueue_pop has returned 0, there is one for the next request.  A broken queue: false.
 */
HAUL_API void haul_virtqueue_disable(struct haul_virtqueue *queue);
HAUL_API bool haul_virtqueue_enable(struct haul_virtqueue *queue);
HAUL_API bool haul_virtqueue_enable_delayed(struct haul_virtqueue *queue);

/* Requests that were added and not popped. */
HAUL_API size_t haul_virtqueue_in_flight(const struct haul_virtqueue *queue);

/* After a reset of the device or the queue that it has confirmed: hands out what was in flight,
 * one after another, in no order: 0 and *used, its len 0; -HAUL_ENOENT: no more.  Also of a
 * broken queue.  Then haul_virtqueue_init, before anything else. */
HAUL_API int haul_virtqueue_detach(struct haul_virtqueue *queue, struct haul_virtqueue_used *used);

#ifdef __cplusplus
}
#endif

#endif
