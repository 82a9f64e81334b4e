// SPDX-License-Identifier: GPL-2.0-only
/* l2x reload: a running controller reads its configuration again. */
#include "cmd/cmd.h"

#include <stdio.h>
#include "cmd/client.h"
#include "cmd/options.h"

int cmd_reload(int argc, char **argv)
{
	const char *socket = CONFIG_DEFAULT_SOCKET;
	const struct option_def options[] = {
		SOCKET_OPTION(&socket),
		{0},
	};
	const struct command_line line = {
		.usage = "[-s SOCKET]",
		.help = "Has the controller read its configuration again, and go by it. Sessions "
			"for "
			"which nothing changes stay up. When the file has a mistake, or changes "
			"what "
			"cannot be changed while it runs, nothing changes at all, the reasons are "
			"printed, and the exit status is 1.",
		.options = options,
	};
	json_t *answer;
	int status;

	if (parse_command_line(&line, argc, argv, &status))
		return status;
	answer = client_call(socket, json_pack("{s:s}", "command", "reload"));
	if (!answer)
		return 1;
	printf("reloaded: %s\n", json_string_value(json_object_get(answer, "text")));
	json_decref(answer);
	return 0;
}
