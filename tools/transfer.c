/* SPDX-License-Identifier: MIT */
/*
 * The source is read through a mapping, one window after the other, into a
 * buffer that stays in the second-level cache, and written from there.
 * Mapping the destination too was measured at half the speed: each of its
 * pages costs a fault of its own, and a full disk shows only as another.
 *
 * What "copied" rests on: a truncation first makes the file shorter and then
 * clears what is left of its last page, which this process has mapped.  So
 * bytes count as copied only if the file still reached beyond them *after*
 * they were read.
 */
#include "transfer.h"

#include "tool.h"

#include <errno.h>
#include <haul/mem.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define WINDOW ((uint64_t)64 << 20)
#define CHUNK ((size_t)256 << 10)

/* The part of the source that is mapped now. */
struct window {
	const unsigned char *base; /* NULL: none */
	uint64_t from;
	size_t length;
};

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void window_close(struct window *window)
{
	if (window->base)
		munmap((void *)(uintptr_t)window->base, window->length);
	window->base = NULL;
}

/* The mapped bytes from position on, *length of them; NULL with errno. */
static const unsigned char *window_get(struct window *window, const struct transfer *transfer,
				       uint64_t position, size_t *length)
{
	uint64_t from = position / WINDOW * WINDOW;
	void *base;

	if (!window->base || window->from != from) {
		window_close(window);
		window->from = from;
		window->length = (size_t)min_u64(WINDOW, transfer->size - from);
		base = mmap(NULL, window->length, PROT_READ, MAP_SHARED, transfer->source,
			    (off_t)from);
		if (base == MAP_FAILED)
			return NULL;
		madvise(base, window->length, MADV_SEQUENTIAL);
		window->base = base;
	}
	*length = window->length - (size_t)(position - from);
	return window->base + (position - from);
}

/* How much of [0, end) the source has now. */
static uint64_t source_reach(const struct transfer *transfer, uint64_t end)
{
	struct stat now;

	if (!transfer->shrinks || fstat(transfer->source, &now) != 0)
		return end;
	return min_u64(end, (uint64_t)now.st_size);
}

/* The next data at or after position is in [*from, *to); both are size if
 * there is none.  Where holes cannot be asked for, all is data. */
static void extent_find(int source, uint64_t position, uint64_t size, uint64_t *from, uint64_t *to)
{
	off_t data = lseek(source, (off_t)position, SEEK_DATA);
	off_t hole;

	*from = position;
	*to = size;
	if (data < 0) {
		if (errno == ENXIO)
			*from = size;
		return;
	}
	*from = min_u64((uint64_t)data, size);
	hole = lseek(source, data, SEEK_HOLE);
	if (hole > data)
		*to = min_u64((uint64_t)hole, size);
}

uint64_t transfer_data_size(int source, uint64_t size)
{
	uint64_t total = 0, from, to;

	for (uint64_t position = 0; position < size; position = to) {
		extent_find(source, position, size, &from, &to);
		total += to - from;
	}
	return total;
}

/* Bytes that went into the destination at position; errno if not all did. */
static size_t destination_write(int destination, const unsigned char *bytes, size_t length,
				uint64_t position)
{
	size_t done = 0;

	while (done < length) {
		ssize_t n =
			pwrite(destination, bytes + done, length - done, (off_t)(position + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = ENOSPC; /* it took nothing and gave no reason */
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

/* The end of what one fault at position says to be unreadable: the page,
 * since the kernel reads no less, or as much as the CPU says is damaged. */
static uint64_t fault_end(uint64_t position, const struct haul_fault *fault)
{
	uint64_t extent = (uint64_t)sysconf(_SC_PAGESIZE);

	if (fault->kind == HAUL_FAULT_POISON && fault->addr_lsb < 64 &&
	    (uint64_t)1 << fault->addr_lsb > extent)
		extent = (uint64_t)1 << fault->addr_lsb;
	return (position / extent + 1) * extent;
}

/* Neighbours with the same cause are one range. */
static bool unreadable_add(struct transfer *transfer, uint64_t from, uint64_t to,
			   const struct haul_fault *fault)
{
	size_t count = transfer->unreadable_count;
	struct unreadable *last = count ? &transfer->unreadable[count - 1] : NULL;
	struct unreadable *grown;

	transfer->lost += to - from;
	if (last && last->offset + last->length == from && last->fault.kind == fault->kind &&
	    last->fault.code == fault->code) {
		last->length += to - from;
		return true;
	}
	/* Doubles at each power of two. */
	if ((count & (count - 1)) == 0) {
		grown = reallocarray(transfer->unreadable, count ? count * 2 : 1, sizeof *grown);
		if (!grown) {
			transfer->lost -= to - from;
			return false;
		}
		transfer->unreadable = grown;
	}
	transfer->unreadable[count] = (struct unreadable){from, to - from, *fault};
	transfer->unreadable_count++;
	return true;
}

static bool stop(struct transfer *transfer, enum transfer_end end, int error)
{
	transfer->end = end;
	transfer->error = error;
	return false;
}

/* Notes what the fault at ended_at makes unreadable and goes on behind it. */
static bool fault_skip(struct transfer *transfer, const struct haul_fault *fault)
{
	uint64_t end = min_u64(fault_end(transfer->ended_at, fault), transfer->size);

	if (!unreadable_add(transfer, transfer->ended_at, end, fault))
		return stop(transfer, TRANSFER_MEMORY, 0);
	transfer->ended_at = end;
	return true;
}

/* Copies up to length bytes at ended_at; false if that was the end. */
static bool chunk_copy(struct transfer *transfer, const unsigned char *mapped,
		       unsigned char *buffer, size_t length)
{
	uint64_t start = transfer->ended_at;
	struct haul_fault fault;
	size_t good = haul_memcpy_fault(buffer, mapped, length, &fault);
	uint64_t reach = source_reach(transfer, start + length);
	size_t written;

	if (reach < start + good)
		good = reach > start ? (size_t)(reach - start) : 0;
	written = destination_write(transfer->destination, buffer, good, start);
	transfer->copied += written;
	transfer->ended_at += written;
	if (written < good)
		return stop(transfer, TRANSFER_FULL, errno);
	if (good == length)
		return true;
	if (reach <= transfer->ended_at)
		return stop(transfer, TRANSFER_TRUNCATED, 0);
	return fault_skip(transfer, &fault);
}

/* Holds the mean rate by waiting; a signal cuts the wait short. */
static void pace(const struct transfer *transfer, double started)
{
	double due = started + (double)transfer->copied / (double)transfer->rate;
	struct timespec when = {.tv_sec = (time_t)due};

	when.tv_nsec = (long)((due - (double)when.tv_sec) * 1e9);
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
}

/* With a limit of the rate, several chunks a second. */
static size_t chunk_size(const struct transfer *transfer)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t paced = transfer->rate / 16 / page * page;

	if (!transfer->rate || paced > CHUNK)
		return CHUNK;
	return (size_t)(paced ? paced : page);
}

/* Copies [ended_at, to), which is data; false if that was the end. */
static bool extent_copy(struct transfer *transfer, struct window *window, unsigned char *buffer,
			uint64_t to, double started)
{
	size_t chunk = chunk_size(transfer), length;
	const unsigned char *mapped;

	while (transfer->ended_at < to) {
		if (*transfer->stop)
			return stop(transfer, TRANSFER_STOPPED, 0);
		mapped = window_get(window, transfer, transfer->ended_at, &length);
		if (!mapped)
			return stop(transfer, TRANSFER_SOURCE, errno);
		length = (size_t)min_u64(length, to - transfer->ended_at);
		if (!chunk_copy(transfer, mapped, buffer, length < chunk ? length : chunk))
			return false;
		progress_show(transfer->progress, transfer->copied + transfer->lost);
		if (transfer->rate)
			pace(transfer, started);
	}
	return true;
}

/* Leaves [ended_at, to) as a hole; false if the source ends in it. */
static bool hole_skip(struct transfer *transfer, uint64_t to)
{
	uint64_t reach = source_reach(transfer, to);

	if (reach > transfer->ended_at) {
		transfer->skipped += reach - transfer->ended_at;
		transfer->ended_at = reach;
	}
	return reach == to || stop(transfer, TRANSFER_TRUNCATED, 0);
}

static void extents_copy(struct transfer *transfer, unsigned char *buffer)
{
	struct window window = {.base = NULL};
	double started = tool_seconds();
	uint64_t from, to;

	while (transfer->ended_at < transfer->size) {
		extent_find(transfer->source, transfer->ended_at, transfer->size, &from, &to);
		if (!hole_skip(transfer, from) ||
		    !extent_copy(transfer, &window, buffer, to, started))
			break;
	}
	window_close(&window);
}

void transfer_run(struct transfer *transfer)
{
	unsigned char *buffer = aligned_alloc((size_t)sysconf(_SC_PAGESIZE), CHUNK);

	transfer->end = TRANSFER_WHOLE;
	if (!buffer) {
		stop(transfer, TRANSFER_SOURCE, errno);
		return;
	}
	extents_copy(transfer, buffer);
	free(buffer);
	/* Gives the trailing hole, if any, its length. */
	if (transfer->end != TRANSFER_STOPPED &&
	    ftruncate(transfer->destination, (off_t)transfer->ended_at) != 0)
		stop(transfer, TRANSFER_FULL, errno);
}

void transfer_release(struct transfer *transfer)
{
	free(transfer->unreadable);
	transfer->unreadable = NULL;
	transfer->unreadable_count = 0;
}
