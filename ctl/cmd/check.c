// SPDX-License-Identifier: GPL-2.0-only
/* l2x check: read a configuration as `l2x run` would, and say what is wrong with it. Needs no privileges. */
#include "cmd/cmd.h"

#include <stdio.h>
#include "cmd/config_file.h"
#include "cmd/options.h"

int cmd_check(int argc, char **argv)
{
	const char *file = CMD_DEFAULT_CONFIG;
	const struct option_def options[] = {CMD_OPTION_CONFIG(&file), {0}};
	const struct command_line line = {
		.usage = "[-c FILE]",
		.help = "Checks a configuration: exit status 0 if `l2x run` would take it, else 1 "
			"and every mistake.",
		.options = options,
	};
	struct config *config;
	int status;

	if (parse_command_line(&line, argc, argv, &status))
		return status;
	config = cmd_load_config(file);
	if (!config)
		return 1;
	config_free(config);
	printf("%s: ok\n", file);
	return 0;
}
