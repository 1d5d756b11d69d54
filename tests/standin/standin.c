/* SPDX-License-Identifier: MIT */
/* Runs the tests of a program and reports: criterion/criterion.h says which. */
#include "standin.h"
#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct standin_options *options;
static struct standin_result *result;
static unsigned count[TIMED_OUT + 1];

extern const struct standin_test *__start_standin_tests[], *__stop_standin_tests[];

void standin_failed(const char *file, int line, const char *condition)
{
	result->outcome = FAILED;
	result->line = line;
	snprintf(result->file, sizeof result->file, "%s", file);
	standin_says("The expression %s is false.", condition);
}

void standin_skipped(void)
{
	result->outcome = SKIPPED;
}

void standin_says(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(result->text, sizeof result->text, format, args);
	va_end(args);
}

static bool wanted(const struct standin_test *test)
{
	char name[256];

	if (!options->filter)
		return true;
	snprintf(name, sizeof name, "%s/%s", test->suite, test->name);
	return fnmatch(options->filter, name, 0) == 0;
}

static void indent(FILE *out, const char *text)
{
	for (const char *line = text; *line;
	     line += strcspn(line, "\n") + (strchr(line, '\n') != 0))
		fprintf(out, "      %.*s\n", (int)strcspn(line, "\n"), line);
}

static void report_tap(const struct standin_test *test)
{
	static const char *const ends[] = {"", "", "", " unexpected signal", " timed out"};
	const enum outcome outcome = result->outcome;

	printf("%s - %s::%s", outcome == PASSED || outcome == SKIPPED ? "ok" : "not ok",
	       test->suite, test->name);
	if (outcome == SKIPPED)
		printf(" # SKIP %s\n", result->text);
	else
		printf("%s\n", ends[outcome]);
	if (result->line)
		printf("  %s:%d: Assertion failed:\n", result->file, result->line);
	if (outcome == FAILED || outcome == CRASHED)
		indent(stdout, result->text);
}

static void report(const struct standin_test *test)
{
	static const char *const names[] = {"PASS", "FAIL", "SKIP", "FAIL", "FAIL"};
	static const char *const ends[] = {"", "", "", ": CRASH!", ": Timed out."};
	const enum outcome outcome = result->outcome;

	if (outcome == PASSED)
		return;
	fprintf(stderr, "[%s] %s::%s%s\n", names[outcome], test->suite, test->name, ends[outcome]);
	if (result->line)
		fprintf(stderr, "  %s:%d:\n", result->file, result->line);
	indent(stderr, result->text);
}

/* The linker keeps them in some order; by name it is the same everywhere. */
static int by_name(const void *a, const void *b)
{
	const struct standin_test *one = *(const struct standin_test *const *)a;
	const struct standin_test *other = *(const struct standin_test *const *)b;
	int order = strcmp(one->suite, other->suite);

	return order ? order : strcmp(one->name, other->name);
}

static void sort_tests(void)
{
	qsort(__start_standin_tests, (size_t)(__stop_standin_tests - __start_standin_tests),
	      sizeof *__start_standin_tests, by_name);
}

static void each_wanted(void (*act)(const struct standin_test *))
{
	for (const struct standin_test **test = __start_standin_tests; test < __stop_standin_tests;
	     test++)
		if (wanted(*test))
			act(*test);
}

static unsigned tests;

static void count_one(const struct standin_test *test)
{
	(void)test;
	tests++;
}

static void list(const struct standin_test *test)
{
	printf("%s::%s\n", test->suite, test->name);
}

static void run_and_report(const struct standin_test *test)
{
	memset(result, 0, sizeof *result);
	fflush(NULL);
	standin_run(test);
	count[result->outcome]++;
	if (options->tap)
		report_tap(test);
	else
		report(test);
}

/* Tests counted as Criterion counts them. */
static void close_report(void)
{
	fprintf(stderr,
		"[====] Synthesis: Tested: %u | Passing: %u | Failing: %u | Crashing: %u \n",
		tests - count[SKIPPED], count[PASSED],
		count[FAILED] + count[CRASHED] + count[TIMED_OUT], count[CRASHED]);
}

int standin_main(const struct standin_options *wanted_options, struct standin_result *place)
{
	options = wanted_options;
	result = place;
	sort_tests();
	if (options->list) {
		each_wanted(list);
		return 0;
	}
	each_wanted(count_one);
	if (options->tap)
		printf("TAP version 13\n1..%u\n", tests);
	each_wanted(run_and_report);
	if (!options->tap)
		close_report();
	return count[FAILED] || count[CRASHED] || count[TIMED_OUT];
}
