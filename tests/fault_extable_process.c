/* SPDX-License-Identifier: MIT */
/* Programs that mark instructions of their own, and what they may do with a
 * system below: die, make code, run threads, fork. */
#include "cpu.h"
#include "fault_maps.h"
#include "marked.h"
#include "signal_child.h"
#include "test.h"
#include <haul.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* The tables of marked.h: one per section, bounds from the linker. */
extern const struct haul_extable_entry __start_test_marks[] __attribute__((visibility("hidden")));
extern const struct haul_extable_entry __stop_test_marks[] __attribute__((visibility("hidden")));

static struct fault_map hole;

static void open_hole(void)
{
	cr_assert(!fault_map_no_access(&hole, page_size()));
	memset(hole.base, 0x42, page_size());
	test_faults_begin();
}

static void register_marks(void)
{
	cr_assert(haul_extable_register(__start_test_marks, __stop_test_marks) == 0);
}

static void probe_hole(const void *arg)
{
	unsigned char byte;

	(void)arg;
	marked_load(hole.edge, &byte);
}

Test(extable, registered_instruction_is_survived_until_unregistered, .timeout = 20)
{
	unsigned char byte = 0;

	open_hole();
	child_dies(probe_hole, NULL, SIGSEGV);
	register_marks();
	for (int i = 0; i < 100; i++) {
		cr_assert(marked_load(hole.edge - 1, &byte) && byte == 0x42);
		byte = 7;
		cr_assert(!marked_load(hole.edge, &byte) && byte == 7);
	}
	cr_assert(haul_extable_unregister(__start_test_marks) == 0);
	cr_assert(marked_load(hole.edge - 1, &byte) && byte == 0x42);
	child_dies(probe_hole, NULL, SIGSEGV);
}

/* Code and table in a page made at run time. */
struct jit {
	unsigned char code[256];
	struct haul_extable_entry entry;
};

typedef int jit_code(const void *p); /* 0, or 1 after a fault */

static struct jit *make_jit(void)
{
	struct jit *jit =
		mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert(jit != MAP_FAILED);
	_Static_assert(sizeof marked_jit_code <= sizeof jit->code, "room");
	memcpy(jit->code, marked_jit_code, sizeof marked_jit_code);
	jit->entry = (struct haul_extable_entry){
		.insn = (int32_t)(jit->code + MARKED_JIT_INSN - (unsigned char *)&jit->entry.insn),
		.fixup = (int32_t)(jit->code + MARKED_JIT_FIXUP -
				   (unsigned char *)&jit->entry.fixup),
		.len = MARKED_JIT_LEN,
	};
	__builtin___clear_cache((char *)jit, (char *)(jit + 1));
	cr_assert(mprotect(jit, page_size(), PROT_READ | PROT_EXEC) == 0);
	return jit;
}

static int run_jit(const struct jit *jit, const void *p)
{
	jit_code *code;

	memcpy(&code, &(const void *){jit->code}, sizeof code);
	return code(p);
}

Test(extable, code_made_at_run_time_is_survived, .timeout = 20)
{
	struct jit *jit = make_jit();

	open_hole();
	for (int i = 0; i < 100; i++) {
		cr_assert(haul_extable_register(&jit->entry, &jit->entry + 1) == 0);
		cr_assert(run_jit(jit, hole.base) == 0);
		cr_assert(run_jit(jit, hole.edge) == 1);
		cr_assert(haul_extable_unregister(&jit->entry) == 0);
		cr_assert(munmap(jit, page_size()) == 0);
		jit = make_jit();
	}
}

/* Tables that are looked through by faults come and go, and are unmapped at
 * once: a look-up that still read one would die. */
enum { FAULTING_THREADS = 3, CHURN = 150, CHURN_ENTRIES = 300 };

static atomic_bool churn_over;
static atomic_ulong churn_faults, churn_loads; /* loads that should have failed */

static void *fault_through_churn(void *arg)
{
	unsigned char byte;

	(void)arg;
	while (!churn_over) {
		churn_loads += marked_load(hole.edge, &byte) != 0;
		churn_faults++;
	}
	return NULL;
}

static void churn_once(void)
{
	const size_t size = CHURN_ENTRIES * sizeof(struct haul_extable_entry);
	struct haul_extable_entry *table =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert(table != MAP_FAILED);
	cr_assert(haul_extable_register(table, table + CHURN_ENTRIES) == 0);
	sched_yield();
	cr_assert(haul_extable_unregister(table) == 0);
	cr_assert(munmap(table, size) == 0);
}

Test(extable, unregister_waits_for_faults_that_read_the_table, .timeout = 30)
{
	static const struct haul_extable_entry first[1]; /* takes the first place */
	pthread_t threads[FAULTING_THREADS];

	open_hole();
	cr_assert(haul_extable_register(first, first + 1) == 0);
	register_marks();
	cr_assert(haul_extable_unregister(first) == 0); /* churn is read before the marks */
	for (int i = 0; i < FAULTING_THREADS; i++)
		cr_assert(pthread_create(&threads[i], NULL, fault_through_churn, NULL) == 0);
	for (int i = 0; i < CHURN || churn_faults < CHURN; i++)
		churn_once();
	churn_over = true;
	for (int i = 0; i < FAULTING_THREADS; i++)
		cr_assert(pthread_join(threads[i], NULL) == 0);
	cr_assert(churn_loads == 0);
}

static void forked_child_changes_tables(const void *arg)
{
	unsigned char byte;

	(void)arg;
	CHECK(!marked_load(hole.edge, &byte));
	CHECK(haul_extable_unregister(__start_test_marks) == 0);
	CHECK(haul_extable_register(__start_test_marks, __stop_test_marks) == 0);
	CHECK(!marked_load(hole.edge, &byte));
}

/* fork may copy a table that another thread is in the middle of reading. */
Test(extable, child_of_fork_can_unregister, .timeout = 30)
{
	pthread_t threads[FAULTING_THREADS];

	open_hole();
	register_marks();
	for (int i = 0; i < FAULTING_THREADS; i++)
		cr_assert(pthread_create(&threads[i], NULL, fault_through_churn, NULL) == 0);
	for (int i = 0; i < 40; i++)
		child_succeeds(forked_child_changes_tables, NULL);
	churn_over = true;
	for (int i = 0; i < FAULTING_THREADS; i++)
		cr_assert(pthread_join(threads[i], NULL) == 0);
}
