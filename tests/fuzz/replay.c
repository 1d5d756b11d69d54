/* SPDX-License-Identifier: MIT */
/*
 * The corpus of tests/fuzz.sh, as an ordinary test: each line of tests/fuzz/corpus/TARGET that is
 * no comment is an input, in hexadecimal digits.
 */
#include "targets.h"
#include "test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 4096 };

static unsigned digit(char c)
{
	cr_assert((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'), "'%c' is no digit", c);
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* The input, in memory that is no larger. */
static void replay_line(fuzz_target *target, const char *line)
{
	const size_t size = strcspn(line, "\n") / 2;
	uint8_t *const data = malloc(size + !size);

	cr_assert(data);
	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)(digit(line[2 * i]) << 4 | digit(line[2 * i + 1]));
	target(data, size);
	free(data);
}

static void replay(fuzz_target *target, const char *name)
{
	const char *const folder = getenv("srcdir");
	static char line[LONGEST];
	char path[LONGEST];
	unsigned inputs = 0;
	FILE *file;

	snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s", folder ? folder : ".", name);
	file = fopen(path, "r");
	cr_assert(file, "%s cannot be read", path);
	while (fgets(line, sizeof line, file)) {
		if (line[0] == '#')
			continue;
		inputs++;
		replay_line(target, line);
	}
	fclose(file);
	cr_assert(inputs, "%s has no input", path);
	test_note("%s: %u inputs", name, inputs);
}

#define REPLAY(target) \
	Test(virtio_fuzz, target, .timeout = 120) \
	{ \
		replay(fuzz_##target, #target); \
	}

REPLAY(ring)
REPLAY(mmio)
REPLAY(pci)
REPLAY(config)
REPLAY(rng)
REPLAY(blk)
REPLAY(console)
REPLAY(net)
