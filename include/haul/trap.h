/* SPDX-License-Identifier: MIT */
/*
 * Faults as CPU traps, for kernels and firmware (libhaul-bare.a).
 *
 * A kernel's trap handler describes the trap to haul_fault_fixup by pointing
 * into its own trap frame, whatever that looks like.  If the trap is a fault of
 * one of haul's memory operations, the frame then resumes in that operation's
 * recovery code.
 *
 * The operations use vector registers: those that x86_64 and aarch64 always have
 * and, on every CPU, the units that are switched on when the first operation
 * runs.  So a kernel saves what user mode has in them before it calls haul,
 * leaves those units on for good, and calls no operation in its trap handler,
 * page_in included, unless that saves vector registers.  (A first operation with
 * the unit off, or haul_tune, chooses variants without: riscv64, loongarch64.)
 */
#ifndef HAUL_TRAP_H
#define HAUL_TRAP_H

#include <haul/base.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Where the saved registers are and what the CPU says, by architecture (of a
 * CPU that traps to another level, that level's registers):
 *
 *          x86_64       aarch64         riscv64    loongarch64
 * pc       RIP          ELR_EL1         sepc       ERA
 * status   RFLAGS       SPSR_EL1        sstatus    PRMD
 * fact     r8 r9 r10    x13 x14 x15     t4 t5 t6   $t6 $t7 $t8
 * cause    vector       ESR_EL1         scause     ESTAT
 * error    error code   0               0          0
 * addr     CR2          FAR_EL1         stval      BADV
 */
struct haul_trap {
	uintptr_t *pc;     /* of the instruction that trapped */
	uint64_t *status;  /* as it was at that instruction */
	uint64_t *fact[3]; /* saved general registers that haul may overwrite */
	uint64_t cause;
	uint64_t error;    /* x86_64, vectors that push one; else 0 */
	uintptr_t addr;    /* whatever the register holds; haul knows when it is stale.  x86_64,
			      machine check: the address reported, if addr_lsb is not 0 */
	unsigned addr_lsb; /* x86_64, machine check: log2 of the damaged extent in bytes,
			      0: no address was reported.  Else 0 */
	/*
	 * Asked first, unless it is NULL or the operation runs between
	 * haul_nofault_begin and haul_nofault_end: true says that the access
	 * will succeed now (the page is there) and is to be run again.
	 */
	bool (*page_in)(struct haul_trap *trap);
	void *context; /* page_in's; haul does not look at it */
};

/*
 * For the trap handler, with every synchronous exception that the kernel's own
 * code caused: page fault, general protection, alignment, access fault,
 * synchronous bus error, illegal instruction, a machine check that the handler
 * found recoverable.
 *
 * True: the fault was one of haul's; return from the trap with the frame as it
 * is now.  At most *pc, *status and *fact have changed: DF (x86_64) and BTYPE
 * (aarch64) are cleared, an open window to user pages stays open for the
 * recovery code.  False: not haul's (no marked instruction, an interrupt, a
 * fault of user mode, a fetch), and nothing was touched.
 *
 * A kernel with a shadow stack of its own (x86_64 CET) writes the new *pc there
 * too.  The handler keeps all other registers, vector registers and their control
 * registers included, as they were.  Any CPU, any context, no lock.
 */
bool haul_fault_fixup(struct haul_trap *trap);

/*
 * Between these two page_in is not asked: operations on what is not there fall
 * short instead of waiting for it.  For atomic context (interrupts, spin
 * locks).  They nest; the count is haul_platform_nofault's (haul/platform.h).
 */
void haul_nofault_begin(void);
void haul_nofault_end(void);

#ifdef __cplusplus
}
#endif

#endif
