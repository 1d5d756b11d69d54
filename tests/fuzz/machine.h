/* SPDX-License-Identifier: MIT */
/*
 * A machine for fuzzed drivers: memory that devices reach, all of which has to come back, and a
 * device on haul/virtio_mock.h that does what the input says.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include "input.h"
#include <haul/virtio_mock.h>

enum {
	MACHINE_QUEUES = 2,
	MACHINE_CONFIG = 64,
	MACHINE_BUFFERS = 8,  /* of the caller's */
	MACHINE_BUFFER = 2048 /* bytes of each */
};

/* An honest device of a kind. */
struct machine_kind {
	uint32_t type;
	uint64_t features;
	const void *config;
	size_t config_size;
	/* Its work on a request, and how many bytes it has written; NULL: none. */
	uint32_t (*work)(const struct haul_virtio_mock_request *request);
};

struct machine {
	struct haul_dma_device dma;
	struct haul_virtio_options options;
	struct haul_virtio device;
	bool spare; /* what is given back now no device has ever had */
	/* The device's. */
	const struct machine_kind *kind;
	struct haul_virtio_mock_config config;
	struct haul_virtio_mock mock;
	struct haul_virtio_mock_queue queues[MACHINE_QUEUES];
	unsigned char bytes[MACHINE_CONFIG];
};
extern struct machine machine;

/* Memory alone, for devices of another kind: devices reach it where it is, or through copies. At
 * the end nothing is mapped or allocated any more, and nothing beyond a buffer was written. */
void machine_memory(bool bounces);
void machine_memory_end(void);

/* A buffer of the caller's. */
unsigned char *machine_buffer(unsigned i);

/* A device that nothing was done with, opened: as the input says, whatever it offers. */
void machine_begin(const struct machine_kind *kind);

/* The device's turn. */
void machine_act(void);

/* The input is over: from here on the device is honest, and is to be closed. */
void machine_mend(void);

/* Then another one, honest and with everything. */
void machine_again(void);
void machine_end(void);

#endif
