/* SPDX-License-Identifier: MIT */
/*
 * haul_io_* against a byte's view of them: any places, sizes and widths, and
 * faults on either side.  That accesses are as wide as promised is
 * tests/io_counted.c's.
 */
#include "oracle.h"
#include "test.h"
#include <haul/io.h>
#include <stdlib.h>
#include <string.h>

enum op { READ, WRITE, COPY, FILL, READ_FIFO, WRITE_FIFO, OPS };

static const char *const op_names[OPS] = {"read", "write",     "copy",
					  "fill", "read_fifo", "write_fifo"};

static const unsigned widths[] = {0, 1, 2, 4, 8};

enum {
	WIDTHS = sizeof widths / sizeof *widths,
	SIDE = 2, /* pages of a side: one to use, one that may fail */
	PAGES = 2 * SIDE,
	FILLER = 0xe7,
};

struct fixture {
	struct arena arena;
	unsigned char *start, *want;
};

struct io_case {
	enum op op;
	size_t dst, src, n; /* offsets in the arena */
	struct haul_io how;
};

struct outcome {
	int err;
	size_t done;
	struct haul_fault fault;
};

static void fixture_open(struct fixture *f)
{
	uint64_t random = test_seed();
	size_t size;

	test_faults_begin();
	arena_open(&f->arena, PAGES);
	size = PAGES * f->arena.page;
	f->start = malloc(size);
	f->want = malloc(size);
	cr_assert(f->start && f->want);
	for (size_t i = 0; i < size; i++)
		f->start[i] = (unsigned char)test_random(&random);
	memcpy(f->arena.image, f->start, size);
}

static void fixture_close(struct fixture *f)
{
	arena_close(&f->arena);
	free(f->start);
	free(f->want);
	test_faults_end();
}

static bool is_fifo(enum op op)
{
	return op == READ_FIFO || op == WRITE_FIFO;
}

static bool device_reads(enum op op)
{
	return op == READ || op == COPY || op == READ_FIFO;
}

static bool device_writes(enum op op)
{
	return op != READ && op != READ_FIFO;
}

/* May the device be accessed by the width that was asked for? */
static bool allows(const struct io_case *c)
{
	const size_t places =
		(device_reads(c->op) ? c->src : 0) | (device_writes(c->op) ? c->dst : 0);

	return c->how.width ? (places | c->n) % c->how.width == 0 : !is_fifo(c->op);
}

static struct outcome call(const struct fixture *f, const struct io_case *c)
{
	unsigned char *dst = f->arena.view + c->dst;
	const unsigned char *src = f->arena.view + c->src;
	struct outcome o;

	o.done = SIZE_MAX;
	memset(&o.fault, 0xa5, sizeof o.fault);
	switch (c->op) {
	case READ:
		o.err = haul_io_read(dst, src, c->n, &c->how, &o.done, &o.fault);
		break;
	case WRITE:
		o.err = haul_io_write(dst, src, c->n, &c->how, &o.done, &o.fault);
		break;
	case COPY:
		o.err = haul_io_copy(dst, src, c->n, &c->how, &o.done, &o.fault);
		break;
	case FILL:
		o.err = haul_io_fill(dst, FILLER, c->n, &c->how, &o.done, &o.fault);
		break;
	case READ_FIFO:
		o.err = haul_io_read_fifo(dst, src, c->n, &c->how, &o.done, &o.fault);
		break;
	default:
		o.err = haul_io_write_fifo(dst, src, c->n, &c->how, &o.done, &o.fault);
	}
	return o;
}

/* The offset of the i-th byte of a side. */
static size_t src_place(const struct io_case *c, size_t i)
{
	return c->src + (c->op == READ_FIFO ? i % c->how.width : i);
}

static size_t dst_place(const struct io_case *c, size_t i)
{
	return c->dst + (c->op == WRITE_FIFO ? i % c->how.width : i);
}

/* Bytes of a side before its first that fails; n if none does. */
static size_t src_end(const struct fixture *f, const struct io_case *c)
{
	size_t i = c->op == FILL ? c->n : 0;

	while (i < c->n && arena_readable(&f->arena, src_place(c, i)))
		i++;
	return i;
}

static size_t dst_end(const struct fixture *f, const struct io_case *c)
{
	size_t i = 0;

	while (i < c->n && arena_writable(&f->arena, dst_place(c, i)))
		i++;
	return i;
}

static unsigned char src_byte(const struct fixture *f, const struct io_case *c, size_t i)
{
	return c->op == FILL ? FILLER : f->start[src_place(c, i)];
}

static struct haul_fault fault_at(const struct fixture *f, enum haul_operand operand, size_t place)
{
	return arena_fault(f->arena.rights[place >> f->arena.shift], operand,
			   f->arena.view + place);
}

/* Bytes of the access at i, where it is the widest. */
static size_t width_at(const struct io_case *c, size_t i)
{
	size_t width = 8;

	while ((c->dst + i) % width || i + width > c->n)
		width /= 2;
	return c->how.width ? c->how.width : width;
}

/*
 * With HAUL_IO_ONES: a source device that fails reads as ones from there on; a
 * target device that fails ends the transfer, unless memory failed before, or
 * within the access that failed.
 */
static void forgive(const struct io_case *c, size_t *src, size_t *dst)
{
	if (!(c->how.flags & HAUL_IO_ONES))
		return;
	if (device_writes(c->op) && *dst < c->n &&
	    (c->op == COPY || c->op == FILL || *src >= *dst + width_at(c, *dst)))
		*dst = *src = c->n;
	else if (device_writes(c->op))
		*dst = c->n;
	if (device_reads(c->op))
		*src = c->n;
}

/*
 * What must come of a case.  An access of a device lies on one page, so devices
 * fail between accesses; memory may fail within one, and then what was loaded
 * is stored in part, and what was to be stored is not if the width was asked
 * for.
 */
static struct outcome predict(struct fixture *f, const struct io_case *c)
{
	const size_t size = PAGES * f->arena.page;
	const size_t src_real = src_end(f, c), dst_real = dst_end(f, c);
	size_t src = src_real, dst = dst_real;
	const bool memory_read = c->op == WRITE || c->op == WRITE_FIFO;
	struct outcome o = {0, 0, {0}};
	bool src_first;

	if (memory_read && c->how.width)
		src -= src % c->how.width;
	forgive(c, &src, &dst);
	src_first = src <= dst;
	o.done = src_first ? src : dst;
	memcpy(f->want, f->start, size);
	for (size_t i = 0; i < o.done && i < dst_real; i++)
		f->want[dst_place(c, i)] = i < src_real ? src_byte(f, c, i) : 0xff;
	if (o.done < c->n) {
		o.err = -HAUL_EFAULT;
		o.fault = src_first ? fault_at(f, HAUL_OPERAND_SRC, src_place(c, src_real))
				    : fault_at(f, HAUL_OPERAND_DST, dst_place(c, dst_real));
	}
	return o;
}

static void check(struct fixture *f, const struct io_case *c)
{
	const size_t size = PAGES * f->arena.page;
	const struct outcome want = predict(f, c), got = call(f, c);
	const bool memory = memcmp(f->arena.image, f->want, size) == 0;
	char a[128], b[128];

	cr_assert(got.err == want.err && got.done == want.done && memory &&
			  oracle_fault_equal(&got.fault, &want.fault),
		  "%s of %zu bytes from %#zx to %#zx, width %u, flags %u: %d with %zu done, want "
		  "%d with %zu; memory %s; record %s, want %s",
		  op_names[c->op], c->n, c->src, c->dst, c->how.width, c->how.flags, got.err,
		  got.done, want.err, want.done, memory ? "right" : "wrong",
		  oracle_fault_text(&got.fault, a, sizeof a),
		  oracle_fault_text(&want.fault, b, sizeof b));
	if (want.done)
		memcpy(f->arena.image, f->start, size);
}

Test(io, all_places_and_sizes)
{
	static const size_t more[] = {63, 64, 65, 127, 128, 1000, 1024};
	struct fixture f;
	uint64_t random = test_seed();

	fixture_open(&f);
	for (size_t place = 0; place < 64; place++)
		for (size_t i = 0; i < 40 + sizeof more / sizeof *more; i++)
			for (size_t w = 0; w < WIDTHS; w++)
				for (int op = 0; op < OPS; op++) {
					const struct io_case c = {
						.op = (enum op)op,
						.dst = 64 + place / 8,
						.src = SIDE * f.arena.page + 64 + place % 8,
						.n = i < 40 ? i : more[i - 40],
						.how = {widths[w], 0},
					};

					if (allows(&c) && test_takes_case(&random))
						check(&f, &c);
				}
	fixture_close(&f);
}

/* Sides that end at most this many bytes after they begin, in every pair. */
enum { REACH = 17, SIZE = 24 };

/* A FIFO fails at once or never. */
static size_t place_before(const struct fixture *f, size_t side, size_t bytes, bool fifo)
{
	const size_t border = (side * SIDE + 1) * f->arena.page;

	return fifo ? border - (bytes ? 8 : 0) : border - bytes;
}

static void check_borders(struct fixture *f, unsigned flags, uint64_t *random)
{
	for (size_t ends = 0; ends < (REACH + 1) * (REACH + 1); ends++)
		for (size_t w = 0; w < WIDTHS; w++)
			for (int op = 0; op < OPS; op++) {
				const struct io_case c = {
					.op = (enum op)op,
					.dst = place_before(f, 0, ends / (REACH + 1),
							    op == WRITE_FIFO),
					.src = place_before(f, 1, ends % (REACH + 1),
							    op == READ_FIFO),
					.n = SIZE,
					.how = {widths[w], flags},
				};

				if (allows(&c) && test_takes_case(random))
					check(f, &c);
			}
}

/* Every way in which one side may fail, or both alike. */
static void each_border(unsigned flags)
{
	struct fixture f;
	uint64_t random = test_seed();

	fixture_open(&f);
	for (int dst = 0; dst < ARENA_RIGHTS; dst++)
		for (int src = 0; src < ARENA_RIGHTS; src++) {
			arena_protect(&f.arena, 1, 1, (enum arena_right)dst);
			arena_protect(&f.arena, SIDE + 1, 1, (enum arena_right)src);
			if ((dst || src) && (!dst || !src || dst == src))
				check_borders(&f, flags, &random);
		}
	fixture_close(&f);
}

Test(io, faults_are_exact_at_every_border)
{
	each_border(0);
}

Test(io, a_device_that_is_gone_gives_ones)
{
	each_border(HAUL_IO_ONES);
}

Test(io, how_and_record_may_be_null)
{
	unsigned char from[11], to[11] = {0};
	size_t done = 0;

	for (size_t i = 0; i < sizeof from; i++)
		from[i] = (unsigned char)(i + 1);
	cr_assert(haul_io_read(to, from, sizeof to, NULL, &done, NULL) == 0);
	cr_assert(done == sizeof to && memcmp(to, from, sizeof to) == 0);
	cr_assert(haul_io_fill(to, 0x1ff, sizeof to, NULL, &done, NULL) == 0);
	cr_assert(to[0] == 0xff && to[10] == 0xff);
	cr_assert(haul_io_write(to, from, sizeof to, NULL, &done, NULL) == 0);
	cr_assert(done == sizeof to && memcmp(to, from, sizeof to) == 0);
	memset(to, 0, sizeof to);
	cr_assert(haul_io_copy(to, from, sizeof to, NULL, &done, NULL) == 0);
	cr_assert(done == sizeof to && memcmp(to, from, sizeof to) == 0);
	cr_assert(haul_io_read_fifo(to, from, sizeof to, NULL, &done, NULL) == -HAUL_EINVAL);
	cr_assert(done == 0);
	cr_assert(haul_io_write_fifo(to, from, sizeof to, NULL, &done, NULL) == -HAUL_EINVAL);
}

/* Nothing handles faults here: an access would kill. */
Test(io, nothing_is_done_with_zero_bytes)
{
	void *const pointers[] = {NULL, (void *)1, (void *)UINTPTR_MAX,
				  (void *)((uintptr_t)1 << 63)};
	const struct haul_io bytes = {1, 0};
	const struct haul_fault none = {0};

	for (size_t i = 0; i < 16; i++) {
		void *const a = pointers[i / 4], *const b = pointers[i % 4];
		struct haul_fault fault;
		size_t done = 1;

		memset(&fault, 0xa5, sizeof fault);
		cr_assert(haul_io_read(a, b, 0, NULL, &done, &fault) == 0);
		cr_assert(done == 0 && oracle_fault_equal(&fault, &none));
		cr_assert(haul_io_write(a, b, 0, NULL, &done, NULL) == 0);
		cr_assert(haul_io_copy(a, b, 0, NULL, &done, NULL) == 0);
		cr_assert(haul_io_fill(a, 1, 0, NULL, &done, NULL) == 0);
		cr_assert(haul_io_read_fifo(a, b, 0, &bytes, &done, NULL) == 0);
		cr_assert(haul_io_write_fifo(a, b, 0, &bytes, &done, NULL) == 0);
	}
}

/* Ranges that wrap around, and the largest sizes. */
Test(io, the_ends_of_the_address_space_fail, .timeout = 60)
{
	static unsigned char memory[64];
	unsigned char *const top = (unsigned char *)(UINTPTR_MAX - 7);
	const struct haul_io ones = {0, HAUL_IO_ONES};
	struct haul_fault fault;
	size_t done;

	test_faults_begin();
	cr_assert(haul_io_read(memory, top, 64, NULL, &done, &fault) == -HAUL_EFAULT);
	cr_assert(done == 0 && fault.operand == HAUL_OPERAND_SRC);
	cr_assert(haul_io_write(top, memory, 64, NULL, &done, &fault) == -HAUL_EFAULT);
	cr_assert(done == 0 && fault.operand == HAUL_OPERAND_DST);
	cr_assert(haul_io_write(memory, top, 64, NULL, &done, &fault) == -HAUL_EFAULT);
	cr_assert(done == 0 && fault.operand == HAUL_OPERAND_SRC);
	cr_assert(haul_io_fill(NULL, 0, SIZE_MAX, NULL, &done, &fault) == -HAUL_EFAULT);
	cr_assert(done == 0 && fault.operand == HAUL_OPERAND_DST);
	cr_assert(haul_io_fill(NULL, 0, SIZE_MAX, &ones, &done, &fault) == 0);
	cr_assert(done == SIZE_MAX && fault.kind == HAUL_FAULT_NONE);
	test_faults_end();
}
