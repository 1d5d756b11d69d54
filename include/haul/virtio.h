/* SPDX-License-Identifier: MIT */
/*
 * Virtio devices, the driver's side: how one is brought up, watched and taken down (virtio
 * specification 1.4, chapters 2 and 3), over any transport.
 *
 * A transport (haul/virtio_mmio.h, haul/virtio_pci.h, haul/virtio_mock.h) is a table of
 * operations on a device's registers.  It holds no buffers; the ring (haul/virtqueue.h)
 * holds no registers.  This header puts them together; a driver (haul/virtio_blk.h and the
 * others) is built on it.
 *
 * All drivers keep to this:
 *
 * - Who opens a device closes it.  A driver's open resets a device that haul_virtio_open has
 *   opened, and brings it up; its close resets it and gives everything back that its open took.
 *   Then the device may be opened by a driver again, or be closed (haul_virtio_close).  A close
 *   that fails may be tried again.  Calls of a driver that is closed, or zeroed, return
 *   -HAUL_EINVAL.
 * - Every call has a form that does not wait, and every call that waits has a deadline (of
 *   haul_platform_clock; UINT64_MAX: none).
 * - Polled or by interrupts: a handler, or the thread that it wakes, calls haul_virtio_interrupt,
 *   or the driver's own, and then what does not wait, until there is no more.  An interrupt by a
 *   queue's own vector (MSI-X) needs no haul_virtio_interrupt.  Calls that wait sleep in
 *   haul_virtio_options.wait.
 * - A device that is broken, or does not answer, is recovered: by the driver's recover, or its
 *   close and open where it has none.  What was in flight ends with -HAUL_ETIMEDOUT: whether it was
 *   done is not known.
 *
 * What a device says is checked, and every wait has an end (haul_platform_clock,
 * haul/platform.h).  Where it does wrong, the call's error is -HAUL_EPROTO, or
 * -HAUL_ETIMEDOUT where it does nothing, and device->reason says what; the device's status gets
 * FAILED, and all that is left to do is haul_virtio_reset or haul_virtio_close.  A device that is
 * gone (its registers fault, or read as all ones) is -HAUL_ENODEV from then on.  The reason stays
 * until the next haul_virtio_begin, past the reset.
 *
 * Threads: one at a time for a device's calls; one at a time for each of its queues, beside
 * that, for haul_virtio_kick, _wait, _fail and _check; none beside a reset and a close.
 */
#ifndef HAUL_VIRTIO_H
#define HAUL_VIRTIO_H

#include <haul/platform.h>
#include <haul/virtqueue.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bits of the status, section 2.1. */
enum {
	HAUL_VIRTIO_ACKNOWLEDGE = 1,
	HAUL_VIRTIO_DRIVER = 2,
	HAUL_VIRTIO_DRIVER_OK = 4,
	HAUL_VIRTIO_FEATURES_OK = 8,
	HAUL_VIRTIO_STATUS_NEEDS_RESET = 64,
	HAUL_VIRTIO_FAILED = 128
};

/* Feature bits that are not a kind of device's own, chapter 6. */
enum {
	HAUL_VIRTIO_F_NOTIFY_ON_EMPTY = 24, /* legacy only */
	HAUL_VIRTIO_F_ANY_LAYOUT = 27,      /* legacy only */
	HAUL_VIRTIO_F_INDIRECT_DESC = 28,
	HAUL_VIRTIO_F_EVENT_IDX = 29,
	HAUL_VIRTIO_F_VERSION_1 = 32,
	HAUL_VIRTIO_F_ACCESS_PLATFORM = 33,
	HAUL_VIRTIO_F_RING_PACKED = 34,
	HAUL_VIRTIO_F_IN_ORDER = 35,
	HAUL_VIRTIO_F_ORDER_PLATFORM = 36,
	HAUL_VIRTIO_F_SR_IOV = 37,
	HAUL_VIRTIO_F_NOTIFICATION_DATA = 38,
	HAUL_VIRTIO_F_NOTIF_CONFIG_DATA = 39,
	HAUL_VIRTIO_F_RING_RESET = 40,
	HAUL_VIRTIO_F_ADMIN_VQ = 41,
	HAUL_VIRTIO_F_SUSPEND = 43
};

struct haul_virtio_features {
	uint64_t words[2]; /* 128 bits since 1.4 */
};

static inline bool haul_virtio_features_have(const struct haul_virtio_features *features,
					     unsigned bit)
{
	return bit < 128 && features->words[bit / 64] >> bit % 64 & 1;
}

static inline void haul_virtio_features_add(struct haul_virtio_features *features, unsigned bit)
{
	features->words[bit / 64] |= (uint64_t)1 << bit % 64;
}

/* Causes of an interrupt: bits. */
enum { HAUL_VIRTIO_CAUSE_QUEUE = 1, HAUL_VIRTIO_CAUSE_CONFIG = 2 };

/* Where a queue is. */
struct haul_virtio_place {
	unsigned queue, size;
	struct haul_iova descriptors, driver, device;
	uint16_t vector; /* PCI: of its interrupts; HAUL_VIRTIO_NO_VECTOR */
};

enum { HAUL_VIRTIO_NO_VECTOR = 0xffff };

/*
 * A transport's operations.  Each makes the register accesses that the specification asks for, of
 * their exact width and in their order, waits for nothing, and returns 0 or -HAUL_E*: -HAUL_ENODEV
 * where an access fails; -HAUL_EPROTO where what it reads cannot be.  Those that are marked
 * optional may be NULL: the transport has none of it.  queue_set's other errors (-HAUL_ERANGE: no
 * such address; -HAUL_ENOSPC: no such vector) mean that the device was told nothing.
 */
struct haul_virtio_ops {
	size_t size;      /* sizeof(struct haul_virtio_ops), as its author compiled it */
	unsigned version; /* HAUL_VIRTIO_OPS_VERSION */
	int (*status)(void *ctx, uint8_t *status);
	int (*set_status)(void *ctx, uint8_t status);
	int (*features)(void *ctx, unsigned word, uint32_t *bits); /* words of 32 bits */
	int (*set_features)(void *ctx, unsigned word, uint32_t bits);
	int (*queue_max)(void *ctx, unsigned queue, uint32_t *size); /* 0: there is no such queue */
	int (*queue_in_use)(void *ctx, unsigned queue, bool *in_use);
	/* *doorbell is what kick is given: nothing is looked up there any more */
	int (*queue_set)(void *ctx, const struct haul_virtio_place *place, uint64_t *doorbell);
	int (*queue_unset)(void *ctx, unsigned queue); /* optional: ask for it */
	/* ask for it, and: is it at it still?  Both optional without RING_RESET. */
	int (*queue_reset)(void *ctx, unsigned queue);
	int (*queue_resets)(void *ctx, unsigned queue, bool *resets);
	int (*kick)(void *ctx, uint64_t doorbell, uint32_t data, bool wide);
	int (*interrupt)(void *ctx, unsigned *causes); /* reads and acknowledges */
	int (*config_read)(void *ctx, size_t off, unsigned width, uint64_t *value);
	int (*config_write)(void *ctx, size_t off, unsigned width, uint64_t value);
	int (*config_generation)(void *ctx, uint32_t *generation); /* optional */
	int (*shared_memory)(void *ctx, unsigned id, struct haul_phys *phys,
			     uint64_t *size); /* optional; -HAUL_ENOENT */
	/* optional; errors as those of a queue's vector */
	int (*config_vector)(void *ctx, uint16_t vector);
	void (*close)(void *ctx); /* optional: after a reset; vectors are taken away too */
};

enum { HAUL_VIRTIO_OPS_VERSION = 1 };

struct haul_virtio_transport {
	const struct haul_virtio_ops *ops;
	void *ctx;
	uint32_t type; /* of the device, section 5 */
	uint32_t vendor;
	bool legacy;        /* no FEATURES_OK, 32 feature bits, one block for a ring */
	unsigned words;     /* of features that there are: 1, 2 or 4 */
	size_t config_size; /* bytes of the device's configuration */
	/* Of the bits above, 24 to 49, what this transport can do. */
	struct haul_virtio_features features;
};

struct haul_virtio_options {
	enum haul_virtio_policy policy; /* HAUL_VIRTIO_CONFIDENTIAL also refuses legacy devices and
					   those that do not offer ACCESS_PLATFORM */
	uint64_t timeout; /* ns that a device has for what takes no data; 0: one second */
	/* Called over and over while haul_virtio_wait waits, if not NULL: sleep until an
	 * interrupt, or the deadline (of haul_platform_clock).  Else haul_platform_yield is. */
	void (*wait)(void *context, uint64_t deadline);
	void *context;
	/* PCI with MSI-X: interrupts of changes of the configuration, by which a device also says
	 * that it needs a reset, have that vector; false: there are none. */
	bool has_config_vector;
	uint16_t config_vector;
	/* Not to be accepted though offered: what a device does not do as it should.  Block devices
	 * of QEMU over PCI do not stop for a queue's reset (RING_RESET). */
	struct haul_virtio_features refused;
};

enum haul_virtio_state {
	HAUL_VIRTIO_CLOSED,
	HAUL_VIRTIO_RESET, /* and confirmed: no memory is the device's */
	HAUL_VIRTIO_NEGOTIATED,
	HAUL_VIRTIO_RUNNING,
	HAUL_VIRTIO_BROKEN, /* FAILED is set, or it is gone: to be reset */
	HAUL_VIRTIO_UNKNOWN /* a reset was not confirmed: its memory may be the device's still */
};

struct haul_virtio_queue;

struct haul_virtio {
	struct haul_virtio_transport transport;
	struct haul_dma_device *dma;
	struct haul_virtio_options options;
	struct haul_virtio_features offered, accepted;
	enum haul_virtio_state state;
	enum haul_virtio_reason reason;
	uint8_t status;
	struct haul_virtio_queue *queues;
};

/* What a driver can do: of the bits of its kind of device.  Those of all kinds (24 to 49) haul
 * accepts itself where they are offered; they may be required. */
struct haul_virtio_dependency {
	uint8_t feature, needs; /* feature is dropped where needs is not accepted */
};
struct haul_virtio_driver {
	uint32_t type;
	struct haul_virtio_features implemented, required;
	const struct haul_virtio_dependency *dependencies;
	size_t ndependencies;
	size_t config_size; /* bytes of it that must be there */
};

/*
 * A device that nothing is known of yet but its transport (state HAUL_VIRTIO_UNKNOWN); no register
 * is touched.  options may be NULL: all zero.  What dma gives are the addresses that the device is
 * told: physical ones, if it does not offer ACCESS_PLATFORM.  -HAUL_EINVAL: another version of the
 * operations, or one that must be there is not; another number of words; an unknown policy;
 * -HAUL_ENOTSUP: options->has_config_vector, and the transport has no vectors.
 *
 * Calls that come in the wrong state are -HAUL_EINVAL, on a broken device -HAUL_EIO, on one that is
 * gone -HAUL_ENODEV; nothing is touched then.
 */
HAUL_API int haul_virtio_open(struct haul_virtio *device,
			      const struct haul_virtio_transport *transport,
			      struct haul_dma_device *dma,
			      const struct haul_virtio_options *options);

/* Resets it, waits until it is, and negotiates: to FEATURES_OK.  -HAUL_ENODEV: another type of
 * device; -HAUL_ENOTSUP: it lacks what is required, or refuses what was accepted, or the policy
 * does; -HAUL_EPROTO with HAUL_VIRTIO_CONFIG: its configuration is smaller than that; with the
 * reason HAUL_VIRTIO_VECTOR it does not take options.config_vector: -HAUL_ENOSPC, it has no
 * resource for it (open it again with a vector that a queue is to have too, or with none),
 * -HAUL_EINVAL, the table has no such vector, -HAUL_EPROTO.  Otherwise as haul_virtio_reset.  After
 * an error FAILED is set, if the device could be told. */
HAUL_API int haul_virtio_begin(struct haul_virtio *device, const struct haul_virtio_driver *driver);

static inline bool haul_virtio_has(const struct haul_virtio *device, unsigned feature)
{
	return haul_virtio_features_have(&device->accepted, feature);
}

/* DRIVER_OK: from here on it may be kicked.  What was published before is kicked now.  No
 * queue is to be used meanwhile. */
HAUL_API int haul_virtio_start(struct haul_virtio *device);

/*
 * Resets it and waits until it is; no queue is to be used meanwhile.  Its queues are closed then,
 * their memory is free, and what was in flight is to be detached (haul_virtqueue_detach); next
 * comes haul_virtio_begin.  -HAUL_ETIMEDOUT, -HAUL_ENODEV: the memory of its queues and of all
 * requests in flight may be the device's for ever: it is not freed, and must not be
 * (HAUL_VIRTIO_UNKNOWN).  What the Hal says, if it does not take memory back: then the device is
 * reset, and it is tried again with the next reset.
 */
HAUL_API int haul_virtio_reset(struct haul_virtio *device);

/* The same, and lets the transport go.  After an error the structures stay in use, and
 * haul_virtio_close may be tried again. */
HAUL_API int haul_virtio_close(struct haul_virtio *device);

/* Reads its status.  -HAUL_EPROTO: it wants a reset (HAUL_VIRTIO_NEEDS_RESET), or has lost its
 * state; -HAUL_ENODEV. */
HAUL_API int haul_virtio_check(struct haul_virtio *device);

/* What an interrupt is for; also acknowledges it.  Of a device that is not running: 0 causes.
 * Where its configuration has changed this looks whether it needs a reset, as
 * haul_virtio_check.  With MSI-X the vector says what it is for, and here it is both. */
HAUL_API int haul_virtio_interrupt(struct haul_virtio *device, unsigned *causes);

/* Takes the device for broken: sets FAILED.  Returns -HAUL_EPROTO. */
HAUL_API int haul_virtio_fail(struct haul_virtio *device, enum haul_virtio_reason reason);

struct haul_virtio_queue {
	struct haul_virtqueue ring;
	struct haul_virtio *device;
	struct haul_virtio_queue *next;
	struct haul_virtio_place place;
	uint64_t doorbell;
	struct haul_dma_coherent memory, tables;
	bool kick_waits; /* for haul_virtio_start */
	bool is_reset;   /* for haul_virtio_queue_restart */
	uint64_t kicks;  /* made */
};

/*
 * Allocates and sets the queue up, after haul_virtio_begin and before haul_virtio_start.  Its size
 * is `wanted`, or what the device can if that is less, or what slots has room for (nslots), and a
 * power of two: queue->place.size.  tables: descriptors of each indirect table, 0: none; there are
 * none without INDIRECT_DESC either.  vector: HAUL_VIRTIO_NO_VECTOR but for PCI.  queue is the
 * device's until a reset that succeeds, if this call does, or leaves the device broken.
 * -HAUL_EINVAL: wanted or nslots 0, tables 1; -HAUL_ENOENT: the device has no such queue;
 * -HAUL_EBUSY: it is in use already; -HAUL_EPROTO: no such size can be; else what the Hal or the
 * transport (queue_set) says.
 */
HAUL_API int haul_virtio_queue_open(struct haul_virtio *device, struct haul_virtio_queue *queue,
				    unsigned index, unsigned wanted,
				    struct haul_virtqueue_slot *slots, size_t nslots,
				    unsigned tables, uint16_t vector);

/* Publishes what was added, and kicks the device if it wants that.  -HAUL_EIO: the queue or
 * the device is broken; -HAUL_ENODEV: it is gone. */
HAUL_API int haul_virtio_kick(struct haul_virtio_queue *queue);

/*
 * Resets the one queue (RING_RESET; -HAUL_ENOTSUP without it) of a running device and waits; then
 * it is to be detached, and haul_virtio_queue_restart sets it up again, in the same memory
 * (-HAUL_EINVAL: it has not been reset; -HAUL_EBUSY: not all of it has been detached; else as
 * haul_virtio_queue_open, and it may be tried again).  -HAUL_EINVAL: it is not the device's, or has
 * been reset already; -HAUL_EPROTO, and the device is broken: it did not do it.  QEMU's MMIO
 * devices offer RING_RESET, and do not: what is left is a reset of the whole device.
 */
HAUL_API int haul_virtio_queue_reset(struct haul_virtio_queue *queue);
HAUL_API int haul_virtio_queue_restart(struct haul_virtio_queue *queue);

/*
 * Takes the one queue from the device, waits until it has let go of it, and frees its memory, as a
 * transport can that is MMIO: -HAUL_ENOTSUP without.  (QEMU's legacy devices reset themselves
 * altogether then, which the next haul_virtio_check finds.)  -HAUL_EBUSY: requests are in
 * flight; -HAUL_EINVAL: it is not the device's.
 */
HAUL_API int haul_virtio_queue_close(struct haul_virtio_queue *queue);

/* Waits until the queue has something to pop, or the time (haul_platform_clock) is there:
 * -HAUL_ETIMEDOUT; deadline 0: looks once.  -HAUL_EIO, -HAUL_ENODEV: the device has been found
 * broken meanwhile.  Interrupts are asked for while it sleeps in options.wait, and then as before.
 */
HAUL_API int haul_virtio_wait(struct haul_virtio_queue *queue, uint64_t deadline);

/*
 * The device's configuration, by fields of 1, 2, 4 or 8 bytes; an array by its elements' width. All
 * that is read by one call is of one generation: -HAUL_EAGAIN if it never stands still.
 * -HAUL_ERANGE: it is not that large; -HAUL_EINVAL: no such width, or not aligned to it.
 */
HAUL_API int haul_virtio_config_read(struct haul_virtio *device, size_t off, unsigned width,
				     size_t count, void *values);
HAUL_API int haul_virtio_config_write(struct haul_virtio *device, size_t off, unsigned width,
				      uint64_t value);

/* A window of its memory, by its id; checked not to wrap.  -HAUL_ENOENT. */
HAUL_API int haul_virtio_shared_memory(struct haul_virtio *device, unsigned id,
				       struct haul_phys *phys, uint64_t *size);

#ifdef __cplusplus
}
#endif

#endif
