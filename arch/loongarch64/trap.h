/* SPDX-License-Identifier: MIT */
/*
 * loongarch64: what a trap was, by ESTAT, BADV and PRMD (manual volume 1, 7.4.6,
 * 7.4.8 and 7.4.2).
 *
 * Ours are the faults of accesses, and instructions that the CPU does not know.
 * Units that are switched off (FPD, SXD, ASXD) are not: a kernel that switches
 * them on at their first use does so and runs the instruction again.  TLB refills
 * and machine errors have registers of their own and leave ESTAT as it was, so
 * they are not for here: a refill handler fills in what is missing as not valid,
 * and the access then faults with PIL or PIS.
 */
#ifndef HAUL_ARCH_TRAP_H
#define HAUL_ARCH_TRAP_H

#include "arch.h"
#include <haul/trap.h>

/* ESTAT.Ecode, of those that are ours. */
enum {
	HAUL_ARCH_PIL = 0x1, /* load, page not valid */
	HAUL_ARCH_PIS = 0x2, /* store, page not valid */
	HAUL_ARCH_PME = 0x4, /* store, page not to be written */
	HAUL_ARCH_PNR = 0x5, /* page not to be read */
	HAUL_ARCH_PPI = 0x7, /* page of another privilege level */
	HAUL_ARCH_ADE = 0x8, /* address error; EsubCode says of what */
	HAUL_ARCH_ALE = 0x9, /* alignment */
	HAUL_ARCH_BCE = 0xa, /* access that checks bounds */
	HAUL_ARCH_INE = 0xd  /* no such instruction */
};

enum { HAUL_ARCH_ADEM = 1 }; /* EsubCode: of an access */

#define HAUL_ARCH_CSR(number) \
	({ \
		uint64_t value; \
		__asm__ volatile("csrrd %0, %1" : "=r"(value) : "i"(number)); \
		value; \
	})

/* CSR.DMWn: true if this window translates the address for the kernel. */
static inline bool haul_arch_window_has(uint64_t dmw, uintptr_t addr)
{
	return (dmw & 1) && dmw >> 60 == addr >> 60;
}

/* Addresses that page tables translate; without paging, none (5.2). */
static inline bool haul_arch_is_mapped(uintptr_t addr)
{
	enum { CRMD = 0x0, CRMD_PG = 1 << 4, DMW0 = 0x180, DMW1, DMW2, DMW3 };

	return (HAUL_ARCH_CSR(CRMD) & CRMD_PG) &&
	       !haul_arch_window_has(HAUL_ARCH_CSR(DMW0), addr) &&
	       !haul_arch_window_has(HAUL_ARCH_CSR(DMW1), addr) &&
	       !haul_arch_window_has(HAUL_ARCH_CSR(DMW2), addr) &&
	       !haul_arch_window_has(HAUL_ARCH_CSR(DMW3), addr);
}

/*
 * Those have VALEN bits, sign-extended (5.2); any other is an address error.
 * QEMU has address errors also for what no device answers, and before version 11
 * leaves BADV as it was then; so that is a bus error without an address.  (A
 * handler that clears BADV keeps it from being taken for the address error
 * before.)
 */
static inline bool haul_arch_is_noncanonical(uintptr_t addr)
{
	uint32_t word1;
	int64_t sign;

	if (!haul_arch_is_mapped(addr))
		return false;
	__asm__("cpucfg %0, %1" : "=r"(word1) : "r"(1));
	sign = (int64_t)addr >> (word1 >> 12 & 0xff); /* the field is VALEN - 1 */
	return sign != 0 && sign != -1;
}

/* HAUL_FAULT_NONE: not ours. */
static inline enum haul_fault_kind haul_arch_trap_kind(uint32_t ecode, uint32_t esubcode,
						       uintptr_t addr)
{
	switch (ecode) {
	case HAUL_ARCH_PIL:
	case HAUL_ARCH_PIS:
		return HAUL_FAULT_UNMAPPED;
	case HAUL_ARCH_PME:
	case HAUL_ARCH_PNR:
	case HAUL_ARCH_PPI:
		return HAUL_FAULT_PROTECTION;
	case HAUL_ARCH_ADE:
		if (esubcode != HAUL_ARCH_ADEM)
			return HAUL_FAULT_NONE;
		return haul_arch_is_noncanonical(addr) ? HAUL_FAULT_NONCANONICAL : HAUL_FAULT_BUS;
	case HAUL_ARCH_ALE:
	case HAUL_ARCH_BCE:
	case HAUL_ARCH_INE:
		return HAUL_FAULT_OTHER;
	default:
		return HAUL_FAULT_NONE;
	}
}

static inline bool haul_arch_trap_facts(const struct haul_trap *trap, struct haul_arch_facts *facts)
{
	enum { PRMD_PPLV = 3 };
	const uint32_t ecode = (uint32_t)(trap->cause >> 16) & 0x3f;
	const uint32_t esubcode = (uint32_t)(trap->cause >> 22) & 0x1ff;
	const enum haul_fault_kind kind = haul_arch_trap_kind(ecode, esubcode, trap->addr);
	const bool has_addr = ecode != HAUL_ARCH_INE && kind != HAUL_FAULT_BUS;

	if ((*trap->status & PRMD_PPLV) != 0 || kind == HAUL_FAULT_NONE)
		return false;
	*facts = (struct haul_arch_facts){
		.addr = has_addr ? trap->addr : 0,
		.signo = ecode,
		.code = esubcode,
		.kind = (uint8_t)kind,
		.addr_valid = has_addr,
	};
	return true;
}

/* PRMD has nothing that a fault must not leave behind. */
static inline void haul_arch_trap_repair(struct haul_trap *trap)
{
	(void)trap;
}

#endif
