/* SPDX-License-Identifier: MIT */
/* The MMIO transport: the statements MMIO-* of doc/virtio.md, each access of a register. */
#include "mmio_device.h"
#include <string.h>

static const uint32_t versions[] = {LEGACY, MODERN};

static int open_region(size_t size)
{
	struct haul_region region = mmio_model_region();

	region.size = size;
	return haul_virtio_mmio_open(&mmio, &region, &transport);
}

/* Everything that a driver does with a device. */
static void live(uint32_t version)
{
	uint32_t word;
	uint8_t byte;
	unsigned causes;

	mmio_open(version, HAUL_VIRTIO_CHECKED);
	model.field[0] = 4;
	model.field[4] = 1;
	for (unsigned i = 0; i < 2; i++) {
		OK(haul_virtio_begin(&device, &driver));
		OK(mmio_queue());
		OK(haul_virtio_start(&device));
		mmio_request();
		model.interrupts = 3;
		OK(haul_virtio_interrupt(&device, &causes));
		cr_assert(causes == (HAUL_VIRTIO_CAUSE_QUEUE | HAUL_VIRTIO_CAUSE_CONFIG));
		OK(haul_virtio_config_read(&device, 0, 4, 1, &word));
		OK(haul_virtio_config_read(&device, 4, 1, 1, &byte));
		OK(haul_virtio_config_write(&device, 4, 1, 7));
		OK(haul_virtio_check(&device));
		OK(haul_virtio_reset(&device));
	}
	mmio_end();
}

Test(virtio_mmio, mmio_1_no_access_is_wrong)
{
	for (size_t i = 0; i < 2; i++)
		live(versions[i]);
}

/* The model fails on another width, and on a legacy device's on any but bytes. */
Test(virtio_mmio, mmio_1_configuration_by_its_fields)
{
	static const struct {
		unsigned off, width;
		uint64_t value;
	} fields[] = {{0, 1, 0xf1},
		      {2, 2, 0xf3f2},
		      {4, 4, 0xf7f6f5f4},
		      {8, 8, UINT64_C(0xfffefdfcfbfaf9f8)},
		      {56, 8, UINT64_C(0x1122334455667788)}};

	for (size_t v = 0; v < 2; v++) {
		mmio_negotiated(versions[v]);
		for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
			unsigned char *const bytes = model.config + fields[i].off;
			const unsigned width = fields[i].width;
			uint64_t value = 0;

			model.field[fields[i].off] = (unsigned char)width;
			OK(haul_virtio_config_write(&device, fields[i].off, width,
						    fields[i].value));
			cr_assert(!memcmp(bytes, &fields[i].value, width));
			OK(haul_virtio_config_read(&device, fields[i].off, width, 1, &value));
			cr_assert(value == fields[i].value, "%u bytes: %#llx", width,
				  (unsigned long long)value);
		}
		cr_assert(!model.config[1] && !model.config[16]);
		mmio_end();
	}
}

/* Of a device that a driver was brought up with, what the model says of one access more. */
static const char *said(uint32_t version, bool writes, size_t off, unsigned width, uint64_t value)
{
	const char *wrong;

	mmio_running(version);
	model.field[0] = 4;
	model.field[8] = 8;
	if (writes)
		mmio_model_write(&model, off, width, value);
	else
		mmio_model_read(&model, off, width);
	wrong = model.wrong;
	model.wrong = NULL;
	return wrong;
}

/* The model's own test: it sees what a driver must not do. */
Test(virtio_mmio, model_notices_what_is_wrong)
{
	static const struct {
		uint32_t version;
		bool writes;
		size_t off;
		unsigned width;
		uint64_t value;
		const char *wrong;
	} cases[] = {
		{MODERN, false, MODEL_STATUS, 1, 0, "a register is 32 bits wide"},
		{MODERN, true, MODEL_STATUS, 8, 15, "a register is 32 bits wide"},
		{MODERN, false, MODEL_QUEUE_NOTIFY, 4, 0, "not in that direction"},
		{MODERN, true, MODEL_INTERRUPT_STATUS, 4, 1, "not in that direction"},
		{MODERN, false, MODEL_QUEUE_PFN, 4, 0, "no such register"},
		{LEGACY, false, MODEL_QUEUE_READY, 4, 0, "no such register"},
		{LEGACY, false, MODEL_CONFIG_GENERATION, 4, 0, "no such register"},
		{MODERN, false, 0x0f8, 4, 0, "no such register"},
		{MODERN, true, MODEL_STATUS, 4, 7, "a bit of the status is cleared"},
		{MODERN, true, MODEL_STATUS, 4, 0x4f, "not the driver's to set"},
		{MODERN, false, MODEL_DEVICE_FEATURES, 4, 0, "no word is selected"},
		{MODERN, true, MODEL_DRIVER_FEATURES, 4, 0, "no word is selected"},
		{MODERN, true, MODEL_QUEUE_SIZE, 4, 16, "queues come before DRIVER_OK"},
		{LEGACY, false, MODEL_QUEUE_SIZE_MAX, 4, 0, "queues come before DRIVER_OK"},
		{MODERN, true, MODEL_QUEUE_NOTIFY, 4, 1, "a kick of no queue"},
		{MODERN, true, MODEL_QUEUE_NOTIFY, 4, 9, "a kick of no queue"},
		{MODERN, true, MODEL_INTERRUPT_ACK, 4, 1, "nothing to acknowledge"},
		{MODERN, true, MODEL_INTERRUPT_ACK, 4, 4, "undefined bits are acknowledged"},
		{MODERN, true, MODEL_SHM_SEL, 4, 0, "its kind has no shared memory"},
		{MODERN, false, MODEL_SHM_BASE, 4, 0, "its kind has no shared memory"},
		{MODERN, true, MODEL_QUEUE_RESET, 4, 0, "there is nothing to reset"},
		{MODERN, false, 0x100, 1, 0, "a field by its width"},
		{MODERN, false, 0x104, 4, 0, "a field by its width"},
		{MODERN, false, 0x108, 8, 0, "a field by its width"},
		{LEGACY, false, 0x100, 4, 0, "a legacy configuration goes by bytes"},
		{MODERN, false, 0x140, 4, 0, "beyond its configuration"},
		{MODERN, false, 0x108, 4, 0, NULL},
		{MODERN, false, 0x10c, 4, 0, NULL},
		{MODERN, true, MODEL_QUEUE_NOTIFY, 4, 0, NULL},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *wrong = said(cases[i].version, cases[i].writes, cases[i].off,
					 cases[i].width, cases[i].value);

		cr_assert(!wrong == !cases[i].wrong && (!wrong || !strcmp(wrong, cases[i].wrong)),
			  "case %zu: %s", i, wrong ? wrong : "nothing");
		mmio_end();
	}
}

Test(virtio_mmio, mmio_2_identification_is_in_order)
{
	static const struct mmio_step steps[] = {{false, MODEL_MAGIC_VALUE, 0x74726976},
						 {false, MODEL_VERSION, MODERN},
						 {false, MODEL_DEVICE_ID, 4},
						 {false, MODEL_VENDOR_ID, 0x4c554148}};

	mmio_begin(MODERN);
	OK(open_region(0x100 + MODEL_CONFIG));
	mmio_expect(0, steps, 4);
	cr_assert(transport.type == 4 && transport.vendor == 0x4c554148 && !transport.legacy);
	mmio_end();
}

Test(virtio_mmio, mmio_2_where_no_device_is_nothing_else_is_touched)
{
	static const struct mmio_step steps[] = {{false, MODEL_MAGIC_VALUE, 0x74726976},
						 {false, MODEL_VERSION, MODERN},
						 {false, MODEL_DEVICE_ID, 0}};

	mmio_begin(MODERN);
	model.type = 0;
	FAILS(open_region(0x100 + MODEL_CONFIG), HAUL_ENOENT);
	mmio_expect(0, steps, 3);
	mmio_end();
}

Test(virtio_mmio, mmio_3_versions_1_and_2)
{
	static const uint32_t others[] = {0, 3, 0x102, UINT32_MAX};

	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		mmio_begin(others[i]);
		FAILS(open_region(0x100 + MODEL_CONFIG), HAUL_ENOTSUP);
		cr_assert(model.logged == 2);
	}
	for (size_t i = 0; i < 2; i++) {
		mmio_begin(versions[i]);
		OK(open_region(0x100 + MODEL_CONFIG));
		cr_assert(transport.legacy == (versions[i] == LEGACY));
		mmio_end();
	}
}

/* FEAT-11, too: what the transport can do, in the words that there are. */
Test(virtio_mmio, mmio_4_each_word_of_features_after_its_selector)
{
	static const struct mmio_step steps[] = {
		{false, MODEL_STATUS, 3},
		{true, MODEL_DEVICE_FEATURES_SEL, 0},
		{false, MODEL_DEVICE_FEATURES, UINT32_MAX},
		{true, MODEL_DEVICE_FEATURES_SEL, 1},
		{false, MODEL_DEVICE_FEATURES, UINT32_MAX},
		{true, MODEL_DRIVER_FEATURES_SEL, 0},
		{true, MODEL_DRIVER_FEATURES, 0x3000000f},
		{true, MODEL_DRIVER_FEATURES_SEL, 1},
		{true, MODEL_DRIVER_FEATURES, 0x153},
		{true, MODEL_STATUS, 11},
		{false, MODEL_STATUS, 11},
	};

	mmio_negotiated(MODERN);
	mmio_expect(model.logged - 11, steps, 11);
	mmio_end();
}

Test(virtio_mmio, mmio_5_a_queue_is_set_up_in_order)
{
	struct haul_virtio_place *place = &queue.place;
	size_t since;

	mmio_negotiated(MODERN);
	since = model.logged;
	OK(mmio_queue());
	{
		const struct mmio_step steps[] = {
			{true, MODEL_QUEUE_SEL, 0},
			{false, MODEL_QUEUE_READY, 0},
			{true, MODEL_QUEUE_SEL, 0},
			{false, MODEL_QUEUE_SIZE_MAX, 64},
			{true, MODEL_QUEUE_SEL, 0},
			{true, MODEL_QUEUE_SIZE, 16},
			{true, MODEL_QUEUE_DESC, (uint32_t)place->descriptors.value},
			{true, MODEL_QUEUE_DESC + 4, place->descriptors.value >> 32},
			{true, MODEL_QUEUE_DRIVER, (uint32_t)place->driver.value},
			{true, MODEL_QUEUE_DRIVER + 4, place->driver.value >> 32},
			{true, MODEL_QUEUE_DEVICE, (uint32_t)place->device.value},
			{true, MODEL_QUEUE_DEVICE + 4, place->device.value >> 32},
			{true, MODEL_QUEUE_READY, 1},
		};

		mmio_expect(since, steps, sizeof steps / sizeof *steps);
	}
	mmio_end();
}

Test(virtio_mmio, mmio_5_sizes_are_what_all_can_do)
{
	static const struct {
		unsigned index, wanted;
		size_t nslots;
		unsigned size;
	} cases[] = {{0, 64, 64, 64}, {0, 100, 64, 64}, {0, 63, 64, 32}, {0, 64, 33, 32},
		     {0, 1, 64, 1},   {1, 64, 64, 16},  {2, 64, 64, 1},  {0, UINT32_MAX, 64, 64}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		mmio_negotiated(MODERN);
		OK(haul_virtio_queue_open(&device, &queue, cases[i].index, cases[i].wanted, slots,
					  cases[i].nslots, 0, HAUL_VIRTIO_NO_VECTOR));
		cr_assert(queue.place.size == cases[i].size &&
			  model.queues[cases[i].index].size == cases[i].size);
		mmio_end();
	}
}

Test(virtio_mmio, mmio_5_queues_that_are_not_there)
{
	for (size_t i = 0; i < 2; i++) {
		mmio_negotiated(versions[i]);
		FAILS(haul_virtio_queue_open(&device, &queue, 3, 16, slots, SLOTS, 0, 0),
		      HAUL_ENOENT);
		FAILS(haul_virtio_queue_open(&device, &queue, 70000, 16, slots, SLOTS, 0, 0),
		      HAUL_ENOENT);
		OK(mmio_queue());
		mmio_end();
	}
}

Test(virtio_mmio, mmio_6_a_queue_that_is_stopped_is_read_back)
{
	static const struct mmio_step steps[] = {{true, MODEL_QUEUE_SEL, 0},
						 {true, MODEL_QUEUE_READY, 0},
						 {true, MODEL_QUEUE_SEL, 0},
						 {false, MODEL_QUEUE_READY, 0}};
	size_t since;

	mmio_running(MODERN);
	mmio_request();
	FAILS(haul_virtio_queue_close(&queue), HAUL_EBUSY);
	cr_assert(!test_hal_idle(hal));
	OK(haul_virtio_reset(&device));
	OK(haul_virtio_begin(&device, &driver));
	OK(mmio_queue());
	OK(haul_virtio_start(&device));
	since = model.logged;
	OK(haul_virtio_queue_close(&queue));
	mmio_expect(since, steps, 4);
	cr_assert(test_hal_idle(hal));
	FAILS(haul_virtio_queue_close(&queue), HAUL_EINVAL);
	FAILS(haul_virtio_kick(&queue), HAUL_EIO);
	mmio_end();
}

static uint32_t resets_slowly(struct mmio_model *seen, size_t off, uint32_t truth)
{
	return off == MODEL_QUEUE_RESET && seen->count++ < 3 ? 1 : truth;
}

Test(virtio_mmio, mmio_7_a_queue_reset_is_awaited)
{
	static const struct mmio_step steps[] = {
		{true, MODEL_QUEUE_SEL, 0}, {true, MODEL_QUEUE_RESET, 1},
		{true, MODEL_QUEUE_SEL, 0}, {false, MODEL_QUEUE_RESET, 1},
		{true, MODEL_QUEUE_SEL, 0}, {false, MODEL_QUEUE_RESET, 1},
		{true, MODEL_QUEUE_SEL, 0}, {false, MODEL_QUEUE_RESET, 1},
		{true, MODEL_QUEUE_SEL, 0}, {false, MODEL_QUEUE_RESET, 0},
		{true, MODEL_QUEUE_SEL, 0}, {false, MODEL_QUEUE_READY, 0}};
	struct haul_virtqueue_used used;
	size_t since;

	mmio_running(MODERN);
	mmio_request();
	model.lie = resets_slowly;
	since = model.logged;
	OK(haul_virtio_queue_reset(&queue));
	mmio_expect(since, steps, 12);
	FAILS(haul_virtio_kick(&queue), HAUL_EIO);
	OK(haul_virtqueue_detach(&queue.ring, &used));
	cr_assert(used.cookie == &model);
	since = model.logged;
	OK(haul_virtio_queue_restart(&queue));
	cr_assert(model.logged - since == 9 && model.queues[0].ready);
	mmio_request();
	cr_assert(model.queues[0].kicks == 2);
	FAILS(haul_virtio_queue_restart(&queue), HAUL_EINVAL);
	mmio_end();
}

Test(virtio_mmio, mmio_8_interrupts_are_read_then_acknowledged)
{
	for (size_t i = 0; i < 2; i++)
		for (uint32_t bits = 0; bits < 4; bits++) {
			const struct mmio_step steps[] = {
				{false, MODEL_INTERRUPT_STATUS, 0xfffffff0 | bits},
				{true, MODEL_INTERRUPT_ACK, bits}};
			size_t since;
			unsigned causes;

			mmio_running(versions[i]);
			since = model.logged;
			model.interrupts = 0xfffffff0 | bits;
			OK(haul_virtio_interrupt(&device, &causes));
			cr_assert(causes == bits && !(model.interrupts & 3));
			if (bits & HAUL_VIRTIO_CAUSE_CONFIG)
				model.logged--; /* the status */
			mmio_expect(since, steps, bits ? 2 : 1);
			mmio_end();
		}
}

Test(virtio_mmio, mmio_9_configuration_between_two_generations)
{
	static const struct mmio_step steps[] = {{false, MODEL_CONFIG_GENERATION, 0},
						 {false, 0x108, 0x04030201},
						 {false, 0x10c, 0x08070605},
						 {false, MODEL_CONFIG_GENERATION, 0}};
	uint64_t value;
	size_t since;

	mmio_negotiated(MODERN);
	model.field[8] = 8;
	for (unsigned char i = 0; i < 8; i++)
		model.config[8 + i] = (unsigned char)(i + 1);
	since = model.logged;
	OK(haul_virtio_config_read(&device, 8, 8, 1, &value));
	mmio_expect(since, steps, 4);
	cr_assert(value == UINT64_C(0x0807060504030201));
	mmio_end();
}

/* It has changed while it was read, twice. */
static uint32_t changes_twice(struct mmio_model *seen, size_t off, uint32_t truth)
{
	if (off == MODEL_CONFIG_GENERATION && seen->count < 2) {
		seen->count++;
		seen->generation++;
	}
	return truth;
}

Test(virtio_mmio, mmio_9_a_configuration_that_changes_is_read_again)
{
	unsigned char values[3];
	size_t since;

	mmio_negotiated(MODERN);
	memset(model.field, 1, 3);
	model.lie = changes_twice;
	since = model.logged;
	OK(haul_virtio_config_read(&device, 0, 1, 3, values));
	cr_assert(model.logged - since == 2 * 5);
	mmio_end();
}

/* Where there is no generation: the first word differs once. */
static uint32_t differs_once(struct mmio_model *seen, size_t off, uint32_t truth)
{
	return off == 0x100 && seen->count++ == 0 ? truth ^ 1 : truth;
}

Test(virtio_mmio, mmio_9_a_legacy_configuration_is_read_until_it_is_the_same)
{
	uint32_t value;
	size_t since;

	mmio_negotiated(LEGACY);
	memcpy(model.config, (unsigned char[]){1, 2, 3, 4}, 4);
	model.lie = differs_once;
	since = model.logged;
	OK(haul_virtio_config_read(&device, 0, 4, 1, &value));
	cr_assert(value == 0x04030201 && model.logged - since == 3 * 4);
	for (size_t i = since; i < model.logged; i++)
		cr_assert(model.log[i].width == 1 && model.log[i].off == 0x100 + (i - since) % 4);
	mmio_end();
}

Test(virtio_mmio, mmio_10_shared_memory)
{
	static const struct mmio_step steps[] = {
		{true, MODEL_SHM_SEL, 1},       {false, MODEL_SHM_LEN, 0x1000},
		{false, MODEL_SHM_LEN + 4, 1},  {false, MODEL_SHM_BASE, 0x80000000},
		{false, MODEL_SHM_BASE + 4, 2},
	};
	static const struct mmio_step none[] = {{true, MODEL_SHM_SEL, 2},
						{false, MODEL_SHM_LEN, UINT32_MAX},
						{false, MODEL_SHM_LEN + 4, UINT32_MAX}};
	struct haul_phys phys;
	uint64_t size;
	size_t since;

	mmio_negotiated(MODERN);
	model.has_memory = true;
	model.memory_base = UINT64_C(0x280000000);
	model.memory_len = UINT64_C(0x100001000);
	since = model.logged;
	OK(haul_virtio_shared_memory(&device, 1, &phys, &size));
	mmio_expect(since, steps, 5);
	cr_assert(phys.value == model.memory_base && size == model.memory_len);
	since = model.logged;
	FAILS(haul_virtio_shared_memory(&device, 2, &phys, &size), HAUL_ENOENT);
	mmio_expect(since, none, 3);
	mmio_end();
	mmio_negotiated(LEGACY);
	FAILS(haul_virtio_shared_memory(&device, 1, &phys, &size), HAUL_ENOENT);
	mmio_end();
}

Test(virtio_mmio, mmio_11_what_the_region_has_not_is_refused)
{
	static const size_t small[] = {0, 4, 0x70, 0xfc, 0xff};
	struct haul_region region = mmio_model_region();
	uint64_t value;

	mmio_begin(MODERN);
	for (size_t i = 0; i < sizeof small / sizeof *small; i++)
		FAILS(open_region(small[i]), HAUL_EINVAL);
	region.base += 2;
	FAILS(haul_virtio_mmio_open(&mmio, &region, &transport), HAUL_EINVAL);
	cr_assert(!model.logged);
	OK(open_region(0x100 + 6));
	cr_assert(transport.config_size == 6);
	OK(haul_virtio_open(&device, &transport, &dma, NULL));
	OK(haul_virtio_begin(&device, &driver));
	FAILS(haul_virtio_config_read(&device, 4, 4, 1, &value), HAUL_ERANGE);
	FAILS(haul_virtio_config_read(&device, 0, 4, 2, &value), HAUL_ERANGE);
	FAILS(haul_virtio_config_read(&device, 8, 1, 1, &value), HAUL_ERANGE);
	FAILS(haul_virtio_config_read(&device, 0, 4, SIZE_MAX, &value), HAUL_ERANGE);
	FAILS(haul_virtio_config_read(&device, 0, 4, SIZE_MAX / 4 + 2, &value), HAUL_ERANGE);
	FAILS(haul_virtio_config_read(&device, SIZE_MAX, 1, 1, &value), HAUL_ERANGE);
	FAILS(haul_virtio_config_write(&device, 6, 1, 0), HAUL_ERANGE);
	FAILS(haul_virtio_config_read(&device, 1, 2, 1, &value), HAUL_EINVAL);
	FAILS(haul_virtio_config_read(&device, 0, 3, 1, &value), HAUL_EINVAL);
	FAILS(haul_virtio_config_read(&device, 0, 0, 1, &value), HAUL_EINVAL);
	mmio_end();
}

Test(virtio_mmio, mmio_12_a_legacy_queue_is_set_up_in_order)
{
	static struct haul_virtio_queue second;
	size_t since;

	mmio_negotiated(LEGACY);
	since = model.logged;
	OK(mmio_queue());
	{
		const struct mmio_step steps[] = {
			{true, MODEL_QUEUE_SEL, 0},
			{false, MODEL_QUEUE_PFN, 0},
			{true, MODEL_QUEUE_SEL, 0},
			{false, MODEL_QUEUE_SIZE_MAX, 64},
			{true, MODEL_GUEST_PAGE_SIZE, 4096},
			{true, MODEL_QUEUE_SEL, 0},
			{true, MODEL_QUEUE_SIZE, 16},
			{true, MODEL_QUEUE_ALIGN, 4096},
			{true, MODEL_QUEUE_PFN, queue.place.descriptors.value / 4096},
		};

		mmio_expect(since, steps, sizeof steps / sizeof *steps);
	}
	/* The size of pages once; areas as 2.7.2 has them. */
	since = model.logged;
	OK(haul_virtio_queue_open(&device, &second, 1, 8, slots + 16, 8, 0, HAUL_VIRTIO_NO_VECTOR));
	cr_assert(model.logged - since == 8);
	cr_assert(queue.place.driver.value == queue.place.descriptors.value + 16 * 16);
	cr_assert(queue.place.device.value == queue.place.descriptors.value + 4096);
	OK(haul_virtio_reset(&device));
	cr_assert(!model.queues[0].pfn && !model.queues[1].pfn);
	mmio_end();
}

static uint64_t where;

static void is_elsewhere(struct haul_hal_memory *memory)
{
	memory->iova.value = where;
}

Test(virtio_mmio, mmio_12_pages_of_a_legacy_queue_have_32_bits)
{
	static const uint64_t bad[] = {0, UINT64_C(1) << 44, UINT64_MAX - 0xffff};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		mmio_negotiated(LEGACY);
		where = bad[i] & ~(uint64_t)4095;
		hal->lie = is_elsewhere;
		FAILS(mmio_queue(), HAUL_ERANGE);
		cr_assert(test_hal_idle(hal) && !model.queues[0].pfn);
		cr_assert(device.state == HAUL_VIRTIO_NEGOTIATED);
		FAILS(haul_virtio_kick(&queue), HAUL_EIO); /* its memory has gone */
		hal->lie = NULL;
		OK(mmio_queue());
		mmio_end();
	}
	mmio_negotiated(LEGACY);
	where = (UINT64_C(1) << 44) - 8192;
	hal->lie = is_elsewhere;
	OK(mmio_queue());
	cr_assert(model.queues[0].pfn == UINT32_MAX - 1);
	mmio_end();
}

Test(virtio_mmio, mmio_12_a_legacy_queue_is_stopped_by_page_0)
{
	static const struct mmio_step steps[] = {{true, MODEL_QUEUE_SEL, 0},
						 {true, MODEL_QUEUE_PFN, 0},
						 {true, MODEL_QUEUE_SEL, 0},
						 {false, MODEL_QUEUE_PFN, 0}};
	size_t since;

	mmio_running(LEGACY);
	since = model.logged;
	OK(haul_virtio_queue_close(&queue));
	mmio_expect(since, steps, 4);
	cr_assert(test_hal_idle(hal));
	mmio_end();
}

/* 1.5, number 8's second half, as far as MMIO goes. */
Test(virtio_mmio, a_kick_is_one_write)
{
	for (size_t i = 0; i < 2; i++) {
		const bool wide = versions[i] == MODERN;

		mmio_running(versions[i]);
		for (uint32_t n = 1; n < 4; n++) {
			const struct mmio_step step = {true, MODEL_QUEUE_NOTIFY,
						       wide ? n << 16 : 0};
			const size_t since = model.logged;

			/* a device that wants every kick */
			((uint16_t *)queue.ring.config.device)[2 + 4 * 16] = (uint16_t)(n - 1);
			mmio_request();
			mmio_expect(since, &step, 1);
		}
		cr_assert(queue.kicks == 3);
		mmio_end();
	}
}

/* It goes between two registers of a queue: what it may know already stays. */
static uint32_t goes(struct mmio_model *seen, size_t off, uint32_t truth)
{
	if (off == MODEL_QUEUE_SIZE_MAX)
		seen->gone = true;
	return truth;
}

Test(virtio_mmio, memory_that_a_device_may_know_stays)
{
	for (size_t i = 0; i < 2; i++) {
		mmio_negotiated(versions[i]);
		model.lie = goes;
		FAILS(mmio_queue(), HAUL_ENODEV);
		cr_assert(device.state == HAUL_VIRTIO_BROKEN && !test_hal_idle(hal));
		FAILS(haul_virtio_close(&device), HAUL_ENODEV);
		cr_assert(!test_hal_idle(hal) && !hal->calls[TEST_HAL_FREE]);
		model.gone = false;
		mmio_end();
	}
}

Test(virtio_mmio, a_device_that_is_gone_is_found_out_everywhere)
{
	struct haul_phys phys;
	uint64_t size;
	uint32_t value;
	unsigned causes;

	mmio_begin(MODERN);
	model.gone = true;
	FAILS(open_region(0x100), HAUL_ENODEV);
	for (unsigned call = 0; call < 7; call++) {
		int err = 0;

		mmio_running(MODERN);
		model.gone = true;
		switch (call) {
		case 0:
			err = haul_virtio_check(&device);
			break;
		case 1:
			err = haul_virtio_interrupt(&device, &causes);
			break;
		case 2:
			err = haul_virtio_config_read(&device, 0, 4, 1, &value);
			break;
		case 3:
			err = haul_virtio_config_write(&device, 0, 4, 1);
			break;
		case 4:
			err = haul_virtio_shared_memory(&device, 1, &phys, &size);
			break;
		case 5:
			err = haul_virtio_queue_reset(&queue);
			break;
		default:
			err = haul_virtio_queue_close(&queue);
		}
		cr_assert(err == -HAUL_ENODEV, "call %u: %d", call, err);
		cr_assert(device.state == HAUL_VIRTIO_BROKEN && device.reason == HAUL_VIRTIO_GONE);
		FAILS(haul_virtio_check(&device), HAUL_ENODEV);
		FAILS(haul_virtio_close(&device), HAUL_ENODEV);
		cr_assert(device.state == HAUL_VIRTIO_UNKNOWN && !test_hal_idle(hal));
		model.gone = false;
		mmio_end();
	}
}
