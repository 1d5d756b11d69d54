/* SPDX-License-Identifier: MIT */
/*
 * Loads and unloads a shared object that brings haul along, twice, and faults
 * while it is there and after.  The object is libhaul.so itself or a plug-in with
 * libhaul.a inside (tests/build/plugin.c).
 *
 * usage: host OBJECT PREFIX [uninstall]; PREFIX of its functions' names
 *
 * "The handler never outlives the code": after dlclose the handlers that haul
 * installed are still in force, so their code must still be mapped.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void require(int condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "wrong: %s\n", what);
	exit(1);
}

static const char *prefix;

/* A function's address, without a cast from object to function pointer. */
static void find(void *object, const char *suffix, void *function)
{
	char name[64];
	void *symbol;

	snprintf(name, sizeof(name), "%s%s", prefix, suffix);
	symbol = dlsym(object, name);
	require(symbol != NULL, name);
	memcpy(function, &symbol, sizeof(symbol));
}

static void fault_and_survive(void *object)
{
	size_t (*copy)(void *, const void *, size_t);
	unsigned char *page, byte[2] = {1, 2};

	find(object, "memcpy", &copy);
	page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	require(page != MAP_FAILED, "mmap");
	require(copy(byte, page, 2) == 0, "count of a copy from a bad page");
	require(copy(page, byte, 2) == 0, "count of a copy to a bad page");
	munmap(page, 4096);
}

/* Dies of SIGSEGV in a child: the handlers are there and pass on what is not
 * haul's. */
static void foreign_fault_still_kills(void)
{
	volatile int *volatile nowhere = NULL;
	pid_t child = fork();
	int status;

	require(child >= 0, "fork");
	if (child == 0) {
		*nowhere = 1;
		_exit(0);
	}
	require(waitpid(child, &status, 0) == child, "waitpid");
	require(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, "signal of a foreign fault");
}

static void load_fault_unload(const char *path, int uninstall_first)
{
	void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	int (*install)(void), (*uninstall)(void);

	require(object != NULL, dlerror());
	find(object, "fault_install", &install);
	require(install() == 0, "install");
	fault_and_survive(object);
	if (uninstall_first) {
		find(object, "fault_uninstall", &uninstall);
		require(uninstall() == 0, "uninstall");
	}
	require(dlclose(object) == 0, "dlclose");
	foreign_fault_still_kills();
}

int main(int argc, char **argv)
{
	int uninstall_first = argc == 4 && strcmp(argv[3], "uninstall") == 0;

	require(argc == 3 || uninstall_first, "usage");
	prefix = argv[2];
	for (int round = 0; round < 2; round++)
		load_fault_unload(argv[1], uninstall_first);
	puts("survived");
	return 0;
}
