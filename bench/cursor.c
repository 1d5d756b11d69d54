/* SPDX-License-Identifier: MIT */
/*
 * What cursors add to the operations that they are made of: transfers beside
 * haul_memcpy (in the sweep), over lists beside haul_copyv, values beside
 * haul_memcpy, once-values beside the bare load.
 *
 * Cursors are made anew for each call, which is part of what they cost, and
 * stand in memory of which the compiler knows nothing, as a caller's do that
 * come from elsewhere: their kind is asked for at run time.  All contestants
 * take their operands from memory, because a call that fills the first cache
 * with what it copies drives those out too.
 */
#include "bench.h"

#include <haul.h>
#include <string.h>

enum { PIECES = 64, ROOM = 1 << 16 };

/* What p points at is in memory, and could have been changed. */
#define HIDE(p) __asm__ volatile("" : : "r"(p) : "memory")

/* A result that is wanted. */
#define KEEP(x) __asm__ volatile("" : : "r"(x))

/* Both kinds at once: they take the same path. */
static inline void transfer(const struct bench_op *op, struct haul_fault *fault)
{
	struct haul_reader reader;
	struct haul_writer writer;
	size_t done;

	HIDE(op);
	reader = haul_reader_make(op->src, op->n, HAUL_MEMORY_FALLIBLE);
	writer = haul_writer_make(op->dst, op->n, HAUL_MEMORY_PLAIN);
	HIDE(&reader);
	HIDE(&writer);
	KEEP(haul_cursor_transfer(&reader, &writer, &done, fault));
	KEEP(done);
	HIDE(&reader);
	HIDE(&writer);
}

/* Cursors are made, and then passed by. */
static inline void copy_made(const struct bench_op *op)
{
	struct haul_reader reader;
	struct haul_writer writer;

	HIDE(op);
	reader = haul_reader_make(op->src, op->n, HAUL_MEMORY_FALLIBLE);
	writer = haul_writer_make(op->dst, op->n, HAUL_MEMORY_PLAIN);
	HIDE(&reader);
	HIDE(&writer);
	KEEP(haul_memcpy(writer.at, reader.at, reader.remain));
}

static inline void copy(const struct bench_op *op)
{
	HIDE(op);
	KEEP(haul_memcpy(op->dst, op->src, op->n));
}

static inline void copy_fault(const struct bench_op *op)
{
	HIDE(op);
	KEEP(haul_memcpy_fault(op->dst, op->src, op->n, &(struct haul_fault){0}));
}

#define CALL_TRANSFER(op) transfer(&(op), NULL)
#define CALL_TRANSFER_FAULT(op) transfer(&(op), &(struct haul_fault){0})
#define CALL_MADE(op) copy_made(&(op))
#define CALL_MEMCPY(op) copy(&(op))
#define CALL_MEMCPY_FAULT(op) copy_fault(&(op))

BENCH_LOOPS(transfer_loops, CALL_TRANSFER);
BENCH_LOOPS(transfer_fault_loops, CALL_TRANSFER_FAULT);
BENCH_LOOPS(made_loops, CALL_MADE);
BENCH_LOOPS(memcpy_loops, CALL_MEMCPY);
BENCH_LOOPS(memcpy_fault_loops, CALL_MEMCPY_FAULT);

/* Lists of equal pieces, one after the other; they too are made for each call. */
static size_t pieces; /* of the point that is measured */

static inline void transferv(struct bench_op op)
{
	static struct haul_reader readers[PIECES];
	static struct haul_writer writers[PIECES];
	const size_t each = op.n / pieces;
	size_t done;

	for (size_t i = 0; i < pieces; i++) {
		readers[i] = haul_reader_make(op.src + i * each, each, HAUL_MEMORY_FALLIBLE);
		writers[i] = haul_writer_make(op.dst + i * each, each, HAUL_MEMORY_PLAIN);
	}
	KEEP(haul_cursor_transferv(readers, pieces, writers, pieces, &done, NULL));
	KEEP(done);
}

static inline void copyv(struct bench_op op)
{
	static struct haul_iovec from[PIECES], to[PIECES];
	const size_t each = op.n / pieces;

	for (size_t i = 0; i < pieces; i++) {
		memcpy(&from[i].base, &(const unsigned char *){op.src + i * each},
		       sizeof(from[i].base));
		from[i].len = each;
		to[i] = (struct haul_iovec){op.dst + i * each, each};
	}
	KEEP(haul_copyv(to, pieces, from, pieces, NULL));
}

static inline void copy_each(union bench_code code, struct bench_op op)
{
	const size_t each = op.n / pieces;

	for (size_t i = 0; i < pieces; i++)
		code.copy(op.dst + i * each, op.src + i * each, each);
}

#define CALL_COPY_EACH(op) copy_each(code, op)

BENCH_LOOPS(transferv_loops, transferv);
BENCH_LOOPS(copyv_loops, copyv);
BENCH_LOOPS(copy_each_loops, CALL_COPY_EACH);

static inline void value(const struct bench_op *op)
{
	struct haul_reader reader;

	HIDE(op);
	reader = haul_reader_make(op->src, op->n, HAUL_MEMORY_FALLIBLE);
	HIDE(&reader);
	KEEP(haul_reader_value(&reader, op->dst, op->n));
	HIDE(&reader);
}

#define CALL_VALUE(op) value(&(op))

BENCH_LOOPS(value_loops, CALL_VALUE);

static struct haul_region region; /* of the point that is measured */

/* One load of `bits` bits. */
#define ONCE(bits, type) \
	static inline void once_u##bits(struct bench_op op, enum haul_memory_kind kind) \
	{ \
		struct haul_reader reader = haul_reader_make(op.src, op.n, kind); \
		type got; \
\
		HIDE(&reader); \
		KEEP(haul_reader_once_u##bits(&reader, &got)); \
		KEEP(got); \
		HIDE(&reader); \
	} \
\
	static inline void region_u##bits(struct bench_op op) \
	{ \
		type got; \
\
		(void)op; \
		HIDE(&region); \
		KEEP(haul_region_read_u##bits(&region, 0, &got)); \
		KEEP(got); \
	} \
\
	static inline void volatile_u##bits(struct bench_op op) \
	{ \
		KEEP(*(const volatile type *)(const void *)op.src); \
	}

ONCE(8, uint8_t)
ONCE(16, uint16_t)
ONCE(32, uint32_t)
ONCE(64, uint64_t)

/* By the width of the point: a branch that is foretold, in all contestants. */
#define BY_WIDTH(op, name, ...) \
	do { \
		switch ((op).n) { \
		case 1: \
			name##8(__VA_ARGS__); \
			break; \
		case 2: \
			name##16(__VA_ARGS__); \
			break; \
		case 4: \
			name##32(__VA_ARGS__); \
			break; \
		default: \
			name##64(__VA_ARGS__); \
		} \
	} while (0)

#define CALL_ONCE(op) BY_WIDTH(op, once_u, op, HAUL_MEMORY_FALLIBLE)
#define CALL_ONCE_IO(op) BY_WIDTH(op, once_u, op, HAUL_MEMORY_IO)
#define CALL_REGION(op) BY_WIDTH(op, region_u, op)
#define CALL_VOLATILE(op) BY_WIDTH(op, volatile_u, op)

BENCH_LOOPS(once_loops, CALL_ONCE);
BENCH_LOOPS(once_io_loops, CALL_ONCE_IO);
BENCH_LOOPS(region_loops, CALL_REGION);
BENCH_LOOPS(volatile_loops, CALL_VOLATILE);

/* The C library's, under a name that the compiler does not know. */
bench_copy_fn bench_libc_copy __asm__("memcpy");

void bench_enter_cursors(void)
{
	const union bench_code none = {NULL}, libc = {.copy = bench_libc_copy};

	bench_enter(BENCH_TRANSFER, BENCH_HAUL, "haul", none, &transfer_loops);
	bench_enter(BENCH_TRANSFER, BENCH_BASE, "haul_memcpy", none, &memcpy_loops);
	bench_enter(BENCH_TRANSFER, BENCH_VARIANT, "made", none, &made_loops);
	bench_enter(BENCH_TRANSFER, BENCH_VARIANT, "fault", none, &transfer_fault_loops);
	bench_enter(BENCH_TRANSFER, BENCH_VARIANT, "memcpy_fault", none, &memcpy_fault_loops);

	bench_enter(BENCH_TRANSFERV, BENCH_HAUL, "haul", none, &transferv_loops);
	bench_enter(BENCH_TRANSFERV, BENCH_BASE, "haul_copyv", none, &copyv_loops);
	bench_enter(BENCH_TRANSFERV, BENCH_PLAIN, "libc", libc, &copy_each_loops);

	bench_enter(BENCH_VALUE, BENCH_HAUL, "haul", none, &value_loops);
	bench_enter(BENCH_VALUE, BENCH_BASE, "haul_memcpy", none, &memcpy_loops);

	bench_enter(BENCH_ONCE, BENCH_HAUL, "haul", none, &once_loops);
	bench_enter(BENCH_ONCE, BENCH_BASE, "volatile", none, &volatile_loops);
	bench_enter(BENCH_ONCE, BENCH_VARIANT, "io", none, &once_io_loops);

	bench_enter(BENCH_REGION, BENCH_HAUL, "haul", none, &region_loops);
	bench_enter(BENCH_REGION, BENCH_BASE, "volatile", none, &volatile_loops);
}

static unsigned char *dst, *src;

static void measure(struct bench_list *list, const struct bench_plan *plan,
		    enum bench_routine routine, size_t size, const char *what, bench_seen *seen)
{
	struct bench_op op = {dst, src, size};
	struct bench_work work = {.ops = &op, .count = 1};
	struct bench_point p = {.part = BENCH_CURSORS,
				.routine = routine,
				.size = (double)size,
				.what = what,
				.heat = "hot"};

	if (plan->routines[routine])
		seen(bench_measure(list, plan, p, &work));
}

static void measure_lists(struct bench_list *list, const struct bench_plan *plan, bench_seen *seen)
{
	static const struct {
		size_t pieces;
		const char *what;
	} lists[] = {{1, "in 1 piece"},
		     {4, "in 4 pieces"},
		     {16, "in 16 pieces"},
		     {PIECES, "in 64 pieces"}};
	static const size_t each[] = {16, 64, 256, 1024};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (size_t j = 0; j < sizeof(each) / sizeof(each[0]); j++) {
			pieces = lists[i].pieces;
			measure(list, plan, BENCH_TRANSFERV, pieces * each[j], lists[i].what, seen);
		}
}

static void measure_values(struct bench_list *list, const struct bench_plan *plan, bench_seen *seen)
{
	static const size_t sizes[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		measure(list, plan, BENCH_VALUE, sizes[i], "value", seen);
}

static void measure_words(struct bench_list *list, const struct bench_plan *plan, bench_seen *seen)
{
	if (haul_region_make(&region, src, 0, ROOM, HAUL_CACHE_WRITE_BACK) != 0)
		return;
	for (size_t width = 1; width <= 8; width *= 2)
		measure(list, plan, BENCH_ONCE, width, "load", seen);
	for (size_t width = 1; width <= 8; width *= 2)
		measure(list, plan, BENCH_REGION, width, "load", seen);
}

void bench_cursors(struct bench_list *list, const struct bench_plan *plan, bench_seen *seen)
{
	dst = bench_map(ROOM);
	src = bench_map(ROOM);
	measure_lists(list, plan, seen);
	measure_values(list, plan, seen);
	measure_words(list, plan, seen);
	bench_unmap(dst, ROOM);
	bench_unmap(src, ROOM);
}
