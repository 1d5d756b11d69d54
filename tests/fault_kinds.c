/* SPDX-License-Identifier: MIT */
/*
 * Each reason for which a page can give way: the count, the record and the
 * memory after every operation that meets it, in every variant, at sizes that
 * are served by different code.
 */
#include "fault_maps.h"
#include "test.h"
#include <haul.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { GOOD = 128 << 10, MARGIN = 64, MAX_SIZE = 100000 };

/* What a fault at the map's edge must be reported as. */
struct expected {
	enum haul_fault_kind kind;
	int signo, code;
	unsigned addr_lsb;
};

typedef size_t copy_function(void *, const void *, size_t, struct haul_fault *);

static const size_t sizes[] = {5, 40, 300, 5000, MAX_SIZE};

#define SIZES (sizeof sizes / sizeof *sizes)

/* Good bytes before the fault, of n: none, one, half, all but one, all. */
static size_t good_part(size_t which, size_t n)
{
	const size_t parts[] = {0, 1, n / 2, n - 1, n};

	return parts[which];
}

#define PARTS 5

static unsigned char *buffer(size_t n)
{
	unsigned char *p = malloc(n);

	cr_assert(p);
	return p;
}

static void check_record(const struct haul_fault *f, const struct expected *want,
			 enum haul_operand operand, const unsigned char *at, const char *what)
{
	cr_assert(f->kind == want->kind, "%s: kind %d", what, (int)f->kind);
	cr_assert(f->operand == operand, "%s: operand %d", what, (int)f->operand);
	cr_assert(f->addr_valid, "%s: no address", what);
	cr_assert(f->addr == (uintptr_t)at, "%s: address %#zx, not %p", what, (size_t)f->addr,
		  (const void *)at);
	cr_assert(f->signo == want->signo && f->code == want->code, "%s: signal %d code %d", what,
		  f->signo, f->code);
	cr_assert(f->addr_lsb == want->addr_lsb, "%s: lsb %u", what, f->addr_lsb);
}

static void check_clean(const struct haul_fault *f, const char *what)
{
	cr_assert(f->kind == HAUL_FAULT_NONE && f->operand == HAUL_OPERAND_NONE, "%s", what);
	cr_assert(f->addr == 0 && !f->addr_valid && f->signo == 0 && f->code == 0, "%s", what);
}

static void check_outcome(size_t done, size_t good, size_t n, const struct haul_fault *f,
			  const struct expected *want, enum haul_operand operand,
			  const struct fault_map *map, const char *what)
{
	cr_assert(done == good, "%s: %zu of %zu, not %zu", what, done, n, good);
	if (good < n)
		check_record(f, want, operand, map->edge, what);
	else
		check_clean(f, what);
}

/* From the map into ordinary memory, whose other bytes must not change. */
static void load_once(copy_function *copy, const struct fault_map *map, const struct expected *want,
		      size_t n, size_t good, const char *what)
{
	static unsigned char dst[MAX_SIZE + 2 * MARGIN];
	struct haul_fault fault;
	size_t done;

	memset(dst, PATTERN_NEVER, sizeof dst);
	memset(&fault, 0xff, sizeof fault);
	done = copy(dst + MARGIN, map->edge - good, n, &fault);
	check_outcome(done, good, n, &fault, want, HAUL_OPERAND_SRC, map, what);
	cr_assert(memcmp(dst + MARGIN, map->edge - good, good) == 0, "%s: prefix", what);
	cr_assert(bytes_are(dst, MARGIN, PATTERN_NEVER), "%s: before", what);
	cr_assert(bytes_are(dst + MARGIN + good, sizeof dst - MARGIN - good, PATTERN_NEVER),
		  "%s: beyond", what);
}

/* The map's good bytes are as in image, but for the last `good` of them. */
static void check_image(const struct fault_map *map, const unsigned char *image,
			const unsigned char *tail, size_t good, const char *what)
{
	cr_assert(memcmp(map->base, image, GOOD - good) == 0, "%s: before", what);
	cr_assert(memcmp(map->edge - good, tail, good) == 0, "%s: prefix", what);
	memcpy(map->edge - good, image + GOOD - good, good);
}

static void store_once(copy_function *copy, const struct fault_map *map,
		       const struct expected *want, const unsigned char *image, size_t n,
		       size_t good, const char *what)
{
	static unsigned char src[MAX_SIZE];
	struct haul_fault fault;
	size_t done;

	pattern_fill(src, n, 2);
	memset(&fault, 0xff, sizeof fault);
	done = copy(map->edge - good, src, n, &fault);
	check_outcome(done, good, n, &fault, want, HAUL_OPERAND_DST, map, what);
	check_image(map, image, src, good, what);
}

static void fill_once(const struct fault_map *map, const struct expected *want,
		      const unsigned char *image, size_t n, size_t good, const char *what)
{
	static unsigned char tail[MAX_SIZE];
	struct haul_fault fault;
	size_t done;

	memset(tail, 0xc3, n);
	memset(&fault, 0xff, sizeof fault);
	done = haul_memset_fault(map->edge - good, 0x7c3, n, &fault);
	check_outcome(done, good, n, &fault, want, HAUL_OPERAND_DST, map, what);
	check_image(map, image, tail, good, what);
}

static void check_copies(const char *routine, copy_function *copy, const struct fault_map *map,
			 const struct expected *load, const struct expected *store,
			 const unsigned char *image)
{
	char setting[64];
	size_t index = 0;

	while (test_variant_next(routine, &index, setting, sizeof setting))
		for (size_t i = 0; i < SIZES * PARTS; i++) {
			size_t n = sizes[i / PARTS], good = good_part(i % PARTS, n);

			if (load)
				load_once(copy, map, load, n, good, setting);
			if (store)
				store_once(copy, map, store, image, n, good, setting);
		}
}

static void check_fills(const struct fault_map *map, const struct expected *store,
			const unsigned char *image)
{
	char setting[64];
	size_t index = 0;

	while (test_variant_next("memset", &index, setting, sizeof setting))
		for (size_t i = 0; i < SIZES * PARTS; i++)
			fill_once(map, store, image, sizes[i / PARTS],
				  good_part(i % PARTS, sizes[i / PARTS]), setting);
}

static void check_reads(const struct fault_map *map, const unsigned char *image)
{
	const size_t n = 300, good = 123;
	const unsigned char *from = map->edge - good;
	unsigned char *copy = buffer(n);
	uint32_t word = 77;
	size_t len = 0;
	int order = 77;

	memset(copy, PATTERN_NEVER, n);
	memcpy(copy, image + GOOD - good, good);
	cr_assert(haul_memcmp(from, copy, n, &order) == -HAUL_EFAULT && order == 77);
	cr_assert(haul_memcmp(copy, from, n, &order) == -HAUL_EFAULT && order == 77);
	copy[good - 1] ^= 0xff;
	cr_assert(haul_memcmp(from, copy, n, &order) == 0 && order != 0);
	cr_assert(haul_strnlen((const char *)from, n, &len) == -HAUL_EFAULT && len == good);
	cr_assert(haul_strnlen((const char *)from, good, &len) == 0 && len == good);
	cr_assert(haul_load_u32((const void *)map->edge, &word) == -HAUL_EFAULT && word == 77);
	free(copy);
}

static void check_writes(const struct fault_map *map)
{
	uint32_t *p = (void *)map->edge, word = 77;

	cr_assert(haul_store_u32(p, 1) == -HAUL_EFAULT);
	cr_assert(haul_swap_u32(p, 1, &word) == -HAUL_EFAULT && word == 77);
	cr_assert(haul_cmpxchg_u32(p, &word, 1) == -HAUL_EFAULT && word == 77);
	cr_assert(haul_fetch_add_u32(p, 1, &word) == -HAUL_EFAULT && word == 77);
}

/* load or store is NULL where that access does not fail. */
static void check_map(const struct fault_map *map, const struct expected *load,
		      const struct expected *store)
{
	unsigned char *image = buffer(GOOD);

	cr_assert(haul_fault_install() == 0);
	pattern_fill(image, GOOD, 1);
	memcpy(map->base, image, GOOD);
	check_copies("memcpy", haul_memcpy_fault, map, load, store, image);
	check_copies("memmove", haul_memmove_fault, map, load, store, image);
	if (load)
		check_reads(map, image);
	if (store) {
		check_fills(map, store, image);
		check_writes(map);
	}
	cr_assert(haul_fault_uninstall() == 0);
	free(image);
}

static void make_map(fault_map_maker *make, struct fault_map *map)
{
	const char *reason = make(map, GOOD);

	if (reason)
		cr_skip_test("%s", reason);
}

static void check_kind(fault_map_maker *make, const struct expected *load,
		       const struct expected *store)
{
	struct fault_map map;

	make_map(make, &map);
	check_map(&map, load, store);
}

static const struct expected unmapped = {HAUL_FAULT_UNMAPPED, SIGSEGV, SEGV_MAPERR, 0};
static const struct expected protection = {HAUL_FAULT_PROTECTION, SIGSEGV, SEGV_ACCERR, 0};
static const struct expected bus = {HAUL_FAULT_BUS, SIGBUS, BUS_ADRERR, 0};
static const struct expected pkey = {HAUL_FAULT_PKEY, SIGSEGV, SEGV_PKUERR, 0};

Test(fault, unmapped_page_is_unmapped, .timeout = 30)
{
	check_kind(fault_map_unmapped, &unmapped, &unmapped);
}

Test(fault, guard_page_is_unmapped, .timeout = 30)
{
	check_kind(fault_map_guard, &unmapped, &unmapped);
}

/* What lies beyond the edge of a map can be looked at once it is allowed. */
static void check_beyond_untouched(const struct fault_map *map)
{
	cr_assert(mprotect(map->edge, map->beyond, PROT_READ) == 0);
	cr_assert(bytes_are(map->edge, map->beyond, PATTERN_NEVER));
}

Test(fault, page_without_access_is_protection, .timeout = 30)
{
	struct fault_map map;

	make_map(fault_map_no_access, &map);
	check_map(&map, &protection, &protection);
	check_beyond_untouched(&map);
}

Test(fault, read_only_page_stops_stores_alone, .timeout = 30)
{
	struct fault_map map;

	make_map(fault_map_read_only, &map);
	check_map(&map, NULL, &protection);
	check_beyond_untouched(&map);
}

Test(fault, past_end_of_memfd_is_bus, .timeout = 30)
{
	check_kind(fault_map_memfd_end, &bus, &bus);
}

Test(fault, past_end_of_file_is_bus, .timeout = 30)
{
	check_kind(fault_map_file_end, &bus, &bus);
}

Test(fault, full_tmpfs_is_bus, .timeout = 30)
{
	check_kind(fault_map_full_tmpfs, &bus, &bus);
}

Test(fault, protection_key_against_access_is_pkey, .timeout = 30)
{
	check_kind(fault_map_pkey_no_access, &pkey, &pkey);
}

Test(fault, protection_key_against_writes_stops_stores_alone, .timeout = 30)
{
	struct fault_map map;

	make_map(fault_map_pkey_no_write, &map);
	check_map(&map, NULL, &pkey);
	cr_assert(bytes_are(map.edge, map.beyond, PATTERN_NEVER));
}

Test(fault, userfault_without_handler_is_bus, .timeout = 30)
{
	check_kind(fault_map_userfault_bus, &bus, &bus);
}

static unsigned page_shift(void)
{
	unsigned shift = 0;

	while ((size_t)1 << shift < page_size())
		shift++;
	return shift;
}

/* Kernels built without memory-failure handling report a poisoned page as one
 * without storage. */
static struct expected poison_of_this_kernel(const struct fault_map *map)
{
	struct expected poison = {HAUL_FAULT_POISON, SIGBUS, BUS_MCEERR_AR, page_shift()};
	struct haul_fault fault;
	unsigned char byte;

	cr_assert(haul_fault_install() == 0);
	cr_assert(haul_memcpy_fault(&byte, map->edge, 1, &fault) == 0);
	cr_assert(haul_fault_uninstall() == 0);
	test_note("this kernel reports poison as %s",
		  fault.kind == HAUL_FAULT_POISON ? "poison" : "bus error");
	return fault.kind == HAUL_FAULT_POISON ? poison : bus;
}

Test(fault, userfault_poison_is_poison_or_bus, .timeout = 30)
{
	struct fault_map map;
	struct expected poison;

	make_map(fault_map_userfault_poison, &map);
	poison = poison_of_this_kernel(&map);
	check_map(&map, &poison, &poison);
}

Test(fault, hardware_poison_is_poison, .timeout = 30)
{
	const struct expected poison = {HAUL_FAULT_POISON, SIGBUS, BUS_MCEERR_AR, page_shift()};

	check_kind(fault_map_hardware_poison, &poison, &poison);
}

/* Both sides give way: the side that does so first is named and counted. */
static void check_sides(const struct fault_map *src, const struct fault_map *dst, size_t src_good,
			size_t dst_good)
{
	const size_t n = MAX_SIZE, good = src_good < dst_good ? src_good : dst_good;
	struct haul_fault fault;
	size_t done = haul_memcpy_fault(dst->edge - dst_good, src->edge - src_good, n, &fault);

	cr_assert(done == good, "%zu, not %zu", done, good);
	cr_assert(memcmp(dst->edge - dst_good, src->edge - src_good, good) == 0);
	cr_assert(bytes_are(dst->edge - dst_good + good, dst_good - good, PATTERN_NEVER));
	if (src_good < dst_good)
		check_record(&fault, &protection, HAUL_OPERAND_SRC, src->edge, "source first");
	else if (dst_good < src_good)
		check_record(&fault, &bus, HAUL_OPERAND_DST, dst->edge, "destination first");
	else
		cr_assert(fault.operand != HAUL_OPERAND_NONE);
	memset(dst->base, PATTERN_NEVER, GOOD);
}

Test(fault, first_failing_side_is_named, .timeout = 30)
{
	static const size_t goods[] = {0, 1, 7, 63, 64, 65, 300, 4095, 4096, 4097, 50000};
	const size_t count = sizeof goods / sizeof *goods;
	struct fault_map src, dst;
	char setting[64];
	size_t index = 0;

	make_map(fault_map_no_access, &src);
	make_map(fault_map_memfd_end, &dst);
	pattern_fill(src.base, GOOD, 3);
	memset(dst.base, PATTERN_NEVER, GOOD);
	cr_assert(haul_fault_install() == 0);
	while (test_variant_next("memcpy", &index, setting, sizeof setting))
		for (size_t i = 0; i < count * count; i++)
			check_sides(&src, &dst, goods[i / count], goods[i % count]);
}
