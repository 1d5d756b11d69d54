/* SPDX-License-Identifier: MIT */
#include "dma_machine.h"
#include "test.h"
#include <string.h>

const uint64_t phys = 0x40000000, iova = 0x7f000000;

unsigned char storage[STORAGE];
struct haul_model model;

struct haul_model_config config_of(enum haul_model_mode mode, uint64_t seed)
{
	return (struct haul_model_config){
		.size = SIZE,
		.page = PAGE,
		.line = LINE,
		.phys = phys,
		.iova = iova,
		.mode = mode,
		.seed = seed,
	};
}

void begin(struct haul_model_config config)
{
	cr_assert(haul_model_init(&model, &config, storage, sizeof storage) == 0);
}

void begin_shared(struct haul_model_config config)
{
	struct haul_hal_memory memory;

	begin(config);
	cr_assert(model.hal.share(&model, model.cpu, SIZE, HAUL_DMA_BOTH, UINT64_MAX, &memory) ==
		  0);
	cr_assert(memory.virt == model.cpu && memory.size == SIZE);
	cr_assert(memory.phys.value == phys && memory.iova.value == iova);
}

void begin_quiet(void)
{
	begin_shared(config_of(HAUL_MODEL_QUIET, 0));
}

int sync_range(enum haul_cache_op op, size_t off, size_t n)
{
	const struct haul_phys at = {phys + off};

	return model.hal.cache(&model, op, model.cpu + off, at, n);
}

void device_write(size_t off, const void *data, size_t n)
{
	const struct haul_iova at = {iova + off};

	cr_assert(haul_model_device_write(&model, at, data, n) == 0);
}

bool device_sees(size_t off, const void *data, size_t n)
{
	const struct haul_iova at = {iova + off};
	unsigned char seen[SIZE];

	cr_assert(haul_model_device_read(&model, at, seen, n) == 0);
	return memcmp(seen, data, n) == 0;
}

bool cpu_sees(size_t off, const void *data, size_t n)
{
	return memcmp(model.cpu + off, data, n) == 0;
}

void cpu_store(size_t off, const void *data, size_t n)
{
	memcpy(model.cpu + off, data, n);
}

const char *letters(char letter)
{
	static char lines[26][3 * LINE];
	char *line = lines[letter - 'a'];

	return memset(line, letter, sizeof lines[0]);
}
