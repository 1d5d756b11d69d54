/* SPDX-License-Identifier: MIT */
/*
 * The network's driver against a device of the test's own, on each kind of machine and with each
 * policy.  aN are the attacks AN of the conformance table (doc/virtio.md), deviation_N what
 * the same driver of another library does wrong.
 */
#include "virtio_machine.h"
#include <haul/virtio_net.h>
#include <string.h>

enum {
	RECEIVE,
	TRANSMIT,
	BUFFERS = 4,
	SLOTS = 32,
	ALL = 2048, /* bytes of a buffer that takes any frame */
	MTU = 1U << HAUL_VIRTIO_NET_F_MTU,
	MAC = 1U << HAUL_VIRTIO_NET_F_MAC,
	MERGE = 1U << HAUL_VIRTIO_NET_F_MRG_RXBUF,
	STATUS = 1U << HAUL_VIRTIO_NET_F_STATUS,
	ANY_LAYOUT = 1U << HAUL_VIRTIO_F_ANY_LAYOUT,
	EVENT_IDX = 1U << HAUL_VIRTIO_F_EVENT_IDX,
	INDIRECT = 1U << HAUL_VIRTIO_F_INDIRECT_DESC
};

static struct haul_virtio_net net;
static struct haul_virtio_net_buffer buffers[BUFFERS], *received;
static struct haul_virtio_net_frame frame, *sent;
static struct haul_virtqueue_slot receive_slots[SLOTS], transmit_slots[SLOTS];
static unsigned char *text; /* the caller's memory, to be sent */

static void setup(uint64_t features)
{
	machine_setup(HAUL_VIRTIO_NET_TYPE, features);
	memcpy(machine.bytes, "\x52\x54\x00\x12\x34\x56\x01\x00\x00\x00\xdc\x05", 12);
}

static int try_open(void)
{
	const struct haul_virtio_net_config config = {
		.receive_slots = receive_slots,
		.transmit_slots = transmit_slots,
		.nreceive = SLOTS,
		.ntransmit = SLOTS,
		.receive_vector = HAUL_VIRTIO_NO_VECTOR,
		.transmit_vector = HAUL_VIRTIO_NO_VECTOR,
	};

	memset(receive_slots, 0, sizeof receive_slots);
	memset(transmit_slots, 0, sizeof transmit_slots);
	return haul_virtio_net_open(&net, &machine.device, &config);
}

static void post_all(void)
{
	for (unsigned i = 0; i < BUFFERS; i++)
		cr_assert(haul_virtio_net_post(&net, &buffers[i]) == 0);
	cr_assert(haul_virtio_net_kick_receive(&net) == 0);
}

/* With buffers of that size mapped and posted. */
static void open_net(size_t size)
{
	cr_assert(try_open() == 0);
	memset(buffers, 0, sizeof buffers);
	memset(&frame, 0, sizeof frame);
	text = machine_memory(ALL);
	for (unsigned i = 0; i < BUFFERS; i++)
		cr_assert(haul_virtio_net_map(&net, &buffers[i], machine_memory(size), size) == 0);
	post_all();
}

static void close_net(void)
{
	cr_assert(haul_virtio_net_close(&net) == 0);
	for (unsigned i = 0; i < BUFFERS; i++) {
		cr_assert(!buffers[i].posted);
		cr_assert(haul_virtio_net_unmap(&buffers[i]) == 0);
	}
	machine_memory_free();
}

/* What is before a frame that is in so many buffers. */
static const unsigned char *header(unsigned count)
{
	static unsigned char bytes[HAUL_VIRTIO_NET_HEADER];

	bytes[10] = (unsigned char)count;
	bytes[11] = (unsigned char)(count >> 8);
	return bytes;
}

/* A frame of n bytes comes, all of them that letter. */
static void deliver(char letter, size_t n)
{
	const struct haul_virtio_mock_request request = machine_take(RECEIVE);
	unsigned char bytes[ALL];

	memset(bytes, letter, n);
	cr_assert(request.nout == 0 && request.writable >= net.header + n);
	machine_write(&request, 0, header(1), net.header);
	machine_write(&request, net.header, bytes, n);
	machine_use(&request, (uint32_t)(net.header + n));
}

static bool is_all(const unsigned char *bytes, char letter, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i] != (unsigned char)letter)
			return false;
	return true;
}

static void expect(char letter, size_t n)
{
	cr_assert(haul_virtio_net_receive(&net, &received) == 1);
	cr_assert(received->len == n && !received->next && !received->posted);
	cr_assert(is_all(received->data, letter, n));
	cr_assert(haul_virtio_net_post(&net, received) == 0);
	cr_assert(haul_virtio_net_kick_receive(&net) == 0);
}

static int send(struct haul_virtio_net_frame *sending, char letter, size_t n)
{
	const struct haul_iovec piece = {text, n};

	memset(text, letter, n);
	return haul_virtio_net_send(&net, sending, &piece, 1);
}

/* The device takes a frame: a header of zeros, and then n times that letter. */
static void take_sent(char letter, size_t n)
{
	const struct haul_virtio_mock_request request = machine_take(TRANSMIT);
	unsigned char bytes[ALL];

	cr_assert(request.nin == 0 && request.readable == net.header + n);
	cr_assert(request.segments[0].len == net.header);
	machine_read(&request, 0, bytes, (size_t)request.readable);
	cr_assert(is_all(bytes, 0, net.header) && is_all(bytes + net.header, letter, n));
	machine_use(&request, 0);
}

static void expect_sent(int result)
{
	cr_assert(haul_virtio_net_sent(&net, &sent) == 1);
	cr_assert(sent == &frame && !sent->busy && sent->result == result);
}

static void works(void)
{
	cr_assert(haul_virtio_net_receive(&net, &received) == 0 && !received);
	deliver('i', 40);
	expect('i', 40);
	cr_assert(haul_virtio_net_sent(&net, &sent) == 0 && !sent);
	cr_assert(send(&frame, 'o', 90) == 0);
	cr_assert(haul_virtio_net_kick_transmit(&net) == 0);
	take_sent('o', 90);
	expect_sent(0);
}

/* Whatever was wrong, closing and opening mends it. */
static void recovers(void)
{
	cr_assert(haul_virtio_net_close(&net) == 0);
	cr_assert(try_open() == 0);
	post_all();
	works();
	close_net();
}

static void both_ways(void)
{
	open_net(ALL);
	for (unsigned i = 0; i < 100; i++)
		works();
	for (size_t n = 0; n <= HAUL_VIRTIO_NET_MTU + HAUL_VIRTIO_NET_ETHERNET; n += 101) {
		deliver('n', n);
		expect('n', n);
	}
	close_net();
}

static void each_interface(void (*body)(void))
{
	static const uint64_t legacy[] = {0, MERGE, ANY_LAYOUT, MERGE | ANY_LAYOUT | INDIRECT};
	static const uint64_t modern[] = {0, MERGE, EVENT_IDX | INDIRECT, MTU | MAC | STATUS};

	for (unsigned i = 0; i < sizeof legacy / sizeof legacy[0]; i++) {
		setup(legacy[i]);
		machine_legacy();
		machine_each_open(body);
	}
	for (unsigned i = 0; i < sizeof modern / sizeof modern[0]; i++) {
		setup(modern[i]);
		machine_each_open(body);
	}
}

Test(virtio_net, both_ways)
{
	each_interface(both_ways);
}

/* 5.1.6: the header's length, and whether it is a segment of its own. */
static void framing(void)
{
	const bool merges = machine.config.features.words[0] & MERGE;
	const bool split =
		machine.config.legacy && !(machine.config.features.words[0] & ANY_LAYOUT);
	struct haul_virtio_mock_request request;

	open_net(ALL);
	cr_assert(net.header == (machine.config.legacy && !merges ? 10 : 12));
	cr_assert(net.merges == merges);
	request = machine_take(RECEIVE);
	cr_assert(request.nin == (split ? 2 : 1) && request.writable == ALL);
	if (split)
		cr_assert(request.segments[0].len == net.header);
	close_net();
}

Test(virtio_net, framing)
{
	each_interface(framing);
}

/* The least that a queue can be. */
static void small_queues(void)
{
	cr_assert(try_open() == 0);
	memset(buffers, 0, sizeof buffers);
	memset(&frame, 0, sizeof frame);
	text = machine_memory(ALL);
	cr_assert(haul_virtio_net_map(&net, &buffers[0], machine_memory(ALL), ALL) == 0);
	cr_assert(haul_virtio_net_post(&net, &buffers[0]) == 0);
	cr_assert(haul_virtio_net_kick_receive(&net) == 0);
	works();
	cr_assert(haul_virtio_net_close(&net) == 0);
	cr_assert(haul_virtio_net_unmap(&buffers[0]) == 0);
}

Test(virtio_net, small_queues)
{
	setup(0);
	machine_max(2);
	machine_each_open(small_queues);
	setup(0);
	machine_max(2);
	machine_legacy();
	machine_each_open(small_queues);
}

/* A buffer that has room for nothing but the header. */
static void least_buffers(void)
{
	open_net(HAUL_VIRTIO_NET_HEADER);
	cr_assert(net.buffer_min == net.header);
	close_net();
}

Test(virtio_net, least_buffers)
{
	setup(MERGE);
	machine_each_open(least_buffers);
	setup(MERGE);
	machine_legacy();
	machine_each_open(least_buffers);
}

static void queue_without_room(void)
{
	cr_assert(try_open() == -HAUL_ENOSPC);
	cr_assert(net.device == NULL);
}

Test(virtio_net, queue_without_room)
{
	setup(0);
	machine_max(1);
	machine_each_open(queue_without_room);
	setup(0);
	machine_legacy();
	machine.queues[RECEIVE].max = 1;
	machine_each_open(queue_without_room);
}

/* Memory of the Hal's. */
static void buffers_of_the_hal(void)
{
	open_net(ALL);
	cr_assert(haul_virtio_net_close(&net) == 0);
	cr_assert(haul_virtio_net_unmap(&buffers[0]) == 0);
	cr_assert(try_open() == 0);
	cr_assert(haul_virtio_net_map(&net, &buffers[0], NULL, ALL) == 0);
	cr_assert(buffers[0].stream.backing != HAUL_DMA_BOUNCE);
	post_all();
	works();
	close_net();
}

Test(virtio_net, buffers_of_the_hal)
{
	setup(0);
	machine_each_open(buffers_of_the_hal);
}

/* Frames in pieces, not aligned. */
static void pieces(void)
{
	struct haul_iovec list[HAUL_VIRTIO_NET_PIECES];
	const struct haul_iovec one = {NULL, 1};
	size_t at = 1, n = 0;

	open_net(ALL);
	memset(text, 'p', ALL);
	for (unsigned i = 0; i < HAUL_VIRTIO_NET_PIECES; i++) {
		list[i] = (struct haul_iovec){text + at, 1 + 37 * i};
		n += list[i].len;
		at += list[i].len + 3;
		cr_assert(haul_virtio_net_send(&net, &frame, list, i + 1) == 0);
		cr_assert(haul_virtio_net_kick_transmit(&net) == 0);
		take_sent('p', n);
		expect_sent(0);
	}
	cr_assert(haul_virtio_net_send(&net, &frame, list, 0) == -HAUL_EINVAL);
	cr_assert(haul_virtio_net_send(&net, &frame, list, HAUL_VIRTIO_NET_PIECES + 1) ==
		  -HAUL_EINVAL);
	list[1].len = 0;
	cr_assert(haul_virtio_net_send(&net, &frame, list, 2) == -HAUL_EINVAL);
	list[0].len = list[1].len = 760;
	cr_assert(haul_virtio_net_send(&net, &frame, list, 2) == -HAUL_EINVAL, "together");
	list[0] = one;
	list[1].len = SIZE_MAX;
	cr_assert(haul_virtio_net_send(&net, &frame, list, 2) == -HAUL_EINVAL);
	works();
	close_net();
}

Test(virtio_net, pieces)
{
	setup(0);
	machine_each_open(pieces);
	setup(INDIRECT);
	machine_each_open(pieces);
}

/* A frame that lies in three buffers. */
static void deliver_merged(unsigned count, uint32_t first, uint32_t second, uint32_t third)
{
	const uint32_t lens[] = {first, second, third};
	unsigned char bytes[64];

	for (unsigned i = 0; i < 3; i++) {
		const struct haul_virtio_mock_request request = machine_take(RECEIVE);

		memset(bytes, "abc"[i], sizeof bytes);
		machine_write(&request, 0, bytes, lens[i]);
		if (i == 0)
			machine_write(&request, 0, header(count), HAUL_VIRTIO_NET_HEADER);
		cr_assert(haul_virtio_mock_put(&machine.mock, RECEIVE, request.head, lens[i]) == 0);
	}
	cr_assert(haul_virtio_mock_show(&machine.mock, RECEIVE) == 0);
}

static void expect_merged(uint32_t third)
{
	struct haul_virtio_net_buffer *next;

	cr_assert(haul_virtio_net_receive(&net, &received) == 1);
	cr_assert(received->len == 52 && is_all(received->data, 'a', 52));
	next = received->next;
	cr_assert(next && next->len == 64 && is_all(next->data, 'b', 64));
	cr_assert(haul_virtio_net_post(&net, received) == 0);
	received = next;
	next = received->next;
	cr_assert(next && next->len == third && is_all(next->data, 'c', third) && !next->next);
	cr_assert(haul_virtio_net_post(&net, received) == 0);
	cr_assert(haul_virtio_net_post(&net, next) == 0);
	cr_assert(haul_virtio_net_kick_receive(&net) == 0);
}

static void merged(void)
{
	open_net(64);
	for (uint32_t n = 0; n <= 64; n++) {
		deliver_merged(3, 64, 64, n);
		expect_merged(n);
	}
	close_net();
}

Test(virtio_net, merged)
{
	setup(MERGE);
	machine_each_open(merged);
	setup(MERGE);
	machine_legacy();
	machine_each_open(merged);
}

/* One kick for a burst, and none where the device looks anyway. */
static void kicks(void)
{
	static struct haul_virtio_net_frame frames[4];

	machine.mock.config.later = true;
	open_net(ALL);
	memset(frames, 0, sizeof frames);
	cr_assert(machine.queues[RECEIVE].kicks == 1);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 4; i++)
			cr_assert(send(&frames[i], 'k', 60) == 0);
		cr_assert(machine.queues[TRANSMIT].kicks == round);
		cr_assert(haul_virtio_net_kick_transmit(&net) == 0);
		cr_assert(machine.queues[TRANSMIT].kicks == round + 1);
		cr_assert(haul_virtio_net_kick_transmit(&net) == 0);
		cr_assert(machine.queues[TRANSMIT].kicks == round + 1);
		for (unsigned i = 0; i < 4; i++)
			take_sent('k', 60);
		for (unsigned i = 0; i < 4; i++)
			cr_assert(haul_virtio_net_sent(&net, &sent) == 1 && sent == &frames[i]);
		cr_assert(haul_virtio_mock_take(&machine.mock, TRANSMIT,
						&(struct haul_virtio_mock_request){0}) == 0);
	}
	close_net();
}

Test(virtio_net, kicks)
{
	setup(0);
	machine_each_open(kicks);
	setup(EVENT_IDX);
	machine_each_open(kicks);
}

static void device_that_looks_is_not_kicked(void)
{
	const uint16_t no_notify = 1;

	open_net(ALL);
	cr_assert(haul_virtio_mock_poke(&machine.mock, TRANSMIT, HAUL_VIRTIO_MOCK_DEVICE, 0,
					&no_notify, 2) == 0);
	cr_assert(send(&frame, 'k', 60) == 0);
	cr_assert(haul_virtio_net_kick_transmit(&net) == 0);
	cr_assert(machine.queues[TRANSMIT].kicks == 0);
	take_sent('k', 60);
	expect_sent(0);
	close_net();
}

Test(virtio_net, device_that_looks_is_not_kicked)
{
	setup(0);
	machine_each_open(device_that_looks_is_not_kicked);
}

/* Waiting. */

static void swallow(struct haul_virtio_mock *mock, unsigned queue)
{
	struct haul_virtio_mock_request request;

	while (haul_virtio_mock_take(mock, queue, &request) == 1)
		haul_virtio_mock_use(mock, &request, 0);
}

static void frames_in_flight(void)
{
	static struct haul_virtio_net_frame frames[SLOTS / 2];

	open_net(ALL);
	memset(frames, 0, sizeof frames);
	for (unsigned i = 0; i < SLOTS / 2; i++)
		cr_assert(send(&frames[i], 's', 60) == 0);
	cr_assert(send(&frame, 's', 60) == -HAUL_ENOSPC && !frame.busy);
	close_net();
	for (unsigned i = 0; i < SLOTS / 2; i++) {
		cr_assert(haul_virtio_net_sent(&net, &sent) == 1);
		cr_assert(sent->result == -HAUL_ETIMEDOUT && !sent->busy);
	}
	cr_assert(haul_virtio_net_sent(&net, &sent) == -HAUL_EINVAL && !sent);
}

/* Room for a frame, but not for one in so many pieces. */
static void no_room_for_pieces(void)
{
	static struct haul_virtio_net_frame frames[SLOTS / 2 - 1];
	struct haul_iovec list[4];
	uint64_t live;

	open_net(ALL);
	memset(frames, 0, sizeof frames);
	for (unsigned i = 0; i < SLOTS / 2 - 1; i++)
		cr_assert(send(&frames[i], 's', 60) == 0);
	for (unsigned i = 0; i < 4; i++)
		list[i] = (struct haul_iovec){text + 128 * i, 60};
	live = machine.dma.stats.maps_live;
	cr_assert(haul_virtio_net_send(&net, &frame, list, 4) == -HAUL_ENOSPC && !frame.busy);
	cr_assert(machine.dma.stats.maps_live == live);
	cr_assert(send(&frame, 's', 60) == 0);
	close_net();
}

Test(virtio_net, no_room_for_pieces)
{
	setup(0);
	machine_each_open(no_room_for_pieces);
}

Test(virtio_net, frames_in_flight_come_back)
{
	setup(0);
	machine_each_open(frames_in_flight);
}

/* More than the queue has room for, one after another, by a device that takes all. */
static void send_many(void)
{
	static struct haul_virtio_net_frame frames[3 * SLOTS];
	unsigned back = 0;

	machine.queues[TRANSMIT].serve = swallow;
	open_net(ALL);
	memset(frames, 0, sizeof frames);
	for (unsigned i = 0; i < 3 * SLOTS; i++) {
		const struct haul_iovec piece = {text, 60};

		if (i % 3)
			while (haul_virtio_net_send(&net, &frames[i], &piece, 1) == -HAUL_ENOSPC)
				cr_assert(haul_virtio_net_kick_transmit(&net) == 0 &&
					  haul_virtio_net_sent(&net, &sent) == 1 && ++back);
		else
			cr_assert(haul_virtio_net_send_wait(&net, &frames[i], &piece, 1,
							    machine_late()) == 0);
	}
	cr_assert(haul_virtio_net_kick_transmit(&net) == 0);
	while (haul_virtio_net_sent(&net, &sent) == 1)
		back++;
	cr_assert(back == 2 * SLOTS);
	close_net();
	machine.queues[TRANSMIT].serve = NULL;
}

Test(virtio_net, send_many)
{
	setup(0);
	machine_each_open(send_many);
	setup(EVENT_IDX | INDIRECT);
	machine_each_open(send_many);
}

/* A43: nobody waits for ever. */
static void waits_end(void)
{
	struct haul_iovec piece = {NULL, 60};

	open_net(ALL);
	piece.base = text;
	cr_assert(haul_virtio_net_receive_wait(&net, &received, 0) == -HAUL_ETIMEDOUT);
	cr_assert(haul_virtio_net_receive_wait(&net, &received, machine_soon()) == -HAUL_ETIMEDOUT);
	deliver('w', 60);
	cr_assert(haul_virtio_net_receive_wait(&net, &received, 0) == 0 && received->len == 60);
	cr_assert(haul_virtio_net_post(&net, received) == 0);
	memset(text, 'w', 60);
	cr_assert(haul_virtio_net_send_wait(&net, &frame, &piece, 1, machine_soon()) ==
		  -HAUL_ETIMEDOUT);
	cr_assert(frame.busy && haul_virtio_net_sent(&net, &sent) == 0);
	cr_assert(haul_virtio_net_send(&net, &frame, &piece, 1) == -HAUL_EBUSY);
	take_sent('w', 60);
	expect_sent(0);
	close_net();
}

Test(virtio_net, a43_waits_end)
{
	setup(0);
	machine_each_open(waits_end);
	setup(EVENT_IDX);
	machine_each_open(waits_end);
}

static void deliver_late(void)
{
	deliver('z', 60);
}

static void by_interrupts(void)
{
	open_net(ALL);
	machine.slept = 0;
	for (unsigned i = 1; i <= 10; i++) {
		cr_assert(haul_virtio_net_receive_wait(&net, &received, UINT64_MAX) == 0);
		cr_assert(received->len == 60 && machine.slept == i);
		cr_assert(haul_virtio_net_post(&net, received) == 0);
		cr_assert(haul_virtio_net_kick_receive(&net) == 0);
	}
	close_net();
}

Test(virtio_net, by_interrupts)
{
	setup(0);
	machine.options.wait = machine_sleep;
	machine.deliver = deliver_late;
	machine_each_open(by_interrupts);
	setup(EVENT_IDX);
	machine.options.wait = machine_sleep;
	machine.deliver = deliver_late;
	machine_each_open(by_interrupts);
}

/* The configuration. */

static unsigned config_reads, generations;

static int count_reads(struct haul_virtio_mock *mock, enum haul_virtio_mock_call call, size_t index,
		       uint64_t *value)
{
	(void)mock;
	(void)index;
	(void)value;
	config_reads += call == HAUL_VIRTIO_MOCK_CONFIG_READ;
	generations += call == HAUL_VIRTIO_MOCK_GENERATION;
	return 0;
}

/* Deviation 10: what was not negotiated is not read. */
static void nothing_is_read(void)
{
	uint8_t mac[6];
	bool up = false;

	config_reads = generations = 0;
	machine.mock.config.hook = count_reads;
	open_net(ALL);
	cr_assert(haul_virtio_net_mac(&net, mac) == -HAUL_ENOTSUP);
	cr_assert(haul_virtio_net_link(&net, &up) == 0 && up);
	cr_assert(net.mtu == HAUL_VIRTIO_NET_MTU);
	cr_assert(config_reads == 0 && generations == 0);
	close_net();
}

Test(virtio_net, deviation_10_nothing_is_read)
{
	setup(0);
	machine_each_open(nothing_is_read);
}

static void all_is_read(void)
{
	const uint64_t legacy = machine.config.legacy;
	uint8_t mac[6];
	bool up = false;
	unsigned causes;

	generations = 0;
	machine.mock.config.hook = count_reads;
	open_net(ALL);
	cr_assert(haul_virtio_net_mac(&net, mac) == 0);
	cr_assert(memcmp(mac, machine.bytes, 6) == 0);
	cr_assert(haul_virtio_net_link(&net, &up) == 0 && up);
	machine.bytes[6] = 0;
	haul_virtio_mock_change(&machine.mock);
	cr_assert(haul_virtio_interrupt(&machine.device, &causes) == 0);
	cr_assert(causes == HAUL_VIRTIO_CAUSE_CONFIG);
	cr_assert(haul_virtio_net_link(&net, &up) == 0 && !up);
	cr_assert(!legacy == !!generations, "a legacy device has none");
	machine.bytes[6] = 1;
	close_net();
}

Test(virtio_net, deviation_10_all_is_read)
{
	setup(MAC | STATUS);
	machine_each_open(all_is_read);
	setup(MAC | STATUS);
	machine_legacy();
	machine_each_open(all_is_read);
}

/* Not more is sent than the device takes, and buffers have room for what it gives. */
static void mtu(void)
{
	const size_t most = 9000 + HAUL_VIRTIO_NET_ETHERNET + HAUL_VIRTIO_NET_VLAN;
	struct haul_iovec piece = {machine_memory(most + 1), most + 1};
	struct haul_virtio_mock_request request;

	open_net(12 + 9000 + 14);
	cr_assert(net.mtu == 9000 && net.buffer_min == 12 + 9000 + 14);
	cr_assert(haul_virtio_net_send(&net, &frame, &piece, 1) == -HAUL_EINVAL);
	piece.len--;
	cr_assert(haul_virtio_net_send(&net, &frame, &piece, 1) == 0);
	cr_assert(haul_virtio_net_kick_transmit(&net) == 0);
	request = machine_take(TRANSMIT);
	cr_assert(request.readable == 12 + most);
	close_net();
}

Test(virtio_net, mtu)
{
	setup(MTU);
	memcpy(machine.bytes + 10, "\x28\x23", 2);
	machine_each_open(mtu);
}

static void open_is_refused(void)
{
	cr_assert(try_open() == -HAUL_EPROTO);
	cr_assert(machine.device.reason == HAUL_VIRTIO_CONFIG);
	cr_assert(net.device == NULL && machine.device.state == HAUL_VIRTIO_RESET);
}

Test(virtio_net, a47_configuration_that_cannot_be)
{
	setup(MTU);
	memcpy(machine.bytes + 10, "\x43\x00", 2);
	machine_each_open(open_is_refused);
	setup(MTU);
	memcpy(machine.bytes + 10, "\x00\x00", 2);
	machine_each_open(open_is_refused);
	setup(MAC);
	machine.bytes[0] |= 1;
	machine_each_open(open_is_refused);
}

Test(virtio_net, a33_configuration_is_short)
{
	setup(MTU);
	machine.config.size = 11;
	machine_each_open(open_is_refused);
	setup(MAC);
	machine.config.size = 5;
	machine_each_open(open_is_refused);
}

static void changes_always(void)
{
	bool up;

	machine.hostile = true;
	machine.mock.config.hook = machine_changes;
	cr_assert(try_open() == -HAUL_EAGAIN && net.device == NULL);
	machine.mock.config.hook = NULL;
	open_net(ALL);
	machine.hostile = true;
	machine.mock.config.hook = machine_changes;
	cr_assert(haul_virtio_net_link(&net, &up) == -HAUL_EAGAIN);
	works();
	machine.mock.config.hook = NULL;
	cr_assert(haul_virtio_net_link(&net, &up) == 0 && up);
	close_net();
}

Test(virtio_net, a47_changes_always)
{
	setup(MAC | STATUS);
	machine_each_open(changes_always);
}

/* The caller. */

static void mistakes(void)
{
	struct haul_virtio_net_buffer other = {0};

	open_net(ALL);
	cr_assert(haul_virtio_net_post(&net, &buffers[0]) == -HAUL_EBUSY);
	cr_assert(haul_virtio_net_unmap(&buffers[0]) == -HAUL_EBUSY);
	cr_assert(haul_virtio_net_map(&net, &buffers[0], text, ALL) == -HAUL_EBUSY);
	cr_assert(haul_virtio_net_post(&net, &other) == -HAUL_EINVAL);
	cr_assert(haul_virtio_net_unmap(&other) == -HAUL_EINVAL);
	cr_assert(haul_virtio_net_map(&net, &other, text, net.buffer_min - 1) == -HAUL_EINVAL);
	cr_assert(net.buffer_min == HAUL_VIRTIO_NET_BUFFER);
	cr_assert(send(&frame, 'm', HAUL_VIRTIO_NET_MTU + 19) == -HAUL_EINVAL);
	works();
	close_net();
	cr_assert(haul_virtio_net_close(&net) == -HAUL_EINVAL);
}

Test(virtio_net, mistakes)
{
	setup(0);
	machine_each_open(mistakes);
}

static void calls_on_a_closed_one(void)
{
	struct haul_iovec piece = {&net, 1};
	uint8_t mac[6];
	bool up;

	memset(&net, 0, sizeof net);
	memset(&frame, 0, sizeof frame);
	memset(buffers, 0, sizeof buffers);
	cr_assert(haul_virtio_net_map(&net, &buffers[0], &piece, ALL) == -HAUL_EINVAL);
	cr_assert(haul_virtio_net_post(&net, &buffers[0]) == -HAUL_EINVAL);
	cr_assert(haul_virtio_net_kick_receive(&net) == -HAUL_EINVAL);
	cr_assert(haul_virtio_net_receive(&net, &received) == -HAUL_EINVAL);
	cr_assert(haul_virtio_net_receive_wait(&net, &received, 0) == -HAUL_EINVAL);
	cr_assert(haul_virtio_net_send(&net, &frame, &piece, 1) == -HAUL_EINVAL);
	cr_assert(haul_virtio_net_send_wait(&net, &frame, &piece, 1, 0) == -HAUL_EINVAL);
	cr_assert(haul_virtio_net_kick_transmit(&net) == -HAUL_EINVAL);
	cr_assert(haul_virtio_net_sent(&net, &sent) == -HAUL_EINVAL);
	cr_assert(haul_virtio_net_mac(&net, mac) == -HAUL_EINVAL);
	cr_assert(haul_virtio_net_link(&net, &up) == -HAUL_EINVAL);
	machine.device.transport.type = 2;
	cr_assert(try_open() == -HAUL_ENODEV);
	machine.device.transport.type = HAUL_VIRTIO_NET_TYPE;
}

Test(virtio_net, calls_on_a_closed_one)
{
	setup(0);
	machine_each_open(calls_on_a_closed_one);
}

/* More buffers than the queue has room for. */
static void queue_is_full(void)
{
	struct haul_virtio_net_buffer one_more = {0};

	open_net(ALL);
	cr_assert(haul_virtio_net_map(&net, &one_more, text, ALL) == 0);
	cr_assert(haul_virtio_net_post(&net, &one_more) == -HAUL_ENOSPC);
	works();
	cr_assert(haul_virtio_net_unmap(&one_more) == 0);
	close_net();
}

Test(virtio_net, queue_is_full)
{
	setup(0);
	machine_max(BUFFERS);
	machine_each_open(queue_is_full);
	setup(0);
	machine_max(2 * BUFFERS);
	machine_legacy();
	machine_each_open(queue_is_full);
}

/* The device. */

static void is_broken(enum haul_virtio_reason reason)
{
	cr_assert(machine.device.reason == reason);
	cr_assert(machine.mock.status & HAUL_VIRTIO_FAILED);
	cr_assert(haul_virtio_net_receive(&net, &received) == -HAUL_EIO && !received);
	cr_assert(haul_virtio_net_sent(&net, &sent) == -HAUL_EIO);
	cr_assert(send(&frame, 'b', 60) == -HAUL_EIO);
	cr_assert(haul_virtio_net_kick_receive(&net) == -HAUL_EIO);
	cr_assert(haul_virtio_net_kick_transmit(&net) == -HAUL_EIO);
	recovers();
}

static void violates(enum haul_virtio_reason reason)
{
	cr_assert(haul_virtio_net_receive(&net, &received) == -HAUL_EPROTO && !received);
	is_broken(reason);
}

static void header_is_short(void)
{
	for (uint32_t len = 0; len < HAUL_VIRTIO_NET_HEADER; len++) {
		struct haul_virtio_mock_request request;

		open_net(ALL);
		if (len >= net.header) {
			close_net();
			break;
		}
		request = machine_take(RECEIVE);
		machine_use(&request, len);
		violates(HAUL_VIRTIO_PROTOCOL);
	}
}

Test(virtio_net, a9_a47_header_is_short)
{
	setup(0);
	machine_each_open(header_is_short);
	setup(MERGE);
	machine_each_open(header_is_short);
	setup(0);
	machine_legacy();
	machine_each_open(header_is_short);
}

/* Deviation 7: its packets can be longer than the buffer. */
static void length_beyond_the_buffer(void)
{
	struct haul_virtio_mock_request request;

	open_net(ALL);
	request = machine_take(RECEIVE);
	machine_write(&request, 0, header(1), 12);
	machine_use(&request, UINT32_MAX);
	if (machine.policy == HAUL_VIRTIO_CONFIDENTIAL) {
		violates(HAUL_VIRTIO_USED_LENGTH);
		return;
	}
	cr_assert(haul_virtio_net_receive(&net, &received) == 1);
	cr_assert(received->len == ALL - net.header && !received->next);
	cr_assert(haul_virtio_net_post(&net, received) == 0);
	cr_assert(haul_virtio_net_kick_receive(&net) == 0);
	works();
	close_net();
}

Test(virtio_net, a9_deviation_7_length_beyond_the_buffer)
{
	setup(0);
	machine_each_open(length_beyond_the_buffer);
	setup(MERGE);
	machine_each_open(length_beyond_the_buffer);
}

static unsigned count;

/* Buffers that end in the middle of a cache block are filled to the last byte. */
static void buffers_of_odd_sizes(void)
{
	for (size_t size = ALL - 65; size <= ALL; size += 13) {
		open_net(size);
		deliver('o', size - net.header);
		expect('o', size - net.header);
		close_net();
	}
}

Test(virtio_net, buffers_of_odd_sizes)
{
	setup(0);
	machine_each_open(buffers_of_odd_sizes);
}

static void count_that_cannot_be(void)
{
	open_net(64);
	deliver_merged(count, 64, 64, 10);
	violates(HAUL_VIRTIO_PROTOCOL);
}

/* 0; more than were posted; and more than there are, though so many are posted. */
Test(virtio_net, a47_num_buffers)
{
	static const unsigned counts[] = {0, 65535, BUFFERS + 1, BUFFERS};

	for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		count = counts[i];
		setup(MERGE);
		machine_each_open(count_that_cannot_be);
	}
}

/* Without MRG_RXBUF it means nothing, and there are devices that leave it 0. */
static void count_without_merging(void)
{
	open_net(ALL);
	for (unsigned i = 0; i < 3; i++) {
		const struct haul_virtio_mock_request request = machine_take(RECEIVE);

		machine_write(&request, 0, header(i * 32767), 12);
		machine_use(&request, 12 + 60);
		cr_assert(haul_virtio_net_receive(&net, &received) == 1 && received->len == 60);
		cr_assert(haul_virtio_net_post(&net, received) == 0);
	}
	close_net();
}

Test(virtio_net, a47_num_buffers_without_merging)
{
	setup(0);
	machine_each_open(count_without_merging);
}

static void only_if_confidential(void)
{
	if (machine.policy == HAUL_VIRTIO_CONFIDENTIAL) {
		violates(HAUL_VIRTIO_PROTOCOL);
		return;
	}
	cr_assert(haul_virtio_net_receive(&net, &received) == 1);
	while (received) {
		struct haul_virtio_net_buffer *const next = received->next;

		cr_assert(haul_virtio_net_post(&net, received) == 0);
		received = next;
	}
	cr_assert(haul_virtio_net_kick_receive(&net) == 0);
	works();
	close_net();
}

static void not_full(void)
{
	open_net(72 + 64);
	deliver_merged(3, 64, 60, 64);
	only_if_confidential();
}

static void segmented(void)
{
	static const unsigned char gso[12] = {1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0};
	struct haul_virtio_mock_request request;

	open_net(ALL);
	request = machine_take(RECEIVE);
	machine_write(&request, 0, gso, sizeof gso);
	machine_use(&request, 12 + 60);
	only_if_confidential();
}

Test(virtio_net, a47_what_was_not_negotiated)
{
	setup(MERGE);
	machine_each_open(not_full);
	setup(0);
	machine_each_open(segmented);
}

/* Deviation 6: it indexes an array by the device's id. */
static void not_posted(uint32_t id, enum haul_virtio_reason reason)
{
	open_net(ALL);
	cr_assert(haul_virtio_mock_put(&machine.mock, RECEIVE, id, 60) == 0);
	cr_assert(haul_virtio_mock_show(&machine.mock, RECEIVE) == 0);
	violates(reason);
}

static void used_what_was_not_posted(void)
{
	not_posted(BUFFERS, HAUL_VIRTIO_USED_TWICE);
	not_posted(SLOTS, HAUL_VIRTIO_USED_RANGE);
	not_posted(0x10000, HAUL_VIRTIO_USED_RANGE);
	not_posted(UINT32_MAX, HAUL_VIRTIO_USED_RANGE);
}

Test(virtio_net, a4_a5_deviation_6_used_what_was_not_posted)
{
	setup(0);
	machine_each_open(used_what_was_not_posted);
}

static void used_twice(void)
{
	struct haul_virtio_mock_request request;

	open_net(ALL);
	request = machine_take(RECEIVE);
	machine_write(&request, 0, header(1), 12);
	machine_use(&request, 72);
	machine_use(&request, 72);
	cr_assert(haul_virtio_net_receive(&net, &received) == 1);
	violates(HAUL_VIRTIO_USED_TWICE);
}

Test(virtio_net, a7_used_twice)
{
	setup(0);
	machine_each_open(used_twice);
}

static void used_more_than_sent(void)
{
	open_net(ALL);
	cr_assert(haul_virtio_mock_put(&machine.mock, TRANSMIT, 0, 0) == 0);
	cr_assert(haul_virtio_mock_show(&machine.mock, TRANSMIT) == 0);
	cr_assert(haul_virtio_net_sent(&net, &sent) == -HAUL_EPROTO);
	is_broken(machine.policy == HAUL_VIRTIO_TRUSTED ? HAUL_VIRTIO_USED_TWICE
							: HAUL_VIRTIO_USED_INDEX);
}

Test(virtio_net, a1_used_more_than_sent)
{
	setup(0);
	machine_each_open(used_more_than_sent);
}

static void interrupts_early_and_late(void)
{
	unsigned causes;

	machine.mock.causes = 3;
	cr_assert(haul_virtio_interrupt(&machine.device, &causes) == 0 && causes == 0);
	open_net(ALL);
	works();
	close_net();
	machine.mock.causes = 3;
	cr_assert(haul_virtio_interrupt(&machine.device, &causes) == 0 && causes == 0);
}

Test(virtio_net, a42_interrupts_early_and_late)
{
	setup(STATUS);
	machine_each_open(interrupts_early_and_late);
}

static void used_before_the_kick(void)
{
	struct haul_virtio_mock_request request;

	machine.mock.config.later = true;
	open_net(ALL);
	cr_assert(send(&frame, 'k', 60) == 0);
	cr_assert(haul_virtio_mock_take(&machine.mock, TRANSMIT, &request) == 0,
		  "not published yet");
	haul_virtqueue_publish(&net.transmit.ring);
	take_sent('k', 60);
	expect_sent(0);
	works();
	close_net();
}

Test(virtio_net, a44_used_before_the_kick)
{
	setup(0);
	machine_each_open(used_before_the_kick);
}

static void interrupts_for_nothing(void)
{
	const unsigned times = test_long() ? 1000000 : 10000;

	open_net(ALL);
	for (unsigned i = 0; i < times; i++) {
		unsigned causes;

		machine.mock.causes = HAUL_VIRTIO_CAUSE_QUEUE;
		cr_assert(haul_virtio_interrupt(&machine.device, &causes) == 0);
		cr_assert(causes == HAUL_VIRTIO_CAUSE_QUEUE);
		cr_assert(haul_virtio_net_receive(&net, &received) == 0);
	}
	works();
	close_net();
}

Test(virtio_net, a45_interrupts_for_nothing)
{
	setup(0);
	machine_each_open(interrupts_for_nothing);
}

/* A device that does not say that it is reset may write its buffers: nothing comes back. */
static void reset_is_not_confirmed(void)
{
	struct haul_virtio_mock_request request;

	open_net(ALL);
	cr_assert(send(&frame, 'r', 60) == 0);
	request = machine_take(RECEIVE);
	machine.hostile = true;
	machine.mock.config.hook = machine_never_reset;
	for (unsigned i = 0; i < 2; i++) {
		cr_assert(haul_virtio_net_close(&net) == -HAUL_ETIMEDOUT);
		cr_assert(machine.device.state == HAUL_VIRTIO_UNKNOWN);
	}
	cr_assert(frame.busy && haul_virtio_net_sent(&net, &sent) == -HAUL_EIO);
	cr_assert(buffers[0].posted && haul_virtio_net_unmap(&buffers[0]) == -HAUL_EBUSY);
	machine_write(&request, 0, "written", 7);
	machine.mock.config.hook = NULL;
	cr_assert(haul_virtio_net_close(&net) == 0);
	expect_sent(-HAUL_ETIMEDOUT);
	cr_assert(try_open() == 0);
	post_all();
	works();
	close_net();
}

Test(virtio_net, a43_reset_is_not_confirmed)
{
	setup(0);
	machine.options.timeout = 1000000;
	machine_each_open(reset_is_not_confirmed);
}

static void written_after_the_reset(void)
{
	struct haul_virtio_mock_request request;

	open_net(ALL);
	request = machine_take(RECEIVE);
	close_net();
	if (machine_is_model())
		cr_assert(haul_virtio_mock_write(&machine.mock, &request, 0, "x", 1) ==
			  -HAUL_EACCES);
}

Test(virtio_net, a46_written_after_the_reset)
{
	setup(0);
	machine_each_open(written_after_the_reset);
}

static void needs_reset(void)
{
	unsigned causes;

	open_net(ALL);
	works();
	haul_virtio_mock_break(&machine.mock);
	cr_assert(haul_virtio_interrupt(&machine.device, &causes) == -HAUL_EPROTO);
	is_broken(HAUL_VIRTIO_NEEDS_RESET);
}

Test(virtio_net, deviation_13_needs_reset)
{
	setup(0);
	machine_each_open(needs_reset);
}

/* A frame is begun and never ends: what it has of buffers is not lost. */
static void broken_in_a_frame(void)
{
	struct haul_virtio_mock_request request;

	open_net(64);
	request = machine_take(RECEIVE);
	machine_write(&request, 0, header(2), 12);
	machine_use(&request, 64);
	violates(HAUL_VIRTIO_PROTOCOL);
}

Test(virtio_net, a47_broken_in_a_frame)
{
	setup(MERGE);
	machine_each_open(broken_in_a_frame);
}

/* Each call of the Hal fails in turn. */

static void open_fails(void)
{
	unsigned failed = 0;
	int err;

	do {
		machine.calls = 0;
		machine.fail = ++failed;
		err = try_open();
		cr_assert(!err == (machine.calls < failed));
		cr_assert(!err == !!net.device);
	} while (err);
	machine.fail = 0;
	cr_assert(failed > 3);
	cr_assert(haul_virtio_net_close(&net) == 0);
	open_net(ALL);
	works();
	close_net();
}

Test(virtio_net, a48_open_fails)
{
	setup(0);
	machine_each_open(open_fails);
	setup(INDIRECT);
	machine_each_open(open_fails);
}

/* A frame of four pieces whose k-th cannot be mapped: none is. */
static void send_fails(void)
{
	struct haul_iovec list[4];
	unsigned failed = 0;
	int err;

	open_net(ALL);
	memset(text, 'f', ALL);
	for (unsigned i = 0; i < 4; i++)
		list[i] = (struct haul_iovec){text + 128 * i, 60};
	do {
		const uint64_t live = machine.dma.stats.maps_live;

		machine.calls = 0;
		machine.fail = ++failed;
		err = haul_virtio_net_send(&net, &frame, list, 4);
		cr_assert(!err == (machine.calls < failed));
		cr_assert(!err == frame.busy);
		if (err)
			cr_assert(machine.dma.stats.maps_live == live);
	} while (err);
	machine.fail = 0;
	cr_assert(failed > 4);
	cr_assert(haul_virtio_net_kick_transmit(&net) == 0);
	take_sent('f', 240);
	expect_sent(0);
	works();
	close_net();
}

Test(virtio_net, a48_send_fails)
{
	setup(0);
	machine_each_open(send_fails);
}

/* What could not be taken back is taken back the next time. */
static void receive_fails(void)
{
	unsigned failed = 0;
	int got;

	open_net(64);
	do {
		machine.fail = 0;
		deliver_merged(3, 64, 64, 20);
		machine.calls = 0;
		machine.fail = ++failed;
		got = haul_virtio_net_receive(&net, &received);
		if (got == 1) {
			machine.fail = 0;
			break;
		}
		cr_assert(got == -HAUL_EIO && !received);
		cr_assert(haul_virtio_net_receive(&net, &received) == 1, "the next time");
		machine.fail = 0;
		for (struct haul_virtio_net_buffer *next; received; received = next) {
			next = received->next;
			cr_assert(haul_virtio_net_post(&net, received) == 0);
		}
		cr_assert(haul_virtio_net_kick_receive(&net) == 0);
	} while (true);
	cr_assert(failed == (machine_is_model() ? 4 : 1));
	close_net();
}

Test(virtio_net, a48_receive_fails)
{
	setup(MERGE);
	machine_each_open(receive_fails);
}

/* Nor is it lost when it is not tried again. */
static void receive_failed(void)
{
	int got;

	open_net(ALL);
	deliver('l', 60);
	machine.calls = 0;
	machine.fail = 1;
	got = haul_virtio_net_receive(&net, &received);
	cr_assert(got == (machine_is_model() ? -HAUL_EIO : 1));
	machine.fail = 0;
	close_net();
}

Test(virtio_net, a48_receive_failed)
{
	setup(0);
	machine_each_open(receive_failed);
}

static void map_fails(void)
{
	struct haul_virtio_net_buffer other = {0};
	unsigned failed = 0;
	int err;

	open_net(ALL);
	do {
		machine.calls = 0;
		machine.fail = ++failed;
		err = haul_virtio_net_map(&net, &other, text, ALL);
		cr_assert(!err == (machine.calls < failed));
		if (err)
			cr_assert(haul_virtio_net_post(&net, &other) == -HAUL_EINVAL);
	} while (err);
	machine.fail = 0;
	cr_assert(haul_virtio_net_unmap(&other) == 0);
	close_net();
}

Test(virtio_net, a48_map_fails)
{
	setup(0);
	machine_each_open(map_fails);
}

static void goes_away(void)
{
	open_net(ALL);
	machine.hostile = true;
	machine.mock.config.hook = machine_gone;
	cr_assert(send(&frame, 'g', 60) == 0);
	cr_assert(haul_virtio_net_kick_transmit(&net) == -HAUL_ENODEV);
	cr_assert(haul_virtio_net_receive(&net, &received) == -HAUL_ENODEV);
	cr_assert(haul_virtio_net_sent(&net, &sent) == -HAUL_ENODEV && frame.busy);
	cr_assert(machine.device.reason == HAUL_VIRTIO_GONE);
	cr_assert(haul_virtio_net_close(&net) == -HAUL_ENODEV);
	machine.hostile = false;
	cr_assert(haul_virtio_net_close(&net) == 0);
	expect_sent(-HAUL_ETIMEDOUT);
	cr_assert(try_open() == 0);
	post_all();
	works();
	close_net();
}

Test(virtio_net, a41_goes_away)
{
	setup(0);
	machine_each_open(goes_away);
}

/* What a device can do at any time, by chance. */

static uint64_t chance;

static unsigned below(size_t bound)
{
	return (unsigned)test_random_below(&chance, bound);
}

static void device_receives(void)
{
	struct haul_virtio_mock_request request;
	unsigned char bytes[64];

	if (haul_virtio_mock_take(&machine.mock, RECEIVE, &request) != 1)
		return;
	memset(bytes, 0, sizeof bytes);
	bytes[below(12)] = (unsigned char)below(256);
	bytes[10] = (unsigned char)below(4);
	haul_virtio_mock_write(&machine.mock, &request, 0, bytes, sizeof bytes);
	haul_virtio_mock_use(&machine.mock, &request,
			     below(4) ? 12 + below(90) : below(UINT32_MAX));
}

static void device_sends(void)
{
	struct haul_virtio_mock_request request;

	if (haul_virtio_mock_take(&machine.mock, TRANSMIT, &request) == 1)
		haul_virtio_mock_use(&machine.mock, &request, below(8) ? 0 : below(UINT32_MAX));
}

static void device_does_anything(void)
{
	const unsigned queue = below(2);
	const unsigned char byte = (unsigned char)below(256);

	switch (below(40)) {
	case 0:
		haul_virtio_mock_put(&machine.mock, queue, below(2 * SLOTS), below(100));
		haul_virtio_mock_show(&machine.mock, queue);
		break;
	case 1:
		haul_virtio_mock_poke(&machine.mock, queue, HAUL_VIRTIO_MOCK_DEVICE,
				      below(6 + 8 * SLOTS), &byte, 1);
		break;
	case 2:
		haul_virtio_mock_change(&machine.mock);
		break;
	case 3:
		if (!below(8))
			haul_virtio_mock_break(&machine.mock);
		break;
	default:
		if (queue == RECEIVE)
			device_receives();
		else
			device_sends();
	}
}

static void is_named(int err)
{
	cr_assert(err >= 0 || err == -HAUL_EPROTO || err == -HAUL_EIO || err == -HAUL_ENOSPC ||
			  err == -HAUL_EBUSY,
		  "%d", err);
}

static void driver_receives(void)
{
	int got = haul_virtio_net_receive(&net, &received);

	is_named(got);
	for (struct haul_virtio_net_buffer *next; got == 1 && received; received = next) {
		next = received->next;
		cr_assert(received->data >= (unsigned char *)received->stream.virt);
		cr_assert(received->data + received->len <=
			  (unsigned char *)received->stream.virt + received->stream.size);
		is_named(haul_virtio_net_post(&net, received));
	}
	is_named(haul_virtio_net_kick_receive(&net));
}

static void driver_sends(struct haul_virtio_net_frame *frames)
{
	is_named(send(&frames[below(4)], 'x', 1 + below(200)));
	is_named(haul_virtio_net_kick_transmit(&net));
	is_named(haul_virtio_net_sent(&net, &sent));
}

static void anything_at_any_time(void)
{
	static struct haul_virtio_net_frame frames[4];
	const unsigned times = test_long() ? 100000 : 1000;
	unsigned broken = 0, causes;

	chance = test_seed();
	memset(frames, 0, sizeof frames);
	open_net(64);
	for (unsigned i = 0; i < times; i++) {
		device_does_anything();
		if (below(2))
			driver_receives();
		else
			driver_sends(frames);
		is_named(haul_virtio_interrupt(&machine.device, &causes));
		if (machine.device.state == HAUL_VIRTIO_RUNNING)
			continue;
		broken++;
		cr_assert(machine.device.reason != HAUL_VIRTIO_FINE);
		cr_assert(haul_virtio_net_close(&net) == 0);
		while (haul_virtio_net_sent(&net, &sent) == 1)
			cr_assert(!sent->busy);
		for (unsigned f = 0; f < 4; f++)
			cr_assert(!frames[f].busy);
		cr_assert(try_open() == 0);
		post_all();
	}
	cr_assert(broken > times / 1000);
	close_net();
	/* It used what it had not taken: then there can be more for it than it thinks. */
	machine.mock.complaint = NULL;
}

Test(virtio_net, anything_at_any_time)
{
	setup(MERGE);
	machine_each_open(anything_at_any_time);
	setup(MERGE | INDIRECT | EVENT_IDX | STATUS);
	machine_each_open(anything_at_any_time);
}
