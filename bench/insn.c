/* SPDX-License-Identifier: MIT */
/*
 * What bench/insn.py runs under QEMU: calls of one function, in the order
 * asked for.  QEMU logs every instruction; those between two of insn_call are
 * the function's.
 *
 *	insn LIBRARY SYMBOL <CALLS
 *
 * LIBRARY is what dlopen takes, or "-" for the C library's variants by name,
 * which are linked in.  CALLS is an array of struct call.  Says on stdout where
 * the function is, and which of haul's variants run.
 */
#include "insn.h"
#include <dlfcn.h>
#include <haul/tune.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* insn-variants.h is written by scripts/bench-insn from libc.a. */
#define VARIANT(name) memory_function name;
#include "insn-variants.h"
#undef VARIANT

static const struct {
	const char *name;
	memory_function *function;
} variants[] = {
#define VARIANT(name) {#name, name},
#include "insn-variants.h"
#undef VARIANT
	{NULL, NULL},
};

static _Alignas(BUFFER_ALIGN) unsigned char buffer[BUFFER];
static struct call calls[CALLS];
static volatile uintptr_t insn_result; /* volatile: keeps the call below a call */

memory_function *insn_function;

/* The one place that calls the function and nothing else. */
__attribute__((noinline)) void insn_call(unsigned char *dst, uintptr_t second, size_t n)
{
	insn_result = insn_function(dst, second, n, NULL);
}

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "insn: %s: %s\n", what, why);
	exit(1);
}

static memory_function *find_linked(const char *symbol)
{
	for (size_t i = 0; variants[i].name != NULL; i++)
		if (strcmp(variants[i].name, symbol) == 0)
			return variants[i].function;
	fail(symbol, "not linked in");
	return NULL;
}

static void *find(void *library, const char *symbol)
{
	void *found = dlsym(library, symbol);

	if (found == NULL)
		fail(symbol, dlerror());
	return found;
}

static void show_variants(void *library)
{
	int (*get)(size_t, struct haul_tune_variant *);
	struct haul_tune_variant variant;

	get = (int (*)(size_t, struct haul_tune_variant *))find(library, "haul_tune_variant_get");
	for (size_t i = 0; get(i, &variant) == 0; i++)
		if (variant.usable)
			printf("%s %s %s\n", variant.chosen ? "chosen" : "usable", variant.routine,
			       variant.name);
}

/* Which of the variants linked in did the C library choose?  The one whose code
 * is the same for longest. */
static void show_same(const char *symbol)
{
	const char *chosen = (const char *)insn_function, *same = NULL;
	size_t most = 31, alike;

	for (size_t i = 0; variants[i].name != NULL; i++) {
		const char *code = (const char *)variants[i].function;
		if (strncmp(variants[i].name + 2, symbol, strlen(symbol)) != 0)
			continue;
		for (alike = 0; alike < 256 && code[alike] == chosen[alike]; alike++)
			;
		if (alike > most) {
			most = alike;
			same = variants[i].name;
		}
	}
	if (same != NULL)
		printf("same %s\n", same);
}

static void show_function(void)
{
	Dl_info info;

	if (dladdr((void *)insn_function, &info) != 0)
		printf("function %p %p %s\n", (void *)insn_function, info.dli_fbase,
		       info.dli_fname);
}

int main(int argc, char **argv)
{
	bool copies, counts;
	size_t count;

	if (argc != 3)
		fail("usage", "insn LIBRARY SYMBOL <CALLS");
	count = fread(calls, sizeof(calls[0]), CALLS, stdin);
	copies = strstr(argv[2], "memset") == NULL;
	counts = strncmp(argv[2], "haul_", 5) == 0;
	if (strcmp(argv[1], "-") == 0) {
		insn_function = find_linked(argv[2]);
	} else {
		void *library = dlopen(argv[1], RTLD_NOW);
		if (library == NULL)
			fail(argv[1], dlerror());
		insn_function = (memory_function *)find(library, argv[2]);
		if (counts) {
			/* Large enough for every dispatch: afterwards all is chosen. */
			insn_function(buffer, copies ? (uintptr_t)buffer + BUFFER / 2 : 0,
				      BUFFER / 2, NULL);
			show_variants(library);
		} else {
			show_same(argv[2]);
		}
	}
	show_function();
	fflush(stdout);

	for (size_t i = 0; i < count; i++) {
		struct call call = calls[i];
		unsigned char *dst = buffer + call.dst;
		insn_call(dst, copies ? (uintptr_t)buffer + call.second : call.second, call.n);
		if (insn_result != (counts ? call.n : (uintptr_t)dst))
			fail(argv[2], "wrong result");
	}
	return 0;
}
