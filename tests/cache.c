/* SPDX-License-Identifier: MIT */
/*
 * Cache maintenance: which blocks are touched, what is refused, where it stops.
 *
 * What it does to a cache shows nowhere here; what can be seen is that contents stay as
 * they are, and, where instructions look at pages, that they fault.  Emulators' cache
 * instructions do nothing; some do not even look.
 */
#include "arena.h"
#include "oracle.h"
#include "test.h"
#include <haul/cache.h>
#include <haul/tune.h>
#include <stdio.h>
#include <string.h>

/* The walk of the CPU's cache.S, with an operation that writes addresses down
 * (tests/<cpu>/walk.S). */
uintptr_t *test_walk(const void *p, size_t n, size_t block, uintptr_t *log);

enum { LOG = 16 };

/* What a walk over [start, start + n) must touch, byte by byte. */
static size_t reference(uintptr_t start, size_t n, size_t block, uintptr_t *blocks)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		const uintptr_t of_byte = (start + i) / block * block;

		if (!count || blocks[count - 1] != of_byte)
			blocks[count++] = of_byte;
	}
	return count;
}

static void check_walk(uintptr_t start, size_t n, size_t block)
{
	uintptr_t want[LOG], log[LOG];
	const size_t count = reference(start, n, block, want);
	/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
	const size_t touched = (size_t)(test_walk((const void *)start, n, block, log) - log);

	cr_assert(touched == count, "[%#zx, +%zu) by %zu: %zu blocks, not %zu", (size_t)start, n,
		  block, touched, count);
	cr_assert(memcmp(log, want, count * sizeof *log) == 0, "[%#zx, +%zu) by %zu", (size_t)start,
		  n, block);
}

Test(cache, walk_touches_each_block_once)
{
	uint64_t state = test_seed();

	for (size_t block = 8; block <= 256; block *= 2)
		for (uintptr_t start = 0; start < 2 * block; start++)
			for (size_t n = 0; n <= 2 * block + 1; n++)
				if (test_takes_case(&state))
					check_walk(0x10000 + start, n, block);
}

/* Behind the last block comes address 0. */
Test(cache, walk_ends_with_the_address_space)
{
	for (size_t block = 8; block <= 256; block *= 2)
		for (size_t n = 1; n <= 3 * block; n++)
			check_walk(-(uintptr_t)n, n, block);
}

Test(cache, walk_begins_with_the_address_space)
{
	for (size_t block = 8; block <= 256; block *= 2)
		for (size_t n = 0; n <= 3 * block; n++)
			check_walk(0, n, block);
}

/* Loops of others leave blocks out: field notes on DMA, 2.1. */

/* Steps of a block from a start inside one: the last is never reached. */
Test(cache, walk_ostd_steps_from_unaligned_start)
{
	check_walk(0x1004, 64, 64);
	check_walk(0x103f, 2, 64);
	check_walk(0x103f, 66, 64);
}

/* The start rounded down, the length as it was. */
Test(cache, walk_uboot_aligns_start_and_keeps_length)
{
	check_walk(0x1004, 124, 64);
	check_walk(0x1004, 125, 64);
	check_walk(0x1020, 96, 64);
}

/* A last byte that is the first of its block. */
Test(cache, walk_ipxe_last_byte_begins_a_block)
{
	check_walk(0x1000, 65, 64);
	check_walk(0x1000, 1, 64);
	check_walk(0x1001, 128, 64);
}

static struct haul_cache_report describe(void)
{
	struct haul_cache_report report;

	memset(&report, 0xa5, sizeof report);
	haul_cache_describe(&report);
	return report;
}

static bool is_usable(const struct haul_cache_report *report, enum haul_cache_op op)
{
	return report->ops[op].why == HAUL_CACHE_USABLE;
}

/* What can be used has a name and a block; what has no instruction has no name. */
Test(cache, describe_is_complete)
{
	const struct haul_cache_report report = describe();

	test_note("block %zu, %scoherent", report.block, report.coherent ? "" : "not ");
	for (int op = 0; op < HAUL_CACHE_OPS; op++) {
		const char *name = report.ops[op].instruction;

		test_note("operation %d: %s: %s", op, name,
			  haul_cache_why_text(report.ops[op].why));
		cr_assert(report.ops[op].why <= HAUL_CACHE_NO_BLOCK);
		cr_assert(!is_usable(&report, (enum haul_cache_op)op) ||
			  (report.block >= 8 && report.block <= 4096 &&
			   (report.block & (report.block - 1)) == 0));
		cr_assert(!is_usable(&report, (enum haul_cache_op)op) || *name);
	}
}

/* Programs may never drop what they have not written. */
Test(cache, describe_lets_no_program_invalidate)
{
	const struct haul_cache_report report = describe();

#if __STDC_HOSTED__
	cr_assert(!is_usable(&report, HAUL_CACHE_INVALIDATE));
#else
	if (!is_usable(&report, HAUL_CACHE_INVALIDATE))
		cr_assert(report.ops[HAUL_CACHE_INVALIDATE].why == HAUL_CACHE_NO_INSTRUCTION);
#endif
}

Test(cache, describe_names_the_variant_that_runs)
{
	static const char *const routines[] = {"cache_clean", "cache_flush"};
	char setting[64];

	for (size_t op = 0; op < 2; op++) {
		for (size_t i = 0; test_variant_next(routines[op], &i, setting, sizeof setting);) {
			const struct haul_cache_report report = describe();
			const char *variant = strchr(setting, '='), *name;

			if (!variant)
				continue; /* this CPU's has none */
			name = report.ops[op].instruction;
			cr_assert(strlen(name) >= strlen(variant + 1));
			name += strlen(name) - strlen(variant + 1); /* "DC CVAC" */
			for (variant++; *variant; variant++, name++)
				cr_assert((*variant & ~0x20) == *name, "%s: %s", setting,
					  report.ops[op].instruction);
		}
	}
}

Test(cache, why_text_has_words_for_all)
{
	for (int why = -1; why <= HAUL_CACHE_NO_HAL + 1; why++)
		cr_assert(*haul_cache_why_text((enum haul_cache_why)why));
	cr_assert(strcmp(haul_cache_why_text(HAUL_CACHE_USABLE), "usable") == 0);
	cr_assert(strcmp(haul_cache_why_text((enum haul_cache_why)99), "unknown") == 0);
}

static const struct haul_fault nothing;

/* haul_cache_sync, with what it stores checked against what it returns. */
static int maintain(enum haul_cache_op op, const void *p, size_t n, size_t *done,
		    struct haul_fault *fault)
{
	int err;

	*done = SIZE_MAX;
	memset(fault, 0xa5, sizeof *fault);
	err = haul_cache_sync(op, p, n, done, fault);
	if (err != -HAUL_EFAULT) {
		cr_assert(*done == (err ? 0 : n), "%zu done, of %zu: %d", *done, n, err);
		cr_assert(oracle_fault_equal(fault, &nothing));
	}
	return err;
}

Test(cache, sync_refuses)
{
	const struct haul_cache_report report = describe();
	struct haul_fault fault;
	size_t done;
	char byte = 0;

	cr_assert(maintain((enum haul_cache_op)HAUL_CACHE_OPS, &byte, 1, &done, &fault) ==
		  -HAUL_EINVAL);
	cr_assert(maintain((enum haul_cache_op) - 1, &byte, 1, &done, &fault) == -HAUL_EINVAL);
	for (int i = 0; i < HAUL_CACHE_OPS; i++) {
		const enum haul_cache_op op = (enum haul_cache_op)i;

		if (is_usable(&report, op)) {
			cr_assert(maintain(op, &byte, SIZE_MAX, &done, &fault) == -HAUL_EOVERFLOW);
			cr_assert(maintain(op, &byte, 1 - (uintptr_t)&byte, &done, &fault) ==
				  -HAUL_EOVERFLOW);
			cr_assert(maintain(op, &byte, 0, &done, &fault) == 0);
			cr_assert(maintain(op, NULL, 0, &done, &fault) == 0);
			cr_assert(haul_cache_sync(op, &byte, 0, &done, NULL) == 0);
		} else {
			cr_assert(maintain(op, &byte, 1, &done, &fault) == -HAUL_ENOTSUP);
			cr_assert(maintain(op, &byte, 0, &done, &fault) == -HAUL_ENOTSUP);
			cr_assert(maintain(op, NULL, 1, &done, &fault) == -HAUL_ENOTSUP);
		}
	}
}

static struct arena arena;

enum { PAGES = 3 };

static void begin(void)
{
	test_faults_begin();
	arena_open(&arena, PAGES);
}

static void end(void)
{
	arena_close(&arena);
	test_faults_end();
}

/* The name that the operation's routine has where it has variants. */
static const char *const routine_of[HAUL_CACHE_OPS] = {"cache_clean", "cache_flush",
						       "cache_invalidate"};

/* Runs body for each usable operation, with each variant of it. */
static void each_operation(void (*body)(enum haul_cache_op op))
{
	const struct haul_cache_report report = describe();
	char setting[64];
	bool any = false;

	for (int op = 0; op < HAUL_CACHE_OPS; op++) {
		if (!is_usable(&report, (enum haul_cache_op)op))
			continue;
		for (size_t i = 0; test_variant_next(routine_of[op], &i, setting, sizeof setting);)
			body((enum haul_cache_op)op);
		any = true;
	}
	if (!any)
		cr_skip_test("no operation is usable here: %s",
			     haul_cache_why_text(report.ops[HAUL_CACHE_CLEAN].why));
}

static void fill(unsigned char *bytes, size_t n, uint64_t *state)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = (unsigned char)test_random(state);
}

/* All is cleaned before parts are invalidated: then nothing can be lost. */
static void keeps_contents(enum haul_cache_op op)
{
	static unsigned char before[1 << 12];
	const size_t block = describe().block, span = 3 * block;
	uint64_t state = test_seed();
	struct haul_fault fault;
	size_t done;

	cr_assert(span <= sizeof before && span <= arena.page);
	for (size_t start = 0; start < span; start++) {
		for (size_t n = 0; start + n <= span; n++) {
			if (!test_takes_case(&state))
				continue;
			fill(before, 8, &state);
			fill(before + start, n < 8 ? n : 8, &state);
			memcpy(arena.view, before, span);
			if (op == HAUL_CACHE_INVALIDATE)
				cr_assert(maintain(HAUL_CACHE_CLEAN, arena.view, span, &done,
						   &fault) == 0);
			cr_assert(maintain(op, arena.view + start, n, &done, &fault) == 0);
			cr_assert(memcmp(arena.view, before, span) == 0, "[%zu, +%zu)", start, n);
		}
	}
}

Test(cache, sync_keeps_contents)
{
	begin();
	each_operation(keeps_contents);
	end();
}

/* Do the instructions fault where nothing is mapped? */
static bool looks_at_pages(enum haul_cache_op op)
{
	struct haul_fault fault;
	size_t done;
	bool looks;

	arena_protect(&arena, 1, 1, ARENA_UNMAPPED);
	looks = maintain(op, arena.view + arena.page, 1, &done, &fault) != 0;
	arena_protect(&arena, 1, 1, ARENA_READ_WRITE);
	return looks;
}

static bool is_emulated(void)
{
#if __STDC_HOSTED__
	return test_under_qemu();
#else
	return true;
#endif
}

/* Some CPUs say that a store has failed. */
static bool is_fault_at(const struct haul_fault *fault, enum arena_right right, const void *addr)
{
	const struct haul_fault as_load = arena_fault(right, HAUL_OPERAND_SRC, addr);
	struct haul_fault as_store = arena_fault(right, HAUL_OPERAND_DST, addr);

	as_store.operand = HAUL_OPERAND_SRC;
	return oracle_fault_equal(fault, &as_load) || oracle_fault_equal(fault, &as_store);
}

/* Page 1 has that right: what begins before it stops there; in it, at once. */
static void check_stop(enum haul_cache_op op, enum arena_right right, size_t start, size_t n)
{
	const size_t hole = start < arena.page ? arena.page : start;
	const size_t block = describe().block;
	const unsigned char *failed = arena.view + hole / block * block;
	char text[200];
	struct haul_fault fault;
	size_t done;
	const int err = maintain(op, arena.view + start, n, &done, &fault);

	if (start + n <= arena.page) {
		cr_assert(err == 0);
		return;
	}
	cr_assert(err == -HAUL_EFAULT, "%s [%zu, +%zu): %d", arena_right_name(right), start, n,
		  err);
	cr_assert(done == hole - start, "%s [%zu, +%zu): %zu done", arena_right_name(right), start,
		  n, done);
	cr_assert(is_fault_at(&fault, right, failed), "%s [%zu, +%zu): %s", arena_right_name(right),
		  start, n, oracle_fault_text(&fault, text, sizeof text));
	cr_assert(haul_cache_sync(op, arena.view + start, n, &done, NULL) == -HAUL_EFAULT);
}

static void stops_at(enum haul_cache_op op, enum arena_right right)
{
	const size_t block = describe().block, page = arena.page;
	const size_t starts[] = {0,    1,        page - block - 1, page - block, page - 1,
				 page, page + 1, page + block - 1, page + block, 2 * page - 1};
	const size_t lengths[] = {1, 2, block - 1, block, block + 1, 2 * block, page, page + 1};

	arena_protect(&arena, 1, 1, right);
	for (size_t s = 0; s < sizeof starts / sizeof *starts; s++)
		for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
			check_stop(op, right, starts[s], lengths[l]);
	arena_protect(&arena, 1, 1, ARENA_READ_WRITE);
}

static bool seen_looking;

static void stops_at_holes(enum haul_cache_op op)
{
	if (!looks_at_pages(op)) {
		cr_assert(is_emulated());
		return;
	}
	seen_looking = true;
	stops_at(op, ARENA_UNMAPPED);
	stops_at(op, ARENA_NO_ACCESS);
	if (!is_emulated())
		stops_at(op, ARENA_NO_STORAGE);
}

Test(cache, sync_stops_at_the_block_that_fails)
{
	seen_looking = false;
	begin();
	each_operation(stops_at_holes);
	end();
	if (!seen_looking)
		cr_skip_test("this emulator's cache instructions do not look at pages");
}

/* To read is enough, but that to drop without writing may want to write. */
static void reads_suffice(enum haul_cache_op op)
{
	struct haul_fault fault;
	size_t done;
	int err;

	arena_protect(&arena, 0, PAGES, ARENA_READ_ONLY);
	err = maintain(op, arena.view + 1, PAGES * arena.page - 2, &done, &fault);
	cr_assert(err == 0 || (op == HAUL_CACHE_INVALIDATE && err == -HAUL_EFAULT && done == 0 &&
			       fault.kind == HAUL_FAULT_PROTECTION));
	arena_protect(&arena, 0, PAGES, ARENA_READ_WRITE);
}

Test(cache, sync_takes_read_only_pages)
{
	begin();
	each_operation(reads_suffice);
	end();
}

/* A range to the very end of the address space: nothing is mapped there in a
 * program, and the walk must not go on at 0. */
static void stops_at_the_top(enum haul_cache_op op)
{
	struct haul_fault fault;
	size_t done;
	int err;

	if (!looks_at_pages(op))
		return;
	seen_looking = true;
	/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
	err = maintain(op, (const void *)-(uintptr_t)100, 100, &done, &fault);
	cr_assert(err == -HAUL_EFAULT && done == 0);
}

Test(cache, sync_stops_at_the_top_of_the_address_space)
{
	seen_looking = false;
	begin();
	each_operation(stops_at_the_top);
	end();
	if (!seen_looking)
		cr_skip_test("this emulator's cache instructions do not look at pages");
}

static void returns_as_called(enum haul_cache_op op)
{
	struct haul_fault fault;
	size_t done;
	const uint64_t args[6] = {op, (uintptr_t)arena.view + arena.page - 100, 200,
				  (uintptr_t)&done, (uintptr_t)&fault};
	uint64_t result;
	const char *spoilt;

	for (int hole = 0; hole < 2; hole++) {
		arena_protect(&arena, 1, 1, hole ? ARENA_UNMAPPED : ARENA_READ_WRITE);
		spoilt = test_call((test_code *)haul_cache_sync, args, &result);
		cr_assert(!spoilt, "%s", spoilt);
	}
	arena_protect(&arena, 1, 1, ARENA_READ_WRITE);
}

Test(cache, sync_leaves_the_caller_as_it_was)
{
	begin();
	each_operation(returns_as_called);
	end();
}
