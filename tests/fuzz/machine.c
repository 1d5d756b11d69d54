/* SPDX-License-Identifier: MIT */
#include "machine.h"
#include <haul/platform.h>
#include <string.h>

enum { PAGE = 1024, POOL = 96 * PAGE, GUARD = 64, STEP = MACHINE_BUFFER + GUARD, HELD = 8 };
enum { DATA = GUARD + MACHINE_BUFFERS * STEP, UNTOUCHED = 0xc5 };

struct machine machine;

static _Alignas(4096) unsigned char pool[POOL], data[DATA];
static struct haul_arena arena;
static struct haul_arena_part parts[2];
static uint64_t words[HAUL_ARENA_WORDS(POOL / PAGE)];
static struct haul_hal hal;
static unsigned fails; /* that call for memory fails; 0: none does */

static struct haul_virtio_mock_request held[HELD]; /* taken and not used */
static unsigned nheld;
static uint64_t resets; /* that have been seen */
static bool scribbled;  /* what is the driver's: addresses are not to be followed any more */

/* Memory. */

static bool is_refused(void)
{
	return fails && !--fails;
}

static int alloc(void *ctx, const struct haul_hal_request *request, struct haul_hal_memory *memory)
{
	return is_refused() ? -HAUL_ENOMEM : arena.hal.alloc(ctx, request, memory);
}

static int share(void *ctx, void *p, size_t size, enum haul_dma_direction direction, uint64_t reach,
		 struct haul_hal_memory *memory)
{
	return is_refused() ? -HAUL_ENOMEM
			    : arena.hal.share(ctx, p, size, direction, reach, memory);
}

/* Nothing that the device may have still is given back. */
static void check_known(void)
{
	cr_assert(machine.device.state != HAUL_VIRTIO_UNKNOWN || machine.spare,
		  "memory is given back before a reset is confirmed");
}

static int release(void *ctx, const struct haul_hal_memory *memory)
{
	check_known();
	return arena.hal.free(ctx, memory);
}

static int unshare(void *ctx, const struct haul_hal_memory *memory,
		   enum haul_dma_direction direction)
{
	check_known();
	return arena.hal.unshare(ctx, memory, direction);
}

unsigned char *machine_buffer(unsigned i)
{
	return data + GUARD + (size_t)(i % MACHINE_BUFFERS) * STEP;
}

void machine_memory(bool bounces)
{
	const struct haul_dma_limits limits = {.reach = UINT64_MAX, .coherent = true};

	parts[0] = (struct haul_arena_part){{pool, {0x10000000}, {0x40000000}, sizeof pool},
					    HAUL_ARENA_ALLOC};
	parts[1] = (struct haul_arena_part){{data, {0x20000000}, {0x50000000}, sizeof data},
					    HAUL_ARENA_SHARE};
	memset(data, UNTOUCHED, sizeof data);
	cr_assert(haul_arena_init(&arena, &(struct haul_arena_config){
						  .parts = parts,
						  .nparts = bounces ? 1 : 2,
						  .page = PAGE,
						  .words = words,
						  .nwords = sizeof words / sizeof *words,
					  }) == 0);
	hal = arena.hal;
	hal.alloc = alloc;
	hal.share = share;
	hal.free = release;
	hal.unshare = unshare;
	fails = input_byte();
	cr_assert(haul_dma_device_init(&machine.dma, &hal, &limits) == 0);
}

void machine_memory_end(void)
{
	struct haul_dma_stats stats;

	haul_dma_stats_get(&machine.dma, &stats);
	cr_assert(!stats.maps_live && !stats.bytes_live && !haul_arena_used(&arena),
		  "memory is mapped or allocated still");
	cr_assert(haul_dma_device_end(&machine.dma) == 0);
	for (size_t i = 0; i <= MACHINE_BUFFERS; i++)
		for (size_t k = 0; k < GUARD; k++)
			cr_assert(data[i * STEP + k] == UNTOUCHED, "beyond a buffer");
}

/* The device's answers. */

static int answer(struct haul_virtio_mock *mock, enum haul_virtio_mock_call call, size_t index,
		  uint64_t *value)
{
	uint64_t place = 0;

	(void)mock, (void)index;
	switch (call) {
	case HAUL_VIRTIO_MOCK_QUEUE_SET: /* a ring of another size would write anywhere */
		return input_answer(4, &place) ? -HAUL_ENODEV : 0;
	case HAUL_VIRTIO_MOCK_SET_STATUS:
	case HAUL_VIRTIO_MOCK_STATUS:
		return input_answer(1, value) ? -HAUL_ENODEV : 0;
	case HAUL_VIRTIO_MOCK_CONFIG_READ:
	case HAUL_VIRTIO_MOCK_CONFIG_WRITE:
		return input_answer(8, value) ? -HAUL_ENODEV : 0;
	default:
		return input_answer(4, value) ? -HAUL_ENODEV : 0;
	}
}

/* The device's turn: requests. */

static void poke(unsigned queue, enum haul_virtio_mock_area area, size_t size)
{
	const size_t off = (size_t)(input_value(2) % size);
	const uint8_t byte = input_byte();

	input_lie();
	haul_virtio_mock_poke(&machine.mock, queue, area, off, &byte, 1);
}

static unsigned size_of(unsigned queue)
{
	return machine.queues[queue].place.size;
}

/* Takes it; what a broken ring has is left there. */
static bool take(unsigned queue, struct haul_virtio_mock_request *request)
{
	return haul_virtio_mock_take(&machine.mock, queue, request) == 1;
}

static uint32_t do_work(const struct haul_virtio_mock_request *request)
{
	return scribbled || !machine.kind->work ? 0 : machine.kind->work(request);
}

/* Writes into the request what should not be there. */
static void spoil(const struct haul_virtio_mock_request *request)
{
	const uint64_t off = input_value(2);
	const uint8_t byte = input_byte();

	input_lie();
	if (!scribbled && request->writable)
		haul_virtio_mock_write(&machine.mock, request, off % request->writable, &byte, 1);
}

static void use(const struct haul_virtio_mock_request *request)
{
	haul_virtio_mock_use(&machine.mock, request, do_work(request));
}

static void serve(unsigned queue)
{
	struct haul_virtio_mock_request request;

	for (unsigned most = size_of(queue); most && take(queue, &request); most--)
		use(&request);
}

static void hold(unsigned queue)
{
	if (nheld < HELD && take(queue, &held[nheld]))
		nheld++;
}

/* One that was held, with work done on it and then, perhaps, undone. */
static void use_held(bool lies)
{
	struct haul_virtio_mock_request request;
	uint32_t len;

	if (!nheld)
		return;
	request = held[input_below(nheld)];
	len = do_work(&request);
	if (lies) {
		spoil(&request);
		len = (uint32_t)input_value(2);
	}
	haul_virtio_mock_use(&machine.mock, &request, len);
	for (unsigned i = 0; i < nheld; i++)
		if (held[i].head == request.head && held[i].queue == request.queue) {
			held[i] = held[--nheld];
			return;
		}
}

static void spoil_next(unsigned queue)
{
	struct haul_virtio_mock_request request;

	if (!take(queue, &request))
		return;
	do_work(&request);
	for (unsigned n = input_below(4); n; n--)
		spoil(&request);
	haul_virtio_mock_use(&machine.mock, &request, (uint32_t)input_value(2));
}

static void use_any(unsigned queue)
{
	const uint32_t id = input_byte(), len = (uint32_t)input_value(4);

	input_lie();
	haul_virtio_mock_put(&machine.mock, queue, id & 0x80 ? id << 9 : id, len);
	haul_virtio_mock_show(&machine.mock, queue);
}

static void set_index(unsigned queue)
{
	const uint16_t index = (uint16_t)input_value(2);

	input_lie();
	haul_virtio_mock_poke(&machine.mock, queue, HAUL_VIRTIO_MOCK_DEVICE, 2, &index,
			      sizeof index);
}

static void scribble(unsigned queue)
{
	scribbled = true;
	if (input_byte() & 1)
		poke(queue, HAUL_VIRTIO_MOCK_DRIVER, 6 + 2 * (size_t)size_of(queue));
	else
		poke(queue, HAUL_VIRTIO_MOCK_DESCRIPTORS, 16 * (size_t)size_of(queue));
}

static void change(void)
{
	const size_t at = input_below(MACHINE_CONFIG);

	machine.bytes[at] = input_byte();
	haul_virtio_mock_change(&machine.mock);
}

static void act(unsigned queue)
{
	switch (input_below(12)) {
	case 0:
	case 1:
		serve(queue);
		break;
	case 2:
		hold(queue);
		break;
	case 3:
		use_held(false);
		break;
	case 4:
		use_held(true);
		break;
	case 5:
		spoil_next(queue);
		break;
	case 6:
		use_any(queue);
		break;
	case 7:
		set_index(queue);
		break;
	case 8:
		poke(queue, HAUL_VIRTIO_MOCK_DEVICE, 6 + 8 * (size_t)size_of(queue));
		break;
	case 9:
		scribble(queue);
		break;
	case 10:
		change();
		break;
	default:
		if (input_left() && input_byte() & 1)
			haul_virtio_mock_break(&machine.mock);
	}
}

/* A reset that the device has taken part in: what it held is not its any more. */
static void see_resets(void)
{
	if (resets == machine.mock.resets)
		return;
	resets = machine.mock.resets;
	nheld = 0;
	scribbled = false;
}

void machine_act(void)
{
	see_resets();
	for (unsigned i = 0; i < machine.config.nqueues; i++)
		if (machine.queues[i].set && machine.mock.status & HAUL_VIRTIO_DRIVER_OK)
			act(i);
}

static void kicked(struct haul_virtio_mock *mock, unsigned queue)
{
	(void)mock;
	see_resets();
	act(queue);
}

/* Coming and going. */

static void offer(unsigned feature)
{
	haul_virtio_features_add(&machine.config.features, feature);
}

static void make_legacy(void)
{
	static const uint64_t modern = (uint64_t)1 << HAUL_VIRTIO_F_VERSION_1 |
				       (uint64_t)1 << HAUL_VIRTIO_F_ACCESS_PLATFORM |
				       (uint64_t)1 << HAUL_VIRTIO_F_RING_RESET;

	machine.config.legacy = true;
	machine.config.features.words[0] &= ~modern;
}

/* Features that it does not offer. */
static void withhold(void)
{
	uint64_t none = input_value(3);

	none |= input_value(1) << HAUL_VIRTIO_F_INDIRECT_DESC;
	none |= input_value(1) << HAUL_VIRTIO_F_ACCESS_PLATFORM;
	machine.config.features.words[0] &= ~none;
}

static void set_bytes(void)
{
	for (unsigned n = input_below(8); n; n--) {
		const unsigned at = input_below(MACHINE_CONFIG);

		machine.bytes[at] = input_byte();
	}
	if (input_byte() & 1)
		machine.config.size = input_below(MACHINE_CONFIG);
}

static void plug(void)
{
	struct haul_virtio_transport transport;

	cr_assert(haul_virtio_mock_init(&machine.mock, &machine.config) == 0);
	transport = haul_virtio_mock_transport(&machine.mock);
	cr_assert(haul_virtio_open(&machine.device, &transport, &machine.dma, &machine.options) ==
		  0);
}

/* With all that it can do. */
static void make(void)
{
	const struct machine_kind *kind = machine.kind;

	machine.config = (struct haul_virtio_mock_config){
		.type = kind->type,
		.features = {{kind->features}},
		.memory = haul_virtio_mock_arena(&arena),
		.queues = machine.queues,
		.nqueues = MACHINE_QUEUES,
		.bytes = machine.bytes,
		.size = MACHINE_CONFIG,
		.hook = answer,
	};
	offer(HAUL_VIRTIO_F_INDIRECT_DESC);
	offer(HAUL_VIRTIO_F_EVENT_IDX);
	offer(HAUL_VIRTIO_F_VERSION_1);
	offer(HAUL_VIRTIO_F_ACCESS_PLATFORM);
	offer(HAUL_VIRTIO_F_RING_RESET);
	memset(machine.bytes, 0, sizeof machine.bytes);
	if (kind->config)
		memcpy(machine.bytes, kind->config, kind->config_size);
	for (unsigned i = 0; i < MACHINE_QUEUES; i++) {
		machine.queues[i].max = 16u >> input_below(5);
		machine.queues[i].serve = kicked;
	}
	nheld = 0;
	resets = 0;
	scribbled = false;
}

void machine_begin(const struct machine_kind *kind)
{
	const uint8_t bits = input_byte();

	memset(&machine, 0, sizeof machine);
	machine.kind = kind;
	machine.options.policy = (enum haul_virtio_policy)(bits % 3);
	machine.options.timeout = INPUT_SOON;
	machine_memory(bits & 0x40);
	make();
	if (bits & 0x80)
		make_legacy();
	withhold();
	set_bytes();
	plug();
	input_idle = machine_act;
}

static void check_rules(void)
{
	cr_assert(!machine.mock.complaint, "%s", machine.mock.complaint);
}

void machine_mend(void)
{
	if (!input_lied())
		check_rules();
	input_end();
	fails = 0;
}

void machine_again(void)
{
	cr_assert(haul_virtio_close(&machine.device) == 0 ||
		  machine.device.state == HAUL_VIRTIO_CLOSED);
	make();
	plug();
}

void machine_end(void)
{
	if (machine.device.state != HAUL_VIRTIO_CLOSED)
		cr_assert(haul_virtio_close(&machine.device) == 0);
	check_rules();
	machine_memory_end();
}
