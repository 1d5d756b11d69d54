/* SPDX-License-Identifier: MIT */
/* RAM, handed out once. */
#include "board.h"

void *board_alloc(size_t size)
{
	static struct board_ram ram;
	void *p;

	if (!ram.start)
		ram = board_ram();
	if (size > SIZE_MAX - (BOARD_PAGE - 1))
		return NULL;
	size = (size + BOARD_PAGE - 1) & ~(size_t)(BOARD_PAGE - 1);
	if (size > ram.end - ram.start)
		return NULL;
	p = (void *)ram.start; /* NOLINT(performance-no-int-to-ptr) */
	ram.start += size;
	return p;
}
