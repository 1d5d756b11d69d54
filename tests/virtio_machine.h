/* SPDX-License-Identifier: MIT */
/*
 * Machines with a virtio device in them (haul/virtio_mock.h), for tests of drivers.  At the end of
 * each test nothing is mapped or allocated any more, and the driver has kept all rules.
 */
#ifndef VIRTIO_MACHINE_H
#define VIRTIO_MACHINE_H

#include "test.h"
#include <haul/platform.h>
#include <haul/virtio_mock.h>

enum machine_kind {
	MACHINE_IDENTITY, /* devices reach data where it is */
	MACHINE_BOUNCE,   /* they do not */
	MACHINE_WORST,    /* they do not see the caches, which do the worst they can */
	MACHINE_RANDOM,   /* or something */
	MACHINE_KINDS
};

enum { MACHINE_DATA = 16384 }; /* bytes */

struct machine {
	struct haul_virtio_mock_config config; /* to be changed between begin and open */
	struct haul_virtio_options options;
	struct haul_dma_limits limits;
	struct haul_virtio_mock mock;
	struct haul_dma_device dma;
	struct haul_virtio device;
	unsigned char *data; /* for requests: MACHINE_DATA bytes */
};
extern struct machine machine;

/* A modern device that offers INDIRECT_DESC, EVENT_IDX, VERSION_1, ACCESS_PLATFORM and
 * RING_RESET, and has no queues and no configuration yet. */
void machine_begin(enum machine_kind kind, uint32_t type);
void machine_legacy(void);    /* it is a legacy device */
void machine_open(void);      /* haul_virtio_open */
bool machine_is_idle(void);   /* all memory is back */
void machine_end(void);       /* the device has been closed */
uint64_t machine_soon(void);  /* a deadline that comes */
uint64_t machine_never(void); /* one that does not */
void machine_offer(unsigned feature, bool offered);

/* For each policy, on a new machine of any kind. */
void machine_each(void (*test)(enum machine_kind kind, enum haul_virtio_policy policy));

#endif
