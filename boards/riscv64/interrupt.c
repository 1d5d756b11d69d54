/* SPDX-License-Identifier: MIT */
/*
 * Interrupts of riscv64 under QEMU, virt: the platform-level interrupt controller (RISC-V PLIC
 * specification, 1.0), of which supervisor mode on hart 0 is context 1.
 */
#include "board.h"
#include "device.h"

enum {
	PRIORITIES = 0x0,
	ENABLES = 0x2080,
	THRESHOLD = 0x201000,
	CLAIM = 0x201004, /* read: claims the interrupt; written: completes it */
	SIE_EXTERNAL = 1 << 9
};

static volatile uint32_t *word_at(uintptr_t off)
{
	return (volatile uint32_t *)(DEVICE_PLIC + off); /* NOLINT(performance-no-int-to-ptr) */
}

bool board_interrupt_line(unsigned line)
{
	*word_at(PRIORITIES + 4 * line) = 1;
	*word_at(ENABLES + line / 32 * 4) |= 1u << line % 32;
	*word_at(THRESHOLD) = 0;
	__asm__ volatile("csrs sie, %0" : : "r"(SIE_EXTERNAL));
	return true;
}

bool board_interrupt_message(uint64_t *address, uint32_t *data)
{
	(void)address, (void)data;
	return false;
}

/* WFI ends for an interrupt that sie has, whatever sstatus.SIE says (privileged specification,
 * "Wait for Interrupt"). */
unsigned board_interrupt_wait(void)
{
	unsigned line;

	while (!(line = *word_at(CLAIM)))
		__asm__ volatile("wfi" : : : "memory");
	return line;
}

void board_interrupt_done(unsigned number)
{
	*word_at(CLAIM) = number;
}
