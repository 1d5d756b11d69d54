/* SPDX-License-Identifier: MIT */
/* Pages, of the system's size and huge ones. */
#ifndef HAUL_RUNTIME_LINUX_PAGE_H
#define HAUL_RUNTIME_LINUX_PAGE_H

#include <stddef.h>
#include <unistd.h>

static inline size_t haul_page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* What memfd_create is told, beside MFD_HUGETLB, for pages of that size, a power of two
 * (MFD_HUGE_SHIFT in linux/memfd.h). */
static inline unsigned haul_memfd_huge(size_t huge)
{
	return (unsigned)__builtin_ctzl(huge) << 26;
}

#endif
