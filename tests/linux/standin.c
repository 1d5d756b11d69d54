/* SPDX-License-Identifier: MIT */
/*
 * Each test runs in a process of its own, which leaves its result in memory that
 * it shares with the runner, since how it ended tells crashes only.
 */
#include "standin/standin.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EMULATOR_PATIENCE = 8 }; /* times a test's time-out */

static struct standin_result *result;

void standin_end(void)
{
	fflush(NULL);
	_exit(result->outcome == FAILED);
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

void standin_run(const struct standin_test *test)
{
	int status = 0;
	bool ended;
	pid_t pid;

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
}

static void usage(const char *program)
{
	fprintf(stderr, "usage: %s [--tap[=-]] [--filter PATTERN] [--list] [-jN]\n", program);
	exit(2);
}

static void read_options(int argc, char **argv, struct standin_options *options)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--tap") == 0 || strcmp(argv[i], "--tap=-") == 0)
			options->tap = true;
		else if (strcmp(argv[i], "--list") == 0)
			options->list = true;
		else if (strcmp(argv[i], "--filter") == 0 && i + 1 < argc)
			options->filter = argv[++i];
		else if (strcmp(argv[i], "--jobs") == 0 && i + 1 < argc)
			i++;
		else if (strncmp(argv[i], "-j", 2) != 0)
			usage(argv[0]);
	}
}

int main(int argc, char **argv)
{
	struct standin_options options = {0};
	sigset_t set;

	read_options(argc, argv, &options);
	result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (result == MAP_FAILED) {
		perror("mmap");
		return 2;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return standin_main(&options, result);
}
