/* SPDX-License-Identifier: MIT */
/* x86_64: instructions that a program marks for haul's exception table. */
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
	__asm__ goto("1: movzbl (%0), %%eax\n"
		     "2: movb %%al, (%1)\n" TEST_MARK("1b", "2b", "%l2")
		     :
		     : "r"(p), "r"(value)
		     : "rax", "memory"
		     : fault);
	return true;
fault:
	return false;
}

/* The example in the comment of HAUL_EXTABLE_ENTRY. */
#define MARKED_EXAMPLE(p, fault) \
	__asm__ goto("1: movb (%0), %%al\n2:\n" HAUL_EXTABLE_ENTRY("1b", "2b", "%l1") \
		     : \
		     : "r"(p) \
		     : "rax", "memory" \
		     : fault)

/* rax to r15 without rsp; rax is the pointer that is loaded through. */
enum { MARKED_REGISTERS = 15, MARKED_POINTER = 0 };

/* Loads the registers from before, then a byte through the pointer.  Returns 1
 * if that faulted, with the registers that the fixup found in after; else 0. */
int marked_registers(const uint64_t *before, uint64_t *after);

/* int code(const void *p): loads a byte; returns 0, or 1 from the fixup. */
static const unsigned char marked_jit_code[] = {
	0xf3, 0x0f, 0x1e, 0xfa,             /* endbr64 */
	0x8a, 0x07,                         /* mov (%rdi), %al */
	0x31, 0xc0,                         /* xor %eax, %eax */
	0xc3,                               /* ret */
	0xb8, 0x01, 0x00, 0x00, 0x00, 0xc3, /* mov $1, %eax; ret */
};
#define MARKED_JIT_INSN 4
#define MARKED_JIT_LEN 2
#define MARKED_JIT_FIXUP 9

#endif
