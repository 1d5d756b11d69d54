/* SPDX-License-Identifier: MIT */
/* aarch64: what the tests of faults must know of the CPU. */
#ifndef TESTS_CPU_H
#define TESTS_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>

/* 0: an address that no page table can hold is a page fault like any other. */
#define CPU_NONCANONICAL ((uintptr_t)0)

/* Where the kernel's own text is mapped. */
#define CPU_KERNEL_ADDRESS ((uintptr_t)0xffff800080000000)

/* Odd states for fault_state.c: bits of FPCR that change what floating-point
 * instructions do with denormal numbers, NaNs and the sign of zero. */
#define CPU_STATES \
	{ \
		{"no state", 0}, \
		{ \
			"FPCR.FZ and DN", 0x3000000 \
		} \
	}

/* Nothing of it is to be cleared: it stays as the caller had it. */
#define CPU_STATE_CLEAR 0
#define CPU_STATE_CLEAR_AFTER_FAULT 0

/* Raises SIGILL. */
static inline void cpu_illegal_instruction(void)
{
	__asm__ volatile("udf #0");
}

/* For fault_tag.c: bytes that have a tag in common (MTE). */
#define CPU_TAG_GRANULE 16

/* The variant whose accesses QEMU 10 does not check. */
#define CPU_TAG_UNCHECKED "memcpy=sve"

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

/* Maps memory whose tags are checked, in this thread; NULL or why not. */
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

#endif
