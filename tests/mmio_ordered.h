/* SPDX-License-Identifier: MIT */
/* Where the barrier before doorbells stands: haul_barrier_doorbell is a function of the test's in
 * what is compiled behind this header. */
#ifndef MMIO_ORDERED_H
#define MMIO_ORDERED_H

#define haul_barrier_doorbell mmio_barrier_doorbell
#include <haul/barrier.h>

#endif
