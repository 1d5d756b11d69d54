/* SPDX-License-Identifier: MIT */
#include "bare/virtio.h"
#include "bare/acquire.h"
#include "bare/pci.h"
#include "device.h"
#include "test.h"
#include <stdlib.h>
#include <string.h>

static bool is_wanted(const struct haul_virtio_transport *transport, uint32_t type, bool legacy)
{
	return transport->type == type && transport->legacy == legacy;
}

static bool find_mmio(struct virtio_found *found, uint32_t type, unsigned but, bool legacy)
{
	static const struct {
		uint64_t first, size, number;
		unsigned line;
	} places = {DEVICE_VIRTIO_MMIO};

	for (uint64_t i = 0; i < places.number; i++) {
		const struct haul_region region =
			device_acquire(places.first + i * places.size, places.size);
		const int err = haul_virtio_mmio_open(&found->mmio, &region, &found->transport);

		cr_assert(err == 0 || err == -HAUL_ENOENT, "place %u: %d", (unsigned)i, err);
		found->line = places.line + (unsigned)i;
		if (err == 0 && is_wanted(&found->transport, type, legacy) && !but--)
			return true;
	}
	return false;
}

/* The four lines take turns with a bus's devices. */
static bool find_pci(struct virtio_found *found, uint32_t type, unsigned but)
{
	enum { VENDOR = 0x1af4, LINES = 4 };
	struct haul_pci_function function;
	uint32_t position = 0;

	while (pci_next(&position, &function)) {
		if (function.vendor != VENDOR)
			continue;
		cr_assert(haul_virtio_pci_open(&found->pci, &function, &pci_map,
					       &found->transport) == 0);
		found->line = DEVICE_PCI_LINES + function.at.device % LINES;
		if (is_wanted(&found->transport, type, false) && !but--)
			return true;
		found->transport.ops->close(found->transport.ctx);
	}
	return false;
}

static const char *way(void)
{
	const char *value = getenv("HAUL_TEST_VIRTIO");

	cr_assert(value, "not started with -virtio");
	return value;
}

bool virtio_by_pci(void)
{
	return strncmp(way(), "pci", 3) == 0;
}

void virtio_find(struct virtio_found *found, uint32_t type, unsigned but)
{
	bool there;

	if (virtio_by_pci())
		there = find_pci(found, type, but);
	else
		there = find_mmio(found, type, but, strcmp(way(), "mmio-legacy") == 0);
	cr_assert(there, "no device of type %u over %s", (unsigned)type, way());
}
