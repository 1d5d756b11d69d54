/* SPDX-License-Identifier: MIT */
/* A device's states once more (runtime/virtio/virtio.c), where the barrier before doorbells is a
 * function of the test's. */
#ifndef MMIO_ORDERED_H
#define MMIO_ORDERED_H

void mmio_barrier_doorbell(void);

#endif
