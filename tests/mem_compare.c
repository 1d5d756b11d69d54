/* SPDX-License-Identifier: MIT */
/* haul_memcmp against a loop over bytes. */
#include "arena.h"
#include "list.h"
#include "test.h"
#include <haul/fault.h>
#include <haul/mem.h>
#include <string.h>

enum { DENSE = 300, ORDER_BEFORE = 77 };

static const enum arena_right rights[] = {ARENA_READ_WRITE, ARENA_NO_ACCESS, ARENA_UNMAPPED,
					  ARENA_NO_STORAGE};

enum { RIGHTS = sizeof rights / sizeof *rights };

/* Two sides, each room, one page whose right changes, room. */
struct sides {
	struct arena arena;
	size_t hole[2]; /* offsets */
	uint64_t random;
	const char *setting;
};

static void sides_open(struct sides *s, size_t n, const char *setting)
{
	size_t pages;

	arena_open(&s->arena, 1);
	pages = (n + 64) / s->arena.page + 1;
	arena_close(&s->arena);
	arena_open(&s->arena, 2 * (2 * pages + 1));
	s->hole[0] = pages * s->arena.page;
	s->hole[1] = s->hole[0] + (2 * pages + 1) * s->arena.page;
	s->random = test_seed();
	s->setting = setting;
	test_faults_begin();
}

static void sides_close(struct sides *s)
{
	arena_close(&s->arena);
	test_faults_end();
}

static void sides_protect(struct sides *s, enum arena_right a, enum arena_right b)
{
	arena_protect(&s->arena, s->hole[0] >> s->arena.shift, 1, a);
	arena_protect(&s->arena, s->hole[1] >> s->arena.shift, 1, b);
}

struct verdict {
	int err, order;
};

static struct verdict predict(const struct sides *s, size_t a, size_t b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int x = s->arena.image[a + i], y = s->arena.image[b + i];

		if (!arena_readable(&s->arena, a + i) || !arena_readable(&s->arena, b + i))
			return (struct verdict){-HAUL_EFAULT, ORDER_BEFORE};
		if (x != y)
			return (struct verdict){0, x < y ? -1 : 1};
	}
	return (struct verdict){0, 0};
}

static void check(struct sides *s, size_t a, size_t b, size_t n)
{
	struct verdict want;
	int order = ORDER_BEFORE, err;
	uint64_t args[6] = {(uintptr_t)s->arena.view + a, (uintptr_t)s->arena.view + b, n,
			    (uintptr_t)&order};
	uint64_t result;
	const char *broken;

	if (!test_takes_case(&s->random))
		return;
	want = predict(s, a, b, n);
	broken = test_call((test_code *)(void (*)(void))haul_memcmp, args, &result);
	err = (int)result;
	if (err == 0)
		order = (order > 0) - (order < 0);
	cr_assert(!broken && err == want.err && order == want.order,
		  "haul_memcmp, %s: a %#zx, b %#zx (hole at %#zx and %#zx), n %zu: "
		  "status %d, order %d; want %d, %d; preserved: %s",
		  s->setting, a, b, s->hole[0], s->hole[1], n, err, order, want.err, want.order,
		  broken ? broken : "all");
}

/*
 * Both ranges equal but for a difference at `place` (none if place >= n), after
 * which everything differs the other way round.
 */
static void fill(struct sides *s, size_t a, size_t b, size_t n, size_t place)
{
	/* the sign bit must not count as a sign; the last pair differs least */
	static const unsigned char pairs[][2] = {{0x00, 0xff}, {0x7f, 0x80}, {0x80, 0x81}};
	const unsigned char *pair = pairs[test_random(&s->random) % 3];
	bool swap = test_random(&s->random) & 1;
	unsigned char *x = s->arena.image + a, *y = s->arena.image + b;

	memset(x, (int)(test_random(&s->random) & 0xff), n);
	memcpy(y, x, n);
	if (place >= n)
		return;
	memset(x + place, pair[!swap], n - place);
	memset(y + place, pair[swap], n - place);
	x[place] = pair[swap];
	y[place] = pair[!swap];
}

/* Ranges cut short after each place of either side, with differences at
 * places too; and ranges that start in the hole. */
static void compare_size(struct sides *s, size_t n, const struct list *places,
			 const struct list *differences)
{
	for (size_t i = 0; i < places->count; i++) {
		size_t cut = places->at[i];
		size_t other = s->hole[1] - n - test_random_below(&s->random, 64);

		for (size_t j = 0; j < differences->count; j++) {
			enum arena_right right = rights[1 + (i + j) % (RIGHTS - 1)];
			bool both = j % 4 == 3;
			size_t a = s->hole[0] - cut,
			       b = both ? s->hole[1] - differences->at[j] : other;
			size_t difference = differences->at[(i + j) % differences->count];

			if (j == 0)
				sides_protect(s, rights[1 + i % (RIGHTS - 1)], right);
			fill(s, a, b, n, difference);
			check(s, a, b, n);
			check(s, b, a, n);
		}
		if (cut && cut <= s->arena.page) {
			check(s, s->hole[0] + s->arena.page - cut, other, n);
			check(s, other, s->hole[0] + s->arena.page - cut, n);
		}
	}
}

static void compare_alignments(struct sides *s, size_t n)
{
	sides_protect(s, ARENA_READ_WRITE, ARENA_READ_WRITE);
	for (size_t i = 0; i < 64; i++) {
		size_t a = s->hole[0] - n - i;
		size_t b = s->hole[1] - n - test_random_below(&s->random, 64);

		fill(s, a, b, n, n);
		check(s, a, b, n);
		fill(s, a, b, n, test_random_below(&s->random, n + 1));
		check(s, a, b, n);
	}
}

static void compare_one(size_t n, bool all, const char *setting)
{
	static struct list places, differences;
	struct sides s;

	sides_open(&s, n, setting);
	list_places(&places, n, all);
	list_places(&differences, n, false);
	compare_alignments(&s, n);
	compare_size(&s, n, &places, &differences);
	sides_close(&s);
}

Test(memcmp, every_size_is_exact)
{
	char setting[64];

	for (size_t i = 0; test_variant_next("memcmp", &i, setting, sizeof setting);)
		for (size_t n = 0; n <= (test_long() ? 1024 : DENSE); n++)
			compare_one(n, test_long(), setting);
}

Test(memcmp, large_sizes_are_exact)
{
	char setting[64];

	for (size_t i = 0; test_variant_next("memcmp", &i, setting, sizeof setting);)
		for (size_t n = 512; n <= (test_long() ? 1 << 20 : 1 << 14); n *= 2)
			for (size_t m = n - 1; m <= n + 1; m++)
				compare_one(m, false, setting);
}

Test(memcmp, a_difference_beats_a_later_fault)
{
	struct sides s;
	int order = 0;

	sides_open(&s, 64, "");
	sides_protect(&s, ARENA_NO_ACCESS, ARENA_READ_WRITE);
	s.arena.image[s.hole[0] - 1] = 1;
	s.arena.image[s.hole[1] - 1] = 2;
	cr_assert(haul_memcmp(s.arena.view + s.hole[0] - 1, s.arena.view + s.hole[1] - 1, 2,
			      &order) == 0);
	cr_assert(order < 0);
	s.arena.image[s.hole[1] - 1] = 1;
	order = ORDER_BEFORE;
	cr_assert(haul_memcmp(s.arena.view + s.hole[0] - 1, s.arena.view + s.hole[1] - 1, 2,
			      &order) == -HAUL_EFAULT);
	cr_assert(order == ORDER_BEFORE);
	sides_close(&s);
}
