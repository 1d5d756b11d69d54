/* SPDX-License-Identifier: MIT */
/*
 * A virtio device behind MMIO registers, of version 1 or 2, by virtio 1.4, 4.2.2 to 4.2.4
 * and 3.1.1: its registers only, no ring is looked at.  An access that a driver must not make, of
 * another width, in another direction, out of turn or in the wrong state, is noted as wrong.
 */
#ifndef MMIO_MODEL_H
#define MMIO_MODEL_H

#include "virtio_registers.h"

enum { MODEL_QUEUES = 4, MODEL_CONFIG = 64, MODEL_LOG = 1024, MODEL_BASE = 0x10000 };

/* Registers, as the specification names them; pairs by their low one. */
enum {
	MODEL_MAGIC_VALUE = 0x000,
	MODEL_VERSION = 0x004,
	MODEL_DEVICE_ID = 0x008,
	MODEL_VENDOR_ID = 0x00c,
	MODEL_DEVICE_FEATURES = 0x010,
	MODEL_DEVICE_FEATURES_SEL = 0x014,
	MODEL_DRIVER_FEATURES = 0x020,
	MODEL_DRIVER_FEATURES_SEL = 0x024,
	MODEL_GUEST_PAGE_SIZE = 0x028,
	MODEL_QUEUE_SEL = 0x030,
	MODEL_QUEUE_SIZE_MAX = 0x034,
	MODEL_QUEUE_SIZE = 0x038,
	MODEL_QUEUE_ALIGN = 0x03c,
	MODEL_QUEUE_PFN = 0x040,
	MODEL_QUEUE_READY = 0x044,
	MODEL_QUEUE_NOTIFY = 0x050,
	MODEL_INTERRUPT_STATUS = 0x060,
	MODEL_INTERRUPT_ACK = 0x064,
	MODEL_STATUS = 0x070,
	MODEL_QUEUE_DESC = 0x080,
	MODEL_QUEUE_DRIVER = 0x090,
	MODEL_QUEUE_DEVICE = 0x0a0,
	MODEL_SHM_SEL = 0x0ac,
	MODEL_SHM_LEN = 0x0b0,
	MODEL_SHM_BASE = 0x0b8,
	MODEL_QUEUE_RESET = 0x0c0,
	MODEL_CONFIG_GENERATION = 0x0fc,
	MODEL_CONFIG_SPACE = 0x100
};

struct model_queue {
	uint32_t max;                         /* a test may change it */
	uint32_t size, align, pfn;            /* as written */
	uint64_t descriptors, driver, device; /* as written */
	unsigned set;                         /* which of those: bits of the model's own */
	bool ready, resetting, was_reset;
	unsigned kicks;
	uint32_t kicked; /* the last value */
};

struct model_access {
	size_t off;
	unsigned width;
	bool writes;
	uint64_t value;
};

struct mmio_model {
	/* What it is.  A test may change it. */
	uint32_t magic, version, type, vendor;
	uint32_t offered[4];
	unsigned char config[MODEL_CONFIG];
	unsigned char field[MODEL_CONFIG]; /* width of the field that begins there */
	bool has_memory;                   /* its kind has shared memory: */
	uint64_t memory_base, memory_len;  /* of id 1 */
	bool refuses;                      /* what the driver accepts */
	bool gone;                         /* nobody answers */
	/* What a register reads as, in place of the truth; NULL: the truth. */
	uint32_t (*lie)(struct mmio_model *model, size_t off, uint32_t truth);
	unsigned count; /* the lie's to use */

	/* What has become of it. */
	uint8_t status;
	uint32_t accepted[4];
	uint32_t interrupts, generation, page_size;
	struct model_queue queues[MODEL_QUEUES];
	unsigned resets;

	/* Where the driver is. */
	unsigned known;                     /* steps of its identification */
	bool chose_offered, chose_accepted; /* selectors were written for the next access */
	unsigned words_read;                /* of features */
	bool chose_queue, chose_memory;
	uint32_t offered_sel, accepted_sel, queue_sel, memory_sel;

	struct model_access log[MODEL_LOG]; /* the first */
	size_t logged;
	const char *wrong; /* the first wrong access, and where; NULL: none was */
	size_t wrong_at;
};

/* A device of 4 queues (64, 16, 1 and none), all of whose 128 feature bits are offered; the only
 * window of registers there is. */
void mmio_model_begin(struct mmio_model *model, uint32_t version);

/* Its registers and configuration. */
struct haul_region mmio_model_region(void);

/* As a driver would. */
uint64_t mmio_model_read(struct mmio_model *model, size_t off, unsigned width);
void mmio_model_write(struct mmio_model *model, size_t off, unsigned width, uint64_t value);

#endif
