// SPDX-License-Identifier: GPL-2.0-only
/* `l2x run`: load the configuration, then be the controller until a signal ends it. */
#include <stdio.h>
#include "cmd/cmd.h"
#include "cmd/config_file.h"
#include "cmd/options.h"
#include "main/controller.h"

int cmd_run(int argc, char **argv)
{
	const char *file = CMD_DEFAULT_CONFIG;
	const struct option_def options[] = {CMD_OPTION_CONFIG(&file), {0}};
	const struct command_line line = {
		.usage = "[-c FILE]",
		.help = "Runs the controller in the foreground, until SIGTERM or SIGINT ends it in "
			"order.",
		.options = options,
	};
	struct config *config;
	int status;

	if (parse_command_line(&line, argc, argv, &status))
		return status;
	config = cmd_load_config(file);
	if (!config)
		return 1;
	status = controller_run(config) ? 1 : 0;
	config_free(config);
	return status;
}
