/* SPDX-License-Identifier: MIT */
/*
 * Drivers as a device sees them, all alike: what a hostile one is let loose on.  A subject is a
 * queue of a driver's; there are requests in it, of which one is as good as another, and they come
 * back.
 */
#ifndef VIRTIO_SUBJECT_H
#define VIRTIO_SUBJECT_H

#include "virtio_machine.h"

enum { SUBJECTS = 6, SUBJECT_REQUESTS = 4 /* that are in flight at most */ };

struct subject {
	const char *name;
	unsigned queue;
	bool is_first;  /* of its driver's */
	bool is_posted; /* requests stand there from the opening on */
	/* What it makes of a completion without a byte. */
	enum haul_virtio_reason empty;
	/* The least that its driver's queues may be, and what it says of less. */
	unsigned least;
	int too_small;

	/* machine_setup and machine_begin, with all the features that a ring may have, or none. */
	void (*setup)(bool all);
	/* Opens the driver, of a device that is open. */
	int (*open)(void);
	struct haul_virtio_queue *(*ring)(void);
	/* A request more, which the device is told of; or whatever is back is posted again. */
	int (*submit)(void);
	/* The device does it, and says that it wrote so many bytes; less than 0: what it did. */
	void (*answer)(const struct haul_virtio_mock_request *request, int64_t len);
	/* Takes one back: 1, and *result is what came of it; 0; -HAUL_E*. */
	int (*poll)(int *result);
	/* Waits for one, until soon. */
	int (*wait)(void);
	/* By a reset: after it nothing is in flight but what is posted. */
	int (*recover)(void);
	/* Ends all, the device too, whatever it had come to; may be tried again. */
	int (*close)(void);
	/* Is there anything in the configuration that it reads when it is opened? */
	bool (*reads_config)(void);
};

extern const struct subject *const subjects[SUBJECTS];

/* What the Hal did not take back of the last one that poll took back; NULL: it took all. */
extern struct haul_dma_list *subject_mapped;

#endif
