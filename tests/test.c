/* SPDX-License-Identifier: MIT */
#include "test.h"
#include <haul/tune.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool test_long(void)
{
	const char *value = getenv("HAUL_TEST_LONG");

	return value && strcmp(value, "0") != 0 && value[0] != '\0';
}

bool test_under_qemu(void)
{
	const char *command = getenv("EMULATOR");

	return command && strstr(command, "qemu-");
}

/* The environment's number of that name, or otherwise. */
static uint64_t read_number(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);
	char *end;
	uint64_t number;

	if (!value || !*value)
		return otherwise;
	number = strtoull(value, &end, 0);
	cr_assert(*end == '\0', "%s=%s is not a number", name, value);
	return number;
}

uint64_t test_seed(void)
{
	static bool said;
	uint64_t seed = read_number("HAUL_TEST_SEED", 1);

	if (!said)
		test_note("HAUL_TEST_SEED=%" PRIu64, seed);
	said = true;
	return seed;
}

/* splitmix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators", 2014) */
uint64_t test_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

size_t test_random_below(uint64_t *state, size_t bound)
{
	return (size_t)(test_random(state) % bound);
}

size_t test_largest(size_t size)
{
	const uint64_t largest = read_number("HAUL_TEST_LARGEST", size);

	return largest < size ? (size_t)largest : size;
}

bool test_takes_case(uint64_t *state)
{
	static uint64_t thin;

	if (!thin)
		thin = read_number("HAUL_TEST_THIN", 1);
	cr_assert(thin > 0, "HAUL_TEST_THIN is 0");
	return thin == 1 || test_random_below(state, thin) == 0;
}

bool test_variant_next(const char *routine, size_t *index, char *setting, size_t size)
{
	struct haul_tune_variant v;
	bool first = *index == 0, listed = false;
	const char *only = getenv("HAUL_TEST_VARIANT");

	while (haul_tune_variant_get(*index, &v) == 0) {
		++*index;
		if (strcmp(v.routine, routine) != 0)
			continue;
		listed = true;
		if (only && strcmp(only, v.name) != 0)
			continue;
		snprintf(setting, size, "%s=%s", v.routine, v.name);
		if (!v.usable) {
			test_note("%s not tested: this CPU cannot run it", setting);
			continue;
		}
		cr_assert(haul_tune(setting, NULL) == 0, "cannot force %s", setting);
		return true;
	}
	cr_assert(!first || !listed, "no usable variant %s of %s", only ? only : "", routine);
	if (first) {
		snprintf(setting, size, "the only %s", routine);
		return true;
	}
	snprintf(setting, size, "%s=auto", routine);
	haul_tune(setting, NULL);
	return false;
}

void test_each_variant(const char *routine, void (*body)(void))
{
	char setting[64];

	for (size_t i = 0; test_variant_next(routine, &i, setting, sizeof setting);)
		body();
}

bool test_threshold_next(size_t index, size_t value, const char *before, char *settings,
			 size_t size)
{
	struct haul_tune_threshold t;
	bool there = haul_tune_threshold_get(index, &t) == 0;
	int len = snprintf(settings, size, "%s", before);

	for (size_t i = 0; there && haul_tune_threshold_get(i, &t) == 0; i++)
		len += snprintf(settings + len, size - (size_t)len, ",%s=%zu", t.name,
				i != index      ? t.max
				: value > t.min ? value
						: t.min);
	cr_assert((size_t)len < size);
	cr_assert(!there || haul_tune(strchr(settings, ',') + 1, NULL) == 0, "%s", settings);
	return there;
}

void test_thresholds_restore(void)
{
	struct haul_tune_threshold t;
	char setting[80];

	for (size_t i = 0; haul_tune_threshold_get(i, &t) == 0; i++) {
		snprintf(setting, sizeof setting, "%s=auto", t.name);
		cr_assert(haul_tune(setting, NULL) == 0, "%s", setting);
	}
}
