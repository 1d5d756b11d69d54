/* SPDX-License-Identifier: MIT */
/* Programs that mark instructions of their own. */
#include "cpu.h"
#include "fault_maps.h"
#include "marked.h"
#include "test.h"
#include <haul.h>
#include <string.h>

/* The tables of marked.h: one per section, bounds from the linker. */
extern const struct haul_extable_entry __start_test_marks[] __attribute__((visibility("hidden")));
extern const struct haul_extable_entry __stop_test_marks[] __attribute__((visibility("hidden")));
extern const struct haul_extable_entry __start_haul_extable[] __attribute__((visibility("hidden")));
extern const struct haul_extable_entry __stop_haul_extable[] __attribute__((visibility("hidden")));

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

static void forget_marks(void)
{
	cr_assert(haul_extable_unregister(__start_test_marks) == 0);
}

Test(extable, fixup_finds_every_register_as_it_was, .timeout = 20)
{
	uint64_t before[MARKED_REGISTERS], after[MARKED_REGISTERS];
	uint64_t state = test_seed();

	open_hole();
	register_marks();
	for (int round = 0; round < 100; round++) {
		for (int i = 0; i < MARKED_REGISTERS; i++)
			before[i] = test_random(&state);
		before[MARKED_POINTER] = (uintptr_t)hole.edge + test_random_below(&state, 100);
		memset(after, 0, sizeof after);
		cr_assert(marked_registers(before, after) == 1, "no fault");
		for (int i = 0; i < MARKED_REGISTERS; i++)
			cr_assert(after[i] == before[i], "register %d: %#llx, not %#llx", i,
				  (unsigned long long)after[i], (unsigned long long)before[i]);
	}
	before[MARKED_POINTER] = (uintptr_t)hole.base;
	cr_assert(marked_registers(before, after) == 0, "a fault where there is none");
	forget_marks();
}

/* The example of haul/extable.h. */
static bool readable(const void *p)
{
	MARKED_EXAMPLE(p, fault);
	return true;
fault:
	return false;
}

Test(extable, example_of_the_header_works, .timeout = 20)
{
	open_hole();
	cr_assert(haul_extable_register(__start_haul_extable, __stop_haul_extable) == 0);
	cr_assert(readable(hole.edge - 1) && !readable(hole.edge) && !readable(NULL));
	cr_assert(haul_extable_unregister(__start_haul_extable) == 0);
}

enum { MAX_TABLES = 64 };

Test(extable, wrong_ranges_are_refused, .timeout = 20)
{
	static const struct haul_extable_entry table[4];
	const char *bytes = (const char *)table;

	cr_assert(haul_extable_register(table, table) == -HAUL_EINVAL, "empty");
	cr_assert(haul_extable_register(table + 1, table) == -HAUL_EINVAL, "inverted");
	cr_assert(haul_extable_register(NULL, NULL) == -HAUL_EINVAL, "nothing");
	cr_assert(haul_extable_register(bytes + 1, bytes + 1 + sizeof *table) == -HAUL_EINVAL,
		  "misaligned");
	cr_assert(haul_extable_register(bytes, bytes + sizeof *table + 4) == -HAUL_EINVAL,
		  "not whole entries");
	cr_assert(haul_extable_unregister(table) == -HAUL_ENOENT);
	cr_assert(haul_extable_unregister(NULL) == -HAUL_ENOENT);
	cr_assert(haul_extable_register(table, table + 4) == 0);
	cr_assert(haul_extable_register(table, table + 1) == -HAUL_EEXIST);
	cr_assert(haul_extable_unregister(table + 1) == -HAUL_ENOENT);
	cr_assert(haul_extable_unregister(table) == 0);
	cr_assert(haul_extable_unregister(table) == -HAUL_ENOENT);
}

Test(extable, sixty_four_tables_fit, .timeout = 20)
{
	static const struct haul_extable_entry entries[MAX_TABLES + 1];
	unsigned char byte;

	open_hole();
	register_marks();
	for (int i = 0; i < MAX_TABLES - 1; i++)
		cr_assert(haul_extable_register(&entries[i], &entries[i] + 1) == 0, "%d", i);
	cr_assert(haul_extable_register(&entries[MAX_TABLES], &entries[MAX_TABLES] + 1) ==
		  -HAUL_ENOSPC);
	cr_assert(!marked_load(hole.edge, &byte));
	cr_assert(haul_extable_unregister(&entries[5]) == 0);
	cr_assert(haul_extable_register(&entries[MAX_TABLES], &entries[MAX_TABLES] + 1) == 0);
	cr_assert(!marked_load(hole.edge, &byte));
	for (int i = 0; i <= MAX_TABLES; i++)
		haul_extable_unregister(&entries[i]);
	forget_marks();
}
