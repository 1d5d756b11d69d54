/* SPDX-License-Identifier: MIT */
/* loongarch64: what the tests of faults must know of the CPU. */
#ifndef TESTS_CPU_H
#define TESTS_CPU_H

#include <stdbool.h>
#include <stdint.h>

/* There are some, but with an address: CPU_NOWHERE, trap.h. */
#define CPU_NONCANONICAL ((uintptr_t)0)

/* An address of the upper half is an error to a program: Linux sends SIGBUS for
 * it, with the address, and QEMU SIGSEGV, without.  To a kernel it is like any
 * other. */
#if __STDC_HOSTED__
#define CPU_KERNEL_ADDRESS ((uintptr_t)0)
#else
#define CPU_KERNEL_ADDRESS ((uintptr_t)0xffff800000200000)
#endif

/* Odd states for fault_state.c: FCSR0, with every floating-point exception
 * trapping. */
#define CPU_STATES \
	{ \
		{"no state", 0}, \
		{ \
			"FCSR0's enables", 0x1f \
		} \
	}

/* Nothing to be found clear: FCSR0 is as the caller left it. */
#define CPU_STATE_CLEAR 0
#define CPU_STATE_CLEAR_AFTER_FAULT 0

/* Raises SIGILL. */
static inline void cpu_illegal_instruction(void)
{
	__asm__ volatile(".word 0xffffffff");
}

#endif
