/* SPDX-License-Identifier: MIT */
/* Of <stdio.h>, what the tests use; every stream is the console. */
#ifndef BARE_STDIO_H
#define BARE_STDIO_H

#include <stdarg.h>
#include <stddef.h>

typedef struct bare_file FILE;

#define stdout ((FILE *)0)
#define stderr ((FILE *)0)

__attribute__((format(printf, 1, 2))) int printf(const char *format, ...);
__attribute__((format(printf, 2, 3))) int fprintf(FILE *stream, const char *format, ...);
__attribute__((format(printf, 3, 4))) int snprintf(char *buffer, size_t size, const char *format,
						   ...);
__attribute__((format(printf, 3, 0))) int vsnprintf(char *buffer, size_t size, const char *format,
						    va_list args);
int fflush(FILE *stream);

#endif
