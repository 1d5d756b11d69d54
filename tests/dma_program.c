/* SPDX-License-Identifier: MIT */
#include "dma_program.h"
#include "test.h"
#include <haul/check.h>
#include <string.h>

enum {
	STEPS = 60,
	STREAMS = 4,
	LARGEST = 3 * PAGE,
	AROUND = 48, /* bytes on either side of the caller's memory that are others' */
	CALLER = AROUND + LARGEST + LINE + AROUND
};

/* As the reference has it. */
struct byte {
	unsigned char value;
	bool known;   /* else nobody has said what it is */
	bool devices; /* it has been handed over */
	bool written; /* by the device, since then */
};

/* A stream is [start, start + stream.size) of the bytes. */
struct live {
	struct haul_dma_stream stream;
	size_t start;
};

static struct {
	const struct program *program;
	uint64_t random;
	const char *wrong;
	struct haul_dma_device device;
	unsigned char *caller; /* CALLER bytes, others' too; NULL: allocated */
	size_t head;           /* others' bytes at its beginning */
	size_t size;           /* of the streams' bytes, which are next */
	struct byte bytes[LARGEST];
	unsigned char others[CALLER];
	struct live live[STREAMS];
	unsigned count;
	struct haul_dma_checker checker;
	struct haul_dma_entry entries[2 * STREAMS];
	uint64_t refused; /* calls that the checker is to report */
	bool ending;
} run;

static const size_t line_sizes[] = {16, 32, 64, 128};

static unsigned char outside[CALLER + LINE];

/* What is not as it must be is noted once. */
static bool expect(bool condition, const char *what)
{
	if (!condition && !run.wrong)
		run.wrong = what;
	return condition;
}

/* A result of a call that is to be refused, unless wanted is 0. */
static bool expect_result(int err, int wanted, const char *what)
{
	run.refused += wanted != 0;
	return expect(err == wanted, what);
}

static size_t below(size_t bound)
{
	return test_random_below(&run.random, bound);
}

static bool device_reads(void)
{
	return run.program->direction & HAUL_DMA_TO_DEVICE;
}

static bool device_writes(void)
{
	return run.program->direction & HAUL_DMA_FROM_DEVICE;
}

static void randomize(unsigned char *data, size_t n)
{
	for (size_t i = 0; i < n; i++)
		data[i] = (unsigned char)test_random(&run.random);
}

static struct byte *bytes_of(const struct live *live, size_t off)
{
	return run.bytes + live->start + off;
}

static bool all_are(const struct byte *bytes, size_t n, bool devices)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i].devices != devices)
			return false;
	return true;
}

/* Are those that are known in data? */
static bool match(const struct byte *bytes, const unsigned char *data, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i].known && bytes[i].value != data[i])
			return false;
	return true;
}

static void set(struct byte *bytes, const unsigned char *data, size_t n, bool written)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = (struct byte){data[i], true, bytes[i].devices, written};
}

/* A part of a stream that is all the one's, or false. */
static bool pick(const struct live *live, bool devices, size_t *off, size_t *len)
{
	const struct byte *const bytes = bytes_of(live, 0);
	const size_t size = live->stream.size;
	size_t first = below(size), end = first;

	if (bytes[first].devices != devices)
		return false;
	while (first && bytes[first - 1].devices == devices)
		first--;
	while (end < size && bytes[end].devices == devices)
		end++;
	*off = first;
	*len = end - first;
	if (below(3)) {
		*off += below(*len);
		*len = 1 + below(end - *off);
	}
	return true;
}

/* The same, of whole granules. */
static bool pick_granules(const struct live *live, bool devices, size_t *off, size_t *len)
{
	const size_t granule = live->stream.granule;
	size_t end;

	if (!pick(live, devices, off, len))
		return false;
	end = *off + *len;
	*off -= *off % granule;
	end += -end % granule;
	if (end > live->stream.size)
		end = live->stream.size;
	*len = end - *off;
	return true;
}

static unsigned char *virt_of(const struct live *live, size_t off)
{
	return (unsigned char *)live->stream.virt + off;
}

static struct haul_iova iova_of(const struct live *live, size_t off)
{
	return (struct haul_iova){live->stream.iova.value + off};
}

/* What the CPU does. */

static void cpu_writes_pointer(struct live *live)
{
	unsigned char data[LARGEST];
	size_t off, len;

	if (!pick(live, false, &off, &len))
		return;
	randomize(data, len);
	if (below(2) || haul_model_cpu_write(&model, virt_of(live, off), data, len) != 0)
		memcpy(virt_of(live, off), data, len);
	set(bytes_of(live, off), data, len, false);
}

static void cpu_writes_cursor(struct live *live)
{
	unsigned char data[LARGEST];
	struct haul_writer writer;
	size_t off, len;
	int err;

	if (!pick(live, false, &off, &len))
		return;
	randomize(data, len);
	err = haul_dma_writer(&live->stream, off, len, &writer);
	if (!expect_result(err, device_reads() ? 0 : -HAUL_EACCES, "result of haul_dma_writer") ||
	    err)
		return;
	expect(haul_writer_value(&writer, data, len) == 0, "result of haul_writer_value");
	set(bytes_of(live, off), data, len, false);
}

static void cpu_reads_pointer(struct live *live)
{
	unsigned char data[LARGEST];
	size_t off, len;

	if (!pick(live, false, &off, &len))
		return;
	if (below(2) || haul_model_cpu_read(&model, virt_of(live, off), data, len) != 0)
		memcpy(data, virt_of(live, off), len);
	expect(match(bytes_of(live, off), data, len), "what the CPU reads");
}

static void cpu_reads_cursor(struct live *live)
{
	unsigned char data[LARGEST];
	struct haul_reader reader;
	size_t off, len;
	int err;

	if (!pick(live, false, &off, &len))
		return;
	err = haul_dma_reader(&live->stream, off, len, &reader);
	if (!expect_result(err, device_writes() ? 0 : -HAUL_EACCES, "result of haul_dma_reader") ||
	    err)
		return;
	expect(haul_reader_value(&reader, data, len) == 0, "result of haul_reader_value");
	expect(match(bytes_of(live, off), data, len), "what the CPU reads by a cursor");
}

/* Others' bytes, in the same lines, at any time. */
static void others_write(void)
{
	const size_t tail = run.head + run.size;
	size_t off, len;

	if (!run.caller)
		return;
	off = below(2) ? below(run.head) : tail + below(CALLER - tail);
	len = 1 + below((off < run.head ? run.head : CALLER) - off);
	randomize(run.others + off, len);
	memcpy(run.caller + off, run.others + off, len);
}

static void others_read(void)
{
	const size_t tail = run.head + run.size;

	if (!run.caller)
		return;
	expect(memcmp(run.caller, run.others, run.head) == 0, "what is before");
	expect(memcmp(run.caller + tail, run.others + tail, CALLER - tail) == 0, "what is behind");
}

/* What the device does. */

static void device_writes_some(struct live *live)
{
	unsigned char data[LARGEST];
	size_t off, len;
	int err;

	if (!pick(live, true, &off, &len))
		return;
	randomize(data, len);
	err = haul_model_device_write(&model, iova_of(live, off), data, len);
	if (!device_writes()) {
		expect(err == -HAUL_EACCES, "result of a write that is against the direction");
		return;
	}
	expect(err == 0, "result of the device's write");
	set(bytes_of(live, off), data, len, true);
}

static void device_reads_some(struct live *live)
{
	unsigned char data[LARGEST];
	size_t off, len;
	int err;

	if (!pick(live, true, &off, &len))
		return;
	err = haul_model_device_read(&model, iova_of(live, off), data, len);
	if (!device_reads()) {
		expect(err == -HAUL_EACCES, "result of a read that is against the direction");
		return;
	}
	expect(err == 0, "result of the device's read");
	expect(match(bytes_of(live, off), data, len), "what the device reads");
}

/* Hand-overs. */

/* How many pieces the device has. */
static unsigned pieces(const struct live *live)
{
	const struct byte *const bytes = bytes_of(live, 0);
	unsigned count = 0;

	for (size_t i = 0; i < live->stream.size; i++)
		count += bytes[i].devices && (!i || !bytes[i - 1].devices);
	return count;
}

static void own(struct byte *bytes, size_t n, bool devices)
{
	for (size_t i = 0; i < n; i++)
		bytes[i].devices = devices;
}

/* What it was that has not been written, nobody copied. */
static bool forgets(const struct live *live)
{
	return live->stream.backing == HAUL_DMA_BOUNCE && run.program->flags & HAUL_DMA_UNINIT &&
	       !device_reads();
}

static void taken_back(const struct live *live, size_t off, size_t len)
{
	struct byte *const bytes = bytes_of(live, off);

	for (size_t i = 0; i < len; i++) {
		if (bytes[i].devices && forgets(live) && !bytes[i].written)
			bytes[i].known = false;
		bytes[i].devices = bytes[i].written = false;
	}
}

/* What the device has written against its word is anything. */
static void cancelled(const struct live *live, size_t off, size_t len)
{
	struct byte *const bytes = bytes_of(live, off);

	for (size_t i = 0; i < len; i++) {
		if (bytes[i].devices && bytes[i].written)
			bytes[i].known = false;
		bytes[i].devices = bytes[i].written = false;
	}
}

/* Owners as they would be; with too many pieces they are as they were. */
static int change_owner(const struct live *live, size_t off, size_t len, bool devices)
{
	own(bytes_of(live, off), len, devices);
	if (pieces(live) <= HAUL_DMA_PIECES)
		return 0;
	own(bytes_of(live, off), len, !devices);
	return -HAUL_ENOSPC;
}

/* Is that what came of it?  What the Hal has failed at has changed nothing. */
static bool came_of_it(int err, int wanted, const char *what)
{
	if (run.program->fails && err == -HAUL_EIO)
		return false;
	expect(err == wanted, what);
	return !err;
}

static void give(struct live *live)
{
	size_t off, len;
	int err;

	if (!pick_granules(live, false, &off, &len))
		return;
	err = change_owner(live, off, len, true);
	if (!came_of_it(haul_dma_for_device(&live->stream, off, len), err,
			"result of haul_dma_for_device"))
		own(bytes_of(live, off), len, false);
}

static void take(struct live *live)
{
	size_t off, len;
	int err;

	if (!pick_granules(live, true, &off, &len))
		return;
	err = change_owner(live, off, len, false);
	own(bytes_of(live, off), len, true);
	if (came_of_it(haul_dma_for_cpu(&live->stream, off, len), err,
		       "result of haul_dma_for_cpu"))
		taken_back(live, off, len);
}

/* All of a stream is given, used by the device and taken back, if it is the CPU's now. */
static void transfer(struct live *live)
{
	const size_t size = live->stream.size;

	if (!all_are(bytes_of(live, 0), size, false) ||
	    !came_of_it(haul_dma_for_device(&live->stream, 0, size), 0, "giving all"))
		return;
	own(bytes_of(live, 0), size, true);
	device_reads_some(live);
	device_writes_some(live);
	if (came_of_it(haul_dma_for_cpu(&live->stream, 0, size), 0, "taking all"))
		taken_back(live, 0, size);
}

/* Any range: what must be refused is. */
static void try_any(struct live *live)
{
	const size_t size = live->stream.size, granule = live->stream.granule;
	const size_t off = below(size), len = 1 + below(size - off), end = off + len;
	const bool aligned = off % granule == 0 && (end % granule == 0 || end == size);
	const bool cpus = all_are(bytes_of(live, off), len, false);
	const bool devices = all_are(bytes_of(live, off), len, true);
	struct haul_reader reader;
	const int wanted = aligned ? -HAUL_EBUSY : -HAUL_EINVAL;

	expect(haul_dma_is_cpus(&live->stream, off, len) == cpus, "haul_dma_is_cpus");
	if (!aligned || !cpus)
		expect_result(haul_dma_for_device(&live->stream, off, len), wanted,
			      "refusal of haul_dma_for_device");
	if (!aligned || !devices)
		expect_result(haul_dma_for_cpu(&live->stream, off, len), wanted,
			      "refusal of haul_dma_for_cpu");
	if (!cpus && device_writes())
		expect_result(haul_dma_reader(&live->stream, off, len, &reader), -HAUL_EBUSY,
			      "refusal of haul_dma_reader");
	expect_result(haul_dma_for_device(&live->stream, off, size - off + 1), -HAUL_ERANGE,
		      "refusal beyond the end");
}

static void give_nothing(struct live *live)
{
	const size_t off = live->stream.size / live->stream.granule * live->stream.granule;

	expect(haul_dma_for_cpu(&live->stream, off, 0) == 0, "taking nothing");
	expect(haul_dma_for_device(&live->stream, off, 0) == 0, "giving nothing");
	expect(live->stream.pieces == pieces(live), "pieces of nothing");
}

static void cancel(struct live *live)
{
	expect(haul_dma_cancel(&live->stream) == 0, "result of haul_dma_cancel");
	cancelled(live, 0, live->stream.size);
}

static void split(struct live *live)
{
	struct live *const second = &run.live[run.count];
	const size_t size = live->stream.size;
	const size_t head = (size_t)(live->stream.iova.value - live->stream.memory.iova.value);
	const size_t off = PAGE * (1 + below(2)) - head;

	if (run.count == STREAMS || off >= size)
		return;
	if (!expect(haul_dma_split(&live->stream, off, &live->stream, &second->stream) == 0,
		    "result of haul_dma_split"))
		return;
	expect(live->stream.size == off && second->stream.size == size - off,
	       "sizes after haul_dma_split");
	second->start = live->start + off;
	run.count++;
}

static void end_one(struct live *live)
{
	const size_t size = live->stream.size, used = below(2) ? below(size + 1) : size;
	const struct haul_dma_stream before = live->stream;

	while (!came_of_it(haul_dma_unmap(&live->stream, used), 0, "result of haul_dma_unmap"))
		if (run.wrong)
			return;
	taken_back(live, 0, used);
	cancelled(live, used, size - used);
	expect_result(haul_dma_unmap(&live->stream, used), -HAUL_EINVAL, "unmapped twice");
	expect_result(haul_dma_for_device(&live->stream, 0, size), -HAUL_EINVAL,
		      "used when unmapped");
	if (run.caller)
		expect(match(bytes_of(live, 0), before.virt, size), "what is there when unmapped");
}

static void step(void)
{
	struct live *const live = &run.live[below(run.count)];

	switch (below(20)) {
	case 0:
	case 1:
		cpu_writes_pointer(live);
		break;
	case 2:
		cpu_writes_cursor(live);
		break;
	case 3:
	case 4:
		cpu_reads_pointer(live);
		break;
	case 5:
		cpu_reads_cursor(live);
		break;
	case 6:
	case 7:
		others_write();
		break;
	case 8:
		others_read();
		break;
	case 9:
	case 10:
		device_writes_some(live);
		break;
	case 11:
		device_reads_some(live);
		break;
	case 12:
	case 13:
	case 14:
		give(live);
		break;
	case 15:
	case 16:
		take(live);
		break;
	case 17:
		try_any(live);
		give_nothing(live);
		break;
	case 18:
		transfer(live);
		break;
	default:
		switch (below(4)) {
		case 0:
			cancel(live);
			break;
		case 1:
			split(live);
			break;
		default:
			haul_model_step(&model);
		}
	}
}

/* A Hal that fails now and then, before it has done anything; but not in taking back what it
 * gave for a call that fails. */

static struct haul_hal whole;

static bool fails(void)
{
	return below(5) == 0;
}

static int failing_alloc(void *ctx, const struct haul_hal_request *request,
			 struct haul_hal_memory *memory)
{
	return fails() ? -HAUL_EIO : whole.alloc(ctx, request, memory);
}

static int failing_free(void *ctx, const struct haul_hal_memory *memory)
{
	return run.ending && fails() ? -HAUL_EIO : whole.free(ctx, memory);
}

static int failing_share(void *ctx, void *p, size_t size, enum haul_dma_direction direction,
			 uint64_t reach, struct haul_hal_memory *memory)
{
	return fails() ? -HAUL_EIO : whole.share(ctx, p, size, direction, reach, memory);
}

static int failing_unshare(void *ctx, const struct haul_hal_memory *memory,
			   enum haul_dma_direction direction)
{
	return run.ending && fails() ? -HAUL_EIO : whole.unshare(ctx, memory, direction);
}

static int failing_cache(void *ctx, enum haul_cache_op op, void *virt, struct haul_phys at,
			 size_t size)
{
	return fails() ? -HAUL_EIO : whole.cache(ctx, op, virt, at, size);
}

static int failing_make_alias(void *ctx, const struct haul_hal_memory *memory, void **alias)
{
	return fails() ? -HAUL_EIO : whole.make_alias(ctx, memory, alias);
}

static int failing_drop_alias(void *ctx, const struct haul_hal_memory *memory, void *alias)
{
	return fails() ? -HAUL_EIO : whole.drop_alias(ctx, memory, alias);
}

static void let_fail(struct haul_hal *hal)
{
	whole = *hal;
	hal->alloc = failing_alloc;
	hal->free = failing_free;
	hal->share = failing_share;
	hal->unshare = failing_unshare;
	hal->cache = failing_cache;
	hal->make_alias = failing_make_alias;
	hal->drop_alias = failing_drop_alias;
}

/* Set-up. */

/* The caller's memory has others' bytes on either side. */
static unsigned char *caller_memory(void)
{
	const enum program_memory memory = run.program->setup->memory;
	void *p = NULL, *low;

	if (memory == OUTSIDE)
		return outside + (-(uintptr_t)outside & (LINE - 1));
	if (memory == FAR)
		cr_assert(haul_model_alloc(&model, SIZE / 2, &low) == 0);
	cr_assert(haul_model_alloc(&model, CALLER, &p) == 0);
	if (memory == FAR)
		cr_assert(haul_model_free(&model, low, SIZE / 2) == 0);
	return p;
}

static void free_caller_memory(void)
{
	if (run.caller && run.program->setup->memory != OUTSIDE)
		expect(haul_model_free(&model, run.caller, CALLER) == 0, "what is shared still");
}

/* Whole lines, or anything but that. */
static void choose_place(void)
{
	const size_t line = run.program->line;
	const bool ragged = run.program->setup->traits & RAGGED;

	run.size = 1 + below(LARGEST);
	run.head = 1 + below(AROUND);
	if (!ragged && run.program->setup->memory != ALLOCATED) {
		run.size += -run.size % line;
		run.head = line < AROUND ? AROUND - AROUND % line : line;
	} else if (ragged && (run.head | run.size) % line == 0) {
		run.head++;
	}
}

static void fill_caller(void)
{
	unsigned char data[CALLER];

	randomize(data, sizeof data);
	memcpy(run.caller, data, sizeof data);
	memcpy(run.others, data, sizeof data);
	set(run.bytes, data + run.head, run.size, false);
}

static enum haul_dma_backing wanted_backing(void)
{
	return device_writes() ? run.program->setup->writes : run.program->setup->reads;
}

/* Before anything is handed over the device finds nothing that others have left behind. */
static void device_looks_around(const struct live *live)
{
	const struct haul_hal_memory *const memory = &live->stream.memory;
	const bool uninit = run.program->flags & HAUL_DMA_UNINIT && !run.caller;
	unsigned char data[SIZE];

	if (!live->stream.allocated || uninit || !device_reads())
		return;
	if (!expect(haul_model_device_read(&model, memory->iova, data, memory->size) == 0,
		    "result of the first read"))
		return;
	for (size_t i = 0; i < memory->size; i++)
		expect(data[i] == 0, "what the device reads that was not handed over");
}

static int map_or_alloc(struct haul_dma_stream *stream)
{
	const struct program *const program = run.program;

	if (!run.caller)
		return haul_dma_alloc(stream, &run.device, run.size, program->direction,
				      program->flags);
	return haul_dma_map(stream, &run.device, run.caller + run.head, run.size,
			    program->direction, program->flags);
}

static void start(void)
{
	const struct program *const program = run.program;
	struct live *const live = &run.live[0];

	live->start = 0;
	run.count = 1;
	choose_place();
	if (program->setup->memory == ALLOCATED) {
		for (size_t i = 0; i < run.size; i++)
			run.bytes[i].known = !(program->flags & HAUL_DMA_UNINIT);
	} else {
		run.caller = caller_memory();
		fill_caller();
	}
	while (!came_of_it(map_or_alloc(&live->stream), 0, "result of haul_dma_alloc or _map"))
		if (run.wrong)
			return;
	expect(live->stream.backing == wanted_backing(), "the backing");
	device_looks_around(live);
}

/* What others have left behind. */
static void fill_machine(void)
{
	unsigned char data[SIZE];

	randomize(data, sizeof data);
	cr_assert(haul_model_cpu_write(&model, model.cpu, data, sizeof data) == 0);
	cr_assert(haul_model_evict(&model, model.cpu, sizeof data) == 0);
}

static void begin_machine(void)
{
	const struct program *const program = run.program;
	struct haul_model_config config = config_of(program->mode, program->seed);
	struct haul_dma_limits limits = {
		.reach = iova + SIZE / 2 - 1,
		.align = program->setup->traits & CHOOSY ? PAGE : 0,
		.coherent = program->setup->traits & COHERENT,
	};

	if (program->setup->memory == NEAR)
		limits.reach = UINT32_MAX;
	config.reach = limits.reach;
	config.line = program->line;
	config.missing = program->setup->missing;
	config.coherent = program->setup->traits & COHERENT;
	config.paged = program->seed / 5 % 2;
	begin(config);
	fill_machine();
	if (program->break_it)
		program->break_it(&model.hal, &limits);
	if (program->fails)
		let_fail(&model.hal);
	cr_assert(haul_dma_device_init(&run.device, &model.hal, &limits) == 0);
	cr_assert(haul_dma_checker_init(&run.checker, run.entries, 2 * STREAMS, NULL, NULL) == 0);
	if (program->seed / 7 % 2)
		cr_assert(haul_dma_checker_attach(&run.checker, &run.device) == 0);
}

/* All that was refused, and nothing else. */
static void check_reports(void)
{
	uint64_t counts[HAUL_DMA_MISTAKES], sum = 0;

	if (!run.device.checker)
		return;
	haul_dma_checker_counts(&run.checker, counts);
	for (size_t i = 0; i < HAUL_DMA_MISTAKES; i++)
		sum += counts[i];
	expect(sum == run.refused, "what the checker has reported");
}

static void end(void)
{
	run.ending = true;
	for (unsigned i = 0; i < run.count; i++)
		end_one(&run.live[i]);
	others_read();
	expect(haul_dma_device_end(&run.device) == 0, "result of haul_dma_device_end");
	check_reports();
	free_caller_memory();
	expect(haul_arena_used(&model.arena) == 0, "memory that is not given back");
}

struct program program_of(const struct program_setup *setup, uint64_t number)
{
	return (struct program){
		.setup = setup,
		.direction = (enum haul_dma_direction)(1 + number % 3),
		.mode = number / 3 % 2 ? HAUL_MODEL_WORST : HAUL_MODEL_RANDOM,
		.line = line_sizes[number / 6 % 4],
		.flags = number / 24 % 4 ? 0 : HAUL_DMA_UNINIT,
		.seed = number + (test_seed() << 32),
	};
}

const char *program_run(const struct program *program, unsigned *at)
{
	memset(&run, 0, sizeof run);
	run.program = program;
	run.random = program->seed ^ 0x5eed;
	begin_machine();
	start();
	for (*at = 0; *at < STEPS && !run.wrong; ++*at)
		step();
	if (!run.wrong)
		end();
	return run.wrong;
}
