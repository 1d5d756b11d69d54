/* SPDX-License-Identifier: MIT */
/*
 * Hostile devices against every driver's queues: every attack that can be made on any of them, with
 * each policy, on each kind of machine, with the features that rings may have and without.  aN in a
 * test's name is the attack of that number of the field notes.  Whatever the device does comes to
 * the error that is defined, in time; all memory comes back; and after a reset it works.
 *
 * What can be done to one kind of device alone is in its own driver's tests; what registers can do
 * that the mock has none of, in the transports' (doc/virtio.md).
 */
#include "virtio_subject.h"
#include <string.h>

static const struct subject *subject;
static bool all; /* with all features */

#define CHECK(condition) \
	cr_assert(condition, "%s: policy %d, machine %d, features %d", subject->name, \
		  (int)machine.policy, (int)machine.kind, (int)all)

static const char *taken_for(enum haul_virtio_reason reason)
{
	return haul_virtio_reason_text(reason);
}

/* The device has these. */
static struct haul_virtio_mock_request held[8];
static unsigned nheld;

static void (*attack)(void);
static bool opens; /* the driver is to be open */
static uint64_t chance;

static struct haul_virtqueue *ring(void)
{
	return &subject->ring()->ring;
}

static struct haul_virtio_mock_queue *queue(void)
{
	return &machine.queues[subject->queue];
}

static void take_all(void)
{
	while (nheld < 8 && haul_virtio_mock_take(&machine.mock, subject->queue, &held[nheld]) == 1)
		nheld++;
}

/* Two requests are in flight at least, and the device has them. */
static void hold(void)
{
	nheld = 0;
	CHECK(subject->submit() == 0);
	CHECK(subject->submit() == 0);
	take_all();
	CHECK(nheld >= 2);
}

static void answer_all(void)
{
	for (unsigned i = 0; i < nheld; i++)
		subject->answer(&held[i], -1);
	nheld = 0;
}

/* Until there is nothing, or an error: that, or the first result that was one; how many came. */
static int poll_all(unsigned *count)
{
	int worst = 0, got;

	*count = 0;
	do {
		int result = 0;

		got = subject->poll(&result);
		if (!worst && got < 0)
			worst = got;
		if (!worst && got == 1)
			worst = result;
		*count += got == 1;
		CHECK(*count <= 2 * SUBJECT_REQUESTS);
	} while (got == 1);
	return worst;
}

static void comes_back(unsigned least)
{
	unsigned count;

	CHECK(poll_all(&count) == 0);
	CHECK(count >= least);
	CHECK(machine.device.state == HAUL_VIRTIO_RUNNING);
}

/* Nobody asked for interrupts, but of what is posted. */
static void works(void)
{
	const uint64_t before = machine.mock.interrupts;

	nheld = 0;
	CHECK(subject->submit() == 0);
	take_all();
	answer_all();
	comes_back(1);
	CHECK(subject->is_posted || machine.mock.interrupts == before);
}

/* After that it works; what was in flight was not done. */
static void mends(void)
{
	unsigned count;
	int worst;

	CHECK(subject->recover() == 0);
	worst = poll_all(&count);
	CHECK(worst == 0 || worst == -HAUL_ETIMEDOUT || worst == -HAUL_EPROTO);
	works();
}

static void is_broken(enum haul_virtio_reason reason)
{
	int result;

	cr_assert(machine.device.reason == reason, "%s: policy %d, machine %d: %s", subject->name,
		  (int)machine.policy, (int)machine.kind, taken_for(machine.device.reason));
	CHECK(machine.mock.status & HAUL_VIRTIO_FAILED);
	CHECK(subject->poll(&result) == -HAUL_EIO);
	CHECK(subject->is_posted || subject->submit() == -HAUL_EIO);
	mends();
}

/* It is found out.  What has been done well comes back first, also by the call that found it out.
 */
static void violates(enum haul_virtio_reason reason)
{
	unsigned count;
	const int worst = poll_all(&count);

	CHECK(worst == -HAUL_EPROTO || (worst == -HAUL_EIO && count > 0));
	is_broken(reason);
}

static void run(void)
{
	if (!opens && !subject->is_first)
		return;
	nheld = 0;
	subject->setup(all);
	machine.options.timeout = 200000;
	machine_open();
	if (opens)
		CHECK(subject->open() == 0);
	attack();
	machine.hostile = false;
	CHECK(subject->close() == 0);
	machine_end();
}

static void each(void (*body)(void), bool is_open)
{
	attack = body;
	opens = is_open;
	chance = test_seed();
	for (unsigned i = 0; i < SUBJECTS; i++)
		for (int with = 0; with < 2; with++) {
			subject = subjects[i];
			all = with;
			machine_each(run);
		}
}

/* The driver is open. */
static void each_running(void (*body)(void))
{
	each(body, true);
}

/* It is not: once for each driver. */
static void each_closed(void (*body)(void))
{
	each(body, false);
}

/* What the device writes into the ring. */

static void put(uint32_t id, uint32_t len)
{
	CHECK(haul_virtio_mock_put(&machine.mock, subject->queue, id, len) == 0);
}

static void show(void)
{
	CHECK(haul_virtio_mock_show(&machine.mock, subject->queue) == 0);
}

static void poke(enum haul_virtio_mock_area area, size_t off, const void *data, size_t n)
{
	CHECK(haul_virtio_mock_poke(&machine.mock, subject->queue, area, off, data, n) == 0);
}

static void poke_index(uint16_t index)
{
	poke(HAUL_VIRTIO_MOCK_DEVICE, 2, &index, sizeof index);
}

static void poke_junk(enum haul_virtio_mock_area area, size_t off, size_t n)
{
	static unsigned char junk[1024];

	CHECK(n <= sizeof junk);
	for (size_t i = 0; i < n; i++)
		junk[i] = (unsigned char)test_random(&chance);
	poke(area, off, junk, n);
}

static bool is_trusted(void)
{
	return machine.policy == HAUL_VIRTIO_TRUSTED;
}

static bool is_confidential(void)
{
	return machine.policy == HAUL_VIRTIO_CONFIDENTIAL;
}

/* The ring. */

static uint16_t jump;

/* TRUSTED devices are not asked how far they are: an element of zeros is id 0, of no bytes, and
 * so is the next. */
static void index_jumps(void)
{
	const enum haul_virtio_reason zeros =
		subject->empty ? subject->empty : HAUL_VIRTIO_USED_TWICE;

	hold();
	poke_index((uint16_t)(haul_virtqueue_in_flight(ring()) + jump));
	violates(is_trusted() ? zeros : HAUL_VIRTIO_USED_INDEX);
}

Test(virtio_hostile, a1_index_jumps)
{
	static const uint16_t jumps[] = {1, 1000, 32768, 65520};

	for (size_t i = 0; i < sizeof jumps / sizeof *jumps; i++) {
		jump = jumps[i];
		each_running(index_jumps);
	}
}

static void index_goes_back(void)
{
	unsigned count;

	hold();
	subject->answer(&held[0], -1);
	CHECK(poll_all(&count) == 0 && count == 1);
	poke_index(0);
	violates(is_trusted() ? HAUL_VIRTIO_USED_TWICE : HAUL_VIRTIO_USED_INDEX);
}

Test(virtio_hostile, a2_index_goes_back)
{
	each_running(index_goes_back);
}

/* It was seen, and is not there any more when it is looked at. */
static void index_flickers(void)
{
	unsigned count;

	hold();
	subject->answer(&held[0], -1);
	for (unsigned i = 0; i < 3; i++) {
		poke_index(1);
		CHECK(haul_virtqueue_pending(ring()));
		poke_index(0);
		CHECK(poll_all(&count) == 0 && count == 0);
	}
	poke_index(1);
	comes_back(1);
	subject->answer(&held[1], -1);
	comes_back(1);
}

Test(virtio_hostile, a3_index_changes_between_two_looks)
{
	each_running(index_flickers);
}

static uint32_t beyond;

static void id_beyond(void)
{
	hold();
	put(beyond ? beyond + held[0].head : ring()->config.size, 1);
	show();
	violates(HAUL_VIRTIO_USED_RANGE);
}

Test(virtio_hostile, a4_id_beyond_the_ring)
{
	static const uint32_t ids[] = {0, 0x10000, 0x80000000, UINT32_MAX - 31};

	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		beyond = ids[i];
		each_running(id_beyond);
	}
}

/* (All of a console's receiving queue is in flight all the time.) */
static void id_is_free(void)
{
	hold();
	if (!haul_virtqueue_room(ring(), 1))
		return;
	put(ring()->config.size - 1, 1);
	show();
	violates(HAUL_VIRTIO_USED_TWICE);
}

Test(virtio_hostile, a5_id_that_is_free)
{
	each_running(id_is_free);
}

static unsigned chains;

/* (Those of one segment, and those in tables, have none.) */
static void id_in_the_middle(void)
{
	uint16_t next;

	hold();
	if (held[0].nout + held[0].nin < 2 || held[0].indirect)
		return;
	chains++;
	CHECK(haul_virtio_mock_peek(&machine.mock, subject->queue, HAUL_VIRTIO_MOCK_DESCRIPTORS,
				    16 * (size_t)held[0].head + 14, &next, sizeof next) == 0);
	put(next, 1);
	show();
	violates(HAUL_VIRTIO_USED_TWICE);
}

Test(virtio_hostile, a6_id_in_the_middle_of_a_chain)
{
	each_running(id_in_the_middle);
	cr_assert(chains > 0);
}

static void used_twice(void)
{
	const uint32_t len = subject->is_posted ? 12 : 0;

	hold();
	subject->answer(&held[0], -1);
	put(held[0].head, len);
	show();
	violates(HAUL_VIRTIO_USED_TWICE);
}

/* What is posted again at once is in flight again, and may be used. */
static bool is_posted_anew(uint16_t head)
{
	unsigned i = nheld;

	take_all();
	for (; i < nheld; i++)
		if (held[i].head == head)
			return true;
	return false;
}

static void used_again_later(void)
{
	unsigned count;

	hold();
	subject->answer(&held[0], -1);
	CHECK(poll_all(&count) == 0 && count == 1);
	if (is_posted_anew(held[0].head))
		return;
	put(held[0].head, 1);
	show();
	violates(HAUL_VIRTIO_USED_TWICE);
}

Test(virtio_hostile, a7_id_used_twice)
{
	each_running(used_twice);
	each_running(used_again_later);
}

static void used_after_a_reset(void)
{
	unsigned count;
	uint16_t head;

	hold();
	head = held[0].head;
	nheld = 0;
	CHECK(subject->recover() == 0);
	(void)poll_all(&count);
	CHECK(machine.device.state == HAUL_VIRTIO_RUNNING);
	if (is_posted_anew(head))
		return;
	put(head, 1);
	show();
	violates(is_trusted() ? HAUL_VIRTIO_USED_TWICE : HAUL_VIRTIO_USED_INDEX);
}

Test(virtio_hostile, a8_id_of_before_a_reset)
{
	each_running(used_after_a_reset);
}

/* Bytes more than the device could write; of what it only reads, any. */
static int64_t more;

static void overstated(void)
{
	hold();
	subject->answer(&held[0], more < 0 ? UINT32_MAX : (int64_t)held[0].writable + more);
	if (is_confidential()) {
		violates(HAUL_VIRTIO_USED_LENGTH);
		return;
	}
	comes_back(1);
	subject->answer(&held[1], -1);
	comes_back(1);
	works();
}

Test(virtio_hostile, a9_length_beyond_the_buffer)
{
	more = 1;
	each_running(overstated);
	more = -1;
	each_running(overstated);
}

/* (A TRUSTED disk's lengths are not looked at, but its status is there.) */
static void empty(void)
{
	const bool is_block = subject->reads_config() && subject->least == 4;

	hold();
	subject->answer(&held[0], 0);
	if (subject->empty && !(is_block && is_trusted())) {
		violates(subject->empty);
		return;
	}
	comes_back(0);
	works();
}

Test(virtio_hostile, a9_nothing_written)
{
	each_running(empty);
}

static void element_changes(void)
{
	hold();
	subject->answer(&held[0], -1);
	comes_back(1);
	poke_junk(HAUL_VIRTIO_MOCK_DEVICE, 4, 8);
	subject->answer(&held[1], -1);
	comes_back(1);
	poke_junk(HAUL_VIRTIO_MOCK_DEVICE, 4, 16);
	works();
}

Test(virtio_hostile, a10_elements_change_after_they_were_read)
{
	each_running(element_changes);
}

static void descriptors_rewritten(void)
{
	for (unsigned i = 0; i < 4; i++) {
		hold();
		poke_junk(HAUL_VIRTIO_MOCK_DESCRIPTORS, 0, 16 * (size_t)ring()->config.size);
		answer_all();
		comes_back(1);
	}
}

Test(virtio_hostile, a11_descriptors_rewritten)
{
	each_running(descriptors_rewritten);
}

/* All but the flags, which a driver need not write again. */
static void driver_area_rewritten(void)
{
	for (unsigned i = 0; i < 4; i++) {
		hold();
		poke_junk(HAUL_VIRTIO_MOCK_DRIVER, 2, 4 + 2 * (size_t)ring()->config.size);
		answer_all();
		comes_back(1);
	}
}

Test(virtio_hostile, a12_driver_area_rewritten)
{
	each_running(driver_area_rewritten);
}

static void events_at_random(void)
{
	works();
	for (unsigned i = 0; i < 20; i++) {
		const uint64_t before = queue()->kicks;

		poke_junk(HAUL_VIRTIO_MOCK_DEVICE, 4 + 8 * (size_t)ring()->config.size, 2);
		poke_junk(HAUL_VIRTIO_MOCK_DEVICE, 0, 2);
		CHECK(subject->submit() == 0);
		CHECK(queue()->kicks - before <= 1);
		take_all();
		answer_all();
		comes_back(1);
		CHECK(queue()->kicks - before <= 2);
	}
}

Test(virtio_hostile, a13_events_at_random)
{
	each_running(events_at_random);
}

/* With EVENT_IDX they mean nothing, else one bit does.  (What is posted is told of when it is taken
 * back.) */
static void flags_at_random(void)
{
	static const uint16_t flags[] = {0xffff, 0xfffe, 1, 0};

	for (unsigned i = 0; i < 4; i++) {
		const bool wanted = all || !(flags[i] & 1);
		uint64_t before;

		works();
		take_all();
		poke(HAUL_VIRTIO_MOCK_DEVICE, 0, &flags[i], 2);
		before = queue()->kicks;
		if (subject->is_posted)
			answer_all();
		comes_back(0);
		CHECK(subject->submit() == 0);
		if (!subject->is_posted)
			CHECK(queue()->kicks - before == wanted);
		else
			CHECK(queue()->kicks - before <= 2 * wanted);
		take_all();
		answer_all();
		comes_back(1);
	}
}

Test(virtio_hostile, a14_flags_at_random)
{
	each_running(flags_at_random);
}

static unsigned tables;

/* (Without INDIRECT_DESC, and for requests of one segment, there are none.) */
static void tables_rewritten(void)
{
	static unsigned char junk[16 * 1024];
	const struct haul_virtio_mock_memory *memory = &machine.config.memory;
	const struct haul_dma_coherent *at = &subject->ring()->tables;

	for (unsigned i = 0; i < 4 && at->size; i++) {
		hold();
		tables += held[0].indirect;
		for (size_t k = 0; k < sizeof junk; k++)
			junk[k] = (unsigned char)test_random(&chance);
		CHECK(at->size <= sizeof junk);
		CHECK(memory->write(memory->context, at->iova, junk, at->size) == 0);
		answer_all();
		comes_back(1);
	}
}

Test(virtio_hostile, a15_tables_rewritten)
{
	each_running(tables_rewritten);
	cr_assert(tables > 0);
}

/* Registers. */

/* What the hook makes of them. */
static struct {
	enum haul_virtio_mock_call call; /* which one */
	unsigned from;                   /* the first of those that is wrong */
	uint64_t keep, set;              /* bits of the right answer; bits more */
	unsigned seen;
} lie;

static int lying(struct haul_virtio_mock *mock, enum haul_virtio_mock_call call, size_t index,
		 uint64_t *value)
{
	(void)mock;
	(void)index;
	if (machine.hostile && call == lie.call && lie.seen++ >= lie.from)
		*value = (*value & lie.keep) | lie.set;
	return 0;
}

static void lie_about(enum haul_virtio_mock_call call, unsigned from, uint64_t keep, uint64_t set)
{
	lie.call = call;
	lie.from = from;
	lie.keep = keep;
	lie.set = set;
	lie.seen = 0;
	machine.hostile = true;
	machine.mock.config.hook = lying;
}

/* Opening comes to that, and nothing is left of it when the device is in order again. */
static void open_fails(int expected)
{
	const int err = subject->open();

	cr_assert(err == expected, "%s: policy %d, machine %d, features %d: %d, not %d",
		  subject->name, (int)machine.policy, (int)machine.kind, (int)all, err, expected);
	machine.hostile = false;
	CHECK(subject->close() == 0);
	CHECK(machine_is_idle());
	machine_reopen();
	if (!expected)
		return;
	CHECK(subject->open() == 0);
	works();
	CHECK(subject->close() == 0);
	machine_reopen();
}

/* What none of the drivers asks for, whatever it is offered. */
static void everything_is_offered(void)
{
	static const uint8_t others[] = {
		HAUL_VIRTIO_F_RING_PACKED,       HAUL_VIRTIO_F_IN_ORDER, HAUL_VIRTIO_F_SR_IOV,
		HAUL_VIRTIO_F_NOTIF_CONFIG_DATA, HAUL_VIRTIO_F_ADMIN_VQ, HAUL_VIRTIO_F_SUSPEND,
	};

	machine.mock.config.features = (struct haul_virtio_features){{UINT64_MAX, UINT64_MAX}};
	CHECK(subject->open() == 0);
	for (size_t i = 0; i < sizeof others; i++)
		CHECK(!haul_virtio_features_have(&machine.mock.accepted, others[i]));
	CHECK(machine.mock.accepted.words[1] == 0);
	works();
}

Test(virtio_hostile, a30_a16_to_a23_everything_is_offered)
{
	each_closed(everything_is_offered);
}

static void features_are_missing(void)
{
	const struct haul_virtio_features offered = machine.mock.config.features;
	const uint64_t version = (uint64_t)1 << HAUL_VIRTIO_F_VERSION_1 % 64;
	const uint64_t platform = (uint64_t)1 << HAUL_VIRTIO_F_ACCESS_PLATFORM % 64;

	machine.mock.config.features.words[0] = 0;
	CHECK(subject->open() == -HAUL_ENOTSUP);
	machine.mock.config.features.words[0] = offered.words[0] & ~version;
	CHECK(subject->open() == -HAUL_ENOTSUP);
	machine.mock.config.features.words[0] = offered.words[0] & ~platform;
	CHECK(subject->open() == (is_confidential() ? -HAUL_ENOTSUP : 0));
}

Test(virtio_hostile, a30_features_are_missing)
{
	each_closed(features_are_missing);
}

/* They are read once: what it says the next time is nothing to anybody. */
static void features_change(void)
{
	lie_about(HAUL_VIRTIO_MOCK_FEATURES, 2, 0, UINT32_MAX);
	CHECK(subject->open() == 0);
	CHECK(lie.seen == 2);
	works();
}

Test(virtio_hostile, a30_features_change)
{
	each_closed(features_change);
}

/* The sizes that it says its queues have. */
static void queue_sizes(void)
{
	static const uint32_t wrong[] = {0x8001, 0x10000, UINT32_MAX};
	static const uint32_t small[] = {1, 2, 3, 5};

	lie_about(HAUL_VIRTIO_MOCK_QUEUE_MAX, 0, 0, 0);
	open_fails(-HAUL_ENOENT);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		lie_about(HAUL_VIRTIO_MOCK_QUEUE_MAX, 0, 0, wrong[i]);
		open_fails(-HAUL_EPROTO);
	}
	for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
		const bool enough = (small[i] == 3 ? 2 : small[i]) >= subject->least;

		lie_about(HAUL_VIRTIO_MOCK_QUEUE_MAX, 0, 0, small[i]);
		open_fails(enough ? 0 : subject->too_small);
	}
}

Test(virtio_hostile, a25_sizes_of_queues)
{
	each_closed(queue_sizes);
}

static void queue_in_use(void)
{
	lie_about(HAUL_VIRTIO_MOCK_QUEUE_IN_USE, 0, 0, 1);
	open_fails(-HAUL_EBUSY);
}

Test(virtio_hostile, a26_a_queue_is_in_use)
{
	each_closed(queue_in_use);
}

/* Then the device is reset. */
static void queue_reset_never_ends(void)
{
	hold();
	lie_about(HAUL_VIRTIO_MOCK_QUEUE_RESETS, 0, 0, 1);
	mends();
	CHECK(machine.mock.resets > 1);
}

Test(virtio_hostile, a27_the_reset_of_a_queue_never_ends)
{
	each_running(queue_reset_never_ends);
}

/*
 * The status is read after the reset, ACKNOWLEDGE, DRIVER, FEATURES_OK and DRIVER_OK.  From one
 * of them on it is a lie.
 */
enum { STEPS = 5 };

static const struct {
	uint8_t keep, set;
	int errors[STEPS];
} statuses[] = {
	{0, 0xff, {-HAUL_ENODEV, -HAUL_ENODEV, -HAUL_ENODEV, -HAUL_ENODEV, -HAUL_ENODEV}},
	{0xff,
	 HAUL_VIRTIO_STATUS_NEEDS_RESET,
	 {-HAUL_ETIMEDOUT, -HAUL_EPROTO, -HAUL_EPROTO, -HAUL_EPROTO, -HAUL_EPROTO}},
	{0xff,
	 HAUL_VIRTIO_FAILED,
	 {-HAUL_ETIMEDOUT, -HAUL_EPROTO, -HAUL_EPROTO, -HAUL_EPROTO, -HAUL_EPROTO}},
	{0, 0, {-HAUL_EPROTO, -HAUL_EPROTO, -HAUL_EPROTO, -HAUL_ENOTSUP, -HAUL_EPROTO}},
	{(uint8_t)~HAUL_VIRTIO_FEATURES_OK,
	 0,
	 {-HAUL_ENOTSUP, -HAUL_ENOTSUP, -HAUL_ENOTSUP, -HAUL_ENOTSUP, -HAUL_EPROTO}},
	{(uint8_t)~HAUL_VIRTIO_DRIVER,
	 0,
	 {-HAUL_EPROTO, -HAUL_EPROTO, -HAUL_EPROTO, -HAUL_EPROTO, -HAUL_EPROTO}},
};

/* What the driver adds a bit to is what it has read, which the mock knows nothing of. */
static void no_bits_were_cleared(void)
{
	const char *complaint = machine.mock.complaint;

	CHECK(!complaint || strncmp(complaint, "INIT-2", 6) == 0);
	machine.mock.complaint = NULL;
}

static void status_lies(void)
{
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
		for (unsigned step = 0; step < STEPS; step++) {
			lie_about(HAUL_VIRTIO_MOCK_STATUS, step, statuses[i].keep, statuses[i].set);
			open_fails(statuses[i].errors[step]);
			no_bits_were_cleared();
		}
}

Test(virtio_hostile, a28_status_at_each_step)
{
	each_closed(status_lies);
}

/* It says nothing else than what it was asked for, but nothing comes of it: never 0. */
static void reset_never_ends(void)
{
	machine.hostile = true;
	machine.mock.config.hook = machine_never_reset;
	open_fails(-HAUL_ETIMEDOUT);
}

Test(virtio_hostile, a28_a_reset_that_never_ends)
{
	each_closed(reset_never_ends);
}

static const struct {
	uint8_t keep, set;
	int err;
	enum haul_virtio_reason reason;
} changes[] = {
	{0, 0xff, -HAUL_ENODEV, HAUL_VIRTIO_GONE},
	{0xff, HAUL_VIRTIO_STATUS_NEEDS_RESET, -HAUL_EPROTO, HAUL_VIRTIO_NEEDS_RESET},
	{0xff, HAUL_VIRTIO_FAILED, -HAUL_EPROTO, HAUL_VIRTIO_STATUS},
	{0, 0, -HAUL_EPROTO, HAUL_VIRTIO_STATUS},
	{(uint8_t)~HAUL_VIRTIO_FEATURES_OK, 0, -HAUL_EPROTO, HAUL_VIRTIO_STATUS},
};

/* It is found out where its configuration changes. */
static void status_changes(void)
{
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		const int later = changes[i].err == -HAUL_ENODEV ? -HAUL_ENODEV : -HAUL_EIO;
		unsigned causes;
		int result;

		hold();
		lie_about(HAUL_VIRTIO_MOCK_STATUS, 0, changes[i].keep, changes[i].set);
		machine.mock.causes = HAUL_VIRTIO_CAUSE_CONFIG;
		CHECK(haul_virtio_interrupt(&machine.device, &causes) == changes[i].err);
		CHECK(machine.device.reason == changes[i].reason);
		CHECK(subject->poll(&result) == later);
		machine.hostile = false;
		no_bits_were_cleared();
		mends();
	}
}

Test(virtio_hostile, a28_status_while_it_runs)
{
	each_running(status_changes);
}

static void generation_changes(void)
{
	machine.hostile = true;
	machine.mock.config.hook = machine_changes;
	open_fails(subject->reads_config() ? -HAUL_EAGAIN : 0);
}

Test(virtio_hostile, a29_the_configuration_never_stands_still)
{
	each_closed(generation_changes);
}

/* Bits that there are not; and those that there are, again and again. */
static void causes_are_stuck(void)
{
	lie_about(HAUL_VIRTIO_MOCK_INTERRUPT, 0, 0, UINT32_MAX);
	for (unsigned i = 0; i < 50; i++) {
		unsigned causes;

		CHECK(haul_virtio_interrupt(&machine.device, &causes) == 0);
		CHECK(causes == (HAUL_VIRTIO_CAUSE_QUEUE | HAUL_VIRTIO_CAUSE_CONFIG));
		comes_back(0);
	}
	works();
}

Test(virtio_hostile, a31_interrupts_that_do_not_end)
{
	each_running(causes_are_stuck);
}

/* The mock complains of every access beyond the end. */
static void configuration_is_short(void)
{
	const size_t whole = machine.config.size;

	CHECK(haul_virtio_close(&machine.device) == 0);
	for (size_t size = 0; size <= whole; size += 1 + size / 8) {
		int err;

		machine.config.size = size;
		machine_open();
		err = subject->open();
		CHECK(err == 0 || err == -HAUL_EPROTO);
		if (!err)
			works();
		CHECK(subject->close() == 0);
		CHECK(!machine.mock.complaint);
	}
}

Test(virtio_hostile, a33_the_configuration_is_short)
{
	each_closed(configuration_is_short);
}

static unsigned left; /* accesses, before it is gone; answers, before it is slow again */

static int going(struct haul_virtio_mock *mock, enum haul_virtio_mock_call call, size_t index,
		 uint64_t *value)
{
	(void)mock;
	(void)call;
	(void)index;
	(void)value;
	if (!machine.hostile)
		return 0;
	return left ? (int)(left--, 0) : -HAUL_ENODEV;
}

static int open_and_submit(void)
{
	int err = subject->open();

	if (!err)
		err = subject->submit();
	return err ? err : haul_virtio_check(&machine.device);
}

/* From any access on its registers are not there. */
static void goes_away(void)
{
	int err;

	machine.mock.config.hook = going;
	for (unsigned n = 0;; n++) {
		int result;

		machine.hostile = true;
		left = n;
		err = open_and_submit();
		if (!err)
			break;
		CHECK(err == -HAUL_ENODEV);
		CHECK(machine.device.reason == HAUL_VIRTIO_GONE);
		CHECK(subject->poll(&result) < 0);
		CHECK(subject->close() == -HAUL_ENODEV);
		machine.hostile = false;
		CHECK(subject->close() == 0);
		CHECK(machine_is_idle());
		machine_reopen();
	}
	machine.hostile = false;
	take_all();
	answer_all();
	comes_back(1);
}

Test(virtio_hostile, a41_goes_away_at_any_access)
{
	each_closed(goes_away);
}

/* What is done when. */

static void interrupts_early_and_late(void)
{
	unsigned causes;

	machine.mock.causes = 3;
	CHECK(haul_virtio_interrupt(&machine.device, &causes) == 0 && causes == 0);
	CHECK(subject->open() == 0);
	works();
	CHECK(subject->close() == 0);
	machine.mock.causes = 3;
	CHECK(haul_virtio_interrupt(&machine.device, &causes) == 0 && causes == 0);
	machine_reopen();
}

Test(virtio_hostile, a42_interrupts_early_and_late)
{
	each_closed(interrupts_early_and_late);
}

static void never_answers(void)
{
	CHECK(subject->wait() == -HAUL_ETIMEDOUT);
	if (machine.device.state == HAUL_VIRTIO_RUNNING && !subject->is_posted)
		works();
	mends();
}

Test(virtio_hostile, a43_nothing_is_ever_done)
{
	each_running(never_answers);
}

/* Nor does it reset: what it has is its own until it does. */
static void never_lets_go(void)
{
	int result;

	hold();
	machine.hostile = true;
	machine.mock.config.hook = machine_never_reset;
	CHECK(subject->recover() == -HAUL_ETIMEDOUT);
	CHECK(machine.device.state == HAUL_VIRTIO_UNKNOWN);
	CHECK(!machine_is_idle());
	CHECK(subject->poll(&result) == -HAUL_EIO);
	for (unsigned i = 0; i < nheld; i++)
		if (held[i].nin)
			machine_write(&held[i], 0, "x", 1);
	CHECK(subject->close() == -HAUL_ETIMEDOUT);
	CHECK(!machine_is_idle());
	machine.hostile = false;
	mends();
}

Test(virtio_hostile, a43_nor_does_it_reset)
{
	each_running(never_lets_go);
}

/* The device looks by itself, and is done before the notification comes. */
static int early(struct haul_virtio_mock *mock, enum haul_virtio_mock_call call, size_t index,
		 uint64_t *value)
{
	(void)mock;
	(void)value;
	if (call == HAUL_VIRTIO_MOCK_KICK && index == subject->queue && left) {
		left--;
		take_all();
		answer_all();
	}
	return 0;
}

static void done_before_the_kick(void)
{
	works();
	machine.mock.config.hook = early;
	for (unsigned i = 0; i < 3; i++) {
		left = 1;
		works();
	}
}

Test(virtio_hostile, a44_done_before_the_kick)
{
	each_running(done_before_the_kick);
}

static void interrupts_for_nothing(void)
{
	const unsigned times = test_long() ? 20000 : 200;

	for (unsigned i = 0; i < times; i++) {
		unsigned causes;

		machine.mock.causes = HAUL_VIRTIO_CAUSE_QUEUE;
		CHECK(haul_virtio_interrupt(&machine.device, &causes) == 0);
		CHECK(causes == HAUL_VIRTIO_CAUSE_QUEUE);
		comes_back(0);
	}
	works();
}

Test(virtio_hostile, a45_interrupts_for_nothing)
{
	each_running(interrupts_for_nothing);
}

/* Where there is something in between, it reaches nothing any more. */
static void writes_after_a_reset(void)
{
	const struct haul_virtio_mock_memory *memory = &machine.config.memory;
	const int expected = machine_is_model() ? -HAUL_EACCES : 0;
	struct haul_iova area;

	hold();
	area = subject->ring()->place.device;
	CHECK(subject->close() == 0);
	CHECK(memory->write(memory->context, area, "late", 4) == expected);
	for (unsigned i = 0; i < nheld; i++)
		if (held[i].nin)
			CHECK(haul_virtio_mock_write(&machine.mock, &held[i], 0, "late", 4) ==
			      expected);
	machine_reopen();
	CHECK(subject->open() == 0);
	works();
}

Test(virtio_hostile, a46_writes_after_a_reset)
{
	each_running(writes_after_a_reset);
}

static void configuration_storm(void)
{
	for (unsigned i = 0; i < 100; i++) {
		unsigned causes;

		haul_virtio_mock_change(&machine.mock);
		CHECK(haul_virtio_interrupt(&machine.device, &causes) == 0);
		CHECK(causes & HAUL_VIRTIO_CAUSE_CONFIG);
		if (i % 10 == 0)
			works();
	}
}

Test(virtio_hostile, a47_the_configuration_changes_always)
{
	each_running(configuration_storm);
}

static void configuration_is_junk(void)
{
	for (unsigned i = 0; i < 10; i++) {
		int err;

		for (size_t k = 0; k < machine.config.size; k++)
			((unsigned char *)machine.config.bytes)[k] =
				(unsigned char)test_random(&chance);
		err = subject->open();
		CHECK(err == 0 || err == -HAUL_EPROTO);
		CHECK(subject->close() == 0);
		CHECK(machine_is_idle());
		machine_reopen();
	}
}

Test(virtio_hostile, a47_the_configuration_is_junk)
{
	each_closed(configuration_is_junk);
}

/* Memory. */

static bool is_hals(int err)
{
	return err == -HAUL_ENOMEM || err == -HAUL_EIO;
}

/* Each call of the Hal fails in turn, of opening and of a request. */
static void hal_fails(void)
{
	unsigned failed = 0;

	for (;;) {
		int err;

		machine.calls = 0;
		machine.fail = ++failed;
		err = subject->open();
		if (!err)
			break;
		machine.fail = 0;
		CHECK(is_hals(err));
		CHECK(subject->close() == 0);
		CHECK(machine_is_idle());
		machine_reopen();
	}
	CHECK(machine.calls < failed);
	CHECK(failed > 1);
	machine.fail = 0;
	works();
}

Test(virtio_hostile, a48_opening_fails_at_each_call)
{
	each_closed(hal_fails);
}

static void submitting_fails(void)
{
	const size_t before = haul_virtqueue_in_flight(ring());
	unsigned failed = 0;
	int err;

	do {
		machine.calls = 0;
		machine.fail = ++failed;
		err = subject->submit();
		machine.fail = 0;
		if (err) {
			CHECK(is_hals(err));
			CHECK(haul_virtqueue_in_flight(ring()) == before);
		}
	} while (err);
	take_all();
	answer_all();
	comes_back(1);
	works();
}

Test(virtio_hostile, a48_a_request_fails_at_each_call)
{
	each_running(submitting_fails);
}

/* (Where devices see the caches, nothing is called that can fail.) */
static void taking_back_fails(void)
{
	int got, result = 0;

	hold();
	subject->answer(&held[0], -1);
	machine.calls = 0;
	machine.fail = 1;
	subject_mapped = NULL;
	got = subject->poll(&result);
	machine.fail = 0;
	if (machine.calls)
		CHECK(got == -HAUL_EIO || (got == 1 && result == -HAUL_EIO));
	else
		CHECK(got == 1 && result == 0);
	CHECK(!machine.calls || machine_is_model());
	if (subject_mapped)
		CHECK(haul_dma_list_unmap(subject_mapped, 0) == 0);
	subject->answer(&held[1], -1);
	comes_back(1);
	works();
}

Test(virtio_hostile, a48_taking_a_request_back_fails)
{
	each_running(taking_back_fails);
}

static void misaligned(struct haul_hal_memory *given)
{
	given->iova.value += 8;
}

static void wraps(struct haul_hal_memory *given)
{
	given->iova.value = UINT64_MAX - 4095;
	given->size = 8192;
}

static void short_of(struct haul_hal_memory *given)
{
	given->size = 1;
}

static void out_of_reach(struct haul_hal_memory *given)
{
	given->iova.value = machine.limits.reach + 1;
}

static void hal_lies(void)
{
	static void (*const lies[])(struct haul_hal_memory * given) = {misaligned, wraps, short_of,
								       out_of_reach};

	CHECK(haul_dma_device_end(&machine.dma) == 0);
	machine.limits.reach = UINT64_C(0xffffffff);
	machine_limit();
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		machine.lie = lies[i];
		CHECK(subject->open() == -HAUL_EPROTO);
		machine.lie = NULL;
		CHECK(subject->close() == 0);
		CHECK(machine_is_idle());
		machine_reopen();
	}
	CHECK(subject->open() == 0);
	works();
}

Test(virtio_hostile, a49_memory_that_cannot_be)
{
	each_closed(hal_lies);
}
