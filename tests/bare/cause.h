/* SPDX-License-Identifier: MIT */
/* A trap as haul_fault_fixup is told of it, and what that must make of it; each
 * tests/<cpu>/trap.h has a table, cpu_causes. */
#ifndef BARE_CAUSE_H
#define BARE_CAUSE_H

#include <stdbool.h>
#include <stdint.h>

struct cpu_cause {
	const char *name;
	uint64_t cause, error, status;
	unsigned addr_lsb;
	unsigned kind; /* HAUL_FAULT_NONE: it is none of haul's */
	bool addr_valid;
	uint64_t status_after;
};

#endif
