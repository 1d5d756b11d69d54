/* SPDX-License-Identifier: MIT */
/*
 * The oracle: what a copy, move or fill must do, worked out by a loop over
 * bytes, and compared with what it did: the count, the fault record, every
 * byte of the arena, and what the ABI and the contract preserve.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include "arena.h"
#include <haul/fault.h>
#include <stddef.h>
#include <stdint.h>

enum oracle_op { ORACLE_MEMCPY, ORACLE_MEMMOVE, ORACLE_MEMSET };

struct oracle_case {
	enum oracle_op op;
	size_t dst, src; /* offsets in the arena */
	size_t n;        /* what lies beyond the arena's last page must be cut off by
			    an unusable page */
	int c;           /* memset's */
	bool record;     /* the _fault form */
};

struct oracle {
	struct arena arena;
	unsigned char *start;   /* the contents before each case */
	unsigned char *want;    /* what they must be after it */
	const char *setting;    /* variant and thresholds in force, for reports */
	unsigned long long run; /* cases so far */
};

/* An arena of that many pages, filled with random bytes. */
void oracle_open(struct oracle *oracle, size_t pages);
void oracle_close(struct oracle *oracle);

/* Runs one case; fails the test with all that is needed to repeat it.  The
 * contents are then what they were before. */
void oracle_check(struct oracle *oracle, const struct oracle_case *c);

bool oracle_fault_equal(const struct haul_fault *a, const struct haul_fault *b);

/*
 * Is it the record that is wanted?  A move that must run backward looks for the
 * end first, and reads what it will write: a trap says which of the two failed
 * at a page with that right.
 */
bool oracle_record_right(enum oracle_op op, const struct haul_fault *want, enum arena_right right,
			 const struct haul_fault *record);

/* Words for a record, in buffer. */
const char *oracle_fault_text(const struct haul_fault *fault, char *buffer, size_t size);

#endif
