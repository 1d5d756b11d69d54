/* SPDX-License-Identifier: MIT */
/* What the files of haul/dma.h share. */
#ifndef HAUL_RUNTIME_DMA_STREAM_H
#define HAUL_RUNTIME_DMA_STREAM_H

#include "check.h"

static inline struct haul_phys haul_dma_phys_plus(struct haul_phys phys, size_t off)
{
	if (phys.value != HAUL_PHYS_UNKNOWN)
		phys.value += off;
	return phys;
}

/* device.c */

/*
 * What to ask alloc for, so that a segment of that size keeps within limits: its
 * alignment.  -HAUL_ENOSPC: none does.
 */
int haul_dma_align(const struct haul_dma_limits *limits, size_t size, size_t *align);

void haul_dma_count_map(struct haul_dma_device *device, size_t size);
void haul_dma_count_failure(struct haul_dma_device *device);
/* counts may be NULL. */
void haul_dma_count_end(struct haul_dma_device *device, size_t size,
			const struct haul_dma_stats *counts);

/* backing.c */

/* Of a stream that has everything else: memory, alias, and what they say.  On failure
 * it has why, and nothing of the Hal's. */
int haul_dma_back_alloc(struct haul_dma_stream *stream);
int haul_dma_back_map(struct haul_dma_stream *stream, bool segment); /* one, or a list's */

/* Gives all that back.  On failure the stream has what is left, and the next call goes
 * on from there. */
int haul_dma_back_end(struct haul_dma_stream *stream, const void *site);

/* What a hand-over takes, whoever owns [off, off + len). */
int haul_dma_back_give(struct haul_dma_stream *stream, size_t off, size_t len);
int haul_dma_back_take(struct haul_dma_stream *stream, size_t off, size_t len);

/* stream.c */

int haul_dma_stream_map(struct haul_dma_stream *stream, struct haul_dma_device *device, void *p,
			size_t size, enum haul_dma_direction direction, unsigned flags,
			bool segment, const void *site);
int haul_dma_stream_unmap(struct haul_dma_stream *stream, size_t used, const void *site);
int haul_dma_stream_cancel(struct haul_dma_stream *stream, const void *site);

/* The halves of unmap: what is the device's of [0, used) is taken back, but is the
 * device's still; the Hal gets its memory back. */
int haul_dma_stream_take_used(struct haul_dma_stream *stream, size_t used);
int haul_dma_stream_end(struct haul_dma_stream *stream, size_t used, const void *site);

/*
 * To the device (give) or to the CPU: can [off, off + len) be handed over; do that; and, of
 * what has just been, make it the other's again.
 */
int haul_dma_stream_check(const struct haul_dma_stream *stream, bool give, size_t off, size_t len);
int haul_dma_stream_hand(struct haul_dma_stream *stream, bool give, size_t off, size_t len);
void haul_dma_stream_undo(struct haul_dma_stream *stream, bool gave, size_t off, size_t len);

#endif
