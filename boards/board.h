/* SPDX-License-Identifier: MIT */
/*
 * A machine without an operating system, as little of it as a kernel needs to
 * start: boards/<cpu>/ brings it up, then calls main.
 *
 * When main starts: one CPU, in the mode kernels run in; paging on, with all
 * RAM mapped one to one (loongarch64: at the cached window); vector units on;
 * traps handled by board_trap; interrupts off; the kernel's access to user
 * pages closed where the CPU can close it.
 */
#ifndef BOARD_H
#define BOARD_H

#include <haul/trap.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BOARD_PAGE = 4096 }; /* bytes */

/* The program's.  What it returns ends the machine, as board_exit does. */
int main(void);

/* Says on the console, in one line, how the program ended, "board: success" or
 * "board: failure 3", and stops. */
_Noreturn void board_exit(int status);

/* Each board's: ends the machine, with success for the host to see (boards/run)
 * if status is 0, else failure. */
_Noreturn void board_stop(int status);

/* The console: polled, no buffer. */
void board_putchar(char c);

/* boards/print.c: as printf and vsnprintf, with %d %i %u %x %X %c %s %p %%,
 * flags, width, precision and hh h l ll z j t. */
__attribute__((format(printf, 1, 2))) int board_print(const char *format, ...);
__attribute__((format(printf, 3, 0))) int board_format(char *buffer, size_t size,
						       const char *format, va_list args);

/* The value of `name` in the machine's arguments, words of the form name=value
 * or name (value ""); NULL if it is not there.  From QEMU's fw_cfg file
 * opt/haul (boards/arguments.c). */
const char *board_argument(const char *name);

/* The first bytes, at most `size`, of QEMU's fw_cfg file `name`; how many, 0 if it
 * is not there. */
size_t board_file(const char *name, void *buffer, size_t size);

/* Each board's part of both: selects an item of fw_cfg; reads its next byte. */
void board_fw_cfg_select(uint16_t item);
uint8_t board_fw_cfg_read(void);

/* RAM that nothing uses yet, page-aligned; NULL when there is no more.  Never
 * freed.  The sum is known after the first call (boards/memory.c). */
void *board_alloc(size_t size);

/* Each board's: the RAM behind the image, mapped and free. */
struct board_ram {
	uintptr_t start, end;
};
struct board_ram board_ram(void);

/* Addresses that are free for board_map; a whole number of pages, at least
 * 1 GiB.  Nothing is mapped there at first. */
extern const uintptr_t board_window, board_window_size;

enum board_right {
	BOARD_HOLE, /* nothing there */
	BOARD_READ_WRITE,
	BOARD_READ_ONLY,
	BOARD_USER_READ_WRITE, /* user mode's */
	BOARD_USER_READ_ONLY,
	BOARD_NO_ACCESS, /* there, but the kernel may not touch it: a user page, or
			    where the CPU lets kernels touch those, another way */
	BOARD_NO_STORAGE /* there, but no device answers; on x86_64, where such reads
			    give all ones, a table entry with reserved bits set */
};

/* Maps the page at `address`, inside the window, to `page`, which board_alloc
 * returned (or a page within), and forgets what the CPU has cached of it.
 * False if there is no memory left for tables. */
bool board_map(uintptr_t address, void *page, enum board_right right);

/*
 * What the trap handler does with a trap that haul_fault_fixup refuses: reports
 * it on the console and ends the machine with failure, unless a program put
 * something else here.  It may return: then the trapped code goes on as
 * trap says (pc is writable through it).
 */
extern void (*board_unhandled)(struct haul_trap *trap);

/* haul_trap.page_in of every trap from now on; NULL at first. */
extern bool (*board_page_in)(struct haul_trap *trap);

/* What haul_platform_user_end says; each board's first value is where its page
 * tables end below the kernel's half. */
extern uintptr_t board_user_end;

/* The kernel's access to user pages; closed when main starts.  For tests: haul
 * opens and closes it by itself. */
bool board_user_is_open(void);

/* Each board's: ticks of a clock that never stands still, and how many of them are a second. */
struct board_ticks {
	uint64_t count, per_second;
};
struct board_ticks board_ticks(void);

/*
 * Interrupts (boards/<cpu>/interrupt.c).  They are masked all the time, and waited for: there is no
 * handler that could come between.  Those of devices alone: nothing ends a wait that none ends.
 *
 * Lines have the machine's numbers (boards/<cpu>/device.h).  A message (MSI) is what a device
 * writes, and where to.  From each on it is waited for.  False: the board has none of these.
 */
bool board_interrupt_line(unsigned line);
bool board_interrupt_message(uint64_t *address, uint32_t *data);

/* Sleeps until one has come, or has come already; its number is for _done, after which the next
 * may come.  In between the device is to end it, if it was by a line. */
unsigned board_interrupt_wait(void);
void board_interrupt_done(unsigned number);

/* Instructions run so far, or ticks of board_instructions_per_count instructions each:
 * exact under QEMU's -icount shift=0 only. */
uint64_t board_count(void);
extern const unsigned board_instructions_per_count;

#endif
