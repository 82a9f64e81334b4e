// SPDX-License-Identifier: GPL-2.0-only
/* l2x check: read a configuration as `l2x run` would, and say what is wrong with it. Needs no privileges. */
#include "cmd/cmd.h"

#include <stdio.h>
#include "cmd/config_file.h"

int cmd_check(int argc, char **argv)
{
	const char *file;
	int status;
	struct config *config =
		cmd_open_config("Checks a configuration: exit status 0 if `l2x run` would take it, "
				"else 1 and every mistake.",
				argc, argv, &file, &status);

	if (!config)
		return status;
	config_free(config);
	printf("%s: ok\n", file);
	return 0;
}
