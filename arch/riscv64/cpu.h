/* SPDX-License-Identifier: MIT */
/* riscv64: what cpu.c must be told of the CPU, by cpu-linux.c or cpu-bare.c. */
#ifndef HAUL_ARCH_CPU_H
#define HAUL_ARCH_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct haul_arch_cpu {
	bool vector;          /* V 1.0, switched on */
	bool misaligned;      /* scalar accesses work, */
	bool misaligned_fast; /* and as fast as others do */
	uint64_t zero_block;  /* bytes that cbo.zero sets, 0: it is not there */
};

void haul_arch_cpu_ask(struct haul_arch_cpu *cpu);

#endif
