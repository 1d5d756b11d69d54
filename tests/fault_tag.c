/* SPDX-License-Identifier: MIT */
/*
 * Tags: in the memory (a granule whose tag is not the pointer's cannot be
 * accessed) and in the pointer only, where the CPU ignores its top bits.
 * Granules are smaller than pages, so that counts are exact here is another
 * matter than at the end of a mapping.
 */
#include "test.h"

#if __has_include("tag.h")

#include "fault_maps.h"
#include "tag.h"
#include <haul.h>
#include <string.h>

enum { SIZE = 16 << 10, GRANULES = SIZE / CPU_TAG_GRANULE, GOOD_TAG = 5, BAD_TAG = 9 };

static const size_t sizes[] = {1,   3,   8,   13,  16,  17,  31,  40,   64,   90,
			       128, 150, 200, 256, 257, 300, 700, 1300, 3000, 5000};

#define SIZES (sizeof sizes / sizeof *sizes)

/* Offsets that moves go by, as they are and backward. */
static const size_t distances[] = {1, 7, 16, 33, 64, 100};

#define DISTANCES (sizeof distances / sizeof *distances)

/* SIZE bytes that are accessible through `base`, whose tag is GOOD_TAG, but for
 * one granule. */
struct tagged {
	unsigned char *base;
	size_t bad; /* granule, or GRANULES if none */
};

static void set_tag(struct tagged *t, size_t granule, unsigned tag)
{
	cpu_tag_store(cpu_tag_pointer(t->base + granule * CPU_TAG_GRANULE, tag));
}

static void make_bad(struct tagged *t, size_t granule)
{
	if (t->bad < GRANULES)
		set_tag(t, t->bad, GOOD_TAG);
	t->bad = granule;
	if (t->bad < GRANULES)
		set_tag(t, t->bad, BAD_TAG);
}

static void open_tagged(struct tagged *t)
{
	unsigned char *plain;
	const char *why_not = cpu_tag_map(SIZE, &plain);

	if (why_not)
		cr_skip_test("%s", why_not);
	test_faults_begin();
	t->base = cpu_tag_pointer(plain, GOOD_TAG);
	t->bad = GRANULES;
	for (size_t i = 0; i < GRANULES; i++)
		set_tag(t, i, GOOD_TAG);
}

/* The first byte of [offset, offset + n) that fails, counted from offset. */
static size_t first_bad(const struct tagged *t, size_t offset, size_t n)
{
	size_t bad = t->bad * CPU_TAG_GRANULE;

	if (t->bad == GRANULES || bad >= offset + n || bad + CPU_TAG_GRANULE <= offset)
		return n;
	return bad > offset ? bad - offset : 0;
}

/* Some systems tell the address with its tag. */
static void check_address(const struct haul_fault *f, const void *at)
{
	cr_assert(cpu_tag_pointer((const void *)f->addr, 0) == cpu_tag_pointer(at, 0),
		  "at %#zx, not %p", (size_t)f->addr, at);
}

static void check_record(const struct haul_fault *f, enum haul_operand operand, const void *at)
{
	cr_assert(f->kind == HAUL_FAULT_TAG, "kind %d", (int)f->kind);
	cr_assert(f->operand == operand, "operand %d", (int)f->operand);
	cr_assert(cpu_tag_told(f), "signo %d, code %#x", f->signo, (unsigned)f->code);
	cr_assert(f->addr_valid);
	check_address(f, at);
}

/* Granules of [offset, offset + n) to make bad, one a turn. */
static bool next_granule(size_t offset, size_t n, size_t *turn, size_t *granule)
{
	const size_t first = offset / CPU_TAG_GRANULE, last = (offset + n - 1) / CPU_TAG_GRANULE;
	const size_t all[] = {GRANULES, first, first + 1, (first + last) / 2, last - 1, last};

	while (*turn < sizeof all / sizeof *all) {
		*granule = all[(*turn)++];
		if (*granule == GRANULES || (*granule >= first && *granule <= last))
			return true;
	}
	return false;
}

static unsigned char image[SIZE], spare[SIZE];

/* All of it is good when this is called. */
static void refill(struct tagged *t)
{
	pattern_fill(image, SIZE, 1);
	memcpy(t->base, image, SIZE);
}

static void copy_from_tagged(struct tagged *t, size_t offset, size_t n, const char *setting)
{
	struct haul_fault fault;
	size_t turn = 0, granule, want, got;

	while (next_granule(offset, n, &turn, &granule)) {
		make_bad(t, granule);
		want = first_bad(t, offset, n);
		memset(spare, PATTERN_NEVER, sizeof spare);
		got = haul_memcpy_fault(spare + 3, t->base + offset, n, &fault);
		cr_assert(got == want, "%s: %zu of %zu, not %zu", setting, got, n, want);
		if (want < n)
			check_record(&fault, HAUL_OPERAND_SRC, t->base + offset + want);
		cr_assert(memcmp(spare + 3, image + offset, want) == 0, "%s", setting);
		cr_assert(bytes_are(spare + 3 + want, n - want, PATTERN_NEVER), "%s", setting);
	}
	make_bad(t, GRANULES);
}

/* What is there after n bytes at offset should have been written from `from`. */
static void check_written(struct tagged *t, size_t offset, size_t n, size_t done,
			  const unsigned char *from, const char *setting)
{
	make_bad(t, GRANULES);
	cr_assert(memcmp(t->base + offset, from, done) == 0, "%s: %zu of %zu", setting, done, n);
	memcpy(t->base + offset, image + offset, done);
	cr_assert(memcmp(t->base, image, SIZE) == 0, "%s: %zu of %zu", setting, done, n);
}

static void copy_to_tagged(struct tagged *t, size_t offset, size_t n, const char *setting)
{
	struct haul_fault fault;
	size_t turn = 0, granule, want, got;

	pattern_fill(spare, sizeof spare, 2);
	while (next_granule(offset, n, &turn, &granule)) {
		make_bad(t, granule);
		want = first_bad(t, offset, n);
		got = haul_memcpy_fault(t->base + offset, spare + 3, n, &fault);
		cr_assert(got == want, "%s: %zu of %zu, not %zu", setting, got, n, want);
		if (want < n)
			check_record(&fault, HAUL_OPERAND_DST, t->base + offset + want);
		check_written(t, offset, n, want, spare + 3, setting);
	}
}

static void fill_tagged(struct tagged *t, size_t offset, size_t n, int c, const char *setting)
{
	struct haul_fault fault;
	size_t turn = 0, granule, want, got;

	memset(spare, c, sizeof spare);
	while (next_granule(offset, n, &turn, &granule)) {
		make_bad(t, granule);
		want = first_bad(t, offset, n);
		got = haul_memset_fault(t->base + offset, c, n, &fault);
		cr_assert(got == want, "%s: %zu of %zu, not %zu", setting, got, n, want);
		if (want < n)
			check_record(&fault, HAUL_OPERAND_DST, t->base + offset + want);
		check_written(t, offset, n, want, spare, setting);
	}
}

/* src is at offset; both sides are tagged. */
static void move_tagged(struct tagged *t, size_t offset, size_t dst, size_t n, const char *setting)
{
	const size_t low = offset < dst ? offset : dst, high = offset < dst ? dst : offset;
	struct haul_fault fault;
	size_t turn = 0, granule, want_src, want_dst, want, got;

	while (next_granule(low, high + n - low, &turn, &granule)) {
		make_bad(t, granule);
		want_src = first_bad(t, offset, n);
		want_dst = first_bad(t, dst, n);
		want = want_src < want_dst ? want_src : want_dst;
		got = haul_memmove_fault(t->base + dst, t->base + offset, n, &fault);
		cr_assert(got == want, "%s: %zu of %zu by %td, not %zu", setting, got, n,
			  (ptrdiff_t)(dst - offset), want);
		if (want < n)
			check_record(&fault,
				     want_src <= want_dst ? HAUL_OPERAND_SRC : HAUL_OPERAND_DST,
				     t->base + (want_src <= want_dst ? offset : dst) + want);
		make_bad(t, GRANULES);
		cr_assert(memcmp(t->base + dst, image + offset, want) == 0, "%s: %zu of %zu by %td",
			  setting, want, n, (ptrdiff_t)(dst - offset));
		cr_assert(memcmp(t->base, image, dst) == 0, "%s", setting);
		cr_assert(memcmp(t->base + dst + n, image + dst + n, SIZE - dst - n) == 0, "%s",
			  setting);
		if (dst < offset)
			cr_assert(memcmp(t->base + dst + want, image + dst + want, n - want) == 0,
				  "%s", setting);
		memcpy(t->base + dst, image + dst, n);
	}
}

/* QEMU 10 does not check the accesses of SVE.  All boards are QEMU's. */
static bool is_unchecked(const char *setting)
{
	return (test_under_qemu() || !__STDC_HOSTED__) && strcmp(setting, "memcpy=sve") == 0;
}

Test(tag, copies_are_exact, .timeout = 60)
{
	struct tagged t;
	char setting[64];
	size_t index = 0;

	open_tagged(&t);
	refill(&t);
	while (test_variant_next("memcpy", &index, setting, sizeof setting)) {
		if (is_unchecked(setting)) {
			test_note("%s not tested: QEMU does not check its tags", setting);
			continue;
		}
		for (size_t i = 0; i < SIZES * 4; i++) {
			const size_t offset = 4000 + i % 4 * 5;

			copy_from_tagged(&t, offset, sizes[i / 4], setting);
			copy_to_tagged(&t, offset, sizes[i / 4], setting);
		}
	}
}

Test(tag, fills_are_exact, .timeout = 60)
{
	struct tagged t;
	char setting[64];
	size_t index = 0;

	open_tagged(&t);
	refill(&t);
	while (test_variant_next("memset", &index, setting, sizeof setting))
		for (size_t i = 0; i < SIZES * 4; i++)
			for (int c = 0; c < 2; c++)
				fill_tagged(&t, 4000 + i % 4 * 5, sizes[i / 4], c, setting);
}

Test(tag, overlapping_moves_are_exact, .timeout = 60)
{
	struct tagged t;
	char setting[64];
	size_t index = 0;

	open_tagged(&t);
	refill(&t);
	while (test_variant_next("memmove", &index, setting, sizeof setting))
		for (size_t i = 0; i < SIZES * DISTANCES; i++) {
			const size_t n = sizes[i / DISTANCES], by = distances[i % DISTANCES];

			move_tagged(&t, 4001, 4001 + by, n, setting);
			move_tagged(&t, 4001, 4001 - by, n, setting);
		}
}

Test(tag, compare_and_length_stop_at_the_granule, .timeout = 60)
{
	struct tagged t;
	int order = 7;
	size_t len;

	open_tagged(&t);
	refill(&t);
	for (size_t i = 0; i < 200; i++) {
		const size_t offset = 4000 + i, granule = (offset + i / 2) / CPU_TAG_GRANULE;
		size_t good;

		make_bad(&t, granule);
		good = first_bad(&t, offset, SIZE - offset);
		cr_assert(haul_memcmp(t.base + offset, image + offset, good + 1, &order) ==
			  -HAUL_EFAULT);
		cr_assert(haul_memcmp(t.base + offset, image + offset, good, &order) == 0);
		cr_assert(order == 0);
		cr_assert(haul_strnlen((char *)t.base + offset, SIZE, &len) == -HAUL_EFAULT);
		cr_assert(len == good, "%zu, not %zu", len, good);
		cr_assert(haul_strnlen((char *)t.base + offset, good, &len) == 0 && len == good);
	}
}

Test(tag, words_are_refused, .timeout = 20)
{
	struct tagged t;
	uint64_t value = 7, *p;

	open_tagged(&t);
	refill(&t);
	p = (uint64_t *)(t.base + 4000);
	make_bad(&t, 4000 / CPU_TAG_GRANULE);
	cr_assert(haul_load_u64(p, &value) == -HAUL_EFAULT && value == 7);
	cr_assert(haul_store_u64(p, 1) == -HAUL_EFAULT);
	cr_assert(haul_fetch_add_u64(p, 1, &value) == -HAUL_EFAULT && value == 7);
	cr_assert(haul_cmpxchg_u64(p, &value, 1) == -HAUL_EFAULT && value == 7);
	make_bad(&t, GRANULES);
	cr_assert(memcmp(t.base, image, SIZE) == 0);
}

/* No tags in the memory below: one in the pointer hides neither what is there
 * nor where it ends.  The n bytes before the edge are asked for, and 9 more. */
static void copy_by_tagged_pointer(const struct fault_map *map, size_t n)
{
	unsigned char *const at = map->edge - n, *const tagged = cpu_tag_pointer(at, 0xa5);
	struct haul_fault fault;

	cr_assert(haul_memcpy_fault(spare, tagged, n + 9, &fault) == n);
	cr_assert(fault.operand == HAUL_OPERAND_SRC);
	check_address(&fault, map->edge);
	cr_assert(memcmp(spare, at, n) == 0);
	cr_assert(haul_memcpy_fault(tagged, spare, n + 9, &fault) == n);
	cr_assert(fault.operand == HAUL_OPERAND_DST);
	check_address(&fault, map->edge);
}

static void fill_by_tagged_pointer(const struct fault_map *map, size_t n)
{
	unsigned char *const at = map->edge - n;
	struct haul_fault fault;

	for (int c = 0; c < 2; c++) {
		cr_assert(haul_memset_fault(cpu_tag_pointer(at, 0xa5), c, n + 9, &fault) == n);
		check_address(&fault, map->edge);
		cr_assert(bytes_are(at, n, (unsigned char)c));
	}
}

/* Overlapping ranges, one pointer with a tag and one without. */
static void move_by_tagged_pointer(const struct fault_map *map, size_t n)
{
	unsigned char *const at = map->edge - n;

	pattern_fill(at, n, 1);
	memcpy(spare, at, n);
	cr_assert(haul_memmove(cpu_tag_pointer(at - 3, 0xa5), at, n + 9) == n);
	cr_assert(memcmp(at - 3, spare, n) == 0);
	cr_assert(haul_memmove(at, cpu_tag_pointer(at - 3, 0xa5), n + 9) == n);
	cr_assert(memcmp(at, spare, n) == 0);
}

Test(tag, pointers_may_have_one, .timeout = 20)
{
	static const struct {
		const char *name;
		void (*call)(const struct fault_map *, size_t);
	} routines[] = {
		{"memcpy", copy_by_tagged_pointer},
		{"memset", fill_by_tagged_pointer},
		{"memmove", move_by_tagged_pointer},
	};
	struct fault_map map;
	char setting[64];

	cpu_tag_ignore();
	cr_assert(!fault_map_no_access(&map, SIZE));
	test_faults_begin();
	for (size_t i = 0; i < sizeof routines / sizeof *routines; i++) {
		size_t index = 0;

		while (test_variant_next(routines[i].name, &index, setting, sizeof setting))
			for (size_t k = 0; k < SIZES; k++)
				routines[i].call(&map, sizes[k]);
	}
}

#else

static const char why_not[] = "memory and pointers have no tags on this CPU";

Test(tag, copies_are_exact)
{
	cr_skip_test("%s", why_not);
}

Test(tag, fills_are_exact)
{
	cr_skip_test("%s", why_not);
}

Test(tag, overlapping_moves_are_exact)
{
	cr_skip_test("%s", why_not);
}

Test(tag, compare_and_length_stop_at_the_granule)
{
	cr_skip_test("%s", why_not);
}

Test(tag, words_are_refused)
{
	cr_skip_test("%s", why_not);
}

Test(tag, pointers_may_have_one)
{
	cr_skip_test("%s", why_not);
}

#endif
