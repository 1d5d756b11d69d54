/* SPDX-License-Identifier: MIT */
/* The virtio devices that boards/run gives a board. */
#ifndef BARE_VIRTIO_H
#define BARE_VIRTIO_H

#include <haul/virtio_mmio.h>
#include <haul/virtio_pci.h>

/* Stays where it is as long as the device is used. */
struct virtio_found {
	struct haul_virtio_transport transport;
	struct haul_virtio_mmio mmio;
	struct haul_virtio_pci pci;
	unsigned line; /* of its interrupt */
};

/* The device of that type, but for so many, where HAUL_TEST_VIRTIO says that they are: what
 * boards/run was told by -virtio.  At most one is looked for at a time. */
void virtio_find(struct virtio_found *found, uint32_t type, unsigned but);

/* Are they PCI's? */
bool virtio_by_pci(void);

#endif
