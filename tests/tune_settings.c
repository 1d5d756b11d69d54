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

static size_t nt_threshold(void)
{
	struct haul_tune_threshold t;

	for (size_t i = 0; haul_tune_threshold_get(i, &t) == 0; i++)
		if (strcmp(t.name, "nt_threshold") == 0)
			return t.value;
	cr_assert(false, "no nt_threshold");
	return 0;
}

Test(tune, suffixes_are_binary)
{
	check_setting("nt_threshold=1024k", 0, 0);
	cr_assert(nt_threshold() == 1 << 20);
	check_setting("nt_threshold=2m", 0, 0);
	cr_assert(nt_threshold() == 2 << 20);
	check_setting("nt_threshold=1g", 0, 0);
	cr_assert(nt_threshold() == 1 << 30);
}

Test(tune, a_wrong_item_is_named_and_skipped)
{
	static const char *const wrong[] = {
		"memcpy",          "memcpy=",          "=sse2",           "=",
		"nosuch=1",        "memcpy=nosuch",    "memcp=sse2",      "memcpyy=sse2",
		"memcpy=sse",      "memcpy=sse22",     "MEMCPY=sse2",     " memcpy=sse2",
		"memcpy= sse2",    "nt_threshold",     "nt_threshold=",   "nt_threshold=k",
		"nt_threshold=1x", "nt_threshold=1kk", "nt_threshold=-1", "nt_threshold=0x10",
		"nt_threshold=1 ",
	};
	struct variants before, after;
	char settings[128];
	size_t threshold = nt_threshold();

	list(&before);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		check_setting(wrong[i], -HAUL_EINVAL, 0);
		cr_assert(nt_threshold() == threshold, "%s", wrong[i]);
		list(&after);
		for (size_t j = 0; j < before.count; j++)
			cr_assert(before.at[j].chosen == after.at[j].chosen, "%s", wrong[i]);
	}
	/* what stands around a wrong item takes effect, and the first is named */
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		snprintf(settings, sizeof settings, "nt_threshold=1m,%s,nosuch=1,nt_threshold=2m",
			 wrong[i]);
		check_setting(settings, -HAUL_EINVAL, (long)strlen("nt_threshold=1m,"));
		cr_assert(nt_threshold() == 2 << 20, "%s", settings);
		snprintf(settings, sizeof settings, "nt_threshold=%zu", threshold);
		check_setting(settings, 0, 0);
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
