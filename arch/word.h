/* SPDX-License-Identifier: MIT */
/*
 * Single loads and stores, inline: the contract is in arch.h, the instructions
 * are in the port's word_cpu.h.
 *
 * A value that was loaded is stored to *value by the assembly, because gcc before
 * 11.5, 12.4 and 13.3 may miscompile outputs of asm goto (gcc bug 113921).
 * Always inline, so that the lint finds the access in unoptimised code too.
 */
#ifndef HAUL_ARCH_WORD_H
#define HAUL_ARCH_WORD_H

#include "arch.h"
#include "word_cpu.h"

#define HAUL_ARCH_WORD(bits, load, keep, store) \
	__attribute__((always_inline)) static inline bool haul_arch_word_load_u##bits( \
		const volatile void *p, uint##bits##_t *value) \
	{ \
		__asm__ goto("1: " load "\n" \
			     "2: " keep "\n" HAUL_EXTABLE_ENTRY("1b", "2b", "%l[failed]") \
			     : \
			     : "r"(p), "r"(value) \
			     : HAUL_ARCH_WORD_SCRATCH, "memory" \
			     : failed); \
		return true; \
	failed: \
		return false; \
	} \
\
	__attribute__((always_inline)) static inline bool haul_arch_word_store_u##bits( \
		volatile void *p, uint##bits##_t value) \
	{ \
		__asm__ goto("1: " store "\n" \
			     "2:\n" HAUL_EXTABLE_ENTRY("1b", "2b", "%l[failed]") \
			     : \
			     : "r"(p), "r"(value) \
			     : "memory" \
			     : failed); \
		return true; \
	failed: \
		return false; \
	}

HAUL_ARCH_WORDS(HAUL_ARCH_WORD)

#undef HAUL_ARCH_WORD

#endif
