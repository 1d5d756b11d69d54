/* SPDX-License-Identifier: MIT */
/* The results as JSON (doc/benchmarks.md has the schema), and the page made
 * from it by haul-bench-report, which lies beside this program. */
#include "bench.h"

#include <errno.h>
#include <haul.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static json_t *number(double x)
{
	return isnan(x) ? json_null() : json_real(x);
}

/* A size of one call is whole; the mean of a distribution is not. */
static json_t *size(const struct bench_point *p)
{
	return p->part == BENCH_FLEET ? json_real(p->size) : json_integer((json_int_t)p->size);
}

static json_t *machine_json(void)
{
	const struct bench_machine *m = &bench_machine;
	json_t *missing = json_object();

	for (int i = 0; i < BENCH_EVENTS; i++)
		if (bench_event_missing[i] != NULL)
			json_object_set_new(missing, bench_event_names[i],
					    json_string(bench_event_missing[i]));
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:[f,f], s:f, s:I, s:o}",
			 "cpu", m->cpu, "kernel", m->kernel, "libc", m->libc, "huge_pages",
			 m->hugepages, "core", (json_int_t)m->core, "l1d", (json_int_t)m->cache[1],
			 "l2", (json_int_t)m->cache[2], "l3", (json_int_t)m->cache[3], "memory",
			 (json_int_t)m->memory, "load", m->load[0], m->load[1], "stolen", m->stolen,
			 "preemptions", (json_int_t)m->preemptions, "events_missing", missing);
}

static json_t *plan_json(const struct bench_plan *plan)
{
	return json_pack("{s:i, s:f, s:s, s:I}", "repetitions", plan->repetitions,
			 "repetition_seconds", plan->seconds, "clock", "thread CPU time", "seed",
			 (json_int_t)plan->seed);
}

static json_t *result_json(const struct bench_result *r)
{
	json_t *object =
		json_pack("{s:s, s:s, s:f, s:f, s:f, s:f}", "name", r->contestant->name, "kind",
			  bench_kind_names[r->contestant->kind], "median_ns", r->stats.median,
			  "q1_ns", r->stats.q1, "q3_ns", r->stats.q3, "min_ns", r->stats.min);
	for (int i = 0; i < BENCH_EVENTS; i++)
		if (!isnan(r->stats.events[i]))
			json_object_set_new(object, bench_event_names[i],
					    json_real(r->stats.events[i]));
	return object;
}

static json_t *cell_json(const struct bench_cell *cell)
{
	const struct bench_point *p = &cell->point;
	json_t *results = json_array();
	json_t *object = json_pack(
		"{s:s, s:s, s:o, s:s, s:b, s:o, s:o}", "part", bench_part_names[p->part], "routine",
		bench_routine_names[p->routine], "size", size(p), "heat", p->heat, "overlap",
		p->overlap, "ratio", number(cell->ratio), "results", results);

	if (p->part == BENCH_SWEEP) {
		json_object_set_new(object, "d", json_integer(p->d));
		json_object_set_new(object, "align", json_integer((json_int_t)p->align));
	}
	if (p->what != NULL)
		json_object_set_new(object, "what", json_string(p->what));
	if (cell->best != NULL)
		json_object_set_new(object, "best", json_string(cell->best->contestant->name));
	if (cell->base != NULL) {
		json_object_set_new(object, "base", json_string(cell->base->contestant->name));
		json_object_set_new(object, "difference_ns", number(cell->difference));
	}
	for (size_t i = 0; i < cell->count; i++)
		json_array_append_new(results, result_json(&cell->results[i]));
	return object;
}

static json_t *all_json(const struct bench_list *list, const struct bench_plan *plan)
{
	json_t *points = json_array();
	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(points, cell_json(&list->cells[i]));
	return json_pack("{s:i, s:s, s:s, s:o, s:o, s:o}", "haul_bench", 1, "version",
			 haul_version(), "date", bench_machine.date, "machine", machine_json(),
			 "method", plan_json(plan), "points", points);
}

int bench_json_write(const char *path, const struct bench_list *list, const struct bench_plan *plan)
{
	const size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(6);
	json_t *all = all_json(list, plan);
	FILE *file = path == NULL ? stdout : fopen(path, "w");
	int failed = file == NULL || json_dumpf(all, file, flags) != 0 || fputc('\n', file) == EOF;

	json_decref(all);
	if (file != NULL && (path == NULL ? fflush(file) : fclose(file)) != 0)
		failed = 1;
	if (failed)
		fprintf(stderr, "haul-bench: %s: %s\n", path == NULL ? "standard output" : path,
			strerror(errno));
	return failed;
}

/* Beside this program; one folder up where libtool has put it into .libs. */
static bool find_reporter(char *path, size_t room)
{
	static const char *const places[] = {"", "../"};
	char self[4096];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (length <= 0)
		return false;
	self[length] = '\0';
	*strrchr(self, '/') = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, room, "%s/%shaul-bench-report", self, places[i]);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

static int run_reporter(const char *reporter, const char *json, const char *html)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		execl(reporter, reporter, json, html, (char *)NULL);
		fprintf(stderr, "haul-bench: %s: %s\n", reporter, strerror(errno));
		_exit(1);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
		fprintf(stderr, "haul-bench: %s: not written\n", html);
		return 1;
	}
	return 0;
}

int bench_html_write(const char *path, const struct bench_list *list, const struct bench_plan *plan)
{
	char reporter[4200], json[] = "/tmp/haul-bench-XXXXXX";

	if (!find_reporter(reporter, sizeof(reporter))) {
		fprintf(stderr, "haul-bench: haul-bench-report is not beside this program\n");
		return 1;
	}
	int file = mkstemp(json);
	if (file < 0) {
		fprintf(stderr, "haul-bench: %s: %s\n", json, strerror(errno));
		return 1;
	}
	close(file);
	int failed = bench_json_write(json, list, plan);
	if (failed == 0)
		failed = run_reporter(reporter, json, path);
	unlink(json);
	return failed;
}
