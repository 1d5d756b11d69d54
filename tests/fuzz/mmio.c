/* SPDX-License-Identifier: MIT */
/* Virtio over MMIO: a device's registers, by tests/mmio_model.h; of its queues only where they
 * are. */
#include "driver.h"
#include "mmio_model.h"
#include "targets.h"
#include <haul/virtio_mmio.h>
#include <string.h>

enum { LEGACY = 1, MODERN = 2 };

static struct mmio_model model;
static struct haul_virtio_mmio mmio;

static const struct haul_virtio_dependency needs[] = {{2, 1}, {1, 0}};
static const struct haul_virtio_driver driver = {
	.type = 4,
	.implemented = {{0xf, 0xf}},
	.dependencies = needs,
	.ndependencies = 2,
};

/* What the model finds wrong when the device has told lies is nothing. */
static int filter(bool writes, unsigned width, uint64_t *value, int err)
{
	uint64_t none = 0;
	const int gone = input_answer(writes ? 8 : width, writes ? &none : value);

	if (input_lied())
		model.wrong = NULL;
	return gone ? gone : err;
}

static void begin_model(uint32_t version)
{
	virtio_registers_filter = NULL;
	mmio_model_begin(&model, version);
	model.has_memory = true;
	model.memory_base = 0x1000;
	model.memory_len = 0x1000;
	virtio_registers_filter = filter;
}

static int open_device(void)
{
	struct haul_region region = mmio_model_region();
	struct haul_virtio_transport transport;
	int err;

	region.size -= input_byte();
	err = RETURNS(haul_virtio_mmio_open(&mmio, &region, &transport), HAUL_ENOENT, HAUL_EPROTO,
		      HAUL_ENOTSUP, HAUL_ENODEV, HAUL_EINVAL);
	if (!err)
		cr_assert(haul_virtio_open(&machine.device, &transport, &machine.dma,
					   &machine.options) == 0);
	return err;
}

static void configure(void)
{
	const unsigned width = 1u << input_below(4);
	const size_t count = input_below(32 / width + 1);

	memset(model.field, (int)width, sizeof model.field);
	driver_configure(input_below(80), width, count);
}

static void change(uint8_t causes)
{
	model.interrupts = causes;
	model.generation++;
}

static const struct driver_transport transport = {
	.driver = &driver,
	.windows = 3,
	.configure = configure,
	.change = change,
	.status = &model.status,
};

static void check_model(void)
{
	cr_assert(!model.wrong, "%#zx: %s", model.wrong_at, model.wrong);
}

static void close_device(void)
{
	driver_close();
	check_model();
}

static void check_works(uint32_t version)
{
	begin_model(version);
	machine.options.policy = HAUL_VIRTIO_CHECKED;
	cr_assert(open_device() == 0);
	driver_use(&driver);
	cr_assert(model.queues[0].kicks == 1);
	close_device();
}

void fuzz_mmio(const uint8_t *data, size_t size)
{
	uint32_t version;
	bool opened;

	driver_setup(data, size);
	version = input_byte() & 1 ? LEGACY : MODERN;
	machine_memory(false);
	begin_model(version);
	opened = open_device() == 0;
	if (opened)
		driver_prepare(&transport);
	/* A device that was refused has not been reset, and is not to be touched. */
	if (model.resets)
		driver_run(&transport);
	if (!input_lied())
		check_model();
	machine_mend();
	if (opened)
		close_device();
	check_works(version);
	machine_memory_end();
}
