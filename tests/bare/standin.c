/* SPDX-License-Identifier: MIT */
/*
 * Tests run one after the other in the one program there is.  A test that ends
 * before its end, or traps, is left by a jump back to where it was called; what
 * it had allocated is lost, and traps are handled as at first.
 */
#include "standin/standin.h"
#include "bare/bare.h"
#include "board.h"
#include <setjmp.h>

static struct standin_result result;
static jmp_buf back;

void standin_end(void)
{
	longjmp(back, 1);
}

/* The trapped code is left by making it go on at standin_end. */
static void crash(struct haul_trap *trap)
{
	result.outcome = CRASHED;
	standin_says("unexpected trap: cause %#llx, error %#llx, address %#zx, at %#zx",
		     (unsigned long long)trap->cause, (unsigned long long)trap->error,
		     (size_t)trap->addr, (size_t)*trap->pc);
	*trap->pc = (uintptr_t)standin_end;
}

void standin_run(const struct standin_test *test)
{
	board_unhandled = crash;
	board_page_in = NULL;
	arena_reset();
	if (setjmp(back) == 0)
		test->body();
}

int main(void)
{
	const struct standin_options options = {
		.tap = board_argument("--tap") != NULL,
		.list = board_argument("--list") != NULL,
		.filter = board_argument("--filter"),
	};

	return standin_main(&options, &result);
}
