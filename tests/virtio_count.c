/* SPDX-License-Identifier: MIT */
/*
 * Instructions per request of virtio's drivers against QEMU's devices: under -icount, where the
 * boards' counters are exact (doc/benchmarks.md).  What a request takes is what comes before the
 * device has it, and after it is done; the time between is the device's.  Polled, from memory
 * that the device reaches.
 */
#include "test.h"
#include "virtio_board.h"
#include <haul/virtio_blk.h>
#include <haul/virtio_net.h>
#include <haul/virtio_rng.h>
#include <string.h>

enum { WARM = 8, REQUESTS = 200, SLOTS = 64, PAGE = 4096, FRAME = 60, HEADER = 14 };

/* Instructions of one half of a request, over all of them. */
struct half {
	uint64_t sum, least, most;
};

struct count {
	struct half before, after;
	unsigned done;
};

static uint64_t started, nothing;

static void start(void)
{
	started = board_count();
}

static uint64_t stop(void)
{
	return (board_count() - started) * board_instructions_per_count;
}

/* What counting itself takes. */
static void measure_nothing(void)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < REQUESTS; i++) {
		start();
		sum += stop();
	}
	nothing = sum / REQUESTS;
}

static void add(const struct count *count, struct half *half, uint64_t instructions)
{
	const uint64_t n = instructions > nothing ? instructions - nothing : 0;

	if (count->done < WARM)
		return;
	half->sum += n;
	if (n < half->least || count->done == WARM)
		half->least = n;
	if (n > half->most)
		half->most = n;
}

static unsigned mean(const struct half *half)
{
	return (unsigned)((half->sum + REQUESTS / 2) / REQUESTS);
}

static void report(const char *what, const struct count *count)
{
	test_note("instructions: %s: %u (%u to %u) + %u (%u to %u)", what, mean(&count->before),
		  (unsigned)count->before.least, (unsigned)count->before.most, mean(&count->after),
		  (unsigned)count->after.least, (unsigned)count->after.most);
}

static bool goes_on(const struct count *count)
{
	return count->done < WARM + REQUESTS;
}

/* Entropy, and on its queue the bare ring. */

static struct haul_virtio_rng rng;

static void count_rng(void)
{
	struct count count = {0};
	static struct haul_virtio_rng_request request, *done;

	for (; goes_on(&count); count.done++) {
		request = (struct haul_virtio_rng_request){.p = memory, .size = 64};
		start();
		OK(haul_virtio_rng_submit(&rng, &request));
		OK(haul_virtio_rng_kick(&rng));
		add(&count, &count.before, stop());
		OK(haul_virtio_wait(&rng.queue, deadline()));
		start();
		cr_assert(haul_virtio_rng_poll(&rng, &done) == 1);
		add(&count, &count.after, stop());
		cr_assert(done->result == 0);
	}
	report("entropy, 64 bytes", &count);
}

static void count_ring(void)
{
	struct haul_dma_stream stream;
	struct haul_virtqueue_used used;
	struct haul_dma_segment segment;
	struct count count = {0};

	OK(haul_dma_map(&stream, &dma, memory, 64, HAUL_DMA_FROM_DEVICE, 0));
	segment = (struct haul_dma_segment){stream.iova, 64};
	OK(haul_dma_for_device(&stream, 0, 64));
	for (; goes_on(&count); count.done++) {
		start();
		OK(haul_virtqueue_add(&rng.queue.ring, NULL, 0, &segment, 1, &count, NULL));
		OK(haul_virtio_kick(&rng.queue));
		add(&count, &count.before, stop());
		OK(haul_virtio_wait(&rng.queue, deadline()));
		start();
		cr_assert(haul_virtqueue_pop(&rng.queue.ring, &used) == 1);
		add(&count, &count.after, stop());
	}
	OK(haul_dma_unmap(&stream, 0));
	report("ring alone, 1 segment", &count);
}

Test(virtio_count, entropy)
{
	const struct haul_virtio_rng_config config = {vector, true};

	begin(HAUL_VIRTIO_RNG_TYPE, 0, DIRECT);
	rng = (struct haul_virtio_rng){0};
	OK(haul_virtio_rng_open(&rng, &device, &config));
	measure_nothing();
	count_ring();
	count_rng();
	OK(haul_virtio_rng_close(&rng));
	end();
}

/* The disk */

static struct haul_virtio_blk blk;
static struct haul_virtqueue_slot slots[SLOTS];

static void open_disk(void)
{
	static struct haul_virtio_blk_part parts[4];
	const struct haul_virtio_blk_config config = {
		.slots = slots,
		.nslots = SLOTS,
		.parts = parts,
		.nparts = 4,
		.segments = 4,
		.vector = vector,
		.polled = true,
	};

	blk = (struct haul_virtio_blk){0};
	memset(slots, 0, sizeof slots);
	OK(haul_virtio_blk_open(&blk, &device, &config));
}

static void count_disk(const char *what, enum haul_virtio_blk_op op)
{
	static struct haul_virtio_blk_request request, *done;
	static struct haul_dma_stream stream;
	static struct haul_dma_segment segments[2];
	const struct haul_iovec piece = {memory, PAGE};
	struct count count = {0};

	for (; goes_on(&count); count.done++) {
		request = (struct haul_virtio_blk_request){
			.op = op,
			.pieces = &piece,
			.npieces = 1,
			.streams = &stream,
			.segments = segments,
			.max = 2,
		};
		start();
		OK(haul_virtio_blk_submit(&blk, &request));
		OK(haul_virtio_blk_kick(&blk));
		add(&count, &count.before, stop());
		OK(haul_virtio_wait(&blk.queue, deadline()));
		start();
		cr_assert(haul_virtio_blk_poll(&blk, &done) == 1);
		add(&count, &count.after, stop());
		cr_assert(done->result == 0);
	}
	report(what, &count);
}

Test(virtio_count, disk)
{
	begin(HAUL_VIRTIO_BLK_TYPE, 0, DIRECT);
	open_disk();
	measure_nothing();
	count_disk("disk, read of 4 KiB", HAUL_VIRTIO_BLK_READ);
	count_disk("disk, write of 4 KiB", HAUL_VIRTIO_BLK_WRITE);
	OK(haul_virtio_blk_close(&blk));
	end();
}

/* The network: for each frame tests/virtio_peer.py sends one back. */

static struct haul_virtio_net net;
static struct haul_virtio_net_buffer buffer;
static struct haul_virtqueue_slot more_slots[SLOTS];

static void open_net(void)
{
	const struct haul_virtio_net_config config = {
		slots, more_slots, SLOTS, SLOTS, vector, vector,
	};

	memset(&net, 0, sizeof net);
	memset(&buffer, 0, sizeof buffer);
	memset(slots, 0, sizeof slots);
	memset(more_slots, 0, sizeof more_slots);
	OK(haul_virtio_net_open(&net, &device, &config));
	haul_virtqueue_disable(&net.receive.ring);
	OK(haul_virtio_net_map(&net, &buffer, memory + PAGE, 2048));
	OK(haul_virtio_net_post(&net, &buffer));
	OK(haul_virtio_net_kick_receive(&net));
}

static void count_sent(struct count *count)
{
	static struct haul_virtio_net_frame frame, *sent;
	const struct haul_iovec piece = {memory, FRAME};

	memset(&frame, 0, sizeof frame);
	start();
	OK(haul_virtio_net_send(&net, &frame, &piece, 1));
	OK(haul_virtio_net_kick_transmit(&net));
	add(count, &count->before, stop());
	OK(haul_virtio_wait(&net.transmit, deadline()));
	start();
	cr_assert(haul_virtio_net_sent(&net, &sent) == 1);
	add(count, &count->after, stop());
	count->done++;
}

static void count_received(struct count *count)
{
	struct haul_virtio_net_buffer *received;

	OK(haul_virtio_wait(&net.receive, deadline()));
	start();
	cr_assert(haul_virtio_net_receive(&net, &received) == 1);
	add(count, &count->after, stop());
	cr_assert(received == &buffer && buffer.len == FRAME);
	start();
	OK(haul_virtio_net_post(&net, &buffer));
	OK(haul_virtio_net_kick_receive(&net));
	add(count, &count->before, stop());
	count->done++;
}

Test(virtio_count, network)
{
	struct count sent = {0}, received = {0};

	begin(HAUL_VIRTIO_NET_TYPE, 0, DIRECT);
	open_net();
	measure_nothing();
	memset(memory, 0, FRAME);
	memory[HEADER] = 1;
	while (goes_on(&sent)) {
		count_sent(&sent);
		count_received(&received);
	}
	report("network, 60 bytes sent", &sent);
	report("network, 60 bytes received", &received);
	OK(haul_virtio_net_close(&net));
	OK(haul_virtio_net_unmap(&buffer));
	end();
}
