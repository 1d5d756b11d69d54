/* SPDX-License-Identifier: MIT */
#include "driver.h"
#include <string.h>

enum { CALLS = 64, QUEUES = 2, SLOTS = 16, BYTES = 32 };

static struct haul_virtio_queue queues[QUEUES];
static struct haul_virtqueue_slot slots[QUEUES][SLOTS];

#define USE_ERRORS HAUL_EIO, HAUL_ENODEV, HAUL_EINVAL

int driver_begin(const struct haul_virtio_driver *driver)
{
	return RETURNS(haul_virtio_begin(&machine.device, driver), HAUL_ENODEV, HAUL_ENOTSUP,
		       HAUL_EPROTO, HAUL_ETIMEDOUT);
}

void driver_start(void)
{
	RETURNS(haul_virtio_start(&machine.device), USE_ERRORS, HAUL_EPROTO);
}

void driver_interrupt(void)
{
	unsigned causes;

	RETURNS(haul_virtio_interrupt(&machine.device, &causes), HAUL_ENODEV, HAUL_EPROTO);
}

void driver_check(void)
{
	RETURNS(haul_virtio_check(&machine.device), USE_ERRORS, HAUL_EPROTO);
}

void driver_find_window(unsigned ids)
{
	struct haul_phys phys;
	uint64_t size;
	const int err =
		RETURNS(haul_virtio_shared_memory(&machine.device, input_below(ids), &phys, &size),
			USE_ERRORS, HAUL_ENOENT, HAUL_EPROTO);

	cr_assert(err || (size && phys.value + (size - 1) >= phys.value));
}

void driver_configure(size_t off, unsigned width, size_t count)
{
	unsigned char values[BYTES];

	cr_assert(width * count <= sizeof values);
	if (input_byte() & 1)
		RETURNS(haul_virtio_config_write(&machine.device, off, width, 1), USE_ERRORS,
			HAUL_ERANGE);
	else
		RETURNS(haul_virtio_config_read(&machine.device, off, width, count, values),
			USE_ERRORS, HAUL_ERANGE, HAUL_EAGAIN);
}

static const struct haul_virtio_ops *ops(void)
{
	return machine.device.transport.ops;
}

/* Queues. */

static void open_queue(void)
{
	const unsigned i = input_below(QUEUES), index = i + input_below(3);
	const bool has_vector = ops()->config_vector && input_byte() & 1;
	const uint16_t vector = has_vector ? input_byte() : HAUL_VIRTIO_NO_VECTOR;

	RETURNS(haul_virtio_queue_open(&machine.device, &queues[i], index, SLOTS, slots[i], SLOTS,
				       input_below(4), vector),
		USE_ERRORS, HAUL_ENOENT, HAUL_EBUSY, HAUL_EPROTO, HAUL_ENOMEM,
		ops()->config_vector ? HAUL_ENOSPC : HAUL_ERANGE);
}

/* Something to publish; what becomes of it is nobody's business here. */
static void kick(struct haul_virtio_queue *queue)
{
	static const struct haul_dma_segment segment = {{0x50000000}, 8};

	haul_virtqueue_add(&queue->ring, NULL, 0, &segment, 1, queue, NULL);
	RETURNS(haul_virtio_kick(queue), USE_ERRORS);
}

static void forget(struct haul_virtio_queue *queue)
{
	struct haul_virtqueue_used used;

	while (RETURNS(haul_virtqueue_detach(&queue->ring, &used), HAUL_ENOENT) == 0)
		;
}

static void use_queue(void)
{
	struct haul_virtio_queue *queue = &queues[input_below(QUEUES)];

	if (!queue->device) /* was never opened */
		return;
	switch (input_below(4)) {
	case 0:
		kick(queue);
		break;
	case 1:
		if (RETURNS(haul_virtio_queue_reset(queue), USE_ERRORS, HAUL_ENOTSUP, HAUL_EPROTO,
			    HAUL_ETIMEDOUT) == 0)
			forget(queue);
		break;
	case 2:
		RETURNS(haul_virtio_queue_restart(queue), USE_ERRORS, HAUL_EPROTO, HAUL_ENOSPC);
		break;
	default:
		RETURNS(haul_virtio_queue_close(queue), USE_ERRORS, HAUL_ENOTSUP, HAUL_EBUSY,
			HAUL_EPROTO, HAUL_ETIMEDOUT);
	}
}

/* Transports. */

void driver_setup(const uint8_t *data, size_t size)
{
	input_begin(data, size);
	memset(&machine, 0, sizeof machine);
	memset(queues, 0, sizeof queues);
	machine.options.timeout = INPUT_SOON;
	machine.options.policy = (enum haul_virtio_policy)input_below(3);
}

void driver_prepare(const struct driver_transport *transport)
{
	if (driver_begin(transport->driver) == 0 && ops()->config_vector)
		RETURNS(ops()->config_vector(machine.device.transport.ctx,
					     (uint16_t)input_below(5)),
			HAUL_ENODEV, HAUL_EINVAL, HAUL_ENOSPC, HAUL_EPROTO);
}

/* Models do not know that the driver may not have seen yet that the device wants a reset. */
static void change(const struct driver_transport *transport)
{
	transport->change(input_byte());
	if (input_byte() & 1) {
		*transport->status |= HAUL_VIRTIO_STATUS_NEEDS_RESET;
		input_lie();
	}
}

static void step(const struct driver_transport *transport)
{
	switch (input_below(9)) {
	case 0:
		driver_prepare(transport);
		break;
	case 1:
		open_queue();
		break;
	case 2:
		driver_start();
		break;
	case 3:
		use_queue();
		break;
	case 4:
		transport->configure();
		break;
	case 5:
		driver_interrupt();
		break;
	case 6:
		driver_find_window(transport->windows);
		break;
	case 7:
		driver_check();
		break;
	default:
		change(transport);
	}
}

void driver_run(const struct driver_transport *transport)
{
	for (unsigned i = 0; i < CALLS && input_left(); i++)
		step(transport);
}

void driver_use(const struct haul_virtio_driver *driver)
{
	memset(queues, 0, sizeof queues);
	cr_assert(driver_begin(driver) == 0);
	cr_assert(haul_virtio_queue_open(&machine.device, &queues[0], 0, SLOTS, slots[0], SLOTS, 0,
					 HAUL_VIRTIO_NO_VECTOR) == 0);
	cr_assert(haul_virtio_start(&machine.device) == 0);
	kick(&queues[0]);
}

void driver_close(void)
{
	cr_assert(haul_virtio_close(&machine.device) == 0);
	for (unsigned i = 0; i < QUEUES; i++)
		forget(&queues[i]);
}
