/* SPDX-License-Identifier: MIT */
/*
 * Interrupts of loongarch64 under QEMU, virt: messages to the bridge become those of the extended
 * I/O interrupt controller (Loongson 3A5000 manual, 11.2; QEMU, hw/intc/loongarch_pch_msi.c and
 * loongarch_extioi.c), which has its registers among the CPU's IOCSRs, and tells the CPU by its
 * first line.
 */
#include "board.h"
#include "csr.h"
#include "device.h"

enum {
	ENABLES = 0x1600,
	PENDING = 0x1800, /* for this CPU; written: no more */
	MESSAGES = 32,    /* the first of them */
	ECFG_FIRST_LINE = 1 << 2
};

#define READ(reg) \
	({ \
		uint32_t read_value; \
		__asm__ volatile("iocsrrd.w %0, %1" : "=r"(read_value) : "r"(reg)); \
		read_value; \
	})
#define WRITE(reg, value) \
	__asm__ volatile("iocsrwr.w %0, %1" : : "r"((uint32_t)(value)), "r"(reg) : "memory")

/* They would go by the bridge. */
bool board_interrupt_line(unsigned line)
{
	(void)line;
	return false;
}

bool board_interrupt_message(uint64_t *address, uint32_t *data)
{
	uint64_t config = ECFG_FIRST_LINE;

	WRITE(ENABLES + MESSAGES / 8, 1);
	__asm__ volatile("csrwr %0, %1" : "+r"(config) : "i"(CSR_ECFG));
	*address = DEVICE_MESSAGES;
	*data = MESSAGES;
	return true;
}

/* IDLE ends for an interrupt that ECFG has, in QEMU whatever CRMD.IE says. */
unsigned board_interrupt_wait(void)
{
	while (!READ(PENDING + MESSAGES / 8))
		__asm__ volatile("idle 0" : : : "memory");
	return MESSAGES;
}

void board_interrupt_done(unsigned number)
{
	WRITE(PENDING + number / 8, 1);
}
