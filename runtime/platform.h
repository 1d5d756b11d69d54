/* SPDX-License-Identifier: MIT */
/* What the portable runtime needs from a platform (runtime/linux/). */
#ifndef HAUL_PLATFORM_H
#define HAUL_PLATFORM_H

/* The user's tunables, "" if there are none or the program runs with raised
 * privileges.  Async-signal-safe, works before main. */
const char *haul_platform_tunables(void);

/* Lets another thread run; used while waiting for one. */
void haul_platform_yield(void);

/* Has child run in the child process of every later fork.  0 or -HAUL_E*. */
int haul_platform_on_fork(void (*child)(void));

#endif
