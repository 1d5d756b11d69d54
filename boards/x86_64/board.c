/* SPDX-License-Identifier: MIT */
/*
 * x86_64 under QEMU, microvm or q35.  The two differ in nothing that is used
 * here: console, firmware configuration and exit device are at the same I/O
 * ports.  Sections named are those of the Intel SDM, volume 3.
 *
 * Compiled without vector registers, because trap.S saves none.
 */
#include "board.h"
#include "interrupt.h"
#include "port.h"
#include "segments.h"
#include <cpuid.h>
#include <haul/platform.h>

/* I/O ports */

enum {
	PORT_EXIT = 0xf4, /* -device isa-debug-exit,iobase=0xf4 */
	PORT_CONSOLE = 0x3f8,
	PORT_CONSOLE_STATUS = 0x3fd,
	PORT_FW_CFG_SELECT = 0x510,
	PORT_FW_CFG_DATA = 0x511
};

enum { CONSOLE_EMPTY = 1 << 5 }; /* the 16550 takes the next byte */

void board_putchar(char c)
{
	while (!(in_8(PORT_CONSOLE_STATUS) & CONSOLE_EMPTY))
		;
	out_8(PORT_CONSOLE, (uint8_t)c);
}

void board_fw_cfg_select(uint16_t item)
{
	out_16(PORT_FW_CFG_SELECT, item);
}

uint8_t board_fw_cfg_read(void)
{
	return in_8(PORT_FW_CFG_DATA);
}

/* QEMU exits with 2 * value + 1.  Success is 33, because 0 is what it gives for
 * a triple fault and 1 for mistakes in its command line. */
_Noreturn void board_stop(int status)
{
	out_8(PORT_EXIT, status ? 0x11 : 0x10);
	for (;;)
		__asm__ volatile("hlt");
}

/* The time-stamp counter: under -icount shift=0 it counts instructions. */
const unsigned board_instructions_per_count = 1;

uint64_t board_count(void)
{
	return __builtin_ia32_rdtsc();
}

/*
 * How fast that counter is: as CPUID says (leaf 0x15), else by the interval timer, which always
 * counts down 1193182 times a second (Intel 8254, channel 0, mode 0: from the most to 0, and then
 * its output is high and it goes on from the most).
 */
enum { PORT_TIMER = 0x40, PORT_TIMER_CONTROL = 0x43 };
enum { TIMER_PER_SECOND = 1193182, TIMER_MOST = 0xffff };

/* The two counters at about the same time: the timer's was read between both values of the other.
 */
struct moment {
	uint64_t before, after;
	unsigned left;
	bool over; /* it has come to 0 since it was started */
};

static void start_timer(void)
{
	enum { MODE_0_BOTH_BYTES = 0x30 };

	out_8(PORT_TIMER_CONTROL, MODE_0_BOTH_BYTES);
	out_8(PORT_TIMER, TIMER_MOST & 0xff);
	out_8(PORT_TIMER, TIMER_MOST >> 8);
}

static struct moment look_at_timer(void)
{
	enum { LATCH_STATUS_AND_COUNT = 0xc2, OUTPUT = 1 << 7 };
	struct moment moment = {.before = board_count()};

	out_8(PORT_TIMER_CONTROL, LATCH_STATUS_AND_COUNT);
	moment.over = in_8(PORT_TIMER) & OUTPUT;
	moment.left = in_8(PORT_TIMER);
	moment.left |= (unsigned)in_8(PORT_TIMER) << 8;
	moment.after = board_count();
	return moment;
}

/* 0: the machine was stopped meanwhile, as those are that share their CPU: for so long that the
 * timer ran out, or while both counters were read. */
static uint64_t measure_rate(void)
{
	enum { SIXTY_FOURTH = TIMER_PER_SECOND / 64, EXACT = 32 };
	struct moment first, last;
	uint64_t ticks;

	start_timer();
	first = look_at_timer();
	do
		last = look_at_timer();
	while (!last.over && first.left - last.left < SIXTY_FOURTH);
	ticks = last.after - first.before;
	if (last.over || (first.after - first.before + last.after - last.before) * EXACT > ticks)
		return 0;
	return ticks * TIMER_PER_SECOND / (first.left - last.left);
}

/* A machine that is stopped all the time is not one to wait for: its last resort is a rate that
 * makes time go by slowly. */
static uint64_t measured_rate(void)
{
	enum { TRIES = 100 };
	const uint64_t fast = 10000000000;
	uint64_t rate = 0;

	for (unsigned i = 0; !rate && i < TRIES; i++)
		rate = measure_rate();
	return rate ? rate : fast;
}

static uint64_t told_rate(void)
{
	enum { LEAF = 0x15 };
	unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;

	if (!__get_cpuid(LEAF, &eax, &ebx, &ecx, &edx) || !eax)
		return 0;
	return (uint64_t)ecx * ebx / eax;
}

struct board_ticks board_ticks(void)
{
	static uint64_t per_second;

	if (!per_second)
		per_second = told_rate();
	if (!per_second)
		per_second = measured_rate();
	return (struct board_ticks){board_count(), per_second};
}

/* What the CPU may have beyond the things that start.S switches on (2.5, 2.6) */

enum {
	CR4_OSXSAVE = 1 << 18, /* XCR0 is there; without it no AVX */
	CR4_SMEP = 1 << 20,    /* the kernel does not execute user pages, */
	CR4_SMAP = 1 << 21,    /* nor access them unless RFLAGS.AC is set */
	CPUID_SMEP = 1 << 7,
	CPUID_SMAP = 1 << 20,
	XCR0_VECTORS = 0xe7 /* x87, SSE, AVX and the three parts of AVX-512 */
};

bool board_smap; /* trap.S asks too */

static void set_cr4(uint64_t bits)
{
	uint64_t cr4;

	__asm__("movq %%cr4, %0" : "=r"(cr4));
	__asm__ volatile("movq %0, %%cr4" : : "r"(cr4 | bits) : "memory");
}

static void enable_vectors(void)
{
	unsigned states, b, c, d;

	__cpuid(1, states, b, c, d);
	if (!(c & bit_XSAVE))
		return;
	set_cr4(CR4_OSXSAVE);
	__cpuid_count(0xd, 0, states, b, c, d);
	__asm__ volatile("xsetbv" : : "a"(states & XCR0_VECTORS), "c"(0), "d"(0));
}

static void protect_from_user_pages(void)
{
	unsigned a, b, c, d;

	if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
		return;
	if (b & CPUID_SMEP)
		set_cr4(CR4_SMEP);
	if (b & CPUID_SMAP) {
		set_cr4(CR4_SMAP);
		__asm__ volatile("clac" : : : "memory", "cc");
		board_smap = true;
	}
}

bool board_user_is_open(void)
{
	enum { RFLAGS_AC = 1 << 18 };

	return __builtin_ia32_readeflags_u64() & RFLAGS_AC;
}

/* RAM: Xen, xen/include/public/arch-x86/hvm/start_info.h */

struct memory_range {
	uint64_t start, size;
	uint32_t type, reserved;
};

enum { MEMORY_RAM = 1 };

struct start_info {
	uint32_t magic, version, flags, modules;
	uint64_t module_list, command_line, acpi;
	const struct memory_range *memory;
	uint32_t ranges, reserved;
};

extern char image_end[]; /* link.ld */

static struct board_ram ram;

struct board_ram board_ram(void)
{
	return ram;
}

/* What follows the image, as far as start.S has mapped it. */
static void find_ram(const struct start_info *info)
{
	const uintptr_t mapped = (uintptr_t)4 << 30, start = (uintptr_t)image_end;

	for (uint32_t i = 0; i < info->ranges; i++) {
		const struct memory_range *range = &info->memory[i];
		const uintptr_t end = range->start + range->size;

		if (range->type == MEMORY_RAM && range->start <= start && start < end)
			ram = (struct board_ram){start, end < mapped ? end : mapped};
	}
}

/* Page tables (4.5) */

#define PAGE_PRESENT 0x1ull
#define PAGE_WRITE 0x2ull
#define PAGE_USER 0x4ull
#define PAGE_ADDRESS 0xffffffffff000ull
#define PAGE_RESERVED 0x8000000000000000ull /* as long as EFER.NXE is off */

enum { TABLE_ENTRIES = 512 };

extern uint64_t board_tables[TABLE_ENTRIES]; /* start.S */

/* In the lower half of the addresses, which is user space. */
const uintptr_t board_window = (uintptr_t)1 << 40, board_window_size = (uintptr_t)1 << 30;
uintptr_t board_user_end = (uintptr_t)1 << 47;

/* The table that an entry leads to, made where there is none.  It leaves all
 * rights to the last entry. */
static uint64_t *next_table(uint64_t *entry)
{
	if (!*entry) {
		uint64_t *table = board_alloc(BOARD_PAGE);

		if (!table)
			return NULL;
		__builtin_memset(table, 0, BOARD_PAGE);
		*entry = (uintptr_t)table | PAGE_PRESENT | PAGE_WRITE | PAGE_USER;
	}
	return (uint64_t *)(*entry & PAGE_ADDRESS); /* NOLINT(performance-no-int-to-ptr) */
}

static uint64_t *page_entry(uintptr_t address)
{
	uint64_t *table = board_tables;

	for (unsigned shift = 39; table && shift > 12; shift -= 9)
		table = next_table(&table[address >> shift & (TABLE_ENTRIES - 1)]);
	return table ? &table[address >> 12 & (TABLE_ENTRIES - 1)] : NULL;
}

/* Without SMAP the kernel may touch whatever is present. */
static uint64_t page_entry_value(uintptr_t page, enum board_right right)
{
	switch (right) {
	case BOARD_HOLE:
		return 0;
	case BOARD_READ_WRITE:
		return page | PAGE_PRESENT | PAGE_WRITE;
	case BOARD_READ_ONLY:
		return page | PAGE_PRESENT;
	case BOARD_USER_READ_WRITE:
		return page | PAGE_PRESENT | PAGE_WRITE | PAGE_USER;
	case BOARD_USER_READ_ONLY:
		return page | PAGE_PRESENT | PAGE_USER;
	case BOARD_NO_ACCESS:
		return board_smap ? page | PAGE_PRESENT | PAGE_WRITE | PAGE_USER : page;
	case BOARD_NO_STORAGE:
		return page | PAGE_PRESENT | PAGE_WRITE | PAGE_RESERVED;
	}
	return 0;
}

bool board_map(uintptr_t address, void *page, enum board_right right)
{
	uint64_t *entry = page_entry(address);

	if (!entry)
		return false;
	*entry = page_entry_value((uintptr_t)page, right);
	__asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
	return true;
}

/* Traps (6.10, 6.14) */

/* As trap.S leaves it on the stack. */
struct frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector, error;
	uintptr_t rip;
	uint64_t cs, rflags, rsp, ss;
};

void board_trap(struct frame *frame);

void board_trap(struct frame *frame)
{
	struct haul_trap trap = {
		.pc = &frame->rip,
		.status = &frame->rflags,
		.fact = {&frame->r8, &frame->r9, &frame->r10},
		.cause = frame->vector,
		.error = frame->error,
		.page_in = board_page_in,
	};

	if (frame->vector == INTERRUPT_VECTOR) {
		interrupt_taken();
		return;
	}
	__asm__ volatile("movq %%cr2, %0" : "=r"(trap.addr));
	if (!haul_fault_fixup(&trap))
		board_unhandled(&trap);
}

enum { VECTORS = INTERRUPT_VECTOR + 1, VECTOR_SIZE = 16, DOUBLE_FAULT = 8 };

extern const char board_vectors[VECTORS][VECTOR_SIZE]; /* trap.S */

struct gate {
	uint16_t offset_low, selector;
	uint8_t stack, type;
	uint16_t offset_middle;
	uint32_t offset_high, reserved;
};

static struct gate gates[VECTORS];

/* Exceptions, and the one vector of interrupts (interrupt.c).  Others have no gates: one that comes
 * nevertheless is a general protection fault, and ends the machine as one. */
static void load_gates(void)
{
	enum { INTERRUPT_GATE = 0x8e }; /* present, privilege 0; clears RFLAGS.IF */
	const struct {
		uint16_t limit;
		struct gate *base;
	} __attribute__((packed)) table = {sizeof gates - 1, gates};

	for (unsigned i = 0; i < VECTORS; i++) {
		const uintptr_t offset = (uintptr_t)board_vectors[i];

		gates[i] = (struct gate){
			.offset_low = (uint16_t)offset,
			.selector = SELECTOR_CODE,
			.stack = i == DOUBLE_FAULT,
			.type = INTERRUPT_GATE,
			.offset_middle = (uint16_t)(offset >> 16),
			.offset_high = (uint32_t)(offset >> 32),
		};
	}
	__asm__ volatile("lidt %0" : : "m"(table));
}

/* The stacks that gates may ask for by number; 1 is for double faults, which
 * most often mean that the current one is no good. */
static struct {
	uint32_t reserved_0;
	uint64_t privileged[3], reserved_28, stack[7], reserved_92;
	uint16_t reserved_100, io_permissions;
} __attribute__((packed)) task;

static char double_fault_stack[2 * BOARD_PAGE] __attribute__((aligned(16)));

extern uint64_t board_segments[]; /* start.S */

static void load_task(void)
{
	const uint64_t base = (uintptr_t)&task, limit = sizeof task - 1;
	uint64_t *segment = &board_segments[SELECTOR_TASK / sizeof *board_segments];

	task.stack[0] = (uintptr_t)double_fault_stack + sizeof double_fault_stack;
	task.io_permissions = sizeof task; /* none */
	segment[0] = SEGMENT_TASK | (base & 0xff000000) << 32 | (base & 0xffffff) << 16 | limit;
	segment[1] = base >> 32;
	__asm__ volatile("ltr %w0" : : "r"(SELECTOR_TASK) : "memory");
}

/* start.S calls this, then main. */
void board_start(const struct start_info *info);

void board_start(const struct start_info *info)
{
	load_task();
	load_gates();
	enable_vectors();
	protect_from_user_pages();
	find_ram(info);                 /* which QEMU puts into the lowest page */
	board_map(0, NULL, BOARD_HOLE); /* null pointers fault from now on */
}

const char *haul_platform_features(void)
{
	return "";
}
