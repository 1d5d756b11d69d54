/* SPDX-License-Identifier: MIT */
/* One thread sends and one receives, as haul/virtio_net.h lets them, while a third is the
 * device. */
#include "virtio_machine.h"
#include <haul/virtio_net.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

enum { RECEIVE, TRANSMIT, SLOTS = 16, BUFFERS = 8, FRAMES = 12, BYTES = 2048, LINE = 64 };

static struct haul_virtio_net net;
static struct haul_virtio_net_buffer buffers[BUFFERS];
static struct haul_virtio_net_frame frames[FRAMES];
static unsigned char *numbers; /* LINE bytes for each of frames: what it says */
static struct haul_virtqueue_slot receive_slots[SLOTS], transmit_slots[SLOTS];
static atomic_uint wrong;

static uint32_t turns(void)
{
	return test_under_qemu() ? 1000 : 10000;
}

/* What goes wrong is counted: assertions are for the test's own thread. */
static void check(bool right)
{
	if (!right)
		wrong++;
}

/* Frames have the numbers from 0 on, in their order. */
static void check_number(uint32_t number, uint32_t *expected)
{
	check(number == *expected);
	++*expected;
}

static bool take_number(uint32_t *expected)
{
	struct haul_virtio_mock_request request;
	uint32_t number = 0;

	if (haul_virtio_mock_take(&machine.mock, TRANSMIT, &request) != 1)
		return false;
	check(haul_virtio_mock_read(&machine.mock, &request, net.header, &number, sizeof number) ==
	      0);
	check_number(number, expected);
	check(haul_virtio_mock_use(&machine.mock, &request, 0) == 0);
	return true;
}

static bool give_number(uint32_t *number)
{
	static const unsigned char header[HAUL_VIRTIO_NET_HEADER];
	const uint32_t len = (uint32_t)(net.header + sizeof *number);
	struct haul_virtio_mock_request request;

	if (*number == turns() || haul_virtio_mock_take(&machine.mock, RECEIVE, &request) != 1)
		return false;
	check(haul_virtio_mock_write(&machine.mock, &request, 0, header, net.header) == 0);
	check(haul_virtio_mock_write(&machine.mock, &request, net.header, number, sizeof *number) ==
	      0);
	check(haul_virtio_mock_use(&machine.mock, &request, len) == 0);
	++*number;
	return true;
}

static void *be_the_device(void *unused)
{
	uint32_t taken = 0, given = 0;

	while (!wrong && (taken < turns() || given < turns())) {
		const bool took = take_number(&taken);

		if (!give_number(&given) && !took)
			sched_yield();
	}
	return unused;
}

static void collect_sent(void)
{
	struct haul_virtio_net_frame *sent;
	int got;

	while ((got = haul_virtio_net_sent(&net, &sent)) == 1)
		check(sent->result == 0);
	check(got == 0);
}

static struct haul_virtio_net_frame *idle_frame(void)
{
	while (!wrong) {
		for (unsigned i = 0; i < FRAMES; i++)
			if (!frames[i].busy)
				return &frames[i];
		check(haul_virtio_net_kick_transmit(&net) == 0);
		collect_sent();
		sched_yield();
	}
	return NULL;
}

/* False: there is no room now. */
static bool send_number(struct haul_virtio_net_frame *frame, uint32_t number)
{
	unsigned char *const said = numbers + (size_t)(frame - frames) * LINE;
	const struct haul_iovec piece = {said, sizeof number};
	int err;

	memcpy(said, &number, sizeof number);
	err = haul_virtio_net_send(&net, frame, &piece, 1);
	check(err == 0 || err == -HAUL_ENOSPC);
	return err == 0;
}

static void *send_all(void *unused)
{
	for (uint32_t number = 0; number < turns();) {
		struct haul_virtio_net_frame *const frame = idle_frame();

		if (!frame)
			return unused;
		if (send_number(frame, number)) {
			number++;
			continue;
		}
		check(haul_virtio_net_kick_transmit(&net) == 0);
		collect_sent();
		sched_yield();
	}
	check(haul_virtio_net_kick_transmit(&net) == 0);
	return unused;
}

static void *receive_all(void *unused)
{
	uint32_t expected = 0;

	while (!wrong && expected < turns()) {
		struct haul_virtio_net_buffer *frame;
		uint32_t number;

		if (haul_virtio_net_receive(&net, &frame) != 1) {
			check(haul_virtio_net_kick_receive(&net) == 0);
			sched_yield();
			continue;
		}
		check(frame->len == sizeof number && !frame->next);
		memcpy(&number, frame->data, sizeof number);
		check_number(number, &expected);
		check(haul_virtio_net_post(&net, frame) == 0);
	}
	return unused;
}

static void open_net(void)
{
	const struct haul_virtio_net_config config = {
		.receive_slots = receive_slots,
		.transmit_slots = transmit_slots,
		.nreceive = SLOTS,
		.ntransmit = SLOTS,
		.receive_vector = HAUL_VIRTIO_NO_VECTOR,
		.transmit_vector = HAUL_VIRTIO_NO_VECTOR,
	};

	memset(buffers, 0, sizeof buffers);
	memset(frames, 0, sizeof frames);
	memset(receive_slots, 0, sizeof receive_slots);
	memset(transmit_slots, 0, sizeof transmit_slots);
	cr_assert(haul_virtio_net_open(&net, &machine.device, &config) == 0);
	numbers = machine_memory(FRAMES * LINE);
	for (unsigned i = 0; i < BUFFERS; i++) {
		cr_assert(haul_virtio_net_map(&net, &buffers[i], machine_memory(BYTES), BYTES) ==
			  0);
		cr_assert(haul_virtio_net_post(&net, &buffers[i]) == 0);
	}
	cr_assert(haul_virtio_net_kick_receive(&net) == 0);
}

static void close_net(void)
{
	struct haul_virtio_net_frame *sent;

	cr_assert(haul_virtio_net_close(&net) == 0);
	while (haul_virtio_net_sent(&net, &sent) == 1)
		cr_assert(sent->result == 0 || sent->result == -HAUL_ETIMEDOUT);
	for (unsigned i = 0; i < BUFFERS; i++)
		cr_assert(haul_virtio_net_unmap(&buffers[i]) == 0);
	cr_assert(haul_virtio_close(&machine.device) == 0);
}

/* A modelled Hal is for one thread. */
static void run_threads(void)
{
	void *(*const roles[])(void *) = {be_the_device, send_all, receive_all};
	pthread_t thread[3];

	if (machine_is_model())
		return;
	machine.config.later = true;
	machine_begin();
	machine_open();
	wrong = 0;
	open_net();
	for (unsigned i = 0; i < 3; i++)
		cr_assert(pthread_create(&thread[i], NULL, roles[i], NULL) == 0);
	for (unsigned i = 0; i < 3; i++)
		cr_assert(pthread_join(thread[i], NULL) == 0);
	cr_assert(wrong == 0, "%u", wrong);
	close_net();
	machine_end();
}

Test(virtio_net_contention, one_thread_sends_and_one_receives)
{
	machine_setup(HAUL_VIRTIO_NET_TYPE, 0);
	machine_each(run_threads);
	machine_setup(HAUL_VIRTIO_NET_TYPE, MACHINE_ALL);
	machine_each(run_threads);
}
