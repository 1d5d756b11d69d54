/* SPDX-License-Identifier: MIT */
#include <haul.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
	static char copy[200000];
	FILE *file = tmpfile();
	char *map;

	if (!file || ftruncate(fileno(file), sizeof(copy)) || haul_fault_install())
		return 1;
	map = mmap(NULL, sizeof(copy), PROT_READ, MAP_SHARED, fileno(file), 0);
	if (map == MAP_FAILED || ftruncate(fileno(file), 65536)) /* somebody cuts the file */
		return 1;
	printf("%zu of %zu bytes\n", haul_memcpy(copy, map, sizeof(copy)), sizeof(copy));
	return 0;
}
