/* SPDX-License-Identifier: MIT */
/* The device tree in its binary form (Devicetree Specification, chapter 5), which
 * tells the boards aarch64 and riscv64 what there is. */
#ifndef BOARD_TREE_H
#define BOARD_TREE_H

#include <stdbool.h>
#include <stdint.h>

/* A property: its node's name, its own, its value. */
struct tree_property {
	const char *node, *name;
	const unsigned char *value;
	uint32_t size; /* bytes */
};

/* Calls visit with every property, in the tree's order. */
void tree_walk(const void *tree, void (*visit)(const struct tree_property *property));

/* A node's name goes on with its address: memory@80000000 begins with memory@. */
bool tree_begins(const char *name, const char *start);

/* A number of one or two cells, which are big-endian and 32 bits each. */
uint32_t tree_cell(const unsigned char *value);
uint64_t tree_cells(const unsigned char *value);

#endif
