/* SPDX-License-Identifier: MIT */
/*
 * Network devices: virtio 1.4, 5.1.
 *
 * Every frame has a header before it.  Of what is sent it is the same for all, zeros (5.1.6.2:
 * no offload was accepted), so there is one, and devices only read it.  Of what is
 * received one field counts, num_buffers.  It is read once, and only where MRG_RXBUF makes it mean
 * something: there are devices that leave it 0 otherwise.
 */
#include "../platform.h"
#include "request.h"
#include <haul/virtio_net.h>

enum {
	/* 5.1.2 */
	QUEUE_RECEIVE = 0,
	QUEUE_TRANSMIT = 1,
	/* 5.1.4 */
	CONFIG_MAC = 0,
	CONFIG_STATUS = 6,
	CONFIG_MTU = 10,
	STATUS_LINK_UP = 1,
	MTU_MIN = 68,
	/* 5.1.6 */
	HEADER_GSO_TYPE = 1,
	HEADER_NUM_BUFFERS = 10,
	HEADER_SHORT = 10
};

static const struct haul_virtio_driver driver = {
	.type = HAUL_VIRTIO_NET_TYPE,
	.implemented = {{1u << HAUL_VIRTIO_NET_F_MTU | 1u << HAUL_VIRTIO_NET_F_MAC |
			 1u << HAUL_VIRTIO_NET_F_MRG_RXBUF | 1u << HAUL_VIRTIO_NET_F_STATUS}},
};

static bool has(const struct haul_virtio_net *net, unsigned feature)
{
	return haul_virtio_has(net->device, feature);
}

static int violated(struct haul_virtio_net *net)
{
	return haul_virtio_fail(net->device, HAUL_VIRTIO_PROTOCOL);
}

/* Buffers. */

int haul_virtio_net_map(struct haul_virtio_net *net, struct haul_virtio_net_buffer *buffer,
			void *memory, size_t size)
{
	struct haul_dma_device *dma;
	int err = haul_virtio_running(net->device);

	if (err)
		return err;
	if (buffer->stream.size)
		return -HAUL_EBUSY;
	if (size < net->buffer_min)
		return -HAUL_EINVAL;
	dma = net->device->dma;
	*buffer = (struct haul_virtio_net_buffer){.taken = size};
	err = memory ? haul_dma_map(&buffer->stream, dma, memory, size, HAUL_DMA_FROM_DEVICE,
				    HAUL_DMA_UNINIT)
		     : haul_dma_alloc(&buffer->stream, dma, size, HAUL_DMA_FROM_DEVICE, 0);
	if (err)
		buffer->stream.size = 0;
	return err;
}

int haul_virtio_net_unmap(struct haul_virtio_net_buffer *buffer)
{
	int err;

	if (buffer->posted)
		return -HAUL_EBUSY;
	if (!buffer->stream.size)
		return -HAUL_EINVAL;
	err = haul_dma_unmap(&buffer->stream, 0);
	if (!err)
		buffer->stream.size = 0;
	return err;
}

/* 5.1.6, Legacy Interface: Framing Requirements: the header by itself, without ANY_LAYOUT. */
static int add_buffer(struct haul_virtio_net *net, struct haul_virtio_net_buffer *buffer)
{
	const uint64_t iova = buffer->stream.iova.value;
	const size_t size = buffer->stream.size;
	const struct haul_dma_segment whole = {{iova}, size};
	const struct haul_dma_segment parts[] = {{{iova}, net->header},
						 {{iova + net->header}, size - net->header}};
	const bool split = net->split && size > net->header;

	return haul_virtqueue_add(&net->receive.ring, NULL, 0, split ? parts : &whole,
				  split ? 2 : 1, buffer, NULL);
}

int haul_virtio_net_post(struct haul_virtio_net *net, struct haul_virtio_net_buffer *buffer)
{
	int err = haul_virtio_running(net->device);

	if (err)
		return err;
	if (buffer->posted)
		return -HAUL_EBUSY;
	if (buffer->stream.size < net->buffer_min)
		return -HAUL_EINVAL;
	if (!haul_virtqueue_room(&net->receive.ring, net->split ? 2 : 1))
		return -HAUL_ENOSPC;
	err = haul_dma_for_device(&buffer->stream, 0, buffer->taken);
	if (err)
		return err;
	buffer->taken = 0;
	err = add_buffer(net, buffer);
	buffer->posted = !err;
	return err;
}

int haul_virtio_net_kick_receive(struct haul_virtio_net *net)
{
	const int err = haul_virtio_running(net->device);

	return err ? err : haul_virtio_kick(&net->receive);
}

/* Receiving. */

/* Takes back what was written, and what shares cache blocks with it. */
static int take_back(struct haul_virtio_net_buffer *buffer)
{
	const size_t mask = buffer->stream.granule - 1;
	size_t taken = (buffer->len + mask) & ~mask;
	int err;

	if (taken > buffer->stream.size)
		taken = buffer->stream.size;
	err = haul_dma_for_cpu(&buffer->stream, 0, taken);
	if (!err)
		buffer->taken = taken;
	return err;
}

static void append(struct haul_virtio_net *net, struct haul_virtio_net_buffer *buffer)
{
	if (net->head)
		net->tail->next = buffer;
	else
		net->head = buffer;
	net->tail = buffer;
	net->have++;
}

/* One buffer more for the frame that is being taken: 1; 0: there is none. */
static int next_buffer(struct haul_virtio_net *net)
{
	struct haul_virtqueue_used used;
	int err;

	if (!net->fresh) {
		const int got = haul_virtio_request_pop(&net->receive, &used);

		if (got <= 0)
			return got;
		net->fresh = used.cookie;
		net->fresh->len = used.len;
		net->fresh->next = NULL;
	}
	err = take_back(net->fresh);
	if (err)
		return err;
	append(net, net->fresh);
	net->fresh = NULL;
	return 1;
}

/* 5.1.6.4: all buffers of a frame are used together, so they are there, or never come. */
static int read_header(struct haul_virtio_net *net)
{
	unsigned char header[HAUL_VIRTIO_NET_HEADER];
	struct haul_reader reader;
	unsigned count = 1;
	int err;

	if (net->head->len < net->header)
		return violated(net);
	err = haul_dma_reader(&net->head->stream, 0, net->header, &reader);
	if (!err)
		err = haul_reader_value(&reader, header, net->header);
	if (err)
		return err;
	if (net->merges)
		count = header[HEADER_NUM_BUFFERS] | (unsigned)header[HEADER_NUM_BUFFERS + 1] << 8;
	if (!count || count - 1 > haul_virtqueue_in_flight(&net->receive.ring))
		return violated(net);
	if (net->device->options.policy == HAUL_VIRTIO_CONFIDENTIAL && header[HEADER_GSO_TYPE])
		return violated(net);
	net->expected = count;
	return 0;
}

/* 5.1.6.4: a device fills all buffers but the last. */
static bool is_full(const struct haul_virtio_net *net, const struct haul_virtio_net_buffer *buffer)
{
	return net->device->options.policy != HAUL_VIRTIO_CONFIDENTIAL ||
	       buffer->len == buffer->stream.size;
}

static bool is_complete(const struct haul_virtio_net *net)
{
	return net->expected && net->have == net->expected;
}

/* Gathers the frame: 1; 0: there is none. */
static int gather(struct haul_virtio_net *net)
{
	while (!is_complete(net)) {
		int got;

		if (net->head && !net->expected) {
			const int err = read_header(net);

			if (err)
				return err;
			continue;
		}
		if (net->head && !is_full(net, net->tail))
			return violated(net);
		got = next_buffer(net);
		if (got <= 0)
			return got < 0 || !net->head ? got : violated(net);
	}
	return 1;
}

static void hand_out(struct haul_virtio_net *net)
{
	for (struct haul_virtio_net_buffer *buffer = net->head; buffer; buffer = buffer->next) {
		const size_t skip = buffer == net->head ? net->header : 0;

		buffer->data = (unsigned char *)buffer->stream.virt + skip;
		buffer->len -= skip;
		buffer->posted = false;
	}
	net->head = net->tail = NULL;
	net->have = net->expected = 0;
}

int haul_virtio_net_receive(struct haul_virtio_net *net, struct haul_virtio_net_buffer **frame)
{
	int got = haul_virtio_running(net->device);

	*frame = NULL;
	if (!got)
		got = gather(net);
	if (got == 1) {
		*frame = net->head;
		hand_out(net);
	}
	return got;
}

int haul_virtio_net_receive_wait(struct haul_virtio_net *net, struct haul_virtio_net_buffer **frame,
				 uint64_t deadline)
{
	for (;;) {
		const bool late = haul_platform_clock() >= deadline;
		int got = haul_virtio_net_receive(net, frame);

		if (got)
			return got < 0 ? got : 0;
		if (late)
			return -HAUL_ETIMEDOUT;
		got = haul_virtio_wait(&net->receive, deadline);
		if (got && got != -HAUL_ETIMEDOUT)
			return got;
	}
}

/* Sending. */

static int check_frame(const struct haul_virtio_net *net, const struct haul_iovec *pieces,
		       size_t npieces)
{
	size_t left = net->mtu + HAUL_VIRTIO_NET_ETHERNET + HAUL_VIRTIO_NET_VLAN;

	if (!npieces || npieces > HAUL_VIRTIO_NET_PIECES)
		return -HAUL_EINVAL;
	for (size_t i = 0; i < npieces; i++) {
		if (pieces[i].len > left)
			return -HAUL_EINVAL;
		left -= pieces[i].len;
	}
	return 0;
}

int haul_virtio_net_send(struct haul_virtio_net *net, struct haul_virtio_net_frame *frame,
			 const struct haul_iovec *pieces, size_t npieces)
{
	int err = haul_virtio_running(net->device);

	if (!err && frame->busy)
		err = -HAUL_EBUSY;
	if (!err)
		err = check_frame(net, pieces, npieces);
	if (!err && !haul_virtqueue_room(&net->transmit.ring, 2))
		err = -HAUL_ENOSPC;
	if (!err)
		err = haul_virtio_request_map(&frame->list, net->device->dma, pieces, npieces,
					      HAUL_DMA_TO_DEVICE, frame->streams,
					      frame->segments + 1, HAUL_VIRTIO_NET_SEGMENTS);
	if (err)
		return err;
	frame->segments[0] = (struct haul_dma_segment){net->zeros.iova, net->header};
	err = haul_virtqueue_add(&net->transmit.ring, frame->segments, 1 + frame->list.nsegments,
				 NULL, 0, frame, NULL);
	frame->busy = !err;
	if (err)
		haul_virtio_request_end(&frame->list, 0);
	return err;
}

int haul_virtio_net_kick_transmit(struct haul_virtio_net *net)
{
	const int err = haul_virtio_running(net->device);

	return err ? err : haul_virtio_kick(&net->transmit);
}

static void finish(struct haul_virtio_net_frame *frame, int result)
{
	const int err = haul_virtio_request_end(&frame->list, 0);

	frame->result = err ? err : result;
}

static void put_sent(struct haul_virtio_net *net, struct haul_virtio_net_frame *frame)
{
	frame->next = NULL;
	if (net->first)
		net->last->next = frame;
	else
		net->first = frame;
	net->last = frame;
}

/* All that is used, at most what was in flight; of its length nothing is said (5.1.6.1). */
static int collect(struct haul_virtio_net *net, struct haul_virtio_net_frame *awaited)
{
	struct haul_virtqueue_used used;
	int got;

	while ((got = haul_virtio_request_pop(&net->transmit, &used)) == 1) {
		finish(used.cookie, 0);
		if (used.cookie == awaited)
			awaited->busy = false;
		else
			put_sent(net, used.cookie);
	}
	return got;
}

int haul_virtio_net_sent(struct haul_virtio_net *net, struct haul_virtio_net_frame **frame)
{
	int err = haul_virtio_running(net->device);

	if (!err)
		err = collect(net, NULL);
	*frame = net->first;
	if (!net->first)
		return err;
	net->first = net->first->next;
	(*frame)->busy = false;
	return 1;
}

/* Waits once for the queue, where it was not late yet. */
static int await_some(struct haul_virtio_net *net, bool late, uint64_t deadline)
{
	const int err = late ? -HAUL_ETIMEDOUT : haul_virtio_wait(&net->transmit, deadline);

	return err == -HAUL_ETIMEDOUT && !late ? 0 : err;
}

/* Where the queue is full there is room when the device is done with something. */
static int send_when_possible(struct haul_virtio_net *net, struct haul_virtio_net_frame *frame,
			      const struct haul_iovec *pieces, size_t npieces, uint64_t deadline)
{
	for (;;) {
		const bool late = haul_platform_clock() >= deadline;
		int err = haul_virtio_net_send(net, frame, pieces, npieces);

		if (err != -HAUL_ENOSPC || !haul_virtqueue_in_flight(&net->transmit.ring))
			return err;
		err = haul_virtio_net_kick_transmit(net);
		if (!err)
			err = await_some(net, late, deadline);
		if (!err)
			err = collect(net, NULL);
		if (err)
			return err;
	}
}

int haul_virtio_net_send_wait(struct haul_virtio_net *net, struct haul_virtio_net_frame *frame,
			      const struct haul_iovec *pieces, size_t npieces, uint64_t deadline)
{
	int err = send_when_possible(net, frame, pieces, npieces, deadline);

	if (!err)
		err = haul_virtio_net_kick_transmit(net);
	while (!err) {
		const bool late = haul_platform_clock() >= deadline;

		err = collect(net, frame);
		if (!frame->busy)
			return frame->result;
		if (!err)
			err = await_some(net, late, deadline);
	}
	return err;
}

/* The configuration. */

static int read_config(struct haul_virtio_net *net, size_t off, unsigned width, size_t count,
		       void *values)
{
	const int err = haul_virtio_config_read(net->device, off, width, count, values);

	return err == -HAUL_ERANGE ? haul_virtio_fail(net->device, HAUL_VIRTIO_CONFIG) : err;
}

static int read_mac(struct haul_virtio_net *net)
{
	int err;

	if (!has(net, HAUL_VIRTIO_NET_F_MAC))
		return 0;
	err = read_config(net, CONFIG_MAC, 1, sizeof net->mac, net->mac);
	/* Its lowest bit makes it a group's (IEEE 802, 9.2). */
	if (!err && net->mac[0] & 1)
		err = haul_virtio_fail(net->device, HAUL_VIRTIO_CONFIG);
	return err;
}

static int read_mtu(struct haul_virtio_net *net)
{
	uint16_t mtu;
	int err;

	net->mtu = HAUL_VIRTIO_NET_MTU;
	if (!has(net, HAUL_VIRTIO_NET_F_MTU))
		return 0;
	err = read_config(net, CONFIG_MTU, sizeof mtu, 1, &mtu);
	if (!err && mtu < MTU_MIN)
		err = haul_virtio_fail(net->device, HAUL_VIRTIO_CONFIG);
	if (!err)
		net->mtu = mtu;
	return err;
}

int haul_virtio_net_mac(const struct haul_virtio_net *net, uint8_t mac[6])
{
	const int err = haul_virtio_running(net->device);

	if (err)
		return err;
	if (!has(net, HAUL_VIRTIO_NET_F_MAC))
		return -HAUL_ENOTSUP;
	for (size_t i = 0; i < sizeof net->mac; i++)
		mac[i] = net->mac[i];
	return 0;
}

int haul_virtio_net_link(struct haul_virtio_net *net, bool *up)
{
	uint16_t status = STATUS_LINK_UP;
	int err = haul_virtio_running(net->device);

	if (!err && has(net, HAUL_VIRTIO_NET_F_STATUS))
		err = read_config(net, CONFIG_STATUS, sizeof status, 1, &status);
	if (!err)
		*up = status & STATUS_LINK_UP;
	return err;
}

/* Coming and going. */

static void choose(struct haul_virtio_net *net)
{
	const bool legacy = net->device->transport.legacy;

	net->merges = has(net, HAUL_VIRTIO_NET_F_MRG_RXBUF);
	net->header = legacy && !net->merges ? HEADER_SHORT : HAUL_VIRTIO_NET_HEADER;
	net->split = legacy && !has(net, HAUL_VIRTIO_F_ANY_LAYOUT);
	net->buffer_min = net->header;
	if (!net->merges)
		net->buffer_min += net->mtu + HAUL_VIRTIO_NET_ETHERNET;
}

static int open_queues(struct haul_virtio_net *net, const struct haul_virtio_net_config *config)
{
	int err = haul_virtio_queue_open(net->device, &net->receive, QUEUE_RECEIVE,
					 HAUL_VIRTQUEUE_SIZE_MAX, config->receive_slots,
					 config->nreceive, 0, config->receive_vector);

	if (!err)
		err = haul_virtio_queue_open(net->device, &net->transmit, QUEUE_TRANSMIT,
					     HAUL_VIRTQUEUE_SIZE_MAX, config->transmit_slots,
					     config->ntransmit, 1 + HAUL_VIRTIO_NET_SEGMENTS,
					     config->transmit_vector);
	/* A header and a piece of a frame are two segments. */
	if (!err && (net->transmit.place.size < 2 || (net->split && net->receive.place.size < 2)))
		err = -HAUL_ENOSPC;
	if (!err)
		haul_virtqueue_disable(&net->transmit.ring);
	return err;
}

static int bring_up(struct haul_virtio_net *net, const struct haul_virtio_net_config *config)
{
	int err = read_mac(net);

	if (!err)
		err = read_mtu(net);
	if (err)
		return err;
	choose(net);
	err = haul_dma_coherent_alloc(&net->zeros, net->device->dma, HAUL_VIRTIO_NET_HEADER, 0);
	if (!err)
		err = open_queues(net, config);
	return err ? err : haul_virtio_start(net->device);
}

int haul_virtio_net_open(struct haul_virtio_net *net, struct haul_virtio *device,
			 const struct haul_virtio_net_config *config)
{
	int err = haul_virtio_begin(device, &driver);

	*net = (struct haul_virtio_net){0};
	if (err)
		return err;
	net->device = device;
	err = bring_up(net, config);
	if (err)
		haul_virtio_net_close(net);
	return err;
}

/* After a reset a buffer is the CPU's, and nothing in it is worth anything. */
static void release(struct haul_virtio_net_buffer *buffer)
{
	haul_dma_cancel(&buffer->stream);
	buffer->taken = buffer->stream.size;
	buffer->len = 0;
	buffer->posted = false;
}

static void release_all(struct haul_virtio_net *net)
{
	struct haul_virtqueue_used used;

	while (!haul_virtqueue_detach(&net->receive.ring, &used))
		release(used.cookie);
	while (!haul_virtqueue_detach(&net->transmit.ring, &used)) {
		finish(used.cookie, -HAUL_ETIMEDOUT);
		put_sent(net, used.cookie);
	}
	if (net->fresh)
		release(net->fresh);
	for (; net->head; net->head = net->head->next)
		release(net->head);
	net->fresh = NULL;
}

int haul_virtio_net_close(struct haul_virtio_net *net)
{
	int err;

	if (!net->device)
		return -HAUL_EINVAL;
	err = haul_virtio_let_go(net->device);
	if (err)
		return err;
	release_all(net);
	err = net->zeros.size ? haul_dma_coherent_free(&net->zeros) : 0;
	if (!err)
		net->device = NULL;
	return err;
}
