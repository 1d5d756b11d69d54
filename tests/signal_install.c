/* SPDX-License-Identifier: MIT */
/* Installing, counting, and taking back. */
#include "signal_child.h"
#include "test.h"
#include <errno.h>
#include <haul/fault.h>
#include <pthread.h>
#include <string.h>

static void ours(int signo)
{
	(void)signo;
}

static void ours_too(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)info;
	(void)context;
}

static void current(int signo, struct sigaction *action)
{
	memset(action, 0, sizeof *action);
	cr_assert(sigaction(signo, NULL, action) == 0);
}

static bool same_action(const struct sigaction *a, const struct sigaction *b)
{
	for (int signo = 1; signo < NSIG; signo++)
		if (sigismember(&a->sa_mask, signo) != sigismember(&b->sa_mask, signo))
			return false;
	return a->sa_sigaction == b->sa_sigaction && a->sa_flags == b->sa_flags;
}

static void check_restored(const struct sigaction *before)
{
	struct sigaction action;

	for (int i = 0; i < FAULT_SIGNALS; i++) {
		current(fault_signals[i], &action);
		cr_assert(same_action(&action, &before[i]), "signal %d", fault_signals[i]);
	}
}

/* Dispositions of every kind, each with a mask of its own. */
static void set_before(struct sigaction *before, int variant)
{
	const struct sigaction kinds[] = {
		{.sa_handler = SIG_DFL},
		{.sa_handler = SIG_IGN},
		{.sa_handler = ours, .sa_flags = SA_RESTART},
		{.sa_sigaction = ours_too, .sa_flags = SA_SIGINFO | SA_NODEFER},
		{.sa_sigaction = ours_too, .sa_flags = (int)(SA_SIGINFO | SA_RESETHAND)},
		{.sa_handler = ours, .sa_flags = SA_ONSTACK},
	};

	for (int i = 0; i < FAULT_SIGNALS; i++) {
		struct sigaction action = kinds[(variant + i) % 6];

		sigemptyset(&action.sa_mask);
		sigaddset(&action.sa_mask, SIGUSR1 + i);
		cr_assert(sigaction(fault_signals[i], &action, NULL) == 0);
		current(fault_signals[i], &before[i]);
	}
}

Test(install, last_uninstall_restores_exactly, .timeout = 20)
{
	struct sigaction before[FAULT_SIGNALS];

	survivor_open();
	for (int variant = 0; variant < 6; variant++) {
		set_before(before, variant);
		for (int round = 0; round < 3; round++) {
			cr_assert(haul_fault_install() == 0);
			cr_assert(survivor_copy() && survivor_copy_bus());
			cr_assert(haul_fault_uninstall() == 0);
			check_restored(before);
		}
	}
}

Test(install, is_counted, .timeout = 20)
{
	struct sigaction before[FAULT_SIGNALS];

	survivor_open();
	set_before(before, 0);
	cr_assert(haul_fault_uninstall() == -HAUL_EINVAL);
	for (int i = 0; i < 5; i++)
		cr_assert(haul_fault_install() == 0);
	for (int i = 0; i < 4; i++) {
		cr_assert(haul_fault_uninstall() == 0);
		cr_assert(survivor_copy() && survivor_copy_bus());
	}
	cr_assert(haul_fault_uninstall() == 0);
	check_restored(before);
	cr_assert(haul_fault_uninstall() == -HAUL_EINVAL);
}

static void copies(const void *arg)
{
	(void)arg;
	survivor_copy();
}

Test(install, without_it_a_fault_kills, .timeout = 20)
{
	survivor_open();
	child_dies(copies, NULL, SIGSEGV);
	cr_assert(haul_fault_install() == 0 && haul_fault_uninstall() == 0);
	child_dies(copies, NULL, SIGSEGV);
}

Test(install, keeps_errno_and_mask, .timeout = 20)
{
	sigset_t before, after;

	cr_assert(pthread_sigmask(SIG_BLOCK, NULL, &before) == 0);
	errno = 4321;
	cr_assert(haul_fault_uninstall() == -HAUL_EINVAL && errno == 4321);
	cr_assert(haul_fault_install() == 0 && errno == 4321);
	cr_assert(haul_fault_unblocked() && errno == 4321);
	cr_assert(haul_fault_uninstall() == 0 && errno == 4321);
	cr_assert(pthread_sigmask(SIG_BLOCK, NULL, &after) == 0);
	for (int signo = 1; signo < NSIG; signo++)
		cr_assert(sigismember(&before, signo) == sigismember(&after, signo));
}

/* Whoever came after may call haul's handler, so haul must stay. */
static void put_over(int signo)
{
	const struct sigaction over = {.sa_handler = ours};
	struct sigaction mine;

	cr_assert(haul_fault_install() == 0 && haul_fault_install() == 0);
	cr_assert(sigaction(signo, &over, &mine) == 0);
	cr_assert(haul_fault_uninstall() == 0, "not the last");
	cr_assert(haul_fault_uninstall() == -HAUL_EBUSY);
	for (int i = 0; i < FAULT_SIGNALS; i++) {
		struct sigaction now;

		current(fault_signals[i], &now);
		cr_assert(fault_signals[i] == signo ? now.sa_handler == ours
						    : now.sa_sigaction == mine.sa_sigaction);
	}
	cr_assert(sigaction(signo, &mine, NULL) == 0);
	cr_assert(survivor_copy() && survivor_copy_bus());
	cr_assert(haul_fault_uninstall() == 0);
}

Test(install, uninstall_under_another_handler_is_busy, .timeout = 20)
{
	struct sigaction before[FAULT_SIGNALS];

	survivor_open();
	set_before(before, 0);
	for (int i = 0; i < FAULT_SIGNALS; i++) {
		put_over(fault_signals[i]);
		check_restored(before);
	}
}

static void sends_bus(const void *arg)
{
	(void)arg;
	CHECK(raise(SIGBUS) == 0);
}

/* Who saves and restores dispositions may bring haul's handler back. */
Test(install, over_its_own_handler_keeps_the_earlier_disposition, .timeout = 20)
{
	struct sigaction before[FAULT_SIGNALS], mine[FAULT_SIGNALS];

	survivor_open();
	set_before(before, 5);
	cr_assert(haul_fault_install() == 0);
	for (int i = 0; i < FAULT_SIGNALS; i++)
		current(fault_signals[i], &mine[i]);
	cr_assert(haul_fault_uninstall() == 0);
	for (int i = 0; i < FAULT_SIGNALS; i++)
		cr_assert(sigaction(fault_signals[i], &mine[i], NULL) == 0);
	cr_assert(haul_fault_install() == 0);
	cr_assert(survivor_copy() && survivor_copy_bus());
	child_dies(sends_bus, NULL, SIGBUS);
	cr_assert(haul_fault_uninstall() == 0);
	check_restored(before);
}

enum { THREADS = 8, ROUNDS = 300 };

static void *install_and_copy(void *arg)
{
	bool *ok = arg;

	for (int i = 0; i < ROUNDS && *ok; i++) {
		*ok = haul_fault_install() == 0;
		*ok = *ok && survivor_copy() && survivor_copy_bus();
		*ok = *ok && haul_fault_uninstall() == 0;
	}
	return NULL;
}

Test(install, many_threads_share_it, .timeout = 30)
{
	struct sigaction before[FAULT_SIGNALS];
	pthread_t threads[THREADS];
	bool ok[THREADS];

	survivor_open();
	set_before(before, 0);
	for (int i = 0; i < THREADS; i++) {
		ok[i] = true;
		cr_assert(pthread_create(&threads[i], NULL, install_and_copy, &ok[i]) == 0);
	}
	for (int i = 0; i < THREADS; i++)
		cr_assert(pthread_join(threads[i], NULL) == 0);
	for (int i = 0; i < THREADS; i++)
		cr_assert(ok[i], "thread %d", i);
	check_restored(before);
}
