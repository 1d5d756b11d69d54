/* SPDX-License-Identifier: MIT */
/* I/O memory regions: range checks over haul/io.h. */
#include "fault.h"
#include "word.h"
#include <haul/region.h>

int haul_region_make(struct haul_region *region, volatile void *base, uint64_t physical,
		     size_t size, enum haul_cache_policy policy)
{
	if (!size || (unsigned)policy > HAUL_CACHE_WRITE_BACK)
		return -HAUL_EINVAL;
	if (size - 1 > UINTPTR_MAX - (uintptr_t)base || size - 1 > UINT64_MAX - physical)
		return -HAUL_EOVERFLOW;
	*region = (struct haul_region){
		.base = base,
		.physical = physical,
		.size = size,
		.policy = policy,
	};
	return 0;
}

int haul_region_slice(const struct haul_region *region, size_t off, size_t len,
		      struct haul_region *slice)
{
	struct haul_region part = *region;

	if (!haul_region_contains(region, off, len))
		return -HAUL_ERANGE;
	if (!len)
		return -HAUL_EINVAL;
	part.base += off;
	part.physical += off;
	part.size = len;
	*slice = part;
	return 0;
}

static int check_word(const struct haul_region *region, size_t off, size_t width)
{
	if (!haul_region_contains(region, off, width))
		return -HAUL_ERANGE;
	return ((uintptr_t)region->base + off) % width ? -HAUL_EINVAL : 0;
}

#define WORD(bits, type) \
	int haul_region_read_u##bits(const struct haul_region *region, size_t off, type *value) \
	{ \
		int err = check_word(region, off, sizeof *value); \
\
		if (err || haul_arch_word_load_u##bits(region->base + off, value)) \
			return err; \
		err = haul_fault_of_device(&region->io); \
		if (!err) \
			*value = (type)-1; \
		return err; \
	} \
\
	int haul_region_write_u##bits(const struct haul_region *region, size_t off, type value) \
	{ \
		const int err = check_word(region, off, sizeof value); \
\
		if (err || haul_arch_word_store_u##bits(region->base + off, value)) \
			return err; \
		return haul_fault_of_device(&region->io); \
	}

WORD(8, uint8_t)
WORD(16, uint16_t)
WORD(32, uint32_t)
WORD(64, uint64_t)

int haul_region_reader(const struct haul_region *region, size_t off, size_t len,
		       struct haul_reader *reader)
{
	if (!haul_region_contains(region, off, len))
		return -HAUL_ERANGE;
	/* cursors know the kind; what they point at is accessed as a device all the same */
	*reader = haul_reader_make((const unsigned char *)(uintptr_t)(region->base + off), len,
				   HAUL_MEMORY_IO);
	reader->io = region->io;
	return 0;
}

int haul_region_writer(const struct haul_region *region, size_t off, size_t len,
		       struct haul_writer *writer)
{
	if (!haul_region_contains(region, off, len))
		return -HAUL_ERANGE;
	*writer = haul_writer_make((unsigned char *)(uintptr_t)(region->base + off), len,
				   HAUL_MEMORY_IO);
	writer->io = region->io;
	return 0;
}

int haul_region_read_part(const struct haul_region *region, size_t off, struct haul_writer *writer,
			  size_t *done, struct haul_fault *fault)
{
	struct haul_reader reader;
	const int err = haul_region_reader(region, off, writer->avail, &reader);

	return err ? haul_fault_refuse(err, done, fault)
		   : haul_cursor_transfer(&reader, writer, done, fault);
}

int haul_region_write_part(const struct haul_region *region, size_t off, struct haul_reader *reader,
			   size_t *done, struct haul_fault *fault)
{
	struct haul_writer writer;
	const int err = haul_region_writer(region, off, reader->remain, &writer);

	return err ? haul_fault_refuse(err, done, fault)
		   : haul_cursor_transfer(reader, &writer, done, fault);
}

int haul_region_read(const struct haul_region *region, size_t off, struct haul_writer *writer)
{
	struct haul_writer moving = *writer;
	size_t done;
	const int err = haul_region_read_part(region, off, &moving, &done, NULL);

	if (!err)
		*writer = moving;
	return err;
}

int haul_region_write(const struct haul_region *region, size_t off, struct haul_reader *reader)
{
	struct haul_reader moving = *reader;
	size_t done;
	const int err = haul_region_write_part(region, off, &moving, &done, NULL);

	if (!err)
		*reader = moving;
	return err;
}

static int check_fifo(const struct haul_region *region, size_t off, unsigned width,
		      enum haul_memory_kind kind)
{
	if (!haul_region_contains(region, off, width))
		return -HAUL_ERANGE;
	return kind == HAUL_MEMORY_PLAIN || kind == HAUL_MEMORY_FALLIBLE ? 0 : -HAUL_EINVAL;
}

int haul_region_read_fifo(const struct haul_region *region, size_t off, unsigned width,
			  struct haul_writer *writer, size_t *done, struct haul_fault *fault)
{
	const struct haul_io how = {width, region->io.flags};
	int err = check_fifo(region, off, width, writer->kind);

	if (err)
		return haul_fault_refuse(err, done, fault);
	err = haul_io_read_fifo(writer->at, region->base + off, writer->avail, &how, done, fault);
	writer->at += *done;
	writer->avail -= *done;
	return err;
}

int haul_region_write_fifo(const struct haul_region *region, size_t off, unsigned width,
			   struct haul_reader *reader, size_t *done, struct haul_fault *fault)
{
	const struct haul_io how = {width, region->io.flags};
	int err = check_fifo(region, off, width, reader->kind);

	if (err)
		return haul_fault_refuse(err, done, fault);
	err = haul_io_write_fifo(region->base + off, reader->at, reader->remain, &how, done, fault);
	reader->at += *done;
	reader->remain -= *done;
	return err;
}

int haul_region_fill_zeros(const struct haul_region *region, size_t off, size_t len, size_t *done,
			   struct haul_fault *fault)
{
	const size_t room = off < region->size ? region->size - off : 0;
	int err;

	if (!len)
		return haul_fault_refuse(0, done, fault);
	if (!room)
		return haul_fault_refuse(-HAUL_ERANGE, done, fault);
	err = haul_io_fill(region->base + off, 0, len < room ? len : room, &region->io, done,
			   fault);
	return !err && len > room ? -HAUL_ERANGE : err;
}
