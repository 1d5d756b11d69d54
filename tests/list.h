/* SPDX-License-Identifier: MIT */
/* Short lists of sizes and places to loop over. */
#ifndef LIST_H
#define LIST_H

#include <stdbool.h>
#include <stddef.h>

enum { LIST_MAX = 3072 };

struct list {
	size_t count;
	size_t at[LIST_MAX];
};

void list_add(struct list *list, size_t value);

/* The places in [0, end] around the borders of vectors and blocks of every
 * size, counted from either end, and the middle; or all of them. */
void list_places(struct list *list, size_t end, bool all);

#endif
