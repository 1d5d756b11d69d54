/* SPDX-License-Identifier: MIT */
/* Lines of text in the caller's buffer, which are cut where it ends. */
#ifndef HAUL_RUNTIME_TEXT_H
#define HAUL_RUNTIME_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct text {
	char *buffer;
	size_t size, length; /* length: of all of the text */
};

static inline void put_char(struct text *text, char c)
{
	if (text->length < text->size)
		text->buffer[text->length] = c;
	text->length++;
}

static inline void put_string(struct text *text, const char *string)
{
	while (*string)
		put_char(text, *string++);
}

/* Hexadecimal, with 8 digits at least. */
static inline void put_address(struct text *text, uint64_t address)
{
	unsigned digits = 8;

	while (digits < 16 && address >> 4 * digits)
		digits++;
	while (digits--)
		put_char(text, "0123456789abcdef"[address >> 4 * digits & 15]);
}

static inline void put_number(struct text *text, uint64_t number)
{
	uint64_t unit = 1;

	while (number / unit >= 10)
		unit *= 10;
	for (; unit; unit /= 10)
		put_char(text, (char)('0' + number / unit % 10));
}

/* Ends it with a NUL, and gives its length. */
static inline size_t text_end(struct text *text)
{
	if (text->size)
		text->buffer[text->length < text->size ? text->length : text->size - 1] = '\0';
	return text->length;
}

#endif
