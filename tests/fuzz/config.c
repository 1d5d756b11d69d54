/* SPDX-License-Identifier: MIT */
/* A device's configuration, of any size, that changes and is read by fields of any kind. */
#include "driver.h"
#include "targets.h"
#include <stdlib.h>
#include <string.h>

enum { CALLS = 64, TYPE = 18 };

static const unsigned char config[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const struct machine_kind kind = {
	.type = TYPE, .features = 0xff, .config = config, .config_size = sizeof config};
static const struct haul_virtio_driver driver = {
	.type = TYPE, .implemented = {{0x0f, 0}}, .config_size = 4};
static struct haul_virtio_mock_window windows[2];

/* Into memory that is no larger than what was asked for. */
static void read_fields(void)
{
	const size_t off = input_below(MACHINE_CONFIG + 8), count = input_below(20);
	const unsigned width = 1u << input_below(5);
	unsigned char *values = malloc(width * count);
	int err;

	cr_assert(values || !count);
	err = RETURNS(haul_virtio_config_read(&machine.device, off, width, count, values), HAUL_EIO,
		      HAUL_ENODEV, HAUL_EINVAL, HAUL_ERANGE, HAUL_EAGAIN, HAUL_EPROTO);
	cr_assert(err || off + width * count <= machine.config.size);
	if (!err && !input_lied())
		cr_assert(memcmp(values, machine.bytes + off, width * count) == 0);
	free(values);
}

static void write_field(void)
{
	const size_t off = input_below(MACHINE_CONFIG + 8);
	const unsigned width = 1u << input_below(5);
	const uint64_t value = input_value(8);
	const int err = RETURNS(haul_virtio_config_write(&machine.device, off, width, value),
				HAUL_EIO, HAUL_ENODEV, HAUL_EINVAL, HAUL_ERANGE, HAUL_EPROTO);

	cr_assert(err || off + width <= machine.config.size);
	if (!err && !input_lied())
		cr_assert(memcmp(&value, machine.bytes + off, width) == 0);
}

static void change(void)
{
	machine.bytes[input_below(MACHINE_CONFIG)] = input_byte();
	haul_virtio_mock_change(&machine.mock);
}

static void step(void)
{
	switch (input_below(7)) {
	case 0:
		driver_begin(&driver);
		break;
	case 1:
		read_fields();
		break;
	case 2:
		write_field();
		break;
	case 3:
		change();
		break;
	case 4:
		driver_find_window(3);
		break;
	case 5:
		driver_start();
		break;
	default:
		driver_interrupt();
	}
}

static void check_works(void)
{
	uint64_t value;

	machine_again();
	cr_assert(driver_begin(&driver) == 0);
	cr_assert(haul_virtio_config_read(&machine.device, 8, 8, 1, &value) == 0);
	cr_assert(value == UINT64_C(0x100f0e0d0c0b0a09));
}

void fuzz_config(const uint8_t *data, size_t size)
{
	input_begin(data, size);
	machine_begin(&kind);
	for (unsigned i = 0; i < 2; i++)
		windows[i] = (struct haul_virtio_mock_window){
			.id = i, .phys = {input_value(8)}, .size = input_value(8)};
	machine.mock.config.windows = windows;
	machine.mock.config.nwindows = 2;
	driver_begin(&driver);
	for (unsigned i = 0; i < CALLS && input_left(); i++)
		step();
	machine_mend();
	check_works();
	machine_end();
}
