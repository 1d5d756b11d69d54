/* SPDX-License-Identifier: MIT */
/*
 * Signals that are not faults of haul's go to the disposition that was there
 * before, as if haul were not installed: faults of other code, and signals
 * that somebody sent.
 */
#include "signal_child.h"
#include "test.h"
#include <errno.h>
#include <haul/fault.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* How a signal comes about. */
enum way { WAY_KILL, WAY_TGKILL, WAY_SIGQUEUE, WAY_FAULT, WAYS };

enum { QUEUED_VALUE = 4711 };

/* The signal, the way and the disposition that haul finds. */
struct scenario {
	int signo, flags;
	enum way way;
};

/* What the handler that haul found saw of its last call. */
static struct {
	volatile sig_atomic_t calls, signo;
	siginfo_t info;
	sigset_t mask;
	bool context;
} seen;

static sigjmp_buf resume;

static void send(int signo, enum way way)
{
	const union sigval value = {.sival_int = QUEUED_VALUE};

	if (way == WAY_KILL)
		CHECK(kill(getpid(), signo) == 0);
	else if (way == WAY_TGKILL)
		CHECK(syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signo) == 0);
	else if (way == WAY_SIGQUEUE)
		CHECK(sigqueue(getpid(), signo, value) == 0);
	else if (!sigsetjmp(resume, 1))
		foreign_fault(signo);
}

/* A handler that a foreign fault came to does not return to it. */
static void leave(int code)
{
	if (code > 0)
		siglongjmp(resume, 1);
}

static void note(int signo)
{
	seen.calls++;
	seen.signo = signo;
	pthread_sigmask(SIG_BLOCK, NULL, &seen.mask);
}

static void with_siginfo(int signo, siginfo_t *info, void *context)
{
	note(signo);
	seen.info = *info;
	seen.context = context != NULL;
	leave(info->si_code);
}

static volatile sig_atomic_t next_is_fault;

static void with_one_argument(int signo)
{
	note(signo);
	leave(next_is_fault);
}

static void set_disposition(int signo, int flags, void (*one)(int),
			    void (*three)(int, siginfo_t *, void *))
{
	struct sigaction action = {.sa_flags = flags};

	if (three)
		action.sa_sigaction = three;
	else
		action.sa_handler = one;
	sigemptyset(&action.sa_mask);
	CHECK(sigaction(signo, &action, NULL) == 0);
}

static void set_handler(const struct scenario *s)
{
	bool three = s->flags & SA_SIGINFO;

	set_disposition(s->signo, s->flags, with_one_argument, three ? with_siginfo : NULL);
}

/* haul still survives its own faults. */
static void check_installed(void)
{
	CHECK(survivor_copy());
	CHECK(survivor_copy_bus());
}

static void check_info(const struct scenario *s)
{
	static const int codes[] = {SI_USER, SI_TKILL, SI_QUEUE};

	CHECK(seen.context && seen.info.si_signo == s->signo);
	if (s->way == WAY_FAULT) {
		CHECK(seen.info.si_code > 0);
		return;
	}
	CHECK(seen.info.si_code == codes[s->way]);
	CHECK(seen.info.si_pid == getpid() && seen.info.si_uid == getuid());
	CHECK(s->way != WAY_SIGQUEUE || seen.info.si_value.sival_int == QUEUED_VALUE);
}

static void calls_handler(const void *arg)
{
	const struct scenario *s = arg;

	set_handler(s);
	CHECK(haul_fault_install() == 0);
	next_is_fault = s->way == WAY_FAULT;
	for (int i = 1; i <= 3; i++) {
		send(s->signo, s->way);
		CHECK(seen.calls == i && seen.signo == s->signo);
		if (s->flags & SA_SIGINFO)
			check_info(s);
		check_installed();
	}
}

static void exits_well_if_fault(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	_exit(info->si_code <= 0);
}

static void tell_fault(const void *signo)
{
	struct sigaction action = {.sa_sigaction = exits_well_if_fault, .sa_flags = SA_SIGINFO};

	CHECK(sigaction(*(const int *)signo, &action, NULL) == 0);
	foreign_fault(*(const int *)signo);
}

/* qemu-loongarch64 10 reports an illegal instruction as a SIGILL that somebody
 * sent; then nobody can treat it as a fault. */
static bool can_happen(const struct scenario *s)
{
	if (s->way != WAY_FAULT || s->signo != SIGILL || !test_under_qemu())
		return true;
	if (child_returns(tell_fault, &s->signo))
		return true;
	test_note("left out: qemu-user says of a SIGILL by a fault that it was sent");
	return false;
}

static void every_way(child_body *body, int flags)
{
	survivor_open();
	for (int i = 0; i < FAULT_SIGNALS * WAYS; i++) {
		struct scenario s = {fault_signals[i / WAYS], flags, (enum way)(i % WAYS)};

		if (can_happen(&s))
			child_succeeds(body, &s);
	}
}

Test(chain, one_argument_handler_is_called, .timeout = 30)
{
	every_way(calls_handler, 0);
}

Test(chain, siginfo_handler_gets_the_facts, .timeout = 30)
{
	every_way(calls_handler, SA_SIGINFO);
}

static void meets_default(const void *arg)
{
	const struct scenario *s = arg;

	set_disposition(s->signo, 0, SIG_DFL, NULL);
	CHECK(haul_fault_install() == 0);
	check_installed();
	send(s->signo, s->way);
	NOT_REACHED("still alive");
}

Test(chain, default_kills_with_the_signal, .timeout = 30)
{
	survivor_open();
	for (int i = 0; i < FAULT_SIGNALS * WAYS; i++) {
		struct scenario s = {fault_signals[i / WAYS], 0, (enum way)(i % WAYS)};

		child_dies(meets_default, &s, s.signo);
	}
}

static void stores_to_null(const void *arg)
{
	volatile int *volatile null = NULL;

	(void)arg;
	CHECK(haul_fault_install() == 0);
	*null = 1;
}

Test(chain, foreign_store_to_null_kills, .timeout = 30)
{
	child_dies(stores_to_null, NULL, SIGSEGV);
}

static void meets_ignored(const void *arg)
{
	const struct scenario *s = arg;

	set_disposition(s->signo, 0, SIG_IGN, NULL);
	CHECK(haul_fault_install() == 0);
	send(s->signo, s->way);
	check_installed();
	send(s->signo, s->way);
	check_installed();
}

/* Linux lets a process ignore what others send, not its own faults. */
Test(chain, ignored_signal_is_ignored_unless_it_is_a_fault, .timeout = 30)
{
	survivor_open();
	for (int i = 0; i < FAULT_SIGNALS * WAYS; i++) {
		struct scenario s = {fault_signals[i / WAYS], 0, (enum way)(i % WAYS)};

		if (!can_happen(&s))
			continue;
		if (s.way == WAY_FAULT)
			child_dies(meets_ignored, &s, s.signo);
		else
			child_succeeds(meets_ignored, &s);
	}
}

static void reset_hand_runs_once(const void *arg)
{
	const struct scenario *s = arg;

	set_handler(s);
	CHECK(haul_fault_install() == 0);
	next_is_fault = s->way == WAY_FAULT;
	check_installed();
	send(s->signo, s->way);
	CHECK(seen.calls == 1);
	check_installed();
	send(s->signo, s->way);
	NOT_REACHED("still alive");
}

Test(chain, reset_hand_runs_once_and_then_kills, .timeout = 30)
{
	survivor_open();
	for (int i = 0; i < FAULT_SIGNALS * WAYS * 2; i++) {
		int siginfo = i % 2 ? SA_SIGINFO : 0;
		struct scenario s = {fault_signals[i / 2 / WAYS], (int)SA_RESETHAND | siginfo,
				     (enum way)(i / 2 % WAYS)};

		child_dies(reset_hand_runs_once, &s, s.signo);
	}
}

/* Our own faults must not use a one-shot handler up. */
static void reset_hand_is_kept(const void *arg)
{
	struct sigaction action;

	(void)arg;
	set_disposition(SIGSEGV, (int)(SA_RESETHAND | SA_SIGINFO), NULL, with_siginfo);
	CHECK(haul_fault_install() == 0);
	check_installed();
	CHECK(seen.calls == 0);
	CHECK(haul_fault_uninstall() == 0);
	CHECK(sigaction(SIGSEGV, NULL, &action) == 0);
	CHECK(action.sa_sigaction == with_siginfo && (action.sa_flags & (int)SA_RESETHAND));
}

static void reset_hand_is_spent(const void *arg)
{
	struct sigaction action;

	(void)arg;
	set_disposition(SIGSEGV, (int)(SA_RESETHAND | SA_SIGINFO), NULL, with_siginfo);
	CHECK(haul_fault_install() == 0);
	send(SIGSEGV, WAY_KILL);
	CHECK(seen.calls == 1);
	CHECK(haul_fault_uninstall() == 0);
	CHECK(sigaction(SIGSEGV, NULL, &action) == 0);
	CHECK(action.sa_handler == SIG_DFL);
}

Test(chain, reset_hand_comes_back_unless_spent, .timeout = 30)
{
	survivor_open();
	child_succeeds(reset_hand_is_kept, NULL);
	child_succeeds(reset_hand_is_spent, NULL);
}

/* In the handler: what the thread blocked, sa_mask, and the signal itself
 * unless SA_NODEFER.  Afterwards: what the thread blocked. */
static void mask_is_as_asked(const void *arg)
{
	const struct scenario *s = arg;
	struct sigaction action = {.sa_flags = s->flags};
	sigset_t before, after;

	action.sa_sigaction = with_siginfo;
	sigemptyset(&action.sa_mask);
	sigaddset(&action.sa_mask, SIGUSR1);
	CHECK(sigaction(s->signo, &action, NULL) == 0);
	sigemptyset(&before);
	sigaddset(&before, SIGUSR2);
	CHECK(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
	CHECK(haul_fault_install() == 0);
	send(s->signo, s->way);
	CHECK(seen.calls == 1);
	CHECK(sigismember(&seen.mask, SIGUSR1) == 1 && sigismember(&seen.mask, SIGUSR2) == 1);
	CHECK(sigismember(&seen.mask, s->signo) == !(s->flags & SA_NODEFER));
	CHECK(sigismember(&seen.mask, SIGTERM) == 0);
	CHECK(pthread_sigmask(SIG_BLOCK, NULL, &after) == 0);
	for (int signo = 1; signo < NSIG; signo++)
		CHECK(sigismember(&after, signo) == sigismember(&before, signo));
	check_installed();
}

Test(chain, mask_of_the_handler_is_honoured, .timeout = 30)
{
	every_way(mask_is_as_asked, SA_SIGINFO);
}

Test(chain, nodefer_of_the_handler_is_honoured, .timeout = 30)
{
	every_way(mask_is_as_asked, SA_SIGINFO | SA_NODEFER);
}

static void repair(int signo, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	note(signo);
	foreign_repair(signo);
}

static void repaired_fault_goes_on(const void *arg)
{
	const struct scenario *s = arg;

	set_disposition(s->signo, SA_SIGINFO, NULL, repair);
	CHECK(haul_fault_install() == 0);
	check_installed();
	CHECK(seen.calls == 0);
	foreign_fault(s->signo);
	CHECK(seen.calls == 1);
}

Test(chain, handler_that_repairs_is_resumed_from, .timeout = 30)
{
	survivor_open();
	child_succeeds(repaired_fault_goes_on, &(struct scenario){.signo = SIGSEGV});
	child_succeeds(repaired_fault_goes_on, &(struct scenario){.signo = SIGBUS});
}

/* A thread that waits for a byte in read(2), and one that sends it signals and
 * at last the byte. */
struct wait {
	pthread_t reader;
	int signo, signals, fds[2];
	atomic_bool over;
};

static void *interrupt_reader(void *arg)
{
	struct wait *w = arg;

	for (int i = 0; i < w->signals && !w->over; i++) {
		usleep(2000);
		CHECK(pthread_kill(w->reader, w->signo) == 0);
	}
	CHECK(write(w->fds[1], "x", 1) == 1);
	return NULL;
}

/* What read(2) set errno to; 0 if it got the byte. */
static int read_error(int signo, int signals)
{
	struct wait w = {.reader = pthread_self(), .signo = signo, .signals = signals};
	pthread_t thread;
	char byte;
	int error;

	CHECK(haul_fault_install() == 0);
	CHECK(pipe(w.fds) == 0);
	CHECK(pthread_create(&thread, NULL, interrupt_reader, &w) == 0);
	error = read(w.fds[0], &byte, 1) < 0 ? errno : 0;
	w.over = true;
	CHECK(pthread_join(thread, NULL) == 0);
	return error;
}

static void ignored_does_not_interrupt(const void *arg)
{
	(void)arg;
	set_disposition(SIGSEGV, 0, SIG_IGN, NULL);
	CHECK(read_error(SIGSEGV, 50) == 0);
}

static void restart_does_not_interrupt(const void *arg)
{
	(void)arg;
	set_disposition(SIGBUS, SA_RESTART, with_one_argument, NULL);
	CHECK(read_error(SIGBUS, 50) == 0);
	CHECK(seen.calls > 0);
}

static void handler_without_restart_interrupts(const void *arg)
{
	(void)arg;
	set_disposition(SIGBUS, 0, with_one_argument, NULL);
	CHECK(read_error(SIGBUS, 5000) == EINTR);
}

Test(chain, system_calls_restart_as_asked, .timeout = 30)
{
	if (test_under_qemu())
		cr_skip_test("qemu-user lets ignored fault signals interrupt system calls");
	child_succeeds(ignored_does_not_interrupt, NULL);
	child_succeeds(restart_does_not_interrupt, NULL);
	child_succeeds(handler_without_restart_interrupts, NULL);
}
