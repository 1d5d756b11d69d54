/* SPDX-License-Identifier: MIT */
/* What tests need of Linux. */
#include "test.h"
#include <errno.h>
#include <haul/fault.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void test_faults_begin(void)
{
	cr_assert(haul_fault_install() == 0);
}

void test_faults_end(void)
{
	cr_assert(haul_fault_uninstall() == 0);
}

/* To the file that tests/tap.sh shows, or else to stderr. */
void test_note(const char *format, ...)
{
	const char *path = getenv("HAUL_TEST_NOTES");
	FILE *out = path ? fopen(path, "ae") : stderr;
	va_list args;

	cr_assert(out, "cannot write to %s", path);
	fputs("# ", out);
	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
	fputc('\n', out);
	if (path)
		fclose(out);
}

const char *test_call(test_code *fn, const uint64_t args[6], uint64_t *result)
{
	const int junk = 4321;
	sigset_t before, after;
	const char *broken;

	/* the kernel fills in a part only */
	memset(&before, 0, sizeof before);
	memset(&after, 0, sizeof after);
	sigprocmask(SIG_SETMASK, NULL, &before);
	errno = junk;
	broken = test_call_cpu(fn, args, result);
	if (!broken && errno != junk)
		broken = "errno";
	sigprocmask(SIG_SETMASK, NULL, &after);
	if (!broken && memcmp(&before, &after, sizeof before) != 0)
		broken = "the signal mask";
	return broken;
}
