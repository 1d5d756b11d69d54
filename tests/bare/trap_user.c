/* SPDX-License-Identifier: MIT */
/* User pages, with the kernel's access to them open and closed. */
#include "arena.h"
#include "board.h"
#include "cpu.h"
#include "test.h"
#include <haul.h>
#include <string.h>

enum { GOOD = 2, BYTES = GOOD * BOARD_PAGE };

/* GOOD user pages, then one with the right given; user space ends a page later. */
static unsigned char *user, *memory;
static uintptr_t user_end_before;

static void map_user(size_t index, enum board_right right)
{
	cr_assert(board_map((uintptr_t)user + index * BOARD_PAGE, memory + index * BOARD_PAGE,
			    right));
}

static void open_user_pages(enum board_right right, enum board_right last)
{
	static unsigned char *pages;

	if (!pages)
		pages = board_alloc(BYTES + BOARD_PAGE);
	cr_assert(pages);
	memory = pages;
	user = (void *)board_window; /* NOLINT(performance-no-int-to-ptr) */
	for (size_t i = 0; i < GOOD; i++)
		map_user(i, right);
	map_user(GOOD, last);
	for (size_t i = 0; i < BYTES + BOARD_PAGE; i++)
		memory[i] = (unsigned char)(i * 5 + (i >> 8));
	user_end_before = board_user_end;
	board_user_end = board_window + BYTES + BOARD_PAGE;
	cr_assert(!board_user_is_open());
}

static void close_user_pages(void)
{
	cr_assert(!board_user_is_open(), "the access was left open");
	for (size_t i = 0; i <= GOOD; i++)
		map_user(i, BOARD_HOLE);
	board_user_end = user_end_before;
	board_page_in = NULL;
}

static const size_t sizes[] = {1, 3, 8, 15, 16, 40, 64, 100, 255, 300, 1000, 4095, 4096};

#define SIZES (sizeof sizes / sizeof *sizes)

static unsigned char buffer[BYTES + BOARD_PAGE];

Test(user, pages_are_refused_without_the_window)
{
	struct haul_fault fault;
	uint8_t byte = 7;

	open_user_pages(BOARD_USER_READ_WRITE, BOARD_HOLE);
	if (haul_load_u8(user, &byte) == 0) {
		close_user_pages();
		cr_skip_test("this CPU lets the kernel touch user pages at any time");
	}
	for (size_t i = 0; i < SIZES; i++) {
		cr_assert(haul_memcpy_fault(buffer, user, sizes[i], &fault) == 0);
		cr_assert(fault.operand == HAUL_OPERAND_SRC);
		cr_assert(haul_memcpy_fault(user, buffer, sizes[i], &fault) == 0);
		cr_assert(fault.operand == HAUL_OPERAND_DST);
		cr_assert(haul_memset_fault(user, 0, sizes[i], &fault) == 0);
	}
	close_user_pages();
}

static void copies_both_ways(size_t offset, size_t n)
{
	struct haul_fault fault;

	memset(buffer, 0, sizeof buffer);
	cr_assert(haul_copy_from_user(buffer, user + offset, n, &fault) == n);
	cr_assert(fault.kind == HAUL_FAULT_NONE && !board_user_is_open());
	cr_assert(memcmp(buffer, memory + offset, n) == 0);
	for (size_t i = 0; i < n; i++)
		buffer[i] = (unsigned char)~buffer[i];
	cr_assert(haul_copy_to_user(user + offset, buffer, n, &fault) == n);
	cr_assert(fault.kind == HAUL_FAULT_NONE && !board_user_is_open());
	cr_assert(memcmp(buffer, memory + offset, n) == 0);
	cr_assert(haul_memset_user(user + offset, 0x1c3, n, &fault) == n);
	cr_assert(fault.kind == HAUL_FAULT_NONE && !board_user_is_open());
	for (size_t i = 0; i < n; i++)
		cr_assert(memory[offset + i] == 0xc3);
}

Test(user, copies_and_fills_open_the_window)
{
	char setting[64];

	open_user_pages(BOARD_USER_READ_WRITE, BOARD_HOLE);
	for (size_t index = 0; test_variant_next("memcpy", &index, setting, sizeof setting);)
		for (size_t i = 0; i < SIZES; i++)
			for (size_t offset = 0; offset < 70; offset += 7)
				copies_both_ways(offset, sizes[i]);
	close_user_pages();
}

/* All but `bad` of n bytes can be accessed. */
static void falls_short(size_t n, size_t bad)
{
	unsigned char *p = user + BYTES - (n - bad);
	struct haul_fault fault;

	memset(buffer, 0, n);
	cr_assert(haul_copy_from_user(buffer, p, n, &fault) == n - bad);
	cr_assert(fault.operand == HAUL_OPERAND_SRC && fault.kind != HAUL_FAULT_NONE);
	cr_assert(!board_user_is_open(), "open after a load that failed");
	cr_assert(memcmp(buffer, memory + BYTES - (n - bad), n - bad) == 0);
	cr_assert(haul_copy_to_user(p, buffer, n, &fault) == n - bad);
	cr_assert(fault.operand == HAUL_OPERAND_DST && fault.kind != HAUL_FAULT_NONE);
	cr_assert(!board_user_is_open(), "open after a store that failed");
	cr_assert(haul_memset_user(p, 0, n, &fault) == n - bad);
	cr_assert(fault.operand == HAUL_OPERAND_DST && !board_user_is_open());
}

Test(user, window_is_closed_after_a_fault)
{
	char setting[64];

	open_user_pages(BOARD_USER_READ_WRITE, BOARD_HOLE);
	for (size_t index = 0; test_variant_next("memcpy", &index, setting, sizeof setting);)
		for (size_t i = 0; i < SIZES; i++)
			for (size_t bad = 1; bad <= sizes[i]; bad += 1 + bad / 2)
				falls_short(sizes[i], bad);
	close_user_pages();
}

Test(user, read_only_pages_stop_stores_alone)
{
	struct haul_fault fault;
	uint64_t word = 0;

	open_user_pages(BOARD_USER_READ_ONLY, BOARD_HOLE);
	for (size_t i = 0; i < SIZES; i++) {
		cr_assert(haul_copy_from_user(buffer, user, sizes[i], &fault) == sizes[i]);
		cr_assert(haul_copy_to_user(user, buffer, sizes[i], &fault) == 0);
		cr_assert(fault.operand == HAUL_OPERAND_DST);
		cr_assert(haul_memset_user(user, 0, sizes[i], &fault) == 0);
	}
	cr_assert(haul_load_user_u64((uint64_t *)(void *)user, &word) == 0);
	cr_assert(haul_store_user_u64((uint64_t *)(void *)user, 1) == -HAUL_EFAULT);
	cr_assert(haul_fetch_add_user_u64((uint64_t *)(void *)user, 1, &word) == -HAUL_EFAULT);
	cr_assert(memcmp(&word, memory, sizeof word) == 0);
	close_user_pages();
}

#define WORD_TESTS(bits, type) \
	static void word_##bits(void) \
	{ \
		type *const p = (type *)(void *)(user + 64), *const in = (type *)(void *)(memory + \
											  64); \
		type *const hole = (type *)(void *)(user + BYTES); \
		type value = 0, old = 0, expected = 5; \
\
		*in = (type) ~(type)0; \
		cr_assert(haul_load_user_u##bits(p, &value) == 0 && value == (type) ~(type)0); \
		cr_assert(!board_user_is_open()); \
		cr_assert(haul_store_user_u##bits(p, 5) == 0 && *in == 5); \
		cr_assert(!board_user_is_open()); \
		cr_assert(haul_swap_user_u##bits(p, 6, &old) == 0 && old == 5 && *in == 6); \
		cr_assert(haul_cmpxchg_user_u##bits(p, &expected, 9) == 0 && expected == 6); \
		cr_assert(haul_cmpxchg_user_u##bits(p, &expected, 9) == 1 && *in == 9); \
		cr_assert(haul_fetch_add_user_u##bits(p, 3, &old) == 0 && old == 9 && *in == 12); \
		cr_assert(haul_fetch_and_user_u##bits(p, 8, &old) == 0 && old == 12 && *in == 8); \
		cr_assert(haul_fetch_or_user_u##bits(p, 3, &old) == 0 && old == 8 && *in == 11); \
		cr_assert(haul_fetch_xor_user_u##bits(p, 1, &old) == 0 && old == 11 && *in == 10); \
		old = 77; \
		cr_assert(haul_load_user_u##bits(hole, &old) == -HAUL_EFAULT && old == 77); \
		cr_assert(!board_user_is_open()); \
		cr_assert(haul_store_user_u##bits(hole, 1) == -HAUL_EFAULT); \
		cr_assert(!board_user_is_open()); \
		cr_assert(haul_swap_user_u##bits(hole, 1, &old) == -HAUL_EFAULT && old == 77); \
		cr_assert(haul_cmpxchg_user_u##bits(hole, &old, 1) == -HAUL_EFAULT && old == 77); \
		cr_assert(haul_fetch_add_user_u##bits(hole, 1, &old) == -HAUL_EFAULT); \
		cr_assert(!board_user_is_open()); \
		if (bits > 8) { \
			type *const odd = (type *)(void *)(user + 1); \
\
			cr_assert(haul_load_user_u##bits(odd, &old) == -HAUL_EINVAL); \
			cr_assert(haul_store_user_u##bits(odd, 1) == -HAUL_EINVAL); \
			cr_assert(haul_swap_user_u##bits(odd, 1, &old) == -HAUL_EINVAL); \
		} \
		cr_assert(!board_user_is_open()); \
	}

WORD_TESTS(8, uint8_t)
WORD_TESTS(16, uint16_t)
WORD_TESTS(32, uint32_t)
WORD_TESTS(64, uint64_t)

Test(user, words_of_every_width)
{
	open_user_pages(BOARD_USER_READ_WRITE, BOARD_HOLE);
	word_8();
	word_16();
	word_32();
	word_64();
	close_user_pages();
}

Test(user, nothing_beyond_the_end_is_touched)
{
	struct haul_fault fault;
	unsigned char *end;
	uint64_t word = 7;
	size_t len;

	open_user_pages(BOARD_USER_READ_WRITE, BOARD_USER_READ_WRITE);
	board_user_end = (uintptr_t)user + BYTES;
	end = user + BYTES;
	memset(memory + BYTES, 0xee, BOARD_PAGE);
	for (size_t good = 0; good < 300; good += 1 + good / 4) {
		cr_assert(haul_copy_from_user(buffer, end - good, 400, &fault) == good);
		cr_assert(fault.addr_valid && fault.addr == (uintptr_t)end);
		cr_assert(fault.kind == HAUL_FAULT_PROTECTION && fault.signo == 0);
		cr_assert(fault.operand == HAUL_OPERAND_SRC);
		cr_assert(haul_copy_to_user(end - good, buffer, SIZE_MAX, &fault) == good);
		cr_assert(fault.operand == HAUL_OPERAND_DST && fault.addr == (uintptr_t)end);
		cr_assert(haul_memset_user(end - good, 1, 301 + good, &fault) == good);
		cr_assert(haul_strnlen_user((char *)end - good, 400, &len) == -HAUL_EFAULT);
		cr_assert(len == good);
		cr_assert(haul_strnlen_user((char *)end - good, good, &len) == 0 && len == good);
	}
	cr_assert(haul_copy_from_user(buffer, end + 100, 8, NULL) == 0);
	cr_assert(haul_copy_from_user(buffer, end + 100, 0, &fault) == 0);
	cr_assert(fault.kind == HAUL_FAULT_NONE);
	cr_assert(haul_load_user_u64((uint64_t *)(void *)end, &word) == -HAUL_EFAULT && word == 7);
	cr_assert(haul_store_user_u64((uint64_t *)(void *)end, 1) == -HAUL_EFAULT);
	for (size_t i = 0; i < BOARD_PAGE; i++)
		cr_assert(memory[BYTES + i] == 0xee);
	close_user_pages();
}

Test(user, strings_are_measured)
{
	size_t len;

	open_user_pages(BOARD_USER_READ_WRITE, BOARD_HOLE);
	memset(memory, 'x', BYTES);
	memory[500] = '\0';
	cr_assert(haul_strnlen_user((char *)user, 1000, &len) == 0 && len == 500);
	cr_assert(haul_strnlen_user((char *)user, 400, &len) == 0 && len == 400);
	cr_assert(haul_strnlen_user((char *)user + BYTES - 9, 400, &len) == -HAUL_EFAULT &&
		  len == 9);
	close_user_pages();
}

/* The pager runs with the access closed, and what it interrupted goes on with
 * it open. */
static unsigned asked;
static bool was_open;

static bool bring_page(struct haul_trap *trap)
{
	asked++;
	was_open |= board_user_is_open();
	map_user((trap->addr - (uintptr_t)user) / BOARD_PAGE, BOARD_USER_READ_WRITE);
	return true;
}

Test(user, window_is_closed_for_the_pager_and_open_again_after)
{
	open_user_pages(BOARD_HOLE, BOARD_HOLE);
	asked = 0;
	was_open = false;
	board_page_in = bring_page;
	cr_assert(haul_copy_from_user(buffer, user + 10, BYTES, NULL) == BYTES);
	cr_assert(asked == GOOD + 1 && !was_open, "asked %u times", asked);
	cr_assert(memcmp(buffer, memory + 10, BYTES) == 0);
	close_user_pages();
	open_user_pages(BOARD_HOLE, BOARD_HOLE);
	board_page_in = bring_page;
	haul_nofault_begin();
	asked = 0;
	cr_assert(haul_copy_to_user(user, buffer, BYTES, NULL) == 0 && asked == 0);
	haul_nofault_end();
	cr_assert(haul_copy_to_user(user, buffer, BYTES, NULL) == BYTES && asked == GOOD);
	close_user_pages();
}
