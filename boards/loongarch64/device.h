/* SPDX-License-Identifier: MIT */
/* Devices of QEMU's virt (include/hw/loongarch/virt.h, hw/pci-host/ls7a.h), in the
 * window of what is not cached, and RAM, in that of what is (boards/loongarch64/csr.h). */
#ifndef LOONGARCH64_DEVICE_H
#define LOONGARCH64_DEVICE_H

#define DEVICE_WINDOW ((uintptr_t)1 << 63)
#define RAM_WINDOW ((uintptr_t)9 << 60)
#define DEVICE_UART 0x1fe001e0u
#define DEVICE_FW_CFG 0x1e020000u

/* PCI: configuration space, and what is free for registers, beside the board's
 * own use (boards/loongarch64/board.c). */
#define DEVICE_PCI_CONFIGS 0x20000000u
#define DEVICE_PCI_MEMORY 0x48000000u

/* Where they write the messages that are interrupts: those of PCI are. */
#define DEVICE_MESSAGES 0x2ff00000u
#define DEVICE_PCI_LINES 0u

/* Places for virtio devices: there are none. */
#define DEVICE_VIRTIO_MMIO 0u, 0u, 0u, 0u

#endif
