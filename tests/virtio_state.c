/* SPDX-License-Identifier: MIT */
/*
 * What a driver does with a device: the statements INIT-*, FEAT-*, CFG-* and RST-* of
 * doc/virtio.md, on a device behind MMIO registers.
 */
#include "mmio_device.h"
#include <haul/platform.h>
#include <string.h>

static const uint32_t versions[] = {LEGACY, MODERN};

/* Opens, and says where the log stands. */
static size_t opened(uint32_t version)
{
	mmio_open(version, HAUL_VIRTIO_CHECKED);
	return model.logged;
}

/* The values that were written to the status since, one after the other, as hexadecimal digits. */
static const char *statuses(size_t since)
{
	static char text[64];
	size_t n = 0;

	for (size_t i = since; i < model.logged; i++)
		if (model.log[i].writes && model.log[i].off == MODEL_STATUS) {
			const unsigned value = (unsigned)model.log[i].value;

			cr_assert(n + 4 < sizeof text);
			if (value > 15)
				text[n++] = "0123456789abcdef"[value >> 4 & 15];
			text[n++] = "0123456789abcdef"[value & 15];
			text[n++] = ' ';
		}
	text[n] = 0;
	return text;
}

static void wrote(size_t since, const char *expected)
{
	cr_assert(!strcmp(statuses(since), expected), "%s", statuses(since));
}

static uint32_t resets_slowly(struct mmio_model *seen, size_t off, uint32_t truth)
{
	return off == MODEL_STATUS && seen->count++ < 5 ? 15 : truth;
}

Test(virtio_state, init_1_reset_comes_first_and_is_awaited)
{
	static const struct mmio_step steps[] = {
		{true, MODEL_STATUS, 0},   {false, MODEL_STATUS, 15}, {false, MODEL_STATUS, 15},
		{false, MODEL_STATUS, 15}, {false, MODEL_STATUS, 15}, {false, MODEL_STATUS, 15},
		{false, MODEL_STATUS, 0},  {true, MODEL_STATUS, 1}};
	size_t since;

	for (size_t i = 0; i < 2; i++) {
		since = opened(versions[i]);
		model.lie = resets_slowly;
		OK(haul_virtio_begin(&device, &driver));
		model.logged = since + 8;
		mmio_expect(since, steps, 8);
		mmio_end();
	}
}

static uint32_t never_resets(struct mmio_model *seen, size_t off, uint32_t truth)
{
	(void)seen;
	return off == MODEL_STATUS && !truth ? 15 : truth;
}

/* So does 1.5, number 1: it is awaited, and not for ever. */
Test(virtio_state, init_1_a_reset_that_does_not_come_ends_in_time)
{
	for (size_t i = 0; i < 2; i++) {
		uint64_t start;

		opened(versions[i]);
		model.lie = never_resets;
		mmio_hurry();
		start = haul_platform_clock();
		for (size_t turn = 0; turn < 3; turn++)
			FAILS(haul_virtio_begin(&device, &driver), HAUL_ETIMEDOUT);
		cr_assert(haul_platform_clock() - start >= 3 * device.options.timeout);
		cr_assert(device.state == HAUL_VIRTIO_UNKNOWN &&
			  device.reason == HAUL_VIRTIO_TIMEOUT);
		mmio_end();
	}
}

Test(virtio_state, init_2_bits_are_added_one_after_another)
{
	size_t since = opened(MODERN);

	OK(haul_virtio_begin(&device, &driver));
	OK(haul_virtio_start(&device));
	wrote(since, "0 1 3 b f ");
	since = model.logged;
	OK(haul_virtio_begin(&device, &driver));
	wrote(since, "0 1 3 b ");
	since = model.logged;
	OK(haul_virtio_close(&device));
	wrote(since, "0 ");
	mmio_end();
}

Test(virtio_state, init_3_nothing_of_the_configuration_before_features)
{
	uint32_t value;

	opened(MODERN);
	FAILS(haul_virtio_config_read(&device, 0, 4, 1, &value), HAUL_EIO);
	FAILS(haul_virtio_config_write(&device, 0, 4, 1), HAUL_EIO);
	OK(haul_virtio_reset(&device));
	FAILS(haul_virtio_config_read(&device, 0, 4, 1, &value), HAUL_EINVAL);
	FAILS(haul_virtio_config_write(&device, 0, 4, 1), HAUL_EINVAL);
	OK(haul_virtio_begin(&device, &driver));
	model.field[0] = 4;
	OK(haul_virtio_config_write(&device, 0, 4, 1));
	mmio_end();
}

/* 1.5, number 1 */
Test(virtio_state, init_4_features_that_are_refused_are_noticed)
{
	const size_t since = opened(MODERN);
	size_t logged;

	model.refuses = true;
	FAILS(haul_virtio_begin(&device, &driver), HAUL_ENOTSUP);
	wrote(since, "0 1 3 b 83 ");
	cr_assert(device.state == HAUL_VIRTIO_BROKEN && device.reason == HAUL_VIRTIO_FEATURES);
	logged = model.logged;
	FAILS(mmio_queue(), HAUL_EIO);
	FAILS(haul_virtio_start(&device), HAUL_EIO);
	FAILS(haul_virtio_check(&device), HAUL_EIO);
	cr_assert(model.logged == logged);
	mmio_end();
}

Test(virtio_state, init_5_queues_come_between_features_and_driver_ok)
{
	opened(MODERN);
	FAILS(mmio_queue(), HAUL_EIO); /* nothing is known of it */
	OK(haul_virtio_reset(&device));
	FAILS(mmio_queue(), HAUL_EINVAL);
	OK(haul_virtio_begin(&device, &driver));
	OK(mmio_queue());
	FAILS(mmio_queue(), HAUL_EBUSY);
	OK(haul_virtio_start(&device));
	FAILS(haul_virtio_queue_open(&device, &(struct haul_virtio_queue){0}, 1, 8, slots + 16, 8,
				     0, 0),
	      HAUL_EINVAL);
	FAILS(haul_virtio_start(&device), HAUL_EINVAL);
	mmio_end();
}

Test(virtio_state, init_5_what_was_published_before_is_kicked_at_the_start)
{
	for (size_t i = 0; i < 2; i++) {
		mmio_negotiated(versions[i]);
		OK(mmio_queue());
		mmio_request();
		mmio_request();
		cr_assert(queue.kicks == 0 && !model.queues[0].kicks);
		OK(haul_virtio_start(&device));
		cr_assert(queue.kicks == 1 && model.queues[0].kicks == 1);
		mmio_end();
	}
	mmio_running(MODERN);
	cr_assert(!model.queues[0].kicks); /* of nothing */
	mmio_end();
}

Test(virtio_state, init_6_errors_set_failed_and_only_a_reset_comes_then)
{
	for (size_t i = 0; i < 2; i++) {
		const size_t since = opened(versions[i]);
		unsigned causes;
		size_t logged;

		OK(haul_virtio_begin(&device, &driver));
		FAILS(haul_virtio_fail(&device, HAUL_VIRTIO_PROTOCOL), HAUL_EPROTO);
		wrote(since, versions[i] == LEGACY ? "0 1 3 83 " : "0 1 3 b 8b ");
		cr_assert(device.state == HAUL_VIRTIO_BROKEN &&
			  device.reason == HAUL_VIRTIO_PROTOCOL);
		logged = model.logged;
		FAILS(haul_virtio_fail(&device, HAUL_VIRTIO_CONFIG), HAUL_EPROTO);
		cr_assert(device.reason == HAUL_VIRTIO_PROTOCOL && model.logged == logged);
		FAILS(haul_virtio_start(&device), HAUL_EIO);
		OK(haul_virtio_interrupt(&device, &causes));
		OK(haul_virtio_begin(&device, &driver));
		cr_assert(device.reason == HAUL_VIRTIO_FINE);
		mmio_end();
	}
}

Test(virtio_state, init_6_a_driver_that_lacks_something_gives_up)
{
	size_t since = opened(MODERN);

	model.offered[0] = 5;
	driver.required = (struct haul_virtio_features){{2, 0}};
	FAILS(haul_virtio_begin(&device, &driver), HAUL_ENOTSUP);
	wrote(since, "0 1 3 83 ");
	cr_assert(device.reason == HAUL_VIRTIO_FEATURES);
	mmio_end();
	since = opened(MODERN);
	driver.type = 5;
	FAILS(haul_virtio_begin(&device, &driver), HAUL_ENODEV);
	cr_assert(model.logged == since);
	mmio_end();
}

Test(virtio_state, init_7_the_legacy_interface)
{
	size_t since = opened(LEGACY);

	OK(haul_virtio_begin(&device, &driver));
	OK(haul_virtio_start(&device));
	wrote(since, "0 1 3 7 ");
	cr_assert(model.accepted[0] == 0x3800000f && !model.accepted[1]);
	cr_assert(haul_virtio_has(&device, HAUL_VIRTIO_F_ANY_LAYOUT) &&
		  !haul_virtio_has(&device, 30) &&
		  !haul_virtio_has(&device, HAUL_VIRTIO_F_NOTIFY_ON_EMPTY));
	for (size_t i = since; i < model.logged; i++)
		cr_assert(model.log[i].off != MODEL_DEVICE_FEATURES_SEL || !model.log[i].value);
	mmio_end();
}

Test(virtio_state, init_8_a_device_that_needs_a_reset_is_noticed)
{
	unsigned causes;

	for (unsigned way = 0; way < 2; way++) {
		size_t since;

		mmio_running(MODERN);
		since = model.logged;
		model.status |= HAUL_VIRTIO_STATUS_NEEDS_RESET;
		model.interrupts = HAUL_VIRTIO_CAUSE_CONFIG;
		if (way)
			FAILS(haul_virtio_check(&device), HAUL_EPROTO);
		else
			FAILS(haul_virtio_interrupt(&device, &causes), HAUL_EPROTO);
		cr_assert(device.reason == HAUL_VIRTIO_NEEDS_RESET);
		wrote(since, "cf ");
		FAILS(haul_virtio_kick(&queue), HAUL_EIO);
		OK(haul_virtio_begin(&device, &driver));
		OK(mmio_queue());
		OK(haul_virtio_start(&device));
		mmio_end();
	}
}

Test(virtio_state, init_9_memory_stays_until_a_reset_is_confirmed)
{
	struct haul_virtqueue_used used;

	for (size_t i = 0; i < 2; i++) {
		mmio_running(versions[i]);
		mmio_request();
		model.lie = never_resets;
		mmio_hurry();
		FAILS(haul_virtio_reset(&device), HAUL_ETIMEDOUT);
		FAILS(haul_virtio_close(&device), HAUL_ETIMEDOUT);
		FAILS(haul_virtio_begin(&device, &driver), HAUL_ETIMEDOUT);
		cr_assert(device.state == HAUL_VIRTIO_UNKNOWN && !test_hal_idle(hal));
		cr_assert(!hal->calls[TEST_HAL_FREE]);
		FAILS(haul_virtqueue_pop(&queue.ring, &used), HAUL_EIO);
		FAILS(haul_virtio_kick(&queue), HAUL_EIO);
		model.lie = NULL;
		OK(haul_virtio_reset(&device));
		cr_assert(test_hal_idle(hal));
		OK(haul_virtqueue_detach(&queue.ring, &used));
		cr_assert(used.cookie == &model);
		mmio_end();
	}
}

/* The Hal does not take it back at first. */
Test(virtio_state, init_9_memory_that_cannot_be_freed_is_freed_the_next_time)
{
	mmio_running(MODERN);
	hal->fail = hal->total + 1;
	FAILS(haul_virtio_reset(&device), HAUL_EIO);
	cr_assert(hal->failed == TEST_HAL_FREE && device.state == HAUL_VIRTIO_RESET &&
		  !test_hal_idle(hal));
	OK(haul_virtio_begin(&device, &driver));
	cr_assert(test_hal_idle(hal));
	mmio_end();
}

static uint32_t all_ones(struct mmio_model *seen, size_t off, uint32_t truth)
{
	(void)seen, (void)off, (void)truth;
	return UINT32_MAX;
}

Test(virtio_state, init_10_a_device_that_is_gone_is_dead)
{
	for (size_t i = 0; i < 2; i++) {
		uint32_t value;
		size_t logged;

		mmio_running(versions[i]);
		model.lie = all_ones;
		FAILS(haul_virtio_check(&device), HAUL_ENODEV);
		cr_assert(device.reason == HAUL_VIRTIO_GONE && device.state == HAUL_VIRTIO_BROKEN);
		logged = model.logged;
		FAILS(haul_virtio_kick(&queue), HAUL_ENODEV);
		FAILS(haul_virtio_config_read(&device, 0, 4, 1, &value), HAUL_ENODEV);
		FAILS(haul_virtio_start(&device), HAUL_ENODEV);
		FAILS(haul_virtio_check(&device), HAUL_ENODEV);
		cr_assert(model.logged == logged);
		FAILS(haul_virtio_reset(&device), HAUL_ENODEV);
		cr_assert(device.state == HAUL_VIRTIO_UNKNOWN && !test_hal_idle(hal));
		mmio_end();
	}
}

Test(virtio_state, init_11_suspending_is_not_negotiated)
{
	mmio_negotiated(MODERN);
	cr_assert(haul_virtio_features_have(&device.offered, HAUL_VIRTIO_F_SUSPEND));
	cr_assert(!haul_virtio_has(&device, HAUL_VIRTIO_F_SUSPEND));
	mmio_end();
}

Test(virtio_state, feat_1_and_3_of_128_bits_what_is_implemented_is_accepted)
{
	static const uint32_t exactly[] = {0x3000000f, 0x00000153, 0x80000001, 0x80000000};

	opened(MODERN);
	driver.implemented.words[1] = UINT64_C(0x8000000080000001);
	OK(haul_virtio_begin(&device, &driver));
	cr_assert(!memcmp(model.accepted, exactly, sizeof exactly), "%x %x", model.accepted[0],
		  model.accepted[1]);
	cr_assert(haul_virtio_has(&device, 64) && haul_virtio_has(&device, 127) &&
		  !haul_virtio_has(&device, 65) && !haul_virtio_has(&device, 128));
	mmio_end();
}

/* Bits of all kinds are not the driver's to say. */
Test(virtio_state, feat_1_a_driver_cannot_make_bits_implemented)
{
	opened(MODERN);
	driver.implemented = (struct haul_virtio_features){{UINT64_MAX, 0}};
	OK(haul_virtio_begin(&device, &driver));
	cr_assert(model.accepted[0] == 0x30ffffff && model.accepted[1] == 0xfffc0153);
	mmio_end();
}

Test(virtio_state, feat_2_what_needs_what_is_not_there_is_dropped)
{
	/* offered of bits 0 to 3, accepted of them: 2 needs 1 needs 0 */
	static const uint32_t cases[][2] = {{0xf, 0xf}, {0xe, 8}, {0xd, 9}, {0xc, 8},
					    {0x7, 7},   {6, 0},   {5, 1},   {3, 3}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (size_t v = 0; v < 2; v++) {
			opened(versions[v]);
			model.offered[0] = cases[i][0];
			OK(haul_virtio_begin(&device, &driver));
			cr_assert(model.accepted[0] == cases[i][1]);
			mmio_end();
		}
}

Test(virtio_state, feat_4_version_1_is_accepted_and_asked_for)
{
	const size_t since = opened(MODERN);

	model.offered[1] = ~UINT32_C(1);
	FAILS(haul_virtio_begin(&device, &driver), HAUL_ENOTSUP);
	wrote(since, "0 1 3 83 ");
	model.offered[1] = 1;
	OK(haul_virtio_begin(&device, &driver));
	cr_assert(haul_virtio_has(&device, HAUL_VIRTIO_F_VERSION_1) && model.accepted[1] == 1);
	mmio_end();
}

Test(virtio_state, feat_5_access_platform_under_each_policy)
{
	for (int policy = HAUL_VIRTIO_CHECKED; policy <= HAUL_VIRTIO_CONFIDENTIAL; policy++)
		for (unsigned offered = 0; offered < 2; offered++) {
			const bool refused = policy == HAUL_VIRTIO_CONFIDENTIAL && !offered;

			mmio_open(MODERN, (enum haul_virtio_policy)policy);
			model.offered[1] = offered ? 3 : 1;
			cr_assert(haul_virtio_begin(&device, &driver) ==
				  (refused ? -HAUL_ENOTSUP : 0));
			cr_assert(refused ||
				  haul_virtio_has(&device, HAUL_VIRTIO_F_ACCESS_PLATFORM) ==
					  offered);
			mmio_end();
		}
	mmio_open(LEGACY, HAUL_VIRTIO_CONFIDENTIAL);
	model.logged = 0;
	FAILS(haul_virtio_begin(&device, &driver), HAUL_ENOTSUP);
	cr_assert(!model.logged);
	mmio_end();
}

Test(virtio_state, feat_6_8_10_11_what_is_not_implemented_is_not_accepted)
{
	static const unsigned bits[] = {HAUL_VIRTIO_F_RING_PACKED, HAUL_VIRTIO_F_IN_ORDER,
					HAUL_VIRTIO_F_SR_IOV, HAUL_VIRTIO_F_NOTIF_CONFIG_DATA,
					HAUL_VIRTIO_F_ADMIN_VQ};

	mmio_negotiated(MODERN);
	for (size_t i = 0; i < sizeof bits / sizeof *bits; i++)
		cr_assert(haul_virtio_features_have(&device.offered, bits[i]) &&
			  !haul_virtio_has(&device, bits[i]));
	mmio_end();
}

/* FEAT-7 and FEAT-13: the ring is told what was negotiated, and nothing else. */
Test(virtio_state, feat_7_and_13_the_ring_gets_what_was_negotiated)
{
	static const struct {
		uint32_t low, high;
		unsigned flags;
	} cases[] = {
		{0, 1, 0},
		{1u << 28, 1, HAUL_VIRTQUEUE_INDIRECT},
		{1u << 29, 1, HAUL_VIRTQUEUE_EVENT_IDX},
		{0, 0x11, HAUL_VIRTQUEUE_ORDER_PLATFORM},
		{UINT32_MAX, UINT32_MAX,
		 HAUL_VIRTQUEUE_INDIRECT | HAUL_VIRTQUEUE_EVENT_IDX |
			 HAUL_VIRTQUEUE_ORDER_PLATFORM},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		opened(MODERN);
		model.offered[0] = cases[i].low;
		model.offered[1] = cases[i].high;
		OK(haul_virtio_begin(&device, &driver));
		OK(haul_virtio_queue_open(&device, &queue, 0, 16, slots, SLOTS, 4, 0));
		cr_assert(queue.ring.config.flags == cases[i].flags);
		cr_assert(!queue.tables.size == !(cases[i].flags & HAUL_VIRTQUEUE_INDIRECT));
		mmio_end();
	}
	mmio_negotiated(LEGACY);
	OK(mmio_queue());
	cr_assert(queue.ring.config.flags == (HAUL_VIRTQUEUE_EVENT_IDX | HAUL_VIRTQUEUE_LEGACY));
	mmio_end();
}

Test(virtio_state, feat_9_notification_data)
{
	uint16_t *event;

	mmio_running(MODERN);
	event = &((uint16_t *)queue.ring.config.device)[2 + 4 * 16];
	/* The queue is 0; above it the index of what comes next, and its wrap. */
	for (uint32_t n = 1; n <= 0x10002; n++) {
		uint16_t *used = queue.ring.config.device;
		struct haul_virtqueue_used done;

		*event = (uint16_t)(n - 1);
		model.logged = 0;
		mmio_request();
		cr_assert(model.queues[0].kicked == (uint32_t)(uint16_t)n << 16);
		/* the device uses it */
		((uint32_t *)used)[1 + 2 * ((n - 1) % 16)] =
			((uint16_t *)queue.ring.config.driver)[2 + (n - 1) % 16];
		((uint32_t *)used)[2 + 2 * ((n - 1) % 16)] = 8;
		used[1] = (uint16_t)n;
		cr_assert(haul_virtqueue_pop(&queue.ring, &done) == 1);
	}
	mmio_end();
	opened(MODERN);
	model.offered[1] = 1;
	OK(haul_virtio_begin(&device, &driver));
	OK(haul_virtio_queue_open(&device, &queue, 1, 16, slots, SLOTS, 0, 0));
	OK(haul_virtio_start(&device));
	mmio_request();
	cr_assert(model.queues[1].kicked == 1);
	mmio_end();
}

Test(virtio_state, feat_12_a_queue_reset_wants_ring_reset)
{
	size_t logged;

	opened(MODERN);
	model.offered[1] = 1;
	OK(haul_virtio_begin(&device, &driver));
	OK(mmio_queue());
	FAILS(haul_virtio_queue_reset(&queue), HAUL_EINVAL); /* not running */
	OK(haul_virtio_start(&device));
	logged = model.logged;
	FAILS(haul_virtio_queue_reset(&queue), HAUL_ENOTSUP);
	FAILS(haul_virtio_queue_restart(&queue), HAUL_EINVAL);
	cr_assert(model.logged == logged && !queue.ring.broken);
	mmio_end();
	mmio_running(LEGACY);
	FAILS(haul_virtio_queue_reset(&queue), HAUL_ENOTSUP);
	mmio_end();
}

/* CFG-1 is each driver's: here, that nothing is read unless it is asked for. */
Test(virtio_state, cfg_1_nothing_is_read_unasked)
{
	const size_t since = opened(MODERN);

	OK(haul_virtio_begin(&device, &driver));
	OK(mmio_queue());
	OK(haul_virtio_start(&device));
	OK(haul_virtio_reset(&device));
	for (size_t i = since; i < model.logged; i++)
		cr_assert(model.log[i].off < MODEL_CONFIG_SPACE);
	mmio_end();
}

Test(virtio_state, cfg_2_a_configuration_may_be_larger_not_smaller)
{
	size_t since;

	for (size_t size = MODEL_CONFIG - 1; size <= MODEL_CONFIG + 1; size++) {
		since = opened(MODERN);
		driver.config_size = size;
		if (size <= MODEL_CONFIG) {
			OK(haul_virtio_begin(&device, &driver));
		} else {
			FAILS(haul_virtio_begin(&device, &driver), HAUL_EPROTO);
			cr_assert(device.reason == HAUL_VIRTIO_CONFIG);
			wrote(since, "0 1 3 83 ");
		}
		mmio_end();
	}
}

/* Between both halves of the field it changes from one value to another. */
static uint32_t torn(struct mmio_model *seen, size_t off, uint32_t truth)
{
	if (off == 0x100 && seen->count++ == 0) {
		memset(seen->config, 0x22, 8);
		seen->generation++;
		return 0x11111111;
	}
	return truth;
}

Test(virtio_state, cfg_3_a_field_of_64_bits_is_never_torn)
{
	for (size_t i = 0; i < 2; i++) {
		uint64_t value;

		mmio_negotiated(versions[i]);
		model.field[0] = 8;
		memset(model.config, 0x11, 8);
		model.lie = torn;
		OK(haul_virtio_config_read(&device, 0, 8, 1, &value));
		cr_assert(value == UINT64_C(0x2222222222222222));
		mmio_end();
	}
}

Test(virtio_state, cfg_4_a_change_is_told_and_read_anew)
{
	unsigned causes;
	uint32_t value;

	mmio_running(MODERN);
	model.field[0] = 4;
	OK(haul_virtio_config_read(&device, 0, 4, 1, &value));
	cr_assert(value == 0);
	model.config[0] = 5;
	model.generation++;
	model.interrupts = HAUL_VIRTIO_CAUSE_CONFIG;
	OK(haul_virtio_interrupt(&device, &causes));
	cr_assert(causes == HAUL_VIRTIO_CAUSE_CONFIG);
	OK(haul_virtio_config_read(&device, 0, 4, 1, &value));
	cr_assert(value == 5);
	mmio_end();
}

Test(virtio_state, rst_1_every_reset_is_read_back)
{
	mmio_running(MODERN);
	for (unsigned i = 0; i < 3; i++) {
		static const struct mmio_step steps[] = {{true, MODEL_STATUS, 0},
							 {false, MODEL_STATUS, 0}};
		const size_t since = model.logged;

		OK(haul_virtio_reset(&device));
		mmio_expect(since, steps, 2);
	}
	OK(haul_virtio_close(&device));
	FAILS(haul_virtio_close(&device), HAUL_EINVAL);
	FAILS(haul_virtio_reset(&device), HAUL_EINVAL);
	FAILS(haul_virtio_begin(&device, &driver), HAUL_EINVAL);
	mmio_end();
}

static uint32_t queue_stays(struct mmio_model *seen, size_t off, uint32_t truth)
{
	(void)seen;
	return off == MODEL_QUEUE_READY ? 1 : truth;
}

/* As QEMU does, whose MMIO devices offer RING_RESET and have no such register. */
Test(virtio_state, rst_2_a_queue_that_says_it_was_reset_and_was_not)
{
	mmio_running(MODERN);
	model.lie = queue_stays;
	FAILS(haul_virtio_queue_reset(&queue), HAUL_EPROTO);
	cr_assert(device.reason == HAUL_VIRTIO_QUEUE && !test_hal_idle(hal));
	FAILS(haul_virtio_queue_restart(&queue), HAUL_EIO);
	mmio_end();
}

Test(virtio_state, rst_3_nothing_of_before_a_reset_is_left)
{
	const struct haul_dma_segment segment = {{TEST_HAL_BUFFER_IOVA}, 8};
	struct haul_virtqueue_used used;
	uint32_t before, after;

	mmio_running(MODERN);
	OK(haul_virtqueue_add(&queue.ring, NULL, 0, &segment, 1, NULL, &before));
	OK(haul_virtio_kick(&queue));
	OK(haul_virtio_reset(&device));
	cr_assert(!haul_virtio_has(&device, HAUL_VIRTIO_F_VERSION_1));
	OK(haul_virtqueue_detach(&queue.ring, &used));
	cr_assert(used.token == before);
	FAILS(haul_virtqueue_detach(&queue.ring, &used), HAUL_ENOENT);
	OK(haul_virtio_begin(&device, &driver));
	OK(mmio_queue());
	OK(haul_virtio_start(&device));
	cr_assert(haul_virtqueue_room(&queue.ring, 1) == 16 && !queue.kicks);
	OK(haul_virtqueue_add(&queue.ring, NULL, 0, &segment, 1, NULL, &after));
	cr_assert((uint16_t)after == (uint16_t)before && after != before);
	mmio_end();
}

static unsigned slept;

/* The device uses the request while the driver sleeps for the third time. */
static void sleep_a_while(void *context, uint64_t deadline)
{
	cr_assert(context == &model && deadline == UINT64_MAX);
	cr_assert(queue.ring.interrupts); /* or it might sleep for ever */
	if (++slept == 3) {
		((uint16_t *)queue.ring.config.device)[1] = 1;
	}
}

Test(virtio_state, waiting_for_a_queue_ends)
{
	uint64_t deadline;

	mmio_running(MODERN);
	mmio_request();
	FAILS(haul_virtio_wait(&queue, 0), HAUL_ETIMEDOUT);
	deadline = haul_platform_clock() + 1000000;
	FAILS(haul_virtio_wait(&queue, deadline), HAUL_ETIMEDOUT);
	cr_assert(haul_platform_clock() >= deadline);
	device.options.wait = sleep_a_while;
	device.options.context = &model;
	slept = 0;
	haul_virtqueue_disable(&queue.ring);
	OK(haul_virtio_wait(&queue, UINT64_MAX));
	cr_assert(slept == 3);
	OK(haul_virtio_wait(&queue, 0));
	OK(haul_virtio_reset(&device));
	OK(haul_virtio_wait(&queue, UINT64_MAX)); /* pop says it */
	mmio_end();
}

Test(virtio_state, without_options_it_is_checked_and_given_a_second)
{
	opened(MODERN);
	OK(haul_virtio_open(&device, &transport, &dma, NULL));
	cr_assert(device.options.timeout == 1000000000 && !device.options.wait &&
		  device.options.policy == HAUL_VIRTIO_CHECKED);
	mmio_end();
}

Test(virtio_state, what_open_does_not_take)
{
	struct haul_virtio_ops ops;
	struct haul_virtio_transport bad;
	struct haul_virtio_options options = {.policy = (enum haul_virtio_policy)3};
	struct haul_virtio other;

	opened(MODERN);
	FAILS(haul_virtio_open(&other, &transport, &dma, &options), HAUL_EINVAL);
#define LACKS(change) \
	do { \
		bad = transport; \
		ops = *transport.ops; \
		bad.ops = &ops; \
		change; \
		FAILS(haul_virtio_open(&other, &bad, &dma, NULL), HAUL_EINVAL); \
	} while (0)
	LACKS(ops.size--);
	LACKS(ops.version++);
	LACKS(ops.status = NULL);
	LACKS(ops.set_status = NULL);
	LACKS(ops.features = NULL);
	LACKS(ops.set_features = NULL);
	LACKS(ops.queue_max = NULL);
	LACKS(ops.queue_in_use = NULL);
	LACKS(ops.queue_set = NULL);
	LACKS(ops.kick = NULL);
	LACKS(ops.interrupt = NULL);
	LACKS(ops.config_read = NULL);
	LACKS(ops.config_write = NULL);
	LACKS(ops.queue_reset = NULL);
	LACKS(ops.queue_resets = NULL);
	LACKS(bad.words = 0);
	LACKS(bad.words = 3);
	LACKS(bad.words = 5);
#undef LACKS
	mmio_end();
}

Test(virtio_state, what_queue_open_does_not_take)
{
	size_t logged;

	mmio_negotiated(MODERN);
	logged = model.logged;
	FAILS(haul_virtio_queue_open(&device, &queue, 0, 0, slots, SLOTS, 0, 0), HAUL_EINVAL);
	FAILS(haul_virtio_queue_open(&device, &queue, 0, 16, NULL, SLOTS, 0, 0), HAUL_EINVAL);
	FAILS(haul_virtio_queue_open(&device, &queue, 0, 16, slots, 0, 0, 0), HAUL_EINVAL);
	FAILS(haul_virtio_queue_open(&device, &queue, 0, 16, slots, SLOTS, 1, 0), HAUL_EINVAL);
	cr_assert(model.logged == logged);
	mmio_end();
}

/* No chain in a table is longer than the queue. */
Test(virtio_state, tables_are_no_larger_than_the_queue)
{
	static const unsigned tables[][2] = {{0, 0}, {2, 2}, {16, 16}, {100, 16}};

	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		mmio_negotiated(MODERN);
		OK(haul_virtio_queue_open(&device, &queue, 0, 16, slots, SLOTS, tables[i][0], 0));
		cr_assert(queue.ring.config.table_size == tables[i][1]);
		cr_assert(queue.tables.size == tables[i][1] * 16 * 16);
		mmio_end();
	}
	mmio_negotiated(MODERN);
	OK(haul_virtio_queue_open(&device, &queue, 2, 16, slots, SLOTS, 4, 0));
	cr_assert(queue.place.size == 1 && !queue.tables.size && !queue.ring.config.table_size);
	mmio_end();
}

/* A48, A49: the Hal fails at each of its calls in turn, or gives what is not aligned. */
Test(virtio_state, a48_a_queue_whose_memory_fails_leaves_nothing)
{
	for (unsigned fail = 1;; fail++) {
		int err;

		mmio_negotiated(MODERN);
		hal->fail = hal->total + fail;
		err = haul_virtio_queue_open(&device, &queue, 0, 16, slots, SLOTS, 4, 0);
		hal->fail = 0;
		if (!err) {
			mmio_end();
			cr_assert(fail == 3);
			return;
		}
		cr_assert(err == -HAUL_EIO && test_hal_idle(hal) && !model.queues[0].ready);
		OK(mmio_queue());
		mmio_end();
	}
}

static void is_not_aligned(struct haul_hal_memory *memory)
{
	memory->iova.value += 256;
}

Test(virtio_state, a49_memory_that_is_not_aligned_is_refused)
{
	mmio_negotiated(MODERN);
	hal->lie = is_not_aligned;
	FAILS(mmio_queue(), HAUL_EPROTO);
	cr_assert(!model.queues[0].ready && test_hal_idle(hal));
	hal->lie = NULL;
	OK(mmio_queue());
	mmio_end();
}

/* Operations of the test's own. */
static struct haul_virtio_ops ops;

static void replace_ops(void)
{
	ops = *transport.ops;
	device.transport.ops = &ops;
}

static struct {
	uint16_t vector;
	unsigned times;
	uint32_t status; /* when it was told */
	int answer;
} told;

static int take_vector(void *ctx, uint16_t vector)
{
	(void)ctx;
	told.vector = vector;
	told.times++;
	told.status = model.status;
	return told.answer;
}

/* A device that is to have vector 5 for changes of its configuration. */
static void open_with_vector(void)
{
	const struct haul_virtio_options options = {
		.has_config_vector = true,
		.config_vector = 5,
	};
	struct haul_virtio_transport other;

	opened(MODERN);
	FAILS(haul_virtio_open(&device, &transport, &dma, &options), HAUL_ENOTSUP);
	ops = *transport.ops;
	ops.config_vector = take_vector;
	other = transport;
	other.ops = &ops;
	told.times = 0;
	told.answer = 0;
	OK(haul_virtio_open(&device, &other, &dma, &options));
}

Test(virtio_state, the_vector_of_changes_is_given_after_features)
{
	open_with_vector();
	OK(haul_virtio_begin(&device, &driver));
	cr_assert(told.times == 1 && told.vector == 5 && told.status == 11);
	OK(mmio_queue());
	OK(haul_virtio_start(&device));
	cr_assert(told.times == 1);
	OK(haul_virtio_begin(&device, &driver)); /* its reset has taken it away */
	cr_assert(told.times == 2 && told.vector == 5);
	mmio_end();
}

Test(virtio_state, no_vector_of_changes_without_being_asked)
{
	open_with_vector();
	device.options.has_config_vector = false;
	OK(haul_virtio_begin(&device, &driver));
	cr_assert(told.times == 0);
	mmio_end();
}

Test(virtio_state, a_vector_of_changes_that_is_not_taken)
{
	static const int answers[] = {-HAUL_ENOSPC, -HAUL_EINVAL, -HAUL_EPROTO};
	size_t since;

	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		open_with_vector();
		told.answer = answers[i];
		since = model.logged;
		cr_assert(haul_virtio_begin(&device, &driver) == answers[i]);
		wrote(since, "0 1 3 b 8b ");
		cr_assert(device.state == HAUL_VIRTIO_BROKEN &&
			  device.reason == HAUL_VIRTIO_VECTOR);
		FAILS(mmio_queue(), HAUL_EIO);
		told.answer = 0;
		OK(haul_virtio_begin(&device, &driver));
		mmio_end();
	}
	open_with_vector();
	told.answer = -HAUL_ENODEV;
	FAILS(haul_virtio_begin(&device, &driver), HAUL_ENODEV);
	cr_assert(device.reason == HAUL_VIRTIO_GONE);
	mmio_end();
}

Test(virtio_state, features_that_are_refused_are_not_accepted)
{
	opened(MODERN);
	haul_virtio_features_add(&device.options.refused, 3);
	haul_virtio_features_add(&device.options.refused, HAUL_VIRTIO_F_RING_RESET);
	OK(haul_virtio_begin(&device, &driver));
	OK(mmio_queue());
	OK(haul_virtio_start(&device));
	cr_assert(model.accepted[0] == 0x30000007 && model.accepted[1] == 0x53);
	FAILS(haul_virtio_queue_reset(&queue), HAUL_ENOTSUP);
	mmio_end();
}

Test(virtio_state, a_reason_stays_until_it_is_begun_anew)
{
	mmio_running(MODERN);
	FAILS(haul_virtio_fail(&device, HAUL_VIRTIO_PROTOCOL), HAUL_EPROTO);
	OK(haul_virtio_reset(&device));
	cr_assert(device.reason == HAUL_VIRTIO_PROTOCOL && device.state == HAUL_VIRTIO_RESET);
	OK(haul_virtio_begin(&device, &driver));
	cr_assert(device.reason == HAUL_VIRTIO_FINE);
	mmio_end();
}

static int no_vector_left(void *ctx, const struct haul_virtio_place *place, uint64_t *doorbell)
{
	(void)ctx, (void)place, (void)doorbell;
	return -HAUL_ENOSPC;
}

Test(virtio_state, queues_that_are_restarted_too_early_or_in_vain)
{
	struct haul_virtio_queue other;
	struct haul_virtqueue_used used;

	mmio_running(MODERN);
	other = queue;
	FAILS(haul_virtio_queue_reset(&other), HAUL_EINVAL);
	mmio_request();
	OK(haul_virtio_queue_reset(&queue));
	FAILS(haul_virtio_queue_restart(&queue), HAUL_EBUSY);
	OK(haul_virtqueue_detach(&queue.ring, &used));
	replace_ops();
	ops.queue_set = no_vector_left;
	FAILS(haul_virtio_queue_restart(&queue), HAUL_ENOSPC);
	FAILS(haul_virtio_kick(&queue), HAUL_EIO);
	ops = *transport.ops;
	OK(haul_virtio_queue_restart(&queue));
	mmio_request();
	mmio_end();
}

static void break_it(void *context, uint64_t deadline)
{
	(void)context, (void)deadline;
	haul_virtio_fail(&device, HAUL_VIRTIO_PROTOCOL);
}

/* As an interrupt's handler finds it, while the driver sleeps. */
Test(virtio_state, waiting_ends_when_the_device_breaks)
{
	mmio_running(MODERN);
	mmio_request();
	haul_virtqueue_disable(&queue.ring);
	device.options.wait = break_it;
	FAILS(haul_virtio_wait(&queue, UINT64_MAX), HAUL_EIO);
	cr_assert(!queue.ring.interrupts); /* as before */
	mmio_end();
}

static int dead_kick(void *ctx, uint64_t doorbell, uint32_t data, bool wide)
{
	(void)ctx, (void)doorbell, (void)data, (void)wide;
	return -HAUL_ENODEV;
}

Test(virtio_state, init_10_a_kick_that_fails_finds_that_it_is_gone)
{
	const struct haul_dma_segment segment = {{TEST_HAL_BUFFER_IOVA}, 8};

	mmio_running(MODERN);
	replace_ops();
	ops.kick = dead_kick;
	OK(haul_virtqueue_add(&queue.ring, NULL, 0, &segment, 1, NULL, NULL));
	FAILS(haul_virtio_kick(&queue), HAUL_ENODEV);
	cr_assert(device.state == HAUL_VIRTIO_BROKEN && device.reason == HAUL_VIRTIO_GONE);
	FAILS(haul_virtio_check(&device), HAUL_ENODEV);
	mmio_end();
}
