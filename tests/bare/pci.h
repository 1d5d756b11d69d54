/* SPDX-License-Identifier: MIT */
/* As much of PCI as tests need of it: bus 0, one BAR, no interrupts. */
#ifndef BARE_PCI_H
#define BARE_PCI_H

#include <haul/region.h>

/* The registers behind BAR 0 of the device with this vendor (the lower half) and
 * device number, which from now on answers there and may do DMA. */
struct haul_region pci_open(uint32_t id);

#endif
