/* SPDX-License-Identifier: MIT */
#include "fault_maps.h"
#include <string.h>

unsigned char pattern_byte(size_t i, unsigned seed)
{
	return (unsigned char)(((i * 37 + (i >> 8) * 11 + seed * 59) << 1) | 1);
}

void pattern_fill(unsigned char *p, size_t n, unsigned seed)
{
	for (size_t i = 0; i < n; i++)
		p[i] = pattern_byte(i, seed);
}

int bytes_are(const unsigned char *p, size_t n, unsigned char c)
{
	return n == 0 || (p[0] == c && memcmp(p, p + 1, n - 1) == 0);
}
