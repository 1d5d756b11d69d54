/* SPDX-License-Identifier: MIT */
/* How tests get at the devices of the boards. */
#ifndef BARE_ACQUIRE_H
#define BARE_ACQUIRE_H

#include <haul/region.h>

/* The window of one device, acquired from a registry. */
struct haul_region device_acquire(uint64_t physical, size_t size);

#endif
