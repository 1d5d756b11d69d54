/* SPDX-License-Identifier: MIT */
/*
 * Mappings that give way at a known byte, one maker for each reason that a
 * page can have.  A test runs in a process of its own, so nothing is ever
 * given back.
 */
#ifndef TESTS_FAULT_MAPS_H
#define TESTS_FAULT_MAPS_H

#include <stddef.h>

/* Bytes [base, edge) can be read and written; from edge on they fail. */
struct fault_map {
	unsigned char *base, *edge;
	size_t beyond; /* bytes of address space from edge to the map's end */
	int fd;        /* what is mapped, or the userfaultfd; -1 if neither */
};

/* good is a whole number of pages.  Returns NULL, or the reason why this
 * system cannot make such a mapping. */
typedef const char *fault_map_maker(struct fault_map *map, size_t good);

fault_map_maker fault_map_unmapped;
fault_map_maker fault_map_no_access;
fault_map_maker fault_map_read_only; /* loads work everywhere */
fault_map_maker fault_map_guard;
fault_map_maker fault_map_memfd_end;
fault_map_maker fault_map_file_end;
fault_map_maker fault_map_full_tmpfs;
fault_map_maker fault_map_pkey_no_access;
fault_map_maker fault_map_pkey_no_write; /* loads work everywhere */
fault_map_maker fault_map_userfault;     /* waits for somebody to serve fd */
fault_map_maker fault_map_userfault_bus;
fault_map_maker fault_map_userfault_poison;
fault_map_maker fault_map_hardware_poison;

/* The same bytes for the same seed; none of them is 0 or PATTERN_NEVER. */
#define PATTERN_NEVER 0x5a
void pattern_fill(unsigned char *p, size_t n, unsigned seed);
unsigned char pattern_byte(size_t i, unsigned seed);

/* True if all n bytes equal c. */
int bytes_are(const unsigned char *p, size_t n, unsigned char c);

size_t page_size(void);

#endif
