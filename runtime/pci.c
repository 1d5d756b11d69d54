/* SPDX-License-Identifier: MIT */
/* PCI's configuration space.  Sections are of the PCI Local Bus Specification 3.0, and, with
 * "PCIe", of the PCI Express Base Specification 5.0. */
#include <haul/pci.h>

/* 6.1 */
enum {
	ID = 0x00,
	COMMAND = 0x04,
	STATUS = 0x06,
	REVISION = 0x08,
	HEADER = 0x0e,
	BARS = 0x10,
	SUBSYSTEM = 0x2c,
	CAPABILITIES = 0x34,
	FIRST_CAPABILITY = 0x40,
	SPACE = 256
};

enum { STATUS_CAPABILITIES = 1 << 4, HEADER_MANY = 1 << 7 };
enum { DECODE = HAUL_PCI_COMMAND_IO | HAUL_PCI_COMMAND_MEMORY };

/* Places of a function in a bus's 1 MiB, PCIe 7.2.2; a position is such a place by 4 KiB. */
enum { BUS_SHIFT = 20, DEVICE_SHIFT = 15, FUNCTION_SHIFT = 12 };

static size_t place(const struct haul_pci_ecam *ecam, struct haul_pci_address at, unsigned off)
{
	return (size_t)(at.bus - ecam->first) << BUS_SHIFT | (size_t)at.device << DEVICE_SHIFT |
	       (size_t)at.function << FUNCTION_SHIFT | off;
}

static int read_ecam(void *ctx, struct haul_pci_address at, unsigned off, unsigned width,
		     uint32_t *value)
{
	const struct haul_pci_ecam *ecam = ctx;
	const size_t where = place(ecam, at, off);
	uint16_t value16 = 0;
	uint8_t value8 = 0;
	int err;

	if (width == 4)
		return haul_region_read_u32(&ecam->region, where, value);
	if (width == 2) {
		err = haul_region_read_u16(&ecam->region, where, &value16);
		*value = value16;
		return err;
	}
	err = haul_region_read_u8(&ecam->region, where, &value8);
	*value = value8;
	return err;
}

static int write_ecam(void *ctx, struct haul_pci_address at, unsigned off, unsigned width,
		      uint32_t value)
{
	const struct haul_pci_ecam *ecam = ctx;
	const size_t where = place(ecam, at, off);

	if (width == 4)
		return haul_region_write_u32(&ecam->region, where, value);
	if (width == 2)
		return haul_region_write_u16(&ecam->region, where, (uint16_t)value);
	return haul_region_write_u8(&ecam->region, where, (uint8_t)value);
}

int haul_pci_ecam_access(struct haul_pci_ecam *ecam, struct haul_pci_access *access)
{
	const size_t buses = ecam->region.size >> BUS_SHIFT, most = 256u - ecam->first;

	if (!buses)
		return -HAUL_EINVAL;
	*access = (struct haul_pci_access){
		.ctx = ecam,
		.read = read_ecam,
		.write = write_ecam,
		.first = ecam->first,
		.last = (uint8_t)(ecam->first + (buses < most ? buses : most) - 1),
	};
	return 0;
}

static int check(unsigned off, unsigned width)
{
	if (width != 1 && width != 2 && width != 4)
		return -HAUL_EINVAL;
	return off % width || off >= SPACE ? -HAUL_EINVAL : 0;
}

/* A function that faults has gone. */
static int gone(int err)
{
	return err == -HAUL_EFAULT ? -HAUL_ENODEV : err;
}

int haul_pci_read(const struct haul_pci_function *function, unsigned off, unsigned width,
		  uint32_t *value)
{
	const struct haul_pci_access *access = function->access;
	const int err = check(off, width);

	return err ? err : gone(access->read(access->ctx, function->at, off, width, value));
}

int haul_pci_write(const struct haul_pci_function *function, unsigned off, unsigned width,
		   uint32_t value)
{
	const struct haul_pci_access *access = function->access;
	const int err = check(off, width);

	return err ? err : gone(access->write(access->ctx, function->at, off, width, value));
}

/* All ones: there is none (6.1); nor has anybody the vendor 0. */
static bool is_nobody(uint32_t id)
{
	return (id & 0xffff) == 0xffff || (id & 0xffff) == 0;
}

static int read_header(struct haul_pci_function *function)
{
	uint32_t class_code = 0, header = 0, subsystem = 0;
	int err = haul_pci_read(function, REVISION, 4, &class_code);

	if (!err)
		err = haul_pci_read(function, HEADER, 1, &header);
	function->class_code = class_code >> 8;
	function->revision = (uint8_t)class_code;
	function->header = header & ~(uint32_t)HEADER_MANY & 0xff;
	function->many = header & HEADER_MANY;
	if (err || function->header)
		return err; /* bridges have something else there */
	err = haul_pci_read(function, SUBSYSTEM, 4, &subsystem);
	function->subsystem_vendor = (uint16_t)subsystem;
	function->subsystem = (uint16_t)(subsystem >> 16);
	return err;
}

static bool is_address(const struct haul_pci_access *access, struct haul_pci_address at)
{
	return at.bus >= access->first && at.bus <= access->last && at.device < 32 &&
	       at.function < 8;
}

int haul_pci_open(struct haul_pci_function *function, const struct haul_pci_access *access,
		  struct haul_pci_address at)
{
	struct haul_pci_function found = {.access = access, .at = at};
	uint32_t id = 0;
	int err;

	if (!is_address(access, at))
		return -HAUL_EINVAL;
	err = haul_pci_read(&found, ID, 4, &id);
	if (err)
		return err;
	if (is_nobody(id))
		return -HAUL_ENODEV;
	found.vendor = (uint16_t)id;
	found.device = (uint16_t)(id >> 16);
	err = read_header(&found);
	if (!err)
		*function = found;
	return err;
}

static struct haul_pci_address address_at(uint32_t position)
{
	return (struct haul_pci_address){
		.bus = (uint8_t)(position >> 8),
		.device = position >> 3 & 31,
		.function = position & 7,
	};
}

/* Without a function 0, or with only that, the device has no others (3.2.2.3.4). */
static uint32_t step(uint32_t position, int err, const struct haul_pci_function *function)
{
	const bool alone = position % 8 == 0 && (err || !function->many);

	return position + (alone ? 8 : 1);
}

int haul_pci_next(const struct haul_pci_access *access, uint32_t *position,
		  struct haul_pci_function *function)
{
	const uint32_t first = (uint32_t)access->first << 8, end = ((uint32_t)access->last + 1)
								   << 8;
	int err = -HAUL_ENODEV;

	if (*position < first)
		*position = first;
	while (err == -HAUL_ENODEV && *position < end) {
		err = haul_pci_open(function, access, address_at(*position));
		*position = step(*position, err, function);
	}
	return err == -HAUL_ENODEV ? -HAUL_ENOENT : err;
}

int haul_pci_command(const struct haul_pci_function *function, uint16_t set, uint16_t clear)
{
	uint32_t command = 0;
	const int err = haul_pci_read(function, COMMAND, 2, &command);

	return err ? err : haul_pci_write(function, COMMAND, 2, (command & ~(uint32_t)clear) | set);
}

/* The function does not answer at its BARs while they are changed; *was is the command before. */
static int decode_off(const struct haul_pci_function *function, uint32_t *was)
{
	const int err = haul_pci_read(function, COMMAND, 2, was);

	return err ? err : haul_pci_write(function, COMMAND, 2, *was & ~(uint32_t)DECODE);
}

/* The first error counts. */
static int decode_again(const struct haul_pci_function *function, uint32_t was, int err)
{
	const int last = haul_pci_write(function, COMMAND, 2, was);

	return err ? err : last;
}

/* What a BAR has of address bits, and what it held (6.2.5.1): ones are written, and put back. */
static int probe(const struct haul_pci_function *function, unsigned off, uint32_t *held,
		 uint32_t *mask)
{
	int err = haul_pci_read(function, off, 4, held);

	if (!err)
		err = haul_pci_write(function, off, 4, UINT32_MAX);
	if (!err)
		err = haul_pci_read(function, off, 4, mask);
	return err ? err : haul_pci_write(function, off, 4, *held);
}

enum { BAR_IO = 1, BAR_TYPE = 6, BAR_WIDE = 4, BAR_RESERVED = 6, BAR_PREFETCHABLE = 8 };
enum { IO_FLAGS = 3, MEMORY_FLAGS = 15 };

/* What of the register is no address. */
static uint32_t flags_mask(uint32_t held)
{
	return held & BAR_IO ? IO_FLAGS : MEMORY_FLAGS;
}

static struct haul_pci_bar decode(uint32_t flags, uint64_t held, uint64_t mask)
{
	struct haul_pci_bar bar = {0};
	const uint64_t size = mask & -mask; /* the lowest bit that it has */

	if (mask & (mask + size)) /* it lacks some above */
		return bar;
	if (!(flags & BAR_IO) && (flags & BAR_TYPE) == BAR_RESERVED)
		return bar;
	bar.size = size;
	bar.address = held & -size;
	bar.io = flags & BAR_IO;
	bar.wide = !bar.io && (flags & BAR_TYPE) == BAR_WIDE;
	bar.prefetchable = !bar.io && flags & BAR_PREFETCHABLE;
	return bar;
}

/* *used: registers, 2 of a wide one. */
static int read_bar(const struct haul_pci_function *function, unsigned index, unsigned count,
		    struct haul_pci_bar *bar, unsigned *used)
{
	const unsigned off = BARS + 4 * index;
	uint32_t low = 0, high = 0, low_mask = 0, high_mask = 0, not_flags;
	int err = probe(function, off, &low, &low_mask);
	const bool wide = !(low & BAR_IO) && (low & BAR_TYPE) == BAR_WIDE;

	*used = 1;
	*bar = (struct haul_pci_bar){0};
	if (err || (wide && index + 1 == count))
		return err;
	not_flags = ~flags_mask(low);
	if (wide) {
		*used = 2;
		err = probe(function, off + 4, &high, &high_mask);
	}
	if (!err)
		*bar = decode(low & ~not_flags, (uint64_t)high << 32 | (low & not_flags),
			      (uint64_t)high_mask << 32 | (low_mask & not_flags));
	return err;
}

/* Of a header of that type, 6.1. */
static unsigned count_bars(const struct haul_pci_function *function)
{
	return function->header == 0 ? HAUL_PCI_BARS : function->header == 1 ? 2 : 0;
}

int haul_pci_bars(struct haul_pci_function *function)
{
	struct haul_pci_bar bars[HAUL_PCI_BARS] = {{0}};
	const unsigned count = count_bars(function);
	unsigned used;
	uint32_t was = 0;
	int err = decode_off(function, &was);

	if (err)
		return err;
	for (unsigned i = 0; !err && i < count; i += used)
		err = read_bar(function, i, count, &bars[i], &used);
	err = decode_again(function, was, err);
	for (unsigned i = 0; !err && i < HAUL_PCI_BARS; i++)
		function->bars[i] = bars[i];
	return err;
}

/* Takes an address from the window, if it can be for that BAR. */
static bool take(struct haul_pci_window *window, const struct haul_pci_bar *bar, uint64_t *at)
{
	const uint64_t low = bar->size - 1;
	const uint64_t most = bar->wide || window->last < UINT32_MAX ? window->last : UINT32_MAX;
	const uint64_t start = (window->next + low) & ~low;

	if (bar->io != window->io || (window->prefetchable && !bar->prefetchable))
		return false;
	if (window->next > window->last || start > most || low > most - start || start == 0)
		return false;
	*at = start;
	window->next = start + low + 1;
	if (!window->next) /* up to the end of all addresses */
		*window = (struct haul_pci_window){
			.next = 1, .io = window->io, .prefetchable = window->prefetchable};
	return true;
}

static int write_bar(const struct haul_pci_function *function, unsigned index, uint64_t at)
{
	const struct haul_pci_bar *bar = &function->bars[index];
	const unsigned off = BARS + 4 * index;
	uint32_t low = 0, high = 0;
	int err = haul_pci_write(function, off, 4, (uint32_t)at);

	if (!err)
		err = haul_pci_read(function, off, 4, &low);
	if (!err && bar->wide)
		err = haul_pci_write(function, off + 4, 4, (uint32_t)(at >> 32));
	if (!err && bar->wide)
		err = haul_pci_read(function, off + 4, 4, &high);
	if (err)
		return err;
	return ((uint64_t)high << 32 | (low & ~flags_mask(low))) == at ? 0 : -HAUL_EPROTO;
}

static int assign(struct haul_pci_function *function, unsigned index,
		  struct haul_pci_window *windows, size_t nwindows)
{
	struct haul_pci_bar *bar = &function->bars[index];
	uint64_t at = 0;
	size_t i = 0;
	int err;

	if (!bar->size || bar->address)
		return 0;
	while (i < nwindows && !take(&windows[i], bar, &at))
		i++;
	if (i == nwindows)
		return -HAUL_ENOSPC;
	err = write_bar(function, index, at);
	if (!err)
		bar->address = at;
	return err;
}

int haul_pci_assign(struct haul_pci_function *function, struct haul_pci_window *windows,
		    size_t nwindows)
{
	uint32_t was = 0;
	int err = decode_off(function, &was);

	if (err)
		return err;
	for (unsigned i = 0; !err && i < HAUL_PCI_BARS; i++)
		err = assign(function, i, windows, nwindows);
	return decode_again(function, was, err);
}

int haul_pci_capabilities(const struct haul_pci_function *function,
			  struct haul_pci_capability caps[HAUL_PCI_CAPABILITIES], size_t *n)
{
	uint32_t status = 0, off = 0, head = 0;
	uint64_t seen = 0; /* by a bit for each 4 bytes */
	int err = haul_pci_read(function, STATUS, 2, &status);

	*n = 0;
	if (err || !(status & STATUS_CAPABILITIES))
		return err;
	err = haul_pci_read(function, CAPABILITIES, 1, &off);
	/* The two low bits are reserved, 6.7. */
	for (off &= 0xfc; !err && off >= FIRST_CAPABILITY && !(seen >> off / 4 & 1);
	     off = head >> 8 & 0xfc) {
		seen |= (uint64_t)1 << off / 4;
		err = haul_pci_read(function, off, 2, &head);
		if (!err)
			caps[(*n)++] = (struct haul_pci_capability){(uint8_t)head, (uint8_t)off};
	}
	return err;
}

static int map_hal(void *ctx, const struct haul_pci_function *function, unsigned bar, uint64_t off,
		   size_t size, struct haul_region *region)
{
	const struct haul_phys phys = {function->bars[bar].address + off};

	return haul_hal_map_mmio(ctx, phys, size, HAUL_CACHE_UNCACHED, region);
}

static int unmap_hal(void *ctx, const struct haul_region *region)
{
	return haul_hal_unmap_mmio(ctx, region);
}

void haul_pci_map_hal(const struct haul_hal *hal, struct haul_pci_map *map)
{
	*map = (struct haul_pci_map){
		.ctx = (void *)(uintptr_t)hal, /* read only, all the same */
		.map = map_hal,
		.unmap = unmap_hal,
	};
}

int haul_pci_map_bar(const struct haul_pci_function *function, const struct haul_pci_map *map,
		     unsigned bar, uint64_t off, uint64_t size, struct haul_region *region)
{
	const struct haul_pci_bar *there;

	if (!size)
		return -HAUL_EINVAL;
	if (bar >= HAUL_PCI_BARS)
		return -HAUL_ENOENT;
	there = &function->bars[bar];
	if (!there->size || !there->address || there->io)
		return -HAUL_ENOENT;
	if (off > there->size || size > there->size - off)
		return -HAUL_ERANGE;
	return map->map(map->ctx, function, bar, off, (size_t)size, region);
}

/* MSI-X, PCIe 7.7.2 */
enum { MSIX = 0x11, MSIX_CONTROL = 2, MSIX_TABLE = 4 };
enum { MSIX_SIZE = 0x7ff, MSIX_MASKED = 1 << 14, MSIX_ON = 1 << 15, MSIX_BAR = 7 };
enum { ENTRY = 16, ENTRY_WORDS = 3, ENTRY_CONTROL = 12, ENTRY_MASKED = 1 };

static int find_msix(const struct haul_pci_function *function, uint8_t *off)
{
	struct haul_pci_capability caps[HAUL_PCI_CAPABILITIES];
	size_t n;
	const int err = haul_pci_capabilities(function, caps, &n);

	for (size_t i = 0; !err && i < n; i++)
		if (caps[i].id == MSIX && caps[i].off <= SPACE - 12) {
			*off = caps[i].off;
			return 0;
		}
	return err ? err : -HAUL_ENOENT;
}

static int read_control(const struct haul_pci_msix *msix, uint32_t *control)
{
	const int err = haul_pci_read(msix->function, msix->off + MSIX_CONTROL, 2, control);

	if (err)
		return err;
	return *control == 0xffff ? -HAUL_ENODEV : 0; /* some bits are always 0 */
}

static int map_table(struct haul_pci_msix *msix)
{
	uint32_t control = 0, where = 0;
	int err = read_control(msix, &control);

	if (!err)
		err = haul_pci_read(msix->function, msix->off + MSIX_TABLE, 4, &where);
	if (err)
		return err;
	msix->vectors = (control & MSIX_SIZE) + 1;
	err = haul_pci_map_bar(msix->function, &msix->map, where & MSIX_BAR,
			       where & ~(uint32_t)MSIX_BAR, (uint64_t)msix->vectors * ENTRY,
			       &msix->table);
	return err == -HAUL_ENOENT || err == -HAUL_ERANGE ? -HAUL_EPROTO : err;
}

static int set_control(const struct haul_pci_msix *msix, uint32_t bits)
{
	const unsigned off = msix->off + MSIX_CONTROL;
	uint32_t control = 0;
	int err = read_control(msix, &control);

	control = (control & ~(uint32_t)(MSIX_ON | MSIX_MASKED)) | bits;
	if (!err)
		err = haul_pci_write(msix->function, off, 2, control);
	if (!err)
		err = read_control(msix, &control);
	if (err)
		return err;
	return (control & (MSIX_ON | MSIX_MASKED)) == bits ? 0 : -HAUL_EPROTO;
}

static int mask_all(const struct haul_pci_msix *msix)
{
	int err = 0;

	for (unsigned i = 0; !err && i < msix->vectors; i++)
		err = haul_pci_msix_mask(msix, i, true);
	return err;
}

int haul_pci_msix_open(struct haul_pci_msix *msix, const struct haul_pci_function *function,
		       const struct haul_pci_map *map)
{
	struct haul_pci_msix made = {.function = function, .map = *map};
	int err = find_msix(function, &made.off);

	if (!err)
		err = map_table(&made);
	if (err)
		return err;
	/* Some devices' tables are there only while it is on: all are masked at once until each
	 * is by itself. */
	err = set_control(&made, MSIX_ON | MSIX_MASKED);
	if (!err)
		err = mask_all(&made);
	if (!err)
		err = set_control(&made, MSIX_ON);
	if (err)
		haul_pci_msix_close(&made);
	else
		*msix = made;
	return err;
}

static int write_entry(const struct haul_pci_msix *msix, unsigned vector, unsigned off,
		       uint32_t value)
{
	return gone(haul_region_write_u32(&msix->table, (size_t)vector * ENTRY + off, value));
}

static int check_entry(const struct haul_pci_msix *msix, unsigned vector, unsigned off,
		       uint32_t value)
{
	uint32_t is = 0;
	const int err = gone(haul_region_read_u32(&msix->table, (size_t)vector * ENTRY + off, &is));

	if (err)
		return err;
	return is == value ? 0 : -HAUL_EPROTO;
}

int haul_pci_msix_set(const struct haul_pci_msix *msix, unsigned vector, uint64_t address,
		      uint32_t data)
{
	const uint32_t words[ENTRY_WORDS] = {(uint32_t)address, (uint32_t)(address >> 32), data};
	int err;

	if (address % 4)
		return -HAUL_EINVAL;
	err = haul_pci_msix_mask(msix, vector, true);
	for (unsigned i = 0; !err && i < ENTRY_WORDS; i++)
		err = write_entry(msix, vector, 4 * i, words[i]);
	for (unsigned i = 0; !err && i < ENTRY_WORDS; i++)
		err = check_entry(msix, vector, 4 * i, words[i]);
	return err;
}

/* The control word's other bits are kept: they are not ours (PCIe 7.7.2.6). */
int haul_pci_msix_mask(const struct haul_pci_msix *msix, unsigned vector, bool masked)
{
	const size_t off = (size_t)vector * ENTRY + ENTRY_CONTROL;
	uint32_t control = 0;
	int err;

	if (vector >= msix->vectors)
		return -HAUL_ERANGE;
	err = gone(haul_region_read_u32(&msix->table, off, &control));
	if (err)
		return err;
	control = (control & ~(uint32_t)ENTRY_MASKED) | (masked ? ENTRY_MASKED : 0);
	return write_entry(msix, vector, ENTRY_CONTROL, control);
}

int haul_pci_msix_close(struct haul_pci_msix *msix)
{
	const int err = set_control(msix, 0), last = msix->map.unmap(msix->map.ctx, &msix->table);

	msix->vectors = 0;
	return err ? err : last;
}
