/* SPDX-License-Identifier: MIT */
/* QEMU, docs/specs/edu.rst.  DMA registers are 64 bits wide; the device's own
 * addresses are offsets of what is behind its BAR. */
#include "bare/edu.h"
#include "bare/pci.h"
#include "test.h"
#include <haul/barrier.h>

enum { ID = 0x11e81234 };
enum { SOURCE = 0x80, DESTINATION = 0x88, COUNT = 0x90, COMMAND = 0x98, BUFFER = 0x40000 };
enum { COMMAND_START = 1 << 0, COMMAND_TO_MEMORY = 1 << 1 };
enum { PATIENCE = 100 * 1000 * 1000 }; /* looks at a register, 100 ns or more each */

struct haul_region edu_open(void)
{
	return pci_open(ID);
}

static void set(const struct haul_region *edu, size_t off, uint64_t value)
{
	cr_assert(haul_region_write_u64(edu, off, value) == 0);
}

static bool is_done(const struct haul_region *edu)
{
	uint64_t command = COMMAND_START;

	cr_assert(haul_region_read_u64(edu, COMMAND, &command) == 0);
	return !(command & COMMAND_START);
}

static void transfer(const struct haul_region *edu, uint64_t from, uint64_t to, size_t size,
		     unsigned direction)
{
	unsigned looks = 0;

	cr_assert(size <= EDU_BUFFER);
	set(edu, SOURCE, from);
	set(edu, DESTINATION, to);
	set(edu, COUNT, size);
	haul_barrier_doorbell();
	set(edu, COMMAND, COMMAND_START | direction);
	while (!is_done(edu))
		cr_assert(++looks < PATIENCE, "DMA does not end");
	haul_barrier_complete();
}

void edu_load(const struct haul_region *edu, struct haul_iova from, size_t size)
{
	transfer(edu, from.value, BUFFER, size, 0);
}

void edu_store(const struct haul_region *edu, struct haul_iova to, size_t size)
{
	transfer(edu, BUFFER, to.value, size, COMMAND_TO_MEMORY);
}
