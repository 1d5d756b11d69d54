/* SPDX-License-Identifier: MIT */
/*
 * Machines with a virtio device in them (haul/virtio_mock.h), for tests of drivers.  Their Hals can
 * be made to fail and to lie.  At the end of each test nothing is mapped or allocated any more, and
 * the driver has kept all rules.
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

enum {
	MACHINE_MEMORY = 65536, /* bytes of the caller's */
	MACHINE_DATA = 16384,   /* of which tests that need no more use so many */
	MACHINE_QUEUES = 2,
	MACHINE_BYTES = 64
};

/* Features that rings may have or not. */
#define MACHINE_ALL \
	((uint64_t)1 << HAUL_VIRTIO_F_INDIRECT_DESC | (uint64_t)1 << HAUL_VIRTIO_F_EVENT_IDX | \
	 (uint64_t)1 << HAUL_VIRTIO_F_RING_RESET)

struct machine {
	enum machine_kind kind;
	enum haul_virtio_policy policy;

	/* To be changed between machine_setup and machine_open. */
	struct haul_virtio_mock_config config;
	struct haul_virtio_options options;
	struct haul_dma_limits limits;
	struct haul_virtio_mock_queue queues[MACHINE_QUEUES]; /* of 256 descriptors */
	unsigned char bytes[MACHINE_BYTES];                   /* the configuration */

	/* Any time. */
	unsigned fail;  /* that call of the Hal fails, the first is 1; 0: none does */
	unsigned calls; /* of the Hal that can fail: alloc, share, cache */
	void (*lie)(struct haul_hal_memory *given); /* about what alloc and share give */

	void (*deliver)(void); /* the device's part while the driver is in machine_sleep */
	unsigned slept;        /* times */

	bool hostile; /* for hooks */

	struct haul_virtio_mock mock;
	struct haul_dma_device dma;
	struct haul_virtio device;
	unsigned char *data; /* the caller's memory */
	size_t used;         /* what machine_memory has given */
};
extern struct machine machine;

/* What it is to be: a modern device that offers VERSION_1, ACCESS_PLATFORM and these.  Kind and
 * policy stay as they are. */
void machine_setup(uint32_t type, uint64_t features);
void machine_offer(unsigned feature, bool offered);
void machine_legacy(void);       /* it is a legacy device */
void machine_max(unsigned size); /* its queues' descriptors */

void machine_begin(void);
void machine_open(void);    /* haul_virtio_open */
void machine_reopen(void);  /* again, after a close; the device is what it was */
bool machine_is_idle(void); /* all memory is back */
void machine_limit(void);   /* haul_dma_device_init, of the limits, after an end */
void machine_end(void);     /* the device is reset, or closed */

/* Runs it on each kind of machine with each policy that takes such a device, as machine is
 * otherwise. */
void machine_each(void (*body)(void));

/* The same between machine_open and a close. */
void machine_each_open(void (*body)(void));

bool machine_is_model(void); /* an IOMMU refuses what is not the device's */

/* Memory of the caller's, on whole pages, until all of it is given back. */
void *machine_memory(size_t size);
void machine_memory_free(void);

/* What the device does, which has to go well.  take: the next request, which is there. */
struct haul_virtio_mock_request machine_take(unsigned queue);
void machine_write(const struct haul_virtio_mock_request *request, uint64_t off, const void *data,
		   size_t n);
void machine_read(const struct haul_virtio_mock_request *request, uint64_t off, void *data,
		  size_t n);
void machine_use(const struct haul_virtio_mock_request *request, uint32_t len);

/* Hooks: registers that never say that a reset is done; that are gone; a configuration that never
 * stands still.  While machine.hostile. */
int machine_never_reset(struct haul_virtio_mock *mock, enum haul_virtio_mock_call call,
			size_t index, uint64_t *value);
int machine_gone(struct haul_virtio_mock *mock, enum haul_virtio_mock_call call, size_t index,
		 uint64_t *value);
int machine_changes(struct haul_virtio_mock *mock, enum haul_virtio_mock_call call, size_t index,
		    uint64_t *value);

/* For options.wait: a sleep ends by an interrupt for the device's queues, and just one. */
void machine_sleep(void *context, uint64_t deadline);

/* Deadlines: one that comes soon, one that comes late, for what comes before; and one that does
 * not. */
uint64_t machine_soon(void);
uint64_t machine_late(void);
uint64_t machine_never(void);

#endif
