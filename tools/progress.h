/* SPDX-License-Identifier: MIT */
/*
 * A progress bar on the terminal that stderr is; nothing anywhere else.
 */
#ifndef HAUL_TOOL_PROGRESS_H
#define HAUL_TOOL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool shown;     /* there is a terminal, and it is wanted */
	uint64_t total; /* bytes */
	double started, drawn;
};

void progress_start(struct progress *progress, bool wanted, uint64_t total);

/* Redraws at most ten times a second. */
void progress_show(struct progress *progress, uint64_t done);

/* Wipes the line. */
void progress_end(struct progress *progress);

#endif
