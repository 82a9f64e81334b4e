// SPDX-License-Identifier: GPL-2.0-only
/* Loading the configuration for a subcommand: every mistake on a line of standard error. */
#include "cmd/config_file.h"

#include <stdio.h>

static void print_mistake(void *arg, const char *message)
{
	(void)arg;
	fprintf(stderr, "%s\n", message);
}

struct config *cmd_load_config(const char *file)
{
	struct config *config;

	return config_load(file, print_mistake, NULL, &config) ? NULL : config;
}
