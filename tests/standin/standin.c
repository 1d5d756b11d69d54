/* SPDX-License-Identifier: MIT */
/*
 * Runs the tests of a program: criterion/criterion.h says which.  A test's
 * process leaves its result in memory that it shares with the runner, since
 * how it ended tells crashes only.
 */
#include <criterion/criterion.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EMULATOR_PATIENCE = 8 }; /* times a test's time-out */

enum outcome { PASSED, FAILED, SKIPPED, CRASHED, TIMED_OUT };

static struct {
	enum outcome outcome;
	int line;
	char file[256], text[4096];
} * result;

static struct {
	bool tap, list;
	const char *filter;
} options;

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

void standin_end(void)
{
	fflush(NULL);
	_exit(result->outcome == FAILED);
}

static bool wanted(const struct standin_test *test)
{
	char name[256];

	if (!options.filter)
		return true;
	snprintf(name, sizeof name, "%s/%s", test->suite, test->name);
	return fnmatch(options.filter, name, 0) == 0;
}

static _Noreturn void child(const struct standin_test *test)
{
	sigset_t none;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	test->body();
	fflush(NULL);
	_exit(0);
}

static struct timespec time_left(double until)
{
	struct timespec now;
	double left;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left = until - (double)now.tv_sec - (double)now.tv_nsec * 1e-9;
	if (left < 0)
		left = 0;
	return (struct timespec){(time_t)left, (long)((left - (double)(time_t)left) * 1e9)};
}

/* Waits for the child, not longer than that; false if it still runs.  SIGCHLD
 * is blocked, so it cannot come between the two calls of the loop. */
static bool wait_for(pid_t pid, double timeout, int *status)
{
	struct timespec now, left;
	double until;
	sigset_t set;

	if (timeout == 0)
		return waitpid(pid, status, 0) == pid;
	clock_gettime(CLOCK_MONOTONIC, &now);
	until = (double)now.tv_sec + (double)now.tv_nsec * 1e-9 + timeout;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	while (waitpid(pid, status, WNOHANG) == 0) {
		left = time_left(until);
		if (left.tv_sec == 0 && left.tv_nsec == 0)
			return false;
		sigtimedwait(&set, NULL, &left);
	}
	return true;
}

static double patience(const struct standin_test *test)
{
	const char *emulator = getenv("EMULATOR");

	return test->timeout * (emulator && *emulator ? EMULATOR_PATIENCE : 1);
}

static void judge(bool ended, int status)
{
	if (!ended)
		result->outcome = TIMED_OUT;
	else if (WIFSIGNALED(status))
		result->outcome = CRASHED;
	else if (result->outcome == PASSED && WEXITSTATUS(status) != 0)
		result->outcome = FAILED;
	if (result->outcome == FAILED && !result->text[0])
		standin_says("it exited with status %d", WEXITSTATUS(status));
	if (result->outcome == CRASHED)
		standin_says("unexpected signal %d", WTERMSIG(status));
}

static void run(const struct standin_test *test)
{
	int status = 0;
	bool ended;
	pid_t pid;

	memset(result, 0, sizeof *result);
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		perror("fork");
		exit(2);
	}
	if (pid == 0)
		child(test);
	setpgid(pid, pid); /* whoever of the two comes first */
	ended = wait_for(pid, patience(test), &status);
	kill(-pid, SIGKILL); /* the test and what it left behind */
	if (!ended)
		waitpid(pid, &status, 0);
	judge(ended, status);
	count[result->outcome]++;
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

static void usage(const char *program)
{
	fprintf(stderr, "usage: %s [--tap[=-]] [--filter PATTERN] [--list] [-jN]\n", program);
	exit(2);
}

static void read_options(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--tap") == 0 || strcmp(argv[i], "--tap=-") == 0)
			options.tap = true;
		else if (strcmp(argv[i], "--list") == 0)
			options.list = true;
		else if (strcmp(argv[i], "--filter") == 0 && i + 1 < argc)
			options.filter = argv[++i];
		else if (strcmp(argv[i], "--jobs") == 0 && i + 1 < argc)
			i++;
		else if (strncmp(argv[i], "-j", 2) != 0)
			usage(argv[0]);
	}
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
	run(test);
	if (options.tap)
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

int main(int argc, char **argv)
{
	sigset_t set;

	read_options(argc, argv);
	sort_tests();
	if (options.list) {
		each_wanted(list);
		return 0;
	}
	result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (result == MAP_FAILED) {
		perror("mmap");
		return 2;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	each_wanted(count_one);
	if (options.tap)
		printf("TAP version 13\n1..%u\n", tests);
	each_wanted(run_and_report);
	if (!options.tap)
		close_report();
	return count[FAILED] || count[CRASHED] || count[TIMED_OUT];
}
