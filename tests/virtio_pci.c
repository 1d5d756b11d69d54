/* SPDX-License-Identifier: MIT */
/* Virtio over PCI: what a driver has to do (doc/virtio.md, PCI-1 to PCI-12), on a model of a
 * device's registers.  Sections are of the virtio specification 1.4. */
#include "test.h"
#include "virtio_pci_device.h"
#include <string.h>

enum { NO_VECTOR = HAUL_VIRTIO_NO_VECTOR };

static const struct haul_virtio_ops *ops(void)
{
	return device.transport.ops;
}

/* A transport that is open, and a device that has its features. */
static void begin(void)
{
	model_begin();
	cr_assert(device_open() == 0);
}

static void begin_negotiated(void)
{
	begin();
	cr_assert(device_begin(HAUL_VIRTIO_CHECKED) == 0);
}

static void begin_running(void)
{
	begin();
	cr_assert(device_start(HAUL_VIRTIO_CHECKED) == 0);
}

/* PCI-1 */

Test(virtio_pci, pci_1_ids_of_devices)
{
	static const struct {
		uint32_t id, subsystem, type;
		uint8_t revision;
		int err;
	} cases[] = {
		{0x10421af4, 0x11001af4, 2, 0, 0},            /* modern, of any revision */
		{0x10421af4, 0x00011af4, 2, 255, 0},          /* and subsystem */
		{0x107f1af4, 0x11001af4, 0x3f, 1, 0},         /* the last */
		{0x10011af4, 0x00021af4, 2, 0, 0},            /* transitional: by the subsystem */
		{0x10001af4, 0x00011af4, 1, 0, 0},            /* the first */
		{0x103f1af4, 0x00041af4, 4, 0, 0},            /* the last of these */
		{0x10401af4, 0x11001af4, 0, 1, -HAUL_ENODEV}, /* type 0 is none */
		{0x10011af4, 0x00001af4, 0, 0, -HAUL_ENODEV},
		{0x10801af4, 0x00021af4, 0, 1, -HAUL_ENODEV},
		{0x0fff1af4, 0x00021af4, 0, 1, -HAUL_ENODEV},
		{0x10421af5, 0x00021af4, 0, 1, -HAUL_ENODEV},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		model_begin();
		pci_model_put(model.function, 0, 4, cases[i].id);
		pci_model_put(model.function, 0x2c, 4, cases[i].subsystem);
		pci_model_put(model.function, 8, 1, cases[i].revision);
		cr_assert(device_open() == cases[i].err, "case %zu", i);
		if (cases[i].err)
			cr_assert(model.maps == 0);
		else
			cr_assert(device.transport.type == cases[i].type &&
				  device.transport.vendor == 0x1af4);
	}
}

Test(virtio_pci, pci_1_legacy_devices_are_not_supported)
{
	model_begin();
	pci_model_put(model.function, 0, 4, 0x10011af4);
	pci_model_put(model.function, 0x2c, 4, 0x00021af4);
	pci_model_list(model.function, CAP_MSIX); /* which they have */
	cr_assert(device_open() == -HAUL_ENOTSUP);
	model_begin();
	pci_model_list(model.function, CAP_MSIX);
	cr_assert(device_open() == -HAUL_EPROTO);
}

/* PCI-2 */

Test(virtio_pci, pci_2_what_is_not_known_is_left_out)
{
	begin();
	cr_assert(device.pci.common.physical == MODEL_ADDRESS + MODEL_COMMON);
	cr_assert(device.pci.notify.physical == MODEL_ADDRESS + MODEL_NOTIFY);
	cr_assert(device.pci.isr.physical == MODEL_ADDRESS + MODEL_ISR);
	cr_assert(device.pci.config.physical == MODEL_ADDRESS + MODEL_CONFIG);
	model_begin();
	/* reserved types, another vendor's, the window of 4.1.4.9, vendor data, no known id */
	pci_model_list(model.function, CAP_SPARE);
	pci_model_capability(model.function, CAP_SPARE, 9, CAP_SPARE + 0x10);
	pci_model_put(model.function, CAP_SPARE + 2, 2, 0x0510);
	pci_model_capability(model.function, CAP_SPARE + 0x10, 9, CAP_SPARE + 0x20);
	pci_model_put(model.function, CAP_SPARE + 0x12, 2, 0x0910);
	pci_model_capability(model.function, CAP_SPARE + 0x20, 9, CAP_SPARE + 0x30);
	pci_model_put(model.function, CAP_SPARE + 0x22, 2, 0xff10);
	pci_model_capability(model.function, CAP_SPARE + 0x30, 0x42, CAP_COMMON);
	pci_model_put(model.function, CAP_COMMON + 2, 1, 0xff); /* longer than known */
	cr_assert(device_open() == 0);
}

Test(virtio_pci, pci_2_first_of_each_structure_is_used)
{
	model_begin();
	pci_model_capability(model.function, CAP_MSIX, 0x11, CAP_SPARE);
	model_capability(CAP_SPARE, 1, MODEL_BAR, 0x7000, 64);
	pci_model_capability(model.function, CAP_SPARE, 9, CAP_SPARE + 0x10);
	model_capability(CAP_SPARE + 0x10, 2, MODEL_BAR, 0x7000, 64);
	pci_model_capability(model.function, CAP_SPARE + 0x10, 9, CAP_SPARE + 0x28);
	model_capability(CAP_SPARE + 0x28, 4, MODEL_BAR, 0x7000, 64);
	cr_assert(device_open() == 0);
	cr_assert(model.maps == 4);
	cr_assert(device.pci.common.physical == MODEL_ADDRESS + MODEL_COMMON);
	cr_assert(device.pci.notify.physical == MODEL_ADDRESS + MODEL_NOTIFY);
	cr_assert(device.pci.config.physical == MODEL_ADDRESS + MODEL_CONFIG);
}

/* PCI-3 */

Test(virtio_pci, pci_3_no_more_is_mapped_than_is_used)
{
	model_begin();
	pci_model_put(model.function, CAP_COMMON + 12, 4, 0x1000);
	pci_model_put(model.function, CAP_ISR + 12, 4, 0x1000);
	pci_model_put(model.function, CAP_CONFIG + 12, 4, 0x4800);
	cr_assert(device_open() == 0);
	cr_assert(device.pci.common.size == 60 && device.pci.isr.size == 1);
	cr_assert(device.pci.config.size == 4096 && device.transport.config_size == 4096);
	cr_assert(device.pci.notify.size == MODEL_NOTIFY_SIZE);
}

/* What a shorter common configuration lacks is not negotiated. */
Test(virtio_pci, pci_3_fields_that_are_not_there)
{
	static const struct {
		uint32_t size;
		bool data, reset;
	} cases[] = {{56, false, false}, {57, false, false}, {58, true, false},
		     {59, true, false},  {60, true, true},   {64, true, true}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		model_begin();
		pci_model_put(model.function, CAP_COMMON + 12, 4, cases[i].size);
		cr_assert(device_open() == 0);
		cr_assert(device_begin(HAUL_VIRTIO_CHECKED) == 0);
		cr_assert(model_accepted(HAUL_VIRTIO_F_NOTIF_CONFIG_DATA) == cases[i].data);
		cr_assert(model_accepted(HAUL_VIRTIO_F_RING_RESET) == cases[i].reset);
		cr_assert(device_queue(0, NO_VECTOR) == 0);
		device_close();
	}
}

Test(virtio_pci, pci_3_doorbells_of_32_bits_need_room)
{
	static const struct {
		uint32_t at, size, multiplier;
		bool wide;
	} cases[] = {
		{MODEL_NOTIFY, 0x1000, 4, true},  {MODEL_NOTIFY, 0x1000, 0, true},
		{MODEL_NOTIFY, 0x1000, 2, false}, {MODEL_NOTIFY + 2, 0x800, 4, false},
		{MODEL_NOTIFY, 2, 0, false},      {MODEL_NOTIFY, 4, 0, true},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		model_begin();
		pci_model_put(model.function, CAP_NOTIFY + 8, 4, cases[i].at);
		pci_model_put(model.function, CAP_NOTIFY + 12, 4, cases[i].size);
		pci_model_put(model.function, CAP_NOTIFY + 16, 4, cases[i].multiplier);
		cr_assert(device_open() == 0);
		cr_assert(device_begin(HAUL_VIRTIO_CHECKED) == 0);
		cr_assert(model_accepted(HAUL_VIRTIO_F_NOTIFICATION_DATA) == cases[i].wide,
			  "case %zu", i);
	}
}

/* Of all bits that are offered those are accepted that are done here (FEAT-1, FEAT-11). */
Test(virtio_pci, pci_3_features_of_the_transport)
{
	begin_negotiated();
	cr_assert(model.accepted[0] ==
		  (1u << HAUL_VIRTIO_F_INDIRECT_DESC | 1u << HAUL_VIRTIO_F_EVENT_IDX));
	cr_assert(model.accepted[1] == 0x1d3); /* 32, 33, 36, 38, 39, 40 */
	cr_assert(model.accepted[2] == 0 && model.accepted[3] == 0);
	cr_assert(device.transport.words == 4);
}

/* PCI-4 */

Test(virtio_pci, pci_4_doorbells_are_where_the_device_says)
{
	begin();
	for (unsigned i = 0; i < 3; i++)
		model.offered[i] = i == 1 ? 1 : 0; /* VERSION_1 alone */
	cr_assert(device_begin(HAUL_VIRTIO_CHECKED) == 0);
	for (unsigned i = 0; i < MODEL_QUEUES; i++)
		cr_assert(device_queue(i, NO_VECTOR) == 0);
	cr_assert(haul_virtio_start(&device.virtio) == 0);
	for (unsigned i = 0; i < MODEL_QUEUES; i++) {
		cr_assert(device_kick(i) == 0);
		cr_assert(model.queues[i].kicks == 1 && model.queues[i].kick == i);
	}
	device_close();
}

/* Deviation 8: a kick is one store; nothing is selected or looked up. */
Test(virtio_pci, pci_4_a_kick_is_one_access)
{
	size_t before;

	begin();
	model.offered[0] = 0; /* without EVENT_IDX each request is a kick */
	cr_assert(device_start(HAUL_VIRTIO_CHECKED) == 0);
	for (unsigned i = 0; i < MODEL_QUEUES; i++)
		model.queues[i].notify_off = 0x3ff; /* too late */
	model.queues[0].notify_off = MODEL_QUEUES;
	model.select = 2;
	before = model.accesses;
	cr_assert(device_kick(0) == 0);
	cr_assert(model.accesses == before + 1 && model.select == 2);
}

Test(virtio_pci, pci_4_data_of_doorbells)
{
	static const struct {
		uint32_t features;
		uint32_t kick;
	} cases[] = {
		{1, 1},
		{1 | 1 << 6, 1 | 1 << 16}, /* NOTIFICATION_DATA */
		{1 | 1 << 7, 0x701},       /* NOTIF_CONFIG_DATA */
		{1 | 1 << 6 | 1 << 7, 0x10701},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		begin();
		model.offered[0] = 0;
		model.offered[1] = cases[i].features;
		cr_assert(device_begin(HAUL_VIRTIO_CHECKED) == 0);
		cr_assert(device_queue(1, NO_VECTOR) == 0);
		cr_assert(haul_virtio_start(&device.virtio) == 0);
		cr_assert(device_kick(1) == 0);
		cr_assert(model.queues[1].kick == cases[i].kick);
		device_close();
	}
}

Test(virtio_pci, pci_4_one_doorbell_for_all)
{
	model_begin();
	pci_model_put(model.function, CAP_NOTIFY + 16, 4, 0);
	pci_model_put(model.function, CAP_NOTIFY + 12, 4, 4);
	model.multiplier = 0;
	cr_assert(device_open() == 0);
	cr_assert(device_begin(HAUL_VIRTIO_CHECKED) == 0);
	for (unsigned i = 0; i < MODEL_QUEUES; i++)
		cr_assert(device_queue(i, NO_VECTOR) == 0);
	cr_assert(haul_virtio_start(&device.virtio) == 0);
	for (unsigned i = 0; i < MODEL_QUEUES; i++)
		cr_assert(device_kick(i) == 0 && model.queues[i].kicks == 1);
	device_close();
}

/* PCI-5 (the model fails on any other width) */

Test(virtio_pci, pci_5_accesses_are_as_wide_as_fields)
{
	const struct haul_virtio_place place = {
		.queue = 1,
		.size = 32,
		.descriptors = {UINT64_C(0x1122334455667000)},
		.driver = {UINT64_C(0x2233445566778002)},
		.device = {UINT64_C(0x8899aabbccdd0004)},
		.vector = NO_VECTOR,
	};
	uint64_t doorbell;

	begin_negotiated();
	cr_assert(ops()->queue_set(&device.pci, &place, &doorbell) == 0);
	cr_assert(model.queues[1].addresses[0] == place.descriptors.value);
	cr_assert(model.queues[1].addresses[1] == place.driver.value);
	cr_assert(model.queues[1].addresses[2] == place.device.value);
	cr_assert(model.queues[1].size == 32 && model.queues[1].enable == 1);
}

Test(virtio_pci, pci_5_configuration_by_its_fields)
{
	static const struct {
		unsigned off, width;
		uint64_t value;
	} fields[] = {{0, 1, 0x10},
		      {2, 2, 0x1312},
		      {4, 4, 0x17161514},
		      {8, 8, UINT64_C(0x1f1e1d1c1b1a1918)}};
	unsigned char value[8];

	begin_negotiated();
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		uint64_t read = 0;

		cr_assert(ops()->config_read(&device.pci, fields[i].off, fields[i].width, &read) ==
			  0);
		cr_assert(read == fields[i].value);
		cr_assert(ops()->config_write(&device.pci, fields[i].off, fields[i].width,
					      ~fields[i].value) == 0);
		cr_assert(haul_virtio_config_read(&device.virtio, fields[i].off, fields[i].width, 1,
						  value) == 0);
		cr_assert(value[0] == (unsigned char)~fields[i].value);
	}
	cr_assert(ops()->config_read(&device.pci, 16, 1, &(uint64_t){0}) == -HAUL_ERANGE);
	cr_assert(ops()->config_read(&device.pci, 12, 8, &(uint64_t){0}) == -HAUL_ERANGE);
	cr_assert(ops()->config_write(&device.pci, SIZE_MAX, 4, 0) == -HAUL_ERANGE);
	cr_assert(ops()->config_read(&device.pci, 0, 3, &(uint64_t){0}) == -HAUL_EINVAL);
	cr_assert(ops()->config_write(&device.pci, 0, 0, 0) == -HAUL_EINVAL);
}

/* PCI-6 */

Test(virtio_pci, pci_6_queues_are_set_up_once)
{
	begin_negotiated();
	cr_assert(device_queue(0, NO_VECTOR) == 0);
	cr_assert(model.queues[0].enable == 1 && model.queues[0].size == 64);
	cr_assert(device_queue(0, NO_VECTOR) == -HAUL_EBUSY);
	device_close(); /* where a 0 in queue_enable would fail the test */
}

Test(virtio_pci, pci_6_queues_that_are_not_there)
{
	begin_negotiated();
	model.queues[1].size = 0;
	cr_assert(device_queue(1, NO_VECTOR) == -HAUL_ENOENT);
	model.num_queues = 2;
	cr_assert(device_queue(2, NO_VECTOR) == -HAUL_ENOENT);
	cr_assert(device_queue(0, NO_VECTOR) == 0);
	device_close();
}

/* PCI-7 */

Test(virtio_pci, pci_7_one_queue_is_reset)
{
	struct haul_virtqueue_used used;

	begin();
	model.queue_reads = 3;
	cr_assert(device_start(HAUL_VIRTIO_CHECKED) == 0);
	cr_assert(haul_virtio_queue_reset(&device.queues[0]) == 0);
	cr_assert(model.queues[0].enable == 0 && model.queues[0].reset == 0);
	cr_assert(haul_virtqueue_detach(&device.queues[0].ring, &used) == 0);
	cr_assert(haul_virtio_queue_restart(&device.queues[0]) == 0);
	cr_assert(model.queues[0].enable == 1);
	cr_assert(device_kick(0) == 0);
	device_close();
}

Test(virtio_pci, pci_7_queue_reset_has_to_be_negotiated)
{
	bool resets;

	begin();
	model.offered[1] = 1;
	cr_assert(device_start(HAUL_VIRTIO_CHECKED) == 0);
	cr_assert(haul_virtio_queue_reset(&device.queues[0]) == -HAUL_ENOTSUP);
	cr_assert(ops()->queue_reset(&device.pci, 0) == -HAUL_ENOTSUP);
	cr_assert(ops()->queue_resets(&device.pci, 0, &resets) == -HAUL_ENOTSUP);
	device_close();
}

/* PCI-8 */

Test(virtio_pci, pci_8_vectors_are_written_and_read_back)
{
	begin();
	cr_assert(haul_virtio_pci_msix(&device.pci) == 0);
	cr_assert(device.pci.msix.vectors == MODEL_VECTORS);
	cr_assert(device_begin(HAUL_VIRTIO_CHECKED) == 0);
	cr_assert(ops()->config_vector(&device.pci, 3) == 0);
	cr_assert(device_queue(0, 0) == 0 && device_queue(1, 3) == 0); /* shared with it */
	cr_assert(device_queue(2, NO_VECTOR) == 0);
	cr_assert(model.config_vector == 3 && model.queues[0].vector == 0);
	cr_assert(model.queues[1].vector == 3 && model.queues[2].vector == NO_VECTOR);
	device_close();
	cr_assert(!pci_model_msix_is_on(model.function));
}

/* One for changes of the configuration, from haul_virtio_begin on, each time. */

static int begin_with_vector(uint16_t vector)
{
	device.has_config_vector = true;
	device.config_vector = vector;
	return device_begin(HAUL_VIRTIO_CHECKED);
}

Test(virtio_pci, pci_8_vector_of_changes)
{
	unsigned causes;

	begin();
	cr_assert(haul_virtio_pci_msix(&device.pci) == 0);
	cr_assert(begin_with_vector(3) == 0 && model.config_vector == 3);
	cr_assert(haul_virtio_reset(&device.virtio) == 0 && model.config_vector == NO_VECTOR);
	cr_assert(haul_virtio_begin(&device.virtio, &device_driver) == 0);
	cr_assert(model.config_vector == 3);
	cr_assert(device_queue(0, 3) == 0 && haul_virtio_start(&device.virtio) == 0);
	cr_assert(haul_virtio_interrupt(&device.virtio, &causes) == 0);
	cr_assert(causes == (HAUL_VIRTIO_CAUSE_QUEUE | HAUL_VIRTIO_CAUSE_CONFIG));
	model.status |= HAUL_VIRTIO_STATUS_NEEDS_RESET; /* INIT-8, by that vector */
	cr_assert(haul_virtio_interrupt(&device.virtio, &causes) == -HAUL_EPROTO);
	cr_assert(device.virtio.reason == HAUL_VIRTIO_NEEDS_RESET);
	device_close();
}

static void check_no_vector(int err, int is)
{
	cr_assert(err == is, "%d", err);
	cr_assert(device.virtio.reason == HAUL_VIRTIO_VECTOR);
	cr_assert(device.virtio.state == HAUL_VIRTIO_BROKEN && model.status & HAUL_VIRTIO_FAILED);
	cr_assert(haul_virtio_reset(&device.virtio) == 0);
}

Test(virtio_pci, pci_8_vector_of_changes_that_is_refused)
{
	begin();
	check_no_vector(begin_with_vector(0), -HAUL_EINVAL); /* without MSI-X there is no table */
	cr_assert(begin_with_vector(NO_VECTOR) == 0);
	cr_assert(haul_virtio_reset(&device.virtio) == 0);
	cr_assert(haul_virtio_pci_msix(&device.pci) == 0);
	check_no_vector(begin_with_vector(MODEL_VECTORS), -HAUL_EINVAL);
	model.refuses_vectors = true;
	check_no_vector(begin_with_vector(1), -HAUL_ENOSPC);
	model.refuses_vectors = false;
	model.vector_lie = 1;
	check_no_vector(begin_with_vector(1), -HAUL_EPROTO);
	model.vector_lie = 0;
	cr_assert(begin_with_vector(NO_VECTOR) == 0 && model.config_vector == NO_VECTOR);
	device_close();
}

Test(virtio_pci, pci_8_no_vectors_beyond_the_table)
{
	begin();
	cr_assert(haul_virtio_pci_msix(&device.pci) == 0);
	cr_assert(device_begin(HAUL_VIRTIO_CHECKED) == 0);
	cr_assert(ops()->config_vector(&device.pci, MODEL_VECTORS) == -HAUL_EINVAL);
	cr_assert(ops()->config_vector(&device.pci, 0xfffe) == -HAUL_EINVAL);
	cr_assert(device_queue(0, MODEL_VECTORS) == -HAUL_EINVAL);
	cr_assert(device_queue(0, 0) == 0);
	device_close();
}

/* Without MSI-X the vectors' registers are not there (the model fails on them). */
Test(virtio_pci, pci_8_no_vectors_without_msix)
{
	begin_negotiated();
	cr_assert(ops()->config_vector(&device.pci, NO_VECTOR) == 0);
	cr_assert(ops()->config_vector(&device.pci, 0) == -HAUL_EINVAL);
	cr_assert(device_queue(0, 0) == -HAUL_EINVAL);
	cr_assert(device_queue(0, NO_VECTOR) == 0);
	device_close();
	model_begin();
	pci_model_capability(model.function, CAP_SHARED, 9, 0);
	cr_assert(device_open() == 0);
	cr_assert(haul_virtio_pci_msix(&device.pci) == -HAUL_ENOENT);
	cr_assert(device_start(HAUL_VIRTIO_CHECKED) == 0);
	device_close();
}

/* A device may have fewer resources than vectors: then with others, or none. */
Test(virtio_pci, pci_8_falls_back_when_vectors_are_refused)
{
	begin();
	cr_assert(haul_virtio_pci_msix(&device.pci) == 0);
	cr_assert(device_begin(HAUL_VIRTIO_CHECKED) == 0);
	cr_assert(ops()->config_vector(&device.pci, 0) == 0);
	model.refuses_vectors = true;
	cr_assert(device_queue(0, 1) == -HAUL_ENOSPC);
	cr_assert(device.virtio.state == HAUL_VIRTIO_NEGOTIATED && model.queues[0].enable == 0);
	cr_assert(device_queue(0, NO_VECTOR) == 0);
	model.refuses_vectors = false;
	cr_assert(device_queue(1, 0) == 0); /* the configuration's */
	cr_assert(haul_virtio_start(&device.virtio) == 0);
	device_close();
}

Test(virtio_pci, pci_8_vectors_are_unmapped_at_the_end)
{
	begin();
	cr_assert(haul_virtio_pci_msix(&device.pci) == 0);
	cr_assert(device_begin(HAUL_VIRTIO_CHECKED) == 0);
	cr_assert(device_queue(0, 1) == 0);
	model.config_vector = 2; /* a device that forgets that its reset unmaps them */
	device.pci.queues = 2;
	ops()->set_status(&device.pci, 0);
	model.config_vector = 2;
	model.queues[1].vector = 1;
	ops()->close(&device.pci);
	cr_assert(model.config_vector == NO_VECTOR && model.queues[1].vector == NO_VECTOR);
	cr_assert(model.maps == model.unmaps);
}

Test(virtio_pci, pci_8_cause_of_an_interrupt)
{
	unsigned causes;

	begin_running();
	for (unsigned bits = 0; bits < 256; bits++) {
		model.isr = (uint8_t)bits;
		cr_assert(ops()->interrupt(&device.pci, &causes) == 0);
		cr_assert(causes == (bits & 3) && model.isr == 0);
	}
	device_close();
}

Test(virtio_pci, pci_8_no_cause_is_read_with_msix)
{
	unsigned causes;
	size_t before;

	begin();
	cr_assert(haul_virtio_pci_msix(&device.pci) == 0);
	before = model.accesses;
	cr_assert(ops()->interrupt(&device.pci, &causes) == 0);
	cr_assert(causes == (HAUL_VIRTIO_CAUSE_QUEUE | HAUL_VIRTIO_CAUSE_CONFIG));
	cr_assert(model.accesses == before);
}

/* PCI-9 */

Test(virtio_pci, pci_9_devices_without_a_configuration)
{
	uint64_t value;

	model_begin();
	pci_model_capability(model.function, CAP_ISR, 9, CAP_SHARED);
	cr_assert(device_open() == 0);
	cr_assert(device.transport.config_size == 0);
	cr_assert(ops()->config_read(&device.pci, 0, 1, &value) == -HAUL_ERANGE);
	cr_assert(ops()->config_write(&device.pci, 0, 1, 0) == -HAUL_ERANGE);
	cr_assert(device_start(HAUL_VIRTIO_CHECKED) == 0);
	device_close();
}

Test(virtio_pci, pci_9_generations_are_bytes)
{
	uint32_t generation;

	begin_negotiated();
	for (unsigned i = 0; i < 256; i++) {
		model.generation = (uint8_t)i;
		cr_assert(ops()->config_generation(&device.pci, &generation) == 0);
		cr_assert(generation == i);
	}
}

/* PCI-10 */

Test(virtio_pci, pci_10_resets_are_waited_for)
{
	begin();
	model.reset_reads = 5;
	cr_assert(device_start(HAUL_VIRTIO_CHECKED) == 0); /* the model fails on hasty ones */
	device_close();
}

/* Before its reset a device that firmware has used may not do any DMA, nor after the last. */
Test(virtio_pci, pci_10_dma_is_between_resets)
{
	model_begin();
	cr_assert(pci_model_command(model.function) & HAUL_PCI_COMMAND_MASTER);
	cr_assert(device_open() == 0);
	cr_assert(pci_model_command(model.function) == HAUL_PCI_COMMAND_MEMORY);
	cr_assert(device_begin(HAUL_VIRTIO_CHECKED) == 0);
	cr_assert(pci_model_command(model.function) ==
		  (HAUL_PCI_COMMAND_MEMORY | HAUL_PCI_COMMAND_MASTER));
	device_close();
	cr_assert(model.status == 0);
	cr_assert(pci_model_command(model.function) == HAUL_PCI_COMMAND_MEMORY);
}

/* PCI-12 */

Test(virtio_pci, pci_12_shared_memory)
{
	struct haul_phys phys;
	uint64_t size;

	begin();
	cr_assert(ops()->shared_memory(&device.pci, 7, &phys, &size) == 0);
	cr_assert(phys.value == MODEL_ADDRESS + MODEL_SHARED && size == 0x1000);
	cr_assert(ops()->shared_memory(&device.pci, 0, &phys, &size) == -HAUL_ENOENT);
	cr_assert(ops()->shared_memory(&device.pci, 0x107, &phys, &size) == -HAUL_ENOENT);
}

Test(virtio_pci, pci_12_shared_memory_of_64_bits)
{
	static const struct {
		uint32_t at, at_high, size, size_high;
		int err;
	} cases[] = {
		{0, 2, 0, 1, 0},
		{0, 2, 0, 2, 0},
		{4, 2, 0, 2, -HAUL_ENOENT}, /* beyond the BAR */
		{0, 4, 1, 0, -HAUL_ENOENT},
		{0, UINT32_MAX, 0, 1, -HAUL_ENOENT},
		{0xffffffff, 0xffffffff, 2, 0, -HAUL_ENOENT}, /* around */
		{4, 0, UINT32_MAX, UINT32_MAX, -HAUL_ENOENT},
		{0, 2, 0, 0, -HAUL_ENOENT}, /* empty */
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct haul_phys phys;
		uint64_t size;

		model_begin();
		pci_model_bar(model.function, 2, 0xc, UINT64_C(0x400000000),
			      UINT64_C(0x4000000000));
		model_capability(CAP_SHARED, 8, 2, cases[i].at, cases[i].size);
		model_capability_id(CAP_SHARED, 7, cases[i].at_high, cases[i].size_high);
		cr_assert(device_open() == 0);
		cr_assert(ops()->shared_memory(&device.pci, 7, &phys, &size) == cases[i].err,
			  "case %zu", i);
		if (!cases[i].err) {
			cr_assert(phys.value == UINT64_C(0x4200000000));
			cr_assert(size == (uint64_t)cases[i].size_high << 32);
		}
	}
}

/* The model itself.  Each of these is one thing wrong, on a device whose queue 0 runs, or, where
 * it says so, that has its features and nothing else, or that nothing was done with. */

enum { COMMON = MODEL_COMMON, READS = 0, WRITES = 1 };
enum state { UNTOUCHED, NEGOTIATED, RUNNING };

static const struct {
	unsigned off, width;
	bool writes;
	uint64_t value;
	enum state state;
} mistakes[] = {
	{COMMON + 0, 2, READS, 0, RUNNING}, /* widths */
	{COMMON + 16, 4, READS, 0, RUNNING},
	{COMMON + 20, 2, READS, 0, RUNNING},
	{COMMON + 20, 4, WRITES, 0, RUNNING},
	{COMMON + 32, 8, WRITES, 0x1000, NEGOTIATED},
	{COMMON + 34, 2, WRITES, 0, NEGOTIATED},
	{COMMON + 60, 2, READS, 0, RUNNING}, /* nothing is there */
	{MODEL_ISR - 1, 2, READS, 0, RUNNING},
	{MODEL_NOTIFY, 2, READS, 0, RUNNING},
	{MODEL_CONFIG, 2, READS, 0, RUNNING},
	{MODEL_CONFIG + 8, 8, READS, 0, RUNNING},
	{MODEL_CONFIG + 4, 1, WRITES, 0, RUNNING},
	{COMMON + 4, 4, WRITES, 0, RUNNING}, /* directions */
	{COMMON + 18, 2, WRITES, 0, RUNNING},
	{COMMON + 21, 1, WRITES, 0, RUNNING},
	{COMMON + 30, 2, WRITES, 0, RUNNING},
	{COMMON + 56, 2, WRITES, 0, RUNNING},
	{MODEL_ISR, 1, WRITES, 0, RUNNING},
	{COMMON + 12, 4, WRITES, 0, RUNNING}, /* states */
	{COMMON + 12, 4, WRITES, 0, NEGOTIATED},
	{COMMON + 16, 2, WRITES, 0, RUNNING}, /* MSI-X is off */
	{COMMON + 26, 2, READS, 0, RUNNING},
	{COMMON + 20, 1, WRITES, 7, RUNNING},  /* FEATURES_OK is cleared */
	{COMMON + 24, 2, WRITES, 32, RUNNING}, /* it is enabled */
	{COMMON + 32, 4, WRITES, 0x1000, RUNNING},
	{COMMON + 28, 2, WRITES, 0, RUNNING},
	{COMMON + 28, 2, WRITES, 0, NEGOTIATED},
	{COMMON + 28, 2, WRITES, 1, NEGOTIATED}, /* it is not set up */
	{COMMON + 24, 2, WRITES, 48, NEGOTIATED},
	{COMMON + 24, 2, WRITES, 128, NEGOTIATED},
	{COMMON + 36, 4, WRITES, 1, NEGOTIATED}, /* the high half first */
	{COMMON + 58, 2, WRITES, 1, NEGOTIATED},
	{COMMON + 58, 2, WRITES, 0, RUNNING},
	{MODEL_NOTIFY + 12, 4, WRITES, 0x700, NEGOTIATED},
	{MODEL_NOTIFY + 12, 2, WRITES, 0x700, RUNNING},
	{MODEL_NOTIFY + 8, 4, WRITES, 0x700, RUNNING}, /* another's doorbell */
	{MODEL_NOTIFY + 8, 4, WRITES, 0x701, RUNNING}, /* which is not enabled */
	{MODEL_NOTIFY + 12, 4, WRITES, 0, RUNNING},    /* not as it asked for */
	{COMMON + 20, 1, WRITES, 0x4f, RUNNING},       /* NEEDS_RESET is the device's */
	{COMMON + 20, 1, WRITES, 0x1f, RUNNING},       /* what was not negotiated */
	{COMMON + 20, 1, WRITES, 0x8f, NEGOTIATED},    /* two steps at once */
	{COMMON + 4, 4, READS, 0, NEGOTIATED},         /* too late for features */
	{COMMON + 20, 1, WRITES, 1, UNTOUCHED},        /* a reset has to come first */
	{COMMON + 18, 2, READS, 0, UNTOUCHED},
	{COMMON + 22, 2, WRITES, 0, UNTOUCHED},
	{MODEL_CONFIG, 1, READS, 0, UNTOUCHED},
};

static void make_write(const struct haul_region *bar, unsigned off, unsigned width, uint64_t value)
{
	switch (width) {
	case 1:
		haul_region_write_u8(bar, off, (uint8_t)value);
		break;
	case 2:
		haul_region_write_u16(bar, off, (uint16_t)value);
		break;
	case 4:
		haul_region_write_u32(bar, off, (uint32_t)value);
		break;
	default:
		haul_region_write_u64(bar, off, value);
	}
}

static void make_read(const struct haul_region *bar, unsigned off, unsigned width)
{
	switch (width) {
	case 1:
		haul_region_read_u8(bar, off, &(uint8_t){0});
		break;
	case 2:
		haul_region_read_u16(bar, off, &(uint16_t){0});
		break;
	case 4:
		haul_region_read_u32(bar, off, &(uint32_t){0});
		break;
	default:
		haul_region_read_u64(bar, off, &(uint64_t){0});
	}
}

static void bring_to(enum state state)
{
	begin();
	if (state == UNTOUCHED)
		cr_assert(haul_pci_command(&device.function, HAUL_PCI_COMMAND_MEMORY, 0) == 0);
	else
		cr_assert((state == RUNNING ? device_start : device_begin)(HAUL_VIRTIO_CHECKED) ==
			  0);
}

Test(virtio_pci, model_notices_what_is_wrong)
{
	struct haul_region bar;

	for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
		bring_to(mistakes[i].state);
		model.select = 0;
		cr_assert(model_map.map(&model, &device.function, MODEL_BAR, 0, MODEL_BAR_SIZE,
					&bar) == 0);
		pci_model_forgive();
		if (mistakes[i].writes)
			make_write(&bar, mistakes[i].off, mistakes[i].width, mistakes[i].value);
		else
			make_read(&bar, mistakes[i].off, mistakes[i].width);
		cr_assert(pci_model_complaints() == 1, "mistake %zu: %u", i,
			  pci_model_complaints());
	}
}
