/* SPDX-License-Identifier: MIT */
/*
 * The mock: a device's registers are fields, and its side of the split ring (virtio 1.4, 2.7)
 * goes through the memory functions, a descriptor at a time.
 */
#include "fence.h"
#include <haul/virtio_mock.h>

static int complain(struct haul_virtio_mock *mock, const char *complaint)
{
	if (!mock->complaint)
		mock->complaint = complaint;
	return -HAUL_EPROTO;
}

static void expect(struct haul_virtio_mock *mock, bool right, const char *complaint)
{
	if (!right)
		complain(mock, complaint);
}

/* Memory. */

/* Where an arena's part has all of [iova, iova + n), or NULL. */
static unsigned char *find(const struct haul_arena_config *config, struct haul_iova iova, size_t n)
{
	for (size_t i = 0; i < config->nparts; i++) {
		const struct haul_hal_memory *memory = &config->parts[i].memory;
		const uint64_t off = iova.value - memory->iova.value;

		if (off <= memory->size && n <= memory->size - off)
			return (unsigned char *)memory->virt + off;
	}
	return NULL;
}

static bool is_word(const void *p, size_t n)
{
	return n == sizeof(uint16_t) && (uintptr_t)p % sizeof(uint16_t) == 0;
}

static int arena_read(void *context, struct haul_iova iova, void *data, size_t n)
{
	const struct haul_arena *arena = (const struct haul_arena *)context;
	const unsigned char *p = find(&arena->config, iova, n);
	uint16_t word;

	if (!p)
		return -HAUL_ERANGE;
	if (is_word(p, n)) {
		word = __atomic_load_n((const uint16_t *)(const void *)p, __ATOMIC_ACQUIRE);
		p = (const unsigned char *)&word;
	}
	return haul_memcpy(data, p, n) == n ? 0 : -HAUL_EFAULT;
}

static int arena_write(void *context, struct haul_iova iova, const void *data, size_t n)
{
	const struct haul_arena *arena = (const struct haul_arena *)context;
	unsigned char *p = find(&arena->config, iova, n);
	uint16_t word;

	if (!p)
		return -HAUL_ERANGE;
	if (!is_word(p, n))
		return haul_memcpy(p, data, n) == n ? 0 : -HAUL_EFAULT;
	if (haul_memcpy(&word, data, n) != n)
		return -HAUL_EFAULT;
	/* What the device reads next may depend on whether the driver has seen this (2.7.13). */
	__atomic_store_n((uint16_t *)(void *)p, word, __ATOMIC_RELEASE);
	haul_arch_fence();
	return 0;
}

struct haul_virtio_mock_memory haul_virtio_mock_arena(struct haul_arena *arena)
{
	const struct haul_virtio_mock_memory memory = {arena_read, arena_write, arena};

	return memory;
}

static int model_read(void *context, struct haul_iova iova, void *data, size_t n)
{
	return haul_model_device_read((struct haul_model *)context, iova, data, n);
}

static int model_write(void *context, struct haul_iova iova, const void *data, size_t n)
{
	return haul_model_device_write((struct haul_model *)context, iova, data, n);
}

struct haul_virtio_mock_memory haul_virtio_mock_model(struct haul_model *model)
{
	const struct haul_virtio_mock_memory memory = {model_read, model_write, model};

	return memory;
}

static int read_at(const struct haul_virtio_mock *mock, uint64_t iova, void *data, size_t n)
{
	const struct haul_virtio_mock_memory *memory = &mock->config.memory;

	return memory->read(memory->context, (struct haul_iova){iova}, data, n);
}

static int write_at(const struct haul_virtio_mock *mock, uint64_t iova, const void *data, size_t n)
{
	const struct haul_virtio_mock_memory *memory = &mock->config.memory;

	return memory->write(memory->context, (struct haul_iova){iova}, data, n);
}

/* Registers. */

static int hook(struct haul_virtio_mock *mock, enum haul_virtio_mock_call call, size_t index,
		uint64_t *value)
{
	return mock->config.hook ? mock->config.hook(mock, call, index, value) : 0;
}

static struct haul_virtio_mock_queue *queue_of(struct haul_virtio_mock *mock, unsigned queue)
{
	return queue < mock->config.nqueues ? &mock->config.queues[queue] : NULL;
}

static void forget_queue(struct haul_virtio_mock_queue *queue)
{
	queue->set = queue->was_reset = false;
	queue->taken = queue->used = queue->shown = 0;
}

/* 2.4: the device forgets all. */
static void reset(struct haul_virtio_mock *mock)
{
	for (unsigned i = 0; i < mock->config.nqueues; i++)
		forget_queue(&mock->config.queues[i]);
	mock->accepted = (struct haul_virtio_features){{0, 0}};
	mock->status = 0;
	mock->causes = 0;
	mock->begun = true;
	mock->resets++;
}

static int get_status(void *ctx, uint8_t *status)
{
	struct haul_virtio_mock *mock = (struct haul_virtio_mock *)ctx;
	uint64_t value = mock->status;
	const int err = hook(mock, HAUL_VIRTIO_MOCK_STATUS, 0, &value);

	*status = (uint8_t)value;
	return err;
}

static void check_status(struct haul_virtio_mock *mock, uint8_t status)
{
	const unsigned before = mock->status & ~(unsigned)HAUL_VIRTIO_STATUS_NEEDS_RESET;

	expect(mock, mock->begun, "INIT-1: the device is not reset first");
	expect(mock, (before & ~(unsigned)status) == 0, "INIT-2: a bit of the status is cleared");
	expect(mock, !(before & HAUL_VIRTIO_FAILED), "INIT-6: no reset after FAILED");
	expect(mock, status & HAUL_VIRTIO_ACKNOWLEDGE, "INIT-2: no ACKNOWLEDGE");
	if (status & (HAUL_VIRTIO_FEATURES_OK | HAUL_VIRTIO_DRIVER_OK))
		expect(mock, status & HAUL_VIRTIO_DRIVER, "INIT-2: no DRIVER");
	if (mock->config.legacy)
		expect(mock, !(status & HAUL_VIRTIO_FEATURES_OK), "INIT-7: FEATURES_OK");
	else if (status & HAUL_VIRTIO_DRIVER_OK)
		expect(mock, before & HAUL_VIRTIO_FEATURES_OK, "INIT-5: no FEATURES_OK");
}

static int set_status(void *ctx, uint8_t status)
{
	struct haul_virtio_mock *mock = (struct haul_virtio_mock *)ctx;
	uint64_t value = status;
	const int err = hook(mock, HAUL_VIRTIO_MOCK_SET_STATUS, 0, &value);

	if (err)
		return err;
	if (status)
		check_status(mock, status);
	if (value)
		mock->status = (uint8_t)(value | (mock->status & HAUL_VIRTIO_STATUS_NEEDS_RESET));
	else
		reset(mock);
	return 0;
}

static int get_features(void *ctx, unsigned word, uint32_t *bits)
{
	struct haul_virtio_mock *mock = (struct haul_virtio_mock *)ctx;
	uint64_t value = 0;
	int err;

	if (word < 4)
		value = (uint32_t)(mock->config.features.words[word / 2] >> word % 2 * 32);
	err = hook(mock, HAUL_VIRTIO_MOCK_FEATURES, word, &value);
	*bits = (uint32_t)value;
	return err;
}

static int set_features(void *ctx, unsigned word, uint32_t bits)
{
	struct haul_virtio_mock *mock = (struct haul_virtio_mock *)ctx;
	uint64_t value = bits;
	const int err = hook(mock, HAUL_VIRTIO_MOCK_SET_FEATURES, word, &value);
	const unsigned shift = word % 2 * 32;

	if (err)
		return err;
	expect(mock, mock->status & HAUL_VIRTIO_DRIVER, "INIT-3: features before DRIVER");
	expect(mock, !(mock->status & (HAUL_VIRTIO_FEATURES_OK | HAUL_VIRTIO_DRIVER_OK)),
	       "INIT-4: features after FEATURES_OK");
	if (word >= 4) {
		expect(mock, !bits, "FEAT-1: features beyond the last");
		return 0;
	}
	expect(mock, !(bits & ~(mock->config.features.words[word / 2] >> shift)),
	       "FEAT-1: a feature that was not offered");
	mock->accepted.words[word / 2] &= ~((uint64_t)UINT32_MAX << shift);
	mock->accepted.words[word / 2] |= value << shift;
	return 0;
}

static int queue_max(void *ctx, unsigned index, uint32_t *size)
{
	struct haul_virtio_mock *mock = (struct haul_virtio_mock *)ctx;
	const struct haul_virtio_mock_queue *queue = queue_of(mock, index);
	uint64_t value = queue ? queue->max : 0;
	const int err = hook(mock, HAUL_VIRTIO_MOCK_QUEUE_MAX, index, &value);

	*size = (uint32_t)value;
	return err;
}

static int queue_in_use(void *ctx, unsigned index, bool *in_use)
{
	struct haul_virtio_mock *mock = (struct haul_virtio_mock *)ctx;
	const struct haul_virtio_mock_queue *queue = queue_of(mock, index);
	uint64_t value = queue && queue->set;
	const int err = hook(mock, HAUL_VIRTIO_MOCK_QUEUE_IN_USE, index, &value);

	*in_use = value;
	return err;
}

static void check_place(struct haul_virtio_mock *mock, const struct haul_virtio_mock_queue *queue,
			const struct haul_virtio_place *place)
{
	const unsigned size = place->size;
	const unsigned align = mock->config.legacy ? HAUL_VIRTQUEUE_ALIGN : 1;

	if (!mock->config.legacy)
		expect(mock, mock->status & HAUL_VIRTIO_FEATURES_OK,
		       "INIT-5: a queue before FEATURES_OK");
	expect(mock, !(mock->status & HAUL_VIRTIO_DRIVER_OK) || queue->was_reset,
	       "INIT-5: a queue after DRIVER_OK");
	expect(mock, !queue->set, "MMIO-5: a queue that is in use");
	expect(mock, size && !(size & (size - 1)) && size <= queue->max, "SPLIT-1: the size");
	expect(mock,
	       place->descriptors.value % 16 == 0 && place->driver.value % 2 == 0 &&
		       place->device.value % 4 == 0 && place->descriptors.value % align == 0 &&
		       place->device.value % align == 0,
	       "SPLIT-1: the alignment");
}

static int queue_set(void *ctx, const struct haul_virtio_place *place, uint64_t *doorbell)
{
	struct haul_virtio_mock *mock = (struct haul_virtio_mock *)ctx;
	struct haul_virtio_mock_queue *queue = queue_of(mock, place->queue);
	uint64_t size = place->size;
	const int err = hook(mock, HAUL_VIRTIO_MOCK_QUEUE_SET, place->queue, &size);

	if (err)
		return err;
	if (!queue)
		return complain(mock, "SPLIT-1: a queue that is not there");
	check_place(mock, queue, place);
	forget_queue(queue);
	queue->place = *place;
	queue->place.size = (unsigned)size;
	queue->set = size;
	*doorbell = place->queue;
	return 0;
}

static int end_queue(struct haul_virtio_mock *mock, unsigned index, enum haul_virtio_mock_call call)
{
	struct haul_virtio_mock_queue *queue = queue_of(mock, index);
	uint64_t value = 0;
	const int err = hook(mock, call, index, &value);

	if (err)
		return err;
	if (!queue)
		return complain(mock, "SPLIT-1: a queue that is not there");
	forget_queue(queue);
	queue->was_reset = call == HAUL_VIRTIO_MOCK_QUEUE_RESET;
	return 0;
}

static int queue_unset(void *ctx, unsigned index)
{
	return end_queue((struct haul_virtio_mock *)ctx, index, HAUL_VIRTIO_MOCK_QUEUE_UNSET);
}

static int queue_reset(void *ctx, unsigned index)
{
	struct haul_virtio_mock *mock = (struct haul_virtio_mock *)ctx;

	expect(mock, haul_virtio_features_have(&mock->accepted, HAUL_VIRTIO_F_RING_RESET),
	       "MMIO-7: a queue's reset without RING_RESET");
	return end_queue(mock, index, HAUL_VIRTIO_MOCK_QUEUE_RESET);
}

static int queue_resets(void *ctx, unsigned index, bool *resets)
{
	struct haul_virtio_mock *mock = (struct haul_virtio_mock *)ctx;
	uint64_t value = 0;
	const int err = hook(mock, HAUL_VIRTIO_MOCK_QUEUE_RESETS, index, &value);

	*resets = value;
	return err;
}

/* 2.9: of a split ring, the index without its highest bit, which comes last. */
static void check_notification(struct haul_virtio_mock *mock, unsigned index, uint32_t data,
			       bool wide)
{
	const bool wants =
		haul_virtio_features_have(&mock->accepted, HAUL_VIRTIO_F_NOTIFICATION_DATA);
	uint16_t available;

	expect(mock, wide == wants, "FEAT-9: the width of a notification");
	if (!wide || haul_virtio_mock_peek(mock, index, HAUL_VIRTIO_MOCK_DRIVER, 2, &available,
					   sizeof available))
		return;
	expect(mock, data == ((uint32_t)available << 16 | index), "FEAT-9: a notification's data");
}

static bool is_running(const struct haul_virtio_mock *mock)
{
	return mock->status & HAUL_VIRTIO_DRIVER_OK;
}

static void serve(struct haul_virtio_mock *mock, unsigned index)
{
	const struct haul_virtio_mock_queue *queue = &mock->config.queues[index];

	if (is_running(mock) && queue->set && queue->serve)
		queue->serve(mock, index);
}

static int kick(void *ctx, uint64_t doorbell, uint32_t data, bool wide)
{
	struct haul_virtio_mock *mock = (struct haul_virtio_mock *)ctx;
	const unsigned index = (unsigned)doorbell;
	struct haul_virtio_mock_queue *queue = queue_of(mock, index);
	uint64_t value = data;
	const int err = hook(mock, HAUL_VIRTIO_MOCK_KICK, index, &value);

	if (err)
		return err;
	expect(mock, is_running(mock), "INIT-5: a notification before DRIVER_OK");
	if (!queue || !queue->set)
		return complain(mock, "MMIO-5: a notification of no queue");
	check_notification(mock, index, data, wide);
	__atomic_fetch_add(&queue->kicks, 1, __ATOMIC_RELAXED);
	if (!mock->config.later)
		serve(mock, index);
	return 0;
}

static int interrupt(void *ctx, unsigned *causes)
{
	struct haul_virtio_mock *mock = (struct haul_virtio_mock *)ctx;
	uint64_t value = __atomic_exchange_n(&mock->causes, 0, __ATOMIC_ACQ_REL);
	const int err = hook(mock, HAUL_VIRTIO_MOCK_INTERRUPT, 0, &value);

	*causes = (unsigned)value;
	return err;
}

static bool is_field(const struct haul_virtio_mock *mock, size_t off, unsigned width)
{
	return (width == 1 || width == 2 || width == 4 || width == 8) && off % width == 0 &&
	       off <= mock->config.size && width <= mock->config.size - off;
}

static void copy(void *dst, const void *src, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((unsigned char *)dst)[i] = ((const unsigned char *)src)[i];
}

/* Little-endian, as the CPU is. */
static int config_read(void *ctx, size_t off, unsigned width, uint64_t *value)
{
	struct haul_virtio_mock *mock = (struct haul_virtio_mock *)ctx;

	*value = 0;
	if (!is_field(mock, off, width))
		return complain(mock, "CFG-2: no such field");
	copy(value, (const unsigned char *)mock->config.bytes + off, width);
	return hook(mock, HAUL_VIRTIO_MOCK_CONFIG_READ, off, value);
}

/* 5.3.5: a console takes a write of emerg_wr at any time. */
static bool is_emergency(const struct haul_virtio_mock *mock, size_t off)
{
	return mock->config.type == 3 && off == 8;
}

static int config_write(void *ctx, size_t off, unsigned width, uint64_t value)
{
	struct haul_virtio_mock *mock = (struct haul_virtio_mock *)ctx;
	const int err = hook(mock, HAUL_VIRTIO_MOCK_CONFIG_WRITE, off, &value);

	if (err)
		return err;
	if (!is_field(mock, off, width))
		return complain(mock, "CFG-2: no such field");
	expect(mock,
	       mock->config.legacy || mock->status & HAUL_VIRTIO_FEATURES_OK ||
		       is_emergency(mock, off),
	       "INIT-3: the configuration is written before FEATURES_OK");
	copy((unsigned char *)mock->config.bytes + off, &value, width);
	return 0;
}

static int config_generation(void *ctx, uint32_t *generation)
{
	struct haul_virtio_mock *mock = (struct haul_virtio_mock *)ctx;
	uint64_t value = mock->generation;
	const int err = hook(mock, HAUL_VIRTIO_MOCK_GENERATION, 0, &value);

	expect(mock, !mock->config.legacy, "MMIO-9: a legacy device has no generation");
	*generation = (uint32_t)value;
	return err;
}

static int shared_memory(void *ctx, unsigned id, struct haul_phys *phys, uint64_t *size)
{
	const struct haul_virtio_mock *mock = (const struct haul_virtio_mock *)ctx;

	for (size_t i = 0; i < mock->config.nwindows; i++)
		if (mock->config.windows[i].id == id) {
			*phys = mock->config.windows[i].phys;
			*size = mock->config.windows[i].size;
			return 0;
		}
	return -HAUL_ENOENT;
}

static int config_vector(void *ctx, uint16_t vector)
{
	uint64_t value = vector;

	return hook((struct haul_virtio_mock *)ctx, HAUL_VIRTIO_MOCK_VECTOR, 0, &value);
}

static const struct haul_virtio_ops modern = {
	.size = sizeof modern,
	.version = HAUL_VIRTIO_OPS_VERSION,
	.status = get_status,
	.set_status = set_status,
	.features = get_features,
	.set_features = set_features,
	.queue_max = queue_max,
	.queue_in_use = queue_in_use,
	.queue_set = queue_set,
	.queue_unset = queue_unset,
	.queue_reset = queue_reset,
	.queue_resets = queue_resets,
	.kick = kick,
	.interrupt = interrupt,
	.config_read = config_read,
	.config_write = config_write,
	.config_generation = config_generation,
	.shared_memory = shared_memory,
	.config_vector = config_vector,
};

/* What came with version 1 it has not. */
static const struct haul_virtio_ops legacy = {
	.size = sizeof legacy,
	.version = HAUL_VIRTIO_OPS_VERSION,
	.status = get_status,
	.set_status = set_status,
	.features = get_features,
	.set_features = set_features,
	.queue_max = queue_max,
	.queue_in_use = queue_in_use,
	.queue_set = queue_set,
	.queue_unset = queue_unset,
	.kick = kick,
	.interrupt = interrupt,
	.config_read = config_read,
	.config_write = config_write,
};

int haul_virtio_mock_init(struct haul_virtio_mock *mock,
			  const struct haul_virtio_mock_config *config)
{
	if (!config->memory.read || !config->memory.write || (config->nqueues && !config->queues) ||
	    config->nqueues > UINT16_MAX || (config->size && !config->bytes))
		return -HAUL_EINVAL;
	*mock = (struct haul_virtio_mock){.config = *config};
	for (unsigned i = 0; i < config->nqueues; i++) {
		forget_queue(&config->queues[i]);
		config->queues[i].kicks = config->queues[i].requests = 0;
	}
	return 0;
}

/* What a transport may be asked for: all that is one device's. */
static const uint8_t features[] = {
	HAUL_VIRTIO_F_INDIRECT_DESC,  HAUL_VIRTIO_F_EVENT_IDX,
	HAUL_VIRTIO_F_VERSION_1,      HAUL_VIRTIO_F_ACCESS_PLATFORM,
	HAUL_VIRTIO_F_ORDER_PLATFORM, HAUL_VIRTIO_F_NOTIFICATION_DATA,
	HAUL_VIRTIO_F_RING_RESET,
};

struct haul_virtio_transport haul_virtio_mock_transport(struct haul_virtio_mock *mock)
{
	struct haul_virtio_transport transport = {
		.ops = mock->config.legacy ? &legacy : &modern,
		.ctx = mock,
		.type = mock->config.type,
		.vendor = mock->config.vendor,
		.legacy = mock->config.legacy,
		.words = mock->config.legacy ? 1 : 4,
		.config_size = mock->config.size,
	};

	for (size_t i = 0; i < sizeof features; i++)
		if (!mock->config.legacy || features[i] < HAUL_VIRTIO_F_VERSION_1)
			haul_virtio_features_add(&transport.features, features[i]);
	if (mock->config.legacy)
		haul_virtio_features_add(&transport.features, HAUL_VIRTIO_F_ANY_LAYOUT);
	return transport;
}

/* The ring. */

struct descriptor {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};
enum { NEXT = 1, WRITE = 2, INDIRECT = 4 };

/* Offsets in the driver's and the device's area: 2.7.6 and 2.7.8. */
enum { FLAGS = 0, IDX = 2, RING = 4 };

static uint64_t area_of(const struct haul_virtio_mock_queue *queue, enum haul_virtio_mock_area area)
{
	switch (area) {
	case HAUL_VIRTIO_MOCK_DESCRIPTORS:
		return queue->place.descriptors.value;
	case HAUL_VIRTIO_MOCK_DRIVER:
		return queue->place.driver.value;
	case HAUL_VIRTIO_MOCK_DEVICE:
		break;
	}
	return queue->place.device.value;
}

int haul_virtio_mock_peek(struct haul_virtio_mock *mock, unsigned index,
			  enum haul_virtio_mock_area area, size_t off, void *data, size_t n)
{
	const struct haul_virtio_mock_queue *queue = queue_of(mock, index);

	return queue ? read_at(mock, area_of(queue, area) + off, data, n) : -HAUL_EINVAL;
}

int haul_virtio_mock_poke(struct haul_virtio_mock *mock, unsigned index,
			  enum haul_virtio_mock_area area, size_t off, const void *data, size_t n)
{
	const struct haul_virtio_mock_queue *queue = queue_of(mock, index);

	return queue ? write_at(mock, area_of(queue, area) + off, data, n) : -HAUL_EINVAL;
}

static bool has_events(const struct haul_virtio_mock *mock)
{
	return haul_virtio_features_have(&mock->accepted, HAUL_VIRTIO_F_EVENT_IDX);
}

/* Requests that the driver has made available and the device has not taken. */
static int look(struct haul_virtio_mock *mock, unsigned index, unsigned *waiting)
{
	const struct haul_virtio_mock_queue *queue = &mock->config.queues[index];
	uint16_t idx = 0;
	const int err =
		haul_virtio_mock_peek(mock, index, HAUL_VIRTIO_MOCK_DRIVER, IDX, &idx, sizeof idx);

	if (err)
		return err;
	*waiting = (uint16_t)(idx - queue->taken);
	return *waiting <= queue->place.size ? 0 : complain(mock, "SPLIT-9: the driver's index");
}

/* Asks for a kick at the next one, and looks again: it may have come before. */
static int ask_for_kick(struct haul_virtio_mock *mock, unsigned index, unsigned *waiting)
{
	const struct haul_virtio_mock_queue *queue = &mock->config.queues[index];
	const size_t event = RING + 8 * (size_t)queue->place.size;
	int err;

	if (!has_events(mock))
		return 0;
	err = haul_virtio_mock_poke(mock, index, HAUL_VIRTIO_MOCK_DEVICE, event, &queue->taken,
				    sizeof queue->taken);
	if (err)
		return err;
	return look(mock, index, waiting);
}

static int note(struct haul_virtio_mock *mock, struct haul_virtio_mock_request *request,
		const struct descriptor *descriptor)
{
	const unsigned n = request->nout + request->nin;

	if (!descriptor->len || descriptor->addr > UINT64_MAX - (descriptor->len - 1))
		return complain(mock, "SPLIT-3: a segment that is empty or beyond the end");
	if (n >= mock->config.queues[request->queue].place.size)
		return complain(mock, "SPLIT-3: a chain longer than the queue");
	if (n < HAUL_VIRTIO_MOCK_SEGMENTS)
		request->segments[n] =
			(struct haul_dma_segment){{descriptor->addr}, descriptor->len};
	if (descriptor->flags & WRITE) {
		request->nin++;
		request->writable += descriptor->len;
	} else {
		request->nout++;
		request->readable += descriptor->len;
		if (request->nin)
			return complain(mock, "SPLIT-3: one to be read behind one to be written");
	}
	if (request->readable + request->writable > (uint64_t)1 << 32)
		return complain(mock, "SPLIT-3: more than 4 GiB");
	return 0;
}

/* A table of descriptors: the queue's, or one that a descriptor of it refers to. */
struct table {
	uint64_t iova;
	uint32_t n;
	bool indirect;
};

/* Along the chain from at on.  1: its end; 0: *last refers to a table. */
static int walk(struct haul_virtio_mock *mock, const struct table *table, uint16_t at,
		struct haul_virtio_mock_request *request, struct descriptor *last)
{
	for (;;) {
		int err;

		if (at >= table->n)
			return complain(mock, "SPLIT-3: a descriptor that is not there");
		err = read_at(mock, table->iova + sizeof *last * at, last, sizeof *last);
		if (err)
			return err;
		if (last->flags & ~(NEXT | WRITE | INDIRECT))
			return complain(mock, "SPLIT-3: unknown flags");
		if (last->flags & INDIRECT && !table->indirect)
			return 0;
		if (last->flags & INDIRECT)
			return complain(mock, "SPLIT-4: a table in a table");
		err = note(mock, request, last);
		if (err)
			return err;
		if (!(last->flags & NEXT))
			return 1;
		at = last->next;
	}
}

static int walk_table(struct haul_virtio_mock *mock, const struct descriptor *referring,
		      struct haul_virtio_mock_request *request)
{
	const struct table table = {referring->addr, referring->len / sizeof *referring, true};
	struct descriptor last;

	request->indirect = true;
	if (!haul_virtio_features_have(&mock->accepted, HAUL_VIRTIO_F_INDIRECT_DESC))
		return complain(mock, "FEAT-13: INDIRECT");
	if (referring->flags & NEXT)
		return complain(mock, "SPLIT-4: INDIRECT and NEXT");
	if (referring->addr % sizeof last || referring->len % sizeof last || !table.n)
		return complain(mock, "SPLIT-4: a table's place or size");
	return walk(mock, &table, 0, request, &last);
}

static int walk_chain(struct haul_virtio_mock *mock, struct haul_virtio_mock_request *request)
{
	const struct haul_virtio_place *place = &mock->config.queues[request->queue].place;
	const struct table table = {place->descriptors.value, place->size, false};
	struct descriptor last;
	const int end = walk(mock, &table, request->head, request, &last);

	return end ? end : walk_table(mock, &last, request);
}

static int check_driver_flags(struct haul_virtio_mock *mock, unsigned index)
{
	uint16_t flags = 0;
	const int err = haul_virtio_mock_peek(mock, index, HAUL_VIRTIO_MOCK_DRIVER, FLAGS, &flags,
					      sizeof flags);

	if (err)
		return err;
	return flags <= !has_events(mock) ? 0 : complain(mock, "SPLIT-12: the driver's flags");
}

int haul_virtio_mock_take(struct haul_virtio_mock *mock, unsigned index,
			  struct haul_virtio_mock_request *request)
{
	struct haul_virtio_mock_queue *queue = queue_of(mock, index);
	unsigned waiting;
	size_t off;
	int err;

	if (!queue || !queue->set)
		return -HAUL_EINVAL;
	err = check_driver_flags(mock, index);
	if (!err)
		err = look(mock, index, &waiting);
	if (!err && !waiting)
		err = ask_for_kick(mock, index, &waiting);
	if (err || !waiting)
		return err;
	*request = (struct haul_virtio_mock_request){.queue = index};
	off = RING + sizeof request->head * (queue->taken & (queue->place.size - 1));
	err = haul_virtio_mock_peek(mock, index, HAUL_VIRTIO_MOCK_DRIVER, off, &request->head,
				    sizeof request->head);
	if (err)
		return err;
	queue->taken++;
	queue->requests++;
	return walk_chain(mock, request);
}

/* Of segments [first, end), bytes [off, off + n). */
static int transfer(struct haul_virtio_mock *mock, const struct haul_virtio_mock_request *request,
		    unsigned first, unsigned end, uint64_t off, void *in, const void *out, size_t n)
{
	for (unsigned i = first; i < end && n; i++) {
		const struct haul_dma_segment *segment = &request->segments[i];
		size_t part;
		int err;

		if (i >= HAUL_VIRTIO_MOCK_SEGMENTS)
			break;
		if (off >= segment->len) {
			off -= segment->len;
			continue;
		}
		part = segment->len - (size_t)off < n ? segment->len - (size_t)off : n;
		err = in ? read_at(mock, segment->iova.value + off, in, part)
			 : write_at(mock, segment->iova.value + off, out, part);
		if (err)
			return err;
		if (in)
			in = (unsigned char *)in + part;
		else
			out = (const unsigned char *)out + part;
		n -= part;
		off = 0;
	}
	return n ? -HAUL_ERANGE : 0;
}

int haul_virtio_mock_read(struct haul_virtio_mock *mock,
			  const struct haul_virtio_mock_request *request, uint64_t off, void *data,
			  size_t n)
{
	return transfer(mock, request, 0, request->nout, off, data, NULL, n);
}

int haul_virtio_mock_write(struct haul_virtio_mock *mock,
			   const struct haul_virtio_mock_request *request, uint64_t off,
			   const void *data, size_t n)
{
	return transfer(mock, request, request->nout, request->nout + request->nin, off, NULL, data,
			n);
}

static void raise_cause(struct haul_virtio_mock *mock, unsigned cause)
{
	__atomic_fetch_or(&mock->causes, cause, __ATOMIC_RELEASE);
	__atomic_fetch_add(&mock->interrupts, 1, __ATOMIC_RELAXED);
	if (mock->config.interrupt)
		mock->config.interrupt(mock);
}

int haul_virtio_mock_put(struct haul_virtio_mock *mock, unsigned index, uint32_t id, uint32_t len)
{
	struct haul_virtio_mock_queue *queue = queue_of(mock, index);
	const uint32_t element[2] = {id, len};
	size_t off;
	int err;

	if (!queue || !queue->set)
		return -HAUL_EINVAL;
	off = RING + sizeof element * (queue->used & (queue->place.size - 1));
	err = haul_virtio_mock_poke(mock, index, HAUL_VIRTIO_MOCK_DEVICE, off, element,
				    sizeof element);
	if (!err)
		queue->used++;
	return err;
}

/* 2.7.7: does the driver want to be told, now that what was shown before has grown? */
static int wants_interrupt(struct haul_virtio_mock *mock, unsigned index, uint16_t before,
			   bool *wants)
{
	const struct haul_virtio_mock_queue *queue = &mock->config.queues[index];
	const size_t event = RING + 2 * (size_t)queue->place.size;
	uint16_t word = 0;
	const int err = haul_virtio_mock_peek(mock, index, HAUL_VIRTIO_MOCK_DRIVER,
					      has_events(mock) ? event : FLAGS, &word, sizeof word);

	if (has_events(mock))
		*wants = (uint16_t)(queue->shown - word - 1) < (uint16_t)(queue->shown - before);
	else
		*wants = !word && queue->shown != before;
	return err;
}

int haul_virtio_mock_show(struct haul_virtio_mock *mock, unsigned index)
{
	struct haul_virtio_mock_queue *queue = queue_of(mock, index);
	uint16_t before;
	bool wants;
	int err;

	if (!queue || !queue->set)
		return -HAUL_EINVAL;
	before = queue->shown;
	err = haul_virtio_mock_poke(mock, index, HAUL_VIRTIO_MOCK_DEVICE, IDX, &queue->used,
				    sizeof queue->used);
	if (err)
		return err;
	queue->shown = queue->used;
	err = wants_interrupt(mock, index, before, &wants);
	if (!err && wants)
		raise_cause(mock, HAUL_VIRTIO_CAUSE_QUEUE);
	return err;
}

int haul_virtio_mock_use(struct haul_virtio_mock *mock,
			 const struct haul_virtio_mock_request *request, uint32_t len)
{
	const int err = haul_virtio_mock_put(mock, request->queue, request->head, len);

	return err ? err : haul_virtio_mock_show(mock, request->queue);
}

void haul_virtio_mock_serve(struct haul_virtio_mock *mock)
{
	for (unsigned i = 0; i < mock->config.nqueues; i++)
		serve(mock, i);
}

void haul_virtio_mock_change(struct haul_virtio_mock *mock)
{
	mock->generation++;
	raise_cause(mock, HAUL_VIRTIO_CAUSE_CONFIG);
}

void haul_virtio_mock_break(struct haul_virtio_mock *mock)
{
	mock->status |= HAUL_VIRTIO_STATUS_NEEDS_RESET;
	raise_cause(mock, HAUL_VIRTIO_CAUSE_CONFIG);
}
