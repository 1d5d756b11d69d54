/* SPDX-License-Identifier: MIT */
/* Memfds as arenas.  errno is as it was when a public function returns. */
#include "error.h"
#include "page.h"
#include <fcntl.h>
#include <haul/memfd.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

_Static_assert(HAUL_MEMFD_SEAL == F_SEAL_SEAL && HAUL_MEMFD_SHRINK == F_SEAL_SHRINK &&
		       HAUL_MEMFD_GROW == F_SEAL_GROW && HAUL_MEMFD_WRITE == F_SEAL_WRITE,
	       "seals are Linux's");

/* docs/interop/vhost-user.rst, "Single memory region description" */
_Static_assert(offsetof(struct haul_memfd_region, guest) == 0 &&
		       offsetof(struct haul_memfd_region, size) == 8 &&
		       offsetof(struct haul_memfd_region, user) == 16 &&
		       offsetof(struct haul_memfd_region, offset) == 24 &&
		       sizeof(struct haul_memfd_region) == 32,
	       "regions are vhost-user's");

enum { SEALS = HAUL_MEMFD_SEAL | HAUL_MEMFD_SHRINK | HAUL_MEMFD_GROW };

/* A memfd of that size, sealed, or -HAUL_E*. */
static int create(const char *name, size_t size, size_t huge)
{
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd, err;

	if (huge)
		flags |= MFD_HUGETLB | haul_memfd_huge(huge);
	fd = memfd_create(name, flags);
	if (fd < 0)
		return haul_from_errno(errno);
	if (ftruncate(fd, (off_t)size) == 0 && fcntl(fd, F_ADD_SEALS, SEALS) == 0)
		return fd;
	err = haul_from_errno(errno);
	close(fd);
	return err;
}

/* The bits of an arena: bytes that they take, and pages for them. */
static size_t words_size(size_t size)
{
	return HAUL_ARENA_WORDS(size / haul_page_size()) * sizeof(uint64_t);
}

static int map_words(uint64_t **words, size_t size)
{
	void *p = mmap(NULL, words_size(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	if (p == MAP_FAILED)
		return haul_from_errno(errno);
	*words = p;
	return 0;
}

/* The arena of what is mapped, with words if it is to allocate from. */
static int make_arena(struct haul_memfd *memfd, const struct haul_mapping *mapping, uint64_t guest,
		      uint64_t *words)
{
	const struct haul_arena_part part = {
		{(void *)(uintptr_t)mapping->region.base,
		 {HAUL_PHYS_UNKNOWN},
		 {guest},
		 mapping->region.size},
		words ? HAUL_ARENA_ALLOC | HAUL_ARENA_SHARE : HAUL_ARENA_SHARE,
	};
	const struct haul_arena_config config = {
		.parts = &part,
		.nparts = 1,
		.page = haul_page_size(),
		.words = words,
		.nwords = words ? words_size(mapping->region.size) / sizeof *words : 0,
	};
	const int err = haul_arena_init(&memfd->arena, &config);

	if (err)
		return err;
	memfd->part = part;
	memfd->arena.config.parts = &memfd->part;
	memfd->mapping = *mapping;
	return 0;
}

static int map(struct haul_mapping *mapping, int fd, uint64_t offset, uint64_t size)
{
	return haul_mapping_fd(mapping, fd, offset, (size_t)size, HAUL_CACHE_WRITE_BACK,
			       HAUL_MAPPING_READ_WRITE);
}

/* With fd, which becomes memfd's. */
static int open_fd(struct haul_memfd *memfd, int fd, size_t size, uint64_t guest)
{
	struct haul_mapping mapping;
	uint64_t *words;
	int err = map(&mapping, fd, 0, size);

	if (err)
		return err;
	err = map_words(&words, size);
	if (!err) {
		err = make_arena(memfd, &mapping, guest, words);
		if (err)
			munmap(words, words_size(size));
	}
	if (err) {
		haul_mapping_close(&mapping);
		return err;
	}
	memfd->region = (struct haul_memfd_region){
		.guest = guest,
		.size = size,
		.user = (uintptr_t)memfd->part.memory.virt,
	};
	memfd->fd = fd;
	memfd->seals = SEALS;
	return 0;
}

static int open_memfd(struct haul_memfd *memfd, const char *name, size_t size, size_t huge,
		      struct haul_iova iova)
{
	const size_t page = huge ? huge : haul_page_size();
	int fd, err;

	if (!name || page & (page - 1) || page < haul_page_size() || !size || size % page ||
	    iova.value % haul_page_size())
		return -HAUL_EINVAL;
	if (size > INT64_MAX || size - 1 > UINT64_MAX - iova.value)
		return -HAUL_EOVERFLOW;
	fd = create(name, size, huge);
	if (fd < 0)
		return fd;
	err = open_fd(memfd, fd, size, iova.value);
	if (err)
		close(fd);
	return err;
}

static int get_seals(int fd, unsigned *seals)
{
	const int got = fcntl(fd, F_GET_SEALS);

	if (got < 0 && errno != EINVAL)
		return haul_from_errno(errno);
	*seals = got < 0 ? 0 : (unsigned)got;
	return 0;
}

static int attach(struct haul_memfd *memfd, int fd, const struct haul_memfd_region *region,
		  unsigned required)
{
	struct haul_mapping mapping;
	unsigned seals;
	int err = get_seals(fd, &seals);

	if (err)
		return err;
	if (required & ~seals)
		return -HAUL_EACCES;
	err = map(&mapping, fd, region->offset, region->size);
	if (err)
		return err;
	err = make_arena(memfd, &mapping, region->guest, NULL);
	if (err) {
		haul_mapping_close(&mapping);
		return err;
	}
	memfd->region = *region;
	memfd->fd = -1;
	memfd->seals = seals;
	return 0;
}

static int close_memfd(struct haul_memfd *memfd)
{
	uint64_t *const words = memfd->arena.config.words;
	int err;

	if (!memfd->mapping.length)
		return -HAUL_EINVAL;
	if (haul_arena_used(&memfd->arena))
		return -HAUL_EBUSY;
	err = haul_mapping_close(&memfd->mapping);
	if (err)
		return err;
	if (words) {
		munmap(words, words_size((size_t)memfd->region.size));
		close(memfd->fd);
	}
	return 0;
}

int haul_memfd_open(struct haul_memfd *memfd, const char *name, size_t size, size_t huge,
		    struct haul_iova iova)
{
	const int saved = errno;

	return haul_restore_errno(saved, open_memfd(memfd, name, size, huge, iova));
}

int haul_memfd_attach(struct haul_memfd *memfd, int fd, const struct haul_memfd_region *region,
		      unsigned seals)
{
	const int saved = errno;

	return haul_restore_errno(saved, attach(memfd, fd, region, seals));
}

int haul_memfd_seals(int fd, unsigned *seals)
{
	const int saved = errno;

	return haul_restore_errno(saved, get_seals(fd, seals));
}

int haul_memfd_at(const struct haul_memfd *memfd, struct haul_iova iova, size_t size, void **p)
{
	const struct haul_hal_memory *const memory = &memfd->part.memory;
	const uint64_t off = iova.value - memory->iova.value;

	if (off > memory->size || size > memory->size - off)
		return -HAUL_ERANGE;
	*p = (unsigned char *)memory->virt + off;
	return 0;
}

int haul_memfd_close(struct haul_memfd *memfd)
{
	const int saved = errno;

	return haul_restore_errno(saved, close_memfd(memfd));
}
