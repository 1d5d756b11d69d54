/* SPDX-License-Identifier: MIT */
/*
 * Faults as Linux signals: recognising haul's own, passing on the rest.
 *
 * The path of haul's own fault uses no thread-local storage, lock, allocation
 * or system call, leaves errno alone, and returns by changing the PC; it never
 * longjmps.  The process dies of a foreign fault exactly as it would have
 * without haul.
 */
#include "arch.h"
#include "extable.h"
#include "frame.h"
#include "guard.h"
#include "tune.h"
#include <dlfcn.h>
#include <errno.h>
#include <haul/fault.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(HAUL_EFAULT == EFAULT && HAUL_EINVAL == EINVAL && HAUL_ENOSPC == ENOSPC, "numbers");
_Static_assert(HAUL_ENOENT == ENOENT && HAUL_EIO == EIO && HAUL_EAGAIN == EAGAIN, "numbers");
_Static_assert(HAUL_ENOMEM == ENOMEM && HAUL_EACCES == EACCES && HAUL_EBUSY == EBUSY, "numbers");
_Static_assert(HAUL_EEXIST == EEXIST && HAUL_ENODEV == ENODEV && HAUL_ERANGE == ERANGE, "numbers");
_Static_assert(HAUL_EPROTO == EPROTO && HAUL_EOVERFLOW == EOVERFLOW, "numbers");
_Static_assert(HAUL_ENOTSUP == ENOTSUP && HAUL_ETIMEDOUT == ETIMEDOUT, "numbers");

/* One signal that haul handles and the disposition it had before. */
struct hook {
	int signo;
	struct sigaction previous;
	/* previous was SA_RESETHAND and has had its one call; a whole int, because not
	 * every CPU exchanges bytes without a library */
	atomic_int spent;
};

static struct hook hooks[] = {{.signo = SIGSEGV}, {.signo = SIGBUS}, {.signo = SIGILL}};

#define HOOKS (sizeof hooks / sizeof *hooks)

static pthread_mutex_t installing = PTHREAD_MUTEX_INITIALIZER;
static unsigned installed; /* under installing */

/* These two arrive some time after the access that caused them, so the PC
 * says nothing; the kernel sends them with a positive si_code all the same. */
static bool is_asynchronous(int signo, int code)
{
	return (signo == SIGBUS && code == BUS_MCEERR_AO) ||
	       (signo == SIGSEGV && code == SEGV_MTEAERR);
}

static enum haul_fault_kind kind_of(int signo, int code)
{
	if (code == SI_KERNEL)
		return HAUL_FAULT_NONCANONICAL;
	if (signo == SIGSEGV) {
		switch (code) {
		case SEGV_MAPERR:
			return HAUL_FAULT_UNMAPPED;
		case SEGV_ACCERR:
			return HAUL_FAULT_PROTECTION;
		case SEGV_PKUERR:
			return HAUL_FAULT_PKEY;
		case SEGV_MTESERR:
			return HAUL_FAULT_TAG;
		}
	}
	if (signo == SIGBUS) {
		switch (code) {
		case BUS_ADRERR:
		case BUS_OBJERR:
			return HAUL_FAULT_BUS;
		case BUS_MCEERR_AR:
			return HAUL_FAULT_POISON;
		}
	}
	return HAUL_FAULT_OTHER;
}

/* SIGILL's address is the instruction's; SI_KERNEL and some BUS_ADRALN come
 * without one. */
static bool has_address(int signo, const siginfo_t *info)
{
	if (signo == SIGILL || info->si_code == SI_KERNEL)
		return false;
	return signo == SIGSEGV || info->si_addr;
}

static struct haul_arch_facts facts_of(int signo, const siginfo_t *info, uint8_t operand)
{
	bool valid = has_address(signo, info);
	enum haul_fault_kind kind = kind_of(signo, info->si_code);

	return (struct haul_arch_facts){
		.addr = valid ? (uintptr_t)info->si_addr : 0,
		.signo = (uint32_t)signo,
		.code = (uint32_t)info->si_code,
		.kind = (uint8_t)kind,
		.operand = operand,
		.addr_valid = valid,
		.addr_lsb = kind == HAUL_FAULT_POISON ? (uint8_t)info->si_addr_lsb : 0,
	};
}

bool haul_fault_handle(int signo, siginfo_t *info, void *ucontext)
{
	struct haul_extable_match match;
	struct haul_arch_facts facts;

	if (signo != SIGSEGV && signo != SIGBUS && signo != SIGILL)
		return false;
	if (!info || info->si_code <= 0 || is_asynchronous(signo, info->si_code))
		return false;
	if (!haul_extable_find(haul_arch_frame_pc(ucontext), &match))
		return haul_guard_handle(signo, info);
	facts = facts_of(signo, info, match.operand);
	haul_arch_frame_resume(ucontext, match.fixup, match.facts ? &facts : NULL);
	return true;
}

/*
 * Lets the default action happen, at the PC that was interrupted: the signal
 * is queued again with its original siginfo, blocked until the handler
 * returns.  An instruction that might succeed when run again gets no second
 * chance, as it would not have had one without haul.
 */
static void die_by_default(int signo, siginfo_t *info)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signo);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (sigaction(signo, &action, NULL) ||
	    syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), signo, info))
		_exit(128 + signo);
}

/* The mask that the kernel would have set for the previous handler.  The
 * interrupted mask comes back from the ucontext when the handler returns. */
static void block_as_asked(const struct sigaction *action, int signo)
{
	sigset_t set = action->sa_mask;

	if (!(action->sa_flags & SA_NODEFER))
		sigaddset(&set, signo);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void pass_on(struct hook *hook, siginfo_t *info, void *ucontext)
{
	const struct sigaction *previous = &hook->previous;
	bool siginfo = previous->sa_flags & SA_SIGINFO;
	bool once = (previous->sa_flags & (int)SA_RESETHAND) != 0;
	bool spent = once && atomic_exchange(&hook->spent, 1);

	if (!siginfo && previous->sa_handler == SIG_IGN) {
		/* The kernel does not let a thread ignore a fault of its own. */
		if (info->si_code > 0)
			die_by_default(hook->signo, info);
	} else if (spent || (!siginfo && previous->sa_handler == SIG_DFL)) {
		die_by_default(hook->signo, info);
	} else {
		block_as_asked(previous, hook->signo);
		if (siginfo)
			previous->sa_sigaction(hook->signo, info, ucontext);
		else
			previous->sa_handler(hook->signo);
	}
}

static void handler(int signo, siginfo_t *info, void *ucontext)
{
	haul_arch_handler_enter();
	if (haul_fault_handle(signo, info, ucontext))
		return;
	for (struct hook *hook = hooks; hook < hooks + HOOKS; hook++)
		if (hook->signo == signo)
			pass_on(hook, info, ucontext);
}

/*
 * Keeps the object that holds this code (libhaul.so, or a plug-in that links
 * libhaul.a) mapped for ever: a handler must not outlive its code, and others
 * may have saved ours.  Weak, so that static programs need no dynamic loader;
 * dlopen by name, because to name it makes the linker warn those programs.
 */
extern __typeof__(dladdr) dladdr __attribute__((weak));
extern __typeof__(dlsym) dlsym __attribute__((weak));

static void pin_code(void)
{
	__typeof__(dlopen) *pin;
	Dl_info self;

	if (!dladdr || !dlsym || !dladdr((const void *)(uintptr_t)handler, &self))
		return;
	*(void **)&pin = dlsym(RTLD_DEFAULT, "dlopen");
	if (pin)
		pin(self.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

static bool is_current(const struct sigaction *action)
{
	return (action->sa_flags & SA_SIGINFO) && action->sa_sigaction == handler;
}

/* A signal that is ignored interrupts no system call, so haul's handler must
 * not make it. */
static int restart_flag(const struct sigaction *previous)
{
	if (!(previous->sa_flags & SA_SIGINFO) && previous->sa_handler == SIG_IGN)
		return SA_RESTART;
	return previous->sa_flags & SA_RESTART;
}

/* The previous disposition is saved before haul's replaces it, because the
 * handler may run at once. */
static int install_hook(struct hook *hook)
{
	struct sigaction action = {.sa_sigaction = handler}, previous;

	if (sigaction(hook->signo, NULL, &previous))
		return -errno;
	/* Somebody may have put haul's own handler back after an uninstall. */
	if (!is_current(&previous)) {
		hook->previous = previous;
		atomic_store(&hook->spent, 0);
	}
	sigemptyset(&action.sa_mask);
	action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | restart_flag(&hook->previous);
	return sigaction(hook->signo, &action, NULL) ? -errno : 0;
}

static void uninstall_hook(struct hook *hook)
{
	struct sigaction action = hook->previous;

	if (atomic_load(&hook->spent)) {
		action.sa_flags &= ~SA_SIGINFO;
		action.sa_handler = SIG_DFL;
	}
	sigaction(hook->signo, &action, NULL);
}

static int install_hooks(void)
{
	pin_code();
	for (size_t i = 0; i < HOOKS; i++) {
		int err = install_hook(&hooks[i]);

		if (err) {
			while (i--)
				uninstall_hook(&hooks[i]);
			return err;
		}
	}
	return 0;
}

static bool all_hooks_current(void)
{
	for (size_t i = 0; i < HOOKS; i++) {
		struct sigaction action;

		if (sigaction(hooks[i].signo, NULL, &action) || !is_current(&action))
			return false;
	}
	return true;
}

int haul_fault_install(void)
{
	int saved_errno = errno;
	int err = 0;

	haul_tune_resolve();
	pthread_mutex_lock(&installing);
	if (installed == UINT_MAX)
		err = -HAUL_EOVERFLOW;
	else if (installed == 0)
		err = install_hooks();
	if (!err)
		installed++;
	pthread_mutex_unlock(&installing);
	errno = saved_errno;
	return err;
}

int haul_fault_uninstall(void)
{
	int saved_errno = errno;
	int err = 0;

	pthread_mutex_lock(&installing);
	if (installed == 0)
		err = -HAUL_EINVAL;
	else if (installed == 1 && !all_hooks_current())
		err = -HAUL_EBUSY;
	else if (--installed == 0)
		for (size_t i = 0; i < HOOKS; i++)
			uninstall_hook(&hooks[i]);
	pthread_mutex_unlock(&installing);
	errno = saved_errno;
	return err;
}

bool haul_fault_unblocked(void)
{
	int saved_errno = errno;
	bool blocked = false;
	sigset_t set;

	if (pthread_sigmask(SIG_BLOCK, NULL, &set) == 0)
		for (size_t i = 0; i < HOOKS; i++)
			blocked |= sigismember(&set, hooks[i].signo) == 1;
	errno = saved_errno;
	return !blocked;
}
