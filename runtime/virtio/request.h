/* SPDX-License-Identifier: MIT */
/* What the drivers share: a request's memory, and getting a queue back from a device. */
#ifndef HAUL_RUNTIME_VIRTIO_REQUEST_H
#define HAUL_RUNTIME_VIRTIO_REQUEST_H

#include <haul/virtio.h>

/* Maps the pieces and hands all of them to the device; as haul_dma_list_map. */
int haul_virtio_request_map(struct haul_dma_list *list, struct haul_dma_device *device,
			    const struct haul_iovec *pieces, size_t npieces,
			    enum haul_dma_direction direction, struct haul_dma_stream *streams,
			    struct haul_dma_segment *segments, size_t max);

/* Ends that: of what the device has written the first so many bytes are taken back. */
int haul_virtio_request_end(struct haul_dma_list *list, uint64_t used);

/* 0, or why requests cannot be made: as the calls of haul/virtio.h.  NULL, which a driver that
 * is closed has for its device: -HAUL_EINVAL. */
int haul_virtio_running(const struct haul_virtio *device);

/*
 * The next request of the queue that is used: 1; 0: none.  What breaks the queue breaks the
 * device; else the errors of haul_virtio_running.
 */
int haul_virtio_request_pop(struct haul_virtio_queue *queue, struct haul_virtqueue_used *used);

/*
 * Takes a driver's only queue away from the device: by a reset of the queue; where that cannot be,
 * or is not done, by one of the device (*whole).  0: what was in flight may be detached.
 */
int haul_virtio_queue_stop(struct haul_virtio *device, struct haul_virtio_queue *queue,
			   bool *whole);

/* For a driver's close: resets the device.  One that has been closed has let go already. */
int haul_virtio_let_go(struct haul_virtio *device);

#endif
