/* SPDX-License-Identifier: MIT */
/*
 * riscv64: what a trap was.
 *
 * Sections are the privileged specification's: "Supervisor Cause (scause)
 * Register", "Supervisor Trap Value (stval) Register", "Supervisor Status
 * (sstatus) Register".
 */
#ifndef HAUL_ARCH_TRAP_H
#define HAUL_ARCH_TRAP_H

#include "arch.h"
#include <haul/trap.h>

/* The exceptions of loads, stores and of instructions that are refused (scause;
 * interrupts have its top bit set). */
enum haul_arch_cause {
	HAUL_ARCH_ILLEGAL_INSTRUCTION = 2,
	HAUL_ARCH_LOAD_MISALIGNED = 4,
	HAUL_ARCH_LOAD_ACCESS_FAULT = 5,
	HAUL_ARCH_STORE_MISALIGNED = 6,
	HAUL_ARCH_STORE_ACCESS_FAULT = 7,
	HAUL_ARCH_LOAD_PAGE_FAULT = 13,
	HAUL_ARCH_STORE_PAGE_FAULT = 15,
	HAUL_ARCH_HARDWARE_ERROR = 19
};

/*
 * HAUL_FAULT_NONE: not the fault of an access.  A page fault does not say
 * whether there is no page or one that does not allow it.
 */
static inline enum haul_fault_kind haul_arch_trap_kind(uint64_t cause)
{
	switch (cause) {
	case HAUL_ARCH_LOAD_PAGE_FAULT:
	case HAUL_ARCH_STORE_PAGE_FAULT:
		return HAUL_FAULT_UNMAPPED;
	case HAUL_ARCH_LOAD_ACCESS_FAULT:
	case HAUL_ARCH_STORE_ACCESS_FAULT:
		return HAUL_FAULT_BUS;
	case HAUL_ARCH_HARDWARE_ERROR:
		return HAUL_FAULT_POISON;
	case HAUL_ARCH_ILLEGAL_INSTRUCTION:
	case HAUL_ARCH_LOAD_MISALIGNED:
	case HAUL_ARCH_STORE_MISALIGNED:
		return HAUL_FAULT_OTHER;
	default:
		return HAUL_FAULT_NONE;
	}
}

/*
 * stval has the address of the first byte that failed, as the profiles for
 * operating systems want it (Sstvala).  Of an illegal instruction it has the
 * instruction; a hardware error may leave it 0.
 */
static inline bool haul_arch_trap_has_address(const struct haul_trap *trap)
{
	if (trap->cause == HAUL_ARCH_HARDWARE_ERROR)
		return trap->addr != 0;
	return trap->cause != HAUL_ARCH_ILLEGAL_INSTRUCTION;
}

/* A hardware error may be that of the instruction's own fetch, if stval says so. */
static inline bool haul_arch_trap_is_fetch(const struct haul_trap *trap)
{
	return trap->cause == HAUL_ARCH_HARDWARE_ERROR && trap->addr - *trap->pc < 4;
}

/* Where the trap came from: sstatus.SPP, supervisor mode; or, in the mstatus of
 * firmware, MPP, machine mode.  sstatus shows MPP as 0. */
static inline bool haul_arch_trap_is_kernels(uint64_t status)
{
	enum { SPP = 8, MPP = 11, MACHINE = 3 };
	const unsigned previous = status >> MPP & 3;

	return previous ? previous == MACHINE : status >> SPP & 1;
}

static inline bool haul_arch_trap_facts(const struct haul_trap *trap, struct haul_arch_facts *facts)
{
	const enum haul_fault_kind kind = haul_arch_trap_kind(trap->cause);
	const bool valid = haul_arch_trap_has_address(trap);

	if (kind == HAUL_FAULT_NONE || haul_arch_trap_is_fetch(trap) ||
	    !haul_arch_trap_is_kernels(*trap->status))
		return false;
	*facts = (struct haul_arch_facts){
		.addr = valid ? trap->addr : 0,
		.signo = (uint32_t)trap->cause,
		.kind = (uint8_t)kind,
		.addr_valid = valid,
	};
	return true;
}

/* vstart, which a vector access that faulted leaves behind, is cleared by its
 * fixup; sstatus.SUM stays. */
static inline void haul_arch_trap_repair(struct haul_trap *trap)
{
	(void)trap;
}

#endif
