/* SPDX-License-Identifier: MIT */
#include "mmio_device.h"
#include <string.h>

struct mmio_model model;
struct test_hal *hal;
struct haul_dma_device dma;
struct haul_virtio device;
struct haul_virtio_mmio mmio;
struct haul_virtio_transport transport;
struct haul_virtio_queue queue;
struct haul_virtqueue_slot slots[SLOTS];
struct haul_virtio_driver driver;

static const struct haul_virtio_dependency needs[] = {{2, 1}, {1, 0}};

void mmio_begin(uint32_t version)
{
	mmio_model_begin(&model, version);
	hal = test_hal_begin();
	OK(haul_dma_device_init(&dma, &hal->hal,
				&(struct haul_dma_limits){.reach = UINT64_MAX, .coherent = true}));
	memset(slots, 0, sizeof slots);
	driver = (struct haul_virtio_driver){
		.type = 4,
		.implemented = {{0xf, 0}},
		.dependencies = needs,
		.ndependencies = 2,
	};
	device = (struct haul_virtio){.state = HAUL_VIRTIO_CLOSED};
}

void mmio_open(uint32_t version, enum haul_virtio_policy policy)
{
	const struct haul_virtio_options options = {.policy = policy,
						    .timeout = UINT64_C(30000000000)};
	const struct haul_region region = mmio_model_region();

	mmio_begin(version);
	OK(haul_virtio_mmio_open(&mmio, &region, &transport));
	OK(haul_virtio_open(&device, &transport, &dma, &options));
}

void mmio_hurry(void)
{
	device.options.timeout = 2000000;
}

void mmio_negotiated(uint32_t version)
{
	mmio_open(version, HAUL_VIRTIO_CHECKED);
	OK(haul_virtio_begin(&device, &driver));
}

int mmio_queue(void)
{
	return haul_virtio_queue_open(&device, &queue, 0, 16, slots, SLOTS, 0,
				      HAUL_VIRTIO_NO_VECTOR);
}

void mmio_running(uint32_t version)
{
	mmio_negotiated(version);
	OK(mmio_queue());
	OK(haul_virtio_start(&device));
}

void mmio_request(void)
{
	const struct haul_dma_segment segment = {{TEST_HAL_BUFFER_IOVA}, 8};

	OK(haul_virtqueue_add(&queue.ring, NULL, 0, &segment, 1, &model, NULL));
	OK(haul_virtio_kick(&queue));
}

void mmio_check(void)
{
	cr_assert(!model.wrong, "%#zx: %s", model.wrong_at, model.wrong);
}

void mmio_end(void)
{
	model.lie = NULL;
	if (device.state != HAUL_VIRTIO_CLOSED)
		OK(haul_virtio_close(&device));
	mmio_check();
	cr_assert(test_hal_idle(hal));
	OK(haul_dma_device_end(&dma));
}

void mmio_expect(size_t since, const struct mmio_step *steps, size_t count)
{
	cr_assert(model.logged - since == count, "%zu accesses", model.logged - since);
	for (size_t i = 0; i < count; i++) {
		const struct model_access *access = &model.log[since + i];

		cr_assert(access->width == 4 && access->off == steps[i].off &&
				  access->writes == steps[i].writes &&
				  access->value == steps[i].value,
			  "step %zu: %s %#zx, %#llx", i, access->writes ? "write" : "read",
			  access->off, (unsigned long long)access->value);
	}
}
