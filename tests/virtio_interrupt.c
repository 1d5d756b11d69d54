/* SPDX-License-Identifier: MIT */
/* What interrupts of virtio devices say: looked at, not taken.  That they wake the CPU is in
 * virtio_device.c. */
#include "bare/identity.h"
#include "test.h"
#include "virtio_board.h"
#include <haul/platform.h>
#include <haul/virtio_rng.h>

static struct haul_virtio_rng rng;
static struct haul_virtio_rng_request request;

static void open_rng(void)
{
	const struct haul_virtio_rng_config config = {vector, false};

	rng = (struct haul_virtio_rng){0};
	OK(haul_virtio_rng_open(&rng, &device, &config));
}

/* Until it has done something that it is to interrupt for. */
static void use_rng(void)
{
	struct haul_virtio_rng_request *done;

	request = (struct haul_virtio_rng_request){.p = memory, .size = 64};
	OK(haul_virtio_rng_submit(&rng, &request));
	OK(haul_virtio_rng_kick(&rng));
	OK(haul_virtio_wait(&rng.queue, deadline()));
	cr_assert(haul_virtio_rng_poll(&rng, &done) == 1 && done == &request && !done->result);
}

static unsigned causes_now(void)
{
	unsigned causes;

	OK(haul_virtio_interrupt(&device, &causes));
	return causes;
}

/* The device interrupts after it has moved the ring's index. */
static unsigned await_causes(void)
{
	const uint64_t until = deadline();
	unsigned causes;

	do
		causes = causes_now();
	while (!causes && haul_platform_clock() < until);
	return causes;
}

/* Of a register, which is acknowledged with that. */
Test(virtio_interrupt, cause_is_told_once)
{
	begin(HAUL_VIRTIO_RNG_TYPE, 0, DIRECT);
	open_rng();
	for (unsigned i = 0; i < 3; i++) {
		cr_assert(causes_now() == 0);
		use_rng();
		cr_assert(await_causes() == HAUL_VIRTIO_CAUSE_QUEUE);
	}
	cr_assert(causes_now() == 0);
	OK(haul_virtio_rng_close(&rng));
	end();
}

/* A message is a write by the device, here to ordinary memory. */

enum { MESSAGE = 0x6c756168 };

static bool await_message(const uint32_t *place)
{
	const uint64_t until = deadline();

	while (__atomic_load_n(place, __ATOMIC_ACQUIRE) != MESSAGE)
		if (haul_platform_clock() >= until)
			return false;
	return true;
}

Test(virtio_interrupt, message_is_written_where_it_is_told)
{
	uint32_t *place;

	if (!virtio_by_pci())
		cr_skip_test("messages are PCI's");
	begin(HAUL_VIRTIO_RNG_TYPE, 0, DIRECT);
	place = (uint32_t *)(void *)(memory + MEMORY / 2);
	*place = 0;
	take_messages(identity_address(place), MESSAGE);
	open_rng();
	use_rng();
	cr_assert(await_message(place));

	/* One that is masked waits. */
	OK(haul_pci_msix_mask(&found.pci.msix, 0, true));
	*place = 0;
	use_rng();
	cr_assert(*place == 0);
	OK(haul_pci_msix_mask(&found.pci.msix, 0, false));
	cr_assert(await_message(place));
	OK(haul_virtio_rng_close(&rng));
	end();
}
