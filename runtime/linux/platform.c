/* SPDX-License-Identifier: MIT */
/* Platform services from Linux and its C library. */
#include "platform.h"
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>
#include <unistd.h>

/* Not getenv: that is not async-signal-safe, and environ is NULL in an ifunc
 * resolver, before the C library has set it. */
const char *haul_platform_tunables(void)
{
	static const char name[] = "HAUL_TUNABLES=";

	if (getauxval(AT_SECURE) || !environ)
		return "";
	for (char **var = environ; *var; var++)
		if (strncmp(*var, name, sizeof name - 1) == 0)
			return *var + sizeof name - 1;
	return "";
}

void haul_platform_yield(void)
{
	sched_yield();
}

uint64_t haul_platform_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int haul_platform_on_fork(void (*child)(void))
{
	return -pthread_atfork(NULL, NULL, child);
}
