/* SPDX-License-Identifier: MIT */
/*
 * Google Benchmark, as seen from C.
 *
 * Google Benchmark repeats the cases in random interleaved order and takes the
 * time; what is measured, for how long, and what is made of the samples, is
 * written in C.  (It could calibrate the iterations too, but goes by a single
 * run: one that is disturbed makes all repetitions of the case too short.)  The time is the CPU
 * time of the calling thread: it leaves out the slices that other processes take.
 */
#ifndef BENCH_SHIM_H
#define BENCH_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct shim_case {
	const char *name;
	void (*prepare)(void *arg);                  /* before each run, not timed */
	void (*run)(void *arg, uint64_t iterations); /* timed */
	void (*finish)(void *arg);                   /* after each run, not timed */
	void *arg;
	double bytes;        /* that an iteration processes */
	uint64_t iterations; /* of a repetition */
};

/* One repetition of cases[index]: nanoseconds for one iteration. */
typedef void shim_sample(void *context, size_t index, double ns);

/*
 * Starts a session; its runs are also written to json_path in Google
 * Benchmark's own format, unless that is NULL.  False if it cannot be opened.
 */
bool shim_open(const char *json_path);

/* Runs each case `repetitions` times, all of them interleaved at random. */
void shim_run(const struct shim_case *cases, size_t count, int repetitions, shim_sample *sample,
	      void *context);

/* Ends the session; false if its JSON could not be written. */
bool shim_close(void);

#ifdef __cplusplus
}
#endif

#endif
