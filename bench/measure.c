/* SPDX-License-Identifier: MIT */
/* One point: every contestant, repetitions interleaved; medians and quartiles. */
#include "bench.h"
#include "shim.h"

#include <haul.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *const bench_part_names[] = {
	[BENCH_SWEEP] = "sweep",          [BENCH_COLD] = "cold",      [BENCH_FLEET] = "fleet",
	[BENCH_FAULTS] = "fault",         [BENCH_CURSORS] = "cursor", [BENCH_DEVICES] = "device",
	[BENCH_VIRTQUEUES] = "virtqueue",
};

/* From here on calls warm nothing up for the next, and last long: they are
 * repeated half as often. */
enum { LARGE = 4 << 20 };

/* A contestant at work at a point. */
struct run {
	const struct bench_contestant *contestant;
	const struct bench_work *work;
	char name[160];
	size_t turn; /* which placement is next */
	double *samples;
	size_t sampled;
	uint64_t begin[BENCH_EVENTS], end[BENCH_EVENTS];
	double events[BENCH_EVENTS];
	uint64_t counted; /* iterations under `events` */
};

static void tune(const char *settings)
{
	if (settings[0] != '\0' && haul_tune(settings, NULL) != 0) {
		fprintf(stderr, "haul-bench: haul refuses %s\n", settings);
		exit(2);
	}
}

static void repeat(struct run *r, uint64_t iterations)
{
	const struct bench_contestant *c = r->contestant;
	if (r->work->walk)
		c->loops->walk(c->code, r->work->ops, r->work->count, iterations);
	else
		c->loops->repeat(c->code, r->work->ops[r->turn], iterations);
}

static void prepare(void *arg)
{
	struct run *r = arg;

	tune(r->contestant->tune);
	if (r->contestant->enter != NULL)
		r->contestant->enter();
	r->turn = (r->turn + 1) % r->work->count;
	if (r->work->once)
		bench_evict();
	else if (r->work->ops[0].n <= LARGE)
		repeat(r, 1);
}

static void run(void *arg, uint64_t iterations)
{
	struct run *r = arg;

	bench_events_read(r->begin);
	repeat(r, iterations);
	bench_events_read(r->end);
	r->counted += iterations;
}

static void finish(void *arg)
{
	struct run *r = arg;

	if (r->contestant->leave != NULL)
		r->contestant->leave();
	for (int i = 0; i < BENCH_EVENTS; i++)
		r->events[i] += (double)(r->end[i] - r->begin[i]);
}

static double cpu_seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The faster of two tries: a disturbed one would promise too few iterations. */
static double trial(struct run *r, uint64_t iterations)
{
	double best = INFINITY;
	for (int i = 0; i < 2; i++) {
		double start = cpu_seconds();
		repeat(r, iterations);
		best = fmin(best, cpu_seconds() - start);
	}
	return best;
}

/* How many iterations last `seconds`. */
static uint64_t calibrate(struct run *r, double seconds)
{
	uint64_t iterations = 1;
	double took;

	if (r->work->once)
		return 1;
	prepare(r);
	while ((took = trial(r, iterations)) < seconds / 8)
		iterations *= 8;
	finish(r);
	return (uint64_t)fmax(1, (double)iterations * seconds / took);
}

static void sample(void *context, size_t index, double ns)
{
	struct run *r = (struct run *)context + index;
	r->samples[r->sampled++] = r->work->walk ? ns / (double)r->work->count : ns;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double quantile(const double *sorted, size_t count, double q)
{
	double at = q * (double)(count - 1);
	size_t below = (size_t)at;
	size_t above = below + 1 < count ? below + 1 : below;
	return sorted[below] + (at - (double)below) * (sorted[above] - sorted[below]);
}

static struct bench_stats summarize(struct run *r)
{
	struct bench_stats stats;
	double calls = (double)r->counted * (r->work->walk ? (double)r->work->count : 1);

	qsort(r->samples, r->sampled, sizeof(double), ascending);
	stats.min = r->samples[0];
	stats.q1 = quantile(r->samples, r->sampled, 0.25);
	stats.median = quantile(r->samples, r->sampled, 0.5);
	stats.q3 = quantile(r->samples, r->sampled, 0.75);
	for (int i = 0; i < BENCH_EVENTS; i++)
		stats.events[i] =
			bench_event_missing[i] == NULL ? r->events[i] / calls : (double)NAN;
	return stats;
}

static bool listed(const char *list, const char *name)
{
	size_t length = strlen(name);
	for (const char *at = list; (at = strstr(at, name)) != NULL; at += length) {
		bool starts = at == list || at[-1] == ',';
		if (starts && (at[length] == ',' || at[length] == '\0'))
			return true;
	}
	return false;
}

/* Today's ways to survive cost microseconds whatever the placement: the size
 * sweep takes them at its first placement only, and not where there is nothing
 * to copy. */
static bool invited(const struct bench_contestant *c, const struct bench_plan *plan,
		    const struct bench_point *p)
{
	if (c->routine != p->routine || (p->overlap && !c->overlap))
		return false;
	if (c->kind == BENCH_HAUL)
		return true;
	if (c->kind == BENCH_VARIANT)
		return strcmp(plan->variants, "all") == 0 || listed(plan->variants, c->name);
	if (plan->contestants != NULL)
		return listed(plan->contestants, c->name);
	return c->kind != BENCH_SAFE || p->part == BENCH_FAULTS ||
	       (p->part == BENCH_SWEEP && p->size > 0 && p->d == plan->ds[0] &&
		p->align == plan->aligns[0]);
}

static void describe(char *name, size_t room, const struct bench_point *p, const char *who)
{
	const char *routine = bench_routine_names[p->routine];
	if (p->what != NULL)
		snprintf(name, room, "%s/%s/n:%.0f/%s/%s/%s", bench_part_names[p->part], routine,
			 p->size, p->what, p->heat, who);
	else
		snprintf(name, room, "%s/%s/n:%.0f/d:%ld/align:%u/%s", bench_part_names[p->part],
			 routine, p->size, p->d, p->align, who);
}

/* Calls that fail with EFAULT take no signal: they are not the measure of one. */
static bool rival(const struct bench_contestant *c)
{
	return c->kind == BENCH_PLAIN || c->kind == BENCH_BASE ||
	       (c->kind == BENCH_SAFE && c->routine != BENCH_FAULT);
}

static void compare(struct bench_cell *cell)
{
	cell->haul = cell->best = cell->base = NULL;
	for (size_t i = 0; i < cell->count; i++) {
		const struct bench_result *r = &cell->results[i];
		if (r->contestant->kind == BENCH_BASE)
			cell->base = r;
		if (r->contestant->kind == BENCH_HAUL)
			cell->haul = r;
		else if (rival(r->contestant) &&
			 (cell->best == NULL || r->stats.median < cell->best->stats.median))
			cell->best = r;
	}
	cell->ratio = cell->haul != NULL && cell->best != NULL
			      ? cell->haul->stats.median / cell->best->stats.median
			      : (double)NAN;
	cell->difference = cell->haul != NULL && cell->base != NULL
				   ? cell->haul->stats.median - cell->base->stats.median
				   : (double)NAN;
}

static struct bench_cell *append(struct bench_list *list)
{
	if (list->count == list->room) {
		list->room = list->room != 0 ? 2 * list->room : 256;
		list->cells = realloc(list->cells, list->room * sizeof(list->cells[0]));
		if (list->cells == NULL)
			abort();
	}
	return &list->cells[list->count++];
}

const struct bench_cell *bench_measure(struct bench_list *list, const struct bench_plan *plan,
				       struct bench_point point, const struct bench_work *work)
{
	size_t all, count = 0;
	const struct bench_contestant *contestants = bench_contestants(&all);
	struct run *runs = calloc(all, sizeof(*runs));
	struct shim_case *cases = calloc(all, sizeof(*cases));
	if (runs == NULL || cases == NULL)
		abort();

	for (size_t i = 0; i < all; i++) {
		if (!invited(&contestants[i], plan, &point))
			continue;
		struct run *r = &runs[count];
		r->contestant = &contestants[i];
		r->work = work;
		r->samples = calloc((size_t)plan->repetitions, sizeof(double));
		describe(r->name, sizeof(r->name), &point, contestants[i].name);
		cases[count++] = (struct shim_case){
			.name = r->name,
			.prepare = prepare,
			.run = run,
			.finish = finish,
			.arg = r,
			.bytes = point.size * (work->walk ? (double)work->count : 1),
			.iterations = calibrate(r, plan->seconds),
		};
	}
	int repetitions = plan->repetitions;
	if (!work->walk && work->ops[0].n > LARGE)
		repetitions = (repetitions + 1) / 2;
	shim_run(cases, count, repetitions, sample, runs);

	struct bench_cell *cell = append(list);
	*cell = (struct bench_cell){.point = point, .count = count};
	cell->results = calloc(count, sizeof(cell->results[0]));
	for (size_t i = 0; i < count; i++) {
		cell->results[i].contestant = runs[i].contestant;
		cell->results[i].stats = summarize(&runs[i]);
		free(runs[i].samples);
		if (runs[i].contestant->kind == BENCH_VARIANT)
			tune(runs[0].contestant->tune);
	}
	compare(cell);
	free(runs);
	free(cases);
	return cell;
}

const struct bench_result *bench_result_find(const struct bench_cell *cell, const char *name)
{
	for (size_t i = 0; i < cell->count; i++)
		if (strcmp(cell->results[i].contestant->name, name) == 0)
			return &cell->results[i];
	return NULL;
}

double bench_mean(const struct bench_cell *cells, size_t count, const char *name)
{
	double sum = 0;
	size_t found = 0;
	for (size_t i = 0; i < count; i++) {
		const struct bench_result *r = bench_result_find(&cells[i], name);
		if (r != NULL) {
			sum += log(r->stats.median);
			found++;
		}
	}
	return found != 0 ? exp(sum / (double)found) : (double)NAN;
}

double bench_gbps(double bytes, double ns)
{
	return bytes / ns;
}
