/* SPDX-License-Identifier: MIT */
/*
 * QEMU's fw_cfg (docs/specs/fw_cfg.rst): the data register is a FIFO of bytes,
 * and an access of it takes as many as it is wide.
 */
#include "bare/acquire.h"
#include "device.h"
#include "test.h"
#include <string.h>

enum { DATA = 0, SELECTOR = 8, SIZE = 16, SIGNATURE = 0 };

static const char signature[8] = "QEMU"; /* behind the item's end there are zeros */

static struct haul_region begin(void)
{
	return device_acquire(DEVICE_FW_CFG, SIZE);
}

/* The selector is big-endian. */
static void rewind_signature(const struct haul_region *region)
{
	cr_assert(haul_region_write_u16(region, SELECTOR, SIGNATURE) == 0);
}

Test(device, fifo_gives_bytes_by_every_width)
{
	const struct haul_region region = begin();

	for (unsigned width = 1; width <= 8; width *= 2) {
		unsigned char bytes[8];
		struct haul_writer writer = haul_writer_make(bytes, 8, HAUL_MEMORY_PLAIN);
		size_t done;

		rewind_signature(&region);
		cr_assert(haul_region_read_fifo(&region, DATA, width, &writer, &done, NULL) == 0);
		cr_assert(done == 8 && memcmp(bytes, signature, 8) == 0, "width %u", width);
	}
}

Test(device, words_are_one_access_of_their_width)
{
	const struct haul_region region = begin();
	uint64_t u64 = 0, all;
	uint32_t u32 = 0;
	uint16_t u16 = 0;
	uint8_t u8 = 0;

	memcpy(&all, signature, 8);
	rewind_signature(&region);
	cr_assert(haul_region_read_u8(&region, DATA, &u8) == 0 && u8 == 'Q');
	cr_assert(haul_region_read_u16(&region, DATA, &u16) == 0 && u16 == (uint16_t)(all >> 8));
	cr_assert(haul_region_read_u8(&region, DATA, &u8) == 0 && u8 == 'U');
	rewind_signature(&region);
	cr_assert(haul_region_read_u16(&region, DATA, &u16) == 0 && u16 == (uint16_t)all);
	cr_assert(haul_region_read_u32(&region, DATA, &u32) == 0 && u32 == all >> 16);
	rewind_signature(&region);
	cr_assert(haul_region_read_u64(&region, DATA, &u64) == 0 && u64 == all);
	cr_assert(haul_region_read_u8(&region, DATA, &u8) == 0 && u8 == 0);
}

static uint8_t next_byte(const struct haul_region *region)
{
	uint8_t byte = 0;

	cr_assert(haul_region_read_u8(region, DATA, &byte) == 0);
	return byte;
}

Test(device, blocks_are_as_wide_as_they_are_told)
{
	struct haul_region region = begin();

	for (unsigned width = 0; width <= 2; width += 2) {
		unsigned char bytes[2];
		struct haul_writer writer = haul_writer_make(bytes, 2, HAUL_MEMORY_PLAIN);

		rewind_signature(&region);
		region.io.width = width;
		cr_assert(haul_region_read(&region, DATA, &writer) == 0);
		cr_assert(memcmp(bytes, signature, 2) == 0 && next_byte(&region) == 'M');
	}
}

/* Nothing answers at the data register's other bytes. */
Test(device, blocks_stop_where_nothing_answers)
{
	struct haul_region region = begin();
	unsigned char bytes[2] = {0, 0};
	struct haul_writer writer = haul_writer_make(bytes, 2, HAUL_MEMORY_PLAIN);
	struct haul_fault fault;
	size_t done;

	region.io.width = 1;
	rewind_signature(&region);
	cr_assert(haul_region_read_part(&region, DATA, &writer, &done, &fault) == -HAUL_EFAULT);
	cr_assert(done == 1 && writer.at == bytes + 1 && writer.avail == 1);
	cr_assert(bytes[0] == 'Q' && bytes[1] == 0 && next_byte(&region) == 'E');
	cr_assert(fault.operand == HAUL_OPERAND_SRC && fault.kind == HAUL_FAULT_BUS);
	region.io.flags = HAUL_IO_ONES;
	cr_assert(haul_region_read_part(&region, DATA + 1, &writer, &done, &fault) == 0);
	cr_assert(done == 1 && bytes[1] == 0xff && fault.kind == HAUL_FAULT_NONE);
	cr_assert(next_byte(&region) == 'M');
}
