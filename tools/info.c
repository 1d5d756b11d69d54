/* SPDX-License-Identifier: MIT */
/*
 * haul info: all facts are gathered into one JSON object, which is printed as
 * it is or as text.
 */
#include "machine.h"
#include "tool.h"

#include <argp.h>
#include <errno.h>
#include <haul.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { KEY_JSON = 256 };

static const struct argp_option options[] = {
	{.name = "json", .key = KEY_JSON, .doc = "Print one JSON object instead of text"},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	bool *json = state->input;

	switch (key) {
	case KEY_JSON:
		*json = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "%s: no arguments are wanted", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Tells what this CPU offers, which variant of each routine haul has chosen, and "
	       "which items of HAUL_TUNABLES are wrong.",
};

/* An item that is right takes effect once more, which changes nothing. */
static void item_check(json_t *bad, const char *item)
{
	int error = haul_tune(item, NULL);

	if (error)
		json_array_append_new(bad, json_pack("{so ss}", "item", tool_json_string(item),
						     "reason", haul_strerror(error)));
}

/* haul_tune names only the first wrong item, so each goes in alone. */
static json_t *tunables_check(const char *settings)
{
	json_t *bad = json_array();
	char *copy = strdup(settings), *rest = copy, *item;

	while ((item = strsep(&rest, ",")))
		item_check(bad, item);
	free(copy);
	return bad;
}

static void tunables_add(json_t *object)
{
	const char *settings = getenv("HAUL_TUNABLES");
	bool ignored = getauxval(AT_SECURE) != 0;
	json_t *bad = settings && !ignored ? tunables_check(settings) : json_array();
	json_t *value = settings ? tool_json_string(settings) : json_null();

	json_object_set_new(
		object, "tunables",
		json_pack("{so sb so}", "value", value, "ignored", ignored, "bad", bad));
}

static void features_add(json_t *object)
{
	json_t *features = json_object();
	struct haul_tune_feature feature;

	for (size_t i = 0; haul_tune_feature_get(i, &feature) == 0; i++)
		json_object_set_new(features, feature.name, json_boolean(feature.present));
	json_object_set_new(object, "features", features);
}

/* { "memcpy": [ {"name": "sse2", "usable": true, "chosen": false}, ... ] } */
static void routines_add(json_t *object)
{
	json_t *routines = json_object(), *variants;
	struct haul_tune_variant variant;

	for (size_t i = 0; haul_tune_variant_get(i, &variant) == 0; i++) {
		variants = json_object_get(routines, variant.routine);
		if (!variants) {
			variants = json_array();
			json_object_set_new(routines, variant.routine, variants);
		}
		json_array_append_new(variants,
				      json_pack("{ss sb sb}", "name", variant.name, "usable",
						variant.usable, "chosen", variant.chosen));
	}
	json_object_set_new(object, "routines", routines);
}

static void thresholds_add(json_t *object)
{
	json_t *thresholds = json_object();
	struct haul_tune_threshold threshold;

	for (size_t i = 0; haul_tune_threshold_get(i, &threshold) == 0; i++)
		json_object_set_new(thresholds, threshold.name,
				    json_pack("{sI sI sI}", "value", (json_int_t)threshold.value,
					      "min", (json_int_t)threshold.min, "max",
					      (json_int_t)threshold.max));
	json_object_set_new(object, "thresholds", thresholds);
}

/* In enum haul_cache_op's order. */
static const char *const operation_names[HAUL_CACHE_OPS] = {"clean", "flush", "invalidate"};

/* { "block": 64, "coherent": true, "clean": {"usable": true, "instruction": "CLWB"}, ... } */
static void cache_maintenance_add(json_t *object)
{
	struct haul_cache_report report;
	json_t *maintenance, *operation;

	haul_cache_describe(&report);
	maintenance = json_pack("{sI sb}", "block", (json_int_t)report.block, "coherent",
				report.coherent);
	for (int op = 0; op < HAUL_CACHE_OPS; op++) {
		const bool usable = report.ops[op].why == HAUL_CACHE_USABLE;

		operation = json_pack("{sb ss}", "usable", usable, "instruction",
				      report.ops[op].instruction);
		if (!usable)
			json_object_set_new(operation, "reason",
					    json_string(haul_cache_why_text(report.ops[op].why)));
		json_object_set_new(maintenance, operation_names[op], operation);
	}
	json_object_set_new(object, "cache_maintenance", maintenance);
}

static void system_add(json_t *object)
{
	struct utsname system;
	const char *counters = machine_counters_check();

	if (uname(&system) == 0)
		json_object_set_new(object, "system",
				    json_pack("{ss ss ss}", "name", system.sysname, "release",
					      system.release, "machine", system.machine));
	json_object_set_new(object, "page_size", json_integer(sysconf(_SC_PAGESIZE)));
	json_object_set_new(object, "hardware_counters",
			    counters ? json_pack("{sb ss}", "available", 0, "reason", counters)
				     : json_pack("{sb}", "available", 1));
}

#ifdef HAUL_PROBES
static const bool probes = true;
#else
static const bool probes = false;
#endif

static json_t *facts_gather(const char *name)
{
	json_t *object = json_pack("{ss ss sb}", "version", HAUL_VERSION, "library", haul_version(),
				   "probes", probes);
	const char *wrong = machine_topology_add(object);

	if (wrong)
		tool_error(name, NULL, "hwloc: %s", wrong);
	system_add(object);
	tunables_add(object); /* before what they change is asked for */
	features_add(object);
	routines_add(object);
	thresholds_add(object);
	cache_maintenance_add(object);
	return object;
}

static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "unknown";
}

static json_int_t integer_of(json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void machine_print(json_t *object)
{
	json_t *system = json_object_get(object, "system");
	json_t *topology = json_object_get(object, "topology");
	json_t *counters = json_object_get(object, "hardware_counters");

	printf("haul         %s (library %s)\n", text_of(object, "version"),
	       text_of(object, "library"));
	printf("probes       %s\n", json_is_true(json_object_get(object, "probes"))
					    ? "for tracers (provider haul)"
					    : "none");
	printf("CPU          %s\n", text_of(object, "cpu"));
	printf("system       %s %s %s, pages of %" JSON_INTEGER_FORMAT " bytes\n",
	       text_of(system, "name"), text_of(system, "release"), text_of(system, "machine"),
	       integer_of(object, "page_size"));
	if (json_is_true(json_object_get(counters, "available")))
		puts("counters     hardware performance counters can be read");
	else
		printf("counters     no hardware performance counters: %s\n",
		       text_of(counters, "reason"));
	if (!topology)
		return;
	printf("topology     packages %" JSON_INTEGER_FORMAT ", cores %" JSON_INTEGER_FORMAT
	       ", threads %" JSON_INTEGER_FORMAT ", NUMA nodes %" JSON_INTEGER_FORMAT "\n",
	       integer_of(topology, "packages"), integer_of(topology, "cores"),
	       integer_of(topology, "threads"), integer_of(topology, "numa_nodes"));
}

static void caches_print(json_t *object)
{
	char size[TOOL_SIZE_TEXT];
	json_t *cache;
	size_t i;

	json_array_foreach(json_object_get(object, "caches"), i, cache)
	{
		printf("%-12s %-4s %8s, lines of %" JSON_INTEGER_FORMAT, i ? "" : "caches",
		       text_of(cache, "name"),
		       tool_size_format(size, (double)integer_of(cache, "size")),
		       integer_of(cache, "line"));
		if (integer_of(cache, "ways") > 0)
			printf(", %" JSON_INTEGER_FORMAT " ways", integer_of(cache, "ways"));
		printf(", %" JSON_INTEGER_FORMAT " of them, threads on each: %" JSON_INTEGER_FORMAT
		       "\n",
		       integer_of(cache, "count"), integer_of(cache, "threads"));
	}
}

static void features_print(json_t *object, bool present, const char *title)
{
	const char *name;
	json_t *has;

	bool any = false;

	printf("%-12s", title);
	json_object_foreach(json_object_get(object, "features"), name, has)
	{
		if (json_is_true(has) == present) {
			printf(" %s", name);
			any = true;
		}
	}
	puts(any ? "" : " none");
}

static void variant_print(json_t *variant)
{
	const char *name = text_of(variant, "name");

	if (json_is_true(json_object_get(variant, "chosen")))
		printf(" [%s]", name);
	else if (json_is_true(json_object_get(variant, "usable")))
		printf(" %s", name);
	else
		printf(" (%s)", name);
}

static void routines_print(json_t *object)
{
	json_t *variants, *variant;
	const char *name;
	size_t i;

	puts("routines     [chosen], (not for this CPU)");
	json_object_foreach(json_object_get(object, "routines"), name, variants)
	{
		printf("  %-10s", name);
		json_array_foreach(variants, i, variant)
		{
			variant_print(variant);
		}
		putchar('\n');
	}
}

static void thresholds_print(json_t *object)
{
	json_t *threshold;
	const char *name;

	puts("thresholds   in bytes");
	json_object_foreach(json_object_get(object, "thresholds"), name, threshold)
	{
		printf("  %-24s %" JSON_INTEGER_FORMAT "\n", name, integer_of(threshold, "value"));
	}
}

static void cache_maintenance_print(json_t *object)
{
	json_t *maintenance = json_object_get(object, "cache_maintenance");
	const json_int_t block = integer_of(maintenance, "block");

	if (block)
		printf("cache sync   by blocks of %" JSON_INTEGER_FORMAT " bytes", block);
	else
		printf("cache sync   by blocks of unknown size");
	puts(json_is_true(json_object_get(maintenance, "coherent"))
		     ? "; the CPU says that its devices see the caches"
		     : "; the CPU does not say that its devices see the caches");
	for (int op = 0; op < HAUL_CACHE_OPS; op++) {
		json_t *operation = json_object_get(maintenance, operation_names[op]);
		const char *instruction = text_of(operation, "instruction");
		const char *reason = json_string_value(json_object_get(operation, "reason"));

		printf("  %-10s %s%s%s\n", operation_names[op], instruction,
		       reason && *instruction ? ": " : "", reason ? reason : "");
	}
}

static void tunables_print(json_t *object)
{
	json_t *tunables = json_object_get(object, "tunables");
	json_t *value = json_object_get(tunables, "value"), *bad;
	size_t i;

	printf("tunables     HAUL_TUNABLES %s%s\n", json_is_null(value) ? "is not set" : "= ",
	       json_is_null(value) ? "" : json_string_value(value));
	if (json_is_true(json_object_get(tunables, "ignored")))
		puts("  all ignored: the program runs with raised privileges");
	json_array_foreach(json_object_get(tunables, "bad"), i, bad)
	{
		printf("  %s: %s; ignored\n", text_of(bad, "item"), text_of(bad, "reason"));
	}
}

static void facts_print(json_t *object)
{
	machine_print(object);
	caches_print(object);
	features_print(object, true, "features");
	features_print(object, false, "  absent");
	routines_print(object);
	thresholds_print(object);
	cache_maintenance_print(object);
	tunables_print(object);
}

int info_run(int argc, char **argv)
{
	bool json = false;
	json_t *facts;

	argp_parse(&argp, argc, argv, 0, NULL, &json);
	facts = facts_gather(argv[0]);
	if (!json) {
		facts_print(facts);
		json_decref(facts);
	} else if (!tool_json_print(facts)) {
		tool_error(argv[0], "standard output", "%s", strerror(ENOMEM));
		return TOOL_FAILED;
	}
	return TOOL_DONE;
}
