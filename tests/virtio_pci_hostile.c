/* SPDX-License-Identifier: MIT */
/* Devices on PCI that do wrong: attacks A34 to A41 (doc/virtio.md).  Each ends with the error that
 * is said, nothing outside of what is mapped is touched, and after a reset the device is used
 * again. */
#include "test.h"
#include "virtio_pci_device.h"
#include "virtio_registers.h"
#include <string.h>

enum { NO_VECTOR = HAUL_VIRTIO_NO_VECTOR };

static const enum haul_virtio_policy policies[] = {HAUL_VIRTIO_CHECKED, HAUL_VIRTIO_TRUSTED,
						   HAUL_VIRTIO_CONFIDENTIAL};
enum { POLICIES = sizeof policies / sizeof *policies };

/* What a bad open leaves: nothing. */
static void check_open(int err)
{
	cr_assert(device_open() == err);
	cr_assert(model.maps - model.unmaps == (err ? 0 : 4));
}

static void put(unsigned off, unsigned width, uint32_t value)
{
	pci_model_put(model.function, off, width, value);
}

Test(virtio_pci_hostile, a34_lists_that_do_not_end)
{
	static const struct {
		uint8_t off, next;
		int err;
	} cases[] = {
		{CAP_COMMON, CAP_COMMON, -HAUL_EPROTO},     /* itself */
		{CAP_COMMON, CAP_COMMON + 3, -HAUL_EPROTO}, /* the same, not aligned */
		{CAP_NOTIFY, CAP_COMMON, -HAUL_EPROTO},     /* a cycle before all is there */
		{CAP_MSIX, CAP_COMMON, 0},                  /* and behind */
		{CAP_COMMON, CAP_NOTIFY + 2, 0},            /* reserved bits */
		{CAP_COMMON, 0x10, -HAUL_EPROTO},           /* in the header */
		{CAP_COMMON, 0, -HAUL_EPROTO},
		{0x33, 0, -HAUL_EPROTO},
		{0x33, 0x3c, -HAUL_EPROTO},
		{0x33, CAP_NOTIFY, -HAUL_EPROTO},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		model_begin();
		put(cases[i].off + 1u, 1, cases[i].next);
		check_open(cases[i].err);
	}
}

/* A structure with one byte of its capability changed: what is not usable is not there. */
Test(virtio_pci_hostile, a35_capabilities_that_cannot_be)
{
	static const struct {
		uint8_t off, field;
		uint8_t value;
		int err;
	} cases[] = {
		{CAP_COMMON, 2, 0, -HAUL_EPROTO},
		{CAP_COMMON, 2, 15, -HAUL_EPROTO},
		{CAP_COMMON, 2, 255, 0},
		{CAP_NOTIFY, 2, 0, -HAUL_EPROTO},
		{CAP_NOTIFY, 2, 16, -HAUL_EPROTO},
		{CAP_NOTIFY, 2, 19, -HAUL_EPROTO},
		{CAP_NOTIFY, 2, 255, 0},
		{CAP_ISR, 2, 15, -HAUL_EPROTO},
		{CAP_COMMON, 3, 0, -HAUL_EPROTO},
		{CAP_COMMON, 3, 6, -HAUL_EPROTO},
		{CAP_COMMON, 3, 255, -HAUL_EPROTO},
		{CAP_NOTIFY, 3, 5, -HAUL_EPROTO},
		{CAP_ISR, 3, 9, -HAUL_EPROTO},
		{CAP_COMMON, 4, 6, -HAUL_EPROTO},
		{CAP_COMMON, 4, 7, -HAUL_EPROTO},
		{CAP_COMMON, 4, 255, -HAUL_EPROTO},
		{CAP_COMMON, 4, 10, -HAUL_EPROTO}, /* 4 and 6 */
		{CAP_NOTIFY, 4, 6, -HAUL_EPROTO},
		{CAP_ISR, 4, 255, -HAUL_EPROTO},
		{CAP_COMMON, 0, 8, -HAUL_EPROTO}, /* not a vendor's */
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		model_begin();
		put(cases[i].off + (unsigned)cases[i].field, 1, cases[i].value);
		check_open(cases[i].err);
	}
	/* one that would end beyond the configuration space */
	model_begin();
	put(CAP_COMMON + 1, 1, 0xf0);
	pci_model_capability(model.function, 0xf0, 9, CAP_ISR);
	put(0xf2, 2, 0x0214);
	put(0xf4, 4, MODEL_BAR);
	put(0xf8, 4, MODEL_NOTIFY);
	put(0xfc, 4, MODEL_NOTIFY_SIZE);
	check_open(-HAUL_EPROTO);
}

static const struct {
	uint32_t at, size;
	bool common, notify, isr, config; /* whose it may be */
} ranges[] = {
	{MODEL_COMMON, 0, false, false, false, false},
	{0xfffffff0, 64, false, false, false, false},         /* around, in 32 bits */
	{0xffffffff, 0xffffffff, false, false, false, false}, /* the same */
	{64, 0xffffffff, false, false, false, false},
	{MODEL_BAR_SIZE - 60, 64, false, false, false, false}, /* beyond the BAR */
	{MODEL_BAR_SIZE, 1, false, false, false, false},
	{MODEL_COMMON + 2, 64, false, true, true, false}, /* not aligned */
	{MODEL_COMMON + 1, 64, false, false, true, false},
	{MODEL_COMMON, 55, false, true, true, true}, /* too small */
	{MODEL_COMMON, 1, false, false, true, true},
	{MODEL_BAR_SIZE - 64, 64, true, true, true, true},
};

Test(virtio_pci_hostile, a36_ranges_that_cannot_be)
{
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		model_begin();
		put(CAP_COMMON + 8, 4, ranges[i].at);
		put(CAP_COMMON + 12, 4, ranges[i].size);
		check_open(ranges[i].common ? 0 : -HAUL_EPROTO);
		model_begin();
		put(CAP_NOTIFY + 8, 4, ranges[i].at);
		put(CAP_NOTIFY + 12, 4, ranges[i].size);
		check_open(ranges[i].notify ? 0 : -HAUL_EPROTO);
		model_begin();
		put(CAP_ISR + 8, 4, ranges[i].at);
		put(CAP_ISR + 12, 4, ranges[i].size);
		check_open(ranges[i].isr ? 0 : -HAUL_EPROTO);
		model_begin();
		put(CAP_CONFIG + 8, 4, ranges[i].at);
		put(CAP_CONFIG + 12, 4, ranges[i].size);
		cr_assert(device_open() == 0); /* it is not there, then */
		cr_assert((device.transport.config_size != 0) == ranges[i].config);
	}
}

Test(virtio_pci_hostile, a36_bars_that_cannot_be)
{
	model_begin();
	pci_model_bar(model.function, MODEL_BAR, 1, 0x4000, 0xc000); /* I/O ports */
	check_open(-HAUL_EPROTO);
	model_begin();
	pci_model_bar(model.function, MODEL_BAR, 0xc, MODEL_BAR_SIZE, 0); /* no address */
	check_open(-HAUL_EPROTO);
	model_begin();
	pci_model_bar(model.function, MODEL_BAR, 0, 0, 0);
	pci_model_bar(model.function, MODEL_BAR + 1, 0, 0, 0);
	check_open(-HAUL_EPROTO);
	model_begin();
	put(CAP_COMMON + 4, 1, MODEL_BAR + 1); /* the upper half of one */
	check_open(-HAUL_EPROTO);
	model_begin();
	pci_model_bar(model.function, MODEL_BAR, 0xc, 0x4000, MODEL_ADDRESS); /* too small */
	check_open(-HAUL_EPROTO);
}

/* A bad one first, and the good one at the list's end. */
Test(virtio_pci_hostile, a37_bad_first_good_second)
{
	static const uint8_t caps[] = {CAP_COMMON, CAP_NOTIFY, CAP_ISR, CAP_CONFIG};

	for (size_t i = 0; i < sizeof caps; i++)
		for (size_t k = 0; k < 7; k++) {
			model_begin();
			pci_model_capability(model.function, CAP_MSIX, 0x11, CAP_SPARE);
			memcpy(model.function->config + CAP_SPARE, model.function->config + caps[i],
			       20);
			put(CAP_SPARE + 1, 1, 0);
			if (k < 6) {
				put(caps[i] + 8u, 4, ranges[k].at);
				put(caps[i] + 12u, 4, ranges[k].size);
			} else {
				put(caps[i] + 4u, 1, 7);
			}
			check_open(0);
			cr_assert(device_start(HAUL_VIRTIO_CHECKED) == 0);
			device_close();
		}
}

/* One that cannot be mapped is no better; if there is no other, that is the error. */
Test(virtio_pci_hostile, a37_unmappable_first_good_second)
{
	static const struct {
		uint32_t at;
		int err;
	} cases[] = {{MODEL_COMMON, -HAUL_EBUSY},
		     {MODEL_NOTIFY, -HAUL_EBUSY},
		     {MODEL_ISR, -HAUL_EBUSY},
		     {MODEL_CONFIG, 0}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		model_begin();
		model.map_err = -HAUL_EBUSY;
		model.map_err_at = cases[i].at;
		cr_assert(device_open() == cases[i].err);
		cr_assert(model.maps - model.unmaps == (cases[i].err ? 0 : 3));
	}
	model_begin();
	pci_model_capability(model.function, CAP_MSIX, 0x11, CAP_SPARE);
	model_capability(CAP_SPARE, 1, MODEL_BAR, MODEL_COMMON, 64);
	model_capability(CAP_COMMON, 1, MODEL_BAR, 0x7000, 64);
	put(CAP_SPARE, 2, 9);
	put(CAP_COMMON, 1, 9);
	model.map_err = -HAUL_EBUSY;
	model.map_err_at = 0x7000;
	check_open(0);
	cr_assert(device_start(HAUL_VIRTIO_CHECKED) == 0);
	device_close();
}

Test(virtio_pci_hostile, a38_multipliers_that_cannot_be)
{
	static const struct {
		uint32_t multiplier;
		int err;
	} cases[] = {{0, 0}, {1, -HAUL_EPROTO}, {2, 0},          {3, -HAUL_EPROTO},
		     {4, 0}, {6, -HAUL_EPROTO}, {0x80000000, 0}, {0xffffffff, -HAUL_EPROTO}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		model_begin();
		put(CAP_NOTIFY + 16, 4, cases[i].multiplier);
		check_open(cases[i].err);
	}
}

/* A queue that was not set up: the device has to be reset, and then can do right. */
static void check_broken(int err)
{
	cr_assert(err == -HAUL_EPROTO);
	cr_assert(device.virtio.reason == HAUL_VIRTIO_QUEUE);
	cr_assert(device.virtio.state == HAUL_VIRTIO_BROKEN);
	cr_assert(model.status & HAUL_VIRTIO_FAILED);
	cr_assert(device_queue(0, NO_VECTOR) == -HAUL_EIO);
	cr_assert(haul_virtio_reset(&device.virtio) == 0);
	cr_assert(device.virtio.state == HAUL_VIRTIO_RESET && model.status == 0);
}

Test(virtio_pci_hostile, a38_doorbells_outside)
{
	static const struct {
		uint32_t multiplier, size;
		uint16_t off;
		bool good;
	} cases[] = {
		{4, 0x1000, 0x3ff, true},
		{4, 0x1000, 0x400, false},
		{4, 0x1000, 0xffff, false},
		{0x80000000, 0x1000, 2, false}, /* 4 GiB: 0 in 32 bits */
		{0x80000000, 0x1000, 0, true},
		{4, 7, 1, false}, /* 3 bytes are left */
		{4, 8, 1, true},
	};

	for (size_t p = 0; p < POLICIES; p++)
		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
			model_begin();
			put(CAP_NOTIFY + 16, 4, cases[i].multiplier);
			put(CAP_NOTIFY + 12, 4, cases[i].size);
			model.multiplier = cases[i].multiplier;
			model.queues[0].notify_off = cases[i].off;
			cr_assert(device_open() == 0);
			cr_assert(device_begin(policies[p]) == 0);
			if (cases[i].good) {
				cr_assert(device_queue(0, NO_VECTOR) == 0);
			} else {
				check_broken(device_queue(0, NO_VECTOR));
				model.queues[0].notify_off = 0;
				cr_assert(device_begin(policies[p]) == 0);
				cr_assert(device_queue(0, NO_VECTOR) == 0);
			}
			device_close();
		}
}

Test(virtio_pci_hostile, a39_numbers_of_queues)
{
	for (size_t p = 0; p < POLICIES; p++) {
		model_begin();
		model.num_queues = 0;
		cr_assert(device_open() == 0);
		cr_assert(device_begin(policies[p]) == 0);
		cr_assert(device_queue(0, NO_VECTOR) == -HAUL_ENOENT);
		model.num_queues = 0xffff;
		cr_assert(device_queue(2, NO_VECTOR) == 0);
		device_close();
	}
}

Test(virtio_pci_hostile, a39_sizes_of_queues)
{
	static const uint16_t sizes[] = {3, 5, 48, 0x8001, 0xfffe, 0xffff};

	for (size_t p = 0; p < POLICIES; p++)
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
			model_begin();
			cr_assert(device_open() == 0);
			cr_assert(device_begin(policies[p]) == 0);
			model.queues[0].size = sizes[i];
			check_broken(device_queue(0, NO_VECTOR));
			device_close();
		}
}

Test(virtio_pci_hostile, a39_queues_that_are_enabled)
{
	static const struct {
		uint16_t enable;
		int err;
	} cases[] = {{1, -HAUL_EBUSY}, {2, -HAUL_EPROTO}, {0xffff, -HAUL_EPROTO}};

	for (size_t p = 0; p < POLICIES; p++)
		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
			model_begin();
			cr_assert(device_open() == 0);
			cr_assert(device_begin(policies[p]) == 0);
			model.queues[0].enable = cases[i].enable;
			cr_assert(device_queue(0, NO_VECTOR) == cases[i].err);
			device_close();
		}
}

/* After the reset of a queue it is enabled still. */
Test(virtio_pci_hostile, a39_queues_that_stay_enabled)
{
	for (size_t p = 0; p < POLICIES; p++) {
		model_begin();
		model.keeps_enabled = true;
		cr_assert(device_open() == 0);
		cr_assert(device_start(policies[p]) == 0);
		cr_assert(haul_virtio_queue_reset(&device.queues[0]) == -HAUL_EPROTO);
		cr_assert(device.virtio.state == HAUL_VIRTIO_BROKEN);
		device_close();
	}
}

Test(virtio_pci_hostile, a40_vectors_that_are_not_those_written)
{
	for (size_t p = 0; p < POLICIES; p++) {
		model_begin();
		cr_assert(device_open() == 0);
		cr_assert(haul_virtio_pci_msix(&device.pci) == 0);
		cr_assert(device_begin(policies[p]) == 0);
		model.vector_lie = 1;
		cr_assert(device.transport.ops->config_vector(&device.pci, 0) == -HAUL_EPROTO);
		check_broken(device_queue(0, 1));
		model.vector_lie = 0;
		cr_assert(device_begin(policies[p]) == 0);
		cr_assert(device_queue(0, 1) == 0);
		device_close();
	}
}

Test(virtio_pci_hostile, a40_tables_that_are_nowhere)
{
	model_begin();
	put(CAP_MSIX + 4, 4, 0xff8 | MODEL_MSIX_BAR);
	cr_assert(device_open() == 0);
	cr_assert(haul_virtio_pci_msix(&device.pci) == -HAUL_EPROTO);
	cr_assert(device.pci.msix.vectors == 0 && !pci_model_msix_is_on(model.function));
	cr_assert(device_start(HAUL_VIRTIO_CHECKED) == 0); /* by pin, or polled */
	device_close();
}

/* Ranges wrap at 32 bits; lists of capabilities have no end, nor has the wait for a reset; where a
 * doorbell is is looked up for each kick. */
Test(virtio_pci_hostile, deviation_8_ranges_lists_waits_and_doorbells)
{
	size_t before;

	model_begin();
	put(CAP_COMMON + 8, 4, 0xffffffc0);
	put(CAP_COMMON + 12, 4, 0x80);
	check_open(-HAUL_EPROTO);
	model_begin();
	put(CAP_NOTIFY + 1, 1, CAP_COMMON);
	check_open(-HAUL_EPROTO);
	model_begin();
	model.offered[0] = 0; /* without EVENT_IDX each request is a kick */
	cr_assert(device_open() == 0);
	cr_assert(device_start(HAUL_VIRTIO_CHECKED) == 0);
	model.select = 2;
	before = model.accesses;
	cr_assert(device_kick(0) == 0);
	cr_assert(model.accesses == before + 1 && model.select == 2);
	model.reset_reads = UINT32_MAX;
	cr_assert(haul_virtio_close(&device.virtio) == -HAUL_ETIMEDOUT);
	model.reset_reads = 0;
	device_close();
}

/* All that a driver does. */
static int use_device(enum haul_virtio_policy policy)
{
	unsigned char value[8];
	struct haul_virtqueue_used used;
	struct haul_phys phys;
	uint64_t size;
	unsigned causes;
	int err = haul_virtio_pci_msix(&device.pci);

	if (err == 0)
		err = device_start(policy);
	if (!err)
		err = haul_virtio_config_read(&device.virtio, 8, 8, 1, value);
	if (!err)
		err = haul_virtio_config_write(&device.virtio, 4, 4, 1);
	if (!err)
		err = haul_virtio_shared_memory(&device.virtio, 7, &phys, &size);
	if (!err)
		err = haul_virtio_interrupt(&device.virtio, &causes);
	if (!err)
		err = haul_virtio_queue_reset(&device.queues[0]);
	while (!err && haul_virtqueue_detach(&device.queues[0].ring, &used) == 0)
		;
	if (!err)
		err = haul_virtio_queue_restart(&device.queues[0]);
	return err ? err : haul_virtio_check(&device.virtio);
}

/*
 * A device that goes away at the n-th access of a register: from then on every access faults, or
 * gives all ones.  Each n until all is done.  With all ones a store is not missed at once.
 */
static bool check_going(size_t n, int by, enum haul_virtio_policy policy)
{
	int err;

	model_begin();
	cr_assert(device_open() == 0);
	model.goes = n;
	model.goes_by = by;
	err = use_device(policy);
	cr_assert(err == 0 || err == -HAUL_ENODEV || err == -HAUL_ENOENT, "%d after %zu", err, n);
	if (err && device.virtio.state == HAUL_VIRTIO_UNKNOWN)
		cr_assert(device.virtio.reason == HAUL_VIRTIO_GONE);
	model.goes = 0;
	model.function->gone = 0; /* it comes back */
	pci_model_put(model.function, 4, 2, HAUL_PCI_COMMAND_MEMORY);
	if (device.virtio.transport.ops) {
		cr_assert(haul_virtio_close(&device.virtio) == 0);
		cr_assert(model.maps == model.unmaps);
	}
	memset(&device, 0, sizeof device);
	return err;
}

Test(virtio_pci_hostile, a41_devices_that_go_away)
{
	for (size_t p = 0; p < POLICIES; p++)
		for (int by = 1; by <= 2; by++) {
			size_t n = 1;

			memset(&device, 0, sizeof device);
			while (check_going(n, by, policies[p]))
				n++;
			cr_assert(n > 60, "only %zu accesses", n);
		}
}

/* All ones may be a value; of a device that is gone they are none, whatever is read. */
static int read_something(unsigned what)
{
	const struct haul_virtio_ops *ops = device.transport.ops;
	unsigned causes;
	uint64_t value;
	uint32_t word;
	uint8_t byte;
	bool flag;

	switch (what) {
	case 0:
		return ops->status(&device.pci, &byte);
	case 1:
		return ops->features(&device.pci, 0, &word);
	case 2:
		return ops->queue_max(&device.pci, 0, &word);
	case 3:
		return ops->queue_in_use(&device.pci, 0, &flag);
	case 4:
		return ops->queue_resets(&device.pci, 0, &flag);
	case 5:
		return ops->interrupt(&device.pci, &causes);
	case 6:
		return ops->config_generation(&device.pci, &word);
	default: /* 1, 2, 4 and 8 bytes, at 0, 2, 4 and 8 */
		return ops->config_read(&device.pci, what == 7 ? 0 : 1u << (what - 7),
					1u << (what - 7), &value);
	}
}

Test(virtio_pci_hostile, a41_all_ones_are_no_values)
{
	model_begin();
	cr_assert(device_open() == 0);
	cr_assert(device_start(HAUL_VIRTIO_CHECKED) == 0);
	for (int by = 1; by <= 2; by++)
		for (unsigned what = 0; what <= 10; what++) {
			model.function->gone = by;
			cr_assert(read_something(what) == -HAUL_ENODEV, "%u", what);
			model.function->gone = 0;
			/* a word of features is not read any more */
			cr_assert(what == 1 || read_something(what) == 0, "%u", what);
		}
	device_close();
}

/* Anything: capabilities, BARs, and registers that are another number each time. */

static uint64_t chance;

static int load_anything(void *ctx, size_t off, unsigned width, uint64_t *value)
{
	static const uint32_t likely[] = {0, 1, 2, 4, 0x40, 0xff, 0xffff, UINT32_MAX};

	(void)ctx, (void)off, (void)width;
	*value = test_random_below(&chance, 4) ? likely[test_random_below(&chance, 8)]
					       : test_random(&chance);
	return test_random_below(&chance, 1000) ? 0 : -HAUL_EFAULT;
}

static int store_anything(void *ctx, size_t off, unsigned width, uint64_t value)
{
	(void)ctx, (void)off, (void)width, (void)value;
	return test_random_below(&chance, 1000) ? 0 : -HAUL_EFAULT;
}

/* Some bytes of what a good device has are others. */
static void begin_anything(void)
{
	unsigned at;

	model_begin();
	virtio_registers_clear();
	virtio_registers_add(&(struct virtio_registers){
		.size = SIZE_MAX, .read = load_anything, .write = store_anything});
	for (size_t n = test_random_below(&chance, 8); n; n--) {
		at = 0x34 + (unsigned)test_random_below(&chance, 256 - 0x34);
		put(at, 1, (uint32_t)test_random(&chance));
	}
	at = (unsigned)test_random_below(&chance, HAUL_PCI_BARS);
	if (test_random_below(&chance, 8) == 0)
		model.function->bar_bits[at] = (uint32_t)test_random(&chance);
	if (test_random_below(&chance, 8) == 0)
		put(0x10 + 4 * at, 4, (uint32_t)test_random(&chance));
	model.function->lax = true;
}

static bool is_expected(int err)
{
	switch (err) {
	case 0:
	case -HAUL_ENODEV:
	case -HAUL_ENOENT:
	case -HAUL_EPROTO:
	case -HAUL_ENOTSUP:
	case -HAUL_EBUSY:
	case -HAUL_ETIMEDOUT:
	case -HAUL_EAGAIN:
	case -HAUL_ERANGE:
	case -HAUL_EIO:
		return true;
	default:
		return false;
	}
}

Test(virtio_pci_hostile, a34_a41_anything_at_any_time)
{
	uint64_t state = test_seed();
	unsigned opened = 0;

	for (unsigned i = 0; i < 20000; i++) {
		int err;

		if (!test_takes_case(&state))
			continue;
		chance = test_random(&state); /* how often it is asked is a matter of time */
		begin_anything();
		err = device_open();
		cr_assert(is_expected(err), "open: %d", err);
		if (err) {
			cr_assert(model.maps == model.unmaps);
			continue;
		}
		opened++;
		device.timeout = 20000;
		err = use_device(policies[i % POLICIES]);
		cr_assert(is_expected(err), "use: %d", err);
		device.transport.ops->close(&device.pci);
		cr_assert(model.maps == model.unmaps);
	}
	test_note("%u of them could be opened", opened);
}
