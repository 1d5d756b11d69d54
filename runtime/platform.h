/* SPDX-License-Identifier: MIT */
/* What the portable runtime needs from a platform: runtime/linux/, or a kernel
 * and runtime/bare/.  On Linux tunables and yield are async-signal-safe, and
 * work before main. */
#ifndef HAUL_RUNTIME_PLATFORM_H
#define HAUL_RUNTIME_PLATFORM_H

#include <haul/platform.h>

/* Has child run in the child process of every later fork.  0 or -HAUL_E*. */
int haul_platform_on_fork(void (*child)(void));

#endif
