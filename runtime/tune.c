/* SPDX-License-Identifier: MIT */
/*
 * The choice of variants and thresholds.
 *
 * A plan is worked out first (the CPU's best, then the environment's wishes)
 * and only then put into the slots, each by one atomic store, so that a
 * concurrent call finds either a slot's resolver or a complete choice.
 */
#include "tune.h"
#include "arch.h"
#include "platform.h"
#include <haul/tune.h>
#include <stdatomic.h>

#define MAX_ROUTINES 8
#define MAX_THRESHOLDS 8

struct plan {
	unsigned variant[MAX_ROUTINES];
	size_t threshold[MAX_THRESHOLDS];
};

struct item {
	const char *name, *value;
	size_t name_len, value_len;
};

static void plan_best(struct plan *plan)
{
	haul_arch_detect();
	for (unsigned i = 0; i < haul_arch_routine_count; i++)
		plan->variant[i] = haul_arch_routines[i].choose();
	for (unsigned i = 0; i < haul_arch_threshold_count; i++)
		plan->threshold[i] = haul_arch_thresholds[i].initial();
}

static unsigned chosen_variant(const struct haul_arch_routine *routine)
{
	haul_arch_code *code = atomic_load_explicit(routine->slot, memory_order_relaxed);
	unsigned i = 0;

	while (i < routine->count && routine->variants[i].code != code)
		i++;
	return i;
}

static void plan_current(struct plan *plan)
{
	for (unsigned i = 0; i < haul_arch_routine_count; i++)
		plan->variant[i] = chosen_variant(&haul_arch_routines[i]);
	for (unsigned i = 0; i < haul_arch_threshold_count; i++)
		plan->threshold[i] =
			atomic_load_explicit(haul_arch_thresholds[i].value, memory_order_relaxed);
}

static bool same_text(const char *text, size_t len, const char *word)
{
	for (; len && *word == *text; len--)
		word++, text++;
	return len == 0 && *word == '\0';
}

/* The bytes of text before c, its end, or max. */
static size_t length_before(char c, const char *text, size_t max)
{
	size_t len = 0;

	while (len < max && text[len] != '\0' && text[len] != c)
		len++;
	return len;
}

static int plan_variant(unsigned *variant, const struct haul_arch_routine *routine,
			const struct item *item)
{
	if (same_text(item->value, item->value_len, "auto")) {
		*variant = routine->choose();
		return 0;
	}
	for (unsigned i = 0; i < routine->count; i++) {
		if (!same_text(item->value, item->value_len, routine->variants[i].name))
			continue;
		if (!routine->variants[i].usable())
			return -HAUL_ENOTSUP;
		*variant = i;
		return 0;
	}
	return -HAUL_EINVAL;
}

/* The power of two that a number's last character stands for, 0 if for none. */
static unsigned suffix_shift(char suffix)
{
	switch (suffix) {
	case 'k':
		return 10;
	case 'm':
		return 20;
	case 'g':
		return 30;
	}
	return 0;
}

static int parse_size(const struct item *item, size_t *size)
{
	size_t len = item->value_len, value = 0;
	const unsigned shift = len ? suffix_shift(item->value[len - 1]) : 0;

	if (shift)
		len--;
	if (!len)
		return -HAUL_EINVAL;
	for (size_t i = 0; i < len; i++) {
		unsigned digit = (unsigned)(item->value[i] - '0');

		if (digit > 9)
			return -HAUL_EINVAL;
		if (value > (SIZE_MAX - digit) / 10)
			return -HAUL_ERANGE;
		value = value * 10 + digit;
	}
	if (value > SIZE_MAX >> shift)
		return -HAUL_ERANGE;
	*size = value << shift;
	return 0;
}

static int plan_threshold(size_t *value, const struct haul_arch_threshold *threshold,
			  const struct item *item)
{
	size_t wanted;
	int err;

	if (same_text(item->value, item->value_len, "auto")) {
		*value = threshold->initial();
		return 0;
	}
	err = parse_size(item, &wanted);
	if (err)
		return err;
	if (wanted < threshold->min || wanted > threshold->max)
		return -HAUL_ERANGE;
	*value = wanted;
	return 0;
}

static int plan_item(struct plan *plan, const struct item *item)
{
	for (unsigned i = 0; i < haul_arch_routine_count; i++)
		if (same_text(item->name, item->name_len, haul_arch_routines[i].name))
			return plan_variant(&plan->variant[i], &haul_arch_routines[i], item);
	for (unsigned i = 0; i < haul_arch_threshold_count; i++)
		if (same_text(item->name, item->name_len, haul_arch_thresholds[i].name))
			return plan_threshold(&plan->threshold[i], &haul_arch_thresholds[i], item);
	return -HAUL_EINVAL;
}

/* Applies settings to the plan; returns the first error and where it was. */
static int plan_settings(struct plan *plan, const char *settings, const char **bad)
{
	int first_err = 0;

	while (*settings) {
		const size_t len = length_before(',', settings, SIZE_MAX);
		const size_t name_len = length_before('=', settings, len);
		int err = -HAUL_EINVAL;

		if (name_len < len) {
			struct item item = {
				.name = settings,
				.name_len = name_len,
				.value = settings + name_len + 1,
				.value_len = len - name_len - 1,
			};
			err = plan_item(plan, &item);
		}
		if (err && !first_err) {
			first_err = err;
			if (bad)
				*bad = settings;
		}
		settings += len + (settings[len] == ',');
	}
	return first_err;
}

void haul_tune_resolve(void)
{
	struct plan plan;

	plan_best(&plan);
	plan_settings(&plan, haul_platform_tunables(), NULL);
	for (unsigned i = 0; i < haul_arch_threshold_count; i++) {
		size_t unset = 0;

		atomic_compare_exchange_strong(haul_arch_thresholds[i].value, &unset,
					       plan.threshold[i]);
	}
	for (unsigned i = 0; i < haul_arch_routine_count; i++) {
		const struct haul_arch_routine *routine = &haul_arch_routines[i];
		haul_arch_code *resolver = routine->resolver;

		atomic_compare_exchange_strong(routine->slot, &resolver,
					       routine->variants[plan.variant[i]].code);
	}
}

int haul_tune(const char *settings, const char **bad)
{
	struct plan plan;
	int err;

	haul_tune_resolve();
	plan_current(&plan);
	err = plan_settings(&plan, settings, bad);
	for (unsigned i = 0; i < haul_arch_threshold_count; i++)
		atomic_store(haul_arch_thresholds[i].value, plan.threshold[i]);
	for (unsigned i = 0; i < haul_arch_routine_count; i++)
		atomic_store(haul_arch_routines[i].slot,
			     haul_arch_routines[i].variants[plan.variant[i]].code);
	return err;
}

int haul_tune_variant_get(size_t index, struct haul_tune_variant *variant)
{
	haul_tune_resolve();
	for (unsigned i = 0; i < haul_arch_routine_count; i++) {
		const struct haul_arch_routine *routine = &haul_arch_routines[i];

		if (index < routine->count) {
			variant->routine = routine->name;
			variant->name = routine->variants[index].name;
			variant->usable = routine->variants[index].usable();
			variant->chosen = chosen_variant(routine) == index;
			return 0;
		}
		index -= routine->count;
	}
	return -HAUL_ERANGE;
}

int haul_tune_threshold_get(size_t index, struct haul_tune_threshold *threshold)
{
	haul_tune_resolve();
	if (index >= haul_arch_threshold_count)
		return -HAUL_ERANGE;
	threshold->name = haul_arch_thresholds[index].name;
	threshold->value = atomic_load(haul_arch_thresholds[index].value);
	threshold->min = haul_arch_thresholds[index].min;
	threshold->max = haul_arch_thresholds[index].max;
	return 0;
}

int haul_tune_feature_get(size_t index, struct haul_tune_feature *feature)
{
	haul_arch_detect();
	if (index >= haul_arch_feature_count)
		return -HAUL_ERANGE;
	feature->name = haul_arch_features[index].name;
	feature->present = haul_arch_features[index].present();
	return 0;
}
