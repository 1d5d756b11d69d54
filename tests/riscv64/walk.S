/* SPDX-License-Identifier: MIT */
/*
 * uintptr_t *test_walk(const void *p, size_t n, size_t block, uintptr_t *log)
 *
 * The walk of cache.S, whose operation here writes the block's address to *log++; returns
 * log.  Nothing of the range is touched.
 */
#include "asm.h"
#include "cache-walk.h"

#define log facts

.macro NOTE address:req
	sd	\address, (log)
	addi	log, log, 8
.endm

FUNC test_walk
	WALK	NOTE
	mv	a0, log
	ret
END_FUNC test_walk
