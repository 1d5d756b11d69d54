/* SPDX-License-Identifier: MIT */
/*
 * Interrupts of x86_64 under QEMU: the local APIC (Intel SDM, volume 3, chapter "Advanced
 * Programmable Interrupt Controller"), and for lines microvm's I/O APIC of virtio devices (Intel
 * 82093AA; QEMU, hw/i386/microvm.c).  All come by one vector, the spurious ones too.
 */
#include "interrupt.h"
#include "board.h"
#include "device.h"
#include "port.h"

enum { LOCAL_END = 0xb0, LOCAL_SPURIOUS = 0xf0, LOCAL_ENABLE = 1 << 8 };
enum { IO_SELECT = 0, IO_WINDOW = 0x10, IO_REDIRECTION = 0x10, IO_BY_LEVEL = 1 << 15 };

static volatile bool taken;

void interrupt_taken(void)
{
	taken = true;
}

static volatile uint32_t *word_at(uintptr_t address)
{
	return (volatile uint32_t *)address; /* NOLINT(performance-no-int-to-ptr) */
}

/* Of the two old controllers firmware has left some line open. */
static void start(void)
{
	enum { PORT_FIRST_MASK = 0x21, PORT_SECOND_MASK = 0xa1, ALL = 0xff };

	out_8(PORT_FIRST_MASK, ALL);
	out_8(PORT_SECOND_MASK, ALL);
	*word_at(DEVICE_LOCAL_APIC + LOCAL_SPURIOUS) = LOCAL_ENABLE | INTERRUPT_VECTOR;
}

/* The upper half of an entry is where to: local APIC 0, as at first. */
bool board_interrupt_line(unsigned line)
{
	start();
	*word_at(DEVICE_VIRTIO_IO_APIC + IO_SELECT) = IO_REDIRECTION + 2 * line;
	*word_at(DEVICE_VIRTIO_IO_APIC + IO_WINDOW) = IO_BY_LEVEL | INTERRUPT_VECTOR;
	return true;
}

bool board_interrupt_message(uint64_t *address, uint32_t *data)
{
	start();
	*address = DEVICE_LOCAL_APIC;
	*data = INTERRUPT_VECTOR;
	return true;
}

/* STI lets none in before the instruction behind it. */
unsigned board_interrupt_wait(void)
{
	while (!taken)
		__asm__ volatile("sti\n\thlt\n\tcli" : : : "memory");
	taken = false;
	return INTERRUPT_VECTOR;
}

void board_interrupt_done(unsigned number)
{
	(void)number;
	*word_at(DEVICE_LOCAL_APIC + LOCAL_END) = 0;
}
