/* SPDX-License-Identifier: MIT */
/*
 * The checker of DMA: hears of every call on the streams of the devices that it is
 * attached to, and reports what is wrong with them, with the places in the program
 * that called.
 *
 * Calls return what they return without it.  It writes to memory in one place: what
 * goes back to the Hal, allocated or bounce memory, is filled with HAUL_DMA_POISON first, so that
 * who uses it still sees that.
 *
 * It keeps an entry for each mapping, in storage that the caller gives, and looks through
 * them at each call.  What a device reads only, and what is bounced, it adds up when it is handed
 * over and when it is taken back, to find stores of the CPU that no cursor
 * made.  Of coherent buffers it hears only that one is there when the device ends.
 *
 * Any thread; not from signal handlers, since threads wait for each other.
 */
#ifndef HAUL_CHECK_H
#define HAUL_CHECK_H

#include <haul/dma.h>

#ifdef __cplusplus
extern "C" {
#endif

enum haul_dma_mistake {
	HAUL_DMA_MISTAKE_LEAK,      /* the device ended, and it was still mapped */
	HAUL_DMA_MISTAKE_UNMAPPED,  /* unmapped twice */
	HAUL_DMA_MISTAKE_AFTER,     /* used after it was unmapped */
	HAUL_DMA_MISTAKE_UNCHECKED, /* used though it could not be mapped */
	HAUL_DMA_MISTAKE_OVERLAP,   /* shares bytes with another mapping, and a device writes one
				       of them */
	HAUL_DMA_MISTAKE_OUTSIDE,   /* beyond the end */
	HAUL_DMA_MISTAKE_PARTIAL, /* a part of a granule: of a cache block, or a page to split at */
	HAUL_DMA_MISTAKE_SIZE,    /* more is said to be used than was mapped */
	HAUL_DMA_MISTAKE_DIRECTION, /* a reader of what only the CPU writes, or a writer of what
				       only the device writes */
	HAUL_DMA_MISTAKE_ACCESS,    /* a cursor over what the device has */
	HAUL_DMA_MISTAKE_STORE,     /* the memory has changed while the device had it */
	HAUL_DMA_MISTAKE_GIVEN,     /* handed over twice */
	HAUL_DMA_MISTAKE_TAKEN,     /* taken back, but not handed over before */
	HAUL_DMA_MISTAKE_STORAGE /* none of the program's: no entry is left.  The checker goes on,
				    and knows nothing of that mapping */
};

enum { HAUL_DMA_MISTAKES = HAUL_DMA_MISTAKE_STORAGE + 1 };

enum { HAUL_DMA_POISON = 0xdb };

/* Places in the program are addresses that calls return to; NULL where it is not known. */
struct haul_dma_report {
	enum haul_dma_mistake mistake;
	uint64_t count;   /* of these so far, with this one */
	const char *call; /* the function's name */
	size_t off, len;  /* as it was asked for; len is `used` of an unmap */
	int err;          /* what the call returns */
	const void *site; /* where it was called */
	const struct haul_dma_device *device;
	const void *virt; /* the mapping: where the CPU has it */
	size_t size;
	enum haul_dma_direction direction;
	enum haul_dma_backing backing;
	const void *mapped_at;
	const void *ended_at; /* where it was unmapped */
	const void *other_at; /* of an overlap: where the other was mapped */
};

/* A mapping that the checker knows; from mode on it is the checker's business alone. */
struct haul_dma_entry {
	const struct haul_dma_device *device;
	const void *virt;
	size_t size;
	enum haul_dma_direction direction;
	enum haul_dma_backing backing;
	const void *mapped_at, *ended_at;
	unsigned mode;
	bool readable; /* else its bytes cannot be added up */
	bool told;     /* it has been reported as a leak */
	uint64_t age;  /* when it ended */
	struct haul_iova iova;
	const struct haul_dma_stream *stream;
	uint64_t place, sum; /* of what the device has, and of its bytes */
};

/* Called without the checker's lock, by the thread that made the mistake; it may call
 * the functions below. */
typedef void haul_dma_reporter(void *context, const struct haul_dma_report *report);

struct haul_dma_checker {
	struct haul_dma_entry *entries; /* the caller's */
	size_t capacity;
	haul_dma_reporter *reporter;
	void *context;
	uint64_t ended;               /* mappings */
	struct haul_dma_report first; /* of all; first.call is NULL if there is none */
	uint64_t counts[HAUL_DMA_MISTAKES];
	uint32_t lock;
};

/* With no mistakes.  The reporter, which may be NULL, gets each one.  -HAUL_EINVAL: no storage. */
HAUL_API int haul_dma_checker_init(struct haul_dma_checker *checker, struct haul_dma_entry *entries,
				   size_t capacity, haul_dma_reporter *reporter, void *context);

/*
 * While nobody else uses the device.  A checker may have many devices.  What is mapped
 * before it is attached it does not know, and it reports of it only what it need not know.
 * -HAUL_EBUSY: the device has a checker; -HAUL_EINVAL: it has not this one.
 */
HAUL_API int haul_dma_checker_attach(struct haul_dma_checker *checker,
				     struct haul_dma_device *device);
HAUL_API int haul_dma_checker_detach(struct haul_dma_checker *checker,
				     struct haul_dma_device *device);

/* How many mistakes of each kind there have been. */
HAUL_API void haul_dma_checker_counts(struct haul_dma_checker *checker,
				      uint64_t counts[HAUL_DMA_MISTAKES]);

/* The first of all; -HAUL_ENOENT: there is none. */
HAUL_API int haul_dma_checker_first(struct haul_dma_checker *checker,
				    struct haul_dma_report *report);

/* The index-th mapping that is there, in no order; -HAUL_ERANGE beyond the last. */
HAUL_API int haul_dma_checker_get(struct haul_dma_checker *checker, size_t index,
				  struct haul_dma_entry *entry);

/* "unmapped twice"; never NULL. */
HAUL_API const char *haul_dma_mistake_text(enum haul_dma_mistake mistake);

/*
 * A line for people, without its end (here it is in two):
 * haul_dma_unmap(0, 64) at 55d0c0de1234: unmapped twice (invalid argument): 7f0012340000+00001000
 *   from the device, bounce, mapped at 55d0c0de1200, unmapped at 55d0c0de1220
 * As snprintf: at most size bytes with the NUL are written, and the length of the whole
 * line is returned.
 */
HAUL_API size_t haul_dma_report_text(const struct haul_dma_report *report, char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
