/* SPDX-License-Identifier: MIT */
#ifndef BARE_SETJMP_H
#define BARE_SETJMP_H

#include <stdint.h>

typedef uint64_t jmp_buf[16]; /* what a call preserves, of the general registers */

int setjmp(jmp_buf env) __attribute__((returns_twice));
_Noreturn void longjmp(jmp_buf env, int value);

#endif
