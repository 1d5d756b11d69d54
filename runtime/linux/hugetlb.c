/* SPDX-License-Identifier: MIT */
/* Huge pages as arenas.  errno is as it was when a public function returns. */
#include "error.h"
#include "page.h"
#include <fcntl.h>
#include <haul/hugetlb.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

/* The test has others. */
#ifndef HUGETLB_PAGEMAP
#define HUGETLB_PAGEMAP "/proc/self/pagemap"
#endif

/* Linux's Documentation/admin-guide/mm/pagemap.rst: 64 bits for each page of the system's
 * size, of the huge ones' parts too. */
#define ENTRY_PRESENT ((uint64_t)1 << 63)
#define ENTRY_FRAME (((uint64_t)1 << 55) - 1)

static int open_pagemap(void)
{
	int fd;

	do
		fd = open(HUGETLB_PAGEMAP, O_RDONLY | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? haul_from_errno(errno) : fd;
}

/* Of the page that p is in.  Its number is 0 for those who may not know it; no memory
 * for programs is there. */
static int read_phys(int pagemap, const void *p, uint64_t *phys)
{
	const uint64_t page = haul_page_size();
	uint64_t entry;
	const ssize_t got =
		pread(pagemap, &entry, sizeof entry, (off_t)((uintptr_t)p / page * sizeof entry));

	if (got < 0)
		return haul_from_errno(errno);
	if (got != sizeof entry)
		return -HAUL_EPROTO;
	if (!(entry & ENTRY_PRESENT))
		return -HAUL_ENOMEM;
	if (!(entry & ENTRY_FRAME))
		return -HAUL_EACCES;
	if ((entry & ENTRY_FRAME) > UINT64_MAX / page)
		return -HAUL_EPROTO;
	*phys = (entry & ENTRY_FRAME) * page;
	return 0;
}

/* Whoever may not know where pages are need not take any. */
static int check_privilege(int pagemap)
{
	volatile char here = 0; /* a page that is present */
	uint64_t phys;

	return read_phys(pagemap, (const void *)(uintptr_t)&here, &phys);
}

static int check_size(int fd, size_t size, size_t *huge)
{
	struct statfs system;

	if (fstatfs(fd, &system))
		return haul_from_errno(errno);
	*huge = (size_t)system.f_bsize;
	return !size || size % *huge || size > INT64_MAX ? -HAUL_EINVAL : 0;
}

/* All the pages now, rather than a signal (SIGBUS) at an access of one that is not there. */
static int map_pages(int fd, size_t size, void **start)
{
	void *p;

	if (ftruncate(fd, (off_t)size))
		return haul_from_errno(errno);
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (p == MAP_FAILED)
		return haul_from_errno(errno);
	*start = p;
	return 0;
}

static int take_pages(size_t size, size_t *huge, void **start)
{
	unsigned flags = MFD_CLOEXEC | MFD_HUGETLB;
	int fd, err;

	if (*huge & (*huge - 1))
		return -HAUL_EINVAL;
	if (*huge)
		flags |= haul_memfd_huge(*huge);
	fd = memfd_create("haul-hugetlb", flags);
	if (fd < 0)
		return haul_from_errno(errno);
	err = check_size(fd, size, huge);
	if (!err)
		err = map_pages(fd, size, start);
	close(fd);
	return err;
}

/* True if the part goes on with the page at phys. */
static bool extend(struct haul_hal_memory *last, uint64_t phys, size_t huge)
{
	if (phys != last->phys.value + last->size)
		return false;
	last->size += huge;
	return true;
}

/* Of count pages from start on; there is room for as many parts. */
static int read_parts(int pagemap, void *start, size_t count, size_t huge,
		      struct haul_arena_part *parts, size_t *nparts)
{
	const unsigned flags = HAUL_ARENA_ALLOC | HAUL_ARENA_SHARE;
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		unsigned char *const p = (unsigned char *)start + i * huge;
		struct haul_phys phys;
		const int err = read_phys(pagemap, p, &phys.value);

		if (err)
			return err;
		if (phys.value % huge)
			return -HAUL_EPROTO;
		if (!n || !extend(&parts[n - 1].memory, phys.value, huge))
			parts[n++] = haul_arena_identity(p, phys, huge, flags);
	}
	*nparts = n;
	return 0;
}

/* The parts, as many as there may be, and then the words. */
static size_t tables_size(size_t size, size_t huge)
{
	return size / huge * sizeof(struct haul_arena_part) +
	       HAUL_ARENA_WORDS(size / haul_page_size()) * sizeof(uint64_t);
}

/* With hugetlb's start, length, huge and tables. */
static int make_arena(struct haul_hugetlb *hugetlb, int pagemap)
{
	const size_t count = hugetlb->length / hugetlb->huge;
	struct haul_arena_part *const parts = hugetlb->tables;
	struct haul_arena_config config = {
		.parts = parts,
		.page = haul_page_size(),
		.words = (uint64_t *)(parts + count),
		.nwords = HAUL_ARENA_WORDS(hugetlb->length / haul_page_size()),
	};
	const int err =
		read_parts(pagemap, hugetlb->start, count, hugetlb->huge, parts, &config.nparts);

	return err ? err : haul_arena_init(&hugetlb->arena, &config);
}

static int open_pages(struct haul_hugetlb *hugetlb, int pagemap, size_t size, size_t huge)
{
	struct haul_hugetlb it = {.length = size, .huge = huge};
	int err = take_pages(size, &it.huge, &it.start);

	if (err)
		return err;
	it.tables_size = tables_size(size, it.huge);
	it.tables = mmap(NULL, it.tables_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);
	if (it.tables == MAP_FAILED) {
		err = haul_from_errno(errno);
	} else {
		err = make_arena(&it, pagemap);
		if (err)
			munmap(it.tables, it.tables_size);
	}
	if (err) {
		munmap(it.start, it.length);
		return err;
	}
	*hugetlb = it;
	hugetlb->arena.hal.ctx = &hugetlb->arena;
	return 0;
}

static int open_hugetlb(struct haul_hugetlb *hugetlb, size_t size, size_t huge)
{
	const int pagemap = open_pagemap();
	int err;

	if (pagemap < 0)
		return pagemap;
	err = check_privilege(pagemap);
	if (!err)
		err = open_pages(hugetlb, pagemap, size, huge);
	close(pagemap);
	return err;
}

/* A child process has them mapped once it touches them. */
static int check_part(const struct haul_hugetlb *hugetlb, int pagemap,
		      const struct haul_hal_memory *part)
{
	for (size_t off = 0; off < part->size; off += hugetlb->huge) {
		const volatile unsigned char *const p = (unsigned char *)part->virt + off;
		uint64_t phys;
		int err;

		(void)*p;
		err = read_phys(pagemap, (const void *)(uintptr_t)p, &phys);
		if (err == -HAUL_ENOMEM || (!err && phys != part->phys.value + off))
			return -HAUL_EFAULT;
		if (err)
			return err;
	}
	return 0;
}

static int check_hugetlb(const struct haul_hugetlb *hugetlb)
{
	const int pagemap = open_pagemap();
	int err = 0;

	if (pagemap < 0)
		return pagemap;
	for (size_t i = 0; !err && i < hugetlb->arena.config.nparts; i++)
		err = check_part(hugetlb, pagemap, &hugetlb->arena.config.parts[i].memory);
	close(pagemap);
	return err;
}

static int close_hugetlb(struct haul_hugetlb *hugetlb)
{
	if (!hugetlb->length)
		return -HAUL_EINVAL;
	if (haul_arena_used(&hugetlb->arena))
		return -HAUL_EBUSY;
	if (munmap(hugetlb->start, hugetlb->length))
		return haul_from_errno(errno);
	munmap(hugetlb->tables, hugetlb->tables_size);
	hugetlb->length = 0;
	return 0;
}

int haul_hugetlb_open(struct haul_hugetlb *hugetlb, size_t size, size_t huge)
{
	const int saved = errno;

	return haul_restore_errno(saved, open_hugetlb(hugetlb, size, huge));
}

int haul_hugetlb_check(const struct haul_hugetlb *hugetlb)
{
	const int saved = errno;

	return haul_restore_errno(saved, check_hugetlb(hugetlb));
}

int haul_hugetlb_close(struct haul_hugetlb *hugetlb)
{
	const int saved = errno;

	return haul_restore_errno(saved, close_hugetlb(hugetlb));
}
