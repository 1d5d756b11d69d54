/* SPDX-License-Identifier: MIT */
/*
 * Devices: virtio 1.4, 2.1 to 2.6, 3.1 and 3.3, over a transport's operations.
 *
 * A device is believed nothing: its status is read back at each step, its features are read once,
 * and no wait is without an end.  What its memory is needed for ends with a reset that it has
 * confirmed, and with nothing else.
 */
#include "../platform.h"
#include "request.h"
#include <haul/barrier.h>
#include <haul/mem.h>
#include <haul/virtio.h>

static const uint64_t second = 1000000000;

enum {
	/* All ones, of which some are reserved: what is read where there is no device any more. */
	STATUS_GONE = 0xff,
	DESCRIPTOR_BYTES = 16,
	/* A configuration that was never read twice the same in so many times does not stand still.
	 */
	CONFIG_TRIES = 32
};

/* Bits of chapter 6, which are not a kind of device's own (2.2). */
enum { COMMON_FIRST = 24, COMMON_END = 50 };

/* Of them what this file and the ring can do; a transport may be able to do less. */
static const uint8_t common_features[] = {
	HAUL_VIRTIO_F_ANY_LAYOUT,        HAUL_VIRTIO_F_INDIRECT_DESC,
	HAUL_VIRTIO_F_EVENT_IDX,         HAUL_VIRTIO_F_VERSION_1,
	HAUL_VIRTIO_F_ACCESS_PLATFORM,   HAUL_VIRTIO_F_ORDER_PLATFORM,
	HAUL_VIRTIO_F_NOTIFICATION_DATA, HAUL_VIRTIO_F_NOTIF_CONFIG_DATA,
	HAUL_VIRTIO_F_RING_RESET,
};

static void *ctx_of(const struct haul_virtio *device)
{
	return device->transport.ctx;
}

static const struct haul_virtio_ops *ops_of(const struct haul_virtio *device)
{
	return device->transport.ops;
}

/* Queues' threads look at these too. */
static enum haul_virtio_state state_of(const struct haul_virtio *device)
{
	return __atomic_load_n(&device->state, __ATOMIC_RELAXED);
}

static void set_state(struct haul_virtio *device, enum haul_virtio_state state)
{
	__atomic_store_n(&device->state, state, __ATOMIC_RELAXED);
}

/* What the status is to read as. */
static uint8_t status_of(const struct haul_virtio *device)
{
	return __atomic_load_n(&device->status, __ATOMIC_RELAXED);
}

static void set_status(struct haul_virtio *device, uint8_t status)
{
	__atomic_store_n(&device->status, status, __ATOMIC_RELAXED);
}

static void set_reason(struct haul_virtio *device, enum haul_virtio_reason reason)
{
	__atomic_store_n(&device->reason, reason, __ATOMIC_RELAXED);
}

static int check_transport(const struct haul_virtio_transport *transport)
{
	const struct haul_virtio_ops *ops = transport->ops;

	if (ops->size < sizeof *ops || ops->version != HAUL_VIRTIO_OPS_VERSION)
		return -HAUL_EINVAL;
	if (!ops->status || !ops->set_status || !ops->features || !ops->set_features ||
	    !ops->queue_max || !ops->queue_in_use || !ops->queue_set || !ops->kick ||
	    !ops->interrupt || !ops->config_read || !ops->config_write)
		return -HAUL_EINVAL;
	if (haul_virtio_features_have(&transport->features, HAUL_VIRTIO_F_RING_RESET) &&
	    (!ops->queue_reset || !ops->queue_resets))
		return -HAUL_EINVAL;
	return transport->words == 1 || transport->words == 2 || transport->words == 4
		       ? 0
		       : -HAUL_EINVAL;
}

static int check_options(const struct haul_virtio_options *options,
			 const struct haul_virtio_ops *ops)
{
	if ((unsigned)options->policy > HAUL_VIRTIO_CONFIDENTIAL)
		return -HAUL_EINVAL;
	return options->has_config_vector && !ops->config_vector ? -HAUL_ENOTSUP : 0;
}

int haul_virtio_open(struct haul_virtio *device, const struct haul_virtio_transport *transport,
		     struct haul_dma_device *dma, const struct haul_virtio_options *options)
{
	struct haul_virtio made = {
		.transport = *transport, .dma = dma, .state = HAUL_VIRTIO_UNKNOWN};
	int err = check_transport(transport);

	if (!err && options) {
		made.options = *options;
		err = check_options(options, transport->ops);
	}
	if (err)
		return err;
	if (!made.options.timeout)
		made.options.timeout = second;
	*device = made;
	return 0;
}

/* What goes wrong. */

/* Takes it for broken; was it not until now?  Of many threads one hears that it was not. */
static bool break_device(struct haul_virtio *device, enum haul_virtio_reason reason)
{
	enum haul_virtio_reason fine = HAUL_VIRTIO_FINE;
	enum haul_virtio_state state = state_of(device);

	__atomic_compare_exchange_n(&device->reason, &fine, reason, false, __ATOMIC_RELAXED,
				    __ATOMIC_RELAXED);
	while (state == HAUL_VIRTIO_RESET || state == HAUL_VIRTIO_NEGOTIATED ||
	       state == HAUL_VIRTIO_RUNNING)
		if (__atomic_compare_exchange_n(&device->state, &state, HAUL_VIRTIO_BROKEN, false,
						__ATOMIC_RELAXED, __ATOMIC_RELAXED))
			return true;
	return false;
}

static int gone(struct haul_virtio *device)
{
	set_reason(device, HAUL_VIRTIO_GONE);
	break_device(device, HAUL_VIRTIO_GONE);
	return -HAUL_ENODEV;
}

int haul_virtio_fail(struct haul_virtio *device, enum haul_virtio_reason reason)
{
	if (break_device(device, reason)) {
		const uint8_t status = status_of(device) | HAUL_VIRTIO_FAILED;

		set_status(device, status);
		ops_of(device)->set_status(ctx_of(device), status); /* it is given up anyway */
	}
	return -HAUL_EPROTO;
}

/* What an operation returned, on what that reason is about. */
static int failed(struct haul_virtio *device, int err, enum haul_virtio_reason reason)
{
	if (err == -HAUL_ENODEV)
		return gone(device);
	if (err == -HAUL_EPROTO || err == -HAUL_ENOTSUP || err == -HAUL_ETIMEDOUT)
		haul_virtio_fail(device, reason);
	return err;
}

/* Calls on what is broken, closed or not so far yet, or too far. */
static int refused(const struct haul_virtio *device)
{
	switch (state_of(device)) {
	case HAUL_VIRTIO_BROKEN:
	case HAUL_VIRTIO_UNKNOWN:
		return __atomic_load_n(&device->reason, __ATOMIC_RELAXED) == HAUL_VIRTIO_GONE
			       ? -HAUL_ENODEV
			       : -HAUL_EIO;
	default:
		return -HAUL_EINVAL;
	}
}

int haul_virtio_running(const struct haul_virtio *device)
{
	if (!device)
		return -HAUL_EINVAL;
	return state_of(device) == HAUL_VIRTIO_RUNNING ? 0 : refused(device);
}

static bool is_up(const struct haul_virtio *device)
{
	const enum haul_virtio_state state = state_of(device);

	return state == HAUL_VIRTIO_NEGOTIATED || state == HAUL_VIRTIO_RUNNING;
}

/* Waiting.  What is asked for is looked at once more after the deadline. */

static uint64_t deadline_of(const struct haul_virtio *device)
{
	const uint64_t now = haul_platform_clock();
	const uint64_t left = UINT64_MAX - now;

	return now + (device->options.timeout < left ? device->options.timeout : left);
}

static bool is_late(uint64_t deadline)
{
	return haul_platform_clock() >= deadline;
}

/* The status. */

static int read_status(struct haul_virtio *device, uint8_t *status)
{
	const int err = ops_of(device)->status(ctx_of(device), status);

	if (err)
		return failed(device, err, HAUL_VIRTIO_STATUS);
	return *status == STATUS_GONE ? gone(device) : 0;
}

/* 2.1.2: bits are never cleared but by a reset, and set by the driver but for one. */
static int judge_status(struct haul_virtio *device, uint8_t status)
{
	if (status == status_of(device))
		return 0;
	set_status(device, status); /* FAILED is to clear none of them */
	return haul_virtio_fail(device, status & HAUL_VIRTIO_STATUS_NEEDS_RESET
						? HAUL_VIRTIO_NEEDS_RESET
						: HAUL_VIRTIO_STATUS);
}

static int check_status(struct haul_virtio *device)
{
	uint8_t status;
	const int err = read_status(device, &status);

	return err ? err : judge_status(device, status);
}

static int add_status(struct haul_virtio *device, uint8_t bit)
{
	int err;

	set_status(device, status_of(device) | bit);
	err = ops_of(device)->set_status(ctx_of(device), status_of(device));
	return err ? failed(device, err, HAUL_VIRTIO_STATUS) : 0;
}

/* Sets a bit more, and reads it back. */
static int take_step(struct haul_virtio *device, uint8_t bit)
{
	const int err = add_status(device, bit);

	return err ? err : check_status(device);
}

int haul_virtio_check(struct haul_virtio *device)
{
	return is_up(device) ? check_status(device) : refused(device);
}

/* Reset. */

/* 2.4.2: it is done when the status reads 0. */
static int await_reset(struct haul_virtio *device)
{
	const uint64_t deadline = deadline_of(device);

	for (;;) {
		const bool late = is_late(deadline);
		uint8_t status;
		const int err = read_status(device, &status);

		if (err)
			return err;
		if (!status) {
			haul_barrier_complete(); /* what it has written is there */
			return 0;
		}
		if (late) {
			set_reason(device, HAUL_VIRTIO_TIMEOUT);
			return -HAUL_ETIMEDOUT;
		}
		haul_platform_yield();
	}
}

/* From now on nobody looks at the ring any more. */
static void break_ring(struct haul_virtqueue *ring)
{
	if (!ring->broken)
		ring->broken = HAUL_VIRTIO_WAS_RESET;
}

static int free_memory(struct haul_virtio_queue *queue)
{
	int err = 0;

	if (queue->tables.size)
		err = haul_dma_coherent_free(&queue->tables);
	if (!err && queue->memory.size)
		err = haul_dma_coherent_free(&queue->memory);
	return err;
}

/* Only ever after a reset.  What cannot be freed stays, to be freed the next time. */
static int release_queues(struct haul_virtio *device)
{
	while (device->queues) {
		const int err = free_memory(device->queues);

		if (err)
			return err;
		device->queues = device->queues->next;
	}
	return 0;
}

int haul_virtio_reset(struct haul_virtio *device)
{
	int err;

	if (state_of(device) == HAUL_VIRTIO_CLOSED)
		return -HAUL_EINVAL;
	for (struct haul_virtio_queue *queue = device->queues; queue; queue = queue->next)
		break_ring(&queue->ring);
	set_state(device, HAUL_VIRTIO_UNKNOWN);
	err = ops_of(device)->set_status(ctx_of(device), 0);
	err = err ? failed(device, err, HAUL_VIRTIO_STATUS) : await_reset(device);
	if (err)
		return err;
	set_status(device, 0);
	device->accepted = (struct haul_virtio_features){0};
	set_state(device, HAUL_VIRTIO_RESET);
	return release_queues(device);
}

int haul_virtio_let_go(struct haul_virtio *device)
{
	return state_of(device) == HAUL_VIRTIO_CLOSED ? 0 : haul_virtio_reset(device);
}

int haul_virtio_close(struct haul_virtio *device)
{
	const int err = haul_virtio_reset(device);

	if (err)
		return err;
	if (ops_of(device)->close)
		ops_of(device)->close(ctx_of(device));
	set_state(device, HAUL_VIRTIO_CLOSED);
	return 0;
}

/* Features. */

static void drop(struct haul_virtio_features *features, unsigned bit)
{
	features->words[bit / 64] &= ~((uint64_t)1 << bit % 64);
}

static bool is_legacy(const struct haul_virtio *device)
{
	return device->transport.legacy;
}

/*
 * How many words of features to read and write.  Those above 64 bits only for a driver that has
 * some there: devices of before 1.4 may take the selector of such a word for that of another.
 */
static unsigned count_words(const struct haul_virtio *device,
			    const struct haul_virtio_driver *driver)
{
	return device->transport.words > 2 && !driver->implemented.words[1]
		       ? 2
		       : device->transport.words;
}

/* Each word once: what it says the next time is nothing to us. */
static int read_features(struct haul_virtio *device, unsigned words)
{
	struct haul_virtio_features *offered = &device->offered;

	*offered = (struct haul_virtio_features){0};
	for (unsigned word = 0; word < words; word++) {
		uint32_t bits;
		const int err = ops_of(device)->features(ctx_of(device), word, &bits);

		if (err)
			return failed(device, err, HAUL_VIRTIO_FEATURES);
		offered->words[word / 2] |= (uint64_t)bits << word % 2 * 32;
	}
	return 0;
}

static void mask(struct haul_virtio_features *features, const struct haul_virtio_features *by)
{
	features->words[0] &= by->words[0];
	features->words[1] &= by->words[1];
}

/* What the driver can do, of its kind of device, and we, of all kinds, less what is not wanted. */
static struct haul_virtio_features implemented(const struct haul_virtio *device,
					       const struct haul_virtio_driver *driver)
{
	struct haul_virtio_features can = driver->implemented;

	for (unsigned bit = COMMON_FIRST; bit < COMMON_END; bit++)
		drop(&can, bit);
	for (size_t i = 0; i < sizeof common_features; i++)
		if (haul_virtio_features_have(&device->transport.features, common_features[i]))
			haul_virtio_features_add(&can, common_features[i]);
	for (size_t i = 0; i < 2; i++)
		can.words[i] &= ~device->options.refused.words[i];
	return can;
}

/* What needs what is not there is not there either, whatever the order of the table. */
static void close_under(struct haul_virtio_features *features,
			const struct haul_virtio_driver *driver)
{
	for (size_t pass = 0; pass < driver->ndependencies; pass++)
		for (size_t i = 0; i < driver->ndependencies; i++) {
			const struct haul_virtio_dependency *rule = &driver->dependencies[i];

			if (!haul_virtio_features_have(features, rule->needs) &&
			    rule->feature < 128)
				drop(features, rule->feature);
		}
}

static bool has_all(const struct haul_virtio_features *features,
		    const struct haul_virtio_features *wanted)
{
	return !(wanted->words[0] & ~features->words[0]) &&
	       !(wanted->words[1] & ~features->words[1]);
}

/* 6.1: a device that is not legacy has to offer VERSION_1. */
static bool is_enough(const struct haul_virtio *device, const struct haul_virtio_driver *driver)
{
	if (!is_legacy(device) && !haul_virtio_has(device, HAUL_VIRTIO_F_VERSION_1))
		return false;
	if (device->options.policy == HAUL_VIRTIO_CONFIDENTIAL &&
	    !haul_virtio_has(device, HAUL_VIRTIO_F_ACCESS_PLATFORM))
		return false;
	return has_all(&device->accepted, &driver->required);
}

static int write_features(struct haul_virtio *device, unsigned words)
{
	for (unsigned word = 0; word < words; word++) {
		const uint32_t bits = (uint32_t)(device->accepted.words[word / 2] >> word % 2 * 32);
		const int err = ops_of(device)->set_features(ctx_of(device), word, bits);

		if (err)
			return failed(device, err, HAUL_VIRTIO_FEATURES);
	}
	return 0;
}

/* 3.1.1, step 6: does it keep the bit? */
static int seal_features(struct haul_virtio *device)
{
	uint8_t status;
	int err = add_status(device, HAUL_VIRTIO_FEATURES_OK);

	if (!err)
		err = read_status(device, &status);
	if (err)
		return err;
	if (!(status & (HAUL_VIRTIO_FEATURES_OK | HAUL_VIRTIO_STATUS_NEEDS_RESET))) {
		set_status(device, status);
		return failed(device, -HAUL_ENOTSUP, HAUL_VIRTIO_FEATURES);
	}
	return judge_status(device, status);
}

static int negotiate(struct haul_virtio *device, const struct haul_virtio_driver *driver)
{
	const unsigned words = count_words(device, driver);
	int err = read_features(device, words);

	if (err)
		return err;
	device->accepted = implemented(device, driver);
	mask(&device->accepted, &device->offered);
	close_under(&device->accepted, driver);
	if (!is_enough(device, driver))
		return failed(device, -HAUL_ENOTSUP, HAUL_VIRTIO_FEATURES);
	err = write_features(device, words);
	if (err)
		return err;
	return is_legacy(device) ? check_status(device) : seal_features(device);
}

/* 4.1.5.1.2: a reset has left it without one.  It can be without; but that is not for us to say. */
static int set_config_vector(struct haul_virtio *device)
{
	const struct haul_virtio_options *options = &device->options;
	int err = 0;

	if (options->has_config_vector)
		err = ops_of(device)->config_vector(ctx_of(device), options->config_vector);
	if (err == -HAUL_ENODEV)
		return gone(device);
	if (err)
		haul_virtio_fail(device, HAUL_VIRTIO_VECTOR);
	return err;
}

/* 3.1.1 */
int haul_virtio_begin(struct haul_virtio *device, const struct haul_virtio_driver *driver)
{
	int err;

	if (device->transport.type != driver->type)
		return -HAUL_ENODEV;
	if (is_legacy(device) && device->options.policy == HAUL_VIRTIO_CONFIDENTIAL)
		return -HAUL_ENOTSUP;
	set_reason(device, HAUL_VIRTIO_FINE);
	err = haul_virtio_reset(device);
	if (!err)
		err = take_step(device, HAUL_VIRTIO_ACKNOWLEDGE);
	if (!err)
		err = take_step(device, HAUL_VIRTIO_DRIVER);
	if (!err && device->transport.config_size < driver->config_size)
		err = haul_virtio_fail(device, HAUL_VIRTIO_CONFIG);
	if (!err)
		err = negotiate(device, driver);
	if (!err)
		err = set_config_vector(device);
	if (!err)
		set_state(device, HAUL_VIRTIO_NEGOTIATED);
	return err;
}

/* Queues. */

/* The largest power of two that all can do; max is no larger than a queue can be. */
static unsigned choose_size(uint32_t max, unsigned wanted, size_t nslots)
{
	unsigned size = 1;

	while (2 * size <= max && 2 * size <= wanted && 2 * size <= nslots)
		size *= 2;
	return size;
}

/* 2.6: sizes are at most 32768; one that is all ones is no device's. */
static int ask_size(struct haul_virtio *device, unsigned index, uint32_t *max)
{
	bool in_use;
	int err = ops_of(device)->queue_in_use(ctx_of(device), index, &in_use);

	if (err)
		return failed(device, err, HAUL_VIRTIO_QUEUE);
	if (in_use) {
		err = check_status(device);
		return err ? err : -HAUL_EBUSY;
	}
	err = ops_of(device)->queue_max(ctx_of(device), index, max);
	if (err)
		return failed(device, err, HAUL_VIRTIO_QUEUE);
	if (!*max)
		return -HAUL_ENOENT;
	if (*max > HAUL_VIRTQUEUE_SIZE_MAX) {
		err = check_status(device);
		return err ? err : haul_virtio_fail(device, HAUL_VIRTIO_QUEUE);
	}
	return 0;
}

static int allocate(struct haul_virtio_queue *queue, unsigned size, unsigned tables)
{
	struct haul_virtio *device = queue->device;
	struct haul_virtqueue_layout layout;
	int err;

	haul_virtqueue_layout(size, is_legacy(device), &layout);
	err = haul_dma_coherent_alloc(&queue->memory, device->dma, layout.size,
				      HAUL_VIRTQUEUE_ALIGN);
	if (!err && tables)
		err = haul_dma_coherent_alloc(&queue->tables, device->dma,
					      (size_t)size * tables * DESCRIPTOR_BYTES, 0);
	return err;
}

static unsigned ring_flags(const struct haul_virtio *device, unsigned tables)
{
	unsigned flags = tables ? HAUL_VIRTQUEUE_INDIRECT : 0;

	if (haul_virtio_has(device, HAUL_VIRTIO_F_EVENT_IDX))
		flags |= HAUL_VIRTQUEUE_EVENT_IDX;
	if (haul_virtio_has(device, HAUL_VIRTIO_F_ORDER_PLATFORM))
		flags |= HAUL_VIRTQUEUE_ORDER_PLATFORM;
	if (is_legacy(device))
		flags |= HAUL_VIRTQUEUE_LEGACY;
	return flags;
}

static int set_ring(struct haul_virtio_queue *queue, unsigned size, unsigned tables,
		    struct haul_virtqueue_slot *slots)
{
	const struct haul_virtio *device = queue->device;
	unsigned char *const memory = queue->memory.virt;
	struct haul_virtqueue_layout layout;

	haul_virtqueue_layout(size, is_legacy(device), &layout);
	queue->place.size = size;
	queue->place.descriptors.value = queue->memory.iova.value + layout.descriptors;
	queue->place.driver.value = queue->memory.iova.value + layout.driver;
	queue->place.device.value = queue->memory.iova.value + layout.device;
	return haul_virtqueue_init(&queue->ring, &(struct haul_virtqueue_config){
							 .size = size,
							 .flags = ring_flags(device, tables),
							 .policy = device->options.policy,
							 .descriptors = memory + layout.descriptors,
							 .driver = memory + layout.driver,
							 .device = memory + layout.device,
							 .slots = slots,
							 .tables = queue->tables.virt,
							 .tables_iova = queue->tables.iova,
							 .table_size = tables,
						 });
}

/* Tells the device where it is: what the areas begin with has to be there before. */
static int hand_over(struct haul_virtio_queue *queue)
{
	struct haul_virtio *device = queue->device;
	int err;

	haul_barrier_doorbell();
	err = ops_of(device)->queue_set(ctx_of(device), &queue->place, &queue->doorbell);
	return err ? failed(device, err, HAUL_VIRTIO_QUEUE) : 0;
}

/* By its number, or as this structure. */
static bool is_held(const struct haul_virtio *device, const struct haul_virtio_queue *queue,
		    unsigned index)
{
	const struct haul_virtio_queue *held = device->queues;

	while (held && held != queue && held->place.queue != index)
		held = held->next;
	return held;
}

static int begin_queue(struct haul_virtio_queue *queue, unsigned size, unsigned tables,
		       struct haul_virtqueue_slot *slots)
{
	struct haul_virtio *device = queue->device;
	int err = allocate(queue, size, tables);

	if (!err)
		err = set_ring(queue, size, tables, slots);
	if (!err)
		err = hand_over(queue);
	if (err)
		break_ring(&queue->ring);
	/* Once the device may have been told, memory is its until a reset. */
	if (err && is_up(device) && !free_memory(queue))
		return err;
	queue->next = device->queues;
	device->queues = queue;
	return err;
}

int haul_virtio_queue_open(struct haul_virtio *device, struct haul_virtio_queue *queue,
			   unsigned index, unsigned wanted, struct haul_virtqueue_slot *slots,
			   size_t nslots, unsigned tables, uint16_t vector)
{
	uint32_t max;
	unsigned size;
	int err;

	if (state_of(device) != HAUL_VIRTIO_NEGOTIATED)
		return refused(device);
	if (!wanted || !slots || !nslots || tables == 1)
		return -HAUL_EINVAL;
	if (is_held(device, queue, index))
		return -HAUL_EBUSY;
	err = ask_size(device, index, &max);
	if (err)
		return err;
	size = choose_size(max, wanted, nslots);
	/* No chain is longer than the queue, in a table either (2.7.5.3.1). */
	if (!haul_virtio_has(device, HAUL_VIRTIO_F_INDIRECT_DESC) || size < 2)
		tables = 0;
	*queue = (struct haul_virtio_queue){
		.device = device,
		.place = {.queue = index, .vector = vector},
	};
	return begin_queue(queue, size, tables < size ? tables : size, slots);
}

/* Kicks. */

/* 2.9 */
static uint32_t kick_data(const struct haul_virtio_queue *queue, bool wide)
{
	return queue->place.queue | (wide ? (uint32_t)queue->ring.published << 16 : 0);
}

static int kick(struct haul_virtio_queue *queue)
{
	struct haul_virtio *device = queue->device;
	const bool wide = haul_virtio_has(device, HAUL_VIRTIO_F_NOTIFICATION_DATA);
	int err;

	haul_barrier_doorbell();
	queue->kicks++;
	err = ops_of(device)->kick(ctx_of(device), queue->doorbell, kick_data(queue, wide), wide);
	return err ? failed(device, err, HAUL_VIRTIO_QUEUE) : 0;
}

int haul_virtio_kick(struct haul_virtio_queue *queue)
{
	const enum haul_virtio_state state = state_of(queue->device);
	bool wanted;

	if (state != HAUL_VIRTIO_RUNNING && state != HAUL_VIRTIO_NEGOTIATED)
		return refused(queue->device);
	if (queue->ring.broken)
		return -HAUL_EIO;
	wanted = haul_virtqueue_publish(&queue->ring);
	if (state == HAUL_VIRTIO_RUNNING)
		return wanted ? kick(queue) : 0;
	queue->kick_waits |= wanted;
	return 0;
}

int haul_virtio_start(struct haul_virtio *device)
{
	int err;

	if (state_of(device) != HAUL_VIRTIO_NEGOTIATED)
		return refused(device);
	err = take_step(device, HAUL_VIRTIO_DRIVER_OK);
	if (err)
		return err;
	set_state(device, HAUL_VIRTIO_RUNNING);
	for (struct haul_virtio_queue *queue = device->queues; queue && !err; queue = queue->next)
		if (queue->kick_waits)
			err = kick(queue);
	return err;
}

/* Until the queue is not at that any more. */
static int await_queue(struct haul_virtio *device, unsigned index,
		       int (*is_at_it)(void *ctx, unsigned queue, bool *yes))
{
	const uint64_t deadline = deadline_of(device);

	for (;;) {
		const bool late = is_late(deadline);
		bool yes;
		const int err = is_at_it(ctx_of(device), index, &yes);

		if (err)
			return failed(device, err, HAUL_VIRTIO_QUEUE);
		if (!yes) {
			haul_barrier_complete();
			return 0;
		}
		if (late)
			return failed(device, -HAUL_ETIMEDOUT, HAUL_VIRTIO_TIMEOUT);
		haul_platform_yield();
	}
}

static int confirm_disabled(struct haul_virtio *device, unsigned index)
{
	bool in_use;
	int err = ops_of(device)->queue_in_use(ctx_of(device), index, &in_use);

	if (!err && in_use)
		err = -HAUL_EPROTO;
	return err ? failed(device, err, HAUL_VIRTIO_QUEUE) : 0;
}

/* Where the device's list has it; NULL: it is not the device's, or no more. */
static struct haul_virtio_queue **find_link(struct haul_virtio_queue *queue)
{
	struct haul_virtio_queue **link = &queue->device->queues;

	while (*link && *link != queue)
		link = &(*link)->next;
	return *link ? link : NULL;
}

/* 2.6.1 */
int haul_virtio_queue_reset(struct haul_virtio_queue *queue)
{
	struct haul_virtio *device = queue->device;
	const unsigned index = queue->place.queue;
	int err;

	if (state_of(device) != HAUL_VIRTIO_RUNNING)
		return refused(device);
	if (!haul_virtio_has(device, HAUL_VIRTIO_F_RING_RESET))
		return -HAUL_ENOTSUP;
	if (!find_link(queue) || queue->is_reset)
		return -HAUL_EINVAL;
	break_ring(&queue->ring);
	queue->is_reset = false;
	err = ops_of(device)->queue_reset(ctx_of(device), index);
	if (err)
		return failed(device, err, HAUL_VIRTIO_QUEUE);
	err = await_queue(device, index, ops_of(device)->queue_resets);
	if (!err)
		err = confirm_disabled(device, index);
	queue->is_reset = !err;
	return err;
}

int haul_virtio_queue_restart(struct haul_virtio_queue *queue)
{
	const struct haul_virtqueue_config config = queue->ring.config;
	int err;

	if (state_of(queue->device) != HAUL_VIRTIO_RUNNING)
		return refused(queue->device);
	if (!find_link(queue) || !queue->is_reset)
		return -HAUL_EINVAL;
	if (haul_virtqueue_in_flight(&queue->ring))
		return -HAUL_EBUSY;
	err = haul_virtqueue_init(&queue->ring, &config);
	if (!err)
		err = hand_over(queue);
	if (err)
		break_ring(&queue->ring);
	queue->is_reset = err != 0;
	return err;
}

int haul_virtio_queue_close(struct haul_virtio_queue *queue)
{
	struct haul_virtio *device = queue->device;
	struct haul_virtio_queue **const link = find_link(queue);
	int err;

	if (!is_up(device) || !link)
		return refused(device);
	if (!ops_of(device)->queue_unset)
		return -HAUL_ENOTSUP;
	if (haul_virtqueue_in_flight(&queue->ring))
		return -HAUL_EBUSY;
	break_ring(&queue->ring);
	err = ops_of(device)->queue_unset(ctx_of(device), queue->place.queue);
	if (err)
		return failed(device, err, HAUL_VIRTIO_QUEUE);
	err = await_queue(device, queue->place.queue, ops_of(device)->queue_in_use);
	if (!err)
		err = free_memory(queue);
	if (!err)
		*link = queue->next;
	return err;
}

/* What breaks the device may be found by another thread, or in options->wait. */
static int await_used(struct haul_virtio_queue *queue, uint64_t deadline)
{
	const struct haul_virtio_options *options = &queue->device->options;

	for (;;) {
		const bool late = is_late(deadline);

		if (haul_virtqueue_pending(&queue->ring))
			return 0;
		if (!is_up(queue->device))
			return refused(queue->device);
		if (late)
			return -HAUL_ETIMEDOUT;
		if (!options->wait)
			haul_platform_yield();
		else if (!haul_virtqueue_enable(&queue->ring))
			options->wait(options->context, deadline);
	}
}

/* Interrupts that were not asked for before are not any more. */
int haul_virtio_wait(struct haul_virtio_queue *queue, uint64_t deadline)
{
	const bool asked = queue->ring.interrupts;
	const int err = await_used(queue, deadline);

	if (!asked)
		haul_virtqueue_disable(&queue->ring);
	return err;
}

/* 2.1.2: that it needs a reset a device says by a change of its configuration. */
int haul_virtio_interrupt(struct haul_virtio *device, unsigned *causes)
{
	const enum haul_virtio_state state = state_of(device);
	unsigned found = 0;
	int err;

	*causes = 0;
	if (state == HAUL_VIRTIO_CLOSED)
		return 0;
	err = ops_of(device)->interrupt(ctx_of(device), &found);
	if (err)
		return failed(device, err, HAUL_VIRTIO_STATUS);
	if (state != HAUL_VIRTIO_RUNNING)
		return 0;
	haul_barrier_complete(); /* before queues are looked at */
	*causes = found & (HAUL_VIRTIO_CAUSE_QUEUE | HAUL_VIRTIO_CAUSE_CONFIG);
	return found & HAUL_VIRTIO_CAUSE_CONFIG ? check_status(device) : 0;
}

/* Configuration. */

static int check_config(const struct haul_virtio *device, size_t off, unsigned width, size_t count)
{
	const size_t size = device->transport.config_size;

	if (!is_up(device))
		return refused(device);
	if ((width != 1 && width != 2 && width != 4 && width != 8) || off % width)
		return -HAUL_EINVAL;
	return off > size || count > (size - off) / width ? -HAUL_ERANGE : 0;
}

static void store(unsigned char *to, unsigned width, uint64_t value)
{
	for (unsigned i = 0; i < width; i++)
		to[i] = (unsigned char)(value >> 8 * i);
}

static bool is_stored(const unsigned char *at, unsigned width, uint64_t value)
{
	for (unsigned i = 0; i < width; i++)
		if (at[i] != (unsigned char)(value >> 8 * i))
			return false;
	return true;
}

/* Reads all of it once.  *same, if there are values of before: it is the same as those. */
static int read_values(struct haul_virtio *device, size_t off, unsigned width, size_t count,
		       unsigned char *values, bool *same)
{
	if (same)
		*same = true;
	for (size_t i = 0; i < count; i++) {
		unsigned char *to = values + i * width;
		uint64_t value;
		const int err =
			ops_of(device)->config_read(ctx_of(device), off + i * width, width, &value);

		if (err)
			return failed(device, err, HAUL_VIRTIO_CONFIG);
		if (same && !is_stored(to, width, value))
			*same = false;
		store(to, width, value);
	}
	return 0;
}

static int read_generation(struct haul_virtio *device, uint32_t *generation)
{
	const int err = ops_of(device)->config_generation(ctx_of(device), generation);

	return err ? failed(device, err, HAUL_VIRTIO_CONFIG) : 0;
}

/* 2.5.3: between two readings of one generation. */
static int read_bracketed(struct haul_virtio *device, size_t off, unsigned width, size_t count,
			  unsigned char *values)
{
	for (unsigned i = 0; i < CONFIG_TRIES; i++) {
		uint32_t before, after;
		int err = read_generation(device, &before);

		if (!err)
			err = read_values(device, off, width, count, values, NULL);
		if (!err)
			err = read_generation(device, &after);
		if (err)
			return err;
		if (before == after)
			return 0;
	}
	return -HAUL_EAGAIN;
}

/* 2.5.4: a legacy device has no generation; it is read until it is twice the same. */
static int read_twice(struct haul_virtio *device, size_t off, unsigned width, size_t count,
		      unsigned char *values)
{
	int err = read_values(device, off, width, count, values, NULL);

	for (unsigned i = 0; !err && i < CONFIG_TRIES; i++) {
		bool same;

		err = read_values(device, off, width, count, values, &same);
		if (!err && same)
			return 0;
	}
	return err ? err : -HAUL_EAGAIN;
}

int haul_virtio_config_read(struct haul_virtio *device, size_t off, unsigned width, size_t count,
			    void *values)
{
	const int err = check_config(device, off, width, count);

	if (err)
		return err;
	return !is_legacy(device) && ops_of(device)->config_generation
		       ? read_bracketed(device, off, width, count, values)
		       : read_twice(device, off, width, count, values);
}

int haul_virtio_config_write(struct haul_virtio *device, size_t off, unsigned width, uint64_t value)
{
	int err = check_config(device, off, width, 1);

	if (err)
		return err;
	err = ops_of(device)->config_write(ctx_of(device), off, width, value);
	return err ? failed(device, err, HAUL_VIRTIO_CONFIG) : 0;
}

int haul_virtio_shared_memory(struct haul_virtio *device, unsigned id, struct haul_phys *phys,
			      uint64_t *size)
{
	struct haul_phys at;
	uint64_t len;
	int err;

	if (!is_up(device))
		return refused(device);
	if (!ops_of(device)->shared_memory)
		return -HAUL_ENOENT;
	err = ops_of(device)->shared_memory(ctx_of(device), id, &at, &len);
	if (err)
		return failed(device, err, HAUL_VIRTIO_CONFIG);
	if (!len || at.value > UINT64_MAX - (len - 1))
		return haul_virtio_fail(device, HAUL_VIRTIO_CONFIG);
	*phys = at;
	*size = len;
	return 0;
}
