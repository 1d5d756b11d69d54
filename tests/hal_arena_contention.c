/* SPDX-License-Identifier: MIT */
/* Four threads that want the same few pages. */
#include "test.h"
#include <haul/arena.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { THREADS = 4, PAGE = 64, PAGES = 70, WORDS = HAUL_ARENA_WORDS(PAGES) };

static _Alignas(PAGE) unsigned char memory[PAGES * PAGE];
static uint64_t words[WORDS];
static struct haul_arena arena;
static pthread_barrier_t start;
static atomic_int owners[PAGES];
static atomic_uint allocated, wrong;

static unsigned turns(void)
{
	return test_under_qemu() ? 5000 : 50000;
}

/* Nobody else has it, and nobody writes it meanwhile. */
static void own(const struct haul_hal_memory *mine, unsigned char mark)
{
	unsigned char *const bytes = mine->virt;
	const size_t first = (size_t)(bytes - memory) / PAGE, count = mine->size / PAGE;

	for (size_t p = first; p < first + count; p++)
		wrong += owners[p]++ != 0;
	for (size_t i = 0; i < mine->size; i++)
		wrong += bytes[i] != 0;
	memset(bytes, mark, mine->size);
	for (size_t i = 0; i < mine->size; i++)
		wrong += bytes[i] != mark;
	for (size_t p = first; p < first + count; p++)
		owners[p]--;
}

static void *compete(void *seed)
{
	uint64_t random = *(const uint64_t *)seed;
	const unsigned char mark = (unsigned char)random;

	pthread_barrier_wait(&start);
	for (unsigned i = turns(); i > 0; i--) {
		const struct haul_hal_request request = {
			.size = 1 + test_random_below(&random, PAGES / 2 * PAGE),
			.reach = UINT64_MAX,
			.direction = HAUL_DMA_BOTH,
		};
		struct haul_hal_memory mine;
		const int err = haul_hal_alloc(&arena.hal, &request, &mine);

		if (!err) {
			allocated++;
			own(&mine, mark);
			wrong += haul_hal_free(&arena.hal, &mine) != 0;
		} else {
			wrong += err != -HAUL_ENOMEM;
		}
	}
	return NULL;
}

Test(hal_arena, pages_have_one_owner_at_a_time)
{
	const struct haul_arena_part part = {{memory, {0}, {0}, sizeof memory}, HAUL_ARENA_ALLOC};
	const struct haul_arena_config config = {
		.parts = &part, .nparts = 1, .page = PAGE, .words = words, .nwords = WORDS};
	pthread_t threads[THREADS];
	uint64_t seeds[THREADS];

	cr_assert(haul_arena_init(&arena, &config) == 0);
	cr_assert(pthread_barrier_init(&start, NULL, THREADS) == 0);
	for (size_t i = 0; i < THREADS; i++) {
		seeds[i] = test_seed() + i;
		cr_assert(pthread_create(&threads[i], NULL, compete, &seeds[i]) == 0);
	}
	for (size_t i = 0; i < THREADS; i++)
		cr_assert(pthread_join(threads[i], NULL) == 0);
	pthread_barrier_destroy(&start);
	cr_assert(wrong == 0, "%u times", wrong);
	cr_assert(allocated > 0 && haul_arena_used(&arena) == 0);
}
