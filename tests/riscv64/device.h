/* SPDX-License-Identifier: MIT */
/* Devices of QEMU's virt (hw/riscv/virt.c), at their physical addresses. */
#ifndef RISCV64_DEVICE_H
#define RISCV64_DEVICE_H

#define DEVICE_WINDOW ((uintptr_t)0)
#define DEVICE_UART 0x10000000u
#define DEVICE_FW_CFG 0x10100000u

#endif
