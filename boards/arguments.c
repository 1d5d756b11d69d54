/* SPDX-License-Identifier: MIT */
/*
 * The program's arguments, words in QEMU's fw_cfg file opt/haul, and other files.
 *
 * QEMU, docs/specs/fw_cfg.rst: item 0x19 is the directory, a big-endian count
 * and entries of size (4 bytes), selector (2), reserved (2), name (56).
 */
#include "board.h"

enum { SIGNATURE = 0, DIRECTORY = 0x19, NAME_MAX = 56 };

static char arguments[4096];
static size_t length; /* bytes of them, without the last NUL */

static uint32_t read_number(unsigned bytes)
{
	uint32_t number = 0;

	while (bytes--)
		number = number << 8 | board_fw_cfg_read();
	return number;
}

static bool same(const char *a, const char *b)
{
	for (; *a && *a == *b; a++)
		b++;
	return *a == *b;
}

/* The selector and size of the file; false if there is none. */
static bool find_file(const char *wanted, uint16_t *selector, uint32_t *size)
{
	char name[NAME_MAX + 1] = "";

	board_fw_cfg_select(SIGNATURE);
	if (read_number(4) != 0x51454d55) /* "QEMU" */
		return false;
	board_fw_cfg_select(DIRECTORY);
	for (uint32_t count = read_number(4); count; count--) {
		*size = read_number(4);
		*selector = (uint16_t)read_number(2);
		read_number(2);
		for (unsigned i = 0; i < NAME_MAX; i++)
			name[i] = (char)board_fw_cfg_read();
		if (same(name, wanted))
			return true;
	}
	return false;
}

size_t board_file(const char *name, void *buffer, size_t size)
{
	unsigned char *bytes = buffer;
	uint16_t selector;
	uint32_t whole;

	if (!find_file(name, &selector, &whole))
		return 0;
	if (size > whole)
		size = whole;
	board_fw_cfg_select(selector);
	for (size_t i = 0; i < size; i++)
		bytes[i] = board_fw_cfg_read();
	return size;
}

/* Words become strings. */
static void read_arguments(void)
{
	length = board_file("opt/haul", arguments, sizeof arguments - 1);
	for (size_t i = 0; i < length; i++)
		if (arguments[i] == ' ' || arguments[i] == '\n')
			arguments[i] = '\0';
}

/* The value, if the word is name or name=value. */
static const char *match(const char *word, const char *name)
{
	while (*name && *word == *name)
		word++, name++;
	if (*name)
		return NULL;
	if (*word == '=')
		return word + 1;
	return *word ? NULL : word;
}

const char *board_argument(const char *name)
{
	static bool read;

	if (!read)
		read_arguments();
	read = true;
	for (const char *word = arguments; word < arguments + length; word++) {
		const bool starts = *word && (word == arguments || !word[-1]);
		const char *value = starts ? match(word, name) : NULL;

		if (value)
			return value;
	}
	return NULL;
}
