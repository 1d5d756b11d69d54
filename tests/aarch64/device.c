/* SPDX-License-Identifier: MIT */
/* The console's PL011 (Arm DDI 0183, 3.3). */
#include "device.h"
#include "bare/acquire.h"
#include "test.h"

/* Each of the eight bytes of the identification stands in a register of its own. */
enum { BAUD_RATE = 0x24, IDENTIFICATION = 0xfe0, SIZE = 0x1000 };

static const uint8_t identification[8] = {0x11, 0x10, 0x14, 0, 0x0d, 0xf0, 0x05, 0xb1};

Test(device, identification_by_every_width)
{
	const struct haul_region region = device_acquire(DEVICE_UART, SIZE);
	uint64_t u64 = 0;

	for (size_t i = 0; i < 8; i++) {
		const size_t off = IDENTIFICATION + 4 * i;
		uint32_t u32 = 0;
		uint16_t u16 = 0;
		uint8_t u8 = 0;

		cr_assert(haul_region_read_u8(&region, off, &u8) == 0 && u8 == identification[i]);
		cr_assert(haul_region_read_u16(&region, off, &u16) == 0);
		cr_assert(u16 == identification[i]);
		cr_assert(haul_region_read_u32(&region, off, &u32) == 0);
		cr_assert(u32 == identification[i]);
	}
	cr_assert(haul_region_read_u64(&region, IDENTIFICATION, &u64) == 0);
	cr_assert(u64 == (identification[0] | (uint64_t)identification[1] << 32));
	cr_assert(haul_region_read_u64(&region, SIZE - 4, &u64) == -HAUL_ERANGE);
}

Test(device, identification_as_a_block)
{
	struct haul_region region = device_acquire(DEVICE_UART, SIZE);

	for (unsigned width = 4; width <= 8; width += 4) {
		uint32_t words[8];
		struct haul_writer writer =
			haul_writer_make(words, sizeof words, HAUL_MEMORY_PLAIN);

		region.io.width = width;
		cr_assert(haul_region_read(&region, IDENTIFICATION, &writer) == 0);
		for (size_t i = 0; i < 8; i++)
			cr_assert(words[i] == identification[i]);
	}
}

Test(device, register_keeps_what_is_written)
{
	const struct haul_region region = device_acquire(DEVICE_UART, SIZE);
	uint16_t before = 0, now = 0;

	cr_assert(haul_region_read_u16(&region, BAUD_RATE, &before) == 0);
	cr_assert(haul_region_write_u16(&region, BAUD_RATE, 0x1234) == 0);
	cr_assert(haul_region_read_u16(&region, BAUD_RATE, &now) == 0 && now == 0x1234);
	cr_assert(haul_region_write_u32(&region, BAUD_RATE, before) == 0);
	cr_assert(haul_region_read_u16(&region, BAUD_RATE, &now) == 0 && now == before);
}
