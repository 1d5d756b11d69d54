/* SPDX-License-Identifier: MIT */
/* The machine: what it is, one core of it, and how quiet it was. */
#include "bench.h"

#include <gnu/libc-version.h>
#include <hwloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

struct bench_machine bench_machine;
static uint64_t total_before, stolen_before;

static void read_line(const char *path, char *line, size_t room)
{
	FILE *file = fopen(path, "r");
	line[0] = '\0';
	if (file == NULL)
		return;
	if (fgets(line, (int)room, file) != NULL)
		line[strcspn(line, "\n")] = '\0';
	fclose(file);
}

/* First line of /proc/stat: user nice system idle iowait irq softirq steal. */
static void read_ticks(uint64_t *total, uint64_t *stolen)
{
	char line[256];
	read_line("/proc/stat", line, sizeof(line));
	char *at = line + strcspn(line, " ");
	*total = *stolen = 0;
	for (int i = 0; i < 8; i++) {
		uint64_t ticks = strtoull(at, &at, 10);
		*total += ticks;
		if (i == 7)
			*stolen = ticks;
	}
}

/* "always [madvise] never": the word in brackets. */
static void read_hugepages(void)
{
	char line[64];
	read_line("/sys/kernel/mm/transparent_hugepage/enabled", line, sizeof(line));
	char *open = strchr(line, '['), *close = strchr(line, ']');
	if (open != NULL && close != NULL)
		*close = '\0';
	snprintf(bench_machine.hugepages, sizeof(bench_machine.hugepages), "%s",
		 open != NULL ? open + 1 : "none");
}

static void describe_system(void)
{
	struct bench_machine *m = &bench_machine;
	struct utsname system;
	time_t now = time(NULL);
	struct tm date;

	uname(&system);
	snprintf(m->kernel, sizeof(m->kernel), "%.20s %.60s", system.sysname, system.release);
	snprintf(m->libc, sizeof(m->libc), "glibc %s", gnu_get_libc_version());
	strftime(m->date, sizeof(m->date), "%Y-%m-%d %H:%M:%S UTC", gmtime_r(&now, &date));
	m->memory = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
	read_hugepages();
}

static void describe_core(hwloc_topology_t topology, hwloc_obj_t core)
{
	struct bench_machine *m = &bench_machine;
	hwloc_obj_t package = hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_PACKAGE, core);
	const char *model =
		package != NULL ? hwloc_obj_get_info_by_name(package, "CPUModel") : NULL;

	m->core = core->os_index;
	snprintf(m->cpu, sizeof(m->cpu), "%s", model != NULL ? model : "unknown CPU");
	for (hwloc_obj_t above = core->parent; above != NULL; above = above->parent)
		if (hwloc_obj_type_is_dcache(above->type) && above->attr->cache.depth <= 3)
			m->cache[above->attr->cache.depth] = above->attr->cache.size;
}

/* Without a choice the last core: the first is where systems put their own work. */
static hwloc_obj_t find_core(hwloc_topology_t topology, int core)
{
	int count = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU);
	if (core < 0)
		return hwloc_get_obj_by_type(topology, HWLOC_OBJ_PU, (unsigned)count - 1);
	return hwloc_get_pu_obj_by_os_index(topology, (unsigned)core);
}

void bench_machine_open(int core)
{
	hwloc_topology_t topology;

	if (hwloc_topology_init(&topology) != 0 || hwloc_topology_load(topology) != 0) {
		fprintf(stderr, "haul-bench: hwloc cannot read this machine's topology\n");
		exit(2);
	}
	hwloc_obj_t pu = find_core(topology, core);
	if (pu == NULL || hwloc_set_cpubind(topology, pu->cpuset, HWLOC_CPUBIND_THREAD) != 0) {
		fprintf(stderr, "haul-bench: cannot bind to core %d\n", core);
		exit(2);
	}
	describe_core(topology, pu);
	hwloc_topology_destroy(topology);
	describe_system();
	getloadavg(&bench_machine.load[0], 1);
	read_ticks(&total_before, &stolen_before);
}

void bench_machine_close(void)
{
	uint64_t total, stolen;
	struct rusage usage;

	read_ticks(&total, &stolen);
	if (total > total_before)
		bench_machine.stolen =
			(double)(stolen - stolen_before) / (double)(total - total_before);
	getloadavg(&bench_machine.load[1], 1);
	getrusage(RUSAGE_SELF, &usage);
	bench_machine.preemptions = usage.ru_nivcsw;
}
