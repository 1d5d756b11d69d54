/* SPDX-License-Identifier: MIT */
/*
 * aarch64: what a trap was, by its ESR_ELx and SPSR_ELx (Arm ARM, D19.2, the
 * registers' pages).
 *
 * Ours are data aborts of this level's own accesses, and instructions that the
 * CPU refuses: those it does not know (MOPS that a hypervisor has not switched
 * on), and MOPS after the thread has moved to a core of the other option; the
 * recovery code finishes both.  Traps of FP, SIMD and SVE (0x07, 0x19) are not
 * ours: a kernel that switches these units on at their first use does so and runs
 * the instruction again, and a copy that falls short instead would be wrong.
 */
#ifndef HAUL_ARCH_TRAP_H
#define HAUL_ARCH_TRAP_H

#include "arch.h"
#include <haul/trap.h>

/* The kind of a data abort, by the fault status in the low bits of its syndrome. */
static inline enum haul_fault_kind haul_arch_abort_kind(uint32_t syndrome)
{
	switch (syndrome & 0x3f) {
	case 0x04 ... 0x07: /* translation, levels 0 to 3 */
	case 0x2a ... 0x2b: /* levels -2 and -1 */
		return HAUL_FAULT_UNMAPPED;
	case 0x08 ... 0x0b: /* access flag */
	case 0x0c ... 0x0f: /* permission */
		return HAUL_FAULT_PROTECTION;
	case 0x10:          /* synchronous external abort */
	case 0x12 ... 0x17: /* the same of a table, levels -2 to 3 */
		return HAUL_FAULT_BUS;
	case 0x11:
		return HAUL_FAULT_TAG;
	case 0x18:          /* parity or ECC error */
	case 0x1b ... 0x1f: /* the same of a table, levels -1 to 3 */
		return HAUL_FAULT_POISON;
	default: /* alignment; an atomic access to memory that has none; ... */
		return HAUL_FAULT_OTHER;
	}
}

/* FnV: an external abort without an address. */
static inline bool haul_arch_abort_has_address(uint32_t syndrome)
{
	enum { EXTERNAL = 0x10, FNV = 1 << 10 };

	return (syndrome & 0x3f) != EXTERNAL || !(syndrome & FNV);
}

/* Of the level that runs this: the kernel's own, whichever that is. */
static inline bool haul_arch_trap_from_kernel(const struct haul_trap *trap)
{
	enum { LEVEL = 3 << 2, AARCH32 = 1 << 4 };
	uint64_t level;

	__asm__("mrs %0, currentel" : "=r"(level));
	return (*trap->status & (LEVEL | AARCH32)) == level;
}

static inline bool haul_arch_trap_facts(const struct haul_trap *trap, struct haul_arch_facts *facts)
{
	enum { UNKNOWN = 0x00, DATA_ABORT = 0x25, MOPS = 0x27 };
	const uint32_t class = (uint32_t)(trap->cause >> 26) & 0x3f;
	const uint32_t syndrome = (uint32_t)trap->cause & 0x1ffffff;

	if (class != UNKNOWN && class != DATA_ABORT && class != MOPS)
		return false;
	if (!haul_arch_trap_from_kernel(trap))
		return false;
	*facts = (struct haul_arch_facts){
		.signo = class,
		.code = syndrome,
		.kind = HAUL_FAULT_OTHER,
	};
	if (class == DATA_ABORT) {
		facts->kind = (uint8_t)haul_arch_abort_kind(syndrome);
		facts->addr_valid = haul_arch_abort_has_address(syndrome);
		facts->addr = facts->addr_valid ? trap->addr : 0;
	}
	return true;
}

/* BTYPE says that an indirect jump came before; a fixup has no landing pad. */
static inline void haul_arch_trap_repair(struct haul_trap *trap)
{
	const uint64_t btype = 0xc00;

	*trap->status &= ~btype;
}

#endif
