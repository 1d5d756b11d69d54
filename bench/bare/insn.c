/* SPDX-License-Identifier: MIT */
/*
 * bench/insn.c for boards under QEMU's -icount, where counters are exact: here
 * the program itself reads them around each call.
 *
 *	boards/run BOARD -icount -file calls=CALLS bench/bare/insn function=NAME
 *
 * Prints which of haul's variants run, then a line for each call: instructions
 * from the function's first to its return, both included.
 */
#include "../insn.h"
#include "board.h"
#include <haul/mem.h>
#include <haul/tune.h>
#include <haul/user.h>

static _Alignas(BUFFER_ALIGN) unsigned char buffer[BUFFER];
static struct call calls[CALLS];
static volatile uintptr_t insn_result; /* volatile: keeps the call below a call */

/* Functions of 1, 11 and 1001 instructions. */
memory_function insn_return, insn_nops_10, insn_nops_1000;
__asm__(".text\n"
	".globl insn_return, insn_nops_10, insn_nops_1000\n"
	"insn_nops_1000:\n"
	"	.rept 990\n"
	"	nop\n"
	"	.endr\n"
	"insn_nops_10:\n"
	"	.rept 10\n"
	"	nop\n"
	"	.endr\n"
	"insn_return:\n"
	"	ret\n");

/* Through the type of no function in particular: theirs differ. */
#define FUNCTION(name) (memory_function *)(void (*)(void))name

static const struct counted {
	const char *name;
	memory_function *function;
	bool fills;
} functions[] = {
	{"haul_memcpy", FUNCTION(haul_memcpy), false},
	{"haul_memmove", FUNCTION(haul_memmove), false},
	{"haul_memset", FUNCTION(haul_memset), true},
	{"haul_copy_from_user", FUNCTION(haul_copy_from_user), false},
	{"haul_copy_to_user", FUNCTION(haul_copy_to_user), false},
	{"haul_memset_user", FUNCTION(haul_memset_user), true},
	{"insn_nops_10", insn_nops_10, false},
	{"insn_nops_1000", insn_nops_1000, false},
};

static _Noreturn void fail(const char *why)
{
	board_print("insn: %s\n", why);
	board_exit(1);
}

static bool same(const char *a, const char *b)
{
	for (; *a && *a == *b; a++)
		b++;
	return *a == *b;
}

static const struct counted *find(const char *name)
{
	for (size_t i = 0; name && i < sizeof functions / sizeof functions[0]; i++)
		if (same(functions[i].name, name))
			return &functions[i];
	fail("no such function");
}

static void show_variants(void)
{
	struct haul_tune_variant variant;

	for (size_t i = 0; haul_tune_variant_get(i, &variant) == 0; i++)
		if (variant.usable)
			board_print("%s %s %s\n", variant.chosen ? "chosen" : "usable",
				    variant.routine, variant.name);
}

/*
 * Instructions of a call, and some more, the same for all functions.  Where the
 * counter has N instructions a tick, N * N calls take N ticks for each
 * instruction of one, and less than N more for what is outside the loop.
 */
__attribute__((noinline)) static uint64_t count(memory_function *function, unsigned char *dst,
						uintptr_t second, size_t n)
{
	const unsigned per_count = board_instructions_per_count;
	const uint64_t start = board_count();

	for (unsigned i = 0; i < per_count * per_count; i++)
		insn_result = function(dst, second, n, NULL);
	return (board_count() - start) / per_count;
}

/* Makes the call, says how many instructions it took. */
static void show_call(const struct counted *counted, struct call call, uint64_t empty)
{
	const uintptr_t base = counted->fills ? 0 : (uintptr_t)buffer;
	const uint64_t instructions =
		count(counted->function, buffer + call.dst, base + call.second, call.n) - empty;

	board_print("%llu\n", (unsigned long long)instructions);
	if (counted->name[0] == 'h' && insn_result != call.n)
		fail("wrong result");
}

int main(void)
{
	const struct counted *counted = find(board_argument("function"));
	const size_t size = board_file("opt/calls", calls, sizeof calls);
	const uint64_t empty = count(insn_return, buffer, 0, 0) - 1;

	/* The buffer passes for user pages: those that may be accessed at any
	 * time are accessed by the same instructions. */
	board_user_end = UINTPTR_MAX;
	/* Large enough for every dispatch: afterwards all is chosen. */
	counted->function(buffer, counted->fills ? 0 : (uintptr_t)buffer + BUFFER / 2, BUFFER / 2,
			  NULL);
	show_variants();
	for (size_t i = 0; i < size / sizeof calls[0]; i++)
		show_call(counted, calls[i], empty);
	return 0;
}
