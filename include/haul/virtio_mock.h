/* SPDX-License-Identifier: MIT */
/*
 * A virtio device in the same program, for tests of drivers: a transport (haul/virtio.h)
 * whose device is written by the test.
 *
 * The device sees memory by its own addresses only, through functions that the test gives:
 * of an arena (haul/arena.h), of a machine whose caches it does not see (haul/model.h), or
 * others.  A walker follows the split ring as a device does (virtio 1.4, section 2.7): the
 * test takes requests, reads and writes their data, and uses them, in any order and as
 * late as it likes:
 *
 *     static void serve(struct haul_virtio_mock *mock, unsigned queue)
 *     {
 *             struct haul_virtio_mock_request request;
 *
 *             while (haul_virtio_mock_take(mock, queue, &request) == 1) {
 *                     haul_virtio_mock_write(mock, &request, 0, "random", 6);
 *                     haul_virtio_mock_use(mock, &request, 6);
 *             }
 *     }
 *
 * It is strict: the first rule of the specification that the driver breaks is kept in
 * mock->complaint, which a test looks at last.  And it is as hostile as the test wants:
 * a hook may change every answer, any byte of a ring may be written, and what is used need
 * never have been asked for.
 *
 * What a device holds may be read and changed by the test at any time.  Nothing is allocated.
 *
 * One thread for the transport; another one may be the device of a queue (take to use), if its
 * memory is an arena's and config.later is set.  Not from signal handlers.
 */
#ifndef HAUL_VIRTIO_MOCK_H
#define HAUL_VIRTIO_MOCK_H

#include <haul/model.h>
#include <haul/virtio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Memory as the device sees it.  0 or -HAUL_E*; all or nothing.  Aligned words of 2 bytes
 * are read and written by one access each, sequentially consistent. */
struct haul_virtio_mock_memory {
	int (*read)(void *context, struct haul_iova iova, void *data, size_t n);
	int (*write)(void *context, struct haul_iova iova, const void *data, size_t n);
	void *context;
};

/* All parts of an arena, whether they are given to anybody or not: -HAUL_ERANGE for other
 * addresses. */
HAUL_API struct haul_virtio_mock_memory haul_virtio_mock_arena(struct haul_arena *arena);

/* What haul_model_device_read and haul_model_device_write say: what is not, or no more, a device's
 * is -HAUL_EACCES. */
HAUL_API struct haul_virtio_mock_memory haul_virtio_mock_model(struct haul_model *model);

struct haul_virtio_mock;

/* Operations of the transport, as the hook is told of them. */
enum haul_virtio_mock_call {
	HAUL_VIRTIO_MOCK_STATUS,       /* value: what will be answered, here and where nothing
					  else is said */
	HAUL_VIRTIO_MOCK_SET_STATUS,   /* value: what is written */
	HAUL_VIRTIO_MOCK_FEATURES,     /* index: the word */
	HAUL_VIRTIO_MOCK_SET_FEATURES, /* index: the word; value: what is written */
	HAUL_VIRTIO_MOCK_QUEUE_MAX,    /* index: the queue, here and below */
	HAUL_VIRTIO_MOCK_QUEUE_IN_USE, /* value: 0 or 1 */
	HAUL_VIRTIO_MOCK_QUEUE_SET,    /* value: the size */
	HAUL_VIRTIO_MOCK_QUEUE_UNSET,
	HAUL_VIRTIO_MOCK_QUEUE_RESET,
	HAUL_VIRTIO_MOCK_QUEUE_RESETS, /* value: 0 or 1 */
	HAUL_VIRTIO_MOCK_KICK,         /* value: the notification's data */
	HAUL_VIRTIO_MOCK_INTERRUPT,    /* value: causes */
	HAUL_VIRTIO_MOCK_CONFIG_READ,  /* index: the offset */
	HAUL_VIRTIO_MOCK_CONFIG_WRITE, /* index: the offset; value: what is written */
	HAUL_VIRTIO_MOCK_GENERATION,
	HAUL_VIRTIO_MOCK_VECTOR, /* of configuration changes */
	HAUL_VIRTIO_MOCK_CALLS
};

/* What the device has at the end of a queue. */
struct haul_virtio_mock_queue {
	/* The test's. */
	unsigned max; /* its largest size; 0: there is no such queue */
	/* Called when the queue is kicked, or by haul_virtio_mock_serve; NULL: the device does
	 * nothing. */
	void (*serve)(struct haul_virtio_mock *mock, unsigned queue);

	/* The device's. */
	bool set, was_reset;
	struct haul_virtio_place place;
	uint16_t taken;    /* requests that it has taken */
	uint16_t used;     /* that it has put into the ring */
	uint16_t shown;    /* of those, that the driver can see */
	uint64_t kicks;    /* that it got */
	uint64_t requests; /* that it has taken, ever */
};

struct haul_virtio_mock_window {
	unsigned id;
	struct haul_phys phys;
	uint64_t size;
};

struct haul_virtio_mock_config {
	uint32_t type, vendor;
	bool legacy;
	struct haul_virtio_features features; /* that it offers */
	struct haul_virtio_mock_memory memory;
	struct haul_virtio_mock_queue *queues; /* the caller's */
	unsigned nqueues;
	void *bytes; /* its configuration: the caller's */
	size_t size;
	const struct haul_virtio_mock_window *windows;
	size_t nwindows;
	bool later; /* a kick is counted only: call haul_virtio_mock_serve */
	/* Called for each operation of the transport, before it is done or answered; NULL: not.
	 * What it does not return 0 for is not done, and that is what the operation returns. */
	int (*hook)(struct haul_virtio_mock *mock, enum haul_virtio_mock_call call, size_t index,
		    uint64_t *value);
	/* Called when a cause of an interrupt comes; NULL: not. */
	void (*interrupt)(struct haul_virtio_mock *mock);
	void *context; /* for the test's functions */
};

struct haul_virtio_mock {
	struct haul_virtio_mock_config config;
	struct haul_virtio_features accepted;
	uint8_t status;
	unsigned causes;
	uint32_t generation;
	bool begun;            /* it has been reset once */
	uint64_t interrupts;   /* times that a cause came */
	uint64_t resets;       /* of it */
	const char *complaint; /* the first rule that the driver broke, by its id in
				  doc/virtio.md; NULL: none */
};

/* -HAUL_EINVAL: no memory, or more queues or bytes than there can be. */
HAUL_API int haul_virtio_mock_init(struct haul_virtio_mock *mock,
				   const struct haul_virtio_mock_config *config);

/* For haul_virtio_open.  Not to be moved: it points to mock. */
HAUL_API struct haul_virtio_transport haul_virtio_mock_transport(struct haul_virtio_mock *mock);

enum { HAUL_VIRTIO_MOCK_SEGMENTS = 64 };

/* A request as the device found it; a value that may be kept. */
struct haul_virtio_mock_request {
	unsigned queue;
	uint16_t head;
	bool indirect;
	unsigned nout, nin;          /* segments to be read, then to be written */
	uint64_t readable, writable; /* bytes of those */
	struct haul_dma_segment segments[HAUL_VIRTIO_MOCK_SEGMENTS]; /* the first so many */
};

/* The next one: 1; 0: there is none now, and the driver has been asked for a kick; -HAUL_EPROTO: it
 * broke a rule (mock->complaint); -HAUL_EINVAL: the queue is not set up; else what the memory says.
 */
HAUL_API int haul_virtio_mock_take(struct haul_virtio_mock *mock, unsigned queue,
				   struct haul_virtio_mock_request *request);

/* Bytes of what is to be read, or to be written, from off on.  -HAUL_ERANGE: there are not so
 * many; else what the memory says. */
HAUL_API int haul_virtio_mock_read(struct haul_virtio_mock *mock,
				   const struct haul_virtio_mock_request *request, uint64_t off,
				   void *data, size_t n);
HAUL_API int haul_virtio_mock_write(struct haul_virtio_mock *mock,
				    const struct haul_virtio_mock_request *request, uint64_t off,
				    const void *data, size_t n);

/* Uses any id with any length: put writes it into the ring, show shows the driver all that was put,
 * and interrupts if the driver wants that; use does both.  Errors as above. */
HAUL_API int haul_virtio_mock_put(struct haul_virtio_mock *mock, unsigned queue, uint32_t id,
				  uint32_t len);
HAUL_API int haul_virtio_mock_show(struct haul_virtio_mock *mock, unsigned queue);
HAUL_API int haul_virtio_mock_use(struct haul_virtio_mock *mock,
				  const struct haul_virtio_mock_request *request, uint32_t len);

/* Calls the serve function of each queue that is set up, if DRIVER_OK is set. */
HAUL_API void haul_virtio_mock_serve(struct haul_virtio_mock *mock);

/* The configuration has changed: another generation, and an interrupt. */
HAUL_API void haul_virtio_mock_change(struct haul_virtio_mock *mock);

/* The device says that it needs a reset (section 2.1.2). */
HAUL_API void haul_virtio_mock_break(struct haul_virtio_mock *mock);

/* Any bytes of a queue's areas, which may be beyond their ends. */
enum haul_virtio_mock_area {
	HAUL_VIRTIO_MOCK_DESCRIPTORS,
	HAUL_VIRTIO_MOCK_DRIVER,
	HAUL_VIRTIO_MOCK_DEVICE
};
HAUL_API int haul_virtio_mock_peek(struct haul_virtio_mock *mock, unsigned queue,
				   enum haul_virtio_mock_area area, size_t off, void *data,
				   size_t n);
HAUL_API int haul_virtio_mock_poke(struct haul_virtio_mock *mock, unsigned queue,
				   enum haul_virtio_mock_area area, size_t off, const void *data,
				   size_t n);

#ifdef __cplusplus
}
#endif

#endif
