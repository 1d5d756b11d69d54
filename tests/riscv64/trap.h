/* SPDX-License-Identifier: MIT */
/* riscv64: what haul must say of a trap. */
#ifndef TESTS_TRAP_H
#define TESTS_TRAP_H

#include "arena.h"
#include "bare/cause.h"
#include <haul/fault.h>
#include <stdbool.h>
#include <stdint.h>

/* Not an address of Sv39 (nor of Sv48 and Sv57): its upper bits are not all alike. */
#define CPU_NOWHERE ((uintptr_t)1 << 63)
#define CPU_NOWHERE_KIND HAUL_FAULT_UNMAPPED

/* Fills in the fault of the kernel's access to a page with that right.  No
 * device is an access fault, all else a page fault. */
static inline void cpu_trap_fault(enum arena_right right, bool write, struct haul_fault *fault)
{
	const bool storage = right != ARENA_NO_STORAGE;

	fault->kind = storage ? HAUL_FAULT_UNMAPPED : HAUL_FAULT_BUS;
	fault->signo = (storage ? 13 : 5) + (write ? 2 : 0); /* scause */
	fault->code = 0;
}

#define INTERRUPT ((uint64_t)1 << 63)

/* Of sstatus, SPP (0x100) was supervisor mode; SUM (0x40000) stays.  Of mstatus,
 * MPP (0x1800) was machine mode. */
static const struct cpu_cause cpu_causes[] = {
	{"load page fault", 13, 0, 0x100, 0, HAUL_FAULT_UNMAPPED, true, 0x100},
	{"store page fault", 15, 0, 0x40100, 0, HAUL_FAULT_UNMAPPED, true, 0x40100},
	{"load access fault", 5, 0, 0x40100, 0, HAUL_FAULT_BUS, true, 0x40100},
	{"store access fault", 7, 0, 0x100, 0, HAUL_FAULT_BUS, true, 0x100},
	{"load misaligned", 4, 0, 0x100, 0, HAUL_FAULT_OTHER, true, 0x100},
	{"store misaligned", 6, 0, 0x100, 0, HAUL_FAULT_OTHER, true, 0x100},
	{"illegal instruction", 2, 0, 0x100, 0, HAUL_FAULT_OTHER, false, 0x100},
	{"hardware error", 19, 0, 0x100, 0, HAUL_FAULT_POISON, true, 0x100},
	{"machine mode's load", 5, 0, 0x1800, 0, HAUL_FAULT_BUS, true, 0x1800},
	{"supervisor mode's load, to firmware", 5, 0, 0x900, 0, HAUL_FAULT_NONE, false, 0},
	{"user mode's load", 13, 0, 0, 0, HAUL_FAULT_NONE, false, 0},
	{"user mode's store", 15, 0, 0x40000, 0, HAUL_FAULT_NONE, false, 0},
	{"fetch misaligned", 0, 0, 0x100, 0, HAUL_FAULT_NONE, false, 0},
	{"fetch access fault", 1, 0, 0x100, 0, HAUL_FAULT_NONE, false, 0},
	{"fetch page fault", 12, 0, 0x100, 0, HAUL_FAULT_NONE, false, 0},
	{"breakpoint", 3, 0, 0x100, 0, HAUL_FAULT_NONE, false, 0},
	{"user mode's call", 8, 0, 0, 0, HAUL_FAULT_NONE, false, 0},
	{"supervisor mode's call", 9, 0, 0x100, 0, HAUL_FAULT_NONE, false, 0},
	{"double trap", 16, 0, 0x100, 0, HAUL_FAULT_NONE, false, 0},
	{"software check", 18, 0, 0x100, 0, HAUL_FAULT_NONE, false, 0},
	{"guest's load", 21, 0, 0x100, 0, HAUL_FAULT_NONE, false, 0},
	{"guest's store", 23, 0, 0x100, 0, HAUL_FAULT_NONE, false, 0},
	{"software interrupt", INTERRUPT | 1, 0, 0x100, 0, HAUL_FAULT_NONE, false, 0},
	{"timer interrupt", INTERRUPT | 5, 0, 0x100, 0, HAUL_FAULT_NONE, false, 0},
	{"external interrupt", INTERRUPT | 9, 0, 0x100, 0, HAUL_FAULT_NONE, false, 0},
	{"local interrupt", INTERRUPT | 13, 0, 0x100, 0, HAUL_FAULT_NONE, false, 0},
};

#endif
