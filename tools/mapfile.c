/* SPDX-License-Identifier: MIT */
#include "mapfile.h"

#include <errno.h>
#include <fcntl.h>
#include <haul/base.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static void block_write(FILE *file, uint64_t from, uint64_t to, char status)
{
	if (from < to)
		fprintf(file, "0x%08" PRIX64 "  0x%08" PRIX64 "  %c\n", from, to - from, status);
}

/* A name in a comment: a line break in it would end the comment. */
static void name_write(FILE *file, const char *name)
{
	fputc(' ', file);
	for (; *name; name++)
		fputc(*name == '\n' || *name == '\r' ? '?' : *name, file);
}

/* What is true of everything from ended_at on. */
static char rest_status(const struct transfer *transfer)
{
	return transfer->end == TRANSFER_WHOLE || transfer->end == TRANSFER_TRUNCATED ? '-' : '?';
}

static void head_write(FILE *file, const struct transfer *transfer, const char *source,
		       const char *destination)
{
	/* ddrescue's signs for "finished" and "was copying, in its first pass". */
	char status = rest_status(transfer) == '?' ? '?' : '+';

	fprintf(file, "# Mapfile. Created by haul %s\n# haul copy", haul_version());
	name_write(file, source);
	name_write(file, destination);
	fprintf(file,
		"\n# current_pos  current_status  current_pass\n"
		"0x%08" PRIX64 "     %c               1\n"
		"#      pos        size  status\n",
		transfer->ended_at, status);
}

static void blocks_write(FILE *file, const struct transfer *transfer)
{
	uint64_t position = 0;

	for (size_t i = 0; i < transfer->unreadable_count; i++) {
		const struct unreadable *range = &transfer->unreadable[i];

		block_write(file, position, range->offset, '+');
		position = range->offset + range->length;
		block_write(file, range->offset, position, '-');
	}
	block_write(file, position, transfer->ended_at, '+');
	block_write(file, transfer->ended_at, transfer->size, rest_status(transfer));
}

bool mapfile_write(int fd, const struct transfer *transfer, const char *source,
		   const char *destination)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	FILE *file = own < 0 ? NULL : fdopen(own, "w");
	bool done;

	if (!file) {
		if (own >= 0)
			close(own);
		return false;
	}
	head_write(file, transfer, source, destination);
	blocks_write(file, transfer);
	done = !ferror(file);
	return fclose(file) == 0 && done;
}
