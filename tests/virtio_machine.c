/* SPDX-License-Identifier: MIT */
#include "virtio_machine.h"
#include <string.h>

enum { PAGE = 1024, POOL = 65536, MODEL = POOL + MACHINE_MEMORY, STORAGE = 7 * MODEL };

struct machine machine;

static _Alignas(4096) unsigned char pool[POOL];
static _Alignas(4096) unsigned char memory[MACHINE_MEMORY];
static unsigned char storage[STORAGE];
static struct haul_arena arena;
static struct haul_arena_part parts[2];
static uint64_t words[HAUL_ARENA_WORDS(POOL / PAGE)];
static struct haul_model model;
static struct haul_hal hal, inner;

bool machine_is_model(void)
{
	return machine.kind == MACHINE_WORST || machine.kind == MACHINE_RANDOM;
}

/* The Hal, as a test wants it. */

static bool fails(void)
{
	return __atomic_add_fetch(&machine.calls, 1, __ATOMIC_RELAXED) == machine.fail;
}

static struct haul_hal_memory truth; /* of the last lie */

static int give(int err, struct haul_hal_memory *given)
{
	if (!err && given->virt == truth.virt)
		truth = (struct haul_hal_memory){0};
	if (!err && machine.lie) {
		truth = *given;
		machine.lie(given);
	}
	return err;
}

static const struct haul_hal_memory *true_of(const struct haul_hal_memory *given)
{
	return given->virt == truth.virt ? &truth : given;
}

static int failing_alloc(void *ctx, const struct haul_hal_request *request,
			 struct haul_hal_memory *given)
{
	return fails() ? -HAUL_ENOMEM : give(inner.alloc(ctx, request, given), given);
}

static int true_free(void *ctx, const struct haul_hal_memory *given)
{
	return inner.free(ctx, true_of(given));
}

static int failing_share(void *ctx, void *p, size_t size, enum haul_dma_direction direction,
			 uint64_t reach, struct haul_hal_memory *given)
{
	return fails() ? -HAUL_ENOMEM
		       : give(inner.share(ctx, p, size, direction, reach, given), given);
}

static int true_unshare(void *ctx, const struct haul_hal_memory *given,
			enum haul_dma_direction direction)
{
	return inner.unshare(ctx, true_of(given), direction);
}

static int failing_cache(void *ctx, enum haul_cache_op op, void *virt, struct haul_phys phys,
			 size_t size)
{
	return fails() ? -HAUL_EIO : inner.cache(ctx, op, virt, phys, size);
}

static void begin_arena(void)
{
	parts[0] = (struct haul_arena_part){{pool, {0x10000000}, {0x40000000}, sizeof pool},
					    HAUL_ARENA_ALLOC};
	parts[1] = (struct haul_arena_part){{memory, {0x20000000}, {0x50000000}, sizeof memory},
					    HAUL_ARENA_SHARE};
	cr_assert(
		haul_arena_init(&arena, &(struct haul_arena_config){
						.parts = parts,
						.nparts = machine.kind == MACHINE_IDENTITY ? 2 : 1,
						.page = PAGE,
						.words = words,
						.nwords = sizeof words / sizeof *words,
					}) == 0);
	machine.data = memory;
	machine.limits.coherent = true;
	machine.config.memory = haul_virtio_mock_arena(&arena);
	inner = arena.hal;
}

static void begin_model(void)
{
	const struct haul_model_config config = {
		.size = MODEL,
		.page = PAGE,
		.line = 64,
		.phys = 0x10000000,
		.iova = 0x40000000,
		.mode = machine.kind == MACHINE_WORST ? HAUL_MODEL_WORST : HAUL_MODEL_RANDOM,
		.seed = test_seed(),
	};
	void *p;

	cr_assert(haul_model_storage(&config) <= sizeof storage);
	cr_assert(haul_model_init(&model, &config, storage, sizeof storage) == 0);
	cr_assert(haul_model_alloc(&model, MACHINE_MEMORY, &p) == 0);
	machine.data = p;
	machine.config.memory = haul_virtio_mock_model(&model);
	inner = model.hal;
}

/* The machine. */

void machine_offer(unsigned feature, bool offered)
{
	uint64_t *word = &machine.config.features.words[feature / 64];

	*word &= ~((uint64_t)1 << feature % 64);
	*word |= (uint64_t)offered << feature % 64;
}

void machine_setup(uint32_t type, uint64_t features)
{
	machine = (struct machine){
		.kind = machine.kind,
		.policy = machine.policy,
		.config = {.type = type,
			   .features = {{features}},
			   .queues = machine.queues,
			   .nqueues = MACHINE_QUEUES,
			   .bytes = machine.bytes,
			   .size = MACHINE_BYTES},
		.options = {.timeout = 2000000},
		.limits = {.reach = UINT64_MAX},
	};
	machine_max(256);
	machine_offer(HAUL_VIRTIO_F_VERSION_1, true);
	machine_offer(HAUL_VIRTIO_F_ACCESS_PLATFORM, true);
}

void machine_legacy(void)
{
	machine.config.legacy = true;
	machine_offer(HAUL_VIRTIO_F_VERSION_1, false);
	machine_offer(HAUL_VIRTIO_F_ACCESS_PLATFORM, false);
	machine_offer(HAUL_VIRTIO_F_RING_RESET, false);
}

void machine_max(unsigned size)
{
	for (unsigned i = 0; i < MACHINE_QUEUES; i++)
		machine.queues[i].max = size;
}

void machine_limit(void)
{
	cr_assert(haul_dma_device_init(&machine.dma, &hal, &machine.limits) == 0);
}

void machine_begin(void)
{
	if (machine_is_model())
		begin_model();
	else
		begin_arena();
	hal = inner;
	hal.alloc = failing_alloc;
	hal.free = true_free;
	hal.share = failing_share;
	hal.unshare = true_unshare;
	if (hal.cache)
		hal.cache = failing_cache;
	memset(machine.data, 0, MACHINE_MEMORY);
	machine.options.policy = machine.policy;
	machine_limit();
	machine.calls = 0;
	truth = (struct haul_hal_memory){0};
}

void machine_reopen(void)
{
	const struct haul_virtio_transport transport = haul_virtio_mock_transport(&machine.mock);

	cr_assert(haul_virtio_open(&machine.device, &transport, &machine.dma, &machine.options) ==
		  0);
}

void machine_open(void)
{
	cr_assert(haul_virtio_mock_init(&machine.mock, &machine.config) == 0);
	machine_reopen();
}

bool machine_is_idle(void)
{
	struct haul_dma_stats stats;

	haul_dma_stats_get(&machine.dma, &stats);
	return stats.maps_live == 0 && stats.bytes_live == 0 &&
	       (machine_is_model() || haul_arena_used(&arena) == 0);
}

void machine_end(void)
{
	cr_assert(machine_is_idle(), "memory is mapped or allocated still");
	cr_assert(haul_dma_device_end(&machine.dma) == 0);
	if (machine_is_model())
		cr_assert(haul_model_free(&model, machine.data, MACHINE_MEMORY) == 0);
	cr_assert(!machine.mock.complaint, "%s", machine.mock.complaint);
}

/* With HAUL_TEST_THIN a few, but one of them always. */
void machine_each(void (*body)(void))
{
	static uint64_t chance;
	const struct machine wanted = machine;
	const unsigned policies =
		wanted.config.legacy ? HAUL_VIRTIO_CONFIDENTIAL : HAUL_VIRTIO_CONFIDENTIAL + 1;
	const size_t sure = test_random_below(&chance, (size_t)MACHINE_KINDS * policies);

	for (unsigned kind = 0; kind < MACHINE_KINDS; kind++)
		for (unsigned policy = 0; policy < policies; policy++) {
			if (kind * policies + policy != sure && !test_takes_case(&chance))
				continue;
			machine = wanted;
			machine.kind = (enum machine_kind)kind;
			machine.policy = (enum haul_virtio_policy)policy;
			body();
		}
	machine = wanted;
}

static void (*open_body)(void);

static void run_open(void)
{
	machine_begin();
	machine_open();
	open_body();
	cr_assert(haul_virtio_close(&machine.device) == 0);
	machine_end();
}

void machine_each_open(void (*body)(void))
{
	open_body = body;
	machine_each(run_open);
}

void *machine_memory(size_t size)
{
	void *p = machine.data + machine.used;

	size = (size + PAGE - 1) & ~((size_t)PAGE - 1);
	cr_assert(size <= MACHINE_MEMORY - machine.used);
	machine.used += size;
	return p;
}

void machine_memory_free(void)
{
	machine.used = 0;
}

/* The device. */

struct haul_virtio_mock_request machine_take(unsigned queue)
{
	struct haul_virtio_mock_request request;

	cr_assert(haul_virtio_mock_take(&machine.mock, queue, &request) == 1);
	return request;
}

void machine_write(const struct haul_virtio_mock_request *request, uint64_t off, const void *data,
		   size_t n)
{
	const int err = haul_virtio_mock_write(&machine.mock, request, off, data, n);

	cr_assert(err == 0, "what it is to write it cannot: %d", err);
}

void machine_read(const struct haul_virtio_mock_request *request, uint64_t off, void *data,
		  size_t n)
{
	const int err = haul_virtio_mock_read(&machine.mock, request, off, data, n);

	cr_assert(err == 0, "what it is to read it cannot: %d", err);
}

void machine_use(const struct haul_virtio_mock_request *request, uint32_t len)
{
	cr_assert(haul_virtio_mock_use(&machine.mock, request, len) == 0);
}

int machine_never_reset(struct haul_virtio_mock *mock, enum haul_virtio_mock_call call,
			size_t index, uint64_t *value)
{
	(void)mock;
	(void)index;
	if (machine.hostile && call == HAUL_VIRTIO_MOCK_QUEUE_RESETS)
		*value = 1;
	if (machine.hostile && call == HAUL_VIRTIO_MOCK_SET_STATUS && !*value)
		*value = HAUL_VIRTIO_ACKNOWLEDGE;
	return 0;
}

int machine_gone(struct haul_virtio_mock *mock, enum haul_virtio_mock_call call, size_t index,
		 uint64_t *value)
{
	(void)mock;
	(void)call;
	(void)index;
	(void)value;
	return machine.hostile ? -HAUL_ENODEV : 0;
}

int machine_changes(struct haul_virtio_mock *mock, enum haul_virtio_mock_call call, size_t index,
		    uint64_t *value)
{
	static uint8_t generation;

	(void)mock;
	(void)index;
	if (machine.hostile && call == HAUL_VIRTIO_MOCK_GENERATION)
		*value = generation++;
	return 0;
}

void machine_sleep(void *context, uint64_t deadline)
{
	const uint64_t before = machine.mock.interrupts;
	unsigned causes;

	(void)context;
	(void)deadline;
	machine.slept++;
	machine.deliver();
	cr_assert(machine.mock.interrupts == before + 1, "an interrupt was asked for");
	cr_assert(haul_virtio_interrupt(&machine.device, &causes) == 0);
	cr_assert(causes == HAUL_VIRTIO_CAUSE_QUEUE);
}

uint64_t machine_soon(void)
{
	return haul_platform_clock() + 1000000;
}

uint64_t machine_late(void)
{
	return haul_platform_clock() + UINT64_C(60000000000);
}

uint64_t machine_never(void)
{
	return UINT64_MAX;
}
