/* SPDX-License-Identifier: MIT */
#include "list.h"
#include "test.h"

void list_add(struct list *list, size_t value)
{
	cr_assert(list->count < LIST_MAX);
	list->at[list->count++] = value;
}

void list_places(struct list *list, size_t end, bool all)
{
	static const size_t borders[] = {0,  1,  2,  3,  4,  7,   8,   9,   15,  16,  17,  31,
					 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 511};
	enum { BORDERS = sizeof borders / sizeof *borders };

	list->count = 0;
	if (all || end <= 2 * BORDERS) {
		for (size_t i = 0; i <= end; i++)
			list_add(list, i);
		return;
	}
	for (size_t i = 0; i < BORDERS && borders[i] <= end / 2; i++) {
		list_add(list, borders[i]);
		list_add(list, end - borders[i]);
	}
	list_add(list, end / 2);
}
