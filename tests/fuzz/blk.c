/* SPDX-License-Identifier: MIT */
/* Block devices. */
#include "driver.h"
#include "targets.h"
#include <haul/virtio_blk.h>
#include <string.h>

enum { REQUESTS = 4, PIECES = 2, SEGMENTS = 8, SLOTS = 16, PARTS = 6, CALLS = 64 };
enum { SECTOR = HAUL_VIRTIO_BLK_SECTOR, BYTE = 0x5a };
enum { TYPE_IN = 0, TYPE_GET_ID = 8 };

/* A request, and all that it stands on. */
struct job {
	struct haul_virtio_blk_request request;
	struct haul_iovec pieces[PIECES];
	struct haul_dma_stream streams[PIECES];
	struct haul_dma_segment segments[SEGMENTS];
	bool out; /* the driver's */
};

static struct haul_virtio_blk blk;
static struct haul_virtqueue_slot slots[SLOTS];
static struct haul_virtio_blk_part parts[PARTS];
static struct job jobs[REQUESTS];

/* Reads are filled, up to the status, which is the last byte. */
static uint32_t work(const struct haul_virtio_mock_request *request)
{
	static const unsigned char bytes[256] = {[0 ... 255] = BYTE};
	static const uint8_t ok;
	uint32_t type = 0;
	uint64_t off = 0;

	haul_virtio_mock_read(&machine.mock, request, 0, &type, sizeof type);
	while ((type == TYPE_IN || type == TYPE_GET_ID) && off + 1 < request->writable) {
		const uint64_t left = request->writable - 1 - off;
		const uint64_t n = left < sizeof bytes ? left : sizeof bytes;

		if (haul_virtio_mock_write(&machine.mock, request, off, bytes, (size_t)n))
			break;
		off += n;
	}
	if (request->writable)
		haul_virtio_mock_write(&machine.mock, request, request->writable - 1, &ok, 1);
	return (uint32_t)request->writable;
}

/* 64 sectors, segments of up to 64 KiB, and up to 100 sectors that are written without data. */
static const unsigned char config[] = {
	[0] = 64, [10] = 1, [12] = 4, [21] = 2, [36] = 100, [40] = 1, [48] = 100, [52] = 1};
static const struct machine_kind kind = {
	.type = HAUL_VIRTIO_BLK_TYPE,
	.features = 1 << HAUL_VIRTIO_BLK_F_SIZE_MAX | 1 << HAUL_VIRTIO_BLK_F_SEG_MAX |
		    1 << HAUL_VIRTIO_BLK_F_BLK_SIZE | 1 << HAUL_VIRTIO_BLK_F_FLUSH |
		    1 << HAUL_VIRTIO_BLK_F_DISCARD | 1 << HAUL_VIRTIO_BLK_F_WRITE_ZEROES,
	.config = config,
	.config_size = sizeof config,
	.work = work,
};

#define OPEN_ERRORS \
	HAUL_EIO, HAUL_ENOMEM, HAUL_EBUSY, HAUL_ENODEV, HAUL_EINVAL, HAUL_ENOENT, HAUL_EPROTO, \
		HAUL_ENOTSUP, HAUL_ETIMEDOUT, HAUL_EAGAIN

#define USE_ERRORS HAUL_EIO, HAUL_ENODEV, HAUL_EINVAL, HAUL_EPROTO

static int start(bool polled)
{
	const struct haul_virtio_blk_config wanted = {
		.slots = slots,
		.nslots = SLOTS,
		.parts = parts,
		.nparts = 1 + input_below(PARTS),
		.segments = 1 + input_below(SEGMENTS),
		.vector = HAUL_VIRTIO_NO_VECTOR,
		.polled = polled,
	};

	return RETURNS(haul_virtio_blk_open(&blk, &machine.device, &wanted), OPEN_ERRORS);
}

static void submit(void)
{
	const unsigned i = input_below(REQUESTS);
	struct job *job = &jobs[i];
	int err;

	if (job->out)
		return;
	for (unsigned k = 0; k < PIECES; k++)
		job->pieces[k] =
			(struct haul_iovec){machine_buffer(PIECES * i + k), input_below(5) * 256u};
	job->request = (struct haul_virtio_blk_request){
		.op = (enum haul_virtio_blk_op)input_below(7),
		.sector = input_value(1),
		.pieces = job->pieces,
		.npieces = 1 + input_below(PIECES),
		.streams = job->streams,
		.segments = job->segments,
		.max = 1 + input_below(SEGMENTS),
		.sectors = input_value(1) * 3,
		.unmap = i & 1,
	};
	err = RETURNS(haul_virtio_blk_submit(&blk, &job->request), USE_ERRORS, HAUL_ERANGE,
		      HAUL_ENOTSUP, HAUL_EACCES, HAUL_EOVERFLOW, HAUL_ENOSPC, HAUL_ENOMEM);
	job->out = !err;
}

/* Each comes back once. */
static void check_back(const struct haul_virtio_blk_request *request)
{
	for (unsigned i = 0; i < REQUESTS; i++)
		if (request == &jobs[i].request) {
			cr_assert(jobs[i].out);
			jobs[i].out = false;
			input_result(request->result, "a request",
				     (const int[]){HAUL_EIO, HAUL_ENOTSUP, HAUL_EPROTO,
						   HAUL_ETIMEDOUT, 0});
			cr_assert(!request->id[HAUL_VIRTIO_BLK_ID]);
			return;
		}
	cr_assert(false, "a request that nobody has submitted");
}

static int poll(void)
{
	struct haul_virtio_blk_request *request;
	const int got = RETURNS(haul_virtio_blk_poll(&blk, &request), USE_ERRORS, HAUL_EAGAIN);

	if (got == 1)
		check_back(request);
	return got;
}

#define WAIT_ERRORS \
	USE_ERRORS, HAUL_ERANGE, HAUL_ENOTSUP, HAUL_EACCES, HAUL_EOVERFLOW, HAUL_ENOSPC, \
		HAUL_ENOMEM, HAUL_ETIMEDOUT, HAUL_EBUSY

static void wait_for_one(void)
{
	unsigned char *const p = machine_buffer(0);
	char id[HAUL_VIRTIO_BLK_ID + 1];
	const uint64_t sector = input_value(1);

	if (jobs[0].out) /* it has that memory */
		return;
	switch (input_below(6)) {
	case 0:
		RETURNS(haul_virtio_blk_read(&blk, sector, p, 1 + input_below(4), input_soon()),
			WAIT_ERRORS);
		break;
	case 1:
		RETURNS(haul_virtio_blk_write(&blk, sector, p, 1 + input_below(4), input_soon()),
			WAIT_ERRORS);
		break;
	case 2:
		RETURNS(haul_virtio_blk_flush(&blk, input_soon()), WAIT_ERRORS);
		break;
	case 3:
		RETURNS(haul_virtio_blk_discard(&blk, sector, input_value(2), input_soon()),
			WAIT_ERRORS);
		break;
	case 4:
		RETURNS(haul_virtio_blk_write_zeroes(&blk, sector, input_value(2), true,
						     input_soon()),
			WAIT_ERRORS);
		break;
	default:
		RETURNS(haul_virtio_blk_id(&blk, id, input_soon()), WAIT_ERRORS);
	}
}

static void step(void)
{
	unsigned causes;

	switch (input_below(8)) {
	case 0:
		machine_act();
		break;
	case 1:
		submit();
		break;
	case 2:
		RETURNS(haul_virtio_blk_kick(&blk), USE_ERRORS);
		break;
	case 3:
		poll();
		break;
	case 4:
		wait_for_one();
		break;
	case 5:
		RETURNS(haul_virtio_blk_interrupt(&blk, &causes), HAUL_ENODEV, HAUL_EPROTO);
		break;
	case 6:
		driver_check();
		break;
	default:
		RETURNS(haul_virtio_blk_recover(&blk), OPEN_ERRORS);
	}
}

static void close_all(void)
{
	machine_mend();
	if (blk.device)
		cr_assert(haul_virtio_blk_close(&blk) == 0);
	while (poll() == 1)
		;
	for (unsigned i = 0; i < REQUESTS; i++)
		cr_assert(!jobs[i].out, "a request is lost");
}

static void check_works(void)
{
	unsigned char *const p = machine_buffer(0);

	machine_again();
	cr_assert(start(false) == 0);
	memset(p, 0, 3 * SECTOR);
	cr_assert(haul_virtio_blk_write(&blk, 1, p, 3, input_soon()) == 0);
	cr_assert(haul_virtio_blk_read(&blk, 1, p, 3, input_soon()) == 0);
	for (unsigned i = 0; i < 3 * SECTOR; i++)
		cr_assert(p[i] == BYTE);
	cr_assert(haul_virtio_blk_flush(&blk, input_soon()) == 0);
	cr_assert(haul_virtio_blk_close(&blk) == 0);
}

void fuzz_blk(const uint8_t *data, size_t size)
{
	input_begin(data, size);
	machine_begin(&kind);
	memset(&blk, 0, sizeof blk);
	memset(slots, 0, sizeof slots);
	memset(jobs, 0, sizeof jobs);
	if (start(input_byte() & 1) == 0)
		for (unsigned i = 0; i < CALLS && input_left(); i++)
			step();
	close_all();
	check_works();
	machine_end();
}
