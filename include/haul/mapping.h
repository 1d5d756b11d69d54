/* SPDX-License-Identifier: MIT */
/*
 * Where regions come from on Linux: files and devices that can be mapped.
 *
 * A mapping is the pages around a region, which is exact: neither where it begins
 * nor its size need be a multiple of a page.  Mappings are shared: stores reach the
 * file, the device and everybody else who has it mapped.  No file stays open.
 *
 * The policy is the caller's word, kept in the region, for how the pages are cached;
 * it decides something only where that is said.
 *
 * Errors, with nothing mapped and *mapping unchanged: -HAUL_EINVAL: size 0, an
 * unknown policy or access, no such thing as that name or number, or a descriptor
 * that is not open; -HAUL_EOVERFLOW: the end is beyond that of the address space;
 * -HAUL_ENOENT: it does not exist; -HAUL_EACCES: the system does not permit it;
 * -HAUL_ENODEV: it cannot be mapped, as a folder or a pipe cannot; -HAUL_ERANGE: the
 * end is beyond that of the file; -HAUL_EPROTO: the kernel's description makes no
 * sense; -HAUL_ENOTSUP: not with that policy; -HAUL_ENOMEM; -HAUL_ENOSPC: too many
 * files are open; -HAUL_EAGAIN: too much memory is locked; -HAUL_EIO: anything else.
 * How far a device reaches its driver says: beyond is what that returns, as a rule
 * -HAUL_EINVAL, as is -HAUL_EBUSY of a device that is used otherwise.
 *
 * A file that is cut short later, and a device that goes away, are faults of the
 * accesses: haul/region.h.  So are stores to what is mapped HAUL_MAPPING_READ_ONLY.
 *
 * Any thread; not from signal handlers.
 */
#ifndef HAUL_MAPPING_H
#define HAUL_MAPPING_H

#include <haul/registry.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__linux__) && __STDC_HOSTED__

enum haul_mapping_access { HAUL_MAPPING_READ_ONLY, HAUL_MAPPING_READ_WRITE };

struct haul_mapping {
	struct haul_region region;
	void *start;   /* of the pages */
	size_t length; /* 0: closed */
};

/*
 * A part of an open file: a memfd, a file on a disk, a VFIO device's region, anything
 * that can be mapped.  The region's physical address is its offset.  The descriptor
 * may be closed at once.  Huge pages' files are mapped by their pages.
 */
HAUL_API int haul_mapping_fd(struct haul_mapping *mapping, int fd, uint64_t offset, size_t size,
			     enum haul_cache_policy policy, enum haul_mapping_access access);

/* The same of a file by its name. */
HAUL_API int haul_mapping_path(struct haul_mapping *mapping, const char *path, uint64_t offset,
			       size_t size, enum haul_cache_policy policy,
			       enum haul_mapping_access access);

/*
 * Physical memory, through /dev/mem.  HAUL_CACHE_UNCACHED asks the kernel for that
 * (O_SYNC), HAUL_CACHE_WRITE_BACK for what it takes for right, which for memory is
 * that; HAUL_CACHE_WRITE_COMBINING is -HAUL_ENOTSUP.
 */
HAUL_API int haul_mapping_physical(struct haul_mapping *mapping, uint64_t physical, size_t size,
				   enum haul_cache_policy policy, enum haul_mapping_access access);

/*
 * A UIO device's map, whole, by the numbers in /sys/class/uio/uio0/maps/map0.  Most
 * drivers give the size in whole pages: the region is then from the device's first
 * byte to the end of the last page.
 */
HAUL_API int haul_mapping_uio(struct haul_mapping *mapping, unsigned device, unsigned map,
			      enum haul_cache_policy policy, enum haul_mapping_access access);

/*
 * A BAR (0 to 5) of a PCI function, "0000:00:03.0" as in /sys/bus/pci/devices, whole:
 * HAUL_CACHE_UNCACHED through resourceN, HAUL_CACHE_WRITE_COMBINING through
 * resourceN_wc, which only some BARs have (-HAUL_ENOTSUP).  -HAUL_ENOENT: no such
 * function or BAR, the upper half of a 64-bit one included; -HAUL_ENOTSUP: a BAR of
 * I/O ports; -HAUL_ENODEV: a BAR without an address.  Whether the function answers
 * there is between its driver and the file `enable`.
 */
HAUL_API int haul_mapping_pci(struct haul_mapping *mapping, const char *function, unsigned bar,
			      enum haul_cache_policy policy, enum haul_mapping_access access);

/* After the last use of the region and its slices.  -HAUL_EINVAL: closed before;
 * -HAUL_ENOMEM: the kernel could not, nothing is changed. */
HAUL_API int haul_mapping_close(struct haul_mapping *mapping);

/* How a registry maps, read-write, what haul_mapping_physical can. */
HAUL_API void haul_mapping_mapper(struct haul_registry_mapper *mapper);

#endif

#ifdef __cplusplus
}
#endif

#endif
