/* SPDX-License-Identifier: MIT */
/* aarch64: tags of memory (MTE) and of pointers, for fault_tag.c. */
#ifndef TESTS_TAG_H
#define TESTS_TAG_H

#include <haul/fault.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that have a tag in common. */
#define CPU_TAG_GRANULE 16

/* p with another tag; the CPU ignores the eight bits in addressing memory. */
static inline void *cpu_tag_pointer(const void *p, unsigned tag)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
	return (void *)(((uintptr_t)p & 0xffffffffffffff) | (uintptr_t)tag << 56);
}

/* Gives the granule at p the tag of p. */
static inline void cpu_tag_store(void *p)
{
	register void *granule __asm__("x0") = p;

	__asm__ volatile(".inst 0xd9200800" : : "r"(granule) : "memory"); /* stg x0, [x0] */
}

/*
 * By system:
 * cpu_tag_ignore    pointers may have tags, and memory's are not looked at
 * cpu_tag_map       makes memory whose tags are checked, in this thread, or says
 *                   why not; NULL if it does
 * cpu_tag_told      the fault is one of a tag
 */
#if __STDC_HOSTED__

#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>

static inline void cpu_tag_ignore(void)
{
}

static inline const char *cpu_tag_map(size_t size, unsigned char **base)
{
	enum { CAP_MTE = 1 << 18, SET_TAG_CONTROL = 55, TAG_PROTECTION = 0x20 };
	enum { TAGGED_ADDRESSES = 1, SYNCHRONOUS = 2, ALL_TAGS_BUT_0 = 0xfffe << 3 };
	void *p;

	if (!(getauxval(AT_HWCAP2) & CAP_MTE))
		return "this CPU has no memory tags";
	if (prctl(SET_TAG_CONTROL, TAGGED_ADDRESSES | SYNCHRONOUS | ALL_TAGS_BUT_0, 0, 0, 0))
		return "this kernel has no memory tags";
	p = mmap(NULL, size, PROT_READ | PROT_WRITE | TAG_PROTECTION, MAP_PRIVATE | MAP_ANONYMOUS,
		 -1, 0);
	if (p == MAP_FAILED)
		return "no memory with tags";
	*base = p;
	return NULL;
}

static inline bool cpu_tag_told(const struct haul_fault *fault)
{
	return fault->signo == SIGSEGV && fault->code == SEGV_MTESERR;
}

#else

#include "board.h"

#define CPU_TAG_CHANGE(reg, clear, set) \
	({ \
		uint64_t value; \
		__asm__ volatile("mrs %0, " #reg : "=r"(value)); \
		value = (value & ~(uint64_t)(clear)) | (uint64_t)(set); \
		__asm__ volatile("msr " #reg ", %0\n\tisb" : : "r"(value) : "memory"); \
	})

/* Of SCTLR_EL1: tags can be accessed, and a wrong one is a fault at once. */
#define CPU_TAG_CHECKED ((uint64_t)1 << 43 | (uint64_t)1 << 40)

static inline void cpu_tag_ignore(void)
{
	CPU_TAG_CHANGE(tcr_el1, 0, (uint64_t)1 << 37); /* TBI0 */
	CPU_TAG_CHANGE(sctlr_el1, CPU_TAG_CHECKED, 0);
}

/* The memory of all that has no other tag has tag 0, as its pointers do. */
static inline const char *cpu_tag_map(size_t size, unsigned char **base)
{
	const uint64_t tagged_cached = 0x04f0; /* MAIR_EL1 of start.S, and tags */
	uint64_t features;

	__asm__("mrs %0, id_aa64pfr1_el1" : "=r"(features));
	if ((features >> 8 & 0xf) < 2)
		return "this CPU has no memory tags";
	*base = board_alloc(size);
	if (!*base)
		return "no memory";
	cpu_tag_ignore();
	__asm__ volatile("msr mair_el1, %0\n\tisb\n\ttlbi vmalle1\n\tdsb nsh"
			 :
			 : "r"(tagged_cached)
			 : "memory");
	CPU_TAG_CHANGE(sctlr_el1, 0, CPU_TAG_CHECKED);
	__asm__ volatile("msr s3_3_c4_c2_7, xzr"); /* TCO: tags are checked */
	return NULL;
}

static inline bool cpu_tag_told(const struct haul_fault *fault)
{
	return fault->signo == 0x25 && (fault->code & 0x3f) == 0x11;
}

#endif
#endif
