/* SPDX-License-Identifier: MIT */
/* Every variant of haul_memmove against the oracle, apart and overlapping. */
#include "sweep.h"
#include "test.h"

/* Ranges that are apart are copied, and memcpy's tests try every variant of
 * that; so a short run takes the automatic choice only. */
static void apart(void (*sweep)(enum oracle_op op, const char *setting))
{
	char setting[64];

	if (!test_long())
		sweep(ORACLE_MEMMOVE, "memmove=auto");
	else
		for (size_t i = 0; test_variant_next("memmove", &i, setting, sizeof setting);)
			sweep(ORACLE_MEMMOVE, setting);
}

Test(memmove, every_size_apart_is_exact)
{
	apart(sweep_copy_dense);
}

Test(memmove, large_sizes_apart_are_exact)
{
	apart(sweep_copy_large);
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

Test(memmove, adjacent_ranges_are_exact)
{
	apart(sweep_adjacent_dense);
}

Test(memmove, lowered_thresholds_are_exact)
{
	char setting[64];

	for (size_t i = 0; test_variant_next("memmove", &i, setting, sizeof setting);) {
		sweep_copy_thresholds(ORACLE_MEMMOVE, setting);
		sweep_overlap_thresholds(setting);
	}
}
