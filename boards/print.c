/* SPDX-License-Identifier: MIT */
/* Formatted text. */
#include "board.h"

struct output {
	char *buffer; /* NULL: the console */
	size_t size, length;
};

struct spec {
	bool left, zero, plus, alternate;
	int width, precision; /* precision -1: none */
	unsigned bytes;       /* of an integer */
	char conversion;
};

static void put(struct output *out, char c)
{
	if (!out->buffer)
		board_putchar(c);
	else if (out->length + 1 < out->size)
		out->buffer[out->length] = c;
	out->length++;
}

static void pad(struct output *out, char c, int count)
{
	for (; count > 0; count--)
		put(out, c);
}

/* prefix, zeros, text, in a field of the width. */
static void put_field(struct output *out, const struct spec *spec, const char *prefix, int zeros,
		      const char *text, int length)
{
	int used = zeros + length;

	for (const char *p = prefix; *p; p++)
		used++;
	if (!spec->left)
		pad(out, ' ', spec->width - used);
	while (*prefix)
		put(out, *prefix++);
	pad(out, '0', zeros);
	for (int i = 0; i < length; i++)
		put(out, text[i]);
	if (spec->left)
		pad(out, ' ', spec->width - used);
}

static void put_string(struct output *out, const struct spec *spec, const char *text)
{
	int length = 0;

	while (length != spec->precision && text[length])
		length++;
	put_field(out, spec, "", 0, text, length);
}

static void put_number(struct output *out, const struct spec *spec, const char *prefix,
		       uint64_t value, unsigned base)
{
	const char *digits = spec->conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	char text[24];
	int start = sizeof text, zeros = 0, length;

	for (; value; value /= base)
		text[--start] = digits[value % base];
	if (start == sizeof text && spec->precision)
		text[--start] = '0';
	length = (int)sizeof text - start;
	if (spec->precision > length)
		zeros = spec->precision - length;
	if (spec->zero && !spec->left && spec->precision < 0)
		zeros = spec->width - length - (prefix[0] ? 1 + (prefix[1] != '\0') : 0);
	put_field(out, spec, prefix, zeros > 0 ? zeros : 0, text + start, length);
}

static uint64_t truncate(uint64_t value, unsigned bytes)
{
	return bytes < 8 ? value & (((uint64_t)1 << 8 * bytes) - 1) : value;
}

static void put_signed(struct output *out, const struct spec *spec, int64_t value)
{
	const char *prefix = value < 0 ? "-" : spec->plus ? "+" : "";

	put_number(out, spec, prefix, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10);
}

static void put_hexadecimal(struct output *out, const struct spec *spec, uint64_t value)
{
	const char *prefix = spec->conversion == 'X' ? "0X" : "0x";

	put_number(out, spec, spec->alternate && value ? prefix : "", value, 16);
}

static const char *read_flags(const char *p, struct spec *spec)
{
	for (;; p++) {
		if (*p == '-')
			spec->left = true;
		else if (*p == '0')
			spec->zero = true;
		else if (*p == '+')
			spec->plus = true;
		else if (*p == '#')
			spec->alternate = true;
		else
			return p;
	}
}

static const char *read_digits(const char *p, int *number)
{
	for (*number = 0; *p >= '0' && *p <= '9'; p++)
		*number = *number * 10 + (*p - '0');
	return p;
}

static const char *read_length(const char *p, struct spec *spec)
{
	spec->bytes = sizeof(int);
	if (p[0] == 'h') {
		spec->bytes = p[1] == 'h' ? 1 : 2;
		return p + 1 + (p[1] == 'h');
	}
	if (p[0] == 'l' || p[0] == 'z' || p[0] == 'j' || p[0] == 't') {
		spec->bytes = 8;
		return p + 1 + (p[0] == 'l' && p[1] == 'l');
	}
	return p;
}

static int64_t next_signed(va_list *args, unsigned bytes)
{
	const unsigned unused = 64 - 8 * bytes;

	if (bytes == 8)
		return va_arg(*args, int64_t);
	return (int64_t)((uint64_t)va_arg(*args, int) << unused) >> unused;
}

static uint64_t next_unsigned(va_list *args, unsigned bytes)
{
	if (bytes == 8)
		return va_arg(*args, uint64_t);
	return truncate(va_arg(*args, unsigned), bytes);
}

static void convert(struct output *out, struct spec *spec, va_list *args)
{
	char c;

	switch (spec->conversion) {
	case 'd':
	case 'i':
		put_signed(out, spec, next_signed(args, spec->bytes));
		break;
	case 'u':
		put_number(out, spec, "", next_unsigned(args, spec->bytes), 10);
		break;
	case 'p':
		spec->alternate = true;
		spec->bytes = 8;
		/* fall through */
	case 'x':
	case 'X':
		put_hexadecimal(out, spec, next_unsigned(args, spec->bytes));
		break;
	case 'c':
		c = (char)va_arg(*args, int);
		put_field(out, spec, "", 0, &c, 1);
		break;
	case 's':
		put_string(out, spec, va_arg(*args, const char *));
		break;
	default:
		put(out, spec->conversion);
	}
}

static const char *read_number(const char *p, va_list *args, int *number)
{
	if (*p != '*')
		return read_digits(p, number);
	*number = va_arg(*args, int);
	return p + 1;
}

static void format_all(struct output *out, const char *p, va_list *args)
{
	for (; *p; p++) {
		struct spec spec = {.precision = -1};

		if (*p != '%') {
			put(out, *p);
			continue;
		}
		p = read_flags(p + 1, &spec);
		p = read_number(p, args, &spec.width);
		if (*p == '.')
			p = read_number(p + 1, args, &spec.precision);
		p = read_length(p, &spec);
		spec.conversion = *p;
		if (!*p)
			return;
		convert(out, &spec, args);
	}
}

int board_format(char *buffer, size_t size, const char *format, va_list args)
{
	char none;
	struct output out = {buffer ? buffer : &none, buffer ? size : 0, 0};
	va_list copy;

	va_copy(copy, args);
	format_all(&out, format, &copy);
	va_end(copy);
	if (size)
		buffer[out.length < size ? out.length : size - 1] = '\0';
	return (int)out.length;
}

int board_print(const char *format, ...)
{
	struct output out = {0};
	va_list args;

	va_start(args, format);
	format_all(&out, format, &args);
	va_end(args);
	return (int)out.length;
}
