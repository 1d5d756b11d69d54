/* SPDX-License-Identifier: MIT */
/*
 * A Hal that fails: in each scenario at each of its calls in turn, alone and with all
 * that come after it.  What fails says why with the first error, leaves everything as
 * it was, and can be done again.
 */
#include "test.h"
#include "test_hal.h"
#include <haul/dma.h>
#include <string.h>

enum { PIECES = 3, STEPS = 12, STREAMS = 2 + PIECES };

static struct test_hal *hal;
static struct haul_dma_device device;
static struct haul_dma_stream streams[STREAMS]; /* two, and the list's */
static struct haul_dma_coherent ring;
static struct haul_dma_list list;
static struct haul_dma_segment segments[PIECES];
static struct haul_dma_limits limits;

/* What a step that fails leaves alone. */
enum kind {
	MAKES, /* the Hal's account and the device's */
	HANDS, /* and owners */
	ENDS   /* it can be done again: that is all */
};

struct step {
	const char *name;
	int (*run)(void);
	enum kind kind;
};

struct scenario {
	const char *name;
	bool coherent, refuses, no_cache;
	size_t align;
	const struct step *steps[STEPS];
};

static int init(void)
{
	return haul_dma_device_init(&device, &hal->hal, &limits);
}

static int map(void)
{
	return haul_dma_map(&streams[0], &device, test_hal_buffer + 64, 1024, HAUL_DMA_BOTH, 0);
}

static int alloc(void)
{
	return haul_dma_alloc(&streams[0], &device, 1024, HAUL_DMA_BOTH, 0);
}

static int for_device(void)
{
	return haul_dma_for_device(&streams[0], 0, 1024);
}

static int for_cpu(void)
{
	return haul_dma_for_cpu(&streams[0], 128, 256);
}

static int split(void)
{
	return haul_dma_split(&streams[0], 512, &streams[0], &streams[1]);
}

static int unmap(void)
{
	return haul_dma_unmap(&streams[0], streams[0].size);
}

static int unmap_second(void)
{
	return haul_dma_unmap(&streams[1], 64);
}

static int ring_alloc(void)
{
	return haul_dma_coherent_alloc(&ring, &device, 1000, 0);
}

static int ring_free(void)
{
	return haul_dma_coherent_free(&ring);
}

static int list_map(void)
{
	const struct haul_iovec pieces[PIECES] = {{test_hal_buffer, 256},
						  {test_hal_buffer + 1024, 512},
						  {test_hal_buffer + 256, 128}};

	return haul_dma_list_map(&list, &device, pieces, PIECES, HAUL_DMA_FROM_DEVICE, 0,
				 streams + 2, segments, PIECES);
}

static int list_for_device(void)
{
	return haul_dma_list_for_device(&list, 0, 896);
}

static int list_for_cpu(void)
{
	return haul_dma_list_for_cpu(&list, 64, 768);
}

static int list_unmap(void)
{
	return haul_dma_list_unmap(&list, 896);
}

static int device_end(void)
{
	return haul_dma_device_end(&device);
}

#define STEP(name, kind) static const struct step step_##name = {#name, name, kind}
STEP(init, MAKES);
STEP(map, MAKES);
STEP(alloc, MAKES);
STEP(for_device, HANDS);
STEP(for_cpu, HANDS);
STEP(split, HANDS);
STEP(unmap, ENDS);
STEP(unmap_second, ENDS);
STEP(ring_alloc, MAKES);
STEP(ring_free, ENDS);
STEP(list_map, MAKES);
STEP(list_for_device, HANDS);
STEP(list_for_cpu, HANDS);
STEP(list_unmap, ENDS);
STEP(device_end, HANDS);

#define ONE(made) \
	{ \
		&step_init, &step_##made, &step_for_device, &step_for_cpu, &step_unmap, \
			&step_device_end \
	}
#define TWO(made) \
	{ \
		&step_init, &step_##made, &step_for_device, &step_split, &step_for_cpu, \
			&step_unmap, &step_unmap_second, &step_device_end \
	}
#define RING \
	{ \
		&step_init, &step_ring_alloc, &step_ring_free, &step_device_end \
	}
#define LIST \
	{ \
		&step_init, &step_list_map, &step_list_for_device, &step_list_for_cpu, \
			&step_list_unmap, &step_device_end \
	}

static const struct scenario scenarios[] = {
	{"direct, coherent", true, false, false, 0, ONE(map)},
	{"direct, cached", false, false, false, 0, ONE(map)},
	{"direct, allocated", false, false, false, 0, ONE(alloc)},
	{"bounce, coherent", true, true, false, 0, ONE(map)},
	{"bounce, cached", false, true, false, 0, ONE(map)},
	{"bounce, uncached", false, true, true, 0, ONE(map)},
	{"bounce, misaligned", true, false, false, 128, ONE(map)},
	{"uncached", false, false, true, 0, ONE(alloc)},
	{"split, direct", true, false, false, 0, TWO(map)},
	{"split, allocated", false, false, false, 0, TWO(alloc)},
	{"split, bounce", false, true, false, 0, TWO(map)},
	{"split, uncached bounce", false, false, true, 0, TWO(map)},
	{"split, uncached", false, false, true, 0, TWO(alloc)},
	{"ring, coherent", true, false, false, 0, RING},
	{"ring, uncached", false, false, false, 0, RING},
	{"list, coherent", true, false, false, 0, LIST},
	{"list, cached", false, false, false, 0, LIST},
	{"list, bounce", false, true, false, 0, LIST},
	{"list, uncached bounce", false, false, true, 0, LIST},
};

enum { SCENARIOS = sizeof scenarios / sizeof *scenarios };

/* Everything that a step must not change if it fails. */
struct account {
	bool used[TEST_HAL_PAGES], aliased[TEST_HAL_PAGES];
	unsigned char shared[TEST_HAL_BUFFER];
	uint64_t live, bytes;
	struct owners {
		unsigned pieces;
		struct haul_dma_range device_has[HAUL_DMA_PIECES];
	} owners[STREAMS];
};

static void account(struct account *account)
{
	memset(account, 0, sizeof *account);
	memcpy(account->used, hal->used, sizeof account->used);
	memcpy(account->aliased, hal->aliased, sizeof account->aliased);
	memcpy(account->shared, hal->shared, sizeof account->shared);
	account->live = device.stats.maps_live;
	account->bytes = device.stats.bytes_live;
	for (unsigned i = 0; i < STREAMS; i++) {
		const struct haul_dma_stream *const stream = &streams[i];

		account->owners[i].pieces = stream->pieces;
		memcpy(account->owners[i].device_has, stream->device_has,
		       stream->pieces * sizeof stream->device_has[0]);
	}
}

static void begin(const struct scenario *scenario)
{
	hal = test_hal_begin();
	hal->refuses = scenario->refuses;
	test_hal_cache(hal, scenario->no_cache ? 0 : 7);
	limits = (struct haul_dma_limits){
		.reach = UINT64_MAX, .align = scenario->align, .coherent = scenario->coherent};
	memset(streams, 0, sizeof streams);
	memset(&device, 0, sizeof device);
	memset(&ring, 0, sizeof ring);
	memset(&list, 0, sizeof list);
}

/* A Hal that does not take back what a step has just got from it keeps it. */
static bool kept(const struct step *step)
{
	if (hal->failing)
		return true;
	return step->kind == MAKES && hal->failed == TEST_HAL_UNSHARE;
}

/* The step has failed. */
static void check_failure(const struct step *step, int err, const struct account *before,
			  const char *where, unsigned call)
{
	static struct account after;

	cr_assert(err == -HAUL_EIO, "%s, call %u, %s: %d", where, call, step->name, err);
	account(&after);
	if (step->kind == ENDS || kept(step))
		return;
	if (step->kind == MAKES)
		memcpy(after.owners, before->owners, sizeof after.owners);
	cr_assert(memcmp(&after, before, sizeof after) == 0, "%s, call %u, %s", where, call,
		  step->name);
}

/* Returns false once nothing fails any more. */
static bool fail_at(const struct scenario *scenario, unsigned call)
{
	static struct account before;
	bool failed = false, lost = false;

	begin(scenario);
	hal->fail = call;
	for (unsigned i = 0; scenario->steps[i]; i++) {
		const struct step *const step = scenario->steps[i];
		int err;

		account(&before);
		err = step->run();
		if (!err)
			continue;
		cr_assert(!failed, "%s, call %u, %s: %d", scenario->name, call, step->name, err);
		failed = true;
		lost = kept(step);
		check_failure(step, err, &before, scenario->name, call);
		err = step->run();
		cr_assert(!err, "%s, call %u, %s again: %d", scenario->name, call, step->name, err);
	}
	cr_assert(lost || test_hal_idle(hal), "%s, call %u", scenario->name, call);
	cr_assert(failed || call > hal->total, "%s, call %u: not told", scenario->name, call);
	return call <= hal->total;
}

Test(dma_faults, one_failure_changes_nothing)
{
	for (unsigned i = 0; i < SCENARIOS; i++) {
		unsigned call = 1;

		while (fail_at(&scenarios[i], call))
			call++;
		test_note("%s: %u calls", scenarios[i].name, call - 1);
		cr_assert(call > 2);
	}
}

/* What a list could not give back, its streams have. */
static void unmap_rest(void)
{
	for (unsigned i = 0; i < STREAMS; i++)
		haul_dma_unmap(&streams[i], 0);
}

/* All calls fail from one on: the first error is what is heard. */
static bool fail_from(const struct scenario *scenario, unsigned call)
{
	static struct account before;
	bool lost = false;

	begin(scenario);
	hal->fail = call;
	hal->failing = true;
	for (unsigned i = 0; scenario->steps[i]; i++) {
		const struct step *const step = scenario->steps[i];
		int err;

		account(&before);
		err = step->run();
		if (!err)
			continue;
		check_failure(step, err, &before, scenario->name, call);
		hal->fail = 0;
		unmap_rest();
		lost = step->kind == MAKES &&
		       (hal->failed == TEST_HAL_MAKE_ALIAS || hal->failed == TEST_HAL_UNSHARE ||
			hal->failed == TEST_HAL_CACHE);
		if (ring.size)
			cr_assert(haul_dma_coherent_free(&ring) == 0);
		cr_assert(lost || test_hal_idle(hal), "%s, call %u", scenario->name, call);
		cr_assert(haul_dma_device_end(&device) == 0);
		return true;
	}
	return false;
}

Test(dma_faults, the_first_error_is_told)
{
	for (unsigned i = 0; i < SCENARIOS; i++)
		for (unsigned call = 1; fail_from(&scenarios[i], call); call++)
			;
}

/* A stream that could not be unmapped says no when it has been. */
Test(dma_faults, an_unmap_goes_on_where_it_stopped)
{
	begin(&scenarios[7]); /* uncached: an alias to drop, memory to free */
	cr_assert(init() == 0 && alloc() == 0 && for_device() == 0);
	hal->fail = hal->total + 2;
	cr_assert(unmap() == -HAUL_EIO && hal->failed == TEST_HAL_FREE);
	cr_assert(haul_dma_is_cpus(&streams[0], 0, 1024));
	cr_assert(streams[0].virt == hal->arena.view && !streams[0].alias);
	cr_assert(device.stats.maps_live == 1 && haul_dma_device_end(&device) == -HAUL_EBUSY);
	/* no alias, no maintenance: it cannot be handed over, and says so */
	cr_assert(for_device() == -HAUL_ENOTSUP && streams[0].pieces == 0);
	cr_assert(unmap() == 0 && test_hal_idle(hal));
	cr_assert(hal->calls[TEST_HAL_DROP_ALIAS] == 1 && hal->calls[TEST_HAL_FREE] == 2);
	cr_assert(unmap() == -HAUL_EINVAL && device.stats.maps_live == 0);
}

/* A list of which one stream stays. */
Test(dma_faults, a_list_ends_all_the_streams_that_it_can)
{
	begin(&scenarios[15]);
	cr_assert(init() == 0 && list_map() == 0 && list_for_device() == 0);
	hal->fail = hal->total + 2;
	cr_assert(list_unmap() == -HAUL_EIO);
	cr_assert(device.stats.maps_live == 1 && list.nstreams == PIECES);
	cr_assert(list_for_device() == -HAUL_EINVAL);
	cr_assert(list_unmap() == 0 && test_hal_idle(hal));
	cr_assert(list_unmap() == -HAUL_EINVAL && device.stats.maps_live == 0);
}
