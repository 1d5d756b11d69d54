/* SPDX-License-Identifier: MIT */
/* QEMU's device edu: a buffer, and DMA to and from it. */
#ifndef BARE_EDU_H
#define BARE_EDU_H

#include <haul/hal.h>

enum { EDU_BUFFER = 4096 }; /* bytes */

/* Its registers. */
struct haul_region edu_open(void);

/* The device reads, or writes, memory: its buffer's first bytes.  Takes 100 ms. */
void edu_load(const struct haul_region *edu, struct haul_iova from, size_t size);
void edu_store(const struct haul_region *edu, struct haul_iova to, size_t size);

#endif
