/* SPDX-License-Identifier: MIT */
/*
 * The copying itself: one open file into another, through haul_memcpy_fault.
 */
#ifndef HAUL_TOOL_TRANSFER_H
#define HAUL_TOOL_TRANSFER_H

#include "progress.h"

#include <haul/fault.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the source that could not be read, and what the first fault was. */
struct unreadable {
	uint64_t offset, length;
	struct haul_fault fault;
};

enum transfer_end {
	TRANSFER_WHOLE,     /* the end was reached */
	TRANSFER_TRUNCATED, /* the source became shorter */
	TRANSFER_SOURCE,    /* the source cannot be mapped: error */
	TRANSFER_FULL,      /* the destination takes no more: error */
	TRANSFER_MEMORY,    /* no memory to note another unreadable range */
	TRANSFER_STOPPED,   /* *stop became nonzero */
};

struct transfer {
	/* For the caller to fill in. */
	int source, destination;           /* the destination is empty */
	bool shrinks;                      /* the source is a file that others may truncate */
	uint64_t size;                     /* of the source, in bytes */
	uint64_t rate;                     /* bytes per second at most; 0: no limit */
	const volatile sig_atomic_t *stop; /* looked at between chunks */
	struct progress *progress;

	/* What came of it.  The destination is ended_at bytes long:
	 * ended_at == copied + skipped + lost. */
	enum transfer_end end;
	int error;         /* errno, if end says so */
	uint64_t ended_at; /* where it ended in the source */
	uint64_t copied;   /* bytes read and written */
	uint64_t skipped;  /* bytes in holes of the source, left as holes */
	uint64_t lost;     /* bytes in the unreadable ranges, left as holes */
	struct unreadable *unreadable;
	size_t unreadable_count;
};

/* Bytes of the source that are not in holes: what there is to copy. */
uint64_t transfer_data_size(int source, uint64_t size);

/* The caller has seen to it that faults are handled (haul_fault_install). */
void transfer_run(struct transfer *transfer);

/* Frees the list. */
void transfer_release(struct transfer *transfer);

#endif
