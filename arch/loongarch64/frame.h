/* SPDX-License-Identifier: MIT */
/* loongarch64: PC and registers in a ucontext. */
#ifndef HAUL_ARCH_FRAME_H
#define HAUL_ARCH_FRAME_H

#include "arch.h"
#include <string.h>
#include <ucontext.h>

/* The number of t6; t7 and t8 follow. */
enum { HAUL_ARCH_FACT_REGISTER = 18 };

static inline uintptr_t haul_arch_frame_pc(const void *frame)
{
	const ucontext_t *uc = frame;

	return (uintptr_t)uc->uc_mcontext.__pc;
}

static inline void haul_arch_frame_resume(void *frame, uintptr_t fixup,
					  const struct haul_arch_facts *facts)
{
	ucontext_t *uc = frame;

	uc->uc_mcontext.__pc = fixup;
	if (facts)
		memcpy(&uc->uc_mcontext.__gregs[HAUL_ARCH_FACT_REGISTER], facts, sizeof *facts);
}

/* Nothing that a program can set makes a handler fault. */
static inline void haul_arch_handler_enter(void)
{
}

#endif
