/* SPDX-License-Identifier: MIT */
/* haul_tune: what is listed can be set, what is wrong is named. */
#include "test.h"
#include <haul/mem.h>
#include <haul/tune.h>
#include <stdio.h>
#include <string.h>

enum { MAX_VARIANTS = 64 };

struct variants {
	struct haul_tune_variant at[MAX_VARIANTS];
	size_t count;
};

static void list(struct variants *v)
{
	v->count = 0;
	while (haul_tune_variant_get(v->count, &v->at[v->count]) == 0)
		cr_assert(++v->count < MAX_VARIANTS);
}

static bool first_of_routine(const struct variants *v, size_t i)
{
	return i == 0 || strcmp(v->at[i].routine, v->at[i - 1].routine) != 0;
}

/* Index of the variant that runs, in the group of routine i. */
static size_t chosen(const struct variants *v, size_t i)
{
	size_t found = MAX_VARIANTS;

	for (size_t j = 0; j < v->count; j++) {
		if (strcmp(v->at[j].routine, v->at[i].routine) != 0 || !v->at[j].chosen)
			continue;
		cr_assert(found == MAX_VARIANTS, "%s has two", v->at[i].routine);
		cr_assert(v->at[j].usable, "%s=%s", v->at[j].routine, v->at[j].name);
		found = j;
	}
	cr_assert(found < MAX_VARIANTS, "%s has none", v->at[i].routine);
	return found;
}

static void check_setting(const char *settings, int err, long bad_at)
{
	const char *bad = settings;
	int got = haul_tune(settings, &bad);

	cr_assert(got == err, "\"%s\": %d, not %d", settings, got, err);
	if (err)
		cr_assert(bad == settings + bad_at, "\"%s\": bad is at %td, not %ld", settings,
			  bad - settings, bad_at);
	cr_assert(haul_tune(settings, NULL) == err, "\"%s\" without bad", settings);
}

Test(tune, every_routine_has_a_usable_baseline)
{
	struct variants v;
	bool memcpy_seen = false, memmove_seen = false, memset_seen = false;

	list(&v);
	for (size_t i = 0; i < v.count; i++) {
		if (first_of_routine(&v, i))
			cr_assert(v.at[i].usable, "%s=%s", v.at[i].routine, v.at[i].name);
		memcpy_seen |= strcmp(v.at[i].routine, "memcpy") == 0;
		memmove_seen |= strcmp(v.at[i].routine, "memmove") == 0;
		memset_seen |= strcmp(v.at[i].routine, "memset") == 0;
	}
	cr_assert(memcpy_seen && memmove_seen && memset_seen);
}

Test(tune, every_usable_variant_can_be_forced)
{
	struct variants first, now;
	char setting[64];

	list(&first);
	for (size_t i = 0; i < first.count; i++) {
		const struct haul_tune_variant *v = &first.at[i];

		snprintf(setting, sizeof setting, "%s=%s", v->routine, v->name);
		check_setting(setting, v->usable ? 0 : -HAUL_ENOTSUP, 0);
		list(&now);
		cr_assert(now.count == first.count);
		cr_assert(chosen(&now, i) == (v->usable ? i : chosen(&first, i)), "%s", setting);
		for (size_t j = 0; j < now.count; j++)
			if (strcmp(now.at[j].routine, v->routine) != 0)
				cr_assert(now.at[j].chosen == first.at[j].chosen, "%s", setting);
		snprintf(setting, sizeof setting, "%s=auto", v->routine);
		check_setting(setting, 0, 0);
		list(&now);
		cr_assert(chosen(&now, i) == chosen(&first, i), "%s", setting);
	}
}

/* The oracle's tests leave out what cannot run here; this says so. */
Test(tune, every_variant_is_tested_here)
{
	struct variants v;
	char missing[512] = "";

	list(&v);
	for (size_t i = 0; i < v.count; i++) {
		size_t len = strlen(missing);

		if (!v.at[i].usable)
			snprintf(missing + len, sizeof missing - len, " %s=%s", v.at[i].routine,
				 v.at[i].name);
	}
	if (*missing)
		cr_skip_test("this CPU cannot run%s", missing);
}

Test(tune, thresholds_can_be_set_within_their_range)
{
	struct haul_tune_threshold t, now;
	char setting[96];

	for (size_t i = 0; haul_tune_threshold_get(i, &t) == 0; i++) {
		const size_t values[] = {t.min, t.min + 1, t.max, t.value};

		cr_assert(t.min <= t.value && t.value <= t.max, "%s", t.name);
		for (size_t j = 0; j < sizeof values / sizeof *values; j++) {
			snprintf(setting, sizeof setting, "%s=%zu", t.name, values[j]);
			check_setting(setting, 0, 0);
			cr_assert(haul_tune_threshold_get(i, &now) == 0);
			cr_assert(now.value == values[j], "%s", setting);
		}
		if (t.min) {
			snprintf(setting, sizeof setting, "%s=%zu", t.name, t.min - 1);
			check_setting(setting, -HAUL_ERANGE, 0);
		}
		if (t.max < SIZE_MAX) {
			snprintf(setting, sizeof setting, "%s=%zu", t.name, t.max + 1);
			check_setting(setting, -HAUL_ERANGE, 0);
		}
		snprintf(setting, sizeof setting, "%s=18446744073709551616", t.name);
		check_setting(setting, -HAUL_ERANGE, 0);
		snprintf(setting, sizeof setting, "%s=18446744073709551615g", t.name);
		check_setting(setting, -HAUL_ERANGE, 0);
		cr_assert(haul_tune_threshold_get(i, &now) == 0);
		cr_assert(now.value == t.value, "%s after errors", t.name);
	}
}

/* The first threshold and the first variant of memcpy: every port has some. */
static struct haul_tune_threshold threshold(void)
{
	struct haul_tune_threshold t;

	cr_assert(haul_tune_threshold_get(0, &t) == 0);
	return t;
}

static const char *baseline(void)
{
	struct variants v;

	list(&v);
	for (size_t i = 0; i < v.count; i++)
		if (strcmp(v.at[i].routine, "memcpy") == 0)
			return v.at[i].name;
	cr_assert(false, "memcpy has no variants");
	return NULL;
}

/* Writes the template with @ replaced by the threshold's name, $ by the
 * variant's. */
static void fill_in(const char *template, char *settings, size_t size)
{
	size_t len = 0;

	for (const char *c = template; *c && len < size; c++)
		len += (size_t)snprintf(settings + len, size - len, "%.*s",
					*c == '@' || *c == '$' ? 32 : 1,
					*c == '@'   ? threshold().name
					: *c == '$' ? baseline()
						    : c);
	cr_assert(len < size);
}

static void check_threshold(const char *template, size_t value)
{
	char settings[128];

	fill_in(template, settings, sizeof settings);
	check_setting(settings, 0, 0);
	cr_assert(threshold().value == value, "%s", settings);
}

Test(tune, suffixes_are_binary)
{
	check_threshold("@=1024k", 1 << 20);
	check_threshold("@=2m", 2 << 20);
	check_threshold("@=1g", 1 << 30);
}

static const char *const wrong_items[] = {
	"memcpy",        "memcpy=",   "=$",        "=",         "nosuch=1",
	"memcpy=nosuch", "memcp=$",   "memcpyy=$", "memcpy=$x", "MEMCPY=$",
	" memcpy=$",     "memcpy= $", "@",         "@=",        "@=k",
	"@=1x",          "@=1kk",     "@=-1",      "@=0x10",    "@=1 ",
};

enum { WRONG_ITEMS = sizeof wrong_items / sizeof *wrong_items };

Test(tune, a_wrong_item_is_named)
{
	const size_t value = threshold().value;
	struct variants before, after;
	char settings[128];

	list(&before);
	for (size_t i = 0; i < WRONG_ITEMS; i++) {
		fill_in(wrong_items[i], settings, sizeof settings);
		check_setting(settings, -HAUL_EINVAL, 0);
		cr_assert(threshold().value == value, "%s", settings);
		list(&after);
		for (size_t j = 0; j < before.count; j++)
			cr_assert(before.at[j].chosen == after.at[j].chosen, "%s", settings);
	}
}

/* What stands around a wrong item takes effect, and the first is named. */
Test(tune, a_wrong_item_is_skipped)
{
	char template[64], settings[256];
	long first;

	fill_in("@=1m,", settings, sizeof settings);
	first = (long)strlen(settings);
	for (size_t i = 0; i < WRONG_ITEMS; i++) {
		check_threshold("@=3m", 3 << 20);
		snprintf(template, sizeof template, "@=1m,%s,nosuch=1,@=2m", wrong_items[i]);
		fill_in(template, settings, sizeof settings);
		check_setting(settings, -HAUL_EINVAL, first);
		cr_assert(threshold().value == 2 << 20, "%s", settings);
	}
}

Test(tune, nothing_can_be_set)
{
	check_setting("", 0, 0);
}

Test(tune, lists_end_with_erange)
{
	struct haul_tune_variant v;
	struct haul_tune_threshold t;
	struct haul_tune_feature f, g;
	size_t i = 0;

	cr_assert(haul_tune_variant_get(SIZE_MAX, &v) == -HAUL_ERANGE);
	cr_assert(haul_tune_threshold_get(SIZE_MAX, &t) == -HAUL_ERANGE);
	cr_assert(haul_tune_feature_get(SIZE_MAX, &f) == -HAUL_ERANGE);
	while (haul_tune_feature_get(i, &f) == 0) {
		cr_assert(f.name && *f.name);
		for (size_t j = 0; j < i; j++) {
			cr_assert(haul_tune_feature_get(j, &g) == 0);
			cr_assert(strcmp(f.name, g.name) != 0, "%s twice", f.name);
		}
		i++;
	}
	cr_assert(i > 0);
	cr_assert(haul_tune_feature_get(i, &f) == -HAUL_ERANGE);
}
