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
#include <haul/barrier.h>
#include <haul/mem.h>
#include <haul/virtqueue.h>

/* Device and driver each write lines of their own: two, since CPUs fetch them in pairs. */
enum { LINES = 128 };

/* 2.7.5 */
struct descriptor {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
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
static uint16_t distance(uint16_t a, uint16_t b)
{
	return (uint16_t)(a - b);
}

/*
 * Writes a word that the device looks at, after everything before it, and then has it seen before
 * anything that is read after it: the release and the full barrier of 2.7.13 and
 * 2.7.14.  Among CPUs a sequentially consistent store is both, if what is read after it is
 * read by load_after; on x86_64 it is one XCHG, which is cheaper than a store and a fence.
 *
 * (HAUL_BROKEN_FENCE is a test of tests/virtqueue_litmus.c, which has to fail with it.)
 */
static void store_before(const struct haul_virtqueue *queue, uint16_t *word, uint16_t value)
{
#ifdef HAUL_BROKEN_FENCE
	(void)queue;
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
#else
	if (has(queue, HAUL_VIRTQUEUE_ORDER_PLATFORM)) {
		haul_barrier_publish();
		__atomic_store_n(word, value, __ATOMIC_RELEASE);
		haul_barrier_full();
	} else {
		__atomic_store_n(word, value, __ATOMIC_SEQ_CST);
	}
#endif
}

static uint16_t load_after(const uint16_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

/* The device's index, before what it stands for. */
static uint16_t load_index(const struct haul_virtqueue *queue)
{
	const uint16_t index = __atomic_load_n(&used_of(queue)->idx, __ATOMIC_ACQUIRE);

	if (has(queue, HAUL_VIRTQUEUE_ORDER_PLATFORM))
		haul_barrier_consume();
	return index;
}

static uint32_t token_of(const struct haul_virtqueue *queue, uint16_t head)
{
	return (uint32_t)queue->config.slots[head].generation << 16 | head;
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

static int check_tables(const struct haul_virtqueue_config *config)
{
	const uint64_t bytes =
		(uint64_t)config->size * config->table_size * sizeof(struct descriptor);

	if (!(config->flags & HAUL_VIRTQUEUE_INDIRECT))
		return 0;
	if (config->table_size < 2 || !is_aligned(config->tables, sizeof(struct descriptor)) ||
	    config->tables_iova.value % sizeof(struct descriptor) ||
	    config->tables_iova.value > UINT64_MAX - (bytes - 1))
		return -HAUL_EINVAL;
	return 0;
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
	return check_tables(config);
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
		.nfree = (uint16_t)config->size,
		.armed = true,
		.interrupts = true,
	};
	for (unsigned i = 0; i < config->size; i++)
		config->slots[i] = (struct haul_virtqueue_slot){
			.next = (uint16_t)(i + 1),
			.generation = (uint16_t)(config->slots[i].generation + 1),
		};
	return 0;
}

/*
 * A chain as it is written: one descriptor for each segment.  Where they are: in a table
 * one after another, else along the list of free ones; nobody looks there before the
 * head is in the ring.
 */
struct chain {
	struct descriptor *descriptors;
	const struct haul_virtqueue_slot *slots; /* NULL: in a table */
	uint16_t at, last;
	uint64_t bytes;
};

static inline bool write_segments(struct chain *chain, const struct haul_dma_segment *segments,
				  size_t n, uint16_t flags)
{
	for (; n; n--, segments++) {
		const uint64_t addr = segments->iova.value, len = segments->len;
		const uint16_t at = chain->at;

		if (len - 1 >= UINT32_MAX || addr + (len - 1) < addr)
			return false;
		chain->last = at;
		chain->at = chain->slots ? chain->slots[at].next : (uint16_t)(at + 1);
		chain->bytes += len;
		chain->descriptors[at] = (struct descriptor){
			.addr = addr, .len = (uint32_t)len, .flags = flags, .next = chain->at};
	}
	return true;
}

/* Of a queue's size at most, in a table too: 2.7.5.3.1. */
static bool fits_table(const struct haul_virtqueue *queue, size_t n)
{
	return has(queue, HAUL_VIRTQUEUE_INDIRECT) && n > 1 && n <= queue->config.table_size;
}

static size_t table_offset(const struct haul_virtqueue *queue, uint16_t head)
{
	return (size_t)head * queue->config.table_size * sizeof(struct descriptor);
}

static struct chain begin_chain(const struct haul_virtqueue *queue, bool indirect)
{
	unsigned char *tables = queue->config.tables;

	if (indirect)
		return (struct chain){
			.descriptors = (void *)(tables + table_offset(queue, queue->free)),
		};
	return (struct chain){
		.descriptors = queue->config.descriptors,
		.slots = queue->config.slots,
		.at = queue->free,
	};
}

static void refer_to_table(const struct haul_virtqueue *queue, uint16_t head, size_t n)
{
	struct descriptor *descriptors = queue->config.descriptors;

	descriptors[head].addr = queue->config.tables_iova.value + table_offset(queue, head);
	descriptors[head].len = (uint32_t)(n * sizeof(struct descriptor));
	descriptors[head].flags = DESCRIPTOR_INDIRECT;
}

/* Who is what, and in the ring it is. */
static void take_in(struct haul_virtqueue *queue, uint16_t count, uint16_t last, uint64_t room,
		    void *cookie)
{
	const uint16_t head = queue->free;
	struct haul_virtqueue_slot *slots = queue->config.slots;

	slots[head].cookie = cookie;
	slots[head].room = room < UINT32_MAX ? (uint32_t)room : UINT32_MAX;
	slots[head].count = count;
	slots[head].last = last;
	slots[head].added = queue->available;
	queue->free = slots[last].next;
	queue->nfree = (uint16_t)(queue->nfree - count);
	available_of(queue)->ring[queue->available & (queue->config.size - 1)] = head;
	queue->available++;
}

int haul_virtqueue_add(struct haul_virtqueue *queue, const struct haul_dma_segment *out,
		       size_t nout, const struct haul_dma_segment *in, size_t nin, void *cookie,
		       uint32_t *token)
{
	const unsigned size = queue->config.size;
	const size_t n = nout + nin;
	const bool indirect = fits_table(queue, n);
	const uint16_t head = queue->free;
	struct chain chain;
	uint64_t readable;

	if (queue->broken)
		return -HAUL_EIO;
	if (n - 1 >= size || n < nout)
		return -HAUL_EINVAL;
	if ((indirect ? 1 : n) > queue->nfree)
		return -HAUL_ENOSPC;
	chain = begin_chain(queue, indirect);
	/* Readable ones first: 2.7.4.2. */
	if (!write_segments(&chain, out, nout, DESCRIPTOR_NEXT))
		return -HAUL_EINVAL;
	readable = chain.bytes;
	if (!write_segments(&chain, in, nin, DESCRIPTOR_NEXT | DESCRIPTOR_WRITE))
		return -HAUL_EINVAL;
	if (chain.bytes > (uint64_t)1 << 32) /* 2.7.5.2 */
		return -HAUL_EINVAL;
	chain.descriptors[chain.last].flags = nin ? DESCRIPTOR_WRITE : 0;
	if (indirect)
		refer_to_table(queue, head, n);
	if (token)
		*token = token_of(queue, head);
	take_in(queue, indirect ? 1 : (uint16_t)n, indirect ? head : chain.last,
		chain.bytes - readable, cookie);
	return 0;
}

size_t haul_virtqueue_room(const struct haul_virtqueue *queue, size_t n)
{
	if (queue->broken || !n || n > queue->config.size)
		return 0;
	return fits_table(queue, n) ? queue->nfree : queue->nfree / n;
}

/* 2.7.10: did the index pass the event? */
static bool wants_kick(const struct haul_virtqueue *queue, uint16_t before)
{
	if (has(queue, HAUL_VIRTQUEUE_EVENT_IDX)) {
		const uint16_t event = load_after(avail_event_of(queue));

		return distance(queue->published, (uint16_t)(event + 1)) <
		       distance(queue->published, before);
	}
	return !(load_after(&used_of(queue)->flags) & USED_NO_NOTIFY);
}

/* Between two calls there are no more adds than descriptors, of 65536 never one too many for
 * wants_kick. */
bool haul_virtqueue_publish(struct haul_virtqueue *queue)
{
	const uint16_t before = queue->published;

	if (queue->broken || before == queue->available)
		return false;
	queue->published = queue->available;
	store_before(queue, &available_of(queue)->idx, queue->published);
	return wants_kick(queue, before);
}

/* 2.7.7: event is the index that an interrupt is wanted at. */
static void arm(struct haul_virtqueue *queue, uint16_t event)
{
	queue->event = event;
	queue->armed = true;
	store_before(queue, used_event_of(queue), event);
}

/* The device's index anew.  If there is nothing, interrupts are to be armed for what comes
 * next, and then it may have come meanwhile (2.7.14). */
static uint16_t look(struct haul_virtqueue *queue)
{
	uint16_t index = load_index(queue);

	if (index == queue->used && queue->interrupts && !queue->armed &&
	    has(queue, HAUL_VIRTQUEUE_EVENT_IDX)) {
		arm(queue, queue->used);
		index = load_after(&used_of(queue)->idx);
		if (has(queue, HAUL_VIRTQUEUE_ORDER_PLATFORM))
			haul_barrier_consume();
	}
	return index;
}

/* 1: there is something; 0; -HAUL_EPROTO.  Once in a batch: the rest of pop calls nothing, and so
 * saves no registers. */
__attribute__((noinline)) static int refresh(struct haul_virtqueue *queue)
{
	const uint16_t index = look(queue);

	if (queue->config.policy != HAUL_VIRTIO_TRUSTED &&
	    distance(index, queue->used) > distance(queue->published, queue->used))
		return violated(queue, HAUL_VIRTIO_USED_INDEX);
	queue->seen = index;
	return index != queue->used;
}

/* What was added but not published, the device cannot have. */
static bool is_published(const struct haul_virtqueue *queue, const struct haul_virtqueue_slot *slot)
{
	return distance(slot->added, queue->published) >=
	       distance(queue->available, queue->published);
}

static bool is_in_flight(const struct haul_virtqueue *queue, const struct haul_virtqueue_slot *slot)
{
	return slot->count &&
	       (queue->config.policy == HAUL_VIRTIO_TRUSTED || is_published(queue, slot));
}

static inline void take_out(struct haul_virtqueue *queue, uint16_t head,
			    struct haul_virtqueue_used *used)
{
	struct haul_virtqueue_slot *slots = queue->config.slots, *slot = &slots[head];

	used->cookie = slot->cookie;
	used->token = token_of(queue, head);
	queue->nfree = (uint16_t)(queue->nfree + slot->count);
	slot->count = 0;
	slot->generation++;
	slots[slot->last].next = queue->free;
	queue->free = head;
	queue->used++;
}

int haul_virtqueue_pop(struct haul_virtqueue *queue, struct haul_virtqueue_used *used)
{
	const unsigned size = queue->config.size;
	const struct used_element *element;
	uint32_t id, len, room;

	if (queue->broken)
		return -HAUL_EIO;
	if (queue->used == queue->seen) {
		const int more = refresh(queue);

		if (more <= 0)
			return more;
	}
	element = &used_of(queue)->ring[queue->used & (size - 1)];
	id = __atomic_load_n(&element->id, __ATOMIC_RELAXED);
	len = __atomic_load_n(&element->len, __ATOMIC_RELAXED);
	if (id >= size)
		return violated(queue, HAUL_VIRTIO_USED_RANGE);
	if (!is_in_flight(queue, &queue->config.slots[id]))
		return violated(queue, HAUL_VIRTIO_USED_TWICE);
	room = queue->config.slots[id].room;
	used->overstated = len > room;
	used->len = len > room ? room : len;
	if (used->overstated && queue->config.policy == HAUL_VIRTIO_CONFIDENTIAL &&
	    !has(queue, HAUL_VIRTQUEUE_LEGACY))
		return violated(queue, HAUL_VIRTIO_USED_LENGTH);
	if (queue->used == queue->event)
		queue->armed = false;
	take_out(queue, (uint16_t)id, used);
	return 1;
}

bool haul_virtqueue_pending(const struct haul_virtqueue *queue)
{
	return queue->broken || queue->used != queue->seen || load_index(queue) != queue->used;
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
static bool enable_after(struct haul_virtqueue *queue, uint16_t more)
{
	uint16_t index;

	if (queue->broken)
		return false;
	queue->interrupts = true;
	if (has(queue, HAUL_VIRTQUEUE_EVENT_IDX))
		arm(queue, (uint16_t)(queue->used + more));
	else
		store_before(queue, &available_of(queue)->flags, 0);
	index = load_after(&used_of(queue)->idx);
	return distance(index, queue->used) > more;
}

bool haul_virtqueue_enable(struct haul_virtqueue *queue)
{
	return enable_after(queue, 0);
}

bool haul_virtqueue_enable_delayed(struct haul_virtqueue *queue)
{
	const unsigned out = distance(queue->published, queue->used);

	return enable_after(queue,
			    has(queue, HAUL_VIRTQUEUE_EVENT_IDX) ? (uint16_t)(out * 3 / 4) : 0);
}

size_t haul_virtqueue_in_flight(const struct haul_virtqueue *queue)
{
	return distance(queue->available, queue->used);
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
