/* SPDX-License-Identifier: MIT */
/* What bench/insn.py tells the programs that make calls for it. */
#ifndef INSN_H
#define INSN_H

#include <stddef.h>
#include <stdint.h>

/* One type for all, as registers are all that matters; none is NULL, which few
 * take. */
typedef uintptr_t memory_function(unsigned char *dst, uintptr_t second, size_t n, void *none);

struct call {
	uint32_t n, dst, second; /* bytes; offset in buffer; the same, or memset's value */
};

enum { BUFFER = 1 << 20, BUFFER_ALIGN = 1 << 16, CALLS = 1 << 20 };

#endif
