/* SPDX-License-Identifier: MIT */
/*
 * The block driver against a disk that breaks the rules, on each kind of machine, under each
 * policy.  aN in a test's name is the attack of that number of the field notes, deviation_N the
 * point N of their section 1.5.  Whatever it does: an error that is named, no memory but its
 * own, an end, and all in order after a recovery.
 */
#include "test_hal.h"
#include "virtio_disk.h"
#include <string.h>

enum { SECTOR = HAUL_VIRTIO_BLK_SECTOR };

static bool is_checked(void)
{
	return machine.policy != HAUL_VIRTIO_TRUSTED;
}

static int read_at(uint64_t sector, size_t n)
{
	return haul_virtio_blk_read(&blk, sector, machine.data, n, machine_never());
}

/* All in order. */
static void expect_order(void)
{
	disk.hold = false;
	disk.status = -1;
	disk.len = -1;
	machine.queues[0].serve = disk_serve;
	cr_assert(machine.device.state == HAUL_VIRTIO_RUNNING);
	cr_assert(read_at(7, 9) == 0 && disk_has(7, machine.data, 9));
	memset(machine.data, 'x', 5 * SECTOR);
	cr_assert(haul_virtio_blk_write(&blk, 20, machine.data, 5, machine_never()) == 0);
	cr_assert(disk_has(20, machine.data, 5));
}

static void lengths(void)
{
	static const int64_t short_of[] = {0, 1, 4 * SECTOR};
	const int expected = is_checked() ? -HAUL_EPROTO : 0;

	disk_begin();
	disk_open();
	for (size_t i = 0; i < sizeof short_of / sizeof *short_of; i++) {
		disk.len = short_of[i];
		cr_assert(read_at(0, 4) == expected, "%d bytes", (int)disk.len);
		expect_order();
	}
	disk.len = 0;
	cr_assert(haul_virtio_blk_flush(&blk, machine_never()) == expected);
	expect_order();
	/* An error may be all that it counts. */
	disk.len = 1;
	disk.status = 1;
	cr_assert(read_at(0, 4) == -HAUL_EIO);
	disk.len = 0;
	cr_assert(read_at(0, 4) == (is_checked() ? -HAUL_EPROTO : -HAUL_EIO));
	expect_order();
	disk.len = 4 * SECTOR + 2;
	disk.status = -1;
	cr_assert(read_at(0, 4) == (machine.policy == HAUL_VIRTIO_CONFIDENTIAL ? -HAUL_EPROTO : 0));
	expect_order();
	disk.len = UINT32_MAX;
	cr_assert(read_at(0, 4) == (machine.policy == HAUL_VIRTIO_CONFIDENTIAL ? -HAUL_EPROTO : 0));
	expect_order();
	disk_end();
}

Test(virtio_blk_hostile, a9_deviation_7_lengths_that_cannot_be)
{
	machine_each(lengths);
}

static void statuses(void)
{
	disk_begin();
	disk_open();
	for (int status = 3; status < 256; status += 36) {
		disk.status = status;
		disk.len = 4 * SECTOR + 1;
		cr_assert(read_at(0, 4) == -HAUL_EPROTO, "status %d", status);
		expect_order();
	}
	disk_end();
}

Test(virtio_blk_hostile, a9_a_status_that_there_is_not_or_none)
{
	machine_each(statuses);
}

static struct haul_virtio_blk_request requests[2];
static struct haul_iovec pieces[2];
static struct haul_dma_stream streams[2];
static struct haul_dma_segment segments[2][8];

static void submit_read(unsigned i)
{
	pieces[i] = (struct haul_iovec){machine.data + 4096 * i, 4 * SECTOR};
	requests[i] = (struct haul_virtio_blk_request){
		.op = HAUL_VIRTIO_BLK_READ,
		.sector = 8 * i,
		.pieces = &pieces[i],
		.npieces = 1,
		.streams = &streams[i],
		.segments = segments[i],
		.max = 8,
	};
	cr_assert(haul_virtio_blk_submit(&blk, &requests[i]) == 0);
}

/* Until there is nothing, or an error: that. */
static int poll_all(void)
{
	struct haul_virtio_blk_request *back;
	int got;

	while ((got = haul_virtio_blk_poll(&blk, &back)) == 1)
		cr_assert(back == &requests[0] || back == &requests[1]);
	return got;
}

/* Used elements that are wrong. */
static const struct {
	uint32_t id;
	unsigned times;
	enum haul_virtio_reason reason;
} lies[] = {
	{DISK_QUEUE, 1, HAUL_VIRTIO_USED_RANGE},     {UINT32_MAX, 1, HAUL_VIRTIO_USED_RANGE},
	{0x10000, 1, HAUL_VIRTIO_USED_RANGE},        {9, 1, HAUL_VIRTIO_USED_TWICE},
	{DISK_QUEUE - 1, 2, HAUL_VIRTIO_USED_TWICE},
};

static void wrong_ids(void)
{
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		disk_begin();
		disk.hold = true;
		disk_open();
		submit_read(0);
		submit_read(1);
		cr_assert(haul_virtio_blk_kick(&blk) == 0 && disk.nheld == 2);
		for (unsigned k = 0; k < lies[i].times; k++)
			haul_virtio_mock_put(&machine.mock, 0, lies[i].id, 4 * SECTOR + 1);
		haul_virtio_mock_show(&machine.mock, 0);
		cr_assert(poll_all() == -HAUL_EPROTO, "lie %zu", i);
		cr_assert(machine.device.reason == lies[i].reason);
		cr_assert(haul_virtio_blk_recover(&blk) == 0);
		cr_assert(poll_all() == 0);
		cr_assert(requests[0].result == -HAUL_ETIMEDOUT);
		cr_assert(requests[1].result == -HAUL_ETIMEDOUT);
		disk.nheld = 0;
		expect_order();
		disk_end();
	}
}

Test(virtio_blk_hostile, a4_a5_a6_deviation_5_ids_that_cannot_be)
{
	machine_each(wrong_ids);
}

static void twice(void)
{
	disk_begin();
	disk.hold = true;
	disk_open();
	submit_read(0);
	submit_read(1);
	cr_assert(haul_virtio_blk_kick(&blk) == 0 && disk.nheld == 2);
	disk_do(&disk.held[0]);
	haul_virtio_mock_put(&machine.mock, 0, disk.held[0].head, 4 * SECTOR + 1);
	haul_virtio_mock_show(&machine.mock, 0);
	poll_all();
	cr_assert(requests[0].result == 0 && disk_has(0, machine.data, 4));
	cr_assert(machine.device.reason == HAUL_VIRTIO_USED_TWICE);
	cr_assert(haul_virtio_blk_recover(&blk) == 0);
	cr_assert(poll_all() == 0 && requests[1].result == -HAUL_ETIMEDOUT);
	disk.nheld = 0;
	expect_order();
	disk_end();
}

Test(virtio_blk_hostile, a7_the_same_twice)
{
	machine_each(twice);
}

/* A request of before the reset of its queue is used after it. */
static void stale(void)
{
	uint16_t head;

	disk_begin();
	disk.hold = true;
	disk_open();
	submit_read(0);
	cr_assert(haul_virtio_blk_kick(&blk) == 0 && disk.nheld == 1);
	head = disk.held[0].head;
	cr_assert(haul_virtio_blk_recover(&blk) == 0);
	cr_assert(machine.mock.resets == 1, "of the queue, not the device");
	cr_assert(poll_all() == 0 && requests[0].result == -HAUL_ETIMEDOUT);
	disk.nheld = 0;
	haul_virtio_mock_put(&machine.mock, 0, head, 1);
	haul_virtio_mock_show(&machine.mock, 0);
	cr_assert(poll_all() == -HAUL_EPROTO);
	cr_assert(haul_virtio_blk_recover(&blk) == 0);
	cr_assert(machine.mock.resets == 3);
	expect_order();
	disk_end();
}

Test(virtio_blk_hostile, a8_requests_of_before_a_reset)
{
	machine_each(stale);
}

/* Descriptors, the driver's area and tables are rewritten while the device has them. */
static void rewritten(void)
{
	static unsigned char junk[16 * DISK_QUEUE];
	uint64_t random = test_seed();

	disk_begin();
	disk.hold = true;
	disk_open();
	for (unsigned round = 0; round < 8; round++) {
		submit_read(0);
		submit_read(1);
		cr_assert(haul_virtio_blk_kick(&blk) == 0 && disk.nheld == 2);
		for (size_t i = 0; i < sizeof junk; i++)
			junk[i] = (unsigned char)test_random(&random);
		cr_assert(haul_virtio_mock_poke(&machine.mock, 0, HAUL_VIRTIO_MOCK_DESCRIPTORS, 0,
						junk, 16 * DISK_QUEUE) == 0);
		cr_assert(haul_virtio_mock_poke(&machine.mock, 0, HAUL_VIRTIO_MOCK_DRIVER, 4, junk,
						2 * DISK_QUEUE) == 0);
		disk_let_go();
		cr_assert(poll_all() == 0);
		for (unsigned i = 0; i < 2; i++) {
			cr_assert(requests[i].result == 0);
			cr_assert(disk_has(8 * i, machine.data + 4096 * i, 4));
		}
	}
	expect_order();
	disk_end();
}

Test(virtio_blk_hostile, a11_a12_a15_what_the_driver_wrote_is_rewritten)
{
	machine_each(rewritten);
}

/* The kicks of many bursts with any event index are as many as the bursts at most. */
static void kick_storm(void)
{
	uint64_t random = test_seed();
	uint64_t before;

	disk_begin();
	machine.config.later = true;
	disk_open();
	before = machine.queues[0].kicks;
	for (unsigned i = 0; i < 50; i++) {
		const uint16_t words[2] = {(uint16_t)test_random(&random), 0};

		submit_read(0);
		submit_read(1);
		haul_virtio_mock_poke(&machine.mock, 0, HAUL_VIRTIO_MOCK_DEVICE, 4 + 8 * DISK_QUEUE,
				      words, 2);
		haul_virtio_mock_poke(&machine.mock, 0, HAUL_VIRTIO_MOCK_DEVICE, 0, words, 2);
		cr_assert(haul_virtio_blk_kick(&blk) == 0);
		haul_virtio_mock_serve(&machine.mock);
		cr_assert(poll_all() == 0 && requests[0].result == 0 && requests[1].result == 0);
	}
	cr_assert(machine.queues[0].kicks - before <= 50);
	disk_end();
}

Test(virtio_blk_hostile, a13_a14_any_event_index)
{
	machine_each(kick_storm);
}

static void silent(void)
{
	for (unsigned with = 0; with < 2; with++) {
		disk_begin();
		machine_offer(HAUL_VIRTIO_F_RING_RESET, with);
		machine.queues[0].serve = NULL;
		disk_open();
		submit_read(0);
		cr_assert(haul_virtio_blk_read(&blk, 0, machine.data, 4, machine_soon()) ==
			  -HAUL_ETIMEDOUT);
		cr_assert(machine.mock.resets == (with ? 1 : 3));
		cr_assert(poll_all() == 0 && requests[0].result == -HAUL_ETIMEDOUT);
		expect_order();
		disk_end();
	}
}

Test(virtio_blk_hostile, a43_deviation_13_no_answer)
{
	machine_each(silent);
}

/* A reset ends what was in flight; what waited for room goes on. */
static void waiting_goes_on(void)
{
	disk_begin();
	disk.config.size_max = SECTOR;
	disk.config.seg_max = 1;
	disk.hold = true;
	disk_open();
	for (unsigned i = 0; i < 2; i++) {
		submit_read(i);
		cr_assert(haul_virtio_blk_kick(&blk) == 0);
	}
	pieces[1].len = 4 * SECTOR;
	cr_assert(disk.nheld == 8);
	cr_assert(haul_virtio_blk_read(&blk, 0, machine.data + 8192, 16, machine_soon()) ==
		  -HAUL_ETIMEDOUT);
	cr_assert(poll_all() == 0);
	cr_assert(requests[0].result == -HAUL_ETIMEDOUT && requests[1].result == -HAUL_ETIMEDOUT);
	disk.nheld = 0;
	expect_order();
	disk_end();
}

Test(virtio_blk_hostile, a43_parts_are_out_and_parts_wait)
{
	machine_each(waiting_goes_on);
}

static void undead(void)
{
	disk_begin();
	machine.config.hook = machine_never_reset;
	disk.hold = true;
	disk_open();
	submit_read(0);
	machine.hostile = true;
	cr_assert(haul_virtio_blk_read(&blk, 0, machine.data + 8192, 4, machine_soon()) ==
		  -HAUL_ETIMEDOUT);
	cr_assert(machine.device.state == HAUL_VIRTIO_UNKNOWN);
	cr_assert(disk.nheld == 2);
	/* It may: nothing of that is anybody else's. */
	for (unsigned i = 0; i < 2; i++)
		cr_assert(haul_virtio_mock_write(&machine.mock, &disk.held[i], 0, "late", 4) == 0);
	cr_assert(poll_all() == -HAUL_EIO);
	cr_assert(read_at(0, 1) == -HAUL_EBUSY);
	cr_assert(haul_virtio_blk_close(&blk) == -HAUL_ETIMEDOUT);
	cr_assert(haul_virtio_blk_recover(&blk) == -HAUL_ETIMEDOUT);
	cr_assert(!machine_is_idle());
	machine.hostile = false;
	disk.nheld = 0;
	cr_assert(haul_virtio_blk_recover(&blk) == 0);
	cr_assert(poll_all() == 0 && requests[0].result == -HAUL_ETIMEDOUT);
	expect_order();
	disk_end();
}

Test(virtio_blk_hostile, a43_a46_no_reset_and_memory_stays_the_devices)
{
	machine_each(undead);
}

/* As QEMU's MMIO devices: it offers RING_RESET, and does not do it. */
static int ignores_queue_reset(struct haul_virtio_mock *mock, enum haul_virtio_mock_call call,
			       size_t index, uint64_t *value)
{
	(void)mock;
	(void)index;
	if (call == HAUL_VIRTIO_MOCK_QUEUE_RESET)
		machine.hostile = true;
	if (call == HAUL_VIRTIO_MOCK_SET_STATUS && !*value)
		machine.hostile = false;
	if (call == HAUL_VIRTIO_MOCK_QUEUE_IN_USE && machine.hostile)
		*value = 1;
	return 0;
}

static void no_queue_reset(void)
{
	disk_begin();
	machine.config.hook = ignores_queue_reset;
	disk.hold = true;
	disk_open();
	submit_read(0);
	cr_assert(haul_virtio_blk_read(&blk, 0, machine.data + 8192, 4, machine_soon()) ==
		  -HAUL_ETIMEDOUT);
	cr_assert(machine.mock.resets == 3, "open; the queue's that was none; begin");
	cr_assert(poll_all() == 0 && requests[0].result == -HAUL_ETIMEDOUT);
	disk.nheld = 0;
	expect_order();
	/* And by the caller. */
	disk.hold = true;
	submit_read(0);
	cr_assert(haul_virtio_blk_kick(&blk) == 0 && disk.nheld == 1);
	cr_assert(haul_virtio_blk_recover(&blk) == 0);
	cr_assert(machine.mock.resets == 5);
	cr_assert(poll_all() == 0 && requests[0].result == -HAUL_ETIMEDOUT);
	disk.nheld = 0;
	expect_order();
	disk_end();
}

Test(virtio_blk_hostile, a43_no_answer_and_a_queues_reset_that_is_not_done)
{
	machine_each(no_queue_reset);
}

/* Memory that is not the device's any more it cannot write where there is an IOMMU. */
static void after_reset(void)
{
	disk_begin();
	machine_offer(HAUL_VIRTIO_F_RING_RESET, false);
	disk.hold = true;
	disk_open();
	submit_read(0);
	cr_assert(haul_virtio_blk_kick(&blk) == 0 && disk.nheld == 1);
	cr_assert(haul_virtio_blk_close(&blk) == 0);
	cr_assert(haul_virtio_mock_write(&machine.mock, &disk.held[0], 0, "late", 4) ==
		  (machine_is_model() ? -HAUL_EACCES : 0));
	cr_assert(poll_all() == -HAUL_EINVAL && requests[0].result == -HAUL_ETIMEDOUT);
	disk.nheld = 0;
	machine_end();
}

Test(virtio_blk_hostile, a46_writes_after_a_reset)
{
	machine_each(after_reset);
}

Test(virtio_blk_hostile, a42_a45_interrupts_for_nothing)
{
	const unsigned times = test_long() ? 1000000 : 10000;
	unsigned causes;

	disk_begin();
	disk_open();
	for (unsigned i = 0; i < times; i++) {
		machine.mock.causes = UINT32_MAX;
		cr_assert(haul_virtio_blk_interrupt(&blk, &causes) == 0 && causes == 3);
		cr_assert(poll_all() == 0);
	}
	expect_order();
	cr_assert(haul_virtio_blk_close(&blk) == 0);
	machine.mock.causes = 3;
	cr_assert(haul_virtio_blk_interrupt(&blk, &causes) == -HAUL_EINVAL && causes == 0);
	machine_end();
}

/* It is done before it is kicked: nothing is wrong with that. */
static void before_the_kick(void)
{
	disk_begin();
	machine.config.later = true;
	disk_open();
	submit_read(0);
	cr_assert(haul_virtqueue_publish(&blk.queue.ring));
	haul_virtio_mock_serve(&machine.mock);
	cr_assert(poll_all() == 0 && requests[0].result == 0 && machine.queues[0].kicks == 0);
	disk_end();
}

Test(virtio_blk_hostile, a44_done_before_the_kick)
{
	machine_each(before_the_kick);
}

/* The configuration never stands still; the capacity shrinks under what is in flight. */
static void config_storm(void)
{
	struct haul_virtio_blk_request *back;
	unsigned causes;

	disk_begin();
	machine.config.hook = machine_changes;
	machine.hostile = true;
	cr_assert(disk_try() == -HAUL_EAGAIN);
	machine.hostile = false;
	disk_open();
	disk.hold = true;
	submit_read(0);
	cr_assert(haul_virtio_blk_kick(&blk) == 0);
	machine.hostile = true;
	disk.config.capacity = 2;
	haul_virtio_mock_change(&machine.mock);
	cr_assert(haul_virtio_blk_interrupt(&blk, &causes) == 0);
	for (unsigned i = 0; i < 10; i++)
		cr_assert(haul_virtio_blk_poll(&blk, &back) == -HAUL_EAGAIN);
	cr_assert(blk.capacity == DISK_SECTORS);
	disk.status = 1;
	disk_let_go();
	cr_assert(haul_virtio_blk_poll(&blk, &back) == 1 && back->result == -HAUL_EIO);
	disk.status = -1;
	disk.hold = false;
	cr_assert(read_at(0, 4) == 0);
	machine.hostile = false;
	cr_assert(poll_all() == 0 && blk.capacity == 2);
	cr_assert(read_at(0, 4) == -HAUL_ERANGE);
	disk_end();
}

Test(virtio_blk_hostile, a47_a29_the_configuration_never_stands_still)
{
	machine_each(config_storm);
}

static void removed(void)
{
	disk_begin();
	machine.config.hook = machine_gone;
	disk.hold = true;
	disk_open();
	submit_read(0);
	machine.hostile = true;
	cr_assert(haul_virtio_blk_kick(&blk) == -HAUL_ENODEV);
	cr_assert(poll_all() == -HAUL_ENODEV);
	cr_assert(haul_virtio_blk_close(&blk) == -HAUL_ENODEV);
	cr_assert(!machine_is_idle(), "nobody knows what it does to it");
	machine.hostile = false;
	disk_end();
	cr_assert(poll_all() == -HAUL_EINVAL && requests[0].result == -HAUL_ETIMEDOUT);
}

Test(virtio_blk_hostile, init_10_the_device_is_gone)
{
	machine_each(removed);
}

static void needs_reset(void)
{
	unsigned causes;

	disk_begin();
	disk.hold = true;
	disk_open();
	submit_read(0);
	cr_assert(haul_virtio_blk_kick(&blk) == 0);
	haul_virtio_mock_break(&machine.mock);
	cr_assert(haul_virtio_blk_interrupt(&blk, &causes) == -HAUL_EPROTO);
	cr_assert(poll_all() == -HAUL_EIO);
	cr_assert(haul_virtio_blk_recover(&blk) == 0);
	cr_assert(poll_all() == 0 && requests[0].result == -HAUL_ETIMEDOUT);
	disk.nheld = 0;
	expect_order();
	disk_end();
}

Test(virtio_blk_hostile, init_8_the_device_needs_a_reset)
{
	machine_each(needs_reset);
}

/* A Hal that fails at its n-th call, then at none: whatever fails is told, and in the end
 * it has all back. */

static int find(struct haul_iova iova, size_t n, unsigned char **p)
{
	struct test_hal *hal = (struct test_hal *)machine.config.context;
	const uint64_t in_pool = iova.value - TEST_HAL_POOL_IOVA;
	const uint64_t in_buffer = iova.value - TEST_HAL_BUFFER_IOVA;

	if (in_pool + n <= TEST_HAL_PAGES * TEST_HAL_PAGE)
		*p = hal->arena.view + in_pool;
	else if (in_buffer + n <= TEST_HAL_BUFFER)
		*p = test_hal_buffer + in_buffer;
	else
		return -HAUL_ERANGE;
	return 0;
}

static int hal_read(void *context, struct haul_iova iova, void *data, size_t n)
{
	unsigned char *p;
	const int err = find(iova, n, &p);

	(void)context;
	if (!err)
		memcpy(data, p, n);
	return err;
}

static int hal_write(void *context, struct haul_iova iova, const void *data, size_t n)
{
	unsigned char *p;
	const int err = find(iova, n, &p);

	(void)context;
	if (!err)
		memcpy(p, data, n);
	return err;
}

static struct test_hal *begin_hal(unsigned fail, bool refuses)
{
	struct test_hal *hal;

	disk_begin();
	cr_assert(haul_dma_device_end(&machine.dma) == 0);
	hal = test_hal_begin();
	hal->refuses = refuses;
	machine.limits.coherent = true;
	cr_assert(haul_dma_device_init(&machine.dma, &hal->hal, &machine.limits) == 0);
	hal->fail = hal->total + fail;
	machine.config.context = hal;
	machine.config.memory =
		(struct haul_virtio_mock_memory){.read = hal_read, .write = hal_write};
	machine.data = test_hal_buffer;
	return hal;
}

/* What the Hal did not take back the first time. */
static void end_rest(void)
{
	if (machine.device.state != HAUL_VIRTIO_RUNNING)
		cr_assert(haul_virtio_reset(&machine.device) == 0);
	else if (haul_virtio_blk_close(&blk))
		cr_assert(haul_virtio_blk_close(&blk) == 0);
	if (blk.memory.size)
		cr_assert(haul_dma_coherent_free(&blk.memory) == 0);
}

/* False: it did not come to that call. */
static bool survive(unsigned fail, bool refuses)
{
	struct test_hal *hal = begin_hal(fail, refuses);
	int err = disk_try();

	if (!err)
		err = haul_virtio_blk_read(&blk, 3, machine.data, 4, machine_never());
	if (!err)
		err = haul_virtio_blk_write(&blk, 3, machine.data, 4, machine_never());
	end_rest();
	cr_assert(test_hal_idle(hal), "call %u failed: %d", fail, err);
	cr_assert(!machine.mock.complaint);
	return hal->total >= hal->fail;
}

Test(virtio_blk_hostile, a48_a49_deviation_12_a_hal_that_fails)
{
	for (unsigned refuses = 0; refuses < 2; refuses++) {
		unsigned n = 1;

		while (survive(n, refuses))
			n++;
		cr_assert(n > 8, "of %u calls", n);
	}
}

static void misaligned(struct haul_hal_memory *memory)
{
	memory->iova.value += 8;
}

Test(virtio_blk_hostile, a49_memory_that_cannot_be)
{
	struct test_hal *hal = begin_hal(0, false);

	hal->fail = 0;
	hal->lie = misaligned;
	cr_assert(disk_try() == -HAUL_EPROTO);
	hal->lie = NULL;
	cr_assert(test_hal_idle(hal));
}
