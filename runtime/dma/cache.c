/* SPDX-License-Identifier: MIT */
/* Cache maintenance: what is refused, and the account of what is done. */
#include "arch.h"
#include "fault.h"
#include "tune.h"
#include <haul/cache.h>

/* No walk ends with blocks of another size. */
static bool is_block(size_t size)
{
	return size && (size & (size - 1)) == 0;
}

static void describe(struct haul_cache_report *report)
{
	haul_arch_detect();
	haul_arch_cache_describe(report);
	if (is_block(report->block))
		return;
	report->block = 0;
	for (unsigned op = 0; op < HAUL_CACHE_OPS; op++)
		if (report->ops[op].why == HAUL_CACHE_USABLE)
			report->ops[op].why = HAUL_CACHE_NO_BLOCK;
}

void haul_cache_describe(struct haul_cache_report *report)
{
	haul_tune_resolve(); /* else what is named is not what will run */
	describe(report);
}

const char *haul_cache_why_text(enum haul_cache_why why)
{
	static const char *const texts[] = {
		[HAUL_CACHE_USABLE] = "usable",
		[HAUL_CACHE_NO_INSTRUCTION] = "the CPU has no instruction for it",
		[HAUL_CACHE_PRIVILEGED] = "not at this privilege",
		[HAUL_CACHE_NOT_ENABLED] = "not enabled by the system",
		[HAUL_CACHE_NO_BLOCK] = "the size of a block is unknown",
		[HAUL_CACHE_NO_HAL] = "the Hal has none",
	};

	return (unsigned)why < sizeof texts / sizeof *texts ? texts[why] : "unknown";
}

/* An empty range has no end. */
static bool wraps(const void *p, size_t n)
{
	return n && n - 1 > UINTPTR_MAX - (uintptr_t)p;
}

int haul_cache_sync(enum haul_cache_op op, const void *p, size_t n, size_t *done,
		    struct haul_fault *fault)
{
	struct haul_cache_report report;
	struct haul_arch_facts facts;

	if ((unsigned)op >= HAUL_CACHE_OPS)
		return haul_fault_refuse(-HAUL_EINVAL, done, fault);
	describe(&report);
	if (report.ops[op].why != HAUL_CACHE_USABLE)
		return haul_fault_refuse(-HAUL_ENOTSUP, done, fault);
	if (wraps(p, n))
		return haul_fault_refuse(-HAUL_EOVERFLOW, done, fault);
	*done = haul_arch_cache[op](p, n, report.block, &facts);
	haul_fault_explain(fault, &facts, *done < n);
	return *done < n ? -HAUL_EFAULT : 0;
}
