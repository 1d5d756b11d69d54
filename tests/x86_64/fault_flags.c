/* SPDX-License-Identifier: MIT */
/*
 * Flags that could make the routines or the handler go wrong.  With EFLAGS.AC
 * set by the caller every misaligned access is a fault (SIGBUS, BUS_ADRALN),
 * those of a handler too; with EFLAGS.DF left set a string instruction of the
 * caller would run the wrong way.
 */
#include "fault_maps.h"
#include "test.h"
#include <haul.h>
#include <string.h>

enum { FLAG_DF = 0x400, FLAG_AC = 0x40000, GOOD = 16 << 10, MARGIN = 64 };

/* Any function; one that is called with AC set must not be bound lazily, since
 * the dynamic loader's accesses are misaligned too. */
typedef void any_function(void);

uint64_t flags_call(any_function *function, const void *first, uint64_t second, uint64_t third,
		    uint64_t *flags);

typedef size_t copy_function(void *, const void *, size_t);

static size_t copy_call(copy_function *copy, void *to, const void *from, size_t n, uint64_t *flags)
{
	return flags_call((any_function *)copy, to, (uintptr_t)from, n, flags);
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
	cr_assert(haul_fault_install() == 0);
}

/* n bytes are asked for, of which the last `bad` cannot be read. */
static void copy_with_flags(copy_function *copy, size_t offset, size_t n, size_t bad,
			    uint64_t *flags, const char *what)
{
	unsigned char *to = dst + MARGIN + offset;
	const unsigned char *from = hole.edge - (n - bad);
	size_t done;

	memset(dst, PATTERN_NEVER, sizeof dst);
	done = copy_call(copy, to, from, n, flags);
	cr_assert(done == n - bad, "%s: %zu of %zu, %zu bad", what, done, n, bad);
	cr_assert(memcmp(to, from, done) == 0, "%s", what);
	cr_assert(bytes_are(dst, MARGIN + offset, PATTERN_NEVER), "%s", what);
	cr_assert(bytes_are(to + done, sizeof dst - MARGIN - offset - done, PATTERN_NEVER), "%s",
		  what);
	cr_assert(!(*flags & FLAG_DF), "%s: DF", what);
	cr_assert(bad == 0 || !(*flags & FLAG_AC), "%s: AC after a fault", what);
}

static void copies_with_flag(const char *routine, copy_function *copy, uint64_t flag)
{
	char setting[64];
	size_t index = 0;

	while (test_variant_next(routine, &index, setting, sizeof setting))
		for (size_t i = 0; i < SIZES * 8; i++) {
			const size_t n = sizes[i / 8];
			uint64_t flags = flag;

			copy_with_flags(copy, i % 8, n, 0, &flags, setting);
			flags = flag;
			copy_with_flags(copy, i % 8, n, 1 + n / 3, &flags, setting);
		}
}

Test(flags, alignment_check_neither_stops_nor_shortens_copies, .timeout = 30)
{
	open_hole();
	copies_with_flag("memcpy", haul_memcpy, FLAG_AC);
	copies_with_flag("memmove", haul_memmove, FLAG_AC);
}

Test(flags, direction_is_clear_after_copies, .timeout = 30)
{
	open_hole();
	copies_with_flag("memcpy", haul_memcpy, 0);
	copies_with_flag("memmove", haul_memmove, 0);
}

/* A move that must run backward, into its own source and over a fault. */
Test(flags, direction_is_clear_after_a_backward_move, .timeout = 30)
{
	char setting[64];
	size_t index = 0;

	open_hole();
	while (test_variant_next("memmove", &index, setting, sizeof setting))
		for (size_t i = 0; i < SIZES; i++) {
			const size_t n = sizes[i], step = 1 + n / 5;
			unsigned char *from = hole.edge - n - step;
			uint64_t flags = 0;

			memcpy(hole.base, image, GOOD);
			cr_assert(copy_call(haul_memmove, from + step, from, n, &flags) == n);
			cr_assert(!(flags & FLAG_DF), "%s", setting);
			cr_assert(memcmp(from + step, image + (from - hole.base), n) == 0);
			flags = 0;
			cr_assert(copy_call(haul_memmove, from + step + 1, from, n, &flags) ==
				  n - 1);
			cr_assert(!(flags & FLAG_DF), "%s after a fault", setting);
		}
}

Test(flags, alignment_check_neither_stops_nor_shortens_fills, .timeout = 30)
{
	char setting[64];
	size_t index = 0;

	open_hole();
	while (test_variant_next("memset", &index, setting, sizeof setting))
		for (size_t i = 0; i < SIZES * 8; i++) {
			const size_t n = sizes[i / 8], bad = i % 8 < n ? i % 8 : 0;
			unsigned char *to = hole.edge - (n - bad);
			uint64_t flags = FLAG_AC;

			memcpy(hole.base, image, GOOD);
			cr_assert(flags_call((any_function *)haul_memset, to, 0xc3, n, &flags) ==
					  n - bad,
				  "%s", setting);
			cr_assert(bytes_are(to, n - bad, 0xc3), "%s", setting);
			cr_assert(memcmp(hole.base, image, (size_t)(to - hole.base)) == 0);
			cr_assert(!(flags & FLAG_DF), "%s", setting);
		}
}

Test(flags, alignment_check_leaves_aligned_words_alone, .timeout = 30)
{
	any_function *const load = (any_function *)haul_load_u64;
	uint64_t flags = FLAG_AC, word = 0;

	open_hole();
	cr_assert((int)flags_call(load, hole.base, (uintptr_t)&word, 0, &flags) == 0);
	cr_assert((flags & FLAG_AC) && memcmp(&word, image, sizeof word) == 0);
	cr_assert((int)flags_call(load, hole.edge, (uintptr_t)&word, 0, &flags) == -HAUL_EFAULT);
	cr_assert(!(flags & FLAG_AC));
}
