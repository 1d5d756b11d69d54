/* SPDX-License-Identifier: MIT */
/*
 * Registers that are functions of the test's.  A transport's own source is compiled into the test
 * once more, behind this header (-include, -DVIRTIO_REGISTERS_INSTEAD): there every access
 * of a region comes here, as wide as it is made, and to the model whose window it is in.  Nothing
 * is ever at a window's base.
 */
#ifndef VIRTIO_REGISTERS_H
#define VIRTIO_REGISTERS_H

#include <haul/region.h>

struct virtio_registers {
	uintptr_t base;
	size_t size;
	void *ctx;
	/* 0, or -HAUL_EFAULT: nobody answers */
	int (*read)(void *ctx, size_t off, unsigned width, uint64_t *value);
	int (*write)(void *ctx, size_t off, unsigned width, uint64_t value);
};

enum { VIRTIO_REGISTERS_WINDOWS = 8 };

/* No windows; and one more. */
void virtio_registers_clear(void);
void virtio_registers_add(const struct virtio_registers *window);

/* What every access ends with, unless it is NULL: what is read, or the error, may be another. */
extern int (*virtio_registers_filter)(bool writes, unsigned width, uint64_t *value, int err);

/* As haul_region_*; they fail the test where there is no window. */
int virtio_registers_read_u8(const struct haul_region *region, size_t off, uint8_t *value);
int virtio_registers_read_u16(const struct haul_region *region, size_t off, uint16_t *value);
int virtio_registers_read_u32(const struct haul_region *region, size_t off, uint32_t *value);
int virtio_registers_read_u64(const struct haul_region *region, size_t off, uint64_t *value);
int virtio_registers_write_u8(const struct haul_region *region, size_t off, uint8_t value);
int virtio_registers_write_u16(const struct haul_region *region, size_t off, uint16_t value);
int virtio_registers_write_u32(const struct haul_region *region, size_t off, uint32_t value);
int virtio_registers_write_u64(const struct haul_region *region, size_t off, uint64_t value);

#ifdef VIRTIO_REGISTERS_INSTEAD
#define haul_region_read_u8 virtio_registers_read_u8
#define haul_region_read_u16 virtio_registers_read_u16
#define haul_region_read_u32 virtio_registers_read_u32
#define haul_region_read_u64 virtio_registers_read_u64
#define haul_region_write_u8 virtio_registers_write_u8
#define haul_region_write_u16 virtio_registers_write_u16
#define haul_region_write_u32 virtio_registers_write_u32
#define haul_region_write_u64 virtio_registers_write_u64
#endif

#endif
