/* SPDX-License-Identifier: MIT */
/*
 * Device memory, access by access: the waist's single loads and stores on the
 * device's side, haul_memcpy on the memory's, so that either may fault anywhere.
 */
#include "arch.h"
#include "fault.h"
#include <haul/io.h>

static const struct haul_io widest;

/* A transfer that is going on. */
struct job {
	struct haul_io how;
	bool fifo; /* the device's address stays */
	size_t n;  /* what is left to be done ends here */
	size_t done;
	struct haul_arch_facts facts; /* kind HAUL_FAULT_NONE: nothing failed */
};

static bool is_width(size_t width)
{
	return width == 1 || width == 2 || width == 4 || width == 8;
}

/* places: the addresses of all sides that are a device's, or'ed, so that what is
 * not aligned on any side shows. */
static int start(struct job *job, const struct haul_io *how, bool fifo, uintptr_t places, size_t n)
{
	*job = (struct job){.how = how ? *how : widest, .fifo = fifo, .n = n};
	if (job->how.flags & ~(unsigned)HAUL_IO_ONES)
		return -HAUL_EINVAL;
	if (job->how.width == 0)
		return fifo ? -HAUL_EINVAL : 0;
	if (!is_width(job->how.width) || places % job->how.width || n % job->how.width)
		return -HAUL_EINVAL;
	return 0;
}

/* The width of the next access, at these places. */
static size_t next_width(const struct job *job, uintptr_t places)
{
	size_t width = 8;

	if (job->how.width)
		return job->how.width;
	while (width > job->n - job->done || places % width)
		width /= 2;
	return width;
}

static bool failed(const struct job *job)
{
	return job->facts.kind != HAUL_FAULT_NONE;
}

static bool goes_on(const struct job *job)
{
	return job->done < job->n && !failed(job);
}

/* After an access of a device: is that gone, and not to be a failure? */
static bool forgiven(struct job *job)
{
	if (!failed(job) || !(job->how.flags & HAUL_IO_ONES))
		return false;
	job->facts.kind = HAUL_FAULT_NONE;
	return true;
}

static uint64_t load(struct job *job, const volatile void *p, size_t width)
{
	switch (width) {
	case 1:
		return haul_arch_io_load_u8(p, &job->facts);
	case 2:
		return haul_arch_io_load_u16(p, &job->facts);
	case 4:
		return haul_arch_io_load_u32(p, &job->facts);
	default:
		return haul_arch_io_load_u64(p, &job->facts);
	}
}

static void store_width(struct job *job, volatile void *p, size_t width, uint64_t value)
{
	switch (width) {
	case 1:
		haul_arch_io_store_u8(p, value, &job->facts);
		break;
	case 2:
		haul_arch_io_store_u16(p, value, &job->facts);
		break;
	case 4:
		haul_arch_io_store_u32(p, value, &job->facts);
		break;
	default:
		haul_arch_io_store_u64(p, value, &job->facts);
	}
}

/* Stores what comes next.  If the device is gone all the rest is dropped at once. */
static void store(struct job *job, volatile void *p, size_t width, uint64_t value)
{
	store_width(job, p, width, value);
	if (forgiven(job))
		job->done = job->n;
	else if (!failed(job))
		job->done += width;
}

/* All four CPUs are little-endian: the first bytes of a value are its low ones.
 * Returns the bytes that could be copied; if not all, *end says why. */
static size_t copy(void *dst, const void *src, size_t width, struct haul_arch_facts *end)
{
	struct haul_arch_facts facts;
	const size_t copied = haul_arch_memcpy_facts(dst, src, width, &facts);

	if (copied < width)
		*end = facts;
	return copied;
}

/* What a device that is gone reads as, for the rest. */
static void read_ones(struct job *job, unsigned char *memory)
{
	const size_t left = job->n - job->done;
	struct haul_arch_facts facts;
	const size_t set = haul_arch_memset_facts(memory + job->done, 0xff, left, &facts);

	if (set < left)
		job->facts = facts;
	job->done += set;
}

static int finish(const struct job *job, size_t *done, struct haul_fault *fault)
{
	*done = job->done;
	haul_fault_explain(fault, &job->facts, failed(job));
	return failed(job) ? -HAUL_EFAULT : 0;
}

static int read_all(void *dst, const volatile void *io, size_t n, const struct haul_io *how,
		    bool fifo, size_t *done, struct haul_fault *fault)
{
	const volatile unsigned char *device = io;
	unsigned char *memory = dst;
	struct job job;
	const int err = start(&job, how, fifo, (uintptr_t)io, n);

	if (err)
		return haul_fault_refuse(err, done, fault);
	while (goes_on(&job)) {
		const volatile unsigned char *p = device + (fifo ? 0 : job.done);
		const size_t width = next_width(&job, (uintptr_t)p);
		const uint64_t value = load(&job, p, width);

		if (forgiven(&job))
			read_ones(&job, memory);
		else if (!failed(&job))
			job.done += copy(memory + job.done, &value, width, &job.facts);
	}
	return finish(&job, done, fault);
}

/*
 * Where memory ends within an access, what there is of it goes by narrower ones,
 * unless the width was asked for.
 */
static int write_all(volatile void *io, const void *src, size_t n, const struct haul_io *how,
		     bool fifo, size_t *done, struct haul_fault *fault)
{
	volatile unsigned char *device = io;
	const unsigned char *memory = src;
	struct job job;
	struct haul_arch_facts end = {0};
	const int err = start(&job, how, fifo, (uintptr_t)io, n);

	if (err)
		return haul_fault_refuse(err, done, fault);
	while (goes_on(&job)) {
		volatile unsigned char *p = device + (fifo ? 0 : job.done);
		const size_t width = next_width(&job, (uintptr_t)p);
		uint64_t value = 0;
		const size_t copied = copy(&value, memory + job.done, width, &end);

		if (copied == width)
			store(&job, p, width, value);
		else
			job.n = job.done + (job.how.width ? 0 : copied);
	}
	if (!failed(&job))
		job.facts = end;
	return finish(&job, done, fault);
}

int haul_io_read(void *dst, const volatile void *io, size_t n, const struct haul_io *how,
		 size_t *done, struct haul_fault *fault)
{
	return read_all(dst, io, n, how, false, done, fault);
}

int haul_io_write(volatile void *io, const void *src, size_t n, const struct haul_io *how,
		  size_t *done, struct haul_fault *fault)
{
	return write_all(io, src, n, how, false, done, fault);
}

int haul_io_read_fifo(void *dst, const volatile void *io, size_t n, const struct haul_io *how,
		      size_t *done, struct haul_fault *fault)
{
	return read_all(dst, io, n, how, true, done, fault);
}

int haul_io_write_fifo(volatile void *io, const void *src, size_t n, const struct haul_io *how,
		       size_t *done, struct haul_fault *fault)
{
	return write_all(io, src, n, how, true, done, fault);
}

/* Sets the rest. */
static void fill(struct job *job, volatile unsigned char *device, uint64_t value)
{
	while (goes_on(job)) {
		volatile unsigned char *p = device + job->done;

		store(job, p, next_width(job, (uintptr_t)p), value);
	}
}

int haul_io_copy(volatile void *dst, const volatile void *src, size_t n, const struct haul_io *how,
		 size_t *done, struct haul_fault *fault)
{
	const volatile unsigned char *from = src;
	volatile unsigned char *to = dst;
	struct job job;
	const int err = start(&job, how, false, (uintptr_t)dst | (uintptr_t)src, n);

	if (err)
		return haul_fault_refuse(err, done, fault);
	while (goes_on(&job)) {
		const uintptr_t places = (uintptr_t)(from + job.done) | (uintptr_t)(to + job.done);
		const size_t width = next_width(&job, places);
		const uint64_t value = load(&job, from + job.done, width);

		if (forgiven(&job))
			fill(&job, to, value);
		else if (!failed(&job))
			store(&job, to + job.done, width, value);
	}
	return finish(&job, done, fault);
}

int haul_io_fill(volatile void *io, int c, size_t n, const struct haul_io *how, size_t *done,
		 struct haul_fault *fault)
{
	struct job job;
	const int err = start(&job, how, false, (uintptr_t)io, n);

	if (err)
		return haul_fault_refuse(err, done, fault);
	fill(&job, io, (unsigned char)c * (uint64_t)0x0101010101010101);
	return finish(&job, done, fault);
}
