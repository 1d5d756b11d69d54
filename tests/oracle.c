/* SPDX-License-Identifier: MIT */
#include "oracle.h"
#include "test.h"
#include <haul/mem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 8 }; /* bytes shown on either side of the first wrong one */

/* What must come of a case. */
struct verdict {
	size_t count;
	struct haul_fault fault;
};

void oracle_open(struct oracle *o, size_t pages)
{
	uint64_t random = test_seed();
	size_t size;

	test_faults_begin();
	arena_open(&o->arena, pages);
	size = pages * o->arena.page;
	o->start = malloc(size);
	o->want = malloc(size);
	cr_assert(o->start && o->want, "no memory for an arena of %zu bytes", size);
	for (size_t i = 0; i < size; i += sizeof random) {
		uint64_t word = test_random(&random);

		memcpy(o->start + i, &word, sizeof word);
	}
	memcpy(o->want, o->start, size);
	memcpy(o->arena.image, o->start, size);
	o->setting = "";
	o->run = 0;
}

void oracle_close(struct oracle *o)
{
	test_faults_end();
	arena_close(&o->arena);
	free(o->start);
	free(o->want);
}

bool oracle_fault_equal(const struct haul_fault *a, const struct haul_fault *b)
{
	return a->addr == b->addr && a->addr_valid == b->addr_valid && a->kind == b->kind &&
	       a->operand == b->operand && a->signo == b->signo && a->code == b->code &&
	       a->addr_lsb == b->addr_lsb;
}

const char *oracle_fault_text(const struct haul_fault *f, char *buffer, size_t size)
{
	snprintf(buffer, size, "{addr %#zx%s, kind %d, operand %d, signo %d, code %d, lsb %u}",
		 (size_t)f->addr, f->addr_valid ? "" : " (not valid)", (int)f->kind,
		 (int)f->operand, f->signo, f->code, f->addr_lsb);
	return buffer;
}

/* The part of a range that lies in the arena: n may be as large as SIZE_MAX. */
static size_t within(const struct oracle *o, size_t offset, size_t n)
{
	size_t room = o->arena.pages * o->arena.page - offset;

	return n < room ? n : room;
}

static struct haul_fault fault_at(const struct oracle *o, enum haul_operand operand, size_t offset)
{
	return arena_fault(o->arena.rights[offset >> o->arena.shift], operand,
			   o->arena.view + offset);
}

/* The byte loop. */
static struct verdict predict(struct oracle *o, const struct oracle_case *c)
{
	struct verdict v = {0};
	size_t i;

	for (i = 0; i < c->n; i++) {
		if (c->op != ORACLE_MEMSET && !arena_readable(&o->arena, c->src + i)) {
			v.fault = fault_at(o, HAUL_OPERAND_SRC, c->src + i);
			break;
		}
		if (!arena_writable(&o->arena, c->dst + i)) {
			v.fault = fault_at(o, HAUL_OPERAND_DST, c->dst + i);
			break;
		}
		o->want[c->dst + i] =
			c->op == ORACLE_MEMSET ? (unsigned char)c->c : o->start[c->src + i];
	}
	v.count = i;
	return v;
}

/*
 * A move that must run backward may already have moved what lies after the
 * first byte that fails: what is there now is right if it is that.
 */
static void allow_moved(struct oracle *o, const struct oracle_case *c, size_t count)
{
	if (c->op != ORACLE_MEMMOVE || c->dst <= c->src || c->dst - c->src >= c->n)
		return;
	for (size_t i = count; i < within(o, c->dst, c->n); i++) {
		unsigned char now = o->arena.image[c->dst + i];

		if (now == o->start[c->src + i] && arena_readable(&o->arena, c->src + i) &&
		    arena_writable(&o->arena, c->dst + i))
			o->want[c->dst + i] = now;
	}
}

static test_code *function(const struct oracle_case *c)
{
	switch (c->op) {
	case ORACLE_MEMCPY:
		return (test_code *)(c->record ? (void (*)(void))haul_memcpy_fault
					       : (void (*)(void))haul_memcpy);
	case ORACLE_MEMMOVE:
		return (test_code *)(c->record ? (void (*)(void))haul_memmove_fault
					       : (void (*)(void))haul_memmove);
	default:
		return (test_code *)(c->record ? (void (*)(void))haul_memset_fault
					       : (void (*)(void))haul_memset);
	}
}

static const char *name(const struct oracle_case *c)
{
	static const char *const names[][2] = {
		{"haul_memcpy", "haul_memcpy_fault"},
		{"haul_memmove", "haul_memmove_fault"},
		{"haul_memset", "haul_memset_fault"},
	};

	return names[c->op][c->record];
}

/* "0x1fc0 = page 1 + 0xfc0 (read-write, then no access, read-write)" */
static void describe(const struct oracle *o, size_t offset, size_t n, char *buffer, size_t size)
{
	const struct arena *a = &o->arena;
	size_t last = (offset + (n ? within(o, offset, n) - 1 : 0)) >> a->shift;
	int len = snprintf(buffer, size, "%#zx = page %zu + %#zx (", offset, offset >> a->shift,
			   offset & (a->page - 1));

	for (size_t p = offset >> a->shift; p <= last && (size_t)len < size - 1; p++) {
		if (p == offset >> a->shift || a->rights[p] != a->rights[p - 1])
			len += snprintf(buffer + len, size - (size_t)len, "%s%s",
					p == offset >> a->shift ? "" : ", ",
					arena_right_name(a->rights[p]));
	}
	snprintf(buffer + len, size - (size_t)len, ")");
}

static void describe_bytes(const char *title, const unsigned char *bytes, size_t first, size_t end,
			   char *buffer, size_t size)
{
	int len = snprintf(buffer, size, "\n%s", title);

	for (size_t i = first; i < end; i++)
		len += snprintf(buffer + len, size - (size_t)len, " %02x", bytes[i]);
}

/* The first byte that is not as it must be, and its neighbours. */
static void describe_image(const struct oracle *o, char *buffer, size_t size)
{
	const unsigned char *image = o->arena.image;
	size_t total = o->arena.pages * o->arena.page, at = 0, first, end;

	while (at < total && image[at] == o->want[at])
		at++;
	if (at == total) {
		snprintf(buffer, size, "memory is right");
		return;
	}
	first = at < WINDOW ? 0 : at - WINDOW;
	end = total - at < WINDOW ? total : at + WINDOW;
	snprintf(buffer, size, "memory is wrong from %#zx on; from %#zx:", at, first);
	describe_bytes("got ", image, first, end, buffer + strlen(buffer), size - strlen(buffer));
	describe_bytes("want", o->want, first, end, buffer + strlen(buffer), size - strlen(buffer));
	describe_bytes("was ", o->start, first, end, buffer + strlen(buffer),
		       size - strlen(buffer));
}

static void report(const struct oracle *o, const struct oracle_case *c, const struct verdict *want,
		   size_t got, const struct haul_fault *record, const char *broken)
{
	char dst[256], src[256] = "", image[512], fault[128], expected[128];

	describe(o, c->dst, c->n, dst, sizeof dst);
	if (c->op != ORACLE_MEMSET)
		describe(o, c->src, c->n, src, sizeof src);
	else
		snprintf(src, sizeof src, "%d", c->c);
	describe_image(o, image, sizeof image);
	cr_assert(false,
		  "%s, %s, HAUL_TEST_SEED=%llu, case %llu:\n"
		  "dst %s\nsrc %s\nn %zu = %#zx\ncount: want %zu, got %zu\n"
		  "record: want %s, got %s\npreserved: %s\n%s",
		  name(c), o->setting, (unsigned long long)test_seed(), o->run, dst, src, c->n,
		  c->n, want->count, got,
		  oracle_fault_text(&want->fault, expected, sizeof expected),
		  c->record ? oracle_fault_text(record, fault, sizeof fault) : "none",
		  broken ? broken : "all", image);
}

bool oracle_record_right(enum oracle_op op, const struct haul_fault *want, enum arena_right right,
			 const struct haul_fault *record)
{
	struct haul_fault reading;

	if (oracle_fault_equal(record, want))
		return true;
	if (op != ORACLE_MEMMOVE || want->operand != HAUL_OPERAND_DST)
		return false;
	reading = arena_fault(right, HAUL_OPERAND_SRC, record);
	reading.addr = want->addr;
	reading.operand = HAUL_OPERAND_DST;
	return oracle_fault_equal(record, &reading);
}

/* The right of the page that a case stops at. */
static enum arena_right right_at(const struct oracle *o, size_t offset)
{
	const size_t page = offset >> o->arena.shift;

	return page < o->arena.pages ? o->arena.rights[page] : ARENA_UNMAPPED;
}

void oracle_check(struct oracle *o, const struct oracle_case *c)
{
	struct verdict want = predict(o, c);
	struct haul_fault record;
	unsigned char *dst = o->arena.view + c->dst;
	/* the upper half of an int argument is the caller's junk */
	uint64_t second = c->op == ORACLE_MEMSET ? 0xdeadbeef00000000 | (uint32_t)c->c
						 : (uintptr_t)(o->arena.view + c->src);
	uint64_t args[6] = {(uintptr_t)dst, second, c->n, (uintptr_t)&record, 0, 0};
	uint64_t got;
	const char *broken;

	o->run++;
	memset(&record, 0xa5, sizeof record);
	broken = test_call(function(c), args, &got);
	if (want.count < c->n)
		allow_moved(o, c, want.count);
	if (got != want.count || broken ||
	    (c->record &&
	     !oracle_record_right(c->op, &want.fault, right_at(o, c->dst + want.count), &record)) ||
	    memcmp(o->arena.image, o->want, o->arena.pages * o->arena.page) != 0)
		report(o, c, &want, (size_t)got, &record, broken);
	memcpy(o->want + c->dst, o->start + c->dst, within(o, c->dst, c->n));
	memcpy(o->arena.image + c->dst, o->start + c->dst, within(o, c->dst, c->n));
}
