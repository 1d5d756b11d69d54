/* SPDX-License-Identifier: MIT */
/*
 * What compilers call by themselves.  Every kernel has better ones; these are
 * here to be read.  The compiler must not see a call of memcpy in memcpy.
 */
#include <stdbool.h>
#include <stddef.h>

void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#define NO_IDIOM __asm__ volatile("")

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	return memmove(dst, src, n);
}

/* Words where they are aligned: a CPU may know no others. */
static bool aligned(const void *a, const void *b)
{
	return (((size_t)a | (size_t)b) % sizeof(unsigned long)) == 0;
}

static void copy_up(unsigned char *to, const unsigned char *from, size_t n)
{
	if (aligned(to, from))
		for (; n >= 8; n -= 8, to += 8, from += 8)
			*(unsigned long *)(void *)to = *(const unsigned long *)(const void *)from;
	for (; n; n--) {
		*to++ = *from++;
		NO_IDIOM;
	}
}

static void copy_down(unsigned char *to, const unsigned char *from, size_t n)
{
	while (n--) {
		to[n] = from[n];
		NO_IDIOM;
	}
}

void *memmove(void *dst, const void *src, size_t n)
{
	if ((size_t)dst - (size_t)src >= n)
		copy_up(dst, src, n);
	else
		copy_down(dst, src, n);
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	const unsigned long word = (unsigned char)c * 0x0101010101010101;
	unsigned char *p = dst;

	if (aligned(p, p))
		for (; n >= 8; n -= 8, p += 8)
			*(unsigned long *)(void *)p = word;
	while (n--) {
		*p++ = (unsigned char)c;
		NO_IDIOM;
	}
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	if (aligned(x, y))
		while (n >= 8 && *(const unsigned long *)(const void *)x ==
					 *(const unsigned long *)(const void *)y)
			n -= 8, x += 8, y += 8;
	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}
