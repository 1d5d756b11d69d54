/* SPDX-License-Identifier: MIT */
/* Devices of QEMU's microvm and q35 (include/hw/i386/ioapic.h), at
 * their physical addresses. */
#ifndef X86_64_DEVICE_H
#define X86_64_DEVICE_H

#define DEVICE_WINDOW ((uintptr_t)0)
#define RAM_WINDOW ((uintptr_t)0)
#define DEVICE_IO_APIC 0xfec00000u

/* PCI: configuration space as q35's firmware places it and as microvm has it, and
 * what is free for registers on microvm (hw/i386/microvm.c). */
#define DEVICE_PCI_CONFIGS 0xb0000000u, 0xe0000000u
#define DEVICE_PCI_MEMORY 0xc0000000u

/* What boards/run has the device edu reach. */
#define DEVICE_EDU_REACH 0x0fffffffu

/* microvm's places for virtio devices: address, bytes of each, number, and of the first one's
 * interrupt, which is the first of an I/O APIC of its own. */
#define DEVICE_VIRTIO_MMIO 0xfeb00000u, 0x200u, 24u, 0u
#define DEVICE_VIRTIO_IO_APIC 0xfec10000u
#define DEVICE_LOCAL_APIC 0xfee00000u

/* Interrupts of PCI: by messages. */
#define DEVICE_PCI_LINES 0u

#endif
