/* SPDX-License-Identifier: MIT */
/* Virtio over MMIO: virtio 1.4, 4.2.2, and 4.2.4 for the legacy interface. */
#include <haul/virtio_mmio.h>

/* Registers, 32 bits each.  L: the legacy interface's, M: those that it has not. */
enum {
	MAGIC_VALUE = 0x000,
	DEVICE_VERSION = 0x004,
	DEVICE_ID = 0x008,
	VENDOR_ID = 0x00c,
	DEVICE_FEATURES = 0x010,
	DEVICE_FEATURES_SEL = 0x014,
	DRIVER_FEATURES = 0x020,
	DRIVER_FEATURES_SEL = 0x024,
	GUEST_PAGE_SIZE = 0x028, /* L */
	QUEUE_SEL = 0x030,
	QUEUE_SIZE_MAX = 0x034,
	QUEUE_SIZE = 0x038,
	QUEUE_ALIGN = 0x03c, /* L */
	QUEUE_PFN = 0x040,   /* L */
	QUEUE_READY = 0x044, /* M */
	QUEUE_NOTIFY = 0x050,
	INTERRUPT_STATUS = 0x060,
	INTERRUPT_ACK = 0x064,
	STATUS = 0x070,
	QUEUE_DESC = 0x080, /* M, as all that follow; low half, then high half */
	QUEUE_DRIVER = 0x090,
	QUEUE_DEVICE = 0x0a0,
	SHM_SEL = 0x0ac,
	SHM_LEN = 0x0b0,
	SHM_BASE = 0x0b8,
	QUEUE_RESET = 0x0c0,
	CONFIG_GENERATION = 0x0fc
};

enum { MAGIC = 0x74726976, LEGACY = 1, MODERN = 2, PAGE = HAUL_VIRTQUEUE_ALIGN };

/* Where they are aligned, which haul_virtio_mmio_open has seen to, only a device that is gone can
 * be wrong with them. */
static int answer(int err)
{
	return err ? -HAUL_ENODEV : 0;
}

static int get(const struct haul_virtio_mmio *mmio, size_t reg, uint32_t *value)
{
	return answer(haul_region_read_u32(&mmio->region, reg, value));
}

static int set(const struct haul_virtio_mmio *mmio, size_t reg, uint32_t value)
{
	return answer(haul_region_write_u32(&mmio->region, reg, value));
}

static int get_pair(const struct haul_virtio_mmio *mmio, size_t reg, uint64_t *value)
{
	uint32_t low, high;
	int err = get(mmio, reg, &low);

	if (!err)
		err = get(mmio, reg + 4, &high);
	if (!err)
		*value = (uint64_t)high << 32 | low;
	return err;
}

static int set_pair(const struct haul_virtio_mmio *mmio, size_t reg, uint64_t value)
{
	const int err = set(mmio, reg, (uint32_t)value);

	return err ? err : set(mmio, reg + 4, (uint32_t)(value >> 32));
}

/* Writes the selector, then reads, or writes, what it selects. */
static int get_of(const struct haul_virtio_mmio *mmio, size_t selector, uint32_t which, size_t reg,
		  uint32_t *value)
{
	const int err = set(mmio, selector, which);

	return err ? err : get(mmio, reg, value);
}

static int set_of(const struct haul_virtio_mmio *mmio, size_t selector, uint32_t which, size_t reg,
		  uint32_t value)
{
	const int err = set(mmio, selector, which);

	return err ? err : set(mmio, reg, value);
}

static int get_flag(const struct haul_virtio_mmio *mmio, unsigned queue, size_t reg, bool *flag)
{
	uint32_t value = 0;
	const int err = get_of(mmio, QUEUE_SEL, queue, reg, &value);

	*flag = value;
	return err;
}

/* Both interfaces. */

static int status(void *ctx, uint8_t *bits)
{
	uint32_t value = 0;
	const int err = get(ctx, STATUS, &value);

	*bits = (uint8_t)value;
	return err;
}

static int set_status(void *ctx, uint8_t bits)
{
	struct haul_virtio_mmio *mmio = ctx;

	if (!bits)
		mmio->paged = false;
	return set(mmio, STATUS, bits);
}

static int features(void *ctx, unsigned word, uint32_t *bits)
{
	return get_of(ctx, DEVICE_FEATURES_SEL, word, DEVICE_FEATURES, bits);
}

static int set_features(void *ctx, unsigned word, uint32_t bits)
{
	return set_of(ctx, DRIVER_FEATURES_SEL, word, DRIVER_FEATURES, bits);
}

static int queue_max(void *ctx, unsigned queue, uint32_t *size)
{
	return get_of(ctx, QUEUE_SEL, queue, QUEUE_SIZE_MAX, size);
}

static int kick(void *ctx, uint64_t doorbell, uint32_t data, bool wide)
{
	(void)doorbell; /* one for all queues, */
	(void)wide;     /* and of 32 bits always */
	return set(ctx, QUEUE_NOTIFY, data);
}

/* Acknowledged before queues are looked at: what comes meanwhile interrupts anew. */
static int interrupt(void *ctx, unsigned *causes)
{
	uint32_t pending;
	const int err = get(ctx, INTERRUPT_STATUS, &pending);

	if (err)
		return err;
	/* Bits 0 and 1, as they are numbered in haul/virtio.h; others are to be ignored. */
	*causes = pending & (HAUL_VIRTIO_CAUSE_QUEUE | HAUL_VIRTIO_CAUSE_CONFIG);
	return *causes ? set(ctx, INTERRUPT_ACK, *causes) : 0;
}

/* Version 2. */

static int queue_in_use(void *ctx, unsigned queue, bool *in_use)
{
	return get_flag(ctx, queue, QUEUE_READY, in_use);
}

static int queue_set(void *ctx, const struct haul_virtio_place *place, uint64_t *doorbell)
{
	int err = set_of(ctx, QUEUE_SEL, place->queue, QUEUE_SIZE, place->size);

	*doorbell = 0;
	if (!err)
		err = set_pair(ctx, QUEUE_DESC, place->descriptors.value);
	if (!err)
		err = set_pair(ctx, QUEUE_DRIVER, place->driver.value);
	if (!err)
		err = set_pair(ctx, QUEUE_DEVICE, place->device.value);
	return err ? err : set(ctx, QUEUE_READY, 1);
}

static int queue_unset(void *ctx, unsigned queue)
{
	return set_of(ctx, QUEUE_SEL, queue, QUEUE_READY, 0);
}

static int queue_reset(void *ctx, unsigned queue)
{
	return set_of(ctx, QUEUE_SEL, queue, QUEUE_RESET, 1);
}

static int queue_resets(void *ctx, unsigned queue, bool *resets)
{
	return get_flag(ctx, queue, QUEUE_RESET, resets);
}

/* Fields of 64 bits are two of 32. */
static int config_read(void *ctx, size_t off, unsigned width, uint64_t *value)
{
	const struct haul_virtio_mmio *mmio = ctx;
	const size_t at = HAUL_VIRTIO_MMIO_CONFIG + off;
	uint8_t byte = 0;
	uint16_t half = 0;
	uint32_t word = 0;
	int err;

	switch (width) {
	case 1:
		err = haul_region_read_u8(&mmio->region, at, &byte);
		*value = byte;
		return answer(err);
	case 2:
		err = haul_region_read_u16(&mmio->region, at, &half);
		*value = half;
		return answer(err);
	case 4:
		err = get(mmio, at, &word);
		*value = word;
		return err;
	default:
		return get_pair(mmio, at, value);
	}
}

static int config_write(void *ctx, size_t off, unsigned width, uint64_t value)
{
	const struct haul_virtio_mmio *mmio = ctx;
	const size_t at = HAUL_VIRTIO_MMIO_CONFIG + off;

	switch (width) {
	case 1:
		return answer(haul_region_write_u8(&mmio->region, at, (uint8_t)value));
	case 2:
		return answer(haul_region_write_u16(&mmio->region, at, (uint16_t)value));
	case 4:
		return set(mmio, at, (uint32_t)value);
	default:
		return set_pair(mmio, at, value);
	}
}

static int config_generation(void *ctx, uint32_t *generation)
{
	return get(ctx, CONFIG_GENERATION, generation);
}

/* A region that there is not has all ones for its length. */
static int shared_memory(void *ctx, unsigned id, struct haul_phys *phys, uint64_t *size)
{
	int err = set(ctx, SHM_SEL, id);

	if (!err)
		err = get_pair(ctx, SHM_LEN, size);
	if (!err && *size == UINT64_MAX)
		return -HAUL_ENOENT;
	return err ? err : get_pair(ctx, SHM_BASE, &phys->value);
}

static const struct haul_virtio_ops modern = {
	.size = sizeof modern,
	.version = HAUL_VIRTIO_OPS_VERSION,
	.status = status,
	.set_status = set_status,
	.features = features,
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
};

/* Version 1: one block for a queue, told by the number of its first page. */

static int legacy_queue_in_use(void *ctx, unsigned queue, bool *in_use)
{
	return get_flag(ctx, queue, QUEUE_PFN, in_use);
}

/* Once after each reset, before there are queues. */
static int tell_page_size(struct haul_virtio_mmio *mmio)
{
	const int err = mmio->paged ? 0 : set(mmio, GUEST_PAGE_SIZE, PAGE);

	if (!err)
		mmio->paged = true;
	return err;
}

/* Page 0 means none. */
static int legacy_queue_set(void *ctx, const struct haul_virtio_place *place, uint64_t *doorbell)
{
	const uint64_t page = place->descriptors.value / PAGE;
	int err;

	*doorbell = 0;
	if (!page || page > UINT32_MAX || place->descriptors.value % PAGE)
		return -HAUL_ERANGE;
	err = tell_page_size(ctx);
	if (!err)
		err = set_of(ctx, QUEUE_SEL, place->queue, QUEUE_SIZE, place->size);
	if (!err)
		err = set(ctx, QUEUE_ALIGN, PAGE);
	return err ? err : set(ctx, QUEUE_PFN, (uint32_t)page);
}

static int legacy_queue_unset(void *ctx, unsigned queue)
{
	return set_of(ctx, QUEUE_SEL, queue, QUEUE_PFN, 0);
}

/* By bytes, whatever the field: 4.2.2's widths are version 2's. */
static int legacy_config_read(void *ctx, size_t off, unsigned width, uint64_t *value)
{
	const struct haul_virtio_mmio *mmio = ctx;

	*value = 0;
	for (unsigned i = 0; i < width; i++) {
		uint8_t byte;
		const int err = haul_region_read_u8(&mmio->region,
						    HAUL_VIRTIO_MMIO_CONFIG + off + i, &byte);

		if (err)
			return answer(err);
		*value |= (uint64_t)byte << 8 * i;
	}
	return 0;
}

static int legacy_config_write(void *ctx, size_t off, unsigned width, uint64_t value)
{
	const struct haul_virtio_mmio *mmio = ctx;

	for (unsigned i = 0; i < width; i++) {
		const int err =
			haul_region_write_u8(&mmio->region, HAUL_VIRTIO_MMIO_CONFIG + off + i,
					     (uint8_t)(value >> 8 * i));

		if (err)
			return answer(err);
	}
	return 0;
}

static const struct haul_virtio_ops legacy = {
	.size = sizeof legacy,
	.version = HAUL_VIRTIO_OPS_VERSION,
	.status = status,
	.set_status = set_status,
	.features = features,
	.set_features = set_features,
	.queue_max = queue_max,
	.queue_in_use = legacy_queue_in_use,
	.queue_set = legacy_queue_set,
	.queue_unset = legacy_queue_unset,
	.kick = kick,
	.interrupt = interrupt,
	.config_read = legacy_config_read,
	.config_write = legacy_config_write,
};

/* Who is there. */

static const uint8_t modern_features[] = {
	HAUL_VIRTIO_F_INDIRECT_DESC,  HAUL_VIRTIO_F_EVENT_IDX,
	HAUL_VIRTIO_F_VERSION_1,      HAUL_VIRTIO_F_ACCESS_PLATFORM,
	HAUL_VIRTIO_F_ORDER_PLATFORM, HAUL_VIRTIO_F_NOTIFICATION_DATA,
	HAUL_VIRTIO_F_RING_RESET,
};

static const uint8_t legacy_features[] = {
	HAUL_VIRTIO_F_ANY_LAYOUT,
	HAUL_VIRTIO_F_INDIRECT_DESC,
	HAUL_VIRTIO_F_EVENT_IDX,
};

static void add(struct haul_virtio_features *to, const uint8_t *bits, size_t count)
{
	for (size_t i = 0; i < count; i++)
		haul_virtio_features_add(to, bits[i]);
}

/* 4.2.3.1.1: in this order, and nothing else where there is no device. */
static int identify(const struct haul_virtio_mmio *mmio, uint32_t *version, uint32_t *type)
{
	uint32_t magic;
	int err = get(mmio, MAGIC_VALUE, &magic);

	if (err)
		return err;
	if (magic != MAGIC)
		return -HAUL_EPROTO;
	err = get(mmio, DEVICE_VERSION, version);
	if (err)
		return err;
	if (*version != LEGACY && *version != MODERN)
		return -HAUL_ENOTSUP;
	err = get(mmio, DEVICE_ID, type);
	if (err)
		return err;
	return *type ? 0 : -HAUL_ENOENT;
}

int haul_virtio_mmio_open(struct haul_virtio_mmio *mmio, const struct haul_region *region,
			  struct haul_virtio_transport *transport)
{
	struct haul_virtio_transport made = {.ctx = mmio};
	uint32_t version;
	int err;

	if (region->size < HAUL_VIRTIO_MMIO_CONFIG || (uintptr_t)region->base % 4)
		return -HAUL_EINVAL;
	*mmio = (struct haul_virtio_mmio){.region = *region};
	err = identify(mmio, &version, &made.type);
	if (!err)
		err = get(mmio, VENDOR_ID, &made.vendor);
	if (err)
		return err;
	made.legacy = version == LEGACY;
	made.ops = made.legacy ? &legacy : &modern;
	made.words = made.legacy ? 1 : 4;
	made.config_size = region->size - HAUL_VIRTIO_MMIO_CONFIG;
	if (made.legacy)
		add(&made.features, legacy_features, sizeof legacy_features);
	else
		add(&made.features, modern_features, sizeof modern_features);
	*transport = made;
	return 0;
}
