/* SPDX-License-Identifier: MIT */
/* Look-up in the exception tables. */
#ifndef HAUL_RUNTIME_EXTABLE_H
#define HAUL_RUNTIME_EXTABLE_H

#include <haul/extable.h>
#include <stdbool.h>

struct haul_extable_match {
	uintptr_t fixup;
	uint8_t operand; /* enum haul_operand */
	bool facts;      /* the fixup takes the facts in registers */
};

/* True if pc lies in a marked instruction.  Async-signal-safe, lock-free. */
bool haul_extable_find(uintptr_t pc, struct haul_extable_match *match);

#endif
