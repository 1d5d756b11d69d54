/* SPDX-License-Identifier: MIT */
/* x86_64: what the tests of faults must know of the CPU. */
#ifndef TESTS_CPU_H
#define TESTS_CPU_H

#include <stdbool.h>
#include <stdint.h>

/* Non-canonical with four and with five levels of page tables; 0 on a CPU
 * that gives every address a page. */
#define CPU_NONCANONICAL ((uintptr_t)0x1234000000000000)

/* Where the kernel's own text is mapped. */
#define CPU_KERNEL_ADDRESS ((uintptr_t)0xffffffff81000000)

/* Odd states for fault_state.c.  With EFLAGS.AC misaligned accesses fault
 * (SIGBUS, BUS_ADRALN), those of a handler too; in a kernel it is no odd state
 * but the access to user pages. */
#if __STDC_HOSTED__
#define CPU_STATES \
	{ \
		{"no state", 0}, \
		{ \
			"EFLAGS.AC", 0x40000 \
		} \
	}
#else
#define CPU_STATES \
	{ \
		{ \
			"no state", 0 \
		} \
	}
#endif

/* With DF left set a string instruction of the caller would run backward. */
#define CPU_STATE_CLEAR 0x400
#define CPU_STATE_CLEAR_AFTER_FAULT 0x40400

/* Raises SIGILL. */
static inline void cpu_illegal_instruction(void)
{
	__asm__ volatile("ud2");
}

#endif
