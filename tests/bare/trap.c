/* SPDX-License-Identifier: MIT */
/* What haul_fault_fixup does with traps, real ones and described ones. */
#include "trap.h"
#include "arena.h"
#include "board.h"
#include "cpu.h"
#include "test.h"
#include <haul.h>
#include <string.h>

enum { PAGES = 4 };

/* Two sides of two pages, the second of each with the rights given. */
static struct arena arena;
static unsigned char *src, *dst;

static void open_sides(enum arena_right src_right, enum arena_right dst_right)
{
	arena_open(&arena, PAGES);
	src = arena.view;
	dst = arena.view + 2 * arena.page;
	for (size_t i = 0; i < arena.page; i++)
		arena.image[i] = (unsigned char)(i * 7 + 1);
	arena_protect(&arena, 1, 1, src_right);
	arena_protect(&arena, 3, 1, dst_right);
}

static void close_sides(void)
{
	board_page_in = NULL;
	arena_close(&arena);
}

/* A trap that is not haul's: the hook gets it, and here it helps. */
static unsigned unhandled;

static void map_page(struct haul_trap *trap)
{
	unhandled++;
	cr_assert(trap->addr == (uintptr_t)src + arena.page + 5);
	arena_protect(&arena, 1, 1, ARENA_READ_WRITE);
}

Test(trap, plain_access_is_not_hauls)
{
	void (*const before)(struct haul_trap *) = board_unhandled;

	open_sides(ARENA_UNMAPPED, ARENA_READ_WRITE);
	board_unhandled = map_page;
	unhandled = 0;
	/* the compiler does not see that the access calls the hook */
	__asm__ volatile("" : : : "memory");
	((volatile unsigned char *)src)[arena.page + 5] = 1;
	__asm__ volatile("" : : : "memory");
	board_unhandled = before;
	cr_assert(unhandled == 1 && arena.image[arena.page + 5] == 1);
	close_sides();
}

/* What a pager does: maps the page that is missing. */
static unsigned asked;
static bool pages_come;
static bool open_in_handler;

static bool page_in(struct haul_trap *trap)
{
	const size_t index = (trap->addr - (uintptr_t)arena.view) >> arena.shift;

	asked++;
	open_in_handler |= board_user_is_open();
	if (!pages_come || index >= PAGES)
		return false;
	arena_protect(&arena, index, 1, ARENA_READ_WRITE);
	return true;
}

static void expect_pager(bool comes)
{
	board_page_in = page_in;
	pages_come = comes;
	asked = 0;
	open_in_handler = false;
}

Test(trap, page_in_lets_the_operation_go_on)
{
	struct haul_fault fault;
	size_t n;

	open_sides(ARENA_UNMAPPED, ARENA_UNMAPPED);
	n = 2 * arena.page;
	memset(arena.image + arena.page, 9, arena.page);
	expect_pager(true);
	cr_assert(haul_memcpy_fault(dst, src, n, &fault) == n);
	cr_assert(fault.kind == HAUL_FAULT_NONE && asked == 2, "asked %u times", asked);
	cr_assert(memcmp(arena.image, arena.image + n, n) == 0);
	close_sides();
}

Test(trap, page_in_that_refuses_is_a_fault)
{
	struct haul_fault fault;

	open_sides(ARENA_UNMAPPED, ARENA_READ_WRITE);
	expect_pager(false);
	cr_assert(haul_memcpy_fault(dst, src + 100, arena.page, &fault) == arena.page - 100);
	cr_assert(fault.kind == HAUL_FAULT_UNMAPPED && fault.operand == HAUL_OPERAND_SRC);
	cr_assert(asked >= 1);
	cr_assert(memcmp(arena.image + 100, arena.image + 2 * arena.page, arena.page - 100) == 0);
	close_sides();
}

static void copy_without_paging(void)
{
	asked = 0;
	cr_assert(haul_memcpy(dst, src + 100, arena.page) == arena.page - 100);
	cr_assert(asked == 0, "asked %u times", asked);
}

Test(trap, nofault_does_not_ask_for_pages)
{
	open_sides(ARENA_UNMAPPED, ARENA_READ_WRITE);
	expect_pager(true);
	haul_nofault_begin();
	copy_without_paging();
	haul_nofault_begin();
	copy_without_paging();
	haul_nofault_end();
	copy_without_paging();
	haul_nofault_end();
	cr_assert(haul_memcpy(dst, src + 100, arena.page) == arena.page && asked == 1);
	close_sides();
}

/* The source fails at its second page; the recovery code, which stores what is
 * known to be readable, fails at the destination's, before that. */
Test(trap, fault_in_recovery_code_is_survived)
{
	struct haul_fault fault;

	open_sides(ARENA_UNMAPPED, ARENA_UNMAPPED);
	expect_pager(false);
	for (size_t good = 0; good < 300; good++) {
		for (size_t more = 1; more < 70; more += 3) {
			unsigned char *from = src + arena.page - good - more;
			unsigned char *to = dst + arena.page - good;

			asked = 0;
			memset(arena.image + 3 * arena.page - good, 0, good);
			cr_assert(haul_memcpy_fault(to, from, good + more + 50, &fault) == good);
			cr_assert(fault.operand == HAUL_OPERAND_DST &&
				  fault.addr == (uintptr_t)dst + arena.page);
			cr_assert(memcmp(arena.image + 3 * arena.page - good,
					 arena.image + arena.page - good - more, good) == 0);
		}
	}
	close_sides();
}

static void check_dead(uintptr_t address)
{
	static unsigned char spare[400];
	void *p = (void *)address; /* NOLINT(performance-no-int-to-ptr) */
	struct haul_fault fault;
	uint64_t word = 7;

	for (size_t n = 1; n < sizeof spare; n += 1 + n / 3) {
		cr_assert(haul_memcpy_fault(spare, p, n, &fault) == 0);
		cr_assert(fault.operand == HAUL_OPERAND_SRC && fault.kind == CPU_NOWHERE_KIND);
		cr_assert(haul_memset_fault(p, 0, n, &fault) == 0);
		cr_assert(fault.operand == HAUL_OPERAND_DST && fault.kind == CPU_NOWHERE_KIND);
		cr_assert(fault.addr_valid || fault.addr == 0);
	}
	cr_assert(haul_load_u64(p, &word) == -HAUL_EFAULT && word == 7);
}

Test(trap, address_of_nothing_is_survived)
{
	check_dead(CPU_NOWHERE);
}

/* haul's table, and the tests' marks, whose fixups want no facts. */
extern const struct haul_extable_entry __start_haul_extable[] __attribute__((visibility("hidden")));

static uintptr_t target(const int32_t *field)
{
	return (uintptr_t)field + (uintptr_t)(intptr_t)*field;
}

/* tests/<cpu>/trap.h has the table. */
Test(trap, causes_are_told_apart)
{
	const struct haul_extable_entry *entry = __start_haul_extable;
	uintptr_t insn;

	while (!entry->facts)
		entry++;
	insn = target(&entry->insn);
	for (size_t i = 0; i < sizeof cpu_causes / sizeof *cpu_causes; i++) {
		const struct cpu_cause *c = &cpu_causes[i];
		uintptr_t pc = insn;
		uint64_t status = c->status, fact[3] = {1, 2, 3};
		struct haul_trap trap = {
			.pc = &pc,
			.status = &status,
			.fact = {&fact[0], &fact[1], &fact[2]},
			.cause = c->cause,
			.error = c->error,
			.addr = 0x12345,
			.addr_lsb = c->addr_lsb,
		};

		cr_assert(haul_fault_fixup(&trap) == (c->kind != HAUL_FAULT_NONE), "%s", c->name);
		if (c->kind == HAUL_FAULT_NONE) {
			cr_assert(pc == insn && status == c->status && fact[0] == 1 &&
					  fact[1] == 2 && fact[2] == 3,
				  "%s: touched", c->name);
			continue;
		}
		cr_assert(pc == target(&entry->fixup) && status == c->status_after, "%s", c->name);
		cr_assert(fact[0] == (c->addr_valid ? 0x12345 : 0), "%s: address", c->name);
		cr_assert((fact[2] & 0xff) == c->kind, "%s: kind %d", c->name,
			  (int)(fact[2] & 0xff));
		cr_assert((fact[2] >> 16 & 0xff) == c->addr_valid, "%s: addr_valid", c->name);
	}
}

Test(trap, unmarked_instruction_is_refused)
{
	uintptr_t pc = (uintptr_t)board_exit;
	uint64_t status = cpu_causes[0].status, fact[3] = {1, 2, 3};
	struct haul_trap trap = {
		.pc = &pc,
		.status = &status,
		.fact = {&fact[0], &fact[1], &fact[2]},
		.cause = cpu_causes[0].cause,
		.error = cpu_causes[0].error,
	};

	cr_assert(cpu_causes[0].kind != HAUL_FAULT_NONE);
	cr_assert(!haul_fault_fixup(&trap) && pc == (uintptr_t)board_exit);
}
