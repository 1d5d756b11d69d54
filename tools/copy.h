/* SPDX-License-Identifier: MIT */
/*
 * One run of haul copy, as its parts see it.
 */
#ifndef HAUL_TOOL_COPY_H
#define HAUL_TOOL_COPY_H

#include "newfile.h"
#include "progress.h"
#include "tool.h"
#include "transfer.h"

struct copy {
	const char *name; /* "haul copy" */
	const char *source, *destination;
	const char *map; /* NULL: none wanted */
	bool json;
	uint64_t rate; /* bytes per second; 0: no limit */

	struct stat stat; /* of the source at the start */
	struct newfile newfile, newmap;
	struct transfer transfer;
	struct progress progress;
	double seconds;
	uint64_t size_at_end; /* of the source */

	enum tool_status status;
	char error[1024]; /* "FILE: reason"; empty if there is none */
};

/* Takes status and reason down and says them on stderr.  Returns false. */
bool copy_fail(struct copy *copy, enum tool_status status, const char *file, const char *reason);

/* Puts what came of the transfer into words, if not all was copied. */
void copy_judge(struct copy *copy);

/* The last line, or the JSON object, on stdout. */
void copy_report(struct copy *copy);

#endif
