/* SPDX-License-Identifier: MIT */
/* Prints a value for HAUL_TUNABLES that chooses every routine's first variant,
 * the baseline. */
#include <haul.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
	struct haul_tune_variant v;
	const char *last = "";

	for (size_t i = 0; haul_tune_variant_get(i, &v) == 0; i++) {
		if (strcmp(v.routine, last) != 0)
			printf("%s%s=%s", *last ? "," : "", v.routine, v.name);
		last = v.routine;
	}
	return 0;
}
