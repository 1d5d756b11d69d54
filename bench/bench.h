/* SPDX-License-Identifier: MIT */
/*
 * haul-bench: what its files share.
 *
 * A point is one situation (a routine, a size, a placement of the operands,
 * the state of the caches).  At each point every contestant does the same
 * work, repetitions interleaved, and the medians are compared.
 */
#ifndef BENCH_H
#define BENCH_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Contestants (contestant.c, <cpu>.c) */

enum bench_routine {
	BENCH_MEMCPY,
	BENCH_MEMMOVE,
	BENCH_MEMSET,
	BENCH_MEMCMP,
	BENCH_STRNLEN,
	BENCH_TRANSFER, /* the last one of the sweep */
	BENCH_FAULT,
	BENCH_TRANSFERV,
	BENCH_VALUE,
	BENCH_ONCE,
	BENCH_REGION,
	BENCH_IO_READ,
	BENCH_IO_WRITE,
	BENCH_IO_COPY,
	BENCH_IO_FILL,
	BENCH_VIRTQUEUE,
	BENCH_VIRTQUEUE_FAR,
	BENCH_ROUTINES
};

enum bench_kind {
	BENCH_HAUL,    /* what a caller of haul gets */
	BENCH_VARIANT, /* one of haul's variants, forced */
	BENCH_PLAIN,   /* dies on a fault */
	BENCH_SAFE,    /* survives a fault in one of today's ways */
	BENCH_BASE     /* what haul's call adds to: the difference counts */
};

/* One call's operands.  memset has no src, strnlen no dst. */
struct bench_op {
	unsigned char *dst;
	const unsigned char *src;
	size_t n;
};

/* All of a routine's contestants are called through one type, by one loop: no
 * loop's layout favours one of them. */
typedef uintptr_t bench_copy_fn(void *dst, const void *src, size_t n);
typedef uintptr_t bench_set_fn(void *dst, int c, size_t n);
typedef int bench_compare_fn(const void *a, const void *b, size_t n);
typedef int bench_compare_order_fn(const void *a, const void *b, size_t n, int *order);
typedef size_t bench_length_fn(const char *s, size_t max);
typedef int bench_length_out_fn(const char *s, size_t max, size_t *len);

union bench_code {
	bench_copy_fn *copy;
	bench_set_fn *set;
	bench_compare_fn *compare;
	bench_compare_order_fn *compare_order;
	bench_length_fn *length;
	bench_length_out_fn *length_out;
};

/* Repeats one operation, or a list of them, `iterations` times. */
struct bench_loops {
	void (*repeat)(union bench_code code, struct bench_op op, uint64_t iterations);
	void (*walk)(union bench_code code, const struct bench_op *ops, size_t count,
		     uint64_t iterations);
};

struct bench_contestant {
	enum bench_routine routine;
	enum bench_kind kind;
	bool overlap; /* right for overlapping operands */
	char name[32];
	char tune[48]; /* for haul_tune before each run; "" for none */
	union bench_code code;
	const struct bench_loops *loops;
	void (*enter)(void), (*leave)(void); /* around each run, may be NULL */
};

/* Loops of that name over call(op), which may use `code`. */
#define BENCH_LOOPS(name, call) \
	static void name##_repeat(union bench_code code, struct bench_op op, uint64_t iterations) \
	{ \
		(void)code; \
		for (; iterations != 0; iterations--) \
			call(op); \
	} \
	static void name##_walk(union bench_code code, const struct bench_op *ops, size_t count, \
				uint64_t iterations) \
	{ \
		(void)code; \
		for (; iterations != 0; iterations--) \
			for (size_t i = 0; i < count; i++) \
				call(ops[i]); \
	} \
	static const struct bench_loops name = {name##_repeat, name##_walk}

extern const char *const bench_routine_names[BENCH_ROUTINES];
extern const char *const bench_kind_names[];

/* All contestants of this machine, in the order of the tables. */
const struct bench_contestant *bench_contestants(size_t *count);
struct bench_contestant *bench_enter(enum bench_routine routine, enum bench_kind kind,
				     const char *name, union bench_code code,
				     const struct bench_loops *loops);
void bench_enter_cursors(void);    /* cursor.c */
void bench_enter_devices(void);    /* device.c */
void bench_enter_virtqueues(void); /* virtqueue.c */

/* <cpu>.c: what cannot be said without naming a CPU. */
extern const char *const bench_cpu_copy_name, *const bench_cpu_set_name;
bench_copy_fn bench_cpu_copy;           /* the CPU's copy instruction */
bench_set_fn bench_cpu_set;             /* the CPU's fill instruction */
bench_copy_fn *bench_vector_copy(void); /* a plain loop of the widest vectors */
bench_set_fn *bench_vector_set(void);
void bench_cpu_fault(const void *p); /* reads a byte; bench_cpu_skip steps over it */
void bench_cpu_skip(int signo, siginfo_t *info, void *context);

/* Measuring (measure.c) */

enum bench_part {
	BENCH_SWEEP,
	BENCH_COLD,
	BENCH_FLEET,
	BENCH_FAULTS,
	BENCH_CURSORS,
	BENCH_DEVICES,
	BENCH_VIRTQUEUES,
	BENCH_PARTS
};
extern const char *const bench_part_names[BENCH_PARTS];

struct bench_point {
	enum bench_part part;
	enum bench_routine routine;
	double size;      /* bytes per call; a distribution's mean */
	long d;           /* (dst - src) mod 4096; memmove: dst - src */
	unsigned align;   /* of src (memset: dst) mod 4096 */
	const char *heat; /* "hot", "L1", "L2", "L3", "cold" */
	const char *what; /* a distribution, a fault, how it is done; or NULL */
	bool overlap;
};

/* What to do at a point: one of the operations, another one at each
 * repetition (placements), or all of them in turn (a walk). */
struct bench_work {
	const struct bench_op *ops;
	size_t count;
	bool walk;
	bool once; /* a single pass, each time from cold caches */
};

enum { BENCH_EVENTS = 4 };

struct bench_stats {
	double median, q1, q3, min;  /* ns per call */
	double events[BENCH_EVENTS]; /* per call; NAN where not counted */
};

struct bench_result {
	const struct bench_contestant *contestant;
	struct bench_stats stats;
};

struct bench_cell {
	struct bench_point point;
	struct bench_result *results;
	size_t count;
	const struct bench_result *haul, *best; /* best: the fastest of the others;
						   for faults the kernel's round trip */
	const struct bench_result *base;        /* of kind BENCH_BASE, or NULL */
	double ratio;                           /* haul / best; NAN without one of them */
	double difference;                      /* haul - base, ns; NAN as well */
};

struct bench_list {
	struct bench_cell *cells;
	size_t count, room;
};

/* Which contestants, and how long. */
struct bench_plan {
	int repetitions;
	double seconds; /* a repetition */
	bool parts[BENCH_PARTS], routines[BENCH_ROUTINES];
	const char *variants;    /* "all", "none" or a list */
	const char *contestants; /* NULL or a list */
	size_t *sizes, size_count;
	long *ds;
	size_t d_count;
	unsigned *aligns;
	size_t align_count;
	bool own_sizes; /* chosen by the user */
	uint64_t seed;
};

/* Measures a point and adds it to the list; the cell it became. */
const struct bench_cell *bench_measure(struct bench_list *list, const struct bench_plan *plan,
				       struct bench_point point, const struct bench_work *work);
const struct bench_result *bench_result_find(const struct bench_cell *cell, const char *name);
/* Geometric mean of the medians of the cells that have this contestant; NAN if
 * none has. */
double bench_mean(const struct bench_cell *cells, size_t count, const char *name);
double bench_gbps(double bytes, double ns);

/* Points (sweep.c, stochastic.c, fault.c, cursor.c, device.c, virtqueue.c) */

typedef void bench_seen(const struct bench_cell *cell);
void bench_sweep(struct bench_list *list, const struct bench_plan *plan, bench_seen *seen);
void bench_cold(struct bench_list *list, const struct bench_plan *plan, bench_seen *seen);
void bench_stochastic(struct bench_list *list, const struct bench_plan *plan, bench_seen *seen);
extern const unsigned char *bench_fault_page; /* where the source ends */
void bench_faults(struct bench_list *list, const struct bench_plan *plan, bench_seen *seen);
void bench_cursors(struct bench_list *list, const struct bench_plan *plan, bench_seen *seen);
void bench_devices(struct bench_list *list, const struct bench_plan *plan, bench_seen *seen);
void bench_virtqueues(struct bench_list *list, const struct bench_plan *plan, bench_seen *seen);

/* Memory (memory.c) */

/* Pages of their own, written once so that they are there; exits on failure. */
unsigned char *bench_map(size_t size);
void bench_unmap(unsigned char *p, size_t size);
/* Drives everything else out of the caches. */
void bench_evict(void);

uint64_t bench_random(uint64_t *state);

/* The machine (machine.c, perf.c) */

struct bench_machine {
	char cpu[96], kernel[96], libc[32], hugepages[32], date[32];
	unsigned core;    /* bound to, as the system numbers it */
	size_t cache[4];  /* [1] to [3]: bytes of L1d, L2, L3; 0 unknown */
	size_t memory;    /* bytes */
	double load[2];   /* one-minute load average at start and end */
	double stolen;    /* part of the CPU time that the hypervisor took, 0 to 1 */
	long preemptions; /* of this process */
};

extern struct bench_machine bench_machine;
void bench_machine_open(int core); /* -1: any */
void bench_machine_close(void);

extern const char *const bench_event_names[BENCH_EVENTS];
extern const char *bench_event_missing[BENCH_EVENTS]; /* why, or NULL */
void bench_events_open(void);
void bench_events_read(uint64_t values[BENCH_EVENTS]);

/* Output (text.c, json.c) */

void bench_text_cell(const struct bench_cell *cell); /* a bench_seen: a row */
bool bench_same_table(const struct bench_cell *a, const struct bench_cell *b);
void bench_text_tables(const struct bench_cell *cells, size_t count);
void bench_text_summary(const struct bench_list *list);
void bench_text_machine(const struct bench_plan *plan);
/* path NULL: standard output.  0, or 1 after saying what went wrong. */
int bench_json_write(const char *path, const struct bench_list *list,
		     const struct bench_plan *plan);
int bench_html_write(const char *path, const struct bench_list *list,
		     const struct bench_plan *plan);

int bench_demo(const struct bench_plan *plan);

/* Cache maintenance (cache.c); <cpu>.c: a plain loop of the instruction with that name in
 * haul's report, then the fence that haul has there, or NULL. */
typedef void bench_cache_fn(const void *p, size_t n, size_t block);
int bench_caches(void);
int bench_dma(void); /* dma.c */
bench_cache_fn *bench_cpu_cache(const char *instruction);

#endif
