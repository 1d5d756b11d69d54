/* SPDX-License-Identifier: MIT */
/*
 * haul copy: the command line and the files.
 */
#include "copy.h"

#include "mapfile.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <haul.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { KEY_JSON = 256, KEY_MAP, KEY_RATE };

static const struct argp_option options[] = {
	{.name = "map",
	 .key = KEY_MAP,
	 .arg = "FILE",
	 .doc = "Write a map of what is missing to FILE, as GNU ddrescue does"},
	{.name = "json", .key = KEY_JSON, .doc = "Print one JSON object instead of text"},
	{.name = "rate",
	 .key = KEY_RATE,
	 .arg = "BYTES",
	 .doc = "Copy at most so many bytes per second; suffixes k, m, g are binary"},
	{0},
};

/* Bytes with an optional binary suffix; 0 if it is no such number. */
static uint64_t bytes_parse(const char *text)
{
	static const char suffixes[] = "kmg";
	char *end;
	const char *suffix;
	unsigned long long value;
	unsigned shift = 0;

	if (*text < '0' || *text > '9')
		return 0;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (*end) {
		suffix = strchr(suffixes, *end | 0x20);
		if (!suffix || end[1])
			return 0;
		shift = 10 * (unsigned)(suffix - suffixes + 1);
	}
	return errno || value > UINT64_MAX >> shift ? 0 : (uint64_t)value << shift;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct copy *copy = state->input;

	switch (key) {
	case KEY_MAP:
		copy->map = arg;
		return 0;
	case KEY_JSON:
		copy->json = true;
		return 0;
	case KEY_RATE:
		copy->rate = bytes_parse(arg);
		if (!copy->rate)
			argp_error(state, "--rate %s: not a number of bytes", arg);
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num == 0)
			copy->source = arg;
		else if (state->arg_num == 1)
			copy->destination = arg;
		else
			argp_error(state, "%s: one source and one destination only", arg);
		return 0;
	case ARGP_KEY_END:
		if (state->arg_num < 2)
			argp_error(state, "a source and a destination are needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "SRC DST",
	.doc = "Copies a file or block device through a memory mapping and survives what breaks "
	       "meanwhile: a source that is truncated, pages that cannot be read, a full "
	       "destination.\v"
	       "What cannot be read is left as a hole.  DST appears only at the end and is never "
	       "longer than what there was to copy; what bore its name before is replaced.\n"
	       "\n"
	       "Exit status: 0 all copied; 1 partly, and a message says how much; 2 nothing was "
	       "copied, and DST is as it was.",
};

/* Signals that end the program: it tidies up first. */
static volatile sig_atomic_t stop_signal;
static const int stop_signals[] = {SIGHUP, SIGINT, SIGTERM};

static void stop_note(int signo)
{
	stop_signal = signo;
}

/* A signal that is ignored (nohup) stays so. */
static void signals_prepare(void)
{
	struct sigaction action = {.sa_handler = stop_note}, before;
	sigset_t faults;

	for (size_t i = 0; i < sizeof stop_signals / sizeof *stop_signals; i++) {
		sigaction(stop_signals[i], NULL, &before);
		if (before.sa_handler != SIG_IGN)
			sigaction(stop_signals[i], &action, NULL);
	}
	/* A file-size limit is then an error of the write, like a full disk. */
	signal(SIGXFSZ, SIG_IGN);
	/* What a parent blocked would kill instead of being handled. */
	sigemptyset(&faults);
	sigaddset(&faults, SIGSEGV);
	sigaddset(&faults, SIGBUS);
	sigprocmask(SIG_UNBLOCK, &faults, NULL);
}

static bool fail(struct copy *copy, const char *file, const char *reason)
{
	return copy_fail(copy, TOOL_FAILED, file, reason);
}

/* Files of /proc and their like claim to be empty and are not. */
static const char *size_find(struct copy *copy)
{
	struct transfer *transfer = &copy->transfer;
	off_t end;
	char byte;

	if (S_ISBLK(copy->stat.st_mode)) {
		end = lseek(transfer->source, 0, SEEK_END);
		if (end < 0)
			return strerror(errno);
		transfer->size = (uint64_t)end;
		return NULL;
	}
	transfer->size = (uint64_t)copy->stat.st_size;
	transfer->shrinks = true;
	if (transfer->size == 0 && read(transfer->source, &byte, 1) == 1)
		return "has content but no size, so it cannot be mapped";
	return NULL;
}

static bool source_open(struct copy *copy)
{
	const char *wrong;

	/* O_NONBLOCK: a FIFO without a writer must not keep us waiting. */
	copy->transfer.source = open(copy->source, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (copy->transfer.source < 0 || fstat(copy->transfer.source, &copy->stat) != 0)
		return fail(copy, copy->source, strerror(errno));
	if (S_ISDIR(copy->stat.st_mode))
		return fail(copy, copy->source, strerror(EISDIR));
	if (!S_ISREG(copy->stat.st_mode) && !S_ISBLK(copy->stat.st_mode))
		return fail(copy, copy->source, "not a regular file or block device");
	wrong = size_find(copy);
	return wrong ? fail(copy, copy->source, wrong) : true;
}

static mode_t destination_mode(const struct copy *copy)
{
	return S_ISREG(copy->stat.st_mode) ? copy->stat.st_mode & 0777 : 0666;
}

static bool files_open(struct copy *copy)
{
	const char *wrong;

	if (!source_open(copy))
		return false;
	wrong = newfile_open(&copy->newfile, copy->destination, destination_mode(copy),
			     &copy->stat);
	if (wrong)
		return fail(copy, copy->destination, wrong);
	copy->transfer.destination = copy->newfile.fd;
	if (!copy->map)
		return true;
	wrong = newfile_open(&copy->newmap, copy->map, 0666, &copy->stat);
	if (!wrong && newfile_same(&copy->newmap, &copy->newfile))
		wrong = "is the destination itself";
	return wrong ? fail(copy, copy->map, wrong) : true;
}

/* Better to hear of a full disk now than after an hour.  Only where the file
 * system knows its size, and only root may use its reserve. */
static bool room_check(struct copy *copy, uint64_t needed)
{
	struct statvfs room;
	uint64_t available;
	char reason[128];

	if (fstatvfs(copy->newfile.fd, &room) != 0 || room.f_blocks == 0)
		return true;
	available = (uint64_t)(geteuid() == 0 ? room.f_bfree : room.f_bavail) * room.f_frsize;
	if (needed <= available)
		return true;
	snprintf(reason, sizeof reason, "%s: %" PRIu64 " bytes to copy, room for %" PRIu64,
		 strerror(ENOSPC), needed, available);
	return fail(copy, copy->destination, reason);
}

/* Without one good byte the destination is better left as it was. */
static bool worth_keeping(const struct transfer *transfer)
{
	return transfer->size == 0 || transfer->copied + transfer->skipped > 0;
}

/* The map last: it must not tell of bytes that are nowhere. */
static void files_commit(struct copy *copy)
{
	const char *wrong;

	if (worth_keeping(&copy->transfer)) {
		wrong = newfile_commit(&copy->newfile);
		if (wrong) {
			fail(copy, copy->destination, wrong);
			return;
		}
	}
	if (!copy->map)
		return;
	if (mapfile_write(copy->newmap.fd, &copy->transfer, copy->source, copy->destination))
		wrong = newfile_commit(&copy->newmap);
	else
		wrong = strerror(errno);
	if (wrong)
		copy_fail(copy, TOOL_PARTLY, copy->map, wrong);
}

static void size_at_end_find(struct copy *copy)
{
	struct stat now;

	copy->size_at_end = copy->transfer.size;
	if (copy->transfer.shrinks && fstat(copy->transfer.source, &now) == 0)
		copy->size_at_end = (uint64_t)now.st_size;
}

static void copy_do(struct copy *copy)
{
	struct transfer *transfer = &copy->transfer;
	double started = tool_seconds();
	uint64_t data;

	if (!files_open(copy))
		return;
	data = transfer_data_size(transfer->source, transfer->size);
	if (!room_check(copy, data))
		return;
	transfer->rate = copy->rate;
	transfer->stop = &stop_signal;
	transfer->progress = &copy->progress;
	progress_start(&copy->progress, !copy->json, data);
	transfer_run(transfer);
	progress_end(&copy->progress);
	if (transfer->end == TRANSFER_STOPPED)
		return;
	size_at_end_find(copy);
	copy_judge(copy);
	files_commit(copy);
	copy->seconds = tool_seconds() - started;
}

/* Ends as the signal would have ended it. */
static void signal_pass_on(const struct copy *copy)
{
	tool_error(copy->name, copy->destination, "%s: nothing is kept", strsignal(stop_signal));
	signal(stop_signal, SIG_DFL);
	raise(stop_signal);
}

int copy_run(int argc, char **argv)
{
	struct copy copy = {.name = argv[0],
			    .newfile.fd = -1,
			    .newmap.fd = -1,
			    .transfer.source = -1,
			    .transfer.destination = -1};
	int error;

	argp_parse(&argp, argc, argv, 0, NULL, &copy);
	error = haul_fault_install();
	if (error) {
		tool_error(copy.name, NULL, "cannot handle faults: %s", haul_strerror(error));
		return TOOL_FAILED;
	}
	signals_prepare();
	copy_do(&copy);
	newfile_discard(&copy.newfile);
	newfile_discard(&copy.newmap);
	if (copy.transfer.end == TRANSFER_STOPPED)
		signal_pass_on(&copy);
	copy_report(&copy);
	transfer_release(&copy.transfer);
	if (copy.transfer.source >= 0)
		close(copy.transfer.source);
	haul_fault_uninstall();
	return (int)copy.status;
}
