/* SPDX-License-Identifier: MIT */
/*
 * The split ring (virtio 1.4, 2.7), the driver's side.
 *
 * What the driver writes it has in private memory too: it never reads descriptors, tables
 * or its own area back, which a device may have written.  What the device writes is
 * read once, by an atomic load, and what is checked is what is used.
 *
 * Fields are little-endian, and of a legacy queue as the CPU has them (2.7.3): all CPUs that haul
 * runs on are little-endian.
 */
#include "fence.h"
#include <haul/barrier.h>
#include <haul/mem.h>
#include <haul/virtqueue.h>

/* What add and pop are made of: called, each would save registers and lose what is known of its
 * arguments (doc/benchmarks.md). */
#define INLINE static inline __attribute__((always_inline))

/* Device and driver each write lines of their own: two, since CPUs fetch them in pairs. */
enum { LINES = 128 };

/* 2.7.5; its last two fields, flags (the lower 16 bits) and next, are written as one. */
struct descriptor {
	uint64_t addr;
	uint32_t len, link;
};
enum { DESCRIPTOR_NEXT = 1, DESCRIPTOR_WRITE = 2, DESCRIPTOR_INDIRECT = 4 };

/* The driver's area: 2.7.6 */
struct available {
	uint16_t flags, idx;
	uint16_t ring[]; /* and behind its end used_event */
};
enum { AVAILABLE_NO_INTERRUPT = 1 };

/* The device's: 2.7.8 */
struct used_element {
	uint32_t id, len;
};
struct used {
	uint16_t flags, idx;
	struct used_element ring[]; /* and behind its end avail_event */
};
enum { USED_NO_NOTIFY = 1 };

/* Behind the rings these are always, whatever was negotiated: devices write there. */
static size_t available_bytes(unsigned size)
{
	return sizeof(struct available) + size * sizeof(uint16_t) + sizeof(uint16_t);
}

static size_t used_bytes(unsigned size)
{
	return sizeof(struct used) + size * sizeof(struct used_element) + sizeof(uint16_t);
}

static struct available *available_of(const struct haul_virtqueue *queue)
{
	return queue->config.driver;
}

static struct used *used_of(const struct haul_virtqueue *queue)
{
	return queue->config.device;
}

static uint16_t *used_event_of(const struct haul_virtqueue *queue)
{
	return &available_of(queue)->ring[queue->config.size];
}

static const uint16_t *avail_event_of(const struct haul_virtqueue *queue)
{
	return (const uint16_t *)&used_of(queue)->ring[queue->config.size];
}

static bool has(const struct haul_virtqueue *queue, unsigned flag)
{
	return queue->config.flags & flag;
}

/* a - b where indices wrap. */
static uint16_t distance(uint32_t a, uint32_t b)
{
	return (uint16_t)(a - b);
}

/*
 * Writes a word that the device looks at, after everything before it, and has it seen before
 * anything that is read after it: the release and the full fence of 2.7.13 and 2.7.14.
 *
 * (HAUL_BROKEN_FENCE is a test of tests/virtqueue_litmus.c, which has to fail with it.)
 */
static void store_before(const struct haul_virtqueue *queue, uint16_t *word, uint16_t value)
{
	const bool platform = has(queue, HAUL_VIRTQUEUE_ORDER_PLATFORM);

	if (platform)
		haul_barrier_publish();
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
#ifndef HAUL_BROKEN_FENCE
	if (platform)
		haul_barrier_full();
	else
		haul_arch_fence();
#endif
}

/* What the device writes and nothing depends on. */
static uint16_t load(const uint16_t *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

/* The device's index, before what it stands for. */
static uint16_t load_index(const struct haul_virtqueue *queue)
{
	const uint16_t index = __atomic_load_n(&used_of(queue)->idx, __ATOMIC_ACQUIRE);

	if (has(queue, HAUL_VIRTQUEUE_ORDER_PLATFORM))
		haul_barrier_consume();
	return index;
}

/*
 * Descriptors go by their offset, since that of their slot is a multiple of it and the index a
 * fraction: what leads from one to the next is one load.
 */
INLINE struct descriptor *descriptor_at(void *table, size_t at)
{
	return (struct descriptor *)(void *)((unsigned char *)table + at);
}

INLINE struct haul_virtqueue_slot *slot_at(struct haul_virtqueue_slot *slots, size_t at)
{
	_Static_assert(sizeof *slots % sizeof(struct descriptor) == 0, "whole descriptors");
	return (void *)((unsigned char *)slots + at * (sizeof *slots / sizeof(struct descriptor)));
}

INLINE uint32_t offset_of(uint32_t index)
{
	return index * (uint32_t)sizeof(struct descriptor);
}

/* Its index, where a link has it. */
INLINE uint32_t next_at(size_t at)
{
	return (uint32_t)at * (65536 / (uint32_t)sizeof(struct descriptor));
}

/* Each field at once: a device may look at any time. */
INLINE void write_descriptor(struct descriptor *descriptor, uint64_t addr, uint64_t len,
			     uint32_t link)
{
	__atomic_store_n(&descriptor->addr, addr, __ATOMIC_RELAXED);
	__atomic_store_n(&descriptor->len, (uint32_t)len, __ATOMIC_RELAXED);
	__atomic_store_n(&descriptor->link, link, __ATOMIC_RELAXED);
}

static int violated(struct haul_virtqueue *queue, enum haul_virtio_reason reason)
{
	queue->broken = reason;
	return -HAUL_EPROTO;
}

const char *haul_virtio_reason_text(enum haul_virtio_reason reason)
{
	switch (reason) {
	case HAUL_VIRTIO_FINE:
		return "fine";
	case HAUL_VIRTIO_USED_INDEX:
		return "more used than was in flight";
	case HAUL_VIRTIO_USED_RANGE:
		return "used beyond the ring";
	case HAUL_VIRTIO_USED_TWICE:
		return "used what was not in flight";
	case HAUL_VIRTIO_USED_LENGTH:
		return "more written than there was room for";
	case HAUL_VIRTIO_STATUS:
		return "steps of the initialisation not followed";
	case HAUL_VIRTIO_FEATURES:
		return "features that cannot be";
	case HAUL_VIRTIO_QUEUE:
		return "a queue that cannot be";
	case HAUL_VIRTIO_CONFIG:
		return "a configuration that makes no sense";
	case HAUL_VIRTIO_CAPABILITY:
		return "capabilities that make no sense";
	case HAUL_VIRTIO_VECTOR:
		return "an interrupt's vector not taken";
	case HAUL_VIRTIO_PROTOCOL:
		return "contents that make no sense";
	case HAUL_VIRTIO_TIMEOUT:
		return "not done in time";
	case HAUL_VIRTIO_NEEDS_RESET:
		return "needs a reset";
	case HAUL_VIRTIO_GONE:
		return "gone";
	case HAUL_VIRTIO_WAS_RESET:
		return "was reset";
	}
	return "unknown";
}

static size_t round_up(size_t n, size_t align)
{
	return (n + align - 1) & ~(align - 1);
}

void haul_virtqueue_layout(unsigned size, bool legacy, struct haul_virtqueue_layout *layout)
{
	const size_t align = legacy ? HAUL_VIRTQUEUE_ALIGN : LINES;
	size_t end;

	layout->descriptors = 0;
	layout->driver = size * sizeof(struct descriptor);
	layout->device = round_up(layout->driver + available_bytes(size), align);
	end = layout->device + used_bytes(size);
	layout->size = legacy ? round_up(end, align) : end;
}

static bool is_aligned(const void *p, size_t align)
{
	return p && ((uintptr_t)p & (align - 1)) == 0;
}

static bool has_tables(const struct haul_virtqueue_config *config)
{
	return config->flags & HAUL_VIRTQUEUE_INDIRECT;
}

static size_t table_bytes(const struct haul_virtqueue_config *config)
{
	return (size_t)config->size * config->table_size * sizeof(struct descriptor);
}

static int check_tables(const struct haul_virtqueue_config *config)
{
	if (config->table_size < 2 || !is_aligned(config->tables, sizeof(struct descriptor)) ||
	    config->tables_iova.value % sizeof(struct descriptor) ||
	    config->tables_iova.value > UINT64_MAX - (table_bytes(config) - 1))
		return -HAUL_EINVAL;
	return 0;
}

struct area {
	const void *at;
	size_t size;
};

static bool overlap(const struct area *a, const struct area *b)
{
	const uintptr_t at = (uintptr_t)a->at, other = (uintptr_t)b->at;

	return at < other ? other - at < a->size : at - other < b->size;
}

static bool are_apart(const struct haul_virtqueue_config *config)
{
	const struct area areas[] = {
		{config->descriptors, config->size * sizeof(struct descriptor)},
		{config->driver, available_bytes(config->size)},
		{config->device, used_bytes(config->size)},
		{config->slots, config->size * sizeof(struct haul_virtqueue_slot)},
		{config->tables, table_bytes(config)},
	};
	const size_t n = has_tables(config) ? 5 : 4;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (overlap(&areas[i], &areas[k]))
				return false;
	return true;
}

static int check_config(const struct haul_virtqueue_config *config)
{
	const unsigned known = HAUL_VIRTQUEUE_INDIRECT | HAUL_VIRTQUEUE_EVENT_IDX |
			       HAUL_VIRTQUEUE_ORDER_PLATFORM | HAUL_VIRTQUEUE_LEGACY;

	if (!config->size || config->size & (config->size - 1) ||
	    config->size > HAUL_VIRTQUEUE_SIZE_MAX)
		return -HAUL_EINVAL;
	if (config->flags & ~known || (unsigned)config->policy > HAUL_VIRTIO_CONFIDENTIAL)
		return -HAUL_EINVAL;
	/* 2.7.1 */
	if (!is_aligned(config->descriptors, 16) || !is_aligned(config->driver, 2) ||
	    !is_aligned(config->device, 4) || !config->slots)
		return -HAUL_EINVAL;
	if (has_tables(config) && check_tables(config) != 0)
		return -HAUL_EINVAL;
	return are_apart(config) ? 0 : -HAUL_EINVAL;
}

static bool zero(void *area, size_t size)
{
	return haul_memset(area, 0, size) == size;
}

int haul_virtqueue_init(struct haul_virtqueue *queue, const struct haul_virtqueue_config *config)
{
	const int err = check_config(config);

	if (err)
		return err;
	if (!zero(config->descriptors, config->size * sizeof(struct descriptor)) ||
	    !zero(config->driver, available_bytes(config->size)) ||
	    !zero(config->device, used_bytes(config->size)))
		return -HAUL_EFAULT;
	/* used_event 0 asks for an interrupt at the first. */
	*queue = (struct haul_virtqueue){
		.config = *config,
		.nfree = config->size,
		.armed = true,
		.interrupts = true,
	};
	for (unsigned i = 0; i < config->size; i++)
		config->slots[i] = (struct haul_virtqueue_slot){
			.next = offset_of(i + 1),
			.token = ((config->slots[i].token >> 16) + 1) << 16 | i,
		};
	return 0;
}

/*
 * A chain as it is written: one descriptor for each segment.  Where they are: in a table
 * one after another, else along the list of free ones; nobody looks there before the
 * head is in the ring.
 */
struct chain {
	void *descriptors;
	struct haul_virtqueue_slot *slots;
	size_t at, last; /* where the next one goes, and the last has gone */
	uint32_t link;   /* of the last */
	uint64_t bytes;
};

INLINE size_t next_in(const struct chain *chain, bool indirect)
{
	return indirect ? chain->at + sizeof(struct descriptor)
			: slot_at(chain->slots, chain->at)->next;
}

INLINE bool write_segments(struct chain *chain, bool indirect,
			   const struct haul_dma_segment *segments, size_t n, uint32_t flags)
{
	for (; n; n--, segments++) {
		const uint64_t addr = segments->iova.value, len = segments->len;
		uint64_t last;

		if (len - 1 >= UINT32_MAX || __builtin_add_overflow(addr, len - 1, &last))
			return false;
		chain->last = chain->at;
		chain->at = next_in(chain, indirect);
		chain->link = flags | next_at(chain->at);
		write_descriptor(descriptor_at(chain->descriptors, chain->last), addr, len,
				 chain->link);
		chain->bytes += len;
	}
	return true;
}

/* Readable ones first (2.7.4.2), of 4 GiB at most together (2.7.5.2). */
INLINE bool write_chain(struct chain *chain, bool indirect, const struct haul_dma_segment *out,
			size_t nout, const struct haul_dma_segment *in, size_t nin, uint64_t *room)
{
	uint64_t readable;

	if (!write_segments(chain, indirect, out, nout, DESCRIPTOR_NEXT))
		return false;
	readable = chain->bytes;
	if (!write_segments(chain, indirect, in, nin, DESCRIPTOR_NEXT | DESCRIPTOR_WRITE))
		return false;
	__atomic_store_n(&descriptor_at(chain->descriptors, chain->last)->link,
			 chain->link & ~(uint32_t)DESCRIPTOR_NEXT, __ATOMIC_RELAXED);
	*room = chain->bytes - readable;
	return chain->bytes <= (uint64_t)1 << 32;
}

/* Its head is the first free descriptor, its last one `last`, and `rest` is free still. */
INLINE void take_in(struct haul_virtqueue *queue, size_t count, size_t last, size_t rest)
{
	struct haul_virtqueue_slot *slot = slot_at(queue->config.slots, queue->free);
	const uint32_t at = queue->available++;

	slot->last = (uint32_t)last;
	slot->count = (uint16_t)count;
	slot->added = (uint16_t)at;
	available_of(queue)->ring[at & (queue->config.size - 1)] = (uint16_t)slot->token;
	queue->free = (uint32_t)rest;
	queue->nfree -= (uint32_t)count;
}

INLINE bool add_direct(struct haul_virtqueue *queue, const struct haul_dma_segment *out,
		       size_t nout, const struct haul_dma_segment *in, size_t nin)
{
	struct chain chain = {.descriptors = queue->config.descriptors,
			      .slots = queue->config.slots,
			      .at = queue->free};

	if (!write_chain(&chain, false, out, nout, in, nin,
			 &slot_at(queue->config.slots, queue->free)->room))
		return false;
	take_in(queue, nout + nin, chain.last, chain.at);
	return true;
}

INLINE bool add_indirect(struct haul_virtqueue *queue, const struct haul_dma_segment *out,
			 size_t nout, const struct haul_dma_segment *in, size_t nin)
{
	const size_t head = queue->free, table = head * queue->config.table_size;
	struct haul_virtqueue_slot *slot = slot_at(queue->config.slots, head);
	struct chain chain = {.descriptors = descriptor_at(queue->config.tables, table)};

	if (!write_chain(&chain, true, out, nout, in, nin, &slot->room))
		return false;
	write_descriptor(descriptor_at(queue->config.descriptors, head),
			 queue->config.tables_iova.value + table, offset_of((uint32_t)(nout + nin)),
			 DESCRIPTOR_INDIRECT);
	take_in(queue, 1, head, slot->next);
	return true;
}

/* Of a queue's size at most, in a table too: 2.7.5.3.1. */
INLINE bool fits_table(const struct haul_virtqueue *queue, size_t n)
{
	return has(queue, HAUL_VIRTQUEUE_INDIRECT) && n > 1 && n <= queue->config.table_size &&
	       n <= queue->config.size;
}

/* Why n segments cannot be added. */
__attribute__((noinline)) static int refuse(const struct haul_virtqueue *queue, size_t n)
{
	if (queue->broken)
		return -HAUL_EIO;
	return n - 1 >= queue->config.size ? -HAUL_EINVAL : -HAUL_ENOSPC;
}

int haul_virtqueue_add(struct haul_virtqueue *queue, const struct haul_dma_segment *out,
		       size_t nout, const struct haul_dma_segment *in, size_t nin, void *cookie,
		       uint32_t *token)
{
	struct haul_virtqueue_slot *head;
	bool indirect;
	size_t n;

	if (__builtin_add_overflow(nout, nin, &n))
		n = 0;
	indirect = fits_table(queue, n);
	if (queue->broken || (indirect ? 1 : n) - 1 >= queue->nfree)
		return refuse(queue, n);
	head = slot_at(queue->config.slots, queue->free);
	head->cookie = cookie;
	if (!(indirect ? add_indirect(queue, out, nout, in, nin)
		       : add_direct(queue, out, nout, in, nin)))
		return -HAUL_EINVAL;
	if (token)
		*token = head->token;
	return 0;
}

size_t haul_virtqueue_room(const struct haul_virtqueue *queue, size_t n)
{
	if (queue->broken || !n || n > queue->config.size)
		return 0;
	return fits_table(queue, n) ? queue->nfree : queue->nfree / n;
}

/* 2.7.10: did the index pass the event? */
static bool wants_kick(const struct haul_virtqueue *queue, uint32_t before)
{
	if (has(queue, HAUL_VIRTQUEUE_EVENT_IDX)) {
		const uint16_t event = load(avail_event_of(queue));

		return distance(queue->published, event + 1U) < distance(queue->published, before);
	}
	return !(load(&used_of(queue)->flags) & USED_NO_NOTIFY);
}

/* Between two calls there are no more adds than descriptors, of 65536 never one too many for
 * wants_kick. */
bool haul_virtqueue_publish(struct haul_virtqueue *queue)
{
	const uint32_t before = queue->published;

	if (queue->broken || before == queue->available)
		return false;
	queue->published = queue->available;
	store_before(queue, &available_of(queue)->idx, (uint16_t)queue->published);
	return wants_kick(queue, before);
}

/* 2.7.7: event is the index that an interrupt is wanted at. */
static void arm(struct haul_virtqueue *queue, uint32_t event)
{
	queue->event = event;
	queue->armed = distance(event, queue->used) >= distance(queue->seen, queue->used);
	store_before(queue, used_event_of(queue), (uint16_t)event);
}

/* The device's index anew.  If there is nothing, interrupts are to be armed for what comes
 * next, and then it may have come meanwhile (2.7.14). */
static uint16_t look(struct haul_virtqueue *queue)
{
	uint16_t index = load_index(queue);

	if (index == (uint16_t)queue->used && queue->interrupts && !queue->armed &&
	    has(queue, HAUL_VIRTQUEUE_EVENT_IDX)) {
		arm(queue, queue->used);
		index = load_index(queue);
	}
	return index;
}

/* 1: there is something; 0; -HAUL_EPROTO. */
static int refresh(struct haul_virtqueue *queue)
{
	const uint32_t more = distance(look(queue), queue->used);

	if (queue->config.policy != HAUL_VIRTIO_TRUSTED && more > queue->published - queue->used)
		return violated(queue, HAUL_VIRTIO_USED_INDEX);
	queue->seen = queue->used + more;
	if (distance(queue->event, queue->used) < more)
		queue->armed = false;
	return more != 0;
}

/* What was added but not published, the device cannot have.  In flight are never more than half
 * of all indices. */
INLINE bool is_published(const struct haul_virtqueue *queue, const struct haul_virtqueue_slot *slot)
{
	return distance(slot->added, queue->published) >= HAUL_VIRTQUEUE_SIZE_MAX;
}

INLINE bool is_in_flight(const struct haul_virtqueue *queue, const struct haul_virtqueue_slot *slot)
{
	return slot->count &&
	       (is_published(queue, slot) || queue->config.policy == HAUL_VIRTIO_TRUSTED);
}

INLINE void take_out(struct haul_virtqueue *queue, uint32_t id, struct haul_virtqueue_used *used)
{
	struct haul_virtqueue_slot *slot = &queue->config.slots[id];

	used->cookie = slot->cookie;
	used->token = slot->token;
	slot_at(queue->config.slots, slot->last)->next = queue->free;
	queue->free = offset_of(id);
	queue->nfree += slot->count;
	queue->used++;
	slot->count = 0;
	slot->token += 1 << 16;
}

/* Of what the device says that it wrote, what it can have. */
INLINE bool clamp(const struct haul_virtqueue *queue, uint32_t len, uint64_t room,
		  struct haul_virtqueue_used *used)
{
	used->len = len;
	used->overstated = false;
	if (len <= room)
		return true;
	used->len = (uint32_t)room;
	used->overstated = true;
	return queue->config.policy != HAUL_VIRTIO_CONFIDENTIAL ||
	       has(queue, HAUL_VIRTQUEUE_LEGACY);
}

INLINE int pop_seen(struct haul_virtqueue *queue, struct haul_virtqueue_used *used)
{
	const struct used_element *element =
		&used_of(queue)->ring[queue->used & (queue->config.size - 1)];
	const uint32_t id = __atomic_load_n(&element->id, __ATOMIC_RELAXED);
	const uint32_t len = __atomic_load_n(&element->len, __ATOMIC_RELAXED);

	if (id >= queue->config.size)
		return violated(queue, HAUL_VIRTIO_USED_RANGE);
	if (!is_in_flight(queue, &queue->config.slots[id]))
		return violated(queue, HAUL_VIRTIO_USED_TWICE);
	if (!clamp(queue, len, queue->config.slots[id].room, used))
		return violated(queue, HAUL_VIRTIO_USED_LENGTH);
	take_out(queue, id, used);
	return 1;
}

/* Once in a batch; the rest of haul_virtqueue_pop calls nothing, and so saves no registers. */
__attribute__((noinline)) static int pop_anew(struct haul_virtqueue *queue,
					      struct haul_virtqueue_used *used)
{
	const int more = refresh(queue);

	return more <= 0 ? more : pop_seen(queue, used);
}

int haul_virtqueue_pop(struct haul_virtqueue *queue, struct haul_virtqueue_used *used)
{
	if (queue->broken)
		return -HAUL_EIO;
	return queue->used == queue->seen ? pop_anew(queue, used) : pop_seen(queue, used);
}

bool haul_virtqueue_pending(const struct haul_virtqueue *queue)
{
	return queue->broken || queue->used != queue->seen ||
	       load_index(queue) != (uint16_t)queue->used;
}

/* With EVENT_IDX flags are 0 always; the event is put behind everything that the device may
 * be about to use, and comes up only after most of 65536. */
void haul_virtqueue_disable(struct haul_virtqueue *queue)
{
	if (queue->broken || !queue->interrupts)
		return;
	queue->interrupts = false;
	if (has(queue, HAUL_VIRTQUEUE_EVENT_IDX))
		__atomic_store_n(used_event_of(queue),
				 (uint16_t)(queue->used - queue->config.size - 1),
				 __ATOMIC_RELAXED);
	else
		__atomic_store_n(&available_of(queue)->flags, AVAILABLE_NO_INTERRUPT,
				 __ATOMIC_RELAXED);
}

/* Asks for an interrupt after that many more; has the device used as many already? */
static bool enable_after(struct haul_virtqueue *queue, uint32_t more)
{
	if (queue->broken)
		return false;
	queue->interrupts = true;
	if (has(queue, HAUL_VIRTQUEUE_EVENT_IDX))
		arm(queue, queue->used + more);
	else
		store_before(queue, &available_of(queue)->flags, 0);
	return distance(load(&used_of(queue)->idx), queue->used) > more;
}

bool haul_virtqueue_enable(struct haul_virtqueue *queue)
{
	return enable_after(queue, 0);
}

bool haul_virtqueue_enable_delayed(struct haul_virtqueue *queue)
{
	const uint32_t out = queue->published - queue->used;

	return enable_after(queue, has(queue, HAUL_VIRTQUEUE_EVENT_IDX) ? out * 3 / 4 : 0);
}

size_t haul_virtqueue_in_flight(const struct haul_virtqueue *queue)
{
	return queue->available - queue->used;
}

int haul_virtqueue_detach(struct haul_virtqueue *queue, struct haul_virtqueue_used *used)
{
	for (; queue->detached < queue->config.size; queue->detached++)
		if (queue->config.slots[queue->detached].count) {
			used->len = 0;
			used->overstated = false;
			take_out(queue, queue->detached, used);
			return 0;
		}
	return -HAUL_ENOENT;
}
