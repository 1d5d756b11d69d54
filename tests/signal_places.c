/* SPDX-License-Identifier: MIT */
/*
 * Faults are survived wherever a program may be: in a storm of signals, inside
 * handlers, on a small alternate stack, after fork, without system calls.
 */
#include "cpu.h"
#include "fault_maps.h"
#include "signal_child.h"
#include "test.h"
#include <errno.h>
#include <haul/fault.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void catch_with(int signo, int flags, void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction action = {.sa_flags = SA_SIGINFO | flags};

	action.sa_sigaction = handler;
	sigemptyset(&action.sa_mask);
	CHECK(sigaction(signo, &action, NULL) == 0);
}

/*
 * A thread that sends signals to another until told to stop, each when the one
 * before has arrived: handlers with SA_NODEFER, which haul's is, nest without
 * bound if signals come faster than they can be entered.  It does not wait for
 * ever, because Linux drops a sent signal while a fault's is pending.
 */
struct storm {
	pthread_t target;
	const int *signals;
	int count;
	atomic_bool over;
};

enum { PATIENCE = 50 };

static atomic_int arrived;

static void *send_storm(void *arg)
{
	struct storm *storm = arg;

	for (int i = 0; !storm->over; i++) {
		const int before = arrived;

		CHECK(pthread_kill(storm->target, storm->signals[i % storm->count]) == 0);
		for (int k = 0; k < PATIENCE && arrived == before && !storm->over; k++)
			sched_yield();
	}
	return NULL;
}

enum { BIG = 1 << 18, ROUNDS = 300, ARRIVALS = 300 };

/* Copies of every size until enough signals have come in between. */
static void copy_through_storm(const int *signals, int count)
{
	struct storm storm = {.target = pthread_self(), .signals = signals, .count = count};
	unsigned char *src = malloc(BIG), *dst = malloc(BIG);
	pthread_t thread;

	CHECK(src && dst);
	pattern_fill(src, BIG, 3);
	CHECK(pthread_create(&thread, NULL, send_storm, &storm) == 0);
	for (int i = 0; i < ROUNDS || arrived < ARRIVALS; i++) {
		CHECK(survivor_copy() && survivor_copy_bus());
		memset(dst, PATTERN_NEVER, BIG);
		CHECK(haul_memcpy(dst, src, BIG - 1) == BIG - 1);
		CHECK(memcmp(dst, src, BIG - 1) == 0 && dst[BIG - 1] == PATTERN_NEVER);
	}
	storm.over = true;
	CHECK(pthread_join(thread, NULL) == 0);
	free(src);
	free(dst);
}

static void count_arrival(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	CHECK(info->si_code == SI_TKILL);
	arrived++;
}

static void storm_of_faults(const void *arg)
{
	(void)arg;
	for (int i = 0; i < FAULT_SIGNALS; i++)
		catch_with(fault_signals[i], 0, count_arrival);
	CHECK(haul_fault_install() == 0);
	copy_through_storm(fault_signals, FAULT_SIGNALS);
}

Test(places, storm_of_sent_signals_leaves_copies_exact, .timeout = 30)
{
	if (test_under_qemu())
		cr_skip_test("qemu-user takes a fault signal that somebody sends for a fault");
	survivor_open();
	child_succeeds(storm_of_faults, NULL);
}

static void copy_in_handler(int signo, siginfo_t *info, void *context)
{
	int before = errno;

	(void)signo;
	(void)info;
	(void)context;
	CHECK(survivor_copy() && survivor_copy_bus());
	CHECK(errno == before);
	arrived++;
}

static void copies_in_handlers(const void *arg)
{
	static const int signals[] = {SIGUSR1, SIGUSR2};

	(void)arg;
	CHECK(haul_fault_install() == 0);
	catch_with(SIGUSR1, 0, copy_in_handler);
	catch_with(SIGUSR2, SA_NODEFER, copy_in_handler);
	copy_through_storm(signals, 2);
}

Test(places, handlers_that_interrupt_copies_may_copy, .timeout = 30)
{
	survivor_open();
	child_succeeds(copies_in_handlers, NULL);
}

/* A host that has its own handler, asks haul first, and copies while it deals
 * with a fault of its own. */
static void host_handler(int signo, siginfo_t *info, void *context)
{
	if (haul_fault_handle(signo, info, context))
		return;
	for (int i = 0; i < 10; i++)
		CHECK(survivor_copy() && survivor_copy_bus());
	foreign_repair(signo);
	arrived++;
}

static void host_copies_in_its_handler(const void *arg)
{
	const bool install = *(const bool *)arg;

	catch_with(SIGSEGV, SA_NODEFER, host_handler);
	catch_with(SIGBUS, SA_NODEFER, host_handler);
	if (install)
		CHECK(haul_fault_install() == 0);
	CHECK(survivor_copy() && survivor_copy_bus() && arrived == 0);
	foreign_fault(SIGBUS);
	CHECK(arrived == 1 && survivor_copy());
}

Test(places, handler_of_the_host_may_copy, .timeout = 30)
{
	survivor_open();
	child_succeeds(host_copies_in_its_handler, &(bool){false});
	child_succeeds(host_copies_in_its_handler, &(bool){true});
}

static void tell_if_unblocked(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)info;
	(void)context;
	arrived += haul_fault_unblocked() ? 1 : 1000;
}

static void predecessor_is_told(const void *arg)
{
	(void)arg;
	catch_with(SIGSEGV, SA_NODEFER, tell_if_unblocked);
	catch_with(SIGBUS, 0, tell_if_unblocked);
	CHECK(haul_fault_install() == 0);
	CHECK(raise(SIGSEGV) == 0 && arrived == 1);
	CHECK(raise(SIGBUS) == 0 && arrived == 1001);
	CHECK(haul_fault_unblocked());
}

Test(places, handler_without_nodefer_is_told_that_it_blocks, .timeout = 30)
{
	child_succeeds(predecessor_is_told, NULL);
}

/* What the kernel needs for its frame, and a little for the handler. */
enum { LITTLE = 1024 };

static void copies_on_small_stack(const void *arg)
{
	size_t frame = getauxval(AT_MINSIGSTKSZ), size, pages;
	unsigned char *area, *low;
	stack_t stack;

	(void)arg;
	if (frame < (size_t)MINSIGSTKSZ)
		frame = (size_t)MINSIGSTKSZ;
	size = frame + LITTLE;
	pages = (size / page_size() + 2) * page_size();
	area = mmap(NULL, pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(area != MAP_FAILED && mprotect(area, page_size(), PROT_NONE) == 0);
	low = area + page_size();
	stack = (stack_t){.ss_sp = low, .ss_size = size};
	memset(low, PATTERN_NEVER, pages - page_size());
	CHECK(sigaltstack(&stack, NULL) == 0);
	CHECK(haul_fault_install() == 0);
	for (int i = 0; i < 100; i++)
		CHECK(survivor_copy() && survivor_copy_bus());
	CHECK(!bytes_are(low, size, PATTERN_NEVER)); /* it was used */
	CHECK(bytes_are(low + size, pages - page_size() - size, PATTERN_NEVER));
}

Test(places, small_alternate_stack_suffices, .timeout = 30)
{
	survivor_open();
	child_succeeds(copies_on_small_stack, NULL);
}

static atomic_bool stop;

static void *copy_until_stopped(void *arg)
{
	(void)arg;
	while (!stop)
		CHECK(survivor_copy() && survivor_copy_bus());
	return NULL;
}

static void forked_child(void)
{
	pid_t pid;
	int status;

	for (int i = 0; i < 50; i++)
		CHECK(survivor_copy() && survivor_copy_bus());
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		alarm(10);
		CHECK(survivor_copy() && survivor_copy_bus());
		CHECK(haul_fault_uninstall() == 0);
		foreign_fault(SIGSEGV);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

static void forks_amid_copies(const void *arg)
{
	pthread_t threads[2];
	int status;

	(void)arg;
	CHECK(haul_fault_install() == 0);
	for (int i = 0; i < 2; i++)
		CHECK(pthread_create(&threads[i], NULL, copy_until_stopped, NULL) == 0);
	for (int i = 0; i < 50; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0) {
			alarm(10);
			forked_child();
			_exit(0);
		}
		CHECK(survivor_copy());
		CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	}
	stop = true;
	for (int i = 0; i < 2; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
}

Test(places, children_of_fork_survive_faults, .timeout = 60)
{
	survivor_open();
	child_succeeds(forks_amid_copies, NULL);
}

#define ALLOW(number) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static void forbid_system_calls(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(SYS_write),
		ALLOW(SYS_exit),
		ALLOW(SYS_exit_group),
		ALLOW(SYS_rt_sigreturn),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog program = {sizeof code / sizeof *code, code};

	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

static void copies_without_system_calls(const void *arg)
{
	(void)arg;
	CHECK(haul_fault_install() == 0);
	forbid_system_calls();
	for (int i = 0; i < 5000; i++)
		CHECK(survivor_copy() && survivor_copy_bus());
}

static void any_other_call(const void *arg)
{
	(void)arg;
	forbid_system_calls();
	getppid();
}

Test(places, handled_faults_need_no_system_call, .timeout = 30)
{
	if (prctl(PR_GET_SECCOMP) < 0)
		cr_skip_test("this kernel has no seccomp");
	survivor_open();
	child_dies(any_other_call, NULL, SIGSYS);
	child_succeeds(copies_without_system_calls, NULL);
}

/* The kernel does not deliver a fault to a thread that blocks its signal: it
 * kills the process, whatever is installed. */
static void copies_while_blocked(const void *arg)
{
	const int signo = *(const int *)arg;
	sigset_t set;

	CHECK(haul_fault_install() == 0 && haul_fault_unblocked());
	sigemptyset(&set);
	sigaddset(&set, signo);
	CHECK(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
	CHECK(!haul_fault_unblocked());
	CHECK(signo == SIGSEGV || survivor_copy());
	CHECK(signo == SIGBUS || survivor_copy_bus());
	CHECK(signo != SIGSEGV || survivor_copy());
	CHECK(signo != SIGBUS || survivor_copy_bus());
}

Test(places, fault_while_blocked_kills_and_the_mask_tells, .timeout = 30)
{
	if (test_under_qemu())
		cr_skip_test("qemu-user retries a fault whose signal is blocked for ever");
	survivor_open();
	child_dies(copies_while_blocked, &(int){SIGSEGV}, SIGSEGV);
	child_dies(copies_while_blocked, &(int){SIGBUS}, SIGBUS);
	child_succeeds(copies_while_blocked, &(int){SIGILL});
}

static void other_signals_do_not_matter(const void *arg)
{
	sigset_t set;

	(void)arg;
	sigfillset(&set);
	for (int i = 0; i < FAULT_SIGNALS; i++)
		sigdelset(&set, fault_signals[i]);
	CHECK(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
	CHECK(haul_fault_install() == 0 && haul_fault_unblocked());
	CHECK(survivor_copy() && survivor_copy_bus());
}

Test(places, other_blocked_signals_do_not_matter, .timeout = 30)
{
	survivor_open();
	child_succeeds(other_signals_do_not_matter, NULL);
}

Test(places, errno_and_mask_are_kept_over_a_fault, .timeout = 30)
{
	sigset_t before, after;

	survivor_open();
	cr_assert(haul_fault_install() == 0);
	sigemptyset(&before);
	sigaddset(&before, SIGUSR1);
	sigaddset(&before, SIGRTMIN + 3);
	cr_assert(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
	errno = 4321;
	for (int i = 0; i < 100; i++)
		cr_assert(survivor_copy() && survivor_copy_bus() && errno == 4321);
	cr_assert(pthread_sigmask(SIG_SETMASK, NULL, &after) == 0);
	for (int signo = 1; signo < NSIG; signo++)
		cr_assert(sigismember(&before, signo) == sigismember(&after, signo), "%d", signo);
}
