/* SPDX-License-Identifier: MIT */
#include "virtio_subject.h"
#include "virtio_disk.h"
#include <haul/virtio_console.h>
#include <haul/virtio_net.h>
#include <haul/virtio_rng.h>
#include <string.h>

struct haul_dma_list *subject_mapped;

static bool with_all;

static bool never(void)
{
	return false;
}

/* A driver's close leaves the device open. */
static int close_device(int err)
{
	if (err && err != -HAUL_EINVAL)
		return err;
	return machine.device.state == HAUL_VIRTIO_CLOSED ? 0 : haul_virtio_close(&machine.device);
}

static void note(int result, struct haul_dma_list *list)
{
	subject_mapped = result && list->nstreams ? list : NULL;
}

static bool is_all(const unsigned char *p, unsigned char byte, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != byte)
			return false;
	return true;
}

/* Entropy: requests of so many bytes. */

enum { RANDOM_BYTES = 100, RANDOM = 0x5a };

static struct haul_virtio_rng rng;
static struct haul_virtio_rng_request reads[SUBJECT_REQUESTS];
static bool is_read[SUBJECT_REQUESTS]; /* it is in flight */

static void rng_setup(bool all)
{
	machine_setup(HAUL_VIRTIO_RNG_TYPE, all ? MACHINE_ALL : 0);
	machine.config.size = 0;
	memset(&rng, 0, sizeof rng);
	memset(is_read, 0, sizeof is_read);
	machine_begin();
}

static int rng_open(void)
{
	return haul_virtio_rng_open(&rng, &machine.device,
				    &(struct haul_virtio_rng_config){HAUL_VIRTIO_NO_VECTOR, true});
}

static struct haul_virtio_queue *rng_ring(void)
{
	return &rng.queue;
}

static unsigned find_free(const bool *used)
{
	unsigned i = 0;

	while (i < SUBJECT_REQUESTS && used[i])
		i++;
	cr_assert(i < SUBJECT_REQUESTS);
	return i;
}

static int rng_submit(void)
{
	const unsigned i = find_free(is_read);
	int err;

	reads[i] =
		(struct haul_virtio_rng_request){.p = machine.data + 256 * i, .size = RANDOM_BYTES};
	err = haul_virtio_rng_submit(&rng, &reads[i]);
	if (err)
		return err;
	is_read[i] = true;
	return haul_virtio_rng_kick(&rng);
}

static void rng_answer(const struct haul_virtio_mock_request *request, int64_t len)
{
	unsigned char bytes[RANDOM_BYTES];

	memset(bytes, RANDOM, sizeof bytes);
	machine_write(request, 0, bytes, (size_t)request->writable);
	machine_use(request, len < 0 ? (uint32_t)request->writable : (uint32_t)len);
}

static int rng_poll(int *result)
{
	struct haul_virtio_rng_request *back;
	const int got = haul_virtio_rng_poll(&rng, &back);

	if (got != 1)
		return got;
	*result = back->result;
	is_read[back - reads] = false;
	note(back->result, &back->list);
	cr_assert(!back->result == (back->len > 0));
	cr_assert(back->len <= RANDOM_BYTES && is_all(back->p, RANDOM, back->len));
	return 1;
}

static int rng_wait(void)
{
	size_t done;

	return haul_virtio_rng_read(&rng, machine.data + 4096, RANDOM_BYTES, machine_soon(), &done);
}

static int rng_recover(void)
{
	return haul_virtio_rng_recover(&rng);
}

static int rng_close(void)
{
	return close_device(haul_virtio_rng_close(&rng));
}

static const struct subject entropy = {
	.name = "rng",
	.is_first = true,
	.empty = HAUL_VIRTIO_PROTOCOL,
	.least = 1,
	.setup = rng_setup,
	.open = rng_open,
	.ring = rng_ring,
	.submit = rng_submit,
	.answer = rng_answer,
	.poll = rng_poll,
	.wait = rng_wait,
	.recover = rng_recover,
	.close = rng_close,
	.reads_config = never,
};

/* Blocks: reads of two sectors each. */

enum { READ_SECTORS = 2, READ_BYTES = READ_SECTORS * HAUL_VIRTIO_BLK_SECTOR };

static struct {
	struct haul_virtio_blk_request request;
	struct haul_iovec piece;
	struct haul_dma_stream stream;
	struct haul_dma_segment segments[4];
} blocks[SUBJECT_REQUESTS];
static bool is_block[SUBJECT_REQUESTS];

static void blk_setup(bool all)
{
	disk_begin();
	machine.queues[0].serve = NULL;
	memset(is_block, 0, sizeof is_block);
	machine_offer(HAUL_VIRTIO_F_INDIRECT_DESC, all);
	machine_offer(HAUL_VIRTIO_F_EVENT_IDX, all);
	machine_offer(HAUL_VIRTIO_F_RING_RESET, all);
}

static struct haul_virtio_queue *blk_ring(void)
{
	return &blk.queue;
}

static int blk_submit(void)
{
	const unsigned i = find_free(is_block);
	int err;

	blocks[i].piece = (struct haul_iovec){machine.data + READ_BYTES * i, READ_BYTES};
	blocks[i].request = (struct haul_virtio_blk_request){
		.op = HAUL_VIRTIO_BLK_READ,
		.sector = 3 * i,
		.pieces = &blocks[i].piece,
		.npieces = 1,
		.streams = &blocks[i].stream,
		.segments = blocks[i].segments,
		.max = 4,
		.cookie = &is_block[i],
	};
	err = haul_virtio_blk_submit(&blk, &blocks[i].request);
	if (err)
		return err;
	is_block[i] = true;
	return haul_virtio_blk_kick(&blk);
}

static void blk_answer(const struct haul_virtio_mock_request *request, int64_t len)
{
	disk.len = len;
	disk_do(request);
	disk.len = -1;
}

static int blk_poll(int *result)
{
	struct haul_virtio_blk_request *back;
	const int got = haul_virtio_blk_poll(&blk, &back);

	if (got != 1)
		return got;
	*result = back->result;
	*(bool *)back->cookie = false;
	note(back->result, &back->list);
	if (!back->result)
		cr_assert(disk_has(back->sector, back->pieces[0].base, READ_SECTORS));
	return 1;
}

static int blk_wait(void)
{
	return haul_virtio_blk_read(&blk, 0, machine.data + 8192, 1, machine_soon());
}

static int blk_recover(void)
{
	return haul_virtio_blk_recover(&blk);
}

static int blk_close(void)
{
	return close_device(haul_virtio_blk_close(&blk));
}

static bool always(void)
{
	return true;
}

static const struct subject block = {
	.name = "blk",
	.is_first = true,
	.empty = HAUL_VIRTIO_PROTOCOL,
	.least = 4,
	.too_small = -HAUL_ENOTSUP,
	.setup = blk_setup,
	.open = disk_open_driver,
	.ring = blk_ring,
	.submit = blk_submit,
	.answer = blk_answer,
	.poll = blk_poll,
	.wait = blk_wait,
	.recover = blk_recover,
	.close = blk_close,
	.reads_config = always,
};

/* Consoles. */

static struct haul_virtio_console console;

static void console_setup(bool all)
{
	machine_setup(HAUL_VIRTIO_CONSOLE_TYPE,
		      (all ? MACHINE_ALL : 0) | 1 << HAUL_VIRTIO_CONSOLE_F_SIZE);
	memset(&console, 0, sizeof console);
	machine_begin();
}

static int console_open(void)
{
	return haul_virtio_console_open(&console, &machine.device, NULL);
}

static int console_recover(void)
{
	const int err = haul_virtio_console_close(&console);

	return err ? err : console_open();
}

static int console_close(void)
{
	return close_device(haul_virtio_console_close(&console));
}

static struct haul_virtio_queue *input_ring(void)
{
	return &console.receive;
}

static int nothing_to_submit(void)
{
	return 0;
}

static void input_answer(const struct haul_virtio_mock_request *request, int64_t len)
{
	machine_write(request, 0, "in", 2);
	machine_use(request, len < 0 ? 2 : (uint32_t)len);
}

static int input_poll(int *result)
{
	static char seen[SUBJECT_REQUESTS * HAUL_VIRTIO_CONSOLE_BYTES];
	size_t done;
	const int err = haul_virtio_console_read(&console, seen, sizeof seen, &done);

	*result = 0;
	if (done)
		cr_assert(memcmp(seen, "in", 2) == 0);
	return err ? err : done > 0;
}

static int input_wait(void)
{
	size_t done;
	char c;

	return haul_virtio_console_read_wait(&console, &c, 1, &done, machine_soon());
}

static const struct subject input = {
	.name = "console, receiving",
	.is_first = true,
	.is_posted = true,
	.least = 1,
	.setup = console_setup,
	.open = console_open,
	.ring = input_ring,
	.submit = nothing_to_submit,
	.answer = input_answer,
	.poll = input_poll,
	.wait = input_wait,
	.recover = console_recover,
	.close = console_close,
	.reads_config = never,
};

static struct haul_virtio_queue *output_ring(void)
{
	return &console.transmit;
}

static int output_submit(void)
{
	size_t done;
	const int err = haul_virtio_console_write(&console, "out", 3, &done);

	return err ? err : done == 3 ? 0 : -HAUL_ENOSPC;
}

static void output_answer(const struct haul_virtio_mock_request *request, int64_t len)
{
	char heard[3];

	machine_read(request, 0, heard, sizeof heard);
	cr_assert(request->readable == 3 && memcmp(heard, "out", 3) == 0);
	machine_use(request, len < 0 ? 0 : (uint32_t)len);
}

/* What was transmitted is not handed back: it is not in flight any more. */
static int output_poll(int *result)
{
	const size_t before = haul_virtqueue_in_flight(&console.transmit.ring);
	const int err = haul_virtio_console_flush(&console, 0);

	*result = 0;
	if (err && err != -HAUL_ETIMEDOUT)
		return err;
	return haul_virtqueue_in_flight(&console.transmit.ring) < before;
}

static int output_wait(void)
{
	const int err = output_submit();

	return err ? err : haul_virtio_console_flush(&console, machine_soon());
}

static const struct subject output = {
	.name = "console, transmitting",
	.queue = 1,
	.least = 1,
	.setup = console_setup,
	.open = console_open,
	.ring = output_ring,
	.submit = output_submit,
	.answer = output_answer,
	.poll = output_poll,
	.wait = output_wait,
	.recover = console_recover,
	.close = console_close,
	.reads_config = never,
};

/* Networks. */

enum { NET_SLOTS = 16, NET_BUFFER = 2048, FRAME_BYTES = 60 };

static struct haul_virtio_net net;
static struct haul_virtio_net_buffer buffers[SUBJECT_REQUESTS];
static struct haul_virtio_net_frame frames[SUBJECT_REQUESTS];
static struct haul_virtqueue_slot receive_slots[NET_SLOTS], transmit_slots[NET_SLOTS];

static void net_setup(bool all)
{
	with_all = all;
	machine_setup(HAUL_VIRTIO_NET_TYPE, all ? MACHINE_ALL | 1 << HAUL_VIRTIO_NET_F_MAC |
							    1 << HAUL_VIRTIO_NET_F_MTU |
							    1 << HAUL_VIRTIO_NET_F_MRG_RXBUF |
							    1 << HAUL_VIRTIO_NET_F_STATUS
						: 0);
	memcpy(machine.bytes, "\x52\x54\x00\x12\x34\x56\x01\x00\x00\x00\xdc\x05", 12);
	memset(&net, 0, sizeof net);
	memset(buffers, 0, sizeof buffers);
	memset(frames, 0, sizeof frames);
	memset(receive_slots, 0, sizeof receive_slots);
	memset(transmit_slots, 0, sizeof transmit_slots);
	machine_begin();
}

static unsigned char *net_memory(unsigned i)
{
	return machine.data + NET_BUFFER * i;
}

static int post_all(void)
{
	for (unsigned i = 0; i < SUBJECT_REQUESTS; i++) {
		const int err = buffers[i].posted ? 0 : haul_virtio_net_post(&net, &buffers[i]);

		if (err)
			return err;
	}
	return haul_virtio_net_kick_receive(&net);
}

static int net_open(void)
{
	int err = haul_virtio_net_open(&net, &machine.device,
				       &(struct haul_virtio_net_config){
					       .receive_slots = receive_slots,
					       .transmit_slots = transmit_slots,
					       .nreceive = NET_SLOTS,
					       .ntransmit = NET_SLOTS,
					       .receive_vector = HAUL_VIRTIO_NO_VECTOR,
					       .transmit_vector = HAUL_VIRTIO_NO_VECTOR,
				       });

	for (unsigned i = 0; !err && i < SUBJECT_REQUESTS; i++)
		if (!buffers[i].stream.size)
			err = haul_virtio_net_map(&net, &buffers[i], net_memory(i), NET_BUFFER);
	return err;
}

/* With buffers posted, as far as the queue has room for them. */
static int net_open_posted(void)
{
	int err = net_open();

	if (err)
		return err;
	err = post_all();
	return err == -HAUL_ENOSPC ? haul_virtio_net_kick_receive(&net) : err;
}

static void drain_sent(void)
{
	struct haul_virtio_net_frame *back;

	while (haul_virtio_net_sent(&net, &back) == 1)
		cr_assert(!back->busy);
}

static int net_recover(void)
{
	int err = haul_virtio_net_close(&net);

	if (err)
		return err;
	drain_sent();
	return net_open_posted();
}

static int net_close(void)
{
	int err = haul_virtio_net_close(&net);

	if (err && err != -HAUL_EINVAL)
		return err;
	drain_sent();
	for (unsigned i = 0; i < SUBJECT_REQUESTS; i++)
		if (buffers[i].stream.size)
			cr_assert(haul_virtio_net_unmap(&buffers[i]) == 0);
	return close_device(err);
}

static bool net_reads_config(void)
{
	return with_all;
}

static struct haul_virtio_queue *receive_ring(void)
{
	return &net.receive;
}

static void receive_answer(const struct haul_virtio_mock_request *request, int64_t len)
{
	unsigned char bytes[HAUL_VIRTIO_NET_HEADER + FRAME_BYTES] = {[10] = 1};

	memset(bytes + HAUL_VIRTIO_NET_HEADER, 'f', FRAME_BYTES);
	machine_write(request, 0, bytes, sizeof bytes);
	machine_use(request, len < 0 ? sizeof bytes : (uint32_t)len);
}

static int receive_poll(int *result)
{
	struct haul_virtio_net_buffer *frame;
	const int got = haul_virtio_net_receive(&net, &frame);

	*result = 0;
	if (got != 1)
		return got;
	cr_assert(!frame->next && !frame->posted && frame->len >= FRAME_BYTES);
	cr_assert(is_all(frame->data, 'f', FRAME_BYTES));
	return 1;
}

static int receive_wait(void)
{
	struct haul_virtio_net_buffer *frame;

	return haul_virtio_net_receive_wait(&net, &frame, machine_soon());
}

static const struct subject receiving = {
	.name = "net, receiving",
	.is_first = true,
	.is_posted = true,
	.empty = HAUL_VIRTIO_PROTOCOL,
	.least = 2,
	.too_small = -HAUL_ENOSPC,
	.setup = net_setup,
	.open = net_open_posted,
	.ring = receive_ring,
	.submit = post_all,
	.answer = receive_answer,
	.poll = receive_poll,
	.wait = receive_wait,
	.recover = net_recover,
	.close = net_close,
	.reads_config = net_reads_config,
};

static struct haul_virtio_queue *transmit_ring(void)
{
	return &net.transmit;
}

static struct haul_virtio_net_frame *prepare_frame(struct haul_iovec *piece)
{
	unsigned i = 0;

	while (i < SUBJECT_REQUESTS && frames[i].busy)
		i++;
	cr_assert(i < SUBJECT_REQUESTS);
	*piece = (struct haul_iovec){net_memory(SUBJECT_REQUESTS + i), FRAME_BYTES};
	memset(piece->base, 'g', FRAME_BYTES);
	return &frames[i];
}

static int transmit_submit(void)
{
	struct haul_iovec piece;
	struct haul_virtio_net_frame *const frame = prepare_frame(&piece);
	const int err = haul_virtio_net_send(&net, frame, &piece, 1);

	return err ? err : haul_virtio_net_kick_transmit(&net);
}

static void transmit_answer(const struct haul_virtio_mock_request *request, int64_t len)
{
	unsigned char bytes[HAUL_VIRTIO_NET_HEADER + FRAME_BYTES];

	cr_assert(request->readable == sizeof bytes);
	machine_read(request, 0, bytes, sizeof bytes);
	cr_assert(is_all(bytes, 0, HAUL_VIRTIO_NET_HEADER));
	cr_assert(is_all(bytes + HAUL_VIRTIO_NET_HEADER, 'g', FRAME_BYTES));
	machine_use(request, len < 0 ? 0 : (uint32_t)len);
}

static int transmit_poll(int *result)
{
	struct haul_virtio_net_frame *back;
	const int got = haul_virtio_net_sent(&net, &back);

	if (got != 1)
		return got;
	*result = back->result;
	note(back->result, &back->list);
	return 1;
}

static int transmit_wait(void)
{
	struct haul_iovec piece;
	struct haul_virtio_net_frame *const frame = prepare_frame(&piece);

	return haul_virtio_net_send_wait(&net, frame, &piece, 1, machine_soon());
}

static const struct subject sending = {
	.name = "net, sending",
	.queue = 1,
	.least = 2,
	.too_small = -HAUL_ENOSPC,
	.setup = net_setup,
	.open = net_open_posted,
	.ring = transmit_ring,
	.submit = transmit_submit,
	.answer = transmit_answer,
	.poll = transmit_poll,
	.wait = transmit_wait,
	.recover = net_recover,
	.close = net_close,
	.reads_config = net_reads_config,
};

const struct subject *const subjects[SUBJECTS] = {&entropy, &block,     &input,
						  &output,  &receiving, &sending};
