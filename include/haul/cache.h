/* SPDX-License-Identifier: MIT */
/*
 * Cache maintenance by address, for memory that a device reads or writes behind
 * the caches' back, and what of it this CPU can do at this privilege.
 *
 * Nothing here is a silent no-op: what cannot be done is refused, with the
 * reason in the report.
 *
 * Any thread, any signal handler.
 */
#ifndef HAUL_CACHE_H
#define HAUL_CACHE_H

#include <haul/base.h>
#include <haul/fault.h>

#ifdef __cplusplus
extern "C" {
#endif

enum haul_cache_op {
	HAUL_CACHE_CLEAN,     /* writes dirty lines to memory; they may stay in the cache,
				 where the CPU has an instruction for that */
	HAUL_CACHE_FLUSH,     /* writes dirty lines to memory, and drops all of them */
	HAUL_CACHE_INVALIDATE /* drops lines; what was dirty in them is lost, or written
				 where the CPU may do that instead */
};

enum { HAUL_CACHE_OPS = 3 };

enum haul_cache_why {
	HAUL_CACHE_USABLE,
	HAUL_CACHE_NO_INSTRUCTION, /* this CPU has none by address */
	HAUL_CACHE_PRIVILEGED,     /* never at this privilege */
	HAUL_CACHE_NOT_ENABLED,    /* the system has not allowed it at this privilege */
	HAUL_CACHE_NO_BLOCK,       /* nobody says how large a block is */
	HAUL_CACHE_NO_HAL          /* the Hal has no cache maintenance (haul/hal.h) */
};

struct haul_cache_report {
	size_t block;  /* bytes that one instruction works on, a power of two; 0: unknown */
	bool coherent; /* the CPU says that all its devices see its caches */
	struct {
		enum haul_cache_why why;
		const char *instruction; /* its name, as in the CPU's manual; "" for none */
	} ops[HAUL_CACHE_OPS];           /* by enum haul_cache_op */
};

HAUL_API void haul_cache_describe(struct haul_cache_report *report);

/* Words for why; never NULL. */
HAUL_API const char *haul_cache_why_text(enum haul_cache_why why);

/*
 * Does op to every block with a byte of [p, p + n), each once, in ascending order;
 * then whatever barrier it takes for devices to see it, and for the CPU's
 * later accesses to come after it.  *done are the bytes of the range before the block
 * that failed: n if none did.
 *
 * *fault, unless it is NULL, says why that one did, with the operand
 * HAUL_OPERAND_SRC.
 *
 * HAUL_CACHE_INVALIDATE of a part of a block drops what the rest of the block holds
 * as well: the caller sees to it that nothing of worth is there.
 *
 * Returns 0; -HAUL_ENOTSUP: not usable (haul_cache_describe); -HAUL_EINVAL: no such op;
 * -HAUL_EOVERFLOW: the end is beyond that of the address space; -HAUL_EFAULT: nothing is
 * mapped there, or the CPU refuses.  Blocks before *done have been done.
 */
HAUL_API int haul_cache_sync(enum haul_cache_op op, const void *p, size_t n, size_t *done,
			     struct haul_fault *fault);

#ifdef __cplusplus
}
#endif

#endif
