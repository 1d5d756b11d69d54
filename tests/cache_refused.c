/* SPDX-License-Identifier: MIT */
/* Cache instructions that a program may not use: haul's report keeps them from being
 * called; if one is nevertheless, that is a fault like any other. */
#include "arch.h"
#include "cpu.h"
#include "test.h"
#include <haul/cache.h>
#include <setjmp.h>
#include <signal.h>

static sigjmp_buf back;
static volatile int code;

static void note_code(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	code = info->si_code;
	siglongjmp(back, 1);
}

/* qemu-loongarch64 10 says of an illegal instruction that somebody sent the signal. */
static bool sigill_is_a_fault(void)
{
	struct sigaction action = {.sa_sigaction = note_code, .sa_flags = SA_SIGINFO}, before;

	cr_assert(sigaction(SIGILL, &action, &before) == 0);
	if (!sigsetjmp(back, 1))
		cpu_illegal_instruction();
	cr_assert(sigaction(SIGILL, &before, NULL) == 0);
	return code > 0;
}

/* An emulator may do what a CPU refuses. */
static void check_refused(haul_arch_cache_walk *walk, size_t block)
{
	static unsigned char bytes[1 << 13];
	struct haul_arch_facts facts = {0};
	const size_t done = walk(bytes + 1, 2 * block, block, &facts);

	test_note("%zu done", done);
	cr_assert(done == 0 || (done == 2 * block && test_under_qemu()));
	cr_assert(done || (facts.kind == HAUL_FAULT_OTHER && facts.operand == HAUL_OPERAND_SRC &&
			   facts.signo == SIGILL));
}

Test(cache, walk_of_what_the_cpu_refuses_is_a_fault)
{
	struct haul_cache_report report;
	bool any = false;

	if (!sigill_is_a_fault())
		cr_skip_test("qemu-user says of a SIGILL by a fault that it was sent");
	haul_cache_describe(&report);
	test_faults_begin();
	for (int op = 0; op < HAUL_CACHE_OPS; op++) {
		if (!haul_arch_cache[op] || report.ops[op].why == HAUL_CACHE_USABLE)
			continue;
		check_refused(haul_arch_cache[op], report.block ? report.block : 64);
		any = true;
	}
	test_faults_end();
	if (!any)
		cr_skip_test("a program may use all that this CPU has");
}
