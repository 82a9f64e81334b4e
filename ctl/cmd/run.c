// SPDX-License-Identifier: GPL-2.0-only
/* `l2x run`: load the configuration, then be the controller until a signal ends it. */
#include "cmd/cmd.h"
#include "cmd/config_file.h"
#include "main/controller.h"

int cmd_run(int argc, char **argv)
{
	const char *file;
	int status;
	struct config *config =
		cmd_open_config("Runs the controller in the foreground, until SIGTERM or SIGINT "
				"ends it in order.",
				argc, argv, &file, &status);

	if (!config)
		return status;
	return controller_run(config, file) ? 1 : 0;
}
