/* SPDX-License-Identifier: MIT */
/* The tables on a terminal. */
#include "bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *bytes_text(double bytes)
{
	static char text[4][32];
	static unsigned next;
	char *t = text[next++ % 4];
	size_t n = (size_t)bytes;

	if (n >= (size_t)1 << 20 && n % ((size_t)1 << 20) == 0)
		snprintf(t, sizeof(text[0]), "%zuM", n >> 20);
	else if (n >= 1024 && n % 1024 == 0)
		snprintf(t, sizeof(text[0]), "%zuK", n >> 10);
	else
		snprintf(t, sizeof(text[0]), "%zu", n);
	return t;
}

/* Three figures: 1.23, 45.6, 789, 1.23e+07 would not help anybody. */
static void print_ns(double ns, int width)
{
	printf(" %*.*f", width, ns < 10 ? 2 : ns < 100 ? 1 : 0, ns);
}

/* Long names in few letters. */
static const char *head(const char *name)
{
	if (strcmp(name, "process_vm_readv") == 0)
		return "vm_readv";
	return strcmp(name, "sigsetjmp_mask") == 0 ? "and mask" : name;
}

static int column(const char *name)
{
	size_t length = strlen(head(name));
	return length < 9 ? 9 : (int)length;
}

bool bench_same_table(const struct bench_cell *a, const struct bench_cell *b)
{
	return a->point.part == b->point.part && a->point.routine == b->point.routine &&
	       a->point.overlap == b->point.overlap;
}

static bool same_row(const struct bench_cell *a, const struct bench_cell *b)
{
	const char *x = a->point.what, *y = b->point.what;
	return bench_same_table(a, b) && a->point.size == b->point.size &&
	       (x == NULL) == (y == NULL) && (x == NULL || strcmp(x, y) == 0) &&
	       strcmp(a->point.heat, b->point.heat) == 0;
}

static const char *point_text(const struct bench_point *p)
{
	static char text[64];
	if (p->part == BENCH_CURSORS || p->part == BENCH_DEVICES || p->part == BENCH_VIRTQUEUES)
		snprintf(text, sizeof(text), "%s %s", bytes_text(p->size), p->what);
	else if (p->what != NULL)
		snprintf(text, sizeof(text), "%s %s", p->what, p->heat);
	else if (p->part == BENCH_COLD)
		snprintf(text, sizeof(text), "%s cold", bytes_text(p->size));
	else
		snprintf(text, sizeof(text), "%s D=%ld+%u%s", bytes_text(p->size), p->d, p->align,
			 p->overlap ? " overlap" : "");
	return text;
}

/* A size, or a point in words. */
enum { SHORT = 8, LONG = 22 };

/* Page faults say something only where they are meant to happen. */
static bool told(int event, const struct bench_cell *cell)
{
	bool fault = strcmp(bench_event_names[event], "page_faults") == 0;
	return bench_event_missing[event] == NULL && (!fault || cell->point.part == BENCH_FAULTS);
}

/* haul's counters per call, means, where the kernel gives them. */
static void print_events(const struct bench_cell *cells, size_t count)
{
	for (int e = 0; e < BENCH_EVENTS; e++) {
		double sum = 0;
		for (size_t i = 0; i < count && cells[i].haul != NULL; i++)
			sum += cells[i].haul->stats.events[e];
		if (told(e, cells))
			printf(" %*.2f", column(bench_event_names[e]), sum / (double)count);
	}
}

/* What haul takes more than its base, on average. */
static void print_difference(const struct bench_cell *cells, size_t count)
{
	double sum = 0;

	if (cells[0].base == NULL)
		return;
	for (size_t i = 0; i < count; i++)
		sum += cells[i].difference;
	printf("%8.2f  ", sum / (double)count);
}

static void header(const struct bench_cell *cell, int label, const char *last)
{
	const char *part = bench_part_names[cell->point.part];
	const char *routine = bench_routine_names[cell->point.routine];

	printf("\n%s%s%s%s: ns per call\n%*s", routine, strcmp(part, routine) == 0 ? "" : ", ",
	       strcmp(part, routine) == 0 ? "" : part, cell->point.overlap ? ", overlapping" : "",
	       label, "");
	for (size_t i = 0; i < cell->count; i++) {
		const char *name = cell->results[i].contestant->name;
		printf(" %*s", column(name), head(name));
	}
	printf("     GB/s");
	for (int e = 0; e < BENCH_EVENTS; e++)
		if (told(e, cell))
			printf(" %*s", column(bench_event_names[e]), bench_event_names[e]);
	printf("  ratio  %s%s\n", cell->base != NULL ? "     +ns  " : "", last);
}

void bench_text_cell(const struct bench_cell *cell)
{
	static struct bench_cell before;

	if (before.results == NULL || !bench_same_table(&before, cell) ||
	    before.count != cell->count)
		header(cell, LONG, "to");
	before = *cell;
	printf("%*s", LONG, point_text(&cell->point));
	for (size_t i = 0; i < cell->count; i++)
		print_ns(cell->results[i].stats.median, column(cell->results[i].contestant->name));
	if (cell->haul != NULL)
		printf(" %8.2f", bench_gbps(cell->point.size, cell->haul->stats.median));
	print_events(cell, 1);
	if (cell->best != NULL) {
		printf("  %5.3f  ", cell->ratio);
		print_difference(cell, 1);
		printf("%s", cell->best->contestant->name);
	}
	printf("\n");
	fflush(stdout);
}

/* A row: the geometric means over all distances and alignments of a size. */
static void row(const struct bench_cell *cells, size_t count)
{
	const struct bench_cell *first = &cells[0], *worst = first;
	double ratios = 0;

	for (size_t i = 0; i < count; i++) {
		ratios += log(cells[i].ratio);
		worst = cells[i].ratio > worst->ratio ? &cells[i] : worst;
	}
	if (first->point.what != NULL)
		printf("%*s", LONG, point_text(&first->point));
	else
		printf("%*s", SHORT, bytes_text(first->point.size));
	for (size_t i = 0; i < first->count; i++) {
		const char *name = first->results[i].contestant->name;
		print_ns(bench_mean(cells, count, name), column(name));
	}
	printf(" %8.2f", bench_gbps(first->point.size, bench_mean(cells, count, "haul")));
	print_events(cells, count);
	if (first->best != NULL) {
		printf("  %5.3f  ", exp(ratios / (double)count));
		print_difference(cells, count);
		if (count > 1)
			printf("%5.3f at D=%ld+%u to %s", worst->ratio, worst->point.d,
			       worst->point.align, worst->best->contestant->name);
		else
			printf("%s", worst->best->contestant->name);
	}
	printf("\n");
}

void bench_text_tables(const struct bench_cell *cells, size_t count)
{
	const struct bench_cell *before = NULL;

	for (size_t i = 0, end; i < count; i = end) {
		const struct bench_cell *cell = &cells[i];
		for (end = i + 1; end < count && same_row(cell, &cells[end]);)
			end++;
		if (before == NULL || !bench_same_table(before, cell))
			header(cell, cell->point.what != NULL ? LONG : SHORT,
			       cell->point.part == BENCH_SWEEP ? "worst" : "to");
		row(cell, end - i);
		before = cell;
	}
	fflush(stdout);
}

/* For qsort: the largest first. */
static int descending(double x, double y)
{
	return (x < y) - (x > y);
}

static int by_ratio(const void *a, const void *b)
{
	return descending((*(const struct bench_cell *const *)a)->ratio,
			  (*(const struct bench_cell *const *)b)->ratio);
}

static int by_difference(const void *a, const void *b)
{
	return descending((*(const struct bench_cell *const *)a)->difference,
			  (*(const struct bench_cell *const *)b)->difference);
}

/* Quartiles apart: the difference is not the machine's noise. */
static bool clearly_over(const struct bench_cell *cell, double limit)
{
	return cell->haul->stats.q1 > limit * cell->best->stats.q3;
}

static void summarize(const struct bench_cell *cells, size_t count)
{
	const struct bench_cell **order = calloc(count, sizeof(const struct bench_cell *));
	double best = 0, libc = 0;
	size_t rated = 0, against_libc = 0, over3 = 0, over5 = 0, clear3 = 0;

	if (order == NULL)
		abort();
	for (size_t i = 0; i < count; i++) {
		const struct bench_result *r = bench_result_find(&cells[i], "libc");
		if (isnan(cells[i].ratio) || cells[i].base != NULL)
			continue;
		order[rated++] = &cells[i];
		best += log(cells[i].ratio);
		over3 += cells[i].ratio > 1.03;
		over5 += cells[i].ratio > 1.05;
		clear3 += clearly_over(&cells[i], 1.03);
		if (r != NULL) {
			libc += log(cells[i].haul->stats.median / r->stats.median);
			against_libc++;
		}
	}
	if (rated != 0) {
		printf("%-8s %-6s%-12s %6zu %8.3f", bench_routine_names[cells[0].point.routine],
		       bench_part_names[cells[0].point.part],
		       cells[0].point.overlap ? " overlapping" : "", rated,
		       exp(best / (double)rated));
		if (against_libc != 0)
			printf(" %8.3f", exp(libc / (double)against_libc));
		else
			printf(" %8s", "-");
		printf(" %6zu %6zu %7zu  ", over3, over5, clear3);
		qsort(order, rated, sizeof(order[0]), by_ratio);
		for (size_t i = 0; i < rated && i < 3; i++)
			printf(" %.2f (%s)", order[i]->ratio, point_text(&order[i]->point));
		printf("\n");
	}
	free(order);
}

/* What cursors may take more than the operation they add to. */
static const double most_ns = 3;

static void summarize_differences(const struct bench_cell *cells, size_t count)
{
	const struct bench_cell **order = calloc(count, sizeof(const struct bench_cell *));
	size_t rated = 0, over = 0, clear = 0;

	if (order == NULL)
		abort();
	for (size_t i = 0; i < count; i++) {
		const struct bench_cell *c = &cells[i];
		if (isnan(c->difference))
			continue;
		order[rated++] = c;
		over += c->difference > most_ns;
		clear += c->haul->stats.q1 - c->base->stats.q3 > most_ns;
	}
	if (rated != 0) {
		qsort(order, rated, sizeof(order[0]), by_difference);
		printf("%-9s - %-15s %6zu %8.2f %6zu %7zu  ",
		       bench_routine_names[cells[0].point.routine],
		       order[0]->base->contestant->name, rated, order[rated / 2]->difference, over,
		       clear);
		for (size_t i = 0; i < rated && i < 3; i++)
			printf(" %.2f (%s)", order[i]->difference, point_text(&order[i]->point));
		printf("\n");
	}
	free(order);
}

static void each_table(const struct bench_list *list,
		       void (*body)(const struct bench_cell *cells, size_t count))
{
	for (size_t i = 0, end; i < list->count; i = end) {
		for (end = i + 1;
		     end < list->count && bench_same_table(&list->cells[i], &list->cells[end]);)
			end++;
		body(&list->cells[i], end - i);
	}
}

static bool any(const struct bench_list *list, bool with_base)
{
	for (size_t i = 0; i < list->count; i++)
		if ((list->cells[i].base != NULL) == with_base)
			return true;
	return false;
}

static void print_ratios(const struct bench_list *list)
{
	printf("\n%-27s %6s %8s %8s %6s %6s %7s   %s\n", "haul / contestant", "points", "to best",
	       "to libc", ">1.03", ">1.05", "clearly", "worst three");
	each_table(list, summarize);
	printf("Ratios are of medians; below 1 haul is faster.  Means are geometric.  "
	       "\"clearly\":\n"
	       "over 1.03 even from haul's lower quartile to the best's upper one.\n");
}

static void print_differences(const struct bench_list *list)
{
	printf("\n%-27s %6s %8s %6s %7s   %s\n", "haul - what it adds to, ns", "points", "median",
	       ">3", "clearly", "worst three");
	each_table(list, summarize_differences);
	printf("Differences are of medians.  \"clearly\": over 3 ns even from haul's lower "
	       "quartile "
	       "to the\nother's upper one.\n");
}

void bench_text_summary(const struct bench_list *list)
{
	if (any(list, false))
		print_ratios(list);
	if (any(list, true))
		print_differences(list);
}

void bench_text_machine(const struct bench_plan *plan)
{
	const struct bench_machine *m = &bench_machine;

	printf("%s, core %u, L1d %zuK L2 %zuK L3 %zuK; %s, %s, huge pages %s\n", m->cpu, m->core,
	       m->cache[1] >> 10, m->cache[2] >> 10, m->cache[3] >> 10, m->kernel, m->libc,
	       m->hugepages);
	printf("%s; %d interleaved repetitions of %g ms of CPU time; load %.2f, stolen %.1f%%\n",
	       m->date, plan->repetitions, plan->seconds * 1e3, m->load[0], m->stolen * 100);
	const char *lead = "not counted: ", *why = NULL;
	for (int i = 0; i < BENCH_EVENTS; i++)
		if (bench_event_missing[i] != NULL) {
			printf("%s%s", lead, bench_event_names[i]);
			lead = ", ";
			why = bench_event_missing[i];
		}
	if (why != NULL)
		printf(": %s\n", why);
}
