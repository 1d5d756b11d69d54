/* SPDX-License-Identifier: MIT */
/* Barriers, alone: what they must not do. */
#include "test.h"
#include <haul/barrier.h>

static void (*const barriers[])(void) = {
	haul_barrier_publish,  haul_barrier_consume,  haul_barrier_full,
	haul_barrier_doorbell, haul_barrier_complete,
};

Test(barrier, all_leave_the_caller_as_it_was)
{
	const uint64_t args[6] = {1, 2, 3, 4, 5, 6};

	for (size_t i = 0; i < sizeof barriers / sizeof *barriers; i++) {
		uint64_t result;
		const char *spoilt = test_call(barriers[i], args, &result);

		cr_assert(!spoilt, "%zu: %s", i, spoilt);
	}
}
