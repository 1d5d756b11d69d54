/* SPDX-License-Identifier: MIT */
/*
 * The entropy driver against a device of the test's, which gives the bytes 1, 2, 3, ...  aN in a
 * test's name is the attack of that number of the field notes, deviation_N the point N of
 * their section 1.5.
 */
#include "virtio_machine.h"
#include <haul/virtio_rng.h>
#include <string.h>

static struct haul_virtio_rng rng;
static struct haul_virtio_mock_queue *const queue = &machine.queues[0];
static unsigned char counter; /* the device's next byte */
static uint32_t most;         /* it gives at a time */
static int64_t says;          /* the length that it says it gave; -1: the right one */

/* Requests that it keeps. */
enum { HELD = 16 };
static struct haul_virtio_mock_request held[HELD];
static unsigned nheld;

static void give(const struct haul_virtio_mock_request *request)
{
	static unsigned char bytes[MACHINE_DATA];
	uint32_t len = request->writable < most ? (uint32_t)request->writable : most;

	cr_assert(request->nout == 0, "5.4.6.1: it is to be written only");
	cr_assert(len <= sizeof bytes);
	for (uint32_t i = 0; i < len; i++)
		bytes[i] = ++counter;
	cr_assert(haul_virtio_mock_write(&machine.mock, request, 0, bytes, len) == 0);
	cr_assert(haul_virtio_mock_use(&machine.mock, request, says < 0 ? len : (uint32_t)says) ==
		  0);
}

static void serve(struct haul_virtio_mock *mock, unsigned index)
{
	struct haul_virtio_mock_request request;

	while (haul_virtio_mock_take(mock, index, &request) == 1)
		give(&request);
}

static void hold(struct haul_virtio_mock *mock, unsigned index)
{
	while (nheld < HELD && haul_virtio_mock_take(mock, index, &held[nheld]) == 1)
		nheld++;
}

static void begin(void)
{
	machine_setup(HAUL_VIRTIO_RNG_TYPE, MACHINE_ALL);
	queue->max = 8;
	queue->serve = serve;
	machine.config.size = 0;
	machine_begin();
	counter = 0;
	most = UINT32_MAX;
	says = -1;
	nheld = 0;
	memset(&rng, 0, sizeof rng);
}

static void open_(void)
{
	machine_open();
	cr_assert(haul_virtio_rng_open(
			  &rng, &machine.device,
			  &(struct haul_virtio_rng_config){HAUL_VIRTIO_NO_VECTOR, true}) == 0);
}

static void end(void)
{
	cr_assert(haul_virtio_rng_close(&rng) == 0);
	machine_end();
}

static bool is_counted(const unsigned char *p, size_t n, unsigned char from)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != (unsigned char)(from + i))
			return false;
	return true;
}

static int read_all(size_t size, size_t *done)
{
	return haul_virtio_rng_read(&rng, machine.data, size, machine_never(), done);
}

static void read_sizes(void)
{
	static const size_t sizes[] = {1, 2, 63, 64, 65, 1000, 4096};

	begin();
	open_();
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		size_t done;

		counter = 0;
		memset(machine.data, 0xee, MACHINE_DATA);
		cr_assert(read_all(sizes[i], &done) == 0 && done == sizes[i]);
		cr_assert(is_counted(machine.data, done, 1), "%zu bytes", done);
		for (size_t k = done; k < MACHINE_DATA; k++)
			cr_assert(machine.data[k] == 0xee, "byte %zu of %zu", k, done);
	}
	end();
}

Test(virtio_rng, reads_of_every_size)
{
	machine_each(read_sizes);
}

static void read_by_pieces(void)
{
	size_t done;

	begin();
	open_();
	most = 7;
	cr_assert(read_all(100, &done) == 0 && done == 100);
	cr_assert(is_counted(machine.data, 100, 1));
	cr_assert(queue->requests == 15);
	cr_assert(read_all(0, &done) == 0 && done == 0);
	end();
}

Test(virtio_rng, a_device_may_give_less_than_it_was_asked_for)
{
	machine_each(read_by_pieces);
}

/* Submitted together, with one kick; used in another order. */
static void many(void)
{
	static struct haul_virtio_rng_request requests[9];
	struct haul_virtio_rng_request *done;

	begin();
	queue->serve = hold;
	open_();
	for (unsigned i = 0; i < 9; i++) {
		requests[i] =
			(struct haul_virtio_rng_request){.p = machine.data + 256 * i, .size = 256};
		cr_assert(haul_virtio_rng_submit(&rng, &requests[i]) == (i < 8 ? 0 : -HAUL_ENOSPC));
	}
	cr_assert(queue->requests == 0);
	cr_assert(haul_virtio_rng_kick(&rng) == 0);
	cr_assert(queue->kicks == 1 && nheld == 8);
	cr_assert(haul_virtio_rng_poll(&rng, &done) == 0);
	for (unsigned i = 0; i < 8; i++)
		give(&held[(i * 3) % 8]);
	for (unsigned i = 0; i < 8; i++) {
		cr_assert(haul_virtio_rng_poll(&rng, &done) == 1);
		cr_assert(done == &requests[(i * 3) % 8] && done->result == 0);
		cr_assert(done->len == 256 && is_counted(done->p, 256, 1));
	}
	cr_assert(haul_virtio_rng_poll(&rng, &done) == 0);
	end();
}

Test(virtio_rng, requests_are_handed_back_as_they_are_done)
{
	machine_each(many);
}

Test(virtio_rng, requests_that_cannot_be)
{
	struct haul_virtio_rng_request request = {.p = NULL}, *back;

	begin();
	open_();
	request.p = machine.data;
	cr_assert(haul_virtio_rng_submit(&rng, &request) == -HAUL_EINVAL);
	request.size = (size_t)UINT32_MAX + 1;
	cr_assert(haul_virtio_rng_submit(&rng, &request) == -HAUL_EINVAL);
	cr_assert(haul_virtio_rng_kick(&rng) == 0);
	cr_assert(queue->kicks == 0);
	request.size = 1;
	cr_assert(haul_virtio_rng_submit(&rng, &request) == 0);
	cr_assert(haul_virtio_rng_submit(&rng, &request) == -HAUL_EBUSY, "it is the driver's");
	cr_assert(haul_virtqueue_in_flight(&rng.queue.ring) == 1);
	end();
	cr_assert(haul_virtio_rng_submit(&rng, &request) == -HAUL_EINVAL, "it is closed");
	cr_assert(haul_virtio_rng_poll(&rng, &back) == 1 && back == &request);
	cr_assert(!request.busy && request.result == -HAUL_ETIMEDOUT);
	cr_assert(haul_virtio_rng_poll(&rng, &back) == -HAUL_EINVAL);
	cr_assert(haul_virtio_rng_recover(&rng) == -HAUL_EINVAL);
	cr_assert(haul_virtio_rng_close(&rng) == -HAUL_EINVAL);
}

static void wait_for_interrupt(void *context, uint64_t deadline)
{
	unsigned causes;

	(void)context;
	(void)deadline;
	haul_virtio_mock_serve(&machine.mock);
	cr_assert(machine.mock.causes == HAUL_VIRTIO_CAUSE_QUEUE);
	cr_assert(haul_virtio_interrupt(&machine.device, &causes) == 0);
	cr_assert(causes == HAUL_VIRTIO_CAUSE_QUEUE);
}

static void by_interrupts(void)
{
	size_t done;

	begin();
	machine.config.later = true;
	machine.options.wait = wait_for_interrupt;
	machine_open();
	cr_assert(haul_virtio_rng_open(
			  &rng, &machine.device,
			  &(struct haul_virtio_rng_config){HAUL_VIRTIO_NO_VECTOR, false}) == 0);
	for (unsigned i = 1; i <= 20; i++) {
		cr_assert(read_all(100, &done) == 0 && done == 100);
		cr_assert(machine.mock.interrupts == i);
	}
	end();
}

Test(virtio_rng, interrupts)
{
	machine_each(by_interrupts);
}

Test(virtio_rng, polled_devices_do_not_interrupt)
{
	size_t done;

	begin();
	open_();
	for (unsigned i = 0; i < 20; i++)
		cr_assert(read_all(100, &done) == 0);
	cr_assert(machine.mock.interrupts == 0);
	end();
}

/* It says that it gave more than there was room for. */
static void overstated(void)
{
	const int expected = machine.policy == HAUL_VIRTIO_CONFIDENTIAL ? -HAUL_EPROTO : 0;
	size_t done;

	begin();
	open_();
	says = UINT32_MAX;
	memset(machine.data, 0xee, MACHINE_DATA);
	cr_assert(read_all(100, &done) == expected);
	cr_assert(done == (expected ? 0 : 100));
	cr_assert(machine.data[100] == 0xee);
	says = -1;
	cr_assert(read_all(100, &done) == 0 && done == 100);
	end();
}

Test(virtio_rng, a9_deviation_7_lengths_that_cannot_be)
{
	machine_each(overstated);
}

static void nothing_given(void)
{
	struct haul_virtio_rng_request request = {.size = 10}, *back;
	size_t done;

	begin();
	open_();
	says = 0;
	cr_assert(read_all(100, &done) == -HAUL_EPROTO && done == 0);
	cr_assert(machine.device.state == HAUL_VIRTIO_RUNNING, "it is recovered");
	request.p = machine.data;
	cr_assert(haul_virtio_rng_submit(&rng, &request) == 0);
	cr_assert(haul_virtio_rng_kick(&rng) == 0);
	cr_assert(haul_virtio_rng_poll(&rng, &back) == 1);
	cr_assert(back == &request && request.result == -HAUL_EPROTO && request.len == 0);
	cr_assert(machine.device.reason == HAUL_VIRTIO_PROTOCOL);
	cr_assert(machine.mock.status & HAUL_VIRTIO_FAILED);
	cr_assert(haul_virtio_rng_poll(&rng, &back) == -HAUL_EIO);
	says = -1;
	cr_assert(haul_virtio_rng_recover(&rng) == 0);
	cr_assert(read_all(100, &done) == 0 && done == 100);
	end();
}

Test(virtio_rng, a9_not_one_byte)
{
	machine_each(nothing_given);
}

/* Used elements that are wrong, and what they are told as. */
static const struct {
	uint32_t id;
	unsigned times;
	enum haul_virtio_reason reason;
} lies[] = {
	{8, 1, HAUL_VIRTIO_USED_RANGE},       {UINT32_MAX, 1, HAUL_VIRTIO_USED_RANGE},
	{0x10000, 1, HAUL_VIRTIO_USED_RANGE}, {5, 1, HAUL_VIRTIO_USED_TWICE},
	{0, 2, HAUL_VIRTIO_USED_TWICE},
};
static unsigned lie;

static void serve_lies(struct haul_virtio_mock *mock, unsigned index)
{
	hold(mock, index);
	for (unsigned i = 0; i < lies[lie].times; i++)
		haul_virtio_mock_put(mock, index, lies[lie].id, 10);
	haul_virtio_mock_show(mock, index);
}

static void wrong_ids(void)
{
	for (lie = 0; lie < sizeof lies / sizeof *lies; lie++) {
		static struct haul_virtio_rng_request requests[2];
		struct haul_virtio_rng_request *back;
		int got;
		size_t done;

		begin();
		queue->serve = serve_lies;
		open_();
		for (unsigned i = 0; i < 2; i++) {
			requests[i] = (struct haul_virtio_rng_request){.p = machine.data + 1024 * i,
								       .size = 100};
			cr_assert(haul_virtio_rng_submit(&rng, &requests[i]) == 0);
		}
		haul_virtio_rng_kick(&rng);
		while ((got = haul_virtio_rng_poll(&rng, &back)) == 1)
			cr_assert(back == &requests[0] && back->result == 0);
		cr_assert(got == -HAUL_EPROTO || got == -HAUL_EIO, "lie %u: %d", lie, got);
		cr_assert(machine.device.reason == lies[lie].reason);
		queue->serve = serve;
		cr_assert(haul_virtio_rng_recover(&rng) == 0);
		while (haul_virtio_rng_poll(&rng, &back) == 1)
			cr_assert(back->result == -HAUL_ETIMEDOUT);
		cr_assert(read_all(100, &done) == 0 && done == 100);
		end();
	}
}

Test(virtio_rng, a4_a5_a7_ids_that_cannot_be)
{
	machine_each(wrong_ids);
}

static void jump(struct haul_virtio_mock *mock, unsigned index)
{
	const uint16_t idx = 60000;

	hold(mock, index);
	haul_virtio_mock_poke(mock, index, HAUL_VIRTIO_MOCK_DEVICE, 2, &idx, sizeof idx);
}

/* TRUSTED devices are not asked how far they are: elements of zeros are id 0, of no bytes. */
static void index_jumps(void)
{
	size_t done;

	begin();
	queue->serve = jump;
	open_();
	cr_assert(read_all(100, &done) == -HAUL_EPROTO);
	cr_assert(queue->requests == 1);
	queue->serve = serve;
	cr_assert(read_all(100, &done) == 0 && done == 100);
	end();
}

Test(virtio_rng, a1_a2_index_jumps)
{
	machine_each(index_jumps);
}

/* It never answers: the queue is reset, or the device. */
static void silent(bool ring_reset)
{
	static struct haul_virtio_rng_request request;
	struct haul_virtio_rng_request *back;
	size_t done;

	begin();
	machine_offer(HAUL_VIRTIO_F_RING_RESET, ring_reset);
	queue->serve = NULL;
	open_();
	request = (struct haul_virtio_rng_request){.p = machine.data + 4096, .size = 100};
	cr_assert(haul_virtio_rng_submit(&rng, &request) == 0);
	cr_assert(haul_virtio_rng_read(&rng, machine.data, 100, machine_soon(), &done) ==
		  -HAUL_ETIMEDOUT);
	cr_assert(done == 0 && machine.mock.resets == (ring_reset ? 1 : 3));
	cr_assert(haul_virtio_rng_poll(&rng, &back) == 1 && back == &request);
	cr_assert(back->result == -HAUL_ETIMEDOUT && back->len == 0);
	queue->serve = serve;
	cr_assert(read_all(100, &done) == 0 && done == 100);
	end();
}

static void silent_with(void)
{
	silent(true);
}

static void silent_without(void)
{
	silent(false);
}

Test(virtio_rng, a43_no_answer_and_the_queue_is_reset)
{
	machine_each(silent_with);
}

Test(virtio_rng, a43_no_answer_and_the_device_is_reset)
{
	machine_each(silent_without);
}

/* It does not reset either: what it has stays its own, until it does. */
static void undead(void)
{
	size_t done;

	begin();
	machine.config.hook = machine_never_reset;
	queue->serve = hold;
	open_();
	machine.hostile = true;
	cr_assert(haul_virtio_rng_read(&rng, machine.data, 100, machine_soon(), &done) ==
		  -HAUL_ETIMEDOUT);
	cr_assert(machine.device.state == HAUL_VIRTIO_UNKNOWN);
	cr_assert(!machine_is_idle());
	/* It may: it is not anybody else's. */
	cr_assert(haul_virtio_mock_write(&machine.mock, &held[0], 0, "late", 4) == 0);
	cr_assert(haul_virtio_rng_read(&rng, machine.data, 100, machine_soon(), &done) ==
		  -HAUL_EBUSY);
	cr_assert(haul_virtio_rng_close(&rng) == -HAUL_ETIMEDOUT);
	cr_assert(haul_virtio_rng_recover(&rng) == -HAUL_ETIMEDOUT);
	cr_assert(!machine_is_idle());
	machine.hostile = false;
	queue->serve = serve;
	cr_assert(haul_virtio_rng_recover(&rng) == 0);
	cr_assert(read_all(100, &done) == 0 && done == 100);
	end();
}

Test(virtio_rng, a43_a46_no_reset_and_memory_stays_the_devices)
{
	machine_each(undead);
}

Test(virtio_rng, a42_a45_interrupts_for_nothing)
{
	const unsigned times = test_long() ? 1000000 : 10000;
	struct haul_virtio_rng_request *back;
	unsigned causes;
	size_t done;

	begin();
	machine_open();
	machine.mock.causes = 3;
	cr_assert(haul_virtio_interrupt(&machine.device, &causes) == 0 && causes == 0);
	open_();
	for (unsigned i = 0; i < times; i++) {
		machine.mock.causes = UINT32_MAX;
		cr_assert(haul_virtio_interrupt(&machine.device, &causes) == 0);
		cr_assert(causes == (HAUL_VIRTIO_CAUSE_QUEUE | HAUL_VIRTIO_CAUSE_CONFIG));
		cr_assert(haul_virtio_rng_poll(&rng, &back) == 0);
	}
	cr_assert(read_all(100, &done) == 0 && done == 100);
	cr_assert(haul_virtio_rng_close(&rng) == 0);
	machine.mock.causes = 3;
	cr_assert(haul_virtio_interrupt(&machine.device, &causes) == 0 && causes == 0);
	machine_end();
}

static void needs_reset(void)
{
	struct haul_virtio_rng_request *back;
	unsigned causes;
	size_t done;

	begin();
	open_();
	haul_virtio_mock_break(&machine.mock);
	cr_assert(haul_virtio_interrupt(&machine.device, &causes) == -HAUL_EPROTO);
	cr_assert(machine.device.reason == HAUL_VIRTIO_NEEDS_RESET);
	cr_assert(haul_virtio_rng_poll(&rng, &back) == -HAUL_EIO);
	cr_assert(haul_virtio_rng_recover(&rng) == 0);
	cr_assert(read_all(100, &done) == 0 && done == 100);
	end();
}

Test(virtio_rng, needs_reset)
{
	machine_each(needs_reset);
}

Test(virtio_rng, other_devices_are_refused)
{
	begin();
	machine.config.type = 2;
	machine_open();
	cr_assert(haul_virtio_rng_open(&rng, &machine.device,
				       &(struct haul_virtio_rng_config){HAUL_VIRTIO_NO_VECTOR,
									true}) == -HAUL_ENODEV);
	begin();
	queue->max = 0;
	machine_open();
	cr_assert(haul_virtio_rng_open(&rng, &machine.device,
				       &(struct haul_virtio_rng_config){HAUL_VIRTIO_NO_VECTOR,
									true}) == -HAUL_ENOENT);
	cr_assert(machine.device.state == HAUL_VIRTIO_RESET);
	machine_end();
}

/* Memory in more pieces than a request may have is filled by more requests. */
Test(virtio_rng, memory_in_many_pieces)
{
	struct haul_virtio_rng_request request = {.size = 100};
	size_t done;

	begin();
	cr_assert(haul_dma_device_end(&machine.dma) == 0);
	machine.limits.segment_max = 16;
	machine_limit();
	open_();
	request.p = machine.data;
	cr_assert(haul_virtio_rng_submit(&rng, &request) == -HAUL_ENOSPC);
	cr_assert(read_all(100, &done) == 0 && done == 100);
	cr_assert(queue->requests > 1 && is_counted(machine.data, 100, 1));
	end();
}

static unsigned char before[100]; /* what the device finds */

static void look_first(struct haul_virtio_mock *mock, unsigned index)
{
	const struct haul_virtio_mock_request request = machine_take(index);
	const struct haul_virtio_mock_memory *memory = &mock->config.memory;
	const int err = memory->read(memory->context, request.segments[0].iova, before, 100);

	cr_assert(err == 0 || err == -HAUL_EACCES);
	give(&request);
}

/* What it is to write only, it does not get to see where it bounces. */
static void not_shown(void)
{
	size_t done;

	begin();
	queue->serve = look_first;
	open_();
	memset(machine.data, 's', 100);
	memset(before, 0, sizeof before);
	cr_assert(read_all(100, &done) == 0 && done == 100);
	if (machine.kind == MACHINE_BOUNCE)
		for (unsigned i = 0; i < sizeof before; i++)
			cr_assert(before[i] != 's');
	end();
}

Test(virtio_rng, what_was_in_the_memory_is_not_shown)
{
	machine_each(not_shown);
}

Test(virtio_rng, legacy)
{
	size_t done;

	begin();
	machine_legacy();
	queue->max = 1;
	open_();
	cr_assert(read_all(100, &done) == 0 && done == 100);
	cr_assert(is_counted(machine.data, 100, 1));
	end();
}
