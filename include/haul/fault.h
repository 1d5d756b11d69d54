/* SPDX-License-Identifier: MIT */
/*
 * What a fault was, and who handles it.
 *
 * Memory operations that meet a fault stop there and say how far they got.
 * They can do so only while somebody hands them the fault: either haul's own
 * signal handlers (haul_fault_install), or a host's handlers that ask
 * haul_fault_handle first.  Without either a fault kills, as ever.
 */
#ifndef HAUL_FAULT_H
#define HAUL_FAULT_H

#include <haul/base.h>
#include <stdbool.h>

#if defined(__linux__) && __STDC_HOSTED__
#include <signal.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum haul_fault_kind {
	HAUL_FAULT_NONE,         /* nothing failed */
	HAUL_FAULT_UNMAPPED,     /* no page there (SEGV_MAPERR) */
	HAUL_FAULT_PROTECTION,   /* a page that does not allow it (SEGV_ACCERR) */
	HAUL_FAULT_BUS,          /* a page without storage: past the end of a file,
				    full disk (BUS_ADRERR and its kin) */
	HAUL_FAULT_POISON,       /* damaged memory (BUS_MCEERR_AR) */
	HAUL_FAULT_NONCANONICAL, /* not an address at all (x86 #GP) */
	HAUL_FAULT_PKEY,         /* a protection key forbids it (SEGV_PKUERR) */
	HAUL_FAULT_TAG,          /* a memory tag does not match (SEGV_MTESERR) */
	HAUL_FAULT_OTHER
};

enum haul_operand { HAUL_OPERAND_NONE, HAUL_OPERAND_SRC, HAUL_OPERAND_DST };

/*
 * Of a trap (haul/trap.h), signo is the x86_64 vector, aarch64 exception class,
 * riscv64 scause or loongarch64 Ecode; code is the x86_64 error code, aarch64
 * ISS or loongarch64 EsubCode, else 0.  riscv64 does not tell a page that is not
 * there from one that does not allow the access: both are UNMAPPED.
 */
struct haul_fault {
	uintptr_t addr;            /* first byte that failed, as the CPU told it */
	bool addr_valid;           /* false where the CPU gives no address (x86 #GP) */
	enum haul_fault_kind kind; /* HAUL_FAULT_NONE: the rest is zero */
	enum haul_operand operand; /* the side that failed */
	int signo, code;           /* Linux: si_signo, si_code; bare: see below */
	unsigned addr_lsb;         /* HAUL_FAULT_POISON: log2 of the damaged extent
				      in bytes, else 0 */
};

#if defined(__linux__) && __STDC_HOSTED__

/*
 * Installs handlers for SIGSEGV, SIGBUS and SIGILL, process-wide.  Counted:
 * each call that returns 0 wants one haul_fault_uninstall.  All or nothing.
 *
 * A signal that is not a fault of a haul operation, nor repaired by a guard
 * (haul/guard.h), goes on to the disposition that was there before, exactly as
 * that asks (SA_SIGINFO or one argument, SIG_DFL, SIG_IGN, SA_RESETHAND,
 * SA_NODEFER, its mask); haul stays installed.
 * The handlers run on the thread's alternate stack if it has one, take no
 * lock, allocate nothing and make no system call for a fault of haul's own.
 *
 * The variants are chosen here too, if no operation has been called yet: on
 * riscv64 that asks the kernel, which a seccomp filter may forbid later.
 *
 * A thread that blocks one of the signals and then faults is killed by the
 * kernel, handler or not (see sigprocmask(2)): haul_fault_unblocked tells.
 *
 * Returns 0; -HAUL_EOVERFLOW after UINT_MAX calls; or the kernel's error, with
 * nothing changed.  Any thread; not from a signal handler.
 */
HAUL_API int haul_fault_install(void);

/*
 * Takes one install back; the last one restores the previous dispositions.
 *
 * Returns 0; -HAUL_EINVAL if nothing is installed; -HAUL_EBUSY if this would
 * be the last one but somebody has since put a handler over haul's for one of
 * the signals: that handler may call haul's, so nothing is changed.
 * Any thread; not from a signal handler.
 */
HAUL_API int haul_fault_uninstall(void);

/*
 * For hosts with handlers of their own (a JVM, Go, a sanitizer): call this
 * first, with the handler's three arguments.  True: the fault was one of
 * haul's, *ucontext now resumes in the operation's recovery code, or it was
 * repaired (haul/guard.h); return from the handler and do nothing else.  False:
 * not haul's, nothing was touched.
 * A signal that somebody sent (si_code <= 0) is never haul's, and nothing is
 * without info.
 *
 * The handler must have been installed with SA_SIGINFO, and should be with
 * SA_NODEFER (recovery code may itself fault) or must return normally.
 * Async-signal-safe, any thread, no thread-local state, errno untouched.
 */
#ifdef SI_USER /* <signal.h> keeps siginfo_t from strict ISO C, unless _POSIX_C_SOURCE asks */
HAUL_API bool haul_fault_handle(int signo, siginfo_t *info, void *ucontext);
#endif

/*
 * True if the calling thread blocks none of SIGSEGV, SIGBUS and SIGILL, so
 * that faults reach the handlers.  One system call.  Async-signal-safe.
 */
HAUL_API bool haul_fault_unblocked(void);

#endif

#ifdef __cplusplus
}
#endif

#endif
