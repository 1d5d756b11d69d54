/* SPDX-License-Identifier: MIT */
/* Devices of QEMU's virt (hw/arm/virt.c), at their physical addresses. */
#ifndef AARCH64_DEVICE_H
#define AARCH64_DEVICE_H

#define DEVICE_WINDOW ((uintptr_t)0)
#define DEVICE_UART 0x09000000u
#define DEVICE_FW_CFG 0x09020000u

#endif
