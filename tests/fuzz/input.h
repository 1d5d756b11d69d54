/* SPDX-License-Identifier: MIT */
/*
 * What a fuzzed device and its driver do.  All of it is drawn from an input's bytes, one after
 * another; when there are no more they are zeros, and those stand for what a device does that is
 * honest: the end of each run is one that works again.
 */
#ifndef INPUT_H
#define INPUT_H

#include "test.h"
#include <haul/base.h>

void input_begin(const uint8_t *data, size_t size);
void input_end(void); /* zeros from now on */
bool input_left(void);

uint8_t input_byte(void);
unsigned input_below(unsigned bound); /* 1 to 256 */
uint64_t input_value(unsigned bytes); /* little-endian, at most 8 */

/*
 * What the device answers: the truth, but for lies that come as often as the input says: another
 * value of so many bytes, or, -HAUL_EFAULT, none.  It may also be gone, or answer otherwise each
 * time, until the next.
 */
int input_answer(unsigned bytes, uint64_t *value);
bool input_lied(void); /* or input_lie was called */
void input_lie(void);  /* the device does something else that is wrong */

/*
 * Work is bounded: answers, and looks at the clock, since the last input_call.  A call of the
 * driver's returns 0 or more, or one of the errors listed.
 */
void input_call(void);
int input_result(int result, const char *call, const int *errors);
#define RETURNS(call, ...) (input_call(), input_result(call, #call, (const int[]){__VA_ARGS__, 0}))

/* Deadlines come after that many looks at the clock. */
enum { INPUT_SOON = 16 };
uint64_t input_soon(void);

/* While the driver waits it is the device's turn: called in place of haul_platform_yield. */
extern void (*input_idle)(void);

#endif
