/* SPDX-License-Identifier: MIT */
/*
 * riscv64 under QEMU, virt: console, exit, pages, traps, in supervisor mode.
 * Addresses of devices are those of QEMU's hw/riscv/virt.c.
 */
#include "board.h"
#include "device.h"
#include "tree.h"
#include <haul/platform.h>

enum {
	TEST_DEVICE = 0x100000,
	CONSOLE = 0x10000000, /* a 16550 that OpenSBI has set up */
	VIRTIO = 0x10001000,  /* 8 places for virtio devices, of a page each */
	VIRTIO_END = 0x10009000,
	FW_CFG = 0x10100000,
	NO_DEVICE = 0x18000000,  /* nothing answers between fw_cfg and flash memory */
	PCI_CONFIG = 0x30000000, /* of which bus 0 takes 1 MiB */
	PCI_CONFIG_END = 0x30100000,
	PCI_MEMORY = 0x40000000 /* 1 GiB */
};

extern char image_end[]; /* link.ld */

static struct board_ram ram;
/* Bytes that cbo.zero sets, and that the other cbo work on; 0 without them. */
static unsigned zero_block, cache_block;

/* Devices. */

static volatile void *device(uintptr_t address)
{
	return (volatile void *)address; /* NOLINT(performance-no-int-to-ptr) */
}

void board_putchar(char c)
{
	enum { TRANSMIT = 0, LINE_STATUS = 5, TRANSMIT_EMPTY = 1 << 5 };
	volatile uint8_t *uart = device(CONSOLE);

	while (!(uart[LINE_STATUS] & TRANSMIT_EMPTY))
		;
	uart[TRANSMIT] = (uint8_t)c;
}

/* QEMU, docs/specs/fw_cfg.rst: data, then the selector, big-endian. */

void board_fw_cfg_select(uint16_t item)
{
	enum { SELECTOR = 8 };
	volatile uint16_t *selector = device(FW_CFG + SELECTOR);

	*selector = __builtin_bswap16(item);
}

uint8_t board_fw_cfg_read(void)
{
	volatile uint8_t *data = device(FW_CFG);

	return *data;
}

/* QEMU, hw/misc/sifive_test.c: the upper half is QEMU's exit status. */
_Noreturn void board_stop(int status)
{
	enum { PASS = 0x5555, FAIL = 0x3333 };
	volatile uint32_t *test = device(TEST_DEVICE);

	*test = status ? 1 << 16 | FAIL : PASS;
	for (;;)
		;
}

/* Memory: Sv39 (privileged specification, "Sv39: Page-Based 39-bit Virtual-Memory
 * System"), three levels of tables with 512 entries each. */

enum {
	VALID = 1 << 0,
	READ = 1 << 1,
	WRITE = 1 << 2,
	EXECUTE = 1 << 3,
	USER = 1 << 4,
	ACCESSED = 1 << 6, /* a CPU may fault to have this and the next one set */
	DIRTY = 1 << 7,
	READ_WRITE = VALID | READ | WRITE | ACCESSED | DIRTY,
	READ_ONLY = VALID | READ | ACCESSED
};

#define GIGABYTE ((uintptr_t)1 << 30)

/* The lower half of the address space, and its last entry in the root. */
#define LOWER_END ((uintptr_t)1 << 38)
const uintptr_t board_window = LOWER_END - GIGABYTE, board_window_size = GIGABYTE;
uintptr_t board_user_end = LOWER_END;

struct table {
	_Alignas(BOARD_PAGE) uint64_t entries[512];
};

static struct table root;

static uint64_t entry_to(uintptr_t physical, unsigned bits)
{
	return physical >> 12 << 10 | bits;
}

static struct table *table_at(uint64_t entry)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
	return (struct table *)(uintptr_t)(entry >> 10 << 12);
}

static struct table *make_table(void)
{
	struct table *table = board_alloc(sizeof *table);

	for (unsigned i = 0; table && i < 512; i++)
		table->entries[i] = 0;
	return table;
}

/* The entry of a page, with the tables that lead to it; NULL without memory. */
static uint64_t *page_entry(uintptr_t address)
{
	struct table *table = &root;

	for (unsigned shift = 30; shift > 12; shift -= 9) {
		uint64_t *entry = &table->entries[address >> shift & 511];
		struct table *next = *entry ? table_at(*entry) : make_table();

		if (!next)
			return NULL;
		*entry = entry_to((uintptr_t)next, VALID);
		table = next;
	}
	return &table->entries[address >> 12 & 511];
}

static uint64_t entry_with(void *page, enum board_right right)
{
	static const unsigned bits[] = {
		[BOARD_HOLE] = 0,
		[BOARD_READ_WRITE] = READ_WRITE,
		[BOARD_READ_ONLY] = READ_ONLY,
		[BOARD_USER_READ_WRITE] = USER | READ_WRITE,
		[BOARD_USER_READ_ONLY] = USER | READ_ONLY,
		[BOARD_NO_ACCESS] = USER | READ_WRITE,
		[BOARD_NO_STORAGE] = READ_WRITE,
	};
	const bool storage = right != BOARD_NO_STORAGE;

	return bits[right] ? entry_to(storage ? (uintptr_t)page : NO_DEVICE, bits[right]) : 0;
}

static bool map_page(uintptr_t address, uint64_t entry)
{
	uint64_t *place = page_entry(address);

	if (!place)
		return false;
	*place = entry;
	__asm__ volatile("sfence.vma %0, zero" : : "r"(address) : "memory");
	return true;
}

bool board_map(uintptr_t address, void *page, enum board_right right)
{
	return map_page(address, entry_with(page, right));
}

static void map_devices(uintptr_t start, uintptr_t end)
{
	for (uintptr_t p = start; p < end; p += BOARD_PAGE)
		map_page(p, entry_to(p, READ_WRITE));
}

/* RAM, by the GiB, and devices at their physical addresses, and nothing else: not
 * page 0. */
static void start_paging(void)
{
	static const uintptr_t devices[] = {TEST_DEVICE, CONSOLE, FW_CFG};
	const uint64_t sv39 = (uint64_t)8 << 60;

	for (uintptr_t p = ram.start; p < ram.end && p < board_window; p += GIGABYTE)
		root.entries[p / GIGABYTE] = entry_to(p, READ_WRITE | EXECUTE);
	for (unsigned i = 0; i < sizeof devices / sizeof *devices; i++)
		map_page(devices[i], entry_to(devices[i], READ_WRITE));
	map_devices(VIRTIO, VIRTIO_END);
	map_devices(DEVICE_PLIC, DEVICE_PLIC_END);
	map_devices(PCI_CONFIG, PCI_CONFIG_END);
	root.entries[PCI_MEMORY / GIGABYTE] = entry_to(PCI_MEMORY, READ_WRITE);
	__asm__ volatile("csrw satp, %0\n\tsfence.vma"
			 :
			 : "r"(sv39 | (uintptr_t)&root >> 12)
			 : "memory");
}

struct board_ram board_ram(void)
{
	const uintptr_t end = (uintptr_t)image_end;

	return (struct board_ram){(end + BOARD_PAGE - 1) & -(uintptr_t)BOARD_PAGE, ram.end};
}

/* Traps. */

enum { SSTATUS_SUM = 1 << 18 };

/* trap.S */
struct frame {
	uint64_t x[32]; /* x[0] is nothing */
	uintptr_t sepc;
	uint64_t sstatus, scause, stval;
};

void board_trap(struct frame *frame);
void board_trap(struct frame *frame)
{
	enum { T4 = 29, T5 = 30, T6 = 31 };
	struct haul_trap trap = {
		.pc = &frame->sepc,
		.status = &frame->sstatus,
		.fact = {&frame->x[T4], &frame->x[T5], &frame->x[T6]},
		.cause = frame->scause,
		.addr = frame->stval,
		.page_in = board_page_in,
	};

	if (!haul_fault_fixup(&trap))
		board_unhandled(&trap);
}

bool board_user_is_open(void)
{
	uint64_t sstatus;

	__asm__ volatile("csrr %0, sstatus" : "=r"(sstatus));
	return sstatus & SSTATUS_SUM;
}

/* The CPU. */

const unsigned board_instructions_per_count = 1;

uint64_t board_count(void)
{
	uint64_t count;

	__asm__ volatile("rdinstret %0" : "=r"(count));
	return count;
}

static uint32_t ticks_per_second;

struct board_ticks board_ticks(void)
{
	uint64_t count;

	__asm__ volatile("rdtime %0" : "=r"(count));
	return (struct board_ticks){count, ticks_per_second};
}

/* Addresses and sizes have two cells at the root of this machine's tree. */
static void look_at(const struct tree_property *property)
{
	if (tree_begins(property->node, "memory@") && tree_begins(property->name, "reg")) {
		ram.start = tree_cells(property->value);
		ram.end = ram.start + tree_cells(property->value + 8);
	}
	if (tree_begins(property->name, "timebase-frequency"))
		ticks_per_second = tree_cell(property->value);
	if (!tree_begins(property->node, "cpu@"))
		return;
	if (tree_begins(property->name, "riscv,cboz-block-size"))
		zero_block = tree_cell(property->value);
	if (tree_begins(property->name, "riscv,cbom-block-size"))
		cache_block = tree_cell(property->value);
}

/* start.S.  The device tree is not needed after this: board_alloc may hand it out. */
void board_start(const void *tree);
void board_start(const void *tree)
{
	tree_walk(tree, look_at);
	start_paging();
}

__attribute__((format(printf, 3, 4))) static void format(char *buffer, size_t size,
							 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	board_format(buffer, size, format, args);
	va_end(args);
}

/* QEMU does misaligned accesses as fast as others, which no tree says.  OpenSBI lets
 * supervisor mode use cbo.* wherever the tree has them. */
const char *haul_platform_features(void)
{
	static char features[64];

	format(features, sizeof features, "fast_misaligned,zicboz=%u,zicbom=%u", zero_block,
	       cache_block);
	return features;
}
