/* SPDX-License-Identifier: MIT */
/*
 * I/O memory regions: windows of device memory.
 *
 * A region is a small value that says where the window is, for the CPU and for
 * the bus.  It owns no mapping; who mapped it (a registry, haul/registry.h, or
 * the caller) unmaps it after the last use of it and of its slices.
 *
 * Offsets and lengths are in bytes.  Errors, with nothing accessed: -HAUL_ERANGE
 * if [off, off + len) does not lie in the region; -HAUL_EINVAL if an access is
 * not aligned to its width, or as haul/io.h says.  -HAUL_EFAULT: the device did
 * not answer.
 *
 * A region may be used by many threads at a time; what the device makes of that
 * is between it and its driver.
 */
#ifndef HAUL_REGION_H
#define HAUL_REGION_H

#include <haul/cursor.h>

#ifdef __cplusplus
extern "C" {
#endif

enum haul_cache_policy {
	HAUL_CACHE_UNCACHED,        /* every access reaches the device, in order */
	HAUL_CACHE_WRITE_COMBINING, /* stores may be gathered and reordered */
	HAUL_CACHE_WRITE_BACK       /* ordinary memory */
};

struct haul_region {
	volatile unsigned char *base; /* where the CPU has it */
	uint64_t physical;            /* where the bus has it */
	size_t size;
	enum haul_cache_policy policy;
	struct haul_io io; /* how blocks are accessed; {0, 0} at first */
};

/* -HAUL_EINVAL: size 0, or an unknown policy; -HAUL_EOVERFLOW: the end is beyond
 * that of the address space. */
HAUL_API int haul_region_make(struct haul_region *region, volatile void *base, uint64_t physical,
			      size_t size, enum haul_cache_policy policy);

/* Of zero bytes too, up to the region's end. */
static inline bool haul_region_contains(const struct haul_region *region, size_t off, size_t len)
{
	return off <= region->size && len <= region->size - off;
}

/* A part of the region as a region; -HAUL_EINVAL: len is 0. */
HAUL_API int haul_region_slice(const struct haul_region *region, size_t off, size_t len,
			       struct haul_region *slice);

/* One access of that width, whatever width blocks are accessed by. */
HAUL_API int haul_region_read_u8(const struct haul_region *region, size_t off, uint8_t *value);
HAUL_API int haul_region_read_u16(const struct haul_region *region, size_t off, uint16_t *value);
HAUL_API int haul_region_read_u32(const struct haul_region *region, size_t off, uint32_t *value);
HAUL_API int haul_region_read_u64(const struct haul_region *region, size_t off, uint64_t *value);
HAUL_API int haul_region_write_u8(const struct haul_region *region, size_t off, uint8_t value);
HAUL_API int haul_region_write_u16(const struct haul_region *region, size_t off, uint16_t value);
HAUL_API int haul_region_write_u32(const struct haul_region *region, size_t off, uint32_t value);
HAUL_API int haul_region_write_u64(const struct haul_region *region, size_t off, uint64_t value);

/* Cursors over a part of the region. */
HAUL_API int haul_region_reader(const struct haul_region *region, size_t off, size_t len,
				struct haul_reader *reader);
HAUL_API int haul_region_writer(const struct haul_region *region, size_t off, size_t len,
				struct haul_writer *writer);

/*
 * Fills the writer, or empties the reader, from or to the region at off.  All or
 * an error, and then the cursor stays, though a part may have been moved.
 */
HAUL_API int haul_region_read(const struct haul_region *region, size_t off,
			      struct haul_writer *writer);
HAUL_API int haul_region_write(const struct haul_region *region, size_t off,
			       struct haul_reader *reader);

/* The same, but the cursor stands after the *done bytes that were moved. */
HAUL_API int haul_region_read_part(const struct haul_region *region, size_t off,
				   struct haul_writer *writer, size_t *done,
				   struct haul_fault *fault);
HAUL_API int haul_region_write_part(const struct haul_region *region, size_t off,
				    struct haul_reader *reader, size_t *done,
				    struct haul_fault *fault);

/* The same at one register of `width` bytes, again and again; for cursors over
 * memory (-HAUL_EINVAL). */
HAUL_API int haul_region_read_fifo(const struct haul_region *region, size_t off, unsigned width,
				   struct haul_writer *writer, size_t *done,
				   struct haul_fault *fault);
HAUL_API int haul_region_write_fifo(const struct haul_region *region, size_t off, unsigned width,
				    struct haul_reader *reader, size_t *done,
				    struct haul_fault *fault);

/* Zeros from off on.  Where len reaches beyond the region what there is is zeroed,
 * and -HAUL_ERANGE returned.  Nothing is wrong with len 0, wherever off is. */
HAUL_API int haul_region_fill_zeros(const struct haul_region *region, size_t off, size_t len,
				    size_t *done, struct haul_fault *fault);

#ifdef __cplusplus
}
#endif

#endif
