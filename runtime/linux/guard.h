/* SPDX-License-Identifier: MIT */
/* What the fault entry asks of the guards (haul/guard.h). */
#ifndef HAUL_RUNTIME_GUARD_H
#define HAUL_RUNTIME_GUARD_H

#include <signal.h>
#include <stdbool.h>

/* True if the access is to be done again.  For a fault of code that is not haul's. */
bool haul_guard_handle(int signo, const siginfo_t *info);

#endif
