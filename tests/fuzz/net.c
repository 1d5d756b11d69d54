/* SPDX-License-Identifier: MIT */
/* Network devices. */
#include "driver.h"
#include "targets.h"
#include <haul/virtio_net.h>
#include <string.h>

enum { BUFFERS = 4, FRAMES = 3, SLOTS = 16, CALLS = 64, LEN = 60, RECEIVE = 0, BYTE = 0x5a };

static struct haul_virtio_net net;
static struct haul_virtqueue_slot receive_slots[SLOTS], transmit_slots[SLOTS];
static struct haul_virtio_net_buffer buffers[BUFFERS];
static struct haul_virtio_net_frame frames[FRAMES];
static bool sending[FRAMES]; /* submitted, and to be asked for */

/* A frame in one buffer; what is sent goes nowhere. */
static uint32_t work(const struct haul_virtio_mock_request *request)
{
	unsigned char bytes[HAUL_VIRTIO_NET_HEADER + LEN];
	const size_t header =
		machine.config.legacy && !haul_virtio_features_have(&machine.mock.accepted,
								    HAUL_VIRTIO_NET_F_MRG_RXBUF)
			? HAUL_VIRTIO_NET_HEADER - 2
			: HAUL_VIRTIO_NET_HEADER;
	size_t n = header + LEN;

	if (request->queue != RECEIVE)
		return 0;
	memset(bytes, 0, sizeof bytes);
	bytes[10] = 1; /* num_buffers */
	memset(bytes + header, BYTE, LEN);
	if (n > request->writable)
		n = (size_t)request->writable;
	haul_virtio_mock_write(&machine.mock, request, 0, bytes, n);
	return (uint32_t)n;
}

static const unsigned char config[] = {2, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0xdc, 5}; /* MTU 1500 */
static const struct machine_kind kind = {
	.type = HAUL_VIRTIO_NET_TYPE,
	.features = 1 << HAUL_VIRTIO_NET_F_MTU | 1 << HAUL_VIRTIO_NET_F_MAC |
		    1 << HAUL_VIRTIO_NET_F_MRG_RXBUF | 1 << HAUL_VIRTIO_NET_F_STATUS,
	.config = config,
	.config_size = sizeof config,
	.work = work,
};

#define USE_ERRORS HAUL_EIO, HAUL_ENODEV, HAUL_EINVAL, HAUL_EPROTO

static int start(void)
{
	const struct haul_virtio_net_config wanted = {
		.receive_slots = receive_slots,
		.transmit_slots = transmit_slots,
		.nreceive = SLOTS,
		.ntransmit = SLOTS,
		.receive_vector = HAUL_VIRTIO_NO_VECTOR,
		.transmit_vector = HAUL_VIRTIO_NO_VECTOR,
	};

	if (net.device)
		return 0;
	return RETURNS(haul_virtio_net_open(&net, &machine.device, &wanted), HAUL_ENODEV,
		       HAUL_ENOTSUP, HAUL_EPROTO, HAUL_ETIMEDOUT, HAUL_EBUSY, HAUL_ENOENT,
		       HAUL_ENOMEM, HAUL_EIO, HAUL_ENOSPC, HAUL_EAGAIN);
}

/* One way to learn that frames have gone is left after each close. */
static int collect(void)
{
	struct haul_virtio_net_frame *frame;
	const int got = RETURNS(haul_virtio_net_sent(&net, &frame), USE_ERRORS);

	if (got == 1) {
		const ptrdiff_t i = frame - frames;

		cr_assert(i >= 0 && i < FRAMES && sending[i] && !frame->busy);
		input_result(frame->result, "a frame", (const int[]){HAUL_ETIMEDOUT, 0});
		sending[i] = false;
	}
	return got;
}

static int stop(void)
{
	const int err = RETURNS(haul_virtio_net_close(&net), HAUL_EINVAL, HAUL_ETIMEDOUT,
				HAUL_ENODEV, HAUL_EPROTO);

	cr_assert(err || !net.device);
	while (!net.device && collect() == 1)
		;
	return err;
}

static void map_one(void)
{
	const unsigned i = input_below(BUFFERS);
	const size_t size = input_byte() * 8u;

	RETURNS(haul_virtio_net_map(&net, &buffers[i], machine_buffer(i),
				    size ? size : MACHINE_BUFFER),
		USE_ERRORS, HAUL_EBUSY, HAUL_ENOMEM);
}

/* One that is not posted: no device has it, not even one whose reset is not confirmed. */
static int unmap(struct haul_virtio_net_buffer *buffer)
{
	int err;

	machine.spare = true;
	err = RETURNS(haul_virtio_net_unmap(buffer), HAUL_EBUSY, HAUL_EINVAL);
	machine.spare = false;
	return err;
}

static void post_one(void)
{
	RETURNS(haul_virtio_net_post(&net, &buffers[input_below(BUFFERS)]), USE_ERRORS, HAUL_ENOSPC,
		HAUL_EBUSY);
	if (input_byte() & 1)
		RETURNS(haul_virtio_net_kick_receive(&net), USE_ERRORS);
}

/* What is handed out lies in buffers of ours, which are ours again. */
static void check_frame(const struct haul_virtio_net_buffer *buffer)
{
	for (unsigned n = 0; buffer; buffer = buffer->next, n++) {
		const ptrdiff_t i = buffer - buffers;
		const unsigned char *const start = buffer->stream.virt;

		cr_assert(i >= 0 && i < BUFFERS && n < BUFFERS && !buffer->posted);
		cr_assert(buffer->data >= start &&
			  buffer->data + buffer->len <= start + buffer->stream.size);
	}
}

static void receive(void)
{
	struct haul_virtio_net_buffer *frame;

	if (input_byte() & 1)
		RETURNS(haul_virtio_net_receive_wait(&net, &frame, input_soon()), USE_ERRORS,
			HAUL_ETIMEDOUT);
	else
		RETURNS(haul_virtio_net_receive(&net, &frame), USE_ERRORS);
	check_frame(frame);
}

static void send_one(void)
{
	const unsigned i = input_below(FRAMES);
	const struct haul_iovec pieces[] = {{machine_buffer(BUFFERS), input_value(1) * 8},
					    {machine_buffer(BUFFERS + 1), 1 + input_value(1)}};
	const size_t n = input_below(3);
	int err;

	if (sending[i])
		return;
	if (input_byte() & 1) {
		err = RETURNS(haul_virtio_net_send_wait(&net, &frames[i], pieces, n, input_soon()),
			      USE_ERRORS, HAUL_ENOSPC, HAUL_EBUSY, HAUL_ENOMEM, HAUL_ETIMEDOUT);
		sending[i] = frames[i].busy;
		return;
	}
	err = RETURNS(haul_virtio_net_send(&net, &frames[i], pieces, n), USE_ERRORS, HAUL_ENOSPC,
		      HAUL_EBUSY, HAUL_ENOMEM);
	sending[i] = !err;
	RETURNS(haul_virtio_net_kick_transmit(&net), USE_ERRORS);
}

static void ask(void)
{
	uint8_t mac[6];
	bool up;

	switch (input_below(4)) {
	case 0:
		RETURNS(haul_virtio_net_link(&net, &up), USE_ERRORS, HAUL_EAGAIN);
		break;
	case 1:
		RETURNS(haul_virtio_net_mac(&net, mac), USE_ERRORS, HAUL_ENOTSUP);
		break;
	case 2:
		driver_interrupt();
		break;
	default:
		driver_check();
	}
}

static void step(void)
{
	switch (input_below(10)) {
	case 0:
		machine_act();
		break;
	case 1:
		map_one();
		break;
	case 2:
		post_one();
		break;
	case 3:
		receive();
		break;
	case 4:
		send_one();
		break;
	case 5:
		collect();
		break;
	case 6:
		ask();
		break;
	case 7:
		unmap(&buffers[input_below(BUFFERS)]);
		break;
	case 8:
		stop();
		break;
	default:
		start();
	}
}

static void close_net(void)
{
	if (net.device)
		cr_assert(stop() == 0);
	for (unsigned i = 0; i < FRAMES; i++)
		cr_assert(!sending[i] && !frames[i].busy, "a frame is lost");
	for (unsigned i = 0; i < BUFFERS; i++) {
		cr_assert(!buffers[i].posted, "a buffer is lost");
		if (buffers[i].stream.size)
			cr_assert(unmap(&buffers[i]) == 0);
	}
}

static void check_works(void)
{
	const struct haul_iovec piece = {machine_buffer(BUFFERS), LEN};
	struct haul_virtio_net_buffer *frame;

	machine_again();
	cr_assert(start() == 0);
	cr_assert(haul_virtio_net_map(&net, &buffers[0], machine_buffer(0), MACHINE_BUFFER) == 0);
	cr_assert(haul_virtio_net_post(&net, &buffers[0]) == 0);
	cr_assert(haul_virtio_net_kick_receive(&net) == 0);
	cr_assert(haul_virtio_net_receive_wait(&net, &frame, input_soon()) == 0);
	check_frame(frame);
	cr_assert(frame == &buffers[0] && frame->len == LEN && !frame->next);
	for (unsigned i = 0; i < LEN; i++)
		cr_assert(frame->data[i] == BYTE);
	cr_assert(haul_virtio_net_send_wait(&net, &frames[0], &piece, 1, input_soon()) == 0);
	close_net();
}

void fuzz_net(const uint8_t *data, size_t size)
{
	input_begin(data, size);
	machine_begin(&kind);
	memset(&net, 0, sizeof net);
	memset(receive_slots, 0, sizeof receive_slots);
	memset(transmit_slots, 0, sizeof transmit_slots);
	memset(buffers, 0, sizeof buffers);
	memset(frames, 0, sizeof frames);
	memset(sending, 0, sizeof sending);
	start();
	for (unsigned i = 0; i < CALLS && input_left(); i++)
		step();
	machine_mend();
	close_net();
	check_works();
	machine_end();
}
