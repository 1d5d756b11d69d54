/* SPDX-License-Identifier: MIT */
/*
 * Virtio consoles (virtio specification 1.4, section 5.3): the driver of one port.
 *
 * What comes is received into buffers that stand ready all the time, and kept there until
 * it is read; what is written is copied, so the caller's memory is free again when the
 * call returns.  That memory may be fallible.  The buffers are the Hal's: two pages or
 * so.
 *
 * Polled: call haul_virtio_console_read and _write now and then.  By interrupts: call
 * haul_virtio_interrupt (haul/virtio.h); for HAUL_VIRTIO_CAUSE_QUEUE read until there is
 * no more, for HAUL_VIRTIO_CAUSE_CONFIG ask for the size again.  Interrupts of what is
 * received are asked for, of what is transmitted not: haul_virtqueue_enable of
 * console->transmit.ring does; haul_virtqueue_disable of console->receive.ring leaves reading
 * to polling.
 *
 * Errors of all calls: -HAUL_EPROTO: the device got something wrong, device->reason says
 * what; -HAUL_EIO: it had before; -HAUL_ENODEV: it is gone; -HAUL_EINVAL: the console is not
 * open.  Then haul_virtio_console_close, and _open again.  What was written and not
 * transmitted, and received and not read, is lost with that.
 *
 * Threads: one that reads, one that writes (haul_virtio_console_flush too), one for all
 * else; none but that one while it opens or closes.  Not from signal handlers.
 */
#ifndef HAUL_VIRTIO_CONSOLE_H
#define HAUL_VIRTIO_CONSOLE_H

#include <haul/virtio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Section 5.3.3 */
enum {
	HAUL_VIRTIO_CONSOLE_F_SIZE = 0,
	HAUL_VIRTIO_CONSOLE_F_MULTIPORT = 1, /* not accepted */
	HAUL_VIRTIO_CONSOLE_F_EMERG_WRITE = 2
};

enum {
	HAUL_VIRTIO_CONSOLE_TYPE = 3,
	HAUL_VIRTIO_CONSOLE_BUFFERS = 4, /* of each queue */
	HAUL_VIRTIO_CONSOLE_BYTES = 512  /* of each buffer */
};

struct haul_virtio_console_buffer {
	size_t off;   /* in its stream */
	size_t taken; /* to receive: bytes that are the CPU's */
	size_t given; /* to transmit: bytes that are the device's */
	size_t at;    /* received: the next byte to be read */
	size_t end;   /* bytes received, or to be transmitted */
	struct haul_virtio_console_buffer *next;
};

/* All of it is private but what may be used of the queues: above. */
struct haul_virtio_console {
	struct haul_virtio *device; /* NULL: closed */
	struct haul_virtio_queue receive, transmit;
	struct haul_virtqueue_slot receive_slots[HAUL_VIRTIO_CONSOLE_BUFFERS];
	struct haul_virtqueue_slot transmit_slots[HAUL_VIRTIO_CONSOLE_BUFFERS];
	struct haul_dma_stream input, output; /* of all buffers */
	struct haul_virtio_console_buffer in[HAUL_VIRTIO_CONSOLE_BUFFERS];
	struct haul_virtio_console_buffer out[HAUL_VIRTIO_CONSOLE_BUFFERS];
	struct haul_virtio_console_buffer *reading; /* has bytes, or NULL */
	struct haul_virtio_console_buffer *spare;   /* to be posted */
	struct haul_virtio_console_buffer *idle;    /* to be written */
};

/*
 * Resets the device, which haul_virtio_open has opened, and brings it up.  vectors: those of
 * the two queues' interrupts, or NULL: HAUL_VIRTIO_NO_VECTOR.  Errors: those of
 * haul_virtio_begin; or, after it, -HAUL_ENOTSUP: cache blocks that are larger than a buffer; as
 * haul_virtio_queue_open and haul_virtio_start; what the Hal says.  Then the device has been reset,
 * and nothing is kept, but where that was not confirmed (device->state HAUL_VIRTIO_UNKNOWN)
 * the console stays in use, to be closed.
 */
HAUL_API int haul_virtio_console_open(struct haul_virtio_console *console,
				      struct haul_virtio *device, const uint16_t vectors[2]);

/*
 * Resets the device and gives the buffers back; the device stays open, for
 * haul_virtio_console_open or haul_virtio_close.  On errors, of haul_virtio_reset or the Hal,
 * the console stays in use, and it may be tried again.
 */
HAUL_API int haul_virtio_console_close(struct haul_virtio_console *console);

/* Up to n bytes of what has come: *done of them, on errors too, and 0 if there are none.
 * -HAUL_EFAULT: the memory could not be written; what the Hal says, if it cannot take a
 * buffer back: what was in that is lost. */
HAUL_API int haul_virtio_console_read(struct haul_virtio_console *console, void *p, size_t n,
				      size_t *done);

/* Waits for the first of them, until deadline (of haul_platform_clock): -HAUL_ETIMEDOUT. */
HAUL_API int haul_virtio_console_read_wait(struct haul_virtio_console *console, void *p, size_t n,
					   size_t *done, uint64_t deadline);

/* Up to n bytes, as many as there is room for: *done of them, on errors too.  -HAUL_EFAULT: the
 * memory could not be read. */
HAUL_API int haul_virtio_console_write(struct haul_virtio_console *console, const void *p, size_t n,
				       size_t *done);

/* All of them: waits for room, until deadline: -HAUL_ETIMEDOUT. */
HAUL_API int haul_virtio_console_write_wait(struct haul_virtio_console *console, const void *p,
					    size_t n, size_t *done, uint64_t deadline);

/* Waits until the device is done with all that was written: -HAUL_ETIMEDOUT. */
HAUL_API int haul_virtio_console_flush(struct haul_virtio_console *console, uint64_t deadline);

/* Its size in characters.  -HAUL_ENOTSUP: the device does not tell (F_SIZE); -HAUL_EAGAIN: it
 * changes all the time. */
HAUL_API int haul_virtio_console_size(struct haul_virtio_console *console, unsigned *columns,
				      unsigned *rows);

/*
 * Writes bytes one by one to a register of the device, of any state but
 * HAUL_VIRTIO_CLOSED: before it is brought up, and after it is broken, which it does not
 * mend (section 5.3.5).  The device need not be a console's: haul_virtio_open is enough.
 * -HAUL_ENODEV: another type of device, or it is gone; -HAUL_ENOTSUP: it does not offer
 * EMERG_WRITE.
 * The text is not fallible.  One of the device's calls.
 */
HAUL_API int haul_virtio_console_emergency(struct haul_virtio *device, const char *text, size_t n);

#ifdef __cplusplus
}
#endif

#endif
