/* SPDX-License-Identifier: MIT */
/*
 * Which variant of each routine runs, and the thresholds between strategies.
 *
 * On first use haul looks at the CPU and chooses; the environment variable
 * HAUL_TUNABLES overrides, unless the program runs with raised privileges
 * (AT_SECURE).  It is a comma-separated list of name=value:
 *   memcpy=avx2      a routine and one of its variants
 *   nt_threshold=1m  a threshold in bytes; suffixes k, m, g are binary
 *   memcpy=auto      haul's own choice, for a threshold too
 * Items that are misspelt or that this CPU cannot run are ignored.
 */
#ifndef HAUL_TUNE_H
#define HAUL_TUNE_H

#include <haul/base.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct haul_tune_variant {
	const char *routine; /* "memcpy" */
	const char *name;    /* "avx2" */
	bool usable;         /* this CPU and system can run it */
	bool chosen;         /* calls of the routine run it now */
};

struct haul_tune_threshold {
	const char *name; /* "nt_threshold" */
	size_t value;     /* bytes, in force now */
	size_t min, max;  /* the range haul_tune accepts */
};

struct haul_tune_feature {
	const char *name; /* "avx2" */
	bool present;     /* the CPU has it and the system enables it */
};

/*
 * The index-th variant, threshold or CPU feature, counted from 0.
 * Returns 0; -HAUL_ERANGE past the last.  Any thread, any signal handler.
 */
HAUL_API int haul_tune_variant_get(size_t index, struct haul_tune_variant *variant);
HAUL_API int haul_tune_threshold_get(size_t index, struct haul_tune_threshold *threshold);
HAUL_API int haul_tune_feature_get(size_t index, struct haul_tune_feature *feature);

/*
 * Applies settings of the form described above, process-wide; each item that
 * is right takes effect, each that is wrong is skipped.  settings may be empty.
 *
 * Returns 0, or the error of the first wrong item, with *bad (unless bad is
 * NULL) pointing at it inside settings: -HAUL_EINVAL no such name, variant or
 * number; -HAUL_ENOTSUP this CPU cannot run the variant; -HAUL_ERANGE.
 *
 * Meant for tests, benchmarks and start-up.  Calls that run meanwhile in
 * other threads stay correct with whichever variant they find.
 */
HAUL_API int haul_tune(const char *settings, const char **bad);

#ifdef __cplusplus
}
#endif

#endif
