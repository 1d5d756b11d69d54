/* SPDX-License-Identifier: MIT */
/* Virtio over PCI.  Sections are of the virtio specification 1.4. */
#include <haul/virtio_pci.h>

/* 4.1.2 */
enum {
	VENDOR = 0x1af4,
	TRANSITIONAL = 0x1000,
	MODERN = 0x1040,
	DEVICES_END = 0x1080,
};

/* A capability, 4.1.4 */
enum {
	CAP_VENDOR = 0x09,
	CAP_LENGTH = 2,
	CAP_TYPE = 3,
	CAP_BAR = 4,
	CAP_ID = 5,
	CAP_OFFSET = 8,
	CAP_SIZE = 12,
	CAP_MULTIPLIER = 16,
	CAP_OFFSET_HIGH = 16,
	CAP_SIZE_HIGH = 20,
	CONFIG_SPACE = 256,
};

enum { TYPE_COMMON = 1, TYPE_NOTIFY = 2, TYPE_ISR = 3, TYPE_DEVICE = 4, TYPE_SHARED_MEMORY = 8 };

/* The common configuration, 4.1.4.3 */
enum {
	DEVICE_FEATURE_SELECT = 0,
	DEVICE_FEATURE = 4,
	DRIVER_FEATURE_SELECT = 8,
	DRIVER_FEATURE = 12,
	CONFIG_VECTOR = 16,
	NUM_QUEUES = 18,
	STATUS = 20,
	CONFIG_GENERATION = 21,
	QUEUE_SELECT = 22,
	QUEUE_SIZE = 24,
	QUEUE_VECTOR = 26,
	QUEUE_ENABLE = 28,
	QUEUE_NOTIFY_OFF = 30,
	QUEUE_DESC = 32,
	QUEUE_DRIVER = 40,
	QUEUE_DEVICE = 48,
	COMMON_LEAST = 56, /* what 1.0 had */
	QUEUE_NOTIFY_DATA = 56,
	QUEUE_RESET = 58,
	COMMON_MOST = 60, /* what is used here */
};

/* 4.1.4: no structure that is accessed as a whole is larger. */
enum { CONFIG_MOST = 4096 };

/* A function that faults has gone. */
static int gone(int err)
{
	return err == -HAUL_EFAULT ? -HAUL_ENODEV : err;
}

/* After all ones were read, which may be a value: no status has all its bits (2.1). */
static int check_there(const struct haul_virtio_pci *pci)
{
	uint8_t status = 0;
	const int err = gone(haul_region_read_u8(&pci->common, STATUS, &status));

	if (err)
		return err;
	return status == 0xff ? -HAUL_ENODEV : 0;
}

static int read8(const struct haul_virtio_pci *pci, const struct haul_region *region, size_t off,
		 uint8_t *value)
{
	const int err = gone(haul_region_read_u8(region, off, value));

	return err || *value != UINT8_MAX ? err : check_there(pci);
}

static int read16(const struct haul_virtio_pci *pci, const struct haul_region *region, size_t off,
		  uint16_t *value)
{
	const int err = gone(haul_region_read_u16(region, off, value));

	return err || *value != UINT16_MAX ? err : check_there(pci);
}

static int read32(const struct haul_virtio_pci *pci, const struct haul_region *region, size_t off,
		  uint32_t *value)
{
	const int err = gone(haul_region_read_u32(region, off, value));

	return err || *value != UINT32_MAX ? err : check_there(pci);
}

static int write8(const struct haul_region *region, size_t off, uint8_t value)
{
	return gone(haul_region_write_u8(region, off, value));
}

static int write16(const struct haul_region *region, size_t off, uint16_t value)
{
	return gone(haul_region_write_u16(region, off, value));
}

static int write32(const struct haul_region *region, size_t off, uint32_t value)
{
	return gone(haul_region_write_u32(region, off, value));
}

/* 4.1.3: as two fields, the low one first. */
static int write64(const struct haul_region *region, size_t off, uint64_t value)
{
	const int err = write32(region, off, (uint32_t)value);

	return err ? err : write32(region, off + 4, (uint32_t)(value >> 32));
}

static bool accepted(const struct haul_virtio_pci *pci, unsigned feature)
{
	return pci->accepted >> (feature - 32) & 1;
}

static int status(void *ctx, uint8_t *value)
{
	const struct haul_virtio_pci *pci = ctx;

	return read8(pci, &pci->common, STATUS, value);
}

static int set_status(void *ctx, uint8_t value)
{
	const struct haul_virtio_pci *pci = ctx;
	int err = 0;

	/* Once after each reset: configuration space is not for the threads of queues, which may
	 * set FAILED. */
	if (value == (HAUL_VIRTIO_ACKNOWLEDGE | HAUL_VIRTIO_DRIVER))
		err = haul_pci_command(&pci->function, HAUL_PCI_COMMAND_MASTER, 0);
	return err ? err : write8(&pci->common, STATUS, value);
}

static int features(void *ctx, unsigned word, uint32_t *bits)
{
	const struct haul_virtio_pci *pci = ctx;
	const int err = write32(&pci->common, DEVICE_FEATURE_SELECT, word);

	return err ? err : read32(pci, &pci->common, DEVICE_FEATURE, bits);
}

static int set_features(void *ctx, unsigned word, uint32_t bits)
{
	struct haul_virtio_pci *pci = ctx;
	const int err = write32(&pci->common, DRIVER_FEATURE_SELECT, word);

	if (word == 1)
		pci->accepted = bits;
	return err ? err : write32(&pci->common, DRIVER_FEATURE, bits);
}

static int select_queue(const struct haul_virtio_pci *pci, unsigned queue)
{
	return write16(&pci->common, QUEUE_SELECT, (uint16_t)queue);
}

static int queue_max(void *ctx, unsigned queue, uint32_t *size)
{
	const struct haul_virtio_pci *pci = ctx;
	uint16_t count = 0, max = 0;
	int err = read16(pci, &pci->common, NUM_QUEUES, &count);

	*size = 0;
	if (err || queue >= count)
		return err;
	err = select_queue(pci, queue);
	if (!err)
		err = read16(pci, &pci->common, QUEUE_SIZE, &max);
	if (err)
		return err;
	*size = max;
	return max & (max - 1) ? -HAUL_EPROTO : 0; /* 4.1.4.3.1, of split rings */
}

/* A field that is 0 or 1. */
static int read_flag(const struct haul_virtio_pci *pci, size_t off, bool *value)
{
	uint16_t word = 0;
	const int err = read16(pci, &pci->common, off, &word);

	*value = word;
	return !err && word > 1 ? -HAUL_EPROTO : err;
}

static int queue_in_use(void *ctx, unsigned queue, bool *in_use)
{
	const struct haul_virtio_pci *pci = ctx;
	const int err = select_queue(pci, queue);

	return err ? err : read_flag(pci, QUEUE_ENABLE, in_use);
}

/* 4.1.5.1.2: what is read back is what was written, or NO_VECTOR. */
static int set_vector(const struct haul_virtio_pci *pci, size_t off, uint16_t vector)
{
	uint16_t is = 0;
	int err;

	if (vector != HAUL_VIRTIO_NO_VECTOR && vector >= pci->msix.vectors)
		return -HAUL_EINVAL;
	if (!pci->msix.vectors)
		return 0;
	err = write16(&pci->common, off, vector);
	if (!err)
		err = read16(pci, &pci->common, off, &is);
	if (err || is == vector)
		return err;
	return is == HAUL_VIRTIO_NO_VECTOR ? -HAUL_ENOSPC : -HAUL_EPROTO;
}

/* A doorbell: where it is in notify; with NOTIF_CONFIG_DATA what the device wants to read there for
 * the queue's number, and that it does. */
enum { DOORBELL_DATA = 32, DOORBELL_HAS_DATA = 48 };

/* 4.1.4.4: where the queue's doorbell is, which must be in notify. */
static int find_doorbell(const struct haul_virtio_pci *pci, uint64_t *doorbell)
{
	const size_t width = accepted(pci, HAUL_VIRTIO_F_NOTIFICATION_DATA) ? 4 : 2;
	uint16_t off = 0, data = 0;
	int err = read16(pci, &pci->common, QUEUE_NOTIFY_OFF, &off);

	if (err)
		return err;
	*doorbell = (uint64_t)off * pci->multiplier;
	if (!haul_region_contains(&pci->notify, (size_t)*doorbell, width))
		return -HAUL_EPROTO;
	if (!accepted(pci, HAUL_VIRTIO_F_NOTIF_CONFIG_DATA))
		return 0;
	err = read16(pci, &pci->common, QUEUE_NOTIFY_DATA, &data);
	*doorbell |= (uint64_t)data << DOORBELL_DATA | (uint64_t)1 << DOORBELL_HAS_DATA;
	return err;
}

static int write_place(const struct haul_virtio_pci *pci, const struct haul_virtio_place *place)
{
	int err = write16(&pci->common, QUEUE_SIZE, (uint16_t)place->size);

	if (!err)
		err = set_vector(pci, QUEUE_VECTOR, place->vector);
	if (!err)
		err = write64(&pci->common, QUEUE_DESC, place->descriptors.value);
	if (!err)
		err = write64(&pci->common, QUEUE_DRIVER, place->driver.value);
	if (!err)
		err = write64(&pci->common, QUEUE_DEVICE, place->device.value);
	return err;
}

static int queue_set(void *ctx, const struct haul_virtio_place *place, uint64_t *doorbell)
{
	struct haul_virtio_pci *pci = ctx;
	int err = select_queue(pci, place->queue);

	if (!err)
		err = find_doorbell(pci, doorbell);
	if (!err && place->queue >= pci->queues)
		pci->queues = place->queue + 1;
	if (!err)
		err = write_place(pci, place);
	return err ? err : write16(&pci->common, QUEUE_ENABLE, 1);
}

static int queue_reset(void *ctx, unsigned queue)
{
	const struct haul_virtio_pci *pci = ctx;
	int err;

	if (!accepted(pci, HAUL_VIRTIO_F_RING_RESET))
		return -HAUL_ENOTSUP;
	err = select_queue(pci, queue);
	return err ? err : write16(&pci->common, QUEUE_RESET, 1);
}

static int queue_resets(void *ctx, unsigned queue, bool *resets)
{
	const struct haul_virtio_pci *pci = ctx;
	int err;

	if (!accepted(pci, HAUL_VIRTIO_F_RING_RESET))
		return -HAUL_ENOTSUP;
	err = select_queue(pci, queue);
	return err ? err : read_flag(pci, QUEUE_RESET, resets);
}

/* 4.1.5.2 */
static int kick(void *ctx, uint64_t doorbell, uint32_t data, bool wide)
{
	const struct haul_virtio_pci *pci = ctx;
	const size_t off = (uint32_t)doorbell;

	if (doorbell >> DOORBELL_HAS_DATA)
		data = (data & 0xffff0000) | (uint16_t)(doorbell >> DOORBELL_DATA);
	return wide ? write32(&pci->notify, off, data) : write16(&pci->notify, off, (uint16_t)data);
}

/* 4.1.5.3, 4.1.5.4 */
static int interrupt(void *ctx, unsigned *causes)
{
	const struct haul_virtio_pci *pci = ctx;
	uint8_t bits = 0;
	int err;

	*causes = HAUL_VIRTIO_CAUSE_QUEUE | HAUL_VIRTIO_CAUSE_CONFIG;
	if (pci->msix.vectors)
		return 0;
	err = read8(pci, &pci->isr, 0, &bits);
	*causes &= err ? 0 : bits;
	return err;
}

static int config_read(void *ctx, size_t off, unsigned width, uint64_t *value)
{
	const struct haul_virtio_pci *pci = ctx;
	const struct haul_region *config = &pci->config;
	uint32_t low = 0, high = 0;
	uint16_t value16 = 0;
	uint8_t value8 = 0;
	int err;

	if (!haul_region_contains(config, off, width))
		return -HAUL_ERANGE;
	switch (width) {
	case 1:
		err = read8(pci, config, off, &value8);
		*value = value8;
		return err;
	case 2:
		err = read16(pci, config, off, &value16);
		*value = value16;
		return err;
	case 8:
		err = read32(pci, config, off + 4, &high);
		if (err)
			return err;
		/* fall through */
	case 4:
		err = read32(pci, config, off, &low);
		*value = (uint64_t)high << 32 | low;
		return err;
	default:
		return -HAUL_EINVAL;
	}
}

static int config_write(void *ctx, size_t off, unsigned width, uint64_t value)
{
	const struct haul_virtio_pci *pci = ctx;
	const struct haul_region *config = &pci->config;

	if (!haul_region_contains(config, off, width))
		return -HAUL_ERANGE;
	switch (width) {
	case 1:
		return write8(config, off, (uint8_t)value);
	case 2:
		return write16(config, off, (uint16_t)value);
	case 4:
		return write32(config, off, (uint32_t)value);
	case 8:
		return write64(config, off, value);
	default:
		return -HAUL_EINVAL;
	}
}

static int config_generation(void *ctx, uint32_t *generation)
{
	const struct haul_virtio_pci *pci = ctx;
	uint8_t value = 0;
	const int err = read8(pci, &pci->common, CONFIG_GENERATION, &value);

	*generation = value;
	return err;
}

static int config_vector(void *ctx, uint16_t vector)
{
	return set_vector(ctx, CONFIG_VECTOR, vector);
}

/* A structure, as its capability says. */
struct structure {
	uint32_t length, type, bar, id; /* length: of the capability */
	uint64_t off, size;
	uint32_t multiplier; /* of TYPE_NOTIFY */
};

static int read_cap(const struct haul_pci_function *function, uint8_t cap, unsigned off,
		    unsigned width, uint32_t *value)
{
	return haul_pci_read(function, cap + off, width, value);
}

/* How long a capability of that type is, 0: it is not one of interest. */
static unsigned least_length(uint32_t type)
{
	switch (type) {
	case TYPE_COMMON:
	case TYPE_ISR:
	case TYPE_DEVICE:
		return 16;
	case TYPE_NOTIFY:
		return 20;
	case TYPE_SHARED_MEMORY:
		return 24;
	default:
		return 0;
	}
}

static int read_high(const struct haul_pci_function *function, uint8_t cap,
		     struct structure *structure)
{
	uint32_t off = 0, size = 0;
	int err = read_cap(function, cap, CAP_OFFSET_HIGH, 4, &off);

	if (!err)
		err = read_cap(function, cap, CAP_SIZE_HIGH, 4, &size);
	structure->off |= (uint64_t)off << 32;
	structure->size |= (uint64_t)size << 32;
	return err;
}

static int read_range(const struct haul_pci_function *function, uint8_t cap,
		      struct structure *structure)
{
	uint32_t off = 0, size = 0;
	int err = read_cap(function, cap, CAP_OFFSET, 4, &off);

	if (!err)
		err = read_cap(function, cap, CAP_SIZE, 4, &size);
	structure->off = off;
	structure->size = size;
	if (!err && structure->type == TYPE_NOTIFY)
		err = read_cap(function, cap, CAP_MULTIPLIER, 4, &structure->multiplier);
	if (!err && structure->type == TYPE_SHARED_MEMORY)
		err = read_high(function, cap, structure);
	return err;
}

/* -HAUL_ENOENT: it is not one of interest, or does not hold what it has to. */
static int read_structure(const struct haul_pci_function *function,
			  const struct haul_pci_capability *cap, struct structure *structure)
{
	unsigned least;
	int err;

	*structure = (struct structure){0};
	if (cap->id != CAP_VENDOR)
		return -HAUL_ENOENT;
	err = read_cap(function, cap->off, CAP_LENGTH, 1, &structure->length);
	if (!err)
		err = read_cap(function, cap->off, CAP_TYPE, 1, &structure->type);
	if (err)
		return err;
	least = least_length(structure->type);
	if (!least || structure->length < least || cap->off + least > CONFIG_SPACE)
		return -HAUL_ENOENT;
	err = read_cap(function, cap->off, CAP_BAR, 1, &structure->bar);
	if (!err)
		err = read_cap(function, cap->off, CAP_ID, 1, &structure->id);
	return err ? err : read_range(function, cap->off, structure);
}

/* The function's structures, one after another; -HAUL_ENOENT: no more. */
struct walk {
	const struct haul_pci_function *function;
	struct haul_pci_capability caps[HAUL_PCI_CAPABILITIES];
	size_t n, next;
};

static int next_structure(struct walk *walk, struct structure *structure)
{
	int err = -HAUL_ENOENT;

	while (err == -HAUL_ENOENT && walk->next < walk->n)
		err = read_structure(walk->function, &walk->caps[walk->next++], structure);
	return err;
}

static int first_structure(struct walk *walk, const struct haul_pci_function *function,
			   struct structure *structure)
{
	const int err = haul_pci_capabilities(function, walk->caps, &walk->n);

	walk->function = function;
	walk->next = 0;
	return err ? err : next_structure(walk, structure);
}

/* 4.1.4.3.1, 4.1.4.4.1, 4.1.4.6.1; ISR: 4.1.4.5. */
static bool is_usable(const struct structure *structure)
{
	switch (structure->type) {
	case TYPE_COMMON:
		return structure->off % 4 == 0 && structure->size >= COMMON_LEAST;
	case TYPE_NOTIFY:
		return structure->off % 2 == 0 && structure->size >= 2 &&
		       structure->multiplier % 2 == 0 &&
		       !(structure->multiplier & (structure->multiplier - 1));
	case TYPE_DEVICE:
		return structure->off % 4 == 0 && structure->size;
	default:
		return structure->size;
	}
}

/* Bytes of it that are used, 4.1.4. */
static uint64_t used_size(const struct structure *structure)
{
	const uint64_t most = structure->type == TYPE_COMMON   ? COMMON_MOST
			      : structure->type == TYPE_DEVICE ? CONFIG_MOST
			      : structure->type == TYPE_ISR    ? 1
							       : structure->size;

	return structure->size < most ? structure->size : most;
}

/* Where a structure of that type goes; NULL: nowhere. */
static struct haul_region *region_for(struct haul_virtio_pci *pci, uint32_t type)
{
	switch (type) {
	case TYPE_COMMON:
		return &pci->common;
	case TYPE_NOTIFY:
		return &pci->notify;
	case TYPE_ISR:
		return &pci->isr;
	case TYPE_DEVICE:
		return &pci->config;
	default:
		return NULL;
	}
}

static bool fits_bar(const struct haul_pci_function *function, const struct structure *structure)
{
	const struct haul_pci_bar *bar = &function->bars[structure->bar % HAUL_PCI_BARS];

	return structure->bar < HAUL_PCI_BARS && !bar->io && bar->address &&
	       structure->off <= bar->size && structure->size <= bar->size - structure->off;
}

/* Maps it, if it is the first of its type that can be. */
static int use(struct haul_virtio_pci *pci, const struct structure *structure)
{
	struct haul_region *region = region_for(pci, structure->type), mapped;
	int err;

	if (!region || region->size || !is_usable(structure) ||
	    !fits_bar(&pci->function, structure))
		return 0;
	err = haul_pci_map_bar(&pci->function, &pci->map, structure->bar, structure->off,
			       used_size(structure), &mapped);
	if (err)
		return err;
	*region = mapped;
	if (structure->type == TYPE_NOTIFY) {
		pci->multiplier = structure->multiplier;
		pci->wide = structure->off % 4 == 0 && structure->multiplier % 4 == 0;
	}
	return 0;
}

static bool is_complete(const struct haul_virtio_pci *pci)
{
	return pci->common.size && pci->notify.size && pci->isr.size;
}

/* A structure that cannot be mapped is one that cannot be used: the next of its type may.
 * Legacy devices have none at all (4.1.5.1.1.1). */
static int find_structures(struct haul_virtio_pci *pci)
{
	bool modern = pci->function.device >= MODERN;
	struct structure structure;
	struct walk walk;
	int err = first_structure(&walk, &pci->function, &structure), map_err = 0;

	for (; !err; err = next_structure(&walk, &structure)) {
		const int last = use(pci, &structure);

		modern = true;
		if (last)
			map_err = last;
	}
	if (err != -HAUL_ENOENT)
		return err;
	if (is_complete(pci))
		return 0;
	return map_err ? map_err : modern ? -HAUL_EPROTO : -HAUL_ENOTSUP;
}

static void unmap(const struct haul_virtio_pci *pci, struct haul_region *region)
{
	if (region->size)
		pci->map.unmap(pci->map.ctx, region);
	*region = (struct haul_region){0};
}

static void unmap_all(struct haul_virtio_pci *pci)
{
	unmap(pci, &pci->common);
	unmap(pci, &pci->notify);
	unmap(pci, &pci->isr);
	unmap(pci, &pci->config);
}

/* 4.1.4.7 */
static int shared_memory(void *ctx, unsigned id, struct haul_phys *phys, uint64_t *size)
{
	const struct haul_virtio_pci *pci = ctx;
	struct structure structure;
	struct walk walk;
	int err = first_structure(&walk, &pci->function, &structure);

	while (!err && (structure.type != TYPE_SHARED_MEMORY || structure.id != id ||
			!is_usable(&structure) || !fits_bar(&pci->function, &structure)))
		err = next_structure(&walk, &structure);
	if (err)
		return err;
	phys->value = pci->function.bars[structure.bar].address + structure.off;
	*size = structure.size;
	return 0;
}

/* Nothing can be done about what fails here: the device has been reset, or is gone. */
static void finish(void *ctx)
{
	struct haul_virtio_pci *pci = ctx;

	if (pci->msix.vectors) {
		set_vector(pci, CONFIG_VECTOR, HAUL_VIRTIO_NO_VECTOR);
		for (uint32_t i = 0; i < pci->queues; i++) {
			select_queue(pci, i);
			set_vector(pci, QUEUE_VECTOR, HAUL_VIRTIO_NO_VECTOR);
		}
		haul_pci_msix_close(&pci->msix);
	}
	haul_pci_command(&pci->function, 0, HAUL_PCI_COMMAND_MASTER);
	unmap_all(pci);
}

static const struct haul_virtio_ops ops = {
	.size = sizeof ops,
	.version = HAUL_VIRTIO_OPS_VERSION,
	.status = status,
	.set_status = set_status,
	.features = features,
	.set_features = set_features,
	.queue_max = queue_max,
	.queue_in_use = queue_in_use,
	.queue_set = queue_set,
	.queue_reset = queue_reset,
	.queue_resets = queue_resets,
	.kick = kick,
	.interrupt = interrupt,
	.config_read = config_read,
	.config_write = config_write,
	.config_generation = config_generation,
	.shared_memory = shared_memory,
	.config_vector = config_vector,
	.close = finish,
};

/* 4.1.2: the type, or 0. */
static uint32_t type_of(const struct haul_pci_function *function)
{
	if (function->vendor != VENDOR || function->device < TRANSITIONAL ||
	    function->device >= DEVICES_END)
		return 0;
	return function->device < MODERN ? function->subsystem
					 : (uint32_t)function->device - MODERN;
}

static void set_features_of(const struct haul_virtio_pci *pci,
			    struct haul_virtio_features *features)
{
	static const uint8_t always[] = {
		HAUL_VIRTIO_F_INDIRECT_DESC,  HAUL_VIRTIO_F_EVENT_IDX,
		HAUL_VIRTIO_F_VERSION_1,      HAUL_VIRTIO_F_ACCESS_PLATFORM,
		HAUL_VIRTIO_F_ORDER_PLATFORM,
	};

	*features = (struct haul_virtio_features){{0}};
	for (size_t i = 0; i < sizeof always; i++)
		haul_virtio_features_add(features, always[i]);
	if (pci->wide && pci->notify.size >= 4)
		haul_virtio_features_add(features, HAUL_VIRTIO_F_NOTIFICATION_DATA);
	if (pci->common.size >= QUEUE_NOTIFY_DATA + 2)
		haul_virtio_features_add(features, HAUL_VIRTIO_F_NOTIF_CONFIG_DATA);
	if (pci->common.size >= QUEUE_RESET + 2)
		haul_virtio_features_add(features, HAUL_VIRTIO_F_RING_RESET);
}

int haul_virtio_pci_open(struct haul_virtio_pci *pci, const struct haul_pci_function *function,
			 const struct haul_pci_map *map, struct haul_virtio_transport *transport)
{
	int err;

	if (!type_of(function))
		return -HAUL_ENODEV;
	*pci = (struct haul_virtio_pci){.function = *function, .map = *map};
	err = find_structures(pci);
	if (!err)
		err = haul_pci_command(&pci->function, HAUL_PCI_COMMAND_MEMORY,
				       HAUL_PCI_COMMAND_MASTER);
	if (err) {
		unmap_all(pci);
		return err;
	}
	*transport = (struct haul_virtio_transport){
		.ops = &ops,
		.ctx = pci,
		.type = type_of(function),
		.vendor = function->subsystem_vendor,
		.words = 4,
		.config_size = pci->config.size,
	};
	set_features_of(pci, &transport->features);
	return 0;
}

int haul_virtio_pci_msix(struct haul_virtio_pci *pci)
{
	return haul_pci_msix_open(&pci->msix, &pci->function, &pci->map);
}
