/* SPDX-License-Identifier: MIT */
/* Faults as CPU traps: recognising haul's own. */
#include "arch.h"
#include "extable.h"
#include "trap.h"
#include <haul/platform.h>
#include <haul/trap.h>

void haul_nofault_begin(void)
{
	++*haul_platform_nofault();
}

void haul_nofault_end(void)
{
	--*haul_platform_nofault();
}

static bool paged_in(struct haul_trap *trap)
{
	return trap->page_in && *haul_platform_nofault() == 0 && trap->page_in(trap);
}

static void give_facts(struct haul_trap *trap, const struct haul_arch_facts *facts)
{
	_Static_assert(sizeof *facts == 3 * sizeof *trap->fact[0], "three registers");
	const uint64_t *words = (const uint64_t *)facts;

	for (unsigned i = 0; i < 3; i++)
		*trap->fact[i] = words[i];
}

static void resume(struct haul_trap *trap, const struct haul_extable_match *match,
		   struct haul_arch_facts *facts)
{
	facts->operand = match->operand;
	*trap->pc = match->fixup;
	haul_arch_trap_repair(trap);
	if (match->facts)
		give_facts(trap, facts);
}

#ifdef HAUL_BROKEN_FIXUP
/* For a test of the tests: every fourth fault is told one byte too far. */
static void break_facts(struct haul_arch_facts *facts)
{
	static unsigned faults;

	if (++faults % 4 == 0)
		facts->addr++;
}
#endif

bool haul_fault_fixup(struct haul_trap *trap)
{
	struct haul_extable_match match;
	struct haul_arch_facts facts;

	if (!haul_extable_find(*trap->pc, &match) || !haul_arch_trap_facts(trap, &facts))
		return false;
	if (paged_in(trap))
		return true;
#ifdef HAUL_BROKEN_FIXUP
	break_facts(&facts);
#endif
	resume(trap, &match, &facts);
	return true;
}
