/* SPDX-License-Identifier: MIT */
/*
 * The model of a machine with a cache: two copies of its memory, and a third of what the CPU's
 * one was when it was last looked at.
 *
 * Whatever is done to a line, it is looked at first: what differs from last time
 * has been stored by the CPU, so the line is in the cache and dirty.
 */
#include <haul/mem.h>
#include <haul/model.h>

enum { CACHED = 1, DIRTY = 2, ALIASED = 4 };

enum { EVENTS = 4 }; /* of HAUL_MODEL_RANDOM, each time */

/* When what happens by itself may happen. */
enum moment { BEFORE_WRITE, AFTER_WRITE, ANY_TIME };

/* For the trace. */
enum event { FILL = 1, EVICT, WRITE_BACK, LOSE, DEVICE_READ, DEVICE_WRITE, SYNC };

/* A part of the memory: [off, off + n) lies in it. */
struct part {
	size_t off, n;
};

/* Its lines: those with a byte of it. */
struct lines {
	size_t first, end;
};

static struct lines lines_of(const struct haul_model *model, struct part part)
{
	const size_t line = model->config.line, first = part.off / line;

	if (!part.n)
		return (struct lines){first, first};
	return (struct lines){first, (part.off + part.n - 1) / line + 1};
}

static size_t line_count(const struct haul_model *model)
{
	return model->config.size / model->config.line;
}

/* FNV-1a, by numbers instead of bytes. */
static void trace(struct haul_model *model, uint64_t value)
{
	model->trace = (model->trace ^ value) * 0x100000001b3;
}

static void trace_event(struct haul_model *model, enum event event, size_t place)
{
	trace(model, (uint64_t)event);
	trace(model, place);
}

/* splitmix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators", 2014) */
static uint64_t random_number(struct haul_model *model)
{
	uint64_t z = model->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static size_t random_below(struct haul_model *model, size_t bound)
{
	return (size_t)(random_number(model) % bound);
}

static bool random_bool(struct haul_model *model)
{
	return random_number(model) & 1;
}

static void copy(void *dst, const void *src, size_t n)
{
	haul_memcpy(dst, src, n);
}

static bool differ(const void *a, const void *b, size_t n)
{
	int order = 0;

	return haul_memcmp(a, b, n, &order) != 0 || order != 0;
}

/* A line that is not in the cache shows RAM, which is looked at once: a real device may be writing
 * it. */
static void show(struct haul_model *model, size_t i)
{
	const size_t line = model->config.line, off = i * line;

	copy(model->cpu + off, model->ram + off, line);
	copy(model->seen + off, model->cpu + off, line);
}

/* What the CPU has stored makes it dirty; what has come to RAM through an alias shows. */
static void look(struct haul_model *model, size_t i)
{
	const size_t line = model->config.line, off = i * line;

	if (differ(model->cpu + off, model->seen + off, line)) {
		model->lines[i] |= CACHED | DIRTY;
		copy(model->seen + off, model->cpu + off, line);
	} else if (!(model->lines[i] & CACHED)) {
		show(model, i);
	}
}

static void write_back(struct haul_model *model, size_t i)
{
	const size_t line = model->config.line, off = i * line;

	if (!(model->lines[i] & DIRTY))
		return;
	copy(model->ram + off, model->cpu + off, line);
	model->lines[i] &= (uint8_t)~DIRTY;
	model->counts.written++;
	trace_event(model, WRITE_BACK, i);
}

static void drop(struct haul_model *model, size_t i)
{
	if (model->lines[i] & DIRTY) {
		model->counts.lost++;
		trace_event(model, LOSE, i);
	}
	model->lines[i] &= (uint8_t) ~(CACHED | DIRTY);
	show(model, i);
}

static void evict(struct haul_model *model, size_t i)
{
	look(model, i);
	if (!(model->lines[i] & CACHED))
		return;
	write_back(model, i);
	drop(model, i);
	model->counts.evicted++;
	trace_event(model, EVICT, i);
}

static void fill(struct haul_model *model, size_t i)
{
	look(model, i);
	if (model->lines[i] & CACHED)
		return;
	model->lines[i] |= CACHED;
	model->counts.filled++;
	trace_event(model, FILL, i);
}

static void fill_all(struct haul_model *model)
{
	for (size_t i = 0; i < line_count(model); i++)
		fill(model, i);
}

static void evict_dirty(struct haul_model *model)
{
	for (size_t i = 0; i < line_count(model); i++) {
		look(model, i);
		if (model->lines[i] & DIRTY)
			evict(model, i);
	}
}

/* Every other one is a line of the part, or the next to it. */
static void happen_by_chance(struct haul_model *model, struct part part)
{
	const struct lines near = lines_of(model, part);
	const size_t count = line_count(model);
	const size_t first = near.first ? near.first - 1 : 0;
	const size_t end = near.end < count ? near.end + 1 : count;

	for (int event = 0; event < EVENTS; event++) {
		const size_t i = event & 1 ? first + random_below(model, end - first)
					   : random_below(model, count);

		if (random_bool(model))
			evict(model, i);
		else
			fill(model, i);
	}
}

static void happen(struct haul_model *model, enum moment moment, struct part part)
{
	if (model->config.mode == HAUL_MODEL_RANDOM)
		happen_by_chance(model, part);
	if (model->config.mode != HAUL_MODEL_WORST)
		return;
	if (moment == BEFORE_WRITE)
		fill_all(model);
	if (moment == AFTER_WRITE)
		evict_dirty(model);
}

/* The part at p, if it is memory in that view. */
static bool find(const struct haul_model *model, const unsigned char *view, const void *p, size_t n,
		 struct part *part)
{
	const size_t off = (uintptr_t)p - (uintptr_t)view;

	*part = (struct part){off, n};
	return off <= model->config.size && n <= model->config.size - off;
}

/* What the CPU has stored in the part makes its lines dirty, whatever it was. */
static void mark(struct haul_model *model, struct part part)
{
	const struct lines lines = lines_of(model, part);

	copy(model->seen + part.off, model->cpu + part.off, part.n);
	for (size_t i = lines.first; i < lines.end; i++)
		model->lines[i] |= CACHED | DIRTY;
}

static void each_line(struct haul_model *model, struct part part,
		      void (*act)(struct haul_model *model, size_t i))
{
	const struct lines lines = lines_of(model, part);

	for (size_t i = lines.first; i < lines.end; i++)
		act(model, i);
}

static void clean(struct haul_model *model, size_t i)
{
	look(model, i);
	write_back(model, i);
}

static void flush(struct haul_model *model, size_t i)
{
	clean(model, i);
	drop(model, i);
}

/* What is dirty is lost, or written: some CPUs may be told to do that instead (RISC-V CMO,
 * envcfg.CBIE = 01). */
static void invalidate(struct haul_model *model, size_t i)
{
	look(model, i);
	if (model->config.mode == HAUL_MODEL_RANDOM && random_bool(model))
		write_back(model, i);
	drop(model, i);
}

/* Is a byte of it mapped that often, in one of the directions? */
static bool is_mapped(const struct haul_model *model, struct part part,
		      enum haul_dma_direction direction, uint8_t times)
{
	for (size_t i = part.off; i < part.off + part.n; i++)
		if ((direction & HAUL_DMA_TO_DEVICE && model->reads[i] == times) ||
		    (direction & HAUL_DMA_FROM_DEVICE && model->writes[i] == times))
			return true;
	return false;
}

static void count(struct haul_model *model, struct part part, enum haul_dma_direction direction,
		  int by)
{
	for (size_t i = part.off; i < part.off + part.n; i++) {
		if (direction & HAUL_DMA_TO_DEVICE)
			model->reads[i] = (uint8_t)(model->reads[i] + by);
		if (direction & HAUL_DMA_FROM_DEVICE)
			model->writes[i] = (uint8_t)(model->writes[i] + by);
	}
}

/* Is a byte of it mapped more often than that? */
static bool is_used(const struct haul_model *model, struct part part, uint8_t times)
{
	for (size_t i = part.off; i < part.off + part.n; i++)
		if (model->reads[i] > times || model->writes[i] > times)
			return true;
	return false;
}

/* How many of its lines have an alias. */
static size_t aliased(const struct haul_model *model, struct part part)
{
	const struct lines lines = lines_of(model, part);
	size_t count = 0;

	for (size_t i = lines.first; i < lines.end; i++)
		count += (model->lines[i] & ALIASED) != 0;
	return count;
}

/* The Hal.  Where the arena is asked too, it checks the rest of what is given. */

static int hook_cache(void *ctx, enum haul_cache_op op, void *virt, struct haul_phys phys,
		      size_t size)
{
	static void (*const acts[])(struct haul_model *, size_t) = {clean, flush, invalidate};
	struct haul_model *const model = ctx;
	struct part part;

	if ((unsigned)op >= HAUL_CACHE_OPS || !find(model, model->cpu, virt, size, &part) ||
	    phys.value - model->config.phys != part.off)
		return -HAUL_EINVAL;
	if (model->config.missing >> op & 1)
		return -HAUL_ENOTSUP;
	happen(model, ANY_TIME, part);
	trace_event(model, SYNC, (size_t)op);
	each_line(model, part, acts[op]);
	happen(model, ANY_TIME, part);
	return 0;
}

static int hook_describe_cache(void *ctx, struct haul_cache_report *report)
{
	static const char *const names[] = {"clean", "flush", "invalidate"};
	const struct haul_model *const model = ctx;

	*report = (struct haul_cache_report){
		.block = model->config.line,
		.coherent = model->config.coherent,
	};
	for (unsigned op = 0; op < HAUL_CACHE_OPS; op++) {
		const bool missing = model->config.missing >> op & 1;

		report->ops[op].why = missing ? HAUL_CACHE_NO_INSTRUCTION : HAUL_CACHE_USABLE;
		report->ops[op].instruction = missing ? "" : names[op];
	}
	return 0;
}

/* Whole pages. */
static void zero(struct haul_model *model, struct part part)
{
	haul_memset(model->cpu + part.off, 0, part.n);
	mark(model, part);
}

/* Memory that no device may access. */
static int take(struct haul_model *model, const struct haul_hal_request *request,
		struct haul_hal_memory *memory, struct part *part)
{
	struct haul_hal_request uninit = *request;
	int err;

	uninit.uninit = true; /* the arena would zero it by plain stores */
	err = model->arena.hal.alloc(model->arena.hal.ctx, &uninit, memory);
	if (err)
		return err;
	find(model, model->cpu, memory->virt, memory->size, part);
	if (!request->uninit)
		zero(model, *part);
	happen(model, ANY_TIME, *part);
	return 0;
}

static int give_back(struct haul_model *model, const struct haul_hal_memory *memory, uint8_t maps)
{
	struct part part;
	int err;

	if (!find(model, model->cpu, memory->virt, memory->size, &part))
		return -HAUL_EINVAL;
	if (aliased(model, part) || is_used(model, part, maps))
		return -HAUL_EBUSY;
	err = model->arena.hal.free(model->arena.hal.ctx, memory);
	if (err)
		return err;
	haul_memset(model->reads + part.off, 0, part.n);
	haul_memset(model->writes + part.off, 0, part.n);
	happen(model, ANY_TIME, part);
	return 0;
}

static int hook_alloc(void *ctx, const struct haul_hal_request *request,
		      struct haul_hal_memory *memory)
{
	struct part part;
	const int err = take(ctx, request, memory, &part);

	if (!err)
		count(ctx, part, request->direction, 1);
	return err;
}

static int hook_free(void *ctx, const struct haul_hal_memory *memory)
{
	return give_back(ctx, memory, 1);
}

/* What is shared to let a device reach the part. */
static struct part part_to_share(const struct haul_model *model, struct part part)
{
	const size_t granule = model->config.paged ? model->config.page : 1;
	const size_t end = part.off + part.n;

	part.off -= part.off % granule;
	part.n = end + -end % granule - part.off;
	return part;
}

static int hook_share(void *ctx, void *p, size_t size, enum haul_dma_direction direction,
		      uint64_t reach, struct haul_hal_memory *memory)
{
	struct haul_model *const model = ctx;
	struct haul_hal_memory shared;
	struct part part;
	int err;

	if (!find(model, model->cpu, p, size, &part))
		return -HAUL_ERANGE;
	part = part_to_share(model, part);
	err = model->arena.hal.share(model->arena.hal.ctx, model->cpu + part.off, part.n, direction,
				     reach, &shared);
	if (err)
		return err;
	if (is_mapped(model, part, direction, UINT8_MAX))
		return -HAUL_ENOSPC;
	count(model, part, direction, 1);
	happen(model, ANY_TIME, part);
	*memory = shared;
	return 0;
}

static int hook_unshare(void *ctx, const struct haul_hal_memory *memory,
			enum haul_dma_direction direction)
{
	struct haul_model *const model = ctx;
	struct part part;
	const int err = model->arena.hal.unshare(model->arena.hal.ctx, memory, direction);

	if (err)
		return err;
	find(model, model->cpu, memory->virt, memory->size, &part);
	if (part_to_share(model, part).n != part.n || is_mapped(model, part, direction, 0))
		return -HAUL_EINVAL;
	count(model, part, direction, -1);
	happen(model, ANY_TIME, part);
	return 0;
}

static void begin_alias(struct haul_model *model, size_t i)
{
	flush(model, i);
	model->lines[i] |= ALIASED;
}

/* Lines may have been read into the cache meanwhile. */
static void end_alias(struct haul_model *model, size_t i)
{
	look(model, i);
	model->lines[i] &= (uint8_t)~ALIASED;
	if (!(model->lines[i] & DIRTY))
		drop(model, i);
}

static int hook_make_alias(void *ctx, const struct haul_hal_memory *memory, void **alias)
{
	struct haul_model *const model = ctx;
	struct part part;

	if (!find(model, model->cpu, memory->virt, memory->size, &part))
		return -HAUL_EINVAL;
	if (aliased(model, part))
		return -HAUL_EBUSY;
	happen(model, ANY_TIME, part);
	each_line(model, part, begin_alias);
	happen(model, ANY_TIME, part);
	*alias = model->ram + part.off;
	return 0;
}

static int hook_drop_alias(void *ctx, const struct haul_hal_memory *memory, void *alias)
{
	struct haul_model *const model = ctx;
	struct part part;

	if (!find(model, model->cpu, memory->virt, memory->size, &part) ||
	    alias != model->ram + part.off || aliased(model, part) * model->config.line < part.n)
		return -HAUL_EINVAL;
	happen(model, ANY_TIME, part);
	each_line(model, part, end_alias);
	happen(model, ANY_TIME, part);
	return 0;
}

/* To begin with. */

static bool is_power_of_two(size_t n)
{
	return n && !(n & (n - 1));
}

static bool is_range(const struct haul_model_config *config, uint64_t start)
{
	return start % config->page == 0 && config->size - 1 <= UINT64_MAX - start;
}

static bool is_right(const struct haul_model_config *config)
{
	return is_power_of_two(config->page) && config->page >= sizeof(uint64_t) &&
	       is_power_of_two(config->line) && config->line <= config->page && config->size &&
	       config->size % config->page == 0 && is_range(config, config->phys) &&
	       is_range(config, config->iova) && !(config->missing >> HAUL_CACHE_OPS) &&
	       (unsigned)config->mode <= HAUL_MODEL_QUIET;
}

static size_t words(const struct haul_model_config *config)
{
	return HAUL_ARENA_WORDS(config->size / config->page);
}

/* What it takes to align; five bytes for each byte; the arena's words; one for each line. */
size_t haul_model_storage(const struct haul_model_config *config)
{
	if (!is_right(config) || config->size > SIZE_MAX / 16)
		return 0;
	return config->page - 1 + 5 * config->size + words(config) * sizeof(uint64_t) +
	       config->size / config->line;
}

/* The views and the words are aligned to pages. */
static void lay_out(struct haul_model *model, unsigned char *storage)
{
	const struct haul_model_config *const config = &model->config;
	const size_t skip = -(uintptr_t)storage & (config->page - 1);

	haul_memset(storage, 0, haul_model_storage(config));
	model->cpu = storage + skip;
	model->ram = model->cpu + config->size;
	model->seen = model->ram + config->size;
	model->reads = model->seen + config->size;
	model->writes = model->reads + config->size;
	model->words = (uint64_t *)(void *)(model->writes + config->size);
	model->lines = (uint8_t *)(model->words + words(config));
}

static int make_arena(struct haul_model *model)
{
	const struct haul_model_config *const config = &model->config;
	const struct haul_arena_config arena = {
		.parts = &model->part,
		.nparts = 1,
		.page = config->page,
		.words = model->words,
		.nwords = words(config),
	};

	model->part = (struct haul_arena_part){
		.memory = {model->cpu, {config->phys}, {config->iova}, config->size},
		.flags = HAUL_ARENA_ALLOC | HAUL_ARENA_SHARE,
	};
	return haul_arena_init(&model->arena, &arena);
}

static void make_hal(struct haul_model *model)
{
	model->hal = (struct haul_hal){
		.size = sizeof(struct haul_hal),
		.version = HAUL_HAL_VERSION,
		.flags = HAUL_HAL_PARTS,
		.page = model->config.page,
		.ctx = model,
		.alloc = hook_alloc,
		.free = hook_free,
		.share = hook_share,
		.unshare = hook_unshare,
		.describe_cache = hook_describe_cache,
		.cache = hook_cache,
	};
	if (model->config.no_alias)
		return;
	model->hal.make_alias = hook_make_alias;
	model->hal.drop_alias = hook_drop_alias;
}

int haul_model_init(struct haul_model *model, const struct haul_model_config *config, void *storage,
		    size_t size)
{
	const size_t wanted = haul_model_storage(config);

	if (!wanted || !storage)
		return -HAUL_EINVAL;
	if (size < wanted)
		return -HAUL_ENOSPC;
	*model = (struct haul_model){
		.config = *config,
		.random = config->seed,
		.trace = 0xcbf29ce484222325, /* FNV-1a's */
	};
	lay_out(model, storage);
	make_hal(model);
	return make_arena(model);
}

int haul_model_alloc(struct haul_model *model, size_t size, void **p)
{
	const struct haul_hal_request request = {.size = size, .reach = UINT64_MAX};
	struct haul_hal_memory memory;
	struct part part;
	int err;

	if (!size)
		return -HAUL_EINVAL;
	if (size > model->config.size)
		return -HAUL_ERANGE;
	err = take(model, &request, &memory, &part);
	if (!err)
		*p = memory.virt;
	return err;
}

int haul_model_free(struct haul_model *model, void *p, size_t size)
{
	struct haul_hal_memory memory;
	struct part part;

	if (!find(model, model->cpu, p, size, &part))
		return -HAUL_EINVAL;
	memory = (struct haul_hal_memory){
		.virt = p,
		.phys = {model->config.phys + part.off},
		.iova = {model->config.iova + part.off},
		.size = (size + model->config.page - 1) & ~(model->config.page - 1),
	};
	return give_back(model, &memory, 0);
}

/* The device. */

static int find_device(const struct haul_model *model, struct haul_iova iova, size_t n,
		       enum haul_dma_direction direction, struct part *part)
{
	const struct haul_model_config *const config = &model->config;
	const uint64_t off = iova.value - config->iova;

	if (off > config->size || n > config->size - off)
		return -HAUL_ERANGE;
	if (n && config->reach && iova.value + (n - 1) > config->reach)
		return -HAUL_ERANGE;
	*part = (struct part){(size_t)off, n};
	return is_mapped(model, *part, direction, 0) ? -HAUL_EACCES : 0;
}

/* The trace has what a device sees, by bytes. */
static void trace_device(struct haul_model *model, enum event event, struct part part)
{
	trace_event(model, event, part.off);
	for (size_t i = part.off; i < part.off + part.n; i++)
		trace(model, model->ram[i]);
}

int haul_model_device_read(struct haul_model *model, struct haul_iova iova, void *data, size_t n)
{
	struct part part;
	const int err = find_device(model, iova, n, HAUL_DMA_TO_DEVICE, &part);

	if (err)
		return err;
	happen(model, ANY_TIME, part);
	if (model->config.coherent)
		each_line(model, part, clean);
	copy(data, model->ram + part.off, n);
	trace_device(model, DEVICE_READ, part);
	happen(model, ANY_TIME, part);
	return 0;
}

int haul_model_device_write(struct haul_model *model, struct haul_iova iova, const void *data,
			    size_t n)
{
	struct part part;
	const int err = find_device(model, iova, n, HAUL_DMA_FROM_DEVICE, &part);

	if (err)
		return err;
	happen(model, BEFORE_WRITE, part);
	if (model->config.coherent)
		each_line(model, part, flush);
	copy(model->ram + part.off, data, n);
	each_line(model, part, look);
	trace_device(model, DEVICE_WRITE, part);
	happen(model, AFTER_WRITE, part);
	return 0;
}

/* The CPU. */

int haul_model_cpu_read(struct haul_model *model, const void *p, void *data, size_t n)
{
	struct part part;

	if (find(model, model->ram, p, n, &part)) {
		copy(data, p, n);
		return 0;
	}
	if (!find(model, model->cpu, p, n, &part))
		return -HAUL_ERANGE;
	each_line(model, part, fill);
	copy(data, p, n);
	happen(model, ANY_TIME, part);
	return 0;
}

int haul_model_cpu_write(struct haul_model *model, void *p, const void *data, size_t n)
{
	struct part part;

	if (find(model, model->ram, p, n, &part)) {
		copy(p, data, n);
		each_line(model, part, look);
		return 0;
	}
	if (!find(model, model->cpu, p, n, &part))
		return -HAUL_ERANGE;
	each_line(model, part, fill);
	copy(p, data, n);
	mark(model, part);
	happen(model, ANY_TIME, part);
	return 0;
}

/* Time. */

void haul_model_step(struct haul_model *model)
{
	const struct part all = {0, model->config.size};

	happen(model, BEFORE_WRITE, all);
	happen(model, AFTER_WRITE, all);
}

int haul_model_evict(struct haul_model *model, const void *p, size_t n)
{
	struct part part;

	if (!find(model, model->cpu, p, n, &part))
		return -HAUL_ERANGE;
	each_line(model, part, evict);
	return 0;
}

int haul_model_fill(struct haul_model *model, const void *p, size_t n)
{
	struct part part;

	if (!find(model, model->cpu, p, n, &part))
		return -HAUL_ERANGE;
	each_line(model, part, fill);
	return 0;
}
