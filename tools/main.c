/* SPDX-License-Identifier: MIT */
/*
 * The command: finds the subcommand and hands over to it.
 */
#include "tool.h"

#include <argp.h>
#include <errno.h>
#include <haul.h>
#include <stdio.h>
#include <string.h>

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"info", info_run},
	{"copy", copy_run},
	{"bench", bench_run},
};

struct choice {
	const struct command *command;
	int at; /* its place in argv */
};

static const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct choice *choice = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		choice->command = command_find(arg);
		if (!choice->command)
			argp_error(state, "%s: no such command", arg);
		choice->at = state->next - 1;
		state->next = state->argc; /* the rest is the subcommand's */
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no command given");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void version_print(FILE *stream, struct argp_state *state)
{
	(void)state;
	fprintf(stream, "haul %s (library %s)\n", HAUL_VERSION, haul_version());
}

static const struct argp argp = {
	.parser = parse,
	.args_doc = "COMMAND [ARGUMENT...]",
	.doc = "Moves bytes across memory that can give way, and says how far it got.\v"
	       "Commands:\n"
	       "  info   what this CPU offers and what haul has chosen\n"
	       "  copy   copy a file, whatever happens to it meanwhile\n"
	       "  bench  measure haul against its rivals\n"
	       "\n"
	       "haul COMMAND --help tells more of each.",
};

/* What was printed counts only once it has left. */
static int output_finish(const char *name, int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	tool_error(name, "standard output", "%s", strerror(errno));
	return status == TOOL_DONE ? TOOL_PARTLY : status;
}

int main(int argc, char **argv)
{
	struct choice choice = {0};
	char name[32];
	int status;

	argp_program_version_hook = version_print;
	argp_err_exit_status = TOOL_FAILED;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &choice);

	snprintf(name, sizeof name, "haul %s", choice.command->name);
	argv[choice.at] = name;
	status = choice.command->run(argc - choice.at, argv + choice.at);
	return output_finish(name, status);
}
