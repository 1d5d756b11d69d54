/* SPDX-License-Identifier: MIT */
/*
 * Version and errors.
 *
 * Byte operations return the number of bytes they did.  Everything else
 * returns 0 or a negative error, -HAUL_E*, and hands its value back through a
 * pointer.  The numbers are Linux's, so -HAUL_EFAULT == -EFAULT there.
 * haul never sets errno, prints or aborts.
 */
#ifndef HAUL_BASE_H
#define HAUL_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HAUL_VERSION "0.1.0"

/* Every public symbol carries HAUL_API; everything else is hidden. */
#define HAUL_API __attribute__((visibility("default")))

enum {
	HAUL_ENOENT = 2,
	HAUL_EIO = 5,
	HAUL_EAGAIN = 11,
	HAUL_ENOMEM = 12,
	HAUL_EACCES = 13,
	HAUL_EFAULT = 14,
	HAUL_EBUSY = 16,
	HAUL_EEXIST = 17,
	HAUL_ENODEV = 19,
	HAUL_EINVAL = 22,
	HAUL_ENOSPC = 28,
	HAUL_ERANGE = 34,
	HAUL_EPROTO = 71,
	HAUL_EOVERFLOW = 75,
	HAUL_ENOTSUP = 95,
	HAUL_ETIMEDOUT = 110
};

/* The version of the library in use, "0.1.0"; HAUL_VERSION is that of the
 * header.  Any thread, any signal handler. */
HAUL_API const char *haul_version(void);

/* Words for 0 or -HAUL_E*; "unknown error" for anything else, never NULL.
 * The string is constant.  Any thread, any signal handler. */
HAUL_API const char *haul_strerror(int err);

#ifdef __cplusplus
}
#endif

#endif
