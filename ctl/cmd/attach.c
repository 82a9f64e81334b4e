// SPDX-License-Identifier: GPL-2.0-only
/* l2x attach, l2x detach: put the data path on an interface of a running controller, or take it off. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>
#include "cmd/client.h"
#include "cmd/options.h"

int cmd_attach(int argc, char **argv)
{
	const char *socket = CONFIG_DEFAULT_SOCKET, *forward = "kernel", *interface;
	const struct option_def options[] = {
		SOCKET_OPTION(&socket),
		{'f', "forward", "xdp|kernel",
		 "xdp: forward past the kernel and its firewall (kernel)", &forward},
		{0},
	};
	const struct command_line line = {
		.usage = "[-s SOCKET] [--forward xdp|kernel] IFACE",
		.help = "Puts the data path on a network interface, until `l2x detach` or the end "
			"of the controller.",
		.options = options,
		.argument = &interface,
	};
	json_t *answer;
	int status;

	if (parse_command_line(&line, argc, argv, &status))
		return status;
	if (strcmp(forward, "xdp") && strcmp(forward, "kernel")) {
		fprintf(stderr, "l2x: --forward %s: give xdp or kernel\n", forward);
		return 2;
	}
	answer = client_call(socket, json_pack("{s:s, s:s, s:s}", "command", "attach", "interface",
					       interface, "forward", forward));
	if (!answer)
		return 1;
	json_decref(answer);
	printf("%s: attached\n", interface);
	return 0;
}

int cmd_detach(int argc, char **argv)
{
	const char *socket = CONFIG_DEFAULT_SOCKET, *interface;
	const struct option_def options[] = {
		SOCKET_OPTION(&socket),
		{0},
	};
	const struct command_line line = {
		.usage = "[-s SOCKET] IFACE",
		.help = "Takes the data path off a network interface.",
		.options = options,
		.argument = &interface,
	};
	json_t *answer;
	int status;

	if (parse_command_line(&line, argc, argv, &status))
		return status;
	answer = client_call(socket,
			     json_pack("{s:s, s:s}", "command", "detach", "interface", interface));
	if (!answer)
		return 1;
	json_decref(answer);
	printf("%s: detached\n", interface);
	return 0;
}
