/* SPDX-License-Identifier: MIT */
/*
 * Virtio's drivers and QEMU's devices, on the boards: tests/virtio_boards.sh starts this with
 * disks and with tests/virtio_peer.py at the other end of the console and of the network.
 */
#include "test.h"
#include "virtio_board.h"
#include <haul/platform.h>
#include <haul/virtio_blk.h>
#include <haul/virtio_console.h>
#include <haul/virtio_net.h>
#include <haul/virtio_rng.h>
#include <stdlib.h>
#include <string.h>

/* Entropy */

static struct haul_virtio_rng rng;

static void read_random(unsigned char *p, size_t size)
{
	size_t done, all = 0;

	for (; all < size; all += done)
		OK(haul_virtio_rng_read(&rng, p + all, size - all, deadline(), &done));
}

/* Of that many random bytes no value is missing more often than once in 10^40 times. */
static bool looks_random(const unsigned char *p, size_t size)
{
	bool seen[256] = {false};
	unsigned values = 0;

	for (size_t i = 0; i < size; i++) {
		values += !seen[p[i]];
		seen[p[i]] = true;
	}
	return values == 256;
}

static void random_bytes(void)
{
	enum { SIZE = 6 * BOARD_PAGE };
	const struct haul_virtio_rng_config config = {vector, polled};
	unsigned char *p = memory;

	rng = (struct haul_virtio_rng){0};
	OK(haul_virtio_rng_open(&rng, &device, &config));
	fill(p, MEMORY, 1);
	read_random(p + BOARD_PAGE, SIZE);
	cr_assert(looks_random(p + BOARD_PAGE, SIZE));
	cr_assert(is_filled(p, BOARD_PAGE, 1));
	read_random(p, BOARD_PAGE);
	cr_assert(memcmp(p, p + BOARD_PAGE, BOARD_PAGE) != 0);
	OK(haul_virtio_rng_close(&rng));
	check_way();
}

Test(virtio_device, entropy_is_read)
{
	in_each_way(HAUL_VIRTIO_RNG_TYPE, random_bytes);
}

/* By a reset of its queue, over PCI; QEMU's MMIO devices offer that and do not do it, so all of the
 * device is. */
static void recover(void)
{
	const struct haul_virtio_rng_config config = {vector, polled};

	rng = (struct haul_virtio_rng){0};
	OK(haul_virtio_rng_open(&rng, &device, &config));
	for (unsigned i = 0; i < 3; i++) {
		fill(memory, BOARD_PAGE, i);
		read_random(memory, BOARD_PAGE / 2);
		cr_assert(!is_filled(memory, BOARD_PAGE / 2, i));
		OK(haul_virtio_rng_recover(&rng));
	}
	OK(haul_virtio_rng_close(&rng));
	check_way();
}

Test(virtio_device, entropy_goes_on_after_a_reset)
{
	in_each_way(HAUL_VIRTIO_RNG_TYPE, recover);
}

/* There are two disks.  Of the one the host knows the first half, which is left as it is; the
 * second is zeros. */

enum { SECTOR = HAUL_VIRTIO_BLK_SECTOR, SLOTS = 64, PARTS = 3 };

static struct haul_virtio_blk blk;

static void open_disk(void)
{
	static struct haul_virtqueue_slot slots[SLOTS];
	static struct haul_virtio_blk_part parts[PARTS];
	const struct haul_virtio_blk_config config = {
		.slots = slots,
		.nslots = SLOTS,
		.parts = parts,
		.nparts = PARTS,
		.segments = 4,
		.vector = vector,
		.polled = polled,
	};

	blk = (struct haul_virtio_blk){0};
	memset(slots, 0, sizeof slots);
	OK(haul_virtio_blk_open(&blk, &device, &config));
}

/* Opens the disk of that name. */
static void begin_disk(const char *name, enum way way)
{
	char id[HAUL_VIRTIO_BLK_ID + 1];

	for (unsigned but = 0;; but++) {
		begin(HAUL_VIRTIO_BLK_TYPE, but, way);
		open_disk();
		OK(haul_virtio_blk_id(&blk, id, deadline()));
		if (strcmp(id, name) == 0)
			return;
		OK(haul_virtio_blk_close(&blk));
		end();
	}
}

static void close_disk(void)
{
	OK(haul_virtio_blk_close(&blk));
	check_way();
}

static void on_disk_each_way(void (*body)(void))
{
	for (enum way way = DIRECT; way < WAYS; way++) {
		begin_disk("haul-disk", way);
		cr_assert(!blk.read_only && blk.capacity >= 2 * MEMORY / SECTOR);
		body();
		close_disk();
		end();
	}
}

/* POSIX, cksum: CRC-32 of the bytes and of their number. */
static uint32_t crc_byte(uint32_t crc, unsigned byte)
{
	crc ^= (uint32_t)byte << 24;
	for (unsigned bit = 0; bit < 8; bit++)
		crc = crc << 1 ^ (crc >> 31 ? 0x04c11db7u : 0);
	return crc;
}

static uint32_t cksum_of_half(void)
{
	const uint64_t half = blk.capacity / 2, some = MEMORY / 2 / SECTOR;
	uint32_t crc = 0;

	for (uint64_t at = 0; at < half; at += some) {
		const size_t sectors = half - at < some ? half - at : some;

		OK(haul_virtio_blk_read(&blk, at, memory, sectors, deadline()));
		for (size_t i = 0; i < sectors * SECTOR; i++)
			crc = crc_byte(crc, memory[i]);
	}
	for (uint64_t length = half * SECTOR; length; length >>= 8)
		crc = crc_byte(crc, length & 0xff);
	return ~crc;
}

static void read_disk(void)
{
	const char *expected = getenv("HAUL_TEST_DISK");
	uint32_t crc;

	cr_assert(expected);
	crc = cksum_of_half();
	cr_assert(crc == strtoull(expected, NULL, 10), "%u, not %s", (unsigned)crc, expected);
}

Test(virtio_device, disk_reads_as_the_host_knows_it)
{
	on_disk_each_way(read_disk);
}

/* More requests at a time than the device gets, of two pieces each, which lie at odd places. The
 * second half begins with what the first does then, and the host looks at it in the end. */

enum { REQUESTS = 4, PIECES = 2, EACH = 4 * SECTOR };

struct transfer {
	struct haul_virtio_blk_request request;
	struct haul_iovec pieces[PIECES];
	struct haul_dma_stream streams[PIECES];
	struct haul_dma_segment segments[2 * PIECES];
};

static struct transfer transfers[REQUESTS];

static void submit(struct transfer *transfer, enum haul_virtio_blk_op op, uint64_t sector,
		   unsigned char *p)
{
	*transfer = (struct transfer){
		.request = {.op = op,
			    .sector = sector,
			    .pieces = transfer->pieces,
			    .npieces = PIECES,
			    .streams = transfer->streams,
			    .segments = transfer->segments,
			    .max = 2 * PIECES},
		.pieces = {{p, 101}, {p + 101, EACH - 101}},
	};
	OK(haul_virtio_blk_submit(&blk, &transfer->request));
}

static void transfer_all(enum haul_virtio_blk_op op, uint64_t sector)
{
	const uint64_t end = deadline();
	unsigned done = 0;

	for (unsigned i = 0; i < REQUESTS; i++)
		submit(&transfers[i], op, sector + i * (EACH / SECTOR), memory + i * EACH);
	OK(haul_virtio_blk_kick(&blk));
	while (done < REQUESTS) {
		struct haul_virtio_blk_request *request;
		int got;

		OK(haul_virtio_wait(&blk.queue, end));
		while ((got = haul_virtio_blk_poll(&blk, &request)) == 1) {
			cr_assert(request->result == 0);
			done++;
		}
		cr_assert(got == 0, "%d", got);
	}
}

static bool is_zeros(const unsigned char *p, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (p[i])
			return false;
	return true;
}

static void write_disk(void)
{
	const uint64_t half = blk.capacity / 2;
	const size_t all = (size_t)REQUESTS * EACH;

	memset(memory, 0, all);
	transfer_all(HAUL_VIRTIO_BLK_WRITE, half);
	transfer_all(HAUL_VIRTIO_BLK_READ, 0);
	cr_assert(!is_zeros(memory, all));
	transfer_all(HAUL_VIRTIO_BLK_WRITE, half);
	OK(haul_virtio_blk_flush(&blk, deadline()));
}

/* By calls that wait. */
static void check_written(void)
{
	enum { ALL = REQUESTS * EACH };
	unsigned char *first = memory, *second = first + ALL;

	OK(haul_virtio_blk_read(&blk, 0, first, ALL / SECTOR, deadline()));
	OK(haul_virtio_blk_read(&blk, blk.capacity / 2, second, ALL / SECTOR, deadline()));
	cr_assert(memcmp(first, second, ALL) == 0);
}

static void write_and_check(void)
{
	write_disk();
	check_written();
}

Test(virtio_device, disk_keeps_what_is_written)
{
	on_disk_each_way(write_and_check);
}

/* Behind what the host looks at. */
static void clear_disk(void)
{
	const uint64_t at = blk.capacity - 2 * (EACH / SECTOR);

	fill(memory, EACH, 5);
	OK(haul_virtio_blk_write(&blk, at, memory, EACH / SECTOR, deadline()));
	OK(haul_virtio_blk_write(&blk, at + EACH / SECTOR, memory, EACH / SECTOR, deadline()));
	OK(haul_virtio_blk_write_zeroes(&blk, at, EACH / SECTOR, true, deadline()));
	OK(haul_virtio_blk_read(&blk, at, memory, 2 * (EACH / SECTOR), deadline()));
	cr_assert(is_zeros(memory, EACH));
	cr_assert(is_filled(memory + EACH, EACH, 5));
	OK(haul_virtio_blk_discard(&blk, at, EACH / SECTOR, deadline()));
}

static void other_requests(void)
{
	if (haul_virtio_has(&device, HAUL_VIRTIO_BLK_F_WRITE_ZEROES) &&
	    haul_virtio_has(&device, HAUL_VIRTIO_BLK_F_DISCARD))
		clear_disk();
	else
		test_note("no zeros are written, nothing is discarded");
	cr_assert(haul_virtio_blk_read(&blk, blk.capacity, memory, 1, deadline()) == -HAUL_ERANGE);
}

Test(virtio_device, disk_tells_its_name_clears_and_discards)
{
	on_disk_each_way(other_requests);
}

/* The other disk takes four requests a second. */

static int read_slowly(uint64_t until)
{
	return haul_virtio_blk_read(&blk, 0, memory, 1, until);
}

Test(virtio_device, disk_that_is_slow_wakes_the_cpu)
{
	begin_disk("haul-slow", ASLEEP);
	while (!woken)
		OK(read_slowly(deadline()));
	close_disk();
	end();
}

/* The device has let go of it: for longer than it would have taken nothing is written. */
static bool stays_filled(unsigned seed)
{
	const uint64_t until = haul_platform_clock() + UINT64_C(500000000);

	while (haul_platform_clock() < until)
		if (haul_virtqueue_pending(&blk.queue.ring))
			return false;
	return is_filled(memory, SECTOR, seed);
}

/* It would be done in a quarter of a second; where the host is stopped for so long it is. */
Test(virtio_device, disk_that_is_late_is_recovered)
{
	const uint64_t at_once = 1;
	int err;

	begin_disk("haul-slow", DIRECT);
	fill(memory, SECTOR, 3);
	OK(haul_virtio_blk_write(&blk, 0, memory, 1, deadline()));
	do
		err = read_slowly(at_once);
	while (!err);
	cr_assert(err == -HAUL_ETIMEDOUT, "%d", err);
	cr_assert(device.state == HAUL_VIRTIO_RUNNING);
	fill(memory, SECTOR, 4);
	cr_assert(stays_filled(4));
	OK(read_slowly(deadline()));
	cr_assert(is_filled(memory, SECTOR, 3));
	close_disk();
	end();
}

/* The console: the host turns every line round. */

static struct haul_virtio_console console;

static void write_line(const unsigned char *line, size_t size)
{
	size_t done = 0;

	OK(haul_virtio_console_write_wait(&console, line, size, &done, deadline()));
	cr_assert(done == size);
}

static void read_line(unsigned char *line, size_t size)
{
	size_t done, all = 0;

	for (; all < size; all += done)
		OK(haul_virtio_console_read_wait(&console, line + all, size - all, &done,
						 deadline()));
}

/* size: with the line's end. */
static void exchange_line(size_t size)
{
	unsigned char *line = memory, *answer = line + MEMORY / 2;

	for (size_t i = 0; i < size - 1; i++)
		line[i] = (unsigned char)('0' + i % 71);
	line[size - 1] = '\n';
	write_line(line, size);
	read_line(answer, size);
	for (size_t i = 0; i < size - 1; i++)
		cr_assert(answer[i] == line[size - 2 - i], "byte %zu of %zu", i, size);
	cr_assert(answer[size - 1] == '\n');
}

/* The longest takes more than all of the driver's buffers. */
static void exchange_lines(void)
{
	const uint16_t vectors[] = {vector, vector};

	OK(haul_virtio_console_open(&console, &device, vectors));
	for (size_t size = 2; size < MEMORY / 8; size = size * 3 / 2 + 1)
		exchange_line(size);
	OK(haul_virtio_console_flush(&console, deadline()));
	OK(haul_virtio_console_close(&console));
}

Test(virtio_device, lines_go_to_the_host_and_back)
{
	console = (struct haul_virtio_console){0};
	in_each_way(HAUL_VIRTIO_CONSOLE_TYPE, exchange_lines);
}

/* The network: for a frame the host sends back as many as its first byte says, of the same size,
 * numbered, and with every other bit the other way round. */

enum { FRAMES = 4, HEADER = 14, LEAST = 60, MOST = 1514, FRAME_BUFFER = 2048 };

static struct haul_virtio_net net;
static struct haul_virtio_net_buffer buffers[FRAMES];
static struct haul_virtqueue_slot receive_slots[SLOTS], transmit_slots[SLOTS];

static void open_net(void)
{
	const struct haul_virtio_net_config config = {
		receive_slots, transmit_slots, SLOTS, SLOTS, vector, vector,
	};

	memset(&net, 0, sizeof net);
	memset(buffers, 0, sizeof buffers);
	memset(receive_slots, 0, sizeof receive_slots);
	memset(transmit_slots, 0, sizeof transmit_slots);
	OK(haul_virtio_net_open(&net, &device, &config));
	for (size_t i = 0; i < FRAMES; i++) {
		OK(haul_virtio_net_map(&net, &buffers[i], memory + MEMORY / 2 + i * FRAME_BUFFER,
				       FRAME_BUFFER));
		OK(haul_virtio_net_post(&net, &buffers[i]));
	}
	OK(haul_virtio_net_kick_receive(&net));
}

static void close_net(void)
{
	OK(haul_virtio_net_close(&net));
	for (size_t i = 0; i < FRAMES; i++)
		OK(haul_virtio_net_unmap(&buffers[i]));
	check_way();
}

static const unsigned char host[6] = {2, 'h', 'o', 's', 't', 1};

static void make_frame(unsigned char *frame, size_t size, unsigned count)
{
	memcpy(frame, host, 6);
	OK(haul_virtio_net_mac(&net, frame + 6));
	frame[12] = 0x88, frame[13] = 0xb5; /* IEEE 802: local, for experiments */
	fill(frame + HEADER, size - HEADER, (unsigned)size);
	frame[HEADER] = (unsigned char)count;
}

/* In two pieces. */
static void send_frame(unsigned char *frame, size_t size)
{
	static struct haul_virtio_net_frame sent;
	const struct haul_iovec pieces[] = {{frame, HEADER}, {frame + HEADER, size - HEADER}};

	memset(&sent, 0, sizeof sent);
	OK(haul_virtio_net_send_wait(&net, &sent, pieces, 2, deadline()));
	cr_assert(sent.result == 0 && !sent.busy);
}

static void check_answer(const unsigned char *answer, const unsigned char *frame, size_t size,
			 unsigned number)
{
	cr_assert(memcmp(answer, frame + 6, 6) == 0 && memcmp(answer + 6, host, 6) == 0);
	cr_assert(answer[12] == 0x88 && answer[13] == 0xb5 && answer[HEADER] == number);
	for (size_t i = HEADER + 1; i < size; i++)
		cr_assert((answer[i] ^ frame[i]) == 0xff, "byte %zu of %zu", i, size);
}

static void exchange_frames(size_t size, unsigned count)
{
	unsigned char *frame = memory;
	struct haul_virtio_net_buffer *answer;

	make_frame(frame, size, count);
	send_frame(frame, size);
	for (unsigned number = 0; number < count; number++) {
		OK(haul_virtio_net_receive_wait(&net, &answer, deadline()));
		cr_assert(answer->len == size && !answer->next, "%zu bytes, not %zu", answer->len,
			  size);
		check_answer(answer->data, frame, size, number);
		OK(haul_virtio_net_post(&net, answer));
	}
	OK(haul_virtio_net_kick_receive(&net));
}

static void exchange(void)
{
	static const unsigned char mac[6] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};
	unsigned char told[6];
	bool up = false;

	open_net();
	OK(haul_virtio_net_mac(&net, told));
	cr_assert(memcmp(told, mac, 6) == 0);
	OK(haul_virtio_net_link(&net, &up));
	cr_assert(up);
	for (size_t size = LEAST; size < MOST; size = size * 3 / 2 + 1)
		exchange_frames(size, 1);
	exchange_frames(MOST, FRAMES);
	exchange_frames(LEAST, FRAMES);
	close_net();
}

Test(virtio_device, frames_go_to_the_host_and_back)
{
	in_each_way(HAUL_VIRTIO_NET_TYPE, exchange);
}
