/* SPDX-License-Identifier: MIT */
#include "virtio_rig.h"
#include <haul/platform.h>
#include <string.h>

enum { PAGE = 4096, POOL = 48 * PAGE, MEMORY = 16 * PAGE, LINE = 64, LENT = 16 };

struct rig rig;

static _Alignas(PAGE) unsigned char pool[POOL], memory[MEMORY];
static _Alignas(64) unsigned char storage[6 * (POOL + MEMORY) + PAGE];
static size_t memory_used;
static struct haul_iovec lent[LENT]; /* by the model */
static unsigned nlent;
static struct haul_arena arena;
static struct haul_model model;
static struct haul_hal hal, inner;
static uint64_t words[HAUL_ARENA_WORDS(POOL / PAGE)];

static bool fails(void)
{
	return __atomic_add_fetch(&rig.calls, 1, __ATOMIC_RELAXED) == rig.fail;
}

static int failing_alloc(void *ctx, const struct haul_hal_request *request,
			 struct haul_hal_memory *given)
{
	return fails() ? -HAUL_ENOMEM : inner.alloc(ctx, request, given);
}

static int failing_share(void *ctx, void *p, size_t size, enum haul_dma_direction direction,
			 uint64_t reach, struct haul_hal_memory *given)
{
	return fails() ? -HAUL_ENOMEM : inner.share(ctx, p, size, direction, reach, given);
}

static int failing_cache(void *ctx, enum haul_cache_op op, void *virt, struct haul_phys phys,
			 size_t size)
{
	return fails() ? -HAUL_EIO : inner.cache(ctx, op, virt, phys, size);
}

static void begin_arena(void)
{
	static struct haul_arena_part parts[2];
	const struct haul_phys low = {0x100000}, high = {0x900000};

	parts[0] = haul_arena_identity(pool, low, POOL, HAUL_ARENA_ALLOC);
	parts[1] = haul_arena_identity(memory, high, MEMORY, HAUL_ARENA_SHARE);
	memset(words, 0, sizeof words);
	cr_assert(haul_arena_init(&arena, &(struct haul_arena_config){
						  .parts = parts,
						  .nparts = rig.kind == RIG_BOUNCE ? 1 : 2,
						  .page = PAGE,
						  .words = words,
						  .nwords = sizeof words / sizeof words[0],
					  }) == 0);
	inner = arena.hal;
}

static void begin_model(void)
{
	const struct haul_model_config config = {
		.size = POOL + MEMORY,
		.page = PAGE,
		.line = LINE,
		.phys = 0x40000000,
		.iova = 0x7f000000,
		.mode = rig.policy == HAUL_VIRTIO_CHECKED ? HAUL_MODEL_WORST : HAUL_MODEL_RANDOM,
		.seed = test_seed(),
	};

	cr_assert(haul_model_init(&model, &config, storage, sizeof storage) == 0);
	inner = model.hal;
}

static void begin_dma(void)
{
	const bool caches = rig.kind == RIG_CACHES;
	const struct haul_dma_limits limits = {.reach = UINT64_MAX, .coherent = !caches};

	memory_used = nlent = 0;
	if (caches)
		begin_model();
	else
		begin_arena();
	hal = inner;
	hal.alloc = failing_alloc;
	hal.share = failing_share;
	if (hal.cache)
		hal.cache = failing_cache;
	cr_assert(haul_dma_device_init(&rig.dma, &hal, &limits) == 0);
	rig.calls = 0;
}

static void begin_mock(void)
{
	struct haul_virtio_mock_config config = {
		.type = rig.type,
		.legacy = rig.legacy,
		.features = {{rig.features}},
		.memory = rig.kind == RIG_CACHES ? haul_virtio_mock_model(&model)
						 : haul_virtio_mock_arena(&arena),
		.queues = rig.queues,
		.nqueues = RIG_QUEUES,
		.bytes = rig.config,
		.size = rig.config_size ? rig.config_size : RIG_CONFIG,
	};

	if (!rig.legacy) {
		haul_virtio_features_add(&config.features, HAUL_VIRTIO_F_VERSION_1);
		haul_virtio_features_add(&config.features, HAUL_VIRTIO_F_ACCESS_PLATFORM);
	}
	for (unsigned i = 0; i < RIG_QUEUES; i++)
		rig.queues[i].max = rig.max ? rig.max : 256;
	cr_assert(haul_virtio_mock_init(&rig.mock, &config) == 0);
}

static void begin(void)
{
	const struct haul_virtio_options options = {
		.policy = rig.policy,
		.timeout = rig.timeout ? rig.timeout : 10000000,
		.wait = rig.wait,
	};
	struct haul_virtio_transport transport;

	begin_dma();
	begin_mock();
	transport = haul_virtio_mock_transport(&rig.mock);
	cr_assert(haul_virtio_open(&rig.device, &transport, &rig.dma, &options) == 0);
}

static void end(void)
{
	cr_assert(haul_virtio_close(&rig.device) == 0);
	cr_assert(haul_dma_device_end(&rig.dma) == 0, "something is mapped still");
	if (rig.kind != RIG_CACHES)
		cr_assert(haul_arena_used(&arena) == 0, "something is allocated still");
	cr_assert(rig.mock.complaint == NULL, "%s", rig.mock.complaint);
}

void rig_each(void (*body)(void))
{
	const struct rig wanted = rig;

	for (int kind = 0; kind < RIG_KINDS; kind++)
		for (int policy = 0; policy <= HAUL_VIRTIO_CONFIDENTIAL; policy++) {
			if (wanted.legacy && policy == HAUL_VIRTIO_CONFIDENTIAL)
				continue;
			rig = wanted;
			rig.kind = (enum rig_kind)kind;
			rig.policy = (enum haul_virtio_policy)policy;
			begin();
			body();
			end();
		}
	rig = wanted;
}

void *rig_memory(size_t size)
{
	void *p = memory + memory_used;

	size = (size + PAGE - 1) & ~((size_t)PAGE - 1);
	if (rig.kind == RIG_CACHES) {
		cr_assert(nlent < LENT && haul_model_alloc(&model, size, &p) == 0);
		lent[nlent++] = (struct haul_iovec){p, size};
		return p;
	}
	cr_assert(size <= MEMORY - memory_used);
	memory_used += size;
	return p;
}

void rig_memory_free(void)
{
	while (nlent) {
		const struct haul_iovec *const last = &lent[--nlent];

		cr_assert(haul_model_free(&model, last->base, last->len) == 0);
	}
	memory_used = 0;
}

struct haul_virtio_mock_request rig_take(unsigned queue)
{
	struct haul_virtio_mock_request request;

	cr_assert(haul_virtio_mock_take(&rig.mock, queue, &request) == 1);
	return request;
}

void rig_write(const struct haul_virtio_mock_request *request, uint64_t off, const void *data,
	       size_t n)
{
	cr_assert(haul_virtio_mock_write(&rig.mock, request, off, data, n) == 0);
}

void rig_read(const struct haul_virtio_mock_request *request, uint64_t off, void *data, size_t n)
{
	cr_assert(haul_virtio_mock_read(&rig.mock, request, off, data, n) == 0);
}

void rig_use(const struct haul_virtio_mock_request *request, uint32_t len)
{
	cr_assert(haul_virtio_mock_use(&rig.mock, request, len) == 0);
}

uint64_t rig_soon(void)
{
	return haul_platform_clock() + 5000000;
}

uint64_t rig_late(void)
{
	return haul_platform_clock() + UINT64_C(60000000000);
}
