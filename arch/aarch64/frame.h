/* SPDX-License-Identifier: MIT */
/* aarch64: PC and registers in a ucontext. */
#ifndef HAUL_ARCH_FRAME_H
#define HAUL_ARCH_FRAME_H

#include "arch.h"
#include <string.h>
#include <ucontext.h>

#define PSTATE_BTYPE 0xc00

static inline uintptr_t haul_arch_frame_pc(const void *frame)
{
	const ucontext_t *uc = frame;

	return (uintptr_t)uc->uc_mcontext.pc;
}

/* BTYPE says that an indirect jump came before; a fixup has no landing pad. */
static inline void haul_arch_frame_resume(void *frame, uintptr_t fixup,
					  const struct haul_arch_facts *facts)
{
	ucontext_t *uc = frame;

	uc->uc_mcontext.pc = fixup;
	uc->uc_mcontext.pstate &= ~(uint64_t)PSTATE_BTYPE;
	if (facts) {
		_Static_assert(sizeof *facts == 3 * sizeof uc->uc_mcontext.regs[0],
			       "three registers");
		memcpy(&uc->uc_mcontext.regs[13], facts, sizeof *facts);
	}
}

/* The kernel gives a handler a clean PSTATE. */
static inline void haul_arch_handler_enter(void)
{
}

#endif
