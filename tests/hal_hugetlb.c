/* SPDX-License-Identifier: MIT */
/*
 * Huge pages and where they are.  What the kernel says of that is told by a file of the
 * test's own; the kernel itself is asked where it may be.
 */
static char map_path[32];

#define HUGETLB_PAGEMAP map_path
#include "../runtime/linux/hugetlb.c"

#include "linux/files.h"
#include "test.h"
#include <sys/resource.h>
#include <sys/wait.h>

#define NAME "haul-hugetlb"

enum { NOBODY = 65534, COUNT = 6 };

/* Bits above the frame's number that say nothing of where the page is. */
#define OTHER_BITS ((uint64_t)0x7f << 55)

static struct haul_hugetlb hugetlb;
static int entries; /* a memfd: entries of a page map */

static void use_kernels(void)
{
	strcpy(map_path, "/proc/self/pagemap");
}

/* False if the test is to be skipped. */
static bool kernel_tells(void)
{
	int fd, err;

	use_kernels();
	fd = open_pagemap();
	if (fd < 0)
		return false;
	err = check_privilege(fd);
	close(fd);
	return err == 0;
}

static void put_entry(const void *p, uint64_t entry)
{
	const off_t offset = (off_t)((uintptr_t)p / haul_page_size() * sizeof entry);

	cr_assert(pwrite(entries, &entry, sizeof entry, offset) == (ssize_t)sizeof entry);
}

static void put_frame(const void *p, uint64_t frame)
{
	put_entry(p, ENTRY_PRESENT | frame);
}

/* The stack is present, wherever it is. */
static void put_stack(uint64_t entry)
{
	char here;

	for (size_t i = 0; i < 64; i++)
		put_entry(&here - i * haul_page_size(), entry);
}

static void use_own(void)
{
	entries = memfd_create("pagemap", MFD_CLOEXEC);
	cr_assert(entries >= 0);
	snprintf(map_path, sizeof map_path, "/proc/self/fd/%d", entries);
	put_stack(ENTRY_PRESENT | OTHER_BITS | 1);
}

#define FAILS(call, error) FILES_CALL_FAILS(hugetlb, NAME, call, error)

/* Ordinary memory for huge pages of 4 pages each. */
static struct haul_hugetlb begin_pages(void)
{
	struct haul_hugetlb it = {.huge = 4 * haul_page_size(),
				  .length = COUNT * 4 * haul_page_size()};

	it.tables_size = tables_size(it.length, it.huge);
	it.start =
		mmap(NULL, it.length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	it.tables = mmap(NULL, it.tables_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);
	cr_assert(it.start != MAP_FAILED && it.tables != MAP_FAILED);
	return it;
}

static void put_frames(const struct haul_hugetlb *it, const uint64_t frames[COUNT])
{
	for (size_t i = 0; i < COUNT; i++)
		put_frame((unsigned char *)it->start + i * it->huge, frames[i]);
}

static int try_frames(struct haul_hugetlb *it, const uint64_t frames[COUNT])
{
	const int fd = open_pagemap();
	int err;

	cr_assert(fd >= 0);
	put_frames(it, frames);
	err = make_arena(it, fd);
	close(fd);
	return err;
}

static bool is_part(const struct haul_hugetlb *it, size_t index, size_t page, uint64_t frame,
		    size_t pages)
{
	const struct haul_hal_memory *const memory = &it->arena.config.parts[index].memory;

	return memory->virt == (unsigned char *)it->start + page * it->huge &&
	       memory->phys.value == frame * haul_page_size() &&
	       memory->iova.value == memory->phys.value && memory->size == pages * it->huge;
}

Test(hal_hugetlb, pages_that_follow_each_other_are_one_part)
{
	const uint64_t some[COUNT] = {0x1000, 0x1004, 0x800, 0x804, 0x808, 0x100c};
	const uint64_t all[COUNT] = {8, 12, 16, 20, 24, 28};
	const uint64_t none[COUNT] = {28, 24, 20, 16, 12, 8};
	struct haul_hugetlb it;

	use_own();
	it = begin_pages();
	cr_assert(try_frames(&it, some) == 0 && it.arena.config.nparts == 3);
	cr_assert(is_part(&it, 0, 0, 0x1000, 2));
	cr_assert(is_part(&it, 1, 2, 0x800, 3));
	cr_assert(is_part(&it, 2, 5, 0x100c, 1));
	cr_assert(try_frames(&it, all) == 0 && it.arena.config.nparts == 1);
	cr_assert(is_part(&it, 0, 0, 8, COUNT));
	cr_assert(try_frames(&it, none) == 0 && it.arena.config.nparts == COUNT);
	for (size_t i = 0; i < COUNT; i++)
		cr_assert(is_part(&it, i, i, none[i], 1));
}

Test(hal_hugetlb, what_the_page_map_says_is_checked)
{
	const uint64_t good[COUNT] = {8, 12, 16, 20, 24, 28};
	uint64_t frames[COUNT];
	struct haul_hugetlb it;

	use_own();
	it = begin_pages();
#define LAST(frame, error) \
	do { \
		memcpy(frames, good, sizeof frames); \
		frames[COUNT - 1] = (frame); \
		cr_assert(try_frames(&it, frames) == -(error), #frame); \
	} while (0)
	LAST(28 | OTHER_BITS, 0);
	cr_assert(it.arena.config.nparts == 1);
	LAST(0, HAUL_EACCES);
	LAST(OTHER_BITS, HAUL_EACCES);
	LAST(29, HAUL_EPROTO);                           /* no place for a huge page */
	LAST(24, HAUL_EEXIST);                           /* another's */
	LAST((uint64_t)4 << 52, HAUL_EPROTO);            /* bit 54 is one of its number */
	LAST((((uint64_t)1 << 52) - 4) | OTHER_BITS, 0); /* the last bytes of all */
#undef LAST
	put_frames(&it, good);
	put_entry((unsigned char *)it.start + it.huge, 12); /* not present */
	cr_assert(make_arena(&it, entries) == -HAUL_ENOMEM);
	cr_assert(ftruncate(entries, 0) == 0);
	cr_assert(make_arena(&it, entries) == -HAUL_EPROTO);
}

Test(hal_hugetlb, pages_that_moved_are_noticed)
{
	const uint64_t frames[COUNT] = {8, 12, 16, 40, 44, 32};
	struct haul_hugetlb it;

	use_own();
	it = begin_pages();
	cr_assert(try_frames(&it, frames) == 0);
	errno = ERRNO;
	cr_assert(haul_hugetlb_check(&it) == 0);
	for (size_t i = 0; i < COUNT; i++) {
		unsigned char *const page = (unsigned char *)it.start + i * it.huge;

		put_frame(page, 400);
		cr_assert(haul_hugetlb_check(&it) == -HAUL_EFAULT, "page %zu", i);
		put_entry(page, frames[i]);
		cr_assert(haul_hugetlb_check(&it) == -HAUL_EFAULT, "page %zu", i);
		put_frame(page, 0);
		cr_assert(haul_hugetlb_check(&it) == -HAUL_EACCES);
		put_frame(page, frames[i]);
		cr_assert(haul_hugetlb_check(&it) == 0);
	}
	strcpy(map_path, "/proc/self/missing");
	cr_assert(haul_hugetlb_check(&it) == -HAUL_ENOENT && errno == ERRNO);
}

Test(hal_hugetlb, who_may_not_know_is_refused_at_once)
{
	use_own();
	put_stack(ENTRY_PRESENT);
	FAILS(haul_hugetlb_open(&hugetlb, (size_t)2 << 20, 0), HAUL_EACCES);
	/* before anything else is looked at */
	FAILS(haul_hugetlb_open(&hugetlb, 0, 1), HAUL_EACCES);
	cr_assert(ftruncate(entries, 0) == 0);
	FAILS(haul_hugetlb_open(&hugetlb, (size_t)2 << 20, 0), HAUL_EPROTO);
	strcpy(map_path, "/proc/self/missing");
	FAILS(haul_hugetlb_open(&hugetlb, (size_t)2 << 20, 0), HAUL_ENOENT);
}

Test(hal_hugetlb, nobody_is_refused)
{
	if (geteuid() == 0 && seteuid(NOBODY))
		cr_skip_test("cannot be nobody: %s", strerror(errno));
	if (kernel_tells())
		cr_skip_test("everybody is told where pages are");
	use_kernels();
	FAILS(haul_hugetlb_open(&hugetlb, (size_t)2 << 20, 0),
	      access(map_path, F_OK) ? HAUL_ENOENT : HAUL_EACCES);
	if (getuid() == 0)
		cr_assert(seteuid(0) == 0);
}

Test(hal_hugetlb, sizes)
{
	const size_t huge = (size_t)2 << 20;

	use_own();
	FAILS(haul_hugetlb_open(&hugetlb, huge, 3 * haul_page_size()), HAUL_EINVAL);
	FAILS(haul_hugetlb_open(&hugetlb, huge, (size_t)1 << 45), HAUL_ENODEV);
	if (haul_hugetlb_open(&hugetlb, 1, 0) == -HAUL_ENODEV)
		cr_skip_test("a kernel without huge pages");
	FAILS(haul_hugetlb_open(&hugetlb, 0, 0), HAUL_EINVAL);
	FAILS(haul_hugetlb_open(&hugetlb, haul_page_size(), 0), HAUL_EINVAL);
	FAILS(haul_hugetlb_open(&hugetlb, (size_t)1 << 63, 0), HAUL_EINVAL);
	FAILS(haul_hugetlb_open(&hugetlb, (size_t)1 << 40, 0), HAUL_ENOMEM);
}

Test(hal_hugetlb, too_many_files)
{
	struct rlimit limit, none;

	use_own();
	cr_assert(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	none = limit;
	/* all that are open, and then one more */
	for (unsigned more = 0; more < 2; more++) {
		none.rlim_cur = more;
		for (int fd = 0; fd < 16 && fcntl(fd, F_GETFD) != -1; fd++)
			none.rlim_cur++;
		errno = ERRNO;
		cr_assert(setrlimit(RLIMIT_NOFILE, &none) == 0);
		cr_assert(haul_hugetlb_open(&hugetlb, (size_t)2 << 20, 0) == -HAUL_ENOSPC);
		cr_assert(errno == ERRNO);
	}
	cr_assert(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	cr_assert(files_mapped(NAME) == 0);
}

/* Memory of which physical addresses are known stays where it is in both processes. */
static int touch_and_check(void)
{
	*(volatile char *)hugetlb.start = 1;
	return haul_hugetlb_check(&hugetlb) != 0;
}

static int in_child(int (*body)(void))
{
	const pid_t pid = fork();
	int status;

	cr_assert(pid >= 0);
	if (!pid)
		_exit(body());
	cr_assert(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static size_t usual_huge_page(void)
{
	struct statfs system = {0};
	const int fd = memfd_create(NAME, MFD_CLOEXEC | MFD_HUGETLB);

	if (fd >= 0) {
		cr_assert(fstatfs(fd, &system) == 0);
		close(fd);
	}
	return (size_t)system.f_bsize;
}

static void use_pages(void)
{
	const struct haul_hal_request request = {
		.size = 3 * haul_page_size(), .reach = UINT64_MAX, .direction = HAUL_DMA_BOTH};
	struct haul_hal_memory memory, shared;

	cr_assert(haul_hal_check(&hugetlb.arena.hal) == 0);
	cr_assert(haul_hal_alloc(&hugetlb.arena.hal, &request, &memory) == 0);
	cr_assert(memory.phys.value == memory.iova.value && memory.phys.value);
	memset(memory.virt, 0x5a, memory.size);
	cr_assert(haul_hal_share(&hugetlb.arena.hal, memory.virt, 1, HAUL_DMA_BOTH, UINT64_MAX,
				 &shared) == 0);
	cr_assert(shared.phys.value == memory.phys.value);
	cr_assert(in_child(touch_and_check) == 0);
	*(volatile char *)hugetlb.start = 2;
	cr_assert(haul_hugetlb_check(&hugetlb) == 0);
	cr_assert(haul_hugetlb_close(&hugetlb) == -HAUL_EBUSY);
	cr_assert(haul_hal_free(&hugetlb.arena.hal, &memory) == 0);
}

Test(hal_hugetlb, real_pages)
{
	const size_t huge = usual_huge_page();
	const unsigned open_before = files_open();
	int err;

	if (!kernel_tells())
		cr_skip_test("physical addresses are not for this process, or not the CPU's");
	if (!huge)
		cr_skip_test("a kernel without huge pages");
	errno = ERRNO;
	err = haul_hugetlb_open(&hugetlb, 2 * huge, 0);
	cr_assert(errno == ERRNO && files_open() == open_before);
	cr_assert(!err || err == -HAUL_ENOMEM, "%s", haul_strerror(err));
	if (err)
		cr_skip_test("fewer than two huge pages are free (/proc/sys/vm/nr_hugepages)");
	cr_assert(hugetlb.huge == huge && hugetlb.length == 2 * huge);
	use_pages();
	errno = ERRNO;
	cr_assert(haul_hugetlb_close(&hugetlb) == 0);
	cr_assert(haul_hugetlb_close(&hugetlb) == -HAUL_EINVAL && errno == ERRNO);
	cr_assert(files_open() == open_before && files_mapped(NAME) == 0);
}
