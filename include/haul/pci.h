/* SPDX-License-Identifier: MIT */
/*
 * PCI, as much as drivers need: which functions there are, where their registers are, how
 * they are turned on, and MSI-X.  For kernels, boards and programs that are given a machine's
 * configuration space; on Linux the system has done all of it (haul_mapping_pci, haul/mapping.h).
 *
 * Sources: PCI Local Bus Specification 3.0, chapter 6; PCI Express Base Specification 5.0,
 * 7.2.2 and 7.7.2.
 *
 * Addresses are the bus's.  What a function says is not believed: lists are walked at most once
 * around, ranges are checked, and what was written is read back where it decides something.
 *
 * Errors: -HAUL_ENODEV: the function does not answer (its accesses fault, or give all
 * ones); else what the access table returns.
 *
 * Nothing is allocated; nothing waits.  One thread at a time for each function, and for each
 * access table whose functions are not for several.  Not from signal handlers.
 */
#ifndef HAUL_PCI_H
#define HAUL_PCI_H

#include <haul/hal.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where a function is. */
struct haul_pci_address {
	uint8_t bus, device, function; /* device 0 to 31, function 0 to 7 */
};

/*
 * How configuration space is accessed: width is 1, 2 or 4 bytes, off aligned to it and less than
 * 256.  0, or -HAUL_EFAULT: nobody answered; of nobody, all ones may be read too.
 */
struct haul_pci_access {
	void *ctx;
	int (*read)(void *ctx, struct haul_pci_address at, unsigned off, unsigned width,
		    uint32_t *value);
	int (*write)(void *ctx, struct haul_pci_address at, unsigned off, unsigned width,
		     uint32_t value);
	uint8_t first, last; /* buses */
};

/* Configuration space in memory (ECAM): 1 MiB for each bus, of which `first` is the first. */
struct haul_pci_ecam {
	struct haul_region region;
	uint8_t first;
};

/* The table for it; ecam is kept as a pointer.  Buses beyond 255 are left out.  -HAUL_EINVAL:
 * the region has room for no bus. */
HAUL_API int haul_pci_ecam_access(struct haul_pci_ecam *ecam, struct haul_pci_access *access);

enum { HAUL_PCI_BARS = 6, HAUL_PCI_CAPABILITIES = 48 };

/* A base address register: a range of the bus's memory, or of its I/O ports. */
struct haul_pci_bar {
	uint64_t address; /* 0: none assigned */
	uint64_t size;    /* bytes, a power of two; 0: there is no such BAR */
	bool io, wide, prefetchable;
};

struct haul_pci_function {
	const struct haul_pci_access *access;
	struct haul_pci_address at;
	uint16_t vendor, device, subsystem_vendor, subsystem;
	uint32_t class_code; /* 24 bits: class, subclass, interface */
	uint8_t revision;
	uint8_t header; /* its type: 0, or 1 for bridges, without the bit for many functions */
	bool many;      /* function 0 of several */
	struct haul_pci_bar bars[HAUL_PCI_BARS];
};

/* Makes it known; its BARs are not yet.  -HAUL_EINVAL: the table has no such address. */
HAUL_API int haul_pci_open(struct haul_pci_function *function, const struct haul_pci_access *access,
			   struct haul_pci_address at);

/* The function at *position or behind it, in the order of bus, device and function; *position, at
 * first 0, is then behind it.  All buses of the table are looked at, also those behind bridges
 * if they have been given numbers.  -HAUL_ENOENT: no more. */
HAUL_API int haul_pci_next(const struct haul_pci_access *access, uint32_t *position,
			   struct haul_pci_function *function);

/* Of its configuration space; -HAUL_EINVAL: no such width, not aligned, or beyond 256. */
HAUL_API int haul_pci_read(const struct haul_pci_function *function, unsigned off, unsigned width,
			   uint32_t *value);
HAUL_API int haul_pci_write(const struct haul_pci_function *function, unsigned off, unsigned width,
			    uint32_t value);

/* The command register, 6.2.2. */
enum {
	HAUL_PCI_COMMAND_IO = 1 << 0,
	HAUL_PCI_COMMAND_MEMORY = 1 << 1, /* it answers at its BARs */
	HAUL_PCI_COMMAND_MASTER = 1 << 2, /* it may do DMA, and send MSI-X */
	HAUL_PCI_COMMAND_NO_INTX = 1 << 10
};

/* Sets some of its bits and clears others. */
HAUL_API int haul_pci_command(const struct haul_pci_function *function, uint16_t set,
			      uint16_t clear);

/* Fills function->bars.  To find out sizes it writes to them and puts back what was there;
 * meanwhile the function does not answer at any, so nobody may be using it.  A BAR that makes no
 * sense is taken for none. */
HAUL_API int haul_pci_bars(struct haul_pci_function *function);

/* A range that BARs may be assigned from; nobody else has any of it. */
struct haul_pci_window {
	uint64_t next, last; /* first free byte, and last; next > last: full */
	bool io, prefetchable /* for prefetchable BARs only */;
};

/*
 * Assigns an address to each of function->bars that has none, from the first window where it fits,
 * aligned to its size.  After haul_pci_bars.  -HAUL_ENOSPC: nowhere; -HAUL_EPROTO: the BAR did
 * not take it.  Those before it are assigned then.
 */
HAUL_API int haul_pci_assign(struct haul_pci_function *function, struct haul_pci_window *windows,
			     size_t nwindows);

/* Capabilities in their list's order.  What is behind a pointer that makes no sense, or that was
 * there before, is left out. */
struct haul_pci_capability {
	uint8_t id, off;
};
HAUL_API int haul_pci_capabilities(const struct haul_pci_function *function,
				   struct haul_pci_capability caps[HAUL_PCI_CAPABILITIES],
				   size_t *n);

/* How a part of a BAR is mapped: 0 and *region, or -HAUL_E*.  [off, off + size) lies in it. */
struct haul_pci_map {
	void *ctx;
	int (*map)(void *ctx, const struct haul_pci_function *function, unsigned bar, uint64_t off,
		   size_t size, struct haul_region *region);
	int (*unmap)(void *ctx, const struct haul_region *region);
};

/* By a Hal's map_mmio, where the bus's addresses are physical ones; hal is kept as a pointer. */
HAUL_API void haul_pci_map_hal(const struct haul_hal *hal, struct haul_pci_map *map);

/* Maps it.  -HAUL_ENOENT: no such BAR, or one of I/O ports, or without an address; -HAUL_ERANGE:
 * beyond it; -HAUL_EINVAL: size 0. */
HAUL_API int haul_pci_map_bar(const struct haul_pci_function *function,
			      const struct haul_pci_map *map, unsigned bar, uint64_t off,
			      uint64_t size, struct haul_region *region);

/* MSI-X, PCI Express 7.7.2. */
struct haul_pci_msix {
	const struct haul_pci_function *function;
	struct haul_pci_map map;
	struct haul_region table;
	uint8_t off;      /* of the capability */
	unsigned vectors; /* 1 to 2048 */
};

/* Turns it on, with every vector masked; function is kept as a pointer.  The function must answer
 * at its BARs.  -HAUL_ENOENT: it has none; -HAUL_EPROTO: its table is nowhere, or it cannot be
 * turned on. */
HAUL_API int haul_pci_msix_open(struct haul_pci_msix *msix,
				const struct haul_pci_function *function,
				const struct haul_pci_map *map);

/* What it writes, and where to, for that interrupt; masked.  -HAUL_ERANGE: no such vector;
 * -HAUL_EINVAL: the address is no multiple of 4; -HAUL_EPROTO: the table did not take it. */
HAUL_API int haul_pci_msix_set(const struct haul_pci_msix *msix, unsigned vector, uint64_t address,
			       uint32_t data);

/* A masked vector's interrupt comes when it is unmasked. */
HAUL_API int haul_pci_msix_mask(const struct haul_pci_msix *msix, unsigned vector, bool masked);

/* Turns it off and unmaps the table, whatever fails; the first error. */
HAUL_API int haul_pci_msix_close(struct haul_pci_msix *msix);

#ifdef __cplusplus
}
#endif

#endif
