/* SPDX-License-Identifier: MIT */
#ifndef HAUL_RUNTIME_TUNE_H
#define HAUL_RUNTIME_TUNE_H

/* Fills every slot and threshold that is still as the linker made it.  Called
 * by haul_fault_install and the slots' resolvers; idempotent, async-signal-safe. */
void haul_tune_resolve(void);

#endif
