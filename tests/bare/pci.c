/* SPDX-License-Identifier: MIT */
#include "bare/pci.h"
#include "bare/acquire.h"
#include "device.h"
#include "test.h"

enum { BUS_SIZE = 1 << 20, MEMORY_SIZE = 1 << 27 };

/* Configuration space is at one of some places, and bus 0 is enough. */
static const struct haul_pci_access *find_access(void)
{
	static const uint64_t places[] = {DEVICE_PCI_CONFIGS};
	static struct haul_pci_ecam ecam;
	static struct haul_pci_access access;
	struct haul_pci_function any;
	uint32_t position = 0;

	for (size_t i = 0; i < sizeof places / sizeof *places; i++, position = 0) {
		ecam.region = device_acquire(places[i], BUS_SIZE);
		cr_assert(haul_pci_ecam_access(&ecam, &access) == 0);
		if (haul_pci_next(&access, &position, &any) == 0)
			return &access;
	}
	return NULL;
}

static void place(struct haul_pci_function *function)
{
	static struct haul_pci_window window = {
		.next = DEVICE_PCI_MEMORY,
		.last = DEVICE_PCI_MEMORY + MEMORY_SIZE - 1,
	};

	cr_assert(haul_pci_bars(function) == 0);
	for (size_t i = 0; i < HAUL_PCI_BARS; i++)
		if (function->bars[i].io) /* which boards have none of */
			function->bars[i] = (struct haul_pci_bar){0};
	cr_assert(haul_pci_assign(function, &window, 1) == 0);
}

bool pci_next(uint32_t *position, struct haul_pci_function *function)
{
	static const struct haul_pci_access *access;

	if (!access)
		access = find_access();
	if (!access || haul_pci_next(access, position, function) != 0)
		return false;
	place(function);
	return true;
}

static int map(void *ctx, const struct haul_pci_function *function, unsigned bar, uint64_t off,
	       size_t size, struct haul_region *region)
{
	(void)ctx;
	*region = device_acquire(function->bars[bar].address + off, size);
	return 0;
}

static int unmap(void *ctx, const struct haul_region *region)
{
	(void)ctx, (void)region;
	return 0;
}

const struct haul_pci_map pci_map = {NULL, map, unmap};

static void find(uint32_t id, struct haul_pci_function *function)
{
	uint32_t position = 0;

	while (pci_next(&position, function))
		if (function->vendor == (id & 0xffff) && function->device == id >> 16)
			return;
	cr_assert(false, "no PCI device %08x", id);
}

struct haul_region pci_open(uint32_t id)
{
	struct haul_pci_function function;
	struct haul_region region;

	find(id, &function);
	cr_assert(haul_pci_command(&function, HAUL_PCI_COMMAND_MEMORY | HAUL_PCI_COMMAND_MASTER,
				   0) == 0);
	cr_assert(haul_pci_map_bar(&function, &pci_map, 0, 0, function.bars[0].size, &region) == 0);
	return region;
}
