/* SPDX-License-Identifier: MIT */
/* Arguments that a correct program would not pass, and empty ones. */
#include "oracle.h"
#include "test.h"
#include <haul/mem.h>
#include <string.h>

static const char *const routines[] = {"memcpy", "memmove", "memset"};

enum { MEMBERS = 3, PAGES = 7 };

static void each_variant(void (*body)(enum oracle_op op, const char *setting))
{
	char setting[64];

	for (size_t r = 0; r < MEMBERS; r++)
		for (size_t i = 0; test_variant_next(routines[r], &i, setting, sizeof setting);)
			body((enum oracle_op)r, setting);
}

static size_t call(enum oracle_op op, void *dst, const void *src, size_t n,
		   struct haul_fault *fault)
{
	switch (op) {
	case ORACLE_MEMCPY:
		return haul_memcpy_fault(dst, src, n, fault);
	case ORACLE_MEMMOVE:
		return haul_memmove_fault(dst, src, n, fault);
	default:
		return haul_memset_fault(dst, 0, n, fault);
	}
}

static void empty_body(enum oracle_op op, const char *setting)
{
	void *const pointers[] = {NULL, (void *)1, (void *)UINTPTR_MAX,
				  (void *)((uintptr_t)1 << 63), &(char){0}};
	const struct haul_fault none = {0};

	for (size_t i = 0; i < 5; i++)
		for (size_t j = 0; j < 5; j++) {
			struct haul_fault fault;

			memset(&fault, 0xa5, sizeof fault);
			cr_assert(call(op, pointers[i], pointers[j], 0, &fault) == 0, "%s",
				  setting);
			cr_assert(oracle_fault_equal(&fault, &none), "%s", setting);
			cr_assert(call(op, pointers[i], pointers[j], 0, NULL) == 0, "%s", setting);
		}
}

/* Nothing handles faults here: an access would kill. */
Test(input, nothing_is_done_with_zero_bytes)
{
	int order = 1;
	size_t len = 1;

	each_variant(empty_body);
	cr_assert(haul_memcpy(NULL, NULL, 0) == 0);
	cr_assert(haul_memmove(NULL, NULL, 0) == 0);
	cr_assert(haul_memset(NULL, 0, 0) == 0);
	cr_assert(haul_memcmp(NULL, NULL, 0, &order) == 0 && order == 0);
	cr_assert(haul_strnlen(NULL, 0, &len) == 0 && len == 0);
}

static void null_body(enum oracle_op op, const char *setting)
{
	static const size_t sizes[] = {1, 7, 16, 40, 100, 300, 2000, 70000, SIZE_MAX};
	static unsigned char buffer[70000];
	char text[128];

	memset(buffer, 1, sizeof buffer);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		/* dst, src: NULL and good, good and NULL, both NULL */
		for (int which = 0; which < 3; which++) {
			void *dst = which == 1 ? buffer : NULL, *src = which == 0 ? buffer : NULL;
			bool src_fails = op != ORACLE_MEMSET && !src;
			const struct haul_fault want =
				arena_fault(ARENA_UNMAPPED,
					    src_fails ? HAUL_OPERAND_SRC : HAUL_OPERAND_DST, NULL);
			struct haul_fault fault;

			if (op == ORACLE_MEMSET && dst)
				continue;
			memset(&fault, 0xa5, sizeof fault);
			cr_assert(call(op, dst, src, sizes[i], &fault) == 0, "%s, n %zu, %d",
				  setting, sizes[i], which);
			cr_assert(oracle_record_right(op, &want, ARENA_UNMAPPED, &fault),
				  "%s, n %zu, %d: %s", setting, sizes[i], which,
				  oracle_fault_text(&fault, text, sizeof text));
		}
	}
	for (size_t i = 0; i < sizeof buffer; i++)
		cr_assert(buffer[i] == 1);
}

Test(input, null_is_a_fault_at_zero)
{
	struct haul_fault fault;
	struct haul_iovec null = {NULL, 3}, good = {&(int){0}, 3};
	int order = 5;
	size_t len = 5;

	test_faults_begin();
	each_variant(null_body);
	cr_assert(haul_memcmp(NULL, good.base, 3, &order) == -HAUL_EFAULT && order == 5);
	cr_assert(haul_memcmp(good.base, NULL, 3, &order) == -HAUL_EFAULT && order == 5);
	cr_assert(haul_strnlen(NULL, 3, &len) == -HAUL_EFAULT && len == 0);
	cr_assert(haul_copyv(&null, 1, &good, 1, &fault) == 0);
	cr_assert(fault.operand == HAUL_OPERAND_DST && fault.addr == 0 && fault.addr_valid);
	cr_assert(haul_copyv(&good, 1, &null, 1, &fault) == 0);
	cr_assert(fault.operand == HAUL_OPERAND_SRC && fault.addr == 0 && fault.addr_valid);
	test_faults_end();
}

/*
 * Sizes that reach around the end of the address space, or to it.  Pages 0, 3
 * and 6 are unusable, so that the ranges end in the arena.
 */
static void wrap_at(struct oracle *o, enum oracle_op op, size_t dst, size_t src)
{
	static uint64_t random = 1;
	const uintptr_t to_end = (uintptr_t)0 - (uintptr_t)(o->arena.view + dst);
	const size_t sizes[] = {SIZE_MAX,        SIZE_MAX - 1, SIZE_MAX - 15,
				SIZE_MAX - 4096, SIZE_MAX / 2, to_end - 1,
				to_end,          to_end + 1,   to_end + 4096};

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct oracle_case c = {op, dst, src, sizes[i], 0x55, i & 1};

		if (test_takes_case(&random))
			oracle_check(o, &c);
	}
}

static void wrap_body(enum oracle_op op, const char *setting)
{
	static const enum arena_right rights[] = {ARENA_NO_ACCESS, ARENA_UNMAPPED};
	struct oracle o;

	oracle_open(&o, PAGES);
	o.setting = setting;
	for (size_t r = 0; r < 2; r++) {
		size_t low = o.arena.page, high = 4 * low;

		for (size_t p = 0; p < PAGES; p += 3)
			arena_protect(&o.arena, p, 1, rights[r]);
		for (size_t off = 0; off <= 2 * low; off += 1 + off / 2) {
			wrap_at(&o, op, low + off, high);
			wrap_at(&o, op, high, low + off);
			wrap_at(&o, op, high + off, low + 33);
			wrap_at(&o, op, low + 5, high + off);
		}
	}
	oracle_close(&o);
}

Test(input, sizes_that_wrap_do_what_there_is)
{
	each_variant(wrap_body);
}

Test(input, compare_sizes_that_wrap_do_what_there_is)
{
	struct arena a;
	int order = 5;
	unsigned char *end[2];

	test_faults_begin();
	arena_open(&a, 4);
	arena_protect(&a, 1, 1, ARENA_NO_ACCESS);
	arena_protect(&a, 3, 1, ARENA_NO_ACCESS);
	end[0] = a.view + a.page;
	end[1] = a.view + 3 * a.page;
	for (size_t k = 0; k <= 300; k++) {
		cr_assert(haul_memcmp(end[0] - k, end[1] - k, SIZE_MAX, &order) == -HAUL_EFAULT);
		cr_assert(order == 5);
		if (k) {
			end[1][-1] = 1;
			cr_assert(haul_memcmp(end[0] - k, end[1] - k, SIZE_MAX, &order) == 0);
			cr_assert(order < 0);
			end[1][-1] = 0;
			order = 5;
		}
	}
	arena_close(&a);
	test_faults_end();
}

Test(input, vector_lengths_that_overflow_do_what_there_is)
{
	struct arena a;
	struct haul_fault fault;
	struct haul_iovec dst[2], src[2];

	test_faults_begin();
	arena_open(&a, 4);
	arena_protect(&a, 1, 1, ARENA_NO_ACCESS);
	arena_protect(&a, 3, 1, ARENA_NO_ACCESS);
	memset(a.image + 2 * a.page, 9, a.page);
	dst[0] = (struct haul_iovec){a.view, 10};
	dst[1] = (struct haul_iovec){a.view + 10, SIZE_MAX};
	src[0] = (struct haul_iovec){a.view + 2 * a.page, 100};
	src[1] = (struct haul_iovec){a.view + 3 * a.page - 7, SIZE_MAX};
	cr_assert(haul_copyv(dst, 2, src, 2, &fault) == 107);
	cr_assert(fault.operand == HAUL_OPERAND_SRC);
	cr_assert(fault.addr == (uintptr_t)a.view + 3 * a.page);
	for (size_t i = 0; i < a.page; i++)
		cr_assert(a.image[i] == (i < 107 ? 9 : 0));
	arena_close(&a);
	test_faults_end();
}
