/* SPDX-License-Identifier: MIT */
/* Devices of QEMU's virt (hw/riscv/virt.c), at their physical addresses. */
#ifndef RISCV64_DEVICE_H
#define RISCV64_DEVICE_H

#define DEVICE_WINDOW ((uintptr_t)0)
#define RAM_WINDOW ((uintptr_t)0)
#define DEVICE_UART 0x10000000u
#define DEVICE_FW_CFG 0x10100000u

/* PCI: configuration space, and what is free for registers. */
#define DEVICE_PCI_CONFIGS 0x30000000u
#define DEVICE_PCI_MEMORY 0x40000000u

/* What boards/run has the device edu reach. */
#define DEVICE_EDU_REACH 0x8fffffffu

/* Places for virtio devices: address, bytes of each, number, and the first one's interrupt. */
#define DEVICE_VIRTIO_MMIO 0x10001000u, 0x1000u, 8u, 1u

/* The interrupt controller, up to where supervisor mode's part of hart 0 ends. */
#define DEVICE_PLIC ((uintptr_t)0x0c000000)
#define DEVICE_PLIC_END ((uintptr_t)0x0c202000)

/* The first of PCI's four interrupts. */
#define DEVICE_PCI_LINES 32u

#endif
