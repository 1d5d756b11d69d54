/* SPDX-License-Identifier: MIT */
/* What a call may have left behind. */
#ifndef FILES_H
#define FILES_H

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static inline unsigned files_open(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) != -1;
	return count;
}

/* Mappings of files with that in their names: more than one for a mapping, where an
 * emulator counts pages. */
static inline unsigned files_mapped(const char *name)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned count = 0;
	char line[512];

	cr_assert(maps);
	while (fgets(line, sizeof line, maps))
		count += strstr(line, name) != NULL;
	fclose(maps);
	return count;
}

#endif
