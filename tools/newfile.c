/* SPDX-License-Identifier: MIT */
#include "newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A link that leads nowhere is an error, as it is for cp: following it would
 * create a file in a place that the user does not see. */
static const char *target_resolve(struct newfile *file, const char *path)
{
	struct stat link;

	if (lstat(path, &link) == 0 && S_ISLNK(link.st_mode))
		return realpath(path, file->target) ? NULL : strerror(errno);
	if (strlen(path) >= sizeof file->target)
		return strerror(ENAMETOOLONG);
	strcpy(file->target, path);
	return NULL;
}

static const char *target_check(const struct newfile *file, const struct stat *other)
{
	struct stat there;

	if (stat(file->target, &there) != 0)
		return errno == ENOENT ? NULL : strerror(errno);
	if (S_ISDIR(there.st_mode))
		return strerror(EISDIR);
	if (!S_ISREG(there.st_mode))
		return "not a regular file";
	if (other && there.st_dev == other->st_dev && there.st_ino == other->st_ino)
		return "is the source itself";
	if (access(file->target, W_OK) != 0)
		return strerror(errno);
	return NULL;
}

static size_t folder_length(const struct newfile *file)
{
	const char *slash = strrchr(file->target, '/');

	return slash ? (size_t)(slash - file->target) + 1 : 0;
}

/* A name of its own beside the target. */
static bool temporary_choose(struct newfile *file)
{
	int length = snprintf(file->temporary, sizeof file->temporary, "%.*s.haul-%08x",
			      (int)folder_length(file), file->target, arc4random());

	return length > 0 && (size_t)length < sizeof file->temporary;
}

/* Nameless, if the file system can do it and the name can be given later. */
static int nameless_open(const struct newfile *file, mode_t mode)
{
	char folder[PATH_MAX];

	if (access("/proc/self/fd", X_OK) != 0)
		return -1;
	snprintf(folder, sizeof folder, "%.*s.", (int)folder_length(file), file->target);
	return open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
}

static int named_open(struct newfile *file, mode_t mode)
{
	int fd;

	do {
		if (!temporary_choose(file)) {
			errno = ENAMETOOLONG;
			return -1;
		}
		fd = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	} while (fd < 0 && errno == EEXIST);
	file->named = fd >= 0;
	return fd;
}

const char *newfile_open(struct newfile *file, const char *path, mode_t mode,
			 const struct stat *other)
{
	const char *wrong;

	*file = (struct newfile){.fd = -1};
	if (!*path)
		return strerror(ENOENT);
	wrong = target_resolve(file, path);
	if (!wrong)
		wrong = target_check(file, other);
	if (wrong)
		return wrong;
	file->fd = nameless_open(file, mode);
	if (file->fd < 0)
		file->fd = named_open(file, mode);
	return file->fd < 0 ? strerror(errno) : NULL;
}

bool newfile_same(const struct newfile *a, const struct newfile *b)
{
	char folder[2][PATH_MAX];
	const struct newfile *const file[] = {a, b};
	struct stat at[2];

	for (int i = 0; i < 2; i++) {
		snprintf(folder[i], PATH_MAX, "%.*s.", (int)folder_length(file[i]),
			 file[i]->target);
		if (stat(folder[i], &at[i]) != 0)
			return false;
	}
	return at[0].st_dev == at[1].st_dev && at[0].st_ino == at[1].st_ino &&
	       strcmp(a->target + folder_length(a), b->target + folder_length(b)) == 0;
}

/* Links the nameless file to name; false with errno if that is taken. */
static bool name_give(const struct newfile *file, const char *name)
{
	char self[32];

	snprintf(self, sizeof self, "/proc/self/fd/%d", file->fd);
	return linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0;
}

/* No call links over an existing name, so there it takes a temporary one. */
static bool nameless_commit(struct newfile *file)
{
	if (name_give(file, file->target))
		return true;
	while (errno == EEXIST) {
		if (!temporary_choose(file)) {
			errno = ENAMETOOLONG;
			return false;
		}
		if (name_give(file, file->temporary)) {
			file->named = true;
			return rename(file->temporary, file->target) == 0;
		}
	}
	return false;
}

/* After a good fsync there is nothing left that close could find wrong. */
const char *newfile_commit(struct newfile *file)
{
	bool done = fsync(file->fd) == 0;
	int error;

	if (done && file->named)
		done = rename(file->temporary, file->target) == 0;
	else if (done)
		done = nameless_commit(file);
	error = errno;
	if (done)
		file->named = false; /* the temporary name is gone */
	newfile_discard(file);
	return done ? NULL : strerror(error);
}

void newfile_discard(struct newfile *file)
{
	if (file->named)
		unlink(file->temporary);
	if (file->fd >= 0)
		close(file->fd);
	file->named = false;
	file->fd = -1;
}
