/* SPDX-License-Identifier: MIT */
/*
 * A device that does not reach all of RAM: QEMU's edu, which leaves a bit of addresses
 * out (boards/run), and so takes memory beyond its reach for other memory.
 */
#include "bare/edu.h"
#include "bare/identity.h"
#include "board.h"
#include "device.h"
#include "test.h"
#include <haul/dma.h>
#include <string.h>

enum { SIZE = EDU_BUFFER, PAGE = BOARD_PAGE };
enum { LEFT_OUT = (DEVICE_EDU_REACH + 1) & ~DEVICE_EDU_REACH };

static struct identity identity;
static struct haul_dma_device device;
static struct haul_region edu;

/* The same memory as the device has it. */
static unsigned char *within, *beyond;

/* Boards' RAM is handed out once; what lies beyond comes out of a piece that is as long
 * as it is far. */
static void find_memory(void)
{
	static unsigned char *piece;

	within = identity.memory;
	if (!piece)
		piece = board_alloc(LEFT_OUT);
	if (!piece)
		cr_skip_test("the board has no RAM beyond the device's reach");
	beyond = within + LEFT_OUT;
	cr_assert(beyond >= piece && beyond + (size_t)4 * PAGE <= piece + LEFT_OUT);
}

static void begin(uint64_t reach)
{
	const struct haul_dma_limits limits = {.reach = reach, .coherent = true};

	identity_begin(&identity, NULL, NULL);
	find_memory();
	edu = edu_open();
	cr_assert(haul_dma_device_init(&device, &identity.arena.hal, &limits) == 0);
}

static void end(void)
{
	cr_assert(haul_dma_device_end(&device) == 0);
	cr_assert(haul_arena_used(&identity.arena) == 0);
}

/* The device reads one and writes the other, both of SIZE bytes. */
static void copy(void *from, void *to, enum haul_dma_backing backing)
{
	struct haul_dma_stream streams[2];

	cr_assert(haul_dma_map(&streams[0], &device, from, SIZE, HAUL_DMA_TO_DEVICE, 0) == 0);
	cr_assert(haul_dma_map(&streams[1], &device, to, SIZE, HAUL_DMA_FROM_DEVICE, 0) == 0);
	for (unsigned i = 0; i < 2; i++) {
		cr_assert(streams[i].backing == backing);
		cr_assert(streams[i].iova.value + SIZE - 1 <= device.limits.reach);
		cr_assert(haul_dma_for_device(&streams[i], 0, SIZE) == 0);
	}
	edu_load(&edu, streams[0].iova, SIZE);
	edu_store(&edu, streams[1].iova, SIZE);
	for (unsigned i = 0; i < 2; i++)
		cr_assert(haul_dma_unmap(&streams[i], SIZE) == 0);
}

static void fill(unsigned char *p, unsigned seed)
{
	for (size_t i = 0; i < SIZE; i++)
		p[i] = (unsigned char)(seed + i * 7 + i / 251);
}

static bool is_filled(const unsigned char *p, unsigned seed)
{
	for (size_t i = 0; i < SIZE; i++)
		if (p[i] != (unsigned char)(seed + i * 7 + i / 251))
			return false;
	return true;
}

/* Of two pages each, one to be read and one to be written. */
static void fill_all(void)
{
	fill(within, 1);
	fill(within + PAGE, 2);
	fill(beyond, 3);
	fill(beyond + PAGE, 4);
}

Test(dma_reach, memory_within_is_used_as_it_is)
{
	begin(DEVICE_EDU_REACH);
	fill_all();
	copy(within, within + PAGE, HAUL_DMA_DIRECT);
	cr_assert(is_filled(within, 1) && is_filled(within + PAGE, 1));
	cr_assert(is_filled(beyond, 3) && is_filled(beyond + PAGE, 4));
	cr_assert(device.stats.bytes_bounced == 0);
	end();
}

Test(dma_reach, memory_beyond_is_bounced)
{
	begin(DEVICE_EDU_REACH);
	fill_all();
	copy(beyond, beyond + PAGE, HAUL_DMA_BOUNCE);
	cr_assert(is_filled(beyond, 3) && is_filled(beyond + PAGE, 3));
	cr_assert(is_filled(within, 1) && is_filled(within + PAGE, 2));
	cr_assert(device.stats.bytes_bounced == 3 * SIZE);
	end();
}

/* Which shows that bouncing is what made it right. */
Test(dma_reach, a_device_said_to_reach_further_takes_other_memory)
{
	begin(UINT64_MAX);
	fill_all();
	copy(beyond, beyond + PAGE, HAUL_DMA_DIRECT);
	cr_assert(is_filled(beyond, 3) && is_filled(beyond + PAGE, 4));
	cr_assert(is_filled(within, 1) && is_filled(within + PAGE, 1));
	end();
}

Test(dma_reach, memory_beyond_is_refused_if_it_may_not_be_bounced)
{
	struct haul_dma_stream stream;

	begin(DEVICE_EDU_REACH);
	cr_assert(haul_dma_map(&stream, &device, beyond, SIZE, HAUL_DMA_BOTH, HAUL_DMA_NO_BOUNCE) ==
		  -HAUL_ENOTSUP);
	cr_assert(stream.why == HAUL_DMA_WHY_REACH);
	end();
}
