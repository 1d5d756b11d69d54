/* SPDX-License-Identifier: MIT */
/* What a call may have left behind. */
#ifndef FILES_H
#define FILES_H

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <haul/base.h>
#include <stdio.h>
#include <string.h>

/* What errno is before a call, and after it. */
enum { ERRNO = 4321 };

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

/* A call about `object` that must fail, and leave nothing behind: no file, no mapping of a
 * file with that name in its name, no change to the object and to errno. */
#define FILES_CALL_FAILS(object, name, call, error) \
	do { \
		const unsigned open_before = files_open(), mapped_before = files_mapped(name); \
		unsigned char before[sizeof(object)]; \
		int err; \
\
		memset(&(object), 0xa5, sizeof(object)); \
		memcpy(before, &(object), sizeof(object)); \
		errno = ERRNO; \
		err = (call); \
		cr_assert(errno == ERRNO, #call); \
		cr_assert(err == -(error), "%s: %s", #call, haul_strerror(err)); \
		cr_assert(memcmp(&(object), before, sizeof(object)) == 0, #call); \
		cr_assert(files_open() == open_before); \
		cr_assert(files_mapped(name) == mapped_before); \
	} while (0)

#endif
