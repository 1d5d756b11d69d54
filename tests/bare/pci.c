/* SPDX-License-Identifier: MIT */
/* Configuration space: PCI Local Bus Specification 3.0, 6.1 and 6.2.5.1; where it is
 * in memory: PCI Express Base Specification 5.0, 7.2.2. */
#include "bare/pci.h"
#include "bare/acquire.h"
#include "device.h"
#include "test.h"

enum { DEVICES = 32, DEVICE_SHIFT = 15, FUNCTION_SIZE = 4096 };
enum { ID = 0, COMMAND = 4, BAR0 = 0x10, BAR_FLAGS = 0xf };
enum { COMMAND_MEMORY = 1 << 1, COMMAND_MASTER = 1 << 2 };

static uint32_t config_read(const struct haul_region *config, size_t off)
{
	uint32_t value = 0;

	cr_assert(haul_region_read_u32(config, off, &value) == 0);
	return value;
}

static void config_write(const struct haul_region *config, size_t off, uint32_t value)
{
	cr_assert(haul_region_write_u32(config, off, value) == 0);
}

static bool find(uint32_t id, struct haul_region *config)
{
	static const uint64_t places[] = {DEVICE_PCI_CONFIGS};

	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		for (uint64_t device = 0; device < DEVICES; device++) {
			*config =
				device_acquire(places[i] + (device << DEVICE_SHIFT), FUNCTION_SIZE);
			if (config_read(config, ID) == id)
				return true;
		}
	return false;
}

/* Where firmware has not placed it, it is placed; the device does not answer meanwhile. */
static struct haul_region place(const struct haul_region *config)
{
	static uint32_t place = DEVICE_PCI_MEMORY;
	uint32_t address = config_read(config, BAR0) & ~(uint32_t)BAR_FLAGS, size;

	config_write(config, COMMAND, 0);
	config_write(config, BAR0, UINT32_MAX);
	size = -(config_read(config, BAR0) & ~(uint32_t)BAR_FLAGS);
	if (!address) {
		address = (place + size - 1) & -size;
		place = address + size;
	}
	config_write(config, BAR0, address);
	config_write(config, COMMAND, COMMAND_MEMORY | COMMAND_MASTER);
	return device_acquire(address, size);
}

struct haul_region pci_open(uint32_t id)
{
	struct haul_region config;

	cr_assert(find(id, &config), "no PCI device %08x", id);
	return place(&config);
}
