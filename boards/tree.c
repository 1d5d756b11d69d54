/* SPDX-License-Identifier: MIT */
#include "tree.h"

/* Offsets in the header, and what the words of the structure block say. */
enum { STRUCTURE_OFFSET = 8, STRINGS_OFFSET = 12 };
enum { BEGIN_NODE = 1, END_NODE = 2, PROPERTY = 3, NOP = 4 };

uint32_t tree_cell(const unsigned char *value)
{
	return (uint32_t)value[0] << 24 | (uint32_t)value[1] << 16 | (uint32_t)value[2] << 8 |
	       value[3];
}

uint64_t tree_cells(const unsigned char *value)
{
	return (uint64_t)tree_cell(value) << 32 | tree_cell(value + 4);
}

bool tree_begins(const char *name, const char *start)
{
	while (*start && *name == *start)
		name++, start++;
	return !*start;
}

/* The next multiple of four bytes. */
static uint32_t padded(uint32_t size)
{
	return (size + 3) & ~(uint32_t)3;
}

static uint32_t string_size(const char *text)
{
	uint32_t size = 1;

	while (*text++)
		size++;
	return size;
}

/* A node's properties stand before its children, so they are the last node's
 * that began. */
void tree_walk(const void *tree, void (*visit)(const struct tree_property *property))
{
	const unsigned char *header = tree;
	const unsigned char *p = header + tree_cell(header + STRUCTURE_OFFSET);
	const char *strings = (const char *)header + tree_cell(header + STRINGS_OFFSET);
	struct tree_property property = {0};

	for (;;) {
		const uint32_t token = tree_cell(p);

		p += 4;
		if (token == BEGIN_NODE) {
			property.node = (const char *)p;
			p += padded(string_size(property.node));
		} else if (token == PROPERTY) {
			property.size = tree_cell(p);
			property.name = strings + tree_cell(p + 4);
			property.value = p + 8;
			visit(&property);
			p += 8 + padded(property.size);
		} else if (token != END_NODE && token != NOP) {
			return;
		}
	}
}
