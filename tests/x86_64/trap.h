/* SPDX-License-Identifier: MIT */
/* x86_64: how the CPU reports faults (Intel SDM volume 3, 4.7 and 6.15). */
#ifndef TESTS_TRAP_H
#define TESTS_TRAP_H

#include "arena.h"
#include "bare/cause.h"
#include <haul/fault.h>
#include <stdint.h>

/* Non-canonical. */
#define CPU_NOWHERE ((uintptr_t)1 << 63)
#define CPU_NOWHERE_KIND HAUL_FAULT_NONCANONICAL

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

/* DF (0x400) goes, AC (0x40000) stays. */
static const struct cpu_cause cpu_causes[] = {
	{"load, not present", 14, 0x0, 0x2, 0, HAUL_FAULT_UNMAPPED, true, 0x2},
	{"store, not present", 14, 0x2, 0x40402, 0, HAUL_FAULT_UNMAPPED, true, 0x40002},
	{"load, present", 14, 0x1, 0x402, 0, HAUL_FAULT_PROTECTION, true, 0x2},
	{"store, present", 14, 0x3, 0x40002, 0, HAUL_FAULT_PROTECTION, true, 0x40002},
	{"reserved bit", 14, 0x9, 0x2, 0, HAUL_FAULT_OTHER, true, 0x2},
	{"reserved bit, QEMU's", 14, 0x8, 0x2, 0, HAUL_FAULT_OTHER, true, 0x2},
	{"protection key", 14, 0x21, 0x2, 0, HAUL_FAULT_PKEY, true, 0x2},
	{"protection key, store", 14, 0x23, 0x2, 0, HAUL_FAULT_PKEY, true, 0x2},
	{"enclave's page", 14, 0x8001, 0x2, 0, HAUL_FAULT_PROTECTION, true, 0x2},
	{"non-canonical", 13, 0, 0x40402, 0, HAUL_FAULT_NONCANONICAL, false, 0x40002},
	{"non-canonical, stack", 12, 0, 0x2, 0, HAUL_FAULT_NONCANONICAL, false, 0x2},
	{"alignment", 17, 0, 0x2, 0, HAUL_FAULT_OTHER, false, 0x2},
	{"invalid opcode", 6, 0, 0x2, 0, HAUL_FAULT_OTHER, false, 0x2},
	{"machine check", 18, 0, 0x2, 0, HAUL_FAULT_POISON, false, 0x2},
	{"machine check, a line", 18, 0, 0x402, 6, HAUL_FAULT_POISON, true, 0x2},
	{"user mode's load", 14, 0x5, 0x402, 0, HAUL_FAULT_NONE, false, 0},
	{"user mode's store", 14, 0x6, 0x402, 0, HAUL_FAULT_NONE, false, 0},
	{"fetch, not present", 14, 0x10, 0x402, 0, HAUL_FAULT_NONE, false, 0},
	{"fetch, present", 14, 0x11, 0x402, 0, HAUL_FAULT_NONE, false, 0},
	{"selector", 13, 0x18, 0x402, 0, HAUL_FAULT_NONE, false, 0},
	{"interrupt without a gate", 13, 0x203, 0x402, 0, HAUL_FAULT_NONE, false, 0},
	{"divide error", 0, 0, 0x402, 0, HAUL_FAULT_NONE, false, 0},
	{"debug", 1, 0, 0x402, 0, HAUL_FAULT_NONE, false, 0},
	{"non-maskable interrupt", 2, 0, 0x402, 0, HAUL_FAULT_NONE, false, 0},
	{"breakpoint", 3, 0, 0x402, 0, HAUL_FAULT_NONE, false, 0},
	{"device not available", 7, 0, 0x402, 0, HAUL_FAULT_NONE, false, 0},
	{"double fault", 8, 0, 0x402, 0, HAUL_FAULT_NONE, false, 0},
	{"control protection", 21, 1, 0x402, 0, HAUL_FAULT_NONE, false, 0},
	{"first interrupt", 32, 0, 0x402, 0, HAUL_FAULT_NONE, false, 0},
	{"last interrupt", 255, 0, 0x402, 0, HAUL_FAULT_NONE, false, 0},
};

#endif
