/* SPDX-License-Identifier: MIT */
/*
 * Copies to, from and between device memory.
 *
 * Memory comes in three kinds.  Plain and fallible memory are copied by the
 * routines of haul/mem.h.  Device memory is accessed by single loads and stores
 * of 1, 2, 4 or 8 bytes, aligned to their width, in ascending order, each byte
 * once: how many there are and how wide each is can be counted on, because
 * devices see it.  Unless a width is asked for, each is the widest that its place
 * and the bytes that are left allow.  So there are as few as can be: at most three
 * before the first multiple of 8, one for each 8 bytes, at most three for the rest.
 *
 * All of these functions take n in bytes, set *done to the bytes done, also on
 * failure, and write *fault if it is not NULL (HAUL_FAULT_NONE if nothing
 * failed).  They return 0; -HAUL_EINVAL, with nothing accessed, for an unknown
 * width or flag, or if an address or n is no multiple of a width that was asked
 * for; -HAUL_EFAULT if an access failed, with *done bytes done before it.  What
 * was loaded from a device and could not be stored is lost: at most one access.
 * Memory that is written to a device may be read before the device is accessed.
 *
 * Any thread, any signal handler; nothing orders them against other accesses.
 */
#ifndef HAUL_IO_H
#define HAUL_IO_H

#include <haul/base.h>
#include <haul/fault.h>

#ifdef __cplusplus
extern "C" {
#endif

enum haul_memory_kind {
	HAUL_MEMORY_PLAIN,    /* never faults */
	HAUL_MEMORY_FALLIBLE, /* may fault */
	HAUL_MEMORY_IO        /* a device's; may fault */
};

enum {
	/* A device that is gone (an access of it faults): from there on loads give all
	 * ones and stores are dropped, as on a PCI bus.  It is not accessed any more,
	 * and nothing falls short for it. */
	HAUL_IO_ONES = 1 << 0
};

/* How device memory is accessed. */
struct haul_io {
	unsigned width; /* bytes of every access; 0: the widest that alignment allows, 8 at most */
	unsigned flags; /* HAUL_IO_* */
};

/* Memory from device memory, and the other way.  how may be NULL: {0, 0}. */
HAUL_API int haul_io_read(void *dst, const volatile void *io, size_t n, const struct haul_io *how,
			  size_t *done, struct haul_fault *fault);
HAUL_API int haul_io_write(volatile void *io, const void *src, size_t n, const struct haul_io *how,
			   size_t *done, struct haul_fault *fault);

/* Device memory to device memory; without overlap.  Both sides are accessed by
 * the same width. */
HAUL_API int haul_io_copy(volatile void *dst, const volatile void *src, size_t n,
			  const struct haul_io *how, size_t *done, struct haul_fault *fault);

/* Sets every byte to (unsigned char)c. */
HAUL_API int haul_io_fill(volatile void *io, int c, size_t n, const struct haul_io *how,
			  size_t *done, struct haul_fault *fault);

/* All accesses at the one address (a FIFO's register).  The width is asked for:
 * 0 is -HAUL_EINVAL. */
HAUL_API int haul_io_read_fifo(void *dst, const volatile void *io, size_t n,
			       const struct haul_io *how, size_t *done, struct haul_fault *fault);
HAUL_API int haul_io_write_fifo(volatile void *io, const void *src, size_t n,
				const struct haul_io *how, size_t *done, struct haul_fault *fault);

#ifdef __cplusplus
}
#endif

#endif
