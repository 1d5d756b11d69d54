/* SPDX-License-Identifier: MIT */
/* The model of tests/virtio_pci_model.h, driven by haul/virtio.h. */
#ifndef VIRTIO_PCI_DEVICE_H
#define VIRTIO_PCI_DEVICE_H

#include "virtio_pci_model.h"

enum { SLOTS = 64 };

struct virtio_pci_device {
	struct haul_pci_function function;
	struct haul_virtio_pci pci;
	struct haul_virtio_transport transport;
	struct haul_virtio virtio;
	struct haul_virtio_queue queues[MODEL_QUEUES];
	uint64_t timeout; /* of the device, ns */
	bool has_config_vector;
	uint16_t config_vector;
};

extern struct virtio_pci_device device;

/* A block device's driver that wants nothing of it. */
extern const struct haul_virtio_driver device_driver;

/* The model anew, and its transport. */
int device_open(void);

/* From there; the first error. */
int device_begin(enum haul_virtio_policy policy);  /* to FEATURES_OK */
int device_queue(unsigned index, uint16_t vector); /* one set up */
int device_start(enum haul_virtio_policy policy);  /* all, with one request shown to queue 0 */
int device_kick(unsigned index);                   /* one request more */

/* Closes it, and sees that nothing is left: mapped, allocated, or allowed to do DMA. */
void device_close(void);

#endif
