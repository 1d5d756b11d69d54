/* SPDX-License-Identifier: MIT */
/*
 * The sweep of sizes, distances and alignments, with the operands as hot as
 * their size allows; and the same sizes from cold caches.
 */
#include "bench.h"

#include <stdlib.h>

enum { PAGE = 4096, PLACEMENTS = 4, COLD_CALLS = 4096, COLD_ROOM = 64 << 20 };

static bool two_sided(enum bench_routine routine)
{
	return routine == BENCH_MEMCPY || routine == BENCH_MEMMOVE || routine == BENCH_MEMCMP ||
	       routine == BENCH_TRANSFER;
}

/* Page-sized steps keep distance and alignment and change the physical pages. */
static void place(struct bench_op ops[PLACEMENTS], unsigned char *dst, const unsigned char *src,
		  const struct bench_point *p)
{
	for (size_t i = 0; i < PLACEMENTS; i++) {
		size_t to = two_sided(p->routine) ? p->align + (size_t)p->d : p->align;
		ops[i].dst = dst + 3 * i * PAGE + to % PAGE;
		ops[i].src = src + 5 * i * PAGE + p->align;
		ops[i].n = (size_t)p->size;
	}
}

static void place_overlapping(struct bench_op ops[PLACEMENTS], unsigned char *arena,
			      const struct bench_point *p)
{
	for (size_t i = 0; i < PLACEMENTS; i++) {
		unsigned char *src = arena + (3 * i + 1) * PAGE + p->align;
		ops[i] = (struct bench_op){src + p->d, src, (size_t)p->size};
	}
}

static size_t span(const struct bench_plan *plan)
{
	size_t most = 0;
	for (size_t i = 0; i < plan->size_count; i++)
		most = plan->sizes[i] > most ? plan->sizes[i] : most;
	return most + (5 * PLACEMENTS + 3) * PAGE;
}

/* Once the operands leave the caches alignment matters little and time much:
 * the presets sweep it where it matters. */
static size_t align_count(const struct bench_plan *plan, size_t size)
{
	return plan->own_sizes || size <= (size_t)1 << 20 ? plan->align_count : 1;
}

static void sweep_routine(struct bench_list *list, const struct bench_plan *plan,
			  enum bench_routine routine, unsigned char *dst, unsigned char *src,
			  bench_seen *seen)
{
	struct bench_op ops[PLACEMENTS];
	struct bench_work work = {.ops = ops, .count = PLACEMENTS};
	struct bench_point p = {.part = BENCH_SWEEP, .routine = routine, .heat = "hot"};
	size_t distances = two_sided(routine) ? plan->d_count : 1;

	for (size_t i = 0; i < plan->size_count; i++) {
		p.size = (double)plan->sizes[i];
		for (size_t d = 0; d < distances; d++) {
			p.d = two_sided(routine) ? plan->ds[d] : 0;
			for (size_t a = 0; a < align_count(plan, plan->sizes[i]); a++) {
				p.align = plan->aligns[a];
				place(ops, dst, src, &p);
				seen(bench_measure(list, plan, p, &work));
			}
		}
	}
}

/* memmove over itself, both ways, by the same distances. */
static void sweep_overlaps(struct bench_list *list, const struct bench_plan *plan,
			   unsigned char *arena, bench_seen *seen)
{
	struct bench_op ops[PLACEMENTS];
	struct bench_work work = {.ops = ops, .count = PLACEMENTS};
	struct bench_point p = {
		.part = BENCH_SWEEP, .routine = BENCH_MEMMOVE, .heat = "hot", .overlap = true};

	for (size_t i = 0; i < plan->size_count; i++) {
		p.size = (double)plan->sizes[i];
		p.align = plan->aligns[0];
		for (size_t d = 0; d < 2 * plan->d_count; d++) {
			p.d = plan->ds[d / 2] * (d % 2 == 0 ? 1 : -1);
			if (p.d == 0 || labs(p.d) >= (long)plan->sizes[i])
				continue;
			place_overlapping(ops, arena, &p);
			seen(bench_measure(list, plan, p, &work));
		}
	}
}

/* Fresh memory for each routine: memcmp wants both sides equal, strnlen no
 * zero byte, and what memset leaves is neither. */
void bench_sweep(struct bench_list *list, const struct bench_plan *plan, bench_seen *seen)
{
	size_t size = span(plan);

	for (int r = 0; r < BENCH_FAULT; r++) {
		if (!plan->routines[r])
			continue;
		unsigned char *dst = bench_map(size), *src = bench_map(size);
		sweep_routine(list, plan, (enum bench_routine)r, dst, src, seen);
		if (r == BENCH_MEMMOVE)
			sweep_overlaps(list, plan, dst, seen);
		bench_unmap(dst, size);
		bench_unmap(src, size);
	}
}

/* Calls to pages of their own, in random order, after the caches were filled
 * with something else. */
static void cold_size(struct bench_list *list, const struct bench_plan *plan,
		      enum bench_routine routine, size_t n, unsigned char *dst,
		      const unsigned char *src, bench_seen *seen)
{
	size_t slot = (n + 2 * PAGE - 1) / PAGE * PAGE, count = COLD_ROOM / slot;
	uint64_t random = plan->seed;

	count = count < COLD_CALLS ? count : COLD_CALLS;
	struct bench_op *ops = calloc(count, sizeof(*ops));
	if (ops == NULL)
		abort();
	for (size_t i = 0; i < count; i++) {
		size_t j = bench_random(&random) % (i + 1);
		size_t to = i * slot + bench_random(&random) % (PAGE / 2);
		size_t from = i * slot + bench_random(&random) % (PAGE / 2);
		ops[i] = ops[j];
		ops[j] = (struct bench_op){dst + to, src + from, n};
	}
	struct bench_work work = {.ops = ops, .count = count, .walk = true, .once = true};
	struct bench_point p = {
		.part = BENCH_COLD, .routine = routine, .size = (double)n, .heat = "cold"};
	seen(bench_measure(list, plan, p, &work));
	free(ops);
}

void bench_cold(struct bench_list *list, const struct bench_plan *plan, bench_seen *seen)
{
	static const size_t sizes[] = {8, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576};

	for (int r = 0; r < BENCH_FAULT; r++) {
		if (!plan->routines[r])
			continue;
		unsigned char *dst = bench_map(COLD_ROOM), *src = bench_map(COLD_ROOM);
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			cold_size(list, plan, (enum bench_routine)r, sizes[i], dst, src, seen);
		bench_unmap(dst, COLD_ROOM);
		bench_unmap(src, COLD_ROOM);
	}
}
