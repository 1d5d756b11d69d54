/* SPDX-License-Identifier: MIT */
/* riscv64: what haul must say of a trap. */
#ifndef TESTS_TRAP_H
#define TESTS_TRAP_H

#include "arena.h"
#include <haul/fault.h>
#include <stdbool.h>

/* Fills in the fault of the kernel's access to a page with that right.  No
 * device is an access fault, all else a page fault. */
static inline void cpu_trap_fault(enum arena_right right, bool write, struct haul_fault *fault)
{
	const bool storage = right != ARENA_NO_STORAGE;

	fault->kind = storage ? HAUL_FAULT_UNMAPPED : HAUL_FAULT_BUS;
	fault->signo = (storage ? 13 : 5) + (write ? 2 : 0); /* scause */
	fault->code = 0;
}

#endif
