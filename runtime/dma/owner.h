/* SPDX-License-Identifier: MIT */
/*
 * Who has which bytes of a stream: the ranges that the device has, in ascending order and
 * none adjacent, so that what is one range's is found in one.
 */
#ifndef HAUL_RUNTIME_DMA_OWNER_H
#define HAUL_RUNTIME_DMA_OWNER_H

#include <haul/dma.h>

/* What the device will have: one range more than a stream has room for. */
struct haul_dma_owned {
	unsigned pieces;
	struct haul_dma_range ranges[HAUL_DMA_PIECES + 1];
};

static inline void haul_dma_owned_put(struct haul_dma_owned *owned, size_t off, size_t end)
{
	const struct haul_dma_range range = {off, end};

	owned->ranges[owned->pieces++] = range;
}

/* Has the device none of [off, end)? */
static inline bool haul_dma_owned_none(const struct haul_dma_stream *stream, size_t off, size_t end)
{
	for (unsigned i = 0; i < stream->pieces; i++)
		if (stream->device_has[i].off < end && stream->device_has[i].end > off)
			return false;
	return true;
}

/* Has it all of that? */
static inline bool haul_dma_owned_all(const struct haul_dma_stream *stream, size_t off, size_t end)
{
	for (unsigned i = 0; i < stream->pieces; i++)
		if (stream->device_has[i].off <= off && stream->device_has[i].end >= end)
			return true;
	return false;
}

/* What it has and [off, end), which is the CPU's. */
static inline void haul_dma_owned_with(struct haul_dma_owned *owned,
				       const struct haul_dma_stream *stream, size_t off, size_t end)
{
	const struct haul_dma_range *range = stream->device_has;
	const struct haul_dma_range *const last = range + stream->pieces;

	owned->pieces = 0;
	for (; range < last && range->end < off; range++)
		haul_dma_owned_put(owned, range->off, range->end);
	if (range < last && range->end == off)
		off = range++->off;
	if (range < last && range->off == end)
		end = range++->end;
	haul_dma_owned_put(owned, off, end);
	for (; range < last; range++)
		haul_dma_owned_put(owned, range->off, range->end);
}

/* What it has but for [off, end), which is within one of its ranges. */
static inline void haul_dma_owned_without(struct haul_dma_owned *owned,
					  const struct haul_dma_stream *stream, size_t off,
					  size_t end)
{
	owned->pieces = 0;
	for (unsigned i = 0; i < stream->pieces; i++) {
		const struct haul_dma_range range = stream->device_has[i];

		if (range.end <= off || range.off >= end) {
			haul_dma_owned_put(owned, range.off, range.end);
			continue;
		}
		if (range.off < off)
			haul_dma_owned_put(owned, range.off, off);
		if (range.end > end)
			haul_dma_owned_put(owned, end, range.end);
	}
}

static inline void haul_dma_owned_set(struct haul_dma_stream *stream,
				      const struct haul_dma_owned *owned)
{
	stream->pieces = owned->pieces;
	for (unsigned i = 0; i < owned->pieces; i++)
		stream->device_has[i] = owned->ranges[i];
}

#endif
