/* SPDX-License-Identifier: MIT */
/* Every variant of haul_memcpy against the oracle. */
#include "sweep.h"
#include "test.h"

Test(memcpy, every_size_is_exact)
{
	char setting[64];

	for (size_t i = 0; test_variant_next("memcpy", &i, setting, sizeof setting);)
		sweep_copy_dense(ORACLE_MEMCPY, setting);
}

Test(memcpy, large_sizes_are_exact)
{
	char setting[64];

	for (size_t i = 0; test_variant_next("memcpy", &i, setting, sizeof setting);)
		sweep_copy_large(ORACLE_MEMCPY, setting);
}

Test(memcpy, adjacent_ranges_are_exact)
{
	char setting[64];

	for (size_t i = 0; test_variant_next("memcpy", &i, setting, sizeof setting);)
		sweep_adjacent_dense(ORACLE_MEMCPY, setting);
}

Test(memcpy, lowered_thresholds_are_exact)
{
	char setting[64];

	for (size_t i = 0; test_variant_next("memcpy", &i, setting, sizeof setting);)
		sweep_copy_thresholds(ORACLE_MEMCPY, setting);
}
