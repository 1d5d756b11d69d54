/* SPDX-License-Identifier: MIT */
/*
 * Guarded mappings: pages without storage read as zeros.
 *
 * Who maps a file of somebody else's (a client's buffer, a journal) dies of SIGBUS
 * when that cuts it short.  A guard over the mapping replaces such a page, when it
 * is first touched, by one of zeros, and the access is done again: so ordinary code
 * and libraries can read it.  The guard says which pages it replaced.
 *
 * What is replaced: a page an access to which ends in BUS_ADRERR or its kin (beyond
 * the end of a file, a full disk, an I/O error), and no other.  Not damaged memory
 * (BUS_MCEERR_AR), because what is lost there may have been the program's own.  The
 * new page is private memory of the process, can be read and written whatever the
 * mapping allowed, and stays, guarded or not, until it is unmapped: the file never
 * gets what is written to it, and when the file grows again it is not seen.  A page
 * that has storage again by the time it is looked at, and can be written, is not
 * replaced.
 *
 * Who handles it: haul's handlers (haul_fault_install), or a host's that ask
 * haul_fault_handle; without either a guard does nothing.  Operations of haul's
 * come first: they stop at such a page and report it, as without a guard, and it
 * is not replaced.  What is in no guard goes on to the previous handlers.  System
 * calls return EFAULT for such a page until something else has touched it.
 *
 * In force in all threads.  It is one page for all of them however many touch it at
 * once, and none reads a zero of it before it is counted.  A fault costs five
 * system calls; nothing is allocated, errno stays, and the handler waits for others
 * only while they replace a page, or add or remove a guard.  A child of fork has the
 * guards and the pages as they were then; a child made without it, by the bare
 * system call, may not touch what its parent guards.
 *
 * The mapping stays where it is while it is guarded: haul_guard_unmap ends both at
 * once.  Where somebody unmaps it behind the guard's back, memory that is mapped
 * there later is not replaced as long as it can be written, since the handler tries
 * that; if it is mapped between that and the replacement, two system calls later,
 * it is lost.
 */
#ifndef HAUL_GUARD_H
#define HAUL_GUARD_H

#include <haul/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__linux__) && __STDC_HOSTED__

/* haul's own; it stays where it is while it is in force. */
struct haul_guard {
	struct haul_guard *next;
	uintptr_t start;
	size_t size, page; /* bytes */
	size_t count;
	uint64_t *replaced;
};

/* The length of a bitmap: a bit for each page of so many bytes. */
#define HAUL_GUARD_WORDS(size, page) (((size)-1) / (page) / 64 + 1)

/*
 * Guards the pages from base to that of the byte base + size - 1.  page is the
 * size of the mapping's pages, sysconf(_SC_PAGESIZE) but for hugetlb; base is at
 * the start of one.  replaced has HAUL_GUARD_WORDS(size, page) words, and is cleared;
 * or it is NULL, and pages are counted only (again if they break again).
 *
 * Returns 0; or, with nothing changed, -HAUL_EINVAL: base is NULL or not at a page,
 * size is 0, page is not a power of two of at least the system's; -HAUL_EOVERFLOW:
 * the end is beyond that of the address space; -HAUL_EEXIST: another guard has some
 * of it; -HAUL_EBUSY: that very guard is in force; -HAUL_ENOMEM.  Any thread; not
 * from a signal handler.
 */
HAUL_API int haul_guard_add(struct haul_guard *guard, void *base, size_t size, size_t page,
			    uint64_t *replaced);

/*
 * Ends it, not the mapping.  When it returns, no handler looks at the guard or
 * replaces a page of it.  Pages that were replaced stay so, and what was counted can
 * be asked.  0, or -HAUL_ENOENT if it is not in force.  Any thread.
 */
HAUL_API int haul_guard_remove(struct haul_guard *guard);

/* The same, and unmaps all of it before another fault is looked at.  Or the kernel's
 * error, with the guard still in force. */
HAUL_API int haul_guard_unmap(struct haul_guard *guard);

/* How many pages were replaced.  Any thread, any signal handler, as is the next. */
HAUL_API size_t haul_guard_count(const struct haul_guard *guard);

/*
 * The first page that was replaced at *offset bytes of the mapping or behind: 0, and
 * *offset is that of its start; -HAUL_ENOENT if there is none; -HAUL_EINVAL without
 * a bitmap.
 */
HAUL_API int haul_guard_next(const struct haul_guard *guard, size_t *offset);

#endif

#ifdef __cplusplus
}
#endif

#endif
