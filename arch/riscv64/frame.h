/* SPDX-License-Identifier: MIT */
/* riscv64: PC and registers in a ucontext. */
#ifndef HAUL_ARCH_FRAME_H
#define HAUL_ARCH_FRAME_H

#include "arch.h"
#include <string.h>
#include <ucontext.h>

static inline uintptr_t haul_arch_frame_pc(const void *frame)
{
	const ucontext_t *uc = frame;

	return (uintptr_t)uc->uc_mcontext.__gregs[REG_PC];
}

/*
 * A vector access that faulted left its element's number in vstart, and that
 * comes back with the rest of the vector state after any handler.  So the
 * fixups of vector accesses clear it: every vset instruction does.
 */
static inline void haul_arch_frame_resume(void *frame, uintptr_t fixup,
					  const struct haul_arch_facts *facts)
{
	enum { T4 = 29, T5 = 30, T6 = 31 };
	ucontext_t *uc = frame;
	__riscv_mc_gp_state *regs = &uc->uc_mcontext.__gregs;

	(*regs)[REG_PC] = fixup;
	if (facts) {
		_Static_assert(sizeof *facts == 3 * sizeof **regs, "three registers");
		memcpy(&(*regs)[T4], &facts->addr, sizeof **regs);
		memcpy(&(*regs)[T5], &facts->signo, sizeof **regs);
		memcpy(&(*regs)[T6], &facts->kind, sizeof **regs);
	}
}

/* Nothing of the interrupted program's state can make a handler fault. */
static inline void haul_arch_handler_enter(void)
{
}

#endif
