/* SPDX-License-Identifier: MIT */
/*
 * aarch64: for each width the load from %0, the store of what was loaded to %1,
 * and the store of %1 to %0.
 *
 * The address is in a base register alone: of an access without write-back, of
 * one general register, the syndrome tells a hypervisor all that it needs (Arm
 * ARM, ISS encoding for a Data Abort: ISV).
 */
#ifndef HAUL_ARCH_WORD_CPU_H
#define HAUL_ARCH_WORD_CPU_H

#define HAUL_ARCH_WORD_SCRATCH "x9"

#define HAUL_ARCH_WORDS(WORD) \
	WORD(8, "ldrb w9, [%0]", "strb w9, [%1]", "strb %w1, [%0]") \
	WORD(16, "ldrh w9, [%0]", "strh w9, [%1]", "strh %w1, [%0]") \
	WORD(32, "ldr w9, [%0]", "str w9, [%1]", "str %w1, [%0]") \
	WORD(64, "ldr x9, [%0]", "str x9, [%1]", "str %1, [%0]")

#endif
