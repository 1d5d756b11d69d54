/* SPDX-License-Identifier: MIT */
/* Cursors: where they stand, and what they moved, in every kind of memory. */
#include "fault_maps.h"
#include "oracle.h"
#include "test.h"
#include <haul/cursor.h>
#include <string.h>

static const enum haul_memory_kind kinds[] = {HAUL_MEMORY_PLAIN, HAUL_MEMORY_FALLIBLE,
					      HAUL_MEMORY_IO};

enum { KINDS = 3, UNKNOWN_KIND = 3, ROOM = 96 };

static _Alignas(8) unsigned char source[ROOM], target[ROOM];

static void memory_reset(void)
{
	for (size_t i = 0; i < ROOM; i++)
		source[i] = (unsigned char)(i * 7 + 3);
	memset(target, 0x55, ROOM);
}

static bool reader_is(const struct haul_reader *reader, const void *at, size_t remain)
{
	return reader->at == at && reader->remain == remain;
}

static bool writer_is(const struct haul_writer *writer, const void *at, size_t avail)
{
	return writer->at == at && writer->avail == avail;
}

static bool untouched(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0x55)
			return false;
	return true;
}

/* An arena whose second page, of two, cannot be used. */
struct border {
	struct arena arena;
	unsigned char *end; /* of what can be */
};

static void border_open(struct border *b)
{
	test_faults_begin();
	arena_open(&b->arena, 2);
	arena_protect(&b->arena, 1, 1, ARENA_UNMAPPED);
	b->end = b->arena.view + b->arena.page;
}

static void border_close(struct border *b)
{
	arena_close(&b->arena);
	test_faults_end();
}

static struct haul_fault border_fault(const struct border *b, enum haul_operand operand)
{
	return arena_fault(ARENA_UNMAPPED, operand, b->end);
}

Test(cursor, limit_skip_and_clone)
{
	struct haul_reader reader = haul_reader_make(source, 10, HAUL_MEMORY_PLAIN), reader_clone;
	struct haul_writer writer = haul_writer_make(target, 10, HAUL_MEMORY_PLAIN), writer_clone;

	haul_reader_limit(&reader, 20);
	haul_writer_limit(&writer, 20);
	cr_assert(reader_is(&reader, source, 10) && writer_is(&writer, target, 10));
	haul_reader_limit(&reader, 8);
	haul_writer_limit(&writer, 8);
	cr_assert(reader_is(&reader, source, 8) && writer_is(&writer, target, 8));

	reader_clone = reader;
	writer_clone = writer;
	cr_assert(haul_reader_skip(&reader, 9) == -HAUL_ERANGE);
	cr_assert(haul_writer_skip(&writer, 9) == -HAUL_ERANGE);
	cr_assert(haul_reader_skip(&reader, SIZE_MAX) == -HAUL_ERANGE);
	cr_assert(haul_writer_skip(&writer, SIZE_MAX) == -HAUL_ERANGE);
	cr_assert(reader_is(&reader, source, 8) && writer_is(&writer, target, 8));
	cr_assert(haul_reader_skip(&reader, 3) == 0 && haul_writer_skip(&writer, 3) == 0);
	cr_assert(reader_is(&reader, source + 3, 5) && writer_is(&writer, target + 3, 5));
	cr_assert(haul_reader_skip(&reader, 5) == 0 && haul_writer_skip(&writer, 5) == 0);
	cr_assert(haul_reader_skip(&reader, 0) == 0 && haul_writer_skip(&writer, 0) == 0);
	cr_assert(haul_reader_skip(&reader, 1) == -HAUL_ERANGE);
	cr_assert(reader_is(&reader, source + 8, 0) && writer_is(&writer, target + 8, 0));
	cr_assert(reader_is(&reader_clone, source, 8) && writer_is(&writer_clone, target, 8));

	haul_reader_limit(&reader_clone, 0);
	haul_writer_limit(&writer_clone, 0);
	cr_assert(reader_clone.remain == 0 && writer_clone.avail == 0);
}

/* Places of both sides, and lengths; either may be the shorter. */
static void transfer_body(enum haul_memory_kind from, enum haul_memory_kind to)
{
	static const size_t sizes[] = {0, 1, 2, 3, 7, 8, 9, 15, 16, 19, 64};
	enum { SIZES = sizeof sizes / sizeof *sizes };

	for (size_t place = 0; place < 64; place++)
		for (size_t i = 0; i < SIZES * SIZES; i++) {
			const size_t src = place / 8, dst = place % 8;
			const size_t remain = sizes[i / SIZES], avail = sizes[i % SIZES];
			const size_t n = remain < avail ? remain : avail;
			struct haul_reader reader = haul_reader_make(source + src, remain, from);
			struct haul_writer writer = haul_writer_make(target + dst, avail, to);
			struct haul_fault fault;
			size_t done = SIZE_MAX;

			memset(target, 0x55, ROOM);
			memset(&fault, 0xa5, sizeof fault);
			cr_assert(haul_cursor_transfer(&reader, &writer, &done,
						       place % 2 ? &fault : NULL) == 0);
			cr_assert(done == n && (place % 2 == 0 || fault.kind == HAUL_FAULT_NONE));
			cr_assert(reader_is(&reader, source + src + n, remain - n));
			cr_assert(writer_is(&writer, target + dst + n, avail - n));
			cr_assert(memcmp(target + dst, source + src, n) == 0);
			cr_assert(untouched(target, dst) &&
				  untouched(target + dst + n, ROOM - dst - n));
		}
}

static void each_pair(void (*body)(enum haul_memory_kind from, enum haul_memory_kind to))
{
	memory_reset();
	for (size_t i = 0; i < KINDS * KINDS; i++)
		body(kinds[i / KINDS], kinds[i % KINDS]);
}

Test(cursor, transfers_between_all_kinds)
{
	each_pair(transfer_body);
}

/* The reader ends, or the writer, k bytes from where its page does. */
static void cut_body(enum haul_memory_kind from, enum haul_memory_kind to)
{
	struct border b;

	border_open(&b);
	for (size_t k = 0; k <= 24; k++) {
		const struct haul_fault src = border_fault(&b, HAUL_OPERAND_SRC);
		const struct haul_fault dst = border_fault(&b, HAUL_OPERAND_DST);
		struct haul_reader reader = haul_reader_make(b.end - k, 40, from);
		struct haul_writer writer = haul_writer_make(target, 40, to);
		struct haul_fault fault;
		size_t done;

		cr_assert(haul_cursor_transfer(&reader, &writer, &done, &fault) == -HAUL_EFAULT);
		cr_assert(done == k && oracle_fault_equal(&fault, &src));
		cr_assert(reader_is(&reader, b.end, 40 - k));
		cr_assert(writer_is(&writer, target + k, 40 - k));

		reader = haul_reader_make(source, 40, from);
		writer = haul_writer_make(b.end - k, 40, to);
		cr_assert(haul_cursor_transfer(&reader, &writer, &done, &fault) == -HAUL_EFAULT);
		cr_assert(done == k && oracle_fault_equal(&fault, &dst));
		cr_assert(reader_is(&reader, source + k, 40 - k));
		cr_assert(writer_is(&writer, b.end, 40 - k));
	}
	border_close(&b);
}

Test(cursor, transfers_stand_where_a_fault_stopped_them)
{
	each_pair(cut_body);
}

Test(cursor, widths_and_flags_of_devices_hold)
{
	struct border b;
	struct haul_reader reader = haul_reader_make(source, 12, HAUL_MEMORY_IO);
	struct haul_writer writer = haul_writer_make(target, 12, HAUL_MEMORY_IO);
	size_t done = 1;

	memory_reset();
	reader.io.width = 4;
	writer.io.width = 2;
	cr_assert(haul_cursor_transfer(&reader, &writer, &done, NULL) == -HAUL_EINVAL);
	cr_assert(done == 0 && untouched(target, ROOM));
	cr_assert(reader_is(&reader, source, 12) && writer_is(&writer, target, 12));
	writer.io.width = 0;
	haul_writer_limit(&writer, 10);
	cr_assert(haul_cursor_transfer(&reader, &writer, &done, NULL) == -HAUL_EINVAL);
	haul_writer_limit(&writer, 8);
	cr_assert(haul_cursor_transfer(&reader, &writer, &done, NULL) == 0 && done == 8);
	cr_assert(reader_is(&reader, source + 8, 4) && writer_is(&writer, target + 8, 0));

	border_open(&b);
	reader = haul_reader_make(b.end - 4, 12, HAUL_MEMORY_IO);
	writer = haul_writer_make(target, 12, HAUL_MEMORY_FALLIBLE);
	reader.io.flags = HAUL_IO_ONES;
	cr_assert(haul_cursor_transfer(&reader, &writer, &done, NULL) == 0 && done == 12);
	cr_assert(memcmp(target + 4, "\xff\xff\xff\xff\xff\xff\xff\xff", 8) == 0);
	cr_assert(reader_is(&reader, b.end + 8, 0) && writer_is(&writer, target + 12, 0));
	reader = haul_reader_make(source, 12, HAUL_MEMORY_IO);
	writer = haul_writer_make(b.end - 4, 12, HAUL_MEMORY_IO);
	writer.io.flags = HAUL_IO_ONES;
	cr_assert(haul_cursor_transfer(&reader, &writer, &done, NULL) == 0 && done == 12);
	cr_assert(memcmp(b.arena.image + b.arena.page - 4, source, 4) == 0);
	cr_assert(reader_is(&reader, source + 12, 0) && writer_is(&writer, b.end + 8, 0));
	border_close(&b);
}

Test(cursor, unknown_kinds_are_refused)
{
	const enum haul_memory_kind unknown = (enum haul_memory_kind)UNKNOWN_KIND;
	struct haul_reader reader = haul_reader_make(source, 8, unknown);
	struct haul_reader plain = haul_reader_make(source, 8, HAUL_MEMORY_PLAIN);
	struct haul_writer writer = haul_writer_make(target, 8, unknown);
	struct haul_writer device = haul_writer_make(target, 8, HAUL_MEMORY_IO);
	uint32_t word = 1, expected = 2;
	size_t done = 1;

	memory_reset();
	cr_assert(haul_cursor_transfer(&reader, &device, &done, NULL) == -HAUL_EINVAL && !done);
	cr_assert(haul_cursor_transfer(&plain, &writer, &done, NULL) == -HAUL_EINVAL && !done);
	cr_assert(haul_cursor_transferv(&reader, 1, &writer, 1, &done, NULL) == -HAUL_EINVAL);
	cr_assert(haul_reader_value(&reader, &word, 4) == -HAUL_EINVAL);
	cr_assert(haul_writer_value(&writer, &word, 4) == -HAUL_EINVAL);
	cr_assert(haul_reader_once_u32(&reader, &word) == -HAUL_EINVAL);
	cr_assert(haul_writer_once_u32(&writer, word) == -HAUL_EINVAL);
	cr_assert(haul_reader_atomic_load_u32(&reader, &word) == -HAUL_EINVAL);
	cr_assert(haul_writer_atomic_cmpxchg_u32(&writer, &reader, &expected, 3) == -HAUL_EINVAL);
	cr_assert(haul_writer_fill(&writer, &word, 4, &done, NULL) == -HAUL_EINVAL && !done);
	cr_assert(haul_writer_fill_zeros(&writer, 4, &done, NULL) == -HAUL_EINVAL && !done);
	cr_assert(word == 1 && expected == 2 && untouched(target, ROOM));
	cr_assert(reader_is(&reader, source, 8) && reader_is(&plain, source, 8));
	cr_assert(writer_is(&writer, target, 8) && writer_is(&device, target, 8));
}

/* Values of every size at every place. */
Test(cursor, values_are_whole)
{
	unsigned char value[20];

	memory_reset();
	for (size_t i = 0; i < KINDS * 8 * sizeof value; i++) {
		const enum haul_memory_kind kind = kinds[i % KINDS];
		const size_t place = i / KINDS % 8, size = i / KINDS / 8;
		struct haul_reader reader = haul_reader_make(source + place, size + 1, kind);
		struct haul_writer writer = haul_writer_make(target + place, size + 1, kind);

		memset(target, 0x55, ROOM);
		cr_assert(haul_reader_value(&reader, value, size) == 0);
		cr_assert(memcmp(value, source + place, size) == 0);
		cr_assert(haul_writer_value(&writer, value, size) == 0);
		cr_assert(memcmp(target + place, value, size) == 0);
		cr_assert(untouched(target, place) && untouched(target + place + size, 20));
		cr_assert(reader_is(&reader, source + place + size, 1));
		cr_assert(writer_is(&writer, target + place + size, 1));
		cr_assert(haul_reader_value(&reader, value, 2) == -HAUL_ERANGE);
		cr_assert(haul_writer_value(&writer, value, 2) == -HAUL_ERANGE);
		cr_assert(haul_writer_value(&writer, value, SIZE_MAX) == -HAUL_ERANGE);
		cr_assert(reader_is(&reader, source + place + size, 1));
		cr_assert(writer_is(&writer, target + place + size, 1));
	}
}

Test(cursor, values_that_fail_leave_the_cursor)
{
	unsigned char value[12] = {0};
	struct border b;

	border_open(&b);
	for (size_t i = 0; i < KINDS * sizeof value; i++) {
		unsigned char *const at = b.end - i / KINDS;
		struct haul_reader reader = haul_reader_make(at, 100, kinds[i % KINDS]);
		struct haul_writer writer = haul_writer_make(at, 100, kinds[i % KINDS]);

		cr_assert(haul_reader_value(&reader, value, sizeof value) == -HAUL_EFAULT);
		cr_assert(haul_writer_value(&writer, value, sizeof value) == -HAUL_EFAULT);
		cr_assert(reader_is(&reader, at, 100) && writer_is(&writer, at, 100));
	}
	border_close(&b);
}

/* Once-values of a width at every place of a word, and at both ends of a range. */
#define ONCE(bits, type, number) \
	static void once_u##bits(enum haul_memory_kind kind) \
	{ \
		const size_t width = sizeof(type); \
\
		for (size_t place = 0; place < 8; place++) { \
			const bool aligned = place % width == 0; \
			struct haul_reader reader = \
				haul_reader_make(target + place, 2 * width - 1, kind); \
			struct haul_writer writer = \
				haul_writer_make(target + place, 2 * width - 1, kind); \
			type value = 0x77; \
\
			memset(target, 0x55, ROOM); \
			cr_assert(haul_writer_once_u##bits(&writer, (type)(number)) == \
				  (aligned ? 0 : -HAUL_EINVAL)); \
			cr_assert(haul_reader_once_u##bits(&reader, &value) == \
				  (aligned ? 0 : -HAUL_EINVAL)); \
			cr_assert(value == (aligned ? (type)(number) : 0x77)); \
			cr_assert(reader.at == target + place + (aligned ? width : 0)); \
			cr_assert(writer.at == target + place + (aligned ? width : 0)); \
			cr_assert(untouched(target, place) && \
				  untouched(target + place + (aligned ? width : 0), 16)); \
			if (!aligned) \
				continue; \
			cr_assert(reader.remain == width - 1 && writer.avail == width - 1); \
			value = 0x77; \
			cr_assert(haul_reader_once_u##bits(&reader, &value) == -HAUL_ERANGE); \
			cr_assert(haul_writer_once_u##bits(&writer, 0) == -HAUL_ERANGE); \
			cr_assert(reader_is(&reader, target + place + width, width - 1)); \
			cr_assert(writer_is(&writer, target + place + width, width - 1)); \
			cr_assert(value == 0x77 && untouched(target + place + width, 16)); \
		} \
	} \
\
	static void once_fault_u##bits(enum haul_memory_kind kind, unsigned char *bad) \
	{ \
		struct haul_reader reader = haul_reader_make(bad, 64, kind); \
		struct haul_writer writer = haul_writer_make(bad, 64, kind); \
		const bool device = kind == HAUL_MEMORY_IO; \
		type value = 0x77; \
\
		cr_assert(haul_reader_once_u##bits(&reader, &value) == -HAUL_EFAULT); \
		cr_assert(haul_writer_once_u##bits(&writer, value) == -HAUL_EFAULT); \
		cr_assert(value == 0x77); \
		cr_assert(reader_is(&reader, bad, 64) && writer_is(&writer, bad, 64)); \
		reader.io.flags = writer.io.flags = HAUL_IO_ONES; \
		cr_assert(haul_reader_once_u##bits(&reader, &value) == \
			  (device ? 0 : -HAUL_EFAULT)); \
		cr_assert(haul_writer_once_u##bits(&writer, value) == \
			  (device ? 0 : -HAUL_EFAULT)); \
		cr_assert(value == (device ? (type) ~(type)0 : 0x77)); \
	}

ONCE(8, uint8_t, 42)
ONCE(16, uint16_t, 0x1234)
ONCE(32, uint32_t, 0x12345678)
ONCE(64, uint64_t, 0xdeadbeefcafebabe)

Test(cursor, once_values)
{
	for (size_t i = 0; i < KINDS; i++) {
		once_u8(kinds[i]);
		once_u16(kinds[i]);
		once_u32(kinds[i]);
		once_u64(kinds[i]);
	}
}

Test(cursor, once_values_that_fail_change_nothing)
{
	struct border b;

	border_open(&b);
	for (size_t i = 0; i < KINDS; i++) {
		once_fault_u8(kinds[i], b.end);
		once_fault_u16(kinds[i], b.end);
		once_fault_u32(kinds[i], b.end);
		once_fault_u64(kinds[i], b.end);
	}
	border_close(&b);
}

#define ATOMIC(bits, type, number) \
	static void atomic_u##bits(enum haul_memory_kind kind) \
	{ \
		const size_t width = sizeof(type); \
		const type before = (type)(number); \
		struct haul_reader reader = haul_reader_make(target, width, kind); \
		struct haul_writer writer = haul_writer_make(target, width, kind); \
		type value = 1, expected = before; \
\
		memcpy(target, &before, width); \
		cr_assert(haul_reader_atomic_load_u##bits(&reader, &value) == 0); \
		cr_assert(value == before && reader_is(&reader, target, width)); \
		cr_assert(haul_writer_atomic_cmpxchg_u##bits(&writer, &reader, &expected, 5) == \
			  1); \
		cr_assert(haul_writer_atomic_cmpxchg_u##bits(&writer, &reader, &expected, 6) == \
			  0); \
		cr_assert(expected == 5 && writer_is(&writer, target, width)); \
		cr_assert(haul_reader_atomic_load_u##bits(&reader, &value) == 0 && value == 5); \
	} \
\
	/* Where the cursors stand must be refused. */ \
	static void atomic_refused_u##bits(struct haul_reader reader, struct haul_writer writer, \
					   int load_error, int error) \
	{ \
		type value = 1, expected = 2; \
\
		memset(target, 0x55, ROOM); \
		cr_assert(haul_reader_atomic_load_u##bits(&reader, &value) == load_error); \
		cr_assert(haul_writer_atomic_cmpxchg_u##bits(&writer, &reader, &expected, 3) == \
			  error); \
		cr_assert((load_error == 0 || value == 1) && expected == 2); \
		cr_assert(untouched(target, ROOM)); \
	} \
\
	static void atomic_bad_u##bits(enum haul_memory_kind kind, unsigned char *bad) \
	{ \
		const size_t width = sizeof(type); \
\
		atomic_refused_u##bits(haul_reader_make(target, width - 1, kind), \
				       haul_writer_make(target, width, kind), -HAUL_ERANGE, \
				       -HAUL_ERANGE); \
		atomic_refused_u##bits(haul_reader_make(target, width, kind), \
				       haul_writer_make(target, width - 1, kind), 0, \
				       -HAUL_ERANGE); \
		atomic_refused_u##bits(haul_reader_make(target + 2, width, kind), \
				       haul_writer_make(target + 2, width, kind), -HAUL_EINVAL, \
				       -HAUL_EINVAL); \
		atomic_refused_u##bits(haul_reader_make(target, width, kind), \
				       haul_writer_make(target + 8, width, kind), 0, \
				       -HAUL_EINVAL); \
		atomic_refused_u##bits(haul_reader_make(bad, width, kind), \
				       haul_writer_make(bad, width, kind), -HAUL_EFAULT, \
				       -HAUL_EFAULT); \
		atomic_refused_u##bits(haul_reader_make(target, width, HAUL_MEMORY_IO), \
				       haul_writer_make(target, width, kind), -HAUL_ENOTSUP, \
				       -HAUL_ENOTSUP); \
		atomic_refused_u##bits(haul_reader_make(target, width, kind), \
				       haul_writer_make(target, width, HAUL_MEMORY_IO), 0, \
				       -HAUL_ENOTSUP); \
	}

ATOMIC(32, uint32_t, 0x12345678)
ATOMIC(64, uint64_t, 0xdeadbeefcafebabe)

Test(cursor, atomics)
{
	struct border b;

	border_open(&b);
	for (size_t i = 0; i < 2; i++) {
		atomic_u32(kinds[i]);
		atomic_u64(kinds[i]);
		atomic_bad_u32(kinds[i], b.end);
		atomic_bad_u64(kinds[i], b.end);
	}
	border_close(&b);
}

/* Values of all sizes, of one byte again and again and of several, into room for
 * some and a rest. */
static void fill_body(enum haul_memory_kind kind, bool same)
{
	unsigned char value[12];

	for (size_t i = 0; i < sizeof value; i++)
		value[i] = (unsigned char)(same ? 0xc3 : i + 1);
	for (size_t size = 1; size <= sizeof value; size++)
		for (size_t avail = 0; avail <= 40; avail++) {
			const size_t n = avail / size * size;
			struct haul_writer writer = haul_writer_make(target + 3, avail, kind);
			struct haul_fault fault;
			size_t done = SIZE_MAX;

			memset(target, 0x55, ROOM);
			cr_assert(haul_writer_fill(&writer, value, size, &done, &fault) == 0);
			cr_assert(done == n && fault.kind == HAUL_FAULT_NONE);
			cr_assert(writer_is(&writer, target + 3 + n, avail - n));
			for (size_t i = 0; i < n; i++)
				cr_assert(target[3 + i] == value[i % size]);
			cr_assert(untouched(target, 3) && untouched(target + 3 + n, 40));
		}
}

Test(cursor, fills)
{
	struct haul_writer writer = haul_writer_make(target, ROOM, HAUL_MEMORY_PLAIN);
	struct haul_fault fault;
	size_t done = 1;

	for (size_t i = 0; i < KINDS; i++) {
		fill_body(kinds[i], false);
		fill_body(kinds[i], true);
	}
	memset(&fault, 0xa5, sizeof fault);
	cr_assert(haul_writer_fill(&writer, source, 0, &done, &fault) == -HAUL_EINVAL);
	cr_assert(done == 0 && fault.kind == HAUL_FAULT_NONE && writer_is(&writer, target, ROOM));
}

Test(cursor, fills_stop_at_a_fault)
{
	static const unsigned char same[3] = {9, 9, 9}, mixed[3] = {1, 2, 3};
	struct border b;

	border_open(&b);
	for (size_t i = 0; i < KINDS * 20; i++) {
		const enum haul_memory_kind kind = kinds[i % KINDS];
		const struct haul_fault want = border_fault(&b, HAUL_OPERAND_DST);
		const size_t k = i / KINDS;
		struct haul_writer writer = haul_writer_make(b.end - k, 60, kind);
		struct haul_fault fault;
		size_t done;

		cr_assert(haul_writer_fill(&writer, same, 3, &done, &fault) == -HAUL_EFAULT);
		cr_assert(done == k && oracle_fault_equal(&fault, &want));
		cr_assert(writer_is(&writer, b.end, 60 - k));
		writer = haul_writer_make(b.end - k, 60, kind);
		cr_assert(haul_writer_fill(&writer, mixed, 3, &done, &fault) == -HAUL_EFAULT);
		cr_assert(done == k && oracle_fault_equal(&fault, &want));
		cr_assert(writer_is(&writer, b.end, 60 - k));
		for (size_t j = 0; j < k; j++)
			cr_assert(b.arena.image[b.arena.page - k + j] == mixed[j % 3]);
		writer = haul_writer_make(b.end - k, 60, kind);
		cr_assert(haul_writer_fill_zeros(&writer, 50, &done, &fault) == -HAUL_EFAULT);
		cr_assert(done == k && oracle_fault_equal(&fault, &want));
		cr_assert(writer_is(&writer, b.end, 60 - k));
		cr_assert(bytes_are(b.arena.image + b.arena.page - k, k, 0));
	}
	border_close(&b);
}

Test(cursor, zeros_are_at_most_what_was_asked_for)
{
	for (size_t i = 0; i < KINDS * 24; i++) {
		const size_t n = i / KINDS, want = n < 13 ? n : 13;
		struct haul_writer writer = haul_writer_make(target + 1, 13, kinds[i % KINDS]);
		struct haul_fault fault;
		size_t done = SIZE_MAX;

		memset(target, 0x55, ROOM);
		cr_assert(haul_writer_fill_zeros(&writer, n, &done, &fault) == 0);
		cr_assert(done == want && fault.kind == HAUL_FAULT_NONE);
		cr_assert(writer_is(&writer, target + 1 + want, 13 - want));
		cr_assert(bytes_are(target + 1, want, 0) && untouched(target, 1));
		cr_assert(untouched(target + 1 + want, 40));
	}
}

/* Lists of pieces: `count` of them at `base`, one after the other. */
enum { PIECES = 5 };

static void make_readers(struct haul_reader *readers, const size_t *sizes, unsigned char *base)
{
	for (size_t i = 0; i < PIECES; base += sizes[i], i++)
		readers[i] = haul_reader_make(base, sizes[i], kinds[i % KINDS]);
}

static void make_writers(struct haul_writer *writers, const size_t *sizes, unsigned char *base)
{
	for (size_t i = 0; i < PIECES; base += sizes[i], i++)
		writers[i] = haul_writer_make(base, sizes[i], kinds[(i + 1) % KINDS]);
}

/* What is left of each piece, where `done` bytes of all were moved. */
static bool readers_stand(const struct haul_reader *readers, const size_t *sizes,
			  const unsigned char *base, size_t done)
{
	for (size_t i = 0; i < PIECES; base += sizes[i], i++) {
		const size_t part = done < sizes[i] ? done : sizes[i];

		if (!reader_is(&readers[i], base + part, sizes[i] - part))
			return false;
		done -= part;
	}
	return true;
}

static bool writers_stand(const struct haul_writer *writers, const size_t *sizes,
			  const unsigned char *base, size_t done)
{
	for (size_t i = 0; i < PIECES; base += sizes[i], i++) {
		const size_t part = done < sizes[i] ? done : sizes[i];

		if (!writer_is(&writers[i], base + part, sizes[i] - part))
			return false;
		done -= part;
	}
	return true;
}

static size_t sum(const size_t *sizes)
{
	size_t total = 0;

	for (size_t i = 0; i < PIECES; i++)
		total += sizes[i];
	return total;
}

static void random_sizes(size_t *sizes, uint64_t *random)
{
	for (size_t i = 0; i < PIECES; i++)
		sizes[i] = test_random_below(random, 3) ? test_random_below(random, 15) : 0;
}

Test(cursor, lists_of_pieces)
{
	uint64_t random = test_seed();

	memory_reset();
	for (size_t i = 0; i < 3000; i++) {
		struct haul_reader readers[PIECES];
		struct haul_writer writers[PIECES];
		size_t from[PIECES], to[PIECES], n, done;
		struct haul_fault fault;

		random_sizes(from, &random);
		random_sizes(to, &random);
		make_readers(readers, from, source);
		make_writers(writers, to, target);
		n = sum(from) < sum(to) ? sum(from) : sum(to);
		memset(target, 0x55, ROOM);
		cr_assert(haul_cursor_transferv(readers, PIECES, writers, PIECES, &done,
						i % 2 ? &fault : NULL) == 0);
		cr_assert(done == n && (i % 2 == 0 || fault.kind == HAUL_FAULT_NONE));
		cr_assert(memcmp(target, source, n) == 0 && untouched(target + n, ROOM - n));
		cr_assert(readers_stand(readers, from, source, n));
		cr_assert(writers_stand(writers, to, target, n));
	}
}

/* One side's bytes end at a page that cannot be used. */
Test(cursor, lists_stop_at_a_fault)
{
	static const size_t from[PIECES] = {5, 0, 11, 8, 30}, to[PIECES] = {1, 16, 0, 9, 40};
	struct border b;

	border_open(&b);
	for (size_t k = 0; k < 54; k++) {
		const struct haul_fault src = border_fault(&b, HAUL_OPERAND_SRC);
		const struct haul_fault dst = border_fault(&b, HAUL_OPERAND_DST);
		unsigned char *const at = b.end - k;
		struct haul_reader readers[PIECES];
		struct haul_writer writers[PIECES];
		struct haul_fault fault;
		size_t done;

		memory_reset();
		make_readers(readers, from, at);
		make_writers(writers, to, target);
		cr_assert(haul_cursor_transferv(readers, PIECES, writers, PIECES, &done, &fault) ==
			  -HAUL_EFAULT);
		cr_assert(done == k && oracle_fault_equal(&fault, &src));
		cr_assert(readers_stand(readers, from, at, k));
		cr_assert(writers_stand(writers, to, target, k));
		cr_assert(untouched(target + k, ROOM - k));

		make_readers(readers, from, source);
		make_writers(writers, to, at);
		cr_assert(haul_cursor_transferv(readers, PIECES, writers, PIECES, &done, &fault) ==
			  -HAUL_EFAULT);
		cr_assert(done == k && oracle_fault_equal(&fault, &dst));
		cr_assert(readers_stand(readers, from, source, k));
		cr_assert(writers_stand(writers, to, at, k));
		cr_assert(memcmp(b.arena.image + b.arena.page - k, source, k) == 0);
	}
	border_close(&b);
}

Test(cursor, empty_lists_may_be_null)
{
	struct haul_reader reader = haul_reader_make(source, 8, HAUL_MEMORY_PLAIN);
	struct haul_writer writer = haul_writer_make(target, 8, HAUL_MEMORY_PLAIN);
	struct haul_fault fault;
	size_t done = 1;

	memset(&fault, 0xa5, sizeof fault);
	cr_assert(haul_cursor_transferv(NULL, 0, &writer, 1, &done, &fault) == 0 && done == 0);
	cr_assert(fault.kind == HAUL_FAULT_NONE);
	cr_assert(haul_cursor_transferv(&reader, 1, NULL, 0, &done, NULL) == 0 && done == 0);
	cr_assert(reader_is(&reader, source, 8) && writer_is(&writer, target, 8));
}
