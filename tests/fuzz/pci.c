/* SPDX-License-Identifier: MIT */
/* Virtio over PCI, and PCI: configuration space, with capabilities and BARs that are anything, and
 * registers; by tests/virtio_pci_model.h. */
#include "driver.h"
#include "targets.h"
#include "virtio_pci_model.h"
#include <string.h>

static struct haul_pci_ecam ecam;
static struct haul_pci_access table;
static struct haul_pci_function function;
static struct haul_virtio_pci pci;

static const struct haul_virtio_driver driver = {.type = 2, .implemented = {{0xff, 0}}};

static int filter(bool writes, unsigned width, uint64_t *value, int err)
{
	uint64_t none = 0;
	const int gone = input_answer(writes ? 8 : width, writes ? &none : value);

	return gone ? gone : err;
}

/* Where nothing of the model's is: it reads as zeros. */
static int read_nothing(void *ctx, size_t off, unsigned width, uint64_t *value)
{
	(void)ctx, (void)off, (void)width;
	*value = 0;
	return 0;
}

static int write_nothing(void *ctx, size_t off, unsigned width, uint64_t value)
{
	(void)ctx, (void)off, (void)width, (void)value;
	return 0;
}

/* Some bytes of what a good function has are others. */
static void spoil(void)
{
	for (unsigned n = input_below(16); n; n--) {
		const uint8_t at = input_byte();

		model.function->config[at] = input_byte();
		input_lie();
	}
	for (unsigned n = input_below(4); n; n--) {
		const unsigned bar = input_below(HAUL_PCI_BARS);

		model.function->bar_bits[bar] = (uint32_t)input_value(4);
		input_lie();
	}
}

static void begin_model(void)
{
	virtio_registers_filter = NULL;
	model_begin();
	pci_model_forgive();
	model.function->lax = true;
	pci_model_ecam(&model.pci, &ecam, 0, 1);
	virtio_registers_add(&(struct virtio_registers){
		.size = SIZE_MAX, .read = read_nothing, .write = write_nothing});
	virtio_registers_filter = filter;
}

#define PCI_ERRORS HAUL_ENODEV, HAUL_ENOENT, HAUL_EPROTO

static void assign(void)
{
	struct haul_pci_window windows[2];

	for (unsigned i = 0; i < 2; i++)
		windows[i] = (struct haul_pci_window){
			.next = input_value(8), .last = input_value(8), .prefetchable = i};
	RETURNS(haul_pci_assign(&function, windows, 2), HAUL_ENODEV, HAUL_ENOSPC, HAUL_EPROTO);
	for (unsigned i = 0; i < HAUL_PCI_BARS; i++) {
		const struct haul_pci_bar *bar = &function.bars[i];

		cr_assert(!(bar->address & (bar->size - 1)) || !bar->size);
	}
}

static int find_function(void)
{
	struct haul_pci_capability caps[HAUL_PCI_CAPABILITIES];
	uint32_t position = 0;
	size_t n = 0;
	int err;

	cr_assert(haul_pci_ecam_access(&ecam, &table) == 0);
	err = RETURNS(haul_pci_next(&table, &position, &function), HAUL_ENOENT);
	if (!err)
		err = RETURNS(haul_pci_bars(&function), HAUL_ENODEV);
	if (!err && input_byte() & 1)
		assign();
	if (!err)
		err = RETURNS(haul_pci_capabilities(&function, caps, &n), HAUL_ENODEV);
	cr_assert(n <= HAUL_PCI_CAPABILITIES);
	return err;
}

static void use_msix(void)
{
	struct haul_pci_msix msix;

	if (RETURNS(haul_pci_command(&function, HAUL_PCI_COMMAND_MEMORY, 0), HAUL_ENODEV))
		return;
	if (RETURNS(haul_pci_msix_open(&msix, &function, &model_map), PCI_ERRORS))
		return;
	RETURNS(haul_pci_msix_set(&msix, input_byte(), input_value(1) * 2, 1), HAUL_ENODEV,
		HAUL_ERANGE, HAUL_EPROTO, HAUL_EINVAL);
	RETURNS(haul_pci_msix_mask(&msix, input_byte(), false), HAUL_ENODEV, HAUL_ERANGE);
	RETURNS(haul_pci_msix_close(&msix), HAUL_ENODEV, HAUL_EPROTO);
}

static int open_device(void)
{
	struct haul_virtio_transport transport;
	int err = find_function();

	if (!err && input_byte() & 1)
		use_msix();
	cr_assert(model.maps == model.unmaps);
	if (!err)
		err = RETURNS(haul_virtio_pci_open(&pci, &function, &model_map, &transport),
			      HAUL_ENODEV, HAUL_EPROTO, HAUL_ENOTSUP);
	cr_assert(!err || model.maps == model.unmaps);
	if (err)
		return err;
	cr_assert(haul_virtio_open(&machine.device, &transport, &machine.dma, &machine.options) ==
		  0);
	if (input_byte() & 1)
		RETURNS(haul_virtio_pci_msix(&pci), PCI_ERRORS);
	return 0;
}

/* Fields as the model has them, and what is beyond. */
static void configure(void)
{
	static const struct {
		uint8_t off, width;
	} fields[] = {{0, 1}, {2, 2}, {4, 4}, {8, 8}, {8, 4}, {16, 8}, {1, 8}, {255, 1}};
	const unsigned i = input_below(8), count = input_below(3);

	driver_configure(fields[i].off, fields[i].width, i == 3 ? count : 1);
}

static void change(uint8_t causes)
{
	model.isr = causes;
	model.generation++;
}

static const struct driver_transport transport = {
	.driver = &driver,
	.windows = 9,
	.configure = configure,
	.change = change,
	.status = &model.status,
};

static void close_device(void)
{
	driver_close();
	cr_assert(model.maps == model.unmaps, "a structure is mapped still");
}

/* Where the registers were taken to be somewhere else, they are still: a function that is good
 * again has its capabilities where they should be, and is found anew. */
static void check_works(void)
{
	begin_model();
	machine.options.policy = HAUL_VIRTIO_CHECKED;
	cr_assert(open_device() == 0);
	driver_use(&driver);
	cr_assert(model.queues[0].kicks == 1);
	close_device();
}

void fuzz_pci(const uint8_t *data, size_t size)
{
	bool opened;

	driver_setup(data, size);
	machine_memory(false);
	begin_model();
	spoil();
	opened = open_device() == 0;
	if (opened) {
		driver_prepare(&transport);
		driver_run(&transport);
	}
	cr_assert(input_lied() || !pci_model_complaints(), "%s", pci_model_complaint());
	machine_mend();
	if (opened)
		close_device();
	check_works();
	machine_memory_end();
}
