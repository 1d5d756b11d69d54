/* SPDX-License-Identifier: MIT */
/*
 * Memory that wants aligned accesses.  While translation is off all of it does
 * (Device memory), as it is for firmware.  No cache has to be cleaned here: QEMU
 * has none.
 */
#include "board.h"
#include "test.h"
#include <haul.h>
#include <string.h>

enum { LARGEST = 600, SPAN = 2048 };

static unsigned char memory[SPAN], image[SPAN];

static void set_translation(bool on)
{
	uint64_t control;

	__asm__ volatile("mrs %0, sctlr_el1" : "=r"(control));
	control = on ? control | 1 : control & ~(uint64_t)1;
	__asm__ volatile("msr sctlr_el1, %0\n\tisb" : : "r"(control) : "memory");
}

static unsigned faults;

static bool count_fault(struct haul_trap *trap)
{
	(void)trap;
	faults++;
	return false;
}

/* One operation, with ranges by their offsets in memory, and its oracle. */
struct operation {
	const char *routine;
	size_t (*run)(void *dst, const void *src, size_t n);
	void (*oracle)(unsigned char *dst, const unsigned char *src, size_t n);
	size_t dst, src;
};

static size_t zero(void *dst, const void *src, size_t n)
{
	(void)src;
	return haul_memset(dst, 0, n);
}

static void zero_oracle(unsigned char *dst, const unsigned char *src, size_t n)
{
	(void)src;
	memset(dst, 0, n);
}

static void copy_oracle(unsigned char *dst, const unsigned char *src, size_t n)
{
	memmove(dst, src, n);
}

static const struct operation operations[] = {
	{"memcpy", haul_memcpy, copy_oracle, 3, 1032},
	{"memcpy", haul_memcpy, copy_oracle, 16, 1035},
	{"memset", zero, zero_oracle, 5, 0},
	{"memmove", haul_memmove, copy_oracle, 9, 12},
	{"memmove", haul_memmove, copy_oracle, 12, 9},
};

static void check(const struct operation *o, size_t n, const char *setting)
{
	size_t done;

	for (size_t i = 0; i < SPAN; i++)
		memory[i] = image[i] = (unsigned char)(i * 7 + (i >> 8));
	o->oracle(image + o->dst, image + o->src, n);
	set_translation(false);
	done = o->run(memory + o->dst, memory + o->src, n);
	set_translation(true);
	cr_assert(done == n, "%s: %zu of %zu", setting, done, n);
	cr_assert(memcmp(memory, image, SPAN) == 0, "%s: %zu", setting, n);
}

Test(untranslated, what_only_is_not_aligned_is_done)
{
	char setting[64];

	board_page_in = count_fault;
	faults = 0;
	cr_assert(haul_tune("zva_threshold=64", NULL) == 0); /* blocks of 64 bytes: Cortex-A57 */
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
		size_t index = 0;

		while (test_variant_next(operations[i].routine, &index, setting, sizeof setting))
			for (size_t n = 0; n <= LARGEST; n++)
				check(&operations[i], n, setting);
	}
	test_thresholds_restore();
	board_page_in = NULL;
	cr_assert(faults > 0, "no access had to be aligned");
}

Test(untranslated, what_only_is_not_aligned_is_compared)
{
	size_t len = 0;
	int order = 5;

	memset(memory, 'x', SPAN);
	memory[SPAN - 1] = '\0';
	for (size_t n = 1; n <= LARGEST; n++) {
		memory[1032 + n] = 'y';
		set_translation(false);
		cr_assert(haul_memcmp(memory + 3, memory + 1032, n, &order) == 0 && order == 0);
		cr_assert(haul_memcmp(memory + 3, memory + 1032, n + 1, &order) == 0 && order < 0);
		cr_assert(haul_strnlen((char *)memory + n, SPAN, &len) == 0);
		set_translation(true);
		cr_assert(len == SPAN - 1 - n);
		memory[1032 + n] = 'x';
	}
}
