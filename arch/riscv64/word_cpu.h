/* SPDX-License-Identifier: MIT */
/* riscv64: for each width the load from %0, the store of what was loaded to %1,
 * and the store of %1 to %0. */
#ifndef HAUL_ARCH_WORD_CPU_H
#define HAUL_ARCH_WORD_CPU_H

#define HAUL_ARCH_WORD_SCRATCH "t0"

#define HAUL_ARCH_WORDS(WORD) \
	WORD(8, "lbu t0, (%0)", "sb t0, (%1)", "sb %1, (%0)") \
	WORD(16, "lhu t0, (%0)", "sh t0, (%1)", "sh %1, (%0)") \
	WORD(32, "lwu t0, (%0)", "sw t0, (%1)", "sw %1, (%0)") \
	WORD(64, "ld t0, (%0)", "sd t0, (%1)", "sd %1, (%0)")

#endif
