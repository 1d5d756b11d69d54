/* SPDX-License-Identifier: MIT */
/* Devices of QEMU's microvm and q35 (include/hw/i386/ioapic.h), at
 * their physical addresses. */
#ifndef X86_64_DEVICE_H
#define X86_64_DEVICE_H

#define DEVICE_WINDOW ((uintptr_t)0)
#define DEVICE_IO_APIC 0xfec00000u

#endif
