/* SPDX-License-Identifier: MIT */
/* Memory that gives way, or comes back, while it is being copied. */
#include "fault_maps.h"
#include "test.h"
#include <fcntl.h>
#include <haul.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 1 << 20, ROUNDS = 40 };

static unsigned char *map_shared(int fd, size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	cr_assert(p != MAP_FAILED);
	return p;
}

static unsigned char *ordinary(size_t size)
{
	unsigned char *p = malloc(size);

	cr_assert(p);
	return p;
}

static void spin(size_t turns)
{
	for (volatile size_t i = 0; i < turns; i++)
		;
}

/* One thread copies again and again until the other, some time after the
 * first copy began, has truncated the file. */
struct cut {
	int fd;
	size_t length, delay;
	atomic_bool begun;
};

static void *truncate_later(void *arg)
{
	struct cut *cut = arg;

	while (!cut->begun)
		sched_yield();
	spin(cut->delay);
	cr_assert(ftruncate(cut->fd, (off_t)cut->length) == 0);
	return NULL;
}

static void check_cut(const struct haul_fault *fault, size_t done, const struct cut *cut,
		      enum haul_operand operand, const unsigned char *map)
{
	cr_assert(done >= cut->length, "%zu bytes, cut at %zu", done, cut->length);
	cr_assert(fault->kind == HAUL_FAULT_BUS && fault->operand == operand);
	cr_assert(fault->addr_valid && fault->addr == (uintptr_t)map + done);
	cr_assert(fault->signo == SIGBUS && fault->code == BUS_ADRERR);
}

static void cut_source(struct cut *cut, unsigned char *map, unsigned char *dst,
		       const unsigned char *image)
{
	struct haul_fault fault;
	pthread_t thread;
	size_t done;

	cut->begun = false;
	cr_assert(ftruncate(cut->fd, SIZE) == 0);
	cr_assert(pwrite(cut->fd, image, SIZE, 0) == SIZE);
	cr_assert(pthread_create(&thread, NULL, truncate_later, cut) == 0);
	do {
		memset(dst, PATTERN_NEVER, SIZE);
		cut->begun = true;
		done = haul_memcpy_fault(dst, map, SIZE, &fault);
	} while (done == SIZE);
	cr_assert(pthread_join(thread, NULL) == 0);
	check_cut(&fault, done, cut, HAUL_OPERAND_SRC, map);
	cr_assert(memcmp(dst, image, done) == 0);
	cr_assert(bytes_are(dst + done, SIZE - done, PATTERN_NEVER), "beyond %zu", done);
}

/* What was stored before the cut is in the file as far as the file goes. */
static void cut_destination(struct cut *cut, unsigned char *map, unsigned char *scratch,
			    const unsigned char *image)
{
	struct haul_fault fault;
	pthread_t thread;
	size_t done;

	cut->begun = false;
	cr_assert(ftruncate(cut->fd, SIZE) == 0);
	cr_assert(pthread_create(&thread, NULL, truncate_later, cut) == 0);
	do {
		cut->begun = true;
		done = haul_memcpy_fault(map, image, SIZE, &fault);
	} while (done == SIZE);
	cr_assert(pthread_join(thread, NULL) == 0);
	check_cut(&fault, done, cut, HAUL_OPERAND_DST, map);
	cr_assert(pread(cut->fd, scratch, SIZE, 0) == (ssize_t)cut->length);
	cr_assert(memcmp(scratch, image, cut->length) == 0);
}

typedef void cut_round(struct cut *, unsigned char *, unsigned char *, const unsigned char *);

static void cut_often(cut_round *round)
{
	unsigned char *image = ordinary(SIZE), *dst = ordinary(SIZE), *map;
	struct cut cut = {.fd = memfd_create("cut", MFD_CLOEXEC)};
	uint64_t state = test_seed();

	cr_assert(cut.fd >= 0);
	map = map_shared(cut.fd, SIZE);
	pattern_fill(image, SIZE, 1);
	cr_assert(haul_fault_install() == 0);
	for (int i = 0; i < ROUNDS; i++) {
		cut.length = test_random_below(&state, SIZE / page_size()) * page_size();
		cut.delay = test_random_below(&state, 50000);
		round(&cut, map, dst, image);
	}
}

Test(race, source_truncated_while_copying, .timeout = 30)
{
	cut_often(cut_source);
}

Test(race, destination_truncated_while_copying, .timeout = 30)
{
	cut_often(cut_destination);
}

/* Many threads copy from a file that one thread truncates and writes anew. */
enum { READERS = 16, SHARED = 64 << 10 };
static const double duration = 2; /* seconds */

static struct {
	unsigned char *map, *image;
	atomic_bool over;
	atomic_ulong cut, whole;
	/* Counted, because Criterion's assertions are for one thread. */
	atomic_ulong wrong_bytes, touched_beyond, wrong_records;
} crowd;

/* A byte is as written, or 0 where the file was longer than what had been
 * written yet. */
static bool plausible(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != crowd.image[i] && p[i] != 0)
			return false;
	return true;
}

static void *copy_in_crowd(void *arg)
{
	unsigned char *dst = ordinary(SHARED);
	struct haul_fault fault;

	(void)arg;
	while (!crowd.over) {
		size_t done;

		memset(dst, PATTERN_NEVER, SHARED);
		done = haul_memcpy_fault(dst, crowd.map, SHARED, &fault);
		crowd.wrong_bytes += !plausible(dst, done);
		crowd.touched_beyond += !bytes_are(dst + done, SHARED - done, PATTERN_NEVER);
		crowd.wrong_records += (fault.kind == HAUL_FAULT_NONE) != (done == SHARED);
		atomic_fetch_add(done == SHARED ? &crowd.whole : &crowd.cut, 1);
	}
	free(dst);
	return NULL;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void truncate_for_a_while(int fd)
{
	const double end = seconds() + duration;
	uint64_t state = test_seed();

	while (seconds() < end || !crowd.cut || !crowd.whole) {
		size_t pages = test_random_below(&state, SHARED / page_size());

		cr_assert(ftruncate(fd, (off_t)(pages * page_size())) == 0);
		spin(test_random_below(&state, 20000));
		cr_assert(ftruncate(fd, SHARED) == 0);
		cr_assert(pwrite(fd, crowd.image, SHARED, 0) == SHARED);
		spin(test_random_below(&state, 20000));
	}
}

Test(race, sixteen_threads_against_truncation, .timeout = 30)
{
	int fd = memfd_create("crowd", MFD_CLOEXEC);
	pthread_t threads[READERS];

	cr_assert(fd >= 0 && ftruncate(fd, SHARED) == 0);
	crowd.map = map_shared(fd, SHARED);
	crowd.image = ordinary(SHARED);
	pattern_fill(crowd.image, SHARED, 1);
	cr_assert(haul_fault_install() == 0);
	for (int i = 0; i < READERS; i++)
		cr_assert(pthread_create(&threads[i], NULL, copy_in_crowd, NULL) == 0);
	truncate_for_a_while(fd);
	crowd.over = true;
	for (int i = 0; i < READERS; i++)
		cr_assert(pthread_join(threads[i], NULL) == 0);
	cr_assert(crowd.wrong_bytes == 0);
	cr_assert(crowd.touched_beyond == 0);
	cr_assert(crowd.wrong_records == 0);
	test_note("%lu copies were cut short, %lu were not", crowd.cut, crowd.whole);
}

/* A page whose rights come and go: a copy ends anywhere from the page on, and
 * tells of a fault exactly if it did not reach the end. */
static struct fault_map flickering;

static void *flicker(void *arg)
{
	atomic_bool *over = arg;

	while (!*over) {
		mprotect(flickering.edge, page_size(), PROT_NONE);
		sched_yield();
		mprotect(flickering.edge, page_size(), PROT_READ | PROT_WRITE);
		sched_yield();
	}
	return NULL;
}

Test(race, page_that_comes_and_goes_never_leaves_a_false_report, .timeout = 30)
{
	enum { GOOD = 4 << 12, N = GOOD + 2000, CUTS = 300 };
	static unsigned char image[N], dst[N];
	atomic_bool over = false;
	pthread_t thread;
	int cut = 0, whole = 0;

	cr_assert(!fault_map_no_access(&flickering, GOOD));
	cr_assert(mprotect(flickering.edge, page_size(), PROT_READ | PROT_WRITE) == 0);
	pattern_fill(image, N, 1);
	memcpy(flickering.base, image, N);
	cr_assert(haul_fault_install() == 0);
	cr_assert(pthread_create(&thread, NULL, flicker, &over) == 0);
	while (cut < CUTS || whole < CUTS) {
		struct haul_fault fault;
		size_t done;

		memset(dst, PATTERN_NEVER, N);
		done = haul_memcpy_fault(dst, flickering.base, N, &fault);
		cr_assert(done >= GOOD && done <= N, "%zu", done);
		cr_assert(memcmp(dst, image, done) == 0);
		cr_assert(bytes_are(dst + done, N - done, PATTERN_NEVER));
		cr_assert((done == N) == (fault.kind == HAUL_FAULT_NONE));
		cr_assert(done == N || fault.addr == (uintptr_t)flickering.base + done);
		done == N ? whole++ : cut++;
	}
	over = true;
	cr_assert(pthread_join(thread, NULL) == 0);
}

/* Faults that the kernel resolves, through a userfaultfd, are none. */
static void *fill_missing_pages(void *arg)
{
	const struct fault_map *map = arg;
	unsigned char *page = ordinary(page_size());
	struct pollfd ready = {.fd = map->fd, .events = POLLIN};
	struct uffd_msg message;

	memset(page, 0xe7, page_size());
	while (poll(&ready, 1, -1) == 1 && read(map->fd, &message, sizeof message) > 0) {
		struct uffdio_copy copy = {
			.dst = message.arg.pagefault.address & ~(page_size() - 1),
			.src = (uintptr_t)page,
			.len = page_size(),
		};

		cr_assert(message.event == UFFD_EVENT_PAGEFAULT);
		cr_assert(ioctl(map->fd, UFFDIO_COPY, &copy) == 0);
	}
	return NULL;
}

Test(race, missing_pages_that_are_filled_in_are_no_fault, .timeout = 30)
{
	enum { GOOD = 4096 * 4, N = GOOD + 4096 * 8 + 5 };
	static unsigned char dst[N];
	struct haul_fault fault;
	struct fault_map map;
	const char *reason = fault_map_userfault(&map, GOOD);
	pthread_t thread;

	if (reason)
		cr_skip_test("%s", reason);
	memset(map.base, 0x11, GOOD);
	cr_assert(haul_fault_install() == 0);
	cr_assert(pthread_create(&thread, NULL, fill_missing_pages, &map) == 0);
	cr_assert(haul_memcpy_fault(dst, map.base, N, &fault) == N);
	cr_assert(fault.kind == HAUL_FAULT_NONE);
	cr_assert(bytes_are(dst, GOOD, 0x11) && bytes_are(dst + GOOD, N - GOOD, 0xe7));
}

/* A file system that fills up while a file on it is stored to. */
Test(race, tmpfs_that_fills_up_stops_the_copy_there, .timeout = 30)
{
	enum { ROOM = 256 << 10, N = ROOM + 20000 };
	unsigned char *image = ordinary(N), *back = ordinary(N);
	struct haul_fault fault;
	struct fault_map map;
	const char *reason = fault_map_full_tmpfs(&map, ROOM);

	if (reason)
		cr_skip_test("%s", reason);
	cr_assert(fallocate(map.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, ROOM) == 0);
	pattern_fill(image, N, 1);
	cr_assert(haul_fault_install() == 0);
	cr_assert(haul_memcpy_fault(map.base, image, N, &fault) == ROOM);
	cr_assert(fault.kind == HAUL_FAULT_BUS && fault.operand == HAUL_OPERAND_DST);
	cr_assert(fault.addr == (uintptr_t)map.edge);
	cr_assert(pread(map.fd, back, N, 0) == N);
	cr_assert(memcmp(back, image, ROOM) == 0 && bytes_are(back + ROOM, N - ROOM, 0));
}
