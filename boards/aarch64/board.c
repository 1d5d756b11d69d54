/* SPDX-License-Identifier: MIT */
/*
 * aarch64 under QEMU, virt: console, exit, pages, traps.  Addresses of devices are
 * those of QEMU's hw/arm/virt.c; registers and page tables: Arm ARM, D19.2, D8.3.
 */
#include "board.h"
#include "tree.h"
#include <haul/platform.h>

enum {
	NO_DEVICE = 0x08f00000, /* between the interrupt controller and the console */
	CONSOLE = 0x09000000,
	FW_CFG = 0x09020000,
	TREE = 0x40000000 /* where QEMU puts the device tree for an ELF file */
};

#define READ(reg) \
	({ \
		uint64_t value; \
		__asm__ volatile("mrs %0, " #reg : "=r"(value)); \
		value; \
	})
#define WRITE(reg, value) __asm__ volatile("msr " #reg ", %0" : : "r"((uint64_t)(value)))

static volatile uint8_t *byte_at(uintptr_t address)
{
	return (volatile uint8_t *)address; /* NOLINT(performance-no-int-to-ptr) */
}

static volatile uint16_t *half_at(uintptr_t address)
{
	return (volatile uint16_t *)address; /* NOLINT(performance-no-int-to-ptr) */
}

/* The console: PL011 (Arm DDI 0183, chapter 3). */

enum { UART_DATA = 0, UART_FLAGS = 0x18, UART_CONTROL = 0x30 };

static void start_console(void)
{
	enum { ENABLE = 1 << 0, TRANSMIT = 1 << 8 };

	*half_at(CONSOLE + UART_CONTROL) = ENABLE | TRANSMIT;
}

void board_putchar(char c)
{
	enum { FULL = 1 << 5 };

	while (*half_at(CONSOLE + UART_FLAGS) & FULL)
		;
	*byte_at(CONSOLE + UART_DATA) = (uint8_t)c;
}

/* Semihosting (Arm IHI 0100, SYS_EXIT_EXTENDED), which QEMU has to be told to
 * offer by -semihosting. */
_Noreturn void board_stop(int status)
{
	enum { EXIT_EXTENDED = 0x20, APPLICATION_EXIT = 0x20026 };
	const uint64_t reason[] = {APPLICATION_EXIT, status ? 1 : 0};
	register uint64_t operation __asm__("x0") = EXIT_EXTENDED;
	register const uint64_t *block __asm__("x1") = reason;

	for (;;)
		__asm__ volatile("hlt 0xf000" : "+r"(operation) : "r"(block) : "memory");
}

/* QEMU, docs/specs/fw_cfg.rst: data, then the selector, big-endian. */

void board_fw_cfg_select(uint16_t item)
{
	enum { SELECTOR = 8 };

	*half_at(FW_CFG + SELECTOR) = __builtin_bswap16(item);
}

uint8_t board_fw_cfg_read(void)
{
	return *byte_at(FW_CFG);
}

/* RAM, as the device tree tells; of it start.S has mapped 1 GiB. */

static struct board_ram ram;

/* Addresses and sizes have two cells each at the root of this machine's tree. */
static void look_at(const struct tree_property *property)
{
	if (tree_begins(property->node, "memory@") && tree_begins(property->name, "reg"))
		ram.end = tree_cells(property->value) + tree_cells(property->value + 8);
}

static void find_ram(void)
{
	extern char image_end[]; /* link.ld */
	const uintptr_t mapped_end = (uintptr_t)2 << 30;

	tree_walk((const void *)(uintptr_t)TREE, look_at); /* NOLINT(performance-no-int-to-ptr) */
	ram.start = (uintptr_t)image_end;
	if (ram.end > mapped_end)
		ram.end = mapped_end;
}

struct board_ram board_ram(void)
{
	return ram;
}

/* Pages.  The window's gigabyte goes by two more levels of tables with 512 entries
 * each, 9 bits of the address. */

enum {
	ENTRY_VALID = 1 << 0,
	ENTRY_TABLE = 1 << 1, /* on the last level: a page */
	ENTRY_USER = 1 << 6,
	ENTRY_READ_ONLY = 1 << 7,
	ENTRY_SHARED = 3 << 8,
	ENTRY_ACCESSED = 1 << 10,
	TABLE = ENTRY_VALID | ENTRY_TABLE,
	READ_WRITE = TABLE | ENTRY_SHARED | ENTRY_ACCESSED
};

#define NO_FETCH ((uint64_t)3 << 53)
#define ENTRY_ADDRESS (((uint64_t)1 << 48) - BOARD_PAGE)

struct table {
	_Alignas(BOARD_PAGE) uint64_t entries[512];
};

extern struct table board_table; /* start.S: level 1 */

const uintptr_t board_window = (uintptr_t)2 << 30, board_window_size = (uintptr_t)1 << 30;
uintptr_t board_user_end = (uintptr_t)1 << 39; /* T0SZ in start.S */

/* Privileged access never (FEAT_PAN). */
static bool has_pan(void)
{
	return READ(id_aa64mmfr1_el1) >> 20 & 0xf;
}

static uint64_t *entries_of(uint64_t entry)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
	return (uint64_t *)(uintptr_t)(entry & ENTRY_ADDRESS);
}

/* The table that the entry leads to, made if there is none; NULL without memory. */
static uint64_t *next_table(uint64_t *entry)
{
	struct table *table;

	if (*entry)
		return entries_of(*entry);
	table = board_alloc(sizeof *table);
	if (!table)
		return NULL;
	*table = (struct table){0};
	*entry = (uintptr_t)table | TABLE;
	return table->entries;
}

static uint64_t page_entry(const void *page, enum board_right right)
{
	const uint64_t entry = ((uintptr_t)page & ENTRY_ADDRESS) | READ_WRITE | NO_FETCH;

	switch (right) {
	case BOARD_HOLE:
		break;
	case BOARD_READ_WRITE:
		return entry;
	case BOARD_READ_ONLY:
		return entry | ENTRY_READ_ONLY;
	case BOARD_USER_READ_WRITE:
		return entry | ENTRY_USER;
	case BOARD_USER_READ_ONLY:
		return entry | ENTRY_USER | ENTRY_READ_ONLY;
	case BOARD_NO_ACCESS:
		return has_pan() ? entry | ENTRY_USER : entry & ~(uint64_t)ENTRY_ACCESSED;
	case BOARD_NO_STORAGE:
		return NO_DEVICE | READ_WRITE | NO_FETCH;
	}
	return 0;
}

/* Between two that are valid an entry is not (Arm ARM, D8.14.1, break before
 * make). */
static void replace_entry(uint64_t *entry, uint64_t value, uintptr_t address)
{
	*(volatile uint64_t *)entry = 0;
	__asm__ volatile("dsb ishst\n\t"
			 "tlbi vaae1is, %0\n\t"
			 "dsb ish"
			 :
			 : "r"(address / BOARD_PAGE)
			 : "memory");
	*(volatile uint64_t *)entry = value;
	__asm__ volatile("dsb ishst\n\tisb" : : : "memory");
}

bool board_map(uintptr_t address, void *page, enum board_right right)
{
	uint64_t *entries = board_table.entries;

	for (unsigned shift = 30; shift > 12; shift -= 9) {
		entries = next_table(&entries[address >> shift & 511]);
		if (!entries)
			return false;
	}
	replace_entry(&entries[address >> 12 & 511], page_entry(page, right), address);
	return true;
}

bool board_user_is_open(void)
{
	enum { PAN = 1 << 22 };

	return has_pan() && !(READ(s3_0_c4_c2_3) & PAN); /* the register PAN */
}

/* Traps: the frame that trap.S saves and restores. */

struct frame {
	uint64_t x[31];
	uint64_t elr, spsr, esr, far;
};

void board_trap(struct frame *frame);
void board_trap(struct frame *frame)
{
	struct haul_trap trap = {
		.pc = &frame->elr,
		.status = &frame->spsr,
		.fact = {&frame->x[13], &frame->x[14], &frame->x[15]},
		.cause = frame->esr,
		.addr = frame->far,
		.page_in = board_page_in,
	};

	if (!haul_fault_fixup(&trap))
		board_unhandled(&trap);
}

/* Exceptions that nothing here should cause, by their place among the vectors. */
_Noreturn void board_unexpected(unsigned vector);
_Noreturn void board_unexpected(unsigned vector)
{
	board_print("\nunexpected exception: vector %u, ESR %#llx, at %#llx\n", vector,
		    (unsigned long long)READ(esr_el1), (unsigned long long)READ(elr_el1));
	board_exit(2);
}

/* The ID registers tell everything. */
const char *haul_platform_features(void)
{
	return "";
}

/* Cycles.  Under -icount shift=0 QEMU takes one for an instruction. */

const unsigned board_instructions_per_count = 1;

static void start_counting(void)
{
	enum { ENABLE = 1 << 0, ALL_64_BITS = 1 << 6 };

	WRITE(pmccfiltr_el0, 0);
	WRITE(pmcntenset_el0, (uint64_t)1 << 31);
	WRITE(pmcr_el0, ENABLE | ALL_64_BITS);
	__asm__ volatile("isb");
}

uint64_t board_count(void)
{
	return READ(pmccntr_el0);
}

/* The generic timer's virtual count (Arm ARM, D12.2). */
struct board_ticks board_ticks(void)
{
	__asm__ volatile("isb");
	return (struct board_ticks){READ(cntvct_el0), READ(cntfrq_el0)};
}

void board_start(void);
void board_start(void)
{
	start_console();
	start_counting();
	find_ram();
}
