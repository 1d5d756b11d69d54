/* SPDX-License-Identifier: MIT */
/* Devices of QEMU's virt (include/hw/loongarch/virt.h, hw/pci-host/ls7a.h), in the
 * window of what is not cached (boards/loongarch64/csr.h). */
#ifndef LOONGARCH64_DEVICE_H
#define LOONGARCH64_DEVICE_H

#define DEVICE_WINDOW ((uintptr_t)1 << 63)
#define DEVICE_UART 0x1fe001e0u
#define DEVICE_FW_CFG 0x1e020000u

#endif
