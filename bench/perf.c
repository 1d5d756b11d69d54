/* SPDX-License-Identifier: MIT */
/* The kernel's counters of this thread, as far as it gives them. */
#include "bench.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

const char *const bench_event_names[] = {"cycles", "instructions", "dtlb_misses", "page_faults"};
const char *bench_event_missing[BENCH_EVENTS];
static int files[BENCH_EVENTS] = {-1, -1, -1, -1};

static const struct {
	uint32_t type;
	uint64_t config;
} events[BENCH_EVENTS] = {
	{PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
	{PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
	{PERF_TYPE_HW_CACHE, PERF_COUNT_HW_CACHE_DTLB | PERF_COUNT_HW_CACHE_OP_READ << 8 |
				     PERF_COUNT_HW_CACHE_RESULT_MISS << 16},
	{PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
};

/* With the kernel's share where that is allowed: a fault is the kernel's work. */
static int open_event(int i, unsigned exclude_kernel)
{
	struct perf_event_attr attr = {
		.type = events[i].type,
		.size = sizeof(attr),
		.config = events[i].config,
		.exclude_kernel = exclude_kernel & 1,
		.exclude_hv = 1,
	};
	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static const char *reason(int error)
{
	if (error == ENOENT || error == EOPNOTSUPP || error == ENODEV)
		return "this machine, perhaps a virtual one, does not offer it";
	return strerror(error);
}

void bench_events_open(void)
{
	for (int i = 0; i < BENCH_EVENTS; i++) {
		files[i] = open_event(i, 0);
		if (files[i] < 0 && errno == EACCES)
			files[i] = open_event(i, 1);
		bench_event_missing[i] = files[i] < 0 ? reason(errno) : NULL;
	}
}

void bench_events_read(uint64_t values[BENCH_EVENTS])
{
	for (int i = 0; i < BENCH_EVENTS; i++)
		if (files[i] < 0 || read(files[i], &values[i], sizeof(values[i])) < 0)
			values[i] = 0;
}
