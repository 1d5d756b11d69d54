/* SPDX-License-Identifier: MIT */
#include "virtio_board.h"
#include "bare/identity.h"
#include <haul/model.h>
#include <haul/platform.h>
#include <haul/virtio_blk.h>

_Static_assert(MEMORY == IDENTITY_PAGES * BOARD_PAGE, "the test's memory is the identity Hal's");

struct virtio_found found;
struct haul_virtio device;
struct haul_dma_device dma;
unsigned char *memory;
uint16_t vector;
bool polled;
unsigned woken;

static enum way way;
static struct identity identity;
static struct haul_model model;

uint64_t deadline(void)
{
	return haul_platform_clock() + UINT64_C(30000000000);
}

void fill(unsigned char *p, size_t size, unsigned seed)
{
	for (size_t i = 0; i < size; i++)
		p[i] = (unsigned char)(seed + i * 7 + i / 251);
}

bool is_filled(const unsigned char *p, size_t size, unsigned seed)
{
	for (size_t i = 0; i < size; i++)
		if (p[i] != (unsigned char)(seed + i * 7 + i / 251))
			return false;
	return true;
}

/* Memory. */

static void begin_identity(bool bounced)
{
	struct haul_dma_limits limits = {.reach = UINT64_MAX, .coherent = true};

	identity_begin(&identity, NULL, NULL);
	memory = identity.memory;
	if (bounced)
		limits.reach = identity.pool_last;
	OK(haul_dma_device_init(&dma, &identity.arena.hal, &limits));
}

/* The model's RAM is the device's: behind what the CPU sees, where the model has it. */
static void begin_model(void)
{
	enum { SIZE = 4 * MEMORY };
	const struct haul_dma_limits limits = {.reach = UINT64_MAX};
	static unsigned char *storage;
	struct haul_model_config config = {
		.size = SIZE,
		.page = BOARD_PAGE,
		.line = 64,
		.mode = HAUL_MODEL_RANDOM,
		.seed = test_seed(),
	};
	const size_t size = haul_model_storage(&config);
	void *p;

	if (!storage)
		storage = board_alloc(size);
	cr_assert(storage);
	config.phys = identity_address(storage);
	config.iova = config.phys + SIZE;
	OK(haul_model_init(&model, &config, storage, size));
	cr_assert(model.ram == storage + SIZE);
	OK(haul_model_alloc(&model, MEMORY, &p));
	memory = p;
	OK(haul_dma_device_init(&dma, &model.hal, &limits));
}

/* On a machine with caches, pieces of their lines are copied too. */
void check_way(void)
{
	struct haul_dma_stats stats;

	haul_dma_stats_get(&dma, &stats);
	if (way == CACHED)
		cr_assert(stats.bytes_synced && model.counts.filled && model.counts.evicted);
	else
		cr_assert((stats.bytes_bounced != 0) == (way == BOUNCED));
}

static void end_memory(void)
{
	struct haul_arena *arena = &identity.arena;

	OK(haul_dma_device_end(&dma));
	if (way == CACHED) {
		OK(haul_model_free(&model, memory, MEMORY));
		arena = &model.arena;
	}
	cr_assert(haul_arena_used(arena) == 0);
}

/* Waiting. */

/* Lines come and go while the device writes. */
static void let_time_pass(void *context, uint64_t until)
{
	(void)context, (void)until;
	haul_model_step(&model);
}

/* A device that does not interrupt leaves the board asleep, until boards/run ends it. */
static void sleep(void *context, uint64_t until)
{
	const unsigned number = board_interrupt_wait();
	unsigned causes;

	(void)context, (void)until;
	OK(haul_virtio_interrupt(&device, &causes));
	board_interrupt_done(number);
	woken++;
}

void take_messages(uint64_t address, uint32_t data)
{
	OK(haul_virtio_pci_msix(&found.pci));
	OK(haul_pci_msix_set(&found.pci.msix, 0, address, data));
	OK(haul_pci_msix_mask(&found.pci.msix, 0, false));
	vector = 0;
}

static void take_interrupts(struct haul_virtio_options *options)
{
	uint64_t address;
	uint32_t data;

	options->wait = sleep;
	if (virtio_by_pci() && board_interrupt_message(&address, &data)) {
		take_messages(address, data);
		options->has_config_vector = true;
		options->config_vector = vector;
	} else {
		cr_assert(board_interrupt_line(found.line));
	}
}

/* Of a queue that is reset QEMU's disks go on with what they have, over PCI (virtio 1.4, 2.6.1.1,
 * forbids it). */
static void refuse_queue_reset(struct haul_virtio_options *options)
{
	haul_virtio_features_add(&options->refused, HAUL_VIRTIO_F_RING_RESET);
}

void begin(uint32_t type, unsigned but, enum way chosen)
{
	struct haul_virtio_options options = {.policy = HAUL_VIRTIO_CHECKED};

	way = chosen;
	polled = way != ASLEEP;
	vector = HAUL_VIRTIO_NO_VECTOR;
	woken = 0;
	if (way == CACHED)
		begin_model();
	else
		begin_identity(way == BOUNCED);
	virtio_find(&found, type, but);
	if (type == HAUL_VIRTIO_BLK_TYPE)
		refuse_queue_reset(&options);
	if (way == CACHED)
		options.wait = let_time_pass;
	if (way == ASLEEP)
		take_interrupts(&options);
	OK(haul_virtio_open(&device, &found.transport, &dma, &options));
}

void end(void)
{
	OK(haul_virtio_close(&device));
	cr_assert(dma.stats.maps_live == 0);
	end_memory();
}

void in_each_way(uint32_t type, void (*body)(void))
{
	for (enum way each = DIRECT; each < WAYS; each++) {
		begin(type, 0, each);
		body();
		end();
	}
}
