/* SPDX-License-Identifier: MIT */
/*
 * Backings: how a stream comes by memory that its device reaches, what a hand-over
 * takes, and how the memory goes back.
 *
 * Two questions, which have nothing to do with each other: can the device use the
 * memory as it is, or is it copied; and does it see the caches, or are they
 * maintained, or avoided by an uncached alias.
 *
 * Where caches are maintained every line is clean once the memory is the device's: so
 * nothing is written over what the device writes, and where lines cannot be dropped
 * without being written (HAUL_CACHE_FLUSH) nothing is written then either.  That
 * wants lines of which the CPU does not write a part meanwhile: haul_dma_stream.granule.
 */
#include "../probe.h"
#include "stream.h"

static bool usable(const struct haul_dma_device *device, enum haul_cache_op op)
{
	return device->cache.ops[op].why == HAUL_CACHE_USABLE;
}

static bool device_writes(const struct haul_dma_stream *stream)
{
	return stream->direction & HAUL_DMA_FROM_DEVICE;
}

/* Can caches be maintained, and may they? */
static bool maintainable(const struct haul_dma_stream *stream)
{
	const struct haul_dma_device *const device = stream->device;
	const bool flush = usable(device, HAUL_CACHE_FLUSH);

	if (stream->flags & HAUL_DMA_NO_SYNC || !(flush || usable(device, HAUL_CACHE_CLEAN)))
		return false;
	return !device_writes(stream) || flush || usable(device, HAUL_CACHE_INVALIDATE);
}

static bool maintained(const struct haul_dma_stream *stream)
{
	return !stream->device->limits.coherent && !stream->alias;
}

/* Where the CPU has what the device reaches. */
static unsigned char *reached(const struct haul_dma_stream *stream)
{
	if (stream->alias)
		return stream->alias;
	return (unsigned char *)stream->memory.virt +
	       (stream->iova.value - stream->memory.iova.value);
}

static int hal_end(const struct haul_dma_stream *stream)
{
	const struct haul_hal *const hal = stream->device->hal;

	return stream->allocated ? haul_hal_free(hal, &stream->memory)
				 : haul_hal_unshare(hal, &stream->memory, stream->direction);
}

/* The stream's first byte is `head` bytes into the memory. */
static void set_addresses(struct haul_dma_stream *stream, size_t head)
{
	stream->iova.value = stream->memory.iova.value + head;
	stream->phys = haul_dma_phys_plus(stream->memory.phys, head);
}

/* What hand-overs take, once the backing is known. */
static void set_backing(struct haul_dma_stream *stream, enum haul_dma_backing backing)
{
	const bool maintains = maintained(stream);

	stream->backing = backing;
	stream->plain = !maintains && backing != HAUL_DMA_BOUNCE;
	stream->granule = maintains && device_writes(stream) ? stream->device->cache.block : 1;
}

/* Where the device does not see the caches it is to find the zeros, not what others have left
 * in memory. */
static int bypass_cache(struct haul_dma_stream *stream, bool uninit)
{
	const struct haul_dma_device *const device = stream->device;
	const bool clean = usable(device, HAUL_CACHE_CLEAN);

	if (stream->why & HAUL_DMA_WHY_CACHE)
		return haul_hal_make_alias(device->hal, &stream->memory, &stream->alias);
	if (uninit || !maintained(stream))
		return 0;
	stream->counts.bytes_synced += stream->memory.size;
	return haul_hal_cache(device->hal, clean ? HAUL_CACHE_CLEAN : HAUL_CACHE_FLUSH,
			      stream->memory.virt, stream->memory.phys, stream->memory.size);
}

/* Memory of the Hal's; uncached, if caches are in the way. */
static int allocate(struct haul_dma_stream *stream, size_t align, bool uninit)
{
	const struct haul_hal *const hal = stream->device->hal;
	const struct haul_hal_request request = {
		.size = stream->size,
		.align = align,
		.reach = stream->device->limits.reach,
		.direction = stream->direction,
		.uninit = uninit,
	};
	int err;

	if (stream->why & HAUL_DMA_WHY_CACHE && !hal->make_alias)
		return -HAUL_ENOTSUP;
	err = haul_hal_alloc(hal, &request, &stream->memory);
	if (err)
		return err;
	err = bypass_cache(stream, uninit);
	if (err) {
		haul_hal_free(hal, &stream->memory);
		stream->memory = (struct haul_hal_memory){0};
		return err;
	}
	stream->allocated = true;
	set_addresses(stream, 0);
	return 0;
}

int haul_dma_back_alloc(struct haul_dma_stream *stream)
{
	size_t align;
	int err = haul_dma_align(&stream->device->limits, stream->size, &align);

	if (err)
		return err;
	if (!stream->device->limits.coherent && !maintainable(stream))
		stream->why = HAUL_DMA_WHY_CACHE;
	err = allocate(stream, align, stream->flags & HAUL_DMA_UNINIT);
	if (err)
		return err;
	set_backing(stream, stream->alias ? HAUL_DMA_UNCACHED : HAUL_DMA_DIRECT);
	stream->virt = reached(stream);
	return 0;
}

/* What is known before the Hal is asked. */
static unsigned why_not_share(const struct haul_dma_stream *stream)
{
	const size_t block = stream->device->cache.block;
	const uintptr_t first = (uintptr_t)stream->virt;

	if (stream->device->limits.coherent)
		return 0;
	if (!maintainable(stream))
		return HAUL_DMA_WHY_CACHE;
	if (device_writes(stream) && (first | stream->size) & (block - 1))
		return HAUL_DMA_WHY_BLOCK;
	return 0;
}

/* A stream of a list is cut into segments where it must be. */
static unsigned why_not_there(const struct haul_dma_stream *stream, bool segment)
{
	const struct haul_dma_limits *const limits = &stream->device->limits;
	const uint64_t first = stream->iova.value, last = first + stream->size - 1;

	if (limits->align && first & (limits->align - 1))
		return HAUL_DMA_WHY_ALIGN;
	if (segment && limits->boundary && (first ^ last) & ~(limits->boundary - 1))
		return HAUL_DMA_WHY_ALIGN;
	return 0;
}

/* Returns 0, with or without stream->why, or an error. */
static int share(struct haul_dma_stream *stream, bool segment)
{
	const struct haul_hal *const hal = stream->device->hal;
	int err;

	err = haul_hal_share(hal, stream->virt, stream->size, stream->direction,
			     stream->device->limits.reach, &stream->memory);
	if (err == -HAUL_ERANGE)
		stream->why = HAUL_DMA_WHY_REACH;
	if (err)
		return err == -HAUL_ERANGE ? 0 : err;
	set_addresses(stream, (uintptr_t)stream->virt - (uintptr_t)stream->memory.virt);
	stream->why = why_not_there(stream, segment);
	if (stream->why) {
		err = haul_hal_unshare(hal, &stream->memory, stream->direction);
		stream->memory = (struct haul_hal_memory){0};
	}
	return err;
}

/* Zeroed: the device reaches all of it, whatever has been handed over. */
static int bounce(struct haul_dma_stream *stream, size_t align)
{
	int err;

	if (stream->flags & (HAUL_DMA_NO_BOUNCE | HAUL_DMA_NO_SYNC))
		return -HAUL_ENOTSUP;
	err = allocate(stream, align, false);
	if (!err)
		set_backing(stream, HAUL_DMA_BOUNCE);
	return err;
}

int haul_dma_back_map(struct haul_dma_stream *stream, bool segment)
{
	const struct haul_dma_limits *const limits = &stream->device->limits;
	size_t align = limits->align;
	int err = segment ? haul_dma_align(limits, stream->size, &align) : 0;

	if (err)
		return err;
	stream->why = why_not_share(stream);
	if (!stream->why) {
		err = share(stream, segment);
		if (err)
			return err;
	}
	if (stream->why)
		return bounce(stream, align);
	set_backing(stream, HAUL_DMA_DIRECT);
	return 0;
}

int haul_dma_back_end(struct haul_dma_stream *stream, const void *site)
{
	int err;

	if (stream->allocated)
		haul_dma_tell(stream, HAUL_DMA_CALL_FREE, 0, 0, 0, site);
	if (stream->alias) {
		err = haul_hal_drop_alias(stream->device->hal, &stream->memory, stream->alias);
		if (err)
			return err;
		stream->alias = NULL;
		if (stream->backing == HAUL_DMA_UNCACHED)
			stream->virt = stream->memory.virt;
	}
	return hal_end(stream);
}

static int maintain(struct haul_dma_stream *stream, enum haul_cache_op op, size_t off, size_t len)
{
	const struct haul_dma_device *const device = stream->device;
	const enum haul_cache_op usable_op = usable(device, op) ? op : HAUL_CACHE_FLUSH;

	stream->counts.bytes_synced += len;
	return haul_hal_cache(device->hal, usable_op, reached(stream) + off,
			      haul_dma_phys_plus(stream->phys, off), len);
}

static int copy(struct haul_dma_stream *stream, void *dst, const void *src, size_t len)
{
	HAUL_PROBE3(bounce_copy, dst, src, len);
	stream->counts.bytes_bounced += len;
	return haul_memcpy(dst, src, len) == len ? 0 : -HAUL_EFAULT;
}

static unsigned char *own(const struct haul_dma_stream *stream)
{
	return stream->virt;
}

/* Is what the device does not write the CPU's afterwards too? */
static bool copied_to_device(const struct haul_dma_stream *stream)
{
	return stream->backing == HAUL_DMA_BOUNCE &&
	       !(stream->direction == HAUL_DMA_FROM_DEVICE && stream->flags & HAUL_DMA_UNINIT);
}

int haul_dma_back_give(struct haul_dma_stream *stream, size_t off, size_t len)
{
	const bool copies = copied_to_device(stream), maintains = maintained(stream);
	int err = 0;

	if (!copies && !maintains) {
		stream->counts.syncs_skipped++;
		return 0;
	}
	stream->counts.syncs++;
	if (copies)
		err = copy(stream, reached(stream) + off, own(stream) + off, len);
	return !err && maintains ? maintain(stream, HAUL_CACHE_CLEAN, off, len) : err;
}

int haul_dma_back_take(struct haul_dma_stream *stream, size_t off, size_t len)
{
	const bool copies = device_writes(stream) && stream->backing == HAUL_DMA_BOUNCE;
	const bool maintains = device_writes(stream) && maintained(stream);
	int err = 0;

	if (!copies && !maintains) {
		stream->counts.syncs_skipped++;
		return 0;
	}
	stream->counts.syncs++;
	if (maintains)
		err = maintain(stream, HAUL_CACHE_INVALIDATE, off, len);
	return !err && copies ? copy(stream, own(stream) + off, reached(stream) + off, len) : err;
}
