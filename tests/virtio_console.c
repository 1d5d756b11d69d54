/* SPDX-License-Identifier: MIT */
/*
 * The console's driver against a device of the test's own, on each kind of machine and with
 * each policy.  aN are the attacks AN of the conformance table (doc/virtio.md), deviation_N
 * what the same driver of another library does wrong.
 */
#include "arena.h"
#include "virtio_machine.h"
#include <haul/virtio_console.h>
#include <string.h>

enum {
	RECEIVE,
	TRANSMIT,
	BYTES = HAUL_VIRTIO_CONSOLE_BYTES,
	BUFFERS = HAUL_VIRTIO_CONSOLE_BUFFERS,
	SIZE = 1U << HAUL_VIRTIO_CONSOLE_F_SIZE,
	EMERGENCY = 1U << HAUL_VIRTIO_CONSOLE_F_EMERG_WRITE
};

static struct haul_virtio_console console;

static void setup(uint64_t features)
{
	machine_setup(HAUL_VIRTIO_CONSOLE_TYPE, features);
	memcpy(machine.bytes, "\x50\x00\x19\x00", 4);
}

static void open_console(void)
{
	cr_assert(haul_virtio_console_open(&console, &machine.device, NULL) == 0);
}

static void close_console(void)
{
	cr_assert(haul_virtio_console_close(&console) == 0);
	cr_assert(haul_virtio_console_close(&console) == -HAUL_EINVAL);
}

/* The device says that. */
static void say(const void *text, size_t n)
{
	const struct haul_virtio_mock_request request = machine_take(RECEIVE);

	cr_assert(request.nout == 0 && request.nin == 1 && request.writable == BYTES);
	machine_write(&request, 0, text, n);
	machine_use(&request, (uint32_t)n);
}

static void expect(const char *text)
{
	char seen[64];
	size_t done;

	cr_assert(haul_virtio_console_read(&console, seen, sizeof seen, &done) == 0);
	cr_assert(done == strlen(text) && memcmp(seen, text, done) == 0);
}

static const char *hear(char *heard)
{
	const struct haul_virtio_mock_request request = machine_take(TRANSMIT);

	cr_assert(request.nin == 0 && request.nout == 1 && request.readable <= BYTES);
	machine_read(&request, 0, heard, (size_t)request.readable);
	heard[request.readable] = 0;
	machine_use(&request, 0);
	return heard;
}

static void tell(const char *text)
{
	size_t done;

	cr_assert(haul_virtio_console_write(&console, text, strlen(text), &done) == 0);
	cr_assert(done == strlen(text));
}

static void works(void)
{
	char heard[BYTES + 1];

	say("in", 2);
	expect("in");
	tell("out");
	cr_assert(strcmp(hear(heard), "out") == 0);
	cr_assert(haul_virtio_console_flush(&console, 0) == 0);
}

/* Whatever was wrong, closing and opening mends it. */
static void recovers(void)
{
	close_console();
	open_console();
	works();
	close_console();
}

static void both_ways(void)
{
	open_console();
	expect("");
	for (unsigned i = 0; i < 50; i++)
		works();
	close_console();
}

Test(virtio_console, both_ways)
{
	setup(0);
	machine_each_open(both_ways);
	setup(1U << HAUL_VIRTIO_F_EVENT_IDX | 1U << HAUL_VIRTIO_F_INDIRECT_DESC);
	machine_each_open(both_ways);
	setup(0);
	machine_legacy();
	machine_each_open(both_ways);
	setup(0);
	machine_max(1);
	machine_each_open(both_ways);
	setup(0);
	machine_max(2);
	machine_each_open(both_ways);
}

/* What stands ready are all buffers, and again after they were read. */
static void buffers_stand_ready(void)
{
	open_console();
	for (unsigned i = 0; i < 3; i++) {
		struct haul_virtio_mock_request request;

		for (unsigned b = 0; b < BUFFERS; b++)
			say(&"abcd"[b], 1);
		cr_assert(haul_virtio_mock_take(&machine.mock, RECEIVE, &request) == 0);
		expect("abcd");
	}
	close_console();
}

Test(virtio_console, buffers_stand_ready)
{
	setup(0);
	machine_each_open(buffers_stand_ready);
}

static void reads_in_parts(void)
{
	static unsigned char said[BYTES], seen[BYTES];
	size_t at = 0, done;

	open_console();
	for (size_t i = 0; i < BYTES; i++)
		said[i] = (unsigned char)(i * 7);
	say(said, BYTES);
	for (size_t n = 0; at < BYTES; n++, at += done) {
		const size_t rest = BYTES - at;

		cr_assert(haul_virtio_console_read(&console, seen + at, n, &done) == 0);
		cr_assert(done == (n < rest ? n : rest));
	}
	cr_assert(memcmp(said, seen, BYTES) == 0);
	expect("");
	close_console();
}

Test(virtio_console, reads_in_parts)
{
	setup(0);
	machine_each_open(reads_in_parts);
}

/* More than there is room for is written as far as there is. */
static void writes_as_much_as_there_is_room_for(void)
{
	static char text[BUFFERS * BYTES + 100], heard[BYTES + 1];
	size_t done;

	memset(text, 'x', sizeof text);
	open_console();
	cr_assert(haul_virtio_console_write(&console, text, sizeof text, &done) == 0);
	cr_assert(done == BUFFERS * BYTES);
	cr_assert(haul_virtio_console_write(&console, text, sizeof text, &done) == 0);
	cr_assert(done == 0);
	cr_assert(haul_virtio_console_flush(&console, 0) == -HAUL_ETIMEDOUT);
	cr_assert(strlen(hear(heard)) == BYTES);
	cr_assert(haul_virtio_console_write(&console, text, 100, &done) == 0 && done == 100);
	for (unsigned i = 1; i < BUFFERS; i++)
		cr_assert(strlen(hear(heard)) == BYTES);
	cr_assert(strlen(hear(heard)) == 100);
	cr_assert(haul_virtio_console_flush(&console, 0) == 0);
	close_console();
}

Test(virtio_console, writes_as_much_as_there_is_room_for)
{
	setup(0);
	machine_each_open(writes_as_much_as_there_is_room_for);
}

/* Queues of fewer descriptors than there are buffers. */
static void small_queues(void)
{
	static char text[BUFFERS * BYTES], heard[BYTES + 1];
	size_t done;

	open_console();
	cr_assert(haul_virtio_console_write(&console, text, sizeof text, &done) == 0);
	cr_assert(done == 2 * BYTES);
	hear(heard);
	say("in", 2);
	say("to", 2);
	expect("into");
	close_console();
}

Test(virtio_console, small_queues)
{
	setup(0);
	machine_max(2);
	machine_each_open(small_queues);
}

/* A device that takes what is written at once, and says how often it was told. */
static unsigned swallowed;

static void swallow(struct haul_virtio_mock *mock, unsigned queue)
{
	struct haul_virtio_mock_request request;

	while (haul_virtio_mock_take(mock, queue, &request) == 1) {
		swallowed += (unsigned)request.readable;
		haul_virtio_mock_use(mock, &request, 0);
	}
}

static void write_wait_writes_all(void)
{
	static char text[10 * BYTES];
	size_t done;

	machine.queues[TRANSMIT].serve = swallow;
	swallowed = 0;
	open_console();
	cr_assert(haul_virtio_console_write_wait(&console, text, sizeof text, &done,
						 machine_late()) == 0);
	cr_assert(done == sizeof text && swallowed == sizeof text);
	cr_assert(machine.queues[TRANSMIT].kicks <= 3, "one kick for each burst");
	close_console();
	machine.queues[TRANSMIT].serve = NULL;
}

Test(virtio_console, write_wait_writes_all)
{
	setup(0);
	machine_each_open(write_wait_writes_all);
}

static void waits_end(void)
{
	static char text[BUFFERS * BYTES + 1];
	size_t done;
	char c;

	open_console();
	cr_assert(haul_virtio_console_read_wait(&console, &c, 1, &done, 0) == -HAUL_ETIMEDOUT);
	cr_assert(haul_virtio_console_read_wait(&console, &c, 0, &done, 0) == 0);
	cr_assert(haul_virtio_console_read_wait(&console, &c, 1, &done, machine_soon()) ==
		  -HAUL_ETIMEDOUT);
	say("c", 1);
	cr_assert(haul_virtio_console_read_wait(&console, &c, 1, &done, 0) == 0 && done == 1);
	cr_assert(haul_virtio_console_write_wait(&console, text, sizeof text, &done,
						 machine_soon()) == -HAUL_ETIMEDOUT);
	cr_assert(done == BUFFERS * BYTES);
	cr_assert(haul_virtio_console_flush(&console, machine_soon()) == -HAUL_ETIMEDOUT);
	close_console();
}

/* A43 */
Test(virtio_console, a43_waits_end)
{
	setup(0);
	machine_each_open(waits_end);
}

/* Interrupts: what sleeps is woken, so the device does its part then. */
static void say_late(void)
{
	say("late", 4);
}

static void by_interrupts(void)
{
	char seen[8];
	size_t done;

	open_console();
	machine.slept = 0;
	for (unsigned i = 1; i <= 10; i++) {
		cr_assert(haul_virtio_console_read_wait(&console, seen, sizeof seen, &done,
							UINT64_MAX) == 0);
		cr_assert(done == 4 && machine.slept == i);
	}
	close_console();
}

Test(virtio_console, by_interrupts)
{
	setup(0);
	machine.options.wait = machine_sleep;
	machine.deliver = say_late;
	machine_each_open(by_interrupts);
	setup(1U << HAUL_VIRTIO_F_EVENT_IDX);
	machine.options.wait = machine_sleep;
	machine.deliver = say_late;
	machine_each_open(by_interrupts);
}

/* Nobody is told of what was transmitted, unless he asks. */
static void transmitting_does_not_interrupt(void)
{
	char heard[BYTES + 1];

	open_console();
	tell("a");
	hear(heard);
	cr_assert(machine.mock.interrupts == 0);
	haul_virtqueue_enable(&console.transmit.ring);
	tell("a");
	hear(heard);
	cr_assert(machine.mock.interrupts == 1);
	close_console();
}

Test(virtio_console, transmitting_does_not_interrupt)
{
	setup(0);
	machine_each_open(transmitting_does_not_interrupt);
}

/* The configuration. */

static void size_is_told(void)
{
	unsigned columns = 0, rows = 0, causes;

	open_console();
	cr_assert(haul_virtio_console_size(&console, &columns, &rows) == 0);
	cr_assert(columns == 80 && rows == 25);
	machine.bytes[0] = 132;
	haul_virtio_mock_change(&machine.mock);
	cr_assert(haul_virtio_interrupt(&machine.device, &causes) == 0);
	cr_assert(causes == HAUL_VIRTIO_CAUSE_CONFIG);
	cr_assert(haul_virtio_console_size(&console, &columns, &rows) == 0);
	cr_assert(columns == 132 && rows == 25);
	close_console();
}

Test(virtio_console, size_is_told)
{
	setup(SIZE);
	machine_each_open(size_is_told);
	setup(SIZE);
	machine_legacy();
	machine_each_open(size_is_told);
}

static void size_is_not_told(void)
{
	unsigned columns, rows;

	open_console();
	cr_assert(haul_virtio_console_size(&console, &columns, &rows) == -HAUL_ENOTSUP);
	works();
	close_console();
}

Test(virtio_console, size_is_not_told)
{
	setup(EMERGENCY);
	machine_each_open(size_is_not_told);
}

static void changes_always(void)
{
	unsigned columns, rows;

	open_console();
	machine.hostile = true;
	machine.mock.config.hook = machine_changes;
	cr_assert(haul_virtio_console_size(&console, &columns, &rows) == -HAUL_EAGAIN);
	machine.mock.config.hook = NULL;
	works();
	cr_assert(haul_virtio_console_size(&console, &columns, &rows) == 0);
	close_console();
}

Test(virtio_console, a47_changes_always)
{
	setup(SIZE);
	machine_each_open(changes_always);
}

static void configuration_is_short(void)
{
	unsigned columns, rows;

	open_console();
	cr_assert(haul_virtio_console_size(&console, &columns, &rows) == -HAUL_EPROTO);
	cr_assert(machine.device.reason == HAUL_VIRTIO_CONFIG);
	recovers();
}

Test(virtio_console, a33_configuration_is_short)
{
	setup(SIZE);
	machine.config.size = 3;
	machine_each_open(configuration_is_short);
}

static char emergency[16];
static size_t nemergency;

static int note_emergency(struct haul_virtio_mock *mock, enum haul_virtio_mock_call call,
			  size_t index, uint64_t *value)
{
	(void)mock;
	if (call == HAUL_VIRTIO_MOCK_CONFIG_WRITE) {
		cr_assert(index == 8);
		emergency[nemergency++] = (char)*value;
	}
	return 0;
}

static void emergency_write(void)
{
	struct haul_virtio *const device = &machine.device;

	machine.mock.config.hook = note_emergency;
	nemergency = 0;
	cr_assert(haul_virtio_console_emergency(device, "one", 3) == 0, "before it is up");
	open_console();
	cr_assert(haul_virtio_console_emergency(device, "two", 3) == 0);
	works();
	haul_virtio_fail(device, HAUL_VIRTIO_PROTOCOL);
	cr_assert(haul_virtio_console_emergency(device, "six\xff", 4) == 0, "when it is broken");
	cr_assert(nemergency == 10 && memcmp(emergency, "onetwosix\xff", 10) == 0);
	close_console();
}

Test(virtio_console, emergency_write)
{
	setup(EMERGENCY);
	machine_each_open(emergency_write);
}

static void no_emergency_write(void)
{
	struct haul_virtio closed = machine.device;

	cr_assert(haul_virtio_console_emergency(&machine.device, "x", 1) == -HAUL_ENOTSUP);
	open_console();
	cr_assert(haul_virtio_console_emergency(&machine.device, "x", 1) == -HAUL_ENOTSUP);
	close_console();
	closed.transport.type = 1;
	cr_assert(haul_virtio_console_emergency(&closed, "x", 1) == -HAUL_ENODEV);
	closed.state = HAUL_VIRTIO_CLOSED;
	cr_assert(haul_virtio_console_emergency(&closed, "x", 1) == -HAUL_EINVAL);
}

Test(virtio_console, no_emergency_write)
{
	setup(SIZE);
	machine_each_open(no_emergency_write);
	setup(EMERGENCY);
	machine.config.size = 11;
	machine_each_open(no_emergency_write);
}

/* The caller. */

static void calls_on_a_closed_console(void)
{
	static const uint16_t vectors[2] = {1, 1};
	unsigned columns, rows;
	size_t done;
	char c;

	memset(&console, 0, sizeof console);
	cr_assert(haul_virtio_console_read(&console, &c, 1, &done) == -HAUL_EINVAL && !done);
	cr_assert(haul_virtio_console_write(&console, &c, 1, &done) == -HAUL_EINVAL && !done);
	cr_assert(haul_virtio_console_read_wait(&console, &c, 1, &done, 0) == -HAUL_EINVAL);
	cr_assert(haul_virtio_console_write_wait(&console, &c, 1, &done, 0) == -HAUL_EINVAL);
	cr_assert(haul_virtio_console_flush(&console, 0) == -HAUL_EINVAL);
	cr_assert(haul_virtio_console_size(&console, &columns, &rows) == -HAUL_EINVAL);
	cr_assert(haul_virtio_console_close(&console) == -HAUL_EINVAL);
	machine.device.transport.type = 1;
	cr_assert(haul_virtio_console_open(&console, &machine.device, vectors) == -HAUL_ENODEV);
	machine.device.transport.type = HAUL_VIRTIO_CONSOLE_TYPE;
}

Test(virtio_console, calls_on_a_closed_console)
{
	setup(0);
	machine_each_open(calls_on_a_closed_console);
}

/* Memory that ends in the middle is read and written up to there. */
static void fallible_memory(void)
{
	struct arena memory;
	unsigned char *edge;
	char heard[BYTES + 1];
	size_t done;

	test_faults_begin();
	arena_open(&memory, 2);
	arena_protect(&memory, 1, 1, ARENA_NO_ACCESS);
	edge = memory.view + memory.page;
	memset(edge - 10, 'e', 10);
	open_console();
	cr_assert(haul_virtio_console_write(&console, edge, 5, &done) == -HAUL_EFAULT && !done);
	cr_assert(haul_virtio_console_write(&console, edge - 3, 5, &done) == -HAUL_EFAULT);
	cr_assert(done == 3 && strcmp(hear(heard), "eee") == 0);
	say("abcdef", 6);
	cr_assert(haul_virtio_console_read(&console, edge, 4, &done) == -HAUL_EFAULT && !done);
	cr_assert(haul_virtio_console_read(&console, edge - 2, 4, &done) == -HAUL_EFAULT);
	cr_assert(done == 2 && memcmp(edge - 2, "ab", 2) == 0);
	expect("cdef");
	works();
	close_console();
	arena_close(&memory);
	test_faults_end();
}

Test(virtio_console, fallible_memory)
{
	setup(0);
	machine_each_open(fallible_memory);
}

/* The device. */

static void is_broken(enum haul_virtio_reason reason)
{
	size_t done;
	char c;

	cr_assert(machine.device.reason == reason);
	cr_assert(machine.mock.status & HAUL_VIRTIO_FAILED);
	cr_assert(haul_virtio_console_read(&console, &c, 1, &done) == -HAUL_EIO);
	cr_assert(haul_virtio_console_write(&console, &c, 1, &done) == -HAUL_EIO);
	cr_assert(haul_virtio_console_flush(&console, 0) == -HAUL_EIO);
	recovers();
}

static void length_beyond_the_buffer(void)
{
	static unsigned char seen[4 * BYTES];
	struct haul_virtio_mock_request request;
	size_t done;
	int err;

	open_console();
	request = machine_take(RECEIVE);
	machine_use(&request, UINT32_MAX);
	err = haul_virtio_console_read(&console, seen, sizeof seen, &done);
	if (machine.policy == HAUL_VIRTIO_CONFIDENTIAL) {
		cr_assert(err == -HAUL_EPROTO && done == 0);
		is_broken(HAUL_VIRTIO_USED_LENGTH);
		return;
	}
	cr_assert(err == 0 && done == BYTES);
	works();
	close_console();
}

Test(virtio_console, a9_length_beyond_the_buffer)
{
	setup(0);
	machine_each_open(length_beyond_the_buffer);
}

/* Of a legacy device it is nothing wrong. */
static void legacy_length(void)
{
	struct haul_virtio_mock_request request;

	open_console();
	tell("out");
	request = machine_take(TRANSMIT);
	machine_use(&request, 3);
	works();
	close_console();
}

Test(virtio_console, a9_length_of_what_was_read)
{
	setup(0);
	machine_legacy();
	machine_each_open(legacy_length);
}

static void use_nothing(struct haul_virtio_mock *mock, unsigned queue)
{
	struct haul_virtio_mock_request request;

	while (haul_virtio_mock_take(mock, queue, &request) == 1)
		haul_virtio_mock_use(mock, &request, 0);
}

/* Deviation 6: it asserts that there is a byte. */
static void nothing_in_it(void)
{
	size_t done;
	char c;

	machine.queues[RECEIVE].serve = use_nothing;
	open_console();
	for (unsigned i = 0; i < 10; i++) {
		cr_assert(haul_virtio_console_read(&console, &c, 1, &done) == 0 && done == 0);
		cr_assert(haul_virtqueue_in_flight(&console.receive.ring) == BUFFERS);
	}
	cr_assert(haul_virtio_console_read_wait(&console, &c, 1, &done, machine_soon()) ==
		  -HAUL_ETIMEDOUT);
	close_console();
	machine.queues[RECEIVE].serve = NULL;
	open_console();
	works();
	close_console();
}

Test(virtio_console, a9_deviation_6_nothing_in_it)
{
	setup(0);
	machine_each_open(nothing_in_it);
	setup(1U << HAUL_VIRTIO_F_EVENT_IDX);
	machine_each_open(nothing_in_it);
}

static void not_posted(unsigned queue, uint32_t id, enum haul_virtio_reason reason)
{
	size_t done;
	char c;

	open_console();
	cr_assert(haul_virtio_mock_put(&machine.mock, queue, id, 1) == 0);
	cr_assert(haul_virtio_mock_show(&machine.mock, queue) == 0);
	cr_assert((queue == RECEIVE
			   ? haul_virtio_console_read(&console, &c, 1, &done)
			   : haul_virtio_console_write(&console, &c, 1, &done)) == -HAUL_EPROTO);
	is_broken(reason);
}

static void used_what_was_not_posted(void)
{
	not_posted(TRANSMIT, 0,
		   machine.policy == HAUL_VIRTIO_TRUSTED ? HAUL_VIRTIO_USED_TWICE
							 : HAUL_VIRTIO_USED_INDEX);
	not_posted(RECEIVE, BUFFERS, HAUL_VIRTIO_USED_RANGE);
	not_posted(RECEIVE, UINT32_MAX, HAUL_VIRTIO_USED_RANGE);
	not_posted(RECEIVE, 0x10000, HAUL_VIRTIO_USED_RANGE);
}

Test(virtio_console, a1_a4_a5_used_what_was_not_posted)
{
	setup(0);
	machine_each_open(used_what_was_not_posted);
}

static void used_twice(void)
{
	struct haul_virtio_mock_request request;
	size_t done;
	char c[2];

	open_console();
	request = machine_take(RECEIVE);
	machine_take(RECEIVE);
	machine_use(&request, 1);
	machine_use(&request, 1);
	cr_assert(haul_virtio_console_read(&console, c, 2, &done) == -HAUL_EPROTO && done == 1);
	is_broken(HAUL_VIRTIO_USED_TWICE);
}

Test(virtio_console, a7_used_twice)
{
	setup(0);
	machine_each_open(used_twice);
}

static void interrupts_early_and_late(void)
{
	unsigned causes;

	machine.mock.causes = 3;
	cr_assert(haul_virtio_interrupt(&machine.device, &causes) == 0 && causes == 0);
	open_console();
	works();
	close_console();
	machine.mock.causes = 3;
	cr_assert(haul_virtio_interrupt(&machine.device, &causes) == 0 && causes == 0);
}

Test(virtio_console, a42_interrupts_early_and_late)
{
	setup(SIZE);
	machine_each_open(interrupts_early_and_late);
}

/* Not even DRIVER_OK: what is used before is there when it is looked at. */
static void used_before_the_kick(void)
{
	machine.mock.config.later = true;
	open_console();
	works();
	cr_assert(machine.queues[RECEIVE].requests == 1);
	close_console();
}

Test(virtio_console, a44_used_before_the_kick)
{
	setup(0);
	machine_each_open(used_before_the_kick);
}

static void interrupts_for_nothing(void)
{
	const unsigned times = test_long() ? 1000000 : 10000;

	open_console();
	for (unsigned i = 0; i < times; i++) {
		unsigned causes;

		machine.mock.causes = HAUL_VIRTIO_CAUSE_QUEUE;
		cr_assert(haul_virtio_interrupt(&machine.device, &causes) == 0);
		cr_assert(causes == HAUL_VIRTIO_CAUSE_QUEUE);
		expect("");
	}
	works();
	close_console();
}

Test(virtio_console, a45_interrupts_for_nothing)
{
	setup(0);
	machine_each_open(interrupts_for_nothing);
}

/* A device that does not say that it is reset may write its buffers: they stay. */
static void reset_is_not_confirmed(void)
{
	struct haul_virtio_mock_request request;
	size_t done;
	char c;

	open_console();
	request = machine_take(RECEIVE);
	machine.hostile = true;
	machine.mock.config.hook = machine_never_reset;
	cr_assert(haul_virtio_console_close(&console) == -HAUL_ETIMEDOUT);
	cr_assert(machine.device.state == HAUL_VIRTIO_UNKNOWN);
	cr_assert(haul_virtio_console_close(&console) == -HAUL_ETIMEDOUT);
	machine_write(&request, 0, "written", 7);
	cr_assert(haul_virtio_console_read(&console, &c, 1, &done) == -HAUL_EIO);
	machine.mock.config.hook = NULL;
	recovers();
}

Test(virtio_console, a43_reset_is_not_confirmed)
{
	setup(0);
	machine.options.timeout = 1000000;
	machine_each_open(reset_is_not_confirmed);
}

/* Where there is something in between, a device reaches nothing after a reset. */
static void written_after_the_reset(void)
{
	struct haul_virtio_mock_request request;

	open_console();
	request = machine_take(RECEIVE);
	close_console();
	if (machine_is_model())
		cr_assert(haul_virtio_mock_write(&machine.mock, &request, 0, "x", 1) ==
			  -HAUL_EACCES);
}

Test(virtio_console, a46_written_after_the_reset)
{
	setup(0);
	machine_each_open(written_after_the_reset);
}

static void needs_reset(void)
{
	unsigned causes;

	open_console();
	works();
	haul_virtio_mock_break(&machine.mock);
	cr_assert(haul_virtio_interrupt(&machine.device, &causes) == -HAUL_EPROTO);
	is_broken(HAUL_VIRTIO_NEEDS_RESET);
}

Test(virtio_console, deviation_13_needs_reset)
{
	setup(0);
	machine_each_open(needs_reset);
}

static void goes_away(void)
{
	size_t done;

	open_console();
	machine.hostile = true;
	machine.mock.config.hook = machine_gone;
	cr_assert(haul_virtio_console_write(&console, "x", 1, &done) == -HAUL_ENODEV);
	cr_assert(haul_virtio_console_write(&console, "x", 1, &done) == -HAUL_ENODEV);
	cr_assert(machine.device.reason == HAUL_VIRTIO_GONE);
	cr_assert(haul_virtio_console_close(&console) == -HAUL_ENODEV);
	machine.hostile = false;
	recovers();
}

Test(virtio_console, a41_goes_away)
{
	setup(0);
	machine_each_open(goes_away);
}

/* Each call of the Hal fails in turn; nothing is left, and the same again works. */
static void hal_fails(void)
{
	char heard[BYTES + 1], c;
	size_t done;
	unsigned failed = 0;

	for (unsigned fail = 1;; fail++) {
		int err;

		machine.calls = 0;
		machine.fail = fail;
		err = haul_virtio_console_open(&console, &machine.device, NULL);
		if (err) {
			cr_assert(console.device == NULL);
			failed++;
			continue;
		}
		if (machine.calls >= fail)
			cr_assert(false, "it failed, and nobody said so");
		break;
	}
	cr_assert(failed >= 4);
	for (unsigned fail = 1; machine_is_model() && fail < 4; fail++) {
		machine.calls = 0;
		say("s", 1);
		machine.fail = fail;
		(void)haul_virtio_console_read(&console, &c, 1, &done);
		machine.fail = 0;
		(void)haul_virtio_console_read(&console, &c, 1, &done);
		cr_assert(haul_virtqueue_in_flight(&console.receive.ring) == BUFFERS);
		machine.calls = 0;
		machine.fail = fail;
		(void)haul_virtio_console_write(&console, "t", 1, &done);
		machine.fail = 0;
		if (done)
			hear(heard);
	}
	works();
	close_console();
}

Test(virtio_console, a48_hal_fails)
{
	setup(0);
	machine_each_open(hal_fails);
}

/* What a device can do at any time, by chance. */

static uint64_t chance;

static unsigned below(size_t bound)
{
	return (unsigned)test_random_below(&chance, bound);
}

static void device_does_anything(void)
{
	const unsigned queue = below(2);
	const unsigned char byte = (unsigned char)below(256);
	struct haul_virtio_mock_request request;

	switch (below(40)) {
	case 0:
		haul_virtio_mock_put(&machine.mock, queue, below(2 * BUFFERS), below(100));
		haul_virtio_mock_show(&machine.mock, queue);
		break;
	case 1:
		haul_virtio_mock_poke(&machine.mock, queue, HAUL_VIRTIO_MOCK_DEVICE,
				      below(6 + 8 * BUFFERS), &byte, 1);
		break;
	case 2:
		haul_virtio_mock_change(&machine.mock);
		break;
	case 3:
		if (!below(8))
			haul_virtio_mock_break(&machine.mock);
		break;
	default:
		if (haul_virtio_mock_take(&machine.mock, queue, &request) == 1)
			haul_virtio_mock_use(&machine.mock, &request,
					     queue == TRANSMIT ? 0
					     : below(8)        ? below(BYTES)
							       : below(UINT32_MAX));
	}
}

static void is_named(int err)
{
	cr_assert(err == 0 || err == -HAUL_EPROTO || err == -HAUL_EIO, "%d", err);
}

static void anything_at_any_time(void)
{
	static char bytes[2 * BYTES];
	const unsigned times = test_long() ? 100000 : 1000;
	unsigned broken = 0, causes;
	size_t done;

	chance = test_seed();
	open_console();
	for (unsigned i = 0; i < times; i++) {
		device_does_anything();
		is_named(below(2) ? haul_virtio_console_read(&console, bytes, below(2 * BYTES),
							     &done)
				  : haul_virtio_console_write(&console, bytes, below(2 * BYTES),
							      &done));
		cr_assert(done <= 2 * BYTES);
		is_named(haul_virtio_interrupt(&machine.device, &causes));
		if (machine.device.state == HAUL_VIRTIO_RUNNING)
			continue;
		broken++;
		cr_assert(machine.device.reason != HAUL_VIRTIO_FINE);
		cr_assert(haul_virtio_console_close(&console) == 0);
		open_console();
	}
	cr_assert(broken > times / 1000);
	close_console();
	/* It used what it had not taken: then there can be more for it than it thinks. */
	machine.mock.complaint = NULL;
}

Test(virtio_console, anything_at_any_time)
{
	setup(0);
	machine_each_open(anything_at_any_time);
	setup(1U << HAUL_VIRTIO_F_EVENT_IDX);
	machine_each_open(anything_at_any_time);
}
