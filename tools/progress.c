/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include "tool.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PERIOD 0.1 /* seconds between two drawings */
#define BAR_MAX 64 /* characters */

void progress_start(struct progress *progress, bool wanted, uint64_t total)
{
	progress->shown = wanted && isatty(STDERR_FILENO);
	progress->total = total;
	progress->started = tool_seconds();
	progress->drawn = progress->started;
}

static int columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}

static void left_format(char *text, size_t length, double seconds)
{
	unsigned long s = (unsigned long)(seconds + 0.5);

	if (seconds > 359999) /* 99:59:59 */
		snprintf(text, length, "-:--");
	else if (s >= 3600)
		snprintf(text, length, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(text, length, "%lu:%02lu", s / 60, s % 60);
}

static void draw(const struct progress *progress, uint64_t done, double elapsed)
{
	char bar[BAR_MAX + 1], text[96], left[32];
	char sizes[3][TOOL_SIZE_TEXT];
	double part = progress->total ? (double)done / (double)progress->total : 1;
	double rate = (double)done / elapsed;
	int width, filled;

	left_format(left, sizeof left, (double)(progress->total - done) / rate);
	snprintf(text, sizeof text, "%3.0f%% %s of %s, %s/s, %s left", part * 100,
		 tool_size_format(sizes[0], (double)done),
		 tool_size_format(sizes[1], (double)progress->total),
		 tool_size_format(sizes[2], rate), left);
	width = columns() - (int)strlen(text) - 4; /* "[", "] " and the last column */
	if (width > BAR_MAX)
		width = BAR_MAX;
	if (width < 4) {
		fprintf(stderr, "\r%.*s\033[K", columns() - 1, text);
		return;
	}
	filled = (int)(part * width);
	memset(bar, '#', (size_t)filled);
	memset(bar + filled, '.', (size_t)(width - filled));
	fprintf(stderr, "\r[%.*s] %s\033[K", width, bar, text);
}

void progress_show(struct progress *progress, uint64_t done)
{
	double now;

	if (!progress->shown)
		return;
	now = tool_seconds();
	if (now - progress->drawn < PERIOD)
		return;
	progress->drawn = now;
	/* A source that grew holes filled after the count was taken. */
	if (done > progress->total)
		done = progress->total;
	draw(progress, done, now - progress->started);
}

void progress_end(struct progress *progress)
{
	if (progress->shown && progress->drawn > progress->started)
		fprintf(stderr, "\r\033[K");
}
