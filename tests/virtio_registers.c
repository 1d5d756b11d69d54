/* SPDX-License-Identifier: MIT */
#include "virtio_registers.h"
#include "test.h"

static struct {
	struct virtio_registers windows[VIRTIO_REGISTERS_WINDOWS];
	size_t count;
} registers;

int (*virtio_registers_filter)(bool writes, unsigned width, uint64_t *value, int err);

void virtio_registers_clear(void)
{
	registers.count = 0;
}

void virtio_registers_add(const struct virtio_registers *window)
{
	cr_assert(registers.count < VIRTIO_REGISTERS_WINDOWS);
	registers.windows[registers.count++] = *window;
}

/* The window, and where in it. */
static const struct virtio_registers *find(uintptr_t address, unsigned width, size_t *off)
{
	for (size_t i = 0; i < registers.count; i++) {
		const struct virtio_registers *window = &registers.windows[i];

		*off = address - window->base;
		if (*off < window->size && width <= window->size - *off)
			return window;
	}
	cr_assert(false, "an access of %u bytes at %#zx, where there is nothing", width,
		  (size_t)address);
	return NULL;
}

static int filter(bool writes, unsigned width, uint64_t *value, int err)
{
	return virtio_registers_filter ? virtio_registers_filter(writes, width, value, err) : err;
}

/* What the region itself refuses. */
static int check(const struct haul_region *region, size_t off, unsigned width)
{
	if (!haul_region_contains(region, off, width))
		return -HAUL_ERANGE;
	return ((uintptr_t)region->base + off) % width ? -HAUL_EINVAL : 0;
}

static int load(const struct haul_region *region, size_t off, unsigned width, uint64_t *value)
{
	const struct virtio_registers *window;
	const int err = check(region, off, width);

	if (err)
		return err;
	window = find((uintptr_t)region->base + off, width, &off);
	return filter(false, width, value, window->read(window->ctx, off, width, value));
}

static int store(const struct haul_region *region, size_t off, unsigned width, uint64_t value)
{
	const struct virtio_registers *window;
	const int err = check(region, off, width);

	if (err)
		return err;
	window = find((uintptr_t)region->base + off, width, &off);
	return filter(true, width, &value, window->write(window->ctx, off, width, value));
}

#define WORD(bits, type) \
	int virtio_registers_read_u##bits(const struct haul_region *region, size_t off, \
					  type *value) \
	{ \
		uint64_t wide; \
		const int err = load(region, off, sizeof *value, &wide); \
\
		if (!err) \
			*value = (type)wide; \
		return err; \
	} \
\
	int virtio_registers_write_u##bits(const struct haul_region *region, size_t off, \
					   type value) \
	{ \
		return store(region, off, sizeof value, value); \
	}

WORD(8, uint8_t)
WORD(16, uint16_t)
WORD(32, uint32_t)
WORD(64, uint64_t)
