/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include "tool.h"

#include <errno.h>
#include <hwloc.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void cpu_add(json_t *object, hwloc_topology_t topology)
{
	hwloc_obj_t package = hwloc_get_obj_by_type(topology, HWLOC_OBJ_PACKAGE, 0);
	const char *model = package ? hwloc_obj_get_info_by_name(package, "CPUModel") : NULL;

	if (!model)
		model = hwloc_obj_get_info_by_name(hwloc_get_root_obj(topology), "CPUModel");
	json_object_set_new(object, "cpu", model ? tool_json_string(model) : json_null());
}

static void counts_add(json_t *object, hwloc_topology_t topology)
{
	static const struct {
		hwloc_obj_type_t type;
		const char *name;
	} parts[] = {
		{HWLOC_OBJ_PACKAGE, "packages"},
		{HWLOC_OBJ_CORE, "cores"},
		{HWLOC_OBJ_PU, "threads"},
		{HWLOC_OBJ_NUMANODE, "numa_nodes"},
	};
	json_t *counts = json_object();

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		int count = hwloc_get_nbobjs_by_type(topology, parts[i].type);

		json_object_set_new(counts, parts[i].name, json_integer(count));
	}
	json_object_set_new(object, "topology", counts);
}

static json_t *cache_describe(hwloc_obj_t cache)
{
	const struct hwloc_cache_attr_s *attr = &cache->attr->cache;
	char name[32];

	hwloc_obj_type_snprintf(name, sizeof name, cache, 0);
	return json_pack("{ss sI si si si si}", "name", name, "size", (json_int_t)attr->size,
			 "line", (int)attr->linesize, "ways", attr->associativity, "count", 1,
			 "threads", hwloc_bitmap_weight(cache->cpuset));
}

/* True if the two describe caches of the same make; how many there are is no
 * part of that. */
static bool cache_same(json_t *a, json_t *b)
{
	static const char *const keys[] = {"name", "size", "line", "ways", "threads"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (!json_equal(json_object_get(a, keys[i]), json_object_get(b, keys[i])))
			return false;
	}
	return true;
}

/* The cores of a CPU need not be alike, so there may be several kinds. */
static void cache_add(json_t *caches, hwloc_obj_t cache)
{
	json_t *found = cache_describe(cache), *kind, *count;
	size_t i;

	json_array_foreach(caches, i, kind)
	{
		if (cache_same(kind, found)) {
			count = json_object_get(kind, "count");
			json_integer_set(count, json_integer_value(count) + 1);
			json_decref(found);
			return;
		}
	}
	json_array_append_new(caches, found);
}

static void caches_add(json_t *object, hwloc_topology_t topology)
{
	static const hwloc_obj_type_t types[] = {
		HWLOC_OBJ_L1ICACHE, HWLOC_OBJ_L1CACHE, HWLOC_OBJ_L2CACHE,
		HWLOC_OBJ_L3CACHE,  HWLOC_OBJ_L4CACHE, HWLOC_OBJ_L5CACHE,
	};
	json_t *caches = json_array();
	hwloc_obj_t cache;

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		cache = NULL;
		while ((cache = hwloc_get_next_obj_by_type(topology, types[i], cache)))
			cache_add(caches, cache);
	}
	json_object_set_new(object, "caches", caches);
}

const char *machine_topology_add(json_t *object)
{
	hwloc_topology_t topology;
	const char *wrong = NULL;

	if (hwloc_topology_init(&topology) != 0)
		return strerror(errno);
	hwloc_topology_set_icache_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_ALL);
	if (hwloc_topology_load(topology) == 0) {
		cpu_add(object, topology);
		counts_add(object, topology);
		caches_add(object, topology);
	} else {
		wrong = strerror(errno);
	}
	hwloc_topology_destroy(topology);
	return wrong;
}

const char *machine_counters_check(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof attr,
		.config = PERF_COUNT_HW_CPU_CYCLES,
		.disabled = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	long fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return strerror(errno);
	close((int)fd);
	return NULL;
}
