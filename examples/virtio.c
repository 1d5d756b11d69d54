/* SPDX-License-Identifier: MIT */
#include <haul.h>
#include <stdio.h>

/* The device, which lies: it writes eight bytes, and says that it wrote a gigabyte. */
static void serve(struct haul_virtio_mock *mock, unsigned queue)
{
	struct haul_virtio_mock_request request;

	while (haul_virtio_mock_take(mock, queue, &request) == 1) {
		haul_virtio_mock_write(mock, &request, 0, "entropy!", 8);
		haul_virtio_mock_use(mock, &request, 1 << 30);
	}
}

static struct haul_memfd memory; /* all that the device reaches */
static struct haul_dma_device dma;
static struct haul_virtio_mock mock;
static struct haul_virtio device;
static struct haul_virtio_rng rng;

static int open_device(void)
{
	static struct haul_virtio_mock_queue queue = {.max = 16, .serve = serve};
	const struct haul_dma_limits limits = {.reach = UINT64_MAX, .coherent = true};
	struct haul_virtio_mock_config config = {
		.type = HAUL_VIRTIO_RNG_TYPE, .queues = &queue, .nqueues = 1};
	const struct haul_virtio_rng_config driver = {.vector = HAUL_VIRTIO_NO_VECTOR};
	struct haul_virtio_transport transport;

	if (haul_memfd_open(&memory, "virtio", 65536, 0, (struct haul_iova){0x10000}) ||
	    haul_dma_device_init(&dma, &memory.arena.hal, &limits))
		return -1;
	config.memory = haul_virtio_mock_arena(&memory.arena);
	haul_virtio_features_add(&config.features, HAUL_VIRTIO_F_VERSION_1);
	if (haul_virtio_mock_init(&mock, &config))
		return -1;
	/* of a real device: haul_virtio_mmio_open, or haul_virtio_pci_open */
	transport = haul_virtio_mock_transport(&mock);
	return haul_virtio_open(&device, &transport, &dma, NULL) ||
	       haul_virtio_rng_open(&rng, &device, &driver);
}

int main(void)
{
	const uint64_t second = 1000000000;
	char text[8];
	size_t done;

	if (open_device() ||
	    haul_virtio_rng_read(&rng, text, sizeof text, haul_platform_clock() + second, &done))
		return 1;
	printf("%zu bytes: %.*s\n", done, (int)done, text);
	return haul_virtio_rng_close(&rng) || haul_virtio_close(&device) ||
	       haul_dma_device_end(&dma) || haul_memfd_close(&memory);
}
