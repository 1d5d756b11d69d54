/* SPDX-License-Identifier: MIT */
#include "signal_child.h"
#include "cpu.h"
#include "fault_maps.h"
#include "test.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

const int fault_signals[FAULT_SIGNALS] = {SIGSEGV, SIGBUS, SIGILL};

/* Shared with the children; they have the parent's address space, so its
 * string literals too. */
struct failure {
	const char *file, *what;
	int line;
};

static struct failure *failure;

enum { CHILD_SECONDS = 20, CHILD_FAILED = 99 };

void child_fail(const char *file, int line, const char *what)
{
	*failure = (struct failure){file, what, line};
	_exit(CHILD_FAILED);
}

static _Noreturn void child(child_body *body, const void *arg)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 0); /* its death is no news */
	alarm(CHILD_SECONDS);
	body(arg);
	_exit(0);
}

static int child_run(child_body *body, const void *arg)
{
	pid_t pid;
	int status;

	if (!failure) {
		failure = mmap(NULL, sizeof *failure, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		cr_assert(failure != MAP_FAILED);
	}
	*failure = (struct failure){0};
	pid = fork();
	cr_assert(pid >= 0);
	if (pid == 0)
		child(body, arg);
	cr_assert(waitpid(pid, &status, 0) == pid);
	cr_assert(!failure->what, "%s:%d: %s", failure->file, failure->line, failure->what);
	return status;
}

void child_succeeds(child_body *body, const void *arg)
{
	int status = child_run(body, arg);

	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "wait status %#x",
		  (unsigned)status);
}

bool child_returns(child_body *body, const void *arg)
{
	int status = child_run(body, arg);

	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void child_dies(child_body *body, const void *arg, int signo)
{
	int status = child_run(body, arg);

	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == signo,
		  "wait status %#x, not signal %d", (unsigned)status, signo);
}

static struct fault_map hole, file_end;

void survivor_open(void)
{
	cr_assert(!fault_map_no_access(&hole, page_size()));
	cr_assert(!fault_map_memfd_end(&file_end, page_size()));
	pattern_fill(hole.base, page_size(), 1);
	pattern_fill(file_end.base, page_size(), 1);
}

static bool copy_over_edge(const struct fault_map *map, enum haul_fault_kind kind)
{
	unsigned char dst[SURVIVOR_SIZE];
	const unsigned char *src = map->edge - SURVIVOR_GOOD;
	struct haul_fault fault;

	memset(dst, PATTERN_NEVER, sizeof dst);
	return haul_memcpy_fault(dst, src, sizeof dst, &fault) == SURVIVOR_GOOD &&
	       fault.kind == kind && fault.operand == HAUL_OPERAND_SRC &&
	       fault.addr == (uintptr_t)map->edge && memcmp(dst, src, SURVIVOR_GOOD) == 0 &&
	       bytes_are(dst + SURVIVOR_GOOD, sizeof dst - SURVIVOR_GOOD, PATTERN_NEVER);
}

bool survivor_copy(void)
{
	return copy_over_edge(&hole, HAUL_FAULT_PROTECTION);
}

bool survivor_copy_bus(void)
{
	return copy_over_edge(&file_end, HAUL_FAULT_BUS);
}

void foreign_fault(int signo)
{
	if (signo == SIGSEGV)
		*(volatile unsigned char *)hole.edge = 1;
	else if (signo == SIGBUS)
		*(volatile unsigned char *)file_end.edge = 1;
	else
		cpu_illegal_instruction();
}

/* Fresh pages, private to this process, whatever the fault was. */
void foreign_repair(int signo)
{
	const struct fault_map *map = signo == SIGSEGV ? &hole : &file_end;

	CHECK(mmap(map->edge, map->beyond, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == map->edge);
}
