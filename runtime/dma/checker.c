/* SPDX-License-Identifier: MIT */
/*
 * The checker: an array of entries, searched from its start.
 *
 * Calls that take something back are told of before it is known whether they succeed, since
 * they change the memory.  So an account of what the device has is of what it will have
 * then.  Where the device has something else at the next call, the account is begun anew
 * and nothing is said: a call that fails may have copied a part.
 */
#include "../lock.h"
#include "../text.h"
#include "check.h"
#include <haul/check.h>

enum mode { MODE_FREE, MODE_LIVE, MODE_FAILED, MODE_ENDED };

/* Of a failed or ended one, and of what has no entry, nothing but its address is known. */
static const struct haul_dma_entry unknown;

/* ----- accounts: of sets of bytes, and of what they hold ----- */

/* Bits that depend on all bits of i (the finalizer of MurmurHash3). */
static uint64_t mix(uint64_t i)
{
	i ^= i >> 33;
	i *= 0xff51afd7ed558ccd;
	i ^= i >> 33;
	i *= 0xc4ceb9fe1a85ec53;
	return i ^ i >> 33;
}

/* Of ranges that adjoin it is the sum. */
static uint64_t place(size_t off, size_t end)
{
	return mix((uint64_t)end + 1) - mix((uint64_t)off + 1);
}

static uint64_t place_of_device(const struct haul_dma_stream *stream)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < stream->pieces; i++)
		sum += place(stream->device_has[i].off, stream->device_has[i].end);
	return sum;
}

/* A word's halves have odd factors, so that a change of either changes the sum. */
static uint64_t weigh(uint64_t word, uint64_t index)
{
	const uint64_t factor = mix(index + 1);

	return (word & UINT32_MAX) * (factor | 1) + (word >> 32) * ((factor >> 32) | 1);
}

/* Adds up the bytes of [off, end), each by its place in the stream, so that sums of ranges
 * that adjoin are the sum of the whole; false if they cannot be read. */
static bool add_up(const struct haul_dma_stream *stream, size_t off, size_t end, uint64_t *sum)
{
	while (off < end) {
		uint64_t words[64] = {0};
		const size_t head = off % sizeof *words, room = sizeof words - head;
		const size_t n = end - off < room ? end - off : room;

		if (haul_memcpy((unsigned char *)words + head,
				(const unsigned char *)stream->virt + off, n) != n)
			return false;
		for (size_t i = 0; i * sizeof *words < head + n; i++)
			*sum += weigh(words[i], off / sizeof *words + i);
		off += n;
	}
	return true;
}

static bool add_up_device(const struct haul_dma_stream *stream, uint64_t *sum)
{
	*sum = 0;
	for (unsigned i = 0; i < stream->pieces; i++)
		if (!add_up(stream, stream->device_has[i].off, stream->device_has[i].end, sum))
			return false;
	return true;
}

/* Does nobody change the memory while the device has it? */
static bool is_still(const struct haul_dma_stream *stream)
{
	return stream->direction == HAUL_DMA_TO_DEVICE || stream->backing == HAUL_DMA_BOUNCE;
}

/* ----- entries ----- */

static bool is_same(const struct haul_dma_entry *entry, const struct haul_dma_stream *stream)
{
	return entry->device == stream->device && entry->virt == stream->virt &&
	       entry->size == stream->size && entry->iova.value == stream->iova.value &&
	       entry->direction == stream->direction;
}

/* How surely is the live stream this entry's?  0: not at all. */
static unsigned match(const struct haul_dma_entry *entry, const struct haul_dma_stream *stream)
{
	if (!is_same(entry, stream))
		return 0;
	if (entry->mode == MODE_LIVE) /* else the stream was moved */
		return entry->stream == stream ? 3 : 2;
	/* it could not end in the end */
	return entry->mode == MODE_ENDED && entry->stream == stream ? 1 : 0;
}

static struct haul_dma_entry *find_live(struct haul_dma_checker *checker,
					const struct haul_dma_stream *stream)
{
	struct haul_dma_entry *best = NULL;
	unsigned most = 0;

	for (size_t i = 0; i < checker->capacity; i++) {
		const unsigned sure = match(&checker->entries[i], stream);

		if (sure > most) {
			most = sure;
			best = &checker->entries[i];
		}
	}
	if (best) {
		best->mode = MODE_LIVE;
		best->stream = stream;
	}
	return best;
}

static struct haul_dma_entry *find_past(struct haul_dma_checker *checker,
					const struct haul_dma_stream *stream, enum mode mode)
{
	struct haul_dma_entry *last = NULL;

	for (size_t i = 0; i < checker->capacity; i++) {
		struct haul_dma_entry *const entry = &checker->entries[i];

		if (entry->stream == stream && entry->mode == (unsigned)mode &&
		    (!last || last->age < entry->age))
			last = entry;
	}
	return last;
}

static struct haul_dma_entry *find(struct haul_dma_checker *checker,
				   const struct haul_dma_stream *stream)
{
	switch (stream->state) {
	case HAUL_DMA_STATE_LIVE:
		return find_live(checker, stream);
	case HAUL_DMA_STATE_FAILED:
		return find_past(checker, stream, MODE_FAILED);
	case HAUL_DMA_STATE_ENDED:
		return find_past(checker, stream, MODE_ENDED);
	default:
		return NULL;
	}
}

/* One that is free, or the one that ended first. */
static struct haul_dma_entry *find_room(struct haul_dma_checker *checker)
{
	struct haul_dma_entry *oldest = NULL;

	for (size_t i = 0; i < checker->capacity; i++) {
		struct haul_dma_entry *const entry = &checker->entries[i];

		if (entry->mode == MODE_FREE)
			return entry;
		if (entry->mode != MODE_LIVE && (!oldest || entry->age < oldest->age))
			oldest = entry;
	}
	return oldest;
}

static void end(struct haul_dma_checker *checker, struct haul_dma_entry *entry, enum mode mode,
		const void *site)
{
	entry->mode = mode;
	entry->ended_at = site;
	entry->age = ++checker->ended;
}

/* ----- reports ----- */

static const char *call_name(enum haul_dma_call call)
{
	static const char *const names[] = {
		[HAUL_DMA_CALL_ALLOC] = "haul_dma_alloc",
		[HAUL_DMA_CALL_MAP] = "haul_dma_map",
		[HAUL_DMA_CALL_SPLIT] = "haul_dma_split",
		[HAUL_DMA_CALL_FOR_DEVICE] = "haul_dma_for_device",
		[HAUL_DMA_CALL_FOR_CPU] = "haul_dma_for_cpu",
		[HAUL_DMA_CALL_CANCEL] = "haul_dma_cancel",
		[HAUL_DMA_CALL_READER] = "haul_dma_reader",
		[HAUL_DMA_CALL_WRITER] = "haul_dma_writer",
		[HAUL_DMA_CALL_UNMAP] = "haul_dma_unmap",
		[HAUL_DMA_CALL_FREE] = "haul_dma_unmap",
		[HAUL_DMA_CALL_END] = "haul_dma_device_end",
	};

	return names[call];
}

static struct haul_dma_report report_of(enum haul_dma_mistake mistake,
					const struct haul_dma_device *device,
					const struct haul_dma_entry *entry,
					const struct haul_dma_event *event)
{
	return (struct haul_dma_report){
		.mistake = mistake,
		.call = call_name(event->call),
		.off = event->off,
		.len = event->len,
		.err = event->err,
		.site = event->site,
		.device = device,
		.virt = entry->virt,
		.size = entry->size,
		.direction = entry->direction,
		.backing = entry->backing,
		.mapped_at = entry->mapped_at,
		.ended_at = entry->ended_at,
	};
}

/* Without the lock the reporter may ask the checker.  Entries stay where they are. */
static void say(struct haul_dma_checker *checker, struct haul_dma_report *report)
{
	report->count = ++checker->counts[report->mistake];
	if (!checker->first.call)
		checker->first = *report;
	if (!checker->reporter)
		return;
	haul_unlock(&checker->lock);
	checker->reporter(checker->context, report);
	haul_lock(&checker->lock);
}

/* Of a stream that is live, and perhaps has no entry. */
static void say_of(struct haul_dma_checker *checker, enum haul_dma_mistake mistake,
		   const struct haul_dma_stream *stream, const struct haul_dma_entry *entry,
		   const struct haul_dma_event *event)
{
	struct haul_dma_report report =
		report_of(mistake, stream->device, entry ? entry : &unknown, event);

	report.virt = stream->virt;
	report.size = stream->size;
	report.direction = stream->direction;
	report.backing = stream->backing;
	say(checker, &report);
}

/* ----- what is mapped ----- */

/* Bytes will do: no cache block of which a device writes a part is mapped without a copy. */
static bool overlap(const struct haul_dma_entry *a, const struct haul_dma_entry *b)
{
	const uintptr_t first_a = (uintptr_t)a->virt, first_b = (uintptr_t)b->virt;

	return (first_a - first_b < b->size || first_b - first_a < a->size) &&
	       (a->direction | b->direction) & HAUL_DMA_FROM_DEVICE;
}

static void check_overlap(struct haul_dma_checker *checker, const struct haul_dma_entry *entry,
			  const struct haul_dma_event *event)
{
	for (size_t i = 0; i < checker->capacity; i++) {
		const struct haul_dma_entry *const other = &checker->entries[i];

		if (other->mode == MODE_LIVE && other != entry && overlap(entry, other)) {
			struct haul_dma_report report =
				report_of(HAUL_DMA_MISTAKE_OVERLAP, entry->device, entry, event);

			report.other_at = other->mapped_at;
			say(checker, &report);
			return;
		}
	}
}

static struct haul_dma_entry make_entry(const struct haul_dma_stream *stream, const void *site)
{
	return (struct haul_dma_entry){
		.device = stream->device,
		.virt = stream->virt,
		.size = stream->size,
		.direction = stream->direction,
		.backing = stream->backing,
		.mapped_at = site,
		.mode = MODE_LIVE,
		.readable = true,
		.iova = stream->iova,
		.stream = stream,
	};
}

static void told_map(struct haul_dma_checker *checker, const struct haul_dma_stream *stream,
		     const struct haul_dma_event *event)
{
	struct haul_dma_entry *const entry = find_room(checker);

	if (entry) {
		*entry = make_entry(stream, event->site);
		if (event->err)
			end(checker, entry, MODE_FAILED, NULL);
		else
			check_overlap(checker, entry, event);
	} else if (!event->err) {
		say_of(checker, HAUL_DMA_MISTAKE_STORAGE, stream, NULL, event);
	}
}

/* ----- what changes hands ----- */

/* [off, off + len) is the device's since this call. */
static void account_given(struct haul_dma_entry *entry, const struct haul_dma_stream *stream,
			  size_t off, size_t len)
{
	const uint64_t where = place_of_device(stream);

	if (entry->place == where - place(off, off + len))
		entry->readable = add_up(stream, off, off + len, &entry->sum);
	else
		entry->readable = add_up_device(stream, &entry->sum);
	entry->place = where;
}

/* [off, off + len) is about to be taken back; true if what the device has is as it was when
 * it was handed over, for all that is known. */
static bool account_taken(struct haul_dma_entry *entry, const struct haul_dma_stream *stream,
			  size_t off, size_t len)
{
	const uint64_t where = place_of_device(stream);
	const bool known = entry->place == where;
	uint64_t sum, taken = 0;
	bool unchanged;

	entry->readable = add_up_device(stream, &sum) && add_up(stream, off, off + len, &taken);
	unchanged = !known || !entry->readable || entry->sum == sum;
	entry->place = where - place(off, off + len);
	entry->sum = sum - taken;
	return unchanged;
}

/* All that the device has is about to be taken back. */
static bool account_closed(struct haul_dma_entry *entry, const struct haul_dma_stream *stream)
{
	const bool known = entry->place == place_of_device(stream);
	const uint64_t before = entry->sum;
	uint64_t sum;

	entry->readable = add_up_device(stream, &sum);
	entry->place = entry->sum = 0;
	return !known || !entry->readable || before == sum;
}

static void check_taken(struct haul_dma_checker *checker, const struct haul_dma_stream *stream,
			struct haul_dma_entry *entry, const struct haul_dma_event *event)
{
	if (entry && is_still(stream) && entry->readable &&
	    !account_taken(entry, stream, event->off, event->len))
		say_of(checker, HAUL_DMA_MISTAKE_STORE, stream, entry, event);
}

static void check_all_taken(struct haul_dma_checker *checker, const struct haul_dma_stream *stream,
			    struct haul_dma_entry *entry, const struct haul_dma_event *event)
{
	if (entry && is_still(stream) && entry->readable && !account_closed(entry, stream))
		say_of(checker, HAUL_DMA_MISTAKE_STORE, stream, entry, event);
}

/* ----- calls that succeed, or will if all goes well ----- */

static void begin_half(struct haul_dma_checker *checker, const struct haul_dma_stream *stream,
		       const struct haul_dma_event *event, struct haul_dma_entry half)
{
	struct haul_dma_entry *const entry = find_room(checker);

	if (entry) {
		*entry = half;
	} else {
		say_of(checker, HAUL_DMA_MISTAKE_STORAGE, stream, NULL, event);
	}
}

/* Two halves, whose streams will be seen.  What the device has of them has no account. */
static void told_split(struct haul_dma_checker *checker, const struct haul_dma_stream *stream,
		       struct haul_dma_entry *entry, const struct haul_dma_event *event)
{
	struct haul_dma_entry second;

	if (!entry)
		return;
	check_all_taken(checker, stream, entry, event);
	entry->stream = NULL;
	second = *entry;
	entry->size = event->off;
	second.virt = (const unsigned char *)entry->virt + event->off;
	second.size = stream->size - event->off;
	second.iova.value += event->off;
	begin_half(checker, stream, event, second);
}

static void told_success(struct haul_dma_checker *checker, const struct haul_dma_stream *stream,
			 struct haul_dma_entry *entry, const struct haul_dma_event *event)
{
	switch (event->call) {
	case HAUL_DMA_CALL_FOR_DEVICE:
		if (entry && is_still(stream) && entry->readable)
			account_given(entry, stream, event->off, event->len);
		break;
	case HAUL_DMA_CALL_FOR_CPU:
		check_taken(checker, stream, entry, event);
		break;
	case HAUL_DMA_CALL_CANCEL:
		check_all_taken(checker, stream, entry, event);
		break;
	case HAUL_DMA_CALL_UNMAP:
		check_all_taken(checker, stream, entry, event);
		if (entry)
			end(checker, entry, MODE_ENDED, event->site);
		break;
	case HAUL_DMA_CALL_SPLIT:
		told_split(checker, stream, entry, event);
		break;
	default:
		break;
	}
}

/* ----- calls that are refused ----- */

static bool is_inside(const struct haul_dma_stream *stream, size_t off, size_t len)
{
	return off <= stream->size && len <= stream->size - off;
}

static bool is_granular(const struct haul_dma_stream *stream, size_t off)
{
	return off % stream->granule == 0 || off == stream->size;
}

/* How much of [off, off + len) the device has. */
static size_t device_part(const struct haul_dma_stream *stream, size_t off, size_t len)
{
	size_t part = 0;

	for (unsigned i = 0; i < stream->pieces; i++) {
		const struct haul_dma_range *const has = &stream->device_has[i];
		const size_t from = has->off > off ? has->off : off;
		const size_t to = has->end < off + len ? has->end : off + len;

		if (from < to)
			part += to - from;
	}
	return part;
}

enum { NONE = HAUL_DMA_MISTAKES }; /* refused, but no mistake */

static int mistake_of_sync(const struct haul_dma_stream *stream, const struct haul_dma_event *event)
{
	const size_t off = event->off, len = event->len;

	if (!is_inside(stream, off, len))
		return HAUL_DMA_MISTAKE_OUTSIDE;
	if (!is_granular(stream, off) || !is_granular(stream, off + len))
		return HAUL_DMA_MISTAKE_PARTIAL;
	if (event->call == HAUL_DMA_CALL_FOR_DEVICE)
		return device_part(stream, off, len) ? HAUL_DMA_MISTAKE_GIVEN : (int)NONE;
	return device_part(stream, off, len) < len ? HAUL_DMA_MISTAKE_TAKEN : (int)NONE;
}

static int mistake_of_cursor(const struct haul_dma_stream *stream,
			     const struct haul_dma_event *event)
{
	const enum haul_dma_direction none =
		event->call == HAUL_DMA_CALL_READER ? HAUL_DMA_TO_DEVICE : HAUL_DMA_FROM_DEVICE;

	if (stream->direction == none)
		return HAUL_DMA_MISTAKE_DIRECTION;
	if (!is_inside(stream, event->off, event->len))
		return HAUL_DMA_MISTAKE_OUTSIDE;
	return device_part(stream, event->off, event->len) ? HAUL_DMA_MISTAKE_ACCESS : (int)NONE;
}

static int mistake_of_split(const struct haul_dma_stream *stream,
			    const struct haul_dma_event *event)
{
	if (event->off >= stream->size)
		return HAUL_DMA_MISTAKE_OUTSIDE;
	return event->err == -HAUL_EINVAL ? HAUL_DMA_MISTAKE_PARTIAL : (int)NONE;
}

static int mistake_of(const struct haul_dma_stream *stream, const struct haul_dma_event *event)
{
	switch (event->call) {
	case HAUL_DMA_CALL_FOR_DEVICE:
	case HAUL_DMA_CALL_FOR_CPU:
		return mistake_of_sync(stream, event);
	case HAUL_DMA_CALL_READER:
	case HAUL_DMA_CALL_WRITER:
		return mistake_of_cursor(stream, event);
	case HAUL_DMA_CALL_SPLIT:
		return mistake_of_split(stream, event);
	case HAUL_DMA_CALL_UNMAP:
		return event->len > stream->size ? HAUL_DMA_MISTAKE_SIZE : (int)NONE;
	default:
		return NONE;
	}
}

/* Of a stream that is not there. */
static void told_past(struct haul_dma_checker *checker, const struct haul_dma_stream *stream,
		      const struct haul_dma_entry *entry, const struct haul_dma_event *event)
{
	enum haul_dma_mistake mistake = HAUL_DMA_MISTAKE_AFTER;
	struct haul_dma_report report;

	if (stream->state == HAUL_DMA_STATE_FAILED)
		mistake = HAUL_DMA_MISTAKE_UNCHECKED;
	else if (event->call == HAUL_DMA_CALL_UNMAP)
		mistake = HAUL_DMA_MISTAKE_UNMAPPED;
	report = report_of(mistake, stream->device, entry ? entry : &unknown, event);
	say(checker, &report);
}

/* What is not a stream's, or was there before the checker, has no entry. */
static void told_end(struct haul_dma_checker *checker, const struct haul_dma_device *device,
		     const struct haul_dma_event *event)
{
	struct haul_dma_report report = report_of(HAUL_DMA_MISTAKE_LEAK, device, &unknown, event);
	bool known = false;

	for (size_t i = 0; i < checker->capacity; i++) {
		struct haul_dma_entry *const entry = &checker->entries[i];

		if (entry->mode != MODE_LIVE || entry->device != device)
			continue;
		known = true;
		if (!entry->told) {
			entry->told = true;
			report = report_of(HAUL_DMA_MISTAKE_LEAK, device, entry, event);
			say(checker, &report);
		}
	}
	if (event->err && !known)
		say(checker, &report);
}

/* Of a stream that was mapped before, well or not. */
static void told_use(struct haul_dma_checker *checker, const struct haul_dma_stream *stream,
		     const struct haul_dma_event *event)
{
	struct haul_dma_entry *const entry = find(checker, stream);
	int mistake;

	if (stream->state == HAUL_DMA_STATE_FAILED || stream->state == HAUL_DMA_STATE_ENDED) {
		told_past(checker, stream, entry, event);
	} else if (!event->err) {
		told_success(checker, stream, entry, event);
	} else if (stream->state == HAUL_DMA_STATE_LIVE) {
		mistake = mistake_of(stream, event);
		if (mistake != NONE)
			say_of(checker, (enum haul_dma_mistake)mistake, stream, entry, event);
	}
}

static void poison(const struct haul_dma_stream *stream)
{
	haul_memset(stream->alias ? stream->alias : stream->memory.virt, HAUL_DMA_POISON,
		    stream->memory.size);
}

void haul_dma_checker_event(struct haul_dma_device *device, const struct haul_dma_stream *stream,
			    const struct haul_dma_event *event)
{
	struct haul_dma_checker *const checker = device->checker;

	haul_lock(&checker->lock);
	switch (event->call) {
	case HAUL_DMA_CALL_ALLOC:
	case HAUL_DMA_CALL_MAP:
		told_map(checker, stream, event);
		break;
	case HAUL_DMA_CALL_FREE:
		poison(stream);
		break;
	case HAUL_DMA_CALL_END:
		told_end(checker, device, event);
		break;
	default:
		told_use(checker, stream, event);
		break;
	}
	haul_unlock(&checker->lock);
}

/* ----- the caller's ----- */

int haul_dma_checker_init(struct haul_dma_checker *checker, struct haul_dma_entry *entries,
			  size_t capacity, haul_dma_reporter *reporter, void *context)
{
	if (!entries || !capacity)
		return -HAUL_EINVAL;
	*checker = (struct haul_dma_checker){
		.entries = entries,
		.capacity = capacity,
		.reporter = reporter,
		.context = context,
	};
	for (size_t i = 0; i < capacity; i++)
		entries[i] = unknown;
	return 0;
}

int haul_dma_checker_attach(struct haul_dma_checker *checker, struct haul_dma_device *device)
{
	if (device->checker)
		return -HAUL_EBUSY;
	device->checker = checker;
	return 0;
}

int haul_dma_checker_detach(struct haul_dma_checker *checker, struct haul_dma_device *device)
{
	if (device->checker != checker)
		return -HAUL_EINVAL;
	device->checker = NULL;
	haul_lock(&checker->lock);
	for (size_t i = 0; i < checker->capacity; i++)
		if (checker->entries[i].device == device)
			checker->entries[i] = unknown;
	haul_unlock(&checker->lock);
	return 0;
}

void haul_dma_checker_counts(struct haul_dma_checker *checker, uint64_t counts[HAUL_DMA_MISTAKES])
{
	haul_lock(&checker->lock);
	for (size_t i = 0; i < HAUL_DMA_MISTAKES; i++)
		counts[i] = checker->counts[i];
	haul_unlock(&checker->lock);
}

int haul_dma_checker_first(struct haul_dma_checker *checker, struct haul_dma_report *report)
{
	int err = -HAUL_ENOENT;

	haul_lock(&checker->lock);
	if (checker->first.call) {
		*report = checker->first;
		err = 0;
	}
	haul_unlock(&checker->lock);
	return err;
}

int haul_dma_checker_get(struct haul_dma_checker *checker, size_t index,
			 struct haul_dma_entry *entry)
{
	int err = -HAUL_ERANGE;

	haul_lock(&checker->lock);
	for (size_t i = 0; i < checker->capacity && err; i++) {
		if (checker->entries[i].mode == MODE_LIVE && index-- == 0) {
			*entry = checker->entries[i];
			err = 0;
		}
	}
	haul_unlock(&checker->lock);
	return err;
}

/* ----- words ----- */

const char *haul_dma_mistake_text(enum haul_dma_mistake mistake)
{
	static const char *const texts[] = {
		[HAUL_DMA_MISTAKE_LEAK] = "still mapped",
		[HAUL_DMA_MISTAKE_UNMAPPED] = "unmapped twice",
		[HAUL_DMA_MISTAKE_AFTER] = "used after it was unmapped",
		[HAUL_DMA_MISTAKE_UNCHECKED] = "used though it could not be mapped",
		[HAUL_DMA_MISTAKE_OVERLAP] = "overlaps another mapping",
		[HAUL_DMA_MISTAKE_OUTSIDE] = "beyond its end",
		[HAUL_DMA_MISTAKE_PARTIAL] = "a part of a granule",
		[HAUL_DMA_MISTAKE_SIZE] = "more used than mapped",
		[HAUL_DMA_MISTAKE_DIRECTION] = "against its direction",
		[HAUL_DMA_MISTAKE_ACCESS] = "accessed while the device had it",
		[HAUL_DMA_MISTAKE_STORE] = "changed while the device had it",
		[HAUL_DMA_MISTAKE_GIVEN] = "handed over twice",
		[HAUL_DMA_MISTAKE_TAKEN] = "taken back, but not handed over",
		[HAUL_DMA_MISTAKE_STORAGE] = "no entry is left",
	};

	return (size_t)mistake < HAUL_DMA_MISTAKES ? texts[mistake] : "unknown mistake";
}

static const char *direction_text(enum haul_dma_direction direction)
{
	switch (direction) {
	case HAUL_DMA_TO_DEVICE:
		return " to the device, ";
	case HAUL_DMA_FROM_DEVICE:
		return " from the device, ";
	case HAUL_DMA_BOTH:
		return " both ways, ";
	}
	return " of no direction, ";
}

static void put_site(struct text *line, const char *words, const void *site)
{
	if (site) {
		put_string(line, words);
		put_address(line, (uintptr_t)site);
	}
}

static void put_mapping(struct text *line, const struct haul_dma_report *report)
{
	put_string(line, ": ");
	put_address(line, (uintptr_t)report->virt);
	put_char(line, '+');
	put_address(line, report->size);
	put_string(line, direction_text(report->direction));
	put_string(line, haul_dma_backing_text(report->backing));
	put_site(line, ", mapped at ", report->mapped_at);
	put_site(line, ", unmapped at ", report->ended_at);
	put_site(line, ", the other mapped at ", report->other_at);
}

size_t haul_dma_report_text(const struct haul_dma_report *report, char *text, size_t size)
{
	struct text line = {text, size, 0};

	put_string(&line, report->call);
	put_char(&line, '(');
	put_number(&line, report->off);
	put_string(&line, ", ");
	put_number(&line, report->len);
	put_char(&line, ')');
	put_site(&line, " at ", report->site);
	put_string(&line, ": ");
	put_string(&line, haul_dma_mistake_text(report->mistake));
	if (report->err) {
		put_string(&line, " (");
		put_string(&line, haul_strerror(report->err));
		put_char(&line, ')');
	}
	if (report->size)
		put_mapping(&line, report);
	return text_end(&line);
}
