/* SPDX-License-Identifier: MIT */
/*
 * The console's 16550.  QEMU's takes an access of any width for one of the register
 * at its address (hw/char/serial-mm.c), so widths show in what the registers
 * behind it get.
 */
#include "bare/acquire.h"
#include "device.h"
#include "test.h"
#include <string.h>

enum { MODEM_CONTROL = 4, MODEM_STATUS = 6, SCRATCH = 7, SIZE = 8 };

static uint8_t scratch(const struct haul_region *region)
{
	uint8_t value = 0;

	cr_assert(haul_region_read_u8(region, SCRATCH, &value) == 0);
	return value;
}

static void set_scratch(const struct haul_region *region, uint8_t value)
{
	cr_assert(haul_region_write_u8(region, SCRATCH, value) == 0);
}

Test(device, register_keeps_what_is_written)
{
	const struct haul_region region = device_acquire(DEVICE_UART, SIZE);

	for (unsigned value = 0; value < 256; value++) {
		set_scratch(&region, (uint8_t)value);
		cr_assert(scratch(&region) == value);
	}
	cr_assert(haul_region_write_u16(&region, SCRATCH, 0) == -HAUL_ERANGE);
	cr_assert(haul_region_write_u16(&region, SCRATCH - 2, 0) == -HAUL_EINVAL);
	cr_assert(scratch(&region) == 255);
}

Test(device, reads_are_as_wide_as_they_are_told)
{
	struct haul_region region = device_acquire(DEVICE_UART, SIZE);
	uint16_t word = 0xffff;

	set_scratch(&region, 0x5a);
	cr_assert(haul_region_read_u16(&region, MODEM_STATUS, &word) == 0 && word < 256);
	for (unsigned width = 0; width <= 2; width++) {
		unsigned char bytes[2];
		struct haul_writer writer = haul_writer_make(bytes, 2, HAUL_MEMORY_PLAIN);

		region.io.width = width;
		cr_assert(haul_region_read(&region, MODEM_STATUS, &writer) == 0);
		cr_assert(bytes[1] == (width == 1 ? 0x5a : 0), "width %u", width);
	}
}

/* Status registers do not mind being written. */
Test(device, writes_are_as_wide_as_they_are_told)
{
	static const unsigned widths[] = {0, 1, 2, 4};
	struct haul_region region = device_acquire(DEVICE_UART, SIZE);
	uint8_t control = 0;

	cr_assert(haul_region_read_u8(&region, MODEM_CONTROL, &control) == 0);
	for (size_t i = 0; i < 4; i++) {
		const unsigned char bytes[4] = {control, 0, 0, 0xa5};
		struct haul_reader reader = haul_reader_make(bytes, 4, HAUL_MEMORY_PLAIN);

		set_scratch(&region, 0);
		region.io.width = widths[i];
		cr_assert(haul_region_write(&region, MODEM_CONTROL, &reader) == 0);
		cr_assert(scratch(&region) == (widths[i] == 1 ? 0xa5 : 0), "width %u", widths[i]);
	}
}

/* Two bytes from the status register on are one access, of that register. */
Test(device, fill_is_by_the_widest_accesses)
{
	struct haul_region region = device_acquire(DEVICE_UART, SIZE);
	size_t done;

	set_scratch(&region, 0x5a);
	cr_assert(haul_region_fill_zeros(&region, MODEM_STATUS, 2, &done, NULL) == 0);
	cr_assert(done == 2 && scratch(&region) == 0x5a);
	cr_assert(haul_region_fill_zeros(&region, SCRATCH, 2, &done, NULL) == -HAUL_ERANGE);
	cr_assert(done == 1 && scratch(&region) == 0);
}
