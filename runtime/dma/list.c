/* SPDX-License-Identifier: MIT */
/*
 * Lists: streams one after another, and the segments that they make for the device.
 *
 * A hand-over is checked in whole before any of it is done.  What fails after that
 * (a cache, a copy) is undone by giving the bytes before it back to who had
 * them.  That takes no cache maintenance and no copy: of what has been made ready for
 * it the device has not been told, and what has been taken from it the CPU has not
 * touched, so lines are clean and the next hand-over finds all as it was.
 */
#include "stream.h"

/* Goes through the streams that have bytes of [off, end). */
struct walk {
	const struct haul_dma_list *list;
	size_t off, end; /* of the list */
	size_t index, start;
};

/* What one of them has of it. */
struct part {
	struct haul_dma_stream *stream;
	size_t off, len;
};

static struct walk walk(const struct haul_dma_list *list, size_t off, size_t len)
{
	const struct walk walk = {list, off, off + len, 0, 0};

	return walk;
}

static bool next(struct walk *walk, struct part *part)
{
	while (walk->index < walk->list->nstreams && walk->start < walk->end) {
		struct haul_dma_stream *const stream = &walk->list->streams[walk->index++];
		const size_t start = walk->start, stop = start + stream->size;
		const size_t first = walk->off > start ? walk->off : start;
		const size_t last = walk->end < stop ? walk->end : stop;

		walk->start = stop;
		if (first >= last)
			continue;
		*part = (struct part){stream, first - start, last - first};
		return true;
	}
	return false;
}

static int check_range(const struct haul_dma_list *list, size_t off, size_t len)
{
	if (!list->nstreams)
		return -HAUL_EINVAL;
	return off <= list->size && len <= list->size - off ? 0 : -HAUL_ERANGE;
}

static int check_pieces(const struct haul_iovec *pieces, size_t npieces, size_t *size)
{
	if (!npieces)
		return -HAUL_EINVAL;
	*size = 0;
	for (size_t i = 0; i < npieces; i++) {
		if (!pieces[i].len)
			return -HAUL_EINVAL;
		if (pieces[i].len > SIZE_MAX - *size)
			return -HAUL_EOVERFLOW;
		*size += pieces[i].len;
	}
	return 0;
}

/* What the Hal does not take back stays live, for the caller to see. */
static void unmap_first(struct haul_dma_stream *streams, size_t count, const void *site)
{
	while (count--)
		haul_dma_stream_unmap(&streams[count], 0, site);
}

static int map_pieces(const struct haul_dma_list *list, const struct haul_iovec *pieces,
		      size_t npieces, enum haul_dma_direction direction, unsigned flags,
		      const void *site)
{
	for (size_t i = 0; i < npieces; i++) {
		const int err = haul_dma_stream_map(&list->streams[i], list->device, pieces[i].base,
						    pieces[i].len, direction, flags, false, site);

		if (err) {
			unmap_first(list->streams, i, site);
			return err;
		}
	}
	return 0;
}

/* The most bytes that a segment from there on can have.  Where it ends the next one is
 * aligned as it is. */
static uint64_t segment_room(const struct haul_dma_limits *limits, uint64_t iova)
{
	uint64_t room = SIZE_MAX;

	if (limits->segment_max)
		room = limits->segment_max;
	if (limits->segment_max && limits->align)
		room &= ~(limits->align - 1);
	if (limits->boundary && room > limits->boundary - (iova & (limits->boundary - 1)))
		room = limits->boundary - (iova & (limits->boundary - 1));
	return room;
}

/* The segments, of which there is room for the first max; *last is the last one. */
struct segments {
	struct haul_dma_segment *array, last;
	size_t count, max;
};

static void put(struct segments *segments)
{
	if (segments->count && segments->count <= segments->max)
		segments->array[segments->count - 1] = segments->last;
}

/* Bytes by which the last one can grow, if those at iova are the next. */
static uint64_t growth(const struct segments *segments, const struct haul_dma_limits *limits,
		       uint64_t iova)
{
	const struct haul_dma_segment *const last = &segments->last;

	if (!segments->count || !iova || last->iova.value + last->len != iova)
		return 0;
	return segment_room(limits, last->iova.value) - last->len;
}

static void add(struct segments *segments, const struct haul_dma_limits *limits, uint64_t iova,
		size_t len)
{
	while (len) {
		uint64_t room = growth(segments, limits, iova);

		if (!room) {
			put(segments);
			segments->count++;
			segments->last = (struct haul_dma_segment){{iova}, 0};
			room = segment_room(limits, iova);
		}
		if (room > len)
			room = len;
		segments->last.len += (size_t)room;
		iova += room;
		len -= (size_t)room;
	}
}

static int make_segments(struct haul_dma_list *list, size_t npieces, size_t max)
{
	const struct haul_dma_limits *const limits = &list->device->limits;
	struct segments segments = {.array = list->segments, .max = max};

	for (size_t i = 0; i < npieces; i++)
		add(&segments, limits, list->streams[i].iova.value, list->streams[i].size);
	put(&segments);
	list->nsegments = segments.count;
	if (segments.count > max || (limits->segments_max && segments.count > limits->segments_max))
		return -HAUL_ENOSPC;
	return 0;
}

int haul_dma_list_map(struct haul_dma_list *list, struct haul_dma_device *device,
		      const struct haul_iovec *pieces, size_t npieces,
		      enum haul_dma_direction direction, unsigned flags,
		      struct haul_dma_stream *streams, struct haul_dma_segment *segments,
		      size_t max)
{
	const void *const site = __builtin_return_address(0);
	size_t size = 0;
	int err = check_pieces(pieces, npieces, &size);

	*list = (struct haul_dma_list){.device = device, .streams = streams, .segments = segments};
	if (!err)
		err = map_pieces(list, pieces, npieces, direction, flags, site);
	if (err)
		return err;
	err = make_segments(list, npieces, max);
	if (err) {
		unmap_first(streams, npieces, site);
		return err;
	}
	list->nstreams = npieces;
	list->size = size;
	return 0;
}

static void tell(const struct part *part, bool give, int err, const void *site)
{
	haul_dma_tell(part->stream, give ? HAUL_DMA_CALL_FOR_DEVICE : HAUL_DMA_CALL_FOR_CPU,
		      part->off, part->len, err, site);
}

static void tell_all(const struct haul_dma_list *list, size_t off, size_t len, bool give,
		     const void *site)
{
	struct walk at = walk(list, off, len);
	struct part part;

	while (next(&at, &part))
		tell(&part, give, 0, site);
}

/* What cannot be handed over is told of. */
static int check_all(const struct haul_dma_list *list, size_t off, size_t len, bool give,
		     const void *site)
{
	struct walk at = walk(list, off, len);
	struct part part;

	while (next(&at, &part)) {
		const int err = haul_dma_stream_check(part.stream, give, part.off, part.len);

		if (err) {
			tell(&part, give, err, site);
			return err;
		}
	}
	return 0;
}

static void undo(const struct haul_dma_list *list, size_t off, size_t len, bool gave,
		 const struct haul_dma_stream *before)
{
	struct walk at = walk(list, off, len);
	struct part part;

	while (next(&at, &part) && part.stream != before)
		haul_dma_stream_undo(part.stream, gave, part.off, part.len);
}

static int hand_all(const struct haul_dma_list *list, size_t off, size_t len, bool give,
		    const void *site)
{
	struct walk at = walk(list, off, len);
	struct part part;

	while (next(&at, &part)) {
		const int err = haul_dma_stream_hand(part.stream, give, part.off, part.len);

		if (err) {
			undo(list, off, len, give, part.stream);
			if (give)
				tell(&part, give, err, site);
			return err;
		}
	}
	return 0;
}

/* One stream's hand-over has a shorter way.  A checker, which wants to know who called, goes the
 * other. */
static bool is_one(const struct haul_dma_list *list, size_t len)
{
	return list->nstreams == 1 && len && !list->device->checker;
}

int haul_dma_list_for_device(struct haul_dma_list *list, size_t off, size_t len)
{
	const void *const site = __builtin_return_address(0);
	int err = check_range(list, off, len);

	if (!err && is_one(list, len))
		return haul_dma_for_device(list->streams, off, len);
	if (!err)
		err = check_all(list, off, len, true, site);
	if (!err)
		err = hand_all(list, off, len, true, site);
	if (!err)
		tell_all(list, off, len, true, site);
	return err;
}

int haul_dma_list_for_cpu(struct haul_dma_list *list, size_t off, size_t len)
{
	const void *const site = __builtin_return_address(0);
	int err = check_range(list, off, len);

	if (!err && is_one(list, len))
		return haul_dma_for_cpu(list->streams, off, len);
	if (!err)
		err = check_all(list, off, len, false, site);
	if (err)
		return err;
	tell_all(list, off, len, false, site);
	return hand_all(list, off, len, false, site);
}

int haul_dma_list_cancel(struct haul_dma_list *list)
{
	const void *const site = __builtin_return_address(0);

	if (!list->nstreams)
		return -HAUL_EINVAL;
	for (size_t i = 0; i < list->nstreams; i++)
		haul_dma_stream_cancel(&list->streams[i], site);
	return 0;
}

/* What there is of [0, *used) in the next stream. */
static size_t part_of(const struct haul_dma_stream *stream, size_t *used)
{
	const size_t part = *used < stream->size ? *used : stream->size;

	*used -= part;
	return part;
}

/* Streams that went before, when another could not, are passed over. */
static int take_used(const struct haul_dma_list *list, size_t used, const void *site)
{
	for (size_t i = 0; i < list->nstreams; i++) {
		struct haul_dma_stream *const stream = &list->streams[i];
		const size_t part = part_of(stream, &used);
		int err;

		if (stream->state != HAUL_DMA_STATE_LIVE)
			continue;
		haul_dma_tell(stream, HAUL_DMA_CALL_UNMAP, 0, part, 0, site);
		err = haul_dma_stream_take_used(stream, part);
		if (err)
			return err;
	}
	return 0;
}

/* All that can be ended, whatever cannot: the first error. */
static int end_all(const struct haul_dma_list *list, size_t used, const void *site)
{
	int first = 0;

	for (size_t i = 0; i < list->nstreams; i++) {
		struct haul_dma_stream *const stream = &list->streams[i];
		const size_t part = part_of(stream, &used);
		int err = 0;

		if (stream->state == HAUL_DMA_STATE_LIVE)
			err = haul_dma_stream_end(stream, part, site);
		if (!first)
			first = err;
	}
	return first;
}

int haul_dma_list_unmap(struct haul_dma_list *list, size_t used)
{
	const void *const site = __builtin_return_address(0);
	int err = check_range(list, 0, used);

	if (!err)
		err = take_used(list, used, site);
	if (!err)
		err = end_all(list, used, site);
	if (!err)
		*list = (struct haul_dma_list){.device = list->device};
	return err;
}
