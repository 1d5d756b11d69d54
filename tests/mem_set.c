/* SPDX-License-Identifier: MIT */
/* Every variant of haul_memset against the oracle. */
#include "sweep.h"
#include "test.h"

Test(memset, every_size_is_exact)
{
	char setting[64];

	for (size_t i = 0; test_variant_next("memset", &i, setting, sizeof setting);)
		sweep_set_dense(setting);
}

Test(memset, large_sizes_are_exact)
{
	char setting[64];

	for (size_t i = 0; test_variant_next("memset", &i, setting, sizeof setting);)
		sweep_set_large(setting);
}

Test(memset, lowered_thresholds_are_exact)
{
	char setting[64];

	for (size_t i = 0; test_variant_next("memset", &i, setting, sizeof setting);)
		sweep_set_thresholds(setting);
}
