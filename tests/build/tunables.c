/* SPDX-License-Identifier: MIT */
/* Prints a value for HAUL_TUNABLES.
 *
 * usage: tunables baselines    each routine's first variant
 *        tunables thresholds   each threshold at 4 KiB, or as near as it goes
 */
#include <haul.h>
#include <stdio.h>
#include <string.h>

static void print_baselines(void)
{
	struct haul_tune_variant v;
	const char *last = "";

	for (size_t i = 0; haul_tune_variant_get(i, &v) == 0; i++) {
		if (strcmp(v.routine, last) != 0)
			printf("%s=%s,", v.routine, v.name);
		last = v.routine;
	}
}

enum { LOW = 4096 };

static void print_thresholds(void)
{
	struct haul_tune_threshold t;

	for (size_t i = 0; haul_tune_threshold_get(i, &t) == 0; i++)
		printf("%s=%zu,", t.name, t.min > LOW ? t.min : t.max < LOW ? t.max : LOW);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "baselines") == 0)
		print_baselines();
	else if (argc == 2 && strcmp(argv[1], "thresholds") == 0)
		print_thresholds();
	else
		return 2;
	return 0;
}
