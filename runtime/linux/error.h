/* SPDX-License-Identifier: MIT */
/* The kernel's errors as haul's, for what files and mappings come from. */
#ifndef HAUL_RUNTIME_LINUX_ERROR_H
#define HAUL_RUNTIME_LINUX_ERROR_H

#include <errno.h>
#include <haul/base.h>

static inline int haul_from_errno(int err)
{
	switch (err) {
	case ENOENT:
	case ENOTDIR:
		return -HAUL_ENOENT;
	case EACCES:
	case EPERM:
	case EROFS:
	case ETXTBSY:
		return -HAUL_EACCES;
	case ENODEV:
	case ENOSYS:
	case ENXIO:
	case EISDIR:
		return -HAUL_ENODEV;
	case EMFILE:
	case ENFILE:
		return -HAUL_ENOSPC;
	case EINVAL:
	case EBADF:
	case ELOOP:
	case ENAMETOOLONG:
		return -HAUL_EINVAL;
	case EAGAIN:
	case EBUSY:
	case EFAULT:
	case ENOMEM:
	case EOVERFLOW:
		return -err;
	default:
		return -HAUL_EIO;
	}
}

/* For the ends of public functions, which leave errno as it was. */
static inline int haul_restore_errno(int saved, int err)
{
	errno = saved;
	return err;
}

#endif
