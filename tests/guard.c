/* SPDX-License-Identifier: MIT */
/* Mappings whose broken pages read as zeros. */
#include "fault_maps.h"
#include "signal_child.h"
#include "test.h"
#include <errno.h>
#include <haul.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

enum { PAGES = 150, THREADS = 8, WORDS = PAGES / 64 + 1 };

/* A file of PAGES pages of a pattern, mapped and guarded. */
static struct {
	unsigned char *base;
	size_t page, size;
	int fd;
	struct haul_guard guard;
	uint64_t replaced[WORDS];
} file;

static void file_map(void)
{
	file.page = page_size();
	file.size = PAGES * file.page;
	file.fd = memfd_create("guard", MFD_CLOEXEC);
	cr_assert(file.fd >= 0 && ftruncate(file.fd, (off_t)file.size) == 0);
	file.base = mmap(NULL, file.size, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd, 0);
	cr_assert(file.base != MAP_FAILED);
	pattern_fill(file.base, file.size, 1);
}

static int file_guard(void)
{
	return haul_guard_add(&file.guard, file.base, file.size, file.page, file.replaced);
}

static void file_cut(size_t pages)
{
	cr_assert(ftruncate(file.fd, (off_t)(pages * file.page)) == 0);
}

static void file_open(void)
{
	file_map();
	memset(file.replaced, 0xff, sizeof file.replaced);
	cr_assert(file_guard() == 0 && haul_guard_count(&file.guard) == 0);
}

static void file_close(void)
{
	haul_guard_unmap(&file.guard);
	close(file.fd);
}

/* Plain code's, of one byte each: an emulator may not survive wider ones. */
static unsigned char touch(size_t page)
{
	return *(volatile unsigned char *)(file.base + page * file.page);
}

static void put(size_t offset, unsigned char value)
{
	*(volatile unsigned char *)(file.base + offset) = value;
}

/* The guard's account is of these pages and no others. */
static void check_replaced(const struct haul_guard *guard, const bool *pages)
{
	size_t count = 0, offset = 0;

	for (size_t p = 0; p < PAGES; p++) {
		if (!pages[p])
			continue;
		count++;
		cr_assert(haul_guard_next(guard, &offset) == 0);
		cr_assert(offset == p * file.page, "page %zu, at %zu", p, offset);
		offset += file.page;
	}
	cr_assert(haul_guard_next(guard, &offset) == -HAUL_ENOENT);
	cr_assert(haul_guard_count(guard) == count, "%zu", haul_guard_count(guard));
}

static void check_replaced_range(size_t first, size_t end)
{
	bool pages[PAGES];

	for (size_t p = 0; p < PAGES; p++)
		pages[p] = p >= first && p < end;
	check_replaced(&file.guard, pages);
}

static void dispose(int signo, int flags, void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction action = {.sa_flags = SA_SIGINFO | flags};

	action.sa_sigaction = handler;
	sigemptyset(&action.sa_mask);
	cr_assert(sigaction(signo, &action, NULL) == 0);
}

Test(guard, bad_ranges_are_refused)
{
	unsigned char *const last = (unsigned char *)(0 - (uintptr_t)page_size()); /* NOLINT */
	struct haul_guard *const guard = &file.guard;
	struct haul_guard before;

	file_map();
	memset(guard, 0xa5, sizeof *guard);
	before = *guard;
	cr_assert(haul_guard_add(guard, NULL, file.size, file.page, NULL) == -HAUL_EINVAL);
	cr_assert(haul_guard_add(guard, file.base, 0, file.page, NULL) == -HAUL_EINVAL);
	cr_assert(haul_guard_add(guard, file.base + 1, 1, file.page, NULL) == -HAUL_EINVAL);
	cr_assert(haul_guard_add(guard, file.base, file.size, 0, NULL) == -HAUL_EINVAL);
	cr_assert(haul_guard_add(guard, file.base, file.size, 1, NULL) == -HAUL_EINVAL);
	cr_assert(haul_guard_add(guard, file.base, file.size, file.page + 1, NULL) == -HAUL_EINVAL);
	cr_assert(haul_guard_add(guard, file.base, file.size, file.page / 2, NULL) == -HAUL_EINVAL);
	cr_assert(haul_guard_add(guard, file.base, SIZE_MAX, file.page, NULL) == -HAUL_EOVERFLOW);
	cr_assert(haul_guard_add(guard, last, file.page + 1, file.page, NULL) == -HAUL_EOVERFLOW);
	cr_assert(haul_guard_remove(guard) == -HAUL_ENOENT);
	cr_assert(haul_guard_unmap(guard) == -HAUL_ENOENT);
	cr_assert(memcmp(guard, &before, sizeof before) == 0);
	cr_assert(haul_guard_add(guard, last, file.page, file.page, NULL) == 0);
	cr_assert(haul_guard_remove(guard) == 0);
	cr_assert(haul_guard_remove(guard) == -HAUL_ENOENT);
}

static int add_pages(struct haul_guard *guard, size_t first, size_t count)
{
	return haul_guard_add(guard, file.base + first * file.page, count * file.page, file.page,
			      NULL);
}

Test(guard, overlaps_are_refused)
{
	struct haul_guard one, two, three;

	file_map();
	cr_assert(add_pages(&one, 4, 4) == 0);
	cr_assert(add_pages(&two, 4, 4) == -HAUL_EEXIST);
	cr_assert(add_pages(&two, 0, 5) == -HAUL_EEXIST);
	cr_assert(add_pages(&two, 7, 1) == -HAUL_EEXIST);
	cr_assert(add_pages(&two, 0, 20) == -HAUL_EEXIST);
	cr_assert(add_pages(&two, 5, 1) == -HAUL_EEXIST);
	cr_assert(haul_guard_add(&two, file.base, 4 * file.page + 1, file.page, NULL) ==
		  -HAUL_EEXIST);
	cr_assert(add_pages(&one, 20, 1) == -HAUL_EBUSY);
	cr_assert(add_pages(&two, 8, 1) == 0 && add_pages(&three, 0, 4) == 0);
	cr_assert(haul_guard_remove(&one) == 0);
	cr_assert(add_pages(&one, 3, 1) == -HAUL_EEXIST && add_pages(&one, 8, 1) == -HAUL_EEXIST);
	cr_assert(add_pages(&one, 4, 4) == 0);
	cr_assert(haul_guard_remove(&three) == 0 && haul_guard_remove(&two) == 0);
	cr_assert(haul_guard_remove(&one) == 0 && add_pages(&one, 0, PAGES) == 0);
}

/* The page in which the file ends has storage. */
Test(guard, pages_beyond_the_end_read_as_zeros)
{
	const size_t kept = 3 * page_size() + 100;

	test_faults_begin();
	file_open();
	cr_assert(ftruncate(file.fd, (off_t)kept) == 0);
	for (size_t i = 0; i < 70 * file.page; i++)
		cr_assert(((volatile unsigned char *)file.base)[i] ==
			  (i < kept ? pattern_byte(i, 1) : 0));
	check_replaced_range(4, 70);
	test_faults_end();
}

/* Of the C library and the compiler; vectors where there are any. */
Test(guard, libraries_can_read_it)
{
	unsigned char *copy;

	if (test_under_qemu())
		cr_skip_test("qemu-user may not survive a SIGBUS at a vector access");
	test_faults_begin();
	file_open();
	copy = malloc(file.size);
	file_cut(2);
	cr_assert(copy && strlen((char *)file.base) == 2 * file.page);
	check_replaced_range(2, 3);
	cr_assert(memchr(file.base, PATTERN_NEVER, 5 * file.page) == NULL);
	check_replaced_range(2, 5);
	memcpy(copy, file.base, file.size);
	check_replaced_range(2, PAGES);
	cr_assert(memcmp(copy, file.base, file.size) == 0);
	cr_assert(bytes_are(copy + 2 * file.page, file.size - 2 * file.page, 0));
	test_faults_end();
}

static int by_value(const void *a, const void *b)
{
	return *(const unsigned char *)a - *(const unsigned char *)b;
}

Test(guard, qsort_in_it_sorts)
{
	if (test_under_qemu())
		cr_skip_test("qemu-user may not survive a SIGBUS at a vector access");
	test_faults_begin();
	file_open();
	file_cut(2);
	qsort(file.base, 5 * file.page, 1, by_value);
	for (size_t i = 1; i < 5 * file.page; i++)
		cr_assert(file.base[i - 1] <= file.base[i]);
	cr_assert(bytes_are(file.base, 3 * file.page, 0) && file.base[3 * file.page]);
	check_replaced_range(2, 5);
	test_faults_end();
}

Test(guard, chosen_pages_are_told)
{
	uint64_t random = test_seed();
	bool pages[PAGES];
	size_t offset = 0;

	test_faults_begin();
	for (unsigned i = 0; i < 20; i++) {
		memset(pages, 0, sizeof pages);
		file_open();
		file_cut(0);
		for (unsigned k = 0; k < 40; k++) {
			const size_t p = test_random_below(&random, PAGES);

			pages[p] = true;
			cr_assert(touch(p) == 0);
		}
		check_replaced(&file.guard, pages);
		cr_assert(haul_guard_remove(&file.guard) == 0);
		check_replaced(&file.guard, pages);
		cr_assert(file_guard() == 0);
		check_replaced_range(0, 0);
		file_close();
	}
	offset = SIZE_MAX;
	cr_assert(haul_guard_next(&file.guard, &offset) == -HAUL_ENOENT);
	test_faults_end();
}

Test(guard, without_a_bitmap_it_counts)
{
	size_t offset = 0;

	test_faults_begin();
	file_map();
	cr_assert(haul_guard_add(&file.guard, file.base, file.size, file.page, NULL) == 0);
	file_cut(0);
	cr_assert(touch(1) == 0 && touch(1) == 0 && touch(3) == 0);
	cr_assert(haul_guard_count(&file.guard) == 2);
	cr_assert(haul_guard_next(&file.guard, &offset) == -HAUL_EINVAL && offset == 0);
	test_faults_end();
}

/* The unit is the caller's, as it must be for huge pages. */
Test(guard, larger_pages_are_replaced_whole)
{
	const size_t unit = 4 * page_size();
	unsigned char *base, *room;
	size_t offset = 0;
	uint64_t replaced;

	test_faults_begin();
	file_map();
	room = mmap(NULL, 3 * unit, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	cr_assert(room != MAP_FAILED);
	base = room + (unit - (uintptr_t)room % unit) % unit;
	cr_assert(mmap(base, 2 * unit, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file.fd,
		       0) == base);
	cr_assert(haul_guard_add(&file.guard, base + page_size(), unit, unit, &replaced) ==
		  -HAUL_EINVAL);
	cr_assert(haul_guard_add(&file.guard, base, 2 * unit, unit, &replaced) == 0);
	file_cut(6);
	cr_assert(*(volatile unsigned char *)(base + 7 * file.page) == 0);
	cr_assert(bytes_are(base + unit, unit, 0) && *base == pattern_byte(0, 1));
	cr_assert(haul_guard_next(&file.guard, &offset) == 0 && offset == unit);
	cr_assert(haul_guard_count(&file.guard) == 1 && replaced == 2);
	test_faults_end();
}

Test(guard, what_is_written_stays_in_the_process)
{
	unsigned char *again;

	test_faults_begin();
	file_open();
	file_cut(1);
	put(2 * file.page + 7, 42);
	file_cut(PAGES);
	again = mmap(NULL, file.size, PROT_READ, MAP_SHARED, file.fd, 0);
	cr_assert(again != MAP_FAILED && bytes_are(again + file.page, file.size - file.page, 0));
	cr_assert(file.base[2 * file.page + 7] == 42);
	check_replaced_range(2, 3);
	test_faults_end();
}

/* The mapping allows no write; the page in its place does. */
Test(guard, read_only_mappings_are_served)
{
	test_faults_begin();
	file_open();
	cr_assert(mprotect(file.base, file.size, PROT_READ) == 0);
	file_cut(1);
	cr_assert(touch(5) == 0);
	put(5 * file.page, 1);
	check_replaced_range(5, 6);
	test_faults_end();
}

Test(guard, full_file_systems_are_served)
{
	struct fault_map map;
	const char *reason = fault_map_full_tmpfs(&map, page_size());

	if (reason)
		cr_skip_test("%s", reason);
	test_faults_begin();
	cr_assert(haul_guard_add(&file.guard, map.base, map.beyond, page_size(), NULL) == 0);
	*(volatile unsigned char *)map.edge = 1;
	cr_assert(*map.edge == 1 && haul_guard_count(&file.guard) == 1);
	test_faults_end();
}

Test(guard, errno_and_mask_stay)
{
	volatile int *const own_errno = &errno;
	sigset_t some, before, after;

	test_faults_begin();
	file_open();
	file_cut(0);
	sigemptyset(&some);
	sigaddset(&some, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &some, NULL);
	pthread_sigmask(SIG_BLOCK, NULL, &before);
	*own_errno = 4711;
	touch(0);
	cr_assert(*own_errno == 4711);
	pthread_sigmask(SIG_BLOCK, NULL, &after);
	for (int signo = 1; signo < SIGRTMAX; signo++)
		cr_assert(sigismember(&before, signo) == sigismember(&after, signo));
	*own_errno = 4711;
	cr_assert(haul_guard_unmap(&file.guard) == 0 && *own_errno == 4711);
	test_faults_end();
}

Test(guard, haul_operations_report_as_ever)
{
	const size_t good = 300;
	unsigned char dst[1000];
	struct haul_fault fault;
	const unsigned char *src;
	uint8_t byte;

	test_faults_begin();
	file_open();
	file_cut(1);
	src = file.base + file.page - good;
	cr_assert(haul_memcpy_fault(dst, src, sizeof dst, &fault) == good);
	cr_assert(fault.kind == HAUL_FAULT_BUS && fault.addr == (uintptr_t)(src + good));
	cr_assert(haul_load_u8(file.base + file.page, &byte) == -HAUL_EFAULT);
	check_replaced_range(0, 0);
	cr_assert(touch(1) == 0);
	cr_assert(haul_memcpy_fault(dst, src, sizeof dst, &fault) == sizeof dst);
	cr_assert(fault.kind == HAUL_FAULT_NONE);
	cr_assert(memcmp(dst, src, good) == 0 && bytes_are(dst + good, sizeof dst - good, 0));
	check_replaced_range(1, 2);
	test_faults_end();
}

Test(guard, replaced_pages_that_break_again_are_replaced_again)
{
	test_faults_begin();
	file_open();
	file_cut(0);
	put(5 * file.page, 1);
	cr_assert(mmap(file.base, file.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		       file.fd, 0) == file.base);
	cr_assert(touch(5) == 0);
	check_replaced_range(5, 6);
	test_faults_end();
}

/* Hosts: handlers that ask haul_fault_handle. */
static volatile sig_atomic_t handled, refused;
static void (*volatile meanwhile)(siginfo_t *); /* what happens before the host asks */

static void host(int signo, siginfo_t *info, void *context)
{
	if (meanwhile)
		meanwhile(info);
	if (haul_fault_handle(signo, info, context)) {
		handled++;
	} else {
		refused++;
		mmap((void *)((uintptr_t)info->si_addr & ~(file.page - 1)), file.page,
		     PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	}
}

Test(guard, hosts_ask_one_call)
{
	static const int flags[] = {0, SA_NODEFER, SA_ONSTACK, SA_RESTART};

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		dispose(SIGBUS, flags[i], host);
		handled = 0;
		file_open();
		file_cut(2);
		for (int turn = 0; turn < 2; turn++) /* the second is silent */
			for (size_t p = 0; p < 6; p++)
				touch(p);
		put(3 * file.page, 1);
		cr_assert(handled == 4 && refused == 0);
		check_replaced_range(2, 6);
		file_close();
	}
}

static void poison(siginfo_t *info)
{
	info->si_code = BUS_MCEERR_AR;
}

static void misalign(siginfo_t *info)
{
	info->si_code = BUS_ADRALN;
}

static void send(siginfo_t *info)
{
	info->si_code = SI_USER;
}

static void object_error(siginfo_t *info)
{
	info->si_code = BUS_OBJERR;
}

Test(guard, only_pages_without_storage_are_replaced)
{
	static void (*const doctors[])(siginfo_t *) = {poison, misalign, send};

	dispose(SIGBUS, 0, host);
	file_open();
	file_cut(0);
	for (size_t i = 0; i < sizeof doctors / sizeof *doctors; i++) {
		meanwhile = doctors[i];
		cr_assert(touch(i) == 0);
		cr_assert(refused == (int)i + 1 && handled == 0);
	}
	check_replaced_range(0, 0);
	meanwhile = object_error;
	cr_assert(touch(9) == 0 && handled == 1);
	check_replaced_range(9, 10);
}

static void grow_again(siginfo_t *info)
{
	(void)info;
	file_cut(PAGES);
	cr_assert(pwrite(file.fd, "new", 3, (off_t)(7 * file.page)) == 3);
}

Test(guard, pages_that_are_back_are_kept)
{
	dispose(SIGBUS, 0, host);
	file_open();
	file_cut(1);
	meanwhile = grow_again;
	cr_assert(touch(7) == 'n' && handled == 1);
	check_replaced_range(0, 0);
}

static void map_other_memory(siginfo_t *info)
{
	(void)info;
	cr_assert(munmap(file.base, file.size) == 0);
	cr_assert(mmap(file.base, file.size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == file.base);
	memset(file.base, 0x77, file.size);
}

Test(guard, memory_mapped_behind_its_back_is_kept)
{
	dispose(SIGBUS, 0, host);
	file_open();
	file_cut(1);
	meanwhile = map_other_memory;
	cr_assert(touch(7) == 0x77 && handled == 1);
	cr_assert(bytes_are(file.base, file.size, 0x77));
	check_replaced_range(0, 0);
}

/* Others' handlers: before haul's, over haul's, and what is not the guard's. */
static unsigned char *outside;

static void outside_open(void)
{
	outside = mmap(NULL, file.page, PROT_READ, MAP_SHARED, file.fd, (off_t)file.size);
	cr_assert(outside != MAP_FAILED);
}

static atomic_int foreign;

static void repair(int signo, siginfo_t *info, void *context)
{
	(void)context;
	cr_assert(signo == SIGBUS && info->si_code == BUS_ADRERR);
	foreign++;
	mmap((void *)((uintptr_t)info->si_addr & ~(file.page - 1)), file.page,
	     PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

Test(guard, other_faults_go_to_the_handler_before)
{
	dispose(SIGBUS, 0, repair);
	test_faults_begin();
	file_open();
	outside_open();
	file_cut(0);
	cr_assert(touch(0) == 0 && foreign == 0);
	cr_assert(*(volatile unsigned char *)outside == 0 && foreign == 1);
	cr_assert(touch(1) == 0 && foreign == 1);
	cr_assert(haul_guard_remove(&file.guard) == 0);
	cr_assert(touch(2) == 0 && foreign == 2);
	check_replaced_range(0, 2);
	test_faults_end();
}

static struct sigaction under;

static void pass_down(int signo, siginfo_t *info, void *context)
{
	foreign++;
	under.sa_sigaction(signo, info, context);
}

Test(guard, handlers_over_it_may_pass_down)
{
	test_faults_begin();
	file_open();
	file_cut(0);
	cr_assert(sigaction(SIGBUS, NULL, &under) == 0);
	dispose(SIGBUS, 0, pass_down);
	cr_assert(touch(0) == 0 && touch(0) == 0 && touch(PAGES - 1) == 0);
	cr_assert(foreign == 2 && haul_guard_count(&file.guard) == 2);
}

static void touch_outside(const void *arg)
{
	(void)arg;
	CHECK(haul_fault_install() == 0);
	CHECK(touch(0) == 0 && haul_guard_count(&file.guard) == 1);
	*(volatile unsigned char *)outside;
}

static void touch_after_remove(const void *arg)
{
	(void)arg;
	CHECK(haul_fault_install() == 0);
	CHECK(haul_guard_remove(&file.guard) == 0);
	touch(0);
}

static void touch_unhandled(const void *arg)
{
	(void)arg;
	touch(0);
}

static void touch_unmapped(const void *arg)
{
	(void)arg;
	CHECK(haul_fault_install() == 0);
	CHECK(touch(0) == 0 && haul_guard_unmap(&file.guard) == 0);
	CHECK(haul_guard_remove(&file.guard) == -HAUL_ENOENT);
	touch(0);
}

Test(guard, without_it_faults_kill)
{
	file_open();
	outside_open();
	file_cut(0);
	child_dies(touch_outside, NULL, SIGBUS);
	child_dies(touch_after_remove, NULL, SIGBUS);
	child_dies(touch_unhandled, NULL, SIGBUS);
	child_dies(touch_unmapped, NULL, SIGSEGV);
	cr_assert(haul_guard_count(&file.guard) == 0);
}

static void touch_in_child(const void *arg)
{
	(void)arg;
	CHECK(haul_guard_count(&file.guard) == 1 && file.base[0] == 42);
	CHECK(touch(1) == 0);
	put(0, 43);
	CHECK(haul_guard_count(&file.guard) == 2);
	CHECK(haul_guard_unmap(&file.guard) == 0);
}

Test(guard, children_have_their_own)
{
	test_faults_begin();
	file_open();
	file_cut(0);
	put(0, 42);
	child_succeeds(touch_in_child, NULL);
	check_replaced_range(0, 1);
	cr_assert(touch(0) == 42);
	test_faults_end();
}

/* Of what the kernel asks for, twice at most, and two pages. */
static void *touch_on_small_stack(void *arg)
{
	const size_t size = getauxval(AT_MINSIGSTKSZ) + (size_t)MINSIGSTKSZ + 2 * file.page;
	stack_t stack = {.ss_sp = malloc(size), .ss_size = size};

	cr_assert(stack.ss_sp && sigaltstack(&stack, NULL) == 0);
	for (size_t p = 0; p < PAGES; p++)
		*(unsigned *)arg += touch(p);
	stack.ss_flags = SS_DISABLE;
	cr_assert(sigaltstack(&stack, NULL) == 0);
	free(stack.ss_sp);
	return NULL;
}

Test(guard, alternate_stacks_are_used)
{
	unsigned sum = 0;
	pthread_t thread;

	test_faults_begin();
	file_open();
	file_cut(0);
	cr_assert(pthread_create(&thread, NULL, touch_on_small_stack, &sum) == 0);
	cr_assert(pthread_join(thread, NULL) == 0 && sum == 0);
	check_replaced_range(0, PAGES);
	test_faults_end();
}

/* Threads */
static pthread_barrier_t line;
static atomic_uint wrong;
static atomic_bool over;

static unsigned rounds(void)
{
	return test_under_qemu() ? 10 : 100;
}

static void run_threads(void *(*body)(void *), void (*act)(void))
{
	pthread_t threads[THREADS];

	over = false;
	cr_assert(pthread_barrier_init(&line, NULL, THREADS + 1) == 0);
	for (size_t i = 0; i < THREADS; i++)
		cr_assert(pthread_create(&threads[i], NULL, body, (void *)i) == 0); /* NOLINT */
	pthread_barrier_wait(&line);
	if (act)
		act();
	over = true;
	for (size_t i = 0; i < THREADS; i++)
		cr_assert(pthread_join(threads[i], NULL) == 0);
	pthread_barrier_destroy(&line);
	cr_assert(wrong == 0, "%u times", wrong);
}

/* Each writes its own byte of every page, and finds it there afterwards. */
static void *write_own_bytes(void *arg)
{
	const size_t own = (size_t)arg;

	pthread_barrier_wait(&line);
	for (size_t p = 0; p < PAGES; p++) {
		put(p * file.page + own, (unsigned char)(own + 1));
		wrong += file.base[p * file.page + own] != own + 1;
	}
	for (size_t p = 0; p < PAGES; p++)
		wrong += file.base[p * file.page + own] != own + 1;
	return NULL;
}

Test(guard, threads_share_a_page_replaced_once, .timeout = 60)
{
	test_faults_begin();
	for (unsigned i = 0; i < rounds(); i++) {
		file_open();
		file_cut(0);
		run_threads(write_own_bytes, NULL);
		check_replaced_range(0, PAGES);
		for (size_t at = 0; at < file.size; at++) {
			const size_t own = at % file.page;

			cr_assert(file.base[at] == (own < THREADS ? own + 1 : 0));
		}
		file_close();
	}
	test_faults_end();
}

static void *touch_own_pages(void *arg)
{
	pthread_barrier_wait(&line);
	for (size_t p = (size_t)arg; p < PAGES - 5; p += THREADS)
		wrong += touch(p) != 0;
	return NULL;
}

Test(guard, threads_replace_pages_of_their_own, .timeout = 60)
{
	test_faults_begin();
	for (unsigned i = 0; i < rounds(); i++) {
		file_open();
		file_cut(0);
		run_threads(touch_own_pages, NULL);
		check_replaced_range(0, PAGES - 5);
		file_close();
	}
	test_faults_end();
}

/* What a reader gets is the file's or zero, and zero only of a page that is
 * counted by then, if not of the file's own last page. */
static void *read_all(void *arg)
{
	(void)arg;
	pthread_barrier_wait(&line);
	while (!over) {
		for (size_t at = 0; at < file.size; at += 509) {
			const unsigned char byte = ((volatile unsigned char *)file.base)[at];
			size_t offset = at / file.page * file.page;

			if (byte == pattern_byte(at, 1))
				continue;
			wrong += byte != 0 || haul_guard_next(&file.guard, &offset) != 0 ||
				 offset != at / file.page * file.page;
		}
	}
	return NULL;
}

static void cut_down(void)
{
	for (size_t pages = PAGES; pages > 10; pages -= 10) {
		file_cut(pages - 10);
		sched_yield();
	}
}

Test(guard, readers_meet_a_truncation, .timeout = 60)
{
	test_faults_begin();
	for (unsigned i = 0; i < rounds() / 5; i++) {
		file_open();
		run_threads(read_all, cut_down);
		cr_assert(bytes_are(file.base + 10 * file.page, file.size - 10 * file.page, 0));
		check_replaced_range(10, PAGES);
		file_close();
	}
	test_faults_end();
}

static void *touch_until_over(void *arg)
{
	uint64_t random = (uintptr_t)arg;

	pthread_barrier_wait(&line);
	while (!over)
		touch(test_random_below(&random, PAGES));
	return NULL;
}

/* The previous handler serves what the guard does not. */
static size_t counted;

static void remove_soon(void)
{
	while (haul_guard_count(&file.guard) < 3)
		sched_yield();
	wrong += haul_guard_remove(&file.guard) != 0;
	counted = haul_guard_count(&file.guard);
	while (!foreign && counted < PAGES)
		sched_yield();
}

Test(guard, removal_ends_it_for_all_threads, .timeout = 60)
{
	dispose(SIGBUS, 0, repair);
	test_faults_begin();
	for (unsigned i = 0; i < rounds(); i++) {
		foreign = 0;
		file_open();
		file_cut(0);
		run_threads(touch_until_over, remove_soon);
		cr_assert(haul_guard_count(&file.guard) == counted);
		munmap(file.base, file.size);
		close(file.fd);
	}
	test_faults_end();
}

/* Between the unmapping and the mapping of other memory. */
static void wait_for_memory(int signo, siginfo_t *info, void *context)
{
	(void)signo, (void)info, (void)context;
	sched_yield();
}

static void unmap_and_map_other(void)
{
	while (haul_guard_count(&file.guard) < 3)
		sched_yield();
	wrong += haul_guard_unmap(&file.guard) != 0;
	counted = haul_guard_count(&file.guard);
	wrong += mmap(file.base, file.size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != file.base;
	memset(file.base, 0x77, file.size);
	for (unsigned i = 0; i < 5; i++)
		sched_yield();
}

Test(guard, unmapping_leaves_no_page_behind, .timeout = 60)
{
	dispose(SIGBUS, 0, wait_for_memory);
	dispose(SIGSEGV, 0, wait_for_memory);
	test_faults_begin();
	for (unsigned i = 0; i < rounds() / 5; i++) {
		file_open();
		file_cut(0);
		run_threads(touch_until_over, unmap_and_map_other);
		cr_assert(bytes_are(file.base, file.size, 0x77));
		cr_assert(haul_guard_count(&file.guard) == counted);
		munmap(file.base, file.size);
		close(file.fd);
	}
	test_faults_end();
}

static void fork_and_touch(void)
{
	for (unsigned i = 0; i < 5; i++) {
		pid_t pid = fork();
		int status = 0;

		if (pid == 0) {
			alarm(20);
			for (size_t p = 0; p < PAGES; p++)
				touch(p);
			_exit(haul_guard_count(&file.guard) != PAGES);
		}
		wrong += pid < 0 || waitpid(pid, &status, 0) != pid || status != 0;
	}
}

Test(guard, forks_amid_faults_leave_children_well, .timeout = 60)
{
	test_faults_begin();
	for (unsigned i = 0; i < rounds() / 5; i++) {
		file_open();
		file_cut(0);
		run_threads(touch_until_over, fork_and_touch);
		file_close();
	}
	test_faults_end();
}

/* Handlers of other signals meet broken pages, at times amid another fault. */
static void touch_some(int signo)
{
	static atomic_uint turn;

	(void)signo;
	touch(turn++ * 7 % PAGES);
}

static void *interrupt(void *arg)
{
	while (!over) {
		pthread_kill(*(const pthread_t *)arg, SIGUSR1);
		sched_yield();
	}
	return NULL;
}

Test(guard, handlers_of_other_signals_meet_broken_pages, .timeout = 60)
{
	pthread_t self = pthread_self(), other;

	cr_assert(signal(SIGUSR1, touch_some) != SIG_ERR);
	test_faults_begin();
	for (unsigned i = 0; i < rounds(); i++) {
		file_open();
		file_cut(0);
		over = false;
		cr_assert(pthread_create(&other, NULL, interrupt, &self) == 0);
		for (size_t p = 0; p < PAGES; p++)
			touch(p);
		over = true;
		cr_assert(pthread_join(other, NULL) == 0);
		check_replaced_range(0, PAGES);
		file_close();
	}
	test_faults_end();
}

/* Where no huge page is free, an access ends in SIGBUS. */
static unsigned char *map_huge(size_t huge)
{
	const int fd = memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB);
	unsigned char *base;

	if (fd < 0)
		return NULL;
	base = mmap(NULL, 2 * huge, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	return base == MAP_FAILED || ftruncate(fd, 0) ? NULL : base;
}

/* The kernel does not replace a part of such a page. */
static void check_uncounted(int signo, siginfo_t *info, void *context)
{
	size_t offset = 0;

	(void)signo, (void)info, (void)context;
	CHECK(haul_guard_count(&file.guard) == 0);
	CHECK(haul_guard_next(&file.guard, &offset) == -HAUL_ENOENT);
	_exit(0);
}

static void touch_huge_as_small(const void *base)
{
	void *const start = (void *)(uintptr_t)base;

	dispose(SIGBUS, 0, check_uncounted);
	CHECK(haul_fault_install() == 0);
	CHECK(haul_guard_add(&file.guard, start, 1, page_size(), file.replaced) == 0);
	*(const volatile unsigned char *)base;
	NOT_REACHED("replaced");
}

Test(guard, huge_pages_are_served_by_their_size)
{
	const size_t huge = 2 << 20;
	unsigned char *base = map_huge(huge);

	if (!base || (uintptr_t)base % huge)
		cr_skip_test("no hugetlb pages of 2 MiB");
	if (test_under_qemu())
		cr_skip_test("qemu-user does not know hugetlb");
	child_succeeds(touch_huge_as_small, base);
	test_faults_begin();
	cr_assert(haul_guard_add(&file.guard, base, 2 * huge, huge, NULL) == 0);
	base[huge + 12345] = 1;
	cr_assert(base[huge] == 0 && haul_guard_count(&file.guard) == 1);
	cr_assert(haul_guard_unmap(&file.guard) == 0);
	test_faults_end();
}
