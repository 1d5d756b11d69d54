/* SPDX-License-Identifier: MIT */
/* libFuzzer's way in, to the target that FUZZ_TARGET names in the environment. */
#include "targets.h"
#include "test.h"
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	fuzz_target *target;
} targets[] = {
	{"ring", fuzz_ring},       {"mmio", fuzz_mmio}, {"pci", fuzz_pci},
	{"config", fuzz_config},   {"rng", fuzz_rng},   {"blk", fuzz_blk},
	{"console", fuzz_console}, {"net", fuzz_net},
};
static fuzz_target *target;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *const name = getenv("FUZZ_TARGET");

	(void)argc, (void)argv;
	for (size_t i = 0; name && i < sizeof targets / sizeof *targets; i++)
		if (strcmp(targets[i].name, name) == 0)
			target = targets[i].target;
	cr_assert(target, "FUZZ_TARGET names none");
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	target(data, size);
	return 0;
}
