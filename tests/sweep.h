/* SPDX-License-Identifier: MIT */
/*
 * Which cases the oracle is asked: sizes, alignments, places of the fault.
 *
 * Every sweep covers all sizes of its range.  In a long run it takes every
 * alignment modulo 64 and every place of the fault; else the places around
 * vector and block borders, and some alignments.  What is not taken whole is
 * drawn from the seed.  The kind of unusable page changes from size to size.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include "oracle.h"

enum {
	SWEEP_DENSE = 1024,      /* sizes 0 to this one by one */
	SWEEP_MEDIUM = 65536,    /* above, alignments of one side are a choice */
	SWEEP_LARGEST = 16 << 20 /* above SWEEP_DENSE: powers of two and +-1 */
};

/* memcpy or memmove between ranges that do not touch: no fault, a fault within
 * or before the source, the destination, both, and pages with holes. */
void sweep_copy_dense(enum oracle_op op, const char *setting);
/* The same for large sizes. */
void sweep_copy_large(enum oracle_op op, const char *setting);
/* The same with each threshold lowered, for small sizes that cross it. */
void sweep_copy_thresholds(enum oracle_op op, const char *setting);

/* One range ends where the other starts. */
void sweep_adjacent_dense(enum oracle_op op, const char *setting);

/* memmove between ranges that overlap, in both directions. */
void sweep_overlap_dense(const char *setting);
void sweep_overlap_large(const char *setting);
void sweep_overlap_thresholds(const char *setting);

void sweep_set_dense(const char *setting);
void sweep_set_large(const char *setting);
void sweep_set_thresholds(const char *setting);

#endif
