/* SPDX-License-Identifier: MIT */
/*
 * The stand-in's two parts: standin.c chooses, counts and reports; what runs a
 * test, and survives its end, depends on the system: tests/linux/standin.c and
 * tests/bare/standin.c.
 */
#ifndef STANDIN_H
#define STANDIN_H

#include <criterion/criterion.h>
#include <stdbool.h>

enum outcome { PASSED, FAILED, SKIPPED, CRASHED, TIMED_OUT };

struct standin_result {
	enum outcome outcome;
	int line;
	char file[256], text[4096];
};

struct standin_options {
	bool tap, list;
	const char *filter; /* NULL: all */
};

/* Runs what options say; the system's part chose where results are.  The
 * program's exit status. */
int standin_main(const struct standin_options *options, struct standin_result *result);

/* Runs a test until it ends, however that is, and completes the result, which
 * is zero before. */
void standin_run(const struct standin_test *test);

#endif
