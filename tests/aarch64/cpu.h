/* SPDX-License-Identifier: MIT */
/* aarch64: what the tests of faults must know of the CPU. */
#ifndef TESTS_CPU_H
#define TESTS_CPU_H

#include <stdint.h>

/* 0: an address that no page table can hold is a page fault like any other. */
#define CPU_NONCANONICAL ((uintptr_t)0)

/* Where the kernel's own text is mapped. */
#define CPU_KERNEL_ADDRESS ((uintptr_t)0xffff800080000000)

/* Odd states for fault_state.c: bits of FPCR that change what floating-point
 * instructions do with denormal numbers, NaNs and the sign of zero. */
#define CPU_STATES \
	{ \
		{"no state", 0}, \
		{ \
			"FPCR.FZ and DN", 0x3000000 \
		} \
	}

/* Nothing of it is to be cleared: it stays as the caller had it. */
#define CPU_STATE_CLEAR 0
#define CPU_STATE_CLEAR_AFTER_FAULT 0

/* Raises SIGILL. */
static inline void cpu_illegal_instruction(void)
{
	__asm__ volatile("udf #0");
}

#endif
