/* SPDX-License-Identifier: MIT */
/*
 * Device memory, access by access: the waist's single loads and stores on the
 * device's side, haul_memcpy on the memory's where that is not aligned or can be
 * read ahead, so that either may fault anywhere.
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

static bool is_aligned(uintptr_t place, size_t width)
{
	return (place & (width - 1)) == 0;
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
	if (!is_width(job->how.width) || !is_aligned(places | n, job->how.width))
		return -HAUL_EINVAL;
	return 0;
}

/* The width of the next access, at these places. */
static size_t next_width(const struct job *job, uintptr_t places)
{
	size_t width = 8;

	if (job->how.width)
		return job->how.width;
	while (width > job->n - job->done || !is_aligned(places, width))
		width /= 2;
	return width;
}

/* The bytes of the accesses that come next, all of this width; at most `room`. */
static size_t next_run(const struct job *job, size_t width, size_t room)
{
	const size_t left = job->n - job->done;
	const bool many = !job->fifo && (job->how.width || width == 8);

	return many ? (left < room ? left : room) & ~(width - 1) : width;
}

static bool failed(const struct job *job)
{
	return job->facts.kind != HAUL_FAULT_NONE;
}

static bool goes_on(const struct job *job)
{
	return job->done < job->n && !failed(job);
}

/* Is the device on that side gone, and not to be a failure? */
static bool forgiven(struct job *job, enum haul_operand side)
{
	if (!failed(job) || job->facts.operand != side || !(job->how.flags & HAUL_IO_ONES))
		return false;
	job->facts.kind = HAUL_FAULT_NONE;
	return true;
}

/* Accesses of that width, aligned on both sides.  Returns the bytes moved. */
static size_t move(struct job *job, volatile void *dst, const volatile void *src, size_t width,
		   size_t n)
{
	switch (width) {
	case 1:
		return haul_arch_io_copy_u8(dst, src, n, &job->facts);
	case 2:
		return 2 * haul_arch_io_copy_u16(dst, src, n / 2, &job->facts);
	case 4:
		return 4 * haul_arch_io_copy_u32(dst, src, n / 4, &job->facts);
	default:
		return 8 * haul_arch_io_copy_u64(dst, src, n / 8, &job->facts);
	}
}

/* Returns the bytes that could be copied; if not all, *end says why. */
static size_t copy(void *dst, const void *src, size_t n, struct haul_arch_facts *end)
{
	struct haul_arch_facts facts;
	const size_t copied = haul_arch_memcpy_facts(dst, src, n, &facts);

	if (copied < n)
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

/* One access, to memory of any alignment.  All four CPUs are little-endian: the
 * first bytes of the value are its low ones. */
static size_t read_one(struct job *job, void *memory, const volatile void *p, size_t width)
{
	uint64_t value;

	return move(job, &value, p, width, width) ? copy(memory, &value, width, &job->facts) : 0;
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
		unsigned char *to = memory + job.done;

		if (is_aligned((uintptr_t)to, width))
			job.done += move(&job, to, p, width, next_run(&job, width, SIZE_MAX));
		else
			job.done += read_one(&job, to, p, width);
		if (forgiven(&job, HAUL_OPERAND_SRC))
			read_ones(&job, memory);
	}
	return finish(&job, done, fault);
}

/* Memory, read for many accesses at once, which harms nothing: only devices mind
 * being read. */
struct ahead {
	uint64_t words[32];
	size_t at, end; /* the bytes of words that are still to be written */
	bool last;      /* memory fails after them: */
	struct haul_arch_facts why;
};

/* The first byte stands in its word as it will in the device's (place), so that
 * accesses are aligned on both sides. */
static void read_ahead(struct ahead *ahead, uintptr_t place, const void *memory, size_t n)
{
	const size_t at = place % 8, room = sizeof ahead->words - at;
	const size_t want = n < room ? n : room;

	ahead->at = at;
	ahead->end = at + copy((unsigned char *)ahead->words + at, memory, want, &ahead->why);
	ahead->last = ahead->end - at < want;
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
	struct ahead ahead;
	struct job job;
	const int err = start(&job, how, fifo, (uintptr_t)io, n);

	if (err)
		return haul_fault_refuse(err, done, fault);
	ahead.at = ahead.end = 0;
	ahead.last = false;
	while (goes_on(&job)) {
		volatile unsigned char *p = device + (fifo ? 0 : job.done);
		const size_t width = next_width(&job, (uintptr_t)p);
		size_t left, moved;

		if (ahead.at == ahead.end && !ahead.last)
			read_ahead(&ahead, fifo ? 0 : (uintptr_t)p, memory + job.done,
				   job.n - job.done);
		left = ahead.end - ahead.at;
		if (width > left) {
			job.n = job.done + (job.how.width ? 0 : left);
			continue;
		}
		moved = move(&job, p, (unsigned char *)ahead.words + ahead.at, width,
			     next_run(&job, width, left));
		ahead.at += moved;
		job.done += moved;
		if (forgiven(&job, HAUL_OPERAND_DST))
			job.done = job.n;
	}
	if (!failed(&job) && job.n < n)
		job.facts = ahead.why;
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
static void fill(struct job *job, volatile unsigned char *device, int c)
{
	uint64_t words[16];

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		words[i] = (unsigned char)c * (uint64_t)0x0101010101010101;
	while (goes_on(job)) {
		volatile unsigned char *p = device + job->done;
		const size_t width = next_width(job, (uintptr_t)p);

		job->done += move(job, p, words, width, next_run(job, width, sizeof words));
		if (forgiven(job, HAUL_OPERAND_DST))
			job->done = job->n;
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

		job.done += move(&job, to + job.done, from + job.done, width,
				 next_run(&job, width, SIZE_MAX));
		if (forgiven(&job, HAUL_OPERAND_SRC))
			fill(&job, to, 0xff);
		else if (forgiven(&job, HAUL_OPERAND_DST))
			job.done = job.n;
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
	fill(&job, io, c);
	return finish(&job, done, fault);
}
