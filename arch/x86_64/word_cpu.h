/* SPDX-License-Identifier: MIT */
/*
 * x86_64: for each width the load from %0, the store of what was loaded to %1,
 * and the store of %1 to %0.
 *
 * Narrow values are loaded zero-extended, which does not wait for what the
 * register held before.
 */
#ifndef HAUL_ARCH_WORD_CPU_H
#define HAUL_ARCH_WORD_CPU_H

#define HAUL_ARCH_WORD_SCRATCH "rax"

#define HAUL_ARCH_WORDS(WORD) \
	WORD(8, "movzbl (%0), %%eax", "movb %%al, (%1)", "movb %1, (%0)") \
	WORD(16, "movzwl (%0), %%eax", "movw %%ax, (%1)", "movw %1, (%0)") \
	WORD(32, "movl (%0), %%eax", "movl %%eax, (%1)", "movl %1, (%0)") \
	WORD(64, "movq (%0), %%rax", "movq %%rax, (%1)", "movq %1, (%0)")

#endif
