/* SPDX-License-Identifier: MIT */
/* Consoles. */
#include "driver.h"
#include "targets.h"
#include <haul/virtio_console.h>
#include <string.h>

enum { CALLS = 64, BYTE = 0x5a, BYTES = 64, RECEIVE = 0 };

static struct haul_virtio_console console;

/* What is received is some bytes; what is transmitted, nothing. */
static uint32_t work(const struct haul_virtio_mock_request *request)
{
	static const unsigned char bytes[BYTES] = {[0 ... BYTES - 1] = BYTE};
	const uint64_t n = request->writable < BYTES ? request->writable : BYTES;

	if (request->queue != RECEIVE)
		return 0;
	haul_virtio_mock_write(&machine.mock, request, 0, bytes, (size_t)n);
	return (uint32_t)n;
}

static const unsigned char config[] = {80, 0, 25, 0};
static const struct machine_kind kind = {
	.type = HAUL_VIRTIO_CONSOLE_TYPE,
	.features = 1 << HAUL_VIRTIO_CONSOLE_F_SIZE | 1 << HAUL_VIRTIO_CONSOLE_F_MULTIPORT |
		    1 << HAUL_VIRTIO_CONSOLE_F_EMERG_WRITE,
	.config = config,
	.config_size = sizeof config,
	.work = work,
};

#define USE_ERRORS HAUL_EIO, HAUL_ENODEV, HAUL_EINVAL, HAUL_EPROTO

static int start(void)
{
	if (console.device)
		return 0;
	return RETURNS(haul_virtio_console_open(&console, &machine.device, NULL), HAUL_ENODEV,
		       HAUL_ENOTSUP, HAUL_EPROTO, HAUL_ETIMEDOUT, HAUL_EBUSY, HAUL_ENOENT,
		       HAUL_ENOMEM, HAUL_EIO);
}

static void stop(void)
{
	const int err = RETURNS(haul_virtio_console_close(&console), HAUL_EINVAL, HAUL_ETIMEDOUT,
				HAUL_ENODEV, HAUL_EPROTO);

	cr_assert(err || !console.device);
}

static void read_some(void)
{
	unsigned char *const p = machine_buffer(0);
	const size_t n = input_byte() * 8u;
	size_t done;

	if (input_byte() & 1)
		RETURNS(haul_virtio_console_read_wait(&console, p, n, &done, input_soon()),
			USE_ERRORS, HAUL_ETIMEDOUT);
	else
		RETURNS(haul_virtio_console_read(&console, p, n, &done), USE_ERRORS);
	cr_assert(done <= n);
}

static void write_some(void)
{
	const unsigned char *const p = machine_buffer(1);
	const size_t n = input_byte() * 8u;
	size_t done;

	if (input_byte() & 1)
		RETURNS(haul_virtio_console_write_wait(&console, p, n, &done, input_soon()),
			USE_ERRORS, HAUL_ETIMEDOUT);
	else
		RETURNS(haul_virtio_console_write(&console, p, n, &done), USE_ERRORS);
	cr_assert(done <= n);
}

static void ask(void)
{
	unsigned columns, rows;

	switch (input_below(4)) {
	case 0:
		RETURNS(haul_virtio_console_size(&console, &columns, &rows), USE_ERRORS,
			HAUL_ENOTSUP, HAUL_EAGAIN);
		break;
	case 1:
		RETURNS(haul_virtio_console_emergency(&machine.device, "help", 4), HAUL_ENODEV,
			HAUL_ENOTSUP, HAUL_EPROTO);
		break;
	case 2:
		driver_interrupt();
		break;
	default:
		driver_check();
	}
}

static void step(void)
{
	switch (input_below(7)) {
	case 0:
		machine_act();
		break;
	case 1:
		read_some();
		break;
	case 2:
		write_some();
		break;
	case 3:
		RETURNS(haul_virtio_console_flush(&console, input_soon()), USE_ERRORS,
			HAUL_ETIMEDOUT);
		break;
	case 4:
		ask();
		break;
	case 5:
		stop();
		break;
	default:
		start();
	}
}

static void close_console(void)
{
	if (console.device)
		cr_assert(haul_virtio_console_close(&console) == 0);
}

static void check_works(void)
{
	unsigned char *const p = machine_buffer(2);
	size_t done;

	machine_again();
	cr_assert(start() == 0);
	cr_assert(haul_virtio_console_read_wait(&console, p, 10, &done, input_soon()) == 0);
	cr_assert(done == 10);
	for (unsigned i = 0; i < 10; i++)
		cr_assert(p[i] == BYTE);
	cr_assert(haul_virtio_console_write_wait(&console, p, 1000, &done, input_soon()) == 0);
	cr_assert(done == 1000);
	cr_assert(haul_virtio_console_flush(&console, input_soon()) == 0);
	close_console();
}

void fuzz_console(const uint8_t *data, size_t size)
{
	input_begin(data, size);
	machine_begin(&kind);
	memset(&console, 0, sizeof console);
	start();
	for (unsigned i = 0; i < CALLS && input_left(); i++)
		step();
	machine_mend();
	close_console();
	check_works();
	machine_end();
}
