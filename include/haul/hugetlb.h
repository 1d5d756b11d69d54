/* SPDX-License-Identifier: MIT */
/*
 * Physical memory for a program that drives a device without an IOMMU, as a Hal: huge pages
 * that the administrator has set aside (/proc/sys/vm/nr_hugepages), and their
 * physical addresses from /proc/self/pagemap, which only CAP_SYS_ADMIN may see.
 * Without either it is refused; nothing else is tried instead.
 *
 * How long the addresses hold (Linux's Documentation/admin-guide/mm/hugetlbpage.rst, and
 * its sources): huge pages are not swapped out, and being mapped shared they are not
 * copied after fork.  They are not pinned, though, and mlock does not do it.  Linux moves
 * them when memory is taken offline or fails, when somebody with the right asks for it
 * (move_pages, mbind, migrate_pages), and since 5.13 to make room for CMA and virtio-mem
 * (mm/compaction.c, commit ae37c7ff79f1).  On a machine where nobody does those things they
 * stay.  haul_hugetlb_check tells whether they have until now; a device that must
 * never be wrong wants VFIO, which pins.
 *
 * Errors, with nothing left behind and *hugetlb unchanged.  Any thread; not from signal
 * handlers.  A struct haul_hugetlb is not copied or moved: its Hal points to it.
 */
#ifndef HAUL_HUGETLB_H
#define HAUL_HUGETLB_H

#include <haul/arena.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__linux__) && __STDC_HOSTED__

struct haul_hugetlb {
	struct haul_arena arena; /* arena.hal: for devices */
	void *start;
	size_t length; /* bytes; 0: closed */
	size_t huge;   /* bytes of a page */
	void *tables;  /* the arena's parts and words */
	size_t tables_size;
};

/*
 * Huge pages of size bytes, to allocate from and to share, device addresses being
 * physical ones.  Pages that follow each other in memory by chance are one part:
 * no more than that is contiguous.  huge is their size; 0: the system's usual one.
 * -HAUL_EACCES: physical addresses are not for this process; -HAUL_ENOMEM: not as many huge
 * pages are free; -HAUL_ENODEV: there are none of that size; -HAUL_EINVAL: the size is no multiple
 * of it; -HAUL_ENOENT: no /proc/self/pagemap; -HAUL_EPROTO: what it says makes no sense;
 * -HAUL_ENOSPC: too many files are open.
 */
HAUL_API int haul_hugetlb_open(struct haul_hugetlb *hugetlb, size_t size, size_t huge);

/* Are the pages still where devices were told?  -HAUL_EFAULT: no; else as above. */
HAUL_API int haul_hugetlb_check(const struct haul_hugetlb *hugetlb);

/* After the last access of a device: the pages then go to others.  -HAUL_EBUSY: some is allocated;
 * -HAUL_EINVAL: closed before. */
HAUL_API int haul_hugetlb_close(struct haul_hugetlb *hugetlb);

#endif

#ifdef __cplusplus
}
#endif

#endif
