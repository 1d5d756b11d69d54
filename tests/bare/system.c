/* SPDX-License-Identifier: MIT */
/* What tests need of a board. */
#include "board.h"
#include "test.h"
#include <stdio.h>

void test_faults_begin(void)
{
}

void test_faults_end(void)
{
}

void test_note(const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	printf("# %s\n", line);
}

const char *test_call(test_code *fn, const uint64_t args[6], uint64_t *result)
{
	const char *broken = test_call_cpu(fn, args, result);

	if (!broken && board_user_is_open())
		broken = "the access to user pages";
	return broken;
}
