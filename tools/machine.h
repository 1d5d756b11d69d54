/* SPDX-License-Identifier: MIT */
/*
 * What haul info tells of the machine rather than of haul.
 */
#ifndef HAUL_TOOL_MACHINE_H
#define HAUL_TOOL_MACHINE_H

#include <jansson.h>

/*
 * Adds to object, as far as the machine tells: "cpu" and "topology" (numbers
 * of each kind of part), and "caches", a list with one entry for each kind of
 * cache: "name", "size", "line", "ways" (0: unknown; -1: fully associative),
 * "count" and "threads" that share one.  NULL, or words that say what is wrong.
 */
const char *machine_topology_add(json_t *object);

/* NULL if this process may use hardware performance counters, or words. */
const char *machine_counters_check(void);

#endif
