/* SPDX-License-Identifier: MIT */
/* What the tests use of a C library, short rather than fast. */
#include "board.h"
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int printf(const char *format, ...)
{
	char line[4096];
	va_list args;
	int length;

	va_start(args, format);
	length = board_format(line, sizeof line, format, args);
	va_end(args);
	board_print("%s", line);
	return length;
}

int fprintf(FILE *stream, const char *format, ...)
{
	char line[4096];
	va_list args;
	int length;

	(void)stream;
	va_start(args, format);
	length = board_format(line, sizeof line, format, args);
	va_end(args);
	board_print("%s", line);
	return length;
}

int vsnprintf(char *buffer, size_t size, const char *format, va_list args)
{
	return board_format(buffer, size, format, args);
}

int snprintf(char *buffer, size_t size, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = board_format(buffer, size, format, args);
	va_end(args);
	return length;
}

int fflush(FILE *stream)
{
	(void)stream;
	return 0;
}

void abort(void)
{
	board_print("abort\n");
	board_exit(1);
}

char *getenv(const char *name)
{
	return (char *)(uintptr_t)board_argument(name);
}

/*
 * Memory in blocks, each page-aligned behind a page with its size: tests ask for
 * few and large ones.  A block that is free is taken again if it is large enough
 * but not four times as large.
 */
struct block {
	struct block *next; /* of those that are free */
	size_t size;
};

static struct block *unused;

static size_t whole_pages(size_t size)
{
	return (size + BOARD_PAGE - 1) & ~(size_t)(BOARD_PAGE - 1);
}

static struct block *take_unused(size_t size)
{
	for (struct block **link = &unused; *link; link = &(*link)->next) {
		struct block *block = *link;

		if (block->size < size || block->size / 4 > size)
			continue;
		*link = block->next;
		return block;
	}
	return NULL;
}

void *malloc(size_t size)
{
	struct block *block;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = whole_pages(size);
	block = take_unused(size);
	if (!block) {
		block = board_alloc(BOARD_PAGE + size);
		if (!block)
			return NULL;
		block->size = size;
	}
	return (char *)block + BOARD_PAGE;
}

void *calloc(size_t count, size_t size)
{
	void *p = size && count > SIZE_MAX / size ? NULL : malloc(count * size);

	return p ? memset(p, 0, count * size) : NULL;
}

void free(void *p)
{
	struct block *block;

	if (!p)
		return;
	block = (void *)((char *)p - BOARD_PAGE);
	block->next = unused;
	unused = block;
}

static unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 99;
}

unsigned long long strtoull(const char *text, char **end, int base)
{
	unsigned long long value = 0;
	const bool hexadecimal = text[0] == '0' && (text[1] | 0x20) == 'x';

	(void)base;
	if (hexadecimal)
		text += 2;
	for (; digit_value(*text) < (hexadecimal ? 16 : 10); text++)
		value = value * (hexadecimal ? 16 : 10) + digit_value(*text);
	if (end)
		*end = (char *)(uintptr_t)text;
	return value;
}

static void swap_bytes(char *a, char *b, size_t size)
{
	while (size--) {
		const char kept = a[size];

		a[size] = b[size];
		b[size] = kept;
	}
}

void qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	char *items = base;

	for (size_t i = 1; i < count; i++)
		for (size_t j = i; j && compare(items + (j - 1) * size, items + j * size) > 0; j--)
			swap_bytes(items + (j - 1) * size, items + j * size, size);
}

void *memchr(const void *s, int c, size_t n)
{
	for (const unsigned char *p = s; n; n--, p++)
		if (*p == (unsigned char)c)
			return (void *)(uintptr_t)p;
	return NULL;
}

size_t strnlen(const char *s, size_t max)
{
	size_t len = 0;

	while (len < max && s[len])
		len++;
	return len;
}

size_t strlen(const char *s)
{
	size_t len = 0;

	while (s[len]) {
		len++;
		__asm__ volatile(""); /* or the compiler makes a call of strlen of it */
	}
	return len;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n && *a && *a == *b; n--)
		a++, b++;
	return n ? (unsigned char)*a - (unsigned char)*b : 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)(uintptr_t)s;
}

char *strrchr(const char *s, int c)
{
	for (size_t i = strlen(s) + 1; i; i--)
		if (s[i - 1] == (char)c)
			return (char *)(uintptr_t)(s + i - 1);
	return NULL;
}

char *strstr(const char *s, const char *part)
{
	for (;; s++) {
		if (strncmp(s, part, strlen(part)) == 0)
			return (char *)(uintptr_t)s;
		if (!*s)
			return NULL;
	}
}

size_t strcspn(const char *s, const char *reject)
{
	size_t len = 0;

	while (s[len] && !strchr(reject, s[len]))
		len++;
	return len;
}

int fnmatch(const char *pattern, const char *text, int flags)
{
	for (; *pattern; pattern++, text++) {
		if (*pattern == '*') {
			while (fnmatch(pattern + 1, text, flags) && *text)
				text++;
			return fnmatch(pattern + 1, text, flags);
		}
		if (!*text || (*pattern != '?' && *pattern != *text))
			return 1;
	}
	return *text != '\0';
}
