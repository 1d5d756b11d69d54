/* SPDX-License-Identifier: MIT */
/*
 * The split ring, and a device that writes all of it at any time.  Areas are allocated as large as
 * they have to be and no larger, for sanitizers to see what is beyond them; what is in flight is
 * known here too, so that a request is handed out once, as it was added.
 */
#include "input.h"
#include "targets.h"
#include <haul/virtqueue.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 16, TABLE = 4, CALLS = 256, HUGE = 0xf };

struct descriptor {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};
enum { NEXT = 1, INDIRECT = 4, WRITE = 2 };

struct request {
	bool in_flight, published;
	uint32_t token;
	uint64_t out, in; /* bytes */
};

static struct {
	struct haul_virtqueue queue;
	struct haul_virtqueue_config config;
	struct request requests[SIZE];
	unsigned in_flight;
	size_t descriptors_size, driver_size, device_size, tables_size;
	/* the device's */
	uint16_t taken, used, popped;
	uint16_t heads[SIZE]; /* used and not popped, by their places in the ring */
} ring;

static void *area(size_t size)
{
	void *p = calloc(1, size);

	cr_assert(p);
	return p;
}

static void init(void)
{
	const int err = haul_virtqueue_init(&ring.queue, &ring.config);

	cr_assert(!err);
	memset(ring.requests, 0, sizeof ring.requests);
	ring.in_flight = 0;
	ring.taken = ring.used = ring.popped = 0;
}

static void begin(void)
{
	const unsigned size = SIZE >> input_below(5);
	struct haul_virtqueue_config *config = &ring.config;

	memset(&ring, 0, sizeof ring);
	config->size = size;
	config->flags = input_byte() & 15;
	config->policy = (enum haul_virtio_policy)input_below(3);
	config->table_size = TABLE;
	config->tables_iova.value = UINT64_C(0x100000000);
	ring.descriptors_size = size * sizeof(struct descriptor);
	ring.driver_size = 6 + size * sizeof(uint16_t);
	ring.device_size = 6 + size * sizeof(uint64_t);
	ring.tables_size = ring.descriptors_size * TABLE;
	config->descriptors = area(ring.descriptors_size);
	config->driver = area(ring.driver_size);
	config->device = area(ring.device_size);
	config->tables = area(ring.tables_size);
	config->slots = area(size * sizeof *config->slots);
	init();
}

static void end(void)
{
	free(ring.config.descriptors);
	free(ring.config.driver);
	free(ring.config.device);
	free(ring.config.tables);
	free(ring.config.slots);
}

static bool is_trusted(void)
{
	return ring.config.policy == HAUL_VIRTIO_TRUSTED;
}

/* The driver. */

static uint64_t draw_segments(struct haul_dma_segment *segments, size_t n)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < n; i++) {
		const uint8_t byte = input_byte();

		segments[i].iova.value = (uint64_t)byte << 32;
		segments[i].len = byte + 1u;
		if ((byte & HUGE) == HUGE)
			segments[i].len = (size_t)input_value(5);
		bytes += segments[i].len;
	}
	return bytes;
}

/* In flight, by its head; or one that is not. */
static struct request *find(unsigned head)
{
	struct request *found = NULL;

	for (unsigned i = 0; i < SIZE; i++) {
		struct request *request = &ring.requests[i];

		if (request->in_flight && (uint16_t)request->token == head)
			return request;
		if (!request->in_flight)
			found = request;
	}
	return found;
}

static void add(void)
{
	struct haul_dma_segment segments[2 * TABLE];
	const size_t nout = input_below(TABLE + 1), nin = input_below(TABLE + 1);
	const uint64_t out = draw_segments(segments, nout);
	const uint64_t in = draw_segments(segments + nout, nin);
	const size_t room = haul_virtqueue_room(&ring.queue, nout + nin);
	struct request *const request = find(UINT32_MAX);
	uint32_t token = 0;
	const int err = RETURNS(haul_virtqueue_add(&ring.queue, segments, nout, segments + nout,
						   nin, request, &token),
				HAUL_ENOSPC, HAUL_EINVAL, HAUL_EIO);

	cr_assert((err == -HAUL_EIO) == (ring.queue.broken != HAUL_VIRTIO_FINE));
	if (err)
		return;
	cr_assert(room && request && (uint16_t)token < ring.config.size);
	cr_assert(!find((uint16_t)token) || !find((uint16_t)token)->in_flight);
	*request = (struct request){.in_flight = true, .token = token, .out = out, .in = in};
	ring.in_flight++;
}

static void publish(void)
{
	const bool broken = ring.queue.broken;

	input_call();
	cr_assert(!haul_virtqueue_publish(&ring.queue) || !broken);
	for (unsigned i = 0; i < SIZE && !broken; i++)
		ring.requests[i].published = ring.requests[i].in_flight;
}

/* What is handed out has been in flight, under that name, and is not any more. */
static void check_out(const struct haul_virtqueue_used *used)
{
	struct request *request = used->cookie;

	cr_assert(request >= ring.requests && request < ring.requests + SIZE);
	cr_assert(request->in_flight && request->token == used->token);
	cr_assert(used->len <= request->in);
	request->in_flight = false;
	ring.in_flight--;
}

static void pop(void)
{
	const bool broken = ring.queue.broken;
	const struct request *const first = find(ring.heads[ring.popped % ring.config.size]);
	const struct request expected = first ? *first : (struct request){0};
	struct haul_virtqueue_used used;
	const int got = RETURNS(haul_virtqueue_pop(&ring.queue, &used), HAUL_EPROTO, HAUL_EIO);

	cr_assert((got == -HAUL_EIO) == broken);
	cr_assert((got < 0) == (ring.queue.broken != HAUL_VIRTIO_FINE));
	if (got == 1) {
		const struct request *request = used.cookie;

		check_out(&used);
		cr_assert(is_trusted() || request->published);
	}
	if (input_lied())
		return;
	/* Of an honest device: in its order, as it said. */
	cr_assert(got == (ring.popped != ring.used));
	if (got == 1) {
		cr_assert(used.token == expected.token && used.len == (uint32_t)expected.in);
		cr_assert(!used.overstated);
		ring.popped++;
	}
}

static void ask(void)
{
	input_call();
	switch (input_below(4)) {
	case 0:
		haul_virtqueue_disable(&ring.queue);
		break;
	case 1:
		haul_virtqueue_enable(&ring.queue);
		break;
	case 2:
		haul_virtqueue_enable_delayed(&ring.queue);
		break;
	default:
		haul_virtqueue_pending(&ring.queue);
	}
}

static void reset(void)
{
	struct haul_virtqueue_used used;

	while (RETURNS(haul_virtqueue_detach(&ring.queue, &used), HAUL_ENOENT) == 0)
		check_out(&used);
	cr_assert(!ring.in_flight, "%u are lost", ring.in_flight);
	init();
}

/* The device, when it is honest. */

static uint16_t load16(const void *area, size_t off)
{
	uint16_t value;

	memcpy(&value, (const unsigned char *)area + off, sizeof value);
	return value;
}

static void store(size_t off, size_t n, uint64_t value)
{
	memcpy((unsigned char *)ring.config.device + off, &value, n);
}

static const struct descriptor *find_table(uint16_t head, unsigned *n)
{
	const struct descriptor *at = (struct descriptor *)ring.config.descriptors + head;

	*n = ring.config.size;
	if (!(at->flags & INDIRECT))
		return ring.config.descriptors;
	*n = at->len / sizeof *at;
	cr_assert(*n && *n <= TABLE && !(at->flags & NEXT));
	return (struct descriptor *)(void *)((unsigned char *)ring.config.tables +
					     (at->addr - ring.config.tables_iova.value));
}

/* What the ring says of the request is what was added. */
static void check_chain(uint16_t head)
{
	const struct request *const request = find(head);
	uint64_t out = 0, in = 0;
	unsigned n;
	const struct descriptor *table = find_table(head, &n);
	unsigned at = table == ring.config.descriptors ? head : 0;

	for (unsigned i = 0;; i++) {
		cr_assert(i < n && at < n, "a chain that does not end");
		if (table[at].flags & WRITE)
			in += table[at].len;
		else
			out += table[at].len;
		if (!(table[at].flags & NEXT))
			break;
		at = table[at].next;
	}
	cr_assert(request && request->in_flight && out == request->out && in == request->in);
}

static void take_one(void)
{
	const unsigned size = ring.config.size;
	const uint16_t head = load16(ring.config.driver, 4 + 2 * (ring.taken % size));
	const struct request *const request = find(head);

	ring.taken++;
	if (!input_lied())
		check_chain(head);
	store(4 + 8 * (ring.used % size), 4, head);
	store(8 + 8 * (ring.used % size), 4, request ? request->in : 0);
	ring.heads[ring.used % size] = head;
	ring.used++;
	store(2, 2, ring.used);
}

static void serve(void)
{
	unsigned most = 1 + input_below(SIZE);

	for (; most && load16(ring.config.driver, 2) != ring.taken; most--)
		take_one();
	store(4 + 8 * (size_t)ring.config.size, 2, ring.taken); /* the next kick */
}

/* And when not. */

static void scribble(void *p, size_t size)
{
	const size_t off = (size_t)(input_value(2) % size);

	((unsigned char *)p)[off] = input_byte();
}

static void misbehave(void)
{
	const size_t element = 4 + 8 * (size_t)input_below(ring.config.size);

	input_lie();
	switch (input_below(8)) {
	case 0:
		store(2, 2, input_value(2)); /* the index */
		break;
	case 1:
		store(2, 2, (uint16_t)(ring.used += (uint16_t)input_below(SIZE)));
		break;
	case 2:
		store(element, 1, input_byte()); /* an id that may be */
		break;
	case 3:
		store(element, 4, input_value(4));
		break;
	case 4:
		store(element + 4, 4, input_value(4)); /* a length */
		break;
	case 5:
		scribble(ring.config.device, ring.device_size);
		break;
	case 6:
		scribble(ring.config.driver, ring.driver_size);
		break;
	default:
		if (input_byte() & 1)
			scribble(ring.config.tables, ring.tables_size);
		else
			scribble(ring.config.descriptors, ring.descriptors_size);
	}
}

static void step(void)
{
	switch (input_below(7)) {
	case 0:
		add();
		break;
	case 1:
		publish();
		break;
	case 2:
		pop();
		break;
	case 3:
		serve();
		break;
	case 4:
		ask();
		break;
	case 5:
		misbehave();
		break;
	default:
		reset();
	}
	cr_assert(haul_virtqueue_in_flight(&ring.queue) == ring.in_flight);
}

/* After a reset, with a device that is honest, all of it works. */
static void check_works(void)
{
	static const struct haul_dma_segment segment = {{4096}, 8};
	struct haul_virtqueue_used used;

	for (unsigned i = 0; i < 2 * ring.config.size; i++) {
		uint32_t token;

		cr_assert(haul_virtqueue_add(&ring.queue, NULL, 0, &segment, 1, &ring, &token) ==
			  0);
		haul_virtqueue_publish(&ring.queue);
		store(4 + 8 * (i % ring.config.size), 8, (uint64_t)8 << 32 | (uint16_t)token);
		store(2, 2, i + 1);
		cr_assert(haul_virtqueue_pop(&ring.queue, &used) == 1 && used.cookie == &ring &&
			  used.token == token && used.len == 8);
		cr_assert(haul_virtqueue_pop(&ring.queue, &used) == 0);
	}
}

void fuzz_ring(const uint8_t *data, size_t size)
{
	input_begin(data, size);
	begin();
	for (unsigned i = 0; i < CALLS && input_left(); i++)
		step();
	reset();
	check_works();
	end();
}
