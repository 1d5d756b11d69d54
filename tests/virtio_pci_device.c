/* SPDX-License-Identifier: MIT */
#include "virtio_pci_device.h"
#include "test.h"
#include <haul/arena.h>
#include <string.h>

struct virtio_pci_device device;

const struct haul_virtio_driver device_driver = {.type = 2};

enum { PAGE = 4096, PAGES = 16 };

static struct {
	struct haul_arena arena;
	struct haul_arena_part part;
	struct haul_dma_device device;
	uint64_t words[HAUL_ARENA_WORDS(PAGES)];
	struct haul_virtqueue_slot slots[MODEL_QUEUES][SLOTS];
} dma;

static _Alignas(PAGE) unsigned char memory[PAGES * PAGE];

static void open_dma(void)
{
	const struct haul_dma_limits limits = {.reach = UINT64_MAX, .coherent = true};

	memset(&dma, 0, sizeof dma);
	dma.part = haul_arena_identity(memory, (struct haul_phys){UINT64_C(0x123400000000)},
				       sizeof memory, HAUL_ARENA_ALLOC);
	cr_assert(haul_arena_init(&dma.arena, &(struct haul_arena_config){
						      .parts = &dma.part,
						      .nparts = 1,
						      .page = PAGE,
						      .words = dma.words,
						      .nwords = HAUL_ARENA_WORDS(PAGES),
					      }) == 0);
	cr_assert(haul_dma_device_init(&dma.device, &dma.arena.hal, &limits) == 0);
}

int device_open(void)
{
	open_dma();
	device.timeout = 20000000;
	device.has_config_vector = false;
	model_function(&device.function);
	return haul_virtio_pci_open(&device.pci, &device.function, &model_map, &device.transport);
}

int device_begin(enum haul_virtio_policy policy)
{
	const struct haul_virtio_options options = {
		.policy = policy,
		.timeout = device.timeout,
		.has_config_vector = device.has_config_vector,
		.config_vector = device.config_vector,
	};
	int err = haul_virtio_open(&device.virtio, &device.transport, &dma.device, &options);

	return err ? err : haul_virtio_begin(&device.virtio, &device_driver);
}

int device_queue(unsigned index, uint16_t vector)
{
	memset(dma.slots[index], 0, sizeof dma.slots[index]);
	return haul_virtio_queue_open(&device.virtio, &device.queues[index], index, SLOTS,
				      dma.slots[index], SLOTS, 0, vector);
}

int device_kick(unsigned index)
{
	struct haul_virtio_queue *queue = &device.queues[index];
	const struct haul_dma_segment out = {{0x1000}, 16};
	const int err = haul_virtqueue_add(&queue->ring, &out, 1, NULL, 0, queue, NULL);

	return err ? err : haul_virtio_kick(queue);
}

int device_start(enum haul_virtio_policy policy)
{
	int err = device_begin(policy);

	if (!err)
		err = device_queue(0, HAUL_VIRTIO_NO_VECTOR);
	if (!err)
		err = haul_virtio_start(&device.virtio);
	return err ? err : device_kick(0);
}

void device_close(void)
{
	struct haul_dma_stats stats;

	cr_assert(haul_virtio_close(&device.virtio) == 0);
	cr_assert(model.maps == model.unmaps);
	cr_assert(!(pci_model_command(model.function) & HAUL_PCI_COMMAND_MASTER));
	haul_dma_stats_get(&dma.device, &stats);
	cr_assert(stats.maps_live == 0 && haul_dma_device_end(&dma.device) == 0);
}
