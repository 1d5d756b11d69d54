/* SPDX-License-Identifier: MIT */
/* Ends as its argument says, for tests/board_run.sh. */
#include "board.h"
#include <string.h>

static void touch_nothing(void)
{
	*(volatile char *)board_window = 1; /* NOLINT(performance-no-int-to-ptr) */
}

int main(void)
{
	const char *how = board_argument("end");

	if (!how)
		return 4;
	if (strcmp(how, "failure") == 0)
		return 3;
	if (strcmp(how, "trap") == 0)
		touch_nothing();
	if (strcmp(how, "hang") == 0)
		for (;;)
			__asm__ volatile("");
	if (strcmp(how, "silence") == 0)
		board_stop(0);
	if (strcmp(how, "lie") == 0) {
		board_print("board: success\n");
		board_stop(1);
	}
	return 0;
}
