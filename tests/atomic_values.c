/* SPDX-License-Identifier: MIT */
/* Each atomic operation at each width: results, neighbours, faults. */
#include "arena.h"
#include "test.h"
#include <haul/atomic.h>
#include <haul/fault.h>
#include <stdatomic.h>
#include <string.h>

/* The operations by number, so that widths and operations can be looped over;
 * operand and result travel as 64 bits. */
enum op { LOAD, STORE, SWAP, CMPXCHG, FETCH_ADD, FETCH_AND, FETCH_OR, FETCH_XOR, OPS };

static const char *const op_names[OPS] = {"load",      "store",     "swap",     "cmpxchg",
					  "fetch_add", "fetch_and", "fetch_or", "fetch_xor"};

/*
 * One call: *old is what the operation hands back (for cmpxchg: *expected, in
 * and out).  The width's low bytes of it count.
 */
#define DEFINE_CALL(W) \
	static int call_u##W(enum op op, void *p, uint64_t operand, uint64_t *old) \
	{ \
		uint##W##_t *word = p, value = (uint##W##_t)operand, result = (uint##W##_t) * old; \
		int err; \
\
		switch (op) { \
		case LOAD: \
			err = haul_load_u##W(word, &result); \
			break; \
		case STORE: \
			err = haul_store_u##W(word, value); \
			break; \
		case SWAP: \
			err = haul_swap_u##W(word, value, &result); \
			break; \
		case CMPXCHG: \
			err = haul_cmpxchg_u##W(word, &result, value); \
			break; \
		case FETCH_ADD: \
			err = haul_fetch_add_u##W(word, value, &result); \
			break; \
		case FETCH_AND: \
			err = haul_fetch_and_u##W(word, value, &result); \
			break; \
		case FETCH_OR: \
			err = haul_fetch_or_u##W(word, value, &result); \
			break; \
		default: \
			err = haul_fetch_xor_u##W(word, value, &result); \
			break; \
		} \
		*old = result; \
		return err; \
	}

DEFINE_CALL(8)
DEFINE_CALL(16)
DEFINE_CALL(32)
DEFINE_CALL(64)

static const struct width {
	unsigned bytes;
	int (*call)(enum op op, void *p, uint64_t operand, uint64_t *old);
} widths[] = {{1, call_u8}, {2, call_u16}, {4, call_u32}, {8, call_u64}};

enum { WIDTHS = sizeof widths / sizeof *widths };

static const uint64_t values[] = {
	0,
	1,
	0x7f,
	0x80,
	0xff,
	0x7fff,
	0x8000,
	0xffff,
	0x7fffffff,
	0x80000000,
	0xffffffff,
	0x7fffffffffffffff,
	0x8000000000000000,
	0xffffffffffffffff,
	0xfffffffffffffff2, /* -EFAULT, as a word */
	0x0123456789abcdef,
	0x5a5aa5a55aa5a55a,
};

enum { VALUES = sizeof values / sizeof *values };

static uint64_t low_bytes(uint64_t value, unsigned bytes)
{
	return bytes == 8 ? value : value & (((uint64_t)1 << 8 * bytes) - 1);
}

/* What memory holds afterwards. */
static uint64_t outcome(enum op op, uint64_t was, uint64_t operand, uint64_t expected)
{
	switch (op) {
	case LOAD:
		return was;
	case CMPXCHG:
		return was == expected ? operand : was;
	case FETCH_ADD:
		return was + operand;
	case FETCH_AND:
		return was & operand;
	case FETCH_OR:
		return was | operand;
	case FETCH_XOR:
		return was ^ operand;
	default:
		return operand;
	}
}

/* The word at offset 24 of 56 bytes, its neighbours full of a pattern. */
static void check_value(enum op op, const struct width *w, uint64_t was, uint64_t operand,
			uint64_t expected)
{
	_Alignas(8) unsigned char memory[56], want[56];
	uint64_t after, old = low_bytes(expected, w->bytes), want_old;
	int err, want_err;

	was = low_bytes(was, w->bytes);
	operand = low_bytes(operand, w->bytes);
	after = outcome(op, was, operand, old);
	want_old = op == STORE ? old : was;
	want_err = op == CMPXCHG && was == old;
	memset(memory, 0xc3, sizeof memory);
	memcpy(memory + 24, &was, w->bytes); /* little-endian, as all of haul's CPUs */
	memcpy(want, memory, sizeof want);
	memcpy(want + 24, &after, w->bytes);
	err = w->call(op, memory + 24, operand, &old);
	cr_assert(err == want_err && old == want_old && memcmp(memory, want, sizeof want) == 0,
		  "%s_u%u of %#llx, operand %#llx, expected %#llx: status %d, %d is right; "
		  "old %#llx, %#llx is right; memory %s",
		  op_names[op], 8 * w->bytes, (unsigned long long)was, (unsigned long long)operand,
		  (unsigned long long)expected, err, want_err, (unsigned long long)old,
		  (unsigned long long)want_old,
		  memcmp(memory, want, sizeof want) ? "wrong" : "right");
}

static void every_value_comes_through(void)
{
	for (enum op op = 0; op < OPS; op++)
		for (size_t w = 0; w < WIDTHS; w++)
			for (size_t i = 0; i < VALUES; i++)
				for (size_t j = 0; j < VALUES; j++) {
					check_value(op, &widths[w], values[i], values[j],
						    values[i]);
					check_value(op, &widths[w], values[i], values[j],
						    values[j]);
				}
}

Test(atomic, every_value_comes_through)
{
	test_each_variant("atomic", every_value_comes_through);
}

static bool needs_write(enum op op)
{
	return op != LOAD;
}

/* At the first and the last word of a page without that right. */
static void check_fault(struct arena *a, enum arena_right right, enum op op, const struct width *w)
{
	const size_t places[] = {a->page, 2 * a->page - w->bytes};

	for (size_t i = 0; i < 2; i++) {
		for (size_t v = 0; v < VALUES; v++) {
			const uint64_t before = low_bytes(values[v], w->bytes);
			uint64_t old = before, held = ~values[v];
			unsigned char *image = a->image + places[i];
			int err;

			/* cmpxchg fails whether or not it would have matched */
			if (v & 1)
				held = values[v];
			memcpy(image, &held, w->bytes);
			err = w->call(op, a->view + places[i], values[v], &old);
			cr_assert(err == -HAUL_EFAULT, "%s_u%u, %s: %d", op_names[op], 8 * w->bytes,
				  arena_right_name(right), err);
			cr_assert(old == before, "%s_u%u, %s: result changed", op_names[op],
				  8 * w->bytes, arena_right_name(right));
			cr_assert(memcmp(image, &held, w->bytes) == 0, "%s_u%u, %s: memory changed",
				  op_names[op], 8 * w->bytes, arena_right_name(right));
		}
	}
}

static void a_fault_changes_nothing(void)
{
	struct arena a;

	test_faults_begin();
	arena_open(&a, 3);
	for (enum arena_right right = ARENA_READ_ONLY; right < ARENA_RIGHTS; right++) {
		arena_protect(&a, 1, 1, right);
		for (enum op op = 0; op < OPS; op++)
			for (size_t w = 0; w < WIDTHS; w++)
				if (needs_write(op) || right != ARENA_READ_ONLY)
					check_fault(&a, right, op, &widths[w]);
	}
	arena_close(&a);
	test_faults_end();
}

Test(atomic, a_fault_changes_nothing)
{
	test_each_variant("atomic", a_fault_changes_nothing);
}

static void read_only_memory_can_be_loaded(void)
{
	struct arena a;

	arena_open(&a, 1);
	memset(a.image, 0xff, a.page);
	arena_protect(&a, 0, 1, ARENA_READ_ONLY);
	for (size_t w = 0; w < WIDTHS; w++) {
		uint64_t value = 0;

		cr_assert(widths[w].call(LOAD, a.view, 0, &value) == 0);
		cr_assert(value == low_bytes(UINT64_MAX, widths[w].bytes));
	}
	arena_close(&a);
}

Test(atomic, read_only_memory_can_be_loaded)
{
	test_each_variant("atomic", read_only_memory_can_be_loaded);
}

/* Nothing handles faults here: an access would kill. */
static void misaligned_is_refused_before_any_access(void)
{
	struct arena a;

	arena_open(&a, 3);
	arena_protect(&a, 1, 1, ARENA_UNMAPPED);
	for (enum op op = 0; op < OPS; op++)
		for (size_t w = 1; w < WIDTHS; w++)
			for (size_t off = 1; off < widths[w].bytes; off++) {
				uint64_t old = 1;

				cr_assert(widths[w].call(op, a.view + off, 2, &old) ==
					  -HAUL_EINVAL);
				cr_assert(widths[w].call(op, a.view + a.page + off, 2, &old) ==
					  -HAUL_EINVAL);
				cr_assert(widths[w].call(op, a.view + a.page - off, 2, &old) ==
					  -HAUL_EINVAL);
				cr_assert(old == 1);
			}
	for (size_t i = 0; i < a.page; i++)
		cr_assert(a.image[i] == 0);
	arena_close(&a);
}

Test(atomic, misaligned_is_refused_before_any_access)
{
	test_each_variant("atomic", misaligned_is_refused_before_any_access);
}

static void null_and_the_last_word_are_faults(void)
{
	test_faults_begin();
	for (enum op op = 0; op < OPS; op++)
		for (size_t w = 0; w < WIDTHS; w++) {
			uintptr_t last = (uintptr_t)0 - widths[w].bytes;
			uint64_t old = 1;

			cr_assert(widths[w].call(op, NULL, 2, &old) == -HAUL_EFAULT);
			cr_assert(widths[w].call(op, (void *)last, 2, &old) == -HAUL_EFAULT);
			cr_assert(old == 1);
		}
	test_faults_end();
}

Test(atomic, null_and_the_last_word_are_faults)
{
	test_each_variant("atomic", null_and_the_last_word_are_faults);
}

/* The functions themselves, under the strict caller. */
#define CALL_ALL(W) \
	{(test_code *)(void (*)(void))haul_load_u##W, LOAD, W / 8}, \
		{(test_code *)(void (*)(void))haul_store_u##W, STORE, W / 8}, \
		{(test_code *)(void (*)(void))haul_swap_u##W, SWAP, W / 8}, \
		{(test_code *)(void (*)(void))haul_cmpxchg_u##W, CMPXCHG, W / 8}, \
		{(test_code *)(void (*)(void))haul_fetch_add_u##W, FETCH_ADD, W / 8}, \
		{(test_code *)(void (*)(void))haul_fetch_and_u##W, FETCH_AND, W / 8}, \
		{(test_code *)(void (*)(void))haul_fetch_or_u##W, FETCH_OR, W / 8}, \
	{ \
		(test_code *)(void (*)(void))haul_fetch_xor_u##W, FETCH_XOR, W / 8 \
	}

static void calls_preserve_what_the_abi_says(void)
{
	static const struct {
		test_code *fn;
		enum op op;
		unsigned bytes;
	} functions[] = {CALL_ALL(8), CALL_ALL(16), CALL_ALL(32), CALL_ALL(64)};
	const uint64_t junk = 0xdeadbeefdeadbeef;
	struct arena a;

	test_faults_begin();
	arena_open(&a, 2);
	arena_protect(&a, 1, 1, ARENA_NO_ACCESS);
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
		for (int faulty = 0; faulty < 2; faulty++) {
			uint64_t result, third = junk, value = 0;
			uint64_t p = (uintptr_t)a.view + (size_t)faulty * a.page;
			bool pointer_second = functions[i].op == LOAD || functions[i].op == CMPXCHG;
			/* integer arguments have junk above their width */
			uint64_t args[6] = {p,
					    pointer_second ? (uintptr_t)&value : junk,
					    functions[i].op == CMPXCHG ? junk : (uintptr_t)&third,
					    0,
					    0,
					    0};
			const char *broken = test_call(functions[i].fn, args, &result);

			cr_assert(!broken, "%s_u%u changes %s", op_names[functions[i].op],
				  8 * functions[i].bytes, broken);
			cr_assert((int)result == (faulty                       ? -HAUL_EFAULT
						  : functions[i].op == CMPXCHG ? (int)result
									       : 0));
		}
	}
	arena_close(&a);
	test_faults_end();
}

Test(atomic, calls_preserve_what_the_abi_says)
{
	test_each_variant("atomic", calls_preserve_what_the_abi_says);
}
