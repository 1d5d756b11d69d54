/* SPDX-License-Identifier: MIT */
#include "fault_maps.h"
#include "test.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Newer than the headers of the oldest system that builds this. */
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#ifndef MADV_HWPOISON
#define MADV_HWPOISON 100
#endif
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#ifndef UFFD_FEATURE_POISON
#define UFFD_FEATURE_POISON (1 << 14)
struct uffdio_poison {
	struct uffdio_range range;
	__u64 mode;
	__s64 updated;
};
#define UFFDIO_POISON _IOWR(UFFDIO, 0x08, struct uffdio_poison)
#endif

#define BEYOND_PAGES 32

size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static const char *why(const char *what)
{
	static char text[128];

	snprintf(text, sizeof text, "%s: %s", what, strerror(errno));
	return text;
}

/* good bytes, and BEYOND_PAGES more; of a file if fd is not -1. */
static const char *map_pages(struct fault_map *map, size_t good, int fd)
{
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	void *p;

	map->beyond = BEYOND_PAGES * page_size();
	map->fd = fd;
	p = mmap(NULL, good + map->beyond, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (p == MAP_FAILED)
		return why("mmap");
	map->base = p;
	map->edge = map->base + good;
	return NULL;
}

const char *fault_map_unmapped(struct fault_map *map, size_t good)
{
	const char *reason = map_pages(map, good, -1);

	if (!reason && munmap(map->edge, map->beyond))
		reason = why("munmap");
	return reason;
}

static const char *map_protected(struct fault_map *map, size_t good, int prot)
{
	const char *reason = map_pages(map, good, -1);

	if (reason)
		return reason;
	memset(map->edge, PATTERN_NEVER, map->beyond);
	return mprotect(map->edge, map->beyond, prot) ? why("mprotect") : NULL;
}

const char *fault_map_no_access(struct fault_map *map, size_t good)
{
	return map_protected(map, good, PROT_NONE);
}

const char *fault_map_read_only(struct fault_map *map, size_t good)
{
	return map_protected(map, good, PROT_READ);
}

const char *fault_map_guard(struct fault_map *map, size_t good)
{
	const char *reason = map_pages(map, good, -1);

	if (test_under_qemu())
		return "qemu-user ignores MADV_GUARD_INSTALL";
	if (!reason && madvise(map->edge, map->beyond, MADV_GUARD_INSTALL))
		reason = why("MADV_GUARD_INSTALL");
	return reason;
}

static const char *map_file_end(struct fault_map *map, size_t good, int fd)
{
	if (fd < 0)
		return why("no file");
	if (ftruncate(fd, (off_t)good))
		return why("ftruncate");
	return map_pages(map, good, fd);
}

const char *fault_map_memfd_end(struct fault_map *map, size_t good)
{
	return map_file_end(map, good, memfd_create("fault", MFD_CLOEXEC));
}

const char *fault_map_file_end(struct fault_map *map, size_t good)
{
	FILE *file = tmpfile();

	return map_file_end(map, good, file ? fileno(file) : -1);
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t done = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return done < 0 ? -1 : 0;
}

/* A mount namespace of our own: as root, or as root of a user namespace. */
static const char *enter_namespace(void)
{
	char uids[64], gids[64];

	snprintf(uids, sizeof uids, "0 %u 1", (unsigned)geteuid());
	snprintf(gids, sizeof gids, "0 %u 1", (unsigned)getegid());
	if (unshare(CLONE_NEWNS)) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
			return why("no mount namespace");
		if (write_text("/proc/self/setgroups", "deny") ||
		    write_text("/proc/self/uid_map", uids) ||
		    write_text("/proc/self/gid_map", gids))
			return why("no user namespace");
	}
	return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ? why("private mounts") : NULL;
}

/* A file without a name on a tmpfs of good bytes. */
static const char *open_tmpfs(size_t good, int *fd)
{
	char dir[] = "/tmp/haul-test-XXXXXX", options[64];
	const char *reason = enter_namespace();

	if (reason)
		return reason;
	if (!mkdtemp(dir))
		return why("mkdtemp");
	snprintf(options, sizeof options, "size=%zu,huge=never", good);
	if (mount("tmpfs", dir, "tmpfs", 0, options)) {
		reason = why("tmpfs");
	} else {
		*fd = open(dir, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
		if (*fd < 0)
			reason = why("file on tmpfs");
		umount2(dir, MNT_DETACH);
	}
	rmdir(dir);
	return reason;
}

/* A message between processes: a reason, or a descriptor if that is empty. */
union message_control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

static bool send_outcome(int to, const char *reason, int fd)
{
	union message_control control = {0};
	char text[128] = "";
	struct iovec body = {text, sizeof text};
	struct msghdr message = {.msg_iov = &body, .msg_iovlen = 1};

	if (reason) {
		snprintf(text, sizeof text, "%s", reason);
	} else {
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
		message.msg_control = &control;
		message.msg_controllen = sizeof control;
	}
	return sendmsg(to, &message, 0) > 0;
}

static const char *receive_outcome(int from, int *fd)
{
	static char text[128];
	union message_control control = {0};
	struct iovec body = {text, sizeof text};
	struct msghdr message = {.msg_iov = &body,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof control};

	if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) <= 0)
		return "the process that was to make a tmpfs died";
	if (text[0] != '\0')
		return text;
	memcpy(fd, CMSG_DATA(&control.header), sizeof *fd);
	return NULL;
}

/* In a process of its own, because one with threads may not enter a user
 * namespace. */
static const char *fetch_tmpfs_file(size_t good, int *fd)
{
	const char *reason;
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return why("socketpair");
	pid = fork();
	if (pid < 0)
		return why("fork");
	if (pid == 0) {
		close(ends[0]);
		reason = open_tmpfs(good, fd);
		_exit(!send_outcome(ends[1], reason, *fd));
	}
	close(ends[1]);
	reason = receive_outcome(ends[0], fd);
	close(ends[0]);
	waitpid(pid, NULL, 0);
	return reason;
}

/* The file reaches beyond what the file system has room for; the room is used
 * up by the first good bytes. */
const char *fault_map_full_tmpfs(struct fault_map *map, size_t good)
{
	int fd = -1;
	const char *reason = fetch_tmpfs_file(good, &fd);

	if (reason)
		return reason;
	if (ftruncate(fd, (off_t)(good + BEYOND_PAGES * page_size())) ||
	    posix_fallocate(fd, 0, (off_t)good))
		return why("tmpfs file");
	return map_pages(map, good, fd);
}

static const char *map_pkey(struct fault_map *map, size_t good, unsigned rights)
{
	const char *reason = map_pages(map, good, -1);
	int key;

	if (reason)
		return reason;
	memset(map->edge, PATTERN_NEVER, map->beyond);
	key = pkey_alloc(0, rights);
	if (key < 0)
		return why("no protection keys");
	return pkey_mprotect(map->edge, map->beyond, PROT_READ | PROT_WRITE, key)
		       ? why("pkey_mprotect")
		       : NULL;
}

const char *fault_map_pkey_no_access(struct fault_map *map, size_t good)
{
	return map_pkey(map, good, PKEY_DISABLE_ACCESS);
}

const char *fault_map_pkey_no_write(struct fault_map *map, size_t good)
{
	return map_pkey(map, good, PKEY_DISABLE_WRITE);
}

static const char *map_userfault(struct fault_map *map, size_t good, uint64_t features)
{
	const char *reason = map_pages(map, good, -1);
	struct uffdio_api api = {.api = UFFD_API, .features = features};
	struct uffdio_register range = {.mode = UFFDIO_REGISTER_MODE_MISSING};

	if (reason)
		return reason;
	map->fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
	if (map->fd < 0)
		return why("userfaultfd");
	if (ioctl(map->fd, UFFDIO_API, &api))
		return why("userfaultfd feature");
	range.range.start = (uintptr_t)map->edge;
	range.range.len = map->beyond;
	return ioctl(map->fd, UFFDIO_REGISTER, &range) ? why("UFFDIO_REGISTER") : NULL;
}

const char *fault_map_userfault(struct fault_map *map, size_t good)
{
	return map_userfault(map, good, 0);
}

const char *fault_map_userfault_bus(struct fault_map *map, size_t good)
{
	return map_userfault(map, good, UFFD_FEATURE_SIGBUS);
}

const char *fault_map_userfault_poison(struct fault_map *map, size_t good)
{
	const char *reason = map_userfault(map, good, UFFD_FEATURE_POISON);
	struct uffdio_poison poison = {0};

	if (reason)
		return reason;
	poison.range.start = (uintptr_t)map->edge;
	poison.range.len = map->beyond;
	return ioctl(map->fd, UFFDIO_POISON, &poison) ? why("UFFDIO_POISON") : NULL;
}

static void do_nothing(int signo)
{
	(void)signo;
}

/* The kernel may tell us of the damage at once, besides at each access. */
const char *fault_map_hardware_poison(struct fault_map *map, size_t good)
{
	const char *reason = map_pages(map, good, -1);
	struct sigaction quiet = {.sa_handler = do_nothing}, before;

	if (reason)
		return reason;
	if (test_under_qemu())
		return "qemu-user ignores MADV_HWPOISON";
	*map->edge = PATTERN_NEVER;
	sigaction(SIGBUS, &quiet, &before);
	if (madvise(map->edge, page_size(), MADV_HWPOISON))
		reason = why("MADV_HWPOISON");
	sigaction(SIGBUS, &before, NULL);
	return reason;
}
