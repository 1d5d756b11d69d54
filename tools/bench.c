/* SPDX-License-Identifier: MIT */
/*
 * haul bench: hands over to the benchmark program, which is a file of its own
 * because it is large and needs libraries that the command does not.
 */
#include "tool.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM "haul-bench"

/* The folder of this program's file; "" if the kernel does not tell. */
static void folder_find(char folder[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 1);
	char *slash;

	folder[length < 0 ? 0 : length] = '\0';
	slash = strrchr(folder, '/');
	if (slash)
		*slash = '\0';
}

static bool candidate(char path[PATH_MAX], const char *folder, const char *below)
{
	int length = snprintf(path, PATH_MAX, "%s%s/" PROGRAM, folder, below);

	return length > 0 && length < PATH_MAX && access(path, X_OK) == 0;
}

/*
 * HAUL_LIBEXEC rules if it is set.  Then the build tree: the command is
 * tools/haul there, or tools/.libs/haul behind libtool's wrapper.
 */
static bool program_find(char path[PATH_MAX])
{
	const char *chosen = getenv("HAUL_LIBEXEC");
	char folder[PATH_MAX];

	if (chosen)
		return candidate(path, chosen, "");
	folder_find(folder);
	if (*folder && (candidate(path, folder, "") || candidate(path, folder, "/../bench") ||
			candidate(path, folder, "/../../bench")))
		return true;
	return candidate(path, PKGLIBEXECDIR, "");
}

int bench_run(int argc, char **argv)
{
	char path[PATH_MAX];

	(void)argc;
	if (!program_find(path)) {
		const char *chosen = getenv("HAUL_LIBEXEC");

		tool_error(argv[0], PROGRAM, "not installed in %s",
			   chosen ? chosen : PKGLIBEXECDIR);
		return TOOL_FAILED;
	}
	argv[0] = path;
	execv(path, argv);
	tool_error("haul bench", path, "%s", strerror(errno));
	return TOOL_FAILED;
}
