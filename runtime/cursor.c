/* SPDX-License-Identifier: MIT */
/* Cursors: what is more than a line in the header. */
#include "fault.h"
#include "word.h"
#include <haul/atomic.h>
#include <haul/cursor.h>

static bool is_kind(enum haul_memory_kind kind)
{
	return (unsigned)kind <= HAUL_MEMORY_IO;
}

static void reader_advance(struct haul_reader *reader, size_t n)
{
	reader->at += n;
	reader->remain -= n;
}

static void writer_advance(struct haul_writer *writer, size_t n)
{
	writer->at += n;
	writer->avail -= n;
}

/* A width that only one side asks for is that of both. */
static int common_io(const struct haul_io *a, const struct haul_io *b, struct haul_io *both)
{
	if (a->width && b->width && a->width != b->width)
		return -HAUL_EINVAL;
	both->width = a->width ? a->width : b->width;
	both->flags = a->flags | b->flags;
	return 0;
}

static int transfer(const struct haul_reader *reader, const struct haul_writer *writer, size_t n,
		    size_t *done, struct haul_fault *fault)
{
	struct haul_io both;

	*done = 0;
	haul_fault_explain(fault, NULL, false);
	if (!is_kind(reader->kind) || !is_kind(writer->kind))
		return -HAUL_EINVAL;
	if (writer->kind != HAUL_MEMORY_IO)
		return haul_io_read(writer->at, reader->at, n, &reader->io, done, fault);
	if (reader->kind != HAUL_MEMORY_IO)
		return haul_io_write(writer->at, reader->at, n, &writer->io, done, fault);
	if (common_io(&reader->io, &writer->io, &both))
		return -HAUL_EINVAL;
	return haul_io_copy(writer->at, reader->at, n, &both, done, fault);
}

int haul_cursor_transfer_io(struct haul_reader *reader, struct haul_writer *writer, size_t n,
			    size_t *done, struct haul_fault *fault)
{
	const int err = transfer(reader, writer, n, done, fault);

	reader_advance(reader, *done);
	writer_advance(writer, *done);
	return err;
}

int haul_cursor_transferv(struct haul_reader *readers, size_t nreaders, struct haul_writer *writers,
			  size_t nwriters, size_t *done, struct haul_fault *fault)
{
	int err = 0;

	*done = 0;
	haul_fault_explain(fault, NULL, false);
	while (nreaders && nwriters && !err) {
		size_t part;

		err = haul_cursor_transfer(readers, writers, &part, fault);
		*done += part;
		if (!readers->remain)
			readers++, nreaders--;
		if (!writers->avail)
			writers++, nwriters--;
	}
	return err;
}

int haul_reader_value(struct haul_reader *reader, void *value, size_t size)
{
	size_t done;
	int err;

	if (size > reader->remain)
		return -HAUL_ERANGE;
	if (reader->kind == HAUL_MEMORY_IO)
		err = haul_io_read(value, reader->at, size, &reader->io, &done, NULL);
	else if (is_kind(reader->kind))
		err = haul_memcpy(value, reader->at, size) == size ? 0 : -HAUL_EFAULT;
	else
		err = -HAUL_EINVAL;
	if (!err)
		reader_advance(reader, size);
	return err;
}

int haul_writer_value(struct haul_writer *writer, const void *value, size_t size)
{
	size_t done;
	int err;

	if (size > writer->avail)
		return -HAUL_ERANGE;
	if (writer->kind == HAUL_MEMORY_IO)
		err = haul_io_write(writer->at, value, size, &writer->io, &done, NULL);
	else if (is_kind(writer->kind))
		err = haul_memcpy(writer->at, value, size) == size ? 0 : -HAUL_EFAULT;
	else
		err = -HAUL_EINVAL;
	if (!err)
		writer_advance(writer, size);
	return err;
}

/* The checks of a value of that width at the cursor. */
static int check_word(const void *at, size_t room, enum haul_memory_kind kind, size_t width)
{
	if (room < width)
		return -HAUL_ERANGE;
	return !is_kind(kind) || (uintptr_t)at % width ? -HAUL_EINVAL : 0;
}

/* The status of such an access that failed. */
static int failed_word(enum haul_memory_kind kind, const struct haul_io *io)
{
	return kind == HAUL_MEMORY_IO ? haul_fault_of_device(io) : -HAUL_EFAULT;
}

#define ONCE(bits, type) \
	int haul_reader_once_u##bits(struct haul_reader *reader, type *value) \
	{ \
		int err = check_word(reader->at, reader->remain, reader->kind, sizeof *value); \
\
		if (err) \
			return err; \
		if (!haul_arch_word_load_u##bits(reader->at, value)) { \
			err = failed_word(reader->kind, &reader->io); \
			if (err) \
				return err; \
			*value = (type)-1; \
		} \
		reader_advance(reader, sizeof *value); \
		return 0; \
	} \
\
	int haul_writer_once_u##bits(struct haul_writer *writer, type value) \
	{ \
		int err = check_word(writer->at, writer->avail, writer->kind, sizeof value); \
\
		if (!err && !haul_arch_word_store_u##bits(writer->at, value)) \
			err = failed_word(writer->kind, &writer->io); \
		if (!err) \
			writer_advance(writer, sizeof value); \
		return err; \
	}

ONCE(8, uint8_t)
ONCE(16, uint16_t)
ONCE(32, uint32_t)
ONCE(64, uint64_t)

static int check_atomic(const void *at, size_t room, enum haul_memory_kind kind, size_t width)
{
	return kind == HAUL_MEMORY_IO ? -HAUL_ENOTSUP : check_word(at, room, kind, width);
}

#define ATOMIC(bits, type) \
	int haul_reader_atomic_load_u##bits(const struct haul_reader *reader, type *value) \
	{ \
		const int err = \
			check_atomic(reader->at, reader->remain, reader->kind, sizeof *value); \
\
		return err ? err \
			   : haul_load_u##bits((const type *)(const void *)reader->at, value); \
	} \
\
	int haul_writer_atomic_cmpxchg_u##bits(const struct haul_writer *writer, \
					       const struct haul_reader *reader, type *expected, \
					       type desired) \
	{ \
		int err = check_atomic(writer->at, writer->avail, writer->kind, sizeof desired); \
\
		if (!err) \
			err = check_atomic(reader->at, reader->remain, reader->kind, \
					   sizeof desired); \
		if (!err && reader->at != writer->at) \
			err = -HAUL_EINVAL; \
		return err ? err \
			   : haul_cmpxchg_u##bits((type *)(void *)writer->at, expected, desired); \
	}

ATOMIC(32, uint32_t)
ATOMIC(64, uint64_t)

static bool all_same(const unsigned char *bytes, size_t size)
{
	for (size_t i = 1; i < size; i++)
		if (bytes[i] != bytes[0])
			return false;
	return true;
}

/* Before a fill of values of `size` bytes. */
static int start_fill(const struct haul_writer *writer, size_t size, size_t *done,
		      struct haul_fault *fault)
{
	*done = 0;
	haul_fault_explain(fault, NULL, false);
	return is_kind(writer->kind) && size ? 0 : -HAUL_EINVAL;
}

static int fill_bytes(struct haul_writer *writer, int c, size_t n, size_t *done,
		      struct haul_fault *fault)
{
	int err;

	if (writer->kind == HAUL_MEMORY_IO) {
		err = haul_io_fill(writer->at, c, n, &writer->io, done, fault);
	} else {
		*done = haul_memset_fault(writer->at, c, n, fault);
		err = *done == n ? 0 : -HAUL_EFAULT;
	}
	writer_advance(writer, *done);
	return err;
}

static int fill_values(struct haul_writer *writer, const void *value, size_t size, size_t *done,
		       struct haul_fault *fault)
{
	int err = 0;

	while (writer->avail >= size && !err) {
		struct haul_reader from = haul_reader_make(value, size, HAUL_MEMORY_PLAIN);
		size_t part;

		err = haul_cursor_transfer(&from, writer, &part, fault);
		*done += part;
	}
	return err;
}

int haul_writer_fill(struct haul_writer *writer, const void *value, size_t size, size_t *done,
		     struct haul_fault *fault)
{
	const unsigned char *bytes = value;
	const int err = start_fill(writer, size, done, fault);

	if (err)
		return err;
	if (all_same(bytes, size))
		return fill_bytes(writer, bytes[0], writer->avail / size * size, done, fault);
	return fill_values(writer, value, size, done, fault);
}

int haul_writer_fill_zeros(struct haul_writer *writer, size_t n, size_t *done,
			   struct haul_fault *fault)
{
	const int err = start_fill(writer, 1, done, fault);

	return err ? err
		   : fill_bytes(writer, 0, n < writer->avail ? n : writer->avail, done, fault);
}
