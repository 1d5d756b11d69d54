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

/* Raises SIGILL. */
static inline void cpu_illegal_instruction(void)
{
	__asm__ volatile("ud2");
}

#endif
