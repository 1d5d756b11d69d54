/* SPDX-License-Identifier: MIT */
/* The makers of tests/fault_maps.h that a board can be; each map is an arena
 * that lasts until the test ends. */
#include "fault_maps.h"
#include "arena.h"
#include "board.h"

size_t page_size(void)
{
	return BOARD_PAGE;
}

static const char *make(struct fault_map *map, size_t good, enum arena_right right)
{
	static struct arena arena;
	const size_t pages = good / BOARD_PAGE;

	arena_open(&arena, pages + 1);
	arena_protect(&arena, pages, 1, right);
	map->base = arena.view;
	map->edge = arena.view + good;
	map->beyond = BOARD_PAGE;
	map->fd = -1;
	return NULL;
}

const char *fault_map_unmapped(struct fault_map *map, size_t good)
{
	return make(map, good, ARENA_UNMAPPED);
}

const char *fault_map_no_access(struct fault_map *map, size_t good)
{
	return make(map, good, ARENA_NO_ACCESS);
}

const char *fault_map_read_only(struct fault_map *map, size_t good)
{
	return make(map, good, ARENA_READ_ONLY);
}
