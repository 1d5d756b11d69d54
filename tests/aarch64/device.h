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

#endif
