/* SPDX-License-Identifier: MIT */
/* aarch64: how the CPU reports faults (Arm ARM, D19.2, ESR_EL1). */
#ifndef TESTS_TRAP_H
#define TESTS_TRAP_H

#include "arena.h"
#include <haul/fault.h>
#include <stdint.h>

/* Without PAN a page that the kernel may not access is one whose access flag is
 * clear. */
static inline bool cpu_has_pan(void)
{
	uint64_t features;

	__asm__("mrs %0, id_aa64mmfr1_el1" : "=r"(features));
	return features >> 20 & 0xf;
}

/* Fills in what haul must report of the kernel's access to a page. */
static inline void cpu_trap_fault(enum arena_right right, bool write, struct haul_fault *fault)
{
	enum { DATA_ABORT = 0x25, WRITE = 1 << 6 };
	enum { TRANSLATION = 0x07, ACCESS_FLAG = 0x0b, PERMISSION = 0x0f, EXTERNAL = 0x10 };

	fault->kind = HAUL_FAULT_PROTECTION;
	fault->signo = DATA_ABORT;
	fault->code = PERMISSION;
	if (right == ARENA_UNMAPPED) {
		fault->kind = HAUL_FAULT_UNMAPPED;
		fault->code = TRANSLATION;
	} else if (right == ARENA_NO_STORAGE) {
		fault->kind = HAUL_FAULT_BUS;
		fault->code = EXTERNAL;
	} else if (right == ARENA_NO_ACCESS && !cpu_has_pan()) {
		fault->code = ACCESS_FLAG;
	}
	if (write)
		fault->code |= WRITE;
}

#endif
