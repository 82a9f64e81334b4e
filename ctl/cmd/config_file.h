/* SPDX-License-Identifier: GPL-2.0-only */
/* The configuration file as the subcommands that read it name and load it. */
#ifndef L2X_CMD_CONFIG_FILE_H
#define L2X_CMD_CONFIG_FILE_H

#include "policy/config.h"

#define CMD_OPTION_CONFIG(value)                                                             \
	{                                                                                    \
		'c', "config", "FILE", "the configuration (" CMD_DEFAULT_CONFIG ")", (value) \
	}

/* NULL: its mistakes were printed. */
struct config *cmd_load_config(const char *file);

#endif
