/* SPDX-License-Identifier: MIT */
/* riscv64: instructions that a program marks for haul's exception table. */
#ifndef TESTS_MARKED_H
#define TESTS_MARKED_H

#include <haul/extable.h>
#include <stdbool.h>
#include <stdint.h>

/* As HAUL_EXTABLE_ENTRY, but into a table of the test's own, which is never
 * one with haul's when haul is linked statically. */
#define TEST_MARK(begin, end, fixup) \
	".pushsection test_marks, \"aR\"\n" \
	".balign 4\n" \
	".long " begin " - .\n" \
	".long " fixup " - .\n" \
	".short " end " - " begin "\n" \
	".byte 0, 0\n" \
	".popsection\n"

/* *value = *p; false, *value unchanged, if that faults. */
__attribute__((noinline)) static bool marked_load(const unsigned char *p, unsigned char *value)
{
	__asm__ goto("1: lbu t0, (%0)\n"
		     "2: sb t0, (%1)\n" TEST_MARK("1b", "2b", "%l2")
		     :
		     : "r"(p), "r"(value)
		     : "t0", "memory"
		     : fault);
	return true;
fault:
	return false;
}

/* As the example in the comment of HAUL_EXTABLE_ENTRY. */
#define MARKED_EXAMPLE(p, fault) \
	__asm__ goto("1: lb t0, (%0)\n2:\n" HAUL_EXTABLE_ENTRY("1b", "2b", "%l1") \
		     : \
		     : "r"(p) \
		     : "t0", "memory" \
		     : fault)

/* In the order of marked.S; a0 is the pointer that is loaded through. */
enum { MARKED_REGISTERS = 28, MARKED_POINTER = 1 };

/* Loads the registers from before, then a byte through the pointer.  Returns 1
 * if that faulted, with the registers that the fixup found in after; else 0. */
int marked_registers(const uint64_t *before, uint64_t *after);

/* int code(const void *p): loads a byte; returns 0, or 1 from the fixup. */
static const unsigned char marked_jit_code[] = {
	0x83, 0x02, 0x05, 0x00, /* lb t0, (a0) */
	0x01, 0x45, 0x82, 0x80, /* li a0, 0; ret */
	0x05, 0x45, 0x82, 0x80, /* li a0, 1; ret */
};
#define MARKED_JIT_INSN 0
#define MARKED_JIT_LEN 4
#define MARKED_JIT_FIXUP 8

#endif
