/* SPDX-License-Identifier: MIT */
/* The boards' PCI functions: haul/pci.h, and where a board has it all. */
#ifndef BARE_PCI_H
#define BARE_PCI_H

#include <haul/pci.h>
#include <stdbool.h>

/* The next function; *position is 0 at first.  Its BARs are known, and have addresses, which it
 * does not answer at yet.  False: no more, or no PCI. */
bool pci_next(uint32_t *position, struct haul_pci_function *function);

/* How its BARs are mapped; nothing needs to be unmapped. */
extern const struct haul_pci_map pci_map;

/* The registers behind BAR 0 of the device with this vendor (the lower half) and
 * device number, which from now on answers there and may do DMA. */
struct haul_region pci_open(uint32_t id);

#endif
