/* SPDX-License-Identifier: MIT */
/*
 * Virtio over MMIO: a device's registers in a region (virtio specification 1.4, section 4.2), of
 * version 2, and of version 1, the legacy interface, which QEMU has unless told otherwise
 * (-global virtio-mmio.force-legacy=false).
 *
 * Where devices are a device tree or a command line says.  Many places have none in them.
 *
 *	struct haul_virtio_mmio mmio;
 *	struct haul_virtio_transport transport;
 *
 *	if (haul_virtio_mmio_open(&mmio, &region, &transport) == 0)
 *		haul_virtio_open(&device, &transport, ...);
 *
 * Threads: haul/virtio.h.
 */
#ifndef HAUL_VIRTIO_MMIO_H
#define HAUL_VIRTIO_MMIO_H

#include <haul/virtio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { HAUL_VIRTIO_MMIO_CONFIG = 0x100 }; /* where the configuration begins */

/* The caller's; to stay as long as the device. */
struct haul_virtio_mmio {
	struct haul_region region;
	bool paged; /* legacy: the device has been told the size of pages */
};

/*
 * Looks who is there, and makes a transport of it: transport->type, vendor and legacy say.  The
 * region ends where the device's configuration does, or beyond; registers of a device that is
 * there are all that is read, and nothing is written.
 *
 * -HAUL_ENOENT: no device is there, which is nothing wrong (DeviceID 0); -HAUL_EPROTO: no virtio
 * device (MagicValue); -HAUL_ENOTSUP: of another version than 1 and 2; -HAUL_ENODEV: nobody
 * answers; -HAUL_EINVAL: the region is smaller than the registers, or not aligned to 4.
 */
HAUL_API int haul_virtio_mmio_open(struct haul_virtio_mmio *mmio, const struct haul_region *region,
				   struct haul_virtio_transport *transport);

#ifdef __cplusplus
}
#endif

#endif
