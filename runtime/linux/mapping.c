/* SPDX-License-Identifier: MIT */
/*
 * Files and devices as regions.  Descriptors are closed, and errno is as it was,
 * when a public function returns.
 */
#include "error.h"
#include "page.h"
#include <fcntl.h>
#include <haul/mapping.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Above /dev and /sys.  The test has others. */
#ifndef MAPPING_ROOT
#define MAPPING_ROOT ""
#endif

#define PATH_SIZE 256

/* What of a file becomes which region. */
struct part {
	uint64_t offset;
	struct haul_region region; /* but for its base */
	enum haul_mapping_access access;
};

/* What is asked for can be refused before any file is looked at. */
static int begin_part(struct part *part, enum haul_cache_policy policy,
		      enum haul_mapping_access access)
{
	if ((unsigned)policy > HAUL_CACHE_WRITE_BACK || (unsigned)access > HAUL_MAPPING_READ_WRITE)
		return -HAUL_EINVAL;
	part->region.policy = policy;
	part->access = access;
	return 0;
}

static int end_part(struct part *part, uint64_t offset, uint64_t physical, size_t size)
{
	const int err = haul_region_make(&part->region, NULL, physical, size, part->region.policy);

	if (err)
		return err;
	if (size - 1 > UINT64_MAX - offset)
		return -HAUL_EOVERFLOW;
	part->offset = offset;
	return 0;
}

/* Files of huge pages are mapped and unmapped by these only. */
static size_t page_size_of(int fd)
{
	struct statfs system;

	if (fstatfs(fd, &system) == 0 && system.f_type == HUGETLBFS_MAGIC)
		return (size_t)system.f_bsize;
	return haul_page_size();
}

/* Only of a file does the kernel map more than there is. */
static int check_last(int fd, uint64_t last)
{
	struct stat status;

	if (fstat(fd, &status))
		return haul_from_errno(errno);
	return S_ISREG(status.st_mode) && last >= (uint64_t)status.st_size ? -HAUL_ERANGE : 0;
}

static int map_part(struct haul_mapping *mapping, int fd, const struct part *part)
{
	const int prot =
		part->access == HAUL_MAPPING_READ_WRITE ? PROT_READ | PROT_WRITE : PROT_READ;
	const size_t page = page_size_of(fd);
	const size_t lead = part->offset % page;
	size_t length;
	void *start;

	if (part->region.size > SIZE_MAX - lead - (page - 1))
		return -HAUL_EOVERFLOW;
	length = (lead + part->region.size + page - 1) / page * page;
	start = mmap(NULL, length, prot, MAP_SHARED, fd, (off_t)(part->offset - lead));
	if (start == MAP_FAILED)
		return haul_from_errno(errno);
	*mapping = (struct haul_mapping){part->region, start, length};
	mapping->region.base = (unsigned char *)start + lead;
	return 0;
}

static int map_fd(struct haul_mapping *mapping, int fd, const struct part *part)
{
	const int err = check_last(fd, part->offset + part->region.size - 1);

	return err ? err : map_part(mapping, fd, part);
}

/* A pipe is not waited for, a terminal does not become the process's own. */
static int open_file(const char *path, int flags)
{
	int fd;

	do
		fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? haul_from_errno(errno) : fd;
}

static int access_flag(const struct part *part)
{
	return part->access == HAUL_MAPPING_READ_WRITE ? O_RDWR : O_RDONLY;
}

static int map_path(struct haul_mapping *mapping, const char *path, int flags,
		    const struct part *part)
{
	const int fd = open_file(path, flags | access_flag(part));
	int err;

	if (fd < 0)
		return fd;
	err = map_fd(mapping, fd, part);
	close(fd);
	return err;
}

/* A file of sysfs as a string. */
static int read_text(const char *path, char *text, size_t size)
{
	const int fd = open_file(path, O_RDONLY);
	size_t length = 0;
	ssize_t got = 0;
	int err = 0;

	if (fd < 0)
		return fd;
	do {
		got = read(fd, text + length, size - length);
		if (got > 0)
			length += (size_t)got;
	} while (length < size && (got > 0 || (got < 0 && errno == EINTR)));
	if (got < 0)
		err = haul_from_errno(errno);
	else if (length == size)
		err = -HAUL_EPROTO;
	else
		text[length] = '\0';
	close(fd);
	return err;
}

#define DIGITS "0123456789abcdef"

/* What the kernel prints as %#llx, %pa or 0x%016llx, and then that character. */
static bool take_hex(const char **text, char end, uint64_t *value)
{
	const char *at = *text;
	size_t digits;

	if (strncmp(at, "0x", 2) != 0)
		return false;
	at += 2;
	digits = strspn(at, DIGITS);
	if (!digits || digits > 16 || at[digits] != end)
		return false;
	for (*value = 0; digits; digits--, at++)
		*value = *value << 4 | (uint64_t)(strchr(DIGITS, *at) - DIGITS);
	*text = at + 1;
	return true;
}

/* A file of sysfs that has one number. */
static int read_number(const char *folder, const char *name, uint64_t *value)
{
	char path[PATH_SIZE], line[32];
	const char *at = line;
	int err;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	err = read_text(path, line, sizeof line);
	if (err)
		return err;
	return take_hex(&at, '\n', value) && !*at ? 0 : -HAUL_EPROTO;
}

/*
 * Where in its pages the device's memory is.  Drivers differ: either the address is
 * that of the page, and the size that of the pages; or both are the device's own.
 */
static int uio_part(struct part *part, unsigned map, uint64_t address, uint64_t size, uint64_t lead)
{
	const uint64_t page = haul_page_size();

	if (!size || lead >= page)
		return -HAUL_EPROTO;
	if (address % page == 0) {
		if (lead >= size)
			return -HAUL_EPROTO;
		address += lead;
		size -= lead;
	} else if (address % page != lead) {
		return -HAUL_EPROTO;
	}
	return end_part(part, map * page + lead, address, size); /* page N of the file is map N */
}

static int read_uio(struct part *part, unsigned device, unsigned map)
{
	uint64_t address, size, lead;
	char folder[PATH_SIZE];
	int err;

	snprintf(folder, sizeof folder, "%s/sys/class/uio/uio%u/maps/map%u", MAPPING_ROOT, device,
		 map);
	err = read_number(folder, "addr", &address);
	if (!err)
		err = read_number(folder, "size", &size);
	if (!err)
		err = read_number(folder, "offset", &lead);
	return err ? err : uio_part(part, map, address, size, lead);
}

static int map_uio(struct haul_mapping *mapping, unsigned device, unsigned map,
		   enum haul_cache_policy policy, enum haul_mapping_access access)
{
	char path[PATH_SIZE];
	struct part part;
	int err = begin_part(&part, policy, access);

	if (!err)
		err = read_uio(&part, device, map);
	if (err)
		return err;
	snprintf(path, sizeof path, "%s/dev/uio%u", MAPPING_ROOT, device);
	return map_path(mapping, path, 0, &part);
}

/* 0000:00:03.0, of a domain that may have more digits. */
static bool is_function(const char *name)
{
	static const char form[] = ":xx:xx.x";
	const size_t domain = name ? strspn(name, DIGITS) : 0;

	if (domain < 4 || domain > 8)
		return false;
	for (size_t i = 0; i < sizeof form; i++) {
		const char c = name[domain + i];

		if (form[i] == 'x' ? !c || !strchr(DIGITS, c) : c != form[i])
			return false;
	}
	return true;
}

/* linux/ioport.h, which is the kernel's own */
#define RESOURCE_IO 0x100
#define RESOURCE_MEM 0x200
#define RESOURCE_UNSET 0x20000000

/* A line for each BAR and more: its first byte, its last one, flags. */
static int bar_part(struct part *part, const char *text, unsigned bar)
{
	uint64_t first, last, flags;

	for (unsigned i = 0; i <= bar; i++)
		if (!take_hex(&text, ' ', &first) || !take_hex(&text, ' ', &last) ||
		    !take_hex(&text, '\n', &flags))
			return -HAUL_EPROTO;
	if (!flags)
		return -HAUL_ENOENT;
	if (flags & RESOURCE_IO)
		return -HAUL_ENOTSUP;
	if (flags & RESOURCE_UNSET)
		return -HAUL_ENODEV;
	if (!(flags & RESOURCE_MEM) || last < first || last - first == UINT64_MAX)
		return -HAUL_EPROTO;
	return end_part(part, first % haul_page_size(), first, last - first + 1);
}

static int map_bar(struct haul_mapping *mapping, const char *path, const struct part *part)
{
	const int fd = open_file(path, access_flag(part));
	int err;

	if (fd < 0)
		return fd;
	/* the file is of the BAR's size, wherever in its page the BAR begins */
	err = check_last(fd, part->region.size - 1);
	if (!err)
		err = map_part(mapping, fd, part);
	close(fd);
	return err;
}

static int map_pci(struct haul_mapping *mapping, const char *function, unsigned bar,
		   enum haul_cache_policy policy, enum haul_mapping_access access)
{
	const bool combining = policy == HAUL_CACHE_WRITE_COMBINING;
	char text[4096], path[PATH_SIZE];
	struct part part;
	int err = begin_part(&part, policy, access);

	if (err)
		return err;
	if (!is_function(function) || bar > 5)
		return -HAUL_EINVAL;
	if (policy == HAUL_CACHE_WRITE_BACK)
		return -HAUL_ENOTSUP;
	snprintf(path, sizeof path, "%s/sys/bus/pci/devices/%s/resource", MAPPING_ROOT, function);
	err = read_text(path, text, sizeof text);
	if (!err)
		err = bar_part(&part, text, bar);
	if (err)
		return err;
	snprintf(path + strlen(path), sizeof path - strlen(path), "%u%s", bar,
		 combining ? "_wc" : "");
	err = map_bar(mapping, path, &part);
	return combining && err == -HAUL_ENOENT ? -HAUL_ENOTSUP : err;
}

static int map_physical(struct haul_mapping *mapping, uint64_t physical, size_t size,
			enum haul_cache_policy policy, enum haul_mapping_access access)
{
	char path[PATH_SIZE];
	struct part part;
	int err = begin_part(&part, policy, access);

	if (!err)
		err = end_part(&part, physical, physical, size);
	if (err)
		return err;
	if (policy == HAUL_CACHE_WRITE_COMBINING)
		return -HAUL_ENOTSUP;
	snprintf(path, sizeof path, "%s/dev/mem", MAPPING_ROOT);
	return map_path(mapping, path, policy == HAUL_CACHE_UNCACHED ? O_SYNC : 0, &part);
}

int haul_mapping_fd(struct haul_mapping *mapping, int fd, uint64_t offset, size_t size,
		    enum haul_cache_policy policy, enum haul_mapping_access access)
{
	const int saved = errno;
	struct part part;
	int err = begin_part(&part, policy, access);

	if (!err)
		err = end_part(&part, offset, offset, size);
	return haul_restore_errno(saved, err ? err : map_fd(mapping, fd, &part));
}

int haul_mapping_path(struct haul_mapping *mapping, const char *path, uint64_t offset, size_t size,
		      enum haul_cache_policy policy, enum haul_mapping_access access)
{
	const int saved = errno;
	struct part part;
	int err = begin_part(&part, policy, access);

	if (!err)
		err = path ? end_part(&part, offset, offset, size) : -HAUL_EINVAL;
	return haul_restore_errno(saved, err ? err : map_path(mapping, path, 0, &part));
}

int haul_mapping_physical(struct haul_mapping *mapping, uint64_t physical, size_t size,
			  enum haul_cache_policy policy, enum haul_mapping_access access)
{
	const int saved = errno;

	return haul_restore_errno(saved, map_physical(mapping, physical, size, policy, access));
}

int haul_mapping_uio(struct haul_mapping *mapping, unsigned device, unsigned map,
		     enum haul_cache_policy policy, enum haul_mapping_access access)
{
	const int saved = errno;

	return haul_restore_errno(saved, map_uio(mapping, device, map, policy, access));
}

int haul_mapping_pci(struct haul_mapping *mapping, const char *function, unsigned bar,
		     enum haul_cache_policy policy, enum haul_mapping_access access)
{
	const int saved = errno;

	return haul_restore_errno(saved, map_pci(mapping, function, bar, policy, access));
}

int haul_mapping_close(struct haul_mapping *mapping)
{
	const int saved = errno;

	if (munmap(mapping->start, mapping->length))
		return haul_restore_errno(saved, haul_from_errno(errno));
	*mapping = (struct haul_mapping){0};
	return 0;
}

static int map_for_registry(void *context, uint64_t physical, size_t size,
			    enum haul_cache_policy policy, volatile void **base)
{
	struct haul_mapping mapping;
	const int err =
		haul_mapping_physical(&mapping, physical, size, policy, HAUL_MAPPING_READ_WRITE);

	(void)context;
	if (!err)
		*base = mapping.region.base;
	return err;
}

static void unmap_for_registry(void *context, volatile void *base, size_t size)
{
	const size_t page = haul_page_size(), lead = (uintptr_t)base % page;
	struct haul_mapping mapping = {
		.start = (unsigned char *)(uintptr_t)base - lead,
		.length = (lead + size + page - 1) / page * page,
	};

	(void)context;
	haul_mapping_close(&mapping);
}

void haul_mapping_mapper(struct haul_registry_mapper *mapper)
{
	*mapper = (struct haul_registry_mapper){map_for_registry, unmap_for_registry, NULL};
}
