/* SPDX-License-Identifier: MIT */
/*
 * Addresses that no mapping can have, and lengths that leave the address
 * space.
 */
#include "arena.h"
#include "cpu.h"
#include "fault_maps.h"
#include "test.h"
#include <haul.h>
#include <stdint.h>
#include <string.h>

enum { GOOD = 64 << 10 };

static const size_t sizes[] = {1, 5, 8, 40, 300, 5000, 100000};

#define SIZES (sizeof sizes / sizeof *sizes)

static unsigned char spare[100000];

static void check_address(const struct haul_fault *f, enum haul_fault_kind kind, uintptr_t address)
{
	cr_assert(f->kind == kind, "%#zx: kind %d", (size_t)address, (int)f->kind);
	cr_assert(f->addr_valid == (kind != HAUL_FAULT_NONCANONICAL), "%#zx", (size_t)address);
	cr_assert(f->addr == (f->addr_valid ? address : 0), "%#zx: says %#zx", (size_t)address,
		  (size_t)f->addr);
	cr_assert(f->addr_lsb == 0);
	if (kind == HAUL_FAULT_UNMAPPED)
		cr_assert(f->signo == arena_fault(ARENA_UNMAPPED, f->operand, NULL).signo);
}

/* Nothing can be read from or written to address, at any size. */
static void check_dead(uintptr_t address, enum haul_fault_kind kind)
{
	void *p = (void *)address; /* NOLINT(performance-no-int-to-ptr) */
	struct haul_fault fault;

	memset(spare, PATTERN_NEVER, sizeof spare);
	for (size_t i = 0; i < SIZES; i++) {
		cr_assert(haul_memcpy_fault(spare, p, sizes[i], &fault) == 0);
		check_address(&fault, kind, address);
		cr_assert(fault.operand == HAUL_OPERAND_SRC);
		cr_assert(haul_memmove_fault(spare, p, sizes[i], &fault) == 0);
		check_address(&fault, kind, address);
		cr_assert(haul_memcpy_fault(p, spare, sizes[i], &fault) == 0);
		check_address(&fault, kind, address);
		cr_assert(fault.operand == HAUL_OPERAND_DST);
		cr_assert(haul_memset_fault(p, 0, sizes[i], &fault) == 0);
		check_address(&fault, kind, address);
		cr_assert(fault.operand == HAUL_OPERAND_DST);
	}
	cr_assert(bytes_are(spare, sizeof spare, PATTERN_NEVER));
}

static void check_dead_words(uintptr_t address)
{
	uint64_t *p = (void *)address; /* NOLINT(performance-no-int-to-ptr) */
	uint64_t word = 7;
	size_t len = 7;
	int order = 7;

	cr_assert(haul_load_u64(p, &word) == -HAUL_EFAULT);
	cr_assert(haul_store_u64(p, 1) == -HAUL_EFAULT);
	cr_assert(haul_cmpxchg_u64(p, &word, 1) == -HAUL_EFAULT);
	cr_assert(haul_fetch_xor_u64(p, 1, &word) == -HAUL_EFAULT && word == 7);
	cr_assert(haul_memcmp(p, &word, 8, &order) == -HAUL_EFAULT && order == 7);
	cr_assert(haul_strnlen((const char *)p, 100, &len) == -HAUL_EFAULT && len == 0);
}

Test(address, null_is_unmapped, .timeout = 20)
{
	test_faults_begin();
	check_dead(0, HAUL_FAULT_UNMAPPED);
	check_dead_words(0);
	cr_assert(haul_memcpy(NULL, NULL, 0) == 0);
	cr_assert(haul_memmove(NULL, NULL, 0) == 0);
	cr_assert(haul_memset(NULL, 0, 0) == 0);
}

Test(address, noncanonical_has_no_address, .timeout = 20)
{
	if (!CPU_NONCANONICAL)
		cr_skip_test("this CPU names every address that fails");
	if (test_under_qemu())
		cr_skip_test("qemu-user reports non-canonical addresses as unmapped ones");
	test_faults_begin();
	check_dead(CPU_NONCANONICAL, HAUL_FAULT_NONCANONICAL);
	check_dead_words(CPU_NONCANONICAL);
}

/* The bytes below a hole are an address like any other that nothing is mapped
 * at; a wide access that reaches into the hole must not hide that. */
Test(address, straddling_the_hole_names_the_first_byte, .timeout = 20)
{
	static const unsigned bits[] = {47, 56}; /* with four and with five levels of pages */
	struct haul_fault fault;

	if (!CPU_NONCANONICAL)
		cr_skip_test("this CPU names every address that fails");
	if (test_under_qemu())
		cr_skip_test("qemu-user reports non-canonical addresses as unmapped ones");
	test_faults_begin();
	for (size_t i = 0; i < 2; i++) {
		uintptr_t hole = (uintptr_t)1 << bits[i], top = -hole;
		const void *p = (const void *)hole; /* NOLINT(performance-no-int-to-ptr) */

		cr_assert(haul_memcpy_fault(spare, p, 1, &fault) == 0);
		if (fault.kind != HAUL_FAULT_NONCANONICAL)
			continue;
		check_dead(hole - 1, HAUL_FAULT_UNMAPPED);
		check_dead(hole - 4, HAUL_FAULT_UNMAPPED);
		check_dead(hole - 61, HAUL_FAULT_UNMAPPED);
		check_dead(top - 1, HAUL_FAULT_NONCANONICAL);
		check_dead(top - 4, HAUL_FAULT_NONCANONICAL);
		return;
	}
	cr_assert(false, "no hole where this CPU must have one");
}

Test(address, kernel_half_is_unmapped, .timeout = 20)
{
	if (!CPU_KERNEL_ADDRESS)
		cr_skip_test("this CPU has no kernel half");
	test_faults_begin();
	check_dead(CPU_KERNEL_ADDRESS, HAUL_FAULT_UNMAPPED);
	check_dead(CPU_KERNEL_ADDRESS + 3, HAUL_FAULT_UNMAPPED);
	check_dead_words(CPU_KERNEL_ADDRESS);
}

/* Copies from here run over the last byte of the address space to NULL. */
Test(address, top_of_the_space_is_unmapped, .timeout = 20)
{
	test_faults_begin();
	check_dead(UINTPTR_MAX, HAUL_FAULT_UNMAPPED);
	check_dead(UINTPTR_MAX - 4, HAUL_FAULT_UNMAPPED);
	check_dead(UINTPTR_MAX - 4095, HAUL_FAULT_UNMAPPED);
	check_dead_words(UINTPTR_MAX - 7);
}

static const size_t endless[] = {SIZE_MAX,         SIZE_MAX - 1, SIZE_MAX - 63,  SIZE_MAX - 4096,
				 SIZE_MAX / 2 + 1, SIZE_MAX / 2, (size_t)1 << 62};

#define ENDLESS (sizeof endless / sizeof *endless)

typedef size_t copy_function(void *, const void *, size_t, struct haul_fault *);

static void check_endless(copy_function *copy, const struct fault_map *src,
			  const struct fault_map *dst, size_t good, size_t n)
{
	struct haul_fault fault;
	size_t done;

	memset(dst->base, PATTERN_NEVER, GOOD);
	done = copy(dst->base, src->edge - good, n, &fault);
	cr_assert(done == good, "%zu of %#zx, not %zu", done, n, good);
	check_address(&fault, HAUL_FAULT_UNMAPPED, (uintptr_t)src->edge);
	cr_assert(memcmp(dst->base, src->edge - good, good) == 0);
	cr_assert(copy != haul_memcpy_fault ||
		  bytes_are(dst->base + good, GOOD - good, PATTERN_NEVER));
}

Test(address, wrapping_length_copies_what_there_is, .timeout = 60)
{
	static const size_t goods[] = {0, 1, 15, 100, 4096, 40001, GOOD};
	struct fault_map src, dst;
	struct haul_fault fault;

	cr_assert(!fault_map_unmapped(&src, GOOD) && !fault_map_unmapped(&dst, GOOD));
	test_faults_begin();
	pattern_fill(src.base, GOOD, 4);
	for (size_t i = 0; i < ENDLESS * 7; i++) {
		size_t n = endless[i / 7], good = goods[i % 7];

		check_endless(haul_memcpy_fault, &src, &dst, good, n);
		check_endless(haul_memmove_fault, &src, &dst, good, n);
		cr_assert(haul_memset_fault(dst.edge - good, 1, n, &fault) == good);
		check_address(&fault, HAUL_FAULT_UNMAPPED, (uintptr_t)dst.edge);
		cr_assert(bytes_are(dst.edge - good, good, 1));
	}
}

Test(address, wrapping_length_compares_and_measures_what_there_is, .timeout = 20)
{
	struct fault_map a, b;

	cr_assert(!fault_map_unmapped(&a, GOOD) && !fault_map_unmapped(&b, GOOD));
	test_faults_begin();
	pattern_fill(a.base, GOOD, 5);
	pattern_fill(b.base, GOOD, 5);
	for (size_t i = 0; i < ENDLESS; i++) {
		size_t n = endless[i], len = 0;
		int order = 7;

		cr_assert(haul_memcmp(a.base, b.base, n, &order) == -HAUL_EFAULT && order == 7);
		cr_assert(haul_strnlen((char *)a.base, n, &len) == -HAUL_EFAULT && len == GOOD);
		a.edge[-1] = 0;
		cr_assert(haul_memcmp(a.base, b.base, n, &order) == 0 && order < 0);
		cr_assert(haul_strnlen((char *)a.base, n, &len) == 0 && len == GOOD - 1);
		a.edge[-1] = b.edge[-1];
	}
}
