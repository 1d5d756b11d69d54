/* SPDX-License-Identifier: MIT */
/*
 * The accesses that a device sees, counted: runtime/io.c once more, over a
 * stand-in for the waist that writes down each.
 */
#define haul_arch_io_copy_u8 seen_copy_u8
#define haul_arch_io_copy_u16 seen_copy_u16
#define haul_arch_io_copy_u32 seen_copy_u32
#define haul_arch_io_copy_u64 seen_copy_u64
#define haul_arch_memcpy_facts seen_memcpy
#define haul_arch_memset_facts seen_memset
#define haul_fault_explain seen_explain
#define haul_io_read seen_read
#define haul_io_write seen_write
#define haul_io_copy seen_copy
#define haul_io_fill seen_fill
#define haul_io_read_fifo seen_read_fifo
#define haul_io_write_fifo seen_write_fifo
#include "io.c"

#include "test.h"
#include <string.h>

enum { MOST = 40, ROOM = 160 };

struct access {
	const volatile unsigned char *at;
	size_t width;
	bool stores;
};

static struct {
	struct access seen[2 * ROOM];
	size_t count;
	size_t last;         /* accesses after this many fail */
	bool loaded, stored; /* source is a device's; target is */
} device;

static _Alignas(8) unsigned char source[ROOM], target[ROOM];

static bool lies_in(const volatile void *p, const unsigned char *array)
{
	const uintptr_t off = (uintptr_t)p - (uintptr_t)array;

	return off < ROOM;
}

static bool take(const volatile void *p, size_t width, bool stores, struct haul_arch_facts *facts)
{
	cr_assert(device.count < 2 * ROOM);
	cr_assert((uintptr_t)p % width == 0, "%zu bytes at %p", width, (const void *)(uintptr_t)p);
	device.seen[device.count++] = (struct access){p, width, stores};
	if (device.count <= device.last)
		return true;
	*facts = (struct haul_arch_facts){
		.kind = HAUL_FAULT_BUS,
		.operand = stores ? HAUL_OPERAND_DST : HAUL_OPERAND_SRC,
	};
	return false;
}

/* What is neither the source nor the target is memory of runtime/io.c's own. */
#define SEEN(bits, type) \
	size_t seen_copy_u##bits(volatile void *dst, const volatile void *src, size_t count, \
				 struct haul_arch_facts *facts) \
	{ \
		const volatile type *from = src; \
		volatile type *to = dst; \
		const bool loads = device.loaded && lies_in(src, source); \
		const bool stores = device.stored && lies_in(dst, target); \
\
		cr_assert(count > 0); \
		cr_assert(((uintptr_t)src | (uintptr_t)dst) % sizeof(type) == 0); \
		for (size_t i = 0; i < count; i++) { \
			if (loads && !take(from + i, sizeof(type), false, facts)) \
				return i; \
			if (stores && !take(to + i, sizeof(type), true, facts)) \
				return i; \
			to[i] = from[i]; \
		} \
		return count; \
	}

SEEN(8, uint8_t)
SEEN(16, uint16_t)
SEEN(32, uint32_t)
SEEN(64, uint64_t)

/* Memory never fails here. */
size_t seen_memcpy(void *dst, const void *src, size_t n, struct haul_arch_facts *facts)
{
	(void)facts;
	memcpy(dst, src, n);
	return n;
}

size_t seen_memset(void *dst, int c, size_t n, struct haul_arch_facts *facts)
{
	(void)facts;
	memset(dst, c, n);
	return n;
}

void seen_explain(struct haul_fault *fault, const struct haul_arch_facts *facts, bool is_one)
{
	if (fault)
		*fault = (struct haul_fault){
			.kind = is_one ? (enum haul_fault_kind)facts->kind : HAUL_FAULT_NONE,
			.operand = is_one ? (enum haul_operand)facts->operand : HAUL_OPERAND_NONE,
		};
}

enum op { READ, WRITE, COPY, FILL, READ_FIFO, WRITE_FIFO, OPS };

static const char *const op_names[OPS] = {"read", "write",     "copy",
					  "fill", "read_fifo", "write_fifo"};

struct counted {
	enum op op;
	size_t dst, src, n; /* offsets */
	struct haul_io how;
	size_t last; /* see device */
};

struct outcome {
	int err;
	size_t done;
	struct haul_fault fault;
};

static const size_t no_end = SIZE_MAX;

static bool is_fifo(enum op op)
{
	return op == READ_FIFO || op == WRITE_FIFO;
}

static bool loads_device(enum op op)
{
	return op == READ || op == COPY || op == READ_FIFO;
}

static bool stores_device(enum op op)
{
	return op != READ && op != READ_FIFO;
}

static struct outcome run_op(const struct counted *c)
{
	unsigned char *dst = target + c->dst;
	const unsigned char *src = source + c->src;
	struct outcome o;

	for (size_t i = 0; i < ROOM; i++) {
		source[i] = (unsigned char)(i * 3 + 1);
		target[i] = 0x55;
	}
	device.count = 0;
	device.last = c->last;
	device.loaded = loads_device(c->op);
	device.stored = stores_device(c->op);
	switch (c->op) {
	case READ:
		o.err = seen_read(dst, src, c->n, &c->how, &o.done, &o.fault);
		break;
	case WRITE:
		o.err = seen_write(dst, src, c->n, &c->how, &o.done, &o.fault);
		break;
	case COPY:
		o.err = seen_copy(dst, src, c->n, &c->how, &o.done, &o.fault);
		break;
	case FILL:
		o.err = seen_fill(dst, 0xe7, c->n, &c->how, &o.done, &o.fault);
		break;
	case READ_FIFO:
		o.err = seen_read_fifo(dst, src, c->n, &c->how, &o.done, &o.fault);
		break;
	default:
		o.err = seen_write_fifo(dst, src, c->n, &c->how, &o.done, &o.fault);
	}
	return o;
}

/* Could the access at these places have been wider? */
static bool is_widest(uintptr_t places, size_t width, size_t left)
{
	return width == 8 || places % (2 * width) || 2 * width > left;
}

/*
 * Were those of one direction, the first at `first`, the accesses promised:
 * ascending, each byte once, of the width asked for or of the widest?  Returns
 * the bytes.  shift: the other side's place less this one's.
 */
static size_t check_side(const struct counted *c, bool stores, const unsigned char *first,
			 uintptr_t shift)
{
	size_t at = 0;

	for (size_t i = 0; i < device.count; i++) {
		const struct access *a = &device.seen[i];
		const uintptr_t place = (uintptr_t)a->at;

		if (a->stores != stores)
			continue;
		cr_assert(a->at == first + (is_fifo(c->op) ? 0 : at),
			  "%s, access %zu, after %zu bytes", op_names[c->op], i, at);
		cr_assert(c->how.width ? a->width == c->how.width
				       : is_widest(place | (place + shift), a->width, c->n - at),
			  "%s of %zu bytes from %zu to %zu, access %zu: %zu bytes", op_names[c->op],
			  c->n, c->src, c->dst, i, a->width);
		at += a->width;
	}
	return at;
}

/* Returns the bytes that the device saw loaded and stored, in *loaded and *stored. */
static void check_sides(const struct counted *c, size_t *loaded, size_t *stored)
{
	const unsigned char *src = source + c->src, *dst = target + c->dst;
	const uintptr_t shift = c->op == COPY ? (uintptr_t)dst - (uintptr_t)src : 0;

	*loaded = check_side(c, false, src, shift);
	*stored = check_side(c, true, dst, -shift);
}

static void check_target(const struct counted *c)
{
	for (size_t i = 0; i < ROOM; i++) {
		unsigned char want = 0x55;

		if (i >= c->dst && i < c->dst + c->n)
			want = c->op == FILL ? 0xe7 : source[c->src + i - c->dst];
		cr_assert(target[i] == want, "%s of %zu bytes from %zu to %zu: byte %zu",
			  op_names[c->op], c->n, c->src, c->dst, i);
	}
}

static void check_whole(const struct counted *c)
{
	const struct outcome o = run_op(c);
	size_t loaded, stored;

	cr_assert(o.err == 0 && o.done == c->n && o.fault.kind == HAUL_FAULT_NONE);
	check_sides(c, &loaded, &stored);
	cr_assert(loaded == (loads_device(c->op) ? c->n : 0));
	cr_assert(stored == (stores_device(c->op) ? c->n : 0));
	if (!is_fifo(c->op))
		check_target(c);
}

/* May the device be accessed by that width? */
static bool allows(unsigned width, const struct counted *c)
{
	const size_t places =
		(loads_device(c->op) ? c->src : 0) | (stores_device(c->op) ? c->dst : 0);

	return width ? (places | c->n) % width == 0 : !is_fifo(c->op);
}

/* Every pair of places in a word, sizes from 0 on, and widths: those that are
 * aligned as the width asks. */
static void each_case(void (*body)(const struct counted *c))
{
	static const unsigned widths[] = {0, 1, 2, 4, 8};
	uint64_t random = test_seed();

	for (size_t i = 0; i < 5; i++)
		for (int op = 0; op < OPS; op++)
			for (size_t place = 0; place < 64; place++)
				for (size_t n = 0; n <= MOST; n++) {
					const struct counted c = {
						.op = (enum op)op,
						.dst = place / 8,
						.src = place % 8,
						.n = n,
						.how = {widths[i], 0},
						.last = no_end,
					};

					if (allows(widths[i], &c) && test_takes_case(&random))
						body(&c);
				}
}

Test(io_counted, accesses_are_the_widest_or_as_asked)
{
	each_case(check_whole);
}

/*
 * The least number of accesses that cover n bytes, each byte once, each access
 * of 1, 2, 4 or 8 bytes, or of the width asked for, and aligned at both offsets.
 * From the last byte on: fewest[i] is that of the bytes from i.
 */
static size_t fewest_accesses(size_t a, size_t b, size_t n, size_t width_asked)
{
	size_t fewest[MOST + 1] = {0};

	for (size_t i = n; i-- > 0;) {
		fewest[i] = MOST + 1;
		for (size_t width = 1; width <= 8; width *= 2) {
			const bool fits = (a + i) % width == 0 && (b + i) % width == 0 &&
					  i + width <= n && (!width_asked || width_asked == width);

			if (fits && fewest[i + width] + 1 < fewest[i])
				fewest[i] = fewest[i + width] + 1;
		}
	}
	return fewest[0];
}

static void check_fewest(const struct counted *c)
{
	const bool loads = loads_device(c->op), stores = stores_device(c->op);
	const size_t fewest = fewest_accesses(loads ? c->src : c->dst, stores ? c->dst : c->src,
					      c->n, c->how.width);

	if (is_fifo(c->op))
		return;
	run_op(c);
	cr_assert(device.count == fewest * ((size_t)loads + stores),
		  "%s of %zu bytes from %zu to %zu by %u: %zu accesses, at least %zu",
		  op_names[c->op], c->n, c->src, c->dst, c->how.width, device.count, fewest);
}

Test(io_counted, accesses_are_as_few_as_can_be)
{
	each_case(check_fewest);
}

/* The device faults at any access: none comes after it, and what was done before
 * is counted. */
static void check_gone(const struct counted *c)
{
	struct counted gone = *c;
	size_t accesses;

	run_op(c);
	accesses = device.count;
	for (gone.last = 0; gone.last < accesses; gone.last++) {
		const struct outcome o = run_op(&gone);
		size_t loaded, stored;

		cr_assert(o.err == -HAUL_EFAULT && device.count == gone.last + 1);
		cr_assert(o.fault.kind == HAUL_FAULT_BUS);
		check_sides(c, &loaded, &stored);
		cr_assert(loaded <= o.done + 8);
		cr_assert(o.done == (stores_device(c->op) ? stored : loaded) -
					    (device.seen[gone.last].stores || c->op != COPY
						     ? device.seen[gone.last].width
						     : 0));
	}
}

Test(io_counted, nothing_comes_after_a_fault)
{
	each_case(check_gone);
}

/* The same where ones were asked for: all is done, and a copy's other side is
 * seen whole. */
static void check_ones(const struct counted *c)
{
	struct counted gone = *c;
	size_t accesses;

	run_op(c);
	accesses = device.count;
	gone.how.flags = HAUL_IO_ONES;
	for (gone.last = 0; gone.last < accesses; gone.last++) {
		const struct outcome o = run_op(&gone);

		cr_assert(o.err == 0 && o.done == c->n && o.fault.kind == HAUL_FAULT_NONE);
		/* here all that is after it fails, the store of the ones too */
		cr_assert(device.count == gone.last + 1 ||
			  (c->op == COPY && device.count == gone.last + 2 &&
			   device.seen[gone.last + 1].stores));
	}
}

Test(io_counted, a_device_that_is_gone_is_left_alone)
{
	each_case(check_ones);
}

static void check_refused(const struct counted *c)
{
	const struct outcome o = run_op(c);

	cr_assert(o.err == -HAUL_EINVAL && o.done == 0 && o.fault.kind == HAUL_FAULT_NONE,
		  "%s of %zu bytes from %zu to %zu by %u", op_names[c->op], c->n, c->src, c->dst,
		  c->how.width);
	cr_assert(device.count == 0);
}

Test(io_counted, unknown_widths_and_flags_are_refused)
{
	static const unsigned not_widths[] = {3, 5, 6, 7, 9, 12, 16, 64, 1u << 31, ~0u};
	struct counted c = {READ, 0, 0, 48, {0, 0}, no_end};

	for (int op = 0; op < OPS; op++) {
		c.op = (enum op)op;
		for (size_t i = 0; i < sizeof not_widths / sizeof *not_widths; i++) {
			c.how = (struct haul_io){not_widths[i], 0};
			check_refused(&c);
		}
		c.how = (struct haul_io){4, ~0u};
		check_refused(&c);
		c.how = (struct haul_io){4, HAUL_IO_ONES << 1};
		check_refused(&c);
	}
}

Test(io_counted, what_is_not_aligned_is_refused)
{
	for (int op = 0; op < OPS; op++)
		for (unsigned width = 0; width <= 8; width = width ? width * 2 : 1)
			for (size_t place = 0; place < 64; place++)
				for (size_t n = 0; n <= 16; n++) {
					const struct counted c = {
						.op = (enum op)op,
						.dst = place / 8,
						.src = place % 8,
						.n = n,
						.how = {width, 0},
						.last = no_end,
					};

					if (!allows(width, &c))
						check_refused(&c);
				}
}
