/* SPDX-License-Identifier: MIT */
/*
 * A kernel that copies from a user page which is unmapped midway.
 *
 * The board (boards/<cpu>/) has set up paging and traps; its trap handler calls
 * haul_fault_fixup, as yours would:
 *
 *     void page_fault(struct frame *frame)
 *     {
 *             struct haul_trap trap = { .pc = &frame->rip, ... .page_in = find_page };
 *
 *             if (!haul_fault_fixup(&trap))
 *                     panic(frame);
 *     }
 *
 * Nothing here looks at addresses, counts bytes or knows the CPU.
 */
#include "board.h"
#include <haul.h>

enum { USER_PAGES = 3, REQUEST = USER_PAGES * BOARD_PAGE };

/* A process's memory: pages of RAM, mapped for user mode. */
static unsigned char *map_process(unsigned char *pages)
{
	for (size_t i = 0; i < USER_PAGES; i++)
		if (!board_map(board_window + i * BOARD_PAGE, pages + i * BOARD_PAGE,
			       BOARD_USER_READ_WRITE))
			board_exit(1);
	return (unsigned char *)board_window; /* NOLINT(performance-no-int-to-ptr) */
}

static void unmap_page(unsigned char *user, size_t index)
{
	board_map((uintptr_t)user + index * BOARD_PAGE, NULL, BOARD_HOLE);
}

/* What a system call such as write() does with the pointer that it was given. */
static void copy_in(unsigned char *buffer, const unsigned char *user)
{
	struct haul_fault fault;
	size_t done = haul_copy_from_user(buffer, user + 100, REQUEST - 100, &fault);

	board_print("copied %zu of %d bytes", done, REQUEST - 100);
	if (done < REQUEST - 100)
		board_print(": the user's page at offset %zu is not there", 100 + done);
	board_print("\n");
}

int main(void)
{
	unsigned char *pages = board_alloc(REQUEST), *buffer = board_alloc(REQUEST);
	unsigned char *user;

	if (!pages || !buffer)
		return 1;
	user = map_process(pages);
	copy_in(buffer, user);
	unmap_page(user, 2);
	copy_in(buffer, user);
	unmap_page(user, 0);
	copy_in(buffer, user);
	return 0;
}
