/* SPDX-License-Identifier: MIT */
/* A test of every outcome, for tests/standin.sh. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

Test(first, passes)
{
	cr_assert(1 + 1 == 2);
	cr_assert(1, "not said");
}

Test(first, says_what_is_false)
{
	cr_assert(1 + 1 == 3);
	abort();
}

Test(first, says_the_message)
{
	cr_assert(0, "%d is\nnot %s", 1, "2");
}

Test(first, skips)
{
	cr_skip_test("because of %s", "this");
	abort();
}

Test(second, crashes)
{
	raise(SIGSEGV);
}

Test(second, exits_badly)
{
	exit(3);
}

Test(second, exits_well)
{
	exit(0);
}

Test(second, runs_out_of_time, .timeout = 0.1)
{
	sleep(30);
}

static void stay(int signo)
{
	(void)signo;
}

Test(third, does_not_die_of_a_caught_signal, .timeout = 20)
{
	signal(SIGSEGV, stay);
	cr_assert(raise(SIGSEGV) == 0);
}
