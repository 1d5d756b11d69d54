/* SPDX-License-Identifier: MIT */
/* loongarch64: what the tests of faults must know of the CPU. */
#ifndef TESTS_CPU_H
#define TESTS_CPU_H

#include <stdbool.h>
#include <stdint.h>

/* 0: every address that is not translated is told (Linux: SIGBUS if it is not
 * the program's half, QEMU: SIGSEGV). */
#define CPU_NONCANONICAL ((uintptr_t)0)

/* Where the kernel's own text is mapped. */
#define CPU_KERNEL_ADDRESS ((uintptr_t)0x9000000000200000)

/* Odd states for fault_state.c: FCSR0, with every floating-point exception
 * trapping. */
#define CPU_STATES {{"no state", 0}, {"FCSR0's enables", 0x1f}}

/* Nothing to be found clear: FCSR0 is as the caller left it. */
#define CPU_STATE_CLEAR 0
#define CPU_STATE_CLEAR_AFTER_FAULT 0

/* Raises SIGILL. */
static inline void cpu_illegal_instruction(void)
{
	__asm__ volatile(".word 0xffffffff");
}

#endif
