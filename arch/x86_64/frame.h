/* SPDX-License-Identifier: MIT */
/* x86_64: PC and registers in a ucontext. */
#ifndef HAUL_ARCH_FRAME_H
#define HAUL_ARCH_FRAME_H

#include "arch.h"
#include <string.h>
#include <ucontext.h>

#define EFLAGS_DF 0x400
#define EFLAGS_AC 0x40000

static inline uintptr_t haul_arch_frame_pc(const void *frame)
{
	const ucontext_t *uc = frame;

	return (uintptr_t)uc->uc_mcontext.gregs[REG_RIP];
}

static inline void haul_arch_frame_resume(void *frame, uintptr_t fixup,
					  const struct haul_arch_facts *facts)
{
	ucontext_t *uc = frame;
	greg_t *regs = uc->uc_mcontext.gregs;

	regs[REG_RIP] = (greg_t)fixup;
	regs[REG_EFL] &= ~(greg_t)(EFLAGS_DF | EFLAGS_AC);
	if (facts) {
		_Static_assert(sizeof *facts == 3 * sizeof(greg_t), "three registers");
		memcpy(&regs[REG_R8], &facts->addr, sizeof(greg_t));
		memcpy(&regs[REG_R9], &facts->signo, sizeof(greg_t));
		memcpy(&regs[REG_R10], &facts->kind, sizeof(greg_t));
	}
}

/* The kernel clears DF for a handler but leaves AC as the program had it, and
 * then the handler's own code could fault on a misaligned access. */
static inline void haul_arch_handler_enter(void)
{
	__asm__ volatile("subq $128, %%rsp\n\t" /* the red zone is the compiler's */
			 "pushfq\n\t"
			 "andl %0, (%%rsp)\n\t"
			 "popfq\n\t"
			 "addq $128, %%rsp"
			 :
			 : "i"(~EFLAGS_AC)
			 : "cc", "memory");
}

#endif
