/* SPDX-License-Identifier: MIT */
/*
 * The map of what is missing, in the format of GNU ddrescue ("Mapfile
 * structure" in its manual), so that ddrescue, ddrescuelog and ddrescueview
 * read it.
 */
#ifndef HAUL_TOOL_MAPFILE_H
#define HAUL_TOOL_MAPFILE_H

#include "transfer.h"

/*
 * Writes the map of transfer to file descriptor fd: '+' what is copied (holes
 * of the source too), '-' what could not be read or was truncated away, '?'
 * what was not tried.  False with errno if it could not be written.
 */
bool mapfile_write(int fd, const struct transfer *transfer, const char *source,
		   const char *destination);

#endif
