/* SPDX-License-Identifier: MIT */
/*
 * loongarch64 under QEMU, virt: console, exit, pages, traps.  Addresses of
 * devices are those of QEMU's include/hw/loongarch/virt.h and hw/pci-host/ls7a.h.
 */
#include "board.h"
#include "csr.h"
#include <haul/platform.h>

/* Physical memory as a pointer. */
static void *device(uint64_t address)
{
	return (void *)(UNCACHED + address); /* NOLINT(performance-no-int-to-ptr) */
}

static uint64_t physical(const void *cached)
{
	return (uintptr_t)cached - CACHED;
}

/* The console: a 16550 as firmware leaves it. */

enum { UART = 0x1fe001e0, UART_THR = 0, UART_LSR = 5, LSR_THR_EMPTY = 1 << 5 };

void board_putchar(char c)
{
	volatile uint8_t *uart = device(UART);

	while (!(uart[UART_LSR] & LSR_THR_EMPTY))
		;
	uart[UART_THR] = (uint8_t)c;
}

/*
 * Exit.  ACPI's sleep control register (ACPI 6.5, 4.8.3.7) ends the machine in S5,
 * which always means success to the host.  Failure is told by the device pvpanic
 * (QEMU, docs/specs/pvpanic.rst): a PCI function with one byte in BAR 0; the host
 * has to ask for it by -device pvpanic-pci -action panic=exit-failure.
 */

enum { SLEEP_CONTROL = 0x100e001c, SLEEP_S5 = 5 << 2, SLEEP_ENABLE = 1 << 5 };
enum {
	PCI_CONFIG = 0x20000000,
	PCI_MEMORY = 0x40000000,
	PCI_DEVICES = 32,
	PCI_ID = 0, /* in words of four bytes */
	PCI_COMMAND = 1,
	PCI_BAR0 = 4,
	COMMAND_MEMORY = 1 << 1,
	ID_PVPANIC = 0x00111b36,
	PVPANIC_PANICKED = 1 << 0
};

static void panic(void)
{
	volatile uint8_t *pvpanic = device(PCI_MEMORY);

	for (unsigned i = 0; i < PCI_DEVICES; i++) {
		volatile uint32_t *config = device(PCI_CONFIG + (i << 15));

		if (config[PCI_ID] != ID_PVPANIC)
			continue;
		config[PCI_BAR0] = PCI_MEMORY;
		config[PCI_COMMAND] = COMMAND_MEMORY;
		*pvpanic = PVPANIC_PANICKED;
	}
}

_Noreturn void board_stop(int status)
{
	volatile uint8_t *sleep_control = device(SLEEP_CONTROL);

	if (status)
		panic();
	else
		*sleep_control = SLEEP_S5 | SLEEP_ENABLE;
	for (;;) /* it takes a moment */
		;
}

/* QEMU's fw_cfg (docs/specs/fw_cfg.rst): data, then the selector, big-endian. */

enum { FW_CFG = 0x1e020000, FW_CFG_DATA = 0, FW_CFG_SELECTOR = 8 };
enum { ITEM_RAM_SIZE = 3 }; /* bytes, eight of them, little-endian */

void board_fw_cfg_select(uint16_t item)
{
	volatile uint16_t *selector = device(FW_CFG + FW_CFG_SELECTOR);

	*selector = __builtin_bswap16(item);
}

uint8_t board_fw_cfg_read(void)
{
	volatile uint8_t *data = device(FW_CFG + FW_CFG_DATA);

	return *data;
}

/* RAM is in two parts, below the devices and above them; the image is in the
 * lower one.  The larger one is what is free. */
struct board_ram board_ram(void)
{
	extern char image_end[]; /* link.ld */
	const uint64_t low_size = 256 << 20, high = UINT64_C(2) << 30;
	uint64_t size = 0;

	board_fw_cfg_select(ITEM_RAM_SIZE);
	for (unsigned i = 0; i < 8; i++)
		size |= (uint64_t)board_fw_cfg_read() << 8 * i;
	if (size >= 2 * low_size)
		return (struct board_ram){CACHED + high, CACHED + high + size - low_size};
	if (size > low_size)
		size = low_size;
	return (struct board_ram){(uintptr_t)image_end, CACHED + size};
}

/*
 * Pages.  The window lies in the lower half of the address space, which goes by
 * board_table: four levels, 9 bits of the address each.
 */

enum { TABLE_ENTRIES = 512, TABLE_BITS = 9, TABLE_LEVELS = 4, PAGE_SHIFT = 12 };

extern uint64_t board_table[TABLE_ENTRIES], board_empty_table[TABLE_ENTRIES]; /* start.S */

const uintptr_t board_window = 1 << 30, board_window_size = 1 << 30;
uintptr_t board_user_end = (uintptr_t)1 << (PAGE_SHIFT + TABLE_LEVELS * TABLE_BITS - 1);

/* Entries of the last level (manual, 5.4.2 and 5.4.5). */
#define PTE_VALID (UINT64_C(1) << 0)
#define PTE_DIRTY (UINT64_C(1) << 1) /* may be written */
#define PTE_USER (UINT64_C(3) << 2)  /* privilege level 3; the kernel may too, */
#define PTE_CACHED (UINT64_C(1) << 4)
#define PTE_PRESENT (UINT64_C(1) << 7)
#define PTE_WRITE (UINT64_C(1) << 8)
#define PTE_NO_FETCH (UINT64_C(1) << 62)
#define PTE_EXACT_LEVEL (UINT64_C(1) << 63) /* unless this forbids it */

#define PTE_READ_ONLY (PTE_VALID | PTE_CACHED | PTE_PRESENT | PTE_NO_FETCH)
#define PTE_READ_WRITE (PTE_READ_ONLY | PTE_DIRTY | PTE_WRITE)

/* No memory, no device. */
#define NO_STORAGE (UINT64_C(1) << 46)

static uint64_t page_entry(const void *page, enum board_right right)
{
	const uint64_t frame = physical(page) & ~(uint64_t)(BOARD_PAGE - 1);

	switch (right) {
	case BOARD_HOLE:
		break;
	case BOARD_READ_WRITE:
		return frame | PTE_READ_WRITE;
	case BOARD_READ_ONLY:
		return frame | PTE_READ_ONLY;
	case BOARD_USER_READ_WRITE:
		return frame | PTE_READ_WRITE | PTE_USER;
	case BOARD_USER_READ_ONLY:
		return frame | PTE_READ_ONLY | PTE_USER;
	case BOARD_NO_ACCESS:
		return frame | PTE_READ_WRITE | PTE_USER | PTE_EXACT_LEVEL;
	case BOARD_NO_STORAGE:
		return NO_STORAGE | PTE_READ_WRITE;
	}
	return 0;
}

/* The table that the entry leads to, made if there is none; NULL if there is no
 * memory for it. */
static uint64_t *next_table(uint64_t *entry)
{
	uint64_t *table;

	if (*entry != physical(board_empty_table))
		return (uint64_t *)(CACHED + *entry); /* NOLINT(performance-no-int-to-ptr) */
	table = board_alloc(sizeof board_empty_table);
	if (!table)
		return NULL;
	for (unsigned i = 0; i < TABLE_ENTRIES; i++)
		table[i] = physical(board_empty_table);
	*entry = physical(table);
	return table;
}

bool board_map(uintptr_t address, void *page, enum board_right right)
{
	uint64_t *table = board_table;

	for (unsigned level = TABLE_LEVELS - 1; level; level--) {
		const unsigned shift = PAGE_SHIFT + level * TABLE_BITS;

		table = next_table(&table[(address >> shift) % TABLE_ENTRIES]);
		if (!table)
			return false;
	}
	table[(address >> PAGE_SHIFT) % TABLE_ENTRIES] = page_entry(page, right);
	/* Every walk sees the table now; what an earlier one left in the TLB goes
	 * (operation 6: of the address, in address space 0 or all). */
	__asm__ volatile("dbar 0\n\tinvtlb 6, $zero, %0" : : "r"(address) : "memory");
	return true;
}

/* The kernel may always access user pages, so there is nothing to leave open. */
bool board_user_is_open(void)
{
	return false;
}

/* Traps: the frame that trap.S saves and restores. */

struct frame {
	uint64_t reg[32];
	uint64_t era, prmd, estat, badv;
};

enum { REG_T6 = 18, REG_T7 = 19, REG_T8 = 20 };

void board_trap(struct frame *frame);
void board_trap(struct frame *frame)
{
	struct haul_trap trap = {
		.pc = &frame->era,
		.status = &frame->prmd,
		.fact = {&frame->reg[REG_T6], &frame->reg[REG_T7], &frame->reg[REG_T8]},
		.cause = frame->estat,
		.addr = frame->badv,
		.page_in = board_page_in,
	};

	if (!haul_fault_fixup(&trap))
		board_unhandled(&trap);
}

/* CPUCFG tells everything. */
const char *haul_platform_features(void)
{
	return "";
}

/* The stable counter: 100 MHz, and under -icount shift=0 an instruction is a
 * nanosecond. */
const unsigned board_instructions_per_count = 10;

uint64_t board_count(void)
{
	uint64_t count;

	__asm__ volatile("rdtime.d %0, $zero" : "=r"(count));
	return count;
}

/* The stable counter's frequency: that of the crystal, multiplied and divided (manual, 2.2.10.5,
 * words 4 and 5). */
struct board_ticks board_ticks(void)
{
	uint32_t crystal, factors;

	__asm__("cpucfg %0, %1" : "=r"(crystal) : "r"(4));
	__asm__("cpucfg %0, %1" : "=r"(factors) : "r"(5));
	return (struct board_ticks){board_count(),
				    (uint64_t)crystal * (factors & 0xffff) / (factors >> 16)};
}
