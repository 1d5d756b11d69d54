/* SPDX-License-Identifier: MIT */
#include "virtio_machine.h"
#include <string.h>

enum { PAGE = 1024, POOL = 131072, MODEL = 65536, STORAGE = 7 * MODEL };

struct machine machine;

static _Alignas(4096) unsigned char pool[POOL];
static _Alignas(4096) unsigned char data[MACHINE_DATA];
static unsigned char storage[STORAGE];
static struct haul_arena arena;
static struct haul_arena_part parts[2];
static uint64_t words[HAUL_ARENA_WORDS(POOL / PAGE)];
static struct haul_model model;
static enum machine_kind kind;

static bool is_model(void)
{
	return kind == MACHINE_WORST || kind == MACHINE_RANDOM;
}

static const struct haul_hal *begin_arena(void)
{
	parts[0] = (struct haul_arena_part){{pool, {0x10000000}, {0x40000000}, sizeof pool},
					    HAUL_ARENA_ALLOC};
	parts[1] = (struct haul_arena_part){{data, {0x20000000}, {0x50000000}, sizeof data},
					    HAUL_ARENA_SHARE};
	cr_assert(haul_arena_init(&arena, &(struct haul_arena_config){
						  .parts = parts,
						  .nparts = kind == MACHINE_IDENTITY ? 2 : 1,
						  .page = PAGE,
						  .words = words,
						  .nwords = sizeof words / sizeof *words,
					  }) == 0);
	machine.data = data;
	machine.limits.coherent = true;
	machine.config.memory = haul_virtio_mock_arena(&arena);
	return &arena.hal;
}

static const struct haul_hal *begin_model(void)
{
	const struct haul_model_config config = {
		.size = MODEL,
		.page = PAGE,
		.line = 64,
		.phys = 0x10000000,
		.iova = 0x40000000,
		.mode = kind == MACHINE_WORST ? HAUL_MODEL_WORST : HAUL_MODEL_RANDOM,
		.seed = test_seed(),
	};
	void *p;

	cr_assert(haul_model_storage(&config) <= sizeof storage);
	cr_assert(haul_model_init(&model, &config, storage, sizeof storage) == 0);
	cr_assert(haul_model_alloc(&model, MACHINE_DATA, &p) == 0);
	machine.data = p;
	machine.config.memory = haul_virtio_mock_model(&model);
	return &model.hal;
}

void machine_offer(unsigned feature, bool offered)
{
	uint64_t *word = &machine.config.features.words[feature / 64];

	*word &= ~((uint64_t)1 << feature % 64);
	*word |= (uint64_t)offered << feature % 64;
}

void machine_begin(enum machine_kind which, uint32_t type)
{
	const struct haul_hal *hal;

	kind = which;
	machine = (struct machine){
		.config = {.type = type},
		.options = {.timeout = 2000000},
		.limits = {.reach = UINT64_MAX},
	};
	hal = is_model() ? begin_model() : begin_arena();
	memset(machine.data, 0, MACHINE_DATA);
	cr_assert(haul_dma_device_init(&machine.dma, hal, &machine.limits) == 0);
	machine_offer(HAUL_VIRTIO_F_INDIRECT_DESC, true);
	machine_offer(HAUL_VIRTIO_F_EVENT_IDX, true);
	machine_offer(HAUL_VIRTIO_F_VERSION_1, true);
	machine_offer(HAUL_VIRTIO_F_ACCESS_PLATFORM, true);
	machine_offer(HAUL_VIRTIO_F_RING_RESET, true);
}

void machine_legacy(void)
{
	machine.config.legacy = true;
	machine_offer(HAUL_VIRTIO_F_VERSION_1, false);
	machine_offer(HAUL_VIRTIO_F_ACCESS_PLATFORM, false);
	machine_offer(HAUL_VIRTIO_F_RING_RESET, false);
}

void machine_open(void)
{
	struct haul_virtio_transport transport;

	cr_assert(haul_virtio_mock_init(&machine.mock, &machine.config) == 0);
	transport = haul_virtio_mock_transport(&machine.mock);
	cr_assert(haul_virtio_open(&machine.device, &transport, &machine.dma, &machine.options) ==
		  0);
}

bool machine_is_idle(void)
{
	struct haul_dma_stats stats;

	haul_dma_stats_get(&machine.dma, &stats);
	return stats.maps_live == 0 && stats.bytes_live == 0 &&
	       (is_model() || haul_arena_used(&arena) == 0);
}

void machine_end(void)
{
	cr_assert(machine_is_idle(), "memory is mapped or allocated still");
	cr_assert(haul_dma_device_end(&machine.dma) == 0);
	if (is_model())
		cr_assert(haul_model_free(&model, machine.data, MACHINE_DATA) == 0);
	cr_assert(!machine.mock.complaint, "%s", machine.mock.complaint);
}

uint64_t machine_soon(void)
{
	return haul_platform_clock() + 1000000;
}

uint64_t machine_never(void)
{
	return UINT64_MAX;
}

void machine_each(void (*test)(enum machine_kind kind, enum haul_virtio_policy policy))
{
	for (unsigned which = 0; which < MACHINE_KINDS; which++)
		for (unsigned policy = 0; policy <= HAUL_VIRTIO_CONFIDENTIAL; policy++)
			test((enum machine_kind)which, (enum haul_virtio_policy)policy);
}
