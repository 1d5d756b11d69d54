/* SPDX-License-Identifier: MIT */
/* The block driver against a disk that keeps the rules. */
#include "virtio_disk.h"
#include <string.h>

enum { SECTOR = HAUL_VIRTIO_BLK_SECTOR };

static void fill(unsigned char *p, size_t n, uint64_t *random)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)test_random(random);
}

static void reads_and_writes(void)
{
	uint64_t random = test_seed();

	disk_begin();
	disk_open();
	cr_assert(blk.capacity == DISK_SECTORS && blk.block == 4096 && !blk.read_only);
	for (unsigned i = 0; i < 24; i++) {
		const size_t n = 1 + test_random_below(&random, MACHINE_DATA / SECTOR);
		const uint64_t sector = test_random_below(&random, DISK_SECTORS - n + 1);

		if (i % 2) {
			fill(machine.data, n * SECTOR, &random);
			cr_assert(haul_virtio_blk_write(&blk, sector, machine.data, n,
							machine_never()) == 0);
		} else {
			memset(machine.data, 0xee, MACHINE_DATA);
			cr_assert(haul_virtio_blk_read(&blk, sector, machine.data, n,
						       machine_never()) == 0);
		}
		cr_assert(disk_has(sector, machine.data, n));
	}
	disk_end();
}

Test(virtio_blk, reads_and_writes)
{
	machine_each(reads_and_writes);
}

static void other_requests(void)
{
	static const unsigned char zeros[40 * SECTOR];
	char id[HAUL_VIRTIO_BLK_ID + 1];

	disk_begin();
	disk_open();
	cr_assert(haul_virtio_blk_flush(&blk, machine_never()) == 0 && disk.flushes == 1);
	cr_assert(haul_virtio_blk_id(&blk, id, machine_never()) == 0);
	cr_assert(strcmp(id, "a disk of the test's") == 0);
	cr_assert(haul_virtio_blk_discard(&blk, 3, 40, machine_never()) == 0);
	cr_assert(disk.discards == 3 && disk.unmaps == 0 && disk_has(3, zeros, 40));
	cr_assert(!disk_has(2, zeros, 1) && !disk_has(43, zeros, 1));
	cr_assert(haul_virtio_blk_write_zeroes(&blk, 44, 20, true, machine_never()) == 0);
	cr_assert(disk.zeroes == 2 && disk.unmaps == 2 && disk_has(44, zeros, 20));
	cr_assert(haul_virtio_blk_write_zeroes(&blk, 0, 1, false, machine_never()) == 0);
	cr_assert(disk.zeroes == 3 && disk.unmaps == 2 && disk_has(0, zeros, 1));
	disk_end();
}

Test(virtio_blk, flush_id_discard_and_write_zeroes)
{
	machine_each(other_requests);
}

Test(virtio_blk, read_only_devices)
{
	disk_begin();
	machine_offer(HAUL_VIRTIO_BLK_F_RO, true);
	disk_open();
	cr_assert(blk.read_only);
	cr_assert(haul_virtio_blk_write(&blk, 0, machine.data, 1, machine_never()) == -HAUL_EACCES);
	cr_assert(haul_virtio_blk_discard(&blk, 0, 1, machine_never()) == -HAUL_EACCES);
	cr_assert(haul_virtio_blk_write_zeroes(&blk, 0, 1, false, machine_never()) == -HAUL_EACCES);
	cr_assert(disk.count == 0);
	cr_assert(haul_virtio_blk_flush(&blk, machine_never()) == 0);
	cr_assert(haul_virtio_blk_read(&blk, 0, machine.data, 1, machine_never()) == 0);
	disk_end();
}

/* CFG-1: what a feature brings is not read without it. */
static int forbid_reads(struct haul_virtio_mock *mock, enum haul_virtio_mock_call call,
			size_t index, uint64_t *value)
{
	(void)mock;
	(void)value;
	cr_assert(call != HAUL_VIRTIO_MOCK_CONFIG_READ || index == 0, "field at %zu", index);
	return 0;
}

Test(virtio_blk, cfg_1_a_device_without_features)
{
	disk_begin();
	machine.config.features.words[0] = (uint64_t)1 << HAUL_VIRTIO_F_VERSION_1;
	machine.config.hook = forbid_reads;
	machine.config.size = 8;
	disk_open();
	cr_assert(blk.block == SECTOR);
	cr_assert(haul_virtio_blk_flush(&blk, machine_never()) == -HAUL_ENOTSUP);
	cr_assert(haul_virtio_blk_discard(&blk, 0, 1, machine_never()) == -HAUL_ENOTSUP);
	cr_assert(haul_virtio_blk_write_zeroes(&blk, 0, 1, false, machine_never()) ==
		  -HAUL_ENOTSUP);
	cr_assert(disk.count == 0);
	cr_assert(haul_virtio_blk_read(&blk, 10, machine.data, 32, machine_never()) == 0);
	cr_assert(disk_has(10, machine.data, 32));
	disk_end();
}

Test(virtio_blk, cfg_2_a_configuration_too_small_for_its_features)
{
	disk_begin();
	machine.config.size = 36; /* no max_discard_sectors */
	cr_assert(disk_try() == -HAUL_EPROTO);
	cr_assert(machine.device.state == HAUL_VIRTIO_RESET);
	machine_end();
	disk_begin();
	machine.config.size = 7;
	cr_assert(disk_try() == -HAUL_EPROTO);
	machine_end();
}

Test(virtio_blk, legacy)
{
	disk_begin();
	machine_legacy();
	disk_open();
	disk.len = 77; /* 5.2.6.4: lengths of legacy devices are to be ignored */
	memset(machine.data, 'a', 3 * SECTOR);
	cr_assert(haul_virtio_blk_write(&blk, 5, machine.data, 3, machine_never()) == 0);
	cr_assert(disk_has(5, machine.data, 3));
	disk.len = 0;
	cr_assert(haul_virtio_blk_read(&blk, 0, machine.data, 10, machine_never()) == 0);
	cr_assert(disk_has(0, machine.data, 10));
	disk_end();
}

/* Requests of random ops, of random pieces. */
enum { REQUESTS = 8, PIECES = 6, MAX = 40, SHARE = MACHINE_DATA / REQUESTS };
static struct {
	struct haul_virtio_blk_request request;
	struct haul_iovec pieces[PIECES];
	struct haul_dma_stream streams[PIECES];
	struct haul_dma_segment segments[MAX];
} jobs[REQUESTS];

/* n sectors in npieces pieces at p. */
static void make_job(unsigned i, enum haul_virtio_blk_op op, uint64_t sector, size_t n,
		     unsigned npieces, uint64_t *random)
{
	unsigned char *p = machine.data + (size_t)i * SHARE;
	size_t left = n * SECTOR;

	for (unsigned k = 0; k < npieces; k++) {
		size_t len = left;

		if (k + 1 < npieces)
			len = 1 + test_random_below(random, left - (npieces - k - 1));
		jobs[i].pieces[k] = (struct haul_iovec){p, len};
		p += len;
		left -= len;
	}
	jobs[i].request = (struct haul_virtio_blk_request){
		.op = op,
		.sector = sector,
		.pieces = jobs[i].pieces,
		.npieces = npieces,
		.streams = jobs[i].streams,
		.segments = jobs[i].segments,
		.max = MAX,
		.cookie = &jobs[i],
	};
}

static void split(uint32_t size_max, uint32_t seg_max)
{
	uint64_t random = test_seed() + size_max + seg_max;

	disk_begin();
	disk.config.size_max = size_max;
	disk.config.seg_max = seg_max;
	machine_offer(HAUL_VIRTIO_F_INDIRECT_DESC, size_max % 2);
	disk_open();
	for (unsigned i = 0; i < 6; i++) {
		const size_t n = 1 + test_random_below(&random, SHARE / SECTOR);
		const uint64_t sector = test_random_below(&random, DISK_SECTORS - n + 1);
		struct haul_virtio_blk_request *back = NULL;
		int got = 0;

		make_job(0, i % 2 ? HAUL_VIRTIO_BLK_WRITE : HAUL_VIRTIO_BLK_READ, sector, n,
			 1 + (unsigned)test_random_below(&random, 3), &random);
		fill(machine.data, SHARE, &random);
		cr_assert(haul_virtio_blk_submit(&blk, &jobs[0].request) == 0);
		cr_assert(haul_virtio_blk_kick(&blk) == 0);
		while (!got)
			got = haul_virtio_blk_poll(&blk, &back);
		cr_assert(got == 1 && back == &jobs[0].request && back->result == 0);
		cr_assert(disk_has(sector, machine.data, n));
	}
	disk_end();
}

static void split_all(void)
{
	static const uint32_t sizes[] = {130, 511, 512, 513, 1000, 4096};

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		split(sizes[i], 8);
	split(4096, 3);
	split(4096, 4000000000);
	split(130, 4000000000);
	split(131, 4000000000);
	split(4096, 0);
}

Test(virtio_blk, requests_are_split_by_size_max_and_seg_max)
{
	machine_each(split_all);
}

/* What waits is done piece by piece where memory comes to more segments than it has. */
Test(virtio_blk, memory_in_many_pieces)
{
	disk_begin();
	cr_assert(haul_dma_device_end(&machine.dma) == 0);
	machine.limits.segment_max = 512;
	machine_limit();
	disk_open();
	memset(machine.data, 'm', MACHINE_DATA);
	cr_assert(haul_virtio_blk_write(&blk, 9, machine.data, 31, machine_never()) == 0);
	cr_assert(disk_has(9, machine.data, 31));
	cr_assert(haul_virtio_blk_read(&blk, 2, machine.data, 32, machine_never()) == 0);
	cr_assert(disk_has(2, machine.data, 32));
	disk_end();
}

/* A queue that has room for less than a part may have. */
static void small_queue(void)
{
	disk_begin();
	machine.queues[0].max = 4;
	disk.config.size_max = 1024;
	disk_open();
	cr_assert(haul_virtio_blk_read(&blk, 5, machine.data, 16, machine_never()) == 0);
	cr_assert(disk_has(5, machine.data, 16) && disk.count == 4);
	disk_end();
}

Test(virtio_blk, small_queues)
{
	machine_each(small_queue);
}

Test(virtio_blk, requests_that_cannot_be_split)
{
	uint64_t random = 1;

	disk_begin();
	disk.config.seg_max = 2;
	disk_open();
	make_job(0, HAUL_VIRTIO_BLK_READ, 0, 1, 3, &random);
	for (unsigned k = 0; k < 3; k++)
		jobs[0].pieces[k] =
			(struct haul_iovec){machine.data + 1000 * k, k < 2 ? 100 : SECTOR - 200};
	cr_assert(haul_virtio_blk_submit(&blk, &jobs[0].request) == -HAUL_ENOTSUP);
	disk_end();
	disk_begin();
	disk.config.size_max = 85;
	cr_assert(disk_try() == -HAUL_EPROTO, "6 segments of 85 bytes are less than a sector");
	machine_end();
}

static void collect_reversed(unsigned n)
{
	struct haul_virtio_blk_request *back;

	for (unsigned i = n; i--;) {
		cr_assert(haul_virtio_blk_poll(&blk, &back) == 1);
		cr_assert(back == &jobs[i].request && back->result == 0);
	}
	cr_assert(haul_virtio_blk_poll(&blk, &back) == 0);
}

/* One kick for all; used from the last to the first. */
static void out_of_order(void)
{
	uint64_t random = test_seed();

	disk_begin();
	disk.hold = true;
	disk_open();
	for (unsigned i = 0; i < REQUESTS; i++) {
		make_job(i, i % 2 ? HAUL_VIRTIO_BLK_WRITE : HAUL_VIRTIO_BLK_READ, 4 * i, 4, 1,
			 &random);
		fill(machine.data + i * SHARE, SHARE, &random);
		cr_assert(haul_virtio_blk_submit(&blk, &jobs[i].request) == 0);
	}
	cr_assert(machine.queues[0].kicks == 0 && disk.nheld == 0);
	cr_assert(haul_virtio_blk_kick(&blk) == 0);
	cr_assert(machine.queues[0].kicks == 1 && disk.nheld == REQUESTS);
	disk_let_go();
	collect_reversed(REQUESTS);
	for (unsigned i = 0; i < REQUESTS; i++)
		cr_assert(disk_has(4 * i, machine.data + i * SHARE, 4));
	disk_end();
}

Test(virtio_blk, requests_are_handed_back_as_they_are_done)
{
	machine_each(out_of_order);
}

/* Each is four parts of one sector; there are 12 at a time. */
static void more_than_there_is_room_for(void)
{
	struct haul_virtio_blk_request *back;
	uint64_t random = test_seed();
	unsigned done = 0;

	disk_begin();
	disk.config.size_max = SECTOR;
	disk.config.seg_max = 1;
	disk.hold = true;
	disk_open();
	for (unsigned i = 0; i < REQUESTS; i++) {
		make_job(i, HAUL_VIRTIO_BLK_READ, 4 * i, 4, 1, &random);
		cr_assert(haul_virtio_blk_submit(&blk, &jobs[i].request) == 0);
	}
	cr_assert(haul_virtio_blk_kick(&blk) == 0);
	cr_assert(disk.nheld == DISK_PARTS);
	for (unsigned rounds = 0; done < REQUESTS; rounds++) {
		cr_assert(rounds < 100);
		disk_let_go();
		while (haul_virtio_blk_poll(&blk, &back) == 1) {
			cr_assert(back->result == 0);
			done++;
		}
	}
	cr_assert(disk.count == 4 * REQUESTS);
	for (unsigned i = 0; i < REQUESTS; i++)
		cr_assert(disk_has(4 * i, machine.data + i * SHARE, 4));
	disk_end();
}

/* What a call that waits could not have issued in time is not issued afterwards: its memory is
 * the caller's again. */
static void never_issued(void)
{
	uint64_t random = test_seed();
	struct haul_virtio_blk_request *back;
	unsigned done = 0;

	disk_begin();
	disk.config.size_max = SECTOR;
	disk.config.seg_max = 1;
	disk.hold = true;
	disk_open();
	for (unsigned i = 0; i < DISK_PARTS / 4; i++) {
		make_job(i, HAUL_VIRTIO_BLK_READ, 4 * i, 4, 1, &random);
		cr_assert(haul_virtio_blk_submit(&blk, &jobs[i].request) == 0);
	}
	cr_assert(haul_virtio_blk_read(&blk, 0, machine.data + DISK_PARTS / 4 * SHARE, 1,
				       machine_soon()) == -HAUL_ETIMEDOUT);
	cr_assert(disk.nheld == DISK_PARTS && machine.queues[0].requests == DISK_PARTS);
	while (haul_virtio_blk_poll(&blk, &back) == 1) {
		cr_assert(back->result == -HAUL_ETIMEDOUT);
		done++;
	}
	cr_assert(done == DISK_PARTS / 4);
	cr_assert(haul_virtqueue_in_flight(&blk.queue.ring) == 0);
	disk.hold = false;
	cr_assert(haul_virtio_blk_read(&blk, 0, machine.data, 1, machine_never()) == 0);
	cr_assert(disk_has(0, machine.data, 1));
	disk_end();
}

Test(virtio_blk, what_was_not_issued_at_the_deadline_never_is)
{
	machine_each(never_issued);
}

/* The caller's mistakes: nothing is published. */
Test(virtio_blk, requests_submitted_twice_or_into_overlapping_memory)
{
	struct haul_dma_stream streams[2];
	struct haul_dma_segment segments[8];
	struct haul_iovec pieces[] = {{NULL, SECTOR}, {NULL, SECTOR}};
	struct haul_virtio_blk_request request = {
		.pieces = pieces, .npieces = 2, .streams = streams, .segments = segments, .max = 8};
	struct haul_virtio_blk_request *back;

	disk_begin();
	disk.hold = true;
	disk_open();
	for (size_t off = 0; off < SECTOR; off += SECTOR - 1) {
		pieces[0].base = machine.data + off;
		pieces[1].base = machine.data + SECTOR - 1 - off;
		cr_assert(haul_virtio_blk_submit(&blk, &request) == -HAUL_EINVAL);
	}
	cr_assert(!request.busy && haul_virtqueue_in_flight(&blk.queue.ring) == 0);
	pieces[0].base = machine.data + SECTOR;
	pieces[1].base = machine.data;
	cr_assert(haul_virtio_blk_submit(&blk, &request) == 0 && request.busy);
	cr_assert(haul_virtio_blk_submit(&blk, &request) == -HAUL_EBUSY);
	cr_assert(haul_virtqueue_in_flight(&blk.queue.ring) == 1);
	cr_assert(haul_virtio_blk_kick(&blk) == 0);
	disk_let_go();
	/* Done, and not handed back yet. */
	cr_assert(haul_virtio_blk_submit(&blk, &request) == -HAUL_EBUSY);
	cr_assert(haul_virtio_blk_poll(&blk, &back) == 1 && back == &request && !request.busy);
	cr_assert(request.result == 0);
	disk_end();
	cr_assert(haul_virtio_blk_submit(&blk, &request) == -HAUL_EINVAL);
	cr_assert(haul_virtio_blk_poll(&blk, &back) == -HAUL_EINVAL);
	cr_assert(haul_virtio_blk_recover(&blk) == -HAUL_EINVAL);
	cr_assert(haul_virtio_blk_close(&blk) == -HAUL_EINVAL);
}

Test(virtio_blk, requests_wait_for_room)
{
	machine_each(more_than_there_is_room_for);
}

/* What waited when the device was recovered is issued by that, with no poll. */
static void waiting_goes_on(void)
{
	struct haul_virtio_blk_request *back;
	uint64_t random = test_seed();

	disk_begin();
	disk.config.size_max = SECTOR;
	disk.config.seg_max = 1;
	disk.hold = true;
	disk_open();
	for (unsigned i = 0; i < 4; i++) {
		make_job(i, HAUL_VIRTIO_BLK_READ, 4 * i, 4, 1, &random);
		cr_assert(haul_virtio_blk_submit(&blk, &jobs[i].request) == 0);
	}
	cr_assert(haul_virtio_blk_kick(&blk) == 0 && disk.nheld == DISK_PARTS);
	disk.nheld = 0;
	cr_assert(haul_virtio_blk_recover(&blk) == 0);
	cr_assert(disk.nheld == 4);
	disk_let_go();
	for (unsigned i = 0; i < 4; i++) {
		cr_assert(haul_virtio_blk_poll(&blk, &back) == 1);
		cr_assert(back->result == (back == &jobs[3].request ? 0 : -HAUL_ETIMEDOUT));
	}
	disk_end();
}

Test(virtio_blk, what_waits_goes_on_after_a_recovery)
{
	machine_each(waiting_goes_on);
}

static int submit_changed(struct haul_virtio_blk_request change)
{
	struct haul_virtio_blk_request request = change;

	return haul_virtio_blk_submit(&blk, &request);
}

/* The first job with one thing different. */
#define WITH(field, value) \
	({ \
		struct haul_virtio_blk_request request_ = jobs[0].request; \
		request_.field = (value); \
		request_; \
	})

Test(virtio_blk, requests_that_cannot_be)
{
	struct haul_iovec *pieces = jobs[0].pieces;
	struct haul_dma_stats before, after;
	uint64_t random = 1;

	disk_begin();
	disk_open();
	haul_dma_stats_get(&machine.dma, &before);
	make_job(0, HAUL_VIRTIO_BLK_READ, 0, 2, 1, &random);
	cr_assert(submit_changed(WITH(op, (enum haul_virtio_blk_op)6)) == -HAUL_EINVAL);
	cr_assert(submit_changed(WITH(op, (enum haul_virtio_blk_op) - 1)) == -HAUL_EINVAL);
	cr_assert(submit_changed(WITH(npieces, 0)) == -HAUL_EINVAL);
	cr_assert(submit_changed(WITH(sector, DISK_SECTORS - 1)) == -HAUL_ERANGE);
	cr_assert(submit_changed(WITH(sector, DISK_SECTORS)) == -HAUL_ERANGE);
	cr_assert(submit_changed(WITH(sector, UINT64_MAX)) == -HAUL_ERANGE);
	cr_assert(submit_changed(WITH(max, 0)) == -HAUL_ENOSPC);
	cr_assert(submit_changed(WITH(op, HAUL_VIRTIO_BLK_DISCARD)) == -HAUL_EINVAL);
	pieces[0].len = SECTOR + 1;
	cr_assert(submit_changed(jobs[0].request) == -HAUL_EINVAL);
	pieces[0].len = 0;
	cr_assert(submit_changed(jobs[0].request) == -HAUL_EINVAL);
	pieces[0].len = SECTOR;
	pieces[1] = (struct haul_iovec){machine.data, 0};
	cr_assert(submit_changed(WITH(npieces, 2)) == -HAUL_EINVAL);
	pieces[1].len = SIZE_MAX;
	cr_assert(submit_changed(WITH(npieces, 2)) == -HAUL_EINVAL);
	pieces[0].len = 2 * SECTOR;
	pieces[1].len = SIZE_MAX - SECTOR + 1;
	cr_assert(submit_changed(WITH(npieces, 2)) == -HAUL_EINVAL, "it wraps to a sector");
	cr_assert(haul_virtio_blk_read(&blk, 0, machine.data, 0, machine_never()) == -HAUL_EINVAL);
	cr_assert(haul_virtio_blk_read(&blk, 0, machine.data, SIZE_MAX, machine_never()) ==
		  -HAUL_EOVERFLOW);
	cr_assert(haul_virtio_blk_discard(&blk, 0, DISK_SECTORS + 1, machine_never()) ==
		  -HAUL_ERANGE);
	cr_assert(haul_virtio_blk_kick(&blk) == 0);
	cr_assert(machine.queues[0].kicks == 0 && disk.count == 0);
	haul_dma_stats_get(&machine.dma, &after);
	cr_assert(before.maps_live == after.maps_live);
	disk_end();
	cr_assert(submit_changed(jobs[0].request) == -HAUL_EINVAL, "it is closed");
	cr_assert(haul_virtio_blk_recover(&blk) == -HAUL_EINVAL);
}

Test(virtio_blk, drivers_that_cannot_be)
{
	static struct haul_virtqueue_slot slots[4];
	static struct haul_virtio_blk_part parts[1];
	const struct haul_virtio_blk_config good = {
		.slots = slots, .nslots = 4, .parts = parts, .nparts = 1, .segments = 1};
	struct haul_virtio_blk_config bad[] = {good, good, good, good, good, good, good};

	bad[0].slots = NULL;
	bad[1].nslots = 3;
	bad[2].parts = NULL;
	bad[3].nparts = 0;
	bad[4].nparts = 32769;
	bad[5].segments = 0;
	bad[6].segments = HAUL_VIRTIO_BLK_SEGMENTS + 1;
	disk_begin();
	machine_open();
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_assert(haul_virtio_blk_open(&blk, &machine.device, &bad[i]) == -HAUL_EINVAL);
	machine.queues[0].max = 2;
	cr_assert(haul_virtio_blk_open(&blk, &machine.device, &good) == -HAUL_ENOTSUP);
	cr_assert(machine_is_idle());
	machine.queues[0].max = 4;
	cr_assert(haul_virtio_blk_open(&blk, &machine.device, &good) == 0);
	cr_assert(haul_virtio_blk_read(&blk, 0, machine.data, 32, machine_never()) == 0);
	cr_assert(disk_has(0, machine.data, 32));
	disk_end();
}

static void results(void)
{
	disk_begin();
	disk_open();
	disk.status = 1;
	cr_assert(haul_virtio_blk_read(&blk, 0, machine.data, 4, machine_never()) == -HAUL_EIO);
	cr_assert(haul_virtio_blk_write(&blk, 0, machine.data, 32, machine_never()) == -HAUL_EIO);
	cr_assert(haul_virtio_blk_discard(&blk, 0, 64, machine_never()) == -HAUL_EIO);
	disk.status = 2;
	cr_assert(haul_virtio_blk_flush(&blk, machine_never()) == -HAUL_ENOTSUP);
	disk.status = -1;
	cr_assert(haul_virtio_blk_flush(&blk, machine_never()) == 0);
	cr_assert(machine.mock.resets == 1, "nothing of that is the device's fault");
	disk_end();
}

Test(virtio_blk, what_the_device_says_came_of_it)
{
	machine_each(results);
}

/* A part fails while others are out and more wait. */
static void a_part_fails(void)
{
	struct haul_virtio_blk_request *back;
	uint64_t random = 1;

	disk_begin();
	disk.config.size_max = SECTOR;
	disk.config.seg_max = 1;
	disk.hold = true;
	disk_open();
	for (unsigned i = 0; i < 4; i++) {
		make_job(i, HAUL_VIRTIO_BLK_WRITE, 4 * i, 4, 1, &random);
		cr_assert(haul_virtio_blk_submit(&blk, &jobs[i].request) == 0);
	}
	cr_assert(haul_virtio_blk_kick(&blk) == 0);
	cr_assert(disk.nheld == 12);
	disk.status = 1;
	disk_do(&disk.held[4]);
	disk.status = -1;
	cr_assert(haul_virtio_blk_poll(&blk, &back) == 0);
	disk_do(&disk.held[5]);
	disk_do(&disk.held[6]);
	cr_assert(haul_virtio_blk_poll(&blk, &back) == 0, "one of its parts is out still");
	disk_do(&disk.held[7]);
	cr_assert(haul_virtio_blk_poll(&blk, &back) == 1 && back == &jobs[1].request);
	cr_assert(back->result == -HAUL_EIO);
	disk.held[4] = disk.held[--disk.nheld];
	disk.held[5] = disk.held[--disk.nheld];
	disk.held[6] = disk.held[--disk.nheld];
	disk.held[7] = disk.held[--disk.nheld];
	disk_let_go();
	for (unsigned i = 0; i < 3; i++) {
		cr_assert(haul_virtio_blk_poll(&blk, &back) == 1 && back->result == 0);
		cr_assert(back != &jobs[1].request);
		disk_let_go();
	}
	disk_end();
}

Test(virtio_blk, a_request_fails_when_its_last_part_is_back)
{
	machine_each(a_part_fails);
}

/* Of sixteen parts twelve are out, one of them fails, and four are never issued. */
static void the_rest_is_not_issued(void)
{
	struct haul_virtio_blk_request *back;
	uint64_t random = 1;

	disk_begin();
	disk.config.size_max = SECTOR;
	disk.config.seg_max = 1;
	disk.hold = true;
	disk_open();
	make_job(0, HAUL_VIRTIO_BLK_READ, 0, 16, 1, &random);
	make_job(5, HAUL_VIRTIO_BLK_READ, 40, 4, 1, &random);
	cr_assert(haul_virtio_blk_submit(&blk, &jobs[0].request) == 0);
	cr_assert(haul_virtio_blk_submit(&blk, &jobs[5].request) == 0);
	cr_assert(haul_virtio_blk_kick(&blk) == 0);
	cr_assert(disk.nheld == DISK_PARTS);
	disk.status = 1;
	disk_do(&disk.held[--disk.nheld]);
	disk.status = -1;
	disk_let_go();
	cr_assert(haul_virtio_blk_poll(&blk, &back) == 1);
	cr_assert(back == &jobs[0].request && back->result == -HAUL_EIO);
	cr_assert(disk.count == DISK_PARTS && disk.nheld == 4);
	disk_let_go();
	cr_assert(haul_virtio_blk_poll(&blk, &back) == 1);
	cr_assert(back == &jobs[5].request && back->result == 0);
	cr_assert(haul_virtio_blk_poll(&blk, &back) == 0);
	disk_end();
}

Test(virtio_blk, of_a_request_that_failed_no_more_is_issued)
{
	machine_each(the_rest_is_not_issued);
}

static void wait_for_interrupt(void *context, uint64_t deadline)
{
	unsigned causes;

	(void)context;
	(void)deadline;
	haul_virtio_mock_serve(&machine.mock);
	cr_assert(machine.mock.causes & HAUL_VIRTIO_CAUSE_QUEUE);
	cr_assert(haul_virtio_blk_interrupt(&blk, &causes) == 0);
}

static void by_interrupts(void)
{
	disk_begin();
	machine.config.later = true;
	machine.options.wait = wait_for_interrupt;
	disk_open();
	for (unsigned i = 1; i <= 10; i++) {
		cr_assert(haul_virtio_blk_read(&blk, i, machine.data, 2, machine_never()) == 0);
		cr_assert(disk_has(i, machine.data, 2));
		cr_assert(machine.mock.interrupts == i);
	}
	disk_end();
}

Test(virtio_blk, interrupts)
{
	machine_each(by_interrupts);
}

Test(virtio_blk, a47_the_capacity_changes)
{
	struct haul_virtio_blk_request *back;
	unsigned causes;

	disk_begin();
	disk_open();
	disk.config.capacity = 10;
	haul_virtio_mock_change(&machine.mock);
	cr_assert(haul_virtio_blk_interrupt(&blk, &causes) == 0);
	cr_assert(causes == HAUL_VIRTIO_CAUSE_CONFIG);
	cr_assert(haul_virtio_blk_poll(&blk, &back) == 0);
	cr_assert(blk.capacity == 10);
	cr_assert(haul_virtio_blk_read(&blk, 9, machine.data, 2, machine_never()) == -HAUL_ERANGE);
	disk.config.capacity = 20;
	haul_virtio_mock_change(&machine.mock);
	cr_assert(haul_virtio_blk_interrupt(&blk, &causes) == 0);
	cr_assert(haul_virtio_blk_read(&blk, 9, machine.data, 2, machine_never()) == 0);
	cr_assert(blk.capacity == 20);
	disk_end();
}
