/* SPDX-License-Identifier: MIT */
/* Devices behind MMIO registers that do wrong: the attacks A24 to A33 of doc/virtio.md, under each
 * policy.  What comes of it is an error, in time, and a reset mends it where the device lets it. */
#include "mmio_device.h"
#include <haul/arena.h>
#include <haul/platform.h>
#include <string.h>

static const uint32_t versions[] = {LEGACY, MODERN};

/* What the lie is about. */
static size_t where;
static uint32_t what;

static uint32_t constant(struct mmio_model *seen, size_t off, uint32_t truth)
{
	(void)seen;
	return off == where ? what : truth;
}

static void lie_about(size_t off, uint32_t value)
{
	where = off;
	what = value;
	model.lie = constant;
}

/* For each version and each policy that takes it. */
static void each(void (*attack)(uint32_t version, enum haul_virtio_policy policy))
{
	for (size_t i = 0; i < 2; i++)
		for (int policy = HAUL_VIRTIO_CHECKED; policy <= HAUL_VIRTIO_CONFIDENTIAL; policy++)
			if (versions[i] == MODERN || policy != HAUL_VIRTIO_CONFIDENTIAL)
				attack(versions[i], (enum haul_virtio_policy)policy);
}

static void negotiated(uint32_t version, enum haul_virtio_policy policy)
{
	mmio_open(version, policy);
	OK(haul_virtio_begin(&device, &driver));
}

/* After the lie: a reset mends all, and the device works. */
static void mends(void)
{
	model.lie = NULL;
	device.options.timeout = UINT64_C(30000000000);
	OK(haul_virtio_begin(&device, &driver));
	OK(mmio_queue());
	OK(haul_virtio_start(&device));
	mmio_end();
}

static void broken(enum haul_virtio_reason reason)
{
	cr_assert(device.state == HAUL_VIRTIO_BROKEN && device.reason == reason, "%s",
		  haul_virtio_reason_text(device.reason));
	FAILS(haul_virtio_check(&device), HAUL_EIO);
}

Test(virtio_mmio_hostile, a24_magic_version_and_id)
{
	static const struct {
		size_t off;
		uint32_t value;
		int err;
	} cases[] = {
		{MODEL_MAGIC_VALUE, 0, HAUL_EPROTO},
		{MODEL_MAGIC_VALUE, UINT32_MAX, HAUL_EPROTO},
		{MODEL_MAGIC_VALUE, 0x76697274, HAUL_EPROTO},
		{MODEL_VERSION, 0, HAUL_ENOTSUP},
		{MODEL_VERSION, 3, HAUL_ENOTSUP},
		{MODEL_VERSION, UINT32_MAX, HAUL_ENOTSUP},
		{MODEL_DEVICE_ID, 0, HAUL_ENOENT},
	};
	const struct haul_region region = mmio_model_region();

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		mmio_begin(MODERN);
		lie_about(cases[i].off, cases[i].value);
		FAILS(haul_virtio_mmio_open(&mmio, &region, &transport), cases[i].err);
		cr_assert(model.logged == 1 + cases[i].off / 4);
		mmio_end();
	}
	mmio_begin(MODERN);
	lie_about(MODEL_DEVICE_ID, UINT32_MAX);
	OK(haul_virtio_mmio_open(&mmio, &region, &transport));
	OK(haul_virtio_open(&device, &transport, &dma, NULL));
	FAILS(haul_virtio_begin(&device, &driver), HAUL_ENODEV);
	mmio_end();
}

static void size_that_cannot_be(uint32_t version, enum haul_virtio_policy policy)
{
	static const uint32_t sizes[] = {0x8001, 0x10000, 0x80000000, UINT32_MAX};

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		negotiated(version, policy);
		lie_about(MODEL_QUEUE_SIZE_MAX, sizes[i]);
		FAILS(mmio_queue(), HAUL_EPROTO);
		broken(HAUL_VIRTIO_QUEUE);
		cr_assert(test_hal_idle(hal));
		mends();
	}
}

static void size_that_can_be(uint32_t version, enum haul_virtio_policy policy)
{
	static const uint32_t sizes[][2] = {{1, 1}, {3, 2}, {15, 8}, {0x7fff, 16}, {0x8000, 16}};

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		negotiated(version, policy);
		lie_about(MODEL_QUEUE_SIZE_MAX, sizes[i][0]);
		OK(mmio_queue());
		cr_assert(queue.place.size == sizes[i][1]);
		mends();
	}
	negotiated(version, policy);
	lie_about(MODEL_QUEUE_SIZE_MAX, 0);
	FAILS(mmio_queue(), HAUL_ENOENT);
	mends();
}

/* Twice as large each time. */
static uint32_t grows(struct mmio_model *seen, size_t off, uint32_t truth)
{
	return off == MODEL_QUEUE_SIZE_MAX ? 4u << seen->count++ : truth;
}

static void size_that_changes(uint32_t version, enum haul_virtio_policy policy)
{
	negotiated(version, policy);
	model.lie = grows;
	OK(mmio_queue());
	cr_assert(queue.place.size == 4 && queue.ring.config.size == 4 && model.count == 1);
	mends();
}

Test(virtio_mmio_hostile, a25_sizes_of_queues)
{
	each(size_that_cannot_be);
	each(size_that_can_be);
	each(size_that_changes);
}

static void in_use_before(uint32_t version, enum haul_virtio_policy policy)
{
	negotiated(version, policy);
	lie_about(version == LEGACY ? MODEL_QUEUE_PFN : MODEL_QUEUE_READY, 1);
	FAILS(mmio_queue(), HAUL_EBUSY);
	cr_assert(test_hal_idle(hal));
	mends();
}

/* 1.5, number 9: it is not waited for ever. */
static void never_stops(uint32_t version, enum haul_virtio_policy policy)
{
	uint64_t start;

	negotiated(version, policy);
	OK(mmio_queue());
	OK(haul_virtio_start(&device));
	lie_about(version == LEGACY ? MODEL_QUEUE_PFN : MODEL_QUEUE_READY, 1);
	mmio_hurry();
	start = haul_platform_clock();
	FAILS(haul_virtio_queue_close(&queue), HAUL_ETIMEDOUT);
	cr_assert(haul_platform_clock() - start >= device.options.timeout);
	broken(HAUL_VIRTIO_TIMEOUT);
	cr_assert(!test_hal_idle(hal));
	mends();
}

Test(virtio_mmio_hostile, a26_queues_that_are_ready_before_or_for_ever)
{
	each(in_use_before);
	each(never_stops);
}

static void never_reset(uint32_t version, enum haul_virtio_policy policy)
{
	if (version == LEGACY)
		return; /* has no such register */
	negotiated(version, policy);
	OK(mmio_queue());
	OK(haul_virtio_start(&device));
	lie_about(MODEL_QUEUE_RESET, 1);
	mmio_hurry();
	FAILS(haul_virtio_queue_reset(&queue), HAUL_ETIMEDOUT);
	broken(HAUL_VIRTIO_TIMEOUT);
	cr_assert(!test_hal_idle(hal));
	mends();
}

Test(virtio_mmio_hostile, a27_queue_resets_that_never_end)
{
	each(never_reset);
}

static void status_never_0(uint32_t version, enum haul_virtio_policy policy)
{
	static const uint32_t values[] = {1, 15, 64, 128, 0xfe};

	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		mmio_open(version, policy);
		lie_about(MODEL_STATUS, values[i]);
		mmio_hurry();
		FAILS(haul_virtio_begin(&device, &driver), HAUL_ETIMEDOUT);
		cr_assert(device.state == HAUL_VIRTIO_UNKNOWN);
		mends();
	}
}

/* The count-th reading of the status after the reset has those bits more, or fewer. */
static uint32_t set_later(struct mmio_model *seen, size_t off, uint32_t truth)
{
	return off == MODEL_STATUS && truth && seen->count-- == 0 ? truth | what : truth;
}

static uint32_t dropped_later(struct mmio_model *seen, size_t off, uint32_t truth)
{
	return off == MODEL_STATUS && truth && seen->count-- == 0 ? truth & ~what : truth;
}

/* Takes a device as far as it goes. */
static int bring_up(void)
{
	int err = haul_virtio_begin(&device, &driver);

	if (!err)
		err = mmio_queue();
	return err ? err : haul_virtio_start(&device);
}

static void status_lies(uint32_t version, enum haul_virtio_policy policy)
{
	static const struct {
		uint32_t bits;
		enum haul_virtio_reason reason;
	} cases[] = {{HAUL_VIRTIO_STATUS_NEEDS_RESET, HAUL_VIRTIO_NEEDS_RESET},
		     {HAUL_VIRTIO_FAILED, HAUL_VIRTIO_STATUS},
		     {16, HAUL_VIRTIO_STATUS},
		     {32, HAUL_VIRTIO_STATUS}};
	const unsigned steps = 4; /* that are read back */

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (unsigned step = 0; step < steps; step++) {
			mmio_open(version, policy);
			model.count = step;
			what = cases[i].bits;
			model.lie = set_later;
			FAILS(bring_up(), HAUL_EPROTO);
			cr_assert(device.state == HAUL_VIRTIO_BROKEN &&
				  device.reason == cases[i].reason);
			model.wrong = NULL; /* FAILED on top of what was never set */
			mends();
		}
	for (unsigned step = 0; step < steps; step++) {
		const bool features = version == MODERN && step == 2;

		mmio_open(version, policy);
		model.count = step;
		what = features ? HAUL_VIRTIO_FEATURES_OK : HAUL_VIRTIO_ACKNOWLEDGE;
		model.lie = dropped_later;
		FAILS(bring_up(), features ? HAUL_ENOTSUP : HAUL_EPROTO);
		cr_assert(device.reason == (features ? HAUL_VIRTIO_FEATURES : HAUL_VIRTIO_STATUS));
		model.wrong = NULL;
		mends();
	}
	for (unsigned step = 0; step < steps; step++) {
		mmio_open(version, policy);
		model.count = step;
		what = UINT32_MAX;
		model.lie = set_later;
		FAILS(bring_up(), HAUL_ENODEV);
		cr_assert(device.reason == HAUL_VIRTIO_GONE);
		mends();
	}
}

Test(virtio_mmio_hostile, a28_status)
{
	each(status_never_0);
	each(status_lies);
}

static uint32_t never_stands_still(struct mmio_model *seen, size_t off, uint32_t truth)
{
	return off >= MODEL_CONFIG_GENERATION ? seen->count++ & 0xff : truth;
}

/* 1.5, number 10. */
static void generation_changes(uint32_t version, enum haul_virtio_policy policy)
{
	uint32_t value;

	negotiated(version, policy);
	model.field[0] = 4;
	model.lie = never_stands_still;
	FAILS(haul_virtio_config_read(&device, 0, 4, 1, &value), HAUL_EAGAIN);
	cr_assert(device.state == HAUL_VIRTIO_NEGOTIATED);
	model.lie = NULL;
	OK(haul_virtio_config_read(&device, 0, 4, 1, &value));
	mends();
}

Test(virtio_mmio_hostile, a29_generations_that_change_always)
{
	each(generation_changes);
}

/* No two readings are the same; VERSION_1 and ACCESS_PLATFORM are there. */
static uint32_t other_features(struct mmio_model *seen, size_t off, uint32_t truth)
{
	return off == MODEL_DEVICE_FEATURES ? (seen->count++ * 0x9e3779b9) | 3 : truth;
}

static void features_change(uint32_t version, enum haul_virtio_policy policy)
{
	mmio_open(version, policy);
	model.lie = other_features;
	OK(haul_virtio_begin(&device, &driver));
	cr_assert(model.count == (version == LEGACY ? 1 : 2));
	for (unsigned bit = 0; bit < 128; bit++)
		cr_assert(!haul_virtio_has(&device, bit) ||
			  haul_virtio_features_have(&device.offered, bit));
	mends();
}

static void no_features(uint32_t version, enum haul_virtio_policy policy)
{
	mmio_open(version, policy);
	lie_about(MODEL_DEVICE_FEATURES, 0);
	if (version == LEGACY) {
		OK(haul_virtio_begin(&device, &driver));
	} else {
		FAILS(haul_virtio_begin(&device, &driver), HAUL_ENOTSUP);
		broken(HAUL_VIRTIO_FEATURES);
	}
	mends();
}

static void all_features(uint32_t version, enum haul_virtio_policy policy)
{
	mmio_open(version, policy);
	lie_about(MODEL_DEVICE_FEATURES, UINT32_MAX);
	OK(haul_virtio_begin(&device, &driver));
	mends();
}

Test(virtio_mmio_hostile, a30_features)
{
	each(features_change);
	each(no_features);
	each(all_features);
}

static void interrupts_stuck(uint32_t version, enum haul_virtio_policy policy)
{
	negotiated(version, policy);
	OK(mmio_queue());
	OK(haul_virtio_start(&device));
	lie_about(MODEL_INTERRUPT_STATUS, UINT32_MAX);
	for (unsigned i = 0; i < 1000; i++) {
		unsigned causes;

		model.logged = 0;
		OK(haul_virtio_interrupt(&device, &causes));
		cr_assert(causes == 3 && model.logged == 3);
	}
	lie_about(MODEL_INTERRUPT_STATUS, UINT32_MAX - 3);
	for (unsigned i = 0; i < 1000; i++) {
		unsigned causes;

		model.logged = 0;
		OK(haul_virtio_interrupt(&device, &causes));
		cr_assert(!causes && model.logged == 1);
	}
	mends();
}

Test(virtio_mmio_hostile, a31_interrupts)
{
	each(interrupts_stuck);
}

/* A42, as far as the device goes. */
static void interrupts_too_early(uint32_t version, enum haul_virtio_policy policy)
{
	unsigned causes = 9;

	mmio_open(version, policy);
	OK(haul_virtio_reset(&device));
	model.interrupts = 3;
	OK(haul_virtio_interrupt(&device, &causes));
	cr_assert(!causes && !model.interrupts);
	OK(haul_virtio_begin(&device, &driver));
	model.interrupts = 3;
	OK(haul_virtio_interrupt(&device, &causes));
	cr_assert(!causes);
	OK(haul_virtio_close(&device));
	model.logged = 0;
	OK(haul_virtio_interrupt(&device, &causes));
	cr_assert(!causes && !model.logged);
	mmio_end();
}

Test(virtio_mmio_hostile, a42_interrupts_of_a_device_that_does_not_run)
{
	each(interrupts_too_early);
}

/* It uses what is in a queue that was taken from it. */
static void interrupts_too_late(uint32_t version, enum haul_virtio_policy policy)
{
	struct haul_virtqueue_used used;
	unsigned causes;

	negotiated(version, policy);
	OK(mmio_queue());
	OK(haul_virtio_start(&device));
	OK(haul_virtio_queue_close(&queue));
	model.interrupts = HAUL_VIRTIO_CAUSE_QUEUE;
	OK(haul_virtio_interrupt(&device, &causes));
	cr_assert(causes == HAUL_VIRTIO_CAUSE_QUEUE);
	FAILS(haul_virtqueue_pop(&queue.ring, &used), HAUL_EIO);
	FAILS(haul_virtio_kick(&queue), HAUL_EIO);
	mends();
}

Test(virtio_mmio_hostile, a42_interrupts_of_a_queue_that_was_taken_back)
{
	each(interrupts_too_late);
}

static void memory_that_wraps(uint32_t version, enum haul_virtio_policy policy)
{
	static const struct {
		uint64_t base, len;
		int err;
	} cases[] = {
		{UINT64_MAX - 0xfff, 0x1001, HAUL_EPROTO}, {1, UINT64_MAX, HAUL_ENOENT},
		{3, UINT64_MAX - 1, HAUL_EPROTO},          {0x1000, 0, HAUL_EPROTO},
		{UINT64_MAX - 0xfff, 0x1000, 0},           {1, UINT64_MAX - 1, 0},
	};

	if (version == LEGACY)
		return; /* has none */
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct haul_phys phys = {7};
		uint64_t size = 7;

		negotiated(version, policy);
		model.has_memory = true;
		model.memory_base = cases[i].base;
		model.memory_len = cases[i].len;
		cr_assert(haul_virtio_shared_memory(&device, 1, &phys, &size) == -cases[i].err);
		cr_assert(cases[i].err ? phys.value == 7 && size == 7
				       : phys.value == cases[i].base && size == cases[i].len);
		if (cases[i].err == HAUL_EPROTO)
			cr_assert(device.reason == HAUL_VIRTIO_CONFIG);
		mends();
	}
}

Test(virtio_mmio_hostile, a32_shared_memory)
{
	each(memory_that_wraps);
}

/* Where nothing of the device's can be, that is, outside of what the platform has declared to be
 * devices', a Hal maps nothing (haul_registry_add): memory least of all. */

enum { RAM = 0x10000000, DEVICES = 0x20000000, DEVICES_SIZE = 0x10000, PAGE = 4096 };

static _Alignas(PAGE) unsigned char memory[PAGE];

static int map_memory(void *context, uint64_t physical, size_t size, enum haul_cache_policy policy,
		      volatile void **base)
{
	(void)context, (void)physical, (void)size, (void)policy;
	*base = memory;
	return 0;
}

static void unmap_memory(void *context, volatile void *base, size_t size)
{
	(void)context, (void)base, (void)size;
}

static void begin_platform(struct haul_arena *arena)
{
	static const struct haul_registry_mapper mapper = {map_memory, unmap_memory, NULL};
	static struct haul_registry_item items[4];
	static struct haul_registry registry;
	static struct haul_arena_part part;
	static uint64_t words[HAUL_ARENA_WORDS(1)];

	part = haul_arena_identity(memory, (struct haul_phys){RAM}, PAGE, HAUL_ARENA_ALLOC);
	OK(haul_registry_init(&registry, items, 4, &mapper));
	OK(haul_registry_add(&registry, DEVICES, DEVICES_SIZE, "devices"));
	OK(haul_arena_init(arena, &(struct haul_arena_config){.parts = &part,
							      .nparts = 1,
							      .page = PAGE,
							      .words = words,
							      .nwords = HAUL_ARENA_WORDS(1),
							      .registry = &registry,
							      .owner = "driver"}));
}

Test(virtio_mmio_hostile, a32_shared_memory_is_mapped_among_devices_only)
{
	static const struct {
		uint64_t base, len;
		int err;
	} cases[] = {{DEVICES, DEVICES_SIZE, 0},
		     {DEVICES + 0x1000, 0x1000, 0},
		     {RAM, 0x100, HAUL_ENOENT},
		     {DEVICES - 0x1000, 0x2000, HAUL_ENOENT},
		     {DEVICES + 0x1000, DEVICES_SIZE, HAUL_ENOENT},
		     {0, UINT64_MAX - 1, HAUL_ENOENT}};
	struct haul_arena arena;

	begin_platform(&arena);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct haul_region region;
		struct haul_phys phys;
		uint64_t size;

		negotiated(MODERN, HAUL_VIRTIO_CHECKED);
		model.has_memory = true;
		model.memory_base = cases[i].base;
		model.memory_len = cases[i].len;
		OK(haul_virtio_shared_memory(&device, 1, &phys, &size));
		FAILS(haul_hal_map_mmio(&arena.hal, phys, (size_t)size, HAUL_CACHE_WRITE_BACK,
					&region),
		      cases[i].err);
		if (!cases[i].err)
			OK(haul_hal_unmap_mmio(&arena.hal, &region));
		mends();
	}
}

static void config_too_small(uint32_t version, enum haul_virtio_policy policy)
{
	uint64_t values[2];

	mmio_open(version, policy);
	driver.config_size = MODEL_CONFIG + 1;
	FAILS(haul_virtio_begin(&device, &driver), HAUL_EPROTO);
	broken(HAUL_VIRTIO_CONFIG);
	driver.config_size = MODEL_CONFIG;
	OK(haul_virtio_begin(&device, &driver));
	FAILS(haul_virtio_config_read(&device, MODEL_CONFIG - 8, 8, 2, values), HAUL_ERANGE);
	FAILS(haul_virtio_config_read(&device, MODEL_CONFIG, 1, 1, values), HAUL_ERANGE);
	mends();
}

Test(virtio_mmio_hostile, a33_configurations_that_are_too_small)
{
	each(config_too_small);
}

static uint64_t state;
static size_t rarity; /* one reading in so many may be a lie */

/* Mostly the truth, so that it gets far. */
static uint32_t anything(struct mmio_model *seen, size_t off, uint32_t truth)
{
	(void)seen, (void)off;
	switch (test_random_below(&state, rarity)) {
	case 0:
		return 0;
	case 1:
		return UINT32_MAX;
	case 2:
		return (uint32_t)test_random(&state);
	case 3:
		return truth ^ 1u << test_random_below(&state, 32);
	default:
		return truth;
	}
}

static int any_call(void)
{
	uint64_t values[4];
	struct haul_phys phys;
	unsigned causes;

	switch (test_random_below(&state, 14)) {
	case 0:
		return haul_virtio_begin(&device, &driver);
	case 1:
	case 2:
		return mmio_queue();
	case 3:
	case 4:
		return haul_virtio_start(&device);
	case 5:
		return haul_virtio_check(&device);
	case 6:
		return haul_virtio_interrupt(&device, &causes);
	case 7:
		return haul_virtio_config_read(&device, 8 * test_random_below(&state, 8), 8, 2,
					       values);
	case 8:
		return haul_virtio_config_write(&device, test_random_below(&state, 70), 1, 1);
	case 9:
		return haul_virtio_shared_memory(&device, 1, &phys, values);
	case 10:
		return queue.device ? haul_virtio_queue_reset(&queue) : 0;
	case 11:
		return queue.device ? haul_virtio_queue_restart(&queue) : 0;
	case 12:
		return queue.device ? haul_virtio_kick(&queue) : 0;
	default:
		return queue.device ? haul_virtio_queue_close(&queue) : 0;
	}
}

/* Every call ends, after so many accesses, with one of the errors that are documented; and once
 * the device is honest again all can be closed. */
static void any_program(void)
{
	static const int errors[] = {0,           HAUL_ENOENT,  HAUL_EIO,      HAUL_EAGAIN,
				     HAUL_EBUSY,  HAUL_ENODEV,  HAUL_EINVAL,   HAUL_ERANGE,
				     HAUL_EPROTO, HAUL_ENOTSUP, HAUL_ETIMEDOUT};

	for (unsigned i = 0; i < 30; i++) {
		size_t known = 0;

		int err;

		model.logged = 0;
		err = i ? any_call() : haul_virtio_begin(&device, &driver);
		while (known < sizeof errors / sizeof *errors && err != -errors[known])
			known++;
		cr_assert(known < sizeof errors / sizeof *errors, "%d", err);
		cr_assert(model.logged < MODEL_LOG);
	}
}

static void any_device(uint32_t version, enum haul_virtio_policy policy)
{
	mmio_open(version, policy);
	queue = (struct haul_virtio_queue){0};
	memset(model.field, 8, sizeof model.field);
	model.has_memory = true;
	device.options.timeout = 1;
	rarity = (size_t)10 << test_random_below(&state, 8);
	model.lie = anything;
	any_program();
	model.wrong = NULL; /* of its lies */
	mends();
}

Test(virtio_mmio_hostile, anything_at_any_time)
{
	state = test_seed();
	for (unsigned i = 0; i < 300; i++)
		if (i == 0 || test_takes_case(&state))
			each(any_device);
}
