/* SPDX-License-Identifier: MIT */
/*
 * Memory that processes share, as a Hal: what a driver in one process and a device in
 * another (vhost-user, vfio-user) have between them.
 *
 * The driver's side opens a memfd arena, sealed so that nobody can make it shorter, and
 * sends its descriptor and its region to the device's side, which attaches it.
 * The device's addresses are the guest's, as the driver's side chose them; physical
 * ones nobody knows.
 *
 * Whoever has the descriptor can write all of it, and punch holes, which are zeros
 * after that.  A memfd that is not sealed can be cut short at any time: accesses
 * beyond its end then fault, which haul's own accesses survive and report (haul/mem.h).
 *
 * Errors, with nothing left behind and *memfd unchanged: as haul/mapping.h says, and
 * below.  Any thread; not from signal handlers.  A struct haul_memfd is not copied or
 * moved: its Hal points to it.
 */
#ifndef HAUL_MEMFD_H
#define HAUL_MEMFD_H

#include <haul/arena.h>
#include <haul/mapping.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__linux__) && __STDC_HOSTED__

/* What nobody can do to a memfd any more, as fcntl(2) numbers F_SEAL_*. */
enum {
	HAUL_MEMFD_SEAL = 1,   /* add seals */
	HAUL_MEMFD_SHRINK = 2, /* make it shorter */
	HAUL_MEMFD_GROW = 4,   /* make it longer */
	HAUL_MEMFD_WRITE = 8   /* write it */
};

/*
 * Where a memfd is, for whom: laid out as the memory region description that
 * vhost-user's VHOST_USER_SET_MEM_TABLE and VHOST_USER_ADD_MEM_REG have, beside which
 * they send the descriptor.
 */
struct haul_memfd_region {
	uint64_t guest;  /* device's address */
	uint64_t size;   /* bytes */
	uint64_t user;   /* the driver's side has it there */
	uint64_t offset; /* in the memfd */
};

struct haul_memfd {
	struct haul_arena arena; /* arena.hal: for devices */
	struct haul_arena_part part;
	struct haul_mapping mapping; /* length 0: closed */
	struct haul_memfd_region region;
	int fd;         /* haul_memfd_open's, to be sent; attached: -1 */
	unsigned seals; /* HAUL_MEMFD_*, and what else the kernel has */
};

/*
 * A memfd of size bytes of zeros, with the seals HAUL_MEMFD_SEAL, SHRINK and GROW, at
 * the device's address iova, to allocate from and to share.  The name is for
 * /proc/self/maps.  huge is the size of huge pages that it is of; 0: of the system's
 * pages, which come into being as they are touched.
 * -HAUL_EINVAL: the size is no multiple of its pages, or the address of the system's; -HAUL_ENODEV:
 * there are no huge pages of that size; -HAUL_ENOMEM: not as many are free.
 */
HAUL_API int haul_memfd_open(struct haul_memfd *memfd, const char *name, size_t size, size_t huge,
			     struct haul_iova iova);

/*
 * What others opened, through a descriptor of it, which may be closed at once: to
 * share, not to allocate from.  seals are those that it must have.
 * -HAUL_EACCES: it has not, or may not be written; -HAUL_ERANGE: it is shorter than the region
 * says; -HAUL_EOVERFLOW: the region's end is beyond that of an address space.
 */
HAUL_API int haul_memfd_attach(struct haul_memfd *memfd, int fd,
			       const struct haul_memfd_region *region, unsigned seals);

/* The seals of a descriptor's file; 0 where it is none that can have any. */
HAUL_API int haul_memfd_seals(int fd, unsigned *seals);

/* Where [iova, iova + size) is for this process, for a device's side.  -HAUL_ERANGE: not wholly
 * in the region. */
HAUL_API int haul_memfd_at(const struct haul_memfd *memfd, struct haul_iova iova, size_t size,
			   void **p);

/* -HAUL_EBUSY: some of it is allocated; -HAUL_EINVAL: closed before. */
HAUL_API int haul_memfd_close(struct haul_memfd *memfd);

#endif

#ifdef __cplusplus
}
#endif

#endif
