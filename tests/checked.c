/* SPDX-License-Identifier: MIT */
#include "checked.h"
#include "test.h"
#undef haul_dma_device_init

/* A test has not more devices at a time. */
enum { CHECKERS = 8, CAPACITY = 256 };

static struct {
	struct haul_dma_device *device;
	struct haul_dma_checker checker;
	struct haul_dma_entry entries[CAPACITY];
} checks[CHECKERS];

static void report(void *context, const struct haul_dma_report *said)
{
	char text[400];

	(void)context;
	if (said->err || (CHECKED_OVERLAPS && said->mistake == HAUL_DMA_MISTAKE_OVERLAP))
		return;
	haul_dma_report_text(said, text, sizeof text);
	cr_assert(false, "%s", text);
}

/* The device's own, or the next one. */
static size_t choose(const struct haul_dma_device *device)
{
	static size_t next;

	for (size_t i = 0; i < CHECKERS; i++)
		if (checks[i].device == device)
			return i;
	return next++ % CHECKERS;
}

int checked_device_init(struct haul_dma_device *device, const struct haul_hal *hal,
			const struct haul_dma_limits *limits)
{
	const size_t i = choose(device);
	const int err = haul_dma_device_init(device, hal, limits);

	if (err)
		return err;
	checks[i].device = device;
	cr_assert(haul_dma_checker_init(&checks[i].checker, checks[i].entries, CAPACITY, report,
					NULL) == 0);
	cr_assert(haul_dma_checker_attach(&checks[i].checker, device) == 0);
	return 0;
}
