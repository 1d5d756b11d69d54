/* SPDX-License-Identifier: MIT */
/*
 * A model of a virtio device on PCI: its structures' registers, on tests/pci_model.h's function and
 * tests/virtio_registers.h's windows.  It fails the test on any access of the wrong width, order,
 * direction or state (virtio 1.4, 4.1); what it does wrong itself the test sets.
 */
#ifndef VIRTIO_PCI_MODEL_H
#define VIRTIO_PCI_MODEL_H

#include "pci_model.h"
#include <haul/virtio_pci.h>

/* Where everything is: the structures in BAR 4, MSI-X's table in BAR 1. */
enum {
	MODEL_BAR = 4,
	MODEL_BAR_SIZE = 0x8000,
	MODEL_COMMON = 0x1000,
	MODEL_ISR = 0x2003,
	MODEL_CONFIG = 0x3000,
	MODEL_NOTIFY = 0x4000,
	MODEL_NOTIFY_SIZE = 0x1000,
	MODEL_SHARED = 0x6000,
	MODEL_MSIX_BAR = 1,
	MODEL_MSIX = 0x800,
	MODEL_VECTORS = 4,
	MODEL_QUEUES = 3,
	MODEL_CONFIG_SIZE = 16, /* fields of 1, 2, 4 and 8 bytes at 0, 2, 4 and 8 */
	MODEL_MULTIPLIER = 4
};
#define MODEL_ADDRESS UINT64_C(0x480000000) /* of BAR 4 */

/* Where its capabilities are. */
enum {
	CAP_COMMON = 0x40,
	CAP_NOTIFY = 0x54,
	CAP_ISR = 0x68,
	CAP_CONFIG = 0x78,
	CAP_SHARED = 0x88,
	CAP_MSIX = 0xa0,
	CAP_SPARE = 0xb0 /* there is room */
};

struct model_queue {
	uint16_t max, size, vector, enable, notify_off, notify_data, reset;
	uint64_t addresses[3];
	unsigned halves; /* of them that were written, by bits */
	bool sized, vector_read, was_reset;
	unsigned kicks;
	uint32_t kick; /* the last */
};

struct virtio_pci_model {
	struct pci_model pci;
	struct pci_model_function *function;
	struct pci_model_table table;
	uint32_t offered[4], accepted[4];
	uint32_t device_select, driver_select;
	uint16_t select, num_queues, config_vector;
	uint8_t status, generation, isr;
	unsigned resets, words_read; /* of features, by bits */
	struct model_queue queues[MODEL_QUEUES];
	unsigned char config[MODEL_CONFIG_SIZE];
	uint32_t multiplier; /* as the capability should say */
	size_t accesses;     /* of registers */
	/* what it does wrong */
	size_t goes;          /* after so many accesses it is gone; 0: never */
	int goes_by;          /* 1: all ones; 2: faults */
	unsigned reset_reads; /* times that the status is read before it is 0 */
	unsigned queue_reads; /* the same of queue_reset */
	unsigned reset_waits; /* of those that are left */
	bool refuses_vectors; /* NO_VECTOR is read back */
	int vector_lie;       /* is added to what is read back */
	bool keeps_enabled;   /* after the reset of a queue */
	/* what the caller's mapping does, and has done */
	unsigned maps, unmaps;
	int map_err;
	uint64_t map_err_at; /* an offset in BAR 4, or 0: everywhere */
};

extern struct virtio_pci_model model;

/* A block device that does all right, with everything; then again from the registers' reset. */
void model_begin(void);

/* How its BARs are mapped. */
extern const struct haul_pci_map model_map;

/* Its function, found and with its BARs known. */
void model_function(struct haul_pci_function *function);

/* A capability of that type at off; next as it is. */
void model_capability(uint8_t off, unsigned type, unsigned bar, uint32_t at, uint32_t size);
void model_capability_id(uint8_t off, unsigned id, uint32_t at_high, uint32_t size_high);

bool model_accepted(unsigned feature);

#endif
