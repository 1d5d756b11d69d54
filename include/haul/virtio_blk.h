/* SPDX-License-Identifier: MIT */
/*
 * Virtio block devices (virtio specification 1.4, section 5.2), through their first queue.
 *
 * haul_virtio_blk_read and its kin wait.  Without waiting, requests are submitted, any number
 * of them, and polled for; they come back in the order in which they are done:
 *
 *     haul_virtio_blk_submit(&blk, &request);
 *     haul_virtio_blk_kick(&blk);
 *     ... an interrupt: haul_virtio_blk_interrupt(&blk, &causes); or none ...
 *     while (haul_virtio_blk_poll(&blk, &done) == 1)
 *             use(done->cookie, done->result);
 *
 * A request that is too large for the device (size_max, seg_max, the queue) becomes several
 * of the device's, its parts.  Sectors are 512 bytes, whatever the device's block is.
 *
 * Whoever finds that a device does not answer calls haul_virtio_blk_recover: what it had comes back
 * with -HAUL_ETIMEDOUT, written or not, and what it had not is issued.  Calls that wait do that
 * at their deadline.
 *
 * Structures are the caller's; nothing is allocated but by the Hal.  One thread at a time
 * for each device, an interrupt's handler included.
 */
#ifndef HAUL_VIRTIO_BLK_H
#define HAUL_VIRTIO_BLK_H

#include <haul/virtio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	HAUL_VIRTIO_BLK_TYPE = 2,
	HAUL_VIRTIO_BLK_SECTOR = 512,      /* bytes */
	HAUL_VIRTIO_BLK_ID = 20,           /* bytes of a device's name */
	HAUL_VIRTIO_BLK_SEGMENTS = 126,    /* of data of a part, at most */
	HAUL_VIRTIO_BLK_OWN_SEGMENTS = 16, /* of a request that waits */
	HAUL_VIRTIO_BLK_CHECKED = 16,      /* pieces that are checked for overlaps */
	HAUL_VIRTIO_BLK_FOOTPRINT = 64     /* bytes of coherent memory for each part */
};

/* Feature bits that are accepted, section 5.2.3. */
enum {
	HAUL_VIRTIO_BLK_F_SIZE_MAX = 1,
	HAUL_VIRTIO_BLK_F_SEG_MAX = 2,
	HAUL_VIRTIO_BLK_F_RO = 5,
	HAUL_VIRTIO_BLK_F_BLK_SIZE = 6,
	HAUL_VIRTIO_BLK_F_FLUSH = 9,
	HAUL_VIRTIO_BLK_F_DISCARD = 13,
	HAUL_VIRTIO_BLK_F_WRITE_ZEROES = 14
};

enum haul_virtio_blk_op {
	HAUL_VIRTIO_BLK_READ,
	HAUL_VIRTIO_BLK_WRITE,
	HAUL_VIRTIO_BLK_FLUSH, /* what is written before it is submitted lasts when it is done */
	HAUL_VIRTIO_BLK_DISCARD,
	HAUL_VIRTIO_BLK_WRITE_ZEROES,
	HAUL_VIRTIO_BLK_GET_ID
};

struct haul_virtio_blk_request {
	enum haul_virtio_blk_op op;
	uint64_t sector;
	/* READ, WRITE: memory, together whole sectors; it may be fallible, and where it is read
	 * into no piece overlaps another.  streams has npieces of them, segments has room for max;
	 * the arrays stay as they are until the request is handed back. */
	const struct haul_iovec *pieces;
	size_t npieces;
	struct haul_dma_stream *streams;
	struct haul_dma_segment *segments;
	size_t max;
	uint64_t sectors; /* DISCARD, WRITE_ZEROES */
	bool unmap;       /* WRITE_ZEROES: the sectors need not stay allocated */
	void *cookie;     /* the caller's */
	bool busy;        /* it is the driver's; false before the first time */

	/* When it has been handed back: */
	int result;                      /* 0, or an error: haul_virtio_blk_poll */
	char id[HAUL_VIRTIO_BLK_ID + 1]; /* GET_ID: and a NUL */

	/* internal */
	bool waits; /* not all of its parts have been issued */
	struct haul_virtio_blk_request *next;
	struct haul_dma_list list;
	uint64_t total, issued; /* bytes, sectors, or 1 */
	size_t segment, off;    /* where the next part begins */
	unsigned out;           /* parts that the device has */
};

/* What is known of a part; private. */
struct haul_virtio_blk_part {
	struct haul_virtio_blk_request *request;
	uint32_t room; /* bytes that the device has to write, its status included */
	uint16_t next;
};

struct haul_virtio_blk_config {
	struct haul_virtqueue_slot *slots; /* zeroed before the first time */
	size_t nslots;                     /* the queue's size, at most; 4 at least */
	struct haul_virtio_blk_part *parts;
	size_t nparts;     /* that the device has at a time, 1 to 32768 */
	unsigned segments; /* of data of a part: 1 to HAUL_VIRTIO_BLK_SEGMENTS */
	uint16_t vector;   /* PCI: of the queue's interrupts; HAUL_VIRTIO_NO_VECTOR */
	bool polled;       /* no interrupts are asked for */
};

struct haul_virtio_blk {
	struct haul_virtio *device; /* NULL: closed */
	struct haul_virtio_blk_config config;
	uint64_t capacity; /* sectors; poll reads it anew after it has changed */
	uint32_t block;    /* bytes that the device likes to transfer: 512 if it does not say */
	bool read_only;

	/* internal */
	uint32_t size_max, segments_max;  /* of a part */
	uint32_t discard_max, zeroes_max; /* sectors of a part */
	bool changed;                     /* the configuration has */
	struct haul_virtio_queue queue;
	struct haul_dma_coherent memory;                        /* of parts */
	uint16_t free;                                          /* parts */
	struct haul_virtio_blk_request *waiting, *waiting_last; /* not all of it issued */
	struct haul_virtio_blk_request *first, *last;           /* done */
	struct haul_dma_segment scratch[HAUL_VIRTIO_BLK_SEGMENTS + 2];
	struct haul_virtio_blk_request own; /* of calls that wait */
	struct haul_iovec own_piece;
	struct haul_dma_stream own_stream;
	struct haul_dma_segment own_segments[HAUL_VIRTIO_BLK_OWN_SEGMENTS];
};

/*
 * Brings the device (haul_virtio_open) up.  -HAUL_EINVAL: config; else those of haul_virtio_begin;
 * or, after it, -HAUL_ENOTSUP: a queue of fewer than 4; -HAUL_EPROTO: a configuration that is
 * too small for its features, or lets no sector be transferred; as haul_virtio_queue_open and
 * haul_virtio_start; what the Hal says.  Then the device has been reset, and nothing is kept, but
 * where that was not confirmed (device->state HAUL_VIRTIO_UNKNOWN) blk stays in use, to be closed.
 */
HAUL_API int haul_virtio_blk_open(struct haul_virtio_blk *blk, struct haul_virtio *device,
				  const struct haul_virtio_blk_config *config);

/*
 * Submits a request: it and its memory are the driver's until it is handed back.  The device sees
 * it after haul_virtio_blk_kick; what there is no room for is issued by haul_virtio_blk_poll,
 * first come, first served.
 * -HAUL_ERANGE: beyond the capacity; -HAUL_EACCES: it writes, and the device is read-only;
 * -HAUL_ENOTSUP: the device has no such request, or no part can have a whole sector of such
 * pieces; -HAUL_EINVAL: no such op, not whole sectors, or none, or pieces to be read into that
 * overlap (of HAUL_VIRTIO_BLK_CHECKED and fewer); -HAUL_EBUSY: it is the driver's; else as
 * haul_dma_list_map, and as calls on a device that does not run.
 */
HAUL_API int haul_virtio_blk_submit(struct haul_virtio_blk *blk,
				    struct haul_virtio_blk_request *request);
HAUL_API int haul_virtio_blk_kick(struct haul_virtio_blk *blk);

/*
 * Hands a request back that is done: 1.  0: none is.  Else the device is broken: -HAUL_EPROTO
 * (device->reason says why), and from then on -HAUL_EIO, or -HAUL_ENODEV; call
 * haul_virtio_blk_recover.  -HAUL_EAGAIN: nothing but the capacity cannot be read yet.
 *
 * request->result: 0; -HAUL_EIO: the device says so; -HAUL_ENOTSUP: it does not do that;
 * -HAUL_EPROTO: it got something wrong; -HAUL_ETIMEDOUT: it was in flight at a reset, and whether
 * it was done is not known; else what the Hal says, and the memory is mapped still
 * (haul_dma_list_unmap of request->list).  Where it is not 0 some of it may have been done, and
 * what a read was to fill is unspecified.
 */
HAUL_API int haul_virtio_blk_poll(struct haul_virtio_blk *blk,
				  struct haul_virtio_blk_request **request);

/* For an interrupt's handler: as haul_virtio_interrupt; poll is to be called then, whatever the
 * cause.  With MSI-X for the vector of the configuration's changes only: at the queue's, poll. */
HAUL_API int haul_virtio_blk_interrupt(struct haul_virtio_blk *blk, unsigned *causes);

/*
 * The same, waiting.  A device that is not done at the deadline (haul_platform_clock) is recovered,
 * as is a broken one: then requests of others that are in flight end too.  When these return the
 * memory is the caller's; unless the device is HAUL_VIRTIO_UNKNOWN, which may use it for ever.
 * Errors as submit and results, -HAUL_ETIMEDOUT; -HAUL_EBUSY: the device still has an earlier
 * one.  id gets HAUL_VIRTIO_BLK_ID bytes and a NUL.
 */
HAUL_API int haul_virtio_blk_read(struct haul_virtio_blk *blk, uint64_t sector, void *p,
				  size_t sectors, uint64_t deadline);
HAUL_API int haul_virtio_blk_write(struct haul_virtio_blk *blk, uint64_t sector, const void *p,
				   size_t sectors, uint64_t deadline);
HAUL_API int haul_virtio_blk_flush(struct haul_virtio_blk *blk, uint64_t deadline);
HAUL_API int haul_virtio_blk_discard(struct haul_virtio_blk *blk, uint64_t sector, uint64_t sectors,
				     uint64_t deadline);
HAUL_API int haul_virtio_blk_write_zeroes(struct haul_virtio_blk *blk, uint64_t sector,
					  uint64_t sectors, bool unmap, uint64_t deadline);
HAUL_API int haul_virtio_blk_id(struct haul_virtio_blk *blk, char *id, uint64_t deadline);

/*
 * Resets the queue (RING_RESET), or the device where that cannot be or is not done, as by QEMU's
 * MMIO devices; ends what was in flight (-HAUL_ETIMEDOUT), which is still to be polled for; and
 * starts anew with what was not.  A device that goes on after it has said that the queue is reset,
 * as QEMU's over PCI, writes memory that has been handed back: see haul_virtio_options.refused.
 * Errors: of a reset that is not confirmed, and then nothing has ended; as haul_virtio_blk_open,
 * and it may be tried again.
 */
HAUL_API int haul_virtio_blk_recover(struct haul_virtio_blk *blk);

/* Resets the device and ends all requests (-HAUL_ETIMEDOUT), which are still to be polled for.  The
 * device stays open (haul_virtio_close).  Errors as haul_virtio_reset, and what the Hal says: it
 * may be tried again. */
HAUL_API int haul_virtio_blk_close(struct haul_virtio_blk *blk);

#ifdef __cplusplus
}
#endif

#endif
