/* SPDX-License-Identifier: MIT */
#include "arena.h"
#include "test.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct {
	const char *name;
	int prot;
} rights[ARENA_RIGHTS] = {
	[ARENA_READ_WRITE] = {"read-write", PROT_READ | PROT_WRITE},
	[ARENA_READ_ONLY] = {"read-only", PROT_READ},
	[ARENA_NO_ACCESS] = {"no access", PROT_NONE},
	[ARENA_UNMAPPED] = {"unmapped", PROT_NONE},
	[ARENA_NO_STORAGE] = {"no storage", PROT_READ | PROT_WRITE},
};

static unsigned char *map(void *where, size_t size, int fd, size_t offset, int flags)
{
	unsigned char *p =
		mmap(where, size, PROT_READ | PROT_WRITE, MAP_SHARED | flags, fd, (off_t)offset);

	cr_assert(p != MAP_FAILED, "mmap of %zu bytes failed", size);
	return p;
}

size_t arena_page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

void arena_open(struct arena *arena, size_t pages)
{
	size_t size;

	arena->page = arena_page_size();
	arena->shift = (unsigned)__builtin_ctzl(arena->page);
	arena->pages = pages;
	size = pages * arena->page;
	arena->storage = memfd_create("arena", MFD_CLOEXEC);
	arena->empty = memfd_create("empty", MFD_CLOEXEC);
	cr_assert(arena->storage >= 0 && arena->empty >= 0, "memfd_create failed");
	cr_assert(ftruncate(arena->storage, (off_t)size) == 0, "ftruncate failed");
	arena->view = map(NULL, size, arena->storage, 0, 0);
	arena->image = map(NULL, size, arena->storage, 0, 0);
	arena->rights = calloc(pages, sizeof *arena->rights);
	cr_assert(arena->rights != NULL);
}

void arena_close(struct arena *arena)
{
	munmap(arena->view, arena->pages * arena->page);
	munmap(arena->image, arena->pages * arena->page);
	close(arena->storage);
	close(arena->empty);
	free(arena->rights);
}

/*
 * HAUL_TEST_NO_SIGBUS, for an emulator that dies of a SIGBUS at some
 * instructions: pages without storage are pages without access.
 */
static enum arena_right available(enum arena_right right)
{
	static bool said;

	if (right != ARENA_NO_STORAGE || !getenv("HAUL_TEST_NO_SIGBUS"))
		return right;
	if (!said)
		test_note("HAUL_TEST_NO_SIGBUS: pages without access stand for those without "
			  "storage");
	said = true;
	return ARENA_NO_ACCESS;
}

static void page_protect(struct arena *arena, size_t index, enum arena_right right)
{
	unsigned char *page = arena->view + index * arena->page;
	enum arena_right old = arena->rights[index];

	if (old == right)
		return;
	/* NOREPLACE: should anything have been mapped into the gap meanwhile,
	 * the test that relied on the gap was wrong */
	if (old == ARENA_UNMAPPED)
		map(page, arena->page, arena->storage, index * arena->page, MAP_FIXED_NOREPLACE);
	else if (old == ARENA_NO_STORAGE)
		map(page, arena->page, arena->storage, index * arena->page, MAP_FIXED);

	if (right == ARENA_UNMAPPED)
		cr_assert(munmap(page, arena->page) == 0);
	else if (right == ARENA_NO_STORAGE)
		map(page, arena->page, arena->empty, 0, MAP_FIXED);
	else
		cr_assert(mprotect(page, arena->page, rights[right].prot) == 0);
	arena->rights[index] = right;
}

void arena_protect(struct arena *arena, size_t first, size_t count, enum arena_right right)
{
	for (size_t i = first; i < first + count; i++)
		page_protect(arena, i, available(right));
}

struct haul_fault arena_fault(enum arena_right right, enum haul_operand operand, const void *addr)
{
	struct haul_fault f = {
		.addr = (uintptr_t)addr,
		.addr_valid = true,
		.operand = operand,
		.kind = HAUL_FAULT_PROTECTION,
		.signo = SIGSEGV,
		.code = SEGV_ACCERR,
	};

	if (right == ARENA_UNMAPPED) {
		f.kind = HAUL_FAULT_UNMAPPED;
		f.code = SEGV_MAPERR;
	} else if (right == ARENA_NO_STORAGE) {
		f.kind = HAUL_FAULT_BUS;
		f.signo = SIGBUS;
		f.code = BUS_ADRERR;
	}
	return f;
}

const char *arena_right_name(enum arena_right right)
{
	return rights[right].name;
}
