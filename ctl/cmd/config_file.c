// SPDX-License-Identifier: GPL-2.0-only
/* Command line and configuration, see config_file.h: every mistake on a line of standard error. */
#include "cmd/config_file.h"

#include <stdio.h>
#include "cmd/cmd.h"
#include "cmd/options.h"

static void print_mistake(void *arg, const char *message)
{
	(void)arg;
	fprintf(stderr, "%s\n", message);
}

struct config *cmd_open_config(const char *help, int argc, char **argv, const char **file,
			       int *status)
{
	const struct option_def options[] = {
		{'c', "config", "FILE", "the configuration (" CMD_DEFAULT_CONFIG ")", file},
		{0},
	};
	const struct command_line line = {.usage = "[-c FILE]", .help = help, .options = options};
	struct config *config;

	*file = CMD_DEFAULT_CONFIG;
	if (parse_command_line(&line, argc, argv, status))
		return NULL;
	*status = 1;
	return config_load(*file, print_mistake, NULL, &config) ? NULL : config;
}
