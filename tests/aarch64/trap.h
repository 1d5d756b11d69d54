/* SPDX-License-Identifier: MIT */
/* aarch64: how the CPU reports faults (Arm ARM, D19.2, ESR_EL1). */
#ifndef TESTS_TRAP_H
#define TESTS_TRAP_H

#include "arena.h"
#include "bare/cause.h"
#include <haul/fault.h>
#include <stdbool.h>
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

/* Above what 39 bits reach, and below where the upper half begins. */
#define CPU_NOWHERE ((uintptr_t)1 << 40)
#define CPU_NOWHERE_KIND HAUL_FAULT_UNMAPPED

/* PSTATE of the kernel with all flags, after an indirect jump, user pages locked;
 * and what is left of it; user mode's, in both its states. */
#define CPU_KERNEL 0xf0400fc5
#define CPU_KERNEL_AFTER 0xf04003c5
#define CPU_USER 0xf0000000
#define CPU_USER_32 0xf0000010

#define CPU_ESR(class, syndrome) ((uint64_t)(class) << 26 | 1 << 25 | (syndrome))
#define CPU_OURS(name, cause, kind, addr_valid) \
	{ \
		name, cause, 0, CPU_KERNEL, 0, kind, addr_valid, CPU_KERNEL_AFTER \
	}
#define CPU_ABORT(name, syndrome, kind) CPU_OURS(name, CPU_ESR(0x25, syndrome), kind, true)
#define CPU_NOT_OURS(name, cause, status) \
	{ \
		name, cause, 0, status, 0, HAUL_FAULT_NONE, false, status \
	}

static const struct cpu_cause cpu_causes[] = {
	CPU_ABORT("translation, level 0", 0x04, HAUL_FAULT_UNMAPPED),
	CPU_ABORT("translation, level 3, write", 0x47, HAUL_FAULT_UNMAPPED),
	CPU_ABORT("translation, level -1", 0x2b, HAUL_FAULT_UNMAPPED),
	CPU_ABORT("access flag", 0x0b, HAUL_FAULT_PROTECTION),
	CPU_ABORT("permission, write", 0x4f, HAUL_FAULT_PROTECTION),
	CPU_ABORT("external abort", 0x10, HAUL_FAULT_BUS),
	CPU_OURS("external abort without an address", CPU_ESR(0x25, 0x410), HAUL_FAULT_BUS, false),
	CPU_ABORT("external abort of a table", 0x17, HAUL_FAULT_BUS),
	CPU_ABORT("tag check", 0x11, HAUL_FAULT_TAG),
	CPU_ABORT("parity or ECC", 0x18, HAUL_FAULT_POISON),
	CPU_ABORT("parity or ECC of a table", 0x1c, HAUL_FAULT_POISON),
	CPU_ABORT("alignment", 0x21, HAUL_FAULT_OTHER),
	CPU_ABORT("address size", 0x00, HAUL_FAULT_OTHER),
	CPU_ABORT("exclusive access to what has none", 0x35, HAUL_FAULT_OTHER),
	CPU_OURS("unknown instruction", CPU_ESR(0x00, 0), HAUL_FAULT_OTHER, false),
	CPU_OURS("copy of the other option", CPU_ESR(0x27, 0x1000000), HAUL_FAULT_OTHER, false),
	CPU_NOT_OURS("FP and SIMD are off", CPU_ESR(0x07, 0), CPU_KERNEL),
	CPU_NOT_OURS("SVE is off", CPU_ESR(0x19, 0), CPU_KERNEL),
	CPU_NOT_OURS("no landing pad", CPU_ESR(0x0d, 0), CPU_KERNEL),
	CPU_NOT_OURS("fetch", CPU_ESR(0x21, 0x07), CPU_KERNEL),
	CPU_NOT_OURS("user mode's fetch", CPU_ESR(0x20, 0x07), CPU_USER),
	CPU_NOT_OURS("user mode's data", CPU_ESR(0x24, 0x07), CPU_USER),
	CPU_NOT_OURS("user mode's instruction", CPU_ESR(0x00, 0), CPU_USER),
	CPU_NOT_OURS("user mode's 32-bit instruction", CPU_ESR(0x00, 0), CPU_USER_32),
	CPU_NOT_OURS("user mode's copy", CPU_ESR(0x27, 0), CPU_USER),
	CPU_NOT_OURS("SError", CPU_ESR(0x2f, 0), CPU_KERNEL),
	CPU_NOT_OURS("watchpoint", CPU_ESR(0x35, 0x22), CPU_KERNEL),
	CPU_NOT_OURS("breakpoint", CPU_ESR(0x3c, 0), CPU_KERNEL),
};

#endif
