/* SPDX-License-Identifier: MIT */
/*
 * What drivers of any kind do with machine.device, as the input says, and the errors that they may
 * see; and a driver of no kind, for fuzzing transports: it makes all calls in any order, and of its
 * two queues only where they are is of interest.
 */
#ifndef DRIVER_H
#define DRIVER_H

#include "machine.h"

int driver_begin(const struct haul_virtio_driver *driver);
void driver_start(void);
void driver_interrupt(void);
void driver_check(void);
void driver_find_window(unsigned ids); /* one of so many */

/* Reads the fields into memory of the driver's, 32 bytes, or writes the first. */
void driver_configure(size_t off, unsigned width, size_t count);

/* A transport, and the device behind it. */
struct driver_transport {
	const struct haul_virtio_driver *driver;
	unsigned windows; /* ids that are asked for */
	void (*configure)(void);
	void (*change)(uint8_t causes); /* its configuration, and the causes of interrupts */
	uint8_t *status;                /* the device's */
};

/* Then comes machine_memory. */
void driver_setup(const uint8_t *data, size_t size);

/* Begins with machine.device, once it is open. */
void driver_prepare(const struct driver_transport *transport);
void driver_run(const struct driver_transport *transport); /* until the input is over */

/* Of a device that is honest, again: from begin to a kick of queue 0. */
void driver_use(const struct haul_virtio_driver *driver);
void driver_close(void);

#endif
