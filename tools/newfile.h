/* SPDX-License-Identifier: MIT */
/*
 * A file that appears under its name only when it is whole.
 *
 * Until newfile_commit the data has no name at all (O_TMPFILE) or, where the
 * file system cannot do that, one beside the target that starts with
 * ".haul-".  What the target was before stays as it is until then.
 */
#ifndef HAUL_TOOL_NEWFILE_H
#define HAUL_TOOL_NEWFILE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

struct newfile {
	int fd;                   /* open for writing, empty at first */
	bool named;               /* temporary names it */
	char target[PATH_MAX];    /* the name to be; symbolic links followed */
	char temporary[PATH_MAX]; /* in the same folder */
};

/*
 * Opens a new file that is to be called path, with permissions mode & ~umask.
 * If something is there already it must be a regular file that may be written
 * and is not the one that `other` describes; other may be NULL.
 * NULL, or words that say what is wrong; then there is nothing to discard.
 */
const char *newfile_open(struct newfile *file, const char *path, mode_t mode,
			 const struct stat *other);

/* True if both are to have the same name. */
bool newfile_same(const struct newfile *a, const struct newfile *b);

/* Gives it its name, in place of what bore that before, and closes it; all
 * its data is on the medium first.  NULL, or words; then it is discarded. */
const char *newfile_commit(struct newfile *file);

/* Removes it; the target is as it was. */
void newfile_discard(struct newfile *file);

#endif
