/* SPDX-License-Identifier: MIT */
/* Platform services that a kernel need not give, since it has no processes. */
#include "platform.h"

int haul_platform_on_fork(void (*child)(void))
{
	(void)child;
	return 0;
}
