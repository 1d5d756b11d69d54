/* SPDX-License-Identifier: MIT */
/* The machine that tests of virtio's drivers and real devices run on: one device of the board's at
 * a time, memory for it and for the test, and its interrupts. */
#ifndef VIRTIO_BOARD_H
#define VIRTIO_BOARD_H

#include "bare/virtio.h"
#include "board.h"
#include "test.h"

#define OK(call) \
	do { \
		const int ok_err_ = (call); \
		cr_assert(ok_err_ == 0, #call ": %d, reason %d", ok_err_, (int)device.reason); \
	} while (0)

enum { MEMORY = 16 * BOARD_PAGE }; /* bytes of the test's */

/* What there is between the driver and the device. */
enum way {
	DIRECT,  /* it reaches all memory */
	BOUNCED, /* it does not reach the test's */
	CACHED,  /* it does not see the CPU's caches, which a model stands for (haul/model.h) */
	ASLEEP,  /* nothing, but the CPU sleeps until the device interrupts it */
	WAYS
};

extern struct virtio_found found;
extern struct haul_virtio device;
extern struct haul_dma_device dma;
extern unsigned char *memory;
extern uint16_t vector; /* for the driver: of all interrupts */
extern bool polled;     /* for the driver */
extern unsigned woken;  /* times that the CPU slept and the device interrupted it */

/* What a device may take for anything; QEMU shares its machine. */
uint64_t deadline(void);

/* Opens the device of that type but for so many. */
void begin(uint32_t type, unsigned but, enum way way);

/* When the driver has closed: closes the device; then nothing is left. */
void end(void);

/* When the device has let go of the test's memory: it got there that way. */
void check_way(void);

/* Each way. */
void in_each_way(uint32_t type, void (*body)(void));

/* MSI-X with one vector, which writes that: PCI's. */
void take_messages(uint64_t address, uint32_t data);

/* Values of bytes, by their place. */
void fill(unsigned char *p, size_t size, unsigned seed);
bool is_filled(const unsigned char *p, size_t size, unsigned seed);

#endif
