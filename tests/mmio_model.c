/* SPDX-License-Identifier: MIT */
#include "mmio_model.h"
#include "test.h"
#include <haul/virtio.h>
#include <string.h>

enum { LEGACY = 1, MODERN = 2, BOTH = LEGACY | MODERN };
enum { READS = 1, WRITES = 2 };

/* 4.2.2 and 4.2.4 */
static const struct reg {
	uint16_t off;
	uint8_t version, direction;
} regs[] = {
	{MODEL_MAGIC_VALUE, BOTH, READS},
	{MODEL_VERSION, BOTH, READS},
	{MODEL_DEVICE_ID, BOTH, READS},
	{MODEL_VENDOR_ID, BOTH, READS},
	{MODEL_DEVICE_FEATURES, BOTH, READS},
	{MODEL_DEVICE_FEATURES_SEL, BOTH, WRITES},
	{MODEL_DRIVER_FEATURES, BOTH, WRITES},
	{MODEL_DRIVER_FEATURES_SEL, BOTH, WRITES},
	{MODEL_GUEST_PAGE_SIZE, LEGACY, WRITES},
	{MODEL_QUEUE_SEL, BOTH, WRITES},
	{MODEL_QUEUE_SIZE_MAX, BOTH, READS},
	{MODEL_QUEUE_SIZE, BOTH, WRITES},
	{MODEL_QUEUE_ALIGN, LEGACY, WRITES},
	{MODEL_QUEUE_PFN, LEGACY, READS | WRITES},
	{MODEL_QUEUE_READY, MODERN, READS | WRITES},
	{MODEL_QUEUE_NOTIFY, BOTH, WRITES},
	{MODEL_INTERRUPT_STATUS, BOTH, READS},
	{MODEL_INTERRUPT_ACK, BOTH, WRITES},
	{MODEL_STATUS, BOTH, READS | WRITES},
	{MODEL_QUEUE_DESC, MODERN, WRITES},
	{MODEL_QUEUE_DESC + 4, MODERN, WRITES},
	{MODEL_QUEUE_DRIVER, MODERN, WRITES},
	{MODEL_QUEUE_DRIVER + 4, MODERN, WRITES},
	{MODEL_QUEUE_DEVICE, MODERN, WRITES},
	{MODEL_QUEUE_DEVICE + 4, MODERN, WRITES},
	{MODEL_SHM_SEL, MODERN, WRITES},
	{MODEL_SHM_LEN, MODERN, READS},
	{MODEL_SHM_LEN + 4, MODERN, READS},
	{MODEL_SHM_BASE, MODERN, READS},
	{MODEL_SHM_BASE + 4, MODERN, READS},
	{MODEL_QUEUE_RESET, MODERN, READS | WRITES},
	{MODEL_CONFIG_GENERATION, MODERN, READS},
};

/* model_queue.set */
enum { SET_SIZE = 1, SET_ALIGN = 2, SET_HALVES = 4 /* six bits */ };
enum { SET_MODERN = SET_SIZE | 63 * SET_HALVES, SET_LEGACY = SET_SIZE | SET_ALIGN };

static void wrong(struct mmio_model *model, size_t off, const char *why)
{
	if (model->wrong)
		return;
	model->wrong = why;
	model->wrong_at = off;
}

/* Notes it, unless that is so. */
static void must(struct mmio_model *model, bool so, size_t off, const char *otherwise)
{
	if (!so)
		wrong(model, off, otherwise);
}

static bool is_legacy(const struct mmio_model *model)
{
	return model->version == LEGACY;
}

static bool accepted(const struct mmio_model *model, unsigned bit)
{
	return model->accepted[bit / 32] >> bit % 32 & 1;
}

static bool is_power_of_two(uint32_t n)
{
	return n && !(n & (n - 1));
}

static void check_register(struct mmio_model *model, size_t off, unsigned width, unsigned direction)
{
	const unsigned version = is_legacy(model) ? LEGACY : MODERN;

	must(model, width == 4, off, "a register is 32 bits wide");
	for (size_t i = 0; i < sizeof regs / sizeof *regs; i++) {
		if (regs[i].off != off || !(regs[i].version & version))
			continue;
		must(model, regs[i].direction & direction, off, "not in that direction");
		return;
	}
	wrong(model, off, "no such register");
}

/* 4.2.3.1.1 */
static void check_identification(struct mmio_model *model, size_t off)
{
	enum { SAW_MAGIC = 1, SAW_VERSION = 2, SAW_ID = 4 };
	const bool valid = model->version == LEGACY || model->version == MODERN;

	switch (off) {
	case MODEL_MAGIC_VALUE:
		model->known |= SAW_MAGIC;
		break;
	case MODEL_VERSION:
		must(model, model->known & SAW_MAGIC && model->magic == 0x74726976, off,
		     "the magic value first");
		model->known |= SAW_VERSION;
		break;
	case MODEL_DEVICE_ID:
		must(model, model->known & SAW_VERSION && valid, off, "the version first");
		model->known |= SAW_ID;
		break;
	default:
		must(model, model->known == (SAW_MAGIC | SAW_VERSION | SAW_ID), off,
		     "not identified");
		must(model, model->type, off, "there is no device");
		must(model, model->resets || off == MODEL_VENDOR_ID || off == MODEL_STATUS, off,
		     "a reset first");
	}
}

/* The selected queue; one that may be anything where there is no such. */
static struct model_queue *selected(struct mmio_model *model, size_t off)
{
	static struct model_queue none;

	must(model, model->chose_queue, off, "no queue is selected");
	none = (struct model_queue){0};
	return model->queue_sel < MODEL_QUEUES ? &model->queues[model->queue_sel] : &none;
}

/* 3.1.1, step 7; 2.6.1.2 */
static void check_set_up(struct mmio_model *model, size_t off, const struct model_queue *queue)
{
	const uint8_t before = is_legacy(model) ? HAUL_VIRTIO_DRIVER : HAUL_VIRTIO_FEATURES_OK;

	must(model, model->status & before, off, "queues come after features");
	must(model, !(model->status & HAUL_VIRTIO_DRIVER_OK) || queue->was_reset, off,
	     "queues come before DRIVER_OK");
	must(model, !(model->status & HAUL_VIRTIO_FAILED), off, "it was given up");
}

static uint32_t half(uint64_t value, bool high)
{
	return (uint32_t)(high ? value >> 32 : value);
}

static uint32_t read_memory(struct mmio_model *model, size_t off)
{
	const bool there = model->memory_sel == 1;

	must(model, model->has_memory, off, "its kind has no shared memory");
	must(model, model->chose_memory, off, "no shared memory is selected");
	if (off < MODEL_SHM_BASE)
		return half(there ? model->memory_len : UINT64_MAX, off > MODEL_SHM_LEN);
	return half(there ? model->memory_base : UINT64_MAX, off > MODEL_SHM_BASE);
}

static uint32_t read_queue(struct mmio_model *model, size_t off)
{
	struct model_queue *queue = selected(model, off);

	if (off == MODEL_QUEUE_SIZE_MAX)
		check_set_up(model, off, queue);
	switch (off) {
	case MODEL_QUEUE_SIZE_MAX:
		must(model, !queue->pfn, off, "it is in use");
		return queue->max;
	case MODEL_QUEUE_PFN:
		return queue->pfn;
	case MODEL_QUEUE_READY:
		return queue->ready;
	default:
		must(model, accepted(model, HAUL_VIRTIO_F_RING_RESET), off, "not negotiated");
		return queue->resetting;
	}
}

static uint32_t read_features(struct mmio_model *model, size_t off)
{
	must(model, model->chose_offered, off, "no word is selected");
	must(model, model->status & HAUL_VIRTIO_DRIVER, off, "features come after DRIVER");
	must(model, !(model->status & HAUL_VIRTIO_FEATURES_OK), off, "it is too late for that");
	model->chose_offered = false;
	model->words_read |= 1u << (model->offered_sel & 3);
	return model->offered[model->offered_sel & 3];
}

static uint32_t read_register(struct mmio_model *model, size_t off)
{
	switch (off) {
	case MODEL_MAGIC_VALUE:
		return model->magic;
	case MODEL_VERSION:
		return model->version;
	case MODEL_DEVICE_ID:
		return model->type;
	case MODEL_VENDOR_ID:
		return model->vendor;
	case MODEL_DEVICE_FEATURES:
		return read_features(model, off);
	case MODEL_INTERRUPT_STATUS:
		return model->interrupts;
	case MODEL_STATUS:
		return model->status;
	case MODEL_CONFIG_GENERATION:
		return model->generation;
	case MODEL_SHM_LEN:
	case MODEL_SHM_LEN + 4:
	case MODEL_SHM_BASE:
	case MODEL_SHM_BASE + 4:
		return read_memory(model, off);
	default:
		return read_queue(model, off);
	}
}

/* Fields by their widths, those of 64 bits in halves; a legacy device's by bytes. */
static void check_field(struct mmio_model *model, size_t off, unsigned width)
{
	const size_t at = off - MODEL_CONFIG_SPACE;
	const unsigned high = at >= 4 && model->field[at - 4] == 8 ? 4 : 0;
	const unsigned field = at < MODEL_CONFIG ? model->field[at] : 0;

	if (at + width > MODEL_CONFIG)
		wrong(model, off, "beyond its configuration");
	else if (is_legacy(model))
		must(model, width == 1, off, "a legacy configuration goes by bytes");
	else
		must(model, width == (field == 8 || high ? 4 : field), off, "a field by its width");
}

static uint64_t read_config(struct mmio_model *model, size_t off, unsigned width)
{
	uint64_t value = 0;

	check_field(model, off, width);
	must(model, model->status & HAUL_VIRTIO_DRIVER, off,
	     "the configuration comes after DRIVER");
	for (unsigned i = 0; i < width && off - MODEL_CONFIG_SPACE + i < MODEL_CONFIG; i++)
		value |= (uint64_t)model->config[off - MODEL_CONFIG_SPACE + i] << 8 * i;
	return value;
}

static void note(struct mmio_model *model, size_t off, unsigned width, bool writes, uint64_t value)
{
	if (model->logged < MODEL_LOG)
		model->log[model->logged++] = (struct model_access){off, width, writes, value};
}

static uint32_t read_truth(struct mmio_model *model, size_t off, unsigned width)
{
	check_identification(model, off);
	if (off >= MODEL_CONFIG_SPACE)
		return (uint32_t)read_config(model, off, width);
	check_register(model, off, width, READS);
	return model->wrong ? 0 : read_register(model, off);
}

uint64_t mmio_model_read(struct mmio_model *model, size_t off, unsigned width)
{
	uint32_t value = read_truth(model, off, width);

	if (model->lie)
		value = model->lie(model, off, value);
	note(model, off, width, false, value);
	return value;
}

static void reset_queue(struct model_queue *queue)
{
	const struct model_queue before = *queue;

	*queue = (struct model_queue){
		.max = before.max, .kicks = before.kicks, .kicked = before.kicked};
}

static void reset(struct mmio_model *model)
{
	model->status = 0;
	model->interrupts = 0;
	model->words_read = 0;
	model->page_size = 0;
	model->resets++;
	memset(model->accepted, 0, sizeof model->accepted);
	for (unsigned i = 0; i < MODEL_QUEUES; i++)
		reset_queue(&model->queues[i]);
}

/* 2.1.1, 3.1.1: one step after the other; nothing is cleared. */
static void write_status(struct mmio_model *model, size_t off, uint32_t value)
{
	const uint8_t added = (uint8_t)(value & ~(uint32_t)model->status);
	const uint8_t before_ok = is_legacy(model) ? HAUL_VIRTIO_DRIVER : HAUL_VIRTIO_FEATURES_OK;
	unsigned needs = 0;

	if (!value) {
		reset(model);
		return;
	}
	must(model, !(model->status & ~value), off, "a bit of the status is cleared");
	must(model, !(model->status & HAUL_VIRTIO_FAILED), off, "after FAILED comes a reset");
	must(model, is_power_of_two(added), off, "one step at a time");
	must(model, value < 256 && !(added & (16 | 32 | HAUL_VIRTIO_STATUS_NEEDS_RESET)), off,
	     "not the driver's to set");
	if (added & HAUL_VIRTIO_DRIVER)
		needs = HAUL_VIRTIO_ACKNOWLEDGE;
	else if (added & HAUL_VIRTIO_FEATURES_OK)
		needs = HAUL_VIRTIO_DRIVER;
	else if (added & HAUL_VIRTIO_DRIVER_OK)
		needs = before_ok;
	must(model, (model->status & needs) == needs, off, "a step is left out");
	must(model, !is_legacy(model) || !(added & HAUL_VIRTIO_FEATURES_OK), off,
	     "the legacy interface has no FEATURES_OK");
	must(model, model->resets, off, "a reset first");
	if (model->refuses)
		value &= ~(uint32_t)HAUL_VIRTIO_FEATURES_OK;
	model->status = (uint8_t)value;
}

static void write_features(struct mmio_model *model, size_t off, uint32_t value)
{
	const unsigned word = model->accepted_sel & 3;

	must(model, model->chose_accepted, off, "no word is selected");
	must(model, model->words_read >> word & 1, off,
	     "features are read before they are written");
	must(model, !(model->status & (HAUL_VIRTIO_FEATURES_OK | HAUL_VIRTIO_DRIVER_OK)), off,
	     "it is too late for that");
	must(model, !(value & ~model->offered[word]) || model->lie, off, "not offered");
	model->chose_accepted = false;
	model->accepted[word] = value;
}

static void set_half(uint64_t *value, bool high, uint32_t bits)
{
	const unsigned shift = high ? 32 : 0;

	*value = (*value & ~((uint64_t)UINT32_MAX << shift)) | (uint64_t)bits << shift;
}

static void write_area(struct mmio_model *model, size_t off, struct model_queue *queue,
		       uint32_t value)
{
	const unsigned area = (unsigned)(off - MODEL_QUEUE_DESC) / 0x10;
	const bool high = off & 4;
	uint64_t *areas[] = {&queue->descriptors, &queue->driver, &queue->device};

	must(model, !queue->ready, off, "it is in use");
	set_half(areas[area], high, value);
	queue->set |= (unsigned)SET_HALVES << (2 * area + high);
}

static void write_ready(struct mmio_model *model, size_t off, struct model_queue *queue,
			uint32_t value)
{
	must(model, value <= 1, off, "0 or 1");
	if (value == 1) {
		must(model, queue->set == SET_MODERN, off, "something is not set up");
		must(model,
		     !(queue->descriptors % 16) && !(queue->driver % 2) && !(queue->device % 4),
		     off, "not aligned");
	}
	queue->ready = value;
	queue->was_reset = false;
	queue->set = 0;
}

static void write_pfn(struct mmio_model *model, size_t off, struct model_queue *queue,
		      uint32_t value)
{
	if (value) {
		must(model, !queue->pfn, off, "it is in use");
		must(model, queue->set == SET_LEGACY, off, "something is not set up");
		must(model, model->page_size, off, "the size of pages is not known");
	}
	queue->pfn = value;
	queue->set = 0;
}

static void write_queue(struct mmio_model *model, size_t off, uint32_t value)
{
	struct model_queue *queue = selected(model, off);

	if (off == MODEL_QUEUE_RESET) {
		must(model, accepted(model, HAUL_VIRTIO_F_RING_RESET), off, "not negotiated");
		must(model, value == 1 && queue->ready, off, "there is nothing to reset");
		reset_queue(queue);
		queue->was_reset = true;
		return;
	}
	if (value || (off != MODEL_QUEUE_READY && off != MODEL_QUEUE_PFN))
		check_set_up(model, off, queue);
	switch (off) {
	case MODEL_QUEUE_SIZE:
		must(model, !queue->ready && !queue->pfn, off, "it is in use");
		must(model, is_power_of_two(value) && (value <= queue->max || model->lie), off,
		     "no such size");
		queue->size = value;
		queue->set |= SET_SIZE;
		break;
	case MODEL_QUEUE_ALIGN:
		must(model, is_power_of_two(value), off, "no power of two");
		queue->align = value;
		queue->set |= SET_ALIGN;
		break;
	case MODEL_QUEUE_PFN:
		write_pfn(model, off, queue, value);
		break;
	case MODEL_QUEUE_READY:
		write_ready(model, off, queue, value);
		break;
	default:
		write_area(model, off, queue, value);
	}
}

static void write_notify(struct mmio_model *model, size_t off, uint32_t value)
{
	const bool wide = accepted(model, HAUL_VIRTIO_F_NOTIFICATION_DATA);
	const uint32_t index = wide ? value & 0xffff : value;

	must(model, model->status & HAUL_VIRTIO_DRIVER_OK, off, "no kick before DRIVER_OK");
	if (index >= MODEL_QUEUES || (!model->queues[index].ready && !model->queues[index].pfn)) {
		wrong(model, off, "a kick of no queue");
		return;
	}
	model->queues[index].kicks++;
	model->queues[index].kicked = value;
}

static void write_page_size(struct mmio_model *model, size_t off, uint32_t value)
{
	must(model, is_power_of_two(value), off, "no power of two");
	must(model, model->status & HAUL_VIRTIO_DRIVER, off, "it comes after DRIVER");
	for (unsigned i = 0; i < MODEL_QUEUES; i++)
		must(model, !model->queues[i].pfn, off, "there are queues already");
	model->page_size = value;
}

static void write_register(struct mmio_model *model, size_t off, uint32_t value)
{
	switch (off) {
	case MODEL_DEVICE_FEATURES_SEL:
		model->offered_sel = value;
		model->chose_offered = true;
		must(model, value < 4, off, "no such word");
		break;
	case MODEL_DRIVER_FEATURES_SEL:
		model->accepted_sel = value;
		model->chose_accepted = true;
		must(model, value < 4, off, "no such word");
		break;
	case MODEL_DRIVER_FEATURES:
		write_features(model, off, value);
		break;
	case MODEL_GUEST_PAGE_SIZE:
		write_page_size(model, off, value);
		break;
	case MODEL_QUEUE_SEL:
		model->queue_sel = value;
		model->chose_queue = true;
		break;
	case MODEL_QUEUE_NOTIFY:
		write_notify(model, off, value);
		break;
	case MODEL_INTERRUPT_ACK:
		must(model, value && !(value & ~3u), off, "undefined bits are acknowledged");
		must(model, model->lie || !(value & ~model->interrupts), off,
		     "nothing to acknowledge");
		model->interrupts &= ~value;
		break;
	case MODEL_STATUS:
		write_status(model, off, value);
		break;
	case MODEL_SHM_SEL:
		must(model, model->has_memory, off, "its kind has no shared memory");
		model->memory_sel = value;
		model->chose_memory = true;
		break;
	default:
		write_queue(model, off, value);
	}
}

static void write_config(struct mmio_model *model, size_t off, unsigned width, uint32_t value)
{
	check_field(model, off, width);
	must(model, is_legacy(model) || model->status & HAUL_VIRTIO_FEATURES_OK, off,
	     "the configuration is written after FEATURES_OK");
	for (unsigned i = 0; i < width && off - MODEL_CONFIG_SPACE + i < MODEL_CONFIG; i++)
		model->config[off - MODEL_CONFIG_SPACE + i] = (unsigned char)(value >> 8 * i);
}

void mmio_model_write(struct mmio_model *model, size_t off, unsigned width, uint64_t value)
{
	note(model, off, width, true, value);
	check_identification(model, off);
	if (off < MODEL_CONFIG_SPACE) {
		check_register(model, off, width, WRITES);
		if (!model->wrong)
			write_register(model, off, (uint32_t)value);
	} else {
		write_config(model, off, width, (uint32_t)value);
	}
}

static int seen_read(void *ctx, size_t off, unsigned width, uint64_t *value)
{
	struct mmio_model *model = ctx;

	if (model->gone)
		return -HAUL_EFAULT;
	*value = mmio_model_read(model, off, width);
	return 0;
}

static int seen_write(void *ctx, size_t off, unsigned width, uint64_t value)
{
	struct mmio_model *model = ctx;

	if (model->gone)
		return -HAUL_EFAULT;
	mmio_model_write(model, off, width, value);
	return 0;
}

struct haul_region mmio_model_region(void)
{
	return (struct haul_region){
		.base = (volatile unsigned char *)
			MODEL_BASE, /* NOLINT(performance-no-int-to-ptr) */
		.size = MODEL_CONFIG_SPACE + MODEL_CONFIG,
	};
}

void mmio_model_begin(struct mmio_model *model, uint32_t version)
{
	const struct virtio_registers window = {.base = MODEL_BASE,
						.size = MODEL_CONFIG_SPACE + MODEL_CONFIG,
						.ctx = model,
						.read = seen_read,
						.write = seen_write};

	*model = (struct mmio_model){
		.magic = 0x74726976,
		.version = version,
		.type = 4,
		.vendor = 0x4c554148,
		.offered = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX},
		.queues = {{.max = 64}, {.max = 16}, {.max = 1}},
	};
	virtio_registers_clear();
	virtio_registers_add(&window);
}
