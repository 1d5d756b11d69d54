/* SPDX-License-Identifier: MIT */
/*
 * Barriers between a CPU and its devices, named for what they order.  They order
 * this CPU's accesses and hand nothing over: haul_dma_for_device and
 * haul_dma_for_cpu (haul/dma.h) do that, before and after.
 *
 * Any thread, any signal handler.  The sources are named in arch/<cpu>/barrier.S.
 */
#ifndef HAUL_BARRIER_H
#define HAUL_BARRIER_H

#include <haul/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Stores to memory before it are seen, by devices and CPUs, before stores to memory
 * after it: first the descriptor, then the index that publishes it. */
HAUL_API void haul_barrier_publish(void);

/* Loads of memory before it are done before loads and stores of memory after it:
 * first the index that a device has published, then what it stands for. */
HAUL_API void haul_barrier_consume(void);

/* Accesses of memory before it are seen before loads and stores of memory after it:
 * first the index is published, then it is looked at whether the device wants to be
 * told. */
HAUL_API void haul_barrier_full(void);

/* Stores to memory before it are seen by a device before it sees a store to its
 * registers after it: the doorbell. */
HAUL_API void haul_barrier_doorbell(void);

/* A load of a device's register before it is done before loads of memory after
 * it: the status that says that the DMA is complete. */
HAUL_API void haul_barrier_complete(void);

#ifdef __cplusplus
}
#endif

#endif
