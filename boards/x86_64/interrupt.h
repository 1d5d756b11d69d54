/* SPDX-License-Identifier: MIT */
/* Between interrupt.c and board.c, whose traps interrupts are. */
#ifndef X86_64_INTERRUPT_H
#define X86_64_INTERRUPT_H

enum { INTERRUPT_VECTOR = 32 }; /* the first behind exceptions; trap.S has a stub for it */

void interrupt_taken(void);

#endif
