/* SPDX-License-Identifier: MIT */
#include "bare/identity.h"
#include "board.h"
#include "device.h"
#include "test.h"

uint64_t identity_address(const void *p)
{
	return (uintptr_t)p - RAM_WINDOW;
}

/* Boards' RAM is handed out once. */
static unsigned char *find_pages(void)
{
	static unsigned char *pages;

	if (!pages)
		pages = board_alloc((size_t)3 * IDENTITY_PAGES * BOARD_PAGE);
	cr_assert(pages);
	return pages;
}

static struct haul_arena_part part(void *start, size_t size, unsigned flags)
{
	const struct haul_phys phys = {identity_address(start)};

	return haul_arena_identity(start, phys, size, flags);
}

void identity_begin(struct identity *identity, const struct haul_arena_cache *cache,
		    const struct haul_arena_alias *alias)
{
	const size_t size = (size_t)IDENTITY_PAGES * BOARD_PAGE;
	const struct board_ram ram = board_ram();
	unsigned char *pages = find_pages();
	struct haul_arena_config config = {
		.parts = identity->parts,
		.nparts = 3,
		.page = BOARD_PAGE,
		.words = identity->words,
		.nwords = sizeof identity->words / sizeof *identity->words,
	};

	if (cache)
		config.cache = *cache;
	if (alias)
		config.alias = *alias;
	/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
	identity->parts[0] = part((void *)ram.start, ram.end - ram.start, HAUL_ARENA_SHARE);
	identity->parts[1] = part(pages + 2 * size, size, HAUL_ARENA_ALLOC);
	identity->parts[2] = part(pages, size, HAUL_ARENA_ALLOC);
	identity->pool = identity_address(pages);
	identity->pool_last = identity->pool + size - 1;
	identity->memory = pages + size;
	cr_assert(haul_arena_init(&identity->arena, &config) == 0);
}
