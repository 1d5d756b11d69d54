/* SPDX-License-Identifier: MIT */
/*
 * What the Rust crate virtio-drivers (0.13.0), which haul's virtio began from, does otherwise than
 * the specification, by the numbers of doc/virtio.md: deviation_N fails of a library that does the
 * same.  3 is in virtqueue_litmus, 8 in virtio_pci_hostile, 6 and 7, and what else is drivers', in
 * the drivers' tests.
 */
#include "mmio_device.h"
#include "mmio_ordered.h"
#include "ring.h"
#include <haul/arena.h>
#include <haul/platform.h>
#include <string.h>

static const uint32_t versions[] = {LEGACY, MODERN};

static struct ring ring;

static size_t count_accesses(size_t since, size_t off, bool writes)
{
	size_t n = 0;

	for (size_t i = since; i < model.logged; i++)
		n += model.log[i].off == off && model.log[i].writes == writes;
	return n;
}

static uint32_t resets_slowly(struct mmio_model *seen, size_t off, uint32_t truth)
{
	return off == MODEL_STATUS && !truth && seen->count++ < 5 ? 15 : truth;
}

/* FEATURES_OK is never read back, and set on legacy devices too; resets are not awaited. */
Test(virtio_deviations, deviation_1_features_ok_is_read_back_and_resets_awaited)
{
	mmio_open(MODERN, HAUL_VIRTIO_CHECKED);
	model.refuses = true;
	FAILS(haul_virtio_begin(&device, &driver), HAUL_ENOTSUP);
	cr_assert(model.status & HAUL_VIRTIO_FAILED);
	mmio_end();
	for (size_t v = 0; v < 2; v++) {
		mmio_negotiated(versions[v]);
		cr_assert(!(model.status & HAUL_VIRTIO_FEATURES_OK) == (versions[v] == LEGACY));
		model.lie = resets_slowly;
		OK(haul_virtio_close(&device));
		cr_assert(model.count == 6, "it was read %u times", model.count);
		mmio_end();
	}
}

/* Event indices are compared as if they did not wrap: the kick of a batch that does is lost. */
Test(virtio_deviations, deviation_2_a_batch_across_the_wrap_is_kicked)
{
	static const unsigned cases[][2] = {{2, 1}, {16, 1}, {16, 15}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const unsigned batch = cases[i][0], before = cases[i][1];

		ring_begin(&ring, 16, HAUL_VIRTQUEUE_EVENT_IDX, HAUL_VIRTIO_CHECKED);
		ring_turn(&ring, 65536 - before);
		*ring_avail_event(&ring) = ring.taken;
		for (unsigned k = 0; k < batch; k++)
			OK(ring_add(&ring, NULL));
		cr_assert(haul_virtqueue_publish(&ring.queue), "%u of %u before the wrap", before,
			  batch);
	}
}

/* With EVENT_IDX interrupts cannot be disabled, nor asked for without one being missed. */
Test(virtio_deviations, deviation_4_interrupts_are_disabled_with_event_idx)
{
	uint16_t head;

	ring_begin(&ring, 8, HAUL_VIRTQUEUE_EVENT_IDX, HAUL_VIRTIO_CHECKED);
	haul_virtqueue_disable(&ring.queue);
	head = ring_request(&ring, NULL);
	ring_use(&ring, head, 0);
	cr_assert(!ring_interrupts(&ring, 0));
	cr_assert(haul_virtqueue_enable(&ring.queue), "what has come is not said");
	cr_assert(ring_pop(&ring) == 1);
	head = ring_request(&ring, NULL);
	cr_assert(!haul_virtqueue_enable(&ring.queue));
	ring_use(&ring, head, 0);
	cr_assert(ring_interrupts(&ring, 1));
}

/* Two requests of 100 bytes each; the device is done with the second. */
static void begin_two(uint16_t heads[2])
{
	static int cookies[2];

	ring_begin(&ring, 8, 0, HAUL_VIRTIO_CHECKED);
	for (unsigned i = 0; i < 2; i++)
		heads[i] = ring_request(&ring, &cookies[i]);
}

/* What a device has used is believed: any id, twice, any length, any index; and in order only. */
Test(virtio_deviations, deviation_5_what_was_used_is_checked)
{
	struct haul_virtqueue_used used;
	uint16_t heads[2];
	void *second;

	begin_two(heads);
	second = ring.config.slots[heads[1]].cookie;
	ring_use(&ring, heads[1], UINT32_MAX);
	cr_assert(haul_virtqueue_pop(&ring.queue, &used) == 1);
	cr_assert(used.cookie == second && used.len == 100 && used.overstated);
	ring_use(&ring, heads[1], 0);
	FAILS(ring_pop(&ring), HAUL_EPROTO);
	cr_assert(ring.queue.broken == HAUL_VIRTIO_USED_TWICE);
	begin_two(heads);
	ring_use(&ring, 0x10000u + heads[0], 0);
	FAILS(ring_pop(&ring), HAUL_EPROTO);
	cr_assert(ring.queue.broken == HAUL_VIRTIO_USED_RANGE);
	begin_two(heads);
	ring.device->idx = 60000;
	FAILS(ring_pop(&ring), HAUL_EPROTO);
	cr_assert(ring.queue.broken == HAUL_VIRTIO_USED_INDEX);
}

static uint32_t stays_ready(struct mmio_model *seen, size_t off, uint32_t truth)
{
	(void)seen;
	return off == MODEL_QUEUE_READY ? 1 : truth;
}

/* DeviceID is read before Version; where it is 0 that is an error; QueueReady is polled for ever.
 */
Test(virtio_deviations, deviation_9_who_is_there_and_queues_that_stay)
{
	const struct haul_region region = mmio_model_region();

	mmio_begin(9);
	FAILS(haul_virtio_mmio_open(&mmio, &region, &transport), HAUL_ENOTSUP);
	cr_assert(!count_accesses(0, MODEL_DEVICE_ID, false));
	mmio_begin(MODERN);
	model.type = 0;
	FAILS(haul_virtio_mmio_open(&mmio, &region, &transport), HAUL_ENOENT);
	mmio_end();
	mmio_running(MODERN);
	mmio_hurry();
	model.lie = stays_ready;
	FAILS(haul_virtio_queue_close(&queue), HAUL_ETIMEDOUT);
	mmio_end();
}

static uint32_t never_stands_still(struct mmio_model *seen, size_t off, uint32_t truth)
{
	return off >= MODEL_CONFIG_GENERATION ? seen->count++ & 0xff : truth;
}

/* A configuration that changes for ever is read for ever, by its generation, which a legacy device
 * does not have (the model fails then); it is read without its features. */
Test(virtio_deviations, deviation_10_configurations_are_read_with_a_bound)
{
	for (size_t v = 0; v < 2; v++) {
		uint32_t value;
		size_t since;

		mmio_running(versions[v]);
		for (size_t i = 0; i < model.logged; i++)
			cr_assert(model.log[i].off < MODEL_CONFIG_GENERATION);
		since = model.logged;
		model.field[0] = 4;
		model.lie = never_stands_still;
		FAILS(haul_virtio_config_read(&device, 0, 4, 1, &value), HAUL_EAGAIN);
		cr_assert(!count_accesses(since, MODEL_CONFIG_GENERATION, false) ==
			  (versions[v] == LEGACY));
		mmio_end();
	}
}

static const struct haul_virtio_ops *under;
static uint16_t ordered; /* the driver's index, when the barrier was last passed */
static unsigned barriers;

static uint16_t shown(void)
{
	const uint16_t *const area = queue.ring.config.driver;

	return area ? __atomic_load_n(&area[1], __ATOMIC_RELAXED) : 0;
}

void mmio_barrier_doorbell(void)
{
	ordered = shown();
	barriers++;
}

static int ordered_kick(void *ctx, uint64_t doorbell, uint32_t data, bool wide)
{
	cr_assert(barriers == 1 && ordered == shown() && ordered, "not behind the index");
	return under->kick(ctx, doorbell, data, wide);
}

static int ordered_set(void *ctx, const struct haul_virtio_place *place, uint64_t *doorbell)
{
	cr_assert(barriers == 1, "not behind the areas");
	return under->queue_set(ctx, place, doorbell);
}

/* Doorbells are not ordered behind rings, nor the place of a queue behind what stands there;
 * ORDER_PLATFORM is not known.  (Which instruction the barrier is lint_barriers.sh sees.) */
Test(virtio_deviations, deviation_11_doorbells_come_after_rings)
{
	struct haul_virtio_ops ops;

	mmio_negotiated(MODERN);
	cr_assert(haul_virtio_has(&device, HAUL_VIRTIO_F_ORDER_PLATFORM));
	under = transport.ops;
	ops = *under;
	ops.kick = ordered_kick;
	ops.queue_set = ordered_set;
	device.transport.ops = &ops;
	barriers = 0;
	OK(mmio_queue());
	cr_assert(queue.ring.config.flags & HAUL_VIRTQUEUE_ORDER_PLATFORM);
	barriers = 0;
	mmio_request();
	OK(haul_virtio_start(&device));
	barriers = 0;
	((uint16_t *)queue.ring.config.device)[2 + 4 * 16] = 1; /* it wants the next kick */
	mmio_request();
	cr_assert(queue.kicks == 2 && model.queues[0].kicks == 2);
	mmio_end();
}

enum { PAGE = 4096, PAGES = 8 };

/* A machine's memory, and a device that gets its own from there. */
static _Alignas(PAGE) unsigned char memory[PAGES * PAGE];
static const struct haul_phys phys = {UINT64_C(0x700000000)};
static struct haul_arena arena;
static struct haul_dma_device other;

static void begin_other(void)
{
	static uint64_t words[HAUL_ARENA_WORDS(PAGES)];
	static struct haul_arena_part part;

	part = haul_arena_identity(memory, phys, sizeof memory, HAUL_ARENA_ALLOC);
	OK(haul_arena_init(&arena, &(struct haul_arena_config){.parts = &part,
							       .nparts = 1,
							       .page = PAGE,
							       .words = words,
							       .nwords = HAUL_ARENA_WORDS(PAGES)}));
	OK(haul_dma_device_init(&other, &arena.hal,
				&(struct haul_dma_limits){.reach = UINT64_MAX, .coherent = true}));
}

/* There is one Hal for a program, and it cannot say no. */
Test(virtio_deviations, deviation_12_each_device_has_a_hal_that_may_fail)
{
	begin_other();
	mmio_negotiated(MODERN);
	hal->fail = hal->total + 1;
	FAILS(mmio_queue(), HAUL_EIO);
	hal->fail = 0;
	OK(mmio_queue());
	cr_assert(queue.place.descriptors.value < phys.value);
	OK(haul_virtio_reset(&device));
	OK(haul_virtio_open(&device, &transport, &other, NULL));
	OK(haul_virtio_begin(&device, &driver));
	OK(mmio_queue());
	cr_assert(queue.place.descriptors.value - phys.value < sizeof memory);
	mmio_end();
	OK(haul_dma_device_end(&other));
}

static uint32_t never_resets(struct mmio_model *seen, size_t off, uint32_t truth)
{
	(void)seen;
	return off == MODEL_STATUS && !truth ? 15 : truth;
}

/* NEEDS_RESET is not noticed; FAILED never set; no queue can be reset; no wait has an end. */
Test(virtio_deviations, deviation_13_failures_are_noticed_told_and_mended)
{
	struct haul_virtqueue_used used;
	unsigned causes;

	mmio_running(MODERN);
	mmio_request();
	FAILS(haul_virtio_wait(&queue, haul_platform_clock() + 1000), HAUL_ETIMEDOUT);
	OK(haul_virtio_queue_reset(&queue));
	OK(haul_virtqueue_detach(&queue.ring, &used));
	OK(haul_virtio_queue_restart(&queue));
	model.status |= HAUL_VIRTIO_STATUS_NEEDS_RESET;
	model.interrupts = HAUL_VIRTIO_CAUSE_CONFIG;
	FAILS(haul_virtio_interrupt(&device, &causes), HAUL_EPROTO);
	cr_assert(device.reason == HAUL_VIRTIO_NEEDS_RESET && model.status & HAUL_VIRTIO_FAILED);
	mmio_hurry();
	model.lie = never_resets;
	FAILS(haul_virtio_reset(&device), HAUL_ETIMEDOUT);
	mmio_end();
}

static size_t pages_of(size_t bytes)
{
	return bytes / PAGE + (bytes % PAGE != 0);
}

/* What is aligned is rounded up to one page more. */
Test(virtio_deviations, deviation_14_no_page_too_many)
{
	for (unsigned size = 1; size <= HAUL_VIRTQUEUE_SIZE_MAX; size *= 2) {
		const size_t first = pages_of(18 * (size_t)size + 6);
		const size_t second = pages_of(8 * (size_t)size + 6);
		struct haul_virtqueue_layout layout;

		haul_virtqueue_layout(size, true, &layout);
		cr_assert(layout.device == PAGE * first);
		cr_assert(layout.size == PAGE * (first + second));
	}
	begin_other();
	for (size_t n = 1; n <= PAGES; n++) {
		struct haul_dma_coherent block;

		OK(haul_dma_coherent_alloc(&block, &other, n * PAGE, PAGE));
		cr_assert(haul_arena_used(&arena) == n * PAGE);
		OK(haul_dma_coherent_free(&block));
	}
	OK(haul_dma_device_end(&other));
}
