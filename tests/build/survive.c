/* SPDX-License-Identifier: MIT */
/*
 * A program that lives on faults, for the tests of how programs are built.
 *
 * In some threads every copy, fill, comparison and look for a NUL, in every
 * variant that this CPU can run, meets a fault on either side; byte by byte it
 * is seen what happened.  haul is also used before main, before anything is
 * installed.  Prints how many faults it survived; exits 1 at the first thing
 * that is wrong.
 *
 * usage: survive [POSITIONS [THREADS [segv]]]; positions of faults in a large
 * size
 *
 * The page that faults is one past the end of a file: to memory checkers it
 * is ordinary memory, to the CPU it is not there.  With `segv` it may not be
 * accessed.
 */
#include <haul.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 65536, ROOM = PAGE }; /* as large as pages get */
enum { MAX_THREADS = 2 };

static unsigned char early[300], early_copy[300];
static size_t early_count;

/* Bytes that differ from their neighbours, and from those of other sizes. */
static void scribble(unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)(i * 11 + (i >> 8) + n);
}

__attribute__((constructor)) static void before_main(void)
{
	scribble(early, sizeof(early));
	early_count = haul_memcpy(early_copy, early, sizeof(early));
}

static void require(int condition, const char *what, size_t n, size_t good)
{
	if (condition)
		return;
	fprintf(stderr, "wrong: %s, %zu bytes of which %zu can be accessed\n", what, n, good);
	exit(1);
}

static enum haul_fault_kind kind = HAUL_FAULT_BUS; /* of every fault */

/* ROOM bytes that can be accessed, followed by a page that cannot. */
static unsigned char *room_before_fault(void)
{
	FILE *file = tmpfile();
	unsigned char *room;

	if (!file || ftruncate(fileno(file), ROOM) != 0) {
		perror("temporary file");
		exit(1);
	}
	room = mmap(NULL, ROOM + PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
	if (room == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	fclose(file);
	if (kind == HAUL_FAULT_PROTECTION && mprotect(room + ROOM, PAGE, PROT_NONE) != 0) {
		perror("mprotect");
		exit(1);
	}
	return room;
}

static int all_are(const unsigned char *p, int c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != c)
			return 0;
	return 1;
}

struct arena {
	unsigned char *edge;  /* the first byte that faults, ROOM bytes before it do not */
	unsigned char *other; /* as much ordinary memory */
	unsigned long faults; /* survived so far */
};

static void source_fails(struct arena *a, size_t n, size_t good)
{
	unsigned char *src = a->edge - good;
	struct haul_fault fault;

	scribble(src, good);
	memset(a->other, 0xee, n + 1);
	require(haul_memcpy_fault(a->other, src, n, &fault) == good, "memcpy from", n, good);
	require(memcmp(a->other, src, good) == 0, "bytes of memcpy from", n, good);
	require(all_are(a->other + good, 0xee, n + 1 - good), "rest of memcpy from", n, good);
	require(fault.operand == HAUL_OPERAND_SRC, "side of memcpy from", n, good);
	require(fault.kind == kind, "kind of memcpy from", n, good);

	memset(a->other, 0xee, n + 1);
	require(haul_memmove(a->other, src, n) == good, "memmove from", n, good);
	require(memcmp(a->other, src, good) == 0, "bytes of memmove from", n, good);
	require(all_are(a->other + good, 0xee, n + 1 - good), "rest of memmove from", n, good);
	a->faults += 2;
}

static void destination_fails(struct arena *a, size_t n, size_t good)
{
	unsigned char *dst = a->edge - good;
	struct haul_fault fault;

	scribble(a->other, n);
	dst[-1] = 0xdd;
	memset(dst, 0, good);
	require(haul_memcpy_fault(dst, a->other, n, &fault) == good, "memcpy to", n, good);
	require(memcmp(dst, a->other, good) == 0, "bytes of memcpy to", n, good);
	require(fault.operand == HAUL_OPERAND_DST, "side of memcpy to", n, good);

	memset(dst, 0, good);
	require(haul_memmove(dst, a->other, n) == good, "memmove to", n, good);
	require(memcmp(dst, a->other, good) == 0, "bytes of memmove to", n, good);

	require(haul_memset(dst, 0x5a, n) == good, "memset", n, good);
	require(all_are(dst, 0x5a, good), "bytes of memset", n, good);
	require(dst[-1] == 0xdd, "byte before", n, good);
	a->faults += 3;
}

/* dst inside the source, so that the move runs backward, and the other way. */
static void overlap_fails(struct arena *a, size_t n, size_t good)
{
	const size_t distance = n / 3 + 1;
	unsigned char *high = a->edge - good, *low = high - distance;

	scribble(low, good + distance);
	memcpy(a->other, low, good + distance);
	require(haul_memmove(high, low, n) == good, "memmove up", n, good);
	require(memcmp(high, a->other, good) == 0, "bytes of memmove up", n, good);
	require(memcmp(low, a->other, distance) == 0, "before memmove up", n, good);

	memcpy(low, a->other, good + distance);
	require(haul_memmove(low, high, n) == good, "memmove down", n, good);
	require(memcmp(low, a->other + distance, good) == 0, "bytes of memmove down", n, good);
	require(memcmp(low + good, a->other + good, distance) == 0, "rest of memmove down", n,
		good);
	a->faults += 2;
}

static void comparison_fails(struct arena *a, size_t n, size_t good)
{
	const unsigned char *p = a->edge - good;
	size_t len = 0;
	int order = 77;

	memcpy(a->other, p, good);
	require(haul_memcmp(a->other, p, n, &order) == -HAUL_EFAULT, "memcmp", n, good);
	require(order == 77, "order of memcmp", n, good);
	memset(a->edge - good, 'x', good);
	require(haul_strnlen((const char *)p, n, &len) == -HAUL_EFAULT, "strnlen", n, good);
	require(len == good, "length of strnlen", n, good);
	a->faults += 2;
}

static void atomics_fail(struct arena *a)
{
	uint64_t value = 1, *p = (uint64_t *)(void *)a->edge;

	require(haul_cmpxchg_u64(p, &value, 2) == -HAUL_EFAULT, "cmpxchg", 8, 0);
	require(haul_fetch_add_u64(p, 1, &value) == -HAUL_EFAULT, "fetch_add", 8, 0);
	require(value == 1, "value after atomics", 8, 0);
	a->faults += 2;
}

/* One access each, of memory and of a device; behind it lies all sorts of code of
 * the compiler's. */
#define VALUES_FAIL(bits) \
	static void u##bits##_values_fail(struct arena *a) \
	{ \
		const size_t width = bits / 8; \
		uint##bits##_t value = 1, *p = (uint##bits##_t *)(void *)a->edge; \
		struct haul_reader reader = haul_reader_make(p, width, HAUL_MEMORY_FALLIBLE); \
		struct haul_writer writer = haul_writer_make(p, width, HAUL_MEMORY_FALLIBLE); \
		struct haul_region region; \
\
		require(haul_load_u##bits(p, &value) == -HAUL_EFAULT, "load", width, 0); \
		require(haul_store_u##bits(p, 2) == -HAUL_EFAULT, "store", width, 0); \
		require(haul_reader_once_u##bits(&reader, &value) == -HAUL_EFAULT, "reader", \
			width, 0); \
		require(reader.remain == width, "reader stays", width, 0); \
		require(haul_writer_once_u##bits(&writer, 2) == -HAUL_EFAULT, "writer", width, 0); \
		require(writer.avail == width, "writer stays", width, 0); \
		require(haul_region_make(&region, p, 0, width, HAUL_CACHE_UNCACHED) == 0, \
			"region", width, 0); \
		require(haul_region_read_u##bits(&region, 0, &value) == -HAUL_EFAULT, "read", \
			width, 0); \
		require(haul_region_write_u##bits(&region, 0, 2) == -HAUL_EFAULT, "write", width, \
			0); \
		require(value == 1, "value after faults", width, 0); \
		region.io.flags = HAUL_IO_ONES; \
		require(haul_region_read_u##bits(&region, 0, &value) == 0, "read ones", width, 0); \
		require(value == (uint##bits##_t) - 1, "ones", width, 0); \
		a->faults += 7; \
	}

VALUES_FAIL(8)
VALUES_FAIL(16)
VALUES_FAIL(32)
VALUES_FAIL(64)

/* Blocks of a device, which ends after `good` bytes. */
static void blocks_fail(struct arena *a, unsigned width, size_t good)
{
	const struct haul_io how = {width, 0};
	const size_t n = 64;
	unsigned char *io = a->edge - good;
	size_t done = 0;

	require(haul_io_read(a->other, io, n, &how, &done, NULL) == -HAUL_EFAULT, "io_read", n,
		good);
	require(done == good, "count of io_read", n, done);
	require(haul_io_write(io, a->other, n, &how, &done, NULL) == -HAUL_EFAULT, "io_write", n,
		good);
	require(done == good, "count of io_write", n, done);
	require(haul_io_copy(a->other, io, n, &how, &done, NULL) == -HAUL_EFAULT, "io_copy", n,
		good);
	require(done == good, "count of io_copy", n, done);
	a->faults += 3;
}

static void devices_fail(struct arena *a)
{
	for (size_t good = 0; good < 64; good++) {
		blocks_fail(a, 0, good);
		for (unsigned width = 1; width <= 8; width *= 2)
			if (good % width == 0)
				blocks_fail(a, width, good);
	}
}

static size_t positions = 23; /* of faults, in sizes of 64 bytes or more */

/* Sizes around the powers of two; for each, faults at its start, its end, and
 * between.  With one position: only the powers, start and end. */
static void *sweep(void *arena)
{
	struct arena *a = arena;

	for (size_t power = 1; power <= ROOM / 2; power *= 2) {
		const size_t around = positions > 1;

		for (size_t n = power > 1 ? power - around : 1; n <= power + around; n++) {
			const size_t step = n < 64 && around ? 1 : n / positions;

			for (size_t good = 0; good < n; good += step) {
				source_fails(a, n, good);
				destination_fails(a, n, good);
				overlap_fails(a, n, good);
				comparison_fails(a, n, good);
			}
			source_fails(a, n, n - 1);
			destination_fails(a, n, n - 1);
		}
	}
	atomics_fail(a);
	u8_values_fail(a);
	u16_values_fail(a);
	u32_values_fail(a);
	u64_values_fail(a);
	devices_fail(a);
	return NULL;
}

static void sweep_in_threads(struct arena *arenas, size_t threads)
{
	pthread_t ids[MAX_THREADS];

	for (size_t i = 1; i < threads; i++)
		require(pthread_create(&ids[i], NULL, sweep, &arenas[i]) == 0, "thread", 0, 0);
	sweep(&arenas[0]);
	for (size_t i = 1; i < threads; i++)
		require(pthread_join(ids[i], NULL) == 0, "join", 0, 0);
}

int main(int argc, char **argv)
{
	struct arena arenas[MAX_THREADS] = {0};
	struct haul_tune_variant variant;
	size_t threads = MAX_THREADS;
	unsigned long faults = 0;

	if (argc > 1)
		positions = strtoul(argv[1], NULL, 10);
	if (argc > 2)
		threads = strtoul(argv[2], NULL, 10);
	if (argc > 3) {
		require(strcmp(argv[3], "segv") == 0, "usage", 0, 0);
		kind = HAUL_FAULT_PROTECTION;
	}
	require(positions > 0 && positions <= 64, "positions", 0, 0);
	require(threads > 0 && threads <= MAX_THREADS, "threads", 0, 0);
	require(early_count == sizeof(early), "memcpy before main", sizeof(early), early_count);
	require(memcmp(early, early_copy, sizeof(early)) == 0, "bytes before main", 0, 0);
	require(haul_fault_install() == 0, "install", 0, 0);
	for (size_t i = 0; i < threads; i++) {
		arenas[i].edge = room_before_fault() + ROOM;
		arenas[i].other = malloc(ROOM);
		require(arenas[i].other != NULL, "malloc", ROOM, 0);
	}
	for (size_t i = 0; haul_tune_variant_get(i, &variant) == 0; i++) {
		char setting[64];

		if (!variant.usable)
			continue;
		snprintf(setting, sizeof(setting), "%s=%s", variant.routine, variant.name);
		require(haul_tune(setting, NULL) == 0, setting, 0, 0);
		sweep_in_threads(arenas, threads);
		snprintf(setting, sizeof(setting), "%s=auto", variant.routine);
		require(haul_tune(setting, NULL) == 0, setting, 0, 0);
	}
	require(haul_fault_uninstall() == 0, "uninstall", 0, 0);
	for (size_t i = 0; i < threads; i++) {
		free(arenas[i].other);
		faults += arenas[i].faults;
	}
	printf("%lu faults survived\n", faults);
	return faults == 0;
}
