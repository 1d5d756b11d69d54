/* SPDX-License-Identifier: MIT */
/* haul_strnlen against a loop over bytes. */
#include "arena.h"
#include "list.h"
#include "test.h"
#include <haul/fault.h>
#include <haul/mem.h>
#include <string.h>

enum { DENSE = 300, LARGEST = 1 << 16 };

static const enum arena_right rights[] = {ARENA_NO_ACCESS, ARENA_UNMAPPED, ARENA_NO_STORAGE};

/* Room, one page whose right changes, room. */
struct text {
	struct arena arena;
	size_t hole; /* offset */
	const char *setting;
	uint64_t random;
};

static void text_open(struct text *t, const char *setting)
{
	size_t pages;

	arena_open(&t->arena, 1);
	pages = 2 * LARGEST / t->arena.page;
	arena_close(&t->arena);
	arena_open(&t->arena, 2 * pages + 1);
	t->hole = pages * t->arena.page;
	t->setting = setting;
	t->random = test_seed();
	memset(t->arena.image, 0x80, (2 * pages + 1) * t->arena.page);
	test_faults_begin();
}

static void text_close(struct text *t)
{
	arena_close(&t->arena);
	test_faults_end();
}

static void check(const struct text *t, size_t s, size_t max)
{
	size_t len = SIZE_MAX / 3, want = 0;
	int want_err = 0;
	uint64_t args[6] = {(uintptr_t)t->arena.view + s, max, (uintptr_t)&len};
	uint64_t result;
	const char *broken;

	while (want < max && want_err == 0) {
		if (!arena_readable(&t->arena, s + want))
			want_err = -HAUL_EFAULT;
		else if (t->arena.image[s + want] == 0)
			break;
		else
			want++;
	}
	broken = test_call((test_code *)(void (*)(void))haul_strnlen, args, &result);
	cr_assert(!broken && (int)result == want_err && len == want,
		  "haul_strnlen, %s: s %#zx (hole at %#zx), max %zu: status %d, length %zu; "
		  "want %d, %zu; preserved: %s",
		  t->setting, s, t->hole, max, (int)result, len, want_err, want,
		  broken ? broken : "all");
}

static void sample(struct text *t, size_t s, size_t max)
{
	if (test_takes_case(&t->random))
		check(t, s, max);
}

/* Places of the NUL in strings that end before, at and after the hole, NULs
 * standing right before the string and right after max. */
static void check_size(struct text *t, size_t max, const struct list *places,
		       const struct list *nuls)
{
	unsigned char *image = t->arena.image;

	for (size_t i = 0; i < places->count; i++) {
		size_t s = t->hole - places->at[i];

		image[s - 1] = 0;
		image[s + max] = 0;
		sample(t, s, max);
		for (size_t j = 0; j < nuls->count; j++) {
			size_t nul = s + nuls->at[j];
			unsigned char was = image[nul];

			image[nul] = 0;
			sample(t, s, max);
			image[nul] = was;
		}
		image[s - 1] = 0x80;
		image[s + max] = 0x80;
		if (places->at[i] && places->at[i] <= t->arena.page)
			sample(t, t->hole + t->arena.page - places->at[i], max);
	}
}

static void check_alignments(struct text *t, size_t max)
{
	unsigned char *image = t->arena.image;

	for (size_t i = 0; i < 64; i++) {
		size_t s = t->hole - max - i - 1;

		sample(t, s, max);
		image[s + max / 2] = 0;
		sample(t, s, max);
		image[s + max / 2] = 0x80;
	}
}

static void check_one(struct text *t, size_t max, bool all)
{
	static struct list places, nuls;

	list_places(&places, max, all);
	list_places(&nuls, max, false);
	arena_protect(&t->arena, t->hole >> t->arena.shift, 1, ARENA_READ_WRITE);
	check_alignments(t, max);
	arena_protect(&t->arena, t->hole >> t->arena.shift, 1, rights[max % 3]);
	check_size(t, max, &places, &nuls);
}

Test(strnlen, every_size_is_exact)
{
	char setting[64];
	struct text t;

	for (size_t i = 0; test_variant_next("strnlen", &i, setting, sizeof setting);) {
		text_open(&t, setting);
		for (size_t max = 0; max <= (test_long() ? 1024 : DENSE); max++)
			check_one(&t, max, test_long());
		for (size_t n = 512; n <= LARGEST / (test_long() ? 1 : 8); n *= 2)
			for (size_t max = n - 1; max <= n + 1; max++)
				check_one(&t, max, false);
		text_close(&t);
	}
}

Test(strnlen, max_may_be_anything)
{
	struct text t;
	size_t s;

	text_open(&t, "");
	arena_protect(&t.arena, t.hole >> t.arena.shift, 1, ARENA_NO_ACCESS);
	s = t.hole - 100;
	check(&t, s, SIZE_MAX);
	check(&t, s, SIZE_MAX / 2);
	check(&t, s, (size_t)0 - ((uintptr_t)t.arena.view + s));
	t.arena.image[t.hole - 1] = 0;
	check(&t, s, SIZE_MAX);
	check(&t, s, (size_t)0 - ((uintptr_t)t.arena.view + s));
	text_close(&t);
}
