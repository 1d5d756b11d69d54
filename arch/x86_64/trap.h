/* SPDX-License-Identifier: MIT */
/*
 * x86_64: what an exception says.  Intel SDM volume 3, 6.15 (exceptions) and
 * 4.7 (page faults); AMD APM volume 2, 8.2 and 8.4.2.
 */
#ifndef HAUL_ARCH_TRAP_H
#define HAUL_ARCH_TRAP_H

#include "arch.h"
#include <haul/trap.h>

enum {
	VECTOR_INVALID_OPCODE = 6,
	VECTOR_STACK_SEGMENT = 12,
	VECTOR_GENERAL_PROTECTION = 13,
	VECTOR_PAGE_FAULT = 14,
	VECTOR_ALIGNMENT_CHECK = 17,
	VECTOR_MACHINE_CHECK = 18
};

enum {
	PAGE_FAULT_PRESENT = 1 << 0,
	PAGE_FAULT_USER = 1 << 2,
	PAGE_FAULT_RESERVED = 1 << 3, /* a reserved bit of a table entry is set */
	PAGE_FAULT_FETCH = 1 << 4,
	PAGE_FAULT_KEY = 1 << 5
};

#define RFLAGS_DF 0x400ull

static inline enum haul_fault_kind haul_arch_page_fault_kind(uint64_t error)
{
	if (error & PAGE_FAULT_RESERVED) /* and present, except from QEMU's CPUs */
		return HAUL_FAULT_OTHER;
	if (!(error & PAGE_FAULT_PRESENT))
		return HAUL_FAULT_UNMAPPED;
	if (error & PAGE_FAULT_KEY)
		return HAUL_FAULT_PKEY;
	return HAUL_FAULT_PROTECTION;
}

/* A page fault says whether user mode caused it.  The PC of its other exceptions
 * lies in its own code, which has no entry in the tables. */
static inline bool haul_arch_trap_facts(const struct haul_trap *trap, struct haul_arch_facts *facts)
{
	enum haul_fault_kind kind;
	bool addr_valid = false;

	switch (trap->cause) {
	case VECTOR_PAGE_FAULT:
		if (trap->error & (PAGE_FAULT_USER | PAGE_FAULT_FETCH))
			return false;
		kind = haul_arch_page_fault_kind(trap->error);
		addr_valid = true;
		break;
	case VECTOR_STACK_SEGMENT:
	case VECTOR_GENERAL_PROTECTION:
		if (trap->error) /* a selector, or an interrupt that has no gate */
			return false;
		kind = HAUL_FAULT_NONCANONICAL;
		break;
	case VECTOR_MACHINE_CHECK:
		kind = HAUL_FAULT_POISON;
		addr_valid = trap->addr_lsb != 0;
		break;
	case VECTOR_INVALID_OPCODE:
	case VECTOR_ALIGNMENT_CHECK: /* in the kernel: a lock that splits a line */
		kind = HAUL_FAULT_OTHER;
		break;
	default:
		return false;
	}
	*facts = (struct haul_arch_facts){
		.addr = addr_valid ? trap->addr : 0,
		.signo = (uint32_t)trap->cause,
		.code = (uint32_t)trap->error,
		.kind = (uint8_t)kind,
		.addr_valid = addr_valid,
		.addr_lsb = kind == HAUL_FAULT_POISON ? (uint8_t)trap->addr_lsb : 0,
	};
	return true;
}

/* AC stays: it is the access to user pages (SMAP), and has no other meaning in
 * the kernel. */
static inline void haul_arch_trap_repair(struct haul_trap *trap)
{
	*trap->status &= ~RFLAGS_DF;
}

#endif
