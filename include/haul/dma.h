/* SPDX-License-Identifier: MIT */
/*
 * DMA: memory that a CPU and a device take turns with.
 *
 * A stream has a direction and an owner.  haul_dma_for_device and
 * haul_dma_for_cpu hand the whole or a part of it over; what that takes (cache
 * maintenance, a copy, nothing) depends on how the stream came to be backed, which it
 * says.  Both are valid for every direction, and a stream that a device writes wants
 * both: a dirty line that is left before is written over what the device writes, a
 * stale line that is left after hides it.
 *
 * Handing over is no doorbell and no completion: haul/barrier.h has what orders
 * those.
 *
 * Sizes and offsets are in bytes.  All structures are the caller's, of fixed size; what
 * is in them may be read, and changed by these functions only.  haul allocates nothing
 * but what the Hal gives.
 *
 * Any thread, one at a time for each stream, list and buffer; a device may be shared by
 * threads.  Not from signal handlers.
 */
#ifndef HAUL_DMA_H
#define HAUL_DMA_H

#include <haul/cursor.h>
#include <haul/hal.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a device can do; all zero but reach: anything. */
struct haul_dma_limits {
	uint64_t reach;      /* the highest address that it can put on its bus */
	uint64_t boundary;   /* no segment lies across a multiple of this power of two; 0: none */
	size_t segment_max;  /* bytes of a segment; 0: any number */
	size_t segments_max; /* of a list; 0: any number */
	size_t align;        /* a segment's address is a multiple of this power of two; 0: of 1 */
	bool coherent;       /* it sees the CPU's caches */
};

/* What has happened since haul_dma_device_init.  A stream's hand-overs are added when it
 * ends. */
struct haul_dma_stats {
	uint64_t maps;          /* streams and buffers that came to be */
	uint64_t maps_live;     /* that are */
	uint64_t maps_peak;     /* that were at one time */
	uint64_t maps_failed;   /* that could not come to be */
	uint64_t bytes_live;    /* of those that are */
	uint64_t bytes_bounced; /* copied, both ways */
	uint64_t syncs;         /* hand-overs that took cache maintenance or a copy */
	uint64_t syncs_skipped; /* that took nothing */
	uint64_t bytes_synced;  /* by cache maintenance, the zeros of new memory among them */
};

struct haul_dma_checker; /* haul/check.h */

/* A device, or several that are alike: whom memory is mapped for. */
struct haul_dma_device {
	const struct haul_hal *hal;
	struct haul_dma_limits limits;
	struct haul_cache_report cache; /* the Hal's */
	struct haul_dma_checker *checker;
	struct haul_dma_stats stats; /* haul_dma_stats_get reads it */
};

/* -HAUL_EINVAL: boundary or align is no power of two, either of boundary and segment_max is
 * less than align, reach is 0, or the Hal's pages are smaller than cache blocks, which a
 * device that is not coherent cannot do with; else as haul_hal_check, or what the Hal says. */
HAUL_API int haul_dma_device_init(struct haul_dma_device *device, const struct haul_hal *hal,
				  const struct haul_dma_limits *limits);

/* -HAUL_EBUSY: streams, lists or buffers of it are still there. */
HAUL_API int haul_dma_device_end(struct haul_dma_device *device);

HAUL_API void haul_dma_stats_get(const struct haul_dma_device *device,
				 struct haul_dma_stats *stats);

/* How a stream is backed. */
enum haul_dma_backing {
	HAUL_DMA_DIRECT,   /* the device reaches the memory itself; caches are maintained if it
			      is not coherent */
	HAUL_DMA_UNCACHED, /* the same, through an alias that no cache holds */
	HAUL_DMA_BOUNCE    /* what is handed over is copied to or from memory that it reaches */
};

/* Why not directly: bits. */
enum {
	HAUL_DMA_WHY_REACH =
		1 << 0, /* the device, or the Hal, cannot reach the memory in one piece */
	HAUL_DMA_WHY_ALIGN = 1 << 1, /* limits.align, limits.boundary */
	HAUL_DMA_WHY_BLOCK = 1 << 2, /* it shares a cache block with other memory, and the device
					writes it */
	HAUL_DMA_WHY_CACHE = 1 << 3  /* caches cannot be maintained: device.cache says why; or are
					not to be: HAUL_DMA_NO_SYNC */
};

/* haul_dma_alloc, haul_dma_map */
enum {
	HAUL_DMA_UNINIT = 1 << 0,    /* what the CPU has not written need not reach the device:
					allocated memory is not zeroed, and what a device only
					writes is not copied to it */
	HAUL_DMA_NO_BOUNCE = 1 << 1, /* -HAUL_ENOTSUP rather than copies */
	HAUL_DMA_NO_SYNC = 1 << 2    /* -HAUL_ENOTSUP rather than copies or cache maintenance */
};

enum { HAUL_DMA_PIECES = 4 };

struct haul_dma_range {
	size_t off, end;
};

struct haul_dma_stream {
	struct haul_dma_device *device;
	void *virt; /* where the CPU has it: the caller's memory, or what was allocated */
	struct haul_phys phys; /* of what the device reaches */
	struct haul_iova iova; /* of byte 0, for the device */
	size_t size;
	enum haul_dma_direction direction;
	enum haul_dma_backing backing;
	unsigned why;   /* HAUL_DMA_WHY_* */
	unsigned flags; /* as asked for */
	unsigned state; /* internal: none, live, failed, ended */
	size_t granule; /* off and off + len of hand-overs are multiples of it, or the size: the
			   cache block where caches are maintained and the device writes, else 1 */
	struct haul_hal_memory memory; /* what the Hal gave, shared or allocated */
	void *alias;                   /* its uncached alias, or NULL */
	bool allocated;                /* memory is alloc's, not share's */
	bool plain; /* live, and a hand-over takes no cache maintenance and no copy */
	unsigned pieces;
	struct haul_dma_range device_has[HAUL_DMA_PIECES]; /* in ascending order, none adjacent */
	struct haul_dma_stats counts;                      /* its own, until it ends */
};

/*
 * Memory from the Hal, the CPU's at first.  The backing is HAUL_DMA_DIRECT, or
 * HAUL_DMA_UNCACHED where a device is not coherent and caches cannot be maintained.
 * -HAUL_EINVAL: size 0, no direction, unknown flags; -HAUL_EOVERFLOW: beyond the end of the
 * address space; -HAUL_ENOTSUP: no backing is possible
 * (stream->why says what stands against it); -HAUL_ENOSPC: more than limits allow; else
 * what the Hal says.
 */
HAUL_API int haul_dma_alloc(struct haul_dma_stream *stream, struct haul_dma_device *device,
			    size_t size, enum haul_dma_direction direction, unsigned flags);

/*
 * The caller's memory [p, p + size), the CPU's at first; it may be fallible.  While a part of
 * it is the device's, the CPU touches that part in no way.  Backing and errors as above,
 * and HAUL_DMA_BOUNCE where the device cannot use the memory as it is.  Where the Hal fails to
 * take back what it had given before an error, the first error is returned, and that
 * stays with the Hal: of haul_dma_alloc too.
 */
HAUL_API int haul_dma_map(struct haul_dma_stream *stream, struct haul_dma_device *device, void *p,
			  size_t size, enum haul_dma_direction direction, unsigned flags);

/*
 * Hand [off, off + len) over.  All of it must be the other's: else -HAUL_EBUSY.
 * -HAUL_ERANGE: beyond the end; -HAUL_EINVAL: the stream is not live, or off or off + len is
 * no multiple of stream->granule; -HAUL_ENOSPC: what the device has would be in more than
 * HAUL_DMA_PIECES pieces; -HAUL_EFAULT: memory that was to be copied is gone.  On every error
 * owner and device stay as they were.  len 0, in range, does nothing.
 */
HAUL_API int haul_dma_for_device(struct haul_dma_stream *stream, size_t off, size_t len);
HAUL_API int haul_dma_for_cpu(struct haul_dma_stream *stream, size_t off, size_t len);

/* Takes everything back from a device that has not touched it and will not: nothing is
 * copied and nothing is dropped from caches. */
HAUL_API int haul_dma_cancel(struct haul_dma_stream *stream);

/* Is all of [off, off + len) the CPU's? */
HAUL_API bool haul_dma_is_cpus(const struct haul_dma_stream *stream, size_t off, size_t len);

/*
 * Cursors over a part, for the CPU.  -HAUL_EACCES: a reader of what only the CPU writes, a
 * writer of what only the device writes; -HAUL_EBUSY: some of it is the device's;
 * -HAUL_ERANGE; -HAUL_EINVAL as above.
 */
HAUL_API int haul_dma_reader(const struct haul_dma_stream *stream, size_t off, size_t len,
			     struct haul_reader *reader);
HAUL_API int haul_dma_writer(const struct haul_dma_stream *stream, size_t off, size_t len,
			     struct haul_writer *writer);

/*
 * Makes two streams out of one, which ends: [0, off) and the rest, each with bounds, owner and
 * end of its own.  first or second may be the stream itself.  -HAUL_EINVAL: off is 0, no
 * multiple of the Hal's page from where the Hal's memory begins, or not before the end;
 * -HAUL_ENOTSUP: the Hal has no HAUL_HAL_PARTS.  What has been counted is the first's.
 */
HAUL_API int haul_dma_split(struct haul_dma_stream *stream, size_t off,
			    struct haul_dma_stream *first, struct haul_dma_stream *second);

/*
 * Ends the stream.  Of what the device still has, [0, used) is taken back as haul_dma_for_cpu
 * would, the rest as haul_dma_cancel would: for what a device has written less of than it
 * might have.  What was allocated goes back to the Hal.
 * -HAUL_ERANGE: used > size; -HAUL_EINVAL: not live, ended before.  If taking back or the Hal
 * fails, the error is returned and the stream is live still, to be unmapped again: where
 * it was taking back that failed, owners are as they were; else all is the CPU's, and
 * what the Hal has taken stays with it.
 */
HAUL_API int haul_dma_unmap(struct haul_dma_stream *stream, size_t used);

/* "direct", "uncached", "bounce". */
HAUL_API const char *haul_dma_backing_text(enum haul_dma_backing backing);

/*
 * Coherent buffers: CPU and device at the same time, with barriers (haul/barrier.h) and nothing
 * else between them; for rings and mailboxes.  Zeroed.
 */
struct haul_dma_coherent {
	struct haul_dma_device *device;
	void *virt; /* where the CPU has it */
	struct haul_phys phys;
	struct haul_iova iova;
	size_t size;
	bool uncached; /* virt is an alias that no cache holds */
	struct haul_hal_memory memory;
};

/* align: of the device's address, a power of two; 0: a page.  Of limits reach, boundary and align
 * hold.  -HAUL_EINVAL: size 0, or align; -HAUL_ENOTSUP: the device is not coherent and the Hal
 * has no aliases; -HAUL_ENOSPC: larger than boundary; else what the Hal says. */
HAUL_API int haul_dma_coherent_alloc(struct haul_dma_coherent *buffer,
				     struct haul_dma_device *device, size_t size, size_t align);

/* -HAUL_EINVAL: it has gone.  If the Hal fails the buffer is there still, to be freed
 * again. */
HAUL_API int haul_dma_coherent_free(struct haul_dma_coherent *buffer);

/* Of both, always; -HAUL_ERANGE. */
HAUL_API int haul_dma_coherent_reader(const struct haul_dma_coherent *buffer, size_t off,
				      size_t len, struct haul_reader *reader);
HAUL_API int haul_dma_coherent_writer(const struct haul_dma_coherent *buffer, size_t off,
				      size_t len, struct haul_writer *writer);

/*
 * Scatter-gather: memory in pieces, mapped as one stream, and the segments that the device is
 * told.
 */
struct haul_dma_segment {
	struct haul_iova iova;
	size_t len;
};

struct haul_dma_list {
	struct haul_dma_device *device;
	struct haul_dma_stream *streams; /* the caller's, one for each piece */
	size_t nstreams;
	struct haul_dma_segment *segments; /* the caller's */
	size_t nsegments;
	size_t size; /* bytes of all pieces */
};

/*
 * Maps all pieces or none.  streams has room for npieces.  What lies together on the device's side
 * is one segment, as far as limits allow; what limits forbid is cut.  If segments has no
 * room for them (max), or the device takes no such number, -HAUL_ENOSPC, and
 * list->nsegments says how many there would be.  -HAUL_EINVAL: no pieces, or an empty one;
 * -HAUL_EOVERFLOW: together they are too large.  Else as haul_dma_map; but a piece may be
 * larger than a segment.  Where the Hal fails to take back what it had given before the error,
 * that stream of streams is live still.
 */
HAUL_API int haul_dma_list_map(struct haul_dma_list *list, struct haul_dma_device *device,
			       const struct haul_iovec *pieces, size_t npieces,
			       enum haul_dma_direction direction, unsigned flags,
			       struct haul_dma_stream *streams, struct haul_dma_segment *segments,
			       size_t max);

/*
 * As those of a stream, over the bytes of all pieces one after another.  Hand-overs are all or
 * nothing: on an error every byte is whose it was, though some of what the device has may
 * have been copied to the CPU's memory.  unmap ends all the streams that it can; where it fails
 * on one, the list is there still, to be unmapped again.  -HAUL_EINVAL: the list is not mapped.
 */
HAUL_API int haul_dma_list_for_device(struct haul_dma_list *list, size_t off, size_t len);
HAUL_API int haul_dma_list_for_cpu(struct haul_dma_list *list, size_t off, size_t len);
HAUL_API int haul_dma_list_cancel(struct haul_dma_list *list);
HAUL_API int haul_dma_list_unmap(struct haul_dma_list *list, size_t used);

#ifdef __cplusplus
}
#endif

#endif
