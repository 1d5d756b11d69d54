/* SPDX-License-Identifier: MIT */
#include "mmio_ordered.h"
#include <haul/barrier.h>
#include <haul/platform.h>

/* The library has its own for itself. */
static void yield(void)
{
}

#define haul_barrier_doorbell mmio_barrier_doorbell
#define haul_platform_yield yield

#include "virtio/virtio.c"
