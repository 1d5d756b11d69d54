/* SPDX-License-Identifier: MIT */
/* Sections are of the virtio specification 1.4. */
#include "virtio_pci_model.h"
#include "test.h"
#include "virtio_registers.h"
#include <string.h>

struct virtio_pci_model model;

bool model_accepted(unsigned feature)
{
	return model.accepted[feature / 32] >> feature % 32 & 1;
}

/* Put everything back that a reset does (4.1.4.3.1). */
static void reset(void)
{
	memset(model.accepted, 0, sizeof model.accepted);
	model.status = 0;
	model.isr = 0;
	model.config_vector = HAUL_VIRTIO_NO_VECTOR;
	for (unsigned i = 0; i < MODEL_QUEUES; i++) {
		struct model_queue *queue = &model.queues[i];
		const struct model_queue was = *queue;

		*queue = (struct model_queue){
			.max = was.max,
			.size = was.max,
			.vector = HAUL_VIRTIO_NO_VECTOR,
			.notify_off = was.notify_off,
			.notify_data = was.notify_data,
			.kicks = was.kicks,
		};
	}
}

static struct model_queue *selected(void)
{
	static struct model_queue none;

	none = (struct model_queue){.vector = HAUL_VIRTIO_NO_VECTOR};
	return model.select < MODEL_QUEUES ? &model.queues[model.select] : &none;
}

/* The common configuration, 4.1.4.3: its fields, and who may do what to them. */

enum { READ = 1, WRITE = 2, BOTH = 3 };
enum {
	DEVICE_SELECT = 0,
	DEVICE_FEATURE = 4,
	DRIVER_SELECT = 8,
	DRIVER_FEATURE = 12,
	CONFIG_VECTOR = 16,
	NUM_QUEUES = 18,
	STATUS = 20,
	GENERATION = 21,
	SELECT = 22,
	SIZE = 24,
	VECTOR = 26,
	ENABLE = 28,
	NOTIFY_OFF = 30,
	ADDRESSES = 32,
	NOTIFY_DATA = 56,
	RESET = 58,
};

static const struct {
	unsigned off, width, rights;
} fields[] = {
	{DEVICE_SELECT, 4, BOTH},  {DEVICE_FEATURE, 4, READ}, {DRIVER_SELECT, 4, BOTH},
	{DRIVER_FEATURE, 4, BOTH}, {CONFIG_VECTOR, 2, BOTH},  {NUM_QUEUES, 2, READ},
	{STATUS, 1, BOTH},         {GENERATION, 1, READ},     {SELECT, 2, BOTH},
	{SIZE, 2, BOTH},           {VECTOR, 2, BOTH},         {ENABLE, 2, BOTH},
	{NOTIFY_OFF, 2, READ},     {ADDRESSES, 4, BOTH},      {ADDRESSES + 4, 4, BOTH},
	{ADDRESSES + 8, 4, BOTH},  {ADDRESSES + 12, 4, BOTH}, {ADDRESSES + 16, 4, BOTH},
	{ADDRESSES + 20, 4, BOTH}, {NOTIFY_DATA, 2, READ},    {RESET, 2, BOTH},
};

static void check_field(size_t off, unsigned width, unsigned right)
{
	size_t i = 0;

	while (i < sizeof fields / sizeof *fields && fields[i].off != off)
		i++;
	cr_assert(i < sizeof fields / sizeof *fields && fields[i].width == width &&
			  fields[i].rights & right,
		  "common configuration: %u bytes at %zu, right %u", width, off, right);
	cr_assert(off != NOTIFY_DATA || model_accepted(HAUL_VIRTIO_F_NOTIF_CONFIG_DATA));
	cr_assert(off != RESET || model_accepted(HAUL_VIRTIO_F_RING_RESET));
	cr_assert((off != VECTOR && off != CONFIG_VECTOR) || pci_model_msix_is_on(model.function));
}

static uint64_t load_status(void)
{
	if (!model.reset_waits)
		return model.status;
	model.reset_waits--;
	return model.reset_waits ? 0x80 : 0;
}

static uint64_t read_vector(uint16_t vector)
{
	if (vector == HAUL_VIRTIO_NO_VECTOR)
		return vector;
	return model.refuses_vectors ? HAUL_VIRTIO_NO_VECTOR
				     : (uint16_t)(vector + model.vector_lie);
}

static uint64_t load_reset(struct model_queue *queue)
{
	if (!queue->reset)
		return 0;
	if (--queue->reset)
		return 1;
	if (!model.keeps_enabled)
		queue->enable = 0;
	return 0;
}

static uint64_t load_queue(size_t off)
{
	struct model_queue *queue = selected();

	switch (off) {
	case SIZE:
		return queue->size;
	case VECTOR:
		queue->vector_read = true;
		return read_vector(queue->vector);
	case ENABLE:
		return queue->enable;
	case NOTIFY_OFF:
		return queue->notify_off;
	case NOTIFY_DATA:
		return queue->notify_data;
	case RESET:
		return load_reset(queue);
	default:
		return queue->addresses[(off - ADDRESSES) / 8] >> off % 8 * 8 & UINT32_MAX;
	}
}

static uint64_t load_common(size_t off)
{
	switch (off) {
	case DEVICE_SELECT:
		return model.device_select;
	case DEVICE_FEATURE:
		return model.device_select < 4 ? model.offered[model.device_select] : 0;
	case DRIVER_SELECT:
		return model.driver_select;
	case DRIVER_FEATURE:
		return model.driver_select < 4 ? model.accepted[model.driver_select] : 0;
	case CONFIG_VECTOR:
		return read_vector(model.config_vector);
	case NUM_QUEUES:
		return model.num_queues;
	case STATUS:
		return load_status();
	case GENERATION:
		return model.generation;
	case SELECT:
		return model.select;
	default:
		return load_queue(off);
	}
}

static void store_status(uint8_t status)
{
	if (!status) {
		reset();
		model.reset_waits = model.reset_reads;
		return;
	}
	cr_assert(!model.reset_waits, "it is being reset (4.1.4.3.2)");
	cr_assert((status & model.status) == model.status,
		  "a bit of the status is cleared (2.1.1)");
	if (status & HAUL_VIRTIO_DRIVER_OK)
		cr_assert(pci_model_command(model.function) & HAUL_PCI_COMMAND_MASTER);
	model.status = status;
}

static void store_features(uint32_t bits)
{
	cr_assert(model.driver_select < 4 || !bits);
	cr_assert((model.status & HAUL_VIRTIO_DRIVER) && !(model.status & HAUL_VIRTIO_FEATURES_OK));
	if (model.driver_select >= 4)
		return;
	cr_assert(!(bits & ~model.offered[model.driver_select]), "it has not offered that (2.2.1)");
	model.accepted[model.driver_select] = bits;
}

static void check_vector(uint64_t vector)
{
	cr_assert(vector < model.table.vectors || vector == HAUL_VIRTIO_NO_VECTOR,
		  "vector %u is not in the table (4.1.5.1.2.2)", (unsigned)vector);
}

static void enable(struct model_queue *queue, uint64_t value)
{
	cr_assert(value == 1, "%u is written to queue_enable (4.1.4.3.2)", (unsigned)value);
	cr_assert(queue->halves == 0x3f && queue->sized);
	cr_assert(!pci_model_msix_is_on(model.function) || queue->vector_read);
	queue->enable = 1;
}

/* The low half comes before the high one (4.1.3). */
static void store_address(struct model_queue *queue, size_t off, uint64_t value)
{
	const unsigned half = (unsigned)(off - ADDRESSES) / 4, shift = half % 2 * 32;
	uint64_t *address = &queue->addresses[half / 2];

	cr_assert(half % 2 == 0 || queue->halves >> (half - 1) & 1);
	*address = (*address & ~((uint64_t)UINT32_MAX << shift)) | value << shift;
	queue->halves |= 1u << half;
}

static void store_queue(size_t off, uint64_t value)
{
	struct model_queue *queue = selected();

	if (off == VECTOR && value == HAUL_VIRTIO_NO_VECTOR) { /* at any time */
		queue->vector = HAUL_VIRTIO_NO_VECTOR;
		return;
	}
	cr_assert(model.select < MODEL_QUEUES && queue->max, "there is no queue %u", model.select);
	cr_assert(model.status & HAUL_VIRTIO_FEATURES_OK);
	if (off == RESET) {
		cr_assert(value == 1 && queue->enable && model.status & HAUL_VIRTIO_DRIVER_OK);
		queue->reset = (uint16_t)(model.queue_reads + 1);
		*queue = (struct model_queue){
			.max = queue->max,
			.size = queue->max,
			.vector = HAUL_VIRTIO_NO_VECTOR,
			.enable = 1,
			.notify_off = queue->notify_off,
			.notify_data = queue->notify_data,
			.reset = queue->reset,
			.kicks = queue->kicks,
		};
		return;
	}
	cr_assert(!queue->enable && !queue->reset, "a queue is changed while in use");
	if (off == SIZE) {
		cr_assert(value && !(value & (value - 1)) && value <= queue->max);
		queue->size = (uint16_t)value;
		queue->sized = true;
	} else if (off == VECTOR) {
		check_vector(value);
		queue->vector = (uint16_t)value;
		queue->vector_read = false;
	} else if (off == ENABLE) {
		enable(queue, value);
	} else {
		store_address(queue, off, value);
	}
}

static void store_common(size_t off, uint64_t value)
{
	switch (off) {
	case DEVICE_SELECT:
		model.device_select = (uint32_t)value;
		break;
	case DRIVER_SELECT:
		model.driver_select = (uint32_t)value;
		break;
	case DRIVER_FEATURE:
		store_features((uint32_t)value);
		break;
	case CONFIG_VECTOR:
		check_vector(value);
		model.config_vector = (uint16_t)value;
		break;
	case STATUS:
		store_status((uint8_t)value);
		break;
	case SELECT:
		model.select = (uint16_t)value;
		break;
	default:
		store_queue(off, value);
	}
}

/* The others */

/* 4.1.5.2: which queue's doorbell it is, and as what it is rung. */
static void ring(size_t off, unsigned width, uint64_t value)
{
	const bool wide = model_accepted(HAUL_VIRTIO_F_NOTIFICATION_DATA);
	const bool data = model_accepted(HAUL_VIRTIO_F_NOTIF_CONFIG_DATA);

	cr_assert(width == (wide ? 4 : 2), "a doorbell of %u bytes", width);
	cr_assert(model.status & HAUL_VIRTIO_DRIVER_OK);
	for (unsigned i = 0; i < MODEL_QUEUES; i++) {
		struct model_queue *queue = &model.queues[i];

		if (off != (uint64_t)queue->notify_off * model.multiplier ||
		    (value & 0xffff) != (data ? queue->notify_data : i))
			continue;
		cr_assert(queue->enable && !queue->reset);
		queue->kicks++;
		queue->kick = (uint32_t)value;
		return;
	}
	cr_assert(false, "a doorbell at %zu, with %#x", off, (unsigned)value);
}

/* Its own configuration's fields are as wide as where they are says. */
static void check_config(size_t off, unsigned width)
{
	static const unsigned char widths[MODEL_CONFIG_SIZE] = {1, 0, 2, 0, 4, 0, 0, 0,
								4, 0, 0, 0, 4, 0, 0, 0};

	cr_assert(off < MODEL_CONFIG_SIZE && widths[off] == width,
		  "device configuration: %u bytes at %zu", width, off);
}

static bool is_in(size_t off, size_t start, size_t size)
{
	return off - start < size;
}

/* Is it there?  1: as all ones; 2: not at all. */
static int reach(void)
{
	if (model.goes && model.accesses >= model.goes)
		model.function->gone = model.goes_by;
	model.accesses++;
	cr_assert(model.function->gone ||
		  pci_model_command(model.function) & HAUL_PCI_COMMAND_MEMORY);
	return model.function->gone;
}

static int load(void *ctx, size_t off, unsigned width, uint64_t *value)
{
	const int gone = reach();

	(void)ctx;
	*value = UINT64_MAX;
	if (gone)
		return gone == 2 ? -HAUL_EFAULT : 0;
	if (is_in(off, MODEL_COMMON, 64)) {
		check_field(off - MODEL_COMMON, width, READ);
		*value = load_common(off - MODEL_COMMON);
	} else if (off == MODEL_ISR && width == 1) {
		cr_assert(!pci_model_msix_is_on(model.function));
		*value = model.isr;
		model.isr = 0;
	} else if (is_in(off, MODEL_CONFIG, MODEL_CONFIG_SIZE)) {
		check_config(off - MODEL_CONFIG, width);
		*value = 0;
		memcpy(value, model.config + (off - MODEL_CONFIG), width);
	} else {
		cr_assert(false, "a read of %u bytes at %#zx", width, off);
	}
	return 0;
}

static int store(void *ctx, size_t off, unsigned width, uint64_t value)
{
	const int gone = reach();

	(void)ctx;
	if (gone)
		return gone == 2 ? -HAUL_EFAULT : 0;
	if (is_in(off, MODEL_COMMON, 64)) {
		check_field(off - MODEL_COMMON, width, WRITE);
		store_common(off - MODEL_COMMON, value);
	} else if (is_in(off, MODEL_NOTIFY, MODEL_NOTIFY_SIZE)) {
		ring(off - MODEL_NOTIFY, width, value);
	} else if (is_in(off, MODEL_CONFIG, MODEL_CONFIG_SIZE)) {
		cr_assert(model.status & HAUL_VIRTIO_FEATURES_OK);
		check_config(off - MODEL_CONFIG, width);
		memcpy(model.config + (off - MODEL_CONFIG), &value, width);
	} else {
		cr_assert(false, "a write of %u bytes at %#zx", width, off);
	}
	return 0;
}

/* Mapping */

static int map(void *ctx, const struct haul_pci_function *function, unsigned bar, uint64_t off,
	       size_t size, struct haul_region *region)
{
	const struct haul_pci_bar *there = &function->bars[bar];

	cr_assert(ctx == &model && bar < HAUL_PCI_BARS);
	cr_assert(there->address && !there->io);
	cr_assert(off < there->size && size && size <= there->size - off);
	if (model.map_err && (!model.map_err_at || (bar == MODEL_BAR && off == model.map_err_at)))
		return model.map_err;
	model.maps++; /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
	return haul_region_make(region, (void *)(uintptr_t)(there->address + off),
				there->address + off, size, HAUL_CACHE_UNCACHED);
}

static int unmap(void *ctx, const struct haul_region *region)
{
	cr_assert(ctx == &model && region->size);
	model.unmaps++;
	return 0;
}

const struct haul_pci_map model_map = {&model, map, unmap};

/* Making it */

void model_capability(uint8_t off, unsigned type, unsigned bar, uint32_t at, uint32_t size)
{
	const unsigned length = type == 2 ? 20 : type == 8 ? 24 : 16;

	pci_model_put(model.function, off, 1, 9);
	pci_model_put(model.function, off + 2u, 1, length);
	pci_model_put(model.function, off + 3u, 1, type);
	pci_model_put(model.function, off + 4u, 4, bar);
	pci_model_put(model.function, off + 8u, 4, at);
	pci_model_put(model.function, off + 12u, 4, size);
	if (type == 2)
		pci_model_put(model.function, off + 16u, 4, MODEL_MULTIPLIER);
}

void model_capability_id(uint8_t off, unsigned id, uint32_t at_high, uint32_t size_high)
{
	pci_model_put(model.function, off + 5u, 1, id);
	pci_model_put(model.function, off + 16u, 4, at_high);
	pci_model_put(model.function, off + 20u, 4, size_high);
}

static void add_capabilities(void)
{
	static const uint8_t order[] = {CAP_COMMON, CAP_NOTIFY, CAP_ISR,
					CAP_CONFIG, CAP_SHARED, CAP_MSIX};

	pci_model_list(model.function, order[0]);
	for (size_t i = 0; i + 1 < sizeof order; i++)
		pci_model_capability(model.function, order[i], 9, order[i + 1]);
	model_capability(CAP_COMMON, 1, MODEL_BAR, MODEL_COMMON, 64);
	model_capability(CAP_NOTIFY, 2, MODEL_BAR, MODEL_NOTIFY, MODEL_NOTIFY_SIZE);
	model_capability(CAP_ISR, 3, MODEL_BAR, MODEL_ISR, 1);
	model_capability(CAP_CONFIG, 4, MODEL_BAR, MODEL_CONFIG, MODEL_CONFIG_SIZE);
	model_capability(CAP_SHARED, 8, MODEL_BAR, MODEL_SHARED, 0x1000);
	model_capability_id(CAP_SHARED, 7, 0, 0);
	pci_model_msix(model.function, CAP_MSIX, 0, MODEL_VECTORS, MODEL_MSIX_BAR, MODEL_MSIX);
}

static void add_queues(void)
{
	model.num_queues = MODEL_QUEUES;
	model.multiplier = MODEL_MULTIPLIER;
	for (unsigned i = 0; i < MODEL_QUEUES; i++) {
		model.queues[i].max = (uint16_t)(64u << i);
		model.queues[i].notify_off = (uint16_t)(MODEL_QUEUES - i); /* not its number */
		model.queues[i].notify_data = (uint16_t)(0x700 + i);
	}
}

void model_begin(void)
{
	memset(&model, 0, sizeof model);
	pci_model_begin(&model.pci);
	model.function = pci_model_add(&model.pci, 0, 5, 0, 0x10421af4, 0x11001af4);
	pci_model_put(model.function, 4, 2, HAUL_PCI_COMMAND_MASTER);
	pci_model_bar(model.function, MODEL_MSIX_BAR, 0, 0x1000, 0xfe000000);
	pci_model_bar(model.function, MODEL_BAR, 0xc, MODEL_BAR_SIZE, MODEL_ADDRESS);
	add_capabilities();
	add_queues();
	memset(model.offered, 0xff, sizeof model.offered);
	model.status = HAUL_VIRTIO_ACKNOWLEDGE | HAUL_VIRTIO_DRIVER | HAUL_VIRTIO_DRIVER_OK;
	for (unsigned i = 0; i < MODEL_CONFIG_SIZE; i++)
		model.config[i] = (unsigned char)(0x10 + i);
	pci_model_table(&model.table, model.function, MODEL_VECTORS, 0xfe000000 + MODEL_MSIX);
	virtio_registers_add(&(struct virtio_registers){
		.base = MODEL_ADDRESS,
		.size = MODEL_BAR_SIZE,
		.read = load,
		.write = store,
	});
}

void model_function(struct haul_pci_function *function)
{
	static struct haul_pci_access access;

	pci_model_access(&model.pci, 0, 0, &access);
	cr_assert(haul_pci_open(function, &access, model.function->at) == 0);
	cr_assert(haul_pci_bars(function) == 0);
}
