/* SPDX-License-Identifier: MIT */
/*
 * Pages with chosen rights, seen twice: `view` is what the code under test
 * gets, with the rights in force; `image` shows the same bytes, always
 * readable and writable, so that tests can look at what must be unreadable.
 */
#ifndef ARENA_H
#define ARENA_H

#include <haul/fault.h>
#include <stdbool.h>
#include <stddef.h>

enum arena_right {
	ARENA_READ_WRITE,
	ARENA_READ_ONLY,
	ARENA_NO_ACCESS,  /* mapped, PROT_NONE; on boards user mode's page */
	ARENA_UNMAPPED,   /* nothing there */
	ARENA_NO_STORAGE, /* past the end of a file: SIGBUS; on boards no device */
	ARENA_RIGHTS      /* how many there are */
};

struct arena {
	unsigned char *view, *image;
	size_t page;    /* bytes */
	unsigned shift; /* log2(page) */
	size_t pages;
	enum arena_right *rights; /* of each page */
	int storage, empty;       /* Linux's memfds: the bytes, and a file of size 0 */
};

size_t arena_page_size(void); /* bytes */

/* Fail the test if the system refuses. */
void arena_open(struct arena *arena, size_t pages);
void arena_close(struct arena *arena);
void arena_protect(struct arena *arena, size_t first, size_t count, enum arena_right right);

/* By offset of the byte. */
bool arena_readable(const struct arena *arena, size_t offset);
bool arena_writable(const struct arena *arena, size_t offset);

/* What haul must report of an access to a page with that right. */
struct haul_fault arena_fault(enum arena_right right, enum haul_operand operand, const void *addr);

const char *arena_right_name(enum arena_right right);

#endif
