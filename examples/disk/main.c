/* SPDX-License-Identifier: MIT */
/*
 * A kernel that reads its disk and writes a part of it back, by virtio's drivers over PCI:
 *
 *     boards/run microvm -virtio pci -disk IMAGE -line TOLD examples/disk/disk
 *
 * What the disk has it says on the virtio console, which is the file TOLD on the host.  Then it
 * writes the disk's first eighth to where the second half begins.  Nothing here looks at a register
 * or a ring; scripts/demo compares what the host and the kernel had of the disk.
 */
#include "board.h"
#include "device.h"
#include <haul.h>

enum { POOL_PAGES = 64, PIECE = 32 * BOARD_PAGE };

static void must(const char *what, int err)
{
	if (!err)
		return;
	board_print("%s: error %d\n", what, err);
	board_exit(1);
}

static uint64_t seconds_from_now(unsigned n)
{
	return haul_platform_clock() + n * UINT64_C(1000000000);
}

/* Memory: devices reach all of RAM where it is, and some of it is theirs. */

static struct haul_dma_device dma;

static struct haul_arena_part part(void *start, size_t size, unsigned flags)
{
	const struct haul_phys phys = {(uintptr_t)start - RAM_WINDOW};

	return haul_arena_identity(start, phys, size, flags);
}

static void start_dma(void)
{
	static struct haul_arena arena;
	static struct haul_arena_part parts[2];
	static uint64_t words[HAUL_ARENA_WORDS(POOL_PAGES)];
	const struct haul_arena_config config = {
		.parts = parts,
		.nparts = 2,
		.page = BOARD_PAGE,
		.words = words,
		.nwords = sizeof words / sizeof *words,
	};
	const struct haul_dma_limits limits = {.reach = UINT64_MAX, .coherent = true};
	void *pool = board_alloc((size_t)POOL_PAGES * BOARD_PAGE);
	const struct board_ram ram = board_ram();

	if (!pool)
		board_exit(1);
	/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
	parts[0] = part((void *)ram.start, ram.end - ram.start, HAUL_ARENA_SHARE);
	parts[1] = part(pool, (size_t)POOL_PAGES * BOARD_PAGE, HAUL_ARENA_ALLOC);
	must("memory", haul_arena_init(&arena, &config));
	must("memory", haul_dma_device_init(&dma, &arena.hal, &limits));
}

/* PCI: the board has its registers mapped. */

enum { BUS_SIZE = 1 << 20, VENDOR_VIRTIO = 0x1af4 };

static void make_region(struct haul_region *region, uint64_t address, size_t size)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
	volatile void *base = (volatile void *)(uintptr_t)(DEVICE_WINDOW + address);

	must("registers", haul_region_make(region, base, address, size, HAUL_CACHE_UNCACHED));
}

static int map(void *ctx, const struct haul_pci_function *function, unsigned bar, uint64_t off,
	       size_t size, struct haul_region *region)
{
	(void)ctx;
	make_region(region, function->bars[bar].address + off, size);
	return 0;
}

static int unmap(void *ctx, const struct haul_region *region)
{
	(void)ctx, (void)region;
	return 0;
}

/* Where firmware has given the function no addresses it gets some. */
static void place(struct haul_pci_function *function)
{
	static struct haul_pci_window windows[] = {
		{DEVICE_PCI_MEMORY, DEVICE_PCI_MEMORY + 0x7ffffff, false, false},
		{0x1000, 0xffff, true, false},
	};

	must("registers", haul_pci_bars(function));
	must("registers", haul_pci_assign(function, windows, 2));
}

/* The virtio devices on the bus. */

enum { DEVICES = 8 };

static struct device {
	struct haul_virtio_pci pci;
	struct haul_virtio_transport transport;
	struct haul_virtio virtio;
} devices[DEVICES];
static size_t ndevices;

static void find_on_bus(const struct haul_pci_access *access)
{
	const struct haul_pci_map mapping = {NULL, map, unmap};
	struct haul_pci_function function;
	uint32_t position = 0;

	while (ndevices < DEVICES && haul_pci_next(access, &position, &function) == 0) {
		struct device *device = &devices[ndevices];

		if (function.vendor != VENDOR_VIRTIO)
			continue;
		place(&function);
		must("device",
		     haul_virtio_pci_open(&device->pci, &function, &mapping, &device->transport));
		ndevices++;
	}
}

static void find_devices(void)
{
	static const uint64_t places[] = {DEVICE_PCI_CONFIGS};
	static struct haul_pci_ecam buses[sizeof places / sizeof *places];
	static struct haul_pci_access access[sizeof places / sizeof *places];

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		make_region(&buses[i].region, places[i], BUS_SIZE);
		must("bus", haul_pci_ecam_access(&buses[i], &access[i]));
		find_on_bus(&access[i]);
	}
}

static struct haul_virtio *open_device(uint32_t type)
{
	size_t i = 0;

	while (i < ndevices && devices[i].transport.type != type)
		i++;
	must("device", i < ndevices ? 0 : -HAUL_ENOENT);
	must("device", haul_virtio_open(&devices[i].virtio, &devices[i].transport, &dma, NULL));
	return &devices[i].virtio;
}

static struct haul_virtio_blk disk;
static struct haul_virtio_console console;

static void open_devices(void)
{
	static struct haul_virtqueue_slot slots[64];
	static struct haul_virtio_blk_part parts[8];
	const struct haul_virtio_blk_config config = {
		.slots = slots,
		.nslots = 64,
		.parts = parts,
		.nparts = 8,
		.segments = 4,
		.vector = HAUL_VIRTIO_NO_VECTOR,
		.polled = true,
	};

	find_devices();
	must("disk", haul_virtio_blk_open(&disk, open_device(HAUL_VIRTIO_BLK_TYPE), &config));
	must("console",
	     haul_virtio_console_open(&console, open_device(HAUL_VIRTIO_CONSOLE_TYPE), NULL));
}

static void close_devices(void)
{
	struct haul_virtio *disks = disk.device, *consoles = console.device;

	must("disk", haul_virtio_blk_close(&disk));
	must("disk", haul_virtio_close(disks));
	must("console", haul_virtio_console_close(&console));
	must("console", haul_virtio_close(consoles));
	must("memory", haul_dma_device_end(&dma));
}

/* Their work, piece by piece */

static size_t sectors_of_piece(uint64_t at, uint64_t end)
{
	const uint64_t most = PIECE / HAUL_VIRTIO_BLK_SECTOR;

	return end - at < most ? (size_t)(end - at) : most;
}

static void tell(const unsigned char *p, size_t size)
{
	size_t done;

	must("console",
	     haul_virtio_console_write_wait(&console, p, size, &done, seconds_from_now(60)));
}

static void tell_all(unsigned char *buffer)
{
	for (uint64_t at = 0; at < disk.capacity;) {
		const size_t sectors = sectors_of_piece(at, disk.capacity);

		must("disk",
		     haul_virtio_blk_read(&disk, at, buffer, sectors, seconds_from_now(60)));
		tell(buffer, sectors * HAUL_VIRTIO_BLK_SECTOR);
		at += sectors;
	}
	must("console", haul_virtio_console_flush(&console, seconds_from_now(60)));
}

static void write_back(unsigned char *buffer, uint64_t from, uint64_t to, uint64_t count)
{
	for (uint64_t at = 0; at < count;) {
		const size_t sectors = sectors_of_piece(at, count);

		must("disk",
		     haul_virtio_blk_read(&disk, from + at, buffer, sectors, seconds_from_now(60)));
		must("disk",
		     haul_virtio_blk_write(&disk, to + at, buffer, sectors, seconds_from_now(60)));
		at += sectors;
	}
	must("disk", haul_virtio_blk_flush(&disk, seconds_from_now(60)));
}

int main(void)
{
	unsigned char *buffer = board_alloc(PIECE);

	if (!buffer)
		return 1;
	start_dma();
	open_devices();
	board_print("the disk has %llu sectors\n", (unsigned long long)disk.capacity);
	tell_all(buffer);
	write_back(buffer, 0, disk.capacity / 2, disk.capacity / 8);
	board_print("told all; wrote %llu sectors to sector %llu\n",
		    (unsigned long long)(disk.capacity / 8),
		    (unsigned long long)(disk.capacity / 2));
	close_devices();
	return 0;
}
