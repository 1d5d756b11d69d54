/* SPDX-License-Identifier: MIT */
/*
 * The exception tables: haul's own, made by the linker from every marked
 * instruction, and those that programs register.
 *
 * Look-ups are linear.  The tables are short, a fault costs microseconds, and
 * a table that need not be sorted cannot be sorted wrongly.
 */
#include "extable.h"
#include "lock.h"
#include <stdatomic.h>

#define MAX_TABLES 64

extern const struct haul_extable_entry __start_haul_extable[] __attribute__((visibility("hidden")));
extern const struct haul_extable_entry __stop_haul_extable[] __attribute__((visibility("hidden")));

/*
 * A table is there while start is not NULL.  A look-up counts itself in before
 * it reads start for good, so once start is NULL and readers is 0 nobody reads
 * the table: both sides use sequentially consistent operations for this.
 */
struct table {
	_Atomic(const struct haul_extable_entry *) start;
	const struct haul_extable_entry *end;
	atomic_uint readers;
};

static struct table tables[MAX_TABLES];
static uint32_t changing; /* a lock, held by register and unregister */
static bool fork_hooked;

static uintptr_t target(const int32_t *field)
{
	return (uintptr_t)field + (uintptr_t)(intptr_t)*field;
}

static bool search(const struct haul_extable_entry *entry, const struct haul_extable_entry *end,
		   uintptr_t pc, struct haul_extable_match *match)
{
	for (; entry < end; entry++) {
		if (pc - target(&entry->insn) >= entry->len)
			continue;
		match->fixup = target(&entry->fixup);
		match->operand = entry->operand;
		match->facts = entry->facts != 0;
		return true;
	}
	return false;
}

static bool search_registered(struct table *table, uintptr_t pc, struct haul_extable_match *match)
{
	const struct haul_extable_entry *start;
	bool found;

	if (!atomic_load_explicit(&table->start, memory_order_relaxed))
		return false;
	atomic_fetch_add(&table->readers, 1);
	start = atomic_load(&table->start);
	found = start && search(start, table->end, pc, match);
	atomic_fetch_sub(&table->readers, 1);
	return found;
}

bool haul_extable_find(uintptr_t pc, struct haul_extable_match *match)
{
	if (search(__start_haul_extable, __stop_haul_extable, pc, match))
		return true;
	for (struct table *table = tables; table < tables + MAX_TABLES; table++)
		if (search_registered(table, pc, match))
			return true;
	return false;
}

/* The child of a fork has one thread, and that thread was in fork: whoever
 * held the lock or was reading exists no more. */
static void forget_other_threads(void)
{
	for (struct table *table = tables; table < tables + MAX_TABLES; table++)
		atomic_store(&table->readers, 0);
	haul_unlock(&changing);
}

static struct table *find_table(const void *start)
{
	for (struct table *table = tables; table < tables + MAX_TABLES; table++)
		if (atomic_load_explicit(&table->start, memory_order_relaxed) == start)
			return table;
	return NULL;
}

static int add_table(const struct haul_extable_entry *start, const struct haul_extable_entry *end)
{
	struct table *table = find_table(NULL);
	int err;

	if (find_table(start))
		return -HAUL_EEXIST;
	if (!table)
		return -HAUL_ENOSPC;
	if (!fork_hooked) {
		err = haul_platform_on_fork(forget_other_threads);
		if (err)
			return err;
		fork_hooked = true;
	}
	table->end = end;
	atomic_store(&table->start, start);
	return 0;
}

int haul_extable_register(const void *start, const void *end)
{
	uintptr_t first = (uintptr_t)start, last = (uintptr_t)end;
	int err;

	if (first == 0 || first >= last || first % _Alignof(struct haul_extable_entry) ||
	    (last - first) % sizeof(struct haul_extable_entry))
		return -HAUL_EINVAL;
	haul_lock(&changing);
	err = add_table(start, end);
	haul_unlock(&changing);
	return err;
}

int haul_extable_unregister(const void *start)
{
	struct table *table;
	int err = -HAUL_ENOENT;

	haul_lock(&changing);
	table = start ? find_table(start) : NULL;
	if (table) {
		atomic_store(&table->start, NULL);
		while (atomic_load(&table->readers))
			haul_platform_yield();
		err = 0;
	}
	haul_unlock(&changing);
	return err;
}
