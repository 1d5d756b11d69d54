/* SPDX-License-Identifier: MIT */
/* haul_fault_handle, in a host that has handlers of its own. */
#include "fault_maps.h"
#include "signal_child.h"
#include "test.h"
#include <haul.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

/* Not in the headers of every C library. */
#ifndef SEGV_MTEAERR
#define SEGV_MTEAERR 8
#endif
#ifndef SEGV_MTESERR
#define SEGV_MTESERR 9
#endif

typedef void action_handler(int, siginfo_t *, void *);

static void catch_faults(action_handler *handler, int flags)
{
	struct sigaction action = {.sa_flags = SA_SIGINFO | flags};

	action.sa_sigaction = handler;
	sigemptyset(&action.sa_mask);
	for (int i = 0; i < FAULT_SIGNALS; i++)
		cr_assert(sigaction(fault_signals[i], &action, NULL) == 0);
}

static volatile sig_atomic_t handled, refused;

static void only_handle(int signo, siginfo_t *info, void *context)
{
	if (haul_fault_handle(signo, info, context)) {
		handled++;
	} else {
		refused++;
		foreign_repair(signo);
	}
}

static void check_only_handle(const void *arg)
{
	catch_faults(only_handle, *(const int *)arg);
	CHECK(survivor_copy() && survivor_copy_bus());
	CHECK(handled >= 2 && refused == 0);
	foreign_fault(SIGBUS);
	CHECK(refused == 1);
	CHECK(survivor_copy());
	foreign_fault(SIGSEGV);
	CHECK(refused == 2);
}

Test(handle, alone_survives_faults, .timeout = 20)
{
	survivor_open();
	child_succeeds(check_only_handle, &(int){SA_NODEFER});
	child_succeeds(check_only_handle, &(int){0});
	child_succeeds(check_only_handle, &(int){SA_ONSTACK | SA_NODEFER});
}

/* What a call with these arguments does to a copy of the context. */
static bool refuses(int signo, siginfo_t *info, const ucontext_t *context)
{
	static ucontext_t copy;

	memcpy(&copy, context, sizeof copy);
	return !haul_fault_handle(signo, info, &copy) && memcmp(&copy, context, sizeof copy) == 0;
}

static bool refuses_code(int signo, const siginfo_t *info, int code, const ucontext_t *context)
{
	siginfo_t doctored = *info;

	doctored.si_signo = signo;
	doctored.si_code = code;
	return refuses(signo, &doctored, context);
}

/* A fault of haul's, and what must not be taken for one. */
static void try_doctored(int signo, siginfo_t *info, void *context)
{
	static const int other_signals[] = {0, -1, SIGFPE, SIGTRAP, SIGUSR1, SIGTERM, 64};
	static const int sent_codes[] = {SI_USER,  SI_QUEUE,   SI_TIMER,
					 SI_MESGQ, SI_ASYNCIO, SI_TKILL};

	for (size_t i = 0; i < sizeof other_signals / sizeof *other_signals; i++)
		CHECK(refuses(other_signals[i], info, context));
	for (size_t i = 0; i < sizeof sent_codes / sizeof *sent_codes; i++)
		for (int k = 0; k < FAULT_SIGNALS; k++)
			CHECK(refuses_code(fault_signals[k], info, sent_codes[i], context));
	CHECK(refuses_code(SIGBUS, info, BUS_MCEERR_AO, context));
	CHECK(refuses_code(SIGSEGV, info, SEGV_MTEAERR, context));
	CHECK(refuses(signo, NULL, context));
	CHECK(haul_fault_handle(signo, info, context));
	handled++;
}

static void check_doctored(const void *arg)
{
	(void)arg;
	catch_faults(try_doctored, SA_NODEFER);
	CHECK(survivor_copy() && survivor_copy_bus());
	CHECK(handled >= 2);
}

Test(handle, refuses_what_is_not_a_fault_and_touches_nothing, .timeout = 20)
{
	survivor_open();
	child_succeeds(check_doctored, NULL);
}

static void try_foreign(int signo, siginfo_t *info, void *context)
{
	CHECK(refuses(signo, info, context));
	refused++;
	foreign_repair(signo);
}

static void check_foreign(const void *arg)
{
	(void)arg;
	catch_faults(try_foreign, 0);
	foreign_fault(SIGSEGV);
	foreign_fault(SIGBUS);
	CHECK(refused == 2);
}

Test(handle, refuses_foreign_code_and_touches_nothing, .timeout = 20)
{
	survivor_open();
	child_succeeds(check_foreign, NULL);
}

/* Faults that this machine may not offer, made from one that it does: what
 * the kernel would say, and what haul must then tell. */
struct report {
	int signo, code;
	short lsb;
	enum haul_fault_kind kind;
	unsigned addr_lsb;
};

static const struct report reports[] = {
	{SIGSEGV, SEGV_MAPERR, 0, HAUL_FAULT_UNMAPPED, 0},
	{SIGSEGV, SEGV_ACCERR, 0, HAUL_FAULT_PROTECTION, 0},
	{SIGSEGV, SEGV_PKUERR, 0, HAUL_FAULT_PKEY, 0},
	{SIGSEGV, SEGV_MTESERR, 0, HAUL_FAULT_TAG, 0},
	{SIGSEGV, 99, 0, HAUL_FAULT_OTHER, 0},
	{SIGBUS, BUS_ADRERR, 0, HAUL_FAULT_BUS, 0},
	{SIGBUS, BUS_OBJERR, 0, HAUL_FAULT_BUS, 0},
	{SIGBUS, BUS_MCEERR_AR, 12, HAUL_FAULT_POISON, 12},
	{SIGBUS, BUS_MCEERR_AR, 21, HAUL_FAULT_POISON, 21},
	{SIGBUS, BUS_ADRERR, 12, HAUL_FAULT_BUS, 0},
	{SIGBUS, 99, 0, HAUL_FAULT_OTHER, 0},
	{SIGILL, ILL_ILLOPN, 0, HAUL_FAULT_OTHER, 0},
};

static const struct report *report;

static void say_report(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	info->si_signo = report->signo;
	info->si_code = report->code;
	info->si_addr_lsb = report->lsb;
	CHECK(haul_fault_handle(report->signo, info, context));
}

static void check_report(const void *arg)
{
	unsigned char dst[300];
	const size_t good = 100;
	struct haul_fault fault;
	struct fault_map map;

	report = arg;
	CHECK(!fault_map_no_access(&map, page_size()));
	catch_faults(say_report, SA_NODEFER);
	CHECK(haul_memcpy_fault(dst, map.edge - good, sizeof dst, &fault) == good);
	CHECK(fault.kind == report->kind);
	CHECK(fault.signo == report->signo && fault.code == report->code);
	CHECK(fault.addr_lsb == report->addr_lsb && fault.operand == HAUL_OPERAND_SRC);
	CHECK(!fault.addr_valid || fault.addr == (uintptr_t)map.edge);
	CHECK(fault.addr_valid || fault.addr == 0);
	CHECK(fault.addr_valid || report->signo == SIGILL);
}

Test(handle, every_code_of_the_kernel_has_its_kind, .timeout = 20)
{
	for (size_t i = 0; i < sizeof reports / sizeof *reports; i++)
		child_succeeds(check_report, &reports[i]);
}

/* A page that is there when the fault is looked at again: the copy may go on,
 * and must then not tell of a fault. */
static struct fault_map late;

static void map_then_handle(int signo, siginfo_t *info, void *context)
{
	CHECK(mprotect(late.edge, late.beyond, PROT_READ | PROT_WRITE) == 0);
	CHECK(haul_fault_handle(signo, info, context));
	handled++;
}

static void check_late(const void *arg)
{
	static unsigned char dst[20000];
	const size_t n = *(const size_t *)arg, good = n / 3;
	struct haul_fault fault;
	size_t done;

	CHECK(!fault_map_no_access(&late, 5 * page_size()));
	catch_faults(map_then_handle, SA_NODEFER);
	pattern_fill(late.base, 5 * page_size(), 1);
	memset(dst, PATTERN_NEVER, sizeof dst);
	done = haul_memcpy_fault(dst, late.edge - good, n, &fault);
	CHECK(handled == 1 && done >= good && done <= n);
	CHECK(memcmp(dst, late.edge - good, done) == 0);
	CHECK(bytes_are(dst + done, sizeof dst - done, PATTERN_NEVER));
	CHECK((done == n) == (fault.kind == HAUL_FAULT_NONE));
}

Test(handle, page_that_comes_back_never_leaves_a_false_report, .timeout = 20)
{
	static const size_t lengths[] = {3, 16, 40, 100, 300, 5000, 20000};

	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
		child_succeeds(check_late, &lengths[i]);
}
