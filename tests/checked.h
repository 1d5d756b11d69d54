/* SPDX-License-Identifier: MIT */
/*
 * Included before all of a test's sources (-include), so that each device has a
 * checker: what is legal must not be reported.  What is refused may be.
 */
#ifndef CHECKED_H
#define CHECKED_H

#include <haul/check.h>
#include <stdbool.h>

/* Has a test the same bytes in a list twice? */
#ifndef CHECKED_OVERLAPS
#define CHECKED_OVERLAPS false
#endif

int checked_device_init(struct haul_dma_device *device, const struct haul_hal *hal,
			const struct haul_dma_limits *limits);

#define haul_dma_device_init checked_device_init

#endif
