/* SPDX-License-Identifier: MIT */
/* riscv64: what the tests of faults must know of the CPU. */
#ifndef TESTS_CPU_H
#define TESTS_CPU_H

#include <stdbool.h>
#include <stdint.h>

/* 0: an address that no page table can hold is a page fault like any other. */
#define CPU_NONCANONICAL ((uintptr_t)0)

/* Where the kernel's own text is mapped. */
#define CPU_KERNEL_ADDRESS ((uintptr_t)0xffffffff80200000)

/* No odd states for fault_state.c: a caller has none that could hurt. */
#define CPU_STATES \
	{ \
		{ \
			"no state", 0 \
		} \
	}

/* The state is vstart, which a vector access that faults leaves behind and the
 * ABI wants 0. */
#define CPU_STATE_CLEAR UINT64_MAX
#define CPU_STATE_CLEAR_AFTER_FAULT UINT64_MAX

/* Raises SIGILL. */
static inline void cpu_illegal_instruction(void)
{
	__asm__ volatile("unimp");
}

#endif
