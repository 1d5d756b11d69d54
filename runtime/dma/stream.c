/* SPDX-License-Identifier: MIT */
/* Streams: what is asked for, and who has what. */
#include "stream.h"
#include "../probe.h"
#include "owner.h"

static bool is_live(const struct haul_dma_stream *stream)
{
	return stream->state == HAUL_DMA_STATE_LIVE;
}

/* Is the CPU's memory the caller's, or was it allocated? */
static bool is_callers(const struct haul_dma_stream *stream)
{
	return !stream->allocated || stream->backing == HAUL_DMA_BOUNCE;
}

/* The caller's may be of any kind. */
static enum haul_memory_kind kind(const struct haul_dma_stream *stream)
{
	return is_callers(stream) ? HAUL_MEMORY_FALLIBLE : HAUL_MEMORY_PLAIN;
}

static int check_request(const struct haul_dma_stream *stream)
{
	const unsigned known = HAUL_DMA_UNINIT | HAUL_DMA_NO_BOUNCE | HAUL_DMA_NO_SYNC;

	if (!stream->size || stream->flags & ~known)
		return -HAUL_EINVAL;
	if (stream->direction != HAUL_DMA_TO_DEVICE && stream->direction != HAUL_DMA_FROM_DEVICE &&
	    stream->direction != HAUL_DMA_BOTH)
		return -HAUL_EINVAL;
	return stream->size - 1 > UINTPTR_MAX - (uintptr_t)stream->virt ? -HAUL_EOVERFLOW : 0;
}

static void begun(struct haul_dma_stream *stream, int err)
{
	stream->state = err ? HAUL_DMA_STATE_FAILED : HAUL_DMA_STATE_LIVE;
	if (err) {
		HAUL_PROBE4(dma_map_err, stream->virt, stream->size, stream->direction, err);
		haul_dma_count_failure(stream->device);
	} else {
		haul_dma_count_map(stream->device, stream->size);
	}
}

int haul_dma_alloc(struct haul_dma_stream *stream, struct haul_dma_device *device, size_t size,
		   enum haul_dma_direction direction, unsigned flags)
{
	int err;

	*stream = (struct haul_dma_stream){
		.device = device, .size = size, .direction = direction, .flags = flags};
	err = check_request(stream);
	if (!err)
		err = haul_dma_back_alloc(stream);
	begun(stream, err);
	if (!err)
		HAUL_PROBE4(dma_alloc, stream->virt, size, direction, stream->backing);
	haul_dma_tell(stream, HAUL_DMA_CALL_ALLOC, 0, size, err, __builtin_return_address(0));
	return err;
}

int haul_dma_stream_map(struct haul_dma_stream *stream, struct haul_dma_device *device, void *p,
			size_t size, enum haul_dma_direction direction, unsigned flags,
			bool segment, const void *site)
{
	int err;

	*stream = (struct haul_dma_stream){
		.device = device,
		.virt = p,
		.size = size,
		.direction = direction,
		.flags = flags,
	};
	err = check_request(stream);
	if (!err)
		err = haul_dma_back_map(stream, segment);
	begun(stream, err);
	if (!err)
		HAUL_PROBE4(dma_map, p, size, direction, stream->backing);
	haul_dma_tell(stream, HAUL_DMA_CALL_MAP, 0, size, err, site);
	return err;
}

int haul_dma_map(struct haul_dma_stream *stream, struct haul_dma_device *device, void *p,
		 size_t size, enum haul_dma_direction direction, unsigned flags)
{
	return haul_dma_stream_map(stream, device, p, size, direction, flags, true,
				   __builtin_return_address(0));
}

static bool contains(const struct haul_dma_stream *stream, size_t off, size_t len)
{
	return off <= stream->size && len <= stream->size - off;
}

/* off and off + len, of a range that the stream contains. */
static int check_range(const struct haul_dma_stream *stream, size_t off, size_t len)
{
	const size_t end = off + len, rest = stream->granule - 1;

	if (!is_live(stream))
		return -HAUL_EINVAL;
	if (!contains(stream, off, len))
		return -HAUL_ERANGE;
	if (!len)
		return 0;
	return off & rest || (end & rest && end != stream->size) ? -HAUL_EINVAL : 0;
}

/* What the device will have; nothing in *owned if len is 0. */
static int plan(const struct haul_dma_stream *stream, bool give, size_t off, size_t len,
		struct haul_dma_owned *owned)
{
	const int err = check_range(stream, off, len);
	const size_t end = off + len;

	owned->pieces = 0;
	if (err || !len)
		return err;
	if (give ? !haul_dma_owned_none(stream, off, end) : !haul_dma_owned_all(stream, off, end))
		return -HAUL_EBUSY;
	if (give)
		haul_dma_owned_with(owned, stream, off, end);
	else
		haul_dma_owned_without(owned, stream, off, end);
	return owned->pieces > HAUL_DMA_PIECES ? -HAUL_ENOSPC : 0;
}

/* Is that all that the device will have, or all that it has? */
static inline bool is_all(const struct haul_dma_stream *stream, bool give, size_t off, size_t end)
{
	if (give)
		return !stream->pieces;
	return stream->pieces == 1 && stream->device_has[0].off == off &&
	       stream->device_has[0].end == end;
}

static inline void set_all(struct haul_dma_stream *stream, bool give, size_t off, size_t end)
{
	stream->pieces = give;
	if (give)
		stream->device_has[0] = (struct haul_dma_range){off, end};
}

__attribute__((always_inline)) static inline void trace(const struct haul_dma_stream *stream,
							bool give, size_t off, size_t len)
{
	if (give)
		HAUL_PROBE4(sync_device, off, len, stream->direction, stream->backing);
	else
		HAUL_PROBE4(sync_cpu, off, len, stream->direction, stream->backing);
}

static int back(struct haul_dma_stream *stream, bool give, size_t off, size_t len)
{
	return give ? haul_dma_back_give(stream, off, len) : haul_dma_back_take(stream, off, len);
}

static int hand_part(struct haul_dma_stream *stream, bool give, size_t off, size_t len)
{
	struct haul_dma_owned owned;
	int err = plan(stream, give, off, len, &owned);

	if (!err)
		err = back(stream, give, off, len);
	if (!err)
		haul_dma_owned_set(stream, &owned);
	return err;
}

int haul_dma_stream_hand(struct haul_dma_stream *stream, bool give, size_t off, size_t len)
{
	int err = check_range(stream, off, len);

	if (err || !len)
		return err;
	if (is_all(stream, give, off, off + len)) {
		err = back(stream, give, off, len);
		if (!err)
			set_all(stream, give, off, off + len);
	} else {
		err = hand_part(stream, give, off, len);
	}
	if (!err)
		trace(stream, give, off, len);
	return err;
}

int haul_dma_stream_check(const struct haul_dma_stream *stream, bool give, size_t off, size_t len)
{
	struct haul_dma_owned owned;

	return plan(stream, give, off, len, &owned);
}

void haul_dma_stream_undo(struct haul_dma_stream *stream, bool gave, size_t off, size_t len)
{
	struct haul_dma_owned owned;

	if (!plan(stream, !gave, off, len, &owned) && len)
		haul_dma_owned_set(stream, &owned);
}

/*
 * All or a part of a stream, one at a time, where that takes nothing: the common case where
 * devices are coherent, in a few instructions.  A checker wants to hear of it, so not with one.
 * What else there is to do stands by itself (noinline), so that this saves no registers.
 * (always_inline: a probe's note makes GCC take it for long.)
 */
__attribute__((always_inline)) static inline bool hand_plainly(struct haul_dma_stream *stream,
							       bool give, size_t off, size_t len)
{
	if (!stream->plain || stream->device->checker || !is_all(stream, give, off, off + len))
		return false;
	if (give && (!len || !contains(stream, off, len)))
		return false;
	set_all(stream, give, off, off + len);
	stream->counts.syncs_skipped++;
	trace(stream, give, off, len);
	return true;
}

__attribute__((noinline)) static int for_device(struct haul_dma_stream *stream, size_t off,
						size_t len, const void *site)
{
	const int err = haul_dma_stream_hand(stream, true, off, len);

	haul_dma_tell(stream, HAUL_DMA_CALL_FOR_DEVICE, off, len, err, site);
	return err;
}

/* (The checker, and it alone, wants to know beforehand.) */
__attribute__((noinline)) static int for_cpu(struct haul_dma_stream *stream, size_t off, size_t len,
					     const void *site)
{
	if (stream->device && stream->device->checker) {
		const int err = haul_dma_stream_check(stream, false, off, len);

		haul_dma_tell(stream, HAUL_DMA_CALL_FOR_CPU, off, len, err, site);
		if (err)
			return err;
	}
	return haul_dma_stream_hand(stream, false, off, len);
}

int haul_dma_for_device(struct haul_dma_stream *stream, size_t off, size_t len)
{
	return hand_plainly(stream, true, off, len)
		       ? 0
		       : for_device(stream, off, len, __builtin_return_address(0));
}

int haul_dma_for_cpu(struct haul_dma_stream *stream, size_t off, size_t len)
{
	return hand_plainly(stream, false, off, len)
		       ? 0
		       : for_cpu(stream, off, len, __builtin_return_address(0));
}

int haul_dma_stream_cancel(struct haul_dma_stream *stream, const void *site)
{
	const int err = is_live(stream) ? 0 : -HAUL_EINVAL;

	haul_dma_tell(stream, HAUL_DMA_CALL_CANCEL, 0, stream->size, err, site);
	if (!err)
		stream->pieces = 0;
	return err;
}

int haul_dma_cancel(struct haul_dma_stream *stream)
{
	return haul_dma_stream_cancel(stream, __builtin_return_address(0));
}

bool haul_dma_is_cpus(const struct haul_dma_stream *stream, size_t off, size_t len)
{
	return is_live(stream) && contains(stream, off, len) &&
	       (!len || haul_dma_owned_none(stream, off, off + len));
}

static int check_cursor(const struct haul_dma_stream *stream, enum haul_dma_direction wanted,
			size_t off, size_t len)
{
	if (!is_live(stream))
		return -HAUL_EINVAL;
	if (!contains(stream, off, len))
		return -HAUL_ERANGE;
	if (!(stream->direction & wanted))
		return -HAUL_EACCES;
	return haul_dma_is_cpus(stream, off, len) ? 0 : -HAUL_EBUSY;
}

int haul_dma_reader(const struct haul_dma_stream *stream, size_t off, size_t len,
		    struct haul_reader *reader)
{
	const int err = check_cursor(stream, HAUL_DMA_FROM_DEVICE, off, len);

	haul_dma_tell(stream, HAUL_DMA_CALL_READER, off, len, err, __builtin_return_address(0));
	if (!err)
		*reader = haul_reader_make((unsigned char *)stream->virt + off, len, kind(stream));
	return err;
}

int haul_dma_writer(const struct haul_dma_stream *stream, size_t off, size_t len,
		    struct haul_writer *writer)
{
	const int err = check_cursor(stream, HAUL_DMA_TO_DEVICE, off, len);

	haul_dma_tell(stream, HAUL_DMA_CALL_WRITER, off, len, err, __builtin_return_address(0));
	if (!err)
		*writer = haul_writer_make((unsigned char *)stream->virt + off, len, kind(stream));
	return err;
}

/* Bytes of the Hal's memory before byte off. */
static size_t place(const struct haul_dma_stream *stream, size_t off)
{
	return (size_t)(stream->iova.value - stream->memory.iova.value) + off;
}

static int check_split(const struct haul_dma_stream *stream, size_t off)
{
	const struct haul_hal *hal;

	if (!is_live(stream))
		return -HAUL_EINVAL;
	hal = stream->device->hal;
	if (!(hal->flags & HAUL_HAL_PARTS))
		return -HAUL_ENOTSUP;
	if (!off || off >= stream->size || place(stream, off) % hal->page)
		return -HAUL_EINVAL;
	return 0;
}

/* [off, end) of the stream, its Hal's memory from `from` to `to`. */
static struct haul_dma_stream part(const struct haul_dma_stream *whole, size_t off, size_t end,
				   size_t from, size_t to)
{
	struct haul_dma_stream part = *whole;

	part.virt = (unsigned char *)whole->virt + off;
	part.phys = haul_dma_phys_plus(whole->phys, off);
	part.iova.value += off;
	part.size = end - off;
	part.memory.virt = (unsigned char *)whole->memory.virt + from;
	part.memory.phys = haul_dma_phys_plus(whole->memory.phys, from);
	part.memory.iova.value += from;
	part.memory.size = to - from;
	if (whole->alias)
		part.alias = (unsigned char *)whole->alias + from;
	part.pieces = 0;
	for (unsigned i = 0; i < whole->pieces; i++) {
		const struct haul_dma_range range = whole->device_has[i];
		const size_t first = range.off > off ? range.off : off;
		const size_t last = range.end < end ? range.end : end;

		if (first < last)
			part.device_has[part.pieces++] =
				(struct haul_dma_range){first - off, last - off};
	}
	return part;
}

int haul_dma_split(struct haul_dma_stream *stream, size_t off, struct haul_dma_stream *first,
		   struct haul_dma_stream *second)
{
	const int err = first == second ? -HAUL_EINVAL : check_split(stream, off);
	struct haul_dma_stream parts[2];
	size_t cut;

	haul_dma_tell(stream, HAUL_DMA_CALL_SPLIT, off, 0, err, __builtin_return_address(0));
	if (err)
		return err;
	cut = place(stream, off);
	parts[0] = part(stream, 0, off, 0, cut);
	parts[1] = part(stream, off, stream->size, cut, stream->memory.size);
	parts[1].counts = (struct haul_dma_stats){0}; /* what has been counted is the first's */
	stream->state = HAUL_DMA_STATE_ENDED;
	stream->plain = false;
	*first = parts[0];
	*second = parts[1];
	haul_dma_count_map(stream->device, 0); /* one more; no byte more */
	return 0;
}

int haul_dma_stream_take_used(struct haul_dma_stream *stream, size_t used)
{
	for (unsigned i = 0; i < stream->pieces && stream->device_has[i].off < used; i++) {
		const struct haul_dma_range range = stream->device_has[i];
		const size_t end = range.end < used ? range.end : used;
		const int err = haul_dma_back_take(stream, range.off, end - range.off);

		if (err)
			return err;
	}
	return 0;
}

int haul_dma_stream_end(struct haul_dma_stream *stream, size_t used, const void *site)
{
	int err;

	stream->pieces = 0;
	stream->plain = false;
	err = haul_dma_back_end(stream, site);
	if (err)
		return err;
	stream->state = HAUL_DMA_STATE_ENDED;
	haul_dma_count_end(stream->device, stream->size, &stream->counts);
	if (is_callers(stream))
		HAUL_PROBE4(dma_unmap, stream->virt, stream->size, used, stream->backing);
	else
		HAUL_PROBE4(dma_free, stream->virt, stream->size, used, stream->backing);
	return 0;
}

int haul_dma_stream_unmap(struct haul_dma_stream *stream, size_t used, const void *site)
{
	int err = !is_live(stream) ? -HAUL_EINVAL : used > stream->size ? -HAUL_ERANGE : 0;

	haul_dma_tell(stream, HAUL_DMA_CALL_UNMAP, 0, used, err, site);
	if (!err)
		err = haul_dma_stream_take_used(stream, used);
	return err ? err : haul_dma_stream_end(stream, used, site);
}

int haul_dma_unmap(struct haul_dma_stream *stream, size_t used)
{
	return haul_dma_stream_unmap(stream, used, __builtin_return_address(0));
}

const char *haul_dma_backing_text(enum haul_dma_backing backing)
{
	switch (backing) {
	case HAUL_DMA_DIRECT:
		return "direct";
	case HAUL_DMA_UNCACHED:
		return "uncached";
	case HAUL_DMA_BOUNCE:
		return "bounce";
	}
	return "unknown";
}
