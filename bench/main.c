/* SPDX-License-Identifier: MIT */
/* haul-bench: the options, and what they run. */
#include "bench.h"
#include "shim.h"

#include <argp.h>
#include <errno.h>
#include <haul.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPT_DEMO = 256, OPT_POINTS, OPT_CORE, OPT_SEED, OPT_GOOGLE, OPT_TIME, OPT_CACHES, OPT_DMA };

static const struct argp_option options[] = {
	{"quick", 'q', NULL, 0, "One screen, under a minute", 0},
	{"full", 'f', NULL, 0, "Every size, distance and alignment; some hours", 0},
	{"demo", OPT_DEMO, NULL, 0,
	 "haul_memcpy and today's ways to survive faults, in ten seconds", 0},
	{"caches", OPT_CACHES, NULL, 0, "What cache maintenance costs, and nothing else", 0},
	{"dma", OPT_DMA, NULL, 0, "What hand-overs and mappings of DMA cost, and nothing else", 0},
	{"routine", 'r', "LIST", 0,
	 "memcpy, memmove, memset, memcmp, strnlen, transfer, fault, transferv, value, once, "
	 "region, io_read, io_write, io_copy, io_fill, virtqueue, virtqueue_far; or all",
	 1},
	{"part", 'p', "LIST", 0, "sweep, cold, fleet, fault, cursor, device, virtqueue; or all", 1},
	{"sizes", 's', "LIST", 0,
	 "Bytes: 100, 4k, 1m; 0-64 takes each; 1k-1m a preset's sizes between", 1},
	{"d", 'd', "LIST", 0, "Distances (dst - src) mod 4096", 1},
	{"align", 'a', "LIST", 0, "Alignments of src mod 4096", 1},
	{"variants", 'v', "LIST", 0, "Variants of haul, by name; or all, none", 1},
	{"contestants", 'c', "LIST", 0, "The others: libc, vector, ...", 1},
	{"reps", 'n', "N", 0, "Repetitions", 2},
	{"time", OPT_TIME, "MS", 0, "Milliseconds that a repetition lasts", 2},
	{"core", OPT_CORE, "N", 0, "Core to run on; by default the last", 2},
	{"seed", OPT_SEED, "N", 0, "Of the random operands", 2},
	{"points", OPT_POINTS, NULL, 0, "Print every point, not only a row for each size", 3},
	{"json", 'j', "FILE", OPTION_ARG_OPTIONAL, "Write JSON, without FILE to standard output",
	 3},
	{"google-json", OPT_GOOGLE, "FILE", 0, "Write Google Benchmark's own JSON", 3},
	{"html", 'h', "FILE", 0, "Write a page with plots", 3},
	{"list", 'l', NULL, 0, "List the contestants and stop", 3},
	{0},
};

static struct {
	struct bench_plan plan;
	enum { DEFAULT, QUICK, FULL, DEMO } preset;
	const char *sizes, *ds, *aligns, *json, *html, *google;
	bool json_wanted, points, list, routines, parts, caches, dma;
	int core;
} settings = {
	.plan = {.seed = 1},
	.core = -1,
};

/* Lists. */

static void *grow(void *array, size_t count, size_t each)
{
	void *p = realloc(array, (count + 1) * each);
	if (p == NULL)
		abort();
	return p;
}

static void add_size(size_t size)
{
	struct bench_plan *p = &settings.plan;
	p->sizes = grow(p->sizes, p->size_count, sizeof(p->sizes[0]));
	p->sizes[p->size_count++] = size;
}

static void add_d(long d)
{
	struct bench_plan *p = &settings.plan;
	p->ds = grow(p->ds, p->d_count, sizeof(p->ds[0]));
	p->ds[p->d_count++] = d;
}

static void add_align(unsigned align)
{
	struct bench_plan *p = &settings.plan;
	p->aligns = grow(p->aligns, p->align_count, sizeof(p->aligns[0]));
	p->aligns[p->align_count++] = align;
}

static size_t parse_number(char **at, const char *list)
{
	char *start = *at;
	errno = 0;
	unsigned long long n = strtoull(start, at, 0);
	unsigned shift = 0;

	if (**at == 'k' || **at == 'K')
		shift = 10;
	else if (**at == 'm' || **at == 'M')
		shift = 20;
	else if (**at == 'g' || **at == 'G')
		shift = 30;
	*at += shift != 0;
	if (*at == start || *start == '-' || errno != 0 || n > SIZE_MAX >> shift) {
		fprintf(stderr, "haul-bench: not a list of numbers: %s\n", list);
		exit(2);
	}
	return (size_t)n << shift;
}

/* Marks the names of a comma-separated list, or all of them. */
static void parse_names(const char *list, const char *const *names, int count, bool *marks)
{
	char *copy = strdup(list), *rest = copy;
	for (char *word; (word = strsep(&rest, ",")) != NULL;) {
		bool known = false;
		for (int i = 0; i < count; i++) {
			if (strcmp(word, "all") == 0 || strcmp(word, names[i]) == 0)
				known = marks[i] = true;
		}
		if (!known) {
			fprintf(stderr, "haul-bench: no %s in this benchmark\n", word);
			exit(2);
		}
	}
	free(copy);
}

/* Presets. */

/* Each power of two with `steps` sizes to the next: the power itself, then
 * sizes that are no multiple of anything. */
static void preset_sizes(size_t from, size_t to, size_t steps)
{
	for (size_t power = 64; power <= to; power *= 2)
		for (size_t i = 0; i < steps; i++) {
			size_t size = power + power * i / steps + (i != 0 ? 7 : 0);
			if (size >= from && size <= to)
				add_size(size);
		}
}

static size_t steps(void)
{
	return settings.preset == FULL ? 4 : settings.preset == QUICK ? 1 : 2;
}

static void choose_sizes(void)
{
	static const size_t demo[] = {8, 64, 1 << 10, 16 << 10, 1 << 20, 64 << 20};

	for (size_t i = 0; settings.preset == DEMO && i < sizeof(demo) / sizeof(demo[0]); i++)
		add_size(demo[i]);
	if (settings.preset == DEMO)
		return;
	if (settings.preset == QUICK) {
		for (size_t size = 4; size < 1024; size *= 2)
			add_size(size);
		for (size_t size = 1024; size <= (size_t)64 << 20; size *= 4)
			add_size(size);
		return;
	}
	for (size_t size = 0; size < 64; size++)
		add_size(size);
	preset_sizes(64, (size_t)256 << 20, steps());
}

static void parse_sizes(const char *list)
{
	char *copy = strdup(list), *at = copy;
	for (;; at++) {
		size_t from = parse_number(&at, list), to = from;
		if (*at == '-') {
			at++;
			to = parse_number(&at, list);
		}
		for (size_t size = from; size <= to && size < 64; size++)
			add_size(size);
		if (from == to && from >= 64)
			add_size(from);
		else
			preset_sizes(from, to, steps());
		if (*at != ',')
			break;
	}
	if (*at != '\0') {
		fprintf(stderr, "haul-bench: not a list of sizes: %s\n", list);
		exit(2);
	}
	free(copy);
	settings.plan.own_sizes = true;
}

static void parse_offsets(const char *list, bool distances)
{
	char *copy = strdup(list), *at = copy;
	for (;; at++) {
		size_t n = parse_number(&at, list);
		if (n >= 4096 || (*at != ',' && *at != '\0')) {
			fprintf(stderr, "haul-bench: not a list of numbers below 4096: %s\n", list);
			exit(2);
		}
		if (distances)
			add_d((long)n);
		else
			add_align((unsigned)n);
		if (*at == '\0')
			break;
	}
	free(copy);
}

static void apply_preset(void)
{
	static const struct {
		const char *ds, *aligns, *variants;
		int repetitions;
		double seconds;
	} presets[] = {
		[DEFAULT] = {"0,1,15,16,32,100,2048,4095", "0,21", "none", 7, 0.001},
		[QUICK] = {"0,1,100,2048", "0", "none", 5, 0.001},
		[FULL] = {"0,1,15,16,32,100,2048,4095", "0,1,21,32,40,4090", "all", 15, 0.002},
		[DEMO] = {"0,100,2048", "0,21", "none", 7, 0.001},
	};
	struct bench_plan *p = &settings.plan;

	if (settings.sizes != NULL)
		parse_sizes(settings.sizes);
	else
		choose_sizes();
	parse_offsets(settings.ds != NULL ? settings.ds : presets[settings.preset].ds, true);
	parse_offsets(settings.aligns != NULL ? settings.aligns : presets[settings.preset].aligns,
		      false);
	if (p->variants == NULL)
		p->variants = presets[settings.preset].variants;
	if (p->repetitions == 0)
		p->repetitions = presets[settings.preset].repetitions;
	if (p->seconds == 0)
		p->seconds = presets[settings.preset].seconds;
	if (!settings.routines)
		parse_names(settings.preset == QUICK || settings.preset == DEMO ? "memcpy,fault"
										: "all",
			    bench_routine_names, BENCH_ROUTINES, p->routines);
	if (!settings.parts)
		parse_names(settings.sizes != NULL     ? "sweep"
			    : settings.preset == QUICK ? "sweep,fleet,fault"
						       : "all",
			    bench_part_names, BENCH_PARTS, p->parts);
}

/* Each name of the list must be a contestant's, of a kind that the option names. */
static void check_contestants(const char *list, bool variants)
{
	size_t count;
	const struct bench_contestant *c = bench_contestants(&count);
	char *copy = strdup(list), *rest = copy;

	for (char *word; (word = strsep(&rest, ",")) != NULL;) {
		bool known = variants && (strcmp(word, "all") == 0 || strcmp(word, "none") == 0);
		for (size_t i = 0; i < count && !known; i++)
			known = (c[i].kind == BENCH_VARIANT) == variants &&
				strcmp(word, c[i].name) == 0;
		if (!known) {
			fprintf(stderr, "haul-bench: no %s here (see --list): %s\n",
				variants ? "variant" : "contestant", word);
			exit(2);
		}
	}
	free(copy);
}

/* An hour of measuring must not end at a path that cannot be written. */
static void check_writable(const char *path)
{
	FILE *file = path != NULL ? fopen(path, "a") : NULL;
	if (path != NULL && (file == NULL || fclose(file) != 0)) {
		fprintf(stderr, "haul-bench: %s: %s\n", path, strerror(errno));
		exit(2);
	}
}

static long positive(const char *text, const char *what, long least)
{
	char *end;
	errno = 0;
	long n = strtol(text, &end, 0);
	if (end == text || *end != '\0' || errno != 0 || n < least || n > 1000000000) {
		fprintf(stderr, "haul-bench: not a %s: %s\n", what, text);
		exit(2);
	}
	return n;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct bench_plan *p = &settings.plan;

	switch (key) {
	case 'q':
		settings.preset = QUICK;
		break;
	case 'f':
		settings.preset = FULL;
		break;
	case OPT_DEMO:
		settings.preset = DEMO;
		break;
	case OPT_CACHES:
		settings.caches = true;
		break;
	case OPT_DMA:
		settings.dma = true;
		break;
	case 'r':
		settings.routines = true;
		parse_names(arg, bench_routine_names, BENCH_ROUTINES, p->routines);
		break;
	case 'p':
		settings.parts = true;
		parse_names(arg, bench_part_names, BENCH_PARTS, p->parts);
		break;
	case 's':
		settings.sizes = arg;
		break;
	case 'd':
		settings.ds = arg;
		break;
	case 'a':
		settings.aligns = arg;
		break;
	case 'v':
		p->variants = arg;
		break;
	case 'c':
		p->contestants = arg;
		break;
	case 'n':
		p->repetitions = (int)positive(arg, "number of repetitions", 1);
		break;
	case OPT_TIME:
		p->seconds = 1e-3 * (double)positive(arg, "number of milliseconds", 1);
		break;
	case OPT_CORE:
		settings.core = (int)positive(arg, "core", 0);
		break;
	case OPT_SEED:
		p->seed = (uint64_t)positive(arg, "seed", 1);
		break;
	case OPT_POINTS:
		settings.points = true;
		break;
	case 'j':
		settings.json_wanted = true;
		settings.json = arg;
		break;
	case OPT_GOOGLE:
		settings.google = arg;
		break;
	case 'h':
		settings.html = arg;
		break;
	case 'l':
		settings.list = true;
		break;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument: %s", arg);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* Running. */

static bool quiet;
static struct bench_list list;
static size_t shown; /* cells already printed in tables */

/* Prints the tables that are complete. */
static void show_tables(size_t end)
{
	if (!settings.points && !quiet)
		bench_text_tables(&list.cells[shown], end - shown);
	shown = end;
}

static void clear_line(void)
{
	if (!quiet && isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
}

static void progress(const struct bench_cell *cell)
{
	clear_line();
	if (settings.points && !quiet)
		bench_text_cell(cell);
	if (!bench_same_table(&list.cells[shown], cell))
		show_tables(list.count - 1);
	if (!quiet && isatty(STDERR_FILENO))
		fprintf(stderr, "point %zu: %s %s %.0f bytes", list.count,
			bench_routine_names[cell->point.routine],
			bench_part_names[cell->point.part], cell->point.size);
}

static int list_contestants(void)
{
	size_t count;
	const struct bench_contestant *c = bench_contestants(&count);
	for (size_t i = 0; i < count; i++)
		printf("%-9s %-8s %s\n", bench_routine_names[c[i].routine],
		       bench_kind_names[c[i].kind], c[i].name);
	return 0;
}

static void measure(void)
{
	const struct bench_plan *p = &settings.plan;

	if (p->parts[BENCH_SWEEP])
		bench_sweep(&list, p, progress);
	if (p->parts[BENCH_COLD])
		bench_cold(&list, p, progress);
	if (p->parts[BENCH_FLEET])
		bench_stochastic(&list, p, progress);
	if (p->parts[BENCH_FAULTS] && p->routines[BENCH_FAULT])
		bench_faults(&list, p, progress);
	if (p->parts[BENCH_CURSORS])
		bench_cursors(&list, p, progress);
	if (p->parts[BENCH_DEVICES])
		bench_devices(&list, p, progress);
	if (p->parts[BENCH_VIRTQUEUES])
		bench_virtqueues(&list, p, progress);
	clear_line();
	show_tables(list.count);
}

static int report(void)
{
	const struct bench_plan *p = &settings.plan;
	int status = 0;

	if (!quiet) {
		bench_text_summary(&list);
		bench_text_machine(p);
	}
	if (settings.json_wanted)
		status |= bench_json_write(settings.json, &list, p);
	if (settings.html != NULL)
		status |= bench_html_write(settings.html, &list, p);
	return status;
}

int main(int argc, char **argv)
{
	static const struct argp parser = {
		options,
		parse_option,
		NULL,
		"Measures haul against the best copies of this machine.\v"
		"Ratios below 1 mean that haul is faster.  See doc/benchmarks.md.",
		NULL,
		NULL,
		NULL};
	static char version[64];

	snprintf(version, sizeof(version), "haul-bench %s", haul_version());
	argp_program_version = version;
	argp_err_exit_status = 2;
	argp_parse(&parser, argc, argv, 0, NULL, NULL);
	quiet = settings.json_wanted && settings.json == NULL;

	if (settings.list)
		return list_contestants();
	apply_preset();
	check_contestants(settings.plan.variants, true);
	if (settings.plan.contestants != NULL)
		check_contestants(settings.plan.contestants, false);
	check_writable(settings.json);
	check_writable(settings.html);
	bench_machine_open(settings.core);
	bench_events_open();
	if (!shim_open(settings.google)) {
		fprintf(stderr, "haul-bench: %s: %s\n", settings.google, strerror(errno));
		return 2;
	}
	if (settings.preset == DEMO)
		return bench_demo(&settings.plan);
	if (settings.caches)
		return bench_caches();
	if (settings.dma)
		return bench_dma();
	measure();
	bench_machine_close();
	int status = report();
	if (!shim_close()) {
		fprintf(stderr, "haul-bench: %s: not written\n", settings.google);
		status = 1;
	}
	return status;
}
