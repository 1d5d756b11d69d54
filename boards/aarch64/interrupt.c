/* SPDX-License-Identifier: MIT */
/*
 * Interrupts of aarch64 under QEMU, virt: a GICv2 (Arm IHI 0048B, chapters 4.3 and 4.4), and for
 * messages a GICv2m (Arm Server Base System Architecture, appendix E; QEMU, hw/intc/arm_gicv2m.c).
 */
#include "board.h"
#include "device.h"

enum {
	DISTRIBUTOR_CONTROL = 0x0,
	DISTRIBUTOR_ENABLE = 0x100,
	DISTRIBUTOR_TARGETS = 0x800,
	DISTRIBUTOR_CONFIG = 0xc00,
	INTERFACE_CONTROL = 0x0,
	INTERFACE_PRIORITY_MASK = 0x4,
	INTERFACE_ACKNOWLEDGE = 0xc,
	INTERFACE_END = 0x10,
	MESSAGE_TYPE = 0x8, /* bits 25 to 16: the first of its interrupts */
	MESSAGE_SET = 0x40,
	ID_BITS = 0x3ff,
	SPURIOUS = 1020 /* and above */
};

static volatile uint32_t *word_at(uintptr_t address)
{
	return (volatile uint32_t *)address; /* NOLINT(performance-no-int-to-ptr) */
}

static void start(void)
{
	*word_at(DEVICE_GIC_DISTRIBUTOR + DISTRIBUTOR_CONTROL) = 1;
	*word_at(DEVICE_GIC_INTERFACE + INTERFACE_PRIORITY_MASK) = 0xff;
	*word_at(DEVICE_GIC_INTERFACE + INTERFACE_CONTROL) = 1;
}

/* Its priority is the highest, as at first. */
bool board_interrupt_line(unsigned line)
{
	start();
	*word_at(DEVICE_GIC_DISTRIBUTOR + DISTRIBUTOR_TARGETS + line / 4 * 4) |=
		1u << line % 4 * 8; /* CPU 0 */
	*word_at(DEVICE_GIC_DISTRIBUTOR + DISTRIBUTOR_ENABLE + line / 32 * 4) = 1u << line % 32;
	return true;
}

bool board_interrupt_message(uint64_t *address, uint32_t *data)
{
	const unsigned line = *word_at(DEVICE_GIC_MESSAGES + MESSAGE_TYPE) >> 16 & ID_BITS;

	*word_at(DEVICE_GIC_DISTRIBUTOR + DISTRIBUTOR_CONFIG + line / 16 * 4) |=
		2u << line % 16 * 2; /* by edge: nothing holds it */
	board_interrupt_line(line);
	*address = DEVICE_GIC_MESSAGES + MESSAGE_SET;
	*data = line;
	return true;
}

/* WFI ends for an interrupt that is masked too (Arm ARM, D1.7.2). */
unsigned board_interrupt_wait(void)
{
	unsigned line;

	while ((line = *word_at(DEVICE_GIC_INTERFACE + INTERFACE_ACKNOWLEDGE) & ID_BITS) >=
	       SPURIOUS)
		__asm__ volatile("dsb sy\n\twfi" : : : "memory");
	return line;
}

void board_interrupt_done(unsigned number)
{
	*word_at(DEVICE_GIC_INTERFACE + INTERFACE_END) = number;
}
