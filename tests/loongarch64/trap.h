/* SPDX-License-Identifier: MIT */
/* loongarch64: how the CPU reports faults (manual volume 1, 7.4.6, ESTAT). */
#ifndef TESTS_TRAP_H
#define TESTS_TRAP_H

#include "arena.h"
#include "bare/cause.h"
#include <haul/fault.h>
#include <stdbool.h>
#include <stdint.h>

/* Fills in what haul must report of the kernel's access to a page. */
static inline void cpu_trap_fault(enum arena_right right, bool write, struct haul_fault *fault)
{
	enum { PIL = 1, PIS = 2, PME = 4, PPI = 7, ADE = 8, ADEM = 1 };

	fault->kind = HAUL_FAULT_PROTECTION;
	fault->code = 0;
	switch (right) {
	case ARENA_UNMAPPED:
		fault->kind = HAUL_FAULT_UNMAPPED;
		fault->signo = write ? PIS : PIL;
		break;
	case ARENA_NO_STORAGE:
		fault->kind = HAUL_FAULT_BUS;
		fault->signo = ADE;
		fault->code = ADEM;
		fault->addr = 0;
		fault->addr_valid = false;
		break;
	case ARENA_NO_ACCESS:
		fault->signo = PPI;
		break;
	default:
		fault->signo = PME;
	}
}

/* Not 48 bits, sign-extended, and in no window. */
#define CPU_NOWHERE ((uintptr_t)1 << 62)
#define CPU_NOWHERE_KIND HAUL_FAULT_NONCANONICAL

/* ESTAT, with a timer interrupt pending; PRMD with interrupts on. */
#define CPU_ESTAT(ecode, esubcode) ((uint64_t)(esubcode) << 22 | (ecode) << 16 | 1 << 11)
#define CPU_KERNEL 4
#define CPU_USER 7
#define CPU_OURS(name, ecode, esubcode, kind, addr_valid) \
	{ \
		name, CPU_ESTAT(ecode, esubcode), 0, CPU_KERNEL, 0, kind, addr_valid, CPU_KERNEL \
	}
#define CPU_NOT_OURS(name, ecode, esubcode, status) \
	{ \
		name, CPU_ESTAT(ecode, esubcode), 0, status, 0, HAUL_FAULT_NONE, false, status \
	}

static const struct cpu_cause cpu_causes[] = {
	CPU_OURS("load, page not valid", 0x1, 0, HAUL_FAULT_UNMAPPED, true),
	CPU_OURS("store, page not valid", 0x2, 0, HAUL_FAULT_UNMAPPED, true),
	CPU_OURS("store, page not to be written", 0x4, 0, HAUL_FAULT_PROTECTION, true),
	CPU_OURS("load, page not to be read", 0x5, 0, HAUL_FAULT_PROTECTION, true),
	CPU_OURS("page of another privilege level", 0x7, 0, HAUL_FAULT_PROTECTION, true),
	CPU_OURS("address error at an address", 0x8, 1, HAUL_FAULT_BUS, false),
	CPU_OURS("alignment", 0x9, 0, HAUL_FAULT_OTHER, true),
	CPU_OURS("bounds", 0xa, 0, HAUL_FAULT_OTHER, true),
	CPU_OURS("unknown instruction", 0xd, 0, HAUL_FAULT_OTHER, false),
	CPU_NOT_OURS("interrupt", 0x0, 0, CPU_KERNEL),
	CPU_NOT_OURS("fetch, page not valid", 0x3, 0, CPU_KERNEL),
	CPU_NOT_OURS("fetch, page not executable", 0x6, 0, CPU_KERNEL),
	CPU_NOT_OURS("fetch, address error", 0x8, 0, CPU_KERNEL),
	CPU_NOT_OURS("system call", 0xb, 0, CPU_KERNEL),
	CPU_NOT_OURS("breakpoint", 0xc, 0, CPU_KERNEL),
	CPU_NOT_OURS("floating point is off", 0xf, 0, CPU_KERNEL),
	CPU_NOT_OURS("LSX is off", 0x10, 0, CPU_KERNEL),
	CPU_NOT_OURS("LASX is off", 0x11, 0, CPU_KERNEL),
	CPU_NOT_OURS("floating-point error", 0x12, 0, CPU_KERNEL),
	CPU_NOT_OURS("watchpoint", 0x13, 1, CPU_KERNEL),
	CPU_NOT_OURS("user mode's load", 0x1, 0, CPU_USER),
	CPU_NOT_OURS("user mode's store", 0x4, 0, CPU_USER),
	CPU_NOT_OURS("user mode's address error", 0x8, 1, CPU_USER),
	CPU_NOT_OURS("user mode's privileged instruction", 0xe, 0, CPU_USER),
	CPU_NOT_OURS("user mode's unknown instruction", 0xd, 0, CPU_USER),
};

#endif
