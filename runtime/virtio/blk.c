/* SPDX-License-Identifier: MIT */
/*
 * Block devices: virtio 1.4, 5.2.
 *
 * A request goes through one list or two: waiting, while not all of its parts have been issued;
 * then, when no part is out any more, done.  Each part has a footprint in coherent memory,
 * which the device is told of in descriptors of their own, as legacy devices want (5.2.7).
 * Fields are little-endian, and of a legacy device as the CPU has them: all CPUs that haul runs on
 * are little-endian.
 */
#include "request.h"
#include <haul/virtio_blk.h>

enum { SECTOR = HAUL_VIRTIO_BLK_SECTOR };

/* Header, at least one segment, status: and a power of two. */
enum { QUEUE_LEAST = 4 };

/* Bytes of a part: far less than the 4 GiB of 2.7.5.2. */
enum { PART_MAX = 1 << 30 };

enum { NO_PART = UINT16_MAX };

/* 5.2.4 */
enum {
	CONFIG_CAPACITY = 0,
	CONFIG_SIZE_MAX = 8,
	CONFIG_SEG_MAX = 12,
	CONFIG_BLK_SIZE = 20,
	CONFIG_DISCARD_SECTORS = 36,
	CONFIG_WRITE_ZEROES_SECTORS = 48
};

/* 5.2.6 */
enum {
	TYPE_IN = 0,
	TYPE_OUT = 1,
	TYPE_FLUSH = 4,
	TYPE_GET_ID = 8,
	TYPE_DISCARD = 11,
	TYPE_WRITE_ZEROES = 13
};
enum { STATUS_OK = 0, STATUS_IOERR = 1, STATUS_UNSUPP = 2, STATUS_NONE = 0xff };

struct header {
	uint32_t type, reserved;
	uint64_t sector;
};
struct range {
	uint64_t sector;
	uint32_t sectors, flags;
};
enum { RANGE_UNMAP = 1 };

struct footprint {
	struct header header;
	struct range range;
	unsigned char id[HAUL_VIRTIO_BLK_ID];
	uint8_t status;
};
_Static_assert(sizeof(struct footprint) <= HAUL_VIRTIO_BLK_FOOTPRINT, "a footprint's size");

/* What an op is: its request's type; the feature it needs, or 0; and what it does. */
struct op {
	uint8_t type, feature;
	bool writes, has_data, has_range;
};
static const struct op ops[] = {
	[HAUL_VIRTIO_BLK_READ] = {.type = TYPE_IN, .has_data = true},
	[HAUL_VIRTIO_BLK_WRITE] = {.type = TYPE_OUT, .writes = true, .has_data = true},
	[HAUL_VIRTIO_BLK_FLUSH] = {.type = TYPE_FLUSH, .feature = HAUL_VIRTIO_BLK_F_FLUSH},
	[HAUL_VIRTIO_BLK_DISCARD] = {.type = TYPE_DISCARD,
				     .feature = HAUL_VIRTIO_BLK_F_DISCARD,
				     .writes = true,
				     .has_range = true},
	[HAUL_VIRTIO_BLK_WRITE_ZEROES] = {.type = TYPE_WRITE_ZEROES,
					  .feature = HAUL_VIRTIO_BLK_F_WRITE_ZEROES,
					  .writes = true,
					  .has_range = true},
	[HAUL_VIRTIO_BLK_GET_ID] = {.type = TYPE_GET_ID},
};

static const struct op *op_of(const struct haul_virtio_blk_request *request)
{
	return &ops[request->op];
}

/* Coming up. */

static const struct haul_virtio_driver driver = {
	.type = HAUL_VIRTIO_BLK_TYPE,
	.implemented = {{1 << HAUL_VIRTIO_BLK_F_SIZE_MAX | 1 << HAUL_VIRTIO_BLK_F_SEG_MAX |
				 1 << HAUL_VIRTIO_BLK_F_RO | 1 << HAUL_VIRTIO_BLK_F_BLK_SIZE |
				 1 << HAUL_VIRTIO_BLK_F_FLUSH | 1 << HAUL_VIRTIO_BLK_F_DISCARD |
				 1 << HAUL_VIRTIO_BLK_F_WRITE_ZEROES,
			 0}},
	.config_size = sizeof(uint64_t), /* the capacity */
};

/* A field of the configuration that is there only with its feature; 0 means nothing in any of
 * them, and is taken for otherwise. */
static int read_field(struct haul_virtio *device, unsigned feature, size_t off, uint32_t otherwise,
		      uint32_t *value)
{
	int err = 0;

	*value = otherwise;
	if (haul_virtio_has(device, feature))
		err = haul_virtio_config_read(device, off, sizeof *value, 1, value);
	if (err == -HAUL_ERANGE)
		return haul_virtio_fail(device, HAUL_VIRTIO_CONFIG);
	if (!*value)
		*value = otherwise;
	return err;
}

static int read_limits(struct haul_virtio_blk *blk)
{
	struct haul_virtio *device = blk->device;
	int err;

	blk->read_only = haul_virtio_has(device, HAUL_VIRTIO_BLK_F_RO);
	err = read_field(device, HAUL_VIRTIO_BLK_F_SIZE_MAX, CONFIG_SIZE_MAX, PART_MAX,
			 &blk->size_max);
	if (!err)
		err = read_field(device, HAUL_VIRTIO_BLK_F_SEG_MAX, CONFIG_SEG_MAX,
				 blk->config.segments, &blk->segments_max);
	if (!err)
		err = read_field(device, HAUL_VIRTIO_BLK_F_BLK_SIZE, CONFIG_BLK_SIZE, SECTOR,
				 &blk->block);
	if (!err)
		err = read_field(device, HAUL_VIRTIO_BLK_F_DISCARD, CONFIG_DISCARD_SECTORS,
				 UINT32_MAX, &blk->discard_max);
	if (!err)
		err = read_field(device, HAUL_VIRTIO_BLK_F_WRITE_ZEROES,
				 CONFIG_WRITE_ZEROES_SECTORS, UINT32_MAX, &blk->zeroes_max);
	return err;
}

static int read_capacity(struct haul_virtio_blk *blk)
{
	uint64_t capacity;
	const int err = haul_virtio_config_read(blk->device, CONFIG_CAPACITY, sizeof capacity, 1,
						&capacity);

	if (!err)
		blk->capacity = capacity;
	return err;
}

static void take_least(uint32_t *value, uint32_t limit)
{
	if (*value > limit)
		*value = limit;
}

static void keep_quiet(struct haul_virtio_blk *blk)
{
	if (blk->config.polled)
		haul_virtqueue_disable(&blk->queue.ring);
}

/* No chain is longer than the queue, in a table either (2.7.5.3.1). */
static int open_queue(struct haul_virtio_blk *blk)
{
	const struct haul_virtio_blk_config *config = &blk->config;
	const size_t most =
		config->nslots < HAUL_VIRTQUEUE_SIZE_MAX ? config->nslots : HAUL_VIRTQUEUE_SIZE_MAX;
	const int err =
		haul_virtio_queue_open(blk->device, &blk->queue, 0, (unsigned)most, config->slots,
				       config->nslots, config->segments + 2, config->vector);

	if (err)
		return err;
	if (blk->queue.place.size < QUEUE_LEAST)
		return -HAUL_ENOTSUP;
	take_least(&blk->size_max, PART_MAX);
	take_least(&blk->segments_max, config->segments);
	take_least(&blk->segments_max, blk->queue.place.size - 2);
	if ((uint64_t)blk->size_max * blk->segments_max < SECTOR)
		return haul_virtio_fail(blk->device, HAUL_VIRTIO_CONFIG);
	keep_quiet(blk);
	return 0;
}

/* After haul_virtio_begin. */
static int bring_up(struct haul_virtio_blk *blk)
{
	int err = read_limits(blk);

	blk->changed = false;
	if (!err)
		err = read_capacity(blk);
	if (!err)
		err = open_queue(blk);
	return err ? err : haul_virtio_start(blk->device);
}

static void free_part(struct haul_virtio_blk *blk, struct haul_virtio_blk_part *part)
{
	part->request = NULL;
	part->next = blk->free;
	blk->free = (uint16_t)(part - blk->config.parts);
}

static bool is_config(const struct haul_virtio_blk_config *config)
{
	return config->slots && config->nslots >= QUEUE_LEAST && config->parts && config->nparts &&
	       config->nparts <= HAUL_VIRTQUEUE_SIZE_MAX && config->segments &&
	       config->segments <= HAUL_VIRTIO_BLK_SEGMENTS;
}

int haul_virtio_blk_open(struct haul_virtio_blk *blk, struct haul_virtio *device,
			 const struct haul_virtio_blk_config *config)
{
	int err;

	if (!is_config(config))
		return -HAUL_EINVAL;
	*blk = (struct haul_virtio_blk){.config = *config, .free = NO_PART};
	for (size_t i = config->nparts; i--;)
		free_part(blk, &config->parts[i]);
	err = haul_virtio_begin(device, &driver);
	if (err)
		return err;
	blk->device = device;
	err = haul_dma_coherent_alloc(&blk->memory, device->dma,
				      config->nparts * HAUL_VIRTIO_BLK_FOOTPRINT, 0);
	if (!err)
		err = bring_up(blk);
	if (err)
		haul_virtio_blk_close(blk);
	return err;
}

/* Submitting. */

/* Bytes of all pieces.  0: none, or too many. */
static uint64_t sum(const struct haul_virtio_blk_request *request)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < request->npieces; i++) {
		if (request->pieces[i].len > UINT64_MAX - bytes)
			return 0;
		bytes += request->pieces[i].len;
	}
	return bytes;
}

static int check_sectors(const struct haul_virtio_blk *blk, uint64_t sector, uint64_t sectors)
{
	return sector <= blk->capacity && sectors <= blk->capacity - sector ? 0 : -HAUL_ERANGE;
}

/* The device writes each byte once: in many pieces that cannot be told cheaply. */
static bool has_overlap(const struct haul_iovec *pieces, size_t n)
{
	if (n > HAUL_VIRTIO_BLK_CHECKED)
		return false;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++) {
			const uintptr_t a = (uintptr_t)pieces[i].base;
			const uintptr_t b = (uintptr_t)pieces[k].base;

			if (a <= b ? b - a < pieces[i].len : a - b < pieces[k].len)
				return true;
		}
	return false;
}

static int check_request(const struct haul_virtio_blk *blk, struct haul_virtio_blk_request *request)
{
	const struct op *op;

	if (request->busy)
		return -HAUL_EBUSY;
	if ((unsigned)request->op > HAUL_VIRTIO_BLK_GET_ID)
		return -HAUL_EINVAL;
	op = op_of(request);
	if (op->feature && !haul_virtio_has(blk->device, op->feature))
		return -HAUL_ENOTSUP;
	if (op->writes && blk->read_only)
		return -HAUL_EACCES;
	request->total = op->has_data ? sum(request) : op->has_range ? request->sectors : 1;
	if (!request->total || (op->has_data && request->total % SECTOR))
		return -HAUL_EINVAL;
	if (request->op == HAUL_VIRTIO_BLK_READ && has_overlap(request->pieces, request->npieces))
		return -HAUL_EINVAL;
	if (!op->has_data && !op->has_range)
		return 0;
	return check_sectors(blk, request->sector,
			     op->has_data ? request->total / SECTOR : request->total);
}

/* The request's segments from where it stands, as many as a part can have, and in whole sectors. */
struct cut {
	struct haul_dma_segment *segments;
	size_t n;
	uint64_t bytes;
};

static void drop_bytes(struct cut *cut, size_t bytes)
{
	cut->bytes -= bytes;
	while (bytes) {
		struct haul_dma_segment *last = &cut->segments[cut->n - 1];
		const size_t part = bytes < last->len ? bytes : last->len;

		last->len -= part;
		bytes -= part;
		if (!last->len)
			cut->n--;
	}
}

static void cut_part(const struct haul_virtio_blk *blk,
		     const struct haul_virtio_blk_request *request, struct cut *cut)
{
	const struct haul_dma_list *list = &request->list;
	size_t segment = request->segment, off = request->off;

	while (segment < list->nsegments && cut->n < blk->segments_max && cut->bytes < PART_MAX) {
		const struct haul_dma_segment *from = &list->segments[segment];
		size_t len = from->len - off;

		if (len > blk->size_max)
			len = blk->size_max;
		if (len > PART_MAX - cut->bytes)
			len = (size_t)(PART_MAX - cut->bytes);
		cut->segments[cut->n++] = (struct haul_dma_segment){{from->iova.value + off}, len};
		cut->bytes += len;
		off += len;
		if (off == from->len) {
			segment++;
			off = 0;
		}
	}
	drop_bytes(cut, (size_t)(cut->bytes % SECTOR));
}

/* That much of it has been issued. */
static void advance(struct haul_virtio_blk_request *request, uint64_t n)
{
	request->issued += n;
	if (!op_of(request)->has_data)
		return;
	while (n) {
		const size_t left = request->list.segments[request->segment].len - request->off;

		if (n < left) {
			request->off += (size_t)n;
			return;
		}
		n -= left;
		request->segment++;
		request->off = 0;
	}
}

static void rewind_request(struct haul_virtio_blk_request *request)
{
	request->issued = 0;
	request->segment = request->off = 0;
}

/* Can all of it be cut? */
static bool is_cuttable(struct haul_virtio_blk *blk, struct haul_virtio_blk_request *request)
{
	struct cut cut;

	do {
		cut = (struct cut){.segments = blk->scratch};
		cut_part(blk, request, &cut);
		advance(request, cut.bytes);
	} while (cut.bytes && request->issued < request->total);
	rewind_request(request);
	return cut.bytes;
}

static int map_data(struct haul_virtio_blk *blk, struct haul_virtio_blk_request *request)
{
	const bool reads = request->op == HAUL_VIRTIO_BLK_READ;
	const int err = haul_virtio_request_map(&request->list, blk->device->dma, request->pieces,
						request->npieces,
						reads ? HAUL_DMA_FROM_DEVICE : HAUL_DMA_TO_DEVICE,
						request->streams, request->segments, request->max);

	if (err)
		return err;
	if (is_cuttable(blk, request))
		return 0;
	haul_virtio_request_end(&request->list, 0);
	return -HAUL_ENOTSUP;
}

/* Lists. */

static void append(struct haul_virtio_blk_request **first, struct haul_virtio_blk_request **last,
		   struct haul_virtio_blk_request *request)
{
	request->next = NULL;
	if (*first)
		(*last)->next = request;
	else
		*first = request;
	*last = request;
}

static struct haul_virtio_blk_request *take_first(struct haul_virtio_blk_request **first)
{
	struct haul_virtio_blk_request *request = *first;

	if (request)
		*first = request->next;
	return request;
}

/* Is there to be another part of it? */
static bool goes_on(const struct haul_virtio_blk_request *request)
{
	return request->issued < request->total && !request->result;
}

static void remove_waiting(struct haul_virtio_blk *blk,
			   const struct haul_virtio_blk_request *request)
{
	struct haul_virtio_blk_request **link = &blk->waiting, *before = NULL;

	while (*link != request) {
		before = *link;
		link = &before->next;
	}
	*link = request->next;
	if (blk->waiting_last == request)
		blk->waiting_last = before;
}

/* No part of it is out any more. */
static void finish(struct haul_virtio_blk *blk, struct haul_virtio_blk_request *request)
{
	const bool filled = request->op == HAUL_VIRTIO_BLK_READ && !request->result;
	int err = 0;

	if (op_of(request)->has_data)
		err = haul_virtio_request_end(&request->list, filled ? request->total : 0);
	if (!request->result)
		request->result = err;
	/* One of a call that waits is handed back by that. */
	if (request == &blk->own)
		request->busy = false;
	else
		append(&blk->first, &blk->last, request);
}

/* Issuing. */

static size_t footprint_off(const struct haul_virtio_blk *blk,
			    const struct haul_virtio_blk_part *part)
{
	return (size_t)(part - blk->config.parts) * HAUL_VIRTIO_BLK_FOOTPRINT;
}

static struct footprint *footprint_at(const struct haul_virtio_blk *blk, size_t off)
{
	return (struct footprint *)(void *)((unsigned char *)blk->memory.virt + off);
}

/* A part as the device is told of it: segments to be read, and behind them those to be
 * written. */
struct chain {
	struct haul_dma_segment *segments;
	size_t nout, nin;
	uint64_t amount; /* of the request's total */
	uint64_t iova;   /* of the footprint */
};

/* A field of the footprint. */
static void put(struct chain *chain, size_t off, size_t len, bool in)
{
	chain->segments[chain->nout + chain->nin] =
		(struct haul_dma_segment){{chain->iova + off}, len};
	chain->nout += !in;
	chain->nin += in;
}

static void put_data(struct haul_virtio_blk *blk, const struct haul_virtio_blk_request *request,
		     struct chain *chain)
{
	struct cut cut = {.segments = chain->segments + chain->nout};

	cut_part(blk, request, &cut);
	chain->amount = cut.bytes;
	if (request->op == HAUL_VIRTIO_BLK_READ)
		chain->nin += cut.n;
	else
		chain->nout += cut.n;
}

static void put_range(const struct haul_virtio_blk *blk,
		      const struct haul_virtio_blk_request *request, struct footprint *footprint,
		      struct chain *chain)
{
	const bool zeroes = request->op == HAUL_VIRTIO_BLK_WRITE_ZEROES;
	const uint32_t most = zeroes ? blk->zeroes_max : blk->discard_max;
	const uint64_t left = request->total - request->issued;

	chain->amount = left < most ? left : most;
	footprint->range = (struct range){
		.sector = request->sector + request->issued,
		.sectors = (uint32_t)chain->amount,
		.flags = zeroes && request->unmap ? RANGE_UNMAP : 0,
	};
	put(chain, offsetof(struct footprint, range), sizeof footprint->range, false);
}

static void make_chain(struct haul_virtio_blk *blk, const struct haul_virtio_blk_request *request,
		       size_t off, struct chain *chain)
{
	struct footprint *footprint = footprint_at(blk, off);
	const struct op *op = op_of(request);

	chain->iova = blk->memory.iova.value + off;

	footprint->header = (struct header){.type = op->type};
	footprint->status = STATUS_NONE;
	put(chain, offsetof(struct footprint, header), sizeof footprint->header, false);
	if (op->has_data) {
		footprint->header.sector = request->sector + request->issued / SECTOR;
		put_data(blk, request, chain);
	} else if (op->has_range) {
		put_range(blk, request, footprint, chain);
	} else {
		chain->amount = 1;
	}
	if (request->op == HAUL_VIRTIO_BLK_GET_ID)
		put(chain, offsetof(struct footprint, id), sizeof footprint->id, true);
	put(chain, offsetof(struct footprint, status), sizeof footprint->status, true);
}

static uint32_t room_of(const struct chain *chain)
{
	uint64_t room = 0;

	for (size_t i = 0; i < chain->nin; i++)
		room += chain->segments[chain->nout + i].len;
	return (uint32_t)room;
}

/* -HAUL_ENOSPC: not now. */
static int issue_part(struct haul_virtio_blk *blk, struct haul_virtio_blk_request *request)
{
	const unsigned feature = op_of(request)->feature;
	struct chain chain = {.segments = blk->scratch};
	struct haul_virtio_blk_part *part;
	int err;

	if (blk->free == NO_PART)
		return -HAUL_ENOSPC;
	part = &blk->config.parts[blk->free];
	make_chain(blk, request, footprint_off(blk, part), &chain);
	/* Where features and limits have changed with a reset. */
	if (!chain.amount || (feature && !haul_virtio_has(blk->device, feature)))
		return -HAUL_ENOTSUP;
	err = haul_virtqueue_add(&blk->queue.ring, chain.segments, chain.nout,
				 chain.segments + chain.nout, chain.nin, part, NULL);
	if (err)
		return err;
	blk->free = part->next;
	part->request = request;
	part->room = room_of(&chain);
	request->out++;
	advance(request, chain.amount);
	return 0;
}

/* As much of what waits as there is room for. */
static void issue(struct haul_virtio_blk *blk)
{
	while (blk->waiting) {
		struct haul_virtio_blk_request *request = blk->waiting;
		int err = 0;

		while (!err && goes_on(request))
			err = issue_part(blk, request);
		if (err == -HAUL_ENOSPC || err == -HAUL_EIO)
			return;
		if (err)
			request->result = err;
		take_first(&blk->waiting);
		request->waits = false;
		if (!request->out)
			finish(blk, request);
	}
}

/* 5.2.6.2: the capacity may change at any time. */
static int refresh(struct haul_virtio_blk *blk)
{
	const int err = read_capacity(blk);

	blk->changed = err == -HAUL_EAGAIN;
	return err;
}

int haul_virtio_blk_submit(struct haul_virtio_blk *blk, struct haul_virtio_blk_request *request)
{
	int err = haul_virtio_running(blk->device);

	if (!err && blk->changed)
		err = refresh(blk);
	/* One that does not stand still is taken as it was. */
	if (!err || err == -HAUL_EAGAIN)
		err = check_request(blk, request);
	if (err)
		return err;
	request->result = 0;
	request->out = 0;
	request->id[0] = '\0';
	rewind_request(request);
	if (op_of(request)->has_data)
		err = map_data(blk, request);
	if (err)
		return err;
	append(&blk->waiting, &blk->waiting_last, request);
	request->busy = request->waits = true;
	issue(blk);
	return 0;
}

int haul_virtio_blk_kick(struct haul_virtio_blk *blk)
{
	const int err = haul_virtio_running(blk->device);

	return err ? err : haul_virtio_kick(&blk->queue);
}

/* Completion. */

/* Does the device say how many bytes it wrote?  Of legacy ones that is to be ignored (5.2.6.4). */
static bool counts(const struct haul_virtio *device)
{
	return device->options.policy != HAUL_VIRTIO_TRUSTED && !device->transport.legacy;
}

static int violated(struct haul_virtio_blk *blk)
{
	return haul_virtio_fail(blk->device, HAUL_VIRTIO_PROTOCOL);
}

/* What the device says came of it.  The status is its last byte: a device that did it all wrote
 * that many.  Where it did not, it may have counted the status alone. */
static int judge(struct haul_virtio_blk *blk, const struct haul_virtio_blk_part *part,
		 uint8_t status, uint32_t len)
{
	if (counts(blk->device) && (!len || (status == STATUS_OK && len < part->room)))
		return violated(blk);
	switch (status) {
	case STATUS_OK:
		return 0;
	case STATUS_IOERR:
		return -HAUL_EIO;
	case STATUS_UNSUPP:
		return -HAUL_ENOTSUP;
	default:
		return violated(blk);
	}
}

static void take_id(struct haul_virtio_blk_request *request, const struct footprint *footprint)
{
	for (size_t i = 0; i < HAUL_VIRTIO_BLK_ID; i++)
		request->id[i] = (char)footprint->id[i];
	request->id[HAUL_VIRTIO_BLK_ID] = '\0';
}

static void retire(struct haul_virtio_blk *blk, struct haul_virtio_blk_part *part, int result)
{
	struct haul_virtio_blk_request *request = part->request;

	free_part(blk, part);
	request->out--;
	if (!request->result)
		request->result = result;
	/* What waits ends where it would go on. */
	if (!request->out && !request->waits)
		finish(blk, request);
}

static int take(struct haul_virtio_blk *blk, const struct haul_virtqueue_used *used)
{
	struct haul_virtio_blk_part *part = (struct haul_virtio_blk_part *)used->cookie;
	const struct footprint *footprint = footprint_at(blk, footprint_off(blk, part));
	const uint8_t status = __atomic_load_n(&footprint->status, __ATOMIC_RELAXED);
	const int result = judge(blk, part, status, used->len);

	if (!result && part->request->op == HAUL_VIRTIO_BLK_GET_ID)
		take_id(part->request, footprint);
	retire(blk, part, result);
	return result == -HAUL_EPROTO ? result : 0;
}

/* All that is used: at most what was in flight.  Then what waits. */
static int collect(struct haul_virtio_blk *blk)
{
	struct haul_virtqueue_used used;
	int got = haul_virtio_running(blk->device);

	if (got)
		return got;
	while ((got = haul_virtio_request_pop(&blk->queue, &used)) == 1) {
		const int err = take(blk, &used);

		if (err)
			return err;
	}
	if (got || !blk->waiting)
		return got;
	issue(blk);
	return haul_virtio_blk_kick(blk);
}

int haul_virtio_blk_poll(struct haul_virtio_blk *blk, struct haul_virtio_blk_request **request)
{
	int err = collect(blk);

	if (!err && blk->changed)
		err = refresh(blk);
	*request = take_first(&blk->first);
	if (!*request)
		return err;
	(*request)->busy = false;
	return 1;
}

int haul_virtio_blk_interrupt(struct haul_virtio_blk *blk, unsigned *causes)
{
	int err;

	*causes = 0;
	if (!blk->device)
		return -HAUL_EINVAL;
	err = haul_virtio_interrupt(blk->device, causes);
	if (*causes & HAUL_VIRTIO_CAUSE_CONFIG)
		blk->changed = true;
	return err;
}

/* Recovery. */

/* The device had a part of each of these. */
static void detach(struct haul_virtio_blk *blk)
{
	struct haul_virtqueue_used used;

	while (!haul_virtqueue_detach(&blk->queue.ring, &used))
		retire(blk, (struct haul_virtio_blk_part *)used.cookie, -HAUL_ETIMEDOUT);
}

/* The whole of it anew. */
static int restart_device(struct haul_virtio_blk *blk)
{
	const int err = haul_virtio_begin(blk->device, &driver);

	return err ? err : bring_up(blk);
}

static int restart_queue(struct haul_virtio_blk *blk)
{
	const int err = haul_virtio_queue_restart(&blk->queue);

	if (!err)
		keep_quiet(blk);
	return err;
}

int haul_virtio_blk_recover(struct haul_virtio_blk *blk)
{
	bool whole;
	int err;

	if (!blk->device)
		return -HAUL_EINVAL;
	err = haul_virtio_queue_stop(blk->device, &blk->queue, &whole);
	if (err)
		return err;
	detach(blk);
	err = whole ? restart_device(blk) : restart_queue(blk);
	if (err)
		return err;
	issue(blk);
	return haul_virtio_blk_kick(blk);
}

/* Of one that is waiting no more parts are issued. */
static void give_up(struct haul_virtio_blk *blk, struct haul_virtio_blk_request *request)
{
	remove_waiting(blk, request);
	request->waits = false;
	if (!request->result)
		request->result = -HAUL_ETIMEDOUT;
	if (!request->out)
		finish(blk, request);
}

/* What the Hal did not take back when the last one was done it is given once more. */
static int end_own(struct haul_virtio_blk *blk)
{
	if (blk->own.busy)
		return -HAUL_EBUSY;
	return blk->own.list.nstreams ? haul_virtio_request_end(&blk->own.list, 0) : 0;
}

int haul_virtio_blk_close(struct haul_virtio_blk *blk)
{
	int err;

	if (!blk->device)
		return -HAUL_EINVAL;
	err = haul_virtio_let_go(blk->device);
	if (err)
		return err;
	detach(blk);
	while (blk->waiting)
		give_up(blk, blk->waiting);
	err = end_own(blk);
	if (!err && blk->memory.size)
		err = haul_dma_coherent_free(&blk->memory);
	if (!err)
		blk->device = NULL;
	return err;
}

/* Waiting. */

static int await_own(struct haul_virtio_blk *blk, uint64_t deadline)
{
	int err = haul_virtio_blk_kick(blk);

	while (!err && blk->own.busy) {
		err = haul_virtio_wait(&blk->queue, deadline);
		if (!err)
			err = collect(blk);
	}
	return err ? err : blk->own.result;
}

/* Is the device to be recovered?  It is if it has not handed the request back, or is broken. */
static bool is_lost(const struct haul_virtio_blk *blk)
{
	return blk->own.busy || haul_virtio_running(blk->device);
}

/* What has not been issued by now is not to be, when the caller has its memory back. */
static int perform(struct haul_virtio_blk *blk, uint64_t deadline)
{
	int err = haul_virtio_blk_submit(blk, &blk->own);

	if (!err)
		err = await_own(blk, deadline);
	if (err && is_lost(blk)) {
		if (blk->own.waits)
			give_up(blk, &blk->own);
		haul_virtio_blk_recover(blk);
	}
	return err;
}

static int begin_own(struct haul_virtio_blk *blk, enum haul_virtio_blk_op op, uint64_t sector)
{
	const int err = end_own(blk);

	if (err)
		return err;
	blk->own = (struct haul_virtio_blk_request){
		.op = op,
		.sector = sector,
		.pieces = &blk->own_piece,
		.npieces = 1,
		.streams = &blk->own_stream,
		.segments = blk->own_segments,
		.max = HAUL_VIRTIO_BLK_OWN_SEGMENTS,
	};
	return 0;
}

/* Where memory is in more pieces for the device than there is room for, less at a time. */
static int transfer(struct haul_virtio_blk *blk, enum haul_virtio_blk_op op, uint64_t sector,
		    unsigned char *p, size_t sectors, uint64_t deadline)
{
	size_t chunk = sectors;

	if (sectors > SIZE_MAX / SECTOR)
		return -HAUL_EOVERFLOW;
	do {
		int err = begin_own(blk, op, sector);

		if (err)
			return err;
		if (chunk > sectors)
			chunk = sectors;
		blk->own_piece = (struct haul_iovec){p, chunk * SECTOR};
		err = perform(blk, deadline);
		if (err == -HAUL_ENOSPC && chunk > 1) {
			chunk /= 2;
			continue;
		}
		if (err)
			return err;
		p += chunk * SECTOR;
		sector += chunk;
		sectors -= chunk;
	} while (sectors);
	return 0;
}

int haul_virtio_blk_read(struct haul_virtio_blk *blk, uint64_t sector, void *p, size_t sectors,
			 uint64_t deadline)
{
	return transfer(blk, HAUL_VIRTIO_BLK_READ, sector, (unsigned char *)p, sectors, deadline);
}

/* What is mapped for a device that reads is not written. */
int haul_virtio_blk_write(struct haul_virtio_blk *blk, uint64_t sector, const void *p,
			  size_t sectors, uint64_t deadline)
{
	return transfer(blk, HAUL_VIRTIO_BLK_WRITE, sector, (unsigned char *)(uintptr_t)p, sectors,
			deadline);
}

static int request_range(struct haul_virtio_blk *blk, enum haul_virtio_blk_op op, uint64_t sector,
			 uint64_t sectors, bool unmap, uint64_t deadline)
{
	const int err = begin_own(blk, op, sector);

	if (err)
		return err;
	blk->own.sectors = sectors;
	blk->own.unmap = unmap;
	return perform(blk, deadline);
}

int haul_virtio_blk_flush(struct haul_virtio_blk *blk, uint64_t deadline)
{
	return request_range(blk, HAUL_VIRTIO_BLK_FLUSH, 0, 0, false, deadline);
}

int haul_virtio_blk_discard(struct haul_virtio_blk *blk, uint64_t sector, uint64_t sectors,
			    uint64_t deadline)
{
	return request_range(blk, HAUL_VIRTIO_BLK_DISCARD, sector, sectors, false, deadline);
}

int haul_virtio_blk_write_zeroes(struct haul_virtio_blk *blk, uint64_t sector, uint64_t sectors,
				 bool unmap, uint64_t deadline)
{
	return request_range(blk, HAUL_VIRTIO_BLK_WRITE_ZEROES, sector, sectors, unmap, deadline);
}

int haul_virtio_blk_id(struct haul_virtio_blk *blk, char *id, uint64_t deadline)
{
	const int err = request_range(blk, HAUL_VIRTIO_BLK_GET_ID, 0, 0, false, deadline);

	if (!err)
		for (size_t i = 0; i <= HAUL_VIRTIO_BLK_ID; i++)
			id[i] = blk->own.id[i];
	return err;
}
