/* SPDX-License-Identifier: MIT */
/*
 * The exception table: which instructions may fault, and where to go on.
 *
 * haul's own routines mark their instructions with this table.  So can a
 * program with instructions of its own (inline assembly, a JIT): it lays out
 * entries, registers them, and from then on a fault at a marked instruction
 * resumes at the entry's fixup.
 *
 * Entries are position-independent: both addresses are 32-bit distances from
 * the field that holds them, so a table needs no dynamic relocation and must
 * lie within 2 GiB of its code.
 */
#ifndef HAUL_EXTABLE_H
#define HAUL_EXTABLE_H

#include <haul/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct haul_extable_entry {
	int32_t insn;    /* address of the first marked byte - address of this field */
	int32_t fixup;   /* address to resume at - address of this field */
	uint16_t len;    /* bytes of code marked; the PC of the fault lies in
			    [insn, insn + len) */
	uint8_t operand; /* enum haul_operand: the side that this code accesses */
	uint8_t facts;   /* nonzero: the fixup takes the fault's facts in registers,
			    as arch/arch.h states for haul's own routines;
			    zero: nothing but the PC changes */
};

/*
 * The text of an entry for inline assembly: instructions from label begin to
 * label end resume at label fixup, nothing but the PC changed.  For example
 *   asm goto("1: movb (%0), %%al\n2:\n" HAUL_EXTABLE_ENTRY("1b", "2b", "%l1")
 *            : : "r"(p) : "rax", "memory" : fault);
 * puts the entry into section haul_extable of the object it is compiled into;
 * that object registers [__start_haul_extable, __stop_haul_extable), declared
 * hidden.  Objects that link haul statically share haul's own table and need
 * not register.
 */
#define HAUL_EXTABLE_ENTRY(begin, end, fixup) \
	".pushsection haul_extable, \"aR\"\n" \
	".balign 4\n" \
	".long " begin " - .\n" \
	".long " fixup " - .\n" \
	".short " end " - " begin "\n" \
	".byte 0, 0\n" \
	".popsection\n"

/*
 * Adds the entries in [start, end) to those that faults are looked up in.
 * The memory stays the caller's and must stay mapped and unchanged until
 * unregistered.  At most 64 tables at a time.
 *
 * Returns 0; -HAUL_EINVAL if the range is empty, inverted, misaligned or not a
 * whole number of entries; -HAUL_EEXIST if a table at start is registered
 * already; -HAUL_ENOSPC.  Any thread; not from a signal handler.
 */
HAUL_API int haul_extable_register(const void *start, const void *end);

/*
 * Removes the table at start.  When this returns no new look-up reads it, and
 * those that were reading it have finished.
 * Returns 0; -HAUL_ENOENT.  Any thread; not from a signal handler.
 */
HAUL_API int haul_extable_unregister(const void *start);

#ifdef __cplusplus
}
#endif

#endif
