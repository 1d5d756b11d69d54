/* SPDX-License-Identifier: MIT */
/* Memory that processes share.  The other process is a child, which fails by its status. */
#include "linux/files.h"
#include "test.h"
#include <errno.h>
#include <haul/dma.h>
#include <haul/mem.h>
#include <haul/memfd.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "haul-memfd-test"

enum { PAGES = 16 };

static const struct haul_iova guest = {0x140000000};

static struct haul_memfd memfd;

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

#define FAILS(call, error) FILES_CALL_FAILS(memfd, NAME, call, error)

static int open_pages(struct haul_memfd *it, size_t pages)
{
	int err;

	errno = ERRNO;
	err = haul_memfd_open(it, NAME, pages * page_size(), 0, guest);
	cr_assert(errno == ERRNO);
	return err;
}

static void begin(void)
{
	cr_assert(open_pages(&memfd, PAGES) == 0);
	cr_assert(haul_hal_check(&memfd.arena.hal) == 0);
}

static void end(void)
{
	const int fd = memfd.fd;

	errno = ERRNO;
	cr_assert(haul_memfd_close(&memfd) == 0);
	cr_assert(haul_memfd_close(&memfd) == -HAUL_EINVAL && errno == ERRNO);
	cr_assert(files_mapped(NAME) == 0 && fcntl(fd, F_GETFD) == -1);
}

static struct haul_hal_memory must_alloc(size_t pages)
{
	const struct haul_hal_request request = {
		.size = pages * page_size(), .reach = UINT64_MAX, .direction = HAUL_DMA_BOTH};
	struct haul_hal_memory memory;

	cr_assert(haul_hal_alloc(&memfd.arena.hal, &request, &memory) == 0);
	return memory;
}

/* A memfd of that size, not haul's, with those seals. */
static int make_memfd(size_t size, int seals)
{
	const int fd = memfd_create(NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	cr_assert(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
	cr_assert(!seals || fcntl(fd, F_ADD_SEALS, seals) == 0);
	return fd;
}

static struct haul_memfd_region region_of(uint64_t offset, uint64_t size)
{
	return (struct haul_memfd_region){guest.value, size, 0x7000, offset};
}

static int attach(int fd, uint64_t offset, uint64_t size, unsigned seals)
{
	const struct haul_memfd_region region = region_of(offset, size);

	return haul_memfd_attach(&memfd, fd, &region, seals);
}

/* In a process of its own; what it left wrong, as its status. */
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

Test(hal_memfd, is_sealed_and_zero)
{
	const size_t page = page_size();
	struct haul_hal_memory memory;
	unsigned seals;

	begin();
	cr_assert(memfd.seals == (HAUL_MEMFD_SEAL | HAUL_MEMFD_SHRINK | HAUL_MEMFD_GROW));
	cr_assert(haul_memfd_seals(memfd.fd, &seals) == 0 && seals == memfd.seals);
	cr_assert(ftruncate(memfd.fd, 0) == -1 && errno == EPERM);
	cr_assert(ftruncate(memfd.fd, (off_t)page) == -1 && errno == EPERM);
	cr_assert(ftruncate(memfd.fd, (off_t)((PAGES + 1) * page)) == -1 && errno == EPERM);
	cr_assert(fcntl(memfd.fd, F_ADD_SEALS, F_SEAL_WRITE) == -1 && errno == EPERM);
	cr_assert(fcntl(memfd.fd, F_GETFD) == FD_CLOEXEC);
	memory = must_alloc(PAGES);
	cr_assert(memory.iova.value == guest.value && memory.phys.value == HAUL_PHYS_UNKNOWN);
	for (size_t i = 0; i < memory.size; i++)
		cr_assert(((unsigned char *)memory.virt)[i] == 0);
	errno = ERRNO;
	cr_assert(haul_memfd_close(&memfd) == -HAUL_EBUSY && errno == ERRNO);
	cr_assert(haul_hal_free(&memfd.arena.hal, &memory) == 0);
	end();
}

Test(hal_memfd, region_is_what_vhost_user_sends)
{
	const size_t page = page_size();
	uint64_t wire[4];

	begin();
	memcpy(wire, &memfd.region, sizeof wire);
	cr_assert(sizeof wire == sizeof memfd.region);
	cr_assert(wire[0] == guest.value && wire[1] == PAGES * page);
	cr_assert(wire[2] == (uintptr_t)memfd.part.memory.virt && wire[3] == 0);
	end();
}

Test(hal_memfd, shares_and_translates_what_it_has)
{
	const size_t page = page_size(), size = PAGES * page;
	unsigned char *const start = (begin(), memfd.part.memory.virt);
	struct haul_hal_memory memory;
	struct haul_iova iova = guest;
	unsigned char elsewhere[8];
	void *p;

	cr_assert(haul_hal_share(&memfd.arena.hal, start + 5, size - 5, HAUL_DMA_TO_DEVICE,
				 UINT64_MAX, &memory) == 0);
	cr_assert(memory.iova.value == guest.value + 5 && memory.size == size - 5);
	cr_assert(haul_hal_unshare(&memfd.arena.hal, &memory, HAUL_DMA_TO_DEVICE) == 0);
	cr_assert(haul_hal_share(&memfd.arena.hal, elsewhere, sizeof elsewhere, HAUL_DMA_BOTH,
				 UINT64_MAX, &memory) == -HAUL_ERANGE);
	cr_assert(haul_hal_share(&memfd.arena.hal, start, size + 1, HAUL_DMA_BOTH, UINT64_MAX,
				 &memory) == -HAUL_ERANGE);
	cr_assert(haul_memfd_at(&memfd, iova, size, &p) == 0 && p == start);
	cr_assert(haul_memfd_at(&memfd, iova, size + 1, &p) == -HAUL_ERANGE);
	cr_assert(haul_memfd_at(&memfd, iova, SIZE_MAX, &p) == -HAUL_ERANGE);
	iova.value += size - 1;
	cr_assert(haul_memfd_at(&memfd, iova, 1, &p) == 0 && p == start + size - 1);
	cr_assert(haul_memfd_at(&memfd, iova, 2, &p) == -HAUL_ERANGE);
	iova.value++;
	cr_assert(haul_memfd_at(&memfd, iova, 0, &p) == 0 && p == start + size);
	cr_assert(haul_memfd_at(&memfd, iova, 1, &p) == -HAUL_ERANGE);
	iova.value = guest.value - 1;
	cr_assert(haul_memfd_at(&memfd, iova, 1, &p) == -HAUL_ERANGE);
	end();
}

/* The device's side: another process, which gets a region and its descriptor by a
 * socket, as from a driver that speaks vhost-user. */
static int sockets[2];

static void send_region(void)
{
	char control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec iov = {&memfd.region, sizeof memfd.region};
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof control,
	};
	struct cmsghdr *const header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &memfd.fd, sizeof(int));
	cr_assert(sendmsg(sockets[0], &message, 0) == (ssize_t)sizeof memfd.region);
}

static int receive_region(struct haul_memfd_region *region)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = {region, sizeof *region};
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof control,
	};
	int fd = -1;

	if (recvmsg(sockets[1], &message, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof *region)
		return -1;
	if (CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
	return fd;
}

/* Adds 1 to each byte of the buffers of which it is sent the addresses. */
static int add_one(const struct haul_memfd *attached)
{
	struct {
		struct haul_iova iova;
		uint64_t size;
	} buffer;

	while (read(sockets[1], &buffer, sizeof buffer) == (ssize_t)sizeof buffer) {
		unsigned char *bytes;
		void *p;

		if (haul_memfd_at(attached, buffer.iova, (size_t)buffer.size, &p))
			return 5;
		bytes = p;
		for (size_t i = 0; i < buffer.size; i++)
			bytes[i]++;
		if (write(sockets[1], "", 1) != 1)
			return 6;
	}
	return 0;
}

static int device(void)
{
	const struct haul_hal_request request = {
		.size = 1, .reach = UINT64_MAX, .direction = HAUL_DMA_BOTH};
	struct haul_memfd attached;
	struct haul_memfd_region region;
	struct haul_hal_memory memory;
	int fd, status;

	close(sockets[0]);
	fd = receive_region(&region);
	/* its own copy of memfd, from fork, it does not use */
	if (fd < 0 || haul_memfd_attach(&attached, fd, &region, HAUL_MEMFD_SHRINK))
		return 1;
	if (ftruncate(fd, 0) == 0 || errno != EPERM || ftruncate(fd, 1 << 30) == 0)
		return 2;
	close(fd);
	if (!(attached.seals & HAUL_MEMFD_SEAL) || attached.fd != -1)
		return 3;
	if (haul_hal_alloc(&attached.arena.hal, &request, &memory) != -HAUL_ERANGE)
		return 4;
	status = add_one(&attached);
	return status ? status : haul_memfd_close(&attached) ? 7 : 0;
}

Test(hal_memfd, a_device_in_another_process)
{
	uint64_t random = test_seed();
	pid_t pid;
	int status;

	begin();
	cr_assert(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0);
	pid = fork();
	cr_assert(pid >= 0);
	if (!pid)
		_exit(device());
	close(sockets[1]);
	send_region();
	for (unsigned turn = 0; turn < 50; turn++) {
		const struct haul_hal_memory memory = must_alloc(1 + test_random_below(&random, 8));
		const struct {
			struct haul_iova iova;
			uint64_t size;
		} buffer = {memory.iova, memory.size};
		unsigned char *const bytes = memory.virt;
		char done;

		for (size_t i = 0; i < memory.size; i++)
			bytes[i] = (unsigned char)(i + turn);
		cr_assert(write(sockets[0], &buffer, sizeof buffer) == (ssize_t)sizeof buffer);
		cr_assert(read(sockets[0], &done, 1) == 1);
		for (size_t i = 0; i < memory.size; i++)
			cr_assert(bytes[i] == (unsigned char)(i + turn + 1), "byte %zu", i);
		cr_assert(haul_hal_free(&memfd.arena.hal, &memory) == 0);
	}
	close(sockets[0]);
	cr_assert(waitpid(pid, &status, 0) == pid);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %#x", status);
	end();
}

/* A device that another process is: what a stream hands over is what it sees. */
static struct haul_dma_stream stream;

static int sees_stream(void)
{
	struct haul_memfd attached;
	void *p;

	if (haul_memfd_attach(&attached, memfd.fd, &memfd.region, HAUL_MEMFD_SHRINK) ||
	    haul_memfd_at(&attached, stream.iova, stream.size, &p))
		return 1;
	if (memcmp(p, "from the driver", 16) != 0)
		return 2;
	memcpy(p, "from the device", 16);
	return 0;
}

static void exchange(char *bytes)
{
	memcpy(bytes, "from the driver", 16);
	cr_assert(haul_dma_for_device(&stream, 0, stream.size) == 0);
	cr_assert(in_child(sees_stream) == 0);
	cr_assert(haul_dma_for_cpu(&stream, 0, stream.size) == 0);
	cr_assert(strcmp(bytes, "from the device") == 0);
}

Test(hal_memfd, streams_of_what_it_has_and_has_not)
{
	const struct haul_dma_limits limits = {.reach = UINT64_MAX, .coherent = true};
	struct haul_dma_device driver;
	char elsewhere[16];

	begin();
	cr_assert(haul_dma_device_init(&driver, &memfd.arena.hal, &limits) == 0);
	cr_assert(haul_dma_alloc(&stream, &driver, 16, HAUL_DMA_BOTH, 0) == 0);
	cr_assert(stream.backing == HAUL_DMA_DIRECT);
	cr_assert(stream.phys.value == HAUL_PHYS_UNKNOWN);
	exchange(stream.virt);
	cr_assert(haul_dma_unmap(&stream, 0) == 0);
	cr_assert(haul_dma_map(&stream, &driver, elsewhere, 16, HAUL_DMA_BOTH,
			       HAUL_DMA_NO_BOUNCE) == -HAUL_ENOTSUP);
	cr_assert(stream.why == HAUL_DMA_WHY_REACH);
	cr_assert(haul_dma_map(&stream, &driver, elsewhere, 16, HAUL_DMA_BOTH, 0) == 0);
	cr_assert(stream.backing == HAUL_DMA_BOUNCE);
	exchange(elsewhere);
	cr_assert(haul_dma_unmap(&stream, 0) == 0);
	cr_assert(haul_dma_device_end(&driver) == 0);
	end();
}

Test(hal_memfd, sizes_addresses_and_names)
{
	const size_t page = page_size();
	const struct haul_iova odd = {1}, last = {(uint64_t)0 - page};
	char name[300];

	FAILS(haul_memfd_open(&memfd, NAME, 0, 0, guest), HAUL_EINVAL);
	FAILS(haul_memfd_open(&memfd, NAME, 1, 0, guest), HAUL_EINVAL);
	FAILS(haul_memfd_open(&memfd, NAME, page - 1, 0, guest), HAUL_EINVAL);
	FAILS(haul_memfd_open(&memfd, NAME, page + 1, 0, guest), HAUL_EINVAL);
	FAILS(haul_memfd_open(&memfd, NAME, page, 0, odd), HAUL_EINVAL);
	FAILS(haul_memfd_open(&memfd, NAME, page, 3 * page, guest), HAUL_EINVAL);
	FAILS(haul_memfd_open(&memfd, NAME, page, 1, guest), HAUL_EINVAL);
	FAILS(haul_memfd_open(&memfd, NULL, page, 0, guest), HAUL_EINVAL);
	FAILS(haul_memfd_open(&memfd, NAME, 2 * page, 0, last), HAUL_EOVERFLOW);
	FAILS(haul_memfd_open(&memfd, NAME, (size_t)1 << 63, 0, guest), HAUL_EOVERFLOW);
	FAILS(haul_memfd_open(&memfd, NAME, (size_t)1 << 62, 0, guest), HAUL_ENOMEM);
	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	FAILS(haul_memfd_open(&memfd, name, page, 0, guest), HAUL_EINVAL);
	cr_assert(haul_memfd_open(&memfd, NAME, page, 0, last) == 0);
	end();
}

Test(hal_memfd, too_many_files)
{
	const size_t page = page_size();
	struct rlimit limit, none;

	cr_assert(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	none = limit;
	none.rlim_cur = 0;
	for (int fd = 0; fd < 16; fd++)
		none.rlim_cur += fcntl(fd, F_GETFD) != -1 && none.rlim_cur == (rlim_t)fd;
	errno = ERRNO;
	cr_assert(setrlimit(RLIMIT_NOFILE, &none) == 0);
	cr_assert(haul_memfd_open(&memfd, NAME, page, 0, guest) == -HAUL_ENOSPC);
	cr_assert(errno == ERRNO);
	cr_assert(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	cr_assert(files_mapped(NAME) == 0);
}

/* Bytes of address space in use. */
static size_t space(void)
{
	FILE *statm = fopen("/proc/self/statm", "re");
	size_t pages;

	cr_assert(statm && fscanf(statm, "%zu", &pages) == 1);
	fclose(statm);
	return pages * page_size();
}

/* With no more address space than is in use, and that. */
static int open_within(size_t more, size_t size)
{
	const size_t most = space() + more;
	struct rlimit limit, little;
	int err;

	cr_assert(getrlimit(RLIMIT_AS, &limit) == 0);
	little = limit;
	little.rlim_cur = most;
	cr_assert(setrlimit(RLIMIT_AS, &little) == 0);
	errno = ERRNO;
	err = haul_memfd_open(&memfd, NAME, size, 0, guest);
	cr_assert(setrlimit(RLIMIT_AS, &limit) == 0);
	return err;
}

/* Neither for the memory, nor for what is kept of it. */
Test(hal_memfd, too_little_address_space)
{
	const size_t page = page_size(), size = (size_t)1 << 30;
	const size_t words = HAUL_ARENA_WORDS(size / page) * sizeof(uint64_t);

	if (test_under_qemu())
		cr_skip_test("the emulator wants address space itself");
	FAILS(open_within(size - page, size), HAUL_ENOMEM);
	FAILS(open_within(size, size), HAUL_ENOMEM);
	FAILS(open_within(size + words - page, size), HAUL_ENOMEM);
	cr_assert(open_within(size + words, size) == 0);
	end();
}

Test(hal_memfd, huge_pages_or_none)
{
	const size_t huge = (size_t)2 << 20;
	struct haul_memfd it;
	int error;

	FAILS(haul_memfd_open(&memfd, NAME, page_size(), huge, guest), HAUL_EINVAL);
	FAILS(haul_memfd_open(&memfd, NAME, huge << 10, huge << 10, guest), HAUL_ENODEV);
	errno = ERRNO;
	error = haul_memfd_open(&it, NAME, huge, huge, guest);
	cr_assert(errno == ERRNO);
	if (error) {
		cr_assert(error == -HAUL_ENOMEM || error == -HAUL_ENODEV, "%s",
			  haul_strerror(error));
		FAILS(haul_memfd_open(&memfd, NAME, huge, huge, guest), -error);
		cr_skip_test("no huge page is free: %s", haul_strerror(error));
	}
	cr_assert((uintptr_t)it.part.memory.virt % huge == 0 && it.region.size == huge);
	memset(it.part.memory.virt, 1, huge);
	cr_assert(haul_memfd_close(&it) == 0);
}

Test(hal_memfd, attach_takes_any_part)
{
	const size_t page = page_size();
	const int fd = make_memfd(4 * page, F_SEAL_SHRINK);
	const size_t offsets[] = {0, 1, page, 2 * page + 5};
	unsigned seals;

	for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
		const size_t size = 4 * page - offsets[i];
		unsigned char mark = (unsigned char)(i + 1), byte;

		errno = ERRNO;
		cr_assert(attach(fd, offsets[i], size, HAUL_MEMFD_SHRINK) == 0 && errno == ERRNO);
		cr_assert(memfd.seals == HAUL_MEMFD_SHRINK && memfd.region.user == 0x7000);
		cr_assert(memfd.part.memory.iova.value == guest.value);
		cr_assert(memfd.part.memory.size == size);
		cr_assert(haul_memcpy((unsigned char *)memfd.part.memory.virt + size - 1, &mark,
				      1) == 1);
		cr_assert(pread(fd, &byte, 1, (off_t)(4 * page - 1)) == 1 && byte == mark);
		cr_assert(haul_memfd_close(&memfd) == 0);
		cr_assert(haul_memfd_close(&memfd) == -HAUL_EINVAL);
	}
	cr_assert(haul_memfd_seals(fd, &seals) == 0 && seals == HAUL_MEMFD_SHRINK);
	cr_assert(files_mapped(NAME) == 0);
	close(fd);
}

Test(hal_memfd, attach_refuses_what_is_not_as_said)
{
	const size_t page = page_size();
	const int fd = make_memfd(2 * page, F_SEAL_GROW), still = make_memfd(page, F_SEAL_WRITE);
	struct haul_memfd_region region = region_of(0, page);
	unsigned seals;

	FAILS(attach(fd, 0, page, HAUL_MEMFD_SHRINK), HAUL_EACCES);
	FAILS(attach(fd, 0, page, HAUL_MEMFD_SHRINK | HAUL_MEMFD_GROW), HAUL_EACCES);
	FAILS(attach(still, 0, page, 0), HAUL_EACCES);
	FAILS(attach(fd, 0, 2 * page + 1, 0), HAUL_ERANGE);
	FAILS(attach(fd, 2 * page, 1, 0), HAUL_ERANGE);
	FAILS(attach(fd, UINT64_MAX, 1, 0), HAUL_ERANGE);
	FAILS(attach(fd, 2, UINT64_MAX, 0), HAUL_EOVERFLOW);
	FAILS(attach(fd, 0, 0, 0), HAUL_EINVAL);
	FAILS(attach(-1, 0, page, 0), HAUL_EINVAL);
	region.guest = UINT64_MAX;
	FAILS(haul_memfd_attach(&memfd, fd, &region, 0), HAUL_EOVERFLOW);
	cr_assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == 0);
	FAILS(attach(sockets[0], 0, page, 0), HAUL_ENODEV);
	FAILS(attach(sockets[0], 0, page, HAUL_MEMFD_SHRINK), HAUL_EACCES);
	errno = ERRNO;
	cr_assert(haul_memfd_seals(sockets[0], &seals) == 0 && seals == 0);
	cr_assert(haul_memfd_seals(-1, &seals) == -HAUL_EINVAL && errno == ERRNO);
}

/* What is not sealed goes away in use, and is reported. */
static int cut_short_fd;

static int cut_short(void)
{
	return ftruncate(cut_short_fd, (off_t)page_size()) != 0;
}

Test(hal_memfd, a_peer_that_cuts_it_short)
{
	const size_t page = page_size();
	unsigned char bytes[64];
	unsigned char *edge;

	if (getenv("HAUL_TEST_NO_SIGBUS"))
		cr_skip_test("HAUL_TEST_NO_SIGBUS: the emulator does not survive it");
	test_faults_begin();
	cut_short_fd = make_memfd(2 * page, 0);
	cr_assert(attach(cut_short_fd, 0, 2 * page, 0) == 0 && memfd.seals == 0);
	edge = (unsigned char *)memfd.part.memory.virt + page - 24;
	cr_assert(haul_memcpy(bytes, edge, sizeof bytes) == sizeof bytes);
	cr_assert(in_child(cut_short) == 0);
	cr_assert(haul_memcpy(bytes, edge, sizeof bytes) == 24);
	cr_assert(haul_memcpy(edge, bytes, sizeof bytes) == 24);
	cr_assert(haul_memfd_close(&memfd) == 0);
	test_faults_end();
}
