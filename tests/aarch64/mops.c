/* SPDX-License-Identifier: MIT */
/*
 * The CPU's own copies on a core that cannot go on with them: the thread has
 * moved there from one of the other option (Arm ARM, C6.2, CPYFP).  QEMU's cores
 * have option A, so the middle instruction is entered with what a core of option B
 * leaves in the registers.
 */
#include "board.h"
#include "test.h"
#include <haul.h>
#include <string.h>

extern const uint32_t haul_arch_memcpy_mops[], haul_arch_memmove_mops[], haul_arch_memset_mops[];

enum { LARGEST = 700, SPAN = 2048, FILL = 9 };

/* PSTATE.C says option B, N backward. */
enum { OPTION_B = 1 << 29 };
#define BACKWARD 0x80000000

/* With the variants' registers: x4 and x5 are where they are, x6 is what is left. */
#define CPYFM 0x194504c4
#define CPYM 0x1d4504c4
#define SETM 0x19c144c4

static unsigned char memory[SPAN], image[SPAN];
static unsigned faults;

static bool count_fault(struct haul_trap *trap)
{
	enum { MOPS = 0x27 };

	faults += trap->cause >> 26 == MOPS;
	return false;
}

static const uint32_t *find(const uint32_t *code, uint32_t insn)
{
	while (*code != insn)
		code++;
	return code;
}

/* The middle instruction at `code`, with both cursors at offset `to` of their side
 * and `left` bytes left. */
static size_t enter(const uint32_t *code, void *dst, uint64_t second, size_t n, size_t to,
		    size_t left, uint64_t flags)
{
	register uint64_t x0 __asm__("x0") = (uintptr_t)dst;
	register uint64_t x1 __asm__("x1") = second;
	register uint64_t x2 __asm__("x2") = n;
	register uint64_t x4 __asm__("x4") = (uintptr_t)dst + to;
	register uint64_t x5 __asm__("x5") = second + to;
	register uint64_t x6 __asm__("x6") = left;
	register uint64_t x8 __asm__("x8") = flags;
	register const uint32_t *x16 __asm__("x16") = code;

	__asm__ volatile("msr nzcv, x8\n\tblr x16"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x4), "+r"(x5), "+r"(x6), "+r"(x8),
			   "+r"(x16)
			 :
			 : "x3", "x7", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x17", "x30",
			   "cc", "memory");
	return x0;
}

static void refill(void)
{
	for (size_t i = 0; i < SPAN; i++)
		memory[i] = image[i] = (unsigned char)(i * 7 + (i >> 8));
	faults = 0;
}

static void check(size_t done, size_t n, size_t before)
{
	cr_assert(done == n, "%zu of %zu, entered at %zu", done, n, before);
	cr_assert(memcmp(memory, image, SPAN) == 0, "%zu, entered at %zu", n, before);
	cr_assert(faults > 0, "%zu, entered at %zu", n, before);
}

/* From src to dst; the first `before` bytes are copied already, or of a move that
 * goes backward the last. */
static void copy(const uint32_t *code, size_t dst, size_t src, size_t n, size_t before)
{
	const size_t left = n - before;
	const bool backward = src < dst && dst < src + n;
	const size_t first = backward ? left : 0;
	size_t done;

	refill();
	memmove(image + dst, image + src, n);
	memcpy(memory + dst + first, image + dst + first, before);
	done = enter(code, memory + dst, (uintptr_t)memory + src, n, backward ? left : before, left,
		     backward ? OPTION_B | BACKWARD : OPTION_B);
	check(done, n, before);
}

static void fill(const uint32_t *code, size_t dst, size_t n, size_t before)
{
	refill();
	memset(image + dst, FILL, n);
	memset(memory + dst, FILL, before);
	check(enter(code, memory + dst, FILL, n, before, n - before, OPTION_B), n, before);
}

static bool have_mops(void)
{
	struct haul_tune_feature feature;

	for (size_t i = 0; haul_tune_feature_get(i, &feature) == 0; i++)
		if (strcmp(feature.name, "mops") == 0)
			return feature.present;
	return false;
}

Test(mops, copies_of_the_other_option_are_finished)
{
	const uint32_t *const cpyfm = find(haul_arch_memcpy_mops, CPYFM);
	const uint32_t *const cpym = find(haul_arch_memmove_mops, CPYM);
	const uint32_t *const setm = find(haul_arch_memset_mops, SETM);

	if (!have_mops())
		cr_skip_test("this CPU has no MOPS");
	board_page_in = count_fault;
	for (size_t n = 1; n < LARGEST; n += 7) {
		for (size_t before = 0; before < n; before += 1 + before / 2) {
			copy(cpyfm, 5, 1030, n, before);
			copy(cpym, 5, 8, n, before);
			copy(cpym, 8, 5, n, before);
			fill(setm, 5, n, before);
		}
	}
	board_page_in = NULL;
}
