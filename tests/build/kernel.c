/* SPDX-License-Identifier: MIT */
/* What a kernel has of haul in it, and the least that haul asks of it.  Not
 * run: tests/build_bare.sh looks at what the linker made. */
#include <haul.h>
#include <haul/platform.h>

static uint64_t frame[6];
static unsigned nofault;

const char *haul_platform_tunables(void)
{
	return "";
}

const char *haul_platform_features(void)
{
	return "";
}

void haul_platform_yield(void)
{
}

unsigned *haul_platform_nofault(void)
{
	return &nofault;
}

uint64_t haul_platform_clock(void)
{
	static uint64_t now;

	return ++now;
}

uintptr_t haul_platform_user_end(void)
{
	return 1 << 30;
}

void *memset(void *to, int byte, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((volatile char *)to)[i] = (char)byte;
	return to;
}

void *memcpy(void *to, const void *from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((volatile char *)to)[i] = ((const char *)from)[i];
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	volatile char *t = to;
	const char *f = from;

	if ((uintptr_t)t <= (uintptr_t)f)
		return memcpy(to, from, size);
	while (size--)
		t[size] = f[size];
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (((const volatile char *)a)[i] != ((const char *)b)[i])
			return 1;
	return 0;
}

bool on_trap(void);
bool on_trap(void)
{
	struct haul_trap trap = {.pc = (uintptr_t *)&frame[0],
				 .status = &frame[1],
				 .fact = {&frame[2], &frame[3], &frame[4]}};

	return haul_fault_fixup(&trap);
}

void _start(void);
void _start(void)
{
	haul_memcpy(&frame[0], &frame[1], sizeof frame[0]);
	for (;;)
		on_trap();
}
