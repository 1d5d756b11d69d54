/* SPDX-License-Identifier: MIT */
#include "virtio_disk.h"
#include <string.h>

enum { SECTOR = HAUL_VIRTIO_BLK_SECTOR };

struct disk disk;
struct haul_virtio_blk blk;

static struct haul_virtqueue_slot slots[DISK_QUEUE];
static struct haul_virtio_blk_part parts[DISK_PARTS];
static unsigned char buffer[DISK_BYTES];

struct header {
	uint32_t type, reserved;
	uint64_t sector;
};
struct range {
	uint64_t sector;
	uint32_t sectors, flags;
};

static unsigned char *bytes_at(uint64_t sector, uint64_t bytes)
{
	cr_assert(bytes % SECTOR == 0 && sector <= DISK_SECTORS &&
			  bytes / SECTOR <= DISK_SECTORS - sector,
		  "%llu bytes at sector %llu", (unsigned long long)bytes,
		  (unsigned long long)sector);
	return disk.bytes + sector * SECTOR;
}

/* Segments but for header and status keep to size_max and seg_max. */
static void check_limits(const struct haul_virtio_mock_request *request)
{
	const unsigned n = request->nout + request->nin;

	cr_assert(request->segments[0].len == sizeof(struct header), "5.2.7: the header alone");
	cr_assert(request->segments[n - 1].len == 1, "5.2.7: the status alone");
	cr_assert(n - 2 <= DISK_SEGMENTS && n <= machine.queues[0].place.size);
	if (haul_virtio_has(&machine.device, HAUL_VIRTIO_BLK_F_SEG_MAX))
		cr_assert(n - 2 <= (disk.config.seg_max ? disk.config.seg_max : UINT32_MAX));
	for (unsigned i = 1; i + 1 < n; i++)
		if (haul_virtio_has(&machine.device, HAUL_VIRTIO_BLK_F_SIZE_MAX))
			cr_assert(request->segments[i].len <= disk.config.size_max);
}

static void set_range(const struct haul_virtio_mock_request *request, uint32_t most)
{
	struct range range;
	unsigned char *at;

	cr_assert(request->readable == sizeof(struct header) + sizeof range);
	machine_read(request, sizeof(struct header), &range, sizeof range);
	cr_assert(range.sectors && range.sectors <= most, "a range of %u", (unsigned)range.sectors);
	cr_assert(range.flags <= 1);
	disk.unmaps += range.flags;
	at = bytes_at(range.sector, (uint64_t)range.sectors * SECTOR);
	memset(at, 0, (size_t)range.sectors * SECTOR);
}

/* What it wrote, without the status. */
static uint32_t execute(const struct haul_virtio_mock_request *request, const struct header *header)
{
	const uint64_t in = request->writable - 1, out = request->readable - sizeof *header;

	switch (header->type) {
	case 0:
		cr_assert(out == 0 && in);
		machine_write(request, 0, bytes_at(header->sector, in), (size_t)in);
		return (uint32_t)in;
	case 1:
		cr_assert(in == 0 && out &&
			  !haul_virtio_has(&machine.device, HAUL_VIRTIO_BLK_F_RO));
		machine_read(request, sizeof *header, buffer, (size_t)out);
		memcpy(bytes_at(header->sector, out), buffer, (size_t)out);
		return 0;
	case 4:
		cr_assert(in == 0 && out == 0 && header->sector == 0);
		disk.flushes++;
		return 0;
	case 8:
		cr_assert(in == 20 && out == 0 && header->sector == 0);
		machine_write(request, 0, "a disk of the test's", 20);
		return 20;
	case 11:
		cr_assert(in == 0 && header->sector == 0);
		set_range(request, disk.config.max_discard_sectors);
		disk.discards++;
		return 0;
	case 13:
		cr_assert(in == 0 && header->sector == 0);
		set_range(request, disk.config.max_write_zeroes_sectors);
		disk.zeroes++;
		return 0;
	default:
		cr_assert(false, "a request of type %u", (unsigned)header->type);
		return 0;
	}
}

void disk_do(const struct haul_virtio_mock_request *request)
{
	struct header header;
	uint32_t len = 0;
	uint8_t status = 0;

	cr_assert(request->writable > 0 && request->readable >= sizeof header);
	check_limits(request);
	machine_read(request, 0, &header, sizeof header);
	cr_assert(header.reserved == 0);
	if (disk.status <= 0)
		len = execute(request, &header);
	if (disk.status >= 0)
		status = (uint8_t)disk.status;
	machine_write(request, (size_t)request->writable - 1, &status, 1);
	disk.count++;
	machine_use(request, disk.len < 0 ? len + 1 : (uint32_t)disk.len);
}

void disk_serve(struct haul_virtio_mock *mock, unsigned index)
{
	struct haul_virtio_mock_request request;

	while (haul_virtio_mock_take(mock, index, &request) == 1) {
		if (!disk.hold) {
			disk_do(&request);
			continue;
		}
		cr_assert(disk.nheld < DISK_HELD);
		disk.held[disk.nheld++] = request;
	}
}

void disk_let_go(void)
{
	while (disk.nheld)
		disk_do(&disk.held[--disk.nheld]);
}

void disk_begin(void)
{
	static const uint8_t features[] = {
		HAUL_VIRTIO_BLK_F_SIZE_MAX, HAUL_VIRTIO_BLK_F_SEG_MAX,
		HAUL_VIRTIO_BLK_F_BLK_SIZE, HAUL_VIRTIO_BLK_F_FLUSH,
		HAUL_VIRTIO_BLK_F_DISCARD,  HAUL_VIRTIO_BLK_F_WRITE_ZEROES,
	};
	uint64_t random = test_seed();

	machine_setup(HAUL_VIRTIO_BLK_TYPE, MACHINE_ALL);
	disk = (struct disk){
		.config = {.capacity = DISK_SECTORS,
			   .size_max = 8192,
			   .seg_max = 6,
			   .blk_size = 4096,
			   .max_discard_sectors = 16,
			   .max_discard_seg = 1,
			   .max_write_zeroes_sectors = 10,
			   .max_write_zeroes_seg = 1},
		.status = -1,
		.len = -1,
	};
	for (size_t i = 0; i < sizeof disk.bytes; i++)
		disk.bytes[i] = (unsigned char)test_random(&random);
	for (size_t i = 0; i < sizeof features; i++)
		machine_offer(features[i], true);
	machine.queues[0].max = DISK_QUEUE;
	machine.queues[0].serve = disk_serve;
	machine.config.bytes = &disk.config;
	machine.config.size = sizeof disk.config;
	memset(&blk, 0, sizeof blk);
	machine_begin();
}

int disk_open_driver(void)
{
	return haul_virtio_blk_open(&blk, &machine.device,
				    &(struct haul_virtio_blk_config){
					    .slots = slots,
					    .nslots = DISK_QUEUE,
					    .parts = parts,
					    .nparts = DISK_PARTS,
					    .segments = DISK_SEGMENTS,
					    .vector = HAUL_VIRTIO_NO_VECTOR,
					    .polled = !machine.options.wait,
				    });
}

int disk_try(void)
{
	machine_open();
	return disk_open_driver();
}

void disk_open(void)
{
	const int err = disk_try();

	cr_assert(err == 0, "%d", err);
}

void disk_end(void)
{
	const int err = haul_virtio_blk_close(&blk);

	cr_assert(err == 0, "%d", err);
	machine_end();
}

bool disk_has(uint64_t sector, const void *p, size_t n)
{
	return memcmp(bytes_at(sector, n * SECTOR), p, n * SECTOR) == 0;
}
