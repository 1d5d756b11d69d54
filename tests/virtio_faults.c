/* SPDX-License-Identifier: MIT */
/*
 * Registers that fault: attack A41 of doc/virtio.md, with real faults.  There is no model here but
 * memory, which keeps what is written to it and so passes for a device that agrees with everything.
 * Its registers go on into a page that is taken away: which of them lie there is different each
 * time, so that every operation is cut off at every access that it makes.
 */
#include "arena.h"
#include "test.h"
#include <haul/arena.h>
#include <haul/virtio_mmio.h>
#include <haul/virtio_pci.h>
#include <string.h>

enum { PAGE = 4096, PAGES = 16, SLOTS = 16 };
#define PHYSICAL UINT64_C(0x50000000) /* of the registers' first page */

static const enum arena_right rights[] = {ARENA_NO_ACCESS, ARENA_UNMAPPED, ARENA_NO_STORAGE};
enum { RIGHTS = sizeof rights / sizeof *rights };

static struct arena arena; /* two pages: the second is taken away */
static size_t start;       /* where in it the registers begin */

static struct {
	struct haul_arena arena;
	struct haul_arena_part part;
	struct haul_dma_device device;
	uint64_t words[HAUL_ARENA_WORDS(PAGES)];
} dma;
static _Alignas(PAGE) unsigned char memory[PAGES * PAGE];

static struct haul_virtio_mmio mmio;
static struct haul_virtio_pci pci;
static struct haul_virtio_transport transport;
static struct haul_virtio device;
static struct haul_virtio_queue queue;
static struct haul_virtqueue_slot slots[SLOTS];

static void put(size_t off, uint32_t value)
{
	memcpy(arena.image + start + off, &value, sizeof value);
}

static void put16(size_t off, uint16_t value)
{
	memcpy(arena.image + start + off, &value, sizeof value);
}

static void take_away(enum arena_right right)
{
	arena_protect(&arena, 1, 1, right);
}

static void begin_dma(void)
{
	memset(&dma, 0, sizeof dma);
	dma.part = haul_arena_identity(memory, (struct haul_phys){0x10000000}, sizeof memory,
				       HAUL_ARENA_ALLOC);
	cr_assert(haul_arena_init(&dma.arena, &(struct haul_arena_config){
						      .parts = &dma.part,
						      .nparts = 1,
						      .page = PAGE,
						      .words = dma.words,
						      .nwords = HAUL_ARENA_WORDS(PAGES),
					      }) == 0);
	cr_assert(haul_dma_device_init(
			  &dma.device, &dma.arena.hal,
			  &(struct haul_dma_limits){.reach = UINT64_MAX, .coherent = true}) == 0);
}

/* `kept` bytes of the registers lie in the page that stays. */
static void begin(size_t kept)
{
	start = arena.page - kept;
	memset(arena.image, 0, 2 * arena.page);
	memset(slots, 0, sizeof slots);
	queue = (struct haul_virtio_queue){0};
	begin_dma();
}

static void open_device(void)
{
	cr_assert(haul_virtio_open(&device, &transport, &dma.device, NULL) == 0);
}

static size_t held(void)
{
	return haul_arena_used(&dma.arena);
}

/* Without all of its registers, and then with them again. */
static void end(bool has_status)
{
	const size_t before = held();

	if (!has_status) {
		cr_assert(haul_virtio_close(&device) == -HAUL_ENODEV);
		cr_assert(device.state == HAUL_VIRTIO_UNKNOWN && device.reason == HAUL_VIRTIO_GONE);
		cr_assert(held() == before, "memory was given back that is the device's");
	}
	take_away(ARENA_READ_WRITE);
	cr_assert(haul_virtio_close(&device) == 0);
	cr_assert(held() == 0 && haul_dma_device_end(&dma.device) == 0);
}

/* What a driver does. */

static int open_queue(void)
{
	return haul_virtio_queue_open(&device, &queue, 0, SLOTS, slots, SLOTS, 0,
				      pci.msix.vectors ? 0 : HAUL_VIRTIO_NO_VECTOR);
}

static int open_again(void)
{
	const int err = transport.ops->queue_unset ? haul_virtio_queue_close(&queue) : 0;

	return err || !transport.ops->queue_unset ? err : open_queue();
}

static int request(void)
{
	const struct haul_dma_segment segment = {{0x1000}, 16};
	const int err = haul_virtqueue_add(&queue.ring, &segment, 1, NULL, 0, NULL, NULL);

	return err ? err : haul_virtio_kick(&queue);
}

static int read_shared_memory(void)
{
	struct haul_phys phys;
	uint64_t size;
	const int err = haul_virtio_shared_memory(&device, 0, &phys, &size);

	return err == -HAUL_ENOENT ? 0 : err;
}

enum { BEGIN, QUEUE, AGAIN, START, REQUEST, READ, WRITE, SHARED, INTERRUPT, CHECK, STEPS };

static int take_step(unsigned step)
{
	static const struct haul_virtio_driver driver = {.type = 4};
	uint64_t value;
	unsigned causes;

	switch (step) {
	case BEGIN:
		return haul_virtio_begin(&device, &driver);
	case QUEUE:
		return open_queue();
	case AGAIN:
		return open_again();
	case START:
		return haul_virtio_start(&device);
	case REQUEST:
		return request();
	case READ:
		return haul_virtio_config_read(&device, 0, 8, 1, &value);
	case WRITE:
		return haul_virtio_config_write(&device, 0, 8, 7);
	case SHARED:
		return read_shared_memory();
	case INTERRUPT:
		return haul_virtio_interrupt(&device, &causes);
	default:
		return haul_virtio_check(&device);
	}
}

static int take_steps(unsigned first, unsigned end_)
{
	int err = 0;

	for (unsigned step = first; !err && step < end_; step++)
		err = take_step(step);
	return err;
}

/* MMIO: one queue of 16, a configuration of 8 bytes, VERSION_1. */

enum { MMIO_STATUS = 0x70, MMIO_END = 0x108 };

static int open_mmio(uint32_t version)
{
	struct haul_region region;

	put(0x000, 0x74726976);
	put(0x004, version);
	put(0x008, 4);
	put(0x010, 1);
	put(0x034, 16);
	put(0x060, 3);
	put(0x0b0, 0x1000);
	cr_assert(haul_region_make(&region, arena.view + start, PHYSICAL + start, MMIO_END,
				   HAUL_CACHE_UNCACHED) == 0);
	return haul_virtio_mmio_open(&mmio, &region, &transport);
}

static void cut_mmio(uint32_t version, size_t kept, enum arena_right right)
{
	int err;

	begin(kept);
	take_away(right);
	err = open_mmio(version);
	if (err) {
		cr_assert(err == -HAUL_ENODEV && kept < 0x10);
		take_away(ARENA_READ_WRITE);
		return;
	}
	open_device();
	err = take_steps(BEGIN, STEPS);
	cr_assert(err == (kept < MMIO_END ? -HAUL_ENODEV : 0), "version %u, %#zx bytes, %s: %d",
		  (unsigned)version, kept, arena_right_name(right), err);
	end(kept > MMIO_STATUS);
}

static void begin_faults(void)
{
	test_faults_begin();
	arena_open(&arena, 2);
}

static void end_faults(void)
{
	arena_close(&arena);
	test_faults_end();
}

Test(virtio_faults, a41_each_register_of_mmio)
{
	begin_faults();
	for (size_t i = 0; i < RIGHTS; i++)
		for (uint32_t version = 1; version <= 2; version++)
			for (size_t kept = 0; kept <= MMIO_END; kept += 4)
				cut_mmio(version, kept, rights[i]);
	end_faults();
}

/* It goes away altogether before a step; nothing that comes then works, or is given back. */
static void vanish_before(unsigned step, enum arena_right right)
{
	open_device();
	cr_assert(take_steps(BEGIN, step) == 0);
	take_away(right);
	cr_assert(take_step(step) == -HAUL_ENODEV, "step %u, %s", step, arena_right_name(right));
	cr_assert(haul_virtio_check(&device) == -HAUL_ENODEV);
	cr_assert(take_steps(BEGIN, STEPS) == -HAUL_ENODEV);
	end(false);
}

Test(virtio_faults, a41_mmio_before_each_step)
{
	begin_faults();
	for (size_t i = 0; i < RIGHTS; i++)
		for (unsigned step = 0; step < STEPS; step++) {
			begin(0);
			cr_assert(open_mmio(2) == 0);
			vanish_before(step, rights[i]);
		}
	end_faults();
}

/* PCI: the same device; the table of MSI-X, one vector, comes first in the BAR. */

enum { TABLE = 0, COMMON = 16, NOTIFY = 76, ISR = 80, CONFIG = 84, PCI_END = 92 };
enum { PCI_STATUS = COMMON + 20, CAP_MSIX = 0xa0 };

static unsigned char space[256];

static int read_space(void *ctx, struct haul_pci_address at, unsigned off, unsigned width,
		      uint32_t *value)
{
	(void)ctx, (void)at;
	*value = 0;
	memcpy(value, space + off, width);
	return 0;
}

static int write_space(void *ctx, struct haul_pci_address at, unsigned off, unsigned width,
		       uint32_t value)
{
	(void)ctx, (void)at;
	memcpy(space + off, &value, width);
	return 0;
}

static int map(void *ctx, const struct haul_pci_function *function, unsigned bar, uint64_t off,
	       size_t size, struct haul_region *region)
{
	(void)ctx, (void)bar;
	return haul_region_make(region, arena.view + off, function->bars[0].address + off, size,
				HAUL_CACHE_UNCACHED);
}

static int unmap(void *ctx, const struct haul_region *region)
{
	(void)ctx, (void)region;
	return 0;
}

static void add_capability(unsigned at, unsigned type, size_t off, unsigned size, unsigned next)
{
	const uint32_t words[] = {9 | next << 8 | 20u << 16 | type << 24, 0,
				  (uint32_t)(start + off), size, 0};

	memcpy(space + at, words, sizeof words);
}

static void fill_space(void)
{
	const uint32_t msix[] = {0x11, (uint32_t)(start + TABLE)};

	memset(space, 0, sizeof space);
	space[6] = 0x10;
	space[0x34] = 0x40;
	add_capability(0x40, 1, COMMON, 60, 0x54);
	add_capability(0x54, 2, NOTIFY, 4, 0x68);
	add_capability(0x68, 3, ISR, 1, 0x7c);
	add_capability(0x7c, 4, CONFIG, 8, CAP_MSIX);
	memcpy(space + CAP_MSIX, msix, sizeof msix);
}

static void open_pci(void)
{
	static const struct haul_pci_access access = {.read = read_space, .write = write_space};
	static const struct haul_pci_map maps = {.map = map, .unmap = unmap};
	const struct haul_pci_function function = {
		.access = &access,
		.vendor = 0x1af4,
		.device = 0x1044,
		.bars = {{.address = PHYSICAL, .size = 2 * arena.page}},
	};

	fill_space();
	put(COMMON + 4, 1);     /* features */
	put16(COMMON + 18, 1);  /* queues */
	put16(COMMON + 24, 16); /* their size */
	cr_assert(haul_virtio_pci_open(&pci, &function, &maps, &transport) == 0);
}

static void cut_pci(bool msix, size_t kept, enum arena_right right)
{
	int err = 0;

	begin(kept);
	open_pci();
	open_device();
	take_away(right);
	if (msix)
		err = haul_virtio_pci_msix(&pci);
	if (!err)
		err = take_steps(BEGIN, STEPS);
	cr_assert(err == (kept < PCI_END ? -HAUL_ENODEV : 0), "%#zx bytes, %s: %d", kept,
		  arena_right_name(right), err);
	end(kept > PCI_STATUS);
	pci = (struct haul_virtio_pci){0};
}

Test(virtio_faults, a41_each_register_of_pci)
{
	begin_faults();
	for (size_t i = 0; i < RIGHTS; i++)
		for (size_t kept = 0; kept <= PCI_END; kept += 4) {
			cut_pci(false, kept, rights[i]);
			if (kept % 8 == 0) /* where a table can be */
				cut_pci(true, kept, rights[i]);
		}
	end_faults();
}

Test(virtio_faults, a41_pci_before_each_step)
{
	begin_faults();
	for (size_t i = 0; i < RIGHTS; i++)
		for (unsigned step = 0; step < STEPS; step++) {
			if (step == AGAIN || step == SHARED)
				continue; /* no register */
			begin(0);
			open_pci();
			vanish_before(step, rights[i]);
			pci = (struct haul_virtio_pci){0};
		}
	end_faults();
}

/* Configuration space that faults: ECAM, of which two pages are there, and then one, and none. */

static struct haul_pci_address address_of(size_t off)
{
	return (struct haul_pci_address){.device = (uint8_t)(off >> 15), .function = off >> 12 & 7};
}

static void check_function_is_gone(struct haul_pci_function *function)
{
	struct haul_pci_capability caps[HAUL_PCI_CAPABILITIES];
	struct haul_pci_window window = {.next = 0x1000, .last = 0x1fff};
	size_t n;

	cr_assert(haul_pci_bars(function) == -HAUL_ENODEV);
	cr_assert(haul_pci_assign(function, &window, 1) == -HAUL_ENODEV);
	cr_assert(haul_pci_capabilities(function, caps, &n) == -HAUL_ENODEV);
	cr_assert(haul_pci_command(function, HAUL_PCI_COMMAND_MEMORY, 0) == -HAUL_ENODEV);
	cr_assert(haul_virtio_pci_open(&pci, function, &(struct haul_pci_map){0}, &transport) ==
		  -HAUL_ENODEV);
}

Test(virtio_faults, a41_configuration_space)
{
	begin_faults();
	for (size_t i = 0; i < RIGHTS; i++) {
		struct haul_pci_function first, second;
		struct haul_pci_ecam ecam = {.first = 0};
		struct haul_pci_access access;

		begin(arena.page);
		cr_assert(haul_region_make(&ecam.region, arena.view, PHYSICAL, 1 << 20,
					   HAUL_CACHE_UNCACHED) == 0);
		cr_assert(haul_pci_ecam_access(&ecam, &access) == 0);
		put(0, 0x10441af4);
		put(arena.page, 0x10441af4);
		cr_assert(haul_pci_open(&first, &access, address_of(0)) == 0);
		cr_assert(haul_pci_open(&second, &access, address_of(arena.page)) == 0);
		take_away(rights[i]);
		cr_assert(haul_pci_open(&second, &access, address_of(arena.page)) == -HAUL_ENODEV);
		check_function_is_gone(&second);
		cr_assert(haul_pci_open(&first, &access, address_of(0)) == 0);
		arena_protect(&arena, 0, 1, rights[i]);
		check_function_is_gone(&first);
		arena_protect(&arena, 0, 2, ARENA_READ_WRITE);
	}
	end_faults();
}
