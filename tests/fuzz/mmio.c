/* SPDX-License-Identifier: MIT */
/* Virtio over MMIO: a device's registers, by tests/mmio_model.h; of its queues only where they
 * are. */
#include "machine.h"
#include "mmio_model.h"
#include "targets.h"
#include <haul/virtio_mmio.h>
#include <string.h>

enum { CALLS = 64, SLOTS = 16, LEGACY = 1, MODERN = 2 };

static struct mmio_model model;
static struct haul_virtio_mmio mmio;
static struct haul_virtio_queue queues[2];
static struct haul_virtqueue_slot slots[2][SLOTS];

static const struct haul_virtio_dependency needs[] = {{2, 1}, {1, 0}};
static const struct haul_virtio_driver driver = {
	.type = 4,
	.implemented = {{0xf, 0xf}},
	.dependencies = needs,
	.ndependencies = 2,
};

/* What the model finds wrong when the device has told lies is nothing. */
static int filter(bool writes, unsigned width, uint64_t *value, int err)
{
	uint64_t none = 0;
	const int gone = input_answer(writes ? 8 : width, writes ? &none : value);

	if (input_lied())
		model.wrong = NULL;
	return gone ? gone : err;
}

static void begin_model(uint32_t version)
{
	virtio_registers_filter = NULL;
	mmio_model_begin(&model, version);
	model.has_memory = true;
	model.memory_base = 0x1000;
	model.memory_len = 0x1000;
	virtio_registers_filter = filter;
}

static int open_device(void)
{
	struct haul_region region = mmio_model_region();
	struct haul_virtio_transport transport;
	int err;

	region.size -= input_byte();
	err = RETURNS(haul_virtio_mmio_open(&mmio, &region, &transport), HAUL_ENOENT, HAUL_EPROTO,
		      HAUL_ENOTSUP, HAUL_ENODEV, HAUL_EINVAL);
	if (!err)
		cr_assert(haul_virtio_open(&machine.device, &transport, &machine.dma,
					   &machine.options) == 0);
	return err;
}

static void open_queue(void)
{
	const unsigned i = input_below(2), index = i + input_below(3);

	RETURNS(haul_virtio_queue_open(&machine.device, &queues[i], index, SLOTS, slots[i], SLOTS,
				       input_below(4), HAUL_VIRTIO_NO_VECTOR),
		HAUL_EINVAL, HAUL_ENOENT, HAUL_EBUSY, HAUL_EPROTO, HAUL_ENODEV, HAUL_EIO,
		HAUL_ENOMEM, HAUL_ERANGE);
}

/* Something to publish; what becomes of it is nobody's business here. */
static void kick(struct haul_virtio_queue *queue)
{
	static const struct haul_dma_segment segment = {{0x50000000}, 8};

	haul_virtqueue_add(&queue->ring, NULL, 0, &segment, 1, queue, NULL);
	RETURNS(haul_virtio_kick(queue), HAUL_EIO, HAUL_ENODEV, HAUL_EINVAL);
}

static void forget(struct haul_virtio_queue *queue)
{
	struct haul_virtqueue_used used;

	while (RETURNS(haul_virtqueue_detach(&queue->ring, &used), HAUL_ENOENT) == 0)
		;
}

static void use_queue(void)
{
	struct haul_virtio_queue *queue = &queues[input_below(2)];

	if (!queue->device) /* was never opened */
		return;
	switch (input_below(4)) {
	case 0:
		kick(queue);
		break;
	case 1:
		if (RETURNS(haul_virtio_queue_reset(queue), HAUL_EIO, HAUL_ENODEV, HAUL_EINVAL,
			    HAUL_ENOTSUP, HAUL_EPROTO, HAUL_ETIMEDOUT) == 0)
			forget(queue);
		break;
	case 2:
		RETURNS(haul_virtio_queue_restart(queue), HAUL_EIO, HAUL_ENODEV, HAUL_EINVAL);
		break;
	default:
		RETURNS(haul_virtio_queue_close(queue), HAUL_EIO, HAUL_ENODEV, HAUL_EINVAL,
			HAUL_ENOTSUP, HAUL_EBUSY, HAUL_EPROTO, HAUL_ETIMEDOUT);
	}
}

static void configure(void)
{
	unsigned char values[32];
	const unsigned width = 1u << input_below(4);
	const size_t count = input_below((unsigned)(sizeof values / width) + 1);

	memset(model.field, (int)width, sizeof model.field);
	if (input_byte() & 1)
		RETURNS(haul_virtio_config_write(&machine.device, input_below(80), width, 1),
			HAUL_EIO, HAUL_ENODEV, HAUL_EINVAL, HAUL_ERANGE);
	else
		RETURNS(haul_virtio_config_read(&machine.device, input_below(80), width, count,
						values),
			HAUL_EIO, HAUL_ENODEV, HAUL_EINVAL, HAUL_ERANGE, HAUL_EAGAIN);
}

static void begin(void)
{
	RETURNS(haul_virtio_begin(&machine.device, &driver), HAUL_ENODEV, HAUL_ENOTSUP, HAUL_EPROTO,
		HAUL_ETIMEDOUT);
}

/* Models do not know that the driver may not have seen yet that the device wants a reset. */
static void change(void)
{
	model.interrupts = input_byte();
	model.generation++;
	if (input_byte() & 1) {
		model.status |= HAUL_VIRTIO_STATUS_NEEDS_RESET;
		input_lie();
	}
}

static void step(void)
{
	struct haul_phys phys;
	unsigned causes;
	uint64_t size;

	switch (input_below(9)) {
	case 0:
		begin();
		break;
	case 1:
		open_queue();
		break;
	case 2:
		RETURNS(haul_virtio_start(&machine.device), HAUL_EIO, HAUL_ENODEV, HAUL_EINVAL,
			HAUL_EPROTO);
		break;
	case 3:
		use_queue();
		break;
	case 4:
		configure();
		break;
	case 5:
		RETURNS(haul_virtio_interrupt(&machine.device, &causes), HAUL_ENODEV, HAUL_EPROTO);
		break;
	case 6:
		RETURNS(haul_virtio_shared_memory(&machine.device, input_below(3), &phys, &size),
			HAUL_EIO, HAUL_ENODEV, HAUL_EINVAL, HAUL_ENOENT, HAUL_EPROTO);
		break;
	case 7:
		RETURNS(haul_virtio_check(&machine.device), HAUL_EIO, HAUL_ENODEV, HAUL_EINVAL,
			HAUL_EPROTO);
		break;
	default:
		change();
	}
}

static void check_model(void)
{
	cr_assert(!model.wrong, "%#zx: %s", model.wrong_at, model.wrong);
}

static void close_device(void)
{
	cr_assert(haul_virtio_close(&machine.device) == 0);
	check_model();
	forget(&queues[0]);
	forget(&queues[1]);
}

static void check_works(uint32_t version)
{
	begin_model(version);
	machine.options.policy = HAUL_VIRTIO_CHECKED;
	memset(queues, 0, sizeof queues);
	cr_assert(open_device() == 0);
	cr_assert(haul_virtio_begin(&machine.device, &driver) == 0);
	cr_assert(haul_virtio_queue_open(&machine.device, &queues[0], 0, SLOTS, slots[0], SLOTS, 0,
					 HAUL_VIRTIO_NO_VECTOR) == 0);
	cr_assert(haul_virtio_start(&machine.device) == 0);
	kick(&queues[0]);
	cr_assert(model.queues[0].kicks == 1);
	close_device();
}

void fuzz_mmio(const uint8_t *data, size_t size)
{
	uint32_t version;
	bool opened;

	input_begin(data, size);
	memset(&machine, 0, sizeof machine);
	memset(queues, 0, sizeof queues);
	machine.options.timeout = INPUT_SOON;
	machine.options.policy = (enum haul_virtio_policy)input_below(3);
	version = input_byte() & 1 ? LEGACY : MODERN;
	machine_memory(false);
	begin_model(version);
	opened = open_device() == 0;
	if (opened)
		begin();
	/* A device that was refused has not been reset, and is not to be touched. */
	for (unsigned i = 0; model.resets && i < CALLS && input_left(); i++)
		step();
	if (!input_lied())
		check_model();
	machine_mend();
	if (opened)
		close_device();
	check_works(version);
	machine_memory_end();
}
