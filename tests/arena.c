/* SPDX-License-Identifier: MIT */
/* What does not depend on the system; tests/linux/arena.c and tests/bare/arena.c
 * have the rest. */
#include "arena.h"

bool arena_readable(const struct arena *arena, size_t offset)
{
	enum arena_right right = arena->rights[offset >> arena->shift];

	return right == ARENA_READ_WRITE || right == ARENA_READ_ONLY;
}

bool arena_writable(const struct arena *arena, size_t offset)
{
	return arena->rights[offset >> arena->shift] == ARENA_READ_WRITE;
}
