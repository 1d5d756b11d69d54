/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the command share: its subcommands, exit statuses and
 * the form of its messages.
 */
#ifndef HAUL_TOOL_H
#define HAUL_TOOL_H

#include <jansson.h>
#include <stdbool.h>

enum tool_status {
	TOOL_DONE = 0,
	TOOL_PARTLY = 1, /* some of the work was done; a message says how much */
	TOOL_FAILED = 2, /* nothing was done, or the command line is wrong */
};

/* Each subcommand: argv[0] is "haul <name>", the rest are its own arguments. */
int info_run(int argc, char **argv);
int copy_run(int argc, char **argv);
int bench_run(int argc, char **argv);

/* One line on stderr: "haul copy: FILE: reason".  command is "haul copy". */
void tool_error(const char *command, const char *file, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A JSON string of any bytes; what is not UTF-8 becomes U+FFFD. */
json_t *tool_json_string(const char *text);

/* Prints and releases object; false if there is no memory for that.  What
 * becomes of the output shows when the command ends. */
bool tool_json_print(json_t *object);

/* Seconds of a clock that never goes back. */
double tool_seconds(void);

#define TOOL_SIZE_TEXT 16 /* bytes that tool_size_format needs */

/* "64 KiB", "1.5 GiB": two or three figures. */
const char *tool_size_format(char text[TOOL_SIZE_TEXT], double bytes);

#endif
