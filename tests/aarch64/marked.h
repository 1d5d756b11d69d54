/* SPDX-License-Identifier: MIT */
/* aarch64: instructions that a program marks for haul's exception table. */
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
	__asm__ goto("1: ldrb w9, [%0]\n"
		     "2: strb w9, [%1]\n" TEST_MARK("1b", "2b", "%l2")
		     :
		     : "r"(p), "r"(value)
		     : "x9", "memory"
		     : fault);
	return true;
fault:
	return false;
}

/* As the example in the comment of HAUL_EXTABLE_ENTRY. */
#define MARKED_EXAMPLE(p, fault) \
	__asm__ goto("1: ldrb w9, [%0]\n2:\n" HAUL_EXTABLE_ENTRY("1b", "2b", "%l1") \
		     : \
		     : "r"(p) \
		     : "x9", "memory" \
		     : fault)

/* x0 to x30 without x18, the platform's; x0 is the pointer that is loaded
 * through. */
enum { MARKED_REGISTERS = 30, MARKED_POINTER = 0 };

/* Loads the registers from before, then a byte through the pointer.  Returns 1
 * if that faulted, with the registers that the fixup found in after; else 0. */
int marked_registers(const uint64_t *before, uint64_t *after);

/* int code(const void *p): loads a byte; returns 0, or 1 from the fixup. */
static const unsigned char marked_jit_code[] = {
	0x5f, 0x24, 0x03, 0xd5,                         /* bti c */
	0x00, 0x00, 0x40, 0x39,                         /* ldrb w0, [x0] */
	0x00, 0x00, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6, /* mov w0, 0; ret */
	0x20, 0x00, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6, /* mov w0, 1; ret */
};
#define MARKED_JIT_INSN 4
#define MARKED_JIT_LEN 4
#define MARKED_JIT_FIXUP 16

#endif
