/* SPDX-License-Identifier: MIT */
/* Version and words for errors. */
#include <haul/base.h>

const char *haul_version(void)
{
	return HAUL_VERSION;
}

const char *haul_strerror(int err)
{
	switch (-err) {
	case 0:
		return "success";
	case HAUL_ENOENT:
		return "no such entry";
	case HAUL_EIO:
		return "input/output error";
	case HAUL_EAGAIN:
		return "try again";
	case HAUL_ENOMEM:
		return "out of memory";
	case HAUL_EACCES:
		return "permission denied";
	case HAUL_EFAULT:
		return "bad address";
	case HAUL_EBUSY:
		return "busy";
	case HAUL_EEXIST:
		return "exists already";
	case HAUL_ENODEV:
		return "no such device";
	case HAUL_EINVAL:
		return "invalid argument";
	case HAUL_ENOSPC:
		return "no space left";
	case HAUL_ERANGE:
		return "out of range";
	case HAUL_EPROTO:
		return "protocol error";
	case HAUL_EOVERFLOW:
		return "value too large";
	case HAUL_ENOTSUP:
		return "not supported";
	case HAUL_ETIMEDOUT:
		return "timed out";
	default:
		return "unknown error";
	}
}
