/* SPDX-License-Identifier: MIT */
/* The platform's clock, which deadlines are told in. */
#include "test.h"
#include <haul/platform.h>

Test(clock, never_goes_back)
{
	uint64_t last = haul_platform_clock();

	for (unsigned i = 0; i < 10000; i++) {
		const uint64_t now = haul_platform_clock();

		cr_assert(now >= last);
		last = now;
	}
}

/* Without a bound: a clock that stands still is found by whoever runs this. */
Test(clock, goes_on)
{
	const uint64_t start = haul_platform_clock();
	uint64_t now = start, steps = 0;

	while (now - start < 20000000) {
		const uint64_t next = haul_platform_clock();

		steps += next != now;
		now = next;
	}
	test_note("%llu steps in %llu us", (unsigned long long)steps,
		  (unsigned long long)(now - start) / 1000);
	cr_assert(steps >= 20); /* of a millisecond, or shorter */
}
