/* SPDX-License-Identifier: MIT */
/* Entropy devices. */
#include "driver.h"
#include "targets.h"
#include <haul/virtio_rng.h>
#include <string.h>

enum { REQUESTS = 4, CALLS = 64, BYTE = 0x5a };

static struct haul_virtio_rng rng;
static struct haul_virtio_rng_request requests[REQUESTS];
static bool out[REQUESTS]; /* the driver's */
static struct haul_virtio_rng_config config;

static uint32_t work(const struct haul_virtio_mock_request *request)
{
	static const unsigned char bytes[256] = {[0 ... 255] = BYTE};
	const uint64_t n = request->writable < sizeof bytes ? request->writable : sizeof bytes;

	haul_virtio_mock_write(&machine.mock, request, 0, bytes, (size_t)n);
	return (uint32_t)n;
}

static const struct machine_kind kind = {.type = HAUL_VIRTIO_RNG_TYPE, .work = work};

static int start(void)
{
	return RETURNS(haul_virtio_rng_open(&rng, &machine.device, &config), HAUL_EIO, HAUL_ENOMEM,
		       HAUL_EBUSY, HAUL_ENODEV, HAUL_EINVAL, HAUL_ENOENT, HAUL_EPROTO, HAUL_ENOTSUP,
		       HAUL_ETIMEDOUT);
}

static void submit(void)
{
	const unsigned i = input_below(REQUESTS);
	int err;

	if (out[i])
		return;
	requests[i].p = machine_buffer(i);
	requests[i].size = (size_t)input_byte() * 8;
	err = RETURNS(haul_virtio_rng_submit(&rng, &requests[i]), HAUL_EIO, HAUL_ENODEV,
		      HAUL_EINVAL, HAUL_ENOSPC, HAUL_ENOMEM);
	out[i] = !err;
}

/* Each comes back once, with no more than it had room for. */
static void check_back(const struct haul_virtio_rng_request *request)
{
	const ptrdiff_t i = request - requests;

	cr_assert(i >= 0 && i < REQUESTS && out[i]);
	out[i] = false;
	input_result(request->result, "a request", (const int[]){HAUL_EPROTO, HAUL_ETIMEDOUT, 0});
	cr_assert(request->len <= request->size && (!request->result || !request->len));
}

static int poll(void)
{
	struct haul_virtio_rng_request *request;
	const int got = RETURNS(haul_virtio_rng_poll(&rng, &request), HAUL_EPROTO, HAUL_EIO,
				HAUL_ENODEV, HAUL_EINVAL);

	if (got == 1)
		check_back(request);
	return got;
}

static int read_some(unsigned char *p, size_t n)
{
	size_t done;
	const int err = RETURNS(haul_virtio_rng_read(&rng, p, n, input_soon(), &done), HAUL_EIO,
				HAUL_ENODEV, HAUL_EINVAL, HAUL_ENOSPC, HAUL_ENOMEM, HAUL_EPROTO,
				HAUL_EBUSY, HAUL_ETIMEDOUT);

	cr_assert(done <= n && (err || done == n));
	return err;
}

static void step(void)
{
	switch (input_below(8)) {
	case 0:
		machine_act();
		break;
	case 1:
		submit();
		break;
	case 2:
		RETURNS(haul_virtio_rng_kick(&rng), HAUL_EIO, HAUL_ENODEV, HAUL_EINVAL,
			HAUL_EPROTO);
		break;
	case 3:
		poll();
		break;
	case 4:
		read_some(machine_buffer(REQUESTS), input_value(1));
		break;
	case 5:
		driver_interrupt();
		break;
	case 6:
		driver_check();
		break;
	default:
		RETURNS(haul_virtio_rng_recover(&rng), HAUL_EIO, HAUL_ENOMEM, HAUL_EBUSY,
			HAUL_ENODEV, HAUL_EINVAL, HAUL_ENOENT, HAUL_EPROTO, HAUL_ENOTSUP,
			HAUL_ETIMEDOUT);
	}
}

static void close_all(void)
{
	machine_mend();
	if (rng.device)
		cr_assert(haul_virtio_rng_close(&rng) == 0);
	while (poll() == 1)
		;
	for (unsigned i = 0; i < REQUESTS; i++)
		cr_assert(!out[i], "a request is lost");
}

static void check_works(void)
{
	unsigned char *const p = machine_buffer(0);

	machine_again();
	cr_assert(start() == 0);
	memset(p, 0, 100);
	cr_assert(read_some(p, 100) == 0);
	for (unsigned i = 0; i < 100; i++)
		cr_assert(p[i] == BYTE);
	cr_assert(haul_virtio_rng_close(&rng) == 0);
}

void fuzz_rng(const uint8_t *data, size_t size)
{
	input_begin(data, size);
	machine_begin(&kind);
	memset(&rng, 0, sizeof rng);
	memset(out, 0, sizeof out);
	config = (struct haul_virtio_rng_config){HAUL_VIRTIO_NO_VECTOR, input_byte() & 1};
	if (start() == 0)
		for (unsigned i = 0; i < CALLS && input_left(); i++)
			step();
	close_all();
	check_works();
	machine_end();
}
