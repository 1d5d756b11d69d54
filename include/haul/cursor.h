/* SPDX-License-Identifier: MIT */
/*
 * Cursors: a reader or a writer stands at a byte of a range of memory of one of
 * the three kinds (haul/io.h) and moves as it reads or writes.
 *
 * A cursor is a small value, the caller's; to clone it, assign it.  It owns
 * nothing.  Functions on one cursor are for one thread at a time; beyond that,
 * any thread, any signal handler.
 *
 * Errors, with cursors and outputs unchanged: -HAUL_ERANGE beyond the range's
 * end; -HAUL_EINVAL for what is not aligned as it must be, and unknown kinds;
 * -HAUL_EFAULT for what could not be read or written whole.  Only transfers and
 * fills stop in the middle: then cursors stand exactly after what was done.
 */
#ifndef HAUL_CURSOR_H
#define HAUL_CURSOR_H

#include <haul/io.h>
#include <haul/mem.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct haul_reader {
	const unsigned char *at; /* the next byte */
	size_t remain;           /* bytes from there to the end */
	enum haul_memory_kind kind;
	struct haul_io io; /* of HAUL_MEMORY_IO */
};

struct haul_writer {
	unsigned char *at;
	size_t avail;
	enum haul_memory_kind kind;
	struct haul_io io;
};

static inline struct haul_reader haul_reader_make(const void *p, size_t n,
						  enum haul_memory_kind kind)
{
	struct haul_reader reader = {(const unsigned char *)p, n, kind, {0, 0}};

	return reader;
}

static inline struct haul_writer haul_writer_make(void *p, size_t n, enum haul_memory_kind kind)
{
	struct haul_writer writer = {(unsigned char *)p, n, kind, {0, 0}};

	return writer;
}

/* At most max bytes remain. */
static inline void haul_reader_limit(struct haul_reader *reader, size_t max)
{
	if (reader->remain > max)
		reader->remain = max;
}

static inline void haul_writer_limit(struct haul_writer *writer, size_t max)
{
	if (writer->avail > max)
		writer->avail = max;
}

/* Passes over n bytes. */
static inline int haul_reader_skip(struct haul_reader *reader, size_t n)
{
	if (n > reader->remain)
		return -HAUL_ERANGE;
	reader->at += n;
	reader->remain -= n;
	return 0;
}

static inline int haul_writer_skip(struct haul_writer *writer, size_t n)
{
	if (n > writer->avail)
		return -HAUL_ERANGE;
	writer->at += n;
	writer->avail -= n;
	return 0;
}

/* A part of haul_cursor_transfer: see there. */
HAUL_API int haul_cursor_transfer_io(struct haul_reader *reader, struct haul_writer *writer,
				     size_t n, size_t *done, struct haul_fault *fault);

/*
 * Moves bytes until the reader or the writer is at its end.  *done is what was
 * moved, and both cursors have moved by that.  The ranges do not overlap.
 * Between two devices the width and the flags of either hold for both; widths
 * that differ are -HAUL_EINVAL.
 * Returns 0, -HAUL_EFAULT, or -HAUL_EINVAL as haul_io_read and its kin do.
 */
static inline int haul_cursor_transfer(struct haul_reader *reader, struct haul_writer *writer,
				       size_t *done, struct haul_fault *fault)
{
	const size_t n = reader->remain < writer->avail ? reader->remain : writer->avail;
	size_t moved;

	if (reader->kind >= HAUL_MEMORY_IO || writer->kind >= HAUL_MEMORY_IO)
		return haul_cursor_transfer_io(reader, writer, n, done, fault);
	moved = fault ? haul_memcpy_fault(writer->at, reader->at, n, fault)
		      : haul_memcpy(writer->at, reader->at, n);
	*done = moved;
	reader->at += moved;
	reader->remain -= moved;
	writer->at += moved;
	writer->avail -= moved;
	return moved == n ? 0 : -HAUL_EFAULT;
}

/*
 * The same over lists, from the first reader into the first writer and on as
 * each is used up; every cursor ends where it stopped.
 */
HAUL_API int haul_cursor_transferv(struct haul_reader *readers, size_t nreaders,
				   struct haul_writer *writers, size_t nwriters, size_t *done,
				   struct haul_fault *fault);

/* A value of any size, whole or not at all: if only a part of it can be moved, it
 * has been, but the cursor stands before it. */
HAUL_API int haul_reader_value(struct haul_reader *reader, void *value, size_t size);
HAUL_API int haul_writer_value(struct haul_writer *writer, const void *value, size_t size);

/* One value in one access, aligned to its width, that does not tear. */
HAUL_API int haul_reader_once_u8(struct haul_reader *reader, uint8_t *value);
HAUL_API int haul_reader_once_u16(struct haul_reader *reader, uint16_t *value);
HAUL_API int haul_reader_once_u32(struct haul_reader *reader, uint32_t *value);
HAUL_API int haul_reader_once_u64(struct haul_reader *reader, uint64_t *value);
HAUL_API int haul_writer_once_u8(struct haul_writer *writer, uint8_t value);
HAUL_API int haul_writer_once_u16(struct haul_writer *writer, uint16_t value);
HAUL_API int haul_writer_once_u32(struct haul_writer *writer, uint32_t value);
HAUL_API int haul_writer_once_u64(struct haul_writer *writer, uint64_t value);

/*
 * Atomics at the cursor, which does not move: plain and fallible memory only
 * (-HAUL_ENOTSUP).  Loads are relaxed.  The exchange (as haul_cmpxchg_u32) is
 * sequentially consistent, and wants a reader at the same place, for the right to
 * read it: else -HAUL_EINVAL.
 */
HAUL_API int haul_reader_atomic_load_u32(const struct haul_reader *reader, uint32_t *value);
HAUL_API int haul_reader_atomic_load_u64(const struct haul_reader *reader, uint64_t *value);
HAUL_API int haul_writer_atomic_cmpxchg_u32(const struct haul_writer *writer,
					    const struct haul_reader *reader, uint32_t *expected,
					    uint32_t desired);
HAUL_API int haul_writer_atomic_cmpxchg_u64(const struct haul_writer *writer,
					    const struct haul_reader *reader, uint64_t *expected,
					    uint64_t desired);

/*
 * Fills with copies of a value of `size` bytes, as many as fit whole;
 * or with zeros, n at most.  *done is in bytes.  -HAUL_EINVAL for size 0.
 */
HAUL_API int haul_writer_fill(struct haul_writer *writer, const void *value, size_t size,
			      size_t *done, struct haul_fault *fault);
HAUL_API int haul_writer_fill_zeros(struct haul_writer *writer, size_t n, size_t *done,
				    struct haul_fault *fault);

#ifdef __cplusplus
}
#endif

#endif
