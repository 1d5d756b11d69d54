/* SPDX-License-Identifier: MIT */
#include "input.h"
#include <haul/platform.h>

/* One call's: as many as it takes to mask 2048 vectors, and more. */
enum { WORK_MOST = 20000 };

static const uint8_t *next;
static size_t left;
static unsigned until; /* answers until the next lie; 0: there is none any more */
static bool lied;
static enum { THERE, ALL_ONES, FAULTS, RESTLESS } state; /* until the next lie */
static unsigned work;
static uint64_t now;

void (*input_idle)(void);

void input_begin(const uint8_t *data, size_t size)
{
	next = data;
	left = size;
	lied = false;
	state = THERE;
	now = work = 0;
	input_idle = NULL;
	until = input_byte();
}

void input_end(void)
{
	left = 0;
	until = 0;
	state = THERE;
}

bool input_left(void)
{
	return left;
}

uint8_t input_byte(void)
{
	if (!left)
		return 0;
	left--;
	return *next++;
}

unsigned input_below(unsigned bound)
{
	return input_byte() % bound;
}

uint64_t input_value(unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)input_byte() << 8 * i;
	return value;
}

bool input_lied(void)
{
	return lied;
}

void input_lie(void)
{
	lied = true;
}

static void count(void)
{
	cr_assert(++work <= WORK_MOST, "a call does not end");
}

static uint64_t another(unsigned bytes, uint64_t value)
{
	switch (input_below(8)) {
	case 0:
		return value ^ (uint64_t)1 << input_below(8 * bytes);
	case 1:
		return UINT64_MAX;
	case 2:
		return 0;
	case 3:
		return input_byte();
	case 4:
		state = RESTLESS; /* each time another value */
		return value;
	case 5:
		state = ALL_ONES;
		return value;
	case 6:
		state = FAULTS;
		return value;
	default:
		return input_value(bytes);
	}
}

int input_answer(unsigned bytes, uint64_t *value)
{
	count();
	if (until && !--until) {
		input_lie();
		state = THERE;
		*value = another(bytes, *value);
		until = input_byte();
	}
	if (state == ALL_ONES)
		*value = UINT64_MAX;
	if (state == RESTLESS)
		*value += work;
	*value &= UINT64_MAX >> (64 - 8 * bytes);
	return state == FAULTS ? -HAUL_EFAULT : 0;
}

void input_call(void)
{
	work = 0;
}

int input_result(int result, const char *call, const int *errors)
{
	if (result >= 0)
		return result;
	while (*errors && *errors != -result)
		errors++;
	cr_assert(*errors, "%s returns %d", call, result);
	return result;
}

uint64_t haul_platform_clock(void)
{
	count();
	return now++;
}

void haul_platform_yield(void)
{
	if (input_idle)
		input_idle();
}

uint64_t input_soon(void)
{
	return now + INPUT_SOON;
}
