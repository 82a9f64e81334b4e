/* SPDX-License-Identifier: GPL-2.0-only */
/* What the subcommands have in common that talk to a running controller. */
#ifndef L2X_CMD_CLIENT_H
#define L2X_CMD_CLIENT_H

#include <jansson.h>
#include "policy/config.h"

#define SOCKET_OPTION(variable)                                                                 \
	{                                                                                       \
		's', "socket", "SOCKET", "the controller's socket (" CONFIG_DEFAULT_SOCKET ")", \
			variable                                                                \
	}

/*
 * Takes the request's reference. The answer (new reference) if there is one and it says ok; else NULL, and stderr
 * says in one line why.
 */
json_t *client_call(const char *socket, json_t *request);
/* The same, where the answer goes on: what to read that from, or -1. */
int client_call_stream(const char *socket, json_t *request);

#endif
