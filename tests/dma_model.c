/* SPDX-License-Identifier: MIT */
/*
 * The model of a machine with a cache (haul/model.h): that it does to lines what a cache
 * does.  What it catches is in dma_mistakes.c.
 */
#include "dma_machine.h"
#include "test.h"
#include <string.h>

/* Init. */

Test(dma_model, init_takes_what_is_right)
{
	const struct haul_model_config right = config_of(HAUL_MODEL_RANDOM, 1);
	struct haul_model_config configs[16];
	size_t count = 0;

	for (size_t i = 0; i < 16; i++)
		configs[i] = right;
	configs[count++].size = 0;
	configs[count++].size = SIZE + 1;
	configs[count++].size = SIZE + PAGE / 2;
	configs[count++].size = SIZE_MAX & ~(size_t)(PAGE - 1);
	configs[count++].page = 0;
	configs[count].line = 1;
	configs[count++].page = 4;
	configs[count++].page = 96;
	configs[count++].line = 0;
	configs[count++].line = 48;
	configs[count++].line = 2 * PAGE;
	configs[count++].phys = phys + 1;
	configs[count++].phys = -(uint64_t)PAGE;
	configs[count++].iova = iova + LINE;
	configs[count++].iova = -(uint64_t)SIZE + PAGE;
	configs[count++].missing = ALL_OPS + 1;
	configs[count++].mode = (enum haul_model_mode)(HAUL_MODEL_QUIET + 1);
	cr_assert(count == 16);
	for (size_t i = 0; i < count; i++) {
		cr_assert(haul_model_storage(&configs[i]) == 0, "configuration %zu", i);
		cr_assert(haul_model_init(&model, &configs[i], storage, sizeof storage) ==
			  -HAUL_EINVAL);
	}
	cr_assert(haul_model_init(&model, &right, NULL, sizeof storage) == -HAUL_EINVAL);
	cr_assert(haul_model_storage(&right) <= sizeof storage);
	cr_assert(haul_model_init(&model, &right, storage, haul_model_storage(&right) - 1) ==
		  -HAUL_ENOSPC);
	cr_assert(haul_model_init(&model, &right, storage, haul_model_storage(&right)) == 0);
}

/* The last of all addresses, and lines as large as pages, as small as a byte. */
Test(dma_model, init_takes_extremes)
{
	struct haul_model_config config = config_of(HAUL_MODEL_RANDOM, 1);

	config.phys = config.iova = -(uint64_t)SIZE;
	config.line = config.page;
	cr_assert(haul_model_init(&model, &config, storage, sizeof storage) == 0);
	config.page = 8;
	config.size = 64;
	config.line = 1;
	config.phys = config.iova = 0;
	cr_assert(haul_model_init(&model, &config, storage, sizeof storage) == 0);
	haul_model_step(&model);
}

static void check_step(uint64_t *random)
{
	const size_t n = test_random_below(random, 3 * LINE + 1);
	const size_t off = test_random_below(random, SIZE - n + 1);
	const struct haul_iova at = {iova + off};
	unsigned char data[3 * LINE];

	memset(data, (int)test_random_below(random, 256), n);
	switch (test_random_below(random, 8)) {
	case 0:
		cpu_store(off, data, n);
		break;
	case 1:
		cr_assert(haul_model_cpu_write(&model, model.cpu + off, data, n) == 0);
		break;
	case 2:
		cr_assert(haul_model_cpu_read(&model, model.cpu + off, data, n) == 0);
		break;
	case 3:
		cr_assert(haul_model_device_read(&model, at, data, n) == 0);
		break;
	case 4:
		cr_assert(haul_model_device_write(&model, at, data, n) == 0);
		break;
	default:
		cr_assert(sync_range((enum haul_cache_op)test_random_below(random, 3), off, n) ==
			  0);
	}
}

static void check_steps(uint64_t seed)
{
	uint64_t random = seed;

	for (int i = 0; i < 300; i++)
		check_step(&random);
}

Test(dma_model, storage_is_all_that_is_used)
{
	static unsigned char around[STORAGE + 64];
	struct haul_model_config config = config_of(HAUL_MODEL_RANDOM, 1);
	const size_t size = haul_model_storage(&config);
	struct haul_hal_memory memory;

	for (size_t shift = 1; shift < 32; shift += 5) {
		memset(around, 0xa5, sizeof around);
		cr_assert(haul_model_init(&model, &config, around + shift, size) == 0);
		cr_assert((uintptr_t)model.cpu % PAGE == 0 && (uintptr_t)model.ram % PAGE == 0);
		cr_assert(model.hal.share(&model, model.cpu, SIZE, HAUL_DMA_BOTH, UINT64_MAX,
					  &memory) == 0);
		check_steps(shift);
		for (size_t i = 0; i < sizeof around; i++)
			cr_assert((i >= shift && i < shift + size) || around[i] == 0xa5);
	}
}

/* Lines. */

Test(dma_model, line_in_the_cache_hides_what_a_device_writes)
{
	begin_quiet();
	cr_assert(haul_model_fill(&model, model.cpu, LINE) == 0);
	device_write(0, letters('a'), 2 * LINE);
	cr_assert(model.cpu[0] == 0 && model.cpu[LINE - 1] == 0);
	cr_assert(cpu_sees(LINE, letters('a'), LINE));
	cr_assert(device_sees(0, letters('a'), 2 * LINE));
	cr_assert(haul_model_evict(&model, model.cpu, 1) == 0);
	cr_assert(cpu_sees(0, letters('a'), LINE));
	cr_assert(model.counts.filled == 1 && model.counts.evicted == 1 &&
		  model.counts.written == 0);
}

Test(dma_model, line_that_is_stored_to_is_dirty)
{
	begin_quiet();
	cpu_store(10, letters('a'), 1);
	cr_assert(!device_sees(10, letters('a'), 1));
	device_write(0, letters('b'), LINE);
	cr_assert(model.cpu[10] == 'a' && model.cpu[0] == 0);
	cr_assert(haul_model_evict(&model, model.cpu, LINE) == 0);
	cr_assert(device_sees(10, letters('a'), 1));
	cr_assert(model.ram[0] == 0); /* the whole line went over what the device wrote */
	cr_assert(model.counts.written == 1);
}

/* As haul/model.h says of plain stores. */
Test(dma_model, line_that_is_stored_to_as_it_was_is_dirty_if_told)
{
	const char zeros[4] = {0};

	begin_quiet();
	cpu_store(0, zeros, sizeof zeros);
	device_write(0, letters('a'), LINE);
	cr_assert(cpu_sees(0, letters('a'), LINE));
	cr_assert(haul_model_cpu_write(&model, model.cpu + LINE, zeros, sizeof zeros) == 0);
	device_write(LINE, letters('a'), LINE);
	cr_assert(cpu_sees(LINE, zeros, sizeof zeros));
	cr_assert(haul_model_evict(&model, model.cpu, SIZE) == 0);
	cr_assert(device_sees(0, letters('a'), LINE) && device_sees(LINE, zeros, sizeof zeros));
}

Test(dma_model, line_that_is_read_is_in_the_cache)
{
	char data[LINE];

	begin_quiet();
	cr_assert(haul_model_cpu_read(&model, model.cpu + LINE, data, LINE) == 0);
	cr_assert(data[0] == 0 && model.counts.filled == 1);
	device_write(0, letters('a'), 3 * LINE);
	cr_assert(cpu_sees(0, letters('a'), LINE) && model.cpu[LINE] == 0 &&
		  cpu_sees(2 * LINE, letters('a'), LINE));
	cr_assert(haul_model_cpu_read(&model, model.cpu + 2 * LINE, data, 1) == 0);
	cr_assert(data[0] == 'a');
}

Test(dma_model, cpu_accesses_within_the_memory)
{
	char data[2] = {1, 2};

	begin_quiet();
	cr_assert(haul_model_cpu_read(&model, data, data, 1) == -HAUL_ERANGE);
	cr_assert(haul_model_cpu_write(&model, data, data, 1) == -HAUL_ERANGE);
	cr_assert(haul_model_cpu_write(&model, model.ram + SIZE - 1, data, 2) == -HAUL_ERANGE);
	cr_assert(haul_model_cpu_write(&model, model.cpu + SIZE - 1, data, SIZE_MAX) ==
		  -HAUL_ERANGE);
	cr_assert(haul_model_fill(&model, model.cpu + SIZE - 1, 2) == -HAUL_ERANGE);
	cr_assert(haul_model_evict(&model, model.cpu - 1, 1) == -HAUL_ERANGE);
	cr_assert(haul_model_fill(&model, model.cpu + SIZE, 0) == 0);
	cr_assert(model.counts.filled == 0);
}

/* Maintenance. */

enum state { UNCACHED, STALE, DIRTY };

/* The device has written 'd' behind a line of that state, in which the CPU has 'c' if it is
 * dirty. */
static void prepare(enum state state)
{
	begin_quiet();
	if (state == STALE)
		cr_assert(haul_model_fill(&model, model.cpu, LINE) == 0);
	if (state == DIRTY)
		cpu_store(0, letters('c'), LINE);
	device_write(0, letters('d'), LINE);
}

Test(dma_model, sync_does_to_lines_what_its_name_says)
{
	static const struct {
		enum haul_cache_op op;
		enum state state;
		char cpu, ram;
	} cases[] = {
		{HAUL_CACHE_CLEAN, UNCACHED, 'd', 'd'},
		{HAUL_CACHE_CLEAN, STALE, 0, 'd'},
		{HAUL_CACHE_CLEAN, DIRTY, 'c', 'c'},
		{HAUL_CACHE_FLUSH, UNCACHED, 'd', 'd'},
		{HAUL_CACHE_FLUSH, STALE, 'd', 'd'},
		{HAUL_CACHE_FLUSH, DIRTY, 'c', 'c'},
		{HAUL_CACHE_INVALIDATE, UNCACHED, 'd', 'd'},
		{HAUL_CACHE_INVALIDATE, STALE, 'd', 'd'},
		{HAUL_CACHE_INVALIDATE, DIRTY, 'd', 'd'},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		prepare(cases[i].state);
		cr_assert(sync_range(cases[i].op, 0, LINE) == 0);
		cr_assert(model.cpu[LINE - 1] == cases[i].cpu, "case %zu", i);
		cr_assert(model.ram[LINE - 1] == cases[i].ram, "case %zu", i);
		device_write(0, letters('e'), LINE); /* is it still in the cache? */
		cr_assert((model.cpu[0] == 'e') ==
			  (cases[i].op != HAUL_CACHE_CLEAN || cases[i].state == UNCACHED));
	}
	cr_assert(model.counts.lost == 1);
}

/* Every first and last byte in three lines, against a loop over bytes. */
Test(dma_model, sync_takes_the_lines_with_a_byte_of_the_range)
{
	uint64_t random = test_seed();

	begin_quiet();
	for (size_t off = 0; off <= 3 * LINE; off++)
		for (size_t n = 0; n <= 3 * LINE - off; n++) {
			bool touched[3] = {false};

			if (!test_takes_case(&random))
				continue;
			for (size_t i = off; i < off + n; i++)
				touched[i / LINE] = true;
			memset(model.cpu, 0, 3 * LINE);
			cr_assert(haul_model_evict(&model, model.cpu, 3 * LINE) == 0);
			cpu_store(0, letters('a'), 3 * LINE);
			cr_assert(sync_range(HAUL_CACHE_CLEAN, off, n) == 0);
			for (size_t i = 0; i < 3 * LINE; i++)
				cr_assert(model.ram[i] == (touched[i / LINE] ? 'a' : 0),
					  "(%zu, %zu) at %zu", off, n, i);
		}
}

Test(dma_model, sync_refuses_what_the_cpu_cannot_do)
{
	struct haul_cache_report report;

	for (unsigned missing = 0; missing <= ALL_OPS; missing++) {
		struct haul_model_config config = config_of(HAUL_MODEL_WORST, 0);

		config.missing = missing;
		config.coherent = missing & 1;
		begin_shared(config);
		cr_assert(model.hal.describe_cache(&model, &report) == 0);
		cr_assert(report.block == LINE && report.coherent == config.coherent);
		cpu_store(0, letters('a'), LINE);
		for (int op = 0; op < HAUL_CACHE_OPS; op++) {
			const bool is_missing = missing >> op & 1;

			cr_assert(report.ops[op].why ==
				  (is_missing ? HAUL_CACHE_NO_INSTRUCTION : HAUL_CACHE_USABLE));
			cr_assert((strlen(report.ops[op].instruction) == 0) == is_missing);
			if (is_missing)
				cr_assert(sync_range((enum haul_cache_op)op, 0, LINE) ==
					  -HAUL_ENOTSUP);
		}
		cr_assert(cpu_sees(0, letters('a'), LINE) && model.ram[0] == 0);
	}
}

Test(dma_model, sync_refuses_what_is_not_there)
{
	const struct haul_phys start = {phys}, other = {phys + LINE};

	begin_quiet();
	cpu_store(0, letters('a'), LINE);
	cr_assert(model.hal.cache(&model, HAUL_CACHE_CLEAN, model.cpu, other, LINE) ==
		  -HAUL_EINVAL);
	cr_assert(model.hal.cache(&model, HAUL_CACHE_CLEAN, model.ram, start, LINE) ==
		  -HAUL_EINVAL);
	cr_assert(model.hal.cache(&model, HAUL_CACHE_CLEAN, model.cpu, start, SIZE + 1) ==
		  -HAUL_EINVAL);
	cr_assert(model.hal.cache(&model, (enum haul_cache_op)HAUL_CACHE_OPS, model.cpu, start,
				  LINE) == -HAUL_EINVAL);
	cr_assert(model.ram[0] == 0);
}

/* Modes. */

Test(dma_model, mode_random_does_everything)
{
	begin_shared(config_of(HAUL_MODEL_RANDOM, test_seed()));
	for (int i = 0; i < 200; i++) {
		cpu_store((size_t)i % (SIZE - 2 * LINE), letters((char)('a' + i % 26)), 2 * LINE);
		haul_model_step(&model);
	}
	cr_assert(model.counts.filled > 100 && model.counts.evicted > 100);
	cr_assert(model.counts.written > 20 && model.counts.lost == 0);
}

/* cbo.inval may be cbo.flush.  (Where lines were evicted that is not to be seen.) */
Test(dma_model, mode_random_writes_some_of_what_is_invalidated)
{
	unsigned written = 0;

	begin_shared(config_of(HAUL_MODEL_RANDOM, test_seed()));
	for (int i = 0; i < 400; i++) {
		const uint64_t evicted = model.counts.evicted;
		const unsigned char before = model.ram[0], letter = (unsigned char)('a' + i % 26);

		cpu_store(0, letters((char)letter), LINE);
		cr_assert(sync_range(HAUL_CACHE_INVALIDATE, 0, LINE) == 0);
		if (model.counts.evicted == evicted)
			written += before != letter && model.ram[0] == letter;
	}
	cr_assert(written > 0 && model.counts.lost > 10, "%u, %llu", written,
		  (unsigned long long)model.counts.lost);
}

Test(dma_model, mode_worst_has_everything_in_the_cache_when_a_device_writes)
{
	begin_shared(config_of(HAUL_MODEL_WORST, 0));
	device_write(SIZE - LINE, letters('a'), LINE);
	cr_assert(model.counts.filled == SIZE / LINE && model.cpu[SIZE - 1] == 0);
	cr_assert(sync_range(HAUL_CACHE_INVALIDATE, SIZE - LINE, LINE) == 0);
	cr_assert(cpu_sees(SIZE - LINE, letters('a'), LINE));
}

Test(dma_model, mode_worst_evicts_over_what_a_device_has_written)
{
	begin_shared(config_of(HAUL_MODEL_WORST, 0));
	cpu_store(LINE, letters('c'), 1);
	device_write(0, letters('a'), 3 * LINE);
	cr_assert(device_sees(0, letters('a'), LINE));
	cr_assert(model.ram[LINE] == 'c' && model.ram[LINE + 1] == 0);
	cr_assert(device_sees(2 * LINE, letters('a'), LINE));
	cr_assert(model.counts.evicted == 1);
}

Test(dma_model, mode_worst_steps)
{
	begin_shared(config_of(HAUL_MODEL_WORST, 0));
	cpu_store(LINE, letters('c'), LINE);
	haul_model_step(&model);
	cr_assert(device_sees(LINE, letters('c'), LINE));
	cr_assert(model.counts.filled == SIZE / LINE - 1 && model.counts.evicted == 1);
}

Test(dma_model, mode_quiet_leaves_lines_alone)
{
	begin_quiet();
	cpu_store(LINE, letters('c'), LINE);
	for (int i = 0; i < 100; i++)
		haul_model_step(&model);
	device_write(0, letters('a'), 3 * LINE);
	cr_assert(device_sees(0, letters('a'), 3 * LINE) && cpu_sees(LINE, letters('c'), LINE));
	cr_assert(model.counts.filled == 0 && model.counts.evicted == 0);
}

/* Devices. */

Test(dma_model, device_that_is_coherent_sees_the_cache)
{
	for (int mode = 0; mode <= HAUL_MODEL_QUIET; mode++) {
		struct haul_model_config config = config_of((enum haul_model_mode)mode, 1);

		config.coherent = true;
		begin_shared(config);
		cpu_store(1, letters('c'), LINE);
		cr_assert(device_sees(1, letters('c'), LINE));
		cpu_store(1, letters('e'), LINE);
		device_write(2, letters('d'), LINE);
		cr_assert(model.cpu[1] == 'e' && cpu_sees(2, letters('d'), LINE));
		haul_model_step(&model);
		cr_assert(model.cpu[1] == 'e' && cpu_sees(2, letters('d'), LINE));
		cr_assert(device_sees(2, letters('d'), LINE));
		cr_assert(model.counts.lost == 0);
	}
}

static int device_reads(uint64_t at, size_t n)
{
	static unsigned char data[SIZE + 1];

	return haul_model_device_read(&model, (struct haul_iova){at}, data, n);
}

static int device_writes(uint64_t at, size_t n)
{
	static const unsigned char data[SIZE + 1];

	return haul_model_device_write(&model, (struct haul_iova){at}, data, n);
}

Test(dma_model, device_stays_within_memory_and_reach)
{
	struct haul_model_config config = config_of(HAUL_MODEL_QUIET, 0);

	config.reach = iova + PAGE - 1;
	begin_shared(config);
	memset(model.ram, 'r', SIZE);
	cr_assert(device_reads(iova, PAGE) == 0 && device_reads(iova + PAGE - 1, 1) == 0);
	cr_assert(device_reads(iova, 0) == 0 && device_writes(iova, 0) == 0);
	cr_assert(device_reads(iova + PAGE - 1, 2) == -HAUL_ERANGE);
	cr_assert(device_writes(iova, PAGE + 1) == -HAUL_ERANGE);
	cr_assert(device_writes(iova + PAGE, 1) == -HAUL_ERANGE);
	cr_assert(device_writes(iova - 1, 1) == -HAUL_ERANGE);
	cr_assert(device_writes(phys, 1) == -HAUL_ERANGE);
	cr_assert(device_writes((uintptr_t)model.cpu, 1) == -HAUL_ERANGE);
	model.config.reach = 0;
	cr_assert(device_reads(iova, SIZE) == 0);
	cr_assert(device_writes(iova, SIZE + 1) == -HAUL_ERANGE);
	cr_assert(device_writes(iova + SIZE - 1, SIZE_MAX) == -HAUL_ERANGE);
	cr_assert(device_writes(UINT64_MAX, 1) == -HAUL_ERANGE);
	for (size_t i = 0; i < SIZE; i++)
		cr_assert(model.ram[i] == 'r');
}

Test(dma_model, device_has_the_rights_that_it_was_given)
{
	struct haul_hal_memory to, from;
	unsigned char data[LINE] = {0};
	const struct haul_hal *hal = &model.hal;

	begin(config_of(HAUL_MODEL_QUIET, 0));
	cr_assert(device_reads(iova, 1) == -HAUL_EACCES);
	cr_assert(hal->share(&model, model.cpu + 10, 20, HAUL_DMA_TO_DEVICE, UINT64_MAX, &to) == 0);
	cr_assert(hal->share(&model, model.cpu + 20, 20, HAUL_DMA_FROM_DEVICE, UINT64_MAX, &from) ==
		  0);
	cr_assert(to.virt == model.cpu + 10 && to.iova.value == iova + 10 &&
		  to.phys.value == phys + 10 && to.size == 20);
	cr_assert(device_reads(iova + 10, 20) == 0 && device_writes(iova + 20, 20) == 0);
	cr_assert(device_reads(iova + 9, 2) == -HAUL_EACCES);
	cr_assert(device_reads(iova + 29, 2) == -HAUL_EACCES);
	cr_assert(device_writes(iova + 19, 2) == -HAUL_EACCES);
	cr_assert(device_writes(iova + 39, 2) == -HAUL_EACCES);
	cr_assert(hal->share(&model, data, 1, HAUL_DMA_BOTH, UINT64_MAX, &to) == -HAUL_ERANGE);
	cr_assert(hal->share(&model, model.cpu, 20, HAUL_DMA_BOTH, iova + 18, &to) == -HAUL_ERANGE);
	cr_assert(hal->unshare(&model, &from, HAUL_DMA_TO_DEVICE) == -HAUL_EINVAL);
	cr_assert(hal->unshare(&model, &from, HAUL_DMA_FROM_DEVICE) == 0);
	cr_assert(device_writes(iova + 20, 1) == -HAUL_EACCES);
	cr_assert(hal->unshare(&model, &from, HAUL_DMA_FROM_DEVICE) == -HAUL_EINVAL);
}

Test(dma_model, shares_are_of_whole_pages_if_configured)
{
	struct haul_model_config config = config_of(HAUL_MODEL_QUIET, 0);
	struct haul_hal_memory memory, part;

	config.paged = true;
	begin(config);
	cr_assert(model.hal.share(&model, model.cpu + PAGE - 1, 2, HAUL_DMA_TO_DEVICE,
				  iova + 2 * PAGE - 2, &memory) == -HAUL_ERANGE);
	cr_assert(model.hal.share(&model, model.cpu + PAGE - 1, 2, HAUL_DMA_TO_DEVICE,
				  iova + 2 * PAGE - 1, &memory) == 0);
	cr_assert(memory.virt == model.cpu && memory.size == 2 * PAGE &&
		  memory.iova.value == iova && memory.phys.value == phys);
	cr_assert(device_reads(iova, 2 * PAGE) == 0);
	part = memory;
	part.size = PAGE - 1;
	cr_assert(model.hal.unshare(&model, &part, HAUL_DMA_TO_DEVICE) == -HAUL_EINVAL);
	part.size = PAGE;
	cr_assert(model.hal.unshare(&model, &part, HAUL_DMA_TO_DEVICE) == 0);
	cr_assert(device_reads(iova + PAGE, PAGE) == 0 &&
		  device_reads(iova + PAGE - 1, 2) == -HAUL_EACCES);
}

Test(dma_model, shares_are_counted)
{
	struct haul_hal_memory memory;
	const struct haul_hal *hal = &model.hal;

	begin(config_of(HAUL_MODEL_QUIET, 0));
	for (int i = 0; i < 255; i++)
		cr_assert(hal->share(&model, model.cpu, LINE, HAUL_DMA_BOTH, UINT64_MAX, &memory) ==
			  0);
	cr_assert(hal->share(&model, model.cpu + LINE - 1, 2, HAUL_DMA_TO_DEVICE, UINT64_MAX,
			     &memory) == -HAUL_ENOSPC);
	cr_assert(device_reads(iova + LINE, 1) == -HAUL_EACCES);
	for (int i = 0; i < 255; i++) {
		cr_assert(device_reads(iova, LINE) == 0);
		cr_assert(hal->unshare(&model, &memory, HAUL_DMA_BOTH) == 0);
	}
	cr_assert(device_reads(iova, 1) == -HAUL_EACCES);
}

/* Memory. */

static void take(bool uninit, struct haul_hal_memory *memory)
{
	const struct haul_hal_request request = {
		.size = LINE + 1,
		.reach = UINT64_MAX,
		.direction = HAUL_DMA_FROM_DEVICE,
		.uninit = uninit,
	};

	cr_assert(model.hal.alloc(&model, &request, memory) == 0);
	cr_assert(memory->size == PAGE && memory->virt == model.cpu);
	cr_assert(memory->iova.value == iova && memory->phys.value == phys);
}

/* The zeros are in the cache, as any other stores. */
Test(dma_model, alloc_zeroes_as_a_cpu_does)
{
	struct haul_hal_memory memory;
	const char zeros[PAGE] = {0};

	begin(config_of(HAUL_MODEL_QUIET, 0));
	memset(model.ram, 'r', SIZE);
	take(true, &memory);
	haul_model_step(&model);
	cr_assert(haul_model_fill(&model, model.cpu, PAGE) == 0);
	cr_assert(model.cpu[0] == 'r');
	cr_assert(model.hal.free(&model, &memory) == 0);
	take(false, &memory);
	cr_assert(cpu_sees(0, zeros, PAGE) && model.ram[0] == 'r');
	cr_assert(haul_model_evict(&model, model.cpu, PAGE) == 0);
	cr_assert(memcmp(model.ram, zeros, PAGE) == 0 && model.ram[PAGE] == 'r');
	cr_assert(model.hal.free(&model, &memory) == 0);
	take(false, &memory);
	device_write(0, letters('a'), LINE); /* zeros over zeros are stores */
	cr_assert(cpu_sees(0, zeros, PAGE));
	cr_assert(haul_model_evict(&model, model.cpu, PAGE) == 0);
	cr_assert(memcmp(model.ram, zeros, PAGE) == 0);
}

Test(dma_model, alloc_gives_rights_and_free_takes_them)
{
	const struct haul_hal_request to = {
		.size = PAGE, .reach = UINT64_MAX, .direction = HAUL_DMA_TO_DEVICE};
	struct haul_hal_memory memory, shared;

	begin(config_of(HAUL_MODEL_RANDOM, 1));
	take(false, &memory);
	cr_assert(device_writes(iova, PAGE) == 0);
	cr_assert(device_writes(iova + PAGE, 1) == -HAUL_EACCES);
	cr_assert(device_reads(iova, 1) == -HAUL_EACCES);
	cr_assert(model.hal.share(&model, model.cpu + 9, 1, HAUL_DMA_BOTH, UINT64_MAX, &shared) ==
		  0);
	cr_assert(model.hal.free(&model, &memory) == -HAUL_EBUSY);
	cr_assert(model.hal.unshare(&model, &shared, HAUL_DMA_BOTH) == 0);
	cr_assert(model.hal.free(&model, &memory) == 0);
	cr_assert(model.hal.free(&model, &memory) == -HAUL_EINVAL);
	cr_assert(device_writes(iova, 1) == -HAUL_EACCES);
	memory.virt = storage;
	cr_assert(model.hal.free(&model, &memory) == -HAUL_EINVAL);
	cr_assert(model.hal.alloc(&model, &to, &memory) == 0);
	cr_assert(device_reads(iova, PAGE) == 0 && device_writes(iova, 1) == -HAUL_EACCES);
	cr_assert(model.hal.free(&model, &memory) == 0);
	cr_assert(device_reads(iova, 1) == -HAUL_EACCES);
}

Test(dma_model, alloc_for_the_cpu_gives_devices_nothing)
{
	struct haul_hal_memory shared;
	void *p, *q;

	begin(config_of(HAUL_MODEL_RANDOM, 1));
	cr_assert(haul_model_alloc(&model, 0, &p) == -HAUL_EINVAL);
	cr_assert(haul_model_alloc(&model, SIZE_MAX, &p) == -HAUL_ERANGE);
	cr_assert(haul_model_alloc(&model, PAGE + 1, &p) == 0);
	cr_assert(p == model.cpu && model.cpu[2 * PAGE - 1] == 0);
	cr_assert(haul_model_alloc(&model, SIZE - 2 * PAGE, &q) == 0);
	cr_assert(haul_model_alloc(&model, 1, &q) == -HAUL_ENOMEM);
	cr_assert(device_reads(iova, 1) == -HAUL_EACCES);
	cr_assert(model.hal.share(&model, p, 1, HAUL_DMA_TO_DEVICE, UINT64_MAX, &shared) == 0);
	cr_assert(haul_model_free(&model, p, PAGE + 1) == -HAUL_EBUSY);
	cr_assert(model.hal.unshare(&model, &shared, HAUL_DMA_TO_DEVICE) == 0);
	cr_assert(haul_model_free(&model, (char *)p + 1, PAGE) == -HAUL_EINVAL);
	cr_assert(haul_model_free(&model, storage + sizeof storage, 1) == -HAUL_EINVAL);
	cr_assert(haul_model_free(&model, p, PAGE + 1) == 0);
	cr_assert(haul_model_free(&model, p, PAGE + 1) == -HAUL_EINVAL);
	cr_assert(haul_arena_used(&model.arena) == SIZE - 2 * PAGE);
}

Test(dma_model, alias_is_what_devices_see)
{
	struct haul_hal_memory memory;
	void *alias, *other;

	begin(config_of(HAUL_MODEL_WORST, 0));
	take(false, &memory);
	cpu_store(0, letters('a'), LINE);
	cr_assert(model.hal.make_alias(&model, &memory, &alias) == 0);
	cr_assert(memcmp(alias, letters('a'), LINE) == 0);
	cr_assert(model.hal.make_alias(&model, &memory, &other) == -HAUL_EBUSY);
	cr_assert(model.hal.free(&model, &memory) == -HAUL_EBUSY);
	device_write(0, letters('b'), LINE);
	cr_assert(memcmp(alias, letters('b'), LINE) == 0);
	memcpy(alias, letters('c'), 10);
	cr_assert(haul_model_cpu_write(&model, (char *)alias + 10, letters('d'), 10) == 0);
	haul_model_step(&model);
	cr_assert(memcmp(model.ram, letters('c'), 10) == 0);
	cr_assert(memcmp(model.ram + 10, letters('d'), 10) == 0);
	cr_assert(model.hal.drop_alias(&model, &memory, (char *)alias + 1) == -HAUL_EINVAL);
	cr_assert(model.hal.drop_alias(&model, &memory, alias) == 0);
	cr_assert(cpu_sees(0, letters('c'), 10) && cpu_sees(10, letters('d'), 10));
	cr_assert(model.hal.drop_alias(&model, &memory, alias) == -HAUL_EINVAL);
	cr_assert(model.hal.free(&model, &memory) == 0);
}

/* The CPU may read lines of it ahead, and does not store there. */
Test(dma_model, alias_stays_while_lines_come_and_go)
{
	struct haul_hal_memory memory;
	void *alias;

	begin(config_of(HAUL_MODEL_QUIET, 0));
	take(false, &memory);
	cr_assert(model.hal.make_alias(&model, &memory, &alias) == 0);
	cr_assert(haul_model_cpu_write(&model, alias, letters('a'), LINE) == 0);
	cr_assert(cpu_sees(0, letters('a'), LINE));
	cr_assert(haul_model_fill(&model, model.cpu, LINE) == 0);
	cr_assert(haul_model_cpu_write(&model, alias, letters('b'), LINE) == 0);
	cr_assert(cpu_sees(0, letters('a'), LINE));
	cr_assert(haul_model_evict(&model, model.cpu, LINE) == 0);
	cr_assert(cpu_sees(0, letters('b'), LINE));
	cr_assert(model.hal.free(&model, &memory) == -HAUL_EBUSY);
	cr_assert(model.hal.drop_alias(&model, &memory, alias) == 0);
}

Test(dma_model, alias_is_there_if_configured)
{
	struct haul_model_config config = config_of(HAUL_MODEL_QUIET, 0);

	begin(config);
	cr_assert(model.hal.make_alias && model.hal.drop_alias);
	config.no_alias = true;
	begin(config);
	cr_assert(!model.hal.make_alias && !model.hal.drop_alias);
}

/* The trace. */

static uint64_t trace_of(enum haul_model_mode mode, uint64_t seed)
{
	begin_shared(config_of(mode, seed));
	check_steps(7);
	return model.trace;
}

/* What x86_64 said first. */
Test(dma_model, trace_is_the_same_on_every_cpu)
{
	cr_assert(trace_of(HAUL_MODEL_RANDOM, 1) == 0x8db933090e21ce7);
	cr_assert(trace_of(HAUL_MODEL_WORST, 1) == 0x848849e055aaaf8d);
	cr_assert(trace_of(HAUL_MODEL_QUIET, 1) == 0xe286e11116c14bb5);
}

Test(dma_model, trace_follows_the_seed)
{
	const uint64_t one = trace_of(HAUL_MODEL_RANDOM, 1);

	cr_assert(trace_of(HAUL_MODEL_RANDOM, 2) != one);
	cr_assert(trace_of(HAUL_MODEL_RANDOM, 1) == one);
	cr_assert(trace_of(HAUL_MODEL_WORST, 1) == trace_of(HAUL_MODEL_WORST, 2));
}
