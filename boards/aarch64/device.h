/* SPDX-License-Identifier: MIT */
/* Devices of QEMU's virt (hw/arm/virt.c), at their physical addresses. */
#ifndef AARCH64_DEVICE_H
#define AARCH64_DEVICE_H

#define DEVICE_WINDOW ((uintptr_t)0)
#define RAM_WINDOW ((uintptr_t)0)
#define DEVICE_UART 0x09000000u
#define DEVICE_FW_CFG 0x09020000u

/* PCI: configuration space with highmem-ecam=off, and what is free for registers. */
#define DEVICE_PCI_CONFIGS 0x3f000000u
#define DEVICE_PCI_MEMORY 0x10000000u

/* What boards/run has the device edu reach. */
#define DEVICE_EDU_REACH 0x4fffffffu

/* Places for virtio devices: address, bytes of each, number, and the first one's interrupt. */
#define DEVICE_VIRTIO_MMIO 0x0a000000u, 0x200u, 32u, 48u

/* The interrupt controller's three parts. */
#define DEVICE_GIC_DISTRIBUTOR ((uintptr_t)0x08000000)
#define DEVICE_GIC_INTERFACE ((uintptr_t)0x08010000)
#define DEVICE_GIC_MESSAGES ((uintptr_t)0x08020000)

/* The first of PCI's four interrupts. */
#define DEVICE_PCI_LINES 35u

#endif
