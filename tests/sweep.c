/* SPDX-License-Identifier: MIT */
#include "sweep.h"
#include "list.h"
#include "test.h"

enum {
	ALIGNMENTS = 64,
	MAX_DISTANCE = 130, /* of overlapping ranges, one by one */
};

/*
 * One side of a copy: usable pages, one page whose right changes, usable pages.
 * A range that ends in the middle is cut short there; one that starts there
 * fails at once; a long one has a hole.
 */
struct side {
	size_t hole, after; /* offsets where the middle page starts and ends */
};

struct sweep {
	struct oracle oracle;
	enum oracle_op op;
	struct side src, dst;
	size_t n;
	uint64_t random;
};

static const enum arena_right src_rights[] = {ARENA_NO_ACCESS, ARENA_UNMAPPED, ARENA_NO_STORAGE};
static const enum arena_right dst_rights[] = {ARENA_READ_ONLY, ARENA_NO_ACCESS, ARENA_UNMAPPED,
					      ARENA_NO_STORAGE};

static void list_alignments(struct sweep *s, struct list *list, bool all)
{
	static const size_t chosen[] = {0, 1, 63};

	list->count = 0;
	if (all) {
		for (size_t i = 0; i < ALIGNMENTS; i++)
			list_add(list, i);
		return;
	}
	for (size_t i = 0; i < sizeof chosen / sizeof *chosen; i++)
		list_add(list, chosen[i]);
	list_add(list, test_random_below(&s->random, ALIGNMENTS));
}

/* Pages for ranges of up to n bytes at any alignment. */
static size_t room(size_t page, size_t n)
{
	return (n + ALIGNMENTS + page - 1) / page;
}

/* One side (dst) or two, each with room for ranges of up to n bytes before
 * and after its hole. */
static void sweep_open(struct sweep *s, enum oracle_op op, size_t sides, size_t n,
		       const char *setting)
{
	const size_t page = arena_page_size();
	size_t pages = 2 * room(page, n) + 1;

	oracle_open(&s->oracle, sides * pages);
	s->oracle.setting = setting;
	s->op = op;
	s->dst.hole = room(page, n) * page;
	s->src.hole = s->dst.hole + (sides - 1) * pages * page;
	s->dst.after = s->dst.hole + page;
	s->src.after = s->src.hole + page;
	s->n = n;
	s->random = test_seed() ^ n;
}

/* Cases of the public sweep that is going on. */
static unsigned long long cases;

static void note_cases(const char *what, const char *setting)
{
	test_note("%s, %s: %llu cases", setting, what, cases);
	cases = 0;
}

static void sweep_close(struct sweep *s)
{
	cases += s->oracle.run;
	oracle_close(&s->oracle);
}

/* The rights of the two middle pages. */
static void sweep_protect(struct sweep *s, enum arena_right src, enum arena_right dst)
{
	struct arena *a = &s->oracle.arena;

	if (s->src.hole != s->dst.hole)
		arena_protect(a, s->src.hole >> a->shift, 1, src);
	arena_protect(a, s->dst.hole >> a->shift, 1, dst);
}

static enum arena_right src_right(const struct sweep *s)
{
	return src_rights[s->n % (sizeof src_rights / sizeof *src_rights)];
}

static enum arena_right dst_right(const struct sweep *s)
{
	return dst_rights[s->n % (sizeof dst_rights / sizeof *dst_rights)];
}

static void check(struct sweep *s, size_t dst, size_t src)
{
	struct oracle_case c = {.op = s->op, .dst = dst, .src = src, .n = s->n};
	uint64_t r;

	if (!test_takes_case(&s->random))
		return;
	r = test_random(&s->random);
	/* every other one zero, for which there are instructions; the rest of the int is junk */
	c.c = (int)(r >> 32) & (r & 2 ? ~0xff : ~0);
	c.record = r & 1;
	oracle_check(&s->oracle, &c);
}

/* A start, at that alignment, from which a range of span bytes ends before the
 * hole. */
static size_t start(const struct sweep *s, const struct side *side, size_t span, size_t alignment)
{
	size_t page = s->oracle.arena.page;

	return side->hole - room(page, span) * page + alignment;
}

static void copy_without_fault(struct sweep *s, const struct list *dst, const struct list *src)
{
	for (size_t i = 0; i < dst->count; i++)
		for (size_t j = 0; j < src->count; j++)
			check(s, start(s, &s->dst, s->n, dst->at[i]),
			      start(s, &s->src, s->n, src->at[j]));
}

/* The source cut short after each place, and starting before the hole's end. */
static void copy_src_fault(struct sweep *s, const struct list *places, const struct list *others)
{
	for (size_t i = 0; i < places->count; i++) {
		size_t place = places->at[i];

		for (size_t j = 0; j < others->count; j++)
			check(s, start(s, &s->dst, s->n, others->at[j]), s->src.hole - place);
		if (place && place <= s->oracle.arena.page)
			check(s, start(s, &s->dst, s->n, others->at[i % others->count]),
			      s->src.after - place);
	}
}

static void copy_dst_fault(struct sweep *s, const struct list *places, const struct list *others)
{
	for (size_t i = 0; i < places->count; i++) {
		size_t place = places->at[i];

		for (size_t j = 0; j < others->count; j++)
			check(s, s->dst.hole - place, start(s, &s->src, s->n, others->at[j]));
		if (place && place <= s->oracle.arena.page)
			check(s, s->dst.after - place,
			      start(s, &s->src, s->n, others->at[i % others->count]));
	}
}

/* Both sides fail, the destination before, at or after the source. */
static void copy_both_fault(struct sweep *s, const struct list *places, const struct list *gaps)
{
	for (size_t i = 0; i < places->count; i++) {
		for (size_t j = 0; j < gaps->count; j++) {
			size_t later = places->at[i];
			size_t sooner = gaps->at[j] < later ? later - gaps->at[j] : 0;

			check(s, s->dst.hole - later, s->src.hole - sooner);
			check(s, s->dst.hole - sooner, s->src.hole - later);
		}
	}
}

static void copy_size(struct sweep *s, const struct list *places, const struct list *alignments,
		      const struct list *others)
{
	sweep_protect(s, ARENA_READ_WRITE, ARENA_READ_WRITE);
	copy_without_fault(s, alignments, others);
	sweep_protect(s, src_right(s), ARENA_READ_WRITE);
	copy_src_fault(s, places, others);
	sweep_protect(s, ARENA_READ_WRITE, dst_right(s));
	copy_dst_fault(s, places, others);
	sweep_protect(s, src_right(s), dst_right(s));
	copy_both_fault(s, places, others);
}

void sweep_copy_dense(enum oracle_op op, const char *setting)
{
	static struct list places, alignments;
	struct sweep s;

	sweep_open(&s, op, 2, SWEEP_DENSE, setting);
	for (s.n = 0; s.n <= SWEEP_DENSE; s.n++) {
		list_places(&places, s.n, test_long());
		list_alignments(&s, &alignments, test_long());
		copy_size(&s, &places, &alignments, &alignments);
	}
	sweep_close(&s);
	note_cases("every size", setting);
}

/* A large case costs milliseconds, so a short run takes few of them: at most
 * count, others for each size and seed, or one beyond SWEEP_MEDIUM * 16. */
static void list_thin(struct sweep *s, struct list *list, size_t count)
{
	size_t had = list->count;

	if (test_long() || s->n <= SWEEP_MEDIUM || had <= count)
		return;
	list->count = s->n <= SWEEP_MEDIUM * 16 ? count : 1;
	for (size_t i = 0; i < list->count; i++) {
		size_t j = i + test_random_below(&s->random, had - i);
		size_t value = list->at[j];

		list->at[j] = list->at[i];
		list->at[i] = value;
	}
}

/* One size, in an arena of its own. */
static void copy_one(enum oracle_op op, size_t n, const char *setting)
{
	static struct list places, alignments, others;
	struct sweep s;

	sweep_open(&s, op, 2, n, setting);
	list_places(&places, n, false);
	list_alignments(&s, &alignments, test_long());
	list_alignments(&s, &others, test_long() && n <= SWEEP_MEDIUM);
	list_thin(&s, &places, 2);
	list_thin(&s, &alignments, 1);
	list_thin(&s, &others, 1);
	copy_size(&s, &places, &alignments, &others);
	sweep_close(&s);
}

/* Calls one for every large size. */
static void each_large(enum oracle_op op, const char *setting,
		       void (*one)(enum oracle_op, size_t, const char *))
{
	for (size_t n = 2 * SWEEP_DENSE; n <= test_largest(SWEEP_LARGEST); n *= 2)
		for (size_t m = n - 1; m <= n + 1; m++)
			one(op, m, setting);
}

/*
 * Calls one with each threshold in turn as low as it can be, at sizes up to
 * SWEEP_DENSE, and low enough that sizes on both sides of it are small.
 */
static void each_threshold(enum oracle_op op, const char *setting,
			   void (*one)(enum oracle_op, size_t, const char *))
{
	enum { LOW = 1300, MULTIPLES = 4 };
	static struct list sizes;
	uint64_t random = test_seed();
	char text[256];

	for (size_t i = 0; test_threshold_next(i, 0, setting, text, sizeof text); i++) {
		list_places(&sizes, SWEEP_DENSE, test_long());
		for (size_t j = 0; j < sizes.count; j++)
			one(op, sizes.at[j], text);
		test_threshold_next(i, LOW, setting, text, sizeof text);
		for (size_t low = LOW; low <= MULTIPLES * LOW; low += LOW) {
			for (size_t n = low - 1; n <= low + 1; n++)
				one(op, n, text);
			one(op, low + test_random_below(&random, LOW), text);
		}
	}
	test_thresholds_restore();
}

void sweep_copy_large(enum oracle_op op, const char *setting)
{
	each_large(op, setting, copy_one);
	note_cases("large sizes", setting);
}

void sweep_copy_thresholds(enum oracle_op op, const char *setting)
{
	each_threshold(op, setting, copy_one);
	note_cases("lowered thresholds", setting);
}

/* Two ranges, distance bytes apart, the lower one starting at low. */
static void check_overlap(struct sweep *s, size_t low, size_t distance)
{
	check(s, low, low + distance);
	check(s, low + distance, low);
}

/* Whether to try a range whose first bytes, that many, lie in the hole: in a
 * long run for each size every eighth, as there the distances are many. */
static bool starts_in_hole(const struct sweep *s, size_t bytes)
{
	return bytes && bytes <= s->oracle.arena.page && (!test_long() || (bytes + s->n) % 8 == 0);
}

static void overlap_distance(struct sweep *s, size_t distance, const struct list *places,
			     const struct list *alignments)
{
	size_t span = s->n + distance;

	sweep_protect(s, ARENA_READ_WRITE, ARENA_READ_WRITE);
	for (size_t i = 0; i < alignments->count; i++)
		check_overlap(s, start(s, &s->dst, span, alignments->at[i]), distance);
	sweep_protect(s, ARENA_READ_WRITE, dst_right(s));
	for (size_t i = 0; i < places->count; i++) {
		check_overlap(s, s->dst.hole - places->at[i], distance);
		if (starts_in_hole(s, places->at[i]))
			check_overlap(s, s->dst.after - places->at[i], distance);
	}
}

static void list_distances(struct sweep *s, struct list *list)
{
	list->count = 0;
	for (size_t i = 1; i <= MAX_DISTANCE && test_long(); i++)
		list_add(list, i);
	for (size_t i = 0; i < 3; i++)
		list_add(list, 1 + test_random_below(&s->random, MAX_DISTANCE));
	list_add(list, 1 + test_random_below(&s->random, s->n + 1));
	if (s->n > 1)
		list_add(list, s->n - 1);
	list_add(list, s->n + 1);
}

void sweep_adjacent_dense(enum oracle_op op, const char *setting)
{
	static struct list places, alignments;
	struct sweep s;

	sweep_open(&s, op, 1, 2 * SWEEP_DENSE, setting);
	for (s.n = 1; s.n <= SWEEP_DENSE; s.n++) {
		list_places(&places, 2 * s.n, test_long());
		list_alignments(&s, &alignments, test_long());
		overlap_distance(&s, s.n, &places, &alignments);
	}
	sweep_close(&s);
	note_cases("every size, adjacent", setting);
}

void sweep_overlap_dense(const char *setting)
{
	static struct list places, distances, alignments;
	struct sweep s;

	sweep_open(&s, ORACLE_MEMMOVE, 1, 2 * SWEEP_DENSE, setting);
	for (s.n = 0; s.n <= SWEEP_DENSE; s.n++) {
		list_distances(&s, &distances);
		list_alignments(&s, &alignments, test_long());
		for (size_t i = 0; i < distances.count; i++) {
			list_places(&places, s.n + distances.at[i], test_long());
			overlap_distance(&s, distances.at[i], &places, &alignments);
		}
	}
	sweep_close(&s);
	note_cases("every size, overlapping", setting);
}

static void overlap_one(enum oracle_op op, size_t n, const char *setting)
{
	static struct list places, distances, alignments;
	struct sweep s;

	sweep_open(&s, op, 1, 2 * n + 1, setting);
	s.n = n;
	distances.count = 0;
	for (size_t d = 1; d <= n; d *= 8)
		list_add(&distances, d - 1 + test_random_below(&s.random, 3));
	list_add(&distances, n - 1);
	list_add(&distances, n + 1);
	list_alignments(&s, &alignments, false);
	list_thin(&s, &alignments, 1);
	list_thin(&s, &distances, 2);
	for (size_t i = 0; i < distances.count; i++) {
		list_places(&places, n + distances.at[i], false);
		list_thin(&s, &places, 2);
		overlap_distance(&s, distances.at[i], &places, &alignments);
	}
	sweep_close(&s);
}

void sweep_overlap_large(const char *setting)
{
	each_large(ORACLE_MEMMOVE, setting, overlap_one);
	note_cases("large sizes, overlapping", setting);
}

void sweep_overlap_thresholds(const char *setting)
{
	each_threshold(ORACLE_MEMMOVE, setting, overlap_one);
	note_cases("lowered thresholds, overlapping", setting);
}

static void set_size(struct sweep *s, const struct list *places, const struct list *alignments)
{
	sweep_protect(s, ARENA_READ_WRITE, ARENA_READ_WRITE);
	for (size_t i = 0; i < alignments->count; i++)
		check(s, start(s, &s->dst, s->n, alignments->at[i]), 0);
	sweep_protect(s, ARENA_READ_WRITE, dst_right(s));
	for (size_t i = 0; i < places->count; i++) {
		check(s, s->dst.hole - places->at[i], 0);
		if (places->at[i] && places->at[i] <= s->oracle.arena.page)
			check(s, s->dst.after - places->at[i], 0);
	}
}

void sweep_set_dense(const char *setting)
{
	static struct list places, alignments;
	struct sweep s;

	sweep_open(&s, ORACLE_MEMSET, 1, SWEEP_DENSE, setting);
	for (s.n = 0; s.n <= SWEEP_DENSE; s.n++) {
		list_places(&places, s.n, test_long());
		list_alignments(&s, &alignments, true);
		set_size(&s, &places, &alignments);
	}
	sweep_close(&s);
	note_cases("every size", setting);
}

static void set_one(enum oracle_op op, size_t n, const char *setting)
{
	static struct list places, alignments;
	struct sweep s;

	sweep_open(&s, op, 1, n, setting);
	list_places(&places, n, false);
	list_alignments(&s, &alignments, true);
	list_thin(&s, &places, 2);
	list_thin(&s, &alignments, 2);
	set_size(&s, &places, &alignments);
	sweep_close(&s);
}

void sweep_set_large(const char *setting)
{
	each_large(ORACLE_MEMSET, setting, set_one);
	note_cases("large sizes", setting);
}

void sweep_set_thresholds(const char *setting)
{
	each_threshold(ORACLE_MEMSET, setting, set_one);
	note_cases("lowered thresholds", setting);
}
