/* SPDX-License-Identifier: MIT */
#include "request.h"

/* What a device only writes need not be copied to it: bytes that it does not say it wrote
 * are not taken back. */
int haul_virtio_request_map(struct haul_dma_list *list, struct haul_dma_device *device,
			    const struct haul_iovec *pieces, size_t npieces,
			    enum haul_dma_direction direction, struct haul_dma_stream *streams,
			    struct haul_dma_segment *segments, size_t max)
{
	const unsigned flags = direction == HAUL_DMA_FROM_DEVICE ? HAUL_DMA_UNINIT : 0;
	int err = haul_dma_list_map(list, device, pieces, npieces, direction, flags, streams,
				    segments, max);

	if (err)
		return err;
	err = haul_dma_list_for_device(list, 0, list->size);
	if (err)
		haul_dma_list_unmap(list, 0);
	return err;
}

int haul_virtio_request_end(struct haul_dma_list *list, uint64_t used)
{
	return haul_dma_list_unmap(list, used < list->size ? (size_t)used : list->size);
}

int haul_virtio_request_pop(struct haul_virtio_queue *queue, struct haul_virtqueue_used *used)
{
	int got = haul_virtio_running(queue->device);

	if (got)
		return got;
	got = haul_virtqueue_pop(&queue->ring, used);
	return got == -HAUL_EPROTO ? haul_virtio_fail(queue->device, queue->ring.broken) : got;
}

int haul_virtio_queue_stop(struct haul_virtio *device, struct haul_virtio_queue *queue, bool *whole)
{
	*whole = haul_virtio_running(device) || haul_virtio_queue_reset(queue);
	return *whole ? haul_virtio_reset(device) : 0;
}
