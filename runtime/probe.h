/* SPDX-License-Identifier: MIT */
/*
 * Static probes for tracers (perf, bpftrace, SystemTap, gdb), provider "haul":
 * an instruction that does nothing, and a note in the object that says where
 * it is and where its arguments are.  Nothing where configure has not found
 * sys/sdt.h, and nothing in the library for kernels.
 *
 * Sizes and offsets are in bytes, addresses are the CPU's; direction and backing
 * are enum haul_dma_direction's and enum haul_dma_backing's.  Coherent buffers are
 * allocated, of both directions.
 *
 * dma_map         virt, size, direction, backing
 * dma_map_err     virt, size, direction, error
 * dma_unmap       virt, size, used, backing
 * dma_alloc       virt, size, direction, backing
 * dma_free        virt, size, used, backing
 * sync_device     off, len, direction, backing
 * sync_cpu        off, len, direction, backing
 * bounce_copy     destination, source, len
 * region_acquire  physical, size, policy, error
 * region_release  physical, size, error
 */
#ifndef HAUL_RUNTIME_PROBE_H
#define HAUL_RUNTIME_PROBE_H

#ifdef HAUL_PROBES
#ifdef __clang__ /* where it may choose, it stores what is in a register to memory */
#define STAP_SDT_ARG_CONSTRAINT nr
#endif
#include <sys/sdt.h>

#define HAUL_PROBE3(name, a, b, c) DTRACE_PROBE3(haul, name, a, b, c)
#define HAUL_PROBE4(name, a, b, c, d) DTRACE_PROBE4(haul, name, a, b, c, d)
#else
#define HAUL_PROBE3(name, a, b, c) ((void)(a), (void)(b), (void)(c))
#define HAUL_PROBE4(name, a, b, c, d) ((void)(a), (void)(b), (void)(c), (void)(d))
#endif

#endif
