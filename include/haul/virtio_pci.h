/* SPDX-License-Identifier: MIT */
/*
 * The virtio transport over PCI (virtio specification 1.4, section 4.1): of devices that are
 * not legacy ones; transitional devices are used by their modern interface.
 *
 *	struct haul_pci_function function;          which one: haul_pci_next
 *	haul_pci_bars(&function);                   and haul_pci_assign, without firmware
 *	haul_virtio_pci_open(&pci, &function, &map, &transport);
 *	haul_virtio_pci_msix(&pci);                 or interrupts are by pin
 *	haul_virtio_open(&device, &transport, ...); haul/virtio.h
 *
 * Of each structure the first is used that can be: within a BAR of memory that has an address,
 * aligned, large enough, and mapped.  Where the function is gone, operations are -HAUL_ENODEV:
 * its registers fault, or read as all ones and so does its status.
 *
 * Interrupts.  With MSI-X each event has a vector of the table, which pci->msix is
 * (haul_pci_msix_set, haul_pci_msix_mask): a queue's is given when it is opened, that of changes of
 * the configuration to haul_virtio_open (options.config_vector), and one may be both.
 * A device may have no resources left for one: then setting it is -HAUL_ENOSPC; try a vector
 * that another event has already, or HAUL_VIRTIO_NO_VECTOR and poll.  Which event it was is
 * known by the vector: the operation `interrupt` touches no register then, and gives both causes.
 * Without MSI-X `interrupt` reads the cause, once, which ends the interrupt.
 */
#ifndef HAUL_VIRTIO_PCI_H
#define HAUL_VIRTIO_PCI_H

#include <haul/pci.h>
#include <haul/virtio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct haul_virtio_pci {
	struct haul_pci_function function;
	struct haul_pci_map map;
	struct haul_region common, notify, isr, config; /* size 0: there is none */
	uint32_t multiplier;                            /* of notify offsets */
	bool wide;                                      /* doorbells may be of 32 bits */
	struct haul_pci_msix msix;                      /* vectors 0: off */
	uint32_t accepted;                              /* features 32 to 63 */
	uint32_t queues;                                /* those below it may have a vector */
};

/*
 * Finds the device's structures, maps them, lets the function answer at its BARs, and takes DMA
 * from it; it has that again from when its status gets DRIVER.  function->bars must be known.
 * *transport is then for haul_virtio_open; its operations' close takes DMA away once more, turns
 * MSI-X off and unmaps.  *pci must not be moved or copied.
 *
 * -HAUL_ENODEV: no virtio device, or it is gone; -HAUL_ENOTSUP: a legacy device;
 * -HAUL_EPROTO: a structure that must be there is not, or none of its kind can be used. Else what
 * mapping it failed with.
 */
HAUL_API int haul_virtio_pci_open(struct haul_virtio_pci *pci,
				  const struct haul_pci_function *function,
				  const struct haul_pci_map *map,
				  struct haul_virtio_transport *transport);

/* Turns MSI-X on, with every vector masked, until the transport is closed; before any queue is set
 * up.  Errors as haul_pci_msix_open; then interrupts stay as they are. */
HAUL_API int haul_virtio_pci_msix(struct haul_virtio_pci *pci);

#ifdef __cplusplus
}
#endif

#endif
