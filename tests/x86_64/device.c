/* SPDX-License-Identifier: MIT */
/*
 * The I/O APIC (Intel 82093AA, 3.0): a register that selects, and a window to what
 * is selected, for accesses of four bytes alone.
 */
#include "device.h"
#include "bare/acquire.h"
#include "test.h"

enum { SELECT = 0, WINDOW = 0x10, SIZE = 0x20, ITEM_ID = 0, ITEM_VERSION = 1 };

static const uint32_t version = 0x170020; /* 0x20, and a last entry of 23 */

static struct haul_region begin(uint32_t selected)
{
	const struct haul_region region = device_acquire(DEVICE_IO_APIC, SIZE);
	uint32_t now = ~selected;

	cr_assert(haul_region_write_u32(&region, SELECT, selected) == 0);
	cr_assert(haul_region_read_u32(&region, SELECT, &now) == 0 && now == selected);
	return region;
}

static uint32_t window(const struct haul_region *region)
{
	uint32_t value = 0;

	cr_assert(haul_region_read_u32(region, WINDOW, &value) == 0);
	return value;
}

Test(device, words_are_one_access_of_their_width)
{
	const struct haul_region region = begin(ITEM_VERSION);
	uint16_t u16 = 1;
	uint8_t u8 = 1;

	cr_assert(window(&region) == version);
	cr_assert(haul_region_read_u16(&region, WINDOW, &u16) == 0 && u16 == 0);
	cr_assert(haul_region_read_u8(&region, WINDOW, &u8) == 0 && u8 == 0);
	cr_assert(haul_region_write_u8(&region, SELECT, ITEM_ID) == 0);
	cr_assert(haul_region_read_u8(&region, SELECT, &u8) == 0 && u8 == ITEM_ID);
}

Test(device, reads_are_as_wide_as_they_are_told)
{
	static const unsigned widths[] = {0, 1, 2, 4};
	struct haul_region region = begin(ITEM_VERSION);

	for (size_t i = 0; i < 4; i++) {
		uint32_t value = 1;
		struct haul_writer writer = haul_writer_make(&value, 4, HAUL_MEMORY_PLAIN);

		region.io.width = widths[i];
		cr_assert(haul_region_read(&region, WINDOW, &writer) == 0);
		cr_assert(value == (widths[i] % 4 ? 0 : version), "width %u", widths[i]);
	}
}

Test(device, writes_are_as_wide_as_they_are_told)
{
	static const unsigned widths[] = {0, 1, 2, 4};
	struct haul_region region = begin(ITEM_ID);
	const uint32_t before = window(&region), other = before ^ 5 << 24;

	for (size_t i = 0; i < 4; i++) {
		struct haul_reader reader = haul_reader_make(&other, 4, HAUL_MEMORY_PLAIN);

		region.io.width = widths[i];
		cr_assert(haul_region_write(&region, WINDOW, &reader) == 0);
		cr_assert(window(&region) == (widths[i] % 4 ? before : other), "width %u",
			  widths[i]);
		cr_assert(haul_region_write_u32(&region, WINDOW, before) == 0);
	}
}

/* Selections one after the other, by one register; the last one stays. */
Test(device, fifo_is_one_register)
{
	static const uint32_t selections[] = {5, 4, 3, ITEM_VERSION};
	const struct haul_region region = begin(ITEM_ID);
	struct haul_reader reader =
		haul_reader_make(selections, sizeof selections, HAUL_MEMORY_PLAIN);
	uint32_t words[3] = {0, 0, 0};
	struct haul_writer writer = haul_writer_make(words, sizeof words, HAUL_MEMORY_PLAIN);
	size_t done;

	cr_assert(haul_region_write_fifo(&region, SELECT, 4, &reader, &done, NULL) == 0);
	cr_assert(done == sizeof selections && reader.remain == 0);
	cr_assert(haul_region_read_fifo(&region, WINDOW, 4, &writer, &done, NULL) == 0);
	for (size_t i = 0; i < 3; i++)
		cr_assert(words[i] == version);
}
