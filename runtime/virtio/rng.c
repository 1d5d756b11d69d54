/* SPDX-License-Identifier: MIT */
#include "request.h"
#include <haul/virtio_rng.h>

/* The most that one request of haul_virtio_rng_read asks for: what waits is bounded. */
enum { READ_MAX = 65536 };

static const struct haul_virtio_driver driver = {.type = HAUL_VIRTIO_RNG_TYPE};

/* After haul_virtio_begin. */
static int bring_up(struct haul_virtio_rng *rng)
{
	int err = haul_virtio_queue_open(rng->device, &rng->queue, 0, HAUL_VIRTIO_RNG_QUEUE,
					 rng->slots, HAUL_VIRTIO_RNG_QUEUE, 0, rng->config.vector);

	if (!err && rng->config.polled)
		haul_virtqueue_disable(&rng->queue.ring);
	return err ? err : haul_virtio_start(rng->device);
}

int haul_virtio_rng_open(struct haul_virtio_rng *rng, struct haul_virtio *device,
			 const struct haul_virtio_rng_config *config)
{
	int err = haul_virtio_begin(device, &driver);

	*rng = (struct haul_virtio_rng){.config = *config};
	if (err)
		return err;
	rng->device = device;
	err = bring_up(rng);
	if (err)
		haul_virtio_rng_close(rng);
	return err;
}

int haul_virtio_rng_submit(struct haul_virtio_rng *rng, struct haul_virtio_rng_request *request)
{
	const struct haul_iovec piece = {request->p, request->size};
	int err = haul_virtio_running(rng->device);

	if (err)
		return err;
	if (request->busy)
		return -HAUL_EBUSY;
	if (!request->size || request->size > UINT32_MAX)
		return -HAUL_EINVAL;
	err = haul_virtio_request_map(&request->list, rng->device->dma, &piece, 1,
				      HAUL_DMA_FROM_DEVICE, &request->stream, request->segments,
				      HAUL_VIRTIO_RNG_SEGMENTS);
	if (err)
		return err;
	request->len = 0;
	err = haul_virtqueue_add(&rng->queue.ring, NULL, 0, request->segments,
				 request->list.nsegments, request, NULL);
	request->busy = !err;
	if (err)
		haul_virtio_request_end(&request->list, 0);
	return err;
}

int haul_virtio_rng_kick(struct haul_virtio_rng *rng)
{
	const int err = haul_virtio_running(rng->device);

	return err ? err : haul_virtio_kick(&rng->queue);
}

static void finish(struct haul_virtio_rng *rng, struct haul_virtio_rng_request *request, int result,
		   uint32_t len)
{
	const int err = haul_virtio_request_end(&request->list, len);

	request->result = result ? result : err;
	request->len = request->result ? 0 : len;
	request->next = NULL;
	/* One of haul_virtio_rng_read is handed back by that. */
	if (request == &rng->own) {
		request->busy = false;
		return;
	}
	if (rng->first)
		rng->last->next = request;
	else
		rng->first = request;
	rng->last = request;
}

/* 5.4.6.2: one byte at least. */
static int take(struct haul_virtio_rng *rng, const struct haul_virtqueue_used *used)
{
	int err = 0;

	if (!used->len)
		err = haul_virtio_fail(rng->device, HAUL_VIRTIO_PROTOCOL);
	finish(rng, (struct haul_virtio_rng_request *)used->cookie, err, used->len);
	return err;
}

/* All that is used: at most what was in flight. */
static int collect(struct haul_virtio_rng *rng)
{
	struct haul_virtqueue_used used;
	int got = haul_virtio_running(rng->device);

	if (got)
		return got;
	while ((got = haul_virtio_request_pop(&rng->queue, &used)) == 1) {
		const int err = take(rng, &used);

		if (err)
			return err;
	}
	return got;
}

int haul_virtio_rng_poll(struct haul_virtio_rng *rng, struct haul_virtio_rng_request **request)
{
	const int err = collect(rng);

	*request = rng->first;
	if (!rng->first)
		return err;
	rng->first = rng->first->next;
	(*request)->busy = false;
	return 1;
}

/* After a reset of the queue or the device. */
static void end_all(struct haul_virtio_rng *rng)
{
	struct haul_virtqueue_used used;

	while (!haul_virtqueue_detach(&rng->queue.ring, &used))
		finish(rng, (struct haul_virtio_rng_request *)used.cookie, -HAUL_ETIMEDOUT, 0);
}

/* The whole of it anew. */
static int restart_device(struct haul_virtio_rng *rng)
{
	const int err = haul_virtio_begin(rng->device, &driver);

	return err ? err : bring_up(rng);
}

static int restart_queue(struct haul_virtio_rng *rng)
{
	const int err = haul_virtio_queue_restart(&rng->queue);

	if (!err && rng->config.polled)
		haul_virtqueue_disable(&rng->queue.ring);
	return err;
}

int haul_virtio_rng_recover(struct haul_virtio_rng *rng)
{
	bool whole;
	int err;

	if (!rng->device)
		return -HAUL_EINVAL;
	err = haul_virtio_queue_stop(rng->device, &rng->queue, &whole);
	if (err)
		return err;
	end_all(rng);
	return whole ? restart_device(rng) : restart_queue(rng);
}

/* What the Hal did not take back when the last one was done it is given once more. */
static int end_own(struct haul_virtio_rng *rng)
{
	if (rng->own.busy)
		return -HAUL_EBUSY;
	return rng->own.list.nstreams ? haul_virtio_request_end(&rng->own.list, 0) : 0;
}

int haul_virtio_rng_close(struct haul_virtio_rng *rng)
{
	int err;

	if (!rng->device)
		return -HAUL_EINVAL;
	err = haul_virtio_let_go(rng->device);
	if (err)
		return err;
	end_all(rng);
	err = end_own(rng);
	if (!err)
		rng->device = NULL;
	return err;
}

static int await_some(struct haul_virtio_rng *rng, uint64_t deadline)
{
	const int err = haul_virtio_wait(&rng->queue, deadline);

	return err ? err : collect(rng);
}

/* Where memory is in more pieces for the device than there may be, less of it. */
static int submit_own(struct haul_virtio_rng *rng, uint64_t deadline)
{
	const unsigned size = rng->queue.place.size;
	const unsigned n = size < HAUL_VIRTIO_RNG_SEGMENTS ? size : HAUL_VIRTIO_RNG_SEGMENTS;
	int err = haul_virtio_running(rng->device);

	while (!err && !haul_virtqueue_room(&rng->queue.ring, n)) {
		err = haul_virtio_rng_kick(rng);
		if (!err)
			err = await_some(rng, deadline);
	}
	if (!err)
		err = haul_virtio_rng_submit(rng, &rng->own);
	while (err == -HAUL_ENOSPC && rng->own.size > 1) {
		rng->own.size /= 2;
		err = haul_virtio_rng_submit(rng, &rng->own);
	}
	return err;
}

static int await_own(struct haul_virtio_rng *rng, uint64_t deadline)
{
	int err = haul_virtio_rng_kick(rng);

	while (!err && rng->own.busy)
		err = await_some(rng, deadline);
	return err ? err : rng->own.result;
}

/* Is the device to be recovered?  It is if it did nothing in time, has the request still, or is
 * broken. */
static bool is_lost(const struct haul_virtio_rng *rng, int err)
{
	return err == -HAUL_ETIMEDOUT || rng->own.busy || haul_virtio_running(rng->device);
}

static int read_some(struct haul_virtio_rng *rng, void *p, size_t size, uint64_t deadline)
{
	struct haul_virtio_rng_request *own = &rng->own;
	int err = end_own(rng);

	if (err)
		return err;
	own->p = p;
	own->size = size < READ_MAX ? size : READ_MAX;
	err = submit_own(rng, deadline);
	if (!err)
		err = await_own(rng, deadline);
	if (err && is_lost(rng, err))
		haul_virtio_rng_recover(rng);
	return err;
}

int haul_virtio_rng_read(struct haul_virtio_rng *rng, void *p, size_t size, uint64_t deadline,
			 size_t *done)
{
	for (*done = 0; *done < size; *done += rng->own.len) {
		const int err = read_some(rng, (unsigned char *)p + *done, size - *done, deadline);

		if (err)
			return err;
	}
	return 0;
}
