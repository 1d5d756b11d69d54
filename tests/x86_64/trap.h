/* SPDX-License-Identifier: MIT */
/* x86_64: how the CPU reports faults (Intel SDM volume 3, 4.7). */
#ifndef TESTS_TRAP_H
#define TESTS_TRAP_H

#include "arena.h"
#include <haul/fault.h>
#include <stdint.h>

/* Without SMAP a page that the kernel may not access is one that is not present. */
static inline bool cpu_has_smap(void)
{
	uint64_t cr4;

	__asm__("movq %%cr4, %0" : "=r"(cr4));
	return cr4 >> 21 & 1;
}

/* Fills in what haul must report of the kernel's access to a page. */
static inline void cpu_trap_fault(enum arena_right right, bool write, struct haul_fault *fault)
{
	enum { PAGE_FAULT = 14, PRESENT = 1, WRITE = 2, RESERVED = 8 };

	fault->kind = HAUL_FAULT_PROTECTION;
	fault->signo = PAGE_FAULT;
	fault->code = PRESENT;
	if (right == ARENA_UNMAPPED || (right == ARENA_NO_ACCESS && !cpu_has_smap())) {
		fault->kind = HAUL_FAULT_UNMAPPED;
		fault->code = 0;
	} else if (right == ARENA_NO_STORAGE) {
		fault->kind = HAUL_FAULT_OTHER;
		fault->code = RESERVED; /* and PRESENT, but QEMU leaves that out */
	}
	if (write)
		fault->code |= WRITE;
}

#endif
