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
	model.resets++;
	model.words_read = 0;
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

static bool expect(bool holds, const char *rule)
{
	return pci_model_expect(holds, rule);
}

static bool is_field(size_t off, unsigned width, unsigned right)
{
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (fields[i].off == off)
			return fields[i].width == width && fields[i].rights & right;
	return false;
}

static bool check_field(size_t off, unsigned width, unsigned right)
{
	return expect(is_field(off, width, right),
		      "fields by their width and direction (4.1.3.1)") &&
	       expect(model.resets || off == STATUS, "a reset first (3.1.1)") &&
	       expect(off != NOTIFY_DATA || model_accepted(HAUL_VIRTIO_F_NOTIF_CONFIG_DATA),
		      "a field of NOTIF_CONFIG_DATA") &&
	       expect(off != RESET || model_accepted(HAUL_VIRTIO_F_RING_RESET),
		      "a field of RING_RESET") &&
	       expect((off != VECTOR && off != CONFIG_VECTOR) ||
			      pci_model_msix_is_on(model.function),
		      "vectors while MSI-X is on");
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

static bool is_negotiating(void)
{
	return expect((model.status & HAUL_VIRTIO_DRIVER) &&
			      !(model.status & HAUL_VIRTIO_FEATURES_OK),
		      "features between DRIVER and FEATURES_OK (3.1.1)");
}

static uint64_t load_offered(void)
{
	if (!is_negotiating() || model.device_select >= 4)
		return 0;
	model.words_read |= 1u << model.device_select;
	return model.offered[model.device_select];
}

static uint64_t load_common(size_t off)
{
	switch (off) {
	case DEVICE_SELECT:
		return model.device_select;
	case DEVICE_FEATURE:
		return load_offered();
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

/* 3.1.1: what has to be there before that bit; bits that are not the driver's never are. */
static unsigned needed_for(unsigned bit)
{
	switch (bit) {
	case HAUL_VIRTIO_ACKNOWLEDGE:
	case HAUL_VIRTIO_FAILED:
		return 0;
	case HAUL_VIRTIO_DRIVER:
		return HAUL_VIRTIO_ACKNOWLEDGE;
	case HAUL_VIRTIO_FEATURES_OK:
		return HAUL_VIRTIO_DRIVER;
	case HAUL_VIRTIO_DRIVER_OK:
		return HAUL_VIRTIO_FEATURES_OK;
	default:
		return 1 << 8;
	}
}

static void store_status(uint8_t status)
{
	const unsigned needed = needed_for(status & ~(unsigned)model.status);

	if (!status) {
		reset();
		model.reset_waits = model.reset_reads;
		return;
	}
	if (expect(model.resets, "a reset first (3.1.1)") &&
	    expect(!model.reset_waits, "a reset is awaited (4.1.4.3.2)") &&
	    expect((status & model.status) == model.status, "no bit is cleared (2.1.1)") &&
	    expect(!(model.status & HAUL_VIRTIO_FAILED), "after FAILED comes a reset (2.1.1)") &&
	    expect((model.status & needed) == needed, "one step after the other (3.1.1)") &&
	    expect(!(status & HAUL_VIRTIO_DRIVER_OK) ||
			   pci_model_command(model.function) & HAUL_PCI_COMMAND_MASTER,
		   "it may do DMA when it runs"))
		model.status = status;
}

static void store_features(uint32_t bits)
{
	const uint32_t offered = model.driver_select < 4 ? model.offered[model.driver_select] : 0;

	if (is_negotiating() &&
	    expect(model.words_read >> model.driver_select & 1,
		   "features are read before they are written (3.1.1)") &&
	    expect(!(bits & ~offered), "only what is offered is accepted (2.2.1)") &&
	    model.driver_select < 4)
		model.accepted[model.driver_select] = bits;
}

static bool check_vector(uint64_t vector)
{
	return expect(vector < model.table.vectors || vector == HAUL_VIRTIO_NO_VECTOR,
		      "vectors of the table (4.1.5.1.2.2)");
}

static void enable(struct model_queue *queue, uint64_t value)
{
	if (expect(value == 1, "never 0 to queue_enable (4.1.4.3.2)") &&
	    expect(queue->halves == 0x3f && queue->sized,
		   "a queue is set up before it is enabled") &&
	    expect(!pci_model_msix_is_on(model.function) || queue->vector_read,
		   "a vector is read back (4.1.5.1.2.2)")) {
		queue->enable = 1;
		queue->was_reset = false;
	}
}

static void store_address(struct model_queue *queue, size_t off, uint64_t value)
{
	const unsigned half = (unsigned)(off - ADDRESSES) / 4, shift = half % 2 * 32;
	uint64_t *address = &queue->addresses[half / 2];

	if (!expect(half % 2 == 0 || queue->halves >> (half - 1) & 1, "the low half first (4.1.3)"))
		return;
	*address = (*address & ~((uint64_t)UINT32_MAX << shift)) | value << shift;
	queue->halves |= 1u << half;
}

static void store_reset(struct model_queue *queue, uint64_t value)
{
	if (!expect(value == 1 && queue->enable && model.status & HAUL_VIRTIO_DRIVER_OK,
		    "the reset of a queue that runs (2.6.1)"))
		return;
	*queue = (struct model_queue){
		.max = queue->max,
		.size = queue->max,
		.vector = HAUL_VIRTIO_NO_VECTOR,
		.enable = 1,
		.notify_off = queue->notify_off,
		.notify_data = queue->notify_data,
		.reset = (uint16_t)(model.queue_reads + 1),
		.was_reset = true,
		.kicks = queue->kicks,
	};
}

static void store_size(struct model_queue *queue, uint64_t size)
{
	if (!expect(size && !(size & (size - 1)) && size <= queue->max,
		    "a power of two, at most what there is (4.1.4.3.2)"))
		return;
	queue->size = (uint16_t)size;
	queue->sized = true;
}

static void store_vector(struct model_queue *queue, uint64_t vector)
{
	if (!check_vector(vector))
		return;
	queue->vector = (uint16_t)vector;
	queue->vector_read = false;
}

static void store_queue(size_t off, uint64_t value)
{
	struct model_queue *queue = selected();

	if (off == VECTOR && value == HAUL_VIRTIO_NO_VECTOR) { /* at any time */
		queue->vector = HAUL_VIRTIO_NO_VECTOR;
		return;
	}
	if (!expect(queue->max, "queues that there are") ||
	    !expect(model.status & HAUL_VIRTIO_FEATURES_OK, "queues after FEATURES_OK (3.1.1)") ||
	    !expect(off == RESET || !(model.status & HAUL_VIRTIO_DRIVER_OK) || queue->was_reset,
		    "queues before DRIVER_OK (3.1.1)") ||
	    !expect(!(model.status & HAUL_VIRTIO_FAILED), "it was given up (2.1.1)") ||
	    !expect(off == RESET || !(queue->enable || queue->reset), "not while it is in use"))
		return;
	if (off == RESET)
		store_reset(queue, value);
	else if (off == SIZE)
		store_size(queue, value);
	else if (off == VECTOR)
		store_vector(queue, value);
	else if (off == ENABLE)
		enable(queue, value);
	else
		store_address(queue, off, value);
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
		if (check_vector(value))
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

	if (!expect(width == (wide ? 4 : 2), "doorbells' widths (4.1.5.2)") ||
	    !expect(model.status & HAUL_VIRTIO_DRIVER_OK, "no kick before DRIVER_OK (3.1.1)"))
		return;
	for (unsigned i = 0; i < MODEL_QUEUES; i++) {
		struct model_queue *queue = &model.queues[i];

		if (off != (uint64_t)queue->notify_off * model.multiplier ||
		    (value & 0xffff) != (data ? queue->notify_data : i) || !queue->enable ||
		    queue->reset)
			continue;
		queue->kicks++;
		queue->kick = (uint32_t)value;
		return;
	}
	expect(false, "the doorbell of a queue that is enabled, with its number (4.1.5.2)");
}

/* Its own configuration's fields are as wide as where they are says. */
static bool check_config(size_t off, unsigned width)
{
	static const unsigned char widths[MODEL_CONFIG_SIZE] = {1, 0, 2, 0, 4, 0, 0, 0,
								4, 0, 0, 0, 4, 0, 0, 0};

	return expect(widths[off] == width, "the configuration by its fields (4.1.3.1)");
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
	expect(model.function->gone || pci_model_command(model.function) & HAUL_PCI_COMMAND_MEMORY,
	       "the function answers at its BARs");
	return model.function->gone;
}

static void load_field(size_t off, unsigned width, uint64_t *value)
{
	if (is_in(off, MODEL_COMMON, 64)) {
		if (check_field(off - MODEL_COMMON, width, READ))
			*value = load_common(off - MODEL_COMMON);
	} else if (off == MODEL_ISR && width == 1) {
		expect(!pci_model_msix_is_on(model.function), "no ISR with MSI-X (4.1.4.5.2)");
		*value = model.isr;
		model.isr = 0;
	} else if (is_in(off, MODEL_CONFIG, MODEL_CONFIG_SIZE)) {
		if (check_config(off - MODEL_CONFIG, width) &&
		    expect(model.resets && model.status & HAUL_VIRTIO_DRIVER,
			   "the configuration is read after DRIVER (3.1.1)"))
			memcpy(value, model.config + (off - MODEL_CONFIG), width);
	} else {
		expect(false, "what is read can be read");
	}
}

static int load(void *ctx, size_t off, unsigned width, uint64_t *value)
{
	const int gone = reach();

	(void)ctx;
	*value = gone ? UINT64_MAX : 0;
	if (!gone)
		load_field(off, width, value);
	return gone == 2 ? -HAUL_EFAULT : 0;
}

static void store_field(size_t off, unsigned width, uint64_t value)
{
	if (is_in(off, MODEL_COMMON, 64)) {
		if (check_field(off - MODEL_COMMON, width, WRITE))
			store_common(off - MODEL_COMMON, value);
	} else if (is_in(off, MODEL_NOTIFY, MODEL_NOTIFY_SIZE)) {
		ring(off - MODEL_NOTIFY, width, value);
	} else if (is_in(off, MODEL_CONFIG, MODEL_CONFIG_SIZE)) {
		if (expect(model.status & HAUL_VIRTIO_FEATURES_OK,
			   "no configuration is written before FEATURES_OK (2.5.2)") &&
		    check_config(off - MODEL_CONFIG, width))
			memcpy(model.config + (off - MODEL_CONFIG), &value, width);
	} else {
		expect(false, "what is written can be written");
	}
}

static int store(void *ctx, size_t off, unsigned width, uint64_t value)
{
	const int gone = reach();

	(void)ctx;
	if (!gone)
		store_field(off, width, value);
	return gone == 2 ? -HAUL_EFAULT : 0;
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
