/* SPDX-License-Identifier: MIT */
/* PCI functions, their BARs, capabilities and MSI-X, on a model of configuration space. */
#include "pci_model.h"
#include "test.h"
#include <string.h>

static struct pci_model model;
static struct haul_pci_access access_;
static struct haul_pci_function function;

enum { ANY = 0x12348086 };

static void begin(void)
{
	pci_model_begin(&model);
	pci_model_access(&model, 0, 255, &access_);
}

/* One function, open. */
static struct pci_model_function *begin_one(void)
{
	struct pci_model_function *made;

	begin();
	made = pci_model_add(&model, 0, 3, 0, ANY, 0xbeef1af4);
	cr_assert(haul_pci_open(&function, &access_, made->at) == 0);
	return made;
}

static const struct {
	unsigned bus, device, function, header;
	uint32_t id;
	bool found;
} machine[] = {
	{0, 0, 0, 0x00, 0x00081b36, true},  {0, 1, 0, 0x80, 0x11111af4, true},
	{0, 1, 1, 0x80, 0x22221af4, true},  {0, 1, 7, 0x80, 0x33331af4, true},
	{0, 2, 0, 0x00, 0x10411af4, true},  {0, 2, 1, 0x00, 0x10411af4, false}, /* an alias */
	{0, 3, 4, 0x00, 0x10421af4, false},                                     /* without a 0 */
	{0, 4, 0, 0x00, 0x10420000, false},                                     /* no vendor */
	{0, 31, 0, 0x01, 0x000c1b36, true}, {7, 0, 0, 0x00, 0x10431af4, true},
	{7, 31, 0, 0x80, 0x10441af4, true}, {7, 31, 7, 0x80, 0x10451af4, true},
};

enum { MACHINE = sizeof machine / sizeof *machine };

static void begin_machine(void)
{
	pci_model_begin(&model);
	for (size_t i = 0; i < MACHINE; i++)
		pci_model_put(pci_model_add(&model, machine[i].bus, machine[i].device,
					    machine[i].function, machine[i].id,
					    0x56780000 | (uint32_t)i),
			      0x0e, 1, machine[i].header);
}

/* What there is from that bus on is found, in that order. */
static void check_machine(unsigned first)
{
	uint32_t position = 0;

	for (size_t i = 0; i < MACHINE; i++) {
		if (!machine[i].found || machine[i].bus < first)
			continue;
		cr_assert(haul_pci_next(&access_, &position, &function) == 0);
		cr_assert(function.at.bus == machine[i].bus &&
			  function.at.device == machine[i].device &&
			  function.at.function == machine[i].function);
		cr_assert(function.vendor == (machine[i].id & 0xffff) &&
			  function.device == machine[i].id >> 16);
		cr_assert(function.header == (machine[i].header & 0x7f) &&
			  function.many == (machine[i].header >> 7));
		cr_assert(function.subsystem == (function.header ? 0 : 0x5678));
		cr_assert(function.subsystem_vendor == (function.header ? 0 : i));
	}
	cr_assert(haul_pci_next(&access_, &position, &function) == -HAUL_ENOENT);
	cr_assert(haul_pci_next(&access_, &position, &function) == -HAUL_ENOENT);
}

Test(pci, functions_are_found_in_order)
{
	for (int faults = 0; faults < 2; faults++) {
		begin_machine();
		model.faults = faults;
		pci_model_access(&model, 0, 255, &access_);
		check_machine(0);
		pci_model_access(&model, 7, 7, &access_);
		check_machine(7);
	}
}

Test(pci, functions_are_found_by_ecam)
{
	static const struct {
		uint8_t first;
		unsigned buses, last;
	} cases[] = {{0, 8, 7}, {0, 256, 255}, {7, 1, 7}, {5, 256, 255}};
	struct haul_pci_ecam ecam;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		begin_machine();
		pci_model_ecam(&model, &ecam, cases[i].first, cases[i].buses);
		cr_assert(haul_pci_ecam_access(&ecam, &access_) == 0);
		cr_assert(access_.first == cases[i].first && access_.last == cases[i].last);
		check_machine(cases[i].first);
	}
	ecam.region.size = (1 << 20) - 1;
	cr_assert(haul_pci_ecam_access(&ecam, &access_) == -HAUL_EINVAL);
}

Test(pci, ecam_accesses_are_as_wide_as_asked)
{
	struct pci_model_function *made;
	struct haul_pci_ecam ecam;
	uint32_t value = 0;

	begin();
	made = pci_model_add(&model, 1, 2, 3, ANY, 0);
	pci_model_ecam(&model, &ecam, 1, 1);
	cr_assert(haul_pci_ecam_access(&ecam, &access_) == 0);
	cr_assert(haul_pci_open(&function, &access_, made->at) == 0);
	cr_assert(haul_pci_read(&function, 3, 1, &value) == 0 && value == 0x12);
	cr_assert(haul_pci_read(&function, 2, 2, &value) == 0 && value == 0x1234);
	cr_assert(haul_pci_read(&function, 0, 4, &value) == 0 && value == ANY);
	cr_assert(haul_pci_write(&function, 4, 2, HAUL_PCI_COMMAND_MASTER) == 0);
	cr_assert(pci_model_command(made) == HAUL_PCI_COMMAND_MASTER);
	made->gone = 2;
	cr_assert(haul_pci_read(&function, 0, 4, &value) == -HAUL_ENODEV);
	cr_assert(haul_pci_write(&function, 4, 2, 0) == -HAUL_ENODEV);
}

Test(pci, accesses_that_cannot_be)
{
	static const unsigned cases[][2] = {{0, 0}, {0, 3},   {0, 8},  {1, 2},
					    {2, 4}, {256, 1}, {256, 4}};
	uint32_t value;

	begin_one();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		cr_assert(haul_pci_read(&function, cases[i][0], cases[i][1], &value) ==
			  -HAUL_EINVAL);
		cr_assert(haul_pci_write(&function, cases[i][0], cases[i][1], 0) == -HAUL_EINVAL);
	}
}

Test(pci, nobody_is_no_function)
{
	struct haul_pci_function before;

	begin_one();
	memset(&function, 0xa5, sizeof function);
	before = function;
	cr_assert(haul_pci_open(&function, &access_, (struct haul_pci_address){0, 4, 0}) ==
		  -HAUL_ENODEV);
	cr_assert(memcmp(&function, &before, sizeof before) == 0);
}

Test(pci, addresses_that_cannot_be)
{
	static const struct haul_pci_address cases[] = {{1, 0, 0},  {4, 0, 0}, {255, 0, 0},
							{2, 32, 0}, {2, 0, 8}, {3, 255, 255}};

	begin();
	pci_model_access(&model, 2, 3, &access_);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		cr_assert(haul_pci_open(&function, &access_, cases[i]) == -HAUL_EINVAL);
}

Test(pci, command_bits_are_set_and_cleared)
{
	struct pci_model_function *made = begin_one();

	pci_model_put(made, 4, 2, HAUL_PCI_COMMAND_IO | HAUL_PCI_COMMAND_MASTER);
	cr_assert(haul_pci_command(&function, HAUL_PCI_COMMAND_MEMORY, HAUL_PCI_COMMAND_MASTER) ==
		  0);
	cr_assert(pci_model_command(made) == (HAUL_PCI_COMMAND_IO | HAUL_PCI_COMMAND_MEMORY));
	made->gone = 2;
	cr_assert(haul_pci_command(&function, 0, 0) == -HAUL_ENODEV);
}

/* BARs */

enum { WIDE = 4, PREFETCHABLE = 8, IO = 1, BELOW_1M = 2, RESERVED = 6 };

Test(pci, bars_of_all_kinds)
{
	struct pci_model_function *made = begin_one();
	unsigned char before[256];
	static const struct haul_pci_bar bars[] = {
		{0xfe000000, 0x1000, false, false, false},
		{0xc000, 0x20, true, false, false},
		{UINT64_C(0x480000000), 0x4000, false, true, true},
		{0},
		{0, 16, false, false, true},
		{0xffff0000, 0x10000, false, false, false},
	};

	pci_model_bar(made, 0, 0, 0x1000, 0xfe000000);
	pci_model_bar(made, 1, IO, 0x20, 0xc000);
	pci_model_bar(made, 2, WIDE | PREFETCHABLE, 0x4000, UINT64_C(0x480000000));
	pci_model_bar(made, 4, PREFETCHABLE, 16, 0);
	pci_model_bar(made, 5, BELOW_1M, 0x10000, 0xffff0000);
	pci_model_put(made, 4, 2, HAUL_PCI_COMMAND_MEMORY | HAUL_PCI_COMMAND_MASTER);
	memcpy(before, made->config, sizeof before);
	cr_assert(haul_pci_bars(&function) == 0);
	cr_assert(memcmp(before, made->config, sizeof before) == 0);
	for (size_t i = 0; i < HAUL_PCI_BARS; i++) {
		const struct haul_pci_bar *bar = &function.bars[i];

		cr_assert(bar->address == bars[i].address && bar->size == bars[i].size, "BAR %zu",
			  i);
		cr_assert(bar->io == bars[i].io && bar->wide == bars[i].wide &&
			  bar->prefetchable == bars[i].prefetchable);
	}
}

Test(pci, bars_of_every_size)
{
	struct pci_model_function *made = begin_one();

	for (unsigned shift = 4; shift < 64; shift++) {
		const uint64_t size = (uint64_t)1 << shift;

		pci_model_bar(made, 0, WIDE, size, 0);
		cr_assert(haul_pci_bars(&function) == 0);
		cr_assert(function.bars[0].size == size && function.bars[0].wide);
		cr_assert(function.bars[0].address == 0 && function.bars[1].size == 0);
		pci_model_bar(made, 0, WIDE, size, -size);
		cr_assert(haul_pci_bars(&function) == 0);
		cr_assert(function.bars[0].size == size && function.bars[0].address == -size);
	}
	for (unsigned shift = 4; shift < 32; shift++) {
		pci_model_bar(made, 0, 0, (uint64_t)1 << shift, 0);
		pci_model_bar(made, 1, 0, 0, 0);
		cr_assert(haul_pci_bars(&function) == 0);
		cr_assert(function.bars[0].size == (uint64_t)1 << shift);
	}
}

Test(pci, bars_that_make_no_sense_are_none)
{
	struct pci_model_function *made = begin_one();

	pci_model_bar(made, 0, RESERVED, 0x1000, 0xfe000000);
	pci_model_bar(made, 1, 0, 0, 0);
	pci_model_put(made, 0x14, 4, 0xfe000000); /* an address that cannot be changed */
	pci_model_bar(made, 5, WIDE, 0x1000, 0xfe000000);
	pci_model_bar(made, 2, 0, 0x1000, 0);
	made->bar_bits[2] = 0xf0fff000;
	cr_assert(haul_pci_bars(&function) == 0);
	for (size_t i = 0; i < HAUL_PCI_BARS; i++)
		cr_assert(function.bars[i].size == 0 || i == 1);
	/* what cannot be changed reads as a size: of one address bit, the lowest */
	cr_assert(function.bars[1].size == 0x2000000);
}

Test(pci, bridges_have_two_bars)
{
	struct pci_model_function *made = begin_one();

	pci_model_put(made, 0x0e, 1, 1);
	cr_assert(haul_pci_open(&function, &access_, made->at) == 0);
	pci_model_bar(made, 1, 0, 0x1000, 0);
	pci_model_bar(made, 2, 0, 0x1000, 0); /* which in a bridge is its buses' numbers */
	cr_assert(haul_pci_bars(&function) == 0);
	cr_assert(function.bars[1].size == 0x1000 && function.bars[2].size == 0);
	pci_model_put(made, 0x0e, 1, 2);
	cr_assert(haul_pci_open(&function, &access_, made->at) == 0);
	cr_assert(haul_pci_bars(&function) == 0);
	cr_assert(function.bars[1].size == 0);
}

static void check_assigned(struct pci_model_function *made, struct haul_pci_window *windows,
			   size_t nwindows, int err)
{
	const uint16_t command = pci_model_command(made);

	cr_assert(haul_pci_bars(&function) == 0);
	cr_assert(haul_pci_assign(&function, windows, nwindows) == err);
	cr_assert(pci_model_command(made) == command);
}

Test(pci, bars_without_an_address_are_assigned_one)
{
	struct pci_model_function *made = begin_one();
	struct haul_pci_window windows[] = {
		{.next = 0x1004, .last = 0xffff, .io = true},
		{.next = UINT64_C(0x800000000),
		 .last = UINT64_C(0x8ffffffff),
		 .prefetchable = true},
		{.next = 0x40000010, .last = 0x4fffffff},
	};

	pci_model_put(made, 4, 2, HAUL_PCI_COMMAND_MEMORY);
	pci_model_bar(made, 0, 0, 0x1000, 0);
	pci_model_bar(made, 1, IO, 0x20, 0);
	pci_model_bar(made, 2, WIDE | PREFETCHABLE, 0x4000, 0);
	pci_model_bar(made, 4, PREFETCHABLE, 0x100000, 0);
	pci_model_bar(made, 5, 0, 0x1000, 0xfe000000);
	check_assigned(made, windows, 3, 0);
	cr_assert(function.bars[0].address == 0x40001000);
	cr_assert(function.bars[1].address == 0x1020);
	cr_assert(function.bars[2].address == UINT64_C(0x800000000));
	cr_assert(function.bars[4].address == 0x40100000); /* not above 4 GiB: it is not wide */
	cr_assert(function.bars[5].address == 0xfe000000); /* firmware did */
	cr_assert(pci_model_get(made, 0x18, 4) == (WIDE | PREFETCHABLE));
	cr_assert(pci_model_get(made, 0x1c, 4) == 8);
	cr_assert(windows[2].next == 0x40200000 && windows[1].next == UINT64_C(0x800004000));
}

Test(pci, bars_that_fit_nowhere)
{
	static const struct {
		struct haul_pci_window window;
		uint64_t size;
		uint32_t flags;
		int err;
	} cases[] = {
		{{0x40000000, 0x40000fff, false, false}, 0x1000, 0, 0},
		{{0x40000001, 0x40000fff, false, false}, 0x1000, 0, -HAUL_ENOSPC},
		{{0x40000000, 0x40000ffe, false, false}, 0x1000, 0, -HAUL_ENOSPC},
		{{0x40000000, 0x3fffffff, false, false}, 0x1000, 0, -HAUL_ENOSPC},
		{{0x40000000, 0x4fffffff, true, false}, 0x1000, 0, -HAUL_ENOSPC},
		{{0x40000000, 0x4fffffff, false, false}, 0x20, IO, -HAUL_ENOSPC},
		{{0x40000000, 0x4fffffff, false, true}, 0x1000, 0, -HAUL_ENOSPC},
		{{UINT64_C(0x100000000), UINT64_MAX, false, false}, 0x1000, 0, -HAUL_ENOSPC},
		{{0xfffff000, UINT64_MAX, false, false}, 0x1000, 0, 0},
		{{0xfffff001, UINT64_MAX, false, false}, 0x1000, 0, -HAUL_ENOSPC},
		{{UINT64_MAX - 0xfff, UINT64_MAX, false, false}, 0x1000, WIDE, 0},
		{{UINT64_MAX - 0xffe, UINT64_MAX, false, false}, 0x1000, WIDE, -HAUL_ENOSPC},
		{{1, UINT64_MAX, false, false}, UINT64_C(1) << 63, WIDE, 0},
		{{0, 0xfff, false, false}, 0x1000, 0, -HAUL_ENOSPC}, /* 0 is no address */
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct pci_model_function *made = begin_one();
		struct haul_pci_window window = cases[i].window;

		pci_model_bar(made, 0, cases[i].flags, cases[i].size, 0);
		check_assigned(made, &window, 1, cases[i].err);
		if (!cases[i].err) /* and it is never given twice */
			cr_assert(window.next > window.last ||
				  window.next > function.bars[0].address);
	}
}

Test(pci, bars_that_take_no_address)
{
	struct pci_model_function *made = begin_one();
	struct haul_pci_window window = {.next = 0x40000000, .last = 0x4fffffff};

	pci_model_bar(made, 0, 0, 0x1000, 0);
	cr_assert(haul_pci_bars(&function) == 0);
	made->stubborn = true;
	cr_assert(haul_pci_assign(&function, &window, 1) == -HAUL_EPROTO);
	cr_assert(function.bars[0].address == 0);
	made->gone = 2;
	cr_assert(haul_pci_assign(&function, &window, 1) == -HAUL_ENODEV);
	cr_assert(haul_pci_bars(&function) == -HAUL_ENODEV);
}

/* Capabilities */

static struct haul_pci_capability caps[HAUL_PCI_CAPABILITIES];

static size_t count_capabilities(void)
{
	size_t n;

	cr_assert(haul_pci_capabilities(&function, caps, &n) == 0);
	return n;
}

Test(pci, capabilities_in_their_order)
{
	struct pci_model_function *made = begin_one();

	cr_assert(count_capabilities() == 0);
	pci_model_list(made, 0x80);
	pci_model_capability(made, 0x80, 0x09, 0x40);
	pci_model_capability(made, 0x40, 0x11, 0xfc);
	pci_model_capability(made, 0xfc, 0x05, 0);
	cr_assert(count_capabilities() == 3);
	cr_assert(caps[0].id == 0x09 && caps[0].off == 0x80);
	cr_assert(caps[1].id == 0x11 && caps[1].off == 0x40);
	cr_assert(caps[2].id == 0x05 && caps[2].off == 0xfc);
	pci_model_put(made, 6, 2, 0); /* the status says that there are none */
	cr_assert(count_capabilities() == 0);
}

Test(pci, a34_lists_that_do_not_end)
{
	static const struct {
		uint8_t first, next, again;
		size_t count;
	} cases[] = {
		{0x40, 0x40, 0, 1},    /* itself */
		{0x40, 0x43, 0, 1},    /* itself, not aligned */
		{0x42, 0x80, 0x41, 2}, /* a cycle */
		{0x40, 0x3c, 0, 1},    /* into the header */
		{0x3f, 0, 0, 0},       {0xff, 0xff, 0, 1}, {0x00, 0, 0, 0},
	};
	struct pci_model_function *made;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		made = begin_one();
		pci_model_list(made, cases[i].first);
		pci_model_capability(made, cases[i].first & 0xfc, 9, cases[i].next);
		pci_model_capability(made, cases[i].next & 0xfc, 9, cases[i].again);
		if (cases[i].first == (cases[i].next & 0xfc)) /* the same one */
			pci_model_capability(made, cases[i].first, 9, cases[i].next);
		cr_assert(count_capabilities() == cases[i].count, "case %zu: %zu", i,
			  count_capabilities());
	}
	made = begin_one();
	pci_model_list(made, 0x40);
	for (unsigned off = 0x40; off < 0x100; off += 4) /* 48 of them, and around */
		pci_model_capability(made, (uint8_t)off, 9,
				     off == 0xfc ? 0x40 : (uint8_t)(off + 4));
	cr_assert(count_capabilities() == HAUL_PCI_CAPABILITIES);
}

Test(pci, a34_lists_at_random)
{
	uint64_t state = test_seed();
	struct pci_model_function *made = begin_one();

	for (int i = 0; i < 20000; i++) {
		bool seen[64] = {false};
		size_t n;

		if (!test_takes_case(&state))
			continue;
		for (unsigned off = 0x34; off < 0x100; off++)
			made->config[off] = (unsigned char)test_random(&state);
		pci_model_put(made, 6, 2, 0x10);
		n = count_capabilities();
		cr_assert(n <= HAUL_PCI_CAPABILITIES);
		for (size_t k = 0; k < n; k++) {
			cr_assert(caps[k].off >= 0x40 && caps[k].off % 4 == 0 &&
				  !seen[caps[k].off / 4]);
			cr_assert(caps[k].id == made->config[caps[k].off]);
			seen[caps[k].off / 4] = true;
		}
	}
}

/* Mapping, here without anything there. */

static struct {
	unsigned maps, unmaps;
	int err;
} mapped;

static int map(void *ctx, const struct haul_pci_function *of, unsigned bar, uint64_t off,
	       size_t size, struct haul_region *region)
{
	const uint64_t address = of->bars[bar].address + off;

	cr_assert(ctx == &mapped && off < of->bars[bar].size && size <= of->bars[bar].size - off);
	if (mapped.err)
		return mapped.err;
	mapped.maps++; /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
	return haul_region_make(region, (void *)(uintptr_t)address, address, size,
				HAUL_CACHE_UNCACHED);
}

static int unmap(void *ctx, const struct haul_region *region)
{
	cr_assert(ctx == &mapped && region->size);
	mapped.unmaps++;
	return 0;
}

static const struct haul_pci_map mapping = {&mapped, map, unmap};

Test(pci, bars_are_mapped_within)
{
	static const struct {
		unsigned bar;
		uint64_t off, size;
		int err;
	} cases[] = {
		{0, 0, 0x1000, 0},
		{0, 0xfff, 1, 0},
		{0, 0, 0, -HAUL_EINVAL},
		{0, 0, 0x1001, -HAUL_ERANGE},
		{0, 0x1000, 1, -HAUL_ERANGE},
		{0, 1, UINT64_MAX, -HAUL_ERANGE},
		{0, UINT64_MAX, 2, -HAUL_ERANGE},
		{1, 0, 4, -HAUL_ENOENT}, /* I/O ports */
		{2, 0, 4, -HAUL_ENOENT}, /* no address */
		{3, 0, 4, -HAUL_ENOENT}, /* none */
		{6, 0, 4, -HAUL_ENOENT},
		{UINT32_MAX, 0, 4, -HAUL_ENOENT},
	};
	struct haul_region region;

	begin_one();
	memset(&mapped, 0, sizeof mapped);
	function.bars[0] = (struct haul_pci_bar){.address = 0xfe000000, .size = 0x1000};
	function.bars[1] = (struct haul_pci_bar){.address = 0xc000, .size = 0x20, .io = true};
	function.bars[2] = (struct haul_pci_bar){.size = 0x1000};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		cr_assert(haul_pci_map_bar(&function, &mapping, cases[i].bar, cases[i].off,
					   cases[i].size, &region) == cases[i].err,
			  "case %zu", i);
}

static int hal_map(void *ctx, struct haul_phys phys, size_t size, enum haul_cache_policy policy,
		   struct haul_region *region)
{
	cr_assert(ctx == &mapped && policy == HAUL_CACHE_UNCACHED);
	mapped.maps++; /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
	return haul_region_make(region, (void *)(uintptr_t)phys.value, phys.value, size, policy);
}

static int hal_unmap(void *ctx, const struct haul_region *region)
{
	return unmap(ctx, region);
}

Test(pci, bars_are_mapped_by_a_hal)
{
	const struct haul_hal hal = {
		.size = sizeof hal,
		.version = HAUL_HAL_VERSION,
		.ctx = &mapped,
		.map_mmio = hal_map,
		.unmap_mmio = hal_unmap,
	};
	struct haul_pci_map by_hal;
	struct haul_region region;

	begin_one();
	memset(&mapped, 0, sizeof mapped);
	function.bars[4] = (struct haul_pci_bar){.address = 0xfe000000, .size = 0x1000};
	haul_pci_map_hal(&hal, &by_hal);
	cr_assert(haul_pci_map_bar(&function, &by_hal, 4, 0x10, 0x20, &region) == 0);
	cr_assert(region.physical == 0xfe000010 && region.size == 0x20 && mapped.maps == 1);
	cr_assert(by_hal.unmap(by_hal.ctx, &region) == 0 && mapped.unmaps == 1);
}

/* MSI-X */

enum { TABLE = 0x800, VECTORS = 5 };

static struct pci_model_table table;
static struct haul_pci_msix msix;

static struct pci_model_function *begin_msix(void)
{
	struct pci_model_function *made = begin_one();

	memset(&mapped, 0, sizeof mapped);
	pci_model_list(made, 0x50);
	pci_model_capability(made, 0x50, 9, 0x60);
	pci_model_msix(made, 0x60, 0, VECTORS, 1, TABLE);
	pci_model_bar(made, 1, 0, 0x1000, 0xfe000000);
	pci_model_put(made, 4, 2, HAUL_PCI_COMMAND_MEMORY);
	pci_model_table(&table, made, VECTORS, 0xfe000000 + TABLE);
	cr_assert(haul_pci_bars(&function) == 0);
	return made;
}

Test(pci, msix_is_turned_on_and_off)
{
	struct pci_model_function *made = begin_msix();

	for (unsigned i = 0; i < VECTORS; i++)
		table.words[i][3] &= ~1u; /* as firmware may leave it */
	cr_assert(haul_pci_msix_open(&msix, &function, &mapping) == 0);
	cr_assert(msix.vectors == VECTORS && pci_model_msix_is_on(made));
	cr_assert(pci_model_get(made, 0x62, 2) == (0x8000 | (VECTORS - 1)));
	for (unsigned i = 0; i < VECTORS; i++)
		cr_assert(table.words[i][3] == 0xabcd0001);
	cr_assert(haul_pci_msix_close(&msix) == 0);
	cr_assert(!pci_model_msix_is_on(made) && mapped.maps == 1 && mapped.unmaps == 1);
	cr_assert(msix.vectors == 0);
	cr_assert(haul_pci_msix_mask(&msix, 0, false) == -HAUL_ERANGE);
}

Test(pci, msix_entries_are_written_masked_and_read_back)
{
	begin_msix();
	cr_assert(haul_pci_msix_open(&msix, &function, &mapping) == 0);
	for (unsigned i = 0; i < VECTORS; i++) {
		cr_assert(haul_pci_msix_mask(&msix, i, false) == 0);
		cr_assert(table.words[i][3] == 0xabcd0000);
		cr_assert(haul_pci_msix_set(&msix, i, UINT64_C(0x1fee00000) + 4 * i, 0x40 + i) ==
			  0);
		cr_assert(table.words[i][0] == 0xfee00000 + 4 * i && table.words[i][1] == 1);
		cr_assert(table.words[i][2] == 0x40 + i && table.words[i][3] == 0xabcd0001);
	}
	cr_assert(haul_pci_msix_set(&msix, VECTORS, 0, 0) == -HAUL_ERANGE);
	cr_assert(haul_pci_msix_mask(&msix, UINT32_MAX, true) == -HAUL_ERANGE);
	cr_assert(haul_pci_msix_set(&msix, 0, 2, 0) == -HAUL_EINVAL);
	table.stuck = true;
	cr_assert(haul_pci_msix_set(&msix, 1, 4, 0) == -HAUL_EPROTO);
	table.function->gone = 2;
	cr_assert(haul_pci_msix_set(&msix, 1, 4, 0) == -HAUL_ENODEV);
	cr_assert(haul_pci_msix_close(&msix) == -HAUL_ENODEV && mapped.unmaps == 1);
}

Test(pci, a40_msix_that_cannot_be)
{
	static const struct {
		uint32_t table;
		unsigned vectors;
		int err;
	} cases[] = {
		{TABLE | 1, VECTORS, 0},
		{TABLE | 0, VECTORS, -HAUL_EPROTO}, /* no such BAR */
		{TABLE | 6, VECTORS, -HAUL_EPROTO}, /* nor ever */
		{TABLE | 7, VECTORS, -HAUL_EPROTO},
		{0xff0 | 1, VECTORS, -HAUL_EPROTO}, /* beyond it */
		{0xfffffff8 | 1, VECTORS, -HAUL_EPROTO},
		{TABLE | 1, 2048, -HAUL_EPROTO},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct pci_model_function *made = begin_msix();

		pci_model_put(made, 0x64, 4, cases[i].table);
		pci_model_put(made, 0x62, 2, cases[i].vectors - 1);
		cr_assert(haul_pci_msix_open(&msix, &function, &mapping) == cases[i].err);
		cr_assert(pci_model_msix_is_on(made) == !cases[i].err);
		cr_assert(mapped.maps == !cases[i].err);
	}
}

Test(pci, msix_that_is_not_there_or_does_not_turn_on)
{
	struct pci_model_function *made = begin_msix();

	pci_model_capability(made, 0x50, 9, 0);
	cr_assert(haul_pci_msix_open(&msix, &function, &mapping) == -HAUL_ENOENT);
	pci_model_capability(made, 0x50, 9, 0xf8); /* with no room behind it */
	pci_model_capability(made, 0xf8, 0x11, 0);
	cr_assert(haul_pci_msix_open(&msix, &function, &mapping) == -HAUL_ENOENT);
	made = begin_msix();
	made->stubborn = true;
	cr_assert(haul_pci_msix_open(&msix, &function, &mapping) == -HAUL_EPROTO);
	made = begin_msix();
	mapped.err = -HAUL_EBUSY;
	cr_assert(haul_pci_msix_open(&msix, &function, &mapping) == -HAUL_EBUSY);
	cr_assert(!pci_model_msix_is_on(made) && mapped.maps == 0);
}

/* All ones are no control register: its reserved bits are 0. */
Test(pci, a41_msix_of_a_function_that_went_away)
{
	enum { LOOKUPS = 4 }; /* the status, the list, two capabilities */
	struct pci_model_function *made = begin_msix();

	made->accesses = 0;
	made->goes = LOOKUPS;
	cr_assert(haul_pci_msix_open(&msix, &function, &mapping) == -HAUL_ENODEV);
	made = begin_msix();
	cr_assert(haul_pci_msix_open(&msix, &function, &mapping) == 0);
	made->gone = 1;
	cr_assert(haul_pci_msix_close(&msix) == -HAUL_ENODEV && mapped.unmaps == 1);
}

/* A function that goes away at the n-th access of its configuration, by all ones or faults. */
Test(pci, a41_functions_that_go_away)
{
	for (size_t goes = 1; goes < 60; goes++) {
		struct pci_model_function *made = begin_msix();
		int err;

		made->accesses = 0;
		made->goes = goes;
		err = haul_pci_bars(&function);
		if (!err)
			err = haul_pci_msix_open(&msix, &function, &mapping);
		cr_assert(mapped.maps - mapped.unmaps == !err);
		cr_assert(err == 0 || err == -HAUL_ENODEV || err == -HAUL_EPROTO ||
			  err == -HAUL_ENOENT);
		if (!err)
			haul_pci_msix_close(&msix);
		cr_assert(mapped.maps == mapped.unmaps);
	}
}
