/* SPDX-License-Identifier: MIT */
/* What all boards have in common beside the console and memory, and what haul
 * asks of a kernel (haul/platform.h). */
#include "board.h"
#include <haul/platform.h>

static void report(struct haul_trap *trap)
{
	board_print("\nunexpected trap: cause %#llx, error %#llx, address %#zx, at %#zx\n",
		    (unsigned long long)trap->cause, (unsigned long long)trap->error,
		    (size_t)trap->addr, (size_t)*trap->pc);
	board_exit(2);
}

void (*board_unhandled)(struct haul_trap *trap) = report;
bool (*board_page_in)(struct haul_trap *trap);

_Noreturn void board_exit(int status)
{
	if (status)
		board_print("board: failure %d\n", status);
	else
		board_print("board: success\n");
	board_stop(status);
}

const char *haul_platform_tunables(void)
{
	const char *value = board_argument("HAUL_TUNABLES");

	return value ? value : "";
}

void haul_platform_yield(void)
{
}

uint64_t haul_platform_clock(void)
{
	const uint64_t second = 1000000000;
	const struct board_ticks now = board_ticks();

	return now.count / now.per_second * second +
	       now.count % now.per_second * second / now.per_second;
}

uintptr_t haul_platform_user_end(void)
{
	return board_user_end;
}

/* One CPU, no threads. */
unsigned *haul_platform_nofault(void)
{
	static unsigned count;

	return &count;
}
