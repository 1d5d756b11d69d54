/* SPDX-License-Identifier: MIT */
/* Of <stdlib.h>, what the tests use. */
#ifndef BARE_STDLIB_H
#define BARE_STDLIB_H

#include <stddef.h>

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void free(void *p);
char *getenv(const char *name); /* of the machine's arguments */
unsigned long long strtoull(const char *text, char **end, int base); /* decimal, or 0x */
void qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *));
_Noreturn void abort(void);

#endif
