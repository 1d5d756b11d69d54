/* SPDX-License-Identifier: MIT */
#include "pci_model.h"
#include "test.h"
#include "virtio_registers.h"
#include <string.h>

enum { COMMAND = 4, STATUS = 6, BARS = 0x10, BARS_END = 0x28, SUBSYSTEM = 0x2c, LIST = 0x34 };
enum {
	COMMANDS = HAUL_PCI_COMMAND_IO | HAUL_PCI_COMMAND_MEMORY | HAUL_PCI_COMMAND_MASTER |
		   HAUL_PCI_COMMAND_NO_INTX,
	DECODE = HAUL_PCI_COMMAND_IO | HAUL_PCI_COMMAND_MEMORY,
	MSIX_CONTROL = 2,
	MSIX_BITS = 0xc000,
	MSIX_ON = 0x8000
};

static struct {
	bool forgives;
	unsigned complaints;
	const char *complaint; /* the first */
} rules;

bool pci_model_expect(bool holds, const char *rule)
{
	if (holds)
		return true;
	cr_assert(rules.forgives, "against the rule: %s", rule);
	if (!rules.complaints++)
		rules.complaint = rule;
	return false;
}

void pci_model_forgive(void)
{
	rules.forgives = true;
	rules.complaints = 0;
	rules.complaint = NULL;
}

unsigned pci_model_complaints(void)
{
	return rules.complaints;
}

const char *pci_model_complaint(void)
{
	return rules.complaint;
}

void pci_model_begin(struct pci_model *model)
{
	rules.forgives = false;
	*model = (struct pci_model){0};
	virtio_registers_clear();
}

void pci_model_put(struct pci_model_function *function, unsigned off, unsigned width,
		   uint32_t value)
{
	for (unsigned i = 0; i < width; i++)
		function->config[off + i] = (unsigned char)(value >> 8 * i);
}

uint32_t pci_model_get(const struct pci_model_function *function, unsigned off, unsigned width)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < width; i++)
		value |= (uint32_t)function->config[off + i] << 8 * i;
	return value;
}

struct pci_model_function *pci_model_add(struct pci_model *model, unsigned bus, unsigned device,
					 unsigned function, uint32_t id, uint32_t subsystem)
{
	struct pci_model_function *added = &model->functions[model->count++];

	cr_assert(model->count <= PCI_MODEL_FUNCTIONS);
	added->at = (struct haul_pci_address){(uint8_t)bus, (uint8_t)device, (uint8_t)function};
	pci_model_put(added, 0, 4, id);
	pci_model_put(added, SUBSYSTEM, 4, subsystem);
	return added;
}

static struct pci_model_function *find(struct pci_model *model, struct haul_pci_address at)
{
	for (size_t i = 0; i < model->count; i++) {
		struct pci_model_function *function = &model->functions[i];

		if (function->at.bus == at.bus && function->at.device == at.device &&
		    function->at.function == at.function)
			return function;
	}
	return NULL;
}

/* The function, if it answers. */
static struct pci_model_function *reach(struct pci_model *model, struct haul_pci_address at,
					unsigned off, unsigned width, int *err)
{
	struct pci_model_function *function = find(model, at);

	*err = -HAUL_EFAULT;
	if (!pci_model_expect(at.device < 32 && at.function < 8, "an address of PCI") ||
	    !pci_model_expect((width == 1 || width == 2 || width == 4) && off % width == 0 &&
				      off < 256,
			      "configuration is accessed by aligned 1, 2 or 4 bytes"))
		return NULL;
	*err = 0;
	if (!function) {
		*err = model->faults ? -HAUL_EFAULT : 0;
		return NULL;
	}
	if (function->goes && function->accesses++ >= function->goes && !function->gone)
		function->gone = 1;
	if (function->gone == 2)
		*err = -HAUL_EFAULT;
	return function->gone ? NULL : function;
}

static int load(void *ctx, struct haul_pci_address at, unsigned off, unsigned width,
		uint32_t *value)
{
	int err;
	const struct pci_model_function *function = reach(ctx, at, off, width, &err);

	if (!err)
		*value = function ? pci_model_get(function, off, width)
				  : UINT32_MAX >> (32 - 8 * width);
	return err;
}

static void store_bar(struct pci_model_function *function, unsigned off, unsigned width,
		      uint32_t value)
{
	const uint32_t bits = function->bar_bits[(off - BARS) / 4];
	const uint32_t was = pci_model_get(function, off, 4);

	if (pci_model_expect(width == 4, "BARs are written whole") &&
	    pci_model_expect(!(pci_model_command(function) & DECODE),
			     "BARs are written while they are off"))
		pci_model_put(function, off, 4, (was & ~bits) | (value & bits));
}

/* A register of which only some bits may be changed. */
static void store_bits(struct pci_model_function *function, unsigned off, unsigned width,
		       uint32_t value, uint32_t bits)
{
	const uint32_t changed = value ^ pci_model_get(function, off, 2);

	if (pci_model_expect(width == 2, "registers of 16 bits are written whole") &&
	    pci_model_expect(function->lax || !(changed & ~bits), "bits of others are kept"))
		pci_model_put(function, off, 2, value);
}

static bool is_masked(const struct pci_model_table *table)
{
	for (unsigned i = 0; table && i < table->vectors; i++)
		if (!(table->words[i][3] & 1))
			return false;
	return true;
}

/* What stands in a table before it is set up must not come. */
static void store_control(struct pci_model_function *function, unsigned off, unsigned width,
			  uint32_t value)
{
	if (pci_model_expect((value & MSIX_BITS) != MSIX_ON || is_masked(function->table),
			     "MSI-X is turned on with every vector masked"))
		store_bits(function, off, width, value, MSIX_BITS);
}

static int store(void *ctx, struct haul_pci_address at, unsigned off, unsigned width,
		 uint32_t value)
{
	int err;
	struct pci_model_function *function = reach(ctx, at, off, width, &err);

	if (!function || function->stubborn)
		return err;
	if (off == COMMAND)
		store_bits(function, off, width, value, COMMANDS);
	else if (off >= BARS && off < BARS_END)
		store_bar(function, off, width, value);
	else if (function->msix && off == function->msix + (unsigned)MSIX_CONTROL)
		store_control(function, off, width, value);
	else
		pci_model_expect(function->lax, "what is read only is not written");
	return 0;
}

void pci_model_access(struct pci_model *model, uint8_t first, uint8_t last,
		      struct haul_pci_access *access)
{
	*access = (struct haul_pci_access){
		.ctx = model, .read = load, .write = store, .first = first, .last = last};
}

static uint8_t ecam_first; /* its first bus */

static struct haul_pci_address ecam_address(size_t off)
{
	return (struct haul_pci_address){
		.bus = (uint8_t)(ecam_first + (off >> 20)),
		.device = off >> 15 & 31,
		.function = off >> 12 & 7,
	};
}

static int load_ecam(void *ctx, size_t off, unsigned width, uint64_t *value)
{
	uint32_t word = 0;
	const int err = load(ctx, ecam_address(off), off & 0xfff, width, &word);

	*value = word;
	return err;
}

static int store_ecam(void *ctx, size_t off, unsigned width, uint64_t value)
{
	return store(ctx, ecam_address(off), off & 0xfff, width, (uint32_t)value);
}

void pci_model_ecam(struct pci_model *model, struct haul_pci_ecam *ecam, uint8_t first,
		    unsigned buses)
{
	const uintptr_t base = (uintptr_t)1 << 40;

	ecam_first = first;
	ecam->first = first;
	cr_assert(haul_region_make(&ecam->region, (void *)base, base, (size_t)buses << 20,
				   HAUL_CACHE_UNCACHED) == 0);
	virtio_registers_add(&(struct virtio_registers){
		.base = base,
		.size = (size_t)buses << 20,
		.ctx = model,
		.read = load_ecam,
		.write = store_ecam,
	});
}

void pci_model_bar(struct pci_model_function *function, unsigned index, uint32_t flags,
		   uint64_t size, uint64_t address)
{
	const unsigned off = BARS + 4 * index;
	const uint64_t bits = -size;
	const bool wide = (flags & 7) == 4;

	pci_model_put(function, off, 4, (uint32_t)address | flags);
	function->bar_bits[index] = (uint32_t)bits;
	if (wide && index + 1 < HAUL_PCI_BARS) {
		pci_model_put(function, off + 4, 4, (uint32_t)(address >> 32));
		function->bar_bits[index + 1] = (uint32_t)(bits >> 32);
	}
}

void pci_model_list(struct pci_model_function *function, uint8_t off)
{
	pci_model_put(function, STATUS, 2, 1 << 4);
	pci_model_put(function, LIST, 1, off);
}

void pci_model_capability(struct pci_model_function *function, uint8_t off, uint8_t id,
			  uint8_t next)
{
	pci_model_put(function, off, 1, id);
	pci_model_put(function, off + 1u, 1, next);
}

void pci_model_msix(struct pci_model_function *function, uint8_t off, uint8_t next,
		    unsigned vectors, unsigned bar, uint32_t table)
{
	function->msix = off;
	pci_model_capability(function, off, 0x11, next);
	pci_model_put(function, off + (unsigned)MSIX_CONTROL, 2, vectors - 1);
	pci_model_put(function, off + 4u, 4, table | bar);
	pci_model_put(function, off + 8u, 4, (table + vectors * 16) | bar);
}

bool pci_model_msix_is_on(const struct pci_model_function *function)
{
	return function->msix &&
	       pci_model_get(function, function->msix + (unsigned)MSIX_CONTROL, 2) >> 15;
}

uint16_t pci_model_command(const struct pci_model_function *function)
{
	return (uint16_t)pci_model_get(function, COMMAND, 2);
}

static int check_table(const struct pci_model_table *table, size_t off, unsigned width)
{
	const struct pci_model_function *function = table->function;

	if (function->gone == 2)
		return -HAUL_EFAULT;
	if (pci_model_expect(pci_model_command(function) & HAUL_PCI_COMMAND_MEMORY,
			     "the function answers at its BARs") &&
	    pci_model_expect(function->gone || pci_model_msix_is_on(function),
			     "the table is there while MSI-X is on") &&
	    pci_model_expect(width == 4 && off % 4 == 0 && off / 16 < table->vectors,
			     "the table is accessed by words"))
		return 0;
	return -HAUL_EFAULT;
}

static int load_table(void *ctx, size_t off, unsigned width, uint64_t *value)
{
	const struct pci_model_table *table = ctx;
	const int err = check_table(table, off, width);

	if (!err)
		*value = table->function->gone ? UINT32_MAX : table->words[off / 16][off / 4 % 4];
	return err;
}

static int store_table(void *ctx, size_t off, unsigned width, uint64_t value)
{
	struct pci_model_table *table = ctx;
	const unsigned word = off / 4 % 4;
	const int err = check_table(table, off, width);
	uint32_t *entry = table->words[off / 16 % PCI_MODEL_VECTORS];

	if (err || table->function->gone || table->stuck)
		return err;
	if (word == 3 ? pci_model_expect((value ^ entry[3]) <= 1, "reserved bits are kept")
		      : pci_model_expect(entry[3] & 1, "entries are written while masked"))
		entry[word] = (uint32_t)value;
	return 0;
}

void pci_model_table(struct pci_model_table *table, struct pci_model_function *function,
		     unsigned vectors, uintptr_t base)
{
	*table = (struct pci_model_table){.function = function, .vectors = vectors};
	function->table = table;
	cr_assert(vectors <= PCI_MODEL_VECTORS);
	for (unsigned i = 0; i < vectors; i++)
		table->words[i][3] = 0xabcd0001; /* of which only the last bit is ours */
	virtio_registers_add(&(struct virtio_registers){
		.base = base,
		.size = (size_t)vectors * 16,
		.ctx = table,
		.read = load_table,
		.write = store_table,
	});
}
