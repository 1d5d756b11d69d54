/* SPDX-License-Identifier: MIT */
/*
 * The console: virtio 1.4, 5.3.
 *
 * All buffers of a direction are one stream.  Each is handed over from its first byte on, so
 * what the device has is never in more pieces than there are buffers.
 *
 * Lengths come clamped from the ring.  A buffer that came back with nothing in it is not
 * forbidden, so it is posted again; how many of them one call looks at is bounded.
 */
#include "../platform.h"
#include "request.h"
#include <haul/virtio_console.h>

_Static_assert((int)HAUL_VIRTIO_CONSOLE_BUFFERS <= (int)HAUL_DMA_PIECES, "a piece for each buffer");

enum {
	/* 5.3.2 */
	QUEUE_RECEIVE = 0,
	QUEUE_TRANSMIT = 1,
	/* 5.3.4; columns are first, as all devices and drivers have them. */
	CONFIG_COLUMNS = 0,
	CONFIG_EMERGENCY = 8,
	CONFIG_END = 12,
	ALL_BYTES = HAUL_VIRTIO_CONSOLE_BUFFERS * HAUL_VIRTIO_CONSOLE_BYTES
};

static const struct haul_virtio_driver driver = {
	.type = HAUL_VIRTIO_CONSOLE_TYPE,
	.implemented = {{1u << HAUL_VIRTIO_CONSOLE_F_SIZE |
			 1u << HAUL_VIRTIO_CONSOLE_F_EMERG_WRITE}},
};

static void put(struct haul_virtio_console_buffer **list, struct haul_virtio_console_buffer *buffer)
{
	buffer->next = *list;
	*list = buffer;
}

/* Receiving. */

/* n bytes, and what shares cache blocks with them. */
static size_t whole_blocks(const struct haul_dma_stream *stream, size_t n)
{
	return (n + stream->granule - 1) & ~(stream->granule - 1);
}

static int post(struct haul_virtio_console *console, struct haul_virtio_console_buffer *buffer)
{
	const struct haul_dma_segment segment = {{console->input.iova.value + buffer->off},
						 HAUL_VIRTIO_CONSOLE_BYTES};
	const int err = haul_dma_for_device(&console->input, buffer->off, buffer->taken);

	if (err)
		return err;
	buffer->taken = 0;
	return haul_virtqueue_add(&console->receive.ring, NULL, 0, &segment, 1, buffer, NULL);
}

static int post_spare(struct haul_virtio_console *console)
{
	while (console->spare && haul_virtqueue_room(&console->receive.ring, 1)) {
		struct haul_virtio_console_buffer *const buffer = console->spare;
		const int err = post(console, buffer);

		if (err)
			return err;
		console->spare = buffer->next;
	}
	return haul_virtio_kick(&console->receive);
}

static int take_input(struct haul_virtio_console *console,
		      struct haul_virtio_console_buffer *buffer, size_t len)
{
	const size_t taken = whole_blocks(&console->input, len);
	const int err = haul_dma_for_cpu(&console->input, buffer->off, taken);

	if (err)
		return err;
	buffer->taken = taken;
	buffer->at = 0;
	buffer->end = len;
	return 0;
}

/* Makes console->reading a buffer with bytes in it: 1; 0: there is none. */
static int next_input(struct haul_virtio_console *console)
{
	for (unsigned i = 0; i < HAUL_VIRTIO_CONSOLE_BUFFERS; i++) {
		struct haul_virtqueue_used used;
		int err = haul_virtio_request_pop(&console->receive, &used);

		if (err <= 0)
			return err;
		err = take_input(console, used.cookie, used.len);
		if (!err && used.len) {
			console->reading = used.cookie;
			return 1;
		}
		put(&console->spare, used.cookie);
		if (err)
			return err;
	}
	return 0;
}

/* To the caller's memory, from one buffer. */
static int copy_out(struct haul_virtio_console *console, struct haul_writer *to)
{
	struct haul_virtio_console_buffer *const buffer = console->reading;
	struct haul_reader from;
	size_t done;
	int err = haul_dma_reader(&console->input, buffer->off + buffer->at,
				  buffer->end - buffer->at, &from);

	if (err)
		return err;
	err = haul_cursor_transfer(&from, to, &done, NULL);
	buffer->at += done;
	if (buffer->at == buffer->end) {
		console->reading = NULL;
		put(&console->spare, buffer);
	}
	return err;
}

/* Until the memory is full or there is no more. */
static int read_all(struct haul_virtio_console *console, struct haul_writer *to)
{
	int err = 0;

	while (!err && to->avail) {
		const int got = console->reading ? 1 : next_input(console);

		if (got <= 0)
			return got;
		err = copy_out(console, to);
	}
	return err;
}

int haul_virtio_console_read(struct haul_virtio_console *console, void *p, size_t n, size_t *done)
{
	struct haul_writer to = haul_writer_make(p, n, HAUL_MEMORY_FALLIBLE);
	int err = haul_virtio_running(console->device), posted;

	*done = 0;
	if (err)
		return err;
	err = read_all(console, &to);
	*done = n - to.avail;
	posted = post_spare(console);
	return err ? err : posted;
}

int haul_virtio_console_read_wait(struct haul_virtio_console *console, void *p, size_t n,
				  size_t *done, uint64_t deadline)
{
	for (;;) {
		const bool late = haul_platform_clock() >= deadline;
		int err = haul_virtio_console_read(console, p, n, done);

		if (err || *done || !n)
			return err;
		if (late)
			return -HAUL_ETIMEDOUT;
		err = haul_virtio_wait(&console->receive, deadline);
		if (err && err != -HAUL_ETIMEDOUT)
			return err;
	}
}

/* Transmitting. */

/* What the device has transmitted is idle again; lengths say nothing here (5.3.6). */
static int reap(struct haul_virtio_console *console)
{
	struct haul_virtqueue_used used;
	int got;

	while ((got = haul_virtio_request_pop(&console->transmit, &used)) == 1)
		put(&console->idle, used.cookie);
	return got;
}

/* What of it was the device's, if the Hal did not take that back before. */
static int take_output(struct haul_virtio_console *console,
		       struct haul_virtio_console_buffer *buffer)
{
	const int err = haul_dma_for_cpu(&console->output, buffer->off, buffer->given);

	if (!err)
		buffer->given = 0;
	return err;
}

/* From the caller's memory, as much as one buffer takes, and as can be read. */
static int copy_in(struct haul_virtio_console *console, struct haul_virtio_console_buffer *buffer,
		   struct haul_reader *from)
{
	struct haul_writer to;
	int err = take_output(console, buffer);

	buffer->end = 0;
	if (!err)
		err = haul_dma_writer(&console->output, buffer->off, HAUL_VIRTIO_CONSOLE_BYTES,
				      &to);
	return err ? err : haul_cursor_transfer(from, &to, &buffer->end, NULL);
}

static int transmit(struct haul_virtio_console *console, struct haul_virtio_console_buffer *buffer)
{
	const struct haul_dma_segment segment = {{console->output.iova.value + buffer->off},
						 buffer->end};
	int err = haul_dma_for_device(&console->output, buffer->off, buffer->end);

	if (err)
		return err;
	buffer->given = buffer->end;
	err = haul_virtqueue_add(&console->transmit.ring, &segment, 1, NULL, 0, buffer, NULL);
	if (!err)
		console->idle = buffer->next;
	return err;
}

/* Fills one buffer.  What could not be handed on has not been read. */
static int write_some(struct haul_virtio_console *console, struct haul_reader *from)
{
	struct haul_virtio_console_buffer *const buffer = console->idle;
	struct haul_reader rest = *from;
	const int copied = copy_in(console, buffer, &rest);
	int err;

	if (!buffer->end)
		return copied;
	err = transmit(console, buffer);
	if (err)
		return err;
	*from = rest;
	return copied;
}

int haul_virtio_console_write(struct haul_virtio_console *console, const void *p, size_t n,
			      size_t *done)
{
	struct haul_reader from = haul_reader_make(p, n, HAUL_MEMORY_FALLIBLE);
	int err = haul_virtio_running(console->device), kicked;

	*done = 0;
	if (!err)
		err = reap(console);
	if (err)
		return err;
	while (!err && from.remain && console->idle &&
	       haul_virtqueue_room(&console->transmit.ring, 1))
		err = write_some(console, &from);
	*done = n - from.remain;
	kicked = haul_virtio_kick(&console->transmit);
	return err ? err : kicked;
}

int haul_virtio_console_write_wait(struct haul_virtio_console *console, const void *p, size_t n,
				   size_t *done, uint64_t deadline)
{
	const unsigned char *const bytes = p;

	*done = 0;
	for (;;) {
		const bool late = haul_platform_clock() >= deadline;
		size_t part;
		int err = haul_virtio_console_write(console, bytes + *done, n - *done, &part);

		*done += part;
		if (err || *done == n)
			return err;
		if (late)
			return -HAUL_ETIMEDOUT;
		err = haul_virtio_wait(&console->transmit, deadline);
		if (err && err != -HAUL_ETIMEDOUT)
			return err;
	}
}

int haul_virtio_console_flush(struct haul_virtio_console *console, uint64_t deadline)
{
	for (;;) {
		const bool late = haul_platform_clock() >= deadline;
		int err = haul_virtio_running(console->device);

		if (!err)
			err = reap(console);
		if (err || !haul_virtqueue_in_flight(&console->transmit.ring))
			return err;
		if (late)
			return -HAUL_ETIMEDOUT;
		err = haul_virtio_wait(&console->transmit, deadline);
		if (err && err != -HAUL_ETIMEDOUT)
			return err;
	}
}

/* The configuration. */

int haul_virtio_console_size(struct haul_virtio_console *console, unsigned *columns, unsigned *rows)
{
	uint16_t size[2];
	int err = haul_virtio_running(console->device);

	if (!err && !haul_virtio_has(console->device, HAUL_VIRTIO_CONSOLE_F_SIZE))
		err = -HAUL_ENOTSUP;
	if (!err)
		err = haul_virtio_config_read(console->device, CONFIG_COLUMNS, sizeof size[0], 2,
					      size);
	if (err == -HAUL_ERANGE)
		err = haul_virtio_fail(console->device, HAUL_VIRTIO_CONFIG);
	if (err)
		return err;
	*columns = size[0];
	*rows = size[1];
	return 0;
}

/* 5.3.5: whether it was offered is what counts, in any state. */
static int check_emergency(struct haul_virtio *device)
{
	uint32_t bits = (uint32_t)device->offered.words[0];
	int err = 0;

	if (__atomic_load_n(&device->state, __ATOMIC_RELAXED) == HAUL_VIRTIO_CLOSED)
		return -HAUL_EINVAL;
	if (device->transport.type != HAUL_VIRTIO_CONSOLE_TYPE)
		return -HAUL_ENODEV;
	if (!bits)
		err = device->transport.ops->features(device->transport.ctx, 0, &bits);
	if (!err && (!(bits >> HAUL_VIRTIO_CONSOLE_F_EMERG_WRITE & 1) ||
		     device->transport.config_size < CONFIG_END))
		err = -HAUL_ENOTSUP;
	return err;
}

int haul_virtio_console_emergency(struct haul_virtio *device, const char *text, size_t n)
{
	const struct haul_virtio_transport *const transport = &device->transport;
	int err = check_emergency(device);

	for (size_t i = 0; !err && i < n; i++)
		err = transport->ops->config_write(transport->ctx, CONFIG_EMERGENCY, 4,
						   (unsigned char)text[i]);
	return err;
}

/* Coming and going. */

static int open_queues(struct haul_virtio_console *console, const uint16_t vectors[2])
{
	int err = haul_virtio_queue_open(console->device, &console->receive, QUEUE_RECEIVE,
					 HAUL_VIRTIO_CONSOLE_BUFFERS, console->receive_slots,
					 HAUL_VIRTIO_CONSOLE_BUFFERS, 0, vectors[0]);

	if (!err)
		err = haul_virtio_queue_open(console->device, &console->transmit, QUEUE_TRANSMIT,
					     HAUL_VIRTIO_CONSOLE_BUFFERS, console->transmit_slots,
					     HAUL_VIRTIO_CONSOLE_BUFFERS, 0, vectors[1]);
	if (!err)
		haul_virtqueue_disable(&console->transmit.ring);
	return err;
}

static void lay_out(struct haul_virtio_console *console)
{
	for (unsigned i = HAUL_VIRTIO_CONSOLE_BUFFERS; i--;) {
		console->in[i].off = console->out[i].off = (size_t)i * HAUL_VIRTIO_CONSOLE_BYTES;
		console->in[i].taken = HAUL_VIRTIO_CONSOLE_BYTES;
		put(&console->spare, &console->in[i]);
		put(&console->idle, &console->out[i]);
	}
}

static int begin(struct haul_dma_stream *stream, struct haul_dma_device *dma,
		 enum haul_dma_direction direction)
{
	const int err = haul_dma_alloc(stream, dma, ALL_BYTES, direction, 0);

	if (err)
		stream->size = 0;
	return err;
}

static int bring_up(struct haul_virtio_console *console, const uint16_t vectors[2])
{
	struct haul_dma_device *const dma = console->device->dma;
	int err = begin(&console->input, dma, HAUL_DMA_FROM_DEVICE);

	if (!err && console->input.granule > HAUL_VIRTIO_CONSOLE_BYTES)
		err = -HAUL_ENOTSUP;
	if (!err)
		err = begin(&console->output, dma, HAUL_DMA_TO_DEVICE);
	if (!err)
		err = open_queues(console, vectors);
	if (err)
		return err;
	lay_out(console);
	err = haul_virtio_start(console->device);
	return err ? err : post_spare(console);
}

int haul_virtio_console_open(struct haul_virtio_console *console, struct haul_virtio *device,
			     const uint16_t vectors[2])
{
	static const uint16_t none[2] = {HAUL_VIRTIO_NO_VECTOR, HAUL_VIRTIO_NO_VECTOR};
	int err = haul_virtio_begin(device, &driver);

	*console = (struct haul_virtio_console){0};
	if (err)
		return err;
	console->device = device;
	err = bring_up(console, vectors ? vectors : none);
	if (err)
		haul_virtio_console_close(console);
	return err;
}

static int end(struct haul_dma_stream *stream)
{
	const int err = stream->size ? haul_dma_unmap(stream, 0) : 0;

	if (!err)
		stream->size = 0;
	return err;
}

int haul_virtio_console_close(struct haul_virtio_console *console)
{
	int err;

	if (!console->device)
		return -HAUL_EINVAL;
	err = haul_virtio_let_go(console->device);
	if (!err)
		err = end(&console->input);
	if (!err)
		err = end(&console->output);
	if (!err)
		console->device = NULL;
	return err;
}
