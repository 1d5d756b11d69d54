/* SPDX-License-Identifier: MIT */
/*
 * Copies to, from and between device memory, beside a plain loop of volatile
 * accesses of the same width.  Ordinary memory stands in for the device, so what
 * is seen is what haul adds to each access; a device's own time, some hundreds
 * of nanoseconds for each load, comes on top of both.
 */
#include "bench.h"

#include <haul.h>
#include <string.h>

enum { ROOM = 1 << 16 };

static struct haul_io how; /* of the point that is measured */

static inline void haul_read(struct bench_op op)
{
	size_t done;

	haul_io_read(op.dst, op.src, op.n, &how, &done, NULL);
}

static inline void haul_write(struct bench_op op)
{
	size_t done;

	haul_io_write(op.dst, op.src, op.n, &how, &done, NULL);
}

static inline void haul_copy(struct bench_op op)
{
	size_t done;

	haul_io_copy(op.dst, op.src, op.n, &how, &done, NULL);
}

static inline void haul_fill(struct bench_op op)
{
	size_t done;

	haul_io_fill(op.dst, 'h', op.n, &how, &done, NULL);
}

BENCH_LOOPS(haul_read_loops, haul_read);
BENCH_LOOPS(haul_write_loops, haul_write);
BENCH_LOOPS(haul_copy_loops, haul_copy);
BENCH_LOOPS(haul_fill_loops, haul_fill);

/* The device's side is volatile; memory, of any alignment, is not. */
#define PLAIN(bits, type) \
	static inline void read_u##bits(struct bench_op op) \
	{ \
		const volatile type *io = (const volatile type *)(const void *)op.src; \
\
		for (size_t i = 0; i < op.n / sizeof(type); i++) \
			memcpy(op.dst + i * sizeof(type), &(type){io[i]}, sizeof(type)); \
	} \
\
	static inline void write_u##bits(struct bench_op op) \
	{ \
		volatile type *io = (volatile type *)(void *)op.dst; \
		type value; \
\
		for (size_t i = 0; i < op.n / sizeof(type); i++) { \
			memcpy(&value, op.src + i * sizeof(type), sizeof(type)); \
			io[i] = value; \
		} \
	} \
\
	static inline void copy_u##bits(struct bench_op op) \
	{ \
		const volatile type *from = (const volatile type *)(const void *)op.src; \
		volatile type *to = (volatile type *)(void *)op.dst; \
\
		for (size_t i = 0; i < op.n / sizeof(type); i++) \
			to[i] = from[i]; \
	} \
\
	static inline void fill_u##bits(struct bench_op op) \
	{ \
		volatile type *io = (volatile type *)(void *)op.dst; \
\
		for (size_t i = 0; i < op.n / sizeof(type); i++) \
			io[i] = (type)UINT64_C(0x6868686868686868); \
	}

PLAIN(8, uint8_t)
PLAIN(16, uint16_t)
PLAIN(32, uint32_t)
PLAIN(64, uint64_t)

#define BY_WIDTH(name, op) \
	do { \
		switch (how.width) { \
		case 1: \
			name##8(op); \
			break; \
		case 2: \
			name##16(op); \
			break; \
		case 4: \
			name##32(op); \
			break; \
		default: \
			name##64(op); \
		} \
	} while (0)

#define CALL_READ(op) BY_WIDTH(read_u, op)
#define CALL_WRITE(op) BY_WIDTH(write_u, op)
#define CALL_COPY(op) BY_WIDTH(copy_u, op)
#define CALL_FILL(op) BY_WIDTH(fill_u, op)

BENCH_LOOPS(plain_read_loops, CALL_READ);
BENCH_LOOPS(plain_write_loops, CALL_WRITE);
BENCH_LOOPS(plain_copy_loops, CALL_COPY);
BENCH_LOOPS(plain_fill_loops, CALL_FILL);

static void enter(enum bench_routine routine, const struct bench_loops *haul,
		  const struct bench_loops *plain)
{
	const union bench_code none = {NULL};

	bench_enter(routine, BENCH_HAUL, "haul", none, haul);
	bench_enter(routine, BENCH_PLAIN, "volatile", none, plain);
}

void bench_enter_devices(void)
{
	enter(BENCH_IO_READ, &haul_read_loops, &plain_read_loops);
	enter(BENCH_IO_WRITE, &haul_write_loops, &plain_write_loops);
	enter(BENCH_IO_COPY, &haul_copy_loops, &plain_copy_loops);
	enter(BENCH_IO_FILL, &haul_fill_loops, &plain_fill_loops);
}

static const struct {
	const char *what;
	unsigned width;
	size_t off; /* of memory, where one side is memory */
} ways[] = {
	{"widest", 0, 0}, {"widest, memory odd", 0, 1}, {"u8", 1, 0}, {"u16", 2, 0}, {"u32", 4, 0},
	{"u64", 8, 0},
};

static void measure(struct bench_list *list, const struct bench_plan *plan,
		    enum bench_routine routine, unsigned char *dst, unsigned char *src,
		    bench_seen *seen)
{
	static const size_t sizes[] = {8, 64, 512, 4096};
	struct bench_op op;
	struct bench_work work = {.ops = &op, .count = 1};
	struct bench_point p = {.part = BENCH_DEVICES, .routine = routine, .heat = "hot"};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (ways[i].off && routine != BENCH_IO_READ && routine != BENCH_IO_WRITE)
			continue;
		how.width = ways[i].width;
		p.what = ways[i].what;
		for (size_t j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
			p.size = (double)sizes[j];
			op = (struct bench_op){
				.dst = dst + (routine == BENCH_IO_READ ? ways[i].off : 0),
				.src = src + (routine == BENCH_IO_WRITE ? ways[i].off : 0),
				.n = sizes[j],
			};
			seen(bench_measure(list, plan, p, &work));
		}
	}
}

void bench_devices(struct bench_list *list, const struct bench_plan *plan, bench_seen *seen)
{
	unsigned char *dst = bench_map(ROOM), *src = bench_map(ROOM);

	for (int r = BENCH_IO_READ; r <= BENCH_IO_FILL; r++)
		if (plan->routines[r])
			measure(list, plan, (enum bench_routine)r, dst, src, seen);
	bench_unmap(dst, ROOM);
	bench_unmap(src, ROOM);
}
