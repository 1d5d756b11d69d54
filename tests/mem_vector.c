/* SPDX-License-Identifier: MIT */
/* haul_copyv against a loop over bytes: random pieces, some of them empty,
 * some with unusable pages, totals that differ. */
#include "oracle.h"
#include "test.h"
#include <haul/mem.h>
#include <stdlib.h>
#include <string.h>

enum {
	SLOTS = 8, /* pieces on each side at most; each has pages of its own */
	SLOT_PAGES = 3,
	PAGES = 2 * SLOTS * SLOT_PAGES,
	CASES = 40000,
	LONG_CASES = 4000000,
};

struct side {
	struct haul_iovec pieces[SLOTS];
	size_t count;
};

struct vectors {
	struct arena arena;
	unsigned char *start, *want;
	struct side dst, src;
	uint64_t random;
	unsigned long number; /* of the case */
};

static void vectors_open(struct vectors *v)
{
	size_t size;

	test_faults_begin();
	arena_open(&v->arena, PAGES);
	size = PAGES * v->arena.page;
	v->start = malloc(size);
	v->want = malloc(size);
	cr_assert(v->start && v->want);
	v->random = test_seed();
	for (size_t i = 0; i < size; i++)
		v->start[i] = (unsigned char)test_random(&v->random);
	memcpy(v->arena.image, v->start, size);
	memcpy(v->want, v->start, size);
	v->number = 0;
}

static void vectors_close(struct vectors *v)
{
	arena_close(&v->arena);
	free(v->start);
	free(v->want);
	test_faults_end();
}

/* Mostly short, sometimes empty, now and then across pages. */
static size_t random_length(struct vectors *v)
{
	switch (test_random_below(&v->random, 8)) {
	case 0:
		return 0;
	case 1:
		return test_random_below(&v->random, SLOT_PAGES * v->arena.page);
	case 2:
		return test_random_below(&v->random, 1000);
	default:
		return test_random_below(&v->random, 70);
	}
}

static void random_side(struct vectors *v, struct side *side, size_t first_page)
{
	side->count = test_random_below(&v->random, SLOTS + 1);
	for (size_t i = 0; i < side->count; i++) {
		size_t slot = (first_page + i * SLOT_PAGES) * v->arena.page;
		size_t len = random_length(v);
		size_t room = SLOT_PAGES * v->arena.page - len;
		size_t off = test_random_below(&v->random, room + 1);

		/* often near the middle page's start, where the fault is */
		if (len <= v->arena.page && test_random(&v->random) & 1)
			off = v->arena.page - test_random_below(&v->random, len + 1);
		side->pieces[i].base = v->arena.view + slot + off;
		side->pieces[i].len = len;
		if (!len && test_random(&v->random) & 1)
			side->pieces[i].base = NULL;
	}
	/* in any order */
	for (size_t i = side->count; i > 1; i--) {
		size_t j = test_random_below(&v->random, i);
		struct haul_iovec piece = side->pieces[i - 1];

		side->pieces[i - 1] = side->pieces[j];
		side->pieces[j] = piece;
	}
}

static void random_rights(struct vectors *v)
{
	for (size_t i = 0; i < 2 * SLOTS; i++) {
		bool usable = test_random_below(&v->random, 6);

		arena_protect(
			&v->arena, i * SLOT_PAGES + 1, 1,
			usable ? ARENA_READ_WRITE
			       : (enum arena_right)test_random_below(&v->random, ARENA_RIGHTS));
	}
}

/* Offset in the arena of the at-th byte of a side; false past its end. */
static bool find(const struct vectors *v, const struct side *side, size_t at, size_t *offset)
{
	for (size_t i = 0; i < side->count; i++) {
		const unsigned char *base = side->pieces[i].base;

		if (at < side->pieces[i].len) {
			*offset = (size_t)(base - v->arena.view) + at;
			return true;
		}
		at -= side->pieces[i].len;
	}
	return false;
}

static size_t predict(struct vectors *v, struct haul_fault *fault)
{
	const struct arena *a = &v->arena;
	size_t done = 0, dst, src;

	*fault = (struct haul_fault){0};
	while (find(v, &v->dst, done, &dst) && find(v, &v->src, done, &src)) {
		if (!arena_readable(a, src)) {
			*fault = arena_fault(a->rights[src >> a->shift], HAUL_OPERAND_SRC,
					     a->view + src);
			break;
		}
		if (!arena_writable(a, dst)) {
			*fault = arena_fault(a->rights[dst >> a->shift], HAUL_OPERAND_DST,
					     a->view + dst);
			break;
		}
		v->want[dst] = v->start[src];
		done++;
	}
	return done;
}

static void check(struct vectors *v)
{
	const size_t size = v->arena.pages * v->arena.page;
	struct haul_fault want, record;
	size_t count = predict(v, &want), got;
	bool with_record = test_random(&v->random) & 1;
	char a[128], b[128];
	uint64_t args[6] = {(uintptr_t)v->dst.pieces,
			    v->dst.count,
			    (uintptr_t)v->src.pieces,
			    v->src.count,
			    with_record ? (uintptr_t)&record : 0,
			    0};
	uint64_t result;
	const char *broken;

	memset(&record, 0xa5, sizeof record);
	broken = test_call((test_code *)(void (*)(void))haul_copyv, args, &result);
	got = (size_t)result;
	cr_assert(!broken && got == count && (!with_record || oracle_fault_equal(&record, &want)) &&
			  memcmp(v->arena.image, v->want, size) == 0,
		  "haul_copyv, HAUL_TEST_SEED=%llu, case %lu: count %zu, want %zu; record %s, "
		  "want %s; memory %s; preserved: %s",
		  (unsigned long long)test_seed(), v->number, got, count,
		  with_record ? oracle_fault_text(&record, a, sizeof a) : "none",
		  oracle_fault_text(&want, b, sizeof b),
		  memcmp(v->arena.image, v->want, size) ? "wrong" : "right",
		  broken ? broken : "all");
	memcpy(v->arena.image, v->start, size);
	memcpy(v->want, v->start, size);
}

Test(copyv, random_pieces_are_exact)
{
	struct vectors v;

	vectors_open(&v);
	for (; v.number < (test_long() ? LONG_CASES : CASES); v.number++) {
		if (v.number % 16 == 0)
			random_rights(&v);
		random_side(&v, &v.dst, 0);
		random_side(&v, &v.src, SLOTS * SLOT_PAGES);
		if (test_takes_case(&v.random))
			check(&v);
	}
	vectors_close(&v);
}

Test(copyv, empty_arrays_may_be_null)
{
	struct haul_fault fault;
	char byte = 1;
	struct haul_iovec one = {&byte, 1};

	memset(&fault, 0xa5, sizeof fault);
	cr_assert(haul_copyv(NULL, 0, NULL, 0, &fault) == 0);
	cr_assert(fault.kind == HAUL_FAULT_NONE);
	memset(&fault, 0xa5, sizeof fault);
	cr_assert(haul_copyv(&one, 1, NULL, 0, &fault) == 0);
	cr_assert(fault.kind == HAUL_FAULT_NONE);
	cr_assert(haul_copyv(NULL, 0, &one, 1, NULL) == 0);
	cr_assert(byte == 1);
}
