/* SPDX-License-Identifier: MIT */
/* HAUL_TUNABLES, obeyed by a child and ignored by one with raised privileges. */
#include "test.h"
#include <fcntl.h>
#include <haul/tune.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534, TEXT = 2048 };

static const char *show_program(void)
{
	const char *program = getenv("HAUL_TUNE_SHOW");

	cr_assert(program, "HAUL_TUNE_SHOW is not set: run me by make check");
	return program;
}

/* The program, after the words of EMULATOR. */
static void list_arguments(const char *program, char **arguments, size_t room)
{
	char *emulator = strdup(getenv("EMULATOR") ? getenv("EMULATOR") : ""), *rest;
	size_t count = 0;

	for (char *word = strtok_r(emulator, " ", &rest); word && count < room - 2;
	     word = strtok_r(NULL, " ", &rest))
		arguments[count++] = word;
	arguments[count++] = strdup(program);
	arguments[count] = NULL;
}

static void child(const char *program, const char *tunables, bool as_nobody, int out)
{
	char variable[256];
	char *arguments[16], *environment[] = {variable, NULL};

	list_arguments(program, arguments, sizeof arguments / sizeof *arguments);
	snprintf(variable, sizeof variable, "HAUL_TUNABLES=%s", tunables);
	if (!tunables)
		environment[0] = NULL;
	if (as_nobody && setresuid(NOBODY, NOBODY, NOBODY) != 0)
		_exit(126);
	dup2(out, STDOUT_FILENO);
	execvpe(arguments[0], arguments, environment);
	_exit(127);
}

/* What tune_show prints under these tunables (none if NULL). */
static void show(const char *program, const char *tunables, bool as_nobody, char text[TEXT])
{
	int ends[2], status;
	size_t len = 0;
	ssize_t got;
	pid_t pid;

	cr_assert(pipe2(ends, O_CLOEXEC) == 0);
	pid = fork();
	cr_assert(pid >= 0);
	if (pid == 0)
		child(program, tunables, as_nobody, ends[1]);
	close(ends[1]);
	while ((got = read(ends[0], text + len, TEXT - 1 - len)) > 0)
		len += (size_t)got;
	text[len] = '\0';
	close(ends[0]);
	cr_assert(waitpid(pid, &status, 0) == pid);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s: status %#x", program, status);
}

static bool has_line(const char *text, const char *line)
{
	const char *at = strstr(text, line);
	size_t len = strlen(line);

	while (at && ((at != text && at[-1] != '\n') || at[len] != '\n'))
		at = strstr(at + 1, line);
	return at;
}

/* A setting of memcpy that is not the automatic choice. */
static bool other_variant(char *setting, size_t size)
{
	struct haul_tune_variant v;

	for (size_t i = 0; haul_tune_variant_get(i, &v) == 0; i++) {
		if (strcmp(v.routine, "memcpy") != 0 || !v.usable || v.chosen)
			continue;
		snprintf(setting, size, "%s=%s", v.routine, v.name);
		return true;
	}
	return false;
}

Test(tunables, each_usable_variant_is_obeyed)
{
	struct haul_tune_variant v;
	char setting[64], plain[TEXT], text[TEXT];

	show(show_program(), NULL, false, plain);
	for (size_t i = 0; haul_tune_variant_get(i, &v) == 0; i++) {
		snprintf(setting, sizeof setting, "%s=%s", v.routine, v.name);
		show(show_program(), setting, false, text);
		if (v.usable)
			cr_assert(has_line(text, setting), "%s gives\n%s", setting, text);
		else
			cr_assert(strcmp(text, plain) == 0, "%s gives\n%s", setting, text);
	}
}

Test(tunables, bad_items_are_ignored)
{
	char plain[TEXT], text[TEXT], settings[256];
	struct haul_tune_threshold t;

	cr_assert(haul_tune_threshold_get(0, &t) == 0);
	show(show_program(), NULL, false, plain);
	show(show_program(), "", false, text);
	cr_assert(strcmp(text, plain) == 0);
	snprintf(settings, sizeof settings, "nosuch=1,memcpy,memcpy=nosuch,=,,,%s=x", t.name);
	show(show_program(), settings, false, text);
	cr_assert(strcmp(text, plain) == 0, "%s", text);
	snprintf(settings, sizeof settings, "nosuch=1,%s=3m,memcpy=", t.name);
	show(show_program(), settings, false, text);
	snprintf(settings, sizeof settings, "%s=3145728", t.name);
	cr_assert(has_line(text, settings), "%s", text);
}

static void copy_file(const char *from, const char *to, mode_t mode)
{
	char buffer[65536];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	ssize_t got;

	cr_assert(in >= 0 && out >= 0);
	while ((got = read(in, buffer, sizeof buffer)) > 0)
		cr_assert(write(out, buffer, (size_t)got) == got);
	cr_assert(got == 0 && fchmod(out, mode) == 0);
	close(in);
	close(out);
}

/* Why a set-user-id program cannot be tried here; NULL if it can. */
static const char *obstacle(const char *folder)
{
	struct statvfs fs;

	if (test_under_qemu())
		return "qemu-user is not set-user-id itself";
	if (geteuid() != 0)
		return "only root can make a set-user-id program of root's";
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0)
		return "no_new_privs is on: set-user-id has no effect";
	cr_assert(statvfs(folder, &fs) == 0);
	if (fs.f_flag & ST_NOSUID)
		return "the temporary folder is on a nosuid file system";
	if (fs.f_flag & ST_NOEXEC)
		return "the temporary folder is on a noexec file system";
	return NULL;
}

static void remove_all(const char *folder, const char *plain, const char *raised)
{
	unlink(plain);
	unlink(raised);
	rmdir(folder);
}

/* The same program twice, plain and set-user-id, run by nobody: only that bit
 * makes the difference. */
Test(tunables, are_ignored_with_raised_privileges)
{
	char folder[] = P_tmpdir "/haul-tune.XXXXXX", plain[64], raised[64], setting[64];
	char none[TEXT], obeyed[TEXT], ignored[TEXT];
	const char *reason;

	if (!other_variant(setting, sizeof setting))
		cr_skip_test("this CPU has one variant of memcpy only");
	cr_assert(mkdtemp(folder) && chmod(folder, 0755) == 0);
	snprintf(plain, sizeof plain, "%s/plain", folder);
	snprintf(raised, sizeof raised, "%s/raised", folder);
	reason = obstacle(folder);
	if (reason) {
		rmdir(folder);
		cr_skip_test("%s", reason);
	}
	copy_file(show_program(), plain, 0755);
	copy_file(show_program(), raised, 04755);
	show(raised, NULL, true, none);
	show(plain, setting, true, obeyed);
	show(raised, setting, true, ignored);
	remove_all(folder, plain, raised);
	cr_assert(has_line(obeyed, setting), "%s gives\n%s", setting, obeyed);
	cr_assert(strcmp(ignored, none) == 0, "%s is obeyed:\n%s", setting, ignored);
}
