/* SPDX-License-Identifier: MIT */
/* A disk of DISK_SECTORS sectors as a virtio device, strict about what it is asked, and a driver
 * for it. */
#ifndef VIRTIO_DISK_H
#define VIRTIO_DISK_H

#include "virtio_machine.h"
#include <haul/virtio_blk.h>

enum {
	DISK_SECTORS = 64,
	DISK_BYTES = DISK_SECTORS * HAUL_VIRTIO_BLK_SECTOR,
	DISK_QUEUE = 16,
	DISK_PARTS = 12,
	DISK_HELD = 16,
	DISK_SEGMENTS = 8 /* that the driver is let have */
};

/* As 5.2.4 has it. */
struct disk_config {
	uint64_t capacity;
	uint32_t size_max, seg_max, geometry, blk_size;
	uint64_t topology;
	uint32_t writeback;
	uint32_t max_discard_sectors, max_discard_seg, discard_sector_alignment;
	uint32_t max_write_zeroes_sectors, max_write_zeroes_seg;
	uint8_t may_unmap, unused[3];
};

struct disk {
	unsigned char bytes[DISK_BYTES];
	struct disk_config config;
	bool hold; /* requests are kept until they are let go */
	struct haul_virtio_mock_request held[DISK_HELD];
	unsigned nheld;
	int status;     /* what it says came of it; -1: what did */
	int64_t len;    /* bytes that it says it wrote; -1: those it did */
	unsigned count; /* requests that it did */
	unsigned flushes, discards, zeroes, unmaps;
};
extern struct disk disk;
extern struct haul_virtio_blk blk;

/* A machine with the disk, each of its bytes another; and all features the driver knows. */
void disk_begin(void);
int disk_open_driver(void); /* haul_virtio_blk_open */
int disk_try(void);         /* the same, on a device opened just now */
void disk_open(void);       /* that it goes well */
void disk_end(void);
void disk_serve(struct haul_virtio_mock *mock, unsigned index);
void disk_do(const struct haul_virtio_mock_request *request);
void disk_let_go(void); /* of all that is held, the last first */

/* n sectors from there on are what the disk has. */
bool disk_has(uint64_t sector, const void *p, size_t n);

#endif
