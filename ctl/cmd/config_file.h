/* SPDX-License-Identifier: GPL-2.0-only */
/* The subcommands that read the configuration: their command line is the file's name. */
#ifndef L2X_CMD_CONFIG_FILE_H
#define L2X_CMD_CONFIG_FILE_H

#include "policy/config.h"

/*
 * Reads the command line and the configuration that it names; *file is what it is called. NULL: the command is over, with
 * *status, and whatever is wrong was printed.
 */
struct config *cmd_open_config(const char *help, int argc, char **argv, const char **file,
			       int *status);

#endif
