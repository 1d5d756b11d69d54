/* SPDX-License-Identifier: MIT */
/* What haul/dma.h's functions tell the checker (haul/check.h), if there is one. */
#ifndef HAUL_RUNTIME_DMA_CHECK_H
#define HAUL_RUNTIME_DMA_CHECK_H

#include <haul/dma.h>

/* haul_dma_stream.state */
enum {
	HAUL_DMA_STATE_NONE,
	HAUL_DMA_STATE_LIVE,
	HAUL_DMA_STATE_FAILED, /* it could not be mapped */
	HAUL_DMA_STATE_ENDED
};

enum haul_dma_call {
	HAUL_DMA_CALL_ALLOC,
	HAUL_DMA_CALL_MAP,
	HAUL_DMA_CALL_SPLIT, /* told of the one stream, before it is two */
	HAUL_DMA_CALL_FOR_DEVICE,
	HAUL_DMA_CALL_FOR_CPU,
	HAUL_DMA_CALL_CANCEL,
	HAUL_DMA_CALL_READER,
	HAUL_DMA_CALL_WRITER,
	HAUL_DMA_CALL_UNMAP,
	/* A part of UNMAP: all is taken back, and the memory, which haul_hal.alloc gave, goes
	 * back to the Hal next. */
	HAUL_DMA_CALL_FREE,
	HAUL_DMA_CALL_END /* of the device; stream is NULL */
};

struct haul_dma_event {
	enum haul_dma_call call;
	size_t off, len;  /* as the call has them; len of UNMAP: used; off of SPLIT */
	int err;          /* what the call returns, or would if all goes well */
	const void *site; /* where it was called from */
};

/* runtime/dma/checker.c */
void haul_dma_checker_event(struct haul_dma_device *device, const struct haul_dma_stream *stream,
			    const struct haul_dma_event *event);

/*
 * Told once for each call: of ALLOC, MAP and FOR_DEVICE after all is done; of the others when it is
 * known whether the call is refused and before anything is done, so that the memory is there still.
 */
static inline void haul_dma_tell(const struct haul_dma_stream *stream, enum haul_dma_call call,
				 size_t off, size_t len, int err, const void *site)
{
	struct haul_dma_device *const device = stream->device;

	if (device && device->checker) {
		const struct haul_dma_event event = {call, off, len, err, site};

		haul_dma_checker_event(device, stream, &event);
	}
}

#endif
