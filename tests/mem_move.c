/* SPDX-License-Identifier: MIT */
/* Every variant of haul_memmove against the oracle, apart and overlapping. */
#include "sweep.h"
#include "test.h"

Test(memmove, every_size_apart_is_exact)
{
	char setting[64];

	for (size_t i = 0; test_variant_next("memmove", &i, setting, sizeof setting);)
		sweep_copy_dense(ORACLE_MEMMOVE, setting);
}

Test(memmove, large_sizes_apart_are_exact)
{
	char setting[64];

	for (size_t i = 0; test_variant_next("memmove", &i, setting, sizeof setting);)
		sweep_copy_large(ORACLE_MEMMOVE, setting);
}

Test(memmove, every_size_overlapping_is_exact)
{
	char setting[64];

	for (size_t i = 0; test_variant_next("memmove", &i, setting, sizeof setting);)
		sweep_overlap_dense(setting);
}

Test(memmove, large_sizes_overlapping_are_exact)
{
	char setting[64];

	for (size_t i = 0; test_variant_next("memmove", &i, setting, sizeof setting);)
		sweep_overlap_large(setting);
}

Test(memmove, lowered_thresholds_are_exact)
{
	char setting[64];

	test_thresholds_lower();
	for (size_t i = 0; test_variant_next("memmove", &i, setting, sizeof setting);) {
		sweep_copy_thresholds(ORACLE_MEMMOVE, setting);
		sweep_overlap_thresholds(setting);
	}
	test_thresholds_restore();
}
