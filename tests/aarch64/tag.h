/* SPDX-License-Identifier: MIT */
/* aarch64: tags of memory and of pointers, for fault_tag.c. */
#ifndef TESTS_TAG_H
#define TESTS_TAG_H

#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>

/* Bytes that have a tag in common (MTE). */
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
