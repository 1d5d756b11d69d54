/* SPDX-License-Identifier: MIT */
/*
 * Signals are the whole process's, and some tests end in its death: they run
 * in a forked child, whose end and whose first failed check are looked at.
 */
#ifndef TESTS_SIGNAL_CHILD_H
#define TESTS_SIGNAL_CHILD_H

#include <haul/mem.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

typedef void child_body(const void *arg);

/* Runs body(arg) in a child; the test fails unless the child returns from it,
 * or dies of signo; or whether it returns. */
void child_succeeds(child_body *body, const void *arg);
void child_dies(child_body *body, const void *arg, int signo);
bool child_returns(child_body *body, const void *arg);

/* In a child: like cr_assert. */
#define CHECK(condition) ((condition) ? (void)0 : child_fail(__FILE__, __LINE__, #condition))
#define NOT_REACHED(what) child_fail(__FILE__, __LINE__, what)
_Noreturn void child_fail(const char *file, int line, const char *what);

/*
 * A copy that meets a fault: `good` bytes of `size` come over.  The maps are
 * made by survivor_open; survivor_copy is async-signal-safe and may run in
 * many threads at once; false if anything is not as it must be.
 */
enum { SURVIVOR_SIZE = 3000, SURVIVOR_GOOD = 1777 };
void survivor_open(void);
bool survivor_copy(void);     /* from an unmapped page: SIGSEGV */
bool survivor_copy_bus(void); /* from beyond the end of a file: SIGBUS */

/* Foreign faults, of plain code, of SIGSEGV, SIGBUS or SIGILL.  They need
 * survivor_open, and return only if a handler repaired what was wrong. */
void foreign_fault(int signo);
void foreign_repair(int signo); /* async-signal-safe; not for SIGILL */

/* SIGSEGV, SIGBUS, SIGILL */
enum { FAULT_SIGNALS = 3 };
extern const int fault_signals[FAULT_SIGNALS];

#endif
