/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void tool_error(const char *command, const char *file, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", command);
	if (file)
		fprintf(stderr, "%s: ", file);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static json_t *ascii_string(const char *text)
{
	static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
	char *safe = calloc(strlen(text) + 1, sizeof replacement);
	char *end = safe;
	json_t *string;

	if (!safe)
		return NULL;
	for (; *text; text++) {
		if ((unsigned char)*text < 0x80)
			*end++ = *text;
		else
			end = stpcpy(end, replacement);
	}
	string = json_string(safe);
	free(safe);
	return string;
}

json_t *tool_json_string(const char *text)
{
	json_t *string = json_string(text);

	return string ? string : ascii_string(text);
}

bool tool_json_print(json_t *object)
{
	char *text = json_dumps(object, JSON_INDENT(2));

	json_decref(object);
	if (!text)
		return false;
	puts(text);
	free(text);
	return true;
}

double tool_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

const char *tool_size_format(char text[TOOL_SIZE_TEXT], double bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	size_t unit = 0;

	/* 999.5 would print as 1000: four figures. */
	while (bytes >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
		bytes /= 1024;
		unit++;
	}
	snprintf(text, TOOL_SIZE_TEXT, "%.*f %s", bytes < 9.95 && bytes != (int)bytes, bytes,
		 units[unit]);
	return text;
}
