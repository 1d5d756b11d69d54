/* SPDX-License-Identifier: MIT */
/* What is chosen in a process of its own: "memcpy=avx2", one line each.  The
 * tests of the environment run it. */
#include <haul/tune.h>
#include <stdio.h>

int main(void)
{
	struct haul_tune_variant v;
	struct haul_tune_threshold t;

	for (size_t i = 0; haul_tune_variant_get(i, &v) == 0; i++)
		if (v.chosen)
			printf("%s=%s\n", v.routine, v.name);
	for (size_t i = 0; haul_tune_threshold_get(i, &t) == 0; i++)
		printf("%s=%zu\n", t.name, t.value);
	return 0;
}
