/* SPDX-License-Identifier: MIT */
/* What the parts of the tests on boards need of each other. */
#ifndef BARE_H
#define BARE_H

/* Forgets all arenas: tests that failed did not close theirs. */
void arena_reset(void);

#endif
