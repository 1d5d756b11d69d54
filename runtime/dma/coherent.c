/* SPDX-License-Identifier: MIT */
/* Coherent buffers.  One that is gone, or never came to be, has size 0. */
#include "../probe.h"
#include "stream.h"

static int uncache(struct haul_dma_coherent *buffer)
{
	const struct haul_hal *const hal = buffer->device->hal;
	int err = haul_hal_make_alias(hal, &buffer->memory, &buffer->virt);

	if (err)
		haul_hal_free(hal, &buffer->memory);
	else
		buffer->uncached = true;
	return err;
}

/* The largest of what the caller, the device and its boundary ask for. */
static int request(const struct haul_dma_device *device, size_t size, size_t align,
		   struct haul_hal_request *request)
{
	struct haul_dma_limits limits = device->limits;
	int err;

	if (align & (align - 1))
		return -HAUL_EINVAL;
	limits.segment_max = 0; /* of data, not of rings */
	*request = (struct haul_hal_request){
		.size = size, .reach = limits.reach, .direction = HAUL_DMA_BOTH};
	err = haul_dma_align(&limits, size, &request->align);
	if (request->align < align)
		request->align = align;
	return err;
}

static int allocate(struct haul_dma_coherent *buffer, size_t align)
{
	const struct haul_dma_device *const device = buffer->device;
	struct haul_hal_request asked;
	int err;

	if (!buffer->size)
		return -HAUL_EINVAL;
	if (!device->limits.coherent && !device->hal->make_alias)
		return -HAUL_ENOTSUP;
	err = request(device, buffer->size, align, &asked);
	if (!err)
		err = haul_hal_alloc(device->hal, &asked, &buffer->memory);
	if (err)
		return err;
	buffer->virt = buffer->memory.virt;
	buffer->phys = buffer->memory.phys;
	buffer->iova = buffer->memory.iova;
	return device->limits.coherent ? 0 : uncache(buffer);
}

static enum haul_dma_backing backing(const struct haul_dma_device *device)
{
	return device->limits.coherent ? HAUL_DMA_DIRECT : HAUL_DMA_UNCACHED;
}

int haul_dma_coherent_alloc(struct haul_dma_coherent *buffer, struct haul_dma_device *device,
			    size_t size, size_t align)
{
	struct haul_dma_coherent made = {.device = device, .size = size};
	const int err = allocate(&made, align);

	if (err) {
		*buffer = (struct haul_dma_coherent){.device = device};
		haul_dma_count_failure(device);
		HAUL_PROBE4(dma_map_err, NULL, size, HAUL_DMA_BOTH, err);
		return err;
	}
	*buffer = made;
	haul_dma_count_map(device, size);
	HAUL_PROBE4(dma_alloc, made.virt, size, HAUL_DMA_BOTH, backing(device));
	return 0;
}

int haul_dma_coherent_free(struct haul_dma_coherent *buffer)
{
	struct haul_dma_device *const device = buffer->device;
	int err;

	if (!buffer->size)
		return -HAUL_EINVAL;
	if (buffer->uncached) {
		err = haul_hal_drop_alias(device->hal, &buffer->memory, buffer->virt);
		if (err)
			return err;
		buffer->uncached = false;
		buffer->virt = buffer->memory.virt;
	}
	err = haul_hal_free(device->hal, &buffer->memory);
	if (err)
		return err;
	haul_dma_count_end(device, buffer->size, NULL);
	HAUL_PROBE4(dma_free, buffer->virt, buffer->size, buffer->size, backing(device));
	*buffer = (struct haul_dma_coherent){.device = device};
	return 0;
}

static bool contains(const struct haul_dma_coherent *buffer, size_t off, size_t len)
{
	return off <= buffer->size && len <= buffer->size - off;
}

int haul_dma_coherent_reader(const struct haul_dma_coherent *buffer, size_t off, size_t len,
			     struct haul_reader *reader)
{
	if (!contains(buffer, off, len))
		return -HAUL_ERANGE;
	*reader =
		haul_reader_make((const unsigned char *)buffer->virt + off, len, HAUL_MEMORY_PLAIN);
	return 0;
}

int haul_dma_coherent_writer(const struct haul_dma_coherent *buffer, size_t off, size_t len,
			     struct haul_writer *writer)
{
	if (!contains(buffer, off, len))
		return -HAUL_ERANGE;
	*writer = haul_writer_make((unsigned char *)buffer->virt + off, len, HAUL_MEMORY_PLAIN);
	return 0;
}
