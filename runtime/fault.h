/* SPDX-License-Identifier: MIT */
/* The public account of a fault. */
#ifndef HAUL_RUNTIME_FAULT_H
#define HAUL_RUNTIME_FAULT_H

#include "arch.h"

/* Writes *fault, unless fault is NULL: what facts say, or that nothing failed. */
void haul_fault_explain(struct haul_fault *fault, const struct haul_arch_facts *facts, bool failed);

#endif
