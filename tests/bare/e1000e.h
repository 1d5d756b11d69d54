/* SPDX-License-Identifier: MIT */
/* A network card that hears itself: what it sends from memory it receives to memory. */
#ifndef BARE_E1000E_H
#define BARE_E1000E_H

#include <haul/dma.h>

enum { E1000E_PIECES = 15, E1000E_LEAST = 64, E1000E_MOST = 1024 }; /* bytes of a copy */

struct e1000e {
	struct haul_region registers;
	struct haul_dma_coherent rings;
	unsigned sent, received; /* where the rings go on */
};

void e1000e_open(struct e1000e *card, struct haul_dma_device *device);
void e1000e_close(struct e1000e *card);

/* The device reads these pieces of memory and writes them to one. */
void e1000e_gather(struct e1000e *card, struct haul_iova to, const struct haul_dma_segment *from,
		   size_t pieces);
void e1000e_copy(struct e1000e *card, struct haul_iova to, struct haul_iova from, size_t size);

#endif
