/* SPDX-License-Identifier: MIT */
/* What calls make of a fault. */
#ifndef HAUL_RUNTIME_FAULT_H
#define HAUL_RUNTIME_FAULT_H

#include "arch.h"
#include <haul/io.h>

/* The public account: writes *fault, unless fault is NULL, as facts say, or that
 * nothing failed. */
void haul_fault_explain(struct haul_fault *fault, const struct haul_arch_facts *facts, bool failed);

/* The results of a call that is refused: nothing done, nothing failed. */
static inline int haul_fault_refuse(int err, size_t *done, struct haul_fault *fault)
{
	*done = 0;
	haul_fault_explain(fault, NULL, false);
	return err;
}

/* The status of a device's single access that failed. */
static inline int haul_fault_of_device(const struct haul_io *how)
{
	return how->flags & HAUL_IO_ONES ? 0 : -HAUL_EFAULT;
}

#endif
