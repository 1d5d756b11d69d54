/* SPDX-License-Identifier: MIT */
/* The view is mapped page by page; the image is the same pages where the board
 * has all RAM. */
#include "arena.h"
#include "bare/bare.h"
#include "board.h"
#include "test.h"
#include "trap.h"
#include <stdlib.h>

static const struct {
	const char *name;
	enum board_right right;
} rights[ARENA_RIGHTS] = {
	[ARENA_READ_WRITE] = {"read-write", BOARD_READ_WRITE},
	[ARENA_READ_ONLY] = {"read-only", BOARD_READ_ONLY},
	[ARENA_NO_ACCESS] = {"user mode's", BOARD_NO_ACCESS},
	[ARENA_UNMAPPED] = {"unmapped", BOARD_HOLE},
	[ARENA_NO_STORAGE] = {"no storage", BOARD_NO_STORAGE},
};

/* Arenas nest, so their views are a stack; a hole is kept between them. */
static size_t window_used = BOARD_PAGE;

size_t arena_page_size(void)
{
	return BOARD_PAGE;
}

static void page_protect(struct arena *arena, size_t index, enum arena_right right)
{
	const size_t offset = index * arena->page;

	cr_assert(board_map((uintptr_t)arena->view + offset, arena->image + offset,
			    rights[right].right),
		  "no memory for page tables");
	arena->rights[index] = right;
}

void arena_open(struct arena *arena, size_t pages)
{
	arena->page = BOARD_PAGE;
	arena->shift = 12;
	arena->pages = pages;
	arena->image = calloc(pages, arena->page);
	arena->rights = calloc(pages, sizeof *arena->rights);
	cr_assert(arena->image && arena->rights, "no memory for %zu pages", pages);
	cr_assert((pages + 1) * arena->page <= board_window_size - window_used);
	arena->view = (void *)(board_window + window_used); /* NOLINT(performance-no-int-to-ptr) */
	window_used += (pages + 1) * arena->page;
	for (size_t i = 0; i < pages; i++)
		page_protect(arena, i, ARENA_READ_WRITE);
}

void arena_close(struct arena *arena)
{
	for (size_t i = 0; i < arena->pages; i++)
		page_protect(arena, i, ARENA_UNMAPPED);
	window_used -= (arena->pages + 1) * arena->page;
	free(arena->image);
	free(arena->rights);
}

void arena_reset(void)
{
	window_used = BOARD_PAGE;
}

void arena_protect(struct arena *arena, size_t first, size_t count, enum arena_right right)
{
	for (size_t i = first; i < first + count; i++)
		if (arena->rights[i] != right)
			page_protect(arena, i, right);
}

struct haul_fault arena_fault(enum arena_right right, enum haul_operand operand, const void *addr)
{
	struct haul_fault fault = {
		.addr = (uintptr_t)addr,
		.addr_valid = true,
		.operand = operand,
	};

	cpu_trap_fault(right, operand == HAUL_OPERAND_DST, &fault);
	return fault;
}

const char *arena_right_name(enum arena_right right)
{
	return rights[right].name;
}
