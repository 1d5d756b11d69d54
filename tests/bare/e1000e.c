/* SPDX-License-Identifier: MIT */
/*
 * Intel's 82574L, by its datasheet (82574 GbE Controller Family): legacy descriptors
 * (chapter 7), registers (chapter 10).
 */
#include "bare/e1000e.h"
#include "bare/pci.h"
#include "test.h"
#include <haul/barrier.h>

enum { ID = 0x10d38086 };
enum {
	RCTL = 0x100,
	TCTL = 0x400,
	RECEIVE = 0x2800, /* a ring's registers */
	SEND = 0x3800
};
enum { RING_LOW = 0, RING_HIGH = 4, RING_LENGTH = 8, RING_HEAD = 0x10, RING_TAIL = 0x18 };
enum {
	RCTL_ON = 1 << 1,
	RCTL_ALL = 3 << 3,      /* frames for every address */
	RCTL_LOOPBACK = 1 << 6, /* what is sent is received */
	RCTL_BARE = 1 << 26,    /* without checksums */
	TCTL_ON = 1 << 1
};
enum { PATIENCE = 10 * 1000 * 1000 }; /* looks at memory */

/* The second word of a descriptor: length, and what the device is told or tells. */
#define SEND_LAST (UINT64_C(1) << 24)
#define DONE (UINT64_C(1) << 32)
#define RECEIVED_LAST (UINT64_C(1) << 33)

struct descriptor {
	uint64_t address, word;
};

enum { RING = E1000E_PIECES + 1, RING_BYTES = RING * sizeof(struct descriptor) };

static volatile struct descriptor *ring(const struct e1000e *card, unsigned which)
{
	return (volatile struct descriptor *)((unsigned char *)card->rings.virt +
					      which * RING_BYTES);
}

static void set(const struct e1000e *card, size_t off, uint32_t value)
{
	cr_assert(haul_region_write_u32(&card->registers, off, value) == 0);
}

static void start_ring(const struct e1000e *card, size_t registers, unsigned which)
{
	const uint64_t address = card->rings.iova.value + which * RING_BYTES;

	set(card, registers + RING_LOW, (uint32_t)address);
	set(card, registers + RING_HIGH, (uint32_t)(address >> 32));
	set(card, registers + RING_LENGTH, RING_BYTES);
	set(card, registers + RING_HEAD, 0);
	set(card, registers + RING_TAIL, 0);
}

static void stop(const struct e1000e *card)
{
	set(card, RCTL, 0);
	set(card, TCTL, 0);
}

enum { SENT, RECEIVED, RINGS };

void e1000e_open(struct e1000e *card, struct haul_dma_device *device)
{
	*card = (struct e1000e){.registers = pci_open(ID)};
	cr_assert(haul_dma_coherent_alloc(&card->rings, device, RINGS * RING_BYTES, 0) == 0);
	stop(card);
	start_ring(card, SEND, SENT);
	start_ring(card, RECEIVE, RECEIVED);
	set(card, RCTL, RCTL_ON | RCTL_ALL | RCTL_LOOPBACK | RCTL_BARE);
	set(card, TCTL, TCTL_ON);
}

void e1000e_close(struct e1000e *card)
{
	stop(card);
	cr_assert(haul_dma_coherent_free(&card->rings) == 0);
}

/* Where the device may put what it receives. */
static volatile struct descriptor *offer(struct e1000e *card, struct haul_iova to)
{
	volatile struct descriptor *offered = &ring(card, RECEIVED)[card->received];

	offered->address = to.value;
	offered->word = 0;
	card->received = (card->received + 1) % RING;
	haul_barrier_doorbell();
	set(card, RECEIVE + RING_TAIL, card->received);
	return offered;
}

/* How many bytes. */
static size_t send(struct e1000e *card, const struct haul_dma_segment *from, size_t pieces)
{
	size_t size = 0;

	for (size_t i = 0; i < pieces; i++) {
		volatile struct descriptor *sent = &ring(card, SENT)[card->sent];

		sent->address = from[i].iova.value;
		sent->word = from[i].len | (i + 1 == pieces ? SEND_LAST : 0);
		card->sent = (card->sent + 1) % RING;
		size += from[i].len;
	}
	cr_assert(pieces <= E1000E_PIECES && size >= E1000E_LEAST && size <= E1000E_MOST);
	haul_barrier_doorbell();
	set(card, SEND + RING_TAIL, card->sent);
	return size;
}

void e1000e_gather(struct e1000e *card, struct haul_iova to, const struct haul_dma_segment *from,
		   size_t pieces)
{
	const volatile struct descriptor *offered = offer(card, to);
	const size_t size = send(card, from, pieces);
	unsigned looks = 0;
	uint64_t word;

	while (word = offered->word, !(word & DONE))
		cr_assert(++looks < PATIENCE, "DMA does not end");
	haul_barrier_consume();
	cr_assert(word & RECEIVED_LAST && (word & 0xffff) == size);
}

void e1000e_copy(struct e1000e *card, struct haul_iova to, struct haul_iova from, size_t size)
{
	const struct haul_dma_segment segment = {from, size};

	e1000e_gather(card, to, &segment, 1);
}
