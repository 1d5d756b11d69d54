/* SPDX-License-Identifier: MIT */
/*
 * Files and devices as regions.  Devices are files in a folder of the test's own,
 * which stands for the root of the system; real ones are mapped, where there are
 * any, and not touched.
 */
static char root[32];

#define MAPPING_ROOT root
#include "../runtime/linux/mapping.c"

#include "linux/files.h"
#include "test.h"
#include <dirent.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum { NOBODY = 65534, MARK = 0x5a };

/* In the names of all that the tests map. */
#define NAME "haul-mapping"

static struct haul_mapping mapping;

#define FAILS(call, error) FILES_CALL_FAILS(mapping, NAME, call, error)

/* A call that must map, and leave no file open. */
#define WORKS(call) \
	do { \
		const unsigned open_before = files_open(); \
		int err; \
\
		errno = ERRNO; \
		err = (call); \
		cr_assert(errno == ERRNO, #call); \
		cr_assert(err == 0, "%s: %s", #call, haul_strerror(err)); \
		cr_assert(files_open() == open_before); \
	} while (0)

static unsigned char byte_at(size_t offset)
{
	return (unsigned char)(offset * 7 + offset / 251);
}

static void fill(int fd, size_t size)
{
	unsigned char *bytes = malloc(size);

	cr_assert(bytes);
	for (size_t i = 0; i < size; i++)
		bytes[i] = byte_at(i);
	cr_assert(pwrite(fd, bytes, size, 0) == (ssize_t)size);
	free(bytes);
}

static int make_memfd(size_t size)
{
	const int fd = memfd_create(NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	cr_assert(fd >= 0);
	fill(fd, size);
	return fd;
}

static void begin(void)
{
	strcpy(root, "/tmp/" NAME "-XXXXXX");
	cr_assert(mkdtemp(root) && chmod(root, 0755) == 0);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status, (void)type, (void)where;
	return remove(path);
}

static void end(void)
{
	cr_assert(nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

/* Below root; the same buffer each time. */
static const char *below(const char *name)
{
	static char path[PATH_SIZE];

	snprintf(path, sizeof path, "%s/%s", root, name);
	return path;
}

static int create(const char *name)
{
	char path[PATH_SIZE];
	int fd;

	snprintf(path, sizeof path, "%s", below(name));
	for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		cr_assert(mkdir(path, 0755) == 0 || errno == EEXIST);
	}
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	cr_assert(fd >= 0, "%s: %s", path, strerror(errno));
	return fd;
}

static void put_bytes(const char *name, size_t size)
{
	const int fd = create(name);

	fill(fd, size);
	close(fd);
}

static void put_text(const char *name, const char *text)
{
	const int fd = create(name);

	cr_assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* The region is what the file has from offset on, in no more pages than it takes. */
static void check_region(size_t offset, size_t size, uint64_t physical)
{
	const struct haul_region *region = &mapping.region;
	const uintptr_t start = (uintptr_t)mapping.start, base = (uintptr_t)region->base;
	const size_t page = haul_page_size();

	cr_assert(region->size == size && region->physical == physical);
	cr_assert(region->io.width == 0 && region->io.flags == 0);
	cr_assert(start % page == 0 && mapping.length % page == 0);
	cr_assert(start <= base && base - start < page);
	cr_assert(base + size <= start + mapping.length);
	cr_assert(start + mapping.length - (base + size) < page);
	for (size_t i = 0; i < size; i++)
		cr_assert(region->base[i] == byte_at(offset + i), "byte %zu", i);
}

/* And is not there any more. */
static void close_mapping(void)
{
	unsigned char resident[4];
	void *start = mapping.start;

	errno = ERRNO;
	cr_assert(haul_mapping_close(&mapping) == 0 && errno == ERRNO);
	cr_assert(files_mapped(NAME) == 0);
	cr_assert(mincore(start, haul_page_size(), resident) == -1 && errno == ENOMEM);
	errno = ERRNO;
	cr_assert(haul_mapping_close(&mapping) == -HAUL_EINVAL && errno == ERRNO);
}

static int map_whole(int fd, size_t size, enum haul_mapping_access access)
{
	return haul_mapping_fd(&mapping, fd, 0, size, HAUL_CACHE_WRITE_BACK, access);
}

Test(mapping, any_part_of_a_file)
{
	const size_t page = haul_page_size(), end = 3 * page;
	const size_t offsets[] = {
		0, 1, 3, page / 2, page - 1, page, page + 1, 2 * page - 1, 3 * page - 1};
	const size_t sizes[] = {
		1, 2, 7, page - 1, page, page + 1, 2 * page, 2 * page + 1, 3 * page - 1, 3 * page};
	const int fd = make_memfd(end);

	for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++)
		for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
			const size_t offset = offsets[i], size = sizes[j];

			if (size > end - offset) {
				FAILS(haul_mapping_fd(&mapping, fd, offset, size,
						      HAUL_CACHE_WRITE_BACK,
						      HAUL_MAPPING_READ_WRITE),
				      HAUL_ERANGE);
				continue;
			}
			WORKS(haul_mapping_fd(&mapping, fd, offset, size, HAUL_CACHE_WRITE_BACK,
					      HAUL_MAPPING_READ_WRITE));
			check_region(offset, size, offset);
			cr_assert(mapping.region.policy == HAUL_CACHE_WRITE_BACK);
			close_mapping();
		}
	close(fd);
}

Test(mapping, stores_reach_the_file)
{
	const size_t page = haul_page_size();
	const int fd = make_memfd(2 * page);
	unsigned char bytes[4];

	WORKS(haul_mapping_fd(&mapping, fd, page - 2, 4, HAUL_CACHE_UNCACHED,
			      HAUL_MAPPING_READ_WRITE));
	cr_assert(mapping.region.policy == HAUL_CACHE_UNCACHED);
	cr_assert(haul_region_write_u8(&mapping.region, 0, MARK) == 0);
	cr_assert(haul_region_write_u8(&mapping.region, 3, MARK) == 0);
	cr_assert(haul_region_write_u8(&mapping.region, 4, MARK) == -HAUL_ERANGE);
	cr_assert(pread(fd, bytes, 4, (off_t)page - 2) == 4);
	cr_assert(bytes[0] == MARK && bytes[1] == byte_at(page - 1));
	cr_assert(bytes[2] == byte_at(page) && bytes[3] == MARK);
	close_mapping();
	close(fd);
}

Test(mapping, outlives_its_descriptor)
{
	const size_t page = haul_page_size();
	const int fd = make_memfd(page);

	WORKS(map_whole(fd, page, HAUL_MAPPING_READ_ONLY));
	close(fd);
	check_region(0, page, 0);
	close_mapping();
}

Test(mapping, read_only_takes_no_stores)
{
	const size_t page = haul_page_size();
	const int fd = make_memfd(page);

	test_faults_begin();
	WORKS(map_whole(fd, page, HAUL_MAPPING_READ_ONLY));
	cr_assert(haul_region_write_u32(&mapping.region, 8, 0) == -HAUL_EFAULT);
	check_region(0, page, 0);
	close_mapping();
	test_faults_end();
	close(fd);
}

Test(mapping, bad_requests_are_refused_before_the_file)
{
	static const struct {
		uint64_t offset;
		size_t size;
		int policy, access, err;
	} cases[] = {
		{0, 0, HAUL_CACHE_UNCACHED, HAUL_MAPPING_READ_ONLY, HAUL_EINVAL},
		{UINT64_MAX, 0, HAUL_CACHE_UNCACHED, HAUL_MAPPING_READ_ONLY, HAUL_EINVAL},
		{0, 1, HAUL_CACHE_WRITE_BACK + 1, HAUL_MAPPING_READ_ONLY, HAUL_EINVAL},
		{0, 1, -1, HAUL_MAPPING_READ_ONLY, HAUL_EINVAL},
		{0, 1, HAUL_CACHE_UNCACHED, HAUL_MAPPING_READ_WRITE + 1, HAUL_EINVAL},
		{0, 1, HAUL_CACHE_UNCACHED, -1, HAUL_EINVAL},
		{UINT64_MAX, 2, HAUL_CACHE_UNCACHED, HAUL_MAPPING_READ_ONLY, HAUL_EOVERFLOW},
		{2, SIZE_MAX, HAUL_CACHE_UNCACHED, HAUL_MAPPING_READ_ONLY, HAUL_EOVERFLOW},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const uint64_t offset = cases[i].offset;
		const size_t size = cases[i].size;
		const enum haul_cache_policy policy = (enum haul_cache_policy)cases[i].policy;
		const enum haul_mapping_access access = (enum haul_mapping_access)cases[i].access;

		FAILS(haul_mapping_fd(&mapping, -1, offset, size, policy, access), cases[i].err);
		FAILS(haul_mapping_path(&mapping, "/nowhere", offset, size, policy, access),
		      cases[i].err);
		FAILS(haul_mapping_physical(&mapping, offset, size, policy, access), cases[i].err);
		if (size != 1)
			continue;
		FAILS(haul_mapping_uio(&mapping, 0, 0, policy, access), cases[i].err);
		FAILS(haul_mapping_pci(&mapping, "0000:00:00.0", 0, policy, access), cases[i].err);
	}
}

Test(mapping, ends_beyond_the_last_address)
{
	const int memory = make_memfd(1), zero = open("/dev/zero", O_RDWR | O_CLOEXEC);

	cr_assert(zero >= 0);
	FAILS(map_whole(memory, SIZE_MAX, HAUL_MAPPING_READ_ONLY), HAUL_ERANGE);
	FAILS(haul_mapping_fd(&mapping, memory, UINT64_MAX, 1, HAUL_CACHE_UNCACHED,
			      HAUL_MAPPING_READ_ONLY),
	      HAUL_ERANGE);
	FAILS(map_whole(zero, SIZE_MAX, HAUL_MAPPING_READ_ONLY), HAUL_EOVERFLOW);
	FAILS(map_whole(zero, (size_t)1 << 62, HAUL_MAPPING_READ_ONLY), HAUL_ENOMEM);
	close(memory);
	close(zero);
}

Test(mapping, descriptors_that_cannot_be_mapped)
{
	int pipes[2], sockets[2], folder, named;
	const int closed = make_memfd(1);

	close(closed);
	cr_assert(pipe2(pipes, O_CLOEXEC) == 0);
	cr_assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == 0);
	folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	named = open("/", O_PATH | O_CLOEXEC);
	cr_assert(folder >= 0 && named >= 0);
	FAILS(map_whole(-1, 1, HAUL_MAPPING_READ_ONLY), HAUL_EINVAL);
	FAILS(map_whole(9999, 1, HAUL_MAPPING_READ_ONLY), HAUL_EINVAL);
	FAILS(map_whole(pipes[0], 1, HAUL_MAPPING_READ_ONLY), HAUL_ENODEV);
	FAILS(map_whole(sockets[0], 1, HAUL_MAPPING_READ_WRITE), HAUL_ENODEV);
	FAILS(map_whole(folder, 1, HAUL_MAPPING_READ_ONLY), HAUL_ENODEV);
	FAILS(map_whole(named, 1, HAUL_MAPPING_READ_ONLY), HAUL_EINVAL);
}

Test(mapping, what_the_descriptor_does_not_permit)
{
	const int sealed = make_memfd(1);
	int reads, writes;

	begin();
	put_bytes("file", 1);
	reads = open(below("file"), O_RDONLY | O_CLOEXEC);
	writes = open(below("file"), O_WRONLY | O_CLOEXEC);
	cr_assert(reads >= 0 && writes >= 0);
	FAILS(map_whole(reads, 1, HAUL_MAPPING_READ_WRITE), HAUL_EACCES);
	FAILS(map_whole(writes, 1, HAUL_MAPPING_READ_ONLY), HAUL_EACCES);
	WORKS(map_whole(reads, 1, HAUL_MAPPING_READ_ONLY));
	close_mapping();
	cr_assert(fcntl(sealed, F_ADD_SEALS, F_SEAL_WRITE) == 0);
	FAILS(map_whole(sealed, 1, HAUL_MAPPING_READ_WRITE), HAUL_EACCES);
	end();
}

static int map_name(const char *name, enum haul_mapping_access access)
{
	return haul_mapping_path(&mapping, below(name), 1, 2, HAUL_CACHE_WRITE_BACK, access);
}

Test(mapping, by_name)
{
	begin();
	put_bytes("file", 3);
	WORKS(map_name("file", HAUL_MAPPING_READ_WRITE));
	check_region(1, 2, 1);
	close_mapping();
	put_bytes("file", 2);
	FAILS(map_name("file", HAUL_MAPPING_READ_WRITE), HAUL_ERANGE);
	put_bytes("empty", 0);
	FAILS(map_name("empty", HAUL_MAPPING_READ_ONLY), HAUL_ERANGE);
	end();
}

Test(mapping, names_that_lead_nowhere)
{
	char name[PATH_MAX + 2];

	begin();
	put_bytes("file", 3);
	cr_assert(mkfifo(below("pipe"), 0644) == 0 && symlink("loop", below("loop")) == 0);
	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	FAILS(map_name("missing", HAUL_MAPPING_READ_ONLY), HAUL_ENOENT);
	FAILS(map_name("file/part", HAUL_MAPPING_READ_ONLY), HAUL_ENOENT);
	FAILS(map_name(".", HAUL_MAPPING_READ_ONLY), HAUL_ENODEV);
	FAILS(map_name(".", HAUL_MAPPING_READ_WRITE), HAUL_ENODEV);
	FAILS(map_name("pipe", HAUL_MAPPING_READ_ONLY), HAUL_ENODEV); /* nobody writes to it */
	FAILS(map_name("pipe", HAUL_MAPPING_READ_WRITE), HAUL_ENODEV);
	FAILS(map_name("loop", HAUL_MAPPING_READ_ONLY), HAUL_EINVAL);
	FAILS(haul_mapping_path(&mapping, name, 0, 1, HAUL_CACHE_WRITE_BACK,
				HAUL_MAPPING_READ_ONLY),
	      HAUL_EINVAL);
	FAILS(haul_mapping_path(&mapping, "", 0, 1, HAUL_CACHE_WRITE_BACK, HAUL_MAPPING_READ_ONLY),
	      HAUL_ENOENT);
	FAILS(haul_mapping_path(&mapping, NULL, 0, 1, HAUL_CACHE_WRITE_BACK,
				HAUL_MAPPING_READ_ONLY),
	      HAUL_EINVAL);
	end();
}

Test(mapping, files_of_others)
{
	begin();
	put_bytes("file", 3);
	put_bytes("dev/mem", 3);
	cr_assert(chmod(below("file"), 0400) == 0 && chmod(below("dev/mem"), 0) == 0);
	if (geteuid() == 0 && seteuid(NOBODY))
		cr_skip_test("cannot be nobody: %s", strerror(errno));
	FAILS(map_name("file", HAUL_MAPPING_READ_WRITE), HAUL_EACCES);
	FAILS(haul_mapping_physical(&mapping, 0, 1, HAUL_CACHE_UNCACHED, HAUL_MAPPING_READ_ONLY),
	      HAUL_EACCES);
	if (getuid() == 0)
		cr_assert(seteuid(0) == 0);
	end();
}

Test(mapping, too_many_files)
{
	struct rlimit limit;

	cr_assert(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	begin();
	put_bytes("file", 3);
	limit.rlim_cur = 64;
	cr_assert(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	while (fcntl(0, F_DUPFD_CLOEXEC, 0) >= 0)
		;
	/* FAILS itself wants one more */
	cr_assert(map_name("file", HAUL_MAPPING_READ_ONLY) == -HAUL_ENOSPC);
	cr_assert(haul_mapping_uio(&mapping, 0, 0, HAUL_CACHE_UNCACHED, HAUL_MAPPING_READ_ONLY) ==
		  -HAUL_ENOSPC);
	close(63);
	end();
}

/* The tail of the page that the end is in reads as zeros. */
Test(mapping, cut_short_while_mapped)
{
	const size_t page = haul_page_size();
	const int fd = make_memfd(3 * page);
	struct haul_writer writer;
	struct haul_fault fault;
	unsigned char bytes[32];
	uint32_t value = MARK;
	size_t done;

	test_faults_begin();
	WORKS(haul_mapping_fd(&mapping, fd, 8, 3 * page - 8, HAUL_CACHE_WRITE_BACK,
			      HAUL_MAPPING_READ_WRITE));
	cr_assert(ftruncate(fd, (off_t)page) == 0);

	cr_assert(haul_region_read_u32(&mapping.region, page - 8, &value) == -HAUL_EFAULT);
	cr_assert(value == MARK);
	cr_assert(haul_region_write_u32(&mapping.region, page, 1) == -HAUL_EFAULT);
	writer = haul_writer_make(bytes, sizeof bytes, HAUL_MEMORY_PLAIN);
	cr_assert(haul_region_read_part(&mapping.region, page - 24, &writer, &done, &fault) ==
		  -HAUL_EFAULT);
	cr_assert(done == 16 && writer.avail == 16);
	cr_assert(fault.kind == HAUL_FAULT_BUS && fault.operand == HAUL_OPERAND_SRC);
	for (size_t i = 0; i < 16; i++)
		cr_assert(bytes[i] == byte_at(page - 16 + i));

	mapping.region.io.flags = HAUL_IO_ONES;
	cr_assert(haul_region_read_u32(&mapping.region, page - 8, &value) == 0);
	cr_assert(value == UINT32_MAX);
	cr_assert(haul_region_write_u32(&mapping.region, page, 1) == 0);
	writer = haul_writer_make(bytes, sizeof bytes, HAUL_MEMORY_PLAIN);
	cr_assert(haul_region_read_part(&mapping.region, page - 24, &writer, &done, &fault) == 0);
	cr_assert(done == 32 && writer.avail == 0);
	for (size_t i = 0; i < 32; i++)
		cr_assert(bytes[i] == (i < 16 ? byte_at(page - 16 + i) : 0xff));

	close_mapping();
	test_faults_end();
	close(fd);
}

Test(mapping, huge_pages)
{
	const int fd = memfd_create(NAME, MFD_CLOEXEC | MFD_HUGETLB);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) || ftruncate(fd, status.st_blksize))
		cr_skip_test("no files of huge pages: %s", strerror(errno));
	if (haul_mapping_fd(&mapping, fd, haul_page_size() + 1, 2, HAUL_CACHE_WRITE_BACK,
			    HAUL_MAPPING_READ_WRITE) == -HAUL_ENOMEM)
		cr_skip_test("no free huge page");
	cr_assert(mapping.length == (size_t)status.st_blksize);
	cr_assert((unsigned char *)mapping.start + haul_page_size() + 1 == mapping.region.base);
	close_mapping();
	close(fd);
}

static int map_physical_pages(uint64_t physical, size_t size, enum haul_cache_policy policy)
{
	return haul_mapping_physical(&mapping, physical, size, policy, HAUL_MAPPING_READ_WRITE);
}

Test(mapping, physical)
{
	const size_t page = haul_page_size();

	begin();
	FAILS(map_physical_pages(0, 1, HAUL_CACHE_UNCACHED), HAUL_ENOENT);
	put_bytes("dev/mem", 3 * page);
	WORKS(map_physical_pages(page - 4, page + 8, HAUL_CACHE_UNCACHED));
	check_region(page - 4, page + 8, page - 4);
	cr_assert(mapping.region.policy == HAUL_CACHE_UNCACHED);
	close_mapping();
	WORKS(map_physical_pages(2 * page, page, HAUL_CACHE_WRITE_BACK));
	check_region(2 * page, page, 2 * page);
	cr_assert(mapping.region.policy == HAUL_CACHE_WRITE_BACK);
	close_mapping();
	FAILS(map_physical_pages(0, 1, HAUL_CACHE_WRITE_COMBINING), HAUL_ENOTSUP);
	FAILS(map_physical_pages(3 * page, 1, HAUL_CACHE_UNCACHED), HAUL_ERANGE);
	end();
}

Test(mapping, registry)
{
	const size_t page = haul_page_size();
	struct haul_registry_item items[4];
	struct haul_registry_mapper mapper;
	struct haul_registry registry;
	struct haul_region region;

	begin();
	put_bytes("dev/mem", 3 * page);
	haul_mapping_mapper(&mapper);
	cr_assert(haul_registry_init(&registry, items, 4, &mapper) == 0);
	cr_assert(haul_registry_add(&registry, 0, 16 * page, "memory") == 0);
	cr_assert(haul_registry_acquire(&registry, page + 8, page, HAUL_CACHE_UNCACHED, "device",
					&region) == 0);
	cr_assert(files_mapped(NAME) != 0);
	for (size_t i = 0; i < page; i++)
		cr_assert(region.base[i] == byte_at(page + 8 + i));
	cr_assert(haul_region_write_u32(&region, 0, MARK) == 0);
	cr_assert(haul_registry_release(&registry, &region) == 0);
	cr_assert(files_mapped(NAME) == 0);
	cr_assert(haul_registry_acquire(&registry, 0, 1, HAUL_CACHE_WRITE_COMBINING, "device",
					&region) == -HAUL_ENOTSUP);
	cr_assert(haul_registry_acquire(&registry, 3 * page, 1, HAUL_CACHE_UNCACHED, "device",
					&region) == -HAUL_ERANGE);
	cr_assert(registry.count == 1 && files_mapped(NAME) == 0);
	end();
}

#define UIO_MAP "sys/class/uio/uio4/maps/map2/"

static void put_uio(uint64_t address, uint64_t size, uint64_t offset)
{
	char text[32];

	snprintf(text, sizeof text, "0x%016llx\n", (unsigned long long)address);
	put_text(UIO_MAP "addr", text);
	snprintf(text, sizeof text, "0x%llx\n", (unsigned long long)size);
	put_text(UIO_MAP "size", text);
	snprintf(text, sizeof text, "0x%llx\n", (unsigned long long)offset);
	put_text(UIO_MAP "offset", text);
}

static int map_uio_2(void)
{
	return haul_mapping_uio(&mapping, 4, 2, HAUL_CACHE_UNCACHED, HAUL_MAPPING_READ_WRITE);
}

Test(mapping, uio)
{
	const size_t page = haul_page_size();

	begin();
	put_uio(0xfe000000, 2 * page, 0);
	put_bytes("dev/uio4", 6 * page);
	WORKS(map_uio_2());
	check_region(2 * page, 2 * page, 0xfe000000);
	cr_assert(mapping.region.policy == HAUL_CACHE_UNCACHED);
	close_mapping();
	/* the address of the page, the size of the pages */
	put_uio(0xfe000000, 2 * page, 0x10);
	WORKS(map_uio_2());
	check_region(2 * page + 0x10, 2 * page - 0x10, 0xfe000010);
	close_mapping();
	/* the device's own */
	put_uio(0xfe000010, page, 0x10);
	WORKS(map_uio_2());
	check_region(2 * page + 0x10, page, 0xfe000010);
	close_mapping();
	end();
}

Test(mapping, uio_that_is_not_there)
{
	begin();
	FAILS(map_uio_2(), HAUL_ENOENT);
	put_uio(0xfe000000, 0x1000, 0);
	FAILS(map_uio_2(), HAUL_ENOENT); /* no dev/uio4 */
	put_bytes("dev/uio4", 3 * haul_page_size());
	WORKS(map_uio_2());
	close_mapping();
	FAILS(haul_mapping_uio(&mapping, 4, 1, HAUL_CACHE_UNCACHED, HAUL_MAPPING_READ_ONLY),
	      HAUL_ENOENT);
	FAILS(haul_mapping_uio(&mapping, UINT_MAX, UINT_MAX, HAUL_CACHE_UNCACHED,
			       HAUL_MAPPING_READ_ONLY),
	      HAUL_ENOENT);
	cr_assert(remove(below(UIO_MAP "offset")) == 0);
	FAILS(map_uio_2(), HAUL_ENOENT);
	end();
}

Test(mapping, uio_numbers_that_make_no_sense)
{
	static const char *const lines[] = {"",
					    "\n",
					    "0x\n",
					    "0x1000",
					    "1000\n",
					    "0X10\n",
					    " 0x10\n",
					    "0x10 \n",
					    "0x10\n\n",
					    "0x10\nx",
					    "-0x1\n",
					    "0xG\n",
					    "0xF\n",
					    "0x0x10\n",
					    "0x10000000000000000\n",
					    "0\n",
					    "0x1-\n",
					    "x\n",
					    "0x10000000000000000000000000000000000\n"};
	static const char *const names[] = {UIO_MAP "addr", UIO_MAP "size", UIO_MAP "offset"};
	const size_t page = haul_page_size();

	begin();
	put_bytes("dev/uio4", 3 * page);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		for (size_t j = 0; j < sizeof names / sizeof *names; j++) {
			put_uio(0xfe000000, page, 0);
			put_text(names[j], lines[i]);
			FAILS(map_uio_2(), HAUL_EPROTO);
		}
	put_uio(0xfe000000, 0, 0);
	FAILS(map_uio_2(), HAUL_EPROTO);
	put_uio(0xfe000000, page, page);
	FAILS(map_uio_2(), HAUL_EPROTO);
	put_uio(0xfe000000, 0x10, 0x10);
	FAILS(map_uio_2(), HAUL_EPROTO);
	put_uio(0xfe000010, page, 0);
	FAILS(map_uio_2(), HAUL_EPROTO);
	put_uio(0xfe000010, page, 0x20);
	FAILS(map_uio_2(), HAUL_EPROTO);
	put_uio(UINT64_MAX - page + 1, 2 * page, 0);
	FAILS(map_uio_2(), HAUL_EOVERFLOW);
	put_uio(0xfe000010, 0, 0x10);
	FAILS(map_uio_2(), HAUL_EPROTO);
	put_uio(0xfe000000, 3 * page, page);
	FAILS(map_uio_2(), HAUL_EPROTO);
	put_uio(0, UINT64_MAX - 2 * page + 2, 0);
	FAILS(map_uio_2(), HAUL_EOVERFLOW);
	put_uio(0, UINT64_MAX, 0);
	FAILS(map_uio_2(), HAUL_EOVERFLOW);
	put_uio(UINT64_MAX, UINT64_MAX, page - 1);
	FAILS(map_uio_2(), HAUL_EOVERFLOW);
	end();
}

#define FUNCTION "0000:00:03.0"
#define PCI "sys/bus/pci/devices/" FUNCTION "/"

/* As the kernel has them: a BAR smaller than a page, one of 64 bits, ports, one
 * that has no address, and none; then the ROM and windows of a bridge. */
static const char resource[] = "0x00000000febf0040 0x00000000febf005f 0x0000000000040200\n"
			       "0x000000fe00000000 0x000000fe0000ffff 0x000000000014220c\n"
			       "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
			       "0x000000000000c000 0x000000000000c01f 0x0000000000040101\n"
			       "0x0000000000000000 0x0000000000000fff 0x0000000020040200\n"
			       "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
			       "0x00000000feb80000 0x00000000febbffff 0x0000000000046200\n";

enum { BAR_1 = 0x10000 };

static void begin_pci(void)
{
	begin();
	put_text(PCI "resource", resource);
	put_bytes(PCI "resource0", 0x60);
	put_bytes(PCI "resource1", BAR_1);
	put_bytes(PCI "resource1_wc", BAR_1);
	put_bytes(PCI "resource3", 0x20);
	put_bytes(PCI "resource4", 0x1000);
}

static int map_pci_bar(unsigned bar, enum haul_cache_policy policy)
{
	return haul_mapping_pci(&mapping, FUNCTION, bar, policy, HAUL_MAPPING_READ_WRITE);
}

Test(mapping, pci)
{
	begin_pci();
	WORKS(map_pci_bar(0, HAUL_CACHE_UNCACHED));
	check_region(0x40, 0x20, 0xfebf0040);
	cr_assert(mapping.region.policy == HAUL_CACHE_UNCACHED);
	close_mapping();
	WORKS(map_pci_bar(1, HAUL_CACHE_UNCACHED));
	check_region(0, BAR_1, 0xfe00000000);
	close_mapping();
	/* which of the two it is */
	put_bytes(PCI "resource1", 1);
	WORKS(map_pci_bar(1, HAUL_CACHE_WRITE_COMBINING));
	check_region(0, BAR_1, 0xfe00000000);
	cr_assert(mapping.region.policy == HAUL_CACHE_WRITE_COMBINING);
	close_mapping();
	end();
}

/* The file ends where the BAR does, which is not where its page does. */
Test(mapping, pci_bar_smaller_than_its_offset)
{
	begin_pci();
	put_bytes(PCI "resource0", 0x20);
	WORKS(map_pci_bar(0, HAUL_CACHE_UNCACHED));
	cr_assert(mapping.region.size == 0x20 && mapping.region.physical == 0xfebf0040);
	cr_assert(mapping.region.base == (unsigned char *)mapping.start + 0x40);
	close_mapping();
	put_bytes(PCI "resource0", 0x1f);
	FAILS(map_pci_bar(0, HAUL_CACHE_UNCACHED), HAUL_ERANGE);
	end();
}

Test(mapping, pci_bars_that_are_refused)
{
	begin_pci();
	FAILS(map_pci_bar(2, HAUL_CACHE_UNCACHED), HAUL_ENOENT);
	FAILS(map_pci_bar(3, HAUL_CACHE_UNCACHED), HAUL_ENOTSUP);
	FAILS(map_pci_bar(4, HAUL_CACHE_UNCACHED), HAUL_ENODEV);
	FAILS(map_pci_bar(5, HAUL_CACHE_UNCACHED), HAUL_ENOENT);
	FAILS(map_pci_bar(6, HAUL_CACHE_UNCACHED), HAUL_EINVAL);
	FAILS(map_pci_bar(UINT_MAX, HAUL_CACHE_UNCACHED), HAUL_EINVAL);
	FAILS(map_pci_bar(0, HAUL_CACHE_WRITE_COMBINING), HAUL_ENOTSUP);
	FAILS(map_pci_bar(1, HAUL_CACHE_WRITE_BACK), HAUL_ENOTSUP);
	cr_assert(remove(below(PCI "resource0")) == 0);
	FAILS(map_pci_bar(0, HAUL_CACHE_UNCACHED), HAUL_ENOENT);
	cr_assert(mkdir(below(PCI "resource0"), 0755) == 0);
	FAILS(map_pci_bar(0, HAUL_CACHE_UNCACHED), HAUL_ENODEV);
	cr_assert(remove(below(PCI "resource")) == 0);
	FAILS(map_pci_bar(0, HAUL_CACHE_UNCACHED), HAUL_ENOENT);
	cr_assert(mkdir(below(PCI "resource"), 0755) == 0);
	FAILS(map_pci_bar(0, HAUL_CACHE_UNCACHED), HAUL_ENODEV);
	end();
}

Test(mapping, pci_functions_by_their_names)
{
	static const char *const wrong[] = {
		"",
		"0000",
		"0000:00:03",
		"0000:00:03.",
		"00:03.0",
		"000:00:03.0",
		"000000000:00:03.0",
		"0000:00:03.00",
		"0000:00:03.0/",
		"0000:0:03.0",
		"0000:00:3.0",
		"0000.00:03.0",
		"0000:00:03:0",
		"0000:00:03.g",
		"000G:00:03.0",
		"../../0000:00:03.0",
		"0000:00:../",
		" 0000:00:03.0",
		"0000:00:03.0 ",
	};

	begin_pci();
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		FAILS(haul_mapping_pci(&mapping, wrong[i], 0, HAUL_CACHE_UNCACHED,
				       HAUL_MAPPING_READ_ONLY),
		      HAUL_EINVAL);
	FAILS(haul_mapping_pci(&mapping, NULL, 0, HAUL_CACHE_UNCACHED, HAUL_MAPPING_READ_ONLY),
	      HAUL_EINVAL);
	FAILS(haul_mapping_pci(&mapping, "0000:00:04.0", 0, HAUL_CACHE_UNCACHED,
			       HAUL_MAPPING_READ_ONLY),
	      HAUL_ENOENT);
	put_text("sys/bus/pci/devices/10000:e1:1f.7/resource", resource);
	put_bytes("sys/bus/pci/devices/10000:e1:1f.7/resource0", 0x60);
	WORKS(haul_mapping_pci(&mapping, "10000:e1:1f.7", 0, HAUL_CACHE_UNCACHED,
			       HAUL_MAPPING_READ_ONLY));
	check_region(0x40, 0x20, 0xfebf0040);
	close_mapping();
	end();
}

Test(mapping, pci_resources_that_make_no_sense)
{
	static const char *const texts[] = {
		"",
		"\n",
		"0x10",
		"0xfebf0000 0xfebf0fff",
		"0xfebf0000 0xfebf0fff\n",
		"0xfebf0000 0xfebf0fff \n",
		"0xfebf0000 0xfebf0fff 0x40200",
		"0xfebf0000 0xfebf0fff 0x40200 \n",
		"0xfebf0000\t0xfebf0fff\t0x40200\n",
		"febf0000 febf0fff 40200\n",
		"0xfebf0fff 0xfebf0000 0x40200\n",
		"0xfebf0000 0xfebf0fff 0x40000\n",
		"0x0 0xffffffffffffffff 0x40200\n",
		"0xfebf0000 0x100000000febf0fff 0x40200\n",
	};
	char *longest = malloc(5000);

	begin_pci();
	put_bytes(PCI "resource0", 0x1000);
	put_text(PCI "resource", "0xfebf0000 0xfebf0fff 0x40200\n");
	WORKS(map_pci_bar(0, HAUL_CACHE_UNCACHED));
	close_mapping();
	FAILS(map_pci_bar(1, HAUL_CACHE_UNCACHED), HAUL_EPROTO);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		put_text(PCI "resource", texts[i]);
		FAILS(map_pci_bar(0, HAUL_CACHE_UNCACHED), HAUL_EPROTO);
	}
	memset(longest, '\n', 4999);
	longest[4999] = '\0';
	memcpy(longest, resource, sizeof resource - 1);
	put_text(PCI "resource", longest);
	FAILS(map_pci_bar(0, HAUL_CACHE_UNCACHED), HAUL_EPROTO);
	put_text(PCI "resource", "0x0 0xfffffffffffffffe 0x40200\n");
	FAILS(map_pci_bar(0, HAUL_CACHE_UNCACHED), HAUL_ERANGE);
	free(longest);
	end();
}

/* The first of a folder that `use` takes. */
static bool any_entry(const char *folder, bool (*use)(const char *name))
{
	DIR *listing = opendir(folder);
	bool used = false;

	if (!listing)
		return false;
	for (struct dirent *entry; !used && (entry = readdir(listing));)
		used = entry->d_name[0] != '.' && use(entry->d_name);
	closedir(listing);
	return used;
}

static bool use_function(const char *name)
{
	bool used = false;

	for (unsigned bar = 0; bar < 6; bar++) {
		char path[PATH_SIZE];
		struct stat status;
		int err = haul_mapping_pci(&mapping, name, bar, HAUL_CACHE_UNCACHED,
					   HAUL_MAPPING_READ_ONLY);

		if (err != -HAUL_ENOENT)
			test_note("%s, BAR %u: %s", name, bar, haul_strerror(err));
		if (err)
			continue;
		snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/resource%u", name, bar);
		cr_assert(stat(path, &status) == 0);
		cr_assert(mapping.region.size == (size_t)status.st_size);
		cr_assert(haul_mapping_close(&mapping) == 0);
		used = true;
	}
	return used;
}

Test(mapping, real_pci)
{
	if (!any_entry("/sys/bus/pci/devices", use_function))
		cr_skip_test("no PCI function's BAR can be mapped here");
}

static bool use_uio(const char *name)
{
	unsigned device;
	int err;

	cr_assert(sscanf(name, "uio%u", &device) == 1);
	err = haul_mapping_uio(&mapping, device, 0, HAUL_CACHE_UNCACHED, HAUL_MAPPING_READ_ONLY);
	test_note("%s: %s", name, haul_strerror(err));
	return !err && haul_mapping_close(&mapping) == 0;
}

Test(mapping, real_uio)
{
	if (!any_entry("/sys/class/uio", use_uio))
		cr_skip_test("no UIO device's map can be mapped here");
}
