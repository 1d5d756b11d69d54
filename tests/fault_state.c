/* SPDX-License-Identifier: MIT */
/*
 * Odd state of the CPU that a caller may have set: copies must cope with it,
 * and leave none that their caller does not expect.
 */
#include "cpu.h"
#include "fault_maps.h"
#include "test.h"
#include <haul.h>
#include <stdio.h>
#include <string.h>

enum { GOOD = 16 << 10, MARGIN = 64 };

/* Any function; one that is called in an odd state must not be bound lazily,
 * since the dynamic loader may not cope with it. */
typedef void any_function(void);

/* tests/<cpu>/state.S: calls function(first, second, third) with *state set,
 * and leaves there what it returned with; the caller gets a clear one back. */
uint64_t state_call(any_function *function, const void *first, uint64_t second, uint64_t third,
		    uint64_t *state);

/* Each state of tests/<cpu>/cpu.h, and none. */
static const struct {
	const char *name;
	uint64_t bits;
} states[] = CPU_STATES;

#define STATES (sizeof states / sizeof *states)

typedef size_t copy_function(void *, const void *, size_t);

static size_t copy_call(copy_function *copy, void *to, const void *from, size_t n, uint64_t *state)
{
	return state_call((any_function *)copy, to, (uintptr_t)from, n, state);
}

static const size_t sizes[] = {1,  2,  3,  4,  7,   8,   9,   15,   16,   17,
			       31, 33, 63, 65, 100, 255, 300, 1000, 4000, 10000};

#define SIZES (sizeof sizes / sizeof *sizes)

static unsigned char image[GOOD], dst[GOOD + 2 * MARGIN];
static struct fault_map hole;

static void open_hole(void)
{
	cr_assert(!fault_map_no_access(&hole, GOOD));
	pattern_fill(image, GOOD, 1);
	memcpy(hole.base, image, GOOD);
	test_faults_begin();
}

static void check_state(uint64_t state, bool fault, const char *what)
{
	const uint64_t left = state & (fault ? CPU_STATE_CLEAR_AFTER_FAULT : CPU_STATE_CLEAR);

	cr_assert(left == 0, "%s: %#llx left set%s", what, (unsigned long long)left,
		  fault ? " after a fault" : "");
}

/* n bytes are asked for, of which the last `bad` cannot be read. */
static void copy_in_state(copy_function *copy, size_t offset, size_t n, size_t bad, uint64_t state,
			  const char *what)
{
	unsigned char *to = dst + MARGIN + offset;
	const unsigned char *from = hole.edge - (n - bad);
	size_t done;

	memset(dst, PATTERN_NEVER, sizeof dst);
	done = copy_call(copy, to, from, n, &state);
	cr_assert(done == n - bad, "%s: %zu of %zu, %zu bad", what, done, n, bad);
	cr_assert(memcmp(to, from, done) == 0, "%s", what);
	cr_assert(bytes_are(dst, MARGIN + offset, PATTERN_NEVER), "%s", what);
	cr_assert(bytes_are(to + done, sizeof dst - MARGIN - offset - done, PATTERN_NEVER), "%s",
		  what);
	check_state(state, bad != 0, what);
}

static void copies_in_states(const char *routine, copy_function *copy)
{
	char setting[64], what[128];
	size_t index = 0;

	open_hole();
	while (test_variant_next(routine, &index, setting, sizeof setting))
		for (size_t i = 0; i < STATES * SIZES * 8; i++) {
			const size_t n = sizes[i / 8 % SIZES], state = i / 8 / SIZES;

			snprintf(what, sizeof what, "%s, %s", setting, states[state].name);
			copy_in_state(copy, i % 8, n, 0, states[state].bits, what);
			copy_in_state(copy, i % 8, n, 1 + n / 3, states[state].bits, what);
		}
}

Test(state, odd_neither_stops_nor_shortens_copies, .timeout = 30)
{
	copies_in_states("memcpy", haul_memcpy);
}

Test(state, odd_neither_stops_nor_shortens_moves, .timeout = 30)
{
	copies_in_states("memmove", haul_memmove);
}

/* A move that must run backward, into its own source and over a fault. */
Test(state, is_clear_after_a_backward_move, .timeout = 30)
{
	char setting[64];
	size_t index = 0;

	open_hole();
	while (test_variant_next("memmove", &index, setting, sizeof setting))
		for (size_t i = 0; i < SIZES; i++) {
			const size_t n = sizes[i], step = 1 + n / 5;
			unsigned char *from = hole.edge - n - step;
			uint64_t state = 0;

			memcpy(hole.base, image, GOOD);
			cr_assert(copy_call(haul_memmove, from + step, from, n, &state) == n);
			check_state(state, false, setting);
			cr_assert(memcmp(from + step, image + (from - hole.base), n) == 0);
			state = 0;
			cr_assert(copy_call(haul_memmove, from + step + 1, from, n, &state) ==
				  n - 1);
			check_state(state, true, setting);
		}
}

/* n bytes are asked for, of which the last `bad` cannot be written. */
static void set_in_state(size_t n, size_t bad, uint64_t state, const char *what)
{
	unsigned char *to = hole.edge - (n - bad);

	memcpy(hole.base, image, GOOD);
	cr_assert(state_call((any_function *)haul_memset, to, 0xc3, n, &state) == n - bad, "%s",
		  what);
	cr_assert(bytes_are(to, n - bad, 0xc3), "%s", what);
	cr_assert(memcmp(hole.base, image, (size_t)(to - hole.base)) == 0, "%s", what);
	check_state(state, bad != 0, what);
}

Test(state, odd_neither_stops_nor_shortens_fills, .timeout = 30)
{
	char setting[64], what[128];
	size_t index = 0;

	open_hole();
	while (test_variant_next("memset", &index, setting, sizeof setting))
		for (size_t i = 0; i < STATES * SIZES * 8; i++) {
			const size_t n = sizes[i / 8 % SIZES], bad = i % 8 < n ? i % 8 : 0;
			const size_t state = i / 8 / SIZES;

			snprintf(what, sizeof what, "%s, %s", setting, states[state].name);
			set_in_state(n, bad, states[state].bits, what);
		}
}

Test(state, odd_leaves_aligned_words_alone, .timeout = 30)
{
	any_function *const load = (any_function *)haul_load_u64;
	uint64_t word = 0;

	open_hole();
	for (size_t i = 0; i < STATES; i++) {
		uint64_t state = states[i].bits;

		cr_assert((int)state_call(load, hole.base, (uintptr_t)&word, 0, &state) == 0);
		cr_assert((state & states[i].bits) == states[i].bits, "%s", states[i].name);
		cr_assert(memcmp(&word, image, sizeof word) == 0, "%s", states[i].name);
		state = states[i].bits;
		cr_assert((int)state_call(load, hole.edge, (uintptr_t)&word, 0, &state) ==
			  -HAUL_EFAULT);
		check_state(state, true, states[i].name);
	}
}
